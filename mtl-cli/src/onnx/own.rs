//! Files that `mtl` wrote itself: the declaration as it was, and the weights to the same bits.
//!
//! The metadata say every step and where its values go; the initializers have the names of the tensors. What a program in between has changed so that it no
//! longer fits is read as any other file.

use std::collections::BTreeMap;

use mtl_onnx::proto::{Dimension, ModelProto, element};

use super::tensor;
use crate::declare::Declaration;
use crate::error::ImportError;
use crate::network::{Array, Input, InputKind, Network, Output};

struct Step<'f> {
    path: &'f str,
    block: &'f str,
    name: &'f str,
    text: &'f str,
    inputs: Vec<usize>,
}

struct Head<'f> {
    attributes: &'f str,
    name: &'f str,
    value: usize,
    ending: &'f str,
    options: &'f str,
}

/// What was declared.
struct Declared<'f> {
    /// Attributes, name and kind.
    inputs: Vec<[&'f str; 3]>,
    steps: Vec<Step<'f>>,
    heads: Vec<Head<'f>>,
    /// The steps of each `layer`, by number.
    layers: BTreeMap<&'f str, Vec<usize>>,
}

/// The declaration by the metadata; `None` of a file that another program wrote, or changed.
pub(super) fn declaration(model: &ModelProto) -> Result<Option<(Network, Declaration)>, ImportError> {
    let entry = |key: &str| model.metadata_props.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str());
    let (Some(name), Some(inputs), Some(steps), Some(heads)) = (entry("mtl.model"), entry("mtl.inputs"), entry("mtl.graph"), entry("mtl.heads"))
    else {
        return Ok(None);
    };
    let Some(declared) = Declared::read(inputs, steps, heads) else { return Ok(None) };
    let Some(weights) = declared.weights(model)? else { return Ok(None) };
    let (Some(source), Some(network)) = (declared.source(name), declared.network(model)) else { return Ok(None) };
    let declaration = Declaration {
        name: name.to_owned(),
        source,
        weights,
        inputs: declared.inputs.iter().map(|[_, name, _]| (*name).to_owned()).collect(),
        kinds: declared.inputs.iter().map(|[_, _, kind]| (*kind).to_owned()).collect(),
        heads: declared.heads.iter().map(|head| head.name.to_owned()).collect(),
    };
    Ok(Some((network, declaration)))
}

/// The most steps of a declaration: a flow is followed from step to step.
const MOST_STEPS: usize = 500;

/// Whether a text can stand in a declaration without ending it: its brackets close.
fn is_closed(text: &str) -> bool {
    let mut open = Vec::new();
    let mut quoted = false;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quoted => drop(letters.next()),
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => open.push(letter),
            ')' if open.pop() == Some('(') => {}
            ']' if open.pop() == Some('[') => {}
            '}' if open.pop() == Some('{') => {}
            ')' | ']' | '}' | ';' | '/' => return false,
            _ => {}
        }
    }
    open.is_empty() && !quoted
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn fields<const N: usize>(line: &str) -> Option<[&str; N]> {
    line.split('\t').collect::<Vec<_>>().try_into().ok()
}

impl<'f> Declared<'f> {
    fn read(inputs: &'f str, steps: &'f str, heads: &'f str) -> Option<Self> {
        let inputs: Vec<[&str; 3]> = inputs.lines().map(fields).collect::<Option<_>>()?;
        let mut read = Vec::new();
        for (number, line) in steps.lines().enumerate() {
            let [path, name, text, taken] = fields(line)?;
            let taken: Vec<usize> = taken.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
            let (block, _) = path.split_once('.')?;
            // Values are made before they are used.
            let fits = is_name(block) && is_closed(text) && !taken.is_empty() && taken.iter().all(|&value| value < inputs.len() + number);
            if !fits {
                return None;
            }
            read.push(Step { path, block, name, text, inputs: taken });
        }
        let heads: Vec<Head<'f>> = heads
            .lines()
            .map(|line| {
                let [attributes, name, value, ending, options] = fields(line)?;
                let value: usize = value.parse().ok().filter(|value| (inputs.len()..inputs.len() + read.len()).contains(value))?;
                let fits = is_name(name) && is_closed(attributes) && is_closed(options) && ["linear", "softmax", "sigmoid"].contains(&ending);
                fits.then_some(Head { attributes, name, value, ending, options })
            })
            .collect::<Option<_>>()?;
        if read.len() > MOST_STEPS {
            return None;
        }
        if inputs.is_empty()
            || heads.is_empty()
            || inputs.iter().any(|[attributes, name, kind]| !is_name(name) || !is_closed(attributes) || !is_closed(kind))
        {
            return None;
        }
        // A block that no value and no head is called by is a `layer`.
        let mut layers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, step) in read.iter().enumerate() {
            let is_statement = heads.iter().any(|head| head.name == step.block)
                || read.iter().any(|other| other.name == step.block || other.block == step.block && sharing(other).is_some());
            let first = read.iter().position(|other| other.path == step.path);
            if !is_statement && first == Some(number) {
                layers.entry(step.block).or_default().push(number);
            }
        }
        Some(Self { inputs, steps: read, heads, layers })
    }

    fn step(&self, value: usize) -> Option<&Step<'f>> {
        self.steps.get(value.checked_sub(self.inputs.len())?)
    }

    /// The tensors as they lie in a model.
    fn weights(&self, model: &ModelProto) -> Result<Option<Vec<(String, Array)>>, ImportError> {
        let mut weights = Vec::new();
        let Some(graph) = &model.graph else { return Ok(None) };
        for proto in &graph.initializer {
            let leaf = proto.name.rsplit_once('.');
            let Some((path, leaf)) = leaf.filter(|(path, leaf)| *path != "const" && !["floor", "ceiling", "optional"].contains(leaf)) else {
                continue;
            };
            let Some(step) = self.steps.iter().find(|step| step.path.trim_end_matches("_depthwise") == path) else { continue };
            let constant = tensor::read(proto)?;
            let Some(numbers) = constant.as_reals() else { return Ok(None) };
            let Some(array) = ours(step.text, leaf, &constant.dims, numbers) else { return Ok(None) };
            weights.push((proto.name.clone(), array));
        }
        Ok(Some(weights))
    }

    /// Inputs and outputs, for the rows of a test.
    fn network(&self, model: &ModelProto) -> Option<Network> {
        let graph = model.graph.as_ref()?;
        let mut network = Network::default();
        for [_, name, _] in &self.inputs {
            let info = graph.input.iter().find(|input| input.name == *name)?;
            let tensor = info.r#type.as_ref()?.tensor_type.as_ref()?;
            let sizes = tensor.shape.as_ref()?.dim.iter().skip(1);
            let shape: Vec<usize> = sizes
                .map(|dimension| match dimension.value {
                    Some(Dimension::Value(size)) => usize::try_from(size).ok(),
                    _ => None,
                })
                .collect::<Option<_>>()?;
            let kind = if tensor.elem_type == element::INT64 { InputKind::Class(usize::MAX) } else { InputKind::Real(shape) };
            network.inputs.push(Input { name: (*name).to_owned(), kind, order: None });
        }
        for head in &self.heads {
            network.outputs.push(Output { name: head.name.to_owned(), value: head.value, loss: None, weight: None, metrics: Vec::new() });
        }
        Some(network)
    }

    fn source(&self, name: &str) -> Option<String> {
        if !is_name(name) {
            return None;
        }
        let mut body = String::new();
        for [attributes, name, kind] in &self.inputs {
            if !attributes.is_empty() {
                body.push_str(&format!("        {attributes}\n"));
            }
            body.push_str(&format!("        input {name}: {kind};\n"));
        }
        body.push('\n');
        let heads_of = self.heads_of();
        // Each before its first use, as the order of weights in memory follows that of the statements.
        let mut layers = self.layers.clone();
        let mut layers_of = |flow: &str, body: &mut String| {
            for name in flow.split([' ', '(', ')', ',']) {
                if let Some(steps) = layers.remove(name) {
                    body.push_str(&format!("        layer {name} = {};\n", self.texts(&steps)?.join(" -> ")));
                }
            }
            Some(())
        };
        let mut written: Vec<&str> = Vec::new();
        for (number, step) in self.steps.iter().enumerate() {
            let value = self.inputs.len() + number;
            let is_head = self.heads.iter().any(|head| head.name == step.name);
            if step.name.contains('.') || is_head || written.contains(&step.name) {
                continue;
            }
            if !is_name(step.name) {
                return None;
            }
            match sharing(step) {
                Some(prefix) => {
                    let names: Vec<&str> = self
                        .steps
                        .iter()
                        .filter(|other| sharing(other) == Some(prefix) && !other.name.contains('.'))
                        .map(|other| other.name)
                        .collect();
                    written.extend(&names);
                    let names = if names.len() == 1 { names[0].to_owned() } else { format!("({})", names.join(", ")) };
                    let flow = self.shared(prefix)?;
                    layers_of(&flow, &mut body)?;
                    body.push_str(&format!("        let {names} = {flow};\n"));
                }
                None => {
                    written.push(step.name);
                    let word = if heads_of[value].count_ones() > 1 { "shared" } else { "let" };
                    let flow = self.flow(value, true)?;
                    layers_of(&flow, &mut body)?;
                    body.push_str(&format!("        {word} {} = {flow};\n", step.name));
                }
            }
        }
        if !body.ends_with("\n\n") {
            body.push('\n');
        }
        for head in &self.heads {
            let step = self.step(head.value)?;
            let is_standardized = step.text == "Standardize";
            let value = if is_standardized { step.inputs[0] } else { head.value };
            let end = self.step(value)?;
            let mut flow = self.flow(value, end.name.contains('.') || end.name == head.name)?;
            if head.ending != "linear" {
                // `Dense(2)` takes it as an argument.
                let last = flow.rfind(" -> ").map_or(0, |at| at + 4);
                let units = flow[last..]
                    .strip_prefix("Dense(")
                    .and_then(|units| units.strip_suffix(')'))
                    .filter(|units| units.chars().all(|digit| digit.is_ascii_digit()));
                flow = match units {
                    Some(units) => format!("{}Dense({units}, {})", &flow[..last], head.ending),
                    None => format!("{flow} -> {}", head.ending),
                };
            }
            layers_of(&flow, &mut body)?;
            let standardized = if is_standardized { ", targets: standardized" } else { "" };
            if !head.attributes.is_empty() {
                body.push_str(&format!("        {}\n", head.attributes));
            }
            body.push_str(&format!("        head {} = {flow} {{ {}{standardized} }}\n", head.name, head.options));
        }
        let shares = self.heads.len() < 2 || heads_of[self.inputs.len()..].iter().any(|heads| heads.count_ones() > 1);
        let independent = if shares { "" } else { "    #[independent]\n" };
        Some(format!("mtl::multitask! {{\n{independent}    pub struct {name} {{\n{body}    }}\n}}\n"))
    }

    /// The heads that depend on each value.
    fn heads_of(&self) -> Vec<u64> {
        let mut heads = vec![0_u64; self.inputs.len() + self.steps.len()];
        self.heads.iter().enumerate().for_each(|(number, head)| heads[head.value] |= 1 << number.min(63));
        for (number, step) in self.steps.iter().enumerate().rev() {
            let own = heads[self.inputs.len() + number];
            step.inputs.iter().for_each(|&input| heads[input] |= own);
        }
        heads
    }

    /// The flow that a value comes from; below its end by the names of other values.
    fn flow(&self, value: usize, is_end: bool) -> Option<String> {
        let Some(step) = self.step(value) else { return Some(self.inputs.get(value)?[1].to_owned()) };
        if !is_end && !step.name.contains('.') {
            return Some(step.name.to_owned());
        }
        if let Some(steps) = self.layers.get(step.block) {
            // All steps of the layer, back to what it takes.
            let mut first = step;
            for number in (0..steps.len()).rev() {
                if self.steps[steps[number]].path != first.path || first.inputs.len() != 1 && number > 0 {
                    return None;
                }
                if number > 0 {
                    first = self.step(first.inputs[0])?;
                }
            }
            return Some(format!("{} -> {}", self.sources(&first.inputs)?, step.block));
        }
        let mut steps = vec![value - self.inputs.len()];
        if step.text.starts_with("SeparableConv2D") && !step.path.ends_with("_depthwise") {
            steps.insert(0, step.inputs[0].checked_sub(self.inputs.len())?);
        }
        let taken = &self.steps[steps[0]].inputs;
        Some(format!("{} -> {}", self.sources(taken)?, self.texts(&steps)?.join(" -> ")))
    }

    fn sources(&self, values: &[usize]) -> Option<String> {
        let flows: Vec<String> = values.iter().map(|&value| self.flow(value, false)).collect::<Option<_>>()?;
        Some(if flows.len() == 1 { flows[0].clone() } else { format!("({})", flows.join(", ")) })
    }

    /// Steps as they are written; the two of a separable convolution are one.
    fn texts(&self, steps: &[usize]) -> Option<Vec<String>> {
        let mut texts: Vec<String> = Vec::new();
        let mut window: Option<Vec<&str>> = None;
        for &number in steps {
            let step = &self.steps[number];
            if !step.text.starts_with("SeparableConv2D") {
                texts.push(step.text.to_owned());
                continue;
            }
            let own = arguments(step.text);
            if step.path.ends_with("_depthwise") {
                window = Some(own);
                continue;
            }
            let window = window.take()?;
            let (positional, named): (Vec<&str>, Vec<&str>) = own.into_iter().partition(|argument| !argument.contains('='));
            texts.push(format!("SeparableConv2D({})", [positional, window, named].concat().join(", ")));
        }
        Some(texts)
    }

    /// The flow of a step with several outputs.
    fn shared(&self, prefix: &str) -> Option<String> {
        let parts: Vec<&Step<'f>> = self.steps.iter().filter(|step| step.path.starts_with(prefix)).collect();
        let first = parts.first()?;
        let source = self.sources(&first.inputs)?;
        if first.text.starts_with("CrossStitch") {
            return Some(format!("{source} -> {}", first.text));
        }
        let own = |step: &Step<'f>| step.path[prefix.len()..].to_owned();
        let experts: Vec<&&Step<'f>> = parts.iter().filter(|step| step.text.starts_with("Dense") && own(step).contains("expert")).collect();
        // All experts take the same: levels of several are left to the other reader.
        let alike = experts.iter().all(|step| step.text == first.text && step.inputs == first.inputs);
        let mixture = parts.iter().find(|step| step.text.starts_with("Mixture"))?;
        let expert = self.step(*mixture.inputs.get(1)?)?;
        if !alike || expert.text != first.text || !first.text.starts_with("Dense") {
            return None;
        }
        let common = experts.iter().filter(|step| own(step).starts_with("expert")).count();
        let base = prefix.rsplit('.').next()?;
        if base.starts_with("moe") {
            return Some(format!("{source} -> MixtureOfExperts({common}, expert = {})", first.text));
        }
        let tasks = parts.iter().filter(|step| step.text.starts_with("Mixture")).count();
        let specific = (experts.len() - common).checked_div(tasks)?;
        (base == "cgc1_").then(|| format!("{source} -> Cgc({common}, {specific}, expert = {})", first.text))
    }
}

/// What the paths of the parts begin with, of a part of a step that is made of several: `a_b.moe1_`.
fn sharing<'f>(step: &Step<'f>) -> Option<&'f str> {
    let (_, own) = step.path.split_once('.')?;
    let word = ["moe", "cgc", "cross_stitch"].into_iter().find(|word| own.starts_with(word))?;
    let digits = own[word.len()..].chars().take_while(char::is_ascii_digit).count();
    let length = step.path.len() - own.len() + word.len() + digits;
    (digits > 0 && step.path[length..].starts_with('_')).then(|| &step.path[..=length])
}

/// The arguments of a step that has no nested ones but lists.
fn arguments(text: &str) -> Vec<&str> {
    let Some((_, inner)) = text.split_once('(') else { return Vec::new() };
    let inner = inner.strip_suffix(')').unwrap_or(inner);
    let (mut depth, mut from, mut all) = (0_usize, 0, Vec::new());
    for (at, letter) in inner.char_indices() {
        match letter {
            '[' | '(' => depth += 1,
            ']' | ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                all.push(inner[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    all.push(inner[from..].trim());
    all
}

/// A tensor as it lies in a model, of how it lies in the file.
fn ours(text: &str, leaf: &str, dims: &[usize], numbers: &[f32]) -> Option<Array> {
    let word = text.split('(').next().unwrap_or_default();
    let is_recurrent = word == "Gru" || word == "Lstm";
    let order: &[usize] = if word == "Gru" { &[0, 1, 2] } else { &[0, 2, 3, 1] };
    match (leaf, dims) {
        ("kernel" | "depthwise_kernel" | "pointwise_kernel", &[filters, seen, ref sides @ ..]) if word.contains("Conv") => {
            let pixels: usize = sides.iter().product();
            let mut turned = vec![0.0; numbers.len()];
            for (place, &number) in numbers.iter().enumerate() {
                let (filter, channel, pixel) = (place / (seen * pixels), place / pixels % seen, place % pixels);
                *turned.get_mut((pixel * seen + channel) * filters + filter)? = number;
            }
            // The filters of a depthwise kernel are those of each channel.
            let is_depthwise = leaf == "depthwise_kernel" || word == "DepthwiseConv2D";
            let multiplier = arguments(text)
                .iter()
                .find_map(|argument| argument.strip_prefix("depth_multiplier = "))
                .map_or(Some(1), |number| number.parse().ok())?;
            let ends = if is_depthwise { [filters.checked_div(multiplier)?, multiplier] } else { [seen, filters] };
            if ends[0] * ends[1] != seen * filters {
                return None;
            }
            Some(Array::new(&[sides, &ends[..]].concat(), turned))
        }
        ("kernel" | "recurrent_kernel", &[1, rows, inputs]) if is_recurrent => {
            let units = rows / order.len();
            let of = |input: usize, gate: usize, unit: usize| numbers.get((order[gate] * units + unit) * inputs + input).copied();
            let places = (0..inputs).flat_map(|input| (0..order.len()).flat_map(move |gate| (0..units).map(move |unit| (input, gate, unit))));
            Some(Array::new(&[inputs, rows], places.map(|(input, gate, unit)| of(input, gate, unit)).collect::<Option<_>>()?))
        }
        ("bias", &[1, both]) if is_recurrent => {
            let (rows, units) = (both / 2, both / 2 / order.len());
            let half = |from: usize| {
                let places = (0..order.len()).flat_map(move |gate| (0..units).map(move |unit| from + order[gate] * units + unit));
                places.map(|place| numbers.get(place).copied()).collect::<Option<Vec<f32>>>()
            };
            if word == "Gru" { Some(Array::new(&[2, rows], [half(0)?, half(rows)?].concat())) } else { Some(Array::new(&[rows], half(0)?)) }
        }
        _ => Some(Array::new(dims, numbers.to_vec())),
    }
}
