//! Snapshots of whole expansions: a change in the generated code shows up as a change of these files.
//!
//! After a change that is meant, `INSTA_UPDATE=always cargo test -p mtl-macros` writes them anew; read the difference.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};

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
fn eight_bits() {
    let whole = expansion(
        "#[int8]
        pub struct Small {
            input record: [3];
            input zone: class(5);
            shared body = (record -> Normalize -> Dense(4, tanh), zone -> Embedding(4)) -> Concat -> Dense(6, relu);
            head level = body -> Dense(1, softplus) { loss: mse }
            head kind = body -> Dense(2, softmax) { loss: categorical_cross_entropy }
        }",
    );
    // What comes before is that of any model.
    let start = whole
        .find("/**[`Small`] in eight bits")
        .or_else(|| whole.find("/// [`Small`] in eight bits"))
        .or_else(|| whole.find("in eight bits"))
        .unwrap_or(0);
    insta::assert_snapshot!(&whole[start..]);
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

/// A model with every step that there is in eight bits, and a part.
const EVERY_STEP_IN_EIGHT_BITS: &str = "#[int8]
    struct Eight<const UNITS: usize> {
        input image: [8, 6, 1];
        input days: [5, 3];
        input zone: class(4);
        layer look = Conv2D(4, tanh) -> MaxPool2D -> Flatten -> Dense(4, gelu);
        shared seen = image -> Normalize -> look -> BatchNorm -> LayerNorm;
        let past = days -> Conv1D(3, relu, padding = same) -> AveragePool1D -> Gru(4, sequences = true) -> Lstm(4) -> Dropout(0.1);
        let place = (zone -> Embedding(3), zone -> OneHot) -> Concat -> Dense(4, silu);
        let (a, b) = (seen, past) -> CrossStitch;
        let (c, d) = place -> MixtureOfExperts(2, expert = Dense(4));
        let sum = (a, c) -> Add -> tanh;
        let rest = ((b, d) -> Average, (a, d) -> Multiply, place -> softmax) -> Maximum;
        head one = (sum, rest) -> Concat -> Dense(1, softplus) { loss: mse, labels: partial, metrics: [mae] }
        head two = rest -> Dense(UNITS) -> Dense(3, softmax) { loss: categorical_cross_entropy }
        head three = sum -> Dense(2, sigmoid) { loss: binary_cross_entropy }
        part Half = [one];
    }";

/// The identifiers of the code that models with every word expand to, and of the macros of the runtime that users call.
fn identifiers() -> BTreeSet<String> {
    fn collect(tokens: TokenStream, found: &mut BTreeSet<String>) {
        for token in tokens {
            match token {
                TokenTree::Ident(word) if crate::parse::is_name(&word) => drop(found.insert(word.to_string())),
                TokenTree::Group(group) => collect(group.stream(), found),
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
    let mut found = BTreeSet::new();
    for model in crate::tests::models::MODELS.iter().copied().chain([EVERY_STEP_IN_EIGHT_BITS]) {
        let items = crate::expand::expand(format!("[::mtl] {model}").parse().expect("the model is tokens"));
        assert!(!items.to_string().contains("compile_error"), "the model is right: {model}");
        collect(items, &mut found);
    }
    for (file, macros) in [("embed", &["embed"][..]), ("flat", &["any_bits", "zeroable", "flat", "every_field"]), ("lib", &["with_std"])] {
        let path = format!("{}/../mtl-core/src/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        let file = syn::parse_file(&std::fs::read_to_string(path).expect("the runtime is beside this crate")).expect("it is Rust");
        let declared = file.items.into_iter().filter_map(|item| if let syn::Item::Macro(item) = item { Some(item) } else { None });
        for item in declared.filter(|item| item.ident.as_ref().is_some_and(|name| macros.iter().any(|known| name == known))) {
            collect(item.mac.tokens, &mut found);
        }
    }
    found
}

/// `tests/builds/hygiene.rs` gives each of them to everything that a user can name.
///
/// `MTL_WRITE_PAGES=1 cargo test -p mtl-macros` writes the list anew.
#[test]
fn the_identifiers_that_are_tried_are_those_of_the_expansion() {
    const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/hygiene/identifiers.txt");
    // Of `v0`, `v1`, .. one stands for all, and so does one model for what is named after it.
    let numbered = |word: &str| word.split_at_checked(1).is_some_and(|(_, number)| number.parse::<u32>().is_ok_and(|number| number > 0));
    let named_after = |word: &str| crate::tests::models::NAMES.iter().any(|name| word.len() > name.len() && word.starts_with(name));
    let list = identifiers().into_iter().filter(|word| !numbered(word) && !named_after(word)).map(|word| word + "\n").collect::<String>();
    if std::env::var_os("MTL_WRITE_PAGES").is_some() {
        std::fs::write(LIST, &list).expect("the list is written");
    }
    assert_eq!(std::fs::read_to_string(LIST).unwrap_or_default(), list, "`MTL_WRITE_PAGES=1` writes the list anew");
}

// A word of the user's that begins with two underscores is told apart from those of generated code by one list.
#[test]
fn names_with_two_underscores_are_kept() {
    let kept = |word: &String| super::is_kept(word) || matches!(word.as_str(), "__FILE" | "__PARTS" | "__HEADER" | "__TENSORS" | "__MODEL");
    let others: Vec<String> = identifiers().into_iter().filter(|word| word.starts_with("__") && !kept(word)).collect();
    assert!(others.is_empty(), "not in `hygiene`: {}", others.join(", "));
}
