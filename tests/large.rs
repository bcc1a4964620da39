//! Large models on small stacks: nothing of a model's size is ever put on the stack, not even in a debug build.

use mtl::Model;
use mtl::flat;
use mtl::pass::Tile;
use mtl::prelude::*;
use mtl::rand::SeedableRng;
use mtl::rand::rngs::Xoshiro256PlusPlus;

multitask! {
    /// 236,180 parameters.
    struct Wide {
        input x: [784];
        shared body = x -> Dense(256, relu) -> Dense(128, relu);
        head a = body -> Dense(10, softmax) { loss: categorical_cross_entropy }
        head b = body -> Dense(10, softmax) { loss: categorical_cross_entropy }
    }
}

multitask! {
    /// 2 million parameters.
    struct Huge {
        input x: [1000];
        shared body = x -> Dense(1000, relu) -> Dense(1000, relu);
        head a = body -> Dense(10, softmax) { loss: categorical_cross_entropy }
        head b = body -> Dense(1) { loss: mse }
    }
}

/// Runs on a thread with so little stack, and fails where it overflows.
fn on_a_stack_of(kibibytes: usize, run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(kibibytes * 1024).spawn(run).unwrap().join().unwrap();
}

#[test]
fn the_wide_model_trains_and_predicts_on_256_kibibytes() {
    on_a_stack_of(256, || {
        let rows = (0..160_usize).map(|row| {
            let x = core::array::from_fn(|column| ((row * 31 + column * 17) % 23) as f32 / 23.0 - 0.5);
            (WideInputs { x }, WideTargets { a: row % 10, b: row % 7 })
        });
        let data = Dataset::<Wide>::from_rows(rows).unwrap();
        let mut model = Wide::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(1));
        // One batch that is cut into groups, then small ones.
        for (batch_size, threads) in [(160, 2), (32, 1)] {
            let history = Trainer::new(Adam::default()).epochs(2).batch_size(batch_size).threads(threads).quiet().fit(&mut model, &data).unwrap();
            assert!(history.epochs[1].loss < history.epochs[0].loss);
        }
        let x = [0.25; 784];
        assert!((model.predict(&WideInputs { x }).a.sum() - 1.0).abs() < 1e-5);
        let mut outputs = vec![model.predict(&WideInputs { x }); 3];
        let mut tile = flat::zeroed_box::<Tile<Wide>>();
        model.predict_batch(&vec![WideInputs { x }; 3], &mut outputs, &mut tile).unwrap();
        mtl::evaluate::evaluate::<Wide, _>(&model, &data).unwrap();
    });
}

#[test]
fn two_million_parameters_are_built_trained_and_used_on_256_kibibytes() {
    const { assert!(Huge::<f32>::PARAMETER_COUNT > 2_000_000) };
    on_a_stack_of(256, || {
        let rows = (0..8_usize).map(|row| {
            let x = core::array::from_fn(|column| ((row * 31 + column * 17) % 23) as f32 / 23.0 - 0.5);
            (HugeInputs { x }, HugeTargets { a: row, b: row as f32 })
        });
        let data = Dataset::<Huge>::from_rows(rows).unwrap();
        let mut model = Huge::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(1));
        let history = Trainer::new(Adam::default()).epochs(2).quiet().fit(&mut model, &data).unwrap();
        assert!(history.epochs[1].loss < history.epochs[0].loss);
        assert!(model.predict(&HugeInputs { x: [0.25; 1000] }).b.is_finite());
    });
}
