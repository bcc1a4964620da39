//! Folding: the same predictions, with the normalisations gone where the graph allows it, and untouched elsewhere.

use mtl::prelude::*;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::rand::{RngExt, SeedableRng};

const WIDTH: usize = 6;

multitask! {
    struct Model {
        input x: [WIDTH];
        input y: [4];
        layer twice = Dense(5) -> BatchNorm;

        // Two in a row before a layer, dropout in between.
        let a = x -> Normalize -> BatchNorm -> Dropout(0.2) -> Dense(8, relu);
        // After a layer without an activation, with something in between; then one after an activation, before two layers: it stays.
        let b = a -> Dense(7) -> GaussianNoise(0.1) -> BatchNorm -> Dense(6, tanh) -> BatchNorm;
        // A layer without a bias has no place for the shift.
        let c = y -> Normalize -> Dense(5, bias = false);
        // Parameters that are used twice stay.
        let d = (b -> Dense(5) -> twice, c -> twice) -> Add;

        shared body = (b, d) -> Concat;
        // What a head ends in is not only another layer's.
        head level = body -> Dense(3) -> BatchNorm -> Dense(1) { loss: mse }
        head other = body -> Dense(2) -> BatchNorm { loss: mse }
    }
}

fn model<T: mtl::Scalar>() -> Box<Model<T>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut model = Model::<T>::boxed(&mut rng);
    // All parameters from 0.5 on, so that variances are positive.
    for value in mtl::Flat::as_mut_slice(&mut *model) {
        *value = T::from_f64(0.5 + rng.random::<f64>());
    }
    for value in model.b.dense1.kernel.iter_mut().chain(model.b.dense2.kernel.iter_mut()) {
        *value -= T::ONE;
    }
    model
}

fn inputs<T: mtl::Scalar>(seed: u32) -> ModelInputs<T> {
    let value = |index: usize| T::from_f64((f64::from(seed) * 1.7 + index as f64 * 2.3).sin());
    ModelInputs { x: std::array::from_fn(value), y: std::array::from_fn(|index| value(index + 10)) }
}

#[test]
fn predictions_are_the_same() {
    let (model, folded) = (model::<f64>(), model::<f64>().folded());
    assert_ne!(*model, folded);
    for seed in 0..20 {
        let (a, b) = (model.predict(&inputs(seed)), folded.predict(&inputs(seed)));
        assert!((a.level - b.level).amax() < 1e-12 * (1.0 + a.level.amax()), "{} is not {}", a.level, b.level);
        assert!((a.other - b.other).amax() < 1e-12 * (1.0 + a.other.amax()), "{} is not {}", a.other, b.other);
    }
    let (model, folded) = (self::model::<f32>(), self::model::<f32>().folded());
    for seed in 0..20 {
        let (a, b) = (model.predict(&inputs(seed)), folded.predict(&inputs(seed)));
        assert!((a.level - b.level).amax() < 1e-5 * (1.0 + a.level.amax()), "{} is not {}", a.level, b.level);
    }
}

#[test]
fn normalisations_are_gone_where_the_graph_allows() {
    let (model, folded) = (model::<f64>(), model::<f64>().folded());
    assert!(folded.a.normalize1.mean.amax() == 0.0 && folded.a.normalize1.variance.iter().all(|&variance| variance == 1.0));
    for gone in [folded.a.batch_norm1.beta.amax(), folded.b.batch_norm1.beta.amax(), folded.level.batch_norm1.beta.amax()] {
        assert_eq!(gone, 0.0);
    }
    assert_eq!(folded.other.batch_norm1.beta.amax(), 0.0);
    assert_eq!(folded.b.batch_norm2, model.b.batch_norm2);
    assert_eq!((folded.c, folded.twice), (model.c, model.twice));

    // Folding what is folded changes nothing but the last bits.
    let twice = folded.folded();
    for (a, b) in mtl::Flat::as_slice(&folded).iter().zip(mtl::Flat::as_slice(&twice)) {
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }
}
