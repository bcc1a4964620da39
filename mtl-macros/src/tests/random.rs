//! Random valid models: every one expands, and some are declared in `tests/random_models/` where their gradients are checked.

use std::fmt::Write as _;

use crate::step;
use crate::vocabulary;

/// How many random models are declared in the file.
const DECLARED: u64 = 8;

/// How many larger ones are declared for the programs without the standard library.
const EMBEDDED: u64 = 12;

/// Numbers that look random: the generator of Knuth's MMIX.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

/// A value of the model under construction.
#[derive(Clone)]
struct Value {
    name: String,
    width: usize,
    used: bool,
}

// Those with every derivative: finite differences across a kink, even in the second derivative as that of `elu`, say nothing.
const ACTIVATIONS: [&str; 7] = ["tanh", "sigmoid", "gelu", "silu", "mish", "softplus", "linear"];

/// Random models of a kind.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    attributes: &'static str,
    /// How many times as wide as the smallest values are.
    scale: usize,
    sequences: bool,
}

/// Those whose gradients are checked: small, and without steps that have a test of their own.
const SMALL: Kind = Kind { name: "Random", attributes: "", scale: 1, sequences: false };

/// Those whose memory is measured.
const DEVICE: Kind = Kind { name: "Device", attributes: "    #[int8]\n", scale: 6, sequences: true };

/// The source of a random model: inputs, a few values that steps make of earlier ones, heads that use what is left.
fn random_model(kind: Kind, seed: u64) -> String {
    let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D);
    let mut body = String::new();
    let mut values: Vec<Value> = Vec::new();
    for number in 0..=numbers.below(3) {
        let width = 2 + numbers.below(4 * kind.scale);
        writeln!(body, "        input x{number}: [{width}];").expect("text");
        values.push(Value { name: format!("x{number}"), width, used: false });
    }
    if numbers.below(2) == 0 {
        let (classes, width) = (2 + numbers.below(4), 2 + numbers.below(4));
        writeln!(body, "        input kind: class({classes});\n        let place = kind -> Embedding({width});").expect("text");
        values.push(Value { name: "place".into(), width, used: false });
    }
    if numbers.below(2) == 0 {
        let (declarations, width) = random_picture(kind.scale, &mut numbers);
        body.push_str(&declarations);
        values.push(Value { name: "seen".into(), width, used: false });
    }
    if kind.sequences && numbers.below(2) == 0 {
        let (declarations, width) = random_sound(&mut numbers);
        body.push_str(&declarations);
        values.push(Value { name: "heard".into(), width, used: false });
    }
    let layer_input = 2 + numbers.below(4);
    let layer_output = 2 + numbers.below(4);
    let layer = numbers.below(2) == 0;
    if layer {
        let (activation, step) = (numbers.one_of(&ACTIVATIONS), numbers.one_of(&["", " -> LayerNorm", " -> BatchNorm", " -> Dropout(0.2)"]));
        writeln!(body, "        layer again = Dense({layer_output}, {activation}){step};").expect("text");
    }
    for number in 0..3 + numbers.below(4) {
        let name = format!("v{number}");
        let (flow, width) = random_flow(kind.scale, &mut numbers, &mut values);
        // Every use of the layer takes the same width; its first two uses come for certain.
        let (flow, width) = if layer && number < 2 { (format!("{flow} -> Dense({layer_input}) -> again"), layer_output) } else { (flow, width) };
        writeln!(body, "        let {name} = {flow};").expect("text");
        values.push(Value { name, width, used: false });
    }
    let rest: Vec<Value> = values.iter().filter(|value| !value.used).cloned().collect();
    let source = if rest.len() == 1 {
        rest[0].name.clone()
    } else {
        format!("({}) -> Concat", rest.iter().map(|value| value.name.as_str()).collect::<Vec<_>>().join(", "))
    };
    writeln!(body, "        shared all = {source} -> Dense({}, tanh);", 3 + numbers.below(4)).expect("text");
    for number in 0..2 + numbers.below(2) {
        let (units, partial) = (1 + numbers.below(3), numbers.one_of(&["", ", labels: partial"]));
        let (ending, loss) = match numbers.below(5) {
            0 => (format!("Dense({units}, sigmoid)"), "binary_cross_entropy"),
            1 => (format!("Dense({}, softmax)", units + 1), "categorical_cross_entropy"),
            2 => (format!("Dense({units}, softplus)"), "poisson"),
            3 => (format!("Dense({units})"), "log_cosh"),
            _ => (format!("Dense({units})"), "mse"),
        };
        writeln!(body, "        head h{number} = all -> {ending} {{ loss: {loss}, weight: 0.{}{partial} }}", 1 + numbers.below(9)).expect("text");
    }
    format!("mtl::multitask! {{\n{}    pub struct {}{seed} {{\n{body}    }}\n}}\n", kind.attributes, kind.name)
}

/// A sequence and what layers hear in it, and the width of that.
fn random_sound(numbers: &mut Numbers) -> (String, usize) {
    let (steps, features, units) = (8 + numbers.below(30), 1 + numbers.below(10), 2 + numbers.below(30));
    let convolution = match numbers.below(3) {
        0 => String::new(),
        1 => format!(" -> Conv1D({}, relu, kernel = {})", 2 + numbers.below(12), 1 + numbers.below(5)),
        _ => format!(" -> Conv1D({}, tanh, padding = same) -> MaxPool1D(2)", 2 + numbers.below(12)),
    };
    let recurrent = match numbers.below(4) {
        0 => format!("Gru({units})"),
        1 => format!("Lstm({units})"),
        2 => format!("Gru({}, sequences = true) -> Lstm({units})", 2 + numbers.below(12)),
        _ => format!("Lstm({}, sequences = true) -> Gru({units}, bias = false)", 2 + numbers.below(12)),
    };
    (format!("        input sound: [{steps}, {features}];\n        let heard = sound{convolution} -> {recurrent};\n"), units)
}

/// An image and what a convolution sees in it, and the width of that. Without `MaxPool2D`: between equal values its derivative has a jump.
fn random_picture(scale: usize, numbers: &mut Numbers) -> (String, usize) {
    let (sides, channels, filters) =
        ([3 + numbers.below(3 * scale), 3 + numbers.below(3 * scale)], 1 + numbers.below(2 * scale), 2 + numbers.below(2 * scale));
    let (window, stride, padding) = ([1 + numbers.below(3), 1 + numbers.below(3)], 1 + numbers.below(2), numbers.one_of(&["same", "valid"]));
    let places = |axis: usize| if padding == "same" { sides[axis].div_ceil(stride) } else { (sides[axis] - window[axis]) / stride + 1 };
    let (mut places, mut step) =
        ([places(0), places(1)], numbers.one_of(&["", " -> BatchNorm", " -> LayerNorm", " -> AveragePool2D(2, padding = same)"]));
    if step.contains("Pool") {
        places = places.map(|places| places.div_ceil(2));
    }
    // What is one number after a normalisation is always the same number.
    if step.contains("Layer") && filters < 3 {
        step = "";
    }
    let (end, width) = if numbers.below(3) == 0 { ("GlobalAveragePool", filters) } else { ("Flatten", places[0] * places[1] * filters) };
    let activation = numbers.one_of(&ACTIVATIONS);
    let declarations = format!(
        "        input picture: [{}, {}, {channels}];\n        let seen = picture -> Conv2D({filters}, {activation}, kernel = [{}, {}], stride = {stride}, padding = {padding}){step} -> {end};\n",
        sides[0], sides[1], window[0], window[1]
    );
    (declarations, width)
}

/// Steps that make a new value of earlier ones, and its width.
fn random_flow(scale: usize, numbers: &mut Numbers, values: &mut [Value]) -> (String, usize) {
    let take = |numbers: &mut Numbers, values: &mut [Value]| {
        // What is not used yet first, so that little is left for the end.
        let unused: Vec<usize> = (0..values.len()).filter(|&index| !values[index].used).collect();
        let index = if !unused.is_empty() && numbers.below(3) > 0 { unused[numbers.below(unused.len())] } else { numbers.below(values.len()) };
        values[index].used = true;
        values[index].clone()
    };
    let mut flow = match numbers.below(3) {
        0 => {
            let (left, right) = (take(numbers, values), take(numbers, values));
            format!("({}, {} -> Dense({}, tanh)) -> Concat", left.name, right.name, right.width)
        }
        1 => {
            let (left, right) = (take(numbers, values), take(numbers, values));
            let step = numbers.one_of(&["Add", "Multiply", "Average"]);
            format!("({}, {} -> Dense({})) -> {step}", left.name, right.name, left.width)
        }
        _ => {
            let value = take(numbers, values);
            value.name
        }
    };
    for _ in 0..=numbers.below(3) {
        match numbers.below(6) {
            0 => flow.push_str(" -> LayerNorm"),
            1 => flow.push_str(" -> BatchNorm"),
            2 => flow.push_str(" -> Dropout(0.1)"),
            3 => flow.push_str(" -> GaussianNoise(0.1)"),
            _ => {
                let width = 2 + numbers.below(5 * scale);
                let bias = numbers.one_of(&["", ", bias = false", ", l2 = 0.01"]);
                write!(flow, " -> Dense({width}, {}{bias})", numbers.one_of(&ACTIVATIONS)).expect("text");
            }
        }
    }
    // A value always has parameters of its own before it, so that it is not an alias of another one.
    let width = 2 + numbers.below(4 * scale);
    write!(flow, " -> Dense({width}, {})", numbers.one_of(&ACTIVATIONS)).expect("text");
    (flow, width)
}

/// The tokens between the braces of `mtl::multitask! { .. }` of a random model.
pub(super) fn source(seed: u64) -> String {
    let model = random_model(SMALL, seed);
    let inside = model.trim().trim_start_matches("mtl::multitask! {").trim_end_matches('}');
    format!("{}}}\n", inside.trim_end().trim_end_matches('}'))
}

#[test]
fn random_models_expand() {
    for seed in 0..200 {
        let graph = super::graph(&source(seed));
        syn::parse2::<syn::File>(crate::codegen::model(&graph, &super::facade())).expect("the expansion is items");
    }
}

/// Writes the models of a kind, or compares them with what is there. `MTL_WRITE_RANDOM_MODELS=1` writes the file anew.
fn declared(kind: Kind, count: u64, test: &str, path: &str, end: &str) {
    let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    let mut file = format!("//! Random models, written by the test `{test}` of `mtl-macros`; not by hand.\n");
    for seed in 0..count {
        write!(file, "\n{}", random_model(kind, seed)).expect("text");
    }
    file.push_str(end);
    if std::env::var_os("MTL_WRITE_RANDOM_MODELS").is_some() {
        std::fs::write(&path, &file).expect("the file can be written");
    }
    assert_eq!(std::fs::read_to_string(path).expect("the file is there"), file, "write it anew with MTL_WRITE_RANDOM_MODELS=1");
}

/// The declared models are those that this generator makes.
#[test]
fn declared_random_models_are_these() {
    let mut end = String::from("\n/// Calls a macro with every model.\nmacro_rules! every_random_model {\n    ($macro:ident) => {\n");
    for seed in 0..DECLARED {
        writeln!(end, "        $macro!(Random{seed});").expect("text");
    }
    end.push_str("    };\n}\npub(crate) use every_random_model;\n");
    declared(SMALL, DECLARED, "declared_random_models_are_these", "tests/random_models/mod.rs", &end);
}

/// As above, for the program that measures the stack.
#[test]
fn declared_models_of_devices_are_these() {
    declared(DEVICE, EMBEDDED, "declared_models_of_devices_are_these", "examples/embedded/firmware/src/random.rs", "");
}

/// Every step, activation and loss of the language is in the models that a program without the standard library is made of, where nothing can
/// panic and the stack is counted.
#[test]
fn no_word_is_missing_in_the_program_of_every_word() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/embedded/firmware/src/words.rs");
    let source = std::fs::read_to_string(path).expect("the file is there");
    let file = syn::parse_file(&source).expect("the file is Rust");
    let mut words = std::collections::BTreeSet::new();
    let mut streams: Vec<proc_macro2::TokenStream> =
        file.items.into_iter().filter_map(|item| if let syn::Item::Macro(item) = item { Some(item.mac.tokens) } else { None }).collect();
    while let Some(stream) = streams.pop() {
        for token in stream {
            match token {
                proc_macro2::TokenTree::Ident(word) => _ = words.insert(word.to_string()),
                proc_macro2::TokenTree::Group(group) => streams.push(group.stream()),
                proc_macro2::TokenTree::Punct(_) | proc_macro2::TokenTree::Literal(_) => {}
            }
        }
    }
    let layers = step::LAYERS.iter().map(|layer| layer.name);
    let functions = vocabulary::ACTIVATIONS.iter().map(|activation| activation.name);
    let losses = vocabulary::LOSSES.iter().map(|loss| loss.name);
    let missing: Vec<&str> = layers.chain(functions).chain(losses).filter(|word| !words.contains(*word)).collect();
    assert_eq!(missing, [""; 0], "write them into {path}");
}
