//! `Normalize` layers are adapted once, to what they see, and constants are constants.

use mtl::Flat;
use mtl::adapt::AdaptError;
use mtl::data::DataError;
use mtl::prelude::*;
use mtl::trainer::TrainError;

multitask! {
    struct One {
        input x: [1];
        head y = x -> Normalize -> Dense(1) { loss: mse }
    }
}

multitask! {
    struct Many {
        input x: [2];
        shared body = x -> Normalize -> Dense(3, tanh) -> Normalize;
        head a = body -> Dense(1) { loss: mse }
        head b = body -> Normalize -> Dense(1) { loss: mse }
    }
}

multitask! {
    struct Batches {
        input x: [2];
        head y = x -> BatchNorm -> Dense(1) { loss: mse }
    }
}

multitask! {
    struct Overflow {
        input x: [1];
        head y = x -> Dense(1) -> Normalize -> Dense(1) { loss: mse }
    }
}

multitask! {
    struct Tailed {
        input x: [4];
        shared body = x -> Robust;
        head y = body -> Dense(1) { loss: mse }
        let bins = x -> Piecewise(4);
        head z = (bins, body) -> Concat -> Dense(2, tanh) -> Robust -> Dense(1) { loss: mse }
    }
}

fn fresh<M: mtl::Model>() -> M {
    let mut model: M = mtl::flat::zeroed();
    model.initialize(&mut mtl::seeded(1));
    model
}

fn one(rows: impl IntoIterator<Item = (f32, f32)>) -> Dataset<One> {
    Dataset::from_rows(rows.into_iter().map(|(x, y)| (OneInputs { x: [x] }, OneTargets { y }))).unwrap()
}

fn many(scale: f32) -> Dataset<Many> {
    Dataset::from_rows((0..64).map(|row| {
        let u = scale * (row as f32 * 0.37).sin();
        (ManyInputs { x: [u, u + 3.0] }, ManyTargets { a: u, b: -u })
    }))
    .unwrap()
}

fn barely() -> Adam {
    Adam::new(1e-9)
}

#[test]
fn a_model_whose_mean_is_0_is_not_adapted_again() {
    let signs = |shift: f32, rows: usize| one((0..rows).map(|row| if row % 2 == 0 { (10.0 + shift, 1.0) } else { (-10.0 + shift, -1.0) }));
    let (old, new) = (signs(0.0, 64), signs(3.0, 8));
    for fold in [false, true] {
        let mut model: One = fresh();
        Trainer::new(Adam::new(1e-2)).epochs(300).quiet().fit(&mut model, &old).unwrap();
        assert_eq!((model.y.normalize1.mean[0], model.y.normalize1.variance[0]), (0.0, 100.0));
        if fold {
            model.fold();
        }
        let before = (model.y.normalize1, evaluate(&model, &old).unwrap().loss());
        Trainer::new(barely()).quiet().fit(&mut model, &new).unwrap();
        let after = (model.y.normalize1, evaluate(&model, &old).unwrap().loss());
        assert_eq!(before.0, after.0, "fold: {fold}");
        assert!((before.1 - after.1).abs() < 1e-6, "fold: {fold}: {before:?}, {after:?}");
    }
}

#[test]
fn that_a_layer_was_adapted_is_in_the_weight_file() {
    let path = std::env::temp_dir().join(format!("mtl-adapted-{}.safetensors", std::process::id()));
    let adapted = |model: &One| {
        mtl::weights::save(model, &path).unwrap();
        let mut loaded: Box<One> = mtl::weights::load(&path).unwrap();
        Trainer::new(barely()).quiet().fit(&mut *loaded, &one([(1.0, 0.0), (5.0, 1.0)])).unwrap();
        (loaded.y.normalize1.mean[0], loaded.y.normalize1.variance[0])
    };
    let mut model: One = fresh();
    assert_eq!(adapted(&model), (3.0, 4.0), "a new one is adapted by `fit`");
    mtl::adapt::adapt(&mut model, &one([(-1.0, 0.0), (1.0, 0.0)])).unwrap();
    assert_eq!(adapted(&model), (0.0, 1.0), "one that was adapted is not");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn layers_that_were_never_adapted_are_adapted_though_others_were() {
    let mut model: Many = fresh();
    // As from a model without the last two.
    model.body.normalize1.mean = [1.0, 2.0].into();
    model.body.normalize1.variance = [3.0, 4.0].into();
    let before = model.body.normalize1;
    Trainer::new(barely()).quiet().fit(&mut model, &many(1.0)).unwrap();
    assert_eq!(model.body.normalize1, before);
    assert!(model.body.normalize2.variance.iter().chain(&model.b.normalize1.variance).all(|&variance| variance > 0.0));
    // All of them by hand.
    mtl::adapt::adapt(&mut model, &many(1.0)).unwrap();
    assert_ne!(model.body.normalize1, before);
}

#[test]
fn layers_of_frozen_blocks_and_of_heads_that_are_not_trained_are_left_alone() {
    let (mut without_b, mut frozen): (Many, Many) = (fresh(), fresh());
    Trainer::new(Adam::new(1e-2)).heads(["a"]).quiet().fit(&mut without_b, &many(1.0)).unwrap();
    assert_eq!(without_b.b, fresh::<Many>().b);
    assert!(without_b.body.normalize1.variance[0] > 0.0);
    // It is adapted when it is trained.
    Trainer::new(Adam::new(1e-2)).quiet().fit(&mut without_b, &many(1.0)).unwrap();
    assert!(without_b.b.normalize1.variance[0] > 0.0);
    Trainer::new(Adam::new(1e-2)).freeze(ManyBlock::Body).quiet().fit(&mut frozen, &many(1.0)).unwrap();
    assert_eq!(frozen.body, fresh::<Many>().body);
}

#[test]
fn a_constant_is_normalised_to_exactly_0() {
    for rows in [1, 2, 31, 33, 1000, 1001] {
        for constant in [14.62f32, -0.1, 1e6 + 0.25, 1e-30, f32::MAX, 0.0] {
            let data = one((0..rows).map(|_| (constant, 1.0)));
            let mut model: One = fresh();
            mtl::adapt::adapt(&mut model, &data).unwrap();
            assert_eq!((model.y.normalize1.mean[0], model.y.normalize1.variance[0]), (constant, 0.0), "{rows} rows");
        }
    }
    let double = Dataset::<One<f64>>::from_rows((0..1000).map(|_| (OneInputs { x: [14.62] }, OneTargets { y: 1.0 }))).unwrap();
    let mut model: One<f64> = fresh();
    mtl::adapt::adapt(&mut model, &double).unwrap();
    assert_eq!((model.y.normalize1.mean[0], model.y.normalize1.variance[0]), (14.62, 0.0));
    // Nothing depends on it any more.
    assert_eq!(model.predict(&OneInputs { x: [14.62] }).y, model.predict(&OneInputs { x: [-1e9] }).y);
}

#[test]
fn the_statistics_of_a_batch_with_a_constant_are_exact() {
    for size in [2, 32, 33, 100, 999] {
        for constant in [14.62f32, 1e6 + 0.25, -3e-20] {
            let data = Dataset::<Batches>::from_rows((0..999).map(|row| (BatchesInputs { x: [row as f32, constant] }, BatchesTargets { y: 0.0 })));
            let mut model: Batches = fresh();
            // Moved all the way in one step of one epoch.
            let before = model;
            Trainer::new(Sgd::new(0.0)).epochs(1).batch_size(size).quiet().fit(&mut model, &data.unwrap()).unwrap();
            let steps = 999usize.div_ceil(size) as f64;
            let decay = 0.99f64.powf(steps);
            let (mean, variance) = (model.y.batch_norm1.moving_mean[1], model.y.batch_norm1.moving_variance[1]);
            assert!((f64::from(mean) - f64::from(constant) * (1.0 - decay)).abs() <= 1e-5 * f64::from(constant.abs()), "{mean} in batches of {size}");
            assert!((f64::from(variance) - decay).abs() < 1e-5, "{variance} in batches of {size}: a constant has no variance");
            assert_eq!(model.y.batch_norm1.gamma, before.y.batch_norm1.gamma);
        }
    }
}

#[test]
fn a_spread_that_the_type_cannot_square_is_an_error_that_names_the_layer_and_the_value() {
    for spread in [1e-30f32, 1e-25, 1e25, 1e38] {
        let data = Dataset::<Many>::from_rows(
            (0..4).map(|row| (ManyInputs { x: [row as f32, if row % 2 == 0 { spread } else { -spread }] }, ManyTargets { a: 0.0, b: 0.0 })),
        );
        let (mut model, data) = (fresh::<Many>(), data.unwrap());
        let error = mtl::adapt::adapt(&mut model, &data).unwrap_err();
        assert!(matches!(error, DataError::Adapt(AdaptError::Spread { layer: "body.normalize1", value: 1, .. })), "{error}");
        assert_eq!(model.as_slice(), fresh::<Many>().as_slice(), "the model is as it was");
        let error = Trainer::new(Adam::new(1e-3)).quiet().fit(&mut model, &data).unwrap_err();
        assert!(matches!(error, TrainError::Adapt(AdaptError::Spread { .. })), "{error}");
        // In double precision it fits.
        let double = Dataset::<One<f64>>::from_rows([-1.0, 1.0].map(|sign| (OneInputs { x: [sign * f64::from(spread)] }, OneTargets { y: sign })));
        let mut model: One<f64> = fresh();
        mtl::adapt::adapt(&mut model, &double.unwrap()).unwrap();
        let prediction = OneInputs { x: [f64::from(spread)] };
        let expected = model.y.dense1.kernel[0] + model.y.dense1.bias[0];
        assert!((model.predict(&prediction).y - expected).abs() < 1e-9);
    }
}

#[test]
fn values_that_overflow_before_the_layer_are_an_error() {
    let data = Dataset::<Overflow>::from_rows([1.0f32, 2.0].map(|x| (OverflowInputs { x: [x] }, OverflowTargets { y: x }))).unwrap();
    let mut model: Overflow = fresh();
    model.y.dense1.kernel[0] = f32::MAX;
    let error = mtl::adapt::adapt(&mut model, &data).unwrap_err();
    assert!(matches!(error, DataError::Adapt(AdaptError::NotFinite { layer: "y.normalize1", value: 0 })), "{error}");
}

#[test]
fn median_and_quartiles_are_those_of_the_rows_that_are_trained_on() {
    // A long tail, one number in more than half of the rows, a constant, and an even spread.
    let data = Dataset::<Tailed>::from_rows((0..9u16).map(|row| {
        let x = [f32::from(row).powi(4), if row == 8 { 5.0 } else { 1.0 }, 14.62, f32::from(row)];
        (TailedInputs { x }, TailedTargets { y: 0.0, z: 0.0 })
    }))
    .unwrap();
    let mut model: Tailed = fresh();
    assert!(model.body.robust1.factor.iter().all(|&factor| factor == -1.0));
    Trainer::new(barely()).quiet().fit(&mut model, &data).unwrap();
    let measured = model.body.robust1;
    assert_eq!(measured.median.as_slice(), [256.0, 1.0, 14.62, 4.0]);
    // 4th powers of 2 and 6; the greatest is 4 above the least; none; 2 and 6.
    assert_eq!(measured.factor.as_slice(), [1.0 / 1280.0, 0.5, 0.0, 0.25]);
    assert!(model.z.robust1.factor.iter().all(|&factor| factor >= 0.0));
    let bins = model.bins.piecewise1;
    assert_eq!(bins.start.as_slice(), [0.0, 16.0, 256.0, 1296.0, 1.0, 5.0, 5.0, 5.0, 14.62, 14.62, 14.62, 14.62, 0.0, 2.0, 4.0, 6.0]);
    assert_eq!(bins.length.as_slice(), [16.0, 240.0, 1040.0, 2800.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 2.0]);
    // Once.
    let others = Dataset::<Tailed>::from_rows([1.0, 2.0].map(|x| (TailedInputs { x: [x; 4] }, TailedTargets { y: 0.0, z: 0.0 }))).unwrap();
    Trainer::new(barely()).quiet().fit(&mut model, &others).unwrap();
    assert_eq!((model.body.robust1, model.bins.piecewise1), (measured, bins));
}
