//! The graph of a model: what `lower` makes of a checked declaration, and all that `codegen` sees.
//!
//! Everything is resolved: names are ids, shapes are known, activations and losses are those of the vocabulary or a
//! user's path. Nodes stand in an order in which every value is made before it is used.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};

use crate::dim;
use crate::vocabulary::Range;

/// A whole model.
pub(crate) struct Graph {
    /// All words of the declaration, none of which a name of the generated code may be taken for.
    pub(crate) words: BTreeSet<String>,
    /// The struct's name, with the user's span.
    pub(crate) name: Ident,
    /// `pub`, `pub(crate)`, or nothing.
    pub(crate) visibility: TokenStream,
    /// Docs and attributes that the user wrote on the struct, as tokens `#[..] #[..]`.
    pub(crate) attributes: TokenStream,
    /// The const generics of the struct, in order.
    pub(crate) generics: Vec<ConstGeneric>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) values: Vec<Value>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) heads: Vec<Head>,
    /// Equalities of sizes that only const evaluation can decide.
    pub(crate) assertions: Vec<Assertion>,
    /// What real numbers must be, where they are constants.
    pub(crate) numbers: Vec<NumberAssertion>,
    pub(crate) ties: Vec<Tie>,
    pub(crate) budget: Vec<Bound>,
    /// It stands in for a model with errors, and gives none of its own.
    pub(crate) stands_in: bool,
    /// The form in eight bits is generated too.
    pub(crate) int8: bool,
    /// Models of some of the heads, which are generated too.
    pub(crate) parts: Vec<Part>,
}

/// `part NAME = [..];`
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) name: Ident,
    pub(crate) heads: Heads,
}

/// Two blocks of one shape whose squared distance is added to the loss.
#[derive(Clone)]
pub(crate) struct Tie {
    pub(crate) left: BlockId,
    pub(crate) right: BlockId,
    pub(crate) l2: Number,
}

/// What the model may cost, to be checked by const evaluation.
#[derive(Clone)]
pub(crate) struct Bound {
    /// The variant of `mtl_core::budget::Cost`.
    pub(crate) cost: &'static str,
    pub(crate) limit: Limit,
    pub(crate) span: Span,
}

/// A number, or a constant times the bytes of a unit.
#[derive(Clone)]
pub(crate) enum Limit {
    Literal(u64),
    Constant(Tokens, u64),
}

/// `const FEATURES: usize = 5` in the struct's generics.
#[derive(Clone)]
pub(crate) struct ConstGeneric {
    pub(crate) name: Ident,
    pub(crate) default: Option<TokenStream>,
}

pub(crate) type ValueId = usize;
pub(crate) type BlockId = usize;

/// A set of heads by number; a model has 64 at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Heads(pub(crate) u64);

/// `input NAME: [..]` or `input NAME: class(N)`.
#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) name: Ident,
    /// Doc comments and attributes on the statement.
    pub(crate) attributes: TokenStream,
    pub(crate) kind: InputKind,
    /// The value that holds it; a class input's value has the shape `[]` and holds indices.
    pub(crate) value: ValueId,
}

#[derive(Clone)]
pub(crate) enum InputKind {
    /// The dimensions as written, at least one.
    Real(Vec<Dim>),
    Class(Dim),
}

/// What flows from one step to the next, for one sample.
#[derive(Clone)]
pub(crate) struct Value {
    /// The shape; empty for a class index.
    pub(crate) shape: Vec<Dim>,
    /// The number of elements: the product of the shape (1 for a class index).
    pub(crate) size: Dim,
    /// The value whose memory this is: itself, or for `Flatten` and `Reshape` the value before them.
    pub(crate) storage: ValueId,
    /// How messages and the summary call it: the statement's name, or the layer's path (`body.dense1`).
    pub(crate) label: String,
    /// The heads that depend on it.
    pub(crate) heads: Heads,
}

/// One step applied to values.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) operation: Operation,
    pub(crate) inputs: Vec<ValueId>,
    /// One, but for steps with several outputs.
    pub(crate) outputs: Vec<ValueId>,
    /// Where its parameters live; `None` where it has none.
    pub(crate) slot: Option<Slot>,
    /// Its path: `body.dense1`, `limited.dense2`, `body.dropout1`: block, type and ordinal within the statement.
    pub(crate) path: String,
    /// The step as Keras names it: `Dense`, `Dropout`, `MyLayer`.
    pub(crate) kind: String,
    /// The heads that depend on it.
    pub(crate) heads: Heads,
    /// The step in the user's source.
    pub(crate) span: Span,
}

/// The field that holds a layer's parameters: `model.<block>.<layer>`.
///
/// Two nodes with the same slot are two uses of one `layer`, and share its parameters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Slot {
    pub(crate) block: BlockId,
    pub(crate) layer: usize,
}

/// A statement that owns parameters: the field `model.<name>`.
#[derive(Clone)]
pub(crate) struct Block {
    /// The statement's name, with the user's span (for `let (a, b)` the names joined by `_`: `a_b`).
    pub(crate) name: Ident,
    /// Its layers that have parameters, in order.
    pub(crate) layers: Vec<BlockLayer>,
    /// A line for the docs: the flow as the user wrote it, `record -> Normalize -> Dense(64, relu)`.
    pub(crate) flow: String,
}

/// A layer with parameters: the field `model.<block>.<name>`.
#[derive(Clone)]
pub(crate) struct BlockLayer {
    /// Type and ordinal: `dense1`, `batch_norm2`; of the user's own layers the snake-cased last segment of the path.
    pub(crate) name: Ident,
    pub(crate) operation: Operation,
    /// The sizes that its parameters go from and to: of its input and its output, or of a part of them that it sees at a time.
    pub(crate) input: Dim,
    pub(crate) output: Dim,
    /// The heads that depend on it, over all its uses.
    pub(crate) heads: Heads,
}

/// What a step computes.
#[derive(Clone)]
pub(crate) enum Operation {
    /// Fully connected. Its activation is always one whose derivative is computed from its output; others, and softmax, are nodes of their own.
    Dense {
        units: Dim,
        activation: Activation,
        bias: bool,
        initializer: String,
        l1: Option<Number>,
        l2: Option<Number>,
    },
    Dropout {
        rate: Number,
    },
    BatchNorm {
        momentum: Number,
        epsilon: Number,
    },
    LayerNorm {
        epsilon: Number,
    },
    Normalize,
    GaussianNoise {
        stddev: Number,
    },
    Concat,
    Add,
    Multiply,
    Average,
    Maximum,
    /// A dense layer on the patches of an image; its activation is as that of `Dense`.
    Convolution {
        window: Window,
        units: Dim,
        activation: Activation,
        bias: bool,
        initializer: String,
        l1: Option<Number>,
        l2: Option<Number>,
    },
    Pool {
        pooling: Pooling,
        window: Window,
    },
    /// After a class input.
    Embedding {
        classes: Dim,
        units: Dim,
    },
    /// After a class input.
    OneHot {
        classes: Dim,
    },
    /// Nothing to do: the output has the storage of the input.
    Reshape,
    Recurrent(Recurrent),
    Activation(Activation),
    Softmax,
    /// One output of a cross-stitch unit: a learned combination of its inputs, which have one shape.
    CrossStitch {
        /// The input that is the output's own flow.
        number: usize,
        /// How many inputs there are.
        inputs: usize,
        /// The coefficient of the own flow at the start; the rest is shared evenly.
        initial: Number,
        /// How many coefficients there are for each input: 1, or one for each channel.
        channels: Dim,
    },
    /// The first input, the weights of a gate, times the others, the outputs of as many experts.
    Mixture {
        experts: usize,
    },
    Custom(Custom),
}

/// A layer that goes through a sequence step by step.
#[derive(Clone)]
pub(crate) struct Recurrent {
    pub(crate) cell: Cell,
    /// How many steps.
    pub(crate) time: Dim,
    /// How many values each step has.
    pub(crate) features: Dim,
    pub(crate) units: Dim,
    /// The output is that of every step, not of the last one alone.
    pub(crate) sequences: bool,
    pub(crate) bias: bool,
    pub(crate) initializer: String,
    pub(crate) l1: Option<Number>,
    pub(crate) l2: Option<Number>,
}

/// What a recurrent layer computes in a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cell {
    Gru,
    Lstm,
}

impl Cell {
    /// The type's name in `mtl_core::layer`.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::Gru => "Gru",
            Self::Lstm => "Lstm",
        }
    }

    /// How many gates the kernels have rows for.
    pub(crate) fn gates(self) -> usize {
        match self {
            Self::Gru => 3,
            Self::Lstm => 4,
        }
    }

    /// How many biases it has: a `Gru` one for the input and one for the state.
    pub(crate) fn biases(self) -> usize {
        match self {
            Self::Gru => 2,
            Self::Lstm => 1,
        }
    }
}

impl Recurrent {
    /// The number of rows of the kernels.
    pub(crate) fn rows(&self) -> Dim {
        dim::product(&[Dim::Literal(self.cell.gates()), self.units.clone()])
    }
}

/// What is left of what a window covers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pooling {
    Max,
    Average,
}

/// A window that goes over an image. A sequence is an image of one row.
#[derive(Clone)]
pub(crate) struct Window {
    /// Height, width and channels.
    pub(crate) image: [Dim; 3],
    /// Rows and columns.
    pub(crate) size: [Dim; 2],
    pub(crate) stride: [Dim; 2],
    /// `padding = same`.
    pub(crate) padded: bool,
    /// It goes over a sequence, so that a kernel's shape has no rows.
    pub(crate) is_sequence: bool,
}

impl Window {
    /// Every size that it has.
    pub(crate) fn sizes_mut(&mut self) -> impl Iterator<Item = &mut Dim> {
        self.image.iter_mut().chain(&mut self.size).chain(&mut self.stride)
    }

    /// How many values it covers.
    pub(crate) fn patch(&self) -> Dim {
        dim::product(&[self.size[0].clone(), self.size[1].clone(), self.image[2].clone()])
    }
}

/// An element-wise activation.
#[derive(Clone, PartialEq)]
pub(crate) enum Activation {
    /// The type's name in `mtl_core::activation`: `Relu`, `LeakyRelu`.
    Named(&'static str),
    /// A user's own type that implements `Activation`.
    Path(String, Tokens),
}

/// A user's own layer or loss: `crate::Scale<16>(0.5)`.
#[derive(Clone)]
pub(crate) struct Custom {
    /// The type as written, with every `_` among the generics replaced by the size of the input: `crate::Scale<16>`.
    pub(crate) path: Tokens,
    /// The arguments between the parentheses, comma-separated, or nothing: `<path>::new(arguments)`.
    pub(crate) arguments: Tokens,
    /// For the summary and messages: the last segment.
    pub(crate) name: String,
}

/// Tokens from the user's source, comparable by their text.
#[derive(Clone)]
pub(crate) struct Tokens(pub(crate) TokenStream);

impl PartialEq for Tokens {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_string() == other.0.to_string()
    }
}

/// A real hyperparameter: `0.1`, a const path or a braced expression.
#[derive(Clone)]
pub(crate) enum Number {
    Literal(f64),
    /// An expression of type `f64` (or an integer const where an integer is meant).
    Expression(Tokens),
}

/// A size known when compiling.
#[derive(Clone, PartialEq)]
pub(crate) enum Dim {
    Literal(usize),
    /// A path to a `const`, or a braced expression without the braces: anything const evaluation can find outside of generics.
    Constant(Tokens),
    /// A const generic of the struct.
    Generic(Ident),
    /// A sum, of at least two terms with at most one literal. Contains no `Generic` (Rust has no arithmetic on const generics in types).
    Sum(Vec<Dim>),
    /// A product, of at least two factors with at most one literal. Contains no `Generic`.
    Product(Vec<Dim>),
    /// How many places a window of that size has along a side. Contains no `Generic`.
    Places {
        along: Box<Dim>,
        size: Box<Dim>,
        stride: Box<Dim>,
        padded: bool,
    },
    /// The `OUTPUT` of a user's own layer: `<path as Shape>::OUTPUT`.
    OutputOf(Tokens),
}

#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) name: Ident,
    pub(crate) attributes: TokenStream,
    /// The end of its flow; for a fused loss the logits.
    pub(crate) value: ValueId,
    /// What predicting does to `value`: the softmax or sigmoid that is fused into the loss.
    pub(crate) ending: Ending,
    pub(crate) outputs: Dim,
    pub(crate) loss: Loss,
    pub(crate) weight: Number,
    pub(crate) partial: bool,
    pub(crate) metrics: Vec<Metric>,
    /// A line for the docs: the flow as the user wrote it.
    pub(crate) flow: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// The value is the output.
    Identity,
    Softmax,
    Sigmoid,
}

#[derive(Clone)]
pub(crate) struct Loss {
    /// As Keras names it, for the docs: `categorical_cross_entropy`; the path of a user's own.
    pub(crate) name: String,
    pub(crate) kind: LossKind,
    /// `class_weights`, empty if not given.
    pub(crate) class_weights: Vec<Number>,
    pub(crate) label_smoothing: Option<Number>,
}

#[derive(Clone)]
pub(crate) enum LossKind {
    /// The type's name in `mtl_core::loss` (`CategoricalCrossEntropy`), its arguments for `new` in order
    /// (`Huber::new(delta)`), and whether the target is a class index.
    Named { name: &'static str, arguments: Vec<Number>, class_target: bool },
    /// `<path>::new(arguments)`; the target is what it says.
    Custom(Custom),
}

#[derive(Clone)]
pub(crate) struct Metric {
    /// The field in the report: `accuracy`, `auc`, `top_3`.
    pub(crate) field: Ident,
    /// The type's name in `mtl_core::metric`: `Accuracy`, `TopK`.
    pub(crate) name: &'static str,
    /// Arguments for `new`, in order.
    pub(crate) arguments: Vec<Number>,
}

/// `left == right`, to be checked by const evaluation with `message` (plain text, no formatting).
#[derive(Clone)]
pub(crate) struct Assertion {
    pub(crate) left: Dim,
    pub(crate) right: Dim,
    pub(crate) relation: Relation,
    pub(crate) message: String,
    pub(crate) span: Span,
}

/// What a real number that is a constant must be, to be checked by const evaluation.
#[derive(Clone)]
pub(crate) struct NumberAssertion {
    pub(crate) claim: Claim,
    /// Of a number in a range its first line ends where the number is to be added.
    pub(crate) message: String,
    pub(crate) span: Span,
}

#[derive(Clone)]
pub(crate) enum Claim {
    InRange(Tokens, Range),
    NotAllZero(Vec<Number>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Relation {
    Equal,
    /// `left >= right`.
    AtLeast,
}
