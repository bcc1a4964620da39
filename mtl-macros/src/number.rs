//! Real hyperparameters.

use crate::size::Tokens;

/// A real hyperparameter: `0.1`, a const path or a braced expression.
#[derive(Clone)]
pub(crate) enum Number {
    Literal(f64),
    /// An expression of type `f64` (or an integer const where an integer is meant).
    Expression(Tokens),
}
