//! The graph of a model: what `lower` makes of a checked declaration, and all that `codegen` sees.
//!
//! Everything is resolved: names are ids, shapes are known, activations and losses are those of the vocabulary or a
//! user's path. Nodes stand in an order in which every value is made before it is used.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};

use crate::assertion::{Assertion, NumberAssertion};
use crate::ast::{Categories, Column};
use crate::custom::Custom;
use crate::named_sizes::NamedSizes;
use crate::number::Number;
use crate::size::{Dim, Shape, Tokens};
use crate::step::{Operation, Shaped, Sizes};

/// A whole model.
pub(crate) struct Graph {
    /// All words of the declaration, none of which a name of the generated code may be taken for.
    pub(crate) words: BTreeSet<String>,
    /// The struct's name, with the user's span.
    pub(crate) name: Ident,
    /// Where `struct` stands.
    pub(crate) keyword: Span,
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
    /// The user's constants; of a part none, as it has those of the whole.
    pub(crate) named_sizes: NamedSizes,
    /// Where the declaration names what it has declared: an editor leads from there to it. Of a part none.
    pub(crate) mentions: Vec<Mention>,
    pub(crate) ties: Vec<Tie>,
    pub(crate) budget: Vec<Bound>,
    /// It stands in for a model with errors, and gives none of its own.
    pub(crate) stands_in: bool,
    /// The form in eight bits is generated too.
    pub(crate) int8: bool,
    /// Models of some of the heads, which are generated too.
    pub(crate) parts: Vec<Part>,
}

/// A name where it is used, with the place of that use.
#[derive(Clone)]
pub(crate) enum Mention {
    /// The field of an input.
    Input(Ident),
    /// The field of a block.
    Block(Ident),
    /// The type of a loss.
    Loss(Ident),
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
    /// What `#[column = ".."]` says.
    pub(crate) title: Option<String>,
    pub(crate) kind: InputKind,
    pub(crate) form: Form,
    /// The value that holds it; a class input's value has the shape `[]` and holds indices.
    pub(crate) value: ValueId,
}

#[derive(Clone)]
pub(crate) enum InputKind {
    /// The dimensions as written, at least one.
    Real(Vec<Dim>),
    Class(Dim),
}

/// How users write an input.
#[derive(Clone)]
pub(crate) enum Form {
    /// An array of real numbers, or the number of a class.
    Plain,
    /// The number of a class, or none for what is unknown, which is the last of the classes.
    ClassOrUnknown,
    /// Real columns by name: a struct.
    Columns { name: Ident, columns: Vec<Column>, is_own: bool },
    /// Categories that the declaration lists: an enum.
    Listed { name: Ident, categories: Categories, is_own: bool },
    /// A type of the user's own that has categories.
    Category(Tokens),
}

impl Form {
    /// The same in a part of the model, which takes the types that the whole has.
    pub(crate) fn of_part(&mut self) {
        if let Self::Columns { is_own, .. } | Self::Listed { is_own, .. } = self {
            *is_own = false;
        }
    }
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

impl Graph {
    /// The step at the end of a head whose targets are standardised, by its number.
    pub(crate) fn standardizer(&self, head: &Head) -> Option<(usize, &Node)> {
        self.nodes.iter().enumerate().find(|(_, node)| node.outputs[0] == head.value && node.operation.follows_loss())
    }

    /// What the loss of a head is taken of.
    pub(crate) fn loss_value(&self, head: &Head) -> ValueId {
        self.standardizer(head).map_or(head.value, |(_, node)| node.inputs[0])
    }

    /// What a node takes and gives.
    pub(crate) fn sizes(&self, node: &Node) -> Sizes {
        let shaped = |&value: &ValueId| {
            let class = self.inputs.iter().find_map(|input| match &input.kind {
                InputKind::Class(classes) if input.value == value => Some(classes.clone()),
                InputKind::Class(_) | InputKind::Real(_) => None,
            });
            let value = &self.values[value];
            Shaped { shape: class.map_or_else(|| Shape::Real(value.shape.clone()), Shape::Class), size: value.size.clone() }
        };
        Sizes { inputs: node.inputs.iter().map(shaped).collect(), output: shaped(&node.outputs[0]) }
    }
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
    /// What it takes and gives at its first use.
    pub(crate) sizes: Sizes,
    /// The heads that depend on it, over all its uses.
    pub(crate) heads: Heads,
}

#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) name: Ident,
    pub(crate) attributes: TokenStream,
    /// What `#[column = ".."]` says.
    pub(crate) title: Option<String>,
    /// How users write its class: the number of it, or a category.
    pub(crate) form: Form,
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

impl Head {
    /// Whether its target is a class.
    pub(crate) fn has_classes(&self) -> bool {
        matches!(self.loss.kind, LossKind::Named { class_target: true, .. })
    }

    /// Whether it is known to give one number.
    pub(crate) fn is_one_number(&self) -> bool {
        matches!(self.outputs, Dim::Literal(1))
    }
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
