//! Losses that are a mean over the outputs: what one output costs is all that differs.

use super::sample::Loss;
use crate::kernel::scalar::Scalar;
use crate::model::record::{TargetError, check_finite};

/// A loss that is the mean over its outputs of a term of one output and its target: `1/N Σ l(ŷ, y)`, with the gradient `1/N l'(ŷ, y)`.
///
/// Implement it for a loss of your own where that is so; it is a [`Loss`] of any number of outputs then:
///
/// ```
/// use mtl_core::Scalar;
/// use mtl_core::loss::{ElementWise, TargetError};
///
/// /// `|τ − [y < ŷ]| · (ŷ − y)²`: the expectile. Newey, Powell 1987.
/// struct Expectile {
///     tau: f64,
/// }
///
/// impl ElementWise for Expectile {
///     #[inline(always)]
///     fn term<T: Scalar>(&self, output: T, target: T) -> (T, T) {
///         let difference = output - target;
///         let factor = T::from_f64(if difference > T::ZERO { 1.0 - self.tau } else { self.tau });
///         (factor * difference * difference, (factor + factor) * difference)
///     }
/// }
/// # use mtl_core::loss::Loss;
/// # let mut gradient = [0.0; 2];
/// # assert_eq!(Expectile { tau: 0.25 }.evaluate(&[1.0, 0.0], &[0.0, 2.0], &mut gradient), 0.875);
/// # assert_eq!(gradient, [0.75, -0.5]);
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is not an element-wise loss")]
pub trait ElementWise {
    /// The term of one output, and its derivative with respect to the output: both at once, as they share most of the work.
    ///
    /// Mark it `#[inline(always)]`, so that it is compiled for the instruction set of the pass.
    fn term<T: Scalar>(&self, output: T, target: T) -> (T, T);

    /// Whether the term is defined for this target, which is finite. For all, unless it is implemented.
    ///
    /// # Errors
    ///
    /// [`TargetError::OutOfRange`].
    fn check_target<T: Scalar>(&self, target: T) -> Result<(), TargetError> {
        let _ = target;
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<L: ElementWise, const N: usize, T: Scalar> Loss<N, T> for L {
    type Target = [T; N];

    #[inline(always)]
    fn evaluate(&self, output: &[T; N], target: &[T; N], gradient: &mut [T; N]) -> T {
        let share = T::from_f64(1.0 / N as f64);
        let mut sum = T::ZERO;
        for ((&output, &target), gradient) in output.iter().zip(target).zip(gradient) {
            let (value, slope) = self.term(output, target);
            // Not the sum times the share: the sum may be infinite where the mean is not.
            sum += share * value;
            *gradient = share * slope;
        }
        sum
    }

    fn check(&self, target: &[T; N]) -> Result<(), TargetError> {
        check_finite(target)?;
        target.iter().try_for_each(|&value| self.check_target(value))
    }
}
