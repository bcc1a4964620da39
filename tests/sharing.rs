//! Cross-stitch units, mixtures of experts, customised gate control and ties against an independent implementation, in f64.
//!
//! The figures are in `tests/reference/sharing.json`, with the script that made them.

mod support;

use mtl::Model;
use mtl::flat::zeroed_box;
use mtl::layer::Pass;
use mtl::model::HeadSet;
use mtl::prelude::*;
use serde_json::Value;
use support::{Field, Row, Samples, gradient, rng};

multitask! {
    struct Mmoe {
        input x: [5];
        let (a, b) = x -> MixtureOfExperts(3, expert = Dense(4, tanh));
        head one = a -> Dense(2) { loss: mse }
        head two = b -> Dense(1) { loss: mse, weight: 0.5 }
    }
}

multitask! {
    struct Ple {
        input x: [5];
        let (a, b) = x -> Cgc(2, 1, expert = Dense(4, tanh)) -> Cgc(1, 2, expert = Dense(3, tanh));
        head one = a -> Dense(2) { loss: mse }
        head two = b -> Dense(1) { loss: mse, weight: 0.5 }
    }
}

multitask! {
    struct Stitched {
        input x: [5];
        let left = x -> Dense(4, tanh);
        let right = x -> Dense(4, tanh);
        tie (left, right) { l2: 0.05 }
        let (c, d) = (left, right) -> CrossStitch;
        let (e, f) = (c, d) -> CrossStitch(init = 0.7, channels = true);
        head one = e -> Dense(2) { loss: mse }
        head two = f -> Dense(1) { loss: mse, weight: 0.5 }
        budget { parameters: 83, weights: 332 B, multiply_adds: 100 }
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

#[track_caller]
fn assert_close(what: &str, ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() <= 1e-11 * theirs.abs().max(1.0), "{what}: {ours} instead of {theirs}");
}

fn check<M: Model<Scalar = f64>>(name: &str, predict: impl Fn(&M, [f64; 5]) -> (Vec<f64>, Vec<f64>)) {
    let path = format!("{}/tests/reference/sharing.json", env!("CARGO_MANIFEST_DIR"));
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let case = &all[name];
    let mut model: Box<M> = zeroed_box();
    assert_eq!(M::PARAMETERS.len(), case["weights"].as_object().unwrap().len());
    for tensor in M::PARAMETERS {
        let values = numbers(&case["weights"][tensor.path]);
        model.as_mut_slice()[tensor.offset..tensor.offset + tensor.len].copy_from_slice(&values);
    }
    let count = case["inputs"].as_array().unwrap().len();
    let rows = (0..count).map(|row| {
        let field = |name: &str| Field::Real(numbers(&case[name][row]));
        (Row(vec![field("inputs")]), Row(vec![field("one"), field("two")]))
    });
    let samples = Samples { rows: rows.collect(), weights: vec![1.0; count] };
    for row in 0..count {
        let (one, two) = predict(&model, numbers(&case["inputs"][row]).try_into().unwrap());
        for (ours, theirs) in one.iter().chain(&two).zip(numbers(&case["outputs_one"][row]).iter().chain(&numbers(&case["outputs_two"][row]))) {
            assert_close("output", *ours, *theirs);
        }
    }
    let (total, gradient) = gradient(&*model, &samples, Pass { training: true, key: 1, ..Pass::PREDICT }, HeadSet::ALL);
    assert_close("loss", total, case["total"].as_f64().unwrap());
    for tensor in M::PARAMETERS {
        let ours = &gradient.as_slice()[tensor.offset..tensor.offset + tensor.len];
        for (index, (&ours, theirs)) in ours.iter().zip(numbers(&case["gradients"][tensor.path])).enumerate() {
            assert_close(&format!("{}[{index}]", tensor.path), ours, theirs);
        }
    }
}

#[test]
fn a_mixture_with_a_gate_for_each_task() {
    check::<Mmoe<f64>>("mmoe", |model, x| {
        let outputs = model.predict(&MmoeInputs { x });
        (outputs.one.as_slice().to_vec(), vec![outputs.two])
    });
}

#[test]
fn progressive_layered_extraction() {
    check::<Ple<f64>>("ple", |model, x| {
        let outputs = model.predict(&PleInputs { x });
        (outputs.one.as_slice().to_vec(), vec![outputs.two])
    });
}

#[test]
fn cross_stitch_units_between_tied_blocks() {
    check::<Stitched<f64>>("cross_stitch", |model, x| {
        let outputs = model.predict(&StitchedInputs { x });
        (outputs.one.as_slice().to_vec(), vec![outputs.two])
    });
}

#[test]
fn what_a_task_owns_serves_that_task_alone() {
    let heads = |path: &str| Ple::<f64>::PARAMETERS.iter().find(|tensor| tensor.path == path).unwrap().heads;
    assert_eq!(heads("a_b.cgc2_a_gate.kernel"), HeadSet::only(0));
    assert_eq!(heads("a_b.cgc2_b_expert2.kernel"), HeadSet::only(1));
    assert_eq!(heads("a_b.cgc2_expert1.kernel").len(), 2);
    // The first level's experts of one task reach the other through the shared flow.
    assert_eq!(heads("a_b.cgc1_a_expert1.kernel").len(), 2);
    assert_eq!(heads("a_b.cgc1_a_gate.kernel"), HeadSet::only(0));
}

#[test]
fn a_cross_stitch_unit_begins_with_its_own_flow() {
    let model = Stitched::<f64>::new(&mut rng(1));
    let near = |ours: &[f64], theirs: &[f64]| ours.iter().zip(theirs).all(|(a, b)| (a - b).abs() < 1e-12);
    assert!(near(model.c_d.cross_stitch1_c.coefficients.as_slice(), &[0.9, 0.1]));
    assert!(near(model.c_d.cross_stitch1_d.coefficients.as_slice(), &[0.1, 0.9]));
    assert!(near(model.e_f.cross_stitch1_f.coefficients.as_slice(), &[0.3, 0.3, 0.3, 0.3, 0.7, 0.7, 0.7, 0.7]));
    let shapes = |path: &str| Stitched::<f64>::PARAMETERS.iter().find(|tensor| tensor.path == path).unwrap().shape;
    assert_eq!(shapes("c_d.cross_stitch1_c.coefficients"), [2]);
    assert_eq!(shapes("e_f.cross_stitch1_e.coefficients"), [2, 4]);
}
