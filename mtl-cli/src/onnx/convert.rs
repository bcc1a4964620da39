//! From nodes to steps.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use mtl_onnx::proto::{Dimension, GraphProto, ValueInfoProto, element};

use super::fold::{self, BATCH};
use super::node::Node;
use super::patterns;
use super::tensor::{self, Constant, transposed_places};
use crate::error::ImportError;
use crate::keras::written;
use crate::network::{Argument, Array, Input, InputKind, Network, Output, Step};
use crate::stub;

/// The most numbers that a value of one sample may have.
const MOST_VALUES: usize = 1 << 20;

/// The most numbers that constants and orders may take at a time beside the file's own.
const MOST_LIVE: usize = 1 << 24;

/// How often all weights of the file may stand in the network: layers may be used several times.
const MOST_USES: usize = 64;

/// Operators that give a value of the shape that their inputs have together.
const PLACE_BY_PLACE: &[&str] = &[
    "Add",
    "Sub",
    "Mul",
    "Div",
    "Pow",
    "Min",
    "Max",
    "Mod",
    "Where",
    "And",
    "Or",
    "Xor",
    "Equal",
    "Greater",
    "Less",
    "GreaterOrEqual",
    "LessOrEqual",
];

/// The most nodes of a graph.
const MOST_NODES: usize = 10_000;

/// A value of the file.
#[derive(Clone)]
enum Value {
    Constant(Constant),
    /// The same number everywhere, of a shape that may be large.
    Uniform(Vec<usize>, f32),
    Flow(Flow),
    /// An input of whole numbers.
    Index(usize, Vec<usize>),
}

/// A value that depends on the inputs.
#[derive(Clone)]
struct Flow {
    /// Its number in the network.
    value: usize,
    /// Its shape in the file, with the batch as [`BATCH`].
    dims: Vec<usize>,
    /// Where each number of the file's order is in ours; `None` where it is in its own place.
    order: Option<Rc<Vec<u32>>>,
}

impl Flow {
    /// The shape without the batch.
    fn sample(&self) -> Vec<usize> {
        sample(&self.dims)
    }

    /// The axis of the file as one of a sample; `None` for the batch.
    fn sample_axis(&self, axis: i64) -> Option<usize> {
        let axis = fold::axis(axis, self.dims.len())?;
        let batch = self.batch()?;
        (axis != batch).then(|| axis - usize::from(axis > batch))
    }

    fn batch(&self) -> Option<usize> {
        self.dims.iter().position(|&dim| dim == BATCH)
    }

    fn ours(&self, place: usize) -> usize {
        self.order.as_ref().map_or(place, |order| order[place] as usize)
    }
}

fn sample(dims: &[usize]) -> Vec<usize> {
    let batch = dims.iter().position(|&dim| dim == BATCH);
    dims.iter().enumerate().filter(|(axis, _)| Some(*axis) != batch).map(|(_, &dim)| dim).collect()
}

/// An order, unless it changes nothing.
fn order(places: Vec<usize>) -> Option<Rc<Vec<u32>>> {
    // Values have fewer numbers than that.
    if places.iter().enumerate().all(|(place, &other)| place == other) {
        None
    } else {
        Some(Rc::new(places.into_iter().map(|place| place as u32).collect()))
    }
}

/// An input of images is to be taken in another order: everything begins anew.
struct Reordered {
    input: usize,
    shape: Vec<usize>,
    order: Vec<usize>,
}

enum Stop {
    Error(ImportError),
    Reordered(Reordered),
}

impl From<ImportError> for Stop {
    fn from(error: ImportError) -> Self {
        Self::Error(error)
    }
}

/// Reads the network of a graph.
pub(super) fn network(graph: &GraphProto) -> Result<Network, ImportError> {
    if graph.node.len() > MOST_NODES {
        let problem = format!("it has {} nodes, and {MOST_NODES} can be read", graph.node.len());
        return Err(ImportError::Format { format: "ONNX", problem });
    }
    let mut layouts: BTreeMap<usize, Reordered> = BTreeMap::new();
    loop {
        match Converter::new(graph, &layouts)?.run() {
            Ok(network) => return Ok(network),
            Err(Stop::Error(error)) => return Err(error),
            Err(Stop::Reordered(layout)) => drop(layouts.insert(layout.input, layout)),
        }
    }
}

struct Converter<'f> {
    graph: &'f GraphProto,
    /// The outputs that are predictions.
    ends: Vec<&'f ValueInfoProto>,
    nodes: Vec<Node<'f>>,
    network: Network,
    values: HashMap<String, Value>,
    /// The initializer that a constant was made of.
    origins: HashMap<String, String>,
    /// Inputs whose order is decided.
    decided: Vec<usize>,
    /// What was joined, by the name of the whole: the axis and the parts.
    parts: HashMap<String, (usize, Vec<Flow>)>,
    /// How often each value of the file is used.
    users: HashMap<String, usize>,
    /// How often it will be.
    left: HashMap<String, usize>,
    /// The most numbers that folding may make.
    most: usize,
    /// How many numbers the initializers have.
    given: usize,
    /// How many numbers constants and orders take that are still used.
    live: usize,
    /// How many numbers the weights of steps have, as far as these were counted.
    weights: (usize, usize),
}

type Found<T> = Result<Option<T>, Stop>;

impl<'f> Converter<'f> {
    fn new(graph: &'f GraphProto, layouts: &BTreeMap<usize, Reordered>) -> Result<Self, ImportError> {
        let mut values = HashMap::new();
        let mut origins = HashMap::new();
        let mut numbers = 0_usize;
        for tensor in &graph.initializer {
            let constant = tensor::read(tensor)?;
            numbers = numbers.saturating_add(constant.len());
            origins.insert(tensor.name.clone(), tensor.name.clone());
            values.insert(tensor.name.clone(), Value::Constant(constant));
        }
        let nodes: Vec<Node<'f>> = graph.node.iter().enumerate().map(|(number, node)| Node::new(node, number)).collect();
        let constant = |name: &str| match values.get(name) {
            Some(Value::Constant(constant)) if constant.len() <= 64 => Some(constant.clone()),
            _ => None,
        };
        let nodes = patterns::rewrite(nodes, &constant);
        let (ends, left_out) = ends(graph);
        let outputs: Vec<&str> = ends.iter().map(|output| output.name.as_str()).collect();
        let nodes = patterns::drop_unused(nodes, &outputs);
        let mut users: HashMap<String, usize> = HashMap::new();
        nodes.iter().flat_map(|node| &node.inputs).for_each(|input| *users.entry(input.clone()).or_default() += 1);
        outputs.iter().for_each(|&output| *users.entry(output.to_owned()).or_default() += 1);
        let mut network = Network::default();
        network.notes.extend(left_out);
        let mut converter = Self {
            graph,
            ends,
            nodes,
            network,
            values,
            origins,
            decided: Vec::new(),
            parts: HashMap::new(),
            left: users.clone(),
            users,
            most: numbers.max(1 << 16),
            given: numbers,
            live: 0,
            weights: (0, 0),
        };
        for input in &graph.input {
            // Old files list their initializers among the inputs.
            if !converter.values.contains_key(&input.name) {
                converter.input(input, layouts)?;
            }
        }
        if converter.network.inputs.is_empty() {
            return Err(ImportError::Format { format: "ONNX", problem: "it has no inputs".to_owned() });
        }
        Ok(converter)
    }

    fn input(&mut self, info: &ValueInfoProto, layouts: &BTreeMap<usize, Reordered>) -> Result<(), ImportError> {
        let wrong = |problem: &str| ImportError::Input { input: info.name.clone(), problem: problem.to_owned() };
        let tensor = info.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref()).ok_or_else(|| wrong("is no tensor"))?;
        let shape = tensor.shape.as_ref().ok_or_else(|| wrong("has no shape"))?;
        let mut dims = vec![BATCH];
        for dimension in shape.dim.iter().skip(1) {
            match dimension.value {
                Some(Dimension::Value(size)) if size > 0 => dims.push(usize::try_from(size).map_err(|_| wrong("is too large"))?),
                _ => {
                    return Err(wrong(
                        "has a size that is not a number behind the batch\nhelp: export it with fixed sizes, and the batch alone free",
                    ));
                }
            }
        }
        if shape.dim.is_empty() {
            return Err(wrong("has no axis for the batch"));
        }
        let values =
            fold::count(&dims[1..]).filter(|&values| values <= MOST_VALUES).ok_or_else(|| wrong("has more numbers than a value may have"))?;
        let number = self.network.inputs.len();
        let is_whole = matches!(tensor.elem_type, element::INT64 | element::INT32);
        if is_whole {
            self.network.inputs.push(Input { name: info.name.clone(), kind: InputKind::Class(0), order: None });
            self.values.insert(info.name.clone(), Value::Index(number, dims));
            return Ok(());
        }
        if !matches!(tensor.elem_type, element::FLOAT | element::DOUBLE) {
            return Err(wrong("holds no real numbers and no whole ones"));
        }
        let (shape, places) = match layouts.get(&number) {
            Some(layout) => {
                self.decided.push(number);
                (layout.shape.clone(), Some(layout.order.clone()))
            }
            None if dims.len() == 1 => (vec![1], None),
            None => (dims[1..].to_vec(), None),
        };
        debug_assert_eq!(shape.iter().product::<usize>(), values);
        self.network.inputs.push(Input { name: info.name.clone(), kind: InputKind::Real(shape), order: places.clone() });
        let flow = Flow { value: number, dims, order: places.and_then(order) };
        self.values.insert(info.name.clone(), Value::Flow(flow));
        Ok(())
    }

    fn run(mut self) -> Result<Network, Stop> {
        for node in std::mem::take(&mut self.nodes) {
            for input in node.inputs.iter().filter(|input| !input.is_empty()) {
                if !self.values.contains_key(input) {
                    return Err(ImportError::Order { node: node.name.clone(), value: input.clone() }.into());
                }
            }
            self.node(&node)?;
            self.stay_within(&node)?;
        }
        for output in self.ends.clone() {
            let wrong = |problem: &str| ImportError::Output { output: output.name.clone(), problem: problem.to_owned() };
            let Some(Value::Flow(flow)) = self.values.get(&output.name).cloned() else { return Err(wrong("does not depend on the inputs").into()) };
            if self.network.maker(flow.value).is_none() {
                return Err(wrong("is an input as it is").into());
            }
            if flow.order.is_some() {
                self.network.notes.push(format!("`{}` has its numbers in another order than in the file: channels come last", output.name));
            }
            let value = self.vector(&flow, &output.name);
            self.network.outputs.push(Output { name: output.name.clone(), value, loss: None, weight: None, metrics: Vec::new() });
        }
        if self.network.outputs.is_empty() {
            return Err(ImportError::Format { format: "ONNX", problem: "it has no outputs".to_owned() }.into());
        }
        for input in &mut self.network.inputs {
            if input.kind == InputKind::Class(0) {
                // Nothing used it, or its place in the file is all that is known.
                input.kind = InputKind::Class(2);
            }
        }
        Ok(self.network)
    }

    /// Forgets what nothing uses any more, and sees to it that a small file makes no large network.
    fn stay_within(&mut self, node: &Node<'_>) -> Result<(), ImportError> {
        let numbers = |value: &Value| match value {
            Value::Constant(constant) => constant.len(),
            Value::Flow(Flow { order: Some(order), .. }) => order.len(),
            Value::Flow(_) | Value::Uniform(..) | Value::Index(..) => 0,
        };
        for output in &node.outputs {
            self.live += self.values.get(output).map_or(0, numbers);
        }
        for input in &node.inputs {
            let Some(left) = self.left.get_mut(input) else { continue };
            *left = left.saturating_sub(1);
            if *left == 0
                && let Some(value) = self.values.remove(input)
            {
                self.live = self.live.saturating_sub(numbers(&value));
            }
        }
        let (counted, weights) = &mut self.weights;
        for step in &self.network.steps[*counted..] {
            *weights += step.tensors.iter().map(|(_, array)| array.data.len()).sum::<usize>();
        }
        *counted = self.network.steps.len();
        if self.live > MOST_LIVE + 4 * self.given || self.weights.1 > MOST_LIVE + MOST_USES * self.given {
            return Err(ImportError::Format { format: "ONNX", problem: format!("at `{}` it has become much larger than the file", node.name) });
        }
        Ok(())
    }

    fn constant(&self, node: &Node<'_>, place: usize) -> Option<&Constant> {
        match self.values.get(node.inputs.get(place)?)? {
            Value::Constant(constant) => Some(constant),
            _ => None,
        }
    }

    fn flow(&self, node: &Node<'_>, place: usize) -> Option<Flow> {
        match self.values.get(node.inputs.get(place)?)? {
            Value::Flow(flow) => Some(flow.clone()),
            _ => None,
        }
    }

    fn give(&mut self, node: &Node<'_>, value: Value) {
        if let Some(output) = node.outputs.first() {
            self.values.insert(output.clone(), value);
        }
    }

    /// Where a step is in the file: by the name of its weights, or by that of its node.
    fn scope(&self, node: &Node<'_>, weight: usize) -> String {
        let origin = node.inputs.get(weight).and_then(|input| self.origins.get(input));
        let named = origin.filter(|name| name.contains('.') && !name.contains("::"));
        if let Some(name) = named {
            return name.rsplit_once('.').map_or(name.as_str(), |(scope, _)| scope).to_owned();
        }
        let name = node.name.trim_matches('/');
        match name.rsplit_once('/') {
            Some((path, _)) => path.rsplit('/').next().unwrap_or(path).to_owned(),
            None => name.strip_prefix("node_").unwrap_or(name).to_owned(),
        }
    }

    /// One layer has one name of its weights.
    fn key(&self, node: &Node<'_>, weights: &[usize]) -> Option<String> {
        let given = weights.iter().filter(|&&place| node.inputs.get(place).is_some_and(|name| !name.is_empty()));
        // Exporters write ones and zeros once, whatever they are of.
        let says_nothing = given.clone().all(|&place| self.constant(node, place).is_some_and(|constant| constant.single().is_some()));
        let names: Option<Vec<&str>> = given.map(|&place| self.origins.get(node.inputs.get(place)?).map(String::as_str)).collect();
        names.filter(|_| !says_nothing).map(|names| names.join(" "))
    }

    fn node(&mut self, node: &Node<'f>) -> Result<(), Stop> {
        if self.folded(node) {
            return Ok(());
        }
        if self.indices(node)? {
            return Ok(());
        }
        let found = match node.operator {
            "Identity" | "Dropout" | "Cast" => {
                let value = node.inputs.first().and_then(|input| self.values.get(input)).cloned();
                value.inspect(|value| self.give(node, value.clone())).map(|_| ())
            }
            "Transpose" => self.transpose(node),
            "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => self.reshape(node),
            "Gemm" => self.gemm(node)?,
            "MatMul" => self.matmul(node)?,
            "Conv" => self.convolution(node)?,
            "MaxPool" | "AveragePool" => self.pool(node)?,
            "GlobalAveragePool" | "GlobalMaxPool" | "ReduceMean" | "ReduceMax" => self.over_all(node)?,
            "BatchNormalization" => self.batch_normalization(node)?,
            "LayerNormalization" => self.layer_normalization(node)?,
            "GRU" | "LSTM" => self.recurrent(node)?,
            "Add" | "Sub" | "Mul" | "Div" | "Sum" | "Mean" | "Max" => self.arithmetic(node)?,
            "Concat" => self.concat(node),
            "Gather" | "Slice" => self.last_state(node)?,
            "Softmax" => self.softmax(node),
            "PRelu" => self.p_relu(node)?,
            "Pad" => self.pad(node)?,
            "Scaler" => self.scaler(node)?,
            "RmsNorm" | "RMSNormalization" => self.rms_norm(node)?,
            _ => self.activation(node),
        };
        match found {
            Some(()) => Ok(()),
            None => self.without_word(node),
        }
    }

    /// A node of constants alone.
    fn folded(&mut self, node: &Node<'_>) -> bool {
        let given: Vec<Option<Value>> = node.inputs.iter().map(|input| self.values.get(input).cloned()).collect();
        // The shape of a value is a constant, whatever the value.
        if node.operator == "Shape" {
            let dims = match given.first().cloned().flatten() {
                Some(Value::Flow(Flow { dims, .. }) | Value::Index(_, dims) | Value::Uniform(dims, _)) => dims,
                Some(Value::Constant(constant)) => constant.dims,
                None => return false,
            };
            let dims = dims.into_iter().map(|dim| dim as i64).collect::<Vec<_>>();
            self.give(node, Value::Constant(Constant::wholes(&[dims.len()], dims)));
            return true;
        }
        let mut constants: Vec<Option<Constant>> = Vec::new();
        for value in given {
            match value {
                Some(Value::Constant(constant)) => constants.push(Some(constant)),
                None => constants.push(None),
                Some(Value::Uniform(..)) => return self.uniform(node),
                Some(_) => return false,
            }
        }
        let constants: Vec<Option<&Constant>> = constants.iter().map(Option::as_ref).collect();
        let Some(constant) = fold::node(node, &constants, self.most) else { return self.uniform(node) };
        if let (Some(origin), Some(output)) = (node.inputs.first().and_then(|input| self.origins.get(input)).cloned(), node.outputs.first()) {
            self.origins.insert(output.clone(), origin);
        }
        self.give(node, Value::Constant(constant));
        true
    }

    /// Constants of one number and a shape with the batch: the first states of recurrent layers.
    fn uniform(&mut self, node: &Node<'_>) -> bool {
        let single = |value: Option<&Value>| match value {
            Some(Value::Constant(constant)) => constant.single(),
            Some(Value::Uniform(_, number)) => Some(*number),
            _ => None,
        };
        let shape = |place: usize| {
            self.constant(node, place)
                .and_then(Constant::as_wholes)
                .map(|dims| dims.iter().map(|&dim| usize::try_from(dim).unwrap_or(0)).collect::<Vec<_>>())
        };
        let (dims, number) = match node.operator {
            "ConstantOfShape" => (shape(0), Some(node.tensor("value").and_then(|value| value.single()).unwrap_or(0.0))),
            "Expand" => (shape(1), single(node.inputs.first().and_then(|input| self.values.get(input)))),
            "Identity" | "Cast" | "Transpose" | "Slice" | "Unsqueeze" | "Squeeze" | "Reshape" => {
                match node.inputs.first().and_then(|input| self.values.get(input)) {
                    Some(Value::Uniform(dims, number)) => (Some(dims.clone()), Some(*number)),
                    _ => (None, None),
                }
            }
            _ => (None, None),
        };
        let (Some(dims), Some(number)) = (dims, number) else { return false };
        self.give(node, Value::Uniform(dims, number));
        true
    }

    /// What is done with an input of whole numbers.
    fn indices(&mut self, node: &Node<'_>) -> Result<bool, Stop> {
        // A whole number that was given as a real one.
        if node.operator == "Cast"
            && matches!(node.int("to"), Some(6 | 7))
            && let Some(flow) = self.flow(node, 0)
            && self.network.inputs.get(flow.value).is_some()
        {
            self.network.inputs[flow.value].kind = InputKind::Class(0);
            self.give(node, Value::Index(flow.value, flow.dims));
            return Ok(true);
        }
        let place = usize::from(node.operator == "Gather");
        let Some(Value::Index(input, dims)) = node.inputs.get(place).and_then(|name| self.values.get(name)).cloned() else { return Ok(false) };
        let refused = |problem: &str| {
            Stop::Error(ImportError::Step {
                path: node.name.clone(),
                operator: node.operator.to_owned(),
                attributes: node.described(),
                problem: problem.to_owned(),
            })
        };
        match node.operator {
            "Identity" => self.give(node, Value::Index(input, dims)),
            "Cast" if matches!(node.int("to"), Some(6 | 7)) => self.give(node, Value::Index(input, dims)),
            "Cast" => {
                let shape = if dims.len() == 1 { vec![1] } else { dims[1..].to_vec() };
                self.network.notes.push(format!("`{}` holds whole numbers, and is an input of real numbers here", self.network.inputs[input].name));
                self.network.inputs[input].kind = InputKind::Real(shape);
                self.give(node, Value::Flow(Flow { value: input, dims, order: None }));
            }
            "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => {
                let dims = self.shape_behind(node, &dims).ok_or_else(|| refused("its shape is not known"))?;
                self.give(node, Value::Index(input, dims));
            }
            "Gather" | "OneHot" => {
                let count = fold::count(&sample(&dims)).unwrap_or(0);
                if count != 1 {
                    return Err(refused(&format!("its input holds {count} classes, and an input of the language holds one")));
                }
                let scope = self.scope(node, 0);
                let (step, units, classes) = if node.operator == "Gather" {
                    let table = self.constant(node, 0).filter(|_| node.int("axis").unwrap_or(0) == 0);
                    let Some((table, [classes, units])) =
                        table.and_then(|table| Some((table.as_reals()?, <[usize; 2]>::try_from(table.dims.as_slice()).ok()?)))
                    else {
                        return Err(refused("it takes its rows from what is no table"));
                    };
                    let mut step = Step::new("Embedding", &[input], &[units], &scope)
                        .with([Argument::positional(units)])
                        .tensor("embeddings", Array::new(&[classes, units], table.to_vec()));
                    step.key = self.key(node, &[0]);
                    (step, units, classes)
                } else {
                    let depth =
                        self.constant(node, 1).and_then(|depth| depth.to_wholes().first().copied()).and_then(|depth| usize::try_from(depth).ok());
                    let is_plain =
                        self.constant(node, 2).is_some_and(|values| values.to_reals() == [0.0, 1.0]) && node.int("axis").unwrap_or(-1) == -1;
                    let Some(classes) = depth.filter(|depth| is_plain && (1..=MOST_VALUES).contains(depth)) else {
                        return Err(refused("its depth is not known"));
                    };
                    (Step::new("OneHot", &[input], &[classes], &scope), classes, classes)
                };
                let kind = &mut self.network.inputs[input].kind;
                match kind {
                    InputKind::Class(known) if *known == 0 || *known == classes => *kind = InputKind::Class(classes),
                    _ => return Err(refused("its input has another number of classes elsewhere")),
                }
                let value = self.network.add(step);
                let dims = [&dims[..], &[units]].concat();
                self.give(node, Value::Flow(Flow { value, dims, order: None }));
            }
            _ => return Err(refused("it takes whole numbers, which only an embedding does")),
        }
        Ok(true)
    }

    /// The shape behind a node that changes nothing else.
    fn shape_behind(&self, node: &Node<'_>, dims: &[usize]) -> Option<Vec<usize>> {
        let axes = || node.ints("axes").map(<[i64]>::to_vec).or_else(|| Some(self.constant(node, 1)?.as_wholes()?.to_vec()));
        match node.operator {
            "Reshape" => {
                let target = self.constant(node, 1)?.as_wholes()?;
                let shape = fold::reshaped(dims, target).filter(|shape| fold::count(shape) == fold::count(dims));
                // A batch of 1 that stands in the file.
                shape.or_else(|| {
                    let mut target = target.to_vec();
                    *target.first_mut().filter(|first| **first == 1)? = BATCH as i64;
                    fold::reshaped(dims, &target).filter(|shape| fold::count(shape) == fold::count(dims))
                })
            }
            "Flatten" => {
                let axis = fold::axis(node.int("axis").unwrap_or(1), dims.len() + 1)?;
                Some(vec![fold::count(&dims[..axis])?, fold::count(&dims[axis..])?])
            }
            "Squeeze" => fold::squeezed(dims, axes().as_deref()),
            _ => fold::unsqueezed(dims, &axes()?),
        }
    }

    fn reshape(&mut self, node: &Node<'_>) -> Option<()> {
        let flow = self.flow(node, 0)?;
        let dims = self.shape_behind(node, &flow.dims)?;
        dims.contains(&BATCH).then_some(())?;
        // The numbers of a sample must stay side by side.
        let before = |dims: &[usize]| dims.iter().take_while(|&&dim| dim != BATCH).product::<usize>();
        (before(&dims) == before(&flow.dims)).then_some(())?;
        self.give(node, Value::Flow(Flow { dims, ..flow }));
        Some(())
    }

    fn transpose(&mut self, node: &Node<'_>) -> Option<()> {
        let flow = self.flow(node, 0)?;
        let axes: Vec<usize> = match node.ints("perm") {
            Some(axes) => axes.iter().map(|&axis| fold::axis(axis, flow.dims.len())).collect::<Option<_>>()?,
            None => (0..flow.dims.len()).rev().collect(),
        };
        (axes.len() == flow.dims.len() && (0..axes.len()).all(|axis| axes.contains(&axis))).then_some(())?;
        let batch = flow.batch()?;
        let inner: Vec<usize> = axes.iter().filter(|&&axis| axis != batch).map(|&axis| axis - usize::from(axis > batch)).collect();
        let places = transposed_places(&flow.sample(), &inner).into_iter().map(|place| flow.ours(place)).collect();
        let dims = axes.iter().map(|&axis| flow.dims[axis]).collect();
        self.give(node, Value::Flow(Flow { value: flow.value, dims, order: order(places) }));
        Some(())
    }

    /// The value as a vector, in our order.
    fn vector(&mut self, flow: &Flow, scope: &str) -> usize {
        let size = flow.sample().iter().product();
        self.shaped(flow.value, &[size], scope)
    }

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

    /// The value with such a shape of ours, in which each number of the file is at its place in `wanted`; `None` where it is in another order.
    fn ordered(&mut self, flow: &Flow, shape: &[usize], wanted: Option<Rc<Vec<u32>>>, scope: &str) -> Found<usize> {
        if flow.order == wanted {
            return Ok(Some(self.shaped(flow.value, shape, scope)));
        }
        // Back through what does the same to every number.
        let mut value = flow.value;
        while let Some(step) = self.network.maker(value) {
            if !step.is_activation() && !["Reshape", "Flatten", "Dropout"].contains(&step.word.as_str()) {
                return Ok(None);
            }
            value = step.inputs[0];
        }
        let size = flow.sample().iter().product::<usize>();
        if self.decided.contains(&value)
            || !matches!(&self.network.inputs[value].kind, InputKind::Real(shape) if shape.iter().product::<usize>() == size)
        {
            return Ok(None);
        }
        let mut places = vec![0; size];
        (0..size).for_each(|place| places[flow.ours(place)] = wanted.as_ref().map_or(place, |wanted| wanted[place] as usize));
        Err(Stop::Reordered(Reordered { input: value, shape: shape.to_vec(), order: places }))
    }

    /// A value of `[channels, ..]` in the file, with its channels last.
    fn channels_last(&mut self, flow: &Flow, scope: &str) -> Found<(usize, Vec<usize>)> {
        let sample = flow.sample();
        if flow.batch() != Some(0) || !(2..=3).contains(&sample.len()) {
            return Ok(None);
        }
        let shape = [&sample[1..], &sample[..1]].concat();
        let value = self.ordered(flow, &shape, first_to_last(&sample), scope)?;
        Ok(value.map(|value| (value, shape)))
    }

    /// Gives a value with its channels last as the file has it, with them first.
    fn channels_first(&mut self, node: &Node<'_>, value: usize, shape: &[usize]) {
        let sample = [&shape[shape.len() - 1..], &shape[..shape.len() - 1]].concat();
        let dims = [&[BATCH], &sample[..]].concat();
        self.give(node, Value::Flow(Flow { value, dims, order: first_to_last(&sample) }));
    }

    fn gemm(&mut self, node: &Node<'_>) -> Found<()> {
        let Some(flow) = self.flow(node, 0) else { return Ok(None) };
        let Some(kernel) = self.constant(node, 1).cloned() else { return Ok(None) };
        let kernel = if node.int("transB").unwrap_or(0) == 1 { kernel.transposed(&[1, 0]) } else { Some(kernel) };
        let (alpha, beta) = (node.float("alpha").unwrap_or(1.0), node.float("beta").unwrap_or(1.0));
        if node.int("transA").unwrap_or(0) != 0 || flow.dims.len() != 2 || flow.batch() != Some(0) {
            return Ok(None);
        }
        let bias = match node.inputs.get(2).filter(|name| !name.is_empty()) {
            None => None,
            Some(_) => match self.constant(node, 2) {
                Some(bias) => Some(bias.to_reals().iter().map(|value| value * beta).collect::<Vec<f32>>()),
                None => return Ok(None),
            },
        };
        let Some(mut kernel) = kernel.filter(|kernel| kernel.as_reals().is_some()) else { return Ok(None) };
        if alpha != 1.0 {
            kernel = Constant::reals(&kernel.dims, kernel.to_reals().iter().map(|value| value * alpha).collect());
        }
        let key = self.key(node, &[1, 2]);
        self.dense(node, &flow, &kernel, bias, key)
    }

    fn matmul(&mut self, node: &Node<'_>) -> Found<()> {
        let (Some(flow), Some(kernel)) = (self.flow(node, 0), self.constant(node, 1).cloned()) else { return Ok(None) };
        let key = self.key(node, &[1]);
        self.dense(node, &flow, &kernel, None, key)
    }

    fn dense(&mut self, node: &Node<'_>, flow: &Flow, kernel: &Constant, bias: Option<Vec<f32>>, key: Option<String>) -> Found<()> {
        let (Ok([from, units]), Some(numbers)) = (<[usize; 2]>::try_from(kernel.dims.as_slice()), kernel.as_reals()) else { return Ok(None) };
        let sample = flow.sample();
        if sample.last() != Some(&from) || units == 0 || flow.dims.last() != Some(&from) {
            return Ok(None);
        }
        let scope = self.scope(node, 1);
        let bias = match bias {
            Some(bias) if bias.len() == units => Some(bias),
            Some(bias) if bias.len() == 1 => Some(vec![bias[0]; units]),
            Some(_) => return Ok(None),
            None => None,
        };
        let (word, shape, kernel, x) = if sample.len() == 1 {
            let x = self.vector(flow, &scope);
            let mut turned = vec![0.0; numbers.len()];
            for (place, row) in numbers.chunks_exact(units).enumerate() {
                let at = flow.ours(place) * units;
                turned[at..at + units].copy_from_slice(row);
            }
            ("Dense", vec![units], Array::new(&[from, units], turned), x)
        } else {
            // Over every step or pixel: a convolution with a kernel of 1.
            let Some(x) = self.ordered(flow, &sample, None, &scope)? else { return Ok(None) };
            let shape = [&sample[..sample.len() - 1], &[units]].concat();
            let (word, kernel) = match sample.len() {
                2 => ("Conv1D", vec![1, from, units]),
                3 => ("Conv2D", vec![1, 1, from, units]),
                _ => return Ok(None),
            };
            (word, shape, Array::new(&kernel, numbers.to_vec()), x)
        };
        let mut step = Step::new(word, &[x], &shape, &scope).with([Argument::positional(units)]);
        if word != "Dense" {
            step = step.with([Argument::named("kernel", 1)]);
        }
        step = step.tensor("kernel", kernel);
        step = match bias {
            Some(bias) => step.tensor("bias", Array::new(&[units], bias)),
            None => step.with([Argument::named("bias", false)]),
        };
        step.key = key.map(|key| format!("{key} {:?}", flow.order.is_some()));
        let value = self.network.add(step);
        let mut dims = flow.dims.clone();
        if let Some(last) = dims.last_mut() {
            *last = units;
        }
        self.give(node, Value::Flow(Flow { value, dims, order: None }));
        Ok(Some(()))
    }

    /// How a window goes over an image: its size, its stride, and its padding at both ends of every side.
    fn window(node: &Node<'_>, sides: &[usize], size: Vec<usize>) -> Option<Placed> {
        let usizes = |name: &str, default: usize| match node.ints(name) {
            None => Some(vec![default; sides.len()]),
            Some(given) => given.iter().map(|&side| usize::try_from(side).ok()).collect(),
        };
        let (stride, dilations) = (usizes("strides", 1)?, usizes("dilations", 1)?);
        let dilated = dilations.iter().zip(&size).any(|(&dilation, &side)| dilation != 1 && side != 1);
        if size.len() != sides.len() || stride.len() != sides.len() || dilated || stride.contains(&0) || size.contains(&0) {
            return None;
        }
        let same = |upper: bool| {
            let margins = sides.iter().zip(&size).zip(&stride).map(|((&side, &size), &stride)| {
                let covered = (side.div_ceil(stride) - 1) * stride + size;
                let margin = covered.saturating_sub(side);
                if upper { [margin / 2, margin - margin / 2] } else { [margin - margin / 2, margin / 2] }
            });
            margins.collect::<Vec<_>>()
        };
        let margins = match node.text("auto_pad").as_deref() {
            None | Some("NOTSET" | "") => match node.ints("pads") {
                None => vec![[0, 0]; sides.len()],
                Some(pads) if pads.len() == 2 * sides.len() => (0..sides.len())
                    .map(|side| Some([usize::try_from(pads[side]).ok()?, usize::try_from(pads[side + sides.len()]).ok()?]))
                    .collect::<Option<Vec<_>>>()?,
                Some(_) => return None,
            },
            Some("VALID") => vec![[0, 0]; sides.len()],
            Some("SAME_UPPER") => same(true),
            Some("SAME_LOWER") => same(false),
            Some(_) => return None,
        };
        if margins.iter().flatten().any(|&margin| margin > MOST_VALUES) {
            return None;
        }
        let is_same = margins == same(true) && margins.iter().flatten().any(|&margin| margin > 0);
        let places: Option<Vec<usize>> = sides
            .iter()
            .zip(&size)
            .zip(&stride)
            .zip(&margins)
            .map(|(((&side, &size), &stride), margin)| Some((side + margin[0] + margin[1]).checked_sub(size)? / stride + 1))
            .collect();
        Some(Placed { size, stride, margins, is_same, places: places? })
    }

    /// Zeros around an image or a sequence.
    fn padded(&mut self, value: usize, shape: &mut [usize], margins: &[[usize; 2]], scope: &str) -> usize {
        let is_sequence = margins.len() == 1;
        let (rows, columns) = if is_sequence { ([0, 0], margins[0]) } else { (margins[0], margins[1]) };
        let mut value = value;
        if is_sequence {
            value = self.shaped(value, &[1, shape[0], shape[1]], scope);
        }
        shape.iter_mut().zip(margins).for_each(|(side, margin)| *side += margin[0] + margin[1]);
        let padded = if is_sequence { vec![1, shape[0], shape[1]] } else { shape.to_vec() };
        let text = if rows == columns && rows[0] == rows[1] { rows[0].to_string() } else { format!("[{rows:?}, {columns:?}]") };
        value = self.network.add(Step::new("ZeroPadding2D", &[value], &padded, scope).with([Argument::positional(text)]));
        if is_sequence { self.shaped(value, shape, scope) } else { value }
    }

    fn convolution(&mut self, node: &Node<'_>) -> Found<()> {
        let (Some(flow), Some(kernel)) = (self.flow(node, 0), self.constant(node, 1).cloned()) else { return Ok(None) };
        let scope = self.scope(node, 1);
        let Some(numbers) = kernel.as_reals() else { return Ok(None) };
        let sample = flow.sample();
        if kernel.dims.len() != sample.len() + 1 || !(2..=3).contains(&sample.len()) {
            return Ok(None);
        }
        let bias = match node.inputs.get(2).filter(|name| !name.is_empty()) {
            None => None,
            Some(_) => match self.constant(node, 2) {
                Some(bias) => Some(bias.to_reals()),
                None => return Ok(None),
            },
        };
        let (filters, seen, channels) = (kernel.dims[0], kernel.dims[1], sample[0]);
        let groups = node.int("group").unwrap_or(1);
        let is_depthwise = groups != 1 && groups == channels as i64 && seen == 1 && sample.len() == 3 && channels > 0 && filters % channels == 0;
        if filters == 0 || !(is_depthwise || groups == 1 && seen == channels) || bias.as_ref().is_some_and(|bias| bias.len() != filters) {
            return Ok(None);
        }
        let Some(window) = Self::window(node, &sample[1..], kernel.dims[2..].to_vec()) else { return Ok(None) };
        let output = [&window.places[..], &[filters]].concat();
        if fold::count(&output).is_none_or(|count| count > MOST_VALUES) {
            return Ok(None);
        }
        let Some((mut x, mut shape)) = self.channels_last(&flow, &scope)? else { return Ok(None) };
        if !window.is_same && window.margins.iter().flatten().any(|&margin| margin > 0) {
            x = self.padded(x, &mut shape, &window.margins, &scope);
        }
        // From `[filters, channels, rows, columns]` to `[rows, columns, channels, filters]`.
        let pixels: usize = window.size.iter().product();
        let mut turned = vec![0.0; numbers.len()];
        for (place, &number) in numbers.iter().enumerate() {
            let (filter, channel, pixel) = (place / (seen * pixels), place / pixels % seen, place % pixels);
            turned[(pixel * seen + channel) * filters + filter] = number;
        }
        let (word, ends) = if is_depthwise {
            ("DepthwiseConv2D", vec![channels, filters / channels])
        } else if sample.len() == 2 {
            ("Conv1D", vec![seen, filters])
        } else {
            ("Conv2D", vec![seen, filters])
        };
        let mut step = Step::new(word, &[x], &output, &scope);
        if !is_depthwise {
            step = step.with([Argument::positional(filters)]);
        }
        step = step.with([Argument::named("kernel", written(&window.size))]);
        step = window.arguments(step, true);
        if is_depthwise && filters != channels {
            step = step.with([Argument::named("depth_multiplier", filters / channels)]);
        }
        step = step.tensor("kernel", Array::new(&[&window.size[..], &ends].concat(), turned));
        step = match bias {
            Some(bias) => step.tensor("bias", Array::new(&[filters], bias)),
            None => step.with([Argument::named("bias", false)]),
        };
        step.key = self.key(node, &[1, 2]);
        let value = self.network.add(step);
        self.channels_first(node, value, &output);
        Ok(Some(()))
    }

    fn pool(&mut self, node: &Node<'_>) -> Found<()> {
        let Some(flow) = self.flow(node, 0) else { return Ok(None) };
        let scope = self.scope(node, usize::MAX);
        let sample = flow.sample();
        let Some(size) = node.ints("kernel_shape").and_then(|sides| sides.iter().map(|&side| usize::try_from(side).ok()).collect::<Option<Vec<_>>>())
        else {
            return Ok(None);
        };
        if !(2..=3).contains(&sample.len()) {
            return Ok(None);
        }
        let Some(window) = Self::window(node, &sample[1..], size) else { return Ok(None) };
        // Rounding up gives one place more where a window would hang over.
        let hangs_over = node.int("ceil_mode").unwrap_or(0) == 1
            && (0..window.size.len()).any(|side| {
                let margin = window.margins[side];
                !(sample[side + 1] + margin[0] + margin[1]).saturating_sub(window.size[side]).is_multiple_of(window.stride[side])
            });
        let is_padded = window.margins.iter().flatten().any(|&margin| margin > 0);
        let is_max = node.operator == "MaxPool";
        let counts_padding = !is_max && node.int("count_include_pad").unwrap_or(0) == 1 && is_padded;
        if hangs_over || is_padded && !window.is_same && !is_max && !counts_padding || counts_padding && window.is_same && sample.len() < 2 {
            return Ok(None);
        }
        let Some((mut x, mut shape)) = self.channels_last(&flow, &scope)? else { return Ok(None) };
        let mut is_same = window.is_same;
        if is_padded && (!window.is_same || counts_padding) {
            // Zeros are less than all behind a rectifier, and count as values where the file says so.
            let is_rectified =
                self.network.maker(flow.value).is_some_and(|step| step.word == "relu" || step.word == "relu6" || step.word == "sigmoid");
            if is_max && !is_rectified {
                return Ok(None);
            }
            x = self.padded(x, &mut shape, &window.margins, &scope);
            is_same = false;
        }
        let word = match (is_max, sample.len()) {
            (true, 2) => "MaxPool1D",
            (true, _) => "MaxPool2D",
            (false, 2) => "AveragePool1D",
            (false, _) => "AveragePool2D",
        };
        let output = [&window.places[..], &sample[..1]].concat();
        let mut step = Step::new(word, &[x], &output, &scope).with([Argument::positional(written(&window.size))]);
        if window.stride != window.size {
            step = step.with([Argument::named("stride", written(&window.stride))]);
        }
        if is_same {
            step = step.with([Argument::named("padding", "same")]);
        }
        let value = self.network.add(step);
        self.channels_first(node, value, &output);
        Ok(Some(()))
    }

    /// The mean or the greatest of all steps or pixels.
    fn over_all(&mut self, node: &Node<'_>) -> Found<()> {
        let Some(flow) = self.flow(node, 0) else { return Ok(None) };
        let scope = self.scope(node, usize::MAX);
        let sample = flow.sample();
        if !(2..=3).contains(&sample.len()) || flow.batch() != Some(0) {
            return Ok(None);
        }
        let is_global = node.operator.starts_with("Global");
        let axes: Option<Vec<usize>> = if is_global {
            Some((1..sample.len()).collect())
        } else {
            let axes = node.ints("axes").map(<[i64]>::to_vec).or_else(|| Some(self.constant(node, 1)?.as_wholes()?.to_vec()));
            axes.and_then(|axes| axes.iter().map(|&axis| flow.sample_axis(axis)).collect())
        };
        let Some(mut axes) = axes else { return Ok(None) };
        axes.sort_unstable();
        let keeps = is_global || node.int("keepdims").unwrap_or(1) == 1;
        let (found, channels) = if axes == (1..sample.len()).collect::<Vec<_>>() {
            (self.channels_last(&flow, &scope)?, sample[0])
        } else if axes == (0..sample.len() - 1).collect::<Vec<_>>() {
            (self.ordered(&flow, &sample, None, &scope)?.map(|value| (value, sample.clone())), sample[sample.len() - 1])
        } else {
            return Ok(None);
        };
        let Some((x, shape)) = found else { return Ok(None) };
        let value = if node.operator.ends_with("Max") || node.operator == "GlobalMaxPool" {
            let word = if shape.len() == 2 { "MaxPool1D" } else { "MaxPool2D" };
            let pooled = [&vec![1; shape.len() - 1][..], &[channels]].concat();
            let value = self.network.add(Step::new(word, &[x], &pooled, &scope).with([Argument::positional(written(&shape[..shape.len() - 1]))]));
            self.shaped(value, &[channels], &scope)
        } else {
            self.network.add(Step::new("GlobalAveragePool", &[x], &[channels], &scope))
        };
        let mut dims = vec![BATCH];
        for (axis, &size) in sample.iter().enumerate() {
            match (axes.contains(&axis), keeps) {
                (false, _) => dims.push(size),
                (true, true) => dims.push(1),
                (true, false) => {}
            }
        }
        self.give(node, Value::Flow(Flow { value, dims, order: None }));
        Ok(Some(()))
    }

    /// Four or two rows of a normalisation, of so many channels.
    fn rows(&self, node: &Node<'_>, places: std::ops::Range<usize>, channels: usize) -> Option<Vec<Vec<f32>>> {
        places.map(|place| self.constant(node, place).map(Constant::to_reals).filter(|row| row.len() == channels)).collect()
    }

    fn batch_normalization(&mut self, node: &Node<'_>) -> Found<()> {
        let Some(flow) = self.flow(node, 0) else { return Ok(None) };
        let (scope, sample) = (self.scope(node, 1), flow.sample());
        let Some(&channels) = sample.first() else { return Ok(None) };
        let Some(mut rows) = self.rows(node, 1..5, channels) else { return Ok(None) };
        let (x, shape) = if sample.len() == 1 {
            let x = self.vector(&flow, &scope);
            for row in &mut rows {
                let given = row.clone();
                given.iter().enumerate().for_each(|(place, &number)| row[flow.ours(place)] = number);
            }
            (x, sample.clone())
        } else {
            match self.channels_last(&flow, &scope)? {
                Some(found) => found,
                None => return Ok(None),
            }
        };
        let epsilon = f64::from_str(&node.float("epsilon").unwrap_or(1e-5));
        let mut step = Step::new("BatchNorm", &[x], &shape, &scope);
        if let Some(momentum) = node.float("momentum").filter(|momentum| (0.0..1.0).contains(momentum) && (momentum - 0.99).abs() > 1e-6) {
            step = step.with([Argument::named("momentum", format!("{momentum:?}"))]);
        }
        step = step.with((epsilon != 1e-3).then(|| Argument::named("epsilon", number(epsilon))));
        for (name, row) in ["gamma", "beta", "moving_mean", "moving_variance"].iter().zip(rows) {
            step = step.tensor(name, Array::new(&[channels], row));
        }
        step.key = self.key(node, &[1, 2, 3, 4]);
        let value = self.network.add(step);
        if sample.len() == 1 {
            self.give(node, Value::Flow(Flow { value, ..flow }));
        } else {
            self.channels_first(node, value, &shape);
        }
        Ok(Some(()))
    }

    fn layer_normalization(&mut self, node: &Node<'_>) -> Found<()> {
        let Some(flow) = self.flow(node, 0) else { return Ok(None) };
        let (scope, sample) = (self.scope(node, 1), flow.sample());
        let Some(axis) = flow.sample_axis(node.int("axis").unwrap_or(-1)) else { return Ok(None) };
        let is_whole = axis == 0;
        let normalised = &sample[axis..];
        let channels: usize = normalised.iter().product();
        if !is_whole && axis + 1 != sample.len() || flow.batch() != Some(0) {
            return Ok(None);
        }
        let Some(mut rows) = self.rows(node, 1..2, channels) else { return Ok(None) };
        match self.rows(node, 2..3, channels) {
            Some(beta) => rows.extend(beta),
            None if node.inputs.get(2).is_none_or(String::is_empty) => rows.push(vec![0.0; channels]),
            None => return Ok(None),
        }
        let (x, shape) = if is_whole {
            for row in &mut rows {
                let given = row.clone();
                given.iter().enumerate().for_each(|(place, &number)| row[flow.ours(place)] = number);
            }
            (Some(self.vector(&flow, &scope)), vec![channels])
        } else {
            (self.ordered(&flow, &sample, None, &scope)?, sample.clone())
        };
        let Some(x) = x else { return Ok(None) };
        let epsilon = f64::from_str(&node.float("epsilon").unwrap_or(1e-5));
        let mut step = Step::new("LayerNorm", &[x], &shape, &scope).with((epsilon != 1e-3).then(|| Argument::named("epsilon", number(epsilon))));
        for (name, row) in ["gamma", "beta"].iter().zip(rows) {
            step = step.tensor(name, Array::new(&[channels], row));
        }
        step.key = self.key(node, &[1, 2]);
        let value = self.network.add(step);
        self.give(node, Value::Flow(Flow { value, ..flow }));
        Ok(Some(()))
    }

    /// By the root of the mean square along the last axis; as an operator with its scale, or as a pattern without.
    fn rms_norm(&mut self, node: &Node<'_>) -> Found<()> {
        let Some(flow) = self.flow(node, 0) else { return Ok(None) };
        let (scope, sample) = (self.scope(node, 1), flow.sample());
        let Some(&channels) = sample.last() else { return Ok(None) };
        let is_pattern = node.operator == "RmsNorm";
        let is_last = flow.sample_axis(node.along.or(node.int("axis")).unwrap_or(-1)) == Some(sample.len() - 1);
        let scale = if is_pattern { Some(vec![1.0; channels]) } else { self.rows(node, 1..2, channels).map(|rows| rows.concat()) };
        let epsilon = if is_pattern { self.constant(node, 1).and_then(Constant::single) } else { Some(node.float("epsilon").unwrap_or(1e-5)) };
        let (Some(mut scale), Some(epsilon)) = (scale, epsilon.filter(|_| is_last)) else { return Ok(None) };
        let x = if sample.len() == 1 {
            let given = scale.clone();
            given.iter().enumerate().for_each(|(place, &number)| scale[flow.ours(place)] = number);
            Some(self.vector(&flow, &scope))
        } else {
            self.ordered(&flow, &sample, None, &scope)?
        };
        let Some(x) = x else { return Ok(None) };
        let epsilon = f64::from_str(&epsilon);
        let mut step = Step::new("RmsNorm", &[x], &sample, &scope).with((epsilon != 1e-6).then(|| Argument::named("epsilon", number(epsilon))));
        step = step.tensor("scale", Array::new(&[channels], scale));
        step.key = if is_pattern { None } else { self.key(node, &[1]) };
        let value = self.network.add(step);
        self.give(node, Value::Flow(Flow { value, ..flow }));
        Ok(Some(()))
    }

    fn recurrent(&mut self, node: &Node<'_>) -> Found<()> {
        let Some(flow) = self.flow(node, 0) else { return Ok(None) };
        let scope = self.scope(node, 1);
        let is_gru = node.operator == "GRU";
        let (word, orders): (&str, &[usize]) = if is_gru { ("Gru", &[0, 1, 2]) } else { ("Lstm", &[0, 2, 3, 1]) };
        let (Some(kernel), Some(recurrent)) = (self.constant(node, 1).cloned(), self.constant(node, 2).cloned()) else { return Ok(None) };
        let (Ok([1, rows, features]), Ok([1, _, units])) =
            (<[usize; 3]>::try_from(kernel.dims.as_slice()), <[usize; 3]>::try_from(recurrent.dims.as_slice()))
        else {
            return Ok(None);
        };
        let sample = flow.sample();
        let is_zero = |place: usize| match node.inputs.get(place).filter(|name| !name.is_empty()).and_then(|name| self.values.get(name)) {
            None => true,
            Some(Value::Constant(constant)) => constant.single() == Some(0.0),
            Some(Value::Uniform(_, number)) => *number == 0.0,
            Some(_) => false,
        };
        let is_plain = node.text("direction").is_none_or(|direction| direction == "forward")
            && (!is_gru || node.int("linear_before_reset").unwrap_or(0) == 1)
            && node.int("layout").unwrap_or(0) == 0
            && node.text("activations").is_none()
            && node.float("clip").is_none()
            && node.inputs.get(4).is_none_or(String::is_empty)
            && is_zero(5)
            && is_zero(6)
            && node.inputs.get(7).is_none_or(String::is_empty);
        let gates = orders.len();
        if !is_plain
            || rows != gates * units
            || units == 0
            || flow.dims.len() != 3
            || flow.batch() != Some(1)
            || sample.get(1) != Some(&features)
            || recurrent.dims[1] != rows
        {
            return Ok(None);
        }
        let Some(x) = self.ordered(&flow, &sample, None, &scope)? else { return Ok(None) };
        // From `[1, gates · units, inputs]` to `[inputs, gates · units]`, with our gates.
        let turned = |constant: &Constant, inputs: usize| {
            let numbers = constant.to_reals();
            let of = |input: usize, gate: usize, unit: usize| numbers[(orders[gate] * units + unit) * inputs + input];
            let numbers = (0..inputs).flat_map(|input| (0..gates).flat_map(move |gate| (0..units).map(move |unit| (input, gate, unit))));
            Array::new(&[inputs, rows], numbers.map(|(input, gate, unit)| of(input, gate, unit)).collect())
        };
        let mut step = Step::new(word, &[x], &[units], &scope).with([Argument::positional(units)]);
        step = step.tensor("kernel", turned(&kernel, features)).tensor("recurrent_kernel", turned(&recurrent, units));
        match node.inputs.get(3).filter(|name| !name.is_empty()) {
            None => step = step.with([Argument::named("bias", false)]),
            Some(_) => {
                let Some(biases) = self.constant(node, 3).map(Constant::to_reals).filter(|biases| biases.len() == 2 * rows) else { return Ok(None) };
                let half = |from: usize| {
                    (0..gates)
                        .flat_map(move |gate| (0..units).map(move |unit| from + orders[gate] * units + unit))
                        .map(|place| biases[place])
                        .collect::<Vec<f32>>()
                };
                let (input, state) = (half(0), half(rows));
                step = if is_gru {
                    step.tensor("bias", Array::new(&[2, rows], [input, state].concat()))
                } else {
                    step.tensor("bias", Array::new(&[rows], input.iter().zip(&state).map(|(input, state)| input + state).collect()))
                };
            }
        }
        let output = |place: usize| node.outputs.get(place).filter(|name| !name.is_empty()).cloned();
        let key = self.key(node, &[1, 2, 3]);
        if let Some(states) = output(0).filter(|name| self.users.contains_key(name)) {
            let mut every = step.clone();
            every.shape = vec![sample[0], units];
            every.arguments.insert(1, Argument::named("sequences", true));
            every.key.clone_from(&key);
            let value = self.network.add(every);
            self.values.insert(states, Value::Flow(Flow { value, dims: vec![sample[0], 1, BATCH, units], order: None }));
        }
        if let Some(last) = output(1).filter(|name| self.users.contains_key(name)) {
            step.key = key.map(|key| format!("{key} last"));
            let value = self.network.add(step);
            self.values.insert(last, Value::Flow(Flow { value, dims: vec![1, BATCH, units], order: None }));
        }
        let cell = output(2).filter(|name| self.users.contains_key(name));
        Ok(cell.is_none().then_some(()))
    }

    /// The last step of what a recurrent layer gave for every step.
    fn last_state(&mut self, node: &Node<'_>) -> Found<()> {
        let Some(flow) = self.flow(node, 0) else { return Ok(None) };
        let list = |converter: &Self, place: usize, name: &str| {
            node.ints(name).map(<[i64]>::to_vec).or_else(|| Some(converter.constant(node, place)?.as_wholes()?.to_vec()))
        };
        let (axis, indices, drops) = if node.operator == "Gather" {
            let axis = fold::axis(node.int("axis").unwrap_or(0), flow.dims.len());
            let Some(indices) = self.constant(node, 1).filter(|constant| constant.len() == 1) else { return Ok(None) };
            (axis, indices.as_wholes().map(<[i64]>::to_vec), indices.dims.is_empty())
        } else {
            let (Some(starts), Some(ends)) = (list(self, 1, "starts"), list(self, 2, "ends")) else { return Ok(None) };
            let axes = list(self, 3, "axes").unwrap_or_else(|| vec![0]);
            let ([start], [end], [axis]) = (&starts[..], &ends[..], &axes[..]) else { return Ok(None) };
            let axis = fold::axis(*axis, flow.dims.len());
            let range = axis.and_then(|axis| fold::range(*start, *end, 1, flow.dims[axis]));
            (axis, range.map(|range| range.iter().map(|&index| index as i64).collect()), false)
        };
        let (Some(axis), Some(indices)) = (axis, indices) else { return Ok(None) };
        let size = flow.dims[axis];
        // Everything of an axis is the value itself.
        if node.operator == "Slice" && indices.len() == size && size != BATCH {
            self.give(node, Value::Flow(flow));
            return Ok(Some(()));
        }
        let drop_axis = |flow: &Flow| {
            let mut dims = flow.dims.clone();
            if drops {
                dims.remove(axis);
            }
            Flow { dims, ..flow.clone() }
        };
        if let [index] = indices[..]
            && size != BATCH
            && let Some(index) = fold::axis(index, size)
        {
            // The only one there is, or one of several that were joined.
            if size == 1 {
                let flow = drop_axis(&flow);
                self.give(node, Value::Flow(flow));
                return Ok(Some(()));
            }
            if let Some((along, parts)) = node.inputs.first().and_then(|name| self.parts.get(name))
                && *along == axis
                && parts.iter().all(|part| part.dims[axis] == 1)
                && let Some(part) = parts.get(index)
            {
                let flow = drop_axis(part);
                self.give(node, Value::Flow(flow));
                return Ok(Some(()));
            }
        }
        let is_last = matches!(indices[..], [index] if index == -1 || index == size as i64 - 1);
        let Some(step) = self.network.maker(flow.value).filter(|step| ["Gru", "Lstm"].contains(&step.word.as_str()) && step.shape.len() == 2) else {
            return Ok(None);
        };
        let is_time =
            size == step.shape[0] && flow.sample().iter().position(|&dim| dim == size) == flow.sample_axis(axis as i64) && flow.order.is_none();
        if !is_last || !is_time {
            return Ok(None);
        }
        let mut last = step.clone();
        last.arguments.retain(|argument| argument.name != Some("sequences"));
        last.shape = vec![step.shape[1]];
        // Where all states are used too, these are weights of their own.
        last.key = last.key.map(|key| format!("{key} last"));
        let value = self.network.add(last);
        let mut dims = flow.dims;
        if drops {
            dims.remove(axis);
        } else {
            dims[axis] = 1;
        }
        self.give(node, Value::Flow(Flow { value, dims, order: None }));
        Ok(Some(()))
    }

    fn concat(&mut self, node: &Node<'_>) -> Option<()> {
        let flows: Vec<Flow> = (0..node.inputs.len()).map(|place| self.flow(node, place)).collect::<Option<_>>()?;
        let first = flows.first()?;
        let axis = first.sample_axis(node.int("axis")?)?;
        let samples: Vec<Vec<usize>> = flows.iter().map(Flow::sample).collect();
        let rest = |sample: &[usize]| [&sample[..axis], &sample[axis + 1..]].concat();
        let alike = flows
            .iter()
            .zip(&samples)
            .all(|(flow, sample)| sample.len() == samples[0].len() && rest(sample) == rest(&samples[0]) && flow.batch() == first.batch());
        alike.then_some(())?;
        let scope = self.scope(node, usize::MAX);
        let mut sample = samples[0].clone();
        sample[axis] = samples.iter().map(|sample| sample[axis]).sum();
        let total: usize = sample.iter().product();
        (total <= MOST_VALUES).then_some(())?;
        let before: usize = sample[..axis].iter().product();
        let mut offset = 0;
        let mut places: Vec<Vec<usize>> = vec![Vec::new(); before];
        let mut vectors = Vec::new();
        for (flow, own) in flows.iter().zip(&samples) {
            let size: usize = own.iter().product();
            let piece = size / before.max(1);
            for (row, places) in places.iter_mut().enumerate() {
                places.extend((row * piece..(row + 1) * piece).map(|place| offset + flow.ours(place)));
            }
            offset += size;
            vectors.push(self.vector(flow, &scope));
        }
        let value = if vectors.len() == 1 { vectors[0] } else { self.network.add(Step::new("Concat", &vectors, &[total], &scope)) };
        let mut dims = first.dims.clone();
        let along = fold::axis(node.int("axis")?, first.dims.len())?;
        dims[along] = sample[axis];
        if let Some(output) = node.outputs.first() {
            self.parts.insert(output.clone(), (along, flows.clone()));
        }
        self.give(node, Value::Flow(Flow { value, dims, order: order(places.concat()) }));
        Some(())
    }

    fn softmax(&mut self, node: &Node<'_>) -> Option<()> {
        let flow = self.flow(node, 0)?;
        let sample = flow.sample();
        let axis = flow.sample_axis(node.int("axis").unwrap_or(-1))?;
        let covered = sample.iter().enumerate().all(|(other, &size)| other == axis || size == 1);
        covered.then_some(())?;
        let scope = self.scope(node, usize::MAX);
        let x = self.vector(&flow, &scope);
        let value = self.network.add(Step::new("softmax", &[x], &[sample[axis]], &scope));
        self.give(node, Value::Flow(Flow { value, ..flow }));
        Some(())
    }

    fn activation(&mut self, node: &Node<'_>) -> Option<()> {
        let near = |value: Option<f32>, default: f32, wanted: f32| (value.unwrap_or(default) - wanted).abs() < 1e-5;
        let bound = |converter: &Self, place: usize, name: &str| {
            converter.constant(node, place).and_then(|constant| constant.to_reals().first().copied()).or(node.float(name))
        };
        let word = match node.operator {
            "Relu" => "relu",
            "Sigmoid" => "sigmoid",
            "Tanh" => "tanh",
            "Softplus" => "softplus",
            "Softsign" => "softsign",
            "Exp" => "exponential",
            "Silu" | "Swish" if near(node.float("alpha"), 1.0, 1.0) => "silu",
            "Mish" => "mish",
            "HardSwish" => "hard_silu",
            "Gelu" if node.text("approximate").is_none_or(|approximate| approximate == "none") => "gelu",
            "Selu" if near(node.float("alpha"), 1.673_263_2, 1.673_263_2) && near(node.float("gamma"), 1.050_701, 1.050_701) => "selu",
            "Elu" if near(node.float("alpha"), 1.0, 1.0) => "elu",
            "HardSigmoid" if near(node.float("alpha"), 0.2, 1.0 / 6.0) && near(node.float("beta"), 0.5, 0.5) => "hard_sigmoid",
            "Clip" => match (bound(self, 1, "min"), bound(self, 2, "max")) {
                (Some(0.0), Some(6.0)) => "relu6",
                (Some(0.0), None) => "relu",
                _ => return None,
            },
            "LeakyRelu" if near(node.float("alpha"), 0.01, 0.2) => "leaky_relu",
            "LeakyRelu" => {
                let flow = self.flow(node, 0)?;
                let (scope, slope) = (self.scope(node, usize::MAX), node.float("alpha").unwrap_or(0.01));
                let shape = self.network.shape(flow.value)?.to_vec();
                (shape.len() <= 3).then_some(())?;
                let axes: Vec<usize> = (1..=shape.len()).collect();
                self.network.notes.push(format!("`{}` has a slope of {slope}: it is a `PRelu`, which training moves", node.name));
                let step = Step::new("PRelu", &[flow.value], &shape, &scope)
                    .with([Argument::named("shared_axes", format!("{axes:?}"))])
                    .tensor("alpha", Array::new(&vec![1; shape.len()], vec![slope]));
                let value = self.network.add(step);
                self.give(node, Value::Flow(Flow { value, ..flow }));
                return Some(());
            }
            _ => return None,
        };
        let flow = self.flow(node, 0)?;
        let shape = self.network.shape(flow.value)?.to_vec();
        let scope = self.scope(node, usize::MAX);
        let value = self.network.add(Step::new(word, &[flow.value], &shape, &scope));
        self.give(node, Value::Flow(Flow { value, ..flow }));
        Some(())
    }

    /// Zeros around an image or a sequence, whichever way its channels lie.
    fn pad(&mut self, node: &Node<'_>) -> Found<()> {
        let Some(flow) = self.flow(node, 0) else { return Ok(None) };
        let (scope, sample, rank) = (self.scope(node, usize::MAX), flow.sample(), flow.dims.len());
        let pads = node.ints("pads").map(<[i64]>::to_vec).or_else(|| self.constant(node, 1).and_then(Constant::as_wholes).map(<[i64]>::to_vec));
        let value = self.constant(node, 2).map_or(node.float("value"), Constant::single).unwrap_or(0.0);
        let is_zero = node.text("mode").is_none_or(|mode| mode == "constant") && value == 0.0 && node.inputs.get(3).is_none_or(String::is_empty);
        let Some(pads) = pads.filter(|pads| pads.len() == 2 * rank && is_zero && (2..=3).contains(&sample.len()) && flow.batch() == Some(0)) else {
            return Ok(None);
        };
        let margins: Option<Vec<[usize; 2]>> =
            (0..rank).map(|axis| Some([usize::try_from(pads[axis]).ok()?, usize::try_from(pads[axis + rank]).ok()?])).collect();
        let Some(margins) = margins.filter(|margins| margins.iter().flatten().all(|&margin| margin <= MOST_VALUES)) else { return Ok(None) };
        let padded = sample.iter().zip(&margins[1..]).try_fold(1_usize, |product, (&side, margin)| product.checked_mul(side + margin[0] + margin[1]));
        if margins[0] != [0, 0] || padded.is_none_or(|padded| padded > MOST_VALUES) {
            return Ok(None);
        }
        if margins[rank - 1] == [0, 0] && flow.order.is_none() {
            let x = self.shaped(flow.value, &sample, &scope);
            let mut shape = sample;
            let value = self.padded(x, &mut shape, &margins[1..rank - 1], &scope);
            let dims = [&[BATCH], &shape[..]].concat();
            self.give(node, Value::Flow(Flow { value, dims, order: None }));
            return Ok(Some(()));
        }
        if margins[1] != [0, 0] {
            return Ok(None);
        }
        let Some((x, mut shape)) = self.channels_last(&flow, &scope)? else { return Ok(None) };
        let value = self.padded(x, &mut shape, &margins[2..], &scope);
        self.channels_first(node, value, &shape);
        Ok(Some(()))
    }

    fn p_relu(&mut self, node: &Node<'_>) -> Found<()> {
        let (Some(flow), Some(slope)) = (self.flow(node, 0), self.constant(node, 1).cloned()) else { return Ok(None) };
        let scope = self.scope(node, 1);
        let Some(shape) = self.network.shape(flow.value).map(<[usize]>::to_vec) else { return Ok(None) };
        let Some(ours) = self.in_our_order(&flow, &slope).filter(|_| shape.len() <= 3) else { return Ok(None) };
        let mut step = Step::new("PRelu", &[flow.value], &shape, &scope);
        step = match self.per_channel(&flow, &slope) {
            Some(channels) if shape.len() > 1 => {
                let axes = (1..shape.len()).collect::<Vec<_>>();
                step.with([Argument::named("shared_axes", format!("{axes:?}"))])
                    .tensor("alpha", Array::new(&[&vec![1; shape.len() - 1][..], &[channels.len()]].concat(), channels))
            }
            _ => step.tensor("alpha", Array::new(&shape, ours)),
        };
        step.key = self.key(node, &[1]);
        let value = self.network.add(step);
        self.give(node, Value::Flow(Flow { value, ..flow }));
        Ok(Some(()))
    }

    /// `(x − offset) · scale`, the standardisation of `ai.onnx.ml`.
    fn scaler(&mut self, node: &Node<'_>) -> Found<()> {
        let (Some(flow), Some(offset), Some(scale)) = (self.flow(node, 0), node.floats("offset"), node.floats("scale")) else { return Ok(None) };
        let (sample, scope) = (flow.sample(), self.scope(node, usize::MAX));
        let [size] = sample[..] else { return Ok(None) };
        let all = |numbers: &[f32]| match numbers {
            [one] => Some(vec![*one; size]),
            numbers => (numbers.len() == size).then(|| numbers.to_vec()),
        };
        let (Some(offset), Some(scale)) = (all(offset), all(scale).filter(|scale| scale.iter().all(|&scale| scale > 0.0))) else { return Ok(None) };
        let mut tensors = [vec![0.0; size], vec![0.0; size]];
        for place in 0..size {
            let at = flow.ours(place);
            (tensors[0][at], tensors[1][at]) = (offset[place], (1.0 / (scale[place] as f64).powi(2)) as f32);
        }
        let [mean, variance] = tensors.map(|numbers| Array::new(&[size], numbers));
        let x = self.vector(&flow, &scope);
        let value = self.network.add(Step::new("Normalize", &[x], &[size], &scope).tensor("mean", mean).tensor("variance", variance));
        self.give(node, Value::Flow(Flow { value, ..flow }));
        Ok(Some(()))
    }

    /// A constant as a number for each of a value's, in our order.
    fn in_our_order(&self, flow: &Flow, constant: &Constant) -> Option<Vec<f32>> {
        let numbers = constant.as_reals()?;
        let dims: Vec<usize> = flow.dims.iter().map(|&dim| if dim == BATCH { 1 } else { dim }).collect();
        (fold::broadcast(&dims, &constant.dims)? == dims).then_some(())?;
        let places = fold::places(&constant.dims, &dims)?;
        let mut ours = vec![0.0; places.len()];
        places.iter().enumerate().for_each(|(place, &at)| ours[flow.ours(place)] = numbers[at]);
        Some(ours)
    }

    /// A constant as a number for each channel of a value, in our order; `None` where it is not the same along the others.
    fn per_channel(&self, flow: &Flow, constant: &Constant) -> Option<Vec<f32>> {
        let ours = self.in_our_order(flow, constant)?;
        let channels = *self.network.shape(flow.value)?.last()?;
        let (first, _) = ours.split_at_checked(channels)?;
        ours.iter().enumerate().all(|(place, &number)| number == first[place % channels]).then(|| first.to_vec())
    }

    fn arithmetic(&mut self, node: &Node<'_>) -> Found<()> {
        let flows: Vec<Option<Flow>> = (0..node.inputs.len()).map(|place| self.flow(node, place)).collect();
        let scope = self.scope(node, usize::MAX);
        if let Some(flows) = flows.iter().cloned().collect::<Option<Vec<Flow>>>() {
            return Ok(self.merge(node, &flows, &scope));
        }
        let (Some(flow), Some(place)) = (flows.iter().flatten().next().cloned(), flows.iter().position(Option::is_none)) else { return Ok(None) };
        if node.inputs.len() != 2 || (node.operator == "Sub" || node.operator == "Div") && place == 0 {
            return Ok(None);
        }
        let constant = match self.values.get(&node.inputs[place]) {
            Some(Value::Constant(constant)) => constant.clone(),
            Some(Value::Uniform(_, number)) => Constant::reals(&[], vec![*number]),
            _ => return Ok(None),
        };
        let Some(numbers) = self.per_channel(&flow, &constant) else { return Ok(None) };
        let Some(shape) = self.network.shape(flow.value).map(<[usize]>::to_vec) else { return Ok(None) };
        let channels = numbers.len();
        let is_alone = node.inputs.get(1 - place).is_some_and(|name| self.users.get(name) == Some(&1));
        let key = self.key(node, &[place]);
        if node.operator == "Add"
            && is_alone
            && let Some(step) = self.network.maker_mut(flow.value)
            && let Some(at) = step.arguments.iter().position(|argument| *argument == Argument::named("bias", false))
            && !["Gru", "Lstm"].contains(&step.word.as_str())
        {
            // A bias of the layer before it.
            step.arguments.remove(at);
            step.tensors.push(("bias".to_owned(), Array::new(&[channels], numbers)));
            step.key = step.key.take().zip(key).map(|(own, bias)| format!("{own} {bias}"));
            self.give(node, Value::Flow(flow));
            return Ok(Some(()));
        }
        if node.operator == "Div"
            && is_alone
            && let Some(step) = self.network.maker_mut(flow.value).filter(|step| step.word == "Normalize")
            && let Some((_, variance)) = step.tensors.iter_mut().find(|(name, array)| name == "variance" && array.data.iter().all(|&one| one == 1.0))
            && numbers.iter().all(|&number| number > 0.0)
        {
            variance.data = numbers.iter().map(|number| number * number).collect();
            step.key = step.key.take().zip(key).map(|(own, other)| format!("{own} {other}"));
            self.give(node, Value::Flow(flow));
            return Ok(Some(()));
        }
        if node.operator == "Mul"
            && is_alone
            && let Some(step) = self.network.maker_mut(flow.value).filter(|step| step.word == "RmsNorm")
            && let Some((_, scale)) = step.tensors.iter_mut().find(|(_, scale)| scale.data.iter().all(|&one| one == 1.0))
        {
            scale.data = numbers;
            step.key = key;
            self.give(node, Value::Flow(flow));
            return Ok(Some(()));
        }
        let normalised = |mean: Vec<f32>| {
            Step::new("Normalize", &[flow.value], &shape, &scope)
                .tensor("mean", Array::new(&[channels], mean))
                .tensor("variance", Array::new(&[channels], vec![1.0; channels]))
        };
        let scaled = |scale: Vec<f32>| Step::new("Scale", &[flow.value], &shape, &scope).tensor("scale", Array::new(&[channels], scale));
        let mut step = match node.operator {
            "Add" => normalised(numbers.iter().map(|number| -number).collect()),
            "Sub" => normalised(numbers),
            "Mul" => scaled(numbers),
            "Div" if numbers.iter().all(|&number| number != 0.0) => scaled(numbers.iter().map(|number| 1.0 / number).collect()),
            _ => return Ok(None),
        };
        step.key = key;
        let value = self.network.add(step);
        self.give(node, Value::Flow(Flow { value, ..flow }));
        Ok(Some(()))
    }

    /// Values of one shape, place by place.
    fn merge(&mut self, node: &Node<'_>, flows: &[Flow], scope: &str) -> Option<()> {
        let word = match node.operator {
            "Add" | "Sum" => "Add",
            "Mul" => "Multiply",
            "Mean" => "Average",
            "Max" => "Maximum",
            _ => return None,
        };
        let first = flows.first()?;
        if flows.len() == 1 {
            self.give(node, Value::Flow(first.clone()));
            return Some(());
        }
        flows.iter().all(|flow| flow.dims == first.dims && flow.order == first.order).then_some(())?;
        let shape = self.network.shape(first.value)?.to_vec();
        let values: Vec<usize> = flows.iter().map(|flow| self.shaped(flow.value, &shape, scope)).collect();
        let value = self.network.add(Step::new(word, &values, &shape, scope));
        self.give(node, Value::Flow(Flow { value, ..first.clone() }));
        Some(())
    }

    /// A stub in the place of a node.
    fn without_word(&mut self, node: &Node<'_>) -> Result<(), Stop> {
        let outputs: Vec<&String> = node.outputs.iter().filter(|output| self.users.contains_key(*output)).collect();
        let refused = |problem: &str| {
            Stop::Error(ImportError::Step {
                path: node.name.clone(),
                operator: node.operator.to_owned(),
                attributes: node.described(),
                problem: problem.to_owned(),
            })
        };
        let [output] = outputs[..] else { return Err(refused("it gives several values")) };
        let flows: Vec<Flow> = (0..node.inputs.len()).filter_map(|place| self.flow(node, place)).collect();
        let Some(first) = flows.first() else { return Err(refused("it takes nothing that depends on the inputs")) };
        let known = self.graph.value_info.iter().chain(&self.graph.output).find(|info| info.name == *output).and_then(known_shape);
        let sample = match known {
            Some(shape) => shape,
            None if PLACE_BY_PLACE.contains(&node.operator) => {
                let dims = node.inputs.iter().filter_map(|input| match self.values.get(input)? {
                    Value::Constant(constant) => Some(constant.dims.clone()),
                    Value::Flow(flow) => Some(flow.dims.clone()),
                    Value::Uniform(dims, _) | Value::Index(_, dims) => Some(dims.clone()),
                });
                let joined = dims.map(Some).reduce(|left, right| fold::broadcast(&left?, &right?)).flatten();
                sample(&joined.ok_or_else(|| refused("its inputs have shapes that do not go together"))?)
            }
            None if flows.len() == 1 => first.sample(),
            None => return Err(refused("the shape of what it gives is not known\nhelp: run `onnx.shape_inference` on the file")),
        };
        if fold::count(&sample).is_none_or(|count| count > MOST_VALUES) {
            return Err(refused("what it gives is too large"));
        }
        let shape = if sample.is_empty() { vec![1] } else { sample.clone() };
        let inputs: Vec<usize> = flows.iter().map(|flow| flow.value).collect();
        let value = stub::place(&mut self.network, &node.name, node.operator, node.described(), &inputs, &shape, "")?;
        let dims = [&[BATCH], &sample[..]].concat();
        self.values.insert(output.clone(), Value::Flow(Flow { value, dims, order: None }));
        Ok(())
    }
}

/// The outputs that are predictions: of a classifier's class and its probabilities the class is left out, with a note.
fn ends(graph: &GraphProto) -> (Vec<&ValueInfoProto>, Vec<String>) {
    let kind = |output: &ValueInfoProto| output.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref()).map_or(0, |tensor| tensor.elem_type);
    let (reals, others): (Vec<_>, Vec<_>) = graph.output.iter().partition(|output| matches!(kind(output), 0 | element::FLOAT | element::DOUBLE));
    if reals.is_empty() {
        return (others, Vec::new());
    }
    let notes = others.iter().map(|output| format!("the output `{}` holds no real numbers, and is left out", output.name)).collect();
    (reals, notes)
}

/// A window on an image.
struct Placed {
    size: Vec<usize>,
    stride: Vec<usize>,
    margins: Vec<[usize; 2]>,
    /// The margins are those of `padding = same`.
    is_same: bool,
    places: Vec<usize>,
}

impl Placed {
    fn arguments(&self, mut step: Step, is_convolution: bool) -> Step {
        if is_convolution && self.stride.iter().any(|&side| side != 1) {
            step = step.with([Argument::named("stride", written(&self.stride))]);
        }
        if self.is_same {
            step = step.with([Argument::named("padding", "same")]);
        }
        step
    }
}

/// Where each number of `[channels, ..]` is with the channels last.
fn first_to_last(sample: &[usize]) -> Option<Rc<Vec<u32>>> {
    let (channels, pixels) = (sample[0], sample[1..].iter().product::<usize>());
    order((0..channels).flat_map(|channel| (0..pixels).map(move |pixel| pixel * channels + channel)).collect())
}

/// The shape of a value behind the batch, if the file says it.
fn known_shape(info: &ValueInfoProto) -> Option<Vec<usize>> {
    let shape = info.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?;
    let sizes = shape.dim.iter().skip(1).map(|dimension| match dimension.value {
        Some(Dimension::Value(size)) => usize::try_from(size).ok().filter(|&size| size > 0),
        _ => None,
    });
    if shape.dim.is_empty() { None } else { sizes.collect() }
}

/// The number of double precision that a shorter one is written as: `1e-5`, and not `0.000009999999747378752`.
trait FromShort {
    fn from_str(short: &f32) -> f64;
}

impl FromShort for f64 {
    fn from_str(short: &f32) -> f64 {
        format!("{short:?}").parse().unwrap_or(*short as f64)
    }
}

/// A number as Rust and the language write it.
fn number(number: f64) -> String {
    format!("{number:?}")
}
