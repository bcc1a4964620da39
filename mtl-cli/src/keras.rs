//! Keras: what `recipes/from_keras.py` writes of a functional model.
//!
//! ```json
//! {
//!   "format": "keras 1",
//!   "weights": "model.keras.safetensors",
//!   "inputs": [{"name": "record", "value": 0, "shape": [13], "dtype": "float32"}],
//!   "calls": [{"layer": "dense", "class": "Dense", "config": {"units": 64}, "inputs": [0], "value": 1, "shape": [64]}],
//!   "outputs": [{"name": "stay", "value": 1, "loss": "mse", "loss_config": {}, "weight": 1.0, "metrics": ["mae"]}],
//!   "vectors": {"inputs": {"record": [[0.5]]}, "outputs": {"stay": [[0.25]]}}
//! }
//! ```
//!
//! Calls stand in an order in which values are made before they are used. A layer that is called twice stands there twice, and has its weights once. Tensors
//! are called `dense/kernel` in the file beside.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::ImportError;
use crate::network::{ACTIVATIONS, Argument, Array, Input, InputKind, Network, Output, Step};

/// The file.
#[derive(Debug, Deserialize)]
pub struct Model {
    /// `keras 1`.
    pub format: String,
    /// The file with the tensors, beside this one.
    pub weights: String,
    inputs: Vec<Place>,
    calls: Vec<Call>,
    outputs: Vec<End>,
    /// What the model gave for some rows.
    #[serde(default)]
    pub vectors: Vectors,
}

/// Rows of inputs, and what the model gave for them.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Vectors {
    /// By the name of the input, row by row.
    pub inputs: BTreeMap<String, Vec<Value>>,
    /// By the name of the output, row by row.
    pub outputs: BTreeMap<String, Vec<Value>>,
}

#[derive(Debug, Deserialize)]
struct Place {
    name: String,
    value: usize,
    shape: Vec<usize>,
    dtype: String,
}

#[derive(Debug, Deserialize)]
struct Call {
    layer: String,
    class: String,
    config: Map<String, Value>,
    inputs: Vec<usize>,
    value: usize,
    shape: Vec<usize>,
}

#[derive(Debug, Deserialize)]
struct End {
    name: String,
    value: usize,
    #[serde(default)]
    loss: Option<String>,
    #[serde(default)]
    loss_config: Map<String, Value>,
    #[serde(default)]
    weight: Option<f64>,
    #[serde(default)]
    metrics: Vec<String>,
}

/// The most values that a shape may have: a declaration holds all of one row in memory.
const MOST_VALUES: usize = 1 << 28;

/// The most calls of layers.
const MOST_CALLS: usize = 10_000;

fn format(problem: impl Into<String>) -> ImportError {
    ImportError::Format { format: "Keras", problem: problem.into() }
}

/// Reads the description of a model.
///
/// # Errors
///
/// Where it is none.
pub fn parse(text: &str) -> Result<Model, ImportError> {
    let model: Model = serde_json::from_str(text).map_err(|error| format(error.to_string()))?;
    if model.format != "keras 1" {
        return Err(format(format!("its format is `{}`, and `keras 1` is known", model.format)));
    }
    if model.calls.len() > MOST_CALLS {
        return Err(format(format!("it has {} layers, and {MOST_CALLS} can be read", model.calls.len())));
    }
    for shape in model.inputs.iter().map(|input| &input.shape).chain(model.calls.iter().map(|call| &call.shape)) {
        let values = shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
        if values.is_none_or(|values| values > MOST_VALUES) || shape.contains(&0) {
            return Err(format(format!("a shape of {shape:?} is too large, or empty")));
        }
    }
    Ok(model)
}

/// The network of a model, with its tensors by name.
///
/// # Errors
///
/// What has no word and no stub, and tensors that are missing or of another shape.
pub fn network(model: &Model, tensors: &BTreeMap<String, Array>) -> Result<Network, ImportError> {
    let mut reader = Reader { network: Network::default(), tensors, values: HashMap::new() };
    for input in &model.inputs {
        let classes = model
            .calls
            .iter()
            .filter(|call| call.inputs == [input.value])
            .find_map(|call| number(&call.config, if call.class == "Embedding" { "input_dim" } else { "num_tokens" }));
        let is_class =
            model.calls.iter().any(|call| call.inputs == [input.value] && ["Embedding", "CategoryEncoding"].contains(&call.class.as_str()));
        let count: usize = input.shape.iter().product();
        let kind = match classes {
            Some(classes) if is_class && count == 1 => InputKind::Class(classes),
            _ if is_class => {
                return Err(ImportError::Input {
                    input: input.name.clone(),
                    problem: format!("holds {count} classes, and an input of the language holds one\nhelp: give each an input of its own"),
                });
            }
            _ if input.shape.is_empty() => InputKind::Real(vec![1]),
            _ => InputKind::Real(input.shape.clone()),
        };
        if input.dtype.starts_with("int") && !is_class {
            reader.network.notes.push(format!("`{}` holds whole numbers, and is an input of real numbers here", input.name));
        }
        let number = reader.network.inputs.len();
        reader.network.inputs.push(Input { name: input.name.clone(), kind, order: None });
        reader.values.insert(input.value, number);
    }
    for call in &model.calls {
        let value = reader.call(call)?;
        reader.values.insert(call.value, value);
    }
    for end in &model.outputs {
        let value = *reader.values.get(&end.value).ok_or_else(|| format(format!("the output `{}` is no value of the model", end.name)))?;
        reader.output(end, value);
    }
    if reader.network.outputs.is_empty() {
        return Err(format("it has no outputs"));
    }
    let mut network = reader.network;
    network.prune();
    network.simplify();
    network.join_activations();
    Ok(network)
}

struct Reader<'t> {
    network: Network,
    tensors: &'t BTreeMap<String, Array>,
    values: HashMap<usize, usize>,
}

fn number(config: &Map<String, Value>, key: &str) -> Option<usize> {
    config.get(key)?.as_u64().and_then(|number| usize::try_from(number).ok())
}

fn flag(config: &Map<String, Value>, key: &str, default: bool) -> bool {
    config.get(key).and_then(Value::as_bool).unwrap_or(default)
}

fn real(config: &Map<String, Value>, key: &str) -> Option<f64> {
    config.get(key)?.as_f64()
}

fn text<'c>(config: &'c Map<String, Value>, key: &str) -> Option<&'c str> {
    config.get(key)?.as_str()
}

/// `3`, or `[3, 1]`, of a list of sides.
fn sides(config: &Map<String, Value>, key: &str) -> Option<Vec<usize>> {
    match config.get(key)? {
        Value::Array(sides) => sides.iter().map(|side| side.as_u64().and_then(|side| usize::try_from(side).ok())).collect(),
        side => Some(vec![usize::try_from(side.as_u64()?).ok()?]),
    }
}

/// Sides as the language writes them.
pub(crate) fn written(sides: &[usize]) -> String {
    match sides {
        [one] => one.to_string(),
        [rows, columns] if rows == columns => rows.to_string(),
        sides => format!("{sides:?}"),
    }
}

/// Keras's activation as a word of the language.
fn activation(value: Option<&Value>) -> Option<String> {
    let name = match value {
        None | Some(Value::Null) => "linear",
        Some(Value::String(name)) => name,
        // An object of its own: `{"class_name": "function", "config": "relu"}`.
        Some(Value::Object(object)) => object.get("config").and_then(Value::as_str)?,
        Some(_) => return None,
    };
    let name = match name {
        "swish" => "silu",
        "hard_swish" => "hard_silu",
        "hard_silu" | "hard_sigmoid" => name,
        name => name,
    };
    ACTIVATIONS.contains(&name).then(|| name.to_owned())
}

impl Reader<'_> {
    fn value(&self, call: &Call, place: usize) -> Result<usize, ImportError> {
        let value = call.inputs.get(place).and_then(|value| self.values.get(value)).copied();
        value.ok_or_else(|| ImportError::Order { node: call.layer.clone(), value: format!("value {:?}", call.inputs.get(place)) })
    }

    fn all(&self, call: &Call) -> Result<Vec<usize>, ImportError> {
        (0..call.inputs.len()).map(|place| self.value(call, place)).collect()
    }

    fn tensor(&self, call: &Call, name: &str, shape: &[usize]) -> Result<Array, ImportError> {
        let path = format!("{}/{name}", call.layer);
        let array = self.tensors.get(&path).ok_or_else(|| format(format!("the tensor `{path}` is missing from the file beside")))?;
        if array.shape.iter().product::<usize>() != shape.iter().product::<usize>() {
            return Err(format(format!("the tensor `{path}` is {:?}, and {shape:?} was expected", array.shape)));
        }
        Ok(Array::new(shape, array.data.clone()))
    }

    fn optional(&self, call: &Call, name: &str, shape: &[usize], fill: f32) -> Result<Array, ImportError> {
        if self.tensors.contains_key(&format!("{}/{name}", call.layer)) {
            self.tensor(call, name, shape)
        } else {
            Ok(Array::new(shape, vec![fill; shape.iter().product()]))
        }
    }

    /// The value in another shape.
    fn shaped(&mut self, value: usize, shape: &[usize], scope: &str) -> usize {
        if self.network.shape(value) == Some(shape) {
            return value;
        }
        let step = if shape.len() == 1 {
            Step::new("Flatten", &[value], shape, scope)
        } else {
            Step::new("Reshape", &[value], shape, scope).with([Argument::positional(format!("{shape:?}"))])
        };
        self.network.add(step)
    }

    fn own_shape(&self, call: &Call, value: usize) -> Result<Vec<usize>, ImportError> {
        self.network.shape(value).map(<[usize]>::to_vec).ok_or_else(|| ImportError::Step {
            path: call.layer.clone(),
            operator: call.class.clone(),
            attributes: String::new(),
            problem: "it takes a class, which only `Embedding` and `OneHot` take".to_owned(),
        })
    }

    fn call(&mut self, call: &Call) -> Result<usize, ImportError> {
        let inputs = self.all(call)?;
        let Some(&x) = inputs.first() else { return Err(format(format!("the layer `{}` takes nothing", call.layer))) };
        let (config, scope) = (&call.config, call.layer.as_str());
        // What takes a class.
        match call.class.as_str() {
            "Embedding" => {
                let (Some(classes), Some(&units)) = (number(config, "input_dim"), call.shape.last()) else {
                    return Err(format(format!("the embedding `{scope}` has no `input_dim`")));
                };
                if self.network.shape(x).is_some() {
                    return self.without_word(call, &inputs, "it takes what is no input of classes");
                }
                let step = Step::new("Embedding", &[x], &[units], scope)
                    .with([Argument::positional(units)])
                    .tensor("embeddings", self.tensor(call, "embeddings", &[classes, units])?);
                return Ok(self.add(call, step));
            }
            "CategoryEncoding" if self.network.shape(x).is_none() => {
                let Some(InputKind::Class(classes)) = self.network.inputs.get(x).map(|input| input.kind.clone()) else {
                    return self.without_word(call, &inputs, "it takes what is no input of classes");
                };
                return Ok(self.add(call, Step::new("OneHot", &[x], &[classes], scope)));
            }
            _ => {}
        }
        let shape = self.own_shape(call, x)?;
        let plain = |reader: &mut Self, word: &str| Ok(reader.add(call, Step::new(word, &inputs, &call.shape, scope)));
        match call.class.as_str() {
            "Dense" => self.dense(call, x, &shape),
            "Conv1D" | "Conv2D" | "DepthwiseConv2D" | "SeparableConv2D" => self.convolution(call, x, &inputs),
            "MaxPooling1D" | "MaxPooling2D" | "AveragePooling1D" | "AveragePooling2D" => self.pool(call, x, &inputs),
            "GlobalAveragePooling1D" | "GlobalAveragePooling2D" if !flag(config, "keepdims", false) => plain(self, "GlobalAveragePool"),
            "GlobalMaxPooling1D" | "GlobalMaxPooling2D" if !flag(config, "keepdims", false) && shape.len() > 1 => {
                let (word, size) = if shape.len() == 2 { ("MaxPool1D", &shape[..1]) } else { ("MaxPool2D", &shape[..2]) };
                let mut pooled = vec![1; shape.len() - 1];
                pooled.push(shape[shape.len() - 1]);
                let value = self.network.add(Step::new(word, &[x], &pooled, scope).with([Argument::positional(written(size))]));
                Ok(self.shaped(value, &call.shape, scope))
            }
            "ZeroPadding2D" => {
                let padding = config.get("padding").map(Value::to_string).unwrap_or_default().replace(',', ", ").replace(",  ", ", ");
                Ok(self.add(call, Step::new("ZeroPadding2D", &[x], &call.shape, scope).with([Argument::positional(padding)])))
            }
            "Dropout" | "SpatialDropout1D" | "SpatialDropout2D" | "AlphaDropout" | "GaussianDropout" => {
                let rate = real(config, "rate").unwrap_or_default();
                if call.class != "Dropout" {
                    self.network.notes.push(format!("`{scope}` is `{}`, and drops value by value here, in training", call.class));
                }
                Ok(self.add(call, Step::new("Dropout", &[x], &shape, scope).with([Argument::positional(rate)])))
            }
            "GaussianNoise" => {
                let stddev = real(config, "stddev").unwrap_or_default();
                Ok(self.add(call, Step::new("GaussianNoise", &[x], &shape, scope).with([Argument::positional(stddev)])))
            }
            "BatchNormalization" | "LayerNormalization" | "RMSNormalization" | "Normalization" => self.normalisation(call, x, &shape, &inputs),
            "Rescaling" => self.rescaling(call, x, &shape, &inputs),
            "Concatenate" if inputs.iter().all(|&value| self.network.shape(value).is_some_and(|shape| shape.len() == 1)) => plain(self, "Concat"),
            "Add" | "Multiply" | "Average" | "Maximum"
                if inputs.iter().all(|&value| self.network.shape(value) == Some(&shape[..])) && inputs.len() > 1 =>
            {
                plain(self, &call.class)
            }
            "Flatten" => {
                let x = self.shaped(x, &call.shape, scope);
                Ok(x)
            }
            "Reshape" | "ExpandDims" | "Squeeze" => Ok(self.shaped(x, &call.shape, scope)),
            // Vectors one above the other.
            "Stack" if shape.len() == 1 && call.shape[..] == [inputs.len(), shape[0]] && inputs.len() > 1 => {
                let value = self.network.add(Step::new("Concat", &inputs, &[inputs.len() * shape[0]], scope));
                Ok(self.shaped(value, &call.shape, scope))
            }
            // Functions of `keras.ops`.
            "Relu" | "Relu6" | "Sigmoid" | "Tanh" | "Softplus" | "Softsign" | "Silu" | "Selu" | "HardSigmoid" | "HardSilu" if inputs.len() == 1 => {
                plain(self, &crate::declare::snake(&call.class))
            }
            "Exp" => plain(self, "exponential"),
            "GRU" | "LSTM" => self.recurrent(call, x, &inputs),
            "PReLU" => {
                let shared: Vec<usize> = sides(config, "shared_axes").unwrap_or_default();
                let slopes: Vec<usize> = shape.iter().enumerate().map(|(axis, &size)| if shared.contains(&(axis + 1)) { 1 } else { size }).collect();
                let mut step = Step::new("PRelu", &[x], &shape, scope).tensor("alpha", self.tensor(call, "alpha", &slopes)?);
                if !shared.is_empty() {
                    step = step.with([Argument::named("shared_axes", format!("{shared:?}"))]);
                }
                Ok(self.add(call, step))
            }
            "ReLU" => match (real(config, "max_value"), real(config, "negative_slope").unwrap_or(0.0), real(config, "threshold").unwrap_or(0.0)) {
                (None, 0.0, 0.0) => plain(self, "relu"),
                (Some(6.0), 0.0, 0.0) => plain(self, "relu6"),
                (None, slope, 0.0) => self.leaky(call, x, &shape, slope),
                _ => self.without_word(call, &inputs, ""),
            },
            "LeakyReLU" => self.leaky(call, x, &shape, real(config, "negative_slope").unwrap_or(0.3)),
            "ELU" if real(config, "alpha").unwrap_or(1.0) == 1.0 => plain(self, "elu"),
            "Softmax" if shape.len() == 1 => plain(self, "softmax"),
            "Activation" => match activation(config.get("activation")) {
                Some(word) => plain(self, &word),
                None => self.without_word(call, &inputs, ""),
            },
            "Identity" | "ActivityRegularization" => Ok(x),
            _ => self.without_word(call, &inputs, ""),
        }
    }

    fn add(&mut self, call: &Call, mut step: Step) -> usize {
        if !step.tensors.is_empty() {
            step.key = Some(call.layer.clone());
        }
        self.network.add(step)
    }

    /// What ends a layer: an argument of it, or a step of its own.
    fn activated(&mut self, call: &Call, mut step: Step) -> Result<usize, ImportError> {
        let Some(word) = activation(call.config.get("activation")) else {
            let shape = step.shape.clone();
            let value = self.add(call, step);
            let own = Call {
                layer: format!("{}/activation", call.layer),
                class: call.config.get("activation").map(Value::to_string).unwrap_or_default(),
                config: Map::new(),
                inputs: Vec::new(),
                value: 0,
                shape,
            };
            return self.without_word(&own, &[value], "");
        };
        match word.as_str() {
            "linear" => Ok(self.add(call, step)),
            // It goes over a vector, and a layer with it is shared as a whole.
            "softmax" if step.shape.len() > 1 => self.without_word(call, &step.inputs.clone(), ""),
            word => {
                let argument = if step.word == "DepthwiseConv2D" { Argument::named("activation", word) } else { Argument::positional(word) };
                let place = if step.word == "DepthwiseConv2D" { step.arguments.len() } else { 1 };
                step.arguments.insert(place, argument);
                Ok(self.add(call, step))
            }
        }
    }

    fn dense(&mut self, call: &Call, x: usize, shape: &[usize]) -> Result<usize, ImportError> {
        let (Some((&from, _)), Some(&units)) = (shape.split_last(), call.shape.last()) else {
            return Err(format(format!("the layer `{}` has no units", call.layer)));
        };
        let bias = flag(&call.config, "use_bias", true);
        // One that goes over every step or pixel is a convolution with a kernel of 1.
        let (word, kernel) = match shape.len() {
            1 => ("Dense", vec![from, units]),
            2 => ("Conv1D", vec![1, from, units]),
            3 => ("Conv2D", vec![1, 1, from, units]),
            _ => return self.without_word(call, &[x], ""),
        };
        let mut step = Step::new(word, &[x], &call.shape, &call.layer).with([Argument::positional(units)]);
        if word != "Dense" {
            step = step.with([Argument::named("kernel", 1)]);
        }
        step = step.tensor("kernel", self.tensor(call, "kernel", &kernel)?);
        if bias {
            step = step.tensor("bias", self.tensor(call, "bias", &[units])?);
        } else {
            step = step.with([Argument::named("bias", false)]);
        }
        self.activated(call, step)
    }

    fn convolution(&mut self, call: &Call, x: usize, inputs: &[usize]) -> Result<usize, ImportError> {
        let config = &call.config;
        let ones = |key: &str| sides(config, key).is_none_or(|sides| sides.iter().all(|&side| side == 1));
        let padding = text(config, "padding").unwrap_or("valid");
        let (Some(size), Some(stride)) = (sides(config, "kernel_size"), sides(config, "strides")) else {
            return Err(format(format!("the layer `{}` has no `kernel_size`", call.layer)));
        };
        let shape = self.own_shape(call, x)?;
        let is_plain = text(config, "data_format").is_none_or(|format| format == "channels_last")
            && ones("dilation_rate")
            && number(config, "groups").unwrap_or(1) == 1
            && ["valid", "same"].contains(&padding)
            && shape.len() == size.len() + 1;
        if !is_plain {
            return self.without_word(call, inputs, "");
        }
        let (channels, filters) = (shape[shape.len() - 1], call.shape.last().copied().unwrap_or(1));
        let multiplier = number(config, "depth_multiplier").unwrap_or(1);
        let kernel = |ends: &[usize]| [&size[..], ends].concat();
        let mut step = Step::new(call.class.as_str(), &[x], &call.shape, &call.layer);
        if call.class != "DepthwiseConv2D" {
            step = step.with([Argument::positional(filters)]);
        }
        step = step.with([Argument::named("kernel", written(&size))]);
        if stride.iter().any(|&side| side != 1) {
            step = step.with([Argument::named("stride", written(&stride))]);
        }
        if padding == "same" {
            step = step.with([Argument::named("padding", "same")]);
        }
        if multiplier != 1 {
            step = step.with([Argument::named("depth_multiplier", multiplier)]);
        }
        step = match call.class.as_str() {
            "DepthwiseConv2D" => step.tensor("kernel", self.tensor(call, "kernel", &kernel(&[channels, multiplier]))?),
            "SeparableConv2D" => step
                .tensor("depthwise_kernel", self.tensor(call, "depthwise_kernel", &kernel(&[channels, multiplier]))?)
                .tensor("pointwise_kernel", self.tensor(call, "pointwise_kernel", &[1, 1, channels * multiplier, filters])?),
            _ => step.tensor("kernel", self.tensor(call, "kernel", &kernel(&[channels, filters]))?),
        };
        if flag(config, "use_bias", true) {
            step = step.tensor("bias", self.tensor(call, "bias", &[filters])?);
        } else {
            step = step.with([Argument::named("bias", false)]);
        }
        self.activated(call, step)
    }

    fn pool(&mut self, call: &Call, x: usize, inputs: &[usize]) -> Result<usize, ImportError> {
        let config = &call.config;
        if text(config, "data_format").is_some_and(|format| format != "channels_last") {
            return self.without_word(call, inputs, "");
        }
        let Some(size) = sides(config, "pool_size") else { return Err(format(format!("the layer `{}` has no `pool_size`", call.layer))) };
        let stride = sides(config, "strides").unwrap_or_else(|| size.clone());
        let word = call.class.replace("Pooling", "Pool");
        let mut step = Step::new(word, &[x], &call.shape, &call.layer).with([Argument::positional(written(&size))]);
        if stride != size {
            step = step.with([Argument::named("stride", written(&stride))]);
        }
        if text(config, "padding") == Some("same") {
            step = step.with([Argument::named("padding", "same")]);
        }
        Ok(self.add(call, step))
    }

    fn normalisation(&mut self, call: &Call, x: usize, shape: &[usize], inputs: &[usize]) -> Result<usize, ImportError> {
        let config = &call.config;
        let channels = &shape[shape.len() - 1..];
        let last = |axis: i64| axis == -1 || axis == shape.len() as i64;
        let along_last = match config.get("axis") {
            Some(Value::Array(axes)) => matches!(&axes[..], [axis] if axis.as_i64().is_some_and(last)),
            Some(axis) => axis.as_i64().is_none_or(last),
            None => true,
        };
        if !along_last {
            return self.without_word(call, inputs, "");
        }
        let epsilon = |default: f64| {
            let epsilon = real(config, "epsilon").unwrap_or(default);
            (epsilon != default).then(|| Argument::named("epsilon", format!("{epsilon:?}")))
        };
        let step = match call.class.as_str() {
            "BatchNormalization" => {
                let momentum = real(config, "momentum").unwrap_or(0.99);
                Step::new("BatchNorm", &[x], shape, &call.layer)
                    .with((momentum != 0.99).then(|| Argument::named("momentum", format!("{momentum:?}"))))
                    .with(epsilon(1e-3))
                    .tensor("gamma", self.optional(call, "gamma", channels, 1.0)?)
                    .tensor("beta", self.optional(call, "beta", channels, 0.0)?)
                    .tensor("moving_mean", self.tensor(call, "moving_mean", channels)?)
                    .tensor("moving_variance", self.tensor(call, "moving_variance", channels)?)
            }
            "LayerNormalization" => Step::new("LayerNorm", &[x], shape, &call.layer)
                .with(epsilon(1e-3))
                .tensor("gamma", self.optional(call, "gamma", channels, 1.0)?)
                .tensor("beta", self.optional(call, "beta", channels, 0.0)?),
            "RMSNormalization" => {
                Step::new("RmsNorm", &[x], shape, &call.layer).with(epsilon(1e-6)).tensor("scale", self.optional(call, "scale", channels, 1.0)?)
            }
            _ => {
                let (mean, mut variance) = (self.tensor(call, "mean", channels)?, self.tensor(call, "variance", channels)?);
                // Keras divides by no less than 1e-7; here what has no spread is 0.
                variance.data.iter_mut().for_each(|variance| *variance = if *variance == 0.0 { 0.0 } else { variance.max(1e-14) });
                Step::new("Normalize", &[x], shape, &call.layer).tensor("mean", mean).tensor("variance", variance)
            }
        };
        Ok(self.add(call, step))
    }

    /// `x · scale + offset` by the statistics that give it.
    fn rescaling(&mut self, call: &Call, x: usize, shape: &[usize], inputs: &[usize]) -> Result<usize, ImportError> {
        let (scale, offset) = (real(&call.config, "scale").unwrap_or(1.0), real(&call.config, "offset").unwrap_or(0.0));
        if scale <= 0.0 || !scale.is_finite() {
            return self.without_word(call, inputs, "");
        }
        let channels = shape[shape.len() - 1];
        let all = |value: f64| Array::new(&[channels], vec![value as f32; channels]);
        let step =
            Step::new("Normalize", &[x], shape, &call.layer).tensor("mean", all(-offset / scale)).tensor("variance", all(1.0 / (scale * scale)));
        Ok(self.add(call, step))
    }

    fn leaky(&mut self, call: &Call, x: usize, shape: &[usize], slope: f64) -> Result<usize, ImportError> {
        if (slope - 0.2).abs() < 1e-7 {
            return Ok(self.add(call, Step::new("leaky_relu", &[x], shape, &call.layer)));
        }
        let axes: Vec<usize> = (1..=shape.len()).collect();
        self.network.notes.push(format!("`{}` has a slope of {slope}: it is a `PRelu`, which training moves", call.layer));
        let step = Step::new("PRelu", &[x], shape, &call.layer)
            .with([Argument::named("shared_axes", format!("{axes:?}"))])
            .tensor("alpha", Array::new(&vec![1; shape.len()], vec![slope as f32]));
        Ok(self.add(call, step))
    }

    fn recurrent(&mut self, call: &Call, x: usize, inputs: &[usize]) -> Result<usize, ImportError> {
        let config = &call.config;
        let is = |key: &str, value: &str| text(config, key).is_none_or(|text| text == value);
        let shape = self.own_shape(call, x)?;
        let is_plain = is("activation", "tanh")
            && is("recurrent_activation", "sigmoid")
            && !flag(config, "go_backwards", false)
            && !flag(config, "stateful", false)
            && !flag(config, "return_state", false)
            && (call.class == "LSTM" || flag(config, "reset_after", true))
            && inputs.len() == 1
            && shape.len() == 2;
        if !is_plain {
            return self.without_word(call, inputs, "");
        }
        let (word, gates) = if call.class == "GRU" { ("Gru", 3) } else { ("Lstm", 4) };
        let units = call.shape.last().copied().unwrap_or(1);
        let rows = gates * units;
        let mut step = Step::new(word, &[x], &call.shape, &call.layer).with([Argument::positional(units)]);
        if flag(config, "return_sequences", false) {
            step = step.with([Argument::named("sequences", true)]);
        }
        step = step.tensor("kernel", self.tensor(call, "kernel", &[shape[1], rows])?);
        step = step.tensor("recurrent_kernel", self.tensor(call, "recurrent_kernel", &[units, rows])?);
        if flag(config, "use_bias", true) {
            let bias = if gates == 3 { vec![2, rows] } else { vec![rows] };
            step = step.tensor("bias", self.tensor(call, "bias", &bias)?);
        } else {
            step = step.with([Argument::named("bias", false)]);
        }
        Ok(self.add(call, step))
    }

    /// A stub in the place of a layer.
    fn without_word(&mut self, call: &Call, inputs: &[usize], problem: &str) -> Result<usize, ImportError> {
        let attributes = call
            .config
            .iter()
            .filter(|(key, _)| !["name", "dtype", "trainable"].contains(&key.as_str()))
            .map(|(key, value)| format!("{key} = {value}"));
        let attributes = attributes.collect::<Vec<_>>().join(", ");
        crate::stub::place(&mut self.network, &call.layer, &call.class, attributes, inputs, &call.shape, problem)
    }

    fn output(&mut self, end: &End, value: usize) {
        let step = self.network.maker(value);
        let ending = step.and_then(|step| {
            let last = step.arguments.iter().rfind(|argument| argument.name.is_none()).map(|argument| argument.value.as_str());
            ["softmax", "sigmoid", "exponential", "softplus", "tanh"].into_iter().find(|word| step.word == *word || last == Some(word))
        });
        let loss = end.loss.as_ref().and_then(|loss| {
            let found = self::loss(loss, &end.loss_config, ending);
            if found.is_none() {
                self.network.notes.push(format!("`{}` is trained with `{loss}` in Keras, which does not go with its end here", end.name));
            }
            found
        });
        let is_class = loss.as_deref().unwrap_or(match ending {
            Some("softmax") => "categorical",
            Some("sigmoid") => "binary",
            _ => "",
        });
        let is_class = is_class.starts_with("categorical") || is_class.starts_with("binary");
        let mut metrics: Vec<String> = Vec::new();
        for metric in &end.metrics {
            let snake = crate::declare::snake(metric);
            let word = match snake.as_str() {
                "accuracy" | "acc" | "binary_accuracy" | "categorical_accuracy" | "sparse_categorical_accuracy" if is_class => Some("accuracy"),
                "auc" | "area_under_curve" if is_class => Some("auc"),
                "precision" if is_class => Some("precision"),
                "recall" if is_class => Some("recall"),
                "mae" | "mean_absolute_error" if !is_class => Some("mae"),
                "mse" | "mean_squared_error" if !is_class => Some("mse"),
                "rmse" | "root_mean_squared_error" if !is_class => Some("rmse"),
                "r2_score" if !is_class => Some("r2"),
                "mape" | "mean_absolute_percentage_error" if !is_class => Some("mape"),
                _ => None,
            };
            match word {
                Some(word) if metrics.iter().all(|known| known != word) => metrics.push(word.to_owned()),
                Some(_) => {}
                None => self.network.notes.push(format!("`{metric}` of `{}` has no word here, and is left out", end.name)),
            }
        }
        self.network.outputs.push(Output { name: end.name.clone(), value, loss, weight: end.weight, metrics });
    }
}

/// Keras's loss as the language writes it, where it goes with the end of the flow.
fn loss(name: &str, config: &Map<String, Value>, ending: Option<&str>) -> Option<String> {
    let name = crate::declare::snake(name);
    let smoothing = real(config, "label_smoothing").filter(|smoothing| *smoothing > 0.0).map(|smoothing| format!(", label_smoothing: {smoothing:?}"));
    let smoothed = |loss: &str| format!("{loss}{}", smoothing.clone().unwrap_or_default());
    let plain = ending != Some("softmax");
    Some(match name.as_str() {
        "mse" | "mean_squared_error" if plain => "mse".to_owned(),
        "mae" | "mean_absolute_error" if plain => "mae".to_owned(),
        "msle" | "mean_squared_logarithmic_error" if plain => "msle".to_owned(),
        "log_cosh" | "logcosh" if plain => "log_cosh".to_owned(),
        "huber" if plain => match real(config, "delta") {
            Some(delta) if delta != 1.0 => format!("huber(delta = {delta:?})"),
            _ => "huber".to_owned(),
        },
        "poisson" if matches!(ending, Some("exponential" | "softplus")) => "poisson".to_owned(),
        "binary_crossentropy" if ending == Some("sigmoid") => smoothed("binary_cross_entropy"),
        "categorical_crossentropy" if ending == Some("softmax") => smoothed("categorical_cross_entropy"),
        "sparse_categorical_crossentropy" if ending == Some("softmax") => "categorical_cross_entropy".to_owned(),
        "kl_divergence" | "kullback_leibler_divergence" if ending == Some("softmax") => "kl_divergence".to_owned(),
        "hinge" if matches!(ending, None | Some("tanh")) => "hinge".to_owned(),
        "squared_hinge" if matches!(ending, None | Some("tanh")) => "squared_hinge".to_owned(),
        _ => return None,
    })
}
