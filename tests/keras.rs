//! Whole models against Keras in f64: outputs, losses, gradients, and ten steps with each optimizer.
//!
//! The figures are in `tests/reference/`, with the script that made them.

use mtl::activation::Activation;
use mtl::flat::{zeroed, zeroed_slice};
use mtl::layer::Pass;
use mtl::model::HeadSet;
use mtl::optimizer::{Adam, AdamW, Optimizer, RmsProp, Sgd};
use mtl::pass::{self, Tile};
use mtl::prelude::*;
use mtl::{Flat, Model, Scalar};
use serde_json::Value;

multitask! {
    /// `two_heads.json`.
    struct TwoHeads {
        input record: [7];
        shared body = record -> Dense(16, relu) -> Dense(16, relu);
        head stay = body -> Dense(8, relu) -> Dense(1) { loss: mse, weight: 0.5 }
        head disease = body -> Dense(8, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

multitask! {
    /// `merged_inputs.json`.
    struct MergedInputs {
        input a: [5];
        input b: [3];
        shared trunk = (a, b) -> Concat -> Dense(12) -> BatchNorm -> tanh;
        let skip = trunk -> Dense(12, crate::TensorFlowGelu);
        shared joined = (trunk, skip) -> Add -> LayerNorm;
        head flag = joined -> Dense(2, sigmoid) { loss: binary_cross_entropy }
        head level = joined -> Dense(4) { loss: huber, weight: 2 }
    }
}

/// TensorFlow rounds the √½ of `gelu` to single precision, in double too: the figures were made with it.
#[derive(Clone, Copy, Debug, Default)]
struct TensorFlowGelu;

impl Activation for TensorFlowGelu {
    fn value<T: Scalar>(x: T) -> T {
        T::from_f64(0.5) * x * (T::ONE + (x * T::from_f64(f64::from(std::f32::consts::FRAC_1_SQRT_2))).erf())
    }
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        let scaled = x * T::from_f64(f64::from(std::f32::consts::FRAC_1_SQRT_2));
        let density = (-scaled * scaled).exp() * T::from_f64(f64::from(std::f32::consts::FRAC_1_SQRT_2) / std::f64::consts::PI.sqrt());
        T::from_f64(0.5) * (T::ONE + scaled.erf()) + x * density
    }
}

multitask! {
    /// `shared_layer.json`.
    struct SharedLayer {
        input left: [6];
        input right: [6];
        layer embed = Dense(10, elu);
        let el = left -> embed;
        let er = right -> embed;
        head same = (el, er) -> Multiply -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        head gap = (el, er) -> Concat -> Dense(2, softplus) { loss: poisson }
    }
}

multitask! {
    /// `recurrent.json`.
    struct Recurrent {
        input series: [7, 3];
        shared states = series -> Gru(5, sequences = true) -> Lstm(4, sequences = true);
        head level = states -> Gru(3, bias = false) -> Dense(1) { loss: mse, weight: 0.5 }
        head kind = states -> Lstm(6, bias = false) -> tanh -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

multitask! {
    /// `convolution.json`.
    struct Convolved {
        input image: [7, 6, 2];
        input sound: [9, 3];
        shared seen = image
            -> Conv2D(4, kernel = [3, 2], stride = [2, 1], padding = same) -> BatchNorm -> relu -> MaxPool2D(2, stride = 1, padding = same)
            -> Conv2D(5, tanh);
        let heard = sound -> Conv1D(4, elu, kernel = 4, stride = 2, padding = same) -> LayerNorm -> MaxPool1D -> Flatten;
        let pooled = seen -> AveragePool2D([2, 3], stride = 2, padding = same) -> Flatten;
        shared all = (pooled, seen -> GlobalAveragePool, heard) -> Concat -> Dense(8, tanh);
        head kind = all -> Dense(3, softmax) { loss: categorical_cross_entropy }
        head level = all -> Dense(2) { loss: huber, weight: 2 }
    }
}

multitask! {
    /// `layers.json`.
    struct Layers {
        input numbers: [5];
        input image: [6, 5, 2];
        let row = numbers -> Dense(6) -> RmsNorm -> PRelu;
        let seen = image -> RmsNorm(epsilon = 0.01) -> ZeroPadding2D([[0, 1], [2, 1]]) -> PRelu(shared_axes = [1, 2])
            -> DepthwiseConv2D([3, 2], tanh, stride = 2, padding = same) -> DepthwiseConv2D(2, depth_multiplier = 3, bias = false)
            -> SeparableConv2D(5, tanh, kernel = [1, 2], depth_multiplier = 2, padding = same) -> Flatten -> Dense(6, tanh);
        shared all = (row, seen) -> Concat -> Dense(8, tanh);
        head kind = all -> Dense(3, softmax) { loss: categorical_cross_entropy }
        head level = all -> Dense(2) { loss: huber, weight: 2 }
    }
}

multitask! {
    /// `tables.json`.
    struct Tables {
        input numbers: [5];
        input others: [3];
        let robust = numbers -> Robust -> Scale;
        let waves = robust -> Periodic(3);
        let bins = others -> Piecewise(4);
        let members = robust -> Ensemble(3) -> Conv1D(4, tanh, kernel = 1) -> Ensemble(3) -> Conv1D(2, kernel = 1) -> GlobalAveragePool;
        shared all = (robust, waves, bins, members) -> Concat -> Dense(8, tanh);
        head kind = all -> Dense(3, softmax) { loss: categorical_cross_entropy }
        head level = all -> Dense(2) { loss: huber, weight: 2 }
    }
}

fn reference(name: &str) -> Value {
    let path = format!("{}/tests/reference/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// All numbers of a nested list, in order.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

fn row<const N: usize>(value: &Value, index: usize) -> [f64; N] {
    numbers(&value[index]).try_into().unwrap()
}

/// A row of `[.., INNER]`.
fn pixels<const N: usize, const INNER: usize>(value: &Value, index: usize) -> [[f64; INNER]; N] {
    numbers(&value[index]).as_chunks().0.try_into().unwrap()
}

fn class(value: &Value, index: usize) -> usize {
    numbers(&value[index]).iter().position(|&x| x == 1.0).unwrap()
}

/// `body.dense1.kernel` is `body_dense1/kernel` in the files.
fn keras_name(path: &str) -> String {
    let mut parts = path.split('.');
    let (block, layer, tensor) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    format!("{block}_{layer}/{tensor}")
}

fn set_parameters<M: Model<Scalar = f64>>(model: &mut M, weights: &Value) {
    for tensor in M::PARAMETERS {
        let values = numbers(&weights[keras_name(tensor.path)]);
        model.as_mut_slice()[tensor.offset..tensor.offset + tensor.len].copy_from_slice(&values);
    }
}

#[track_caller]
fn assert_close(what: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let scale = theirs.iter().fold(1e-300_f64, |largest, x| largest.max(x.abs()));
    for (index, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= 1e-9 * b.abs().max(1e-3 * scale).max(1e-6), "{what}[{index}]: {a} instead of {b}");
    }
}

/// Keras computes the powers of Adam's bias correction from betas rounded to single precision, in double too; the rate that gives ours its figures.
fn keras_adam_rate(rate: f64, step: u64) -> f64 {
    let correction = |beta_1: f64, beta_2: f64| (1.0 - beta_2.powf(step as f64)).sqrt() / (1.0 - beta_1.powf(step as f64));
    rate * correction(f64::from(0.9_f32), f64::from(0.999_f32)) / correction(0.9, 0.999)
}

fn check<M: Model<Scalar = f64>>(
    name: &str,
    rows: impl Fn(&Value, usize) -> (M::Inputs, M::Targets),
    outputs: impl Fn(&M::Outputs, &str) -> Vec<f64>,
) {
    let reference = reference(name);
    let size = usize::try_from(reference["batch_size"].as_u64().unwrap()).unwrap();
    let steps = usize::try_from(reference["steps"].as_u64().unwrap()).unwrap();
    let rows: Vec<_> = (0..size * steps).map(|index| rows(&reference, index)).collect();
    let mut model: M = zeroed();
    // Tiles of 5 for batches of 12: the last one is not full.
    let mut tiles = zeroed_slice::<Tile<M, 5>>(size.div_ceil(5));
    let mut statistics = zeroed();
    let mut gradient: M = zeroed();
    let training = Pass { training: true, ..Pass::PREDICT };

    set_parameters(&mut model, &reference["start"]);
    let first = &reference["first_batch"];
    let losses = pass::value_and_gradient(
        pass::Work { model: &model, pass: training, heads: HeadSet::ALL },
        &rows[..size],
        &M::loss_weights(),
        pass::Memory { tiles: &mut tiles, statistics: &mut statistics },
        &mut gradient,
    )
    .unwrap();
    let mut combined = 0.0;
    for (head, loss) in M::HEADS.iter().zip(losses.as_slice()) {
        assert_close(head.name, &[*loss], &[first["head_losses"][head.name].as_f64().unwrap()]);
        combined += head.weight * loss;
    }
    assert_close("loss", &[combined], &[first["loss"].as_f64().unwrap()]);
    for tensor in M::PARAMETERS.iter().filter(|tensor| tensor.trainable) {
        let theirs = numbers(&first["gradients"][keras_name(tensor.path)]);
        assert_close(tensor.path, &gradient.as_slice()[tensor.offset..tensor.offset + tensor.len], &theirs);
    }

    for run in reference["training"].as_array().unwrap() {
        set_parameters(&mut model, &reference["start"]);
        let rate = run["config"]["learning_rate"].as_f64().unwrap();
        let label = run["optimizer"].as_str().unwrap();
        let mut slots = [vec![0.0; M::LEN], vec![0.0; M::LEN], vec![0.0; M::LEN]];
        for step in 0..steps {
            let batch = &rows[step * size..(step + 1) * size];
            let losses = pass::value_and_gradient(
                pass::Work { model: &model, pass: training, heads: HeadSet::ALL },
                batch,
                &M::loss_weights(),
                pass::Memory { tiles: &mut tiles, statistics: &mut statistics },
                &mut gradient,
            )
            .unwrap();
            let combined: f64 = M::HEADS.iter().zip(losses.as_slice()).map(|(head, loss)| head.weight * loss).sum();
            assert_close(&format!("{label}: loss of step {step}"), &[combined], &[numbers(&run["losses"])[step]]);
            for tensor in M::PARAMETERS.iter().filter(|tensor| tensor.trainable) {
                let range = tensor.offset..tensor.offset + tensor.len;
                let (parameters, gradients) = (&mut model.as_mut_slice()[range.clone()], &gradient.as_slice()[range.clone()]);
                let [a, b, c] = &mut slots;
                let slots = [&mut a[range.clone()], &mut b[range.clone()], &mut c[range]];
                let step = step as u64 + 1;
                match label {
                    "sgd" => Sgd::new(rate).update(rate, step, parameters, gradients, slots),
                    "sgd_momentum" => Sgd::new(rate).momentum(f64::from(0.9_f32)).update(rate, step, parameters, gradients, slots),
                    "sgd_nesterov" => Sgd::new(rate).momentum(f64::from(0.9_f32)).nesterov(true).update(rate, step, parameters, gradients, slots),
                    "adam" => Adam::new(rate).update(keras_adam_rate(rate, step), step, parameters, gradients, slots),
                    "adamw" => {
                        let adjusted = keras_adam_rate(rate, step);
                        AdamW::new(rate).weight_decay(f64::from(0.02_f32) * rate / adjusted).update(adjusted, step, parameters, gradients, slots);
                    }
                    "rmsprop" => RmsProp::new(rate).update(rate, step, parameters, gradients, slots),
                    other => panic!("no optimizer for {other}"),
                }
            }
            model.update_statistics(HeadSet::ALL, &statistics);
        }
        for tensor in M::PARAMETERS {
            let theirs = numbers(&run["end"][keras_name(tensor.path)]);
            assert_close(&format!("{label}: {}", tensor.path), &model.as_slice()[tensor.offset..tensor.offset + tensor.len], &theirs);
        }
        for sample in 0..4 {
            let ours = pass::predict::<M, { u64::MAX }, _>(&model, &rows[sample].0, |values, spoiled| pass::outputs::<M, 1>(values, 0, spoiled));
            for head in M::HEADS {
                let theirs = numbers(&run["predictions_after"][head.name][sample]);
                assert_close(&format!("{label}: {} of sample {sample}", head.name), &outputs(&ours, head.name), &theirs);
            }
        }
    }
}

#[test]
fn two_heads() {
    check::<TwoHeads<f64>>(
        "two_heads",
        |file, index| {
            let inputs = TwoHeadsInputs { record: row(&file["inputs"]["record"], index) };
            let stay = row::<1>(&file["targets"]["stay"], index)[0];
            (inputs, TwoHeadsTargets { stay, disease: class(&file["targets"]["disease"], index) })
        },
        |outputs, head| if head == "stay" { outputs.stay.as_slice().to_vec() } else { outputs.disease.as_slice().to_vec() },
    );
}

#[test]
fn merged_inputs_with_normalisation_and_a_skip() {
    check::<MergedInputs<f64>>(
        "merged_inputs",
        |file, index| {
            let inputs = MergedInputsInputs { a: row(&file["inputs"]["a"], index), b: row(&file["inputs"]["b"], index) };
            let (flag, level) = (row::<2>(&file["targets"]["flag"], index), row::<4>(&file["targets"]["level"], index));
            (inputs, MergedInputsTargets { flag, level })
        },
        |outputs, head| if head == "flag" { outputs.flag.as_slice().to_vec() } else { outputs.level.as_slice().to_vec() },
    );
}

#[test]
fn one_layer_in_two_flows() {
    check::<SharedLayer<f64>>(
        "shared_layer",
        |file, index| {
            let inputs = SharedLayerInputs { left: row(&file["inputs"]["left"], index), right: row(&file["inputs"]["right"], index) };
            let (same, gap) = (row::<1>(&file["targets"]["same"], index)[0], row::<2>(&file["targets"]["gap"], index));
            (inputs, SharedLayerTargets { same, gap })
        },
        |outputs, head| if head == "same" { outputs.same.as_slice().to_vec() } else { outputs.gap.as_slice().to_vec() },
    );
}

#[test]
fn recurrent_layers() {
    check::<Recurrent<f64>>(
        "recurrent",
        |file, index| {
            let inputs = RecurrentInputs { series: core::array::from_fn(|step| row(&file["inputs"]["series"][index], step)) };
            let level = row::<1>(&file["targets"]["level"], index)[0];
            (inputs, RecurrentTargets { level, kind: class(&file["targets"]["kind"], index) })
        },
        |outputs, head| if head == "level" { outputs.level.as_slice().to_vec() } else { outputs.kind.as_slice().to_vec() },
    );
}

#[test]
fn convolution_and_pooling() {
    check::<Convolved<f64>>(
        "convolution",
        |file, index| {
            let image: [[f64; 2]; 42] = pixels(&file["inputs"]["image"], index);
            let inputs = ConvolvedInputs { image: image.as_chunks().0.try_into().unwrap(), sound: pixels(&file["inputs"]["sound"], index) };
            let level = row::<2>(&file["targets"]["level"], index);
            (inputs, ConvolvedTargets { kind: class(&file["targets"]["kind"], index), level })
        },
        |outputs, head| if head == "kind" { outputs.kind.as_slice().to_vec() } else { outputs.level.as_slice().to_vec() },
    );
}

fn tables_row(file: &Value, index: usize) -> (TablesInputs<f64>, TablesTargets<f64>) {
    let inputs = TablesInputs { numbers: row(&file["inputs"]["numbers"], index), others: row(&file["inputs"]["others"], index) };
    let level = row::<2>(&file["targets"]["level"], index);
    (inputs, TablesTargets { kind: class(&file["targets"]["kind"], index), level })
}

#[test]
fn steps_for_tables() {
    check::<Tables<f64>>(
        "tables",
        tables_row,
        |outputs, head| {
            if head == "kind" { outputs.kind.as_slice().to_vec() } else { outputs.level.as_slice().to_vec() }
        },
    );
}

#[test]
fn what_is_measured_of_tables_is_what_numpy_measures() {
    let file = reference("tables");
    let rows = file["inputs"]["numbers"].as_array().unwrap().len();
    let data = Dataset::<Tables<f64>>::from_rows((0..rows).map(|index| tables_row(&file, index))).unwrap();
    let mut model = Tables::<f64>::boxed(&mut mtl::seeded(1));
    mtl::adapt::adapt(&mut *model, &data).unwrap();
    let (robust, bins) = (&model.robust.robust1, &model.bins.piecewise1);
    for (name, measured) in [
        ("robust_robust1/median", robust.median.as_slice()),
        ("robust_robust1/factor", robust.factor.as_slice()),
        ("bins_piecewise1/start", bins.start.as_slice()),
        ("bins_piecewise1/length", bins.length.as_slice()),
    ] {
        let expected = numbers(&file["start"][name]);
        assert_eq!(measured.len(), expected.len(), "{name}");
        for (measured, expected) in measured.iter().zip(&expected) {
            assert!((measured - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{name}: {measured} is not {expected}");
        }
    }
    assert!(robust.factor[2] == 0.0 && bins.length.iter().any(|&length| length == 0.0), "a constant, and an empty bin");
}

#[test]
fn further_layers() {
    check::<Layers<f64>>(
        "layers",
        |file, index| {
            let image: [[f64; 2]; 30] = pixels(&file["inputs"]["image"], index);
            let inputs = LayersInputs { numbers: row(&file["inputs"]["numbers"], index), image: image.as_chunks().0.try_into().unwrap() };
            let level = row::<2>(&file["targets"]["level"], index);
            (inputs, LayersTargets { kind: class(&file["targets"]["kind"], index), level })
        },
        |outputs, head| if head == "kind" { outputs.kind.as_slice().to_vec() } else { outputs.level.as_slice().to_vec() },
    );
}
