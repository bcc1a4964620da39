//! `PRelu` in eight bits.

use super::part::part;
use crate::kernel::int8::output::Output;
use crate::layer;

part! {
    /// `y = z' + m (q − z)` where `q > z`, and `y = z' + mₐ (q − z)` elsewhere, with a multiplier for each of `SLOPES` slopes.
    PRelu<SLOPES> {
        /// `s / s' · 2^shift`.
        multiplier: [i32; 1] = I32 [1],
        /// `α s / s' · 2^shift`.
        below: [i32; SLOPES] = I32 [SLOPES],
        /// [`Output`].
        output: [u8; 4] = U8 [4],
        /// `z`.
        zero_point: [u8; 1] = U8 [1],
    }
}

impl<const SLOPES: usize> PRelu<SLOPES> {
    /// The values.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub fn forward<const N: usize>(&self, slopes: &layer::PRelu<SLOPES>, x: &[u8; N], y: &mut [u8; N]) {
        let output = Output::read(self.output);
        for (number, (&x, y)) in x.iter().zip(y).enumerate() {
            let difference = i32::from(x) - i32::from(self.zero_point[0]);
            let below = self.below.get(slopes.slope_of(number)).copied().unwrap_or(0);
            *y = output.of(difference, if difference > 0 { self.multiplier[0] } else { below });
        }
    }

    /// Quantises it.
    #[cfg(feature = "std")]
    pub fn set(&mut self, float: &layer::PReluParameters<SLOPES, f32>, from: super::Scale, to: super::Scale) {
        let factor = from.step / to.step;
        let factors: std::vec::Vec<f64> = float.alpha.iter().map(|&slope| f64::from(slope) * factor).chain([factor]).collect();
        let mut multipliers = std::vec![0; factors.len()];
        let shift = crate::kernel::int8::output::fixed_point(&factors, &mut multipliers);
        self.below.copy_from_slice(&multipliers[..SLOPES]);
        self.multiplier = [multipliers[SLOPES]];
        self.output = [shift, to.zero_byte(), 0, 255];
        self.zero_point = [from.zero_byte()];
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::super::Scale;
    use super::PRelu;
    use crate::flat::zeroed;
    use crate::layer;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_are_the_nearest_to_the_formula(x in any::<[u8; 6]>(), alpha in prop::array::uniform3(-2.0..2.0_f32), low in -50.0..0.0_f64, high in 0.1..80.0_f64) {
            let (from, to) = (Scale::with_zero(low, high), Scale::with_zero(2.0 * low - high, 2.0 * high - low));
            let (mut part, mut y): (PRelu<3>, _) = (zeroed(), [0; 6]);
            part.set(&layer::PReluParameters { alpha: alpha.into() }, from, to);
            part.forward(&layer::PRelu::new([1, 2, 3], [false, true, false]), &x, &mut y);
            for (at, (&x, y)) in x.iter().zip(y).enumerate() {
                let x = from.real(x);
                let expected = if x > 0.0 { x } else { f64::from(alpha[at % 3]) * x };
                prop_assert!((to.real(y) - expected.clamp(to.real(0), to.real(255))).abs() <= 0.501 * to.step, "{y} instead of {expected}");
            }
        }
    }
}
