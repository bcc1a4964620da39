//! Steps as operators.
//!
//! Values lie in memory as they do in a model: the batch comes first, and the channels of images last. ONNX's convolutions want channels first; they
//! stand between two transpositions, which every runtime takes out where two of them meet.

use mtl_core::model::ParameterInfo;
use mtl_core::model::graph::{Convolution, Function, Graph, Missing, Operation, Recurrent, Step, Window};

use super::ExportError;
use super::build::{Builder, float, int, ints};
use super::function;
use crate::proto::element;

/// Adds a step, and says how its value is called.
pub(super) fn add(to: &mut Builder<'_>, graph: &Graph, step: &'static Step) -> Result<String, ExportError> {
    to.begin(step.path);
    let inputs: Vec<String> = step.inputs.iter().map(|&value| to.values[value].clone()).collect();
    let all: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let shapes: Vec<&[usize]> = step.inputs.iter().map(|&value| graph.shape(value)).collect();
    let (x, shape) = (all[0], shapes[0]);
    let variadic = |to: &mut Builder<'_>, operator: &str| to.node(operator, &all, Vec::new());
    Ok(match step.operation {
        Operation::Dense { activation, bias } => {
            let kernel = to.weight(tensor(step, "kernel"));
            let value = if bias {
                let bias = to.weight(tensor(step, "bias"));
                to.node("Gemm", &[x, &kernel, &bias], Vec::new())
            } else {
                to.node("MatMul", &[x, &kernel], Vec::new())
            };
            activated(to, step, activation, &value)?
        }
        Operation::Conv1D(of) => convolution(to, step, &of, x, shape, None)?,
        Operation::Conv2D(of) => convolution(to, step, &of, x, shape, None)?,
        Operation::DepthwiseConv2D { convolution: of, multiplier } => convolution(to, step, &of, x, shape, Some(multiplier))?,
        Operation::MaxPool1D(window) | Operation::MaxPool2D(window) => pool(to, "MaxPool", window, x, shape),
        Operation::AveragePool1D(window) | Operation::AveragePool2D(window) => pool(to, "AveragePool", window, x, shape),
        Operation::GlobalAveragePool => {
            let axes: Vec<i64> = (1..shape.len() as i64).collect();
            to.node("ReduceMean", &[x], vec![ints("axes", &axes), int("keepdims", 0)])
        }
        Operation::ZeroPadding2D { padding: [[top, bottom], [left, right]] } => {
            let pads = to.integers(&[0, top as i64, left as i64, 0, 0, bottom as i64, right as i64, 0]);
            to.node("Pad", &[x, &pads], Vec::new())
        }
        // Training alone.
        Operation::Dropout { .. } | Operation::GaussianNoise { .. } => x.to_owned(),
        Operation::BatchNorm { epsilon, .. } => {
            let [gamma, beta, mean, variance] = ["gamma", "beta", "moving_mean", "moving_variance"].map(|name| to.weight(tensor(step, name)));
            let first = channels_first(to, x, shape.len());
            let value = to.node("BatchNormalization", &[&first, &gamma, &beta, &mean, &variance], vec![float("epsilon", epsilon)]);
            channels_last(to, &value, shape.len())
        }
        Operation::LayerNorm { epsilon } => {
            let [gamma, beta] = ["gamma", "beta"].map(|name| to.weight(tensor(step, name)));
            to.node("LayerNormalization", &[x, &gamma, &beta], vec![int("axis", -1), float("epsilon", epsilon)])
        }
        Operation::RmsNorm { epsilon } => {
            let scale = to.weight(tensor(step, "scale"));
            let squares = to.node("Mul", &[x, x], Vec::new());
            let mean = to.node("ReduceMean", &[&squares], vec![ints("axes", &[-1]), int("keepdims", 1)]);
            let above = to.with_real("Add", &mean, epsilon);
            let root = to.node("Sqrt", &[&above], Vec::new());
            let value = to.node("Div", &[x, &root], Vec::new());
            to.node("Mul", &[&value, &scale], Vec::new())
        }
        Operation::Normalize(missing) => {
            let (centre, spread) = centre_and_spread(to, step, Constant::IsZero);
            let distance = to.node("Sub", &[x, &centre], Vec::new());
            let value = match spread {
                Spread::Root(root) => to.node("Div", &[&distance, &root], Vec::new()),
                Spread::Factor(factor) => to.node("Mul", &[&distance, &factor], Vec::new()),
            };
            filled_in(to, step, missing, x, None, &value)
        }
        Operation::Impute(missing) => {
            let mean = to.weight(tensor(step, "mean"));
            to.weight(tensor(step, "variance"));
            filled_in(to, step, missing, x, Some(&mean), x)
        }
        Operation::Robust(missing) => {
            let value = robust(to, step, x);
            filled_in(to, step, missing, x, None, &value)
        }
        Operation::Scale => {
            let scale = to.weight(tensor(step, "scale"));
            to.node("Mul", &[x, &scale], Vec::new())
        }
        Operation::Periodic { frequencies, .. } => {
            let frequency = to.weight(tensor(step, "frequency"));
            let column = to.unsqueeze(x, 2);
            let turns = to.node("Mul", &[&column, &frequency], Vec::new());
            // Whole turns are taken off while there are digits left.
            let whole = to.node("Round", &[&turns], Vec::new());
            let part = to.node("Sub", &[&turns, &whole], Vec::new());
            let angle = to.with_real("Mul", &part, std::f64::consts::TAU);
            let (cosine, sine) = (to.node("Cos", &[&angle], Vec::new()), to.node("Sin", &[&angle], Vec::new()));
            let both = to.node("Concat", &[&cosine, &sine], vec![int("axis", 2)]);
            to.reshape(&both, &[shape[0] * 2 * frequencies])
        }
        Operation::Piecewise { bins } => piecewise(to, step, bins, x),
        Operation::Ensemble { .. } => {
            let factor = tensor(step, "factor");
            let numbers = to.numbers(factor);
            let factor = to.reals(factor.path, factor.shape, numbers);
            let value = if shape.len() == 1 { to.unsqueeze(x, 1) } else { x.to_owned() };
            to.node("Mul", &[&value, &factor], Vec::new())
        }
        Operation::Concat => to.node("Concat", &all, vec![int("axis", 1)]),
        Operation::Add => variadic(to, "Sum"),
        Operation::Average => variadic(to, "Mean"),
        Operation::Maximum => variadic(to, "Max"),
        Operation::Multiply => {
            let mut product = x.to_owned();
            for factor in &all[1..] {
                product = to.node("Mul", &[&product, factor], Vec::new());
            }
            product
        }
        Operation::Embedding => {
            let table = to.weight(tensor(step, "embeddings"));
            to.node("Gather", &[&table, x], vec![int("axis", 0)])
        }
        Operation::OneHot => {
            let classes = to.integer(step.units() as i64);
            let values = to.reals("const.off_on", &[2], &[0.0, 1.0]);
            to.node("OneHot", &[x, &classes, &values], vec![int("axis", -1)])
        }
        Operation::Flatten | Operation::Reshape => to.reshape(x, step.output),
        Operation::Gru(of) => recurrent(to, step, "GRU", &[0, 1, 2], of, x),
        // ONNX has the output gate second.
        Operation::Lstm(of) => recurrent(to, step, "LSTM", &[0, 3, 1, 2], of, x),
        Operation::Standardize => {
            let (centre, spread) = centre_and_spread(to, step, Constant::IsOne);
            let scaled = match spread {
                Spread::Root(spread) | Spread::Factor(spread) => to.node("Mul", &[x, &spread], Vec::new()),
            };
            to.node("Add", &[&scaled, &centre], Vec::new())
        }
        Operation::CrossStitch { .. } => {
            let coefficients = to.weight(tensor(step, "coefficients"));
            let mut terms = Vec::new();
            for (number, input) in all.iter().enumerate() {
                let number = to.integer(number as i64);
                let coefficient = to.node("Gather", &[&coefficients, &number], vec![int("axis", 0)]);
                terms.push(to.node("Mul", &[input, &coefficient], Vec::new()));
            }
            let terms: Vec<&str> = terms.iter().map(String::as_str).collect();
            to.node("Sum", &terms, Vec::new())
        }
        Operation::Mixture { .. } => {
            let experts: Vec<String> = all[1..].iter().map(|expert| to.unsqueeze(expert, 1)).collect();
            let experts: Vec<&str> = experts.iter().map(String::as_str).collect();
            let experts = to.node("Concat", &experts, vec![int("axis", 1)]);
            let gate = to.reshape(x, &[&[step.inputs.len() - 1][..], &vec![1; step.output.len()][..]].concat());
            let weighted = to.node("Mul", &[&experts, &gate], Vec::new());
            let axis = to.integers(&[1]);
            to.node("ReduceSum", &[&weighted, &axis], vec![int("keepdims", 0)])
        }
        Operation::PRelu { .. } => {
            let alpha = to.weight(tensor(step, "alpha"));
            to.node("PRelu", &[x, &alpha], Vec::new())
        }
        Operation::Activation(activation) => activated(to, step, activation, x)?,
        Operation::Softmax => to.node("Softmax", &[x], vec![int("axis", -1)]),
        Operation::Own { path, .. } => return Err(ExportError::Own { step: step.path, path }),
    })
}

/// The tensor of a name, which the step has by its definition.
fn tensor(step: &Step, name: &str) -> &'static ParameterInfo {
    let renamed = match name {
        "kernel" => ["kernel", "pointwise_kernel", "depthwise_kernel"],
        _ => [name; 3],
    };
    // A step without its tensor would not have compiled.
    renamed.iter().find_map(|name| step.parameter(name)).unwrap_or_else(|| &step.parameters[0])
}

fn activated(to: &mut Builder<'_>, step: &'static Step, activation: Function, value: &str) -> Result<String, ExportError> {
    match activation {
        Function::Named(activation) => Ok(function::add(to, activation, value)),
        Function::Own(path) => Err(ExportError::Own { step: step.path, path }),
    }
}

/// A sequence or an image with its channels first.
fn channels_first(to: &mut Builder<'_>, value: &str, axes: usize) -> String {
    match axes {
        2 => to.transpose(value, &[0, 2, 1]),
        3 => to.transpose(value, &[0, 3, 1, 2]),
        _ => value.to_owned(),
    }
}

fn channels_last(to: &mut Builder<'_>, value: &str, axes: usize) -> String {
    match axes {
        2 => to.transpose(value, &[0, 2, 1]),
        3 => to.transpose(value, &[0, 2, 3, 1]),
        _ => value.to_owned(),
    }
}

/// What an operator is told of a window; a sequence has columns alone.
fn window(of: Window, shape: &[usize]) -> [Vec<i64>; 3] {
    let is_sequence = shape.len() == 2;
    let rows = if is_sequence { 1 } else { shape[0] };
    let [[top, bottom], [left, right]] = of.margins([rows, shape[shape.len() - 2]]);
    let sides = |sides: [usize; 2]| sides[usize::from(is_sequence)..].iter().map(|&side| side as i64).collect::<Vec<_>>();
    [sides(of.size), sides(of.stride), sides([top, left]).into_iter().chain(sides([bottom, right])).collect()]
}

fn convolution(
    to: &mut Builder<'_>,
    step: &'static Step,
    of: &Convolution,
    x: &str,
    shape: &[usize],
    multiplier: Option<usize>,
) -> Result<String, ExportError> {
    let [size, stride, pads] = window(of.window, shape);
    let (channels, filters) = (shape[shape.len() - 1], step.units());
    let kernel = tensor(step, "kernel");
    // From `[rows, columns, channels, filters]` to `[filters, channels, rows, columns]`; of a depthwise kernel the last two axes are the filters.
    let pixels = of.window.size[0] * of.window.size[1];
    let seen = if multiplier.is_some() { 1 } else { channels };
    let numbers = to.numbers(kernel);
    let turned: Vec<f32> = (0..filters)
        .flat_map(|filter| (0..seen).flat_map(move |channel| (0..pixels).map(move |pixel| numbers[(pixel * seen + channel) * filters + filter])))
        .collect();
    let sides: Vec<usize> = [filters, seen].into_iter().chain(size.iter().map(|&side| side as usize)).collect();
    let kernel = to.reals(kernel.path, &sides, &turned);
    let first = channels_first(to, x, shape.len());
    let attributes = vec![
        ints("kernel_shape", &size),
        ints("strides", &stride),
        ints("pads", &pads),
        int("group", if multiplier.is_some() { channels as i64 } else { 1 }),
    ];
    let value = if of.bias {
        let bias = to.weight(tensor(step, "bias"));
        to.node("Conv", &[&first, &kernel, &bias], attributes)
    } else {
        to.node("Conv", &[&first, &kernel], attributes)
    };
    let value = activated(to, step, of.activation, &value)?;
    Ok(channels_last(to, &value, shape.len()))
}

fn pool(to: &mut Builder<'_>, operator: &str, of: Window, x: &str, shape: &[usize]) -> String {
    let [size, stride, pads] = window(of, shape);
    let first = channels_first(to, x, shape.len());
    let value = to.node(operator, &[&first], vec![ints("kernel_shape", &size), ints("strides", &stride), ints("pads", &pads)]);
    channels_last(to, &value, shape.len())
}

/// What a mean and a variance of 0, which a constant has, come to.
#[derive(Clone, Copy)]
enum Constant {
    /// The factor is 0.
    IsZero,
    /// The spread is 1.
    IsOne,
}

/// What a value is divided by, or multiplied with.
enum Spread {
    Root(String),
    Factor(String),
}

/// The centre and the spread of what was measured. A variance below 0 says that nothing was: values pass.
fn centre_and_spread(to: &mut Builder<'_>, step: &'static Step, constant: Constant) -> (String, Spread) {
    let of = tensor(step, "variance");
    let (mean, variance) = (to.weight(tensor(step, "mean")), to.weight(of));
    if to.numbers(of).iter().all(|&variance| variance > 0.0) {
        return (mean, Spread::Root(to.node("Sqrt", &[&variance], Vec::new())));
    }
    let (zero, one) = (to.real(0.0), to.real(1.0));
    let measured = to.node("Greater", &[&variance, &zero], Vec::new());
    let never = to.node("Less", &[&variance, &zero], Vec::new());
    let positive = to.node("Where", &[&measured, &variance, &one], Vec::new());
    let root = to.node("Sqrt", &[&positive], Vec::new());
    let centre = to.node("Where", &[&never, &zero, &mean], Vec::new());
    let factor = match constant {
        Constant::IsOne => root,
        Constant::IsZero => {
            let inverse = to.node("Reciprocal", &[&root], Vec::new());
            let variance_is_not_zero = to.node("Or", &[&measured, &never], Vec::new());
            to.node("Where", &[&variance_is_not_zero, &inverse, &zero], Vec::new())
        }
    };
    (centre, Spread::Factor(factor))
}

/// `fill`, or 0, where a value is missing, else `value`; then the indicators.
fn filled_in(to: &mut Builder<'_>, step: &'static Step, missing: Missing, x: &str, fill: Option<&str>, value: &str) -> String {
    if missing.optional.is_empty() {
        return value.to_owned();
    }
    let fill = fill.map_or_else(|| to.real(0.0), str::to_owned);
    let optional = to.flags(&format!("{}.optional", step.path), missing.optional);
    let is_nan = to.node("IsNaN", &[x], Vec::new());
    let is_missing = to.node("And", &[&is_nan, &optional], Vec::new());
    let value = to.node("Where", &[&is_missing, &fill, value], Vec::new());
    if !missing.indicator {
        return value;
    }
    let columns: Vec<i64> = (0..).zip(missing.optional).filter(|(_, optional)| **optional).map(|(column, _)| column).collect();
    let columns = to.integers(&columns);
    let indicators = to.node("Gather", &[&is_missing, &columns], vec![int("axis", 1)]);
    let indicators = to.node("Cast", &[&indicators], vec![int("to", i64::from(element::FLOAT))]);
    to.node("Concat", &[&value, &indicators], vec![int("axis", 1)])
}

fn robust(to: &mut Builder<'_>, step: &'static Step, x: &str) -> String {
    let of = tensor(step, "factor");
    let (median, factor) = (to.weight(tensor(step, "median")), to.weight(of));
    let distance = to.node("Sub", &[x, &median], Vec::new());
    let scaled = to.node("Mul", &[&distance, &factor], Vec::new());
    // Farther away it is the bound, and a square would be infinite.
    let (low, high) = (to.real(-1e9), to.real(1e9));
    let z = to.node("Clip", &[&scaled, &low, &high], Vec::new());
    let part = to.with_real("Mul", &z, 1.0 / 3.0);
    let square = to.node("Mul", &[&part, &part], Vec::new());
    let above = to.with_real("Add", &square, 1.0);
    let root = to.node("Sqrt", &[&above], Vec::new());
    let value = to.node("Div", &[&z, &root], Vec::new());
    if to.numbers(of).iter().all(|&factor| factor >= 0.0) {
        return value;
    }
    let zero = to.real(0.0);
    let never = to.node("Less", &[&factor, &zero], Vec::new());
    to.node("Where", &[&never, x, &value], Vec::new())
}

fn piecewise(to: &mut Builder<'_>, step: &'static Step, bins: usize, x: &str) -> String {
    let of = tensor(step, "length");
    let lengths = to.numbers(of);
    let last = |bin: usize| bin % bins + 1 == bins || lengths[bin + 1] <= 0.0;
    let each = |value: &dyn Fn(usize) -> f32| (0..lengths.len()).map(value).collect::<Vec<f32>>();
    // The first bin has no floor, and the last no ceiling.
    let floors = each(&|bin| if bin % bins == 0 { f32::MIN } else { 0.0 });
    let ceilings = each(&|bin| if last(bin) { f32::MAX } else { 1.0 });
    let (start, length) = (to.weight(tensor(step, "start")), to.weight(of));
    let floors = to.reals(&format!("{}.floor", step.path), of.shape, &floors);
    let ceilings = to.reals(&format!("{}.ceiling", step.path), of.shape, &ceilings);
    let column = to.unsqueeze(x, 2);
    let distance = to.node("Sub", &[&column, &start], Vec::new());
    let (zero, one) = (to.real(0.0), to.real(1.0));
    let filled = to.node("Greater", &[&length, &zero], Vec::new());
    let divisor = to.node("Where", &[&filled, &length, &one], Vec::new());
    let part = to.node("Div", &[&distance, &divisor], Vec::new());
    let from_below = to.node("Max", &[&part, &floors], Vec::new());
    let held = to.node("Min", &[&from_below, &ceilings], Vec::new());
    let value = to.node("Where", &[&filled, &held, &zero], Vec::new());
    to.reshape(&value, step.output)
}

/// `order` says which of our gates each of ONNX's is.
fn recurrent(to: &mut Builder<'_>, step: &'static Step, operator: &str, order: &[usize], of: Recurrent, x: &str) -> String {
    let (units, gates) = (step.units(), order.len());
    let rows = units * gates;
    // `[1, gates · units, inputs]` of `[inputs, gates · units]`.
    let turned = |to: &mut Builder<'_>, name: &str| {
        let tensor = tensor(step, name);
        let (numbers, inputs) = (to.numbers(tensor), tensor.shape[0]);
        let places = order.iter().flat_map(|gate| gate * units..(gate + 1) * units);
        let turned: Vec<f32> = places.flat_map(|row| (0..inputs).map(move |input| numbers[input * rows + row])).collect();
        to.reals(tensor.path, &[1, rows, inputs], &turned)
    };
    let (kernel, recurrent_kernel) = (turned(to, "kernel"), turned(to, "recurrent_kernel"));
    let sequence = to.transpose(x, &[1, 0, 2]);
    let mut inputs = vec![sequence, kernel, recurrent_kernel];
    if of.bias {
        let tensor = tensor(step, "bias");
        let numbers = to.numbers(tensor);
        // Those of the input, then those of the state, which an LSTM has not.
        let mut biases: Vec<f32> =
            numbers.chunks(rows).flat_map(|bias| order.iter().flat_map(|gate| bias[gate * units..(gate + 1) * units].to_vec())).collect();
        biases.resize(2 * rows, 0.0);
        inputs.push(to.reals(tensor.path, &[1, 2 * rows], &biases));
    }
    let mut attributes = vec![int("hidden_size", units as i64)];
    if operator == "GRU" {
        attributes.push(int("linear_before_reset", 1));
    }
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    if of.sequences {
        let states = to.output("states");
        to.outputs(operator, &inputs, vec![states.clone()], attributes);
        let states = to.squeeze(&states, 1);
        to.transpose(&states, &[1, 0, 2])
    } else {
        let state = to.output("state");
        to.outputs(operator, &inputs, vec![String::new(), state.clone()], attributes);
        to.squeeze(&state, 0)
    }
}
