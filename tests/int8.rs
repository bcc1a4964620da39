//! Models in eight bits: the arithmetic against one of its own here, the error against the model in `f32`, files, embedding.
#![forbid(unsafe_code)]

use std::fs;

use mtl::int8::{Int8LoadError, QuantizeError};
use mtl::prelude::*;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::rand::{RngExt, SeedableRng};
use mtl::weights;
use proptest::prelude::*;

#[path = "../examples/embedded/model/src/digits.rs"]
mod digits;
use digits::{Digits, DigitsInt8, DigitsTargets, inputs};

#[path = "int8/errors.rs"]
mod errors;
use errors::Errors;
#[path = "int8/reference.rs"]
mod reference;
use reference::{File, Reference};

type Random = Xoshiro256PlusPlus;

fn random(seed: u64) -> Random {
    Random::seed_from_u64(seed)
}

/// The splits of the digits.
fn digits_data() -> (Dataset<Digits>, Dataset<Digits>) {
    type Line = (mtl::data::Fields<u8, 64>, usize, String);
    let sample = |(mtl::data::Fields(pixels), label, _): Line| {
        let odd = f32::from(u8::from(label % 2 == 1));
        (inputs(&pixels), DigitsTargets { digit: label, odd })
    };
    Dataset::<Digits>::split_csv_rows("data/digits.csv", |(_, _, split): &Line| split == "train", sample).unwrap()
}

fn trained_digits() -> Box<Digits> {
    weights::load("examples/embedded/weights/digits.safetensors").unwrap()
}

#[test]
fn digits_are_read_as_well_in_a_third_of_the_bytes() {
    let (train, test) = digits_data();
    let float = trained_digits();
    let small = DigitsInt8::quantize(&float, &train).unwrap();
    let (before, after) = (evaluate(&*float, &test).unwrap(), small.evaluate(&test).unwrap());
    println!("digit {} to {}, odd {} to {}", before.digit.accuracy, after.digit.accuracy, before.odd.accuracy, after.odd.accuracy);
    assert!(before.digit.accuracy - after.digit.accuracy <= 0.005 && before.odd.accuracy - after.odd.accuracy <= 0.005);
    assert!((before.digit.loss - after.digit.loss).abs() < 0.02, "{} to {}", before.digit.loss, after.digit.loss);
    println!("{} bytes to {}", size_of::<Digits>(), size_of::<DigitsInt8>());
    assert!(10 * size_of::<DigitsInt8>() < 3 * size_of::<Digits>());
}

multitask! {
    /// Trunk and linear heads: what they give is what the sums are.
    #[int8]
    struct Plain {
        input x: [7];
        shared body = x -> Dense(19, relu) -> Dense(33) -> Dense(6, relu6);
        head a = body -> Dense(3) { loss: mse }
        head b = body -> Dense(5, relu, bias = false) -> Dense(1, relu) { loss: mse }
    }
}

fn rows_of<const N: usize>(seed: u64, count: usize) -> Vec<[f32; N]> {
    let mut rng = random(seed);
    (0..count).map(|_| std::array::from_fn(|index| rng.random_range(-1.0..1.0_f32) * (1.0 + index as f32))).collect()
}

fn plain(seed: u64) -> (Box<Plain>, Box<PlainInt8>, Vec<[f32; 7]>) {
    let mut float = Plain::boxed(&mut random(seed));
    // Biases that are not 0.
    for value in mtl::Flat::as_mut_slice(&mut *float) {
        *value += 0.01;
    }
    let rows = rows_of::<7>(seed, 200);
    let targets = PlainTargets { a: [0.0; 3], b: 0.0 };
    let data = Dataset::from_rows(rows.iter().map(|&x| (PlainInputs { x }, targets))).unwrap();
    let small = PlainInt8::quantize(&float, &data).unwrap().model;
    (float, small, rows)
}

#[test]
fn predictions_are_those_of_the_definition_to_the_bit() {
    for seed in 0..5 {
        let (_, small, rows) = plain(seed);
        let reference = Reference::of(&*small);
        for x in rows {
            let q = reference.quantize("x.quantize", &x);
            let body = reference.dense("body.dense3", &reference.dense("body.dense2", &reference.dense("body.dense1", &q)));
            let a = reference.reals("a.dense1", &body);
            let b: Vec<f32> = reference.reals("b.dense2", &reference.dense("b.dense1", &body)).iter().map(|b| b.max(0.0)).collect();
            let outputs = small.predict(&PlainInputs { x });
            assert_eq!((outputs.a.as_slice(), &[outputs.b][..]), (&a[..], &b[..]));
            assert_eq!((small.predict_a(&PlainInputs { x }), small.predict_b(&PlainInputs { x })), (outputs.a, outputs.b));
        }
    }
}

#[test]
fn a_batch_is_its_rows() {
    let (_, small, rows) = plain(3);
    let rows: Vec<_> = rows.iter().map(|&x| PlainInputs { x }).collect();
    let mut outputs = vec![small.predict(&rows[0]); rows.len()];
    small.predict_batch(&rows, &mut outputs).unwrap();
    assert!(rows.iter().zip(&outputs).all(|(row, output)| small.predict(row) == *output));
    assert_eq!(small.try_predict(&rows[0]), Ok(outputs[0]));
    let wrong = PlainInputs { x: [f32::NAN; 7] };
    assert_eq!(small.try_predict(&wrong).unwrap_err().to_string(), wrong.check().unwrap_err().to_string());
    // Not as many places as rows: nothing is written.
    let before = outputs.clone();
    for count in [0, 3, rows.len() - 1] {
        let error = small.predict_batch(&rows[1..], &mut outputs[..count.min(rows.len() - 2)]).unwrap_err();
        assert!(matches!(error, mtl::pass::PassError::Lengths { .. }), "{error}");
    }
    assert_eq!(outputs, before);
}

#[test]
fn files_are_read_back_to_the_same_bits() {
    let (_, small, _) = plain(1);
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = directory.join("plain_int8.safetensors");
    mtl::int8::save(&*small, &path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), mtl::int8::to_bytes(&*small).unwrap());
    let loaded = mtl::int8::load::<PlainInt8>(&path).unwrap();
    assert_eq!(*loaded, *small);

    let Err(Int8LoadError::Mismatch(message)) = mtl::int8::load::<DigitsInt8>(&path) else { panic!("it was loaded") };
    assert!(message.contains("`body.dense1.kernel`: the model has [64, 48], the file [7, 19]"), "{message}");
    assert!(message.contains("it was saved from `PlainInt8`, another architecture"), "{message}");
    weights::save(&Plain::<f32>::new(&mut random(1)), &path).unwrap();
    let Err(Int8LoadError::Mismatch(message)) = mtl::int8::load::<PlainInt8>(&path) else { panic!("it was loaded") };
    assert!(message.contains("`body.dense1.kernel`: the model has I8, the file F32; to embed it, quantize the model and save that"), "{message}");

    // A scale that is not a number, and a file that is cut off.
    let mut bytes = mtl::int8::to_bytes(&*small).unwrap();
    let scale = File::read(&bytes).place("a.dense1.scale");
    bytes[scale..scale + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(&path, &bytes).unwrap();
    let result = mtl::int8::load::<PlainInt8>(&path);
    assert!(matches!(&result, Err(Int8LoadError::NotFinite { tensor }) if tensor == "a.dense1.scale"), "{result:?}");
    for length in [0, 7, 100, bytes.len() - 1] {
        fs::write(&path, &bytes[..length]).unwrap();
        assert!(matches!(mtl::int8::load::<PlainInt8>(&path), Err(Int8LoadError::Mismatch(_))));
    }
    assert!(matches!(mtl::int8::load::<PlainInt8>(directory.join("nowhere")), Err(Int8LoadError::Read { .. })));
}

#[test]
fn any_bytes_in_a_file_predict_something() {
    let (_, small, rows) = plain(2);
    let original = mtl::int8::to_bytes(&*small).unwrap();
    let (file, path) = (File::read(&original), std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile_int8.safetensors"));
    let mut rng = random(5);
    for _ in 0..300 {
        let mut bytes = original.clone();
        for _ in 0..200 {
            let place = rng.random_range(file.data..bytes.len());
            bytes[place] = rng.random();
        }
        fs::write(&path, &bytes).unwrap();
        if let Ok(model) = mtl::int8::load::<PlainInt8>(&path) {
            std::hint::black_box(model.predict(&PlainInputs { x: rows[0] }));
        }
    }
}

#[test]
fn what_cannot_be_quantized_is_an_error() {
    let (mut float, ..) = plain(1);
    assert_eq!(PlainInt8::quantize(&float, &Dataset::new()), Err(QuantizeError::Empty));
    let targets = PlainTargets { a: [0.0; 3], b: 0.0 };
    let data = Dataset::from_rows([(PlainInputs { x: [1.0; 7] }, targets)]).unwrap();
    float.body.dense2.kernel[(3, 4)] = f32::INFINITY;
    assert_eq!(PlainInt8::quantize(&float, &data), Err(QuantizeError::NotFinite { value: "body.dense2.kernel" }));
}

#[test]
fn inputs_beyond_the_data_saturate_and_what_is_not_finite_is_nan() {
    let (_, small, rows) = plain(4);
    let at = |x: f32| small.predict(&PlainInputs { x: [x; 7] });
    assert_eq!(at(1e30), at(1e20));
    assert_eq!(at(-1e30), at(-1e20));
    for x in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert!(at(x).a.iter().chain([&at(x).b]).all(|y| y.is_nan()));
    }
    let mut one = rows[0];
    one[6] = f32::NAN;
    let outputs = small.predict(&PlainInputs { x: one });
    assert!(outputs.a.iter().chain([&outputs.b]).all(|y| y.is_nan()));
    assert!(small.predict(&PlainInputs { x: rows[0] }).a.iter().all(|a| a.is_finite()));
}

/// An activation of a user's own.
#[derive(Clone, Copy, Default)]
struct Bump;

impl mtl::activation::Activation for Bump {
    fn value<T: mtl::Scalar>(x: T) -> T {
        T::ONE / (T::ONE + x * x)
    }
    fn derivative<T: mtl::Scalar>(x: T, y: T) -> T {
        T::from_f64(-2.0) * x * y * y
    }
}

const WIDTH: usize = 6;

multitask! {
    /// Every step that has a form in eight bits, where it can stand.
    #[int8]
    struct All<const FEATURES: usize = 5> {
        input record: [FEATURES];
        input image: [4, 3];
        input kind: class(7);
        input month: class(12);
        layer twice = Dense(WIDTH, tanh) -> BatchNorm;

        // A normalisation after an input, one that a neighbour takes in, and one that stays, as two take its value.
        let normalized = record -> Normalize -> Dropout(0.1);
        let dense = normalized -> Dense(9) -> BatchNorm -> Dense(WIDTH, elu);
        let stays = dense -> BatchNorm;
        let pixels = image -> Flatten -> GaussianNoise(0.1) -> Dense(WIDTH) -> crate::Bump;
        let classes = (kind -> Embedding(4), month -> OneHot) -> Concat -> Dense(WIDTH, sigmoid);
        // The parameters of a layer that is applied twice are there once.
        let used = (stays -> twice, pixels -> twice) -> Add;
        let joined = (stays, pixels, classes) -> Average;
        let product = (joined, used, classes) -> Multiply;
        let greatest = (joined, product, pixels) -> Maximum;
        let (left, right) = (greatest, used) -> CrossStitch(channels = true);
        let (task, other) = (left, right) -> Concat -> MixtureOfExperts(3, expert = Dense(8, relu));

        head one = task -> Dense(4, gelu) -> Dense(2) { loss: mse }
        head two = other -> Dense(3, softmax) { loss: categorical_cross_entropy }
        head three = (task, other) -> Add -> Dense(1, exponential) { loss: poisson }
        // Ends in no `Dense`, and in a value that another step takes.
        head four = (left, product) -> Average { loss: mse }
        head five = other -> Dense(2, silu) { loss: mse }
        head six = dense -> Dense(4) -> softmax -> leaky_relu { loss: mse }
    }
}

#[test]
fn every_step_is_near_the_model_in_single_precision() {
    let mut rng = random(11);
    let row = |rng: &mut Random| AllInputs {
        // Units as different as a share and a number of steps a day.
        record: [rng.random(), 1000.0 * rng.random::<f32>(), rng.random_range(-3.0..3.0), 0.01 * rng.random::<f32>(), rng.random_range(50.0..60.0)],
        image: std::array::from_fn(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))),
        kind: rng.random_range(0..7),
        month: rng.random_range(0..12),
    };
    let target = AllTargets { one: [0.0; 2], two: 0, three: 1.0, four: [0.0; WIDTH], five: [0.0; 2], six: [0.0; 4] };
    let rows: Vec<AllInputs> = (0..600).map(|_| row(&mut rng)).collect();
    let data = Dataset::<All>::from_rows(rows.iter().map(|row| (*row, target))).unwrap();
    let mut float = All::<5>::boxed(&mut rng);
    mtl::adapt::adapt(&mut *float, &data).unwrap();
    float.dense.batch_norm1.moving_mean.iter_mut().for_each(|mean| *mean = rng.random_range(-0.5..0.5));
    float.stays.batch_norm1.gamma.iter_mut().for_each(|gamma| *gamma = rng.random_range(0.5..1.5));
    float.stays.batch_norm1.moving_variance.iter_mut().for_each(|variance| *variance = rng.random_range(0.5..1.5));
    let small = AllInt8::quantize(&float, &data).unwrap();

    let mut errors = Errors::new();
    for row in &rows {
        let (exact, near) = (float.predict(row), small.predict(row));
        errors.add([
            (exact.one.as_slice(), near.one.as_slice()),
            (exact.two.as_slice(), near.two.as_slice()),
            (&[exact.three][..], &[near.three][..]),
            (exact.four.as_slice(), near.four.as_slice()),
            (exact.five.as_slice(), near.five.as_slice()),
            (exact.six.as_slice(), near.six.as_slice()),
        ]);
        assert_eq!((small.predict_one(row), small.predict_four(row), small.predict_six(row)), (near.one, near.four, near.six));
    }
    errors.assert_within(0.04);
    let file = File::read(&mtl::int8::to_bytes(&*small).unwrap());
    let kernels = file.names().filter(|name| name.starts_with("twice") && name.ends_with("kernel")).count();
    assert_eq!(kernels, 1, "of {:?}", file.names().collect::<Vec<_>>());
    let report = small.evaluate(&data).unwrap();
    assert!((report.two.loss / evaluate(&*float, &data).unwrap().two.loss - 1.0).abs() < 0.02);
}

multitask! {
    #[int8]
    struct One {
        input x: [9];
        head y = x -> Dense(4) { loss: mse }
    }
}

proptest! {
    /// Half a step of the input for each weight, half a step of the weight for each input, and half a step of the bias.
    #[test]
    fn the_error_of_a_layer_is_within_half_steps(seed in 0..1_000_u64, gain in -12..12_i32) {
        let mut rng = random(seed);
        let mut float: One = One::new(&mut rng);
        for value in mtl::Flat::as_mut_slice(&mut float) {
            *value = (*value + rng.random_range(-0.2..0.2_f32)) * 2.0_f32.powi(gain);
        }
        let rows = rows_of::<9>(seed, 50);
        let data = Dataset::from_rows(rows.iter().map(|&x| (OneInputs { x }, OneTargets { y: [0.0; 4] }))).unwrap();
        let small = OneInt8::quantize(&float, &data).unwrap();
        let span = rows.iter().flatten().fold((0.0_f32, 0.0_f32), |(low, high), &x| (low.min(x), high.max(x)));
        // The zero point is rounded: a value at an end may be off by a whole step.
        let step = (span.1 - span.0) / 255.0;
        for x in rows {
            let (exact, near) = (float.predict(&OneInputs { x }).y, small.predict(&OneInputs { x }).y);
            for unit in 0..4 {
                let (kernel, bias) = (float.y.dense1.kernel.row(unit), float.y.dense1.bias[unit]);
                let weight_step = kernel.amax() / 127.0 + bias.abs() / step / 2.0_f32.powi(30);
                let bound = kernel.abs().sum() * step + x.iter().map(|x| (x.abs() + step) * weight_step / 2.0).sum::<f32>() + step * weight_step;
                prop_assert!((exact[unit] - near[unit]).abs() <= 1.001 * bound, "{} instead of {}, bound {bound}", near[unit], exact[unit]);
            }
        }
    }
}
