//! Rules on `#[int8]`, and what the graph knows of it.

use super::{errors, graph};

const BODY: &str = "struct M { input x: [4]; head y = x -> Dense(8, relu) -> STEP Dense(1) { loss: mse } }";

fn with(attributes: &str, step: &str) -> String {
    format!("{attributes} {}", BODY.replace("STEP", step))
}

fn rejects(source: &str, token: &str, message: &str) {
    assert_eq!(errors(source), [(token.to_owned(), message.to_owned())]);
}

#[test]
fn a_model_has_the_form_that_it_asks_for() {
    assert!(graph(&with("#[int8]", "")).int8);
    assert!(graph(&with("/// Docs. \n #[int8] #[derive(Default)]", "")).int8);
    assert!(!graph(&with("", "")).int8);
    // The attribute is the macro's own, and goes no further.
    assert!(graph(&with("#[int8]", "")).attributes.is_empty());
}

#[test]
fn steps_without_a_form_are_named() {
    rejects(
        &with("#[int8]", "crate::Scale<8>(0.5) ->"),
        "crate::Scale<8>(0.5)",
        "`Scale` has no form in eight bits, which `#[int8]` asks for\nhelp: take `#[int8]` out, or build the step from those of the language",
    );
    assert!(errors(&with("", "LayerNorm -> crate::Scale<8>(0.5) ->")).is_empty());
}

#[test]
fn every_step_of_the_language_has_a_form() {
    for step in ["Conv1D(4)", "MaxPool1D(2)", "AveragePool1D(2)", "LayerNorm", "Gru(4, sequences = true)", "Lstm(4, sequences = true)"] {
        let source = format!("#[int8] struct M {{ input x: [8, 2]; head y = x -> {step} -> Flatten -> Dense(1) {{ loss: mse }} }}");
        assert!(errors(&source).is_empty(), "{step}");
    }
}

#[test]
fn a_step_of_a_layer_is_named_once() {
    rejects(
        "#[int8] struct M { input x: [4]; input z: [4]; layer twice = Dense(3) -> crate::Scale<3>(0.5);
            head y = (x -> twice, z -> twice) -> Add -> Dense(1) { loss: mse } }",
        "crate::Scale<3>(0.5)",
        "`Scale` has no form in eight bits, which `#[int8]` asks for\nhelp: take `#[int8]` out, or build the step from those of the language",
    );
}

#[test]
fn products_of_many_values() {
    let model = |factors: &str| format!("#[int8] struct M {{ input x: [4]; head y = ({factors}) -> Multiply -> Dense(1) {{ loss: mse }} }}");
    assert!(errors(&model("x, x, x")).is_empty());
    rejects(
        &model("x, x, x, x"),
        "Multiply",
        "`Multiply` of 4 values has no form in eight bits, which `#[int8]` asks for\nhelp: multiply 3 of them, and the product with the others",
    );
}

#[test]
fn the_attribute_is_a_word_before_the_struct() {
    rejects(&with("#[int8(per_tensor)]", ""), "#[int8(per_tensor)]", "`#[int8]` takes no arguments\nhelp: write `#[int8]`");
    rejects(&with("#[int8] #[int8]", ""), "#[int8]", "`#[int8]` stands here twice\nhelp: take one of them out");
    rejects(
        "struct M { input x: [4]; #[int8] head y = x -> Dense(1) { loss: mse } }",
        "#[int8]",
        "`#[int8]` stands before a statement\nhelp: write it before `struct`: the whole model gets a form in eight bits",
    );
}
