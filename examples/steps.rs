//! So many training steps of a small model and nothing more: what `benches/instructions.sh` counts, and a program to profile.

use mtl::prelude::*;

multitask! {
    struct Small {
        input x: [16];
        shared body = x -> Dense(64, relu) -> Dense(64, relu);
        head level = body -> Dense(20, relu) -> Dense(1) { loss: mse }
        head kind = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

fn main() -> Result<(), mtl::Error> {
    let steps: usize = std::env::args().nth(1).map_or(Ok(1000), |steps| steps.parse())?;
    let rows = (0..3200_u16).map(|row| {
        let x: [f32; 16] = core::array::from_fn(|column| (f32::from(row) * 0.1 + column as f32).sin());
        (SmallInputs { x }, SmallTargets { level: x[0] + x[1], kind: usize::from(row % 3) })
    });
    // As many rows as there are steps to take, or all of them again and again.
    let data = Dataset::<Small>::from_rows(rows.take(32 * steps))?;
    let mut model = Small::boxed(&mut mtl::seeded(1));
    let epochs = steps.div_ceil(data.len().div_ceil(32));
    let history = Trainer::new(Adam::default()).epochs(epochs).quiet().fit(&mut *model, &data)?;
    println!("loss {:.4} after {epochs} epochs", history.epochs[epochs - 1].loss);
    Ok(())
}
