//! What `Dense` and the convolutions share: weights to so many units, with an activation.

use crate::diagnostic::Place;
use crate::function::Function;
use crate::number::Number;
use crate::size::Dim;
use crate::vocabulary::Initializer;

#[derive(Clone)]
pub(crate) struct Weighted {
    /// `None` where it was wrong and reported.
    pub(crate) units: Option<Dim>,
    /// The activation among its arguments.
    pub(crate) given: Ending,
    /// The activation that the layer computes in place: lowering joins them where it may.
    pub(crate) function: Function,
    pub(crate) bias: bool,
    /// As given, or else by the activation: [`Weighted::initializer`].
    pub(crate) given_initializer: Option<Initializer>,
    pub(crate) l1: Option<Number>,
    pub(crate) l2: Option<Number>,
}

/// The activation among the arguments of a layer.
#[derive(Clone)]
pub(crate) enum Ending {
    None,
    Some {
        function: Function,
        place: Place,
        /// Type and ordinal within the statement: `relu1`.
        field: String,
    },
    /// Already reported.
    Broken,
}

impl Weighted {
    /// Keras's initializer, unless one is given.
    pub(crate) fn initializer(&self) -> Initializer {
        let default = || match &self.given {
            Ending::Some { function, .. } => function.default_initializer(),
            Ending::None | Ending::Broken => Initializer::GlorotUniform,
        };
        self.given_initializer.unwrap_or_else(default)
    }
}
