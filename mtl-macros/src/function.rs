//! An activation: a word of the language, or a type of the user's own.

use crate::size::Tokens;
use crate::vocabulary::{self, Does, Initializer};

#[derive(Clone)]
pub(crate) enum Function {
    Named(&'static vocabulary::Activation),
    /// A user's own type that implements `Activation`: its last segment, and the path.
    Own(String, Tokens),
}

impl Function {
    pub(crate) const LINEAR: Self = Self::Named(&vocabulary::LINEAR);

    pub(crate) const SOFTMAX: Self = Self::Named(&vocabulary::SOFTMAX);

    /// The activation as Keras names it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Named(activation) => activation.name,
            Self::Own(name, _) => name,
        }
    }

    /// The type's name, for the summary.
    pub(crate) fn type_name(&self) -> &str {
        match self {
            Self::Named(activation) => activation.type_name,
            Self::Own(name, _) => name,
        }
    }

    /// It does nothing.
    pub(crate) fn is_linear(&self) -> bool {
        self.does() == Some(Does::Nothing)
    }

    /// It is no element-wise function but goes over all values.
    pub(crate) fn is_softmax(&self) -> bool {
        self.does() == Some(Does::Softmax)
    }

    /// A layer can compute it in place, as its derivative follows from its output.
    pub(crate) fn is_in_place(&self) -> bool {
        matches!(self, Self::Named(activation) if activation.from_output)
    }

    /// Keras's initializer of a layer that ends in it.
    pub(crate) fn default_initializer(&self) -> Initializer {
        match self {
            Self::Named(activation) if activation.rectifies => Initializer::HeNormal,
            Self::Named(_) | Self::Own(..) => Initializer::GlorotUniform,
        }
    }

    fn does(&self) -> Option<Does> {
        match self {
            Self::Named(activation) => Some(activation.does),
            Self::Own(..) => None,
        }
    }
}
