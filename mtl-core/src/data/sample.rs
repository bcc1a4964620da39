//! What a data set is made from: typed rows.

use super::BoxedError;
use crate::model::Model;

/// One typed row.
#[derive(Clone, Debug)]
pub struct Sample<M: Model> {
    /// What goes into the model.
    pub inputs: M::Inputs,
    /// What ought to come out.
    pub targets: M::Targets,
    /// How much it counts in the losses: 1 unless said otherwise.
    pub weight: f64,
}

/// What a function that makes samples may return: `(inputs, targets)`, `(inputs, targets, weight)`, an `Option` of either
/// (nothing skips the row), or a `Result` (an error stops).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sample of the model `{M}`",
    note = "a sample is `(inputs, targets)` or `(inputs, targets, weight)`, in an `Option` to skip rows, in a `Result` to reject them"
)]
pub trait IntoSample<M: Model> {
    /// The sample, or nothing to skip the row.
    ///
    /// # Errors
    ///
    /// Why the row cannot be one.
    fn into_sample(self) -> Result<Option<Sample<M>>, BoxedError>;
}

impl<M: Model> IntoSample<M> for Sample<M> {
    fn into_sample(self) -> Result<Option<Sample<M>>, BoxedError> {
        Ok(Some(self))
    }
}

impl<M: Model> IntoSample<M> for (M::Inputs, M::Targets) {
    fn into_sample(self) -> Result<Option<Sample<M>>, BoxedError> {
        let (inputs, targets) = self;
        Ok(Some(Sample { inputs, targets, weight: 1.0 }))
    }
}

impl<M: Model> IntoSample<M> for (M::Inputs, M::Targets, f64) {
    fn into_sample(self) -> Result<Option<Sample<M>>, BoxedError> {
        let (inputs, targets, weight) = self;
        Ok(Some(Sample { inputs, targets, weight }))
    }
}

impl<M: Model, S: IntoSample<M>> IntoSample<M> for Option<S> {
    fn into_sample(self) -> Result<Option<Sample<M>>, BoxedError> {
        self.map_or(Ok(None), S::into_sample)
    }
}

impl<M: Model, S: IntoSample<M>, E: Into<BoxedError>> IntoSample<M> for Result<S, E> {
    fn into_sample(self) -> Result<Option<Sample<M>>, BoxedError> {
        self.map_err(Into::into)?.into_sample()
    }
}
