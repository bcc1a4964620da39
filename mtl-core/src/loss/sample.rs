//! The loss of one sample: what every loss is.

use super::target::Target;
use crate::kernel::scalar::Scalar;
use crate::model::record::TargetError;

/// The loss of one sample.
///
/// Implement it, or [`ElementWise`](super::ElementWise) where it is a mean over the outputs, on a small constant type and write its path in a head: `loss: crate::Expectile(0.9)` stands for
/// `const { crate::Expectile::new(0.9) }`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a loss of {N} outputs",
    label = "a loss of your own stands here",
    note = "implement `mtl::loss::Loss<{N}, {T}>` for `{Self}`, or `mtl::loss::ElementWise` where it is a mean over the outputs, or write the name of a loss of the language, such as `mse`"
)]
pub trait Loss<const N: usize, T: Scalar> {
    /// `[T; N]`, or [`Class<N>`](super::Class).
    type Target: Target<T>;

    /// The loss of one sample, and its gradient with respect to `output` written over `gradient`.
    ///
    /// `output` is what the head's flow ends in; for the losses that are fused with softmax or sigmoid the logits before it.
    fn evaluate(&self, output: &[T; N], target: &Self::Target, gradient: &mut [T; N]) -> T;

    /// The losses of some samples, and their gradients: what [`evaluate`](Self::evaluate) gives for each of them.
    ///
    /// Leave it as it is, unless the samples can be taken together faster.
    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "by index, the compiler lays samples side by side in vectors")]
    fn evaluate_samples<const SAMPLES: usize>(
        &self,
        outputs: &[[T; N]; SAMPLES],
        targets: &[Self::Target; SAMPLES],
        gradients: &mut [[T; N]; SAMPLES],
        values: &mut [T; SAMPLES],
    ) where
        Self: Sized,
    {
        // The gradient goes to a place of its own first: it must be known to overlap with nothing.
        for sample in 0..SAMPLES {
            let mut gradient = [T::ZERO; N];
            values[sample] = self.evaluate(&outputs[sample], &targets[sample], &mut gradient);
            gradients[sample] = gradient;
        }
    }

    /// Whether the loss is defined for this target.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    fn check(&self, target: &Self::Target) -> Result<(), TargetError>;
}
