// A mistake in a model gives no second wave of errors where the model is used.
use mtl::prelude::*;
use mtl::rand::{SeedableRng, rngs::SmallRng};

multitask! {
    /// Two heads, one of them with a loss that does not exist.
    pub struct Pair {
        input x: [4];
        input month: class(12);
        let season = month -> Embedding(2);
        shared body = (x, season) -> Concat -> Dense(8, relu);
        head price = body -> Dense(2) { loss: mes, metrics: [mae] }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy, labels: partial, metrics: [accuracy] }
    }
}

fn main() {
    let mut rng = SmallRng::seed_from_u64(1);
    let model = Pair::new(&mut rng);
    let boxed: Box<Pair<f64>> = Pair::boxed(&mut rng);
    let inputs = PairInputs { x: [1.0, 2.0, 3.0, 4.0], month: 3 };
    let outputs: PairOutputs = model.predict(&inputs);
    let price: SVector<f32, 2> = outputs.price;
    let kind: mtl::ClassOutput<f32, 3> = model.predict_kind(&inputs);
    let targets = PairTargets { price: [1.0, 2.0], kind: Some(1) };
    let kernel: f64 = boxed.body.dense1.kernel[(0, 0)];
    println!("{model} {price} {kind:?} {kernel} {:?}", targets.price);
    let data = Dataset::<Pair>::from_rows([(inputs, targets)]).unwrap();
    let report = data.len();
    println!("{report}");
}
