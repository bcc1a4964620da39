//! One short life of a model with steps of every kind: trained, saved, loaded, folded, quantised.
//!
//! `tests/memory.sh` runs it under valgrind, which sees what is read without a value, or beyond its place; so it is small.
#![forbid(unsafe_code)]

use std::array;
use std::path::Path;

use mtl::balance::PcGrad;
use mtl::pass::PassError;
use mtl::prelude::*;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::rand::{RngExt, SeedableRng};
use mtl::stepper::{StepError, Stepper};
use mtl::{Flat, flat, int8, weights};

multitask! {
    /// Widths that fill no register.
    #[int8]
    struct Every {
        input image: [5, 4, 3];
        input series: [6, 2];
        input kind: class(3);
        let pixels = image -> Conv2D(5, relu, padding = same) -> MaxPool2D(2) -> Conv2D(3, tanh, kernel = 1) -> Flatten;
        let steps = series -> Conv1D(3) -> Gru(5, sequences = true) -> Lstm(3);
        let known = kind -> Embedding(2);
        shared body = (pixels, steps, known) -> Concat -> Normalize -> Dense(19, tanh) -> Dense(17) -> BatchNorm -> Dropout(0.1);
        head level = body -> LayerNorm -> Dense(2) { loss: mse }
        head sort = body -> Dense(3, softmax) { loss: categorical_cross_entropy, labels: partial }
        head odd = body -> Dense(1, sigmoid) { loss: binary_cross_entropy }
    }
}

multitask! {
    /// Without batch normalisation, for a tile smaller than the batch and for several threads.
    struct Plain {
        input x: [7];
        shared body = x -> Dense(9, gelu);
        head a = body -> Dense(1) { loss: mse }
        head b = body -> Dense(2, softmax) { loss: categorical_cross_entropy }
    }
}

fn random() -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(3)
}

fn rows(count: usize) -> Vec<(EveryInputs, EveryTargets)> {
    let mut rng = random();
    let mut next = || rng.random_range(-1.0..1.0_f32);
    (0..count)
        .map(|row| {
            let image: [[[f32; 3]; 4]; 5] = array::from_fn(|_| array::from_fn(|_| array::from_fn(|_| next())));
            let series: [[f32; 2]; 6] = array::from_fn(|_| array::from_fn(|_| next()));
            let inputs = EveryInputs { image, series, kind: row % 3 };
            (inputs, EveryTargets { level: [image[0][0][0], series[1][1]], sort: (row % 4 > 0).then_some(row % 3), odd: (row % 2) as f32 })
        })
        .collect()
}

#[test]
fn a_model_lives() {
    let rows = rows(70);
    let data = Dataset::<Every>::from_rows(rows.iter().copied()).unwrap();
    let mut model = Every::boxed(&mut random());
    adapt(&mut *model, &data).unwrap();
    Trainer::new(Adam::default()).epochs(1).batch_size(37).quiet().fit(&mut *model, &data).unwrap();
    Trainer::new(Sgd::new(0.01)).epochs(1).batch_size(70).direction(PcGrad::new(1)).quiet().fit(&mut *model, &data).unwrap();
    assert!(evaluate(&*model, &data).unwrap().odd.loss.is_finite());

    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("memory.safetensors");
    weights::save(&*model, &path).unwrap();
    let loaded = weights::load::<Every>(&path).unwrap();
    assert_eq!(loaded.as_slice(), model.as_slice());
    let small = EveryInt8::quantize(&model, &data).unwrap();
    int8::save(&*small, &path).unwrap();
    assert_eq!(*int8::load::<EveryInt8>(&path).unwrap(), *small);
    for (inputs, _) in &rows[..9] {
        let (exact, rough) = (model.predict(inputs), small.predict(inputs));
        assert!(exact.sort.iter().chain(rough.sort.iter()).all(|share| (0.0..=1.0).contains(share)));
        assert_eq!(model.predict_odd(inputs), exact.odd);
    }
}

#[test]
fn a_model_lives_without_an_allocator() {
    let mut rng = random();
    let mut model = Plain::<f64>::new(&mut rng);
    let mut stepper = Box::new(flat::zeroed::<Stepper<Plain<f64>, 4, 2>>());
    let batch: [_; 7] = array::from_fn(|row| (PlainInputs { x: [row as f64; 7] }, PlainTargets { a: 0.5, b: row % 2 }));
    let losses = [1, 4, 5, 7].map(|rows| stepper.step(&mut model, &Adam::new(0.01), &batch[..rows]).unwrap().a);
    assert!(losses.iter().all(|loss| loss.is_finite()) && stepper.steps() == 4);
    assert_eq!(stepper.step(&mut model, &Adam::new(0.01), &[]).unwrap_err(), StepError::Pass(PassError::EmptyBatch));
}

#[test]
fn a_model_lives_in_several_threads() {
    let rows = (0..300).map(|row| (PlainInputs { x: [row as f32 / 300.0; 7] }, PlainTargets { a: row as f32 / 9.0, b: row % 2 }));
    let data = Dataset::<Plain>::from_rows(rows).unwrap();
    let mut model = Plain::boxed(&mut random());
    Trainer::new(Adam::default()).epochs(2).batch_size(300).threads(3).quiet().fit(&mut *model, &data).unwrap();
    assert!(model.as_slice().iter().all(|parameter| parameter.is_finite()));
}
