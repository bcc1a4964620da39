//! Rules of the language that no case of `tests/ui/fail` shows: what `cases.rs` reads is not repeated here.

use super::errors;

/// A model with a mistake, and the errors that it gives: the source text under each, and its message.
struct Rule {
    model: &'static str,
    errors: &'static [(&'static str, &'static str)],
}

const RULES: &[Rule] = &[
    // Names.
    Rule {
        model: "struct Model { input x: [4]; head self = x -> Dense(1) { loss: mse } }",
        errors: &[("self", "`self` is a word of Rust and cannot be a name\nhelp: choose another name, such as `self_value`")],
    },
    Rule {
        model: "struct Model {
            input x: [4];
            let body = x -> Dense(2);
            head r#body = body -> Dense(1) { loss: mse }
        }",
        errors: &[(
            "r#body",
            "the name `body` is given twice\nhelp: choose another name, or take one of the two out; a `let` in line 3 has this name",
        )],
    },
    Rule {
        model: "struct Model { input x: [4]; head y = x -> Dense(__values) -> Dense(self::__values) -> Dense(1) { loss: mse, weight: __total } }",
        errors: &[
            ("__values", "`__values` is a name of the generated code\nhelp: choose another name, or reach what has it by a path: `self::..`"),
            ("__total", "`__total` is a name of the generated code\nhelp: choose another name, or reach what has it by a path: `self::..`"),
        ],
    },
    Rule {
        model: "struct Model {
            input x: [4];
            shared body = x -> Dense(2);
            head a = body -> Dense(1) { loss: mse }
            head b = body -> Dense(1) { loss: mse }
            part ModelBody = [a];
            part ModelInputs = [b];
        }",
        errors: &[
            (
                "ModelBody",
                "the part `ModelBody` would have a type `ModelBodyBlock`, and so has the model\nhelp: choose a name that does not begin with `Model`",
            ),
            (
                "ModelInputs",
                "the part `ModelInputs` would have a type `ModelInputs`, and so has the model\nhelp: choose a name that does not begin with `Model`",
            ),
        ],
    },
    Rule {
        model: "struct Model {
            input x: [4];
            let fist = x -> Dense(3);
            let second = x -> Dense(3);
            tie (first, second) { l2: 0.1 }
            head y = (first, second) -> Concat -> Dense(1) { loss: mse }
        }",
        errors: &[("first", "`first` is not defined\nhelp: a `let` with a similar name exists: `fist`")],
    },
    // Attributes.
    Rule {
        model: "#[derive(Default, Clone, ::core::fmt::Debug)] struct Model { input x: [4]; head y = x -> Dense(1) { loss: mse } }",
        errors: &[
            ("Clone", "every model is `Clone` already\nhelp: take it out: `Clone`, `Copy`, `Debug` and `PartialEq` come with the model"),
            ("Debug", "every model is `Debug` already\nhelp: take it out: `Clone`, `Copy`, `Debug` and `PartialEq` come with the model"),
        ],
    },
    Rule {
        model: "#[repr(packed)] struct Model { input x: [4]; head y = x -> Dense(1) { loss: mse } }",
        errors: &[("repr", "a model is `repr(C)` already: its memory is one slice of numbers\nhelp: take this attribute out")],
    },
    // Shapes.
    Rule {
        model: "struct Model {
            input days: [14, 6];
            head y = days -> Lstm(8, return_sequences = false, bias = false) -> Gru(4) -> Dense(1) { loss: mse }
        }",
        errors: &[(
            "Gru",
            "`Gru` takes a sequence of [time, features], but the output of `Lstm(8, return_sequences = false, bias = false)` is a vector of [8]\n\
             flow: days [14, 6] -> Lstm [8] -> Gru\n\
             help: `Lstm(8, return_sequences = false, bias = false)` gives its last state alone; let it give all: `Lstm(8, return_sequences = true, bias = false)`",
        )],
    },
    Rule {
        model: "struct Model { input days: [DAYS, { A + 1 }, 6]; head y = days -> Gru(4) -> Dense(1) { loss: mse } }",
        errors: &[(
            "Gru",
            "`Gru` takes a sequence of [time, features], but `days` is an image of [DAYS, (A + 1), 6]\n\
             flow: days [DAYS, (A + 1), 6] -> Gru\n\
             help: give it steps and features: `Reshape([DAYS, { (A + 1) * 6 }]) -> Gru(4)`",
        )],
    },
    // Numbers that are others in single precision.
    Rule {
        model: "struct Model { input x: [4]; head y = x -> Dense(1) { loss: mse, weight: 1e40 } }",
        errors: &[(
            "1e40",
            "the weight of head `y` must be 0 or more in `f32`, where 1e40 is infinite\nhelp: write a number that is 0 or more in `f32`, such as `0.5`",
        )],
    },
    Rule {
        model: "struct Model { input x: [4]; head y = x -> Dense(1) { loss: mse, weight: 1e-60 } }",
        errors: &[(
            "1e-60",
            "the weight of head `y` must be 0 or more in `f32`, where 1e-60 is 0\nhelp: write a number that is 0 or more in `f32`, such as `0.5`",
        )],
    },
    Rule {
        model: "struct Model { input x: [4]; head y = x -> Dropout(0.99999999999) -> Dense(1) { loss: mse } }",
        errors: &[(
            "0.99999999999",
            "`rate` of `Dropout` must be at least 0 and below 1 in `f32`, where 0.99999999999 is 1\n\
             help: write a number that is at least 0 and below 1 in `f32`, such as `0.1`",
        )],
    },
];

#[test]
fn every_rule_of_the_table_holds() {
    for rule in RULES {
        let found = errors(rule.model);
        let found: Vec<(&str, &str)> = found.iter().map(|(token, message)| (token.as_str(), message.as_str())).collect();
        assert_eq!(found, rule.errors, "\n{}", rule.model);
    }
}

#[test]
fn name_is_raw() {
    let graph = super::graph(
        "
struct r#struct<const r#type: usize> {
    input r#in: [r#type];
    shared r#loop = r#in -> Dense(2);
    head r#match = r#loop -> Dense(1) { loss: mse }
    head r#plain = r#loop -> Dense(1) { loss: mse }
    part r#impl = [plain];
}",
    );
    let text = |ident: &proc_macro2::Ident| ident.to_string();
    assert_eq!(graph.heads.iter().map(|head| text(&head.name)).collect::<Vec<_>>(), ["r#match", "plain"]);
    let paths = graph.nodes.iter().map(|node| node.path.as_str()).chain(graph.values.iter().map(|value| value.label.as_str()));
    for path in paths {
        assert!(!path.contains("r#"), "weight files and summaries have names without `r#`: {path}");
    }
}

/// Every word that takes a number looks at it in `f32`.
#[test]
fn every_number_is_looked_at_in_single_precision() {
    for statement in [
        "head y = x -> BatchNorm(epsilon = 1e-60) -> Dense(1) { loss: mse }",
        "head y = x -> BatchNorm(momentum = 0.99999999999) -> Dense(1) { loss: mse }",
        "head y = x -> LayerNorm(epsilon = 1e-60) -> Dense(1) { loss: mse }",
        "head y = x -> GaussianNoise(1e40) -> Dense(1) { loss: mse }",
        "head y = x -> Dense(1, l1 = 1e-60) { loss: mse }",
        "head y = x -> Dense(1, l2 = 1e40) { loss: mse }",
        "head y = x -> Dense(1) { loss: huber(1e-60) }",
        "head y = x -> Dense(1) { loss: huber(1e40) }",
        "head y = x -> Dense(1) { loss: quantile(0.99999999999) }",
        "head y = x -> Dense(1, sigmoid) { loss: binary_focal(1e40) }",
        "head y = x -> Dense(2, softmax) { loss: categorical_cross_entropy, label_smoothing: 0.99999999999 }",
        "head y = x -> Dense(2, softmax) { loss: categorical_cross_entropy, class_weights: [1.0, 1e40] }",
        "head y = x -> Dense(2, softmax) { loss: categorical_cross_entropy, class_weights: [1.0, 1e-60] }",
        "let a = x -> Dense(1); let b = x -> Dense(1); tie (a, b) { l2: 1e40 } head y = (a, b) -> Concat -> Dense(1) { loss: mse }",
    ] {
        let found = errors(&format!("struct Model {{ input x: [4]; {statement} }}"));
        assert!(matches!(&found[..], [(_, message)] if message.contains("in `f32`, where")), "{statement}: {found:?}");
    }
}
