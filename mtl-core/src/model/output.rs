//! What a head gives for one sample, as users read it.

use nalgebra::SVector;

use super::class_output::ClassOutput;
use crate::kernel::scalar::Scalar;

/// The outputs of a head: a number where there is one, a vector, or the probabilities of classes.
pub trait Output<T, const N: usize>: Copy {
    /// From the numbers that the head gives.
    fn of(values: [T; N]) -> Self;
    /// The numbers.
    fn values(&self) -> &[T; N];
}

impl<T: Scalar> Output<T, 1> for T {
    #[inline(always)]
    fn of([value]: [T; 1]) -> Self {
        value
    }
    #[inline(always)]
    fn values(&self) -> &[T; 1] {
        core::array::from_ref(self)
    }
}

impl<T: Scalar, const N: usize> Output<T, N> for SVector<T, N> {
    #[inline(always)]
    fn of(values: [T; N]) -> Self {
        Self::from(values)
    }
    #[inline(always)]
    fn values(&self) -> &[T; N] {
        let [values] = &self.data.0;
        values
    }
}

impl<T: Scalar, const N: usize, C: Copy> Output<T, N> for ClassOutput<T, N, C> {
    #[inline(always)]
    fn of(values: [T; N]) -> Self {
        Self::new(SVector::from(values))
    }
    #[inline(always)]
    fn values(&self) -> &[T; N] {
        Output::values(self.probabilities())
    }
}
