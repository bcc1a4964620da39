//! What the shapes' pass records: values, and the applications that made them.

use crate::assertion::Assertion;
use crate::diagnostic::Place;
use crate::function::Function;
use crate::size::Shape;
use crate::step::Operation;

/// Every value and every application of a step, in an order in which values are made before they are used.
pub(crate) struct Trace {
    pub(crate) values: Vec<Value>,
    pub(crate) applications: Vec<Application>,
    /// The value of every `input`, `let`, `shared` and `head`; of a `let (a, b)` the first.
    pub(crate) statements: Vec<Option<usize>>,
    /// The values of every statement, one for each of its names.
    pub(crate) parts: Vec<Vec<usize>>,
    pub(crate) assertions: Vec<Assertion>,
}

pub(crate) struct Value {
    /// `None` if something before it was wrong and reported.
    pub(crate) shape: Option<Shape>,
    /// The application that made it; an input has none.
    pub(crate) maker: Option<usize>,
    /// The statement whose value it is, and which of its values.
    pub(crate) statement: Option<usize>,
    pub(super) part: usize,
}

pub(crate) struct Application {
    /// `None` if something is wrong with it that was reported.
    pub(crate) operation: Option<Operation>,
    pub(crate) inputs: Vec<usize>,
    /// Where it is a part of a step that lowers to several: what that step takes, for messages.
    pub(super) whole: Option<Vec<usize>>,
    pub(crate) output: usize,
    /// The statement in which the step stands.
    pub(crate) owner: usize,
    /// The step's number; those of a `layer` come with every use.
    pub(crate) step: usize,
    /// Which part of a step that lowers to several; 0 of any other.
    pub(crate) part: usize,
    /// Type and ordinal within the statement: `dense1`.
    pub(crate) field: String,
    /// As Keras calls the step.
    pub(crate) kind: String,
    /// The activation is part of the step before or follows it in the same flow.
    pub(crate) follows: bool,
    /// The activation that it applies, if any.
    pub(crate) activation: Option<Function>,
    pub(crate) place: Place,
    pub(crate) text: String,
}

impl Application {
    /// The number of the step, and of the part of it.
    pub(crate) fn number(&self) -> (usize, usize) {
        (self.step, self.part)
    }
}
