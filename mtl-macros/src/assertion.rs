//! What only const evaluation can check of sizes and numbers.

use proc_macro2::Span;

use crate::number::Number;
use crate::size::{Dim, Tokens};
use crate::vocabulary::Range;

/// `left == right`, to be checked by const evaluation with `message` (plain text, no formatting).
#[derive(Clone)]
pub(crate) struct Assertion {
    pub(crate) left: Dim,
    pub(crate) right: Dim,
    pub(crate) relation: Relation,
    pub(crate) message: String,
    pub(crate) span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Relation {
    Equal,
    /// `left >= right`.
    AtLeast,
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
