//! Snapshots of whole expansions: a change in the generated code shows up as a change of these files.
//!
//! After a change that is meant, `INSTA_UPDATE=always cargo test -p mtl-macros` writes them anew; read the difference.

use proc_macro2::TokenStream;

fn expansion(model: &str) -> String {
    let tokens: TokenStream = format!("[::mtl] {model}").parse().expect("the model is tokens");
    let items = crate::expand::expand(tokens);
    assert!(!items.to_string().contains("compile_error"), "the model is right: {items}");
    prettyplease::unparse(&syn::parse2(items).expect("the expansion is items"))
}

#[test]
fn one_input_two_heads() {
    insta::assert_snapshot!(expansion(
        "/// A model.
        pub struct Small {
            input record: [3];
            shared body = record -> Dense(4, relu);
            head level = body -> Dense(1) { loss: mse, metrics: [mae] }
            head kind = body -> Dense(2, softmax) { loss: categorical_cross_entropy, labels: partial, weight: 0.5 }
        }"
    ));
}

#[test]
fn stages_and_a_reused_layer() {
    insta::assert_snapshot!(expansion(
        "struct Staged<const FEATURES: usize> {
            input left: [FEATURES];
            input right: [FEATURES];
            layer encode = Dense(4, gelu, bias = false, l2 = 0.01) -> BatchNorm;
            shared both = (left -> encode, right -> encode) -> Concat -> Dropout(0.1);
            head same = both -> Dense(1, sigmoid) { loss: binary_cross_entropy, class_weights: [1, 3] }
            head gap = both -> Dense(1, softplus) { loss: poisson }
        }"
    ));
}

#[test]
fn sequences() {
    insta::assert_snapshot!(expansion(
        "struct Series {
            input days: [crate::DAYS, 3];
            shared all = days -> Gru(4, sequences = true, l2 = 0.01) -> Dropout(0.1) -> Lstm(2, bias = false);
            head one = all -> Dense(1) { loss: mse }
            head two = all -> Dense(2, softmax) { loss: categorical_cross_entropy }
        }"
    ));
}

#[test]
fn classes_and_images() {
    insta::assert_snapshot!(expansion(
        "pub(crate) struct Mixed {
            input image: [2, crate::WIDTH, 1];
            input zone: class(3);
            let pixels = image -> Flatten -> Normalize;
            let place = zone -> Embedding({ crate::WIDTH * 2 });
            shared body = (pixels, place) -> Add -> Dense(4, crate::Snake) -> crate::Scale<_>(0.5);
            head one = body -> Dense(2) { loss: crate::Pinball(0.9) }
            head two = body -> Dense(3, softmax) { loss: kl_divergence, metrics: [mae] }
        }"
    ));
}

#[test]
fn convolutions() {
    insta::assert_snapshot!(expansion(
        "struct Seen {
            input image: [crate::SIDE, 8, 2];
            shared body = image -> Normalize -> Conv2D(4, relu, kernel = [3, 1], stride = 2, l2 = 0.01) -> BatchNorm -> LayerNorm -> MaxPool2D(2, padding = same);
            head one = body -> GlobalAveragePool -> Dense(2) { loss: mse }
            head two = body -> Flatten -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        }"
    ));
}
