//! Folding: the same predictions, with the normalisations gone where the graph allows it, and untouched elsewhere.

use mtl::adapt::AdaptError;
use mtl::data::DataError;
use mtl::prelude::*;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::rand::{RngExt, SeedableRng};
use proptest::prelude::{Strategy, prop_oneof};
use proptest::strategy::Just;

const WIDTH: usize = 6;

multitask! {
    struct Model {
        input x: [WIDTH];
        input y: [4];
        layer twice = Dense(5) -> BatchNorm;

        // Two in a row before a layer, dropout in between.
        let a = x -> Normalize -> Scale -> BatchNorm -> Dropout(0.2) -> Dense(8, relu);
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
        assert!((a.level - b.level).abs() < 1e-12 * (1.0 + a.level.abs()), "{} is not {}", a.level, b.level);
        assert!((a.other - b.other).amax() < 1e-12 * (1.0 + a.other.amax()), "{} is not {}", a.other, b.other);
    }
    let (model, folded) = (self::model::<f32>(), self::model::<f32>().folded());
    for seed in 0..20 {
        let (a, b) = (model.predict(&inputs(seed)), folded.predict(&inputs(seed)));
        assert!((a.level - b.level).abs() < 1e-5 * (1.0 + a.level.abs()), "{} is not {}", a.level, b.level);
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

multitask! {
    #[independent]
    struct Spread {
        input x: [3];
        input image: [4, 4, 2];
        head before = x -> Normalize -> BatchNorm -> Dense(4, tanh) -> Dense(1) { loss: mse }
        head after = x -> Normalize -> Dense(4) -> Normalize -> Dense(4, tanh) -> Dense(1) { loss: mse }
        head twice = x -> BatchNorm -> Normalize -> Dense(1) { loss: mse }
        head seen = image -> Normalize -> Conv2D(3, kernel = 2) -> Flatten -> Dense(1) { loss: mse }
    }
}

/// Rows whose columns spread about their offsets.
fn spread_rows<T: mtl::Scalar>(columns: [(f64, f64); 3]) -> Vec<SpreadInputs<T>> {
    let value = |row: usize, column: usize, place: usize| {
        let (offset, spread) = columns[column];
        T::from_f64(offset + spread * ((row * 7 + column * 3 + place) as f64 * 0.61).sin())
    };
    (0..24)
        .map(|row| SpreadInputs {
            x: std::array::from_fn(|column| value(row, column, 0)),
            image: std::array::from_fn(|y| std::array::from_fn(|x| std::array::from_fn(|channel| value(row, channel, 4 * y + x)))),
        })
        .collect()
}

/// Outputs of an adapted model, whose moving statistics are those of the data, must not be moved by folding.
fn folding_keeps<T: mtl::Scalar>(columns: [(f64, f64); 3], slack: f64) {
    let rows = spread_rows::<T>(columns);
    let number = T::from_f64(0.0);
    let targets = SpreadTargets { before: number, after: number, twice: number, seen: number };
    let data = Dataset::<Spread<T>>::from_rows(rows.iter().map(|row| (*row, targets))).unwrap();
    let mut model = Spread::<T>::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(7));
    for (column, (offset, spread)) in columns.into_iter().enumerate() {
        model.twice.batch_norm1.moving_mean[column] = T::from_f64(offset);
        model.twice.batch_norm1.moving_variance[column] = T::from_f64(spread * spread / 2.0);
    }
    if !model.twice.batch_norm1.moving_variance.iter().all(|variance| variance.is_finite()) {
        return;
    }
    match mtl::adapt::adapt(&mut model, &data) {
        Err(DataError::Adapt(AdaptError::Spread { .. } | AdaptError::NotFinite { .. })) => return,
        result => result.unwrap(),
    }
    let folded = model.folded();
    for row in &rows {
        let (a, b) = (model.predict(row), folded.predict(row));
        for (a, b) in [(a.before, b.before), (a.after, b.after), (a.twice, b.twice), (a.seen, b.seen)] {
            let (a, b) = (a.to_f64(), b.to_f64());
            assert!((a - b).abs() <= slack * (1.0 + a.abs()), "{columns:?}: {a} is not {b}");
        }
    }
}

/// A power of ten, or nothing.
fn size() -> impl Strategy<Value = f64> {
    prop_oneof![4 => (-30.0..30.0).prop_map(|exponent: f64| 10f64.powf(exponent)), 1 => Just(0.0)]
}

/// An offset and a spread: of any sizes, or near each other, where precision is lost first.
fn column() -> impl Strategy<Value = (f64, f64)> {
    let near = (-18.0..17.0, -3.0..9.0).prop_map(|(spread, ratio): (f64, f64)| (10f64.powf(spread + ratio), 10f64.powf(spread)));
    prop_oneof![(size(), size()), near].prop_flat_map(|(offset, spread)| prop_oneof![Just((offset, spread)), Just((-offset, spread))])
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

    #[test]
    fn folding_keeps_outputs_for_every_spread_and_offset(a in column(), b in column(), c in column()) {
        folding_keeps::<f32>([a, b, c], 2e-5);
        folding_keeps::<f64>([a, b, c], 2e-13);
    }
}

#[test]
fn folding_keeps_a_constant_and_what_is_nearly_one() {
    for constant in [0.0, 1.0, 5.0, 14.62, -1e3, 1e6, 1e12] {
        for spread in [0.0, 1e-6, 1e-3, 1.0] {
            folding_keeps::<f32>([(constant, spread), (1.0, 1.0), (0.0, 1.0)], 2e-5);
            folding_keeps::<f64>([(constant, spread), (1.0, 1.0), (0.0, 1.0)], 2e-13);
        }
    }
}

#[test]
fn a_value_far_from_0_is_left_to_its_normalisation() {
    let mut model = model::<f32>();
    model.a.batch_norm1.moving_mean[2] = 1e4;
    let folded = model.folded();
    assert_eq!(folded.a.batch_norm1.moving_mean[2], 1e4);
    assert_eq!(folded.a.batch_norm1.moving_mean.iter().filter(|&&mean| mean != 0.0).count(), 1);
    // What comes before it cannot be folded past it.
    assert_eq!(folded.a.normalize1, model.a.normalize1);
    for seed in 0..20 {
        let (a, b) = (model.predict(&inputs(seed)), folded.predict(&inputs(seed)));
        assert!((a.level - b.level).abs() < 1e-5 * (1.0 + a.level.abs()), "{} is not {}", a.level, b.level);
    }
}

#[test]
fn folding_a_layer_that_was_never_adapted_leaves_it_so() {
    let model = Spread::<f32>::new(&mut Xoshiro256PlusPlus::seed_from_u64(7));
    assert_eq!(model.folded().before.normalize1, model.before.normalize1);
}
