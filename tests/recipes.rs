//! Weights that the recipes write, of a model with every word that has tensors, against Keras's own outputs.
//!
//! `KERAS_BACKEND=jax python recipes/test_recipes.py write` made the files; a test of the recipes compares them with what PyTorch's names give.

use mtl::prelude::*;
use mtl::weights;
use serde_json::Value;

multitask! {
    struct Every {
        input kind: class(3);
        input steps: [4, 2];
        input picture: [4, 4, 2];
        input x: [3];
        let place = kind -> Embedding(2);
        let heard = steps -> Conv1D(3, tanh, kernel = 2) -> Gru(3, sequences = true) -> Lstm(2);
        let seen = picture -> Conv2D(2, tanh, kernel = [2, 3]) -> BatchNorm -> GlobalAveragePool;
        let numbers = x -> Normalize -> Dense(4, tanh) -> LayerNorm;
        let (a, b) = (place, heard, seen, numbers) -> Concat -> MixtureOfExperts(2, expert = Dense(4, tanh));
        let (c, d) = (a, b) -> CrossStitch;
        let (e, f) = (c, d) -> Add -> Cgc(1, 1, expert = Dense(3, relu));
        head y = e -> Dense(1) { loss: mse }
        head z = f -> Dense(2) { loss: mse }
    }
}

fn reference(name: &str) -> String {
    format!("{}/tests/reference/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

#[test]
fn weights_of_every_word_load_and_predict_as_in_keras() {
    let model: Box<Every> = weights::load(reference("every_word.safetensors")).unwrap();
    let cases: Value = serde_json::from_str(&std::fs::read_to_string(reference("every_word.json")).unwrap()).unwrap();
    for case in cases.as_array().unwrap() {
        let steps = numbers(&case["steps"]).as_chunks::<2>().0.try_into().unwrap();
        let pixels: Vec<[[f32; 2]; 4]> = numbers(&case["picture"]).as_chunks::<2>().0.as_chunks::<4>().0.to_vec();
        let kind = case["kind"][0].as_u64().unwrap() as usize;
        let inputs = EveryInputs { kind, steps, picture: pixels.try_into().unwrap(), x: numbers(&case["x"]).try_into().unwrap() };
        let outputs = model.predict(&inputs);
        for (found, expected) in [outputs.y].iter().chain(&outputs.z).zip(numbers(&case["y"]).iter().chain(&numbers(&case["z"]))) {
            assert!((found - expected).abs() < 2e-5, "{found} {expected}");
        }
    }
}

#[test]
fn weights_under_the_names_of_pytorch_are_the_same() {
    let keras: Box<Every> = weights::load(reference("every_word.safetensors")).unwrap();
    let pytorch: Box<Every> = weights::load(reference("every_word_pytorch.safetensors")).unwrap();
    assert_eq!(keras, pytorch);
}
