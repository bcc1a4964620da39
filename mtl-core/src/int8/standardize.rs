//! The end of a head whose targets are standardised: from standard units to those of the target, in `f32`.

use super::part::part;

part! {
    /// `y = m + s z` of real numbers.
    Standardizer<N> {
        /// `m`.
        mean: [f32; N] = F32 [N],
        /// `s`.
        spread: [f32; N] = F32 [N],
    }
}

impl<const N: usize> Standardizer<N> {
    /// Gives every value its unit.
    #[inline(always)]
    pub fn forward(&self, z: &[f32; N], y: &mut [f32; N]) {
        for row in 0..N {
            y[row] = self.mean[row] + self.spread[row] * z[row];
        }
    }

    /// `[m, s]`, which the loss of an evaluation asks for.
    #[must_use]
    pub const fn units(&self) -> [[f32; N]; 2] {
        [self.mean, self.spread]
    }

    /// Takes it over.
    #[cfg(feature = "std")]
    pub fn set(&mut self, float: &crate::layer::StandardizeParameters<N, f32>) {
        [self.mean, self.spread] = float.units();
    }
}
