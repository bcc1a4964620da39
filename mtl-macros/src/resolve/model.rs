//! A model whose words have their meaning: what resolving gives.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};

use crate::assertion::{Assertion, NumberAssertion};
use crate::ast;
use crate::diagnostic::Place;
use crate::graph;
use crate::named_sizes::NamedSizes;
use crate::number::Number;
use crate::size::Dim;
use crate::step::Kind;
use crate::vocabulary;

/// A model whose words have their meaning.
pub(crate) struct Model<'a> {
    pub(crate) syntax: &'a ast::Model,
    pub(crate) statements: Vec<Statement<'a>>,
    /// What const evaluation must check of single constants.
    pub(crate) assertions: Vec<Assertion>,
    pub(crate) numbers: Vec<NumberAssertion>,
    pub(crate) named_sizes: NamedSizes,
    /// Names of statements where they are used, with the number of the statement.
    pub(crate) mentions: Vec<(Ident, usize)>,
    /// Something could not be read or found, so that what seems unused may be used.
    pub(crate) uncertain: bool,
    /// The source of a flow is not known.
    pub(crate) unknown_source: bool,
    /// The names of a `let (a, b)` that are used: the statement, and which of its names.
    pub(crate) used_parts: BTreeSet<(usize, usize)>,
    pub(crate) ties: Vec<Tie>,
    pub(crate) budget: Vec<graph::Bound>,
    pub(crate) parts: Vec<Part>,
}

/// A model of some of the heads.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) name: Ident,
    /// The heads, by their numbers.
    pub(crate) heads: Vec<usize>,
}

/// Two statements whose parameters are kept near each other.
pub(crate) struct Tie {
    pub(crate) left: usize,
    pub(crate) right: usize,
    pub(crate) l2: Number,
    /// The second name.
    pub(crate) place: Place,
}

pub(crate) struct Statement<'a> {
    pub(crate) syntax: &'a ast::Statement,
    /// Its first name, which of a `let (a, b)` stands for all of them in messages on the statement.
    pub(crate) name: &'a Ident,
    /// The field of the model that holds its parameters: its name, or of a `let (a, b)` the names joined by `_`.
    pub(crate) block: Ident,
    pub(crate) body: Resolved,
    /// The statements that it names, in the order of the source.
    pub(crate) uses: Vec<usize>,
    /// Another statement has the name already.
    pub(crate) duplicate: bool,
}

pub(crate) enum Resolved {
    Input(Option<InputShape>),
    /// `let` or `shared`.
    Value(Flow),
    Layer(Vec<Step>),
    Head(Flow, Box<HeadOptions>),
}

pub(crate) enum InputShape {
    Real(Vec<Dim>),
    Class(Dim),
}

pub(crate) struct Flow {
    pub(crate) source: Source,
    pub(crate) steps: Vec<Step>,
    /// Part of it could not be read.
    pub(crate) broken: bool,
    pub(crate) place: Place,
}

pub(crate) enum Source {
    /// A statement, and which of its values.
    Statement(usize, usize),
    Tuple(Vec<Flow>, Place),
    /// Already reported.
    Broken,
}

#[derive(Clone)]
pub(crate) struct Step {
    /// Its number in the model.
    pub(crate) id: usize,
    pub(crate) kind: Kind,
    /// The name as the user wrote it.
    pub(crate) written: String,
    /// Type and ordinal within the statement: `dense1`.
    pub(crate) field: String,
    /// Where its name stands.
    pub(crate) place: Place,
    /// The whole step as the user wrote it, for messages.
    pub(crate) text: String,
}

impl Step {
    /// It gives several values, or may: what a `layer` ends in is not known here.
    pub(crate) fn may_give_several(&self) -> bool {
        match self.kind {
            Kind::One(_) => false,
            Kind::Sharing(_) | Kind::Layer(_) | Kind::Broken => true,
        }
    }
}

pub(crate) struct HeadOptions {
    pub(crate) loss: LossChoice,
    pub(crate) weight: Option<(Number, Place)>,
    pub(crate) partial: bool,
    pub(crate) metrics: Vec<MetricChoice>,
    pub(crate) class_weights: Option<(Vec<Option<Number>>, Place)>,
    pub(crate) label_smoothing: Option<(Option<Number>, Place)>,
    /// The names of its classes.
    pub(crate) classes: Option<ClassNames>,
    /// `targets: standardized`, and where it stands.
    pub(crate) standardized: Option<Place>,
}

/// `classes: { Poor, Good }`, `classes: crate::Health`
pub(crate) struct ClassNames {
    pub(crate) kind: ClassNamesKind,
    /// How many there are.
    pub(crate) count: Dim,
    pub(crate) place: Place,
}

pub(crate) enum ClassNamesKind {
    Listed(ast::Categories),
    Type(TokenStream),
    /// Already reported; how many there are is not known.
    Broken,
}

pub(crate) enum LossChoice {
    /// There is none.
    Missing,
    Named {
        loss: &'static vocabulary::Loss,
        arguments: Vec<Number>,
        place: Place,
    },
    Custom {
        path: TokenStream,
        arguments: TokenStream,
        name: String,
    },
    /// Already reported.
    Broken,
}

pub(crate) struct MetricChoice {
    pub(crate) metric: &'static vocabulary::Metric,
    /// The argument of `top_k`.
    pub(crate) k: Option<Dim>,
    /// It is spelt as in another library.
    pub(crate) spelling: Option<(&'static str, vocabulary::With)>,
    pub(crate) place: Place,
}
