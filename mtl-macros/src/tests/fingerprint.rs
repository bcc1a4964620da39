//! What the fingerprint of a model must cover is tested outside of this crate: here, that no word is forgotten there.

use crate::step::{LAYERS, Word};
use crate::vocabulary::ACTIVATIONS;

#[test]
fn every_word_and_argument_is_perturbed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fingerprint.rs");
    let test = std::fs::read_to_string(path).unwrap();
    let arguments = |layer: &&'static Word| {
        let named = layer.arguments.iter().map(|parameter| format!("{}.{}", layer.name, parameter.name));
        named.chain(layer.arguments.is_empty().then(|| layer.name.to_owned()))
    };
    let words = LAYERS.iter().flat_map(arguments).chain(ACTIVATIONS.iter().map(|activation| activation.name.to_owned()));
    let forgotten: Vec<String> = words.filter(|word| !test.contains(&format!("\"{word}\""))).collect();
    assert!(forgotten.is_empty(), "tests/fingerprint.rs has no case for {}", forgotten.join(", "));
}

#[test]
fn every_word_is_in_the_test_of_the_graph() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/graph.rs");
    let test = std::fs::read_to_string(path).unwrap();
    let words = LAYERS.iter().map(|layer| layer.name).chain(ACTIVATIONS.iter().map(|activation| activation.name));
    let forgotten: Vec<&str> = words.filter(|word| !test.contains(&format!("-> {word}")) && !test.contains(&format!("\"{word}"))).collect();
    assert!(forgotten.is_empty(), "tests/graph.rs has no case for {}", forgotten.join(", "));
}
