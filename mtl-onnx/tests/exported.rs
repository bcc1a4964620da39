//! Every word of the language, the examples and random models as ONNX files.
//!
//! The files are written to `target/tmp/onnx`, each with inputs and what the model predicts for them. `check.py` beside this runs them in ONNX Runtime:
//!
//! ```sh
//! cargo test -p mtl-onnx --test exported
//! pip install onnx onnxruntime numpy
//! python3 mtl-onnx/tests/check.py target/tmp/onnx
//! ```
//!
//! Some stand in `mtl-cli/tests/exported`, where they are read back; `MTL_WRITE_PAGES=1` writes them anew.
#![allow(dead_code, clippy::duplicate_mod, reason = "of the examples only their models are used; each brings the module that all share")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use mtl::flat::zeroed_box;
use mtl::loss::FieldKind;
use mtl::model::{Columns, Record};
use mtl::pass::{self, Batch, Tile};
use mtl::{Flat, Model};
use mtl_onnx::proto::ModelProto;
use mtl_onnx::{ExportError, to_bytes, to_model};
use prost::Message;

#[path = "../../examples/convolution.rs"]
mod convolution;
#[path = "../../examples/elderly_care.rs"]
mod elderly_care;
#[path = "../../examples/forecast.rs"]
mod forecast;
#[path = "../../examples/healthcare.rs"]
mod healthcare;
#[path = "../../examples/multidigits.rs"]
mod multidigits;
#[path = "../../examples/penguins.rs"]
mod penguins;
#[path = "../../examples/two_inputs.rs"]
mod two_inputs;
#[path = "../../examples/weather.rs"]
mod weather;

#[path = "../../tests/random_models/mod.rs"]
mod random;

mod words {
    mtl::multitask! {
        pub struct Numbers {
            input x: { a, b?, c };
            input z: { d?, e };
            input w: [3];
            let x2 = x -> Normalize(indicator = true) -> BatchNorm(momentum = 0.5) -> LayerNorm -> RmsNorm(epsilon = 0.5) -> Scale;
            let z2 = z -> Impute(indicator = true) -> Dropout(0.25) -> GaussianNoise(0.5) -> Robust;
            let v = z -> Robust -> Dense(2, bias = false);
            let w2 = w -> Normalize -> LayerNorm(epsilon = 0.01) -> BatchNorm -> PRelu;
            head y = (x2, z2, w2, v) -> Concat -> Dense(3) { loss: mse, targets: standardized }
            head t = w2 -> Dense(1, sigmoid) { loss: binary_cross_entropy }
            head same = w2 -> Dense(1, sigmoid) { loss: mse }
        }
    }

    mtl::multitask! {
        pub struct Encoded {
            input x: [3];
            let a = x -> Periodic(2) -> Dense(2);
            let b = x -> Piecewise(4) -> Dense(2);
            let c = x -> Ensemble(2) -> Conv1D(2, kernel = 1) -> Ensemble(2) -> GlobalAveragePool;
            let d = x -> Periodic(1, sigma = 0.5) -> Dense(2);
            let e = (a, b) -> Add;
            let f = (b, c) -> Multiply;
            let g = (c, d, e) -> Average;
            let h = (f, g) -> Maximum;
            head y = h -> Dense(1, exponential) { loss: poisson }
        }
    }

    mtl::multitask! {
        #[independent]
        pub struct Classes {
            input a: class(5);
            input b: one_of { North, South = "the \"south\"", unknown };
            input c: class(4, unknown);
            head y = (a -> Embedding(3), b -> OneHot, c -> Embedding(2)) -> Concat -> Dense(2, softmax) {
                loss: categorical_cross_entropy, classes: { Low, High },
            }
            head z = c -> Embedding(1) { loss: mse }
        }
    }

    mtl::multitask! {
        pub struct Images {
            input image: [7, 9, 2];
            let a = image -> ZeroPadding2D -> ZeroPadding2D([1, 2]) -> ZeroPadding2D([[1, 0], [0, 2]]) -> BatchNorm -> Conv2D(4, relu, stride = [2, 1]);
            let b = a -> DepthwiseConv2D([3, 1], padding = same, depth_multiplier = 2)
                -> SeparableConv2D(4, tanh, kernel = 2, padding = same, bias = false);
            let c = b -> MaxPool2D([1, 2], stride = 1, padding = same) -> AveragePool2D -> PRelu(shared_axes = [1, 2]) -> LayerNorm -> Scale -> Flatten;
            let d = image -> Conv2D(3, gelu, kernel = [2, 4], stride = [1, 3], padding = same) -> AveragePool2D([3, 2], stride = [2, 1], padding = same)
                -> PRelu -> GlobalAveragePool;
            let e = image -> DepthwiseConv2D(kernel = [1, 2], stride = 2) -> MaxPool2D -> Normalize -> RmsNorm -> Flatten;
            head y = (c, d, e) -> Concat -> Dense(1) { loss: mse }
        }
    }

    mtl::multitask! {
        pub struct Sequences {
            input days: [8, 2];
            let a = days -> Conv1D(3, kernel = 2, padding = same, stride = 2) -> MaxPool1D(2, stride = 1) -> AveragePool1D(3, padding = same) -> Flatten;
            let b = days -> Gru(4, sequences = true, bias = false) -> Lstm(3, sequences = true) -> Gru(3) -> Reshape([1, 3]) -> Lstm(2, bias = false);
            let c = days -> Normalize -> Lstm(3, sequences = true) -> BatchNorm -> GlobalAveragePool;
            head y = (a, b, c) -> Concat -> Dense(1) { loss: mse }
        }
    }

    mtl::multitask! {
        pub struct Shared {
            input left: [3];
            input right: [3];
            layer encode = Dense(4, tanh) -> Dropout(0.5);
            let a = left -> encode;
            let b = right -> encode;
            let (c, d) = (a, b) -> CrossStitch(0.75, channels = true);
            let (c2, d2) = (c, d) -> CrossStitch;
            let (e, f) = c2 -> MixtureOfExperts(2, expert = Dense(2, elu));
            let (g, h) = d2 -> Cgc(1, 1, expert = Dense(2));
            head one = (e, g) -> Concat -> Dense(1) { loss: mse }
            head two = (f, h) -> Concat -> Dense(1) { loss: mse }
        }
    }

    mtl::multitask! {
        #[independent]
        pub struct Functions {
            input x: [4];
            let a = x -> relu -> relu6 -> leaky_relu -> elu -> selu -> gelu -> silu -> mish;
            let b = x -> sigmoid -> hard_sigmoid -> tanh -> softplus -> softsign -> exponential -> hard_silu -> linear;
            let c = x -> Dense(4) -> softmax;
            let d = x -> hard_silu -> mish;
            let e = x -> leaky_relu -> gelu;
            let f = x -> elu -> silu;
            let g = x -> selu -> softsign;
            let h = x -> relu6 -> tanh;
            head y = (a, b, c, d, e, f, g, h) -> Concat -> Dense(3) -> softsign { loss: mse }
        }
    }

    mtl::multitask! {
        pub struct Own {
            input x: [2];
            head y = x -> crate::Half { loss: mse }
        }
    }
}

#[derive(Clone, Copy, Default)]
pub struct Half;

impl mtl::activation::Activation for Half {
    fn value<T: mtl::Scalar>(x: T) -> T {
        T::from_f64(0.5) * x
    }
    fn derivative<T: mtl::Scalar>(_: T, _: T) -> T {
        T::from_f64(0.5)
    }
}

/// The files that `mtl-cli` reads back.
const READ_BACK: &[&str] = &[
    "words_Numbers",
    "words_Numbers_odd",
    "words_Encoded",
    "words_Classes",
    "words_Images",
    "words_Sequences",
    "words_Shared",
    "words_Functions",
    "elderly_care_Care",
    "forecast_Forecast",
    "Random0",
    "Random5",
];

/// Those that it reads as if another program had written them: without the metadata.
const READ_AS_ANY: &[&str] = &["words_Images", "words_Sequences", "words_Functions", "healthcare_Patient", "convolution_Seen"];

const ROWS: usize = 9;

/// Numbers that look random, between 0 and 1.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32
    }
}

/// Some rows of inputs, the same for every model with such inputs. Cells are missing where they may be.
struct Rows;

struct Row(Vec<Vec<f32>>, Vec<usize>);

impl Record<f32> for Row {
    fn real(&self, field: usize) -> Option<&[f32]> {
        Some(&self.0[field])
    }
    fn class(&self, field: usize) -> Option<usize> {
        Some(self.1[field])
    }
}

fn row<M: Model>(sample: usize) -> Row {
    let mut numbers = Numbers(sample as u64 * 977 + 5);
    let (mut reals, mut classes) = (Vec::new(), Vec::new());
    for input in M::INPUTS {
        match input.kind {
            FieldKind::Real { width } => {
                let mut row: Vec<f32> = (0..width).map(|_| numbers.next() * 4.0 - 2.0).collect();
                if let Columns::Named(columns) = input.columns {
                    for (cell, column) in row.iter_mut().zip(columns) {
                        if column.optional && numbers.next() < 0.4 {
                            *cell = f32::NAN;
                        }
                    }
                }
                reals.push(row);
                classes.push(0);
            }
            FieldKind::Class { classes: count } => {
                reals.push(Vec::new());
                classes.push((numbers.next() * count as f32) as usize);
            }
        }
    }
    Row(reals, classes)
}

impl<M: Model<Scalar = f32>> Batch<M> for Rows {
    fn len(&self) -> usize {
        ROWS
    }
    fn labels(&self, _: usize) -> usize {
        0
    }
    fn load_inputs<const COLUMNS: usize>(&self, sample: usize, values: &mut M::Values<COLUMNS>, column: usize) {
        M::load_inputs(values, column, &row::<M>(sample));
    }
    fn load_targets<const COLUMNS: usize>(&self, _: usize, _: &mut M::TargetColumns<COLUMNS>, _: usize) {}
    fn weight(&self, _: usize) -> f32 {
        1.0
    }
}

/// A model whose parameters are drawn, and what is measured too. With `odd` some of that is a constant's, or was never measured.
fn drawn<M: Model<Scalar = f32>>(odd: bool) -> Box<M> {
    let mut model = zeroed_box::<M>();
    let mut numbers = Numbers(77);
    for tensor in M::PARAMETERS {
        let values = &mut model.as_mut_slice()[tensor.offset..tensor.offset + tensor.len];
        let never = odd && numbers.next() < 0.5;
        // Values stay near 1, as trained ones do.
        let seen: usize = tensor.shape.split_last().map_or(1, |(_, seen)| seen.iter().product());
        let scale = 2.0 / (seen as f32).sqrt();
        for value in values {
            let drawn = numbers.next();
            *value = match tensor.path.rsplit('.').next().unwrap() {
                "variance" | "factor" | "length" if !tensor.trainable => match (never, odd && drawn < 0.3) {
                    (true, _) => -1.0,
                    (false, true) => 0.0,
                    (false, false) => 0.4 + drawn,
                },
                "moving_variance" => 0.4 + drawn,
                _ => scale * (drawn - 0.5),
            };
        }
    }
    model
}

/// What the model predicts for the rows, by head.
fn predictions<M: Model<Scalar = f32>>(model: &M) -> Vec<Vec<Vec<f32>>> {
    let mut heads = vec![Vec::new(); M::HEADS.len()];
    let mut tile = zeroed_box::<Tile<M, 4>>();
    pass::evaluate(model, &Rows, &mut tile, |values, _, _, columns| {
        for column in 0..columns {
            let outputs = M::outputs(values, column);
            heads.iter_mut().enumerate().for_each(|(head, rows)| rows.push(M::output_numbers(&outputs, head).to_vec()));
        }
    })
    .unwrap();
    heads
}

fn list(numbers: &[f32]) -> String {
    let texts: Vec<String> = numbers.iter().map(|number| if number.is_finite() { format!("{number:?}") } else { "null".to_owned() }).collect();
    format!("[{}]", texts.join(", "))
}

/// What holds for every file: values are made once and before they are used, all initializers are used, and the ends are called by the declaration.
fn holds_together<M: Model<Scalar = f32>>(file: &ModelProto) {
    let graph = file.graph.as_ref().unwrap();
    let names = |values: &[mtl_onnx::proto::ValueInfoProto]| values.iter().map(|value| value.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&graph.input), M::INPUTS.iter().map(|input| input.name).collect::<Vec<_>>());
    assert_eq!(names(&graph.output), M::HEADS.iter().map(|head| head.name).collect::<Vec<_>>());
    let mut made: BTreeSet<&str> = graph.input.iter().map(|input| input.name.as_str()).collect();
    let mut unused = BTreeSet::new();
    for tensor in &graph.initializer {
        assert!(made.insert(&tensor.name), "{} twice", tensor.name);
        unused.insert(tensor.name.as_str());
    }
    let mut nodes = BTreeSet::new();
    for node in &graph.node {
        assert!(nodes.insert(&node.name), "{} twice", node.name);
        for input in &node.input {
            assert!(made.contains(input.as_str()), "{} takes {input}, which is not there", node.name);
            unused.remove(input.as_str());
        }
        for output in node.output.iter().filter(|output| !output.is_empty()) {
            assert!(made.insert(output), "{output} is made twice");
        }
    }
    // The variance of an `Impute` does nothing, and is there for whoever reads the file back.
    unused.retain(|name| !name.ends_with(".variance"));
    assert!(unused.is_empty(), "{unused:?}");
    assert!(graph.output.iter().all(|output| made.contains(output.name.as_str())));
}

fn export<M: Model<Scalar = f32>>(folder: &Path, name: &str) {
    for (odd, name) in [(false, name.to_owned()), (true, format!("{name}_odd"))] {
        let model = drawn::<M>(odd);
        let file = to_model(&*model).unwrap();
        holds_together::<M>(&file);
        std::fs::write(folder.join(format!("{name}.onnx")), to_bytes(&*model).unwrap()).unwrap();
        let rows: Vec<Row> = (0..ROWS).map(row::<M>).collect();
        let inputs: Vec<String> = M::INPUTS
            .iter()
            .enumerate()
            .map(|(field, input)| {
                let values: Vec<String> = match input.kind {
                    FieldKind::Real { .. } => rows.iter().map(|row| list(&row.0[field])).collect(),
                    FieldKind::Class { .. } => rows.iter().map(|row| row.1[field].to_string()).collect(),
                };
                format!("\"{}\": [{}]", input.name, values.join(", "))
            })
            .collect();
        let outputs: Vec<String> = predictions(&*model)
            .iter()
            .zip(M::HEADS)
            .map(|(rows, head)| format!("\"{}\": [{}]", head.name, rows.iter().map(|row| list(row)).collect::<Vec<_>>().join(", ")))
            .collect();
        let mut text = String::new();
        writeln!(text, "{{\"inputs\": {{{}}},\n\"outputs\": {{{}}}}}", inputs.join(",\n"), outputs.join(",\n")).unwrap();
        std::fs::write(folder.join(format!("{name}.json")), &text).unwrap();
        for (known, folder) in [(READ_BACK, "exported"), (READ_AS_ANY, "plain")] {
            if !known.contains(&name.as_str()) {
                continue;
            }
            let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mtl-cli/tests").join(folder);
            let mut file = file.clone();
            if folder == "plain" {
                file.metadata_props.clear();
            }
            let file = file.encode_to_vec();
            let (onnx, vectors) = (at.join(format!("{}.onnx", name.to_lowercase())), at.join(format!("{}.vectors.json", name.to_lowercase())));
            if std::env::var_os("MTL_WRITE_PAGES").is_some() {
                std::fs::create_dir_all(&at).unwrap();
                std::fs::write(onnx, file).unwrap();
                std::fs::write(vectors, &text).unwrap();
            } else {
                // What a prediction gives is not the same bits on every processor: the file is.
                assert!(
                    std::fs::read(&onnx).is_ok_and(|known| known == file),
                    "{} is written in another way now: MTL_WRITE_PAGES=1 writes it anew",
                    onnx.display()
                );
            }
        }
    }
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/onnx");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

macro_rules! exports {
    ($($model:path),* $(,)?) => {
        $(export::<$model>(&folder(), &stringify!($model).replace("::", "_"));)*
    };
}

#[test]
fn every_word_is_written() {
    exports!(words::Numbers, words::Encoded, words::Classes, words::Images, words::Sequences, words::Shared, words::Functions);
}

#[test]
fn the_examples_are_written() {
    exports!(
        convolution::Seen,
        elderly_care::Care,
        forecast::Forecast,
        healthcare::Patient,
        multidigits::MultiDigits,
        penguins::Penguin,
        two_inputs::TwoInputs,
        weather::Weather,
    );
}

#[test]
fn random_models_are_written() {
    macro_rules! each {
        ($($name:ident)*) => {
            $(export::<random::$name>(&folder(), stringify!($name));)*
        };
    }
    random::every_random_model!(each);
}

#[test]
fn the_metadata_say_what_indices_mean() {
    let file = to_model(&*drawn::<words::Classes>(false)).unwrap();
    let of = |key: &str| file.metadata_props.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str());
    assert_eq!(of("input.b.categories"), Some(r#"["North", "the \"south\"", "unknown"]"#));
    assert_eq!(of("head.y.categories"), Some(r#"["Low", "High"]"#));
    assert_eq!(of("mtl.fingerprint"), Some(format!("{:016x}", mtl::weights::fingerprint::<words::Classes>()).as_str()));
    assert_eq!(of("mtl.model"), Some("Classes"));
    assert!(of("mtl.graph").unwrap().starts_with("y.embedding1\ty.embedding1\tEmbedding(3)\t0\n"));
    let file = to_model(&*drawn::<words::Numbers>(false)).unwrap();
    assert!(file.metadata_props.iter().any(|entry| entry.key == "input.x.columns" && entry.value == r#"["a", "b", "c"]"#));
}

#[test]
fn what_has_no_operator_is_named() {
    let error = to_bytes(&*drawn::<words::Own>(false)).unwrap_err();
    assert!(matches!(error, ExportError::Own { step: "y.half1", path: "crate::Half" }), "{error}");
    let mut model = drawn::<words::Classes>(false);
    model.as_mut_slice()[0] = f32::NAN;
    assert_eq!(to_bytes(&*model).unwrap_err().to_string(), "`y.embedding1.embeddings` has values that are not finite");
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let error = mtl_onnx::save(&*drawn::<words::Classes>(false), "/nowhere/at/all.onnx").unwrap_err();
    assert!(error.to_string().starts_with("cannot write `/nowhere/at/all.onnx`: "), "{error}");
}
