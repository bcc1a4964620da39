//! What is computed in `f32` before the first bytes: normalisations of each row, and functions of the inputs.
//!
//! A row of small numbers beside rows of large ones has no digits left once all are bytes on one scale; its normalisation has them all.

use super::part::part;
use crate::layer::{ensemble, periodic, piecewise, robust};

part! {
    /// `y = γ (x − μ) / √(σ² + ε) + β` of real numbers: a `LayerNorm` with nothing but such steps before it.
    RealLayerNorm<N> {
        /// `γ`.
        gamma: [f32; N] = F32 [N],
        /// `β`.
        beta: [f32; N] = F32 [N],
        /// `ε`.
        epsilon: [f32; 1] = F32 [1],
    }
}

part! {
    /// `y = (x − μ) a + c` of real numbers: a `Normalize` or `BatchNorm` before such a step.
    RealAffine<CHANNELS> {
        /// `μ`.
        mean: [f32; CHANNELS] = F32 [CHANNELS],
        /// `a`.
        scale: [f32; CHANNELS] = F32 [CHANNELS],
        /// `c`.
        offset: [f32; CHANNELS] = F32 [CHANNELS],
    }
}

part! {
    /// `y = (x − μ) a` of real numbers, or what is filled in where one is missing: a `Normalize` or `Impute` of columns that may be missing.
    RealImpute<N> {
        /// `μ`.
        mean: [f32; N] = F32 [N],
        /// `a`.
        scale: [f32; N] = F32 [N],
        /// What is put in the place of a missing value.
        fill: [f32; N] = F32 [N],
    }
}

part! {
    /// `y = z / √(1 + (z/3)²)` with `z = (x − median) · factor` of real numbers: a `Robust`.
    RealRobust<CHANNELS> {
        /// The medians.
        median: [f32; CHANNELS] = F32 [CHANNELS],
        /// The factors, −1 where none was measured.
        factor: [f32; CHANNELS] = F32 [CHANNELS],
    }
}

part! {
    /// `cos(2π c x)` and `sin(2π c x)` of `N` real numbers: a `Periodic` of `K` frequencies.
    RealPeriodic<N, K> {
        /// `c`.
        frequency: [[f32; K]; N] = F32 [N, K],
    }
}

part! {
    /// How far `N` real numbers are through each of `BINS` bins: a `Piecewise`.
    RealPiecewise<N, BINS> {
        /// Where the bins begin.
        start: [[f32; BINS]; N] = F32 [N, BINS],
        /// How long they are.
        length: [[f32; BINS]; N] = F32 [N, BINS],
    }
}

part! {
    /// `y = r ⊙ x` of real numbers for each member: an `Ensemble`.
    RealEnsemble<FACTORS> {
        /// `r`, member by member.
        factor: [f32; FACTORS] = F32 [FACTORS],
    }
}

/// The numbers of an input; what is missing counts as 0.
#[inline(always)]
pub fn load_reals<const N: usize>(from: &[f32], to: &mut [f32; N]) {
    for (row, to) in to.iter_mut().enumerate() {
        *to = from.get(row).copied().unwrap_or(0.0);
    }
}

/// Copies numbers to row `offset` on of a larger tensor.
#[inline(always)]
pub fn place_reals<const N: usize, const M: usize>(x: &[f32; N], offset: usize, y: &mut [f32; M]) {
    for (&x, y) in x.iter().zip(y.iter_mut().skip(offset)) {
        *y = x;
    }
}

impl<const N: usize> RealLayerNorm<N> {
    /// Normalises each of the `N` values that follow each other, by the same operations in the same order on every processor.
    ///
    /// Half a deviation over the largest value is 1 at most, so that squares neither overflow nor vanish, whatever the size of the row.
    #[inline(always)]
    pub fn forward<const M: usize>(&self, x: &[f32; M], y: &mut [f32; M]) {
        for (x, y) in x.as_chunks::<N>().0.iter().zip(y.as_chunks_mut::<N>().0) {
            let unit = x.iter().fold(1e-10_f32, |largest, x| largest.max(x.abs()));
            // Of numbers as large as these a sum may overflow; the second one takes out what the first was rounded by.
            let about = x.iter().map(|x| x / N as f32).sum::<f32>();
            let half = |x: f32| 0.5 * x - 0.5 * about;
            let rest = x.iter().map(|&x| half(x) / N as f32).sum::<f32>();
            let squares = x.iter().map(|&x| ((half(x) - rest) / unit) * ((half(x) - rest) / unit)).sum::<f32>();
            let deviation = libm::sqrtf(squares / N as f32 + 0.25 * self.epsilon[0] / unit / unit);
            for (row, (&x, y)) in x.iter().zip(y).enumerate() {
                *y = self.gamma[row] * ((half(x) - rest) / unit / deviation) + self.beta[row];
            }
        }
    }

    /// Takes it over.
    #[cfg(feature = "std")]
    #[allow(clippy::cast_possible_truncation, reason = "the nearest `f32` is wanted")]
    pub fn set(&mut self, float: &crate::layer::LayerNormParameters<N, f32>, epsilon: f64) {
        self.gamma = float.gamma.into();
        self.beta = float.beta.into();
        self.epsilon = [epsilon as f32];
    }
}

impl<const N: usize> RealImpute<N> {
    /// Fills in and normalises every value; indicators of those that are missing follow, where there is room.
    #[inline(always)]
    pub fn forward<const M: usize>(&self, optional: &[bool; N], x: &[f32; N], y: &mut [f32; M]) {
        let (values, indicators) = y.split_at_mut(N.min(M));
        let mut indicators = indicators.iter_mut();
        for (row, (&x, y)) in x.iter().zip(values).enumerate() {
            let missing = optional[row] && x.is_nan();
            *y = if missing { self.fill[row] } else { (x - self.mean[row]) * self.scale[row] };
            if optional[row]
                && let Some(indicator) = indicators.next()
            {
                *indicator = f32::from(u8::from(missing));
            }
        }
    }

    /// Takes it over.
    #[cfg(feature = "std")]
    pub fn set(&mut self, float: &crate::layer::NormalizeParameters<N, f32>, normalizes: bool) {
        for row in 0..N {
            (self.fill[row], self.mean[row], self.scale[row]) = crate::layer::impute::constants(normalizes, float.mean[row], float.variance[row]);
        }
    }
}

impl<const CHANNELS: usize> RealRobust<CHANNELS> {
    /// What the layer computes of one row, whose columns may be missing, or of each of the `CHANNELS` values that follow each other.
    #[inline(always)]
    pub fn forward<const N: usize, const M: usize>(&self, optional: &[bool; CHANNELS], x: &[f32; N], y: &mut [f32; M]) {
        if N == CHANNELS {
            return robust::column(optional, &self.median, &self.factor, x, y);
        }
        for (x, y) in x.as_chunks::<CHANNELS>().0.iter().zip(y.as_chunks_mut::<CHANNELS>().0) {
            robust::column(optional, &self.median, &self.factor, x, y);
        }
    }

    /// Takes it over.
    #[cfg(feature = "std")]
    pub fn set(&mut self, float: &crate::layer::RobustParameters<CHANNELS, f32>) {
        self.median = float.median.into();
        self.factor = float.factor.into();
    }
}

impl<const N: usize, const K: usize> RealPeriodic<N, K> {
    /// What the layer computes.
    #[inline(always)]
    pub fn forward<const M: usize>(&self, x: &[f32; N], y: &mut [f32; M]) {
        for ((&x, frequency), y) in x.iter().zip(&self.frequency).zip(y.chunks_exact_mut((2 * K).max(1))) {
            periodic::number(x, frequency, y);
        }
    }

    /// Takes it over.
    #[cfg(feature = "std")]
    pub fn set(&mut self, float: &crate::layer::PeriodicParameters<N, K, f32>) {
        self.frequency = float.frequency.data.0;
    }
}

impl<const N: usize, const BINS: usize> RealPiecewise<N, BINS> {
    /// What the layer computes.
    #[inline(always)]
    pub fn forward<const M: usize>(&self, x: &[f32; N], y: &mut [f32; M]) {
        for (((&x, start), length), y) in x.iter().zip(&self.start).zip(&self.length).zip(y.as_chunks_mut::<BINS>().0) {
            piecewise::number(x, start, length, y);
        }
    }

    /// Takes it over.
    #[cfg(feature = "std")]
    pub fn set(&mut self, float: &crate::layer::PiecewiseParameters<N, BINS, f32>) {
        (self.start, self.length) = (float.start.data.0, float.length.data.0);
    }
}

impl<const FACTORS: usize> RealEnsemble<FACTORS> {
    /// What the layer computes.
    #[inline(always)]
    pub fn forward<const N: usize>(&self, x: &[f32; N], y: &mut [f32; FACTORS]) {
        ensemble::column(&self.factor, x, y);
    }

    /// Takes it over.
    #[cfg(feature = "std")]
    pub fn set(&mut self, float: &crate::layer::EnsembleParameters<FACTORS, f32>) {
        self.factor = float.factor.into();
    }
}

impl<const CHANNELS: usize> RealAffine<CHANNELS> {
    /// Normalises every value.
    #[inline(always)]
    pub fn forward<const N: usize>(&self, x: &[f32; N], y: &mut [f32; N]) {
        for (row, (x, y)) in x.iter().zip(y).enumerate() {
            let channel = if CHANNELS == N { row } else { row % CHANNELS };
            *y = (x - self.mean[channel]) * self.scale[channel] + self.offset[channel];
        }
    }

    /// Of `a ⊙ (x − μ) + c`.
    #[cfg(feature = "std")]
    #[allow(clippy::cast_possible_truncation, reason = "the nearest `f32` is wanted")]
    pub fn set(&mut self, affine: &crate::layer::Affine<CHANNELS>) {
        for channel in 0..CHANNELS {
            self.mean[channel] = affine.centre[channel] as f32;
            self.scale[channel] = affine.scale[channel] as f32;
            self.offset[channel] = affine.shift[channel] as f32;
        }
    }
}
