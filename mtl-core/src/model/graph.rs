//! A declaration as data: what a model computes, step by step, for tools that draw it or write it down in another form.
//!
//! ```
//! use mtl_core::model::graph::{Graph, Operation, Source};
//!
//! /// How many dense layers a model has.
//! fn dense_layers(graph: &Graph) -> usize {
//!     graph.steps.iter().filter(|step| matches!(step.operation, Operation::Dense { .. }) && step.reuses.is_none()).count()
//! }
//! # let empty = Graph { name: "Empty", inputs: &[], steps: &[], heads: &[] };
//! # assert_eq!(dense_layers(&empty), 0);
//! ```
//!
//! A value is what an input or a step gives. Its number is that of the input, or that of the step behind all inputs: with two inputs the first step
//! gives value 2. Steps stand in an order in which every value is made before it is used. It is the graph that predicts and trains: what no head depends
//! on is not there, an activation that a layer computes in place is part of it, and a step that is made of several (`CrossStitch`, `MixtureOfExperts`,
//! `Cgc`, `SeparableConv2D`) is these.

use core::fmt::{self, Display, Formatter};

use super::{Constant, ConstantValue, HeadInfo, HeadSet, InputInfo, ParameterInfo};
use crate::activation::Every;
use crate::kernel;

/// What a model computes.
#[derive(Clone, Copy, Debug)]
pub struct Graph {
    /// The name of the struct.
    pub name: &'static str,
    /// The inputs in the order of declaration.
    pub inputs: &'static [InputInfo],
    /// The steps in the order in which they are computed.
    pub steps: &'static [Step],
    /// The heads in the order of declaration.
    pub heads: &'static [Head],
}

/// What gives a value.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// An input of the model.
    Input(&'static InputInfo),
    /// A step.
    Step(&'static Step),
}

impl Graph {
    /// How many values there are.
    #[must_use]
    pub const fn values(&self) -> usize {
        self.inputs.len() + self.steps.len()
    }

    /// What gives a value; `None` where there is no such value.
    #[must_use]
    pub fn source(&self, value: usize) -> Option<Source> {
        match self.inputs.get(value) {
            Some(input) => Some(Source::Input(input)),
            None => self.steps.get(value - self.inputs.len()).map(Source::Step),
        }
    }

    /// The shape of a value for one sample; empty for a class, and where there is no such value.
    #[must_use]
    pub fn shape(&self, value: usize) -> &'static [usize] {
        self.source(value).map_or(&[], |source| match source {
            Source::Input(input) => input.shape,
            Source::Step(step) => step.output,
        })
    }

    /// How a value is called: by the name of its input or its statement, or else by the path of its step.
    #[must_use]
    pub fn name(&self, value: usize) -> &'static str {
        self.source(value).map_or("", |source| match source {
            Source::Input(input) => input.name,
            Source::Step(step) => step.name,
        })
    }
}

/// A step of the graph.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Its path: `body.dense1`. Two uses of a `layer` have one path.
    pub path: &'static str,
    /// The statement that it stands in, or the `layer` that it is part of: the block that its parameters lie in.
    pub block: &'static str,
    /// The name of its value: that of the statement which ends with it, or its path.
    pub name: &'static str,
    /// What it computes.
    pub operation: Operation,
    /// The values that it takes, by number.
    pub inputs: &'static [usize],
    /// The shape of what it gives, for one sample.
    pub output: &'static [usize],
    /// Its tensors, in the order of [`Model::PARAMETERS`](super::Model::PARAMETERS), which says where they lie.
    pub parameters: &'static [ParameterInfo],
    /// The earlier step whose parameters it applies again, by number; those are its own.
    pub reuses: Option<usize>,
    /// What the declaration says in numbers and words beside, those for training too (`l2`).
    pub constants: &'static [Constant],
    /// The heads that depend on it.
    pub heads: HeadSet,
}

impl Step {
    /// The tensor of a name, `kernel`, as the weight file calls it.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'static ParameterInfo> {
        self.parameters.iter().find(|tensor| tensor.path.rsplit('.').next() == Some(name))
    }

    /// The last axis of what it gives: the units of a layer.
    #[must_use]
    pub fn units(&self) -> usize {
        self.output.last().copied().unwrap_or(1)
    }
}

/// A head of the graph.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// Its name, its labels, its loss, and the function at its end.
    pub info: HeadInfo,
    /// The value that it ends in, before the function at its end.
    pub value: usize,
}

/// What a step computes. Sizes that show in shapes (units, classes) are not told again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    /// `f(xᵀ K + b)`.
    Dense {
        /// `f`.
        activation: Function,
        /// Whether there is a `b`.
        bias: bool,
    },
    /// A dense layer on every patch of a sequence.
    Conv1D(Convolution),
    /// A dense layer on every patch of an image.
    Conv2D(Convolution),
    /// Kernels for each channel of an image.
    DepthwiseConv2D {
        /// What it has as a convolution.
        convolution: Convolution,
        /// How many kernels each channel has.
        multiplier: usize,
    },
    /// The greatest of each window of a sequence.
    MaxPool1D(Window),
    /// The greatest of each window of an image.
    MaxPool2D(Window),
    /// The mean of each window of a sequence, without what lies outside.
    AveragePool1D(Window),
    /// The mean of each window of an image, without what lies outside.
    AveragePool2D(Window),
    /// The mean of all steps or pixels.
    GlobalAveragePool,
    /// Zeros around an image.
    ZeroPadding2D {
        /// `[[top, bottom], [left, right]]`.
        padding: [[usize; 2]; 2],
    },
    /// Nothing, when predicting.
    Dropout {
        /// The part of the values that training leaves out.
        rate: f64,
    },
    /// Nothing, when predicting.
    GaussianNoise {
        /// The standard deviation of what training adds.
        stddev: f64,
    },
    /// Along the channels `γ (x − μ) / √(σ² + ε) + β` with moving statistics, when predicting.
    BatchNorm {
        /// How slowly the statistics move.
        momentum: f64,
        /// `ε`.
        epsilon: f64,
    },
    /// For each row or pixel `γ (x − μ) / √(σ² + ε) + β` with its own mean and variance.
    LayerNorm {
        /// `ε`.
        epsilon: f64,
    },
    /// For each row or pixel `γ x / √(x̄² + ε)` with its own mean of squares.
    RmsNorm {
        /// `ε`.
        epsilon: f64,
    },
    /// `(x − μ) / σ` by what was measured; 0 for a constant and for what is missing.
    Normalize(Missing),
    /// The mean in the place of what is missing.
    Impute(Missing),
    /// `z / √(1 + (z / 3)²)` of `z = (x − median) · factor`; 0 for what is missing.
    Robust(Missing),
    /// A factor for each channel.
    Scale,
    /// Cosines, then sines, of `2π c x`.
    Periodic {
        /// How many `c` each number has.
        frequencies: usize,
        /// The standard deviation of the first `c`.
        sigma: f64,
    },
    /// How far a number is through each bin.
    Piecewise {
        /// How many bins each number has.
        bins: usize,
    },
    /// A factor for each value of each member.
    Ensemble {
        /// How many members there are.
        members: usize,
    },
    /// One vector after the other.
    Concat,
    /// The sum, place by place.
    Add,
    /// The product, place by place.
    Multiply,
    /// The mean, place by place.
    Average,
    /// The greatest, place by place.
    Maximum,
    /// A vector for each class.
    Embedding,
    /// 1 in the place of the class, 0 elsewhere.
    OneHot,
    /// The same numbers as a vector.
    Flatten,
    /// The same numbers in another shape.
    Reshape,
    /// A gated recurrent unit, as Keras's with `reset_after`: gates `z`, `r`, `h`.
    Gru(Recurrent),
    /// Long short-term memory: gates `i`, `f`, `c`, `o`.
    Lstm(Recurrent),
    /// `x σ + μ`: from standard units to those of the labels.
    Standardize,
    /// One output of a `CrossStitch`: a learned combination of all that it takes.
    CrossStitch {
        /// The number of the input that is the output's own flow.
        own: usize,
        /// The coefficient of the own flow at the start.
        initial: f64,
        /// Whether every channel has coefficients of its own.
        by_channel: bool,
    },
    /// One output of a mixture: the weights of a gate, which come first, times the outputs of as many experts.
    Mixture {
        /// How many experts there are.
        experts: usize,
    },
    /// `x`, below 0 times a slope that is trained.
    PRelu {
        /// The axes along which all have one slope, from 1 on.
        shared_axes: &'static [usize],
    },
    /// An activation as a step of its own.
    Activation(Function),
    /// `eˣ / Σ eˣ`.
    Softmax,
    /// A layer of the user's own.
    Own {
        /// Its type as it was written, with the size of what flows in for `_`.
        path: &'static str,
        /// Its arguments as they were written.
        arguments: &'static str,
    },
}

/// What a convolution is told beside its filters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convolution {
    /// How its kernel goes over the image.
    pub window: Window,
    /// What it ends in.
    pub activation: Function,
    /// Whether every filter has a bias.
    pub bias: bool,
    /// Whether it is one of the two that a `SeparableConv2D` is.
    pub separable: bool,
}

/// How a window goes over an image; a sequence is an image of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows and columns.
    pub size: [usize; 2],
    /// From one place to the next, in rows and columns.
    pub stride: [usize; 2],
    /// `padding = same`.
    pub padded: bool,
}

impl Window {
    /// How much padding there is around an image of so many rows and columns: `[[top, bottom], [left, right]]`.
    #[must_use]
    pub const fn margins(&self, image: [usize; 2]) -> [[usize; 2]; 2] {
        kernel::Window::new([image[0], image[1], 1], self.size, self.stride, self.padded).margins()
    }
}

/// What a step does with values that may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// For each value whether it may be missing; empty where none may.
    pub optional: &'static [bool],
    /// Whether 1 or 0 is appended for each that may be missing.
    pub indicator: bool,
}

/// What a recurrent layer is told beside its units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recurrent {
    /// Whether it gives the state after every step, and not after the last alone.
    pub sequences: bool,
    /// Whether it has a bias.
    pub bias: bool,
}

/// An activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// One of the language, by the name of its type in [`activation`](crate::activation).
    Named(Every),
    /// A type of the user's own, by its path.
    Own(&'static str),
}

impl Function {
    /// As the language writes it: `hard_silu`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Own(path) => path,
            Self::Named(activation) => match activation {
                Every::Gelu => "gelu",
                Every::HardSilu => "hard_silu",
                Every::Mish => "mish",
                Every::Silu => "silu",
                Every::Exponential => "exponential",
                Every::Linear => "linear",
                Every::Elu => "elu",
                Every::LeakyRelu => "leaky_relu",
                Every::Relu => "relu",
                Every::Relu6 => "relu6",
                Every::Selu => "selu",
                Every::HardSigmoid => "hard_sigmoid",
                Every::Sigmoid => "sigmoid",
                Every::Softplus => "softplus",
                Every::Softsign => "softsign",
                Every::Tanh => "tanh",
            },
        }
    }

    /// Whether it gives back what it takes.
    #[must_use]
    pub const fn is_linear(&self) -> bool {
        matches!(self, Self::Named(Every::Linear))
    }
}

impl Operation {
    /// What the language calls it: `Dense`, `relu`. A step that has no word of its own is called by that of the step it belongs to.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Dense { .. } => "Dense",
            Self::Conv2D(Convolution { separable: true, .. }) | Self::DepthwiseConv2D { convolution: Convolution { separable: true, .. }, .. } => {
                "SeparableConv2D"
            }
            Self::Conv1D(_) => "Conv1D",
            Self::Conv2D(_) => "Conv2D",
            Self::DepthwiseConv2D { .. } => "DepthwiseConv2D",
            Self::MaxPool1D(_) => "MaxPool1D",
            Self::MaxPool2D(_) => "MaxPool2D",
            Self::AveragePool1D(_) => "AveragePool1D",
            Self::AveragePool2D(_) => "AveragePool2D",
            Self::GlobalAveragePool => "GlobalAveragePool",
            Self::ZeroPadding2D { .. } => "ZeroPadding2D",
            Self::Dropout { .. } => "Dropout",
            Self::GaussianNoise { .. } => "GaussianNoise",
            Self::BatchNorm { .. } => "BatchNorm",
            Self::LayerNorm { .. } => "LayerNorm",
            Self::RmsNorm { .. } => "RmsNorm",
            Self::Normalize(_) => "Normalize",
            Self::Impute(_) => "Impute",
            Self::Robust(_) => "Robust",
            Self::Scale => "Scale",
            Self::Periodic { .. } => "Periodic",
            Self::Piecewise { .. } => "Piecewise",
            Self::Ensemble { .. } => "Ensemble",
            Self::Concat => "Concat",
            Self::Add => "Add",
            Self::Multiply => "Multiply",
            Self::Average => "Average",
            Self::Maximum => "Maximum",
            Self::Embedding => "Embedding",
            Self::OneHot => "OneHot",
            Self::Flatten => "Flatten",
            Self::Reshape => "Reshape",
            Self::Gru(_) => "Gru",
            Self::Lstm(_) => "Lstm",
            Self::Standardize => "Standardize",
            Self::CrossStitch { .. } => "CrossStitch",
            Self::Mixture { .. } => "Mixture",
            Self::PRelu { .. } => "PRelu",
            Self::Activation(function) => function.word(),
            Self::Softmax => "softmax",
            Self::Own { path, .. } => path,
        }
    }
}

/// The tensors of a step.
///
/// # Panics
///
/// Where there are not so many. Generated code evaluates it as a constant.
#[doc(hidden)]
#[must_use]
pub const fn parameters(all: &'static [ParameterInfo], first: usize, count: usize) -> &'static [ParameterInfo] {
    all.split_at(first).1.split_at(count).0
}

/// Writes the step as a declaration does, with those arguments that are no defaults: `Dense(64, relu, bias = false)`.
impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut arguments = Arguments { to: f, any: false };
        arguments.to.write_str(self.operation.word())?;
        match self.operation {
            Operation::Dense { activation, bias } => {
                arguments.add(self.units())?;
                arguments.function(activation)?;
                arguments.flag("bias", bias, true)?;
            }
            Operation::Conv1D(convolution) => {
                arguments.add(self.units())?;
                arguments.convolution(&convolution, true)?;
            }
            Operation::Conv2D(convolution) if convolution.separable => {
                arguments.add(self.units())?;
                arguments.function(convolution.activation)?;
                arguments.flag("bias", convolution.bias, true)?;
            }
            Operation::Conv2D(convolution) => {
                arguments.add(self.units())?;
                arguments.convolution(&convolution, false)?;
            }
            Operation::DepthwiseConv2D { convolution, multiplier } => {
                arguments.convolution(&convolution, false)?;
                if multiplier != 1 {
                    arguments.named("depth_multiplier", multiplier)?;
                }
            }
            Operation::MaxPool1D(window) | Operation::MaxPool2D(window) | Operation::AveragePool1D(window) | Operation::AveragePool2D(window) => {
                let is_sequence = matches!(self.operation, Operation::MaxPool1D(_) | Operation::AveragePool1D(_));
                arguments.add(Sides(window.size, is_sequence))?;
                if window.stride != window.size {
                    arguments.named("stride", Sides(window.stride, is_sequence))?;
                }
                arguments.padding(window)?;
            }
            Operation::ZeroPadding2D { padding: [[top, bottom], [left, right]] } => match (top == bottom, left == right, top == left) {
                (true, true, true) => arguments.add(top)?,
                (true, true, false) => arguments.add(format_args!("[{top}, {left}]"))?,
                _ => arguments.add(format_args!("[[{top}, {bottom}], [{left}, {right}]]"))?,
            },
            Operation::Dropout { rate } => arguments.add(rate)?,
            Operation::GaussianNoise { stddev } => arguments.add(stddev)?,
            Operation::BatchNorm { momentum, epsilon } => {
                arguments.number("momentum", momentum, 0.99)?;
                arguments.number("epsilon", epsilon, 1e-3)?;
            }
            Operation::LayerNorm { epsilon } => arguments.number("epsilon", epsilon, 1e-3)?,
            Operation::RmsNorm { epsilon } => arguments.number("epsilon", epsilon, 1e-6)?,
            Operation::Normalize(missing) | Operation::Impute(missing) | Operation::Robust(missing) => {
                arguments.flag("indicator", missing.indicator, false)?;
            }
            Operation::Periodic { frequencies, sigma } => {
                arguments.add(frequencies)?;
                arguments.number("sigma", sigma, 0.1)?;
            }
            Operation::Piecewise { bins } => arguments.add(bins)?,
            Operation::Ensemble { members } => arguments.add(members)?,
            Operation::Embedding => arguments.add(self.units())?,
            Operation::Reshape => arguments.add(format_args!("{:?}", self.output))?,
            Operation::Gru(Recurrent { sequences, bias }) | Operation::Lstm(Recurrent { sequences, bias }) => {
                arguments.add(self.units())?;
                arguments.flag("sequences", sequences, false)?;
                arguments.flag("bias", bias, true)?;
            }
            Operation::CrossStitch { initial, by_channel, .. } => {
                if initial != 0.9 {
                    arguments.add(initial)?;
                }
                arguments.flag("channels", by_channel, false)?;
            }
            Operation::PRelu { shared_axes } => {
                if !shared_axes.is_empty() {
                    arguments.named("shared_axes", format_args!("{shared_axes:?}"))?;
                }
            }
            Operation::Own { arguments: written, .. } => arguments.add(written)?,
            Operation::Mixture { experts } => arguments.add(experts)?,
            Operation::GlobalAveragePool
            | Operation::Scale
            | Operation::Concat
            | Operation::Add
            | Operation::Multiply
            | Operation::Average
            | Operation::Maximum
            | Operation::OneHot
            | Operation::Flatten
            | Operation::Standardize
            | Operation::Activation(_)
            | Operation::Softmax => {}
        }
        // The first part of a separable convolution has the penalties of both.
        let is_first = matches!(self.operation, Operation::DepthwiseConv2D { convolution: Convolution { separable: true, .. }, .. });
        for constant in self.constants.iter().filter(|constant| !is_first && (constant.name == "l1" || constant.name == "l2")) {
            if let ConstantValue::Number(number) = constant.value {
                arguments.named(constant.name, number)?;
            }
        }
        if arguments.any { f.write_str(")") } else { Ok(()) }
    }
}

/// Rows and columns as the language writes them.
struct Sides([usize; 2], bool);

impl Display for Sides {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self([_, columns], true) => columns.fmt(f),
            Self([rows, columns], false) if rows == columns => rows.fmt(f),
            Self([rows, columns], false) => write!(f, "[{rows}, {columns}]"),
        }
    }
}

/// The arguments of a step, as they are written.
struct Arguments<'a, 'f> {
    to: &'a mut Formatter<'f>,
    any: bool,
}

impl Arguments<'_, '_> {
    fn begin(&mut self) -> fmt::Result {
        self.to.write_str(if self.any { ", " } else { "(" })?;
        self.any = true;
        Ok(())
    }

    fn add(&mut self, value: impl Display) -> fmt::Result {
        self.begin()?;
        value.fmt(self.to)
    }

    fn named(&mut self, name: &str, value: impl Display) -> fmt::Result {
        self.begin()?;
        write!(self.to, "{name} = {value}")
    }

    fn flag(&mut self, name: &str, value: bool, default: bool) -> fmt::Result {
        if value == default { Ok(()) } else { self.named(name, value) }
    }

    fn number(&mut self, name: &str, value: f64, default: f64) -> fmt::Result {
        if value == default { Ok(()) } else { self.named(name, value) }
    }

    fn function(&mut self, function: Function) -> fmt::Result {
        if function.is_linear() { Ok(()) } else { self.add(function.word()) }
    }

    fn padding(&mut self, window: Window) -> fmt::Result {
        if window.padded { self.named("padding", "same") } else { Ok(()) }
    }

    /// What follows the filters. Of a separable convolution the first part has the window, and the second what is behind it.
    fn convolution(&mut self, of: &Convolution, is_sequence: bool) -> fmt::Result {
        self.function(of.activation)?;
        let default = if is_sequence { [1, 3] } else { [3, 3] };
        if of.window.size != default {
            self.named("kernel", Sides(of.window.size, is_sequence))?;
        }
        if of.window.stride != [1, 1] {
            self.named("stride", Sides(of.window.stride, is_sequence))?;
        }
        self.padding(of.window)?;
        if of.separable { Ok(()) } else { self.flag("bias", of.bias, true) }
    }
}
