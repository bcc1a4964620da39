//! A network that was read from a file, in words of the language: what every reader gives, and what a declaration is written from.

use std::collections::BTreeMap;

/// A network, step by step.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// The inputs. Their values come first.
    pub inputs: Vec<Input>,
    /// The steps in an order in which values are made before they are used; each gives one value.
    pub steps: Vec<Step>,
    /// What the network gives.
    pub outputs: Vec<Output>,
    /// Steps that have no word in the language, for which stubs stand.
    pub missing: Vec<Missing>,
    /// What the import did that someone should know.
    pub notes: Vec<String>,
}

/// An input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name in the file.
    pub name: String,
    /// What it holds.
    pub kind: InputKind,
    /// Where each number of the file's order is in ours, if that is another: channels last.
    pub order: Option<Vec<usize>>,
}

/// What an input holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Real numbers of this shape, channels last.
    Real(Vec<usize>),
    /// A whole number below this.
    Class(usize),
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its word: `Dense`, `relu`.
    pub word: String,
    /// Its arguments in order, the positional ones before those with names.
    pub arguments: Vec<Argument>,
    /// The values that it takes, by number.
    pub inputs: Vec<usize>,
    /// The shape of what it gives; empty for one number of nothing.
    pub shape: Vec<usize>,
    /// Its tensors, by the last part of their names, laid out as the language has them.
    pub tensors: Vec<(String, Array)>,
    /// Where it is in the file: `body.0`, `/body/0/Gemm`.
    pub scope: String,
    /// Steps with one key have the same weights: they are uses of one layer.
    pub key: Option<String>,
}

/// An argument of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name, if it is written.
    pub name: Option<&'static str>,
    /// Its value as the language writes it.
    pub value: String,
}

/// An array of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its numbers, row-major.
    pub data: Vec<f32>,
}

/// What the network gives, and what it is trained by where the file says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Its name in the file.
    pub name: String,
    /// The value.
    pub value: usize,
    /// Its loss, as the language writes it.
    pub loss: Option<String>,
    /// Its weight in the combined loss.
    pub weight: Option<f64>,
    /// What is measured on it.
    pub metrics: Vec<String>,
}

/// A step that has no word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Where it is in the file.
    pub path: String,
    /// What the file calls it.
    pub operator: String,
    /// Its attributes.
    pub attributes: String,
    /// The type of the stub.
    pub stub: String,
    /// How many values it takes and gives.
    pub sizes: (usize, usize),
}

impl Array {
    /// An array, whose numbers are as many as its shape says.
    #[must_use]
    pub fn new(shape: &[usize], data: Vec<f32>) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), data.len());
        Self { shape: shape.to_vec(), data }
    }
}

impl Argument {
    /// One without a name.
    #[must_use]
    pub fn positional(value: impl ToString) -> Self {
        Self { name: None, value: value.to_string() }
    }

    /// One with a name.
    #[must_use]
    pub fn named(name: &'static str, value: impl ToString) -> Self {
        Self { name: Some(name), value: value.to_string() }
    }
}

impl Step {
    /// A step without arguments and weights.
    #[must_use]
    pub fn new(word: impl Into<String>, inputs: &[usize], shape: &[usize], scope: &str) -> Self {
        Self {
            word: word.into(),
            arguments: Vec::new(),
            inputs: inputs.to_vec(),
            shape: shape.to_vec(),
            tensors: Vec::new(),
            scope: scope.to_owned(),
            key: None,
        }
    }

    /// The same with arguments.
    #[must_use]
    pub fn with(mut self, arguments: impl IntoIterator<Item = Argument>) -> Self {
        self.arguments.extend(arguments);
        self
    }

    /// The same with a tensor, and its key.
    #[must_use]
    pub fn tensor(mut self, name: &str, array: Array) -> Self {
        self.tensors.push((name.to_owned(), array));
        self
    }

    /// The step as a declaration writes it.
    #[must_use]
    pub fn text(&self) -> String {
        let argument = |argument: &Argument| match argument.name {
            None => argument.value.clone(),
            Some(name) => format!("{name} = {}", argument.value),
        };
        let arguments: Vec<String> = self.arguments.iter().map(argument).collect();
        // A type of one's own stands with its parentheses.
        if arguments.is_empty() && !self.word.contains("::") { self.word.clone() } else { format!("{}({})", self.word, arguments.join(", ")) }
    }

    /// Whether it is an activation.
    #[must_use]
    pub fn is_activation(&self) -> bool {
        ACTIVATIONS.contains(&self.word.as_str()) && self.tensors.is_empty()
    }
}

impl Network {
    /// The shape of a value; `None` for a class.
    #[must_use]
    pub fn shape(&self, value: usize) -> Option<&[usize]> {
        match self.inputs.get(value) {
            Some(Input { kind: InputKind::Real(shape), .. }) => Some(shape),
            Some(Input { kind: InputKind::Class(_), .. }) => None,
            None => self.steps.get(value - self.inputs.len()).map(|step| step.shape.as_slice()),
        }
    }

    /// The step that gives a value.
    #[must_use]
    pub fn maker(&self, value: usize) -> Option<&Step> {
        value.checked_sub(self.inputs.len()).and_then(|step| self.steps.get(step))
    }

    /// The step that gives a value, to be changed.
    pub fn maker_mut(&mut self, value: usize) -> Option<&mut Step> {
        value.checked_sub(self.inputs.len()).and_then(|step| self.steps.get_mut(step))
    }

    /// Adds a step, and gives the number of its value.
    pub fn add(&mut self, step: Step) -> usize {
        self.steps.push(step);
        self.inputs.len() + self.steps.len() - 1
    }

    /// How often each value is used: by steps, and as an output.
    #[must_use]
    pub fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.inputs.len() + self.steps.len()];
        self.steps.iter().flat_map(|step| &step.inputs).chain(self.outputs.iter().map(|output| &output.value)).for_each(|&value| uses[value] += 1);
        uses
    }

    /// Drops steps that no output depends on.
    pub fn prune(&mut self) {
        let inputs = self.inputs.len();
        let mut needed = vec![false; inputs + self.steps.len()];
        self.outputs.iter().for_each(|output| needed[output.value] = true);
        for number in (0..self.steps.len()).rev() {
            if needed[inputs + number] {
                self.steps[number].inputs.iter().for_each(|&value| needed[value] = true);
            }
        }
        let mut now = BTreeMap::new();
        let mut kept = 0;
        for (value, &needed) in needed.iter().enumerate() {
            if value < inputs || needed {
                now.insert(value, kept);
                kept += 1;
            }
        }
        let mut number = inputs;
        self.steps.retain(|_| {
            number += 1;
            needed[number - 1]
        });
        let values = self.steps.iter_mut().flat_map(|step| &mut step.inputs).chain(self.outputs.iter_mut().map(|output| &mut output.value));
        values.for_each(|value| *value = now[value]);
    }

    /// Makes one step of those that compute the same of the same, and takes images as they are wanted.
    pub fn simplify(&mut self) {
        let inputs = self.inputs.len();
        let mut instead: BTreeMap<usize, usize> = BTreeMap::new();
        for number in 0..self.steps.len() {
            let taken = &mut self.steps[number].inputs;
            taken.iter_mut().for_each(|value| *value = *instead.get(value).unwrap_or(value));
            let step = &self.steps[number];
            // What drops values or adds noise does so anew each time.
            if ["Dropout", "GaussianNoise"].contains(&step.word.as_str()) {
                continue;
            }
            let same = |other: &Step| {
                other.inputs == step.inputs
                    && other.word == step.word
                    && other.arguments == step.arguments
                    && other.key == step.key
                    && (step.tensors.is_empty() || step.key.is_some() && other.tensors == step.tensors)
            };
            if let Some(earlier) = self.steps[..number].iter().position(same) {
                instead.insert(inputs + number, inputs + earlier);
            }
        }
        self.outputs.iter_mut().for_each(|output| output.value = *instead.get(&output.value).unwrap_or(&output.value));
        self.prune();
        // An image whose numbers lie as they are wanted: only its shape is another.
        let uses = self.uses();
        for (input, &uses) in uses.iter().enumerate().take(inputs) {
            let Some(at) = self.steps.iter().position(|step| step.inputs == [input] && step.word == "Reshape") else { continue };
            let is_image = matches!(&self.inputs[input].kind, InputKind::Real(shape) if shape.len() > 2);
            if uses == 1 && is_image {
                self.inputs[input].kind = InputKind::Real(self.steps[at].shape.clone());
                let gone = self.inputs.len() + at;
                let values = self.steps.iter_mut().flat_map(|step| &mut step.inputs).chain(self.outputs.iter_mut().map(|output| &mut output.value));
                values.filter(|value| **value == gone).for_each(|value| *value = input);
                self.prune();
            }
        }
    }

    /// Lets layers with weights end in the activation behind them, where nothing else uses what is between.
    pub fn join_activations(&mut self) {
        let (inputs, uses) = (self.inputs.len(), self.uses());
        let joins = |step: &Step| ["Dense", "Conv1D", "Conv2D", "DepthwiseConv2D", "SeparableConv2D"].contains(&step.word.as_str());
        let mut instead: BTreeMap<usize, usize> = BTreeMap::new();
        // All uses of a layer end alike, or it ends in none.
        let mut endings: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
        let ending = |network: &Self, value: usize| {
            let behind = network.steps.iter().find(|step| step.inputs == [value])?;
            (uses[value] == 1 && behind.is_activation()).then(|| behind.word.clone())
        };
        for (number, step) in self.steps.iter().enumerate() {
            if let Some(key) = &step.key {
                endings.entry(key.clone()).or_default().push(ending(self, inputs + number));
            }
        }
        for number in 0..self.steps.len() {
            let step = &self.steps[number];
            let agrees = step.key.as_ref().is_none_or(|key| endings[key].windows(2).all(|pair| pair[0] == pair[1]));
            let has_one = step.arguments.iter().filter(|argument| argument.name.is_none()).count() > usize::from(step.word != "DepthwiseConv2D");
            let Some(word) = ending(self, inputs + number).filter(|_| joins(step) && agrees && !has_one) else { continue };
            let Some(behind) = self.steps.iter().position(|behind| behind.inputs == [inputs + number]) else { continue };
            let step = &mut self.steps[number];
            let place = step.arguments.iter().position(|argument| argument.name.is_some()).unwrap_or(step.arguments.len());
            if word != "linear" {
                // The kernel of a depthwise convolution stands before its activation, and has a name here.
                let argument = if step.word == "DepthwiseConv2D" { Argument::named("activation", word) } else { Argument::positional(word) };
                let place = if step.word == "DepthwiseConv2D" { step.arguments.len() } else { place };
                step.arguments.insert(place, argument);
            }
            instead.insert(inputs + behind, inputs + number);
        }
        let values = self.steps.iter_mut().flat_map(|step| &mut step.inputs).chain(self.outputs.iter_mut().map(|output| &mut output.value));
        for value in values {
            while let Some(&other) = instead.get(value) {
                *value = other;
            }
        }
        self.prune();
    }
}

/// The activations of the language.
pub const ACTIVATIONS: &[&str] = &[
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "mish",
    "sigmoid",
    "hard_sigmoid",
    "tanh",
    "softplus",
    "softsign",
    "exponential",
    "hard_silu",
    "linear",
    "softmax",
];
