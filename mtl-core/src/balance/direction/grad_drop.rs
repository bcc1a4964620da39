use rand::Rng;

use crate::balance::{BalanceError, Direction, Gradients, State, StateUnknown, VisitState};
use crate::kernel::scalar::Scalar;
use crate::kernel::{InstructionSet, Kernel, dispatch};
use crate::random::{Purpose, Random};

/// Gradient sign dropout (GradDrop): for each parameter one sign is kept, drawn by how much of the gradient has it; the sum over the tasks.
///
/// `P = ½ (1 + Σgᵢ/Σ|gᵢ|)` element by element, U uniform in (0, 1): the positive `gᵢ` are kept where `P > U`, the negative ones where `P < U`.
/// With N and Q the sums of the negative and of the positive ones, P is `Q/(Q − N)`, so that the result is Q or N.
///
/// U is a hash of the parameter's place and of a key that is drawn for each step, with 23 bits.
///
/// Chen et al.: Just Pick a Sign: Optimizing Deep Multitask Models with Gradient Sign Dropout, NeurIPS 2020.
#[derive(Clone, Debug)]
pub struct GradDrop {
    random: Random,
}

impl GradDrop {
    /// With a seed for the draws.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, Purpose::Balance) }
    }
}

impl<T: Scalar> Direction<T> for GradDrop {
    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        let key = self.random.next_u64();
        dispatch(DropSigns { gradients, key, combined });
        Ok(())
    }

    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        visit("random", State::Words(core::slice::from_mut(self.random.state())));
        Ok(())
    }
}

struct DropSigns<'a, T> {
    gradients: &'a Gradients<'a, T>,
    key: u64,
    combined: &'a mut [T],
}

impl<T: Scalar> Kernel for DropSigns<'_, T> {
    type Output = ();

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "the place goes into a hash")]
    fn run<S: InstructionSet>(self) {
        const COLUMNS: usize = 256;
        let mut positive = [T::ZERO; COLUMNS];
        let mut negative = [T::ZERO; COLUMNS];
        let mut thresholds = [T::ZERO; COLUMNS];
        for range in self.gradients.ranges() {
            for start in range.clone().step_by(COLUMNS) {
                let block = start..range.end.min(start + COLUMNS);
                let (positive, negative) = (&mut positive[..block.len()], &mut negative[..block.len()]);
                positive.fill(T::ZERO);
                negative.fill(T::ZERO);
                for &task in self.gradients.tasks() {
                    let scale = T::from_f64(self.gradients.scale(task));
                    for ((positive, negative), &value) in positive.iter_mut().zip(&mut *negative).zip(&self.gradients.row(task)[block.clone()]) {
                        let value = scale * value;
                        *positive += if value > T::ZERO { value } else { T::ZERO };
                        *negative += if value < T::ZERO { value } else { T::ZERO };
                    }
                }
                let thresholds = &mut thresholds[..block.len()];
                for (place, threshold) in thresholds.iter_mut().enumerate() {
                    *threshold = T::from_f64(uniform(self.key, (start + place) as u32));
                }
                let combined = self.combined[block].iter_mut();
                for (((combined, &positive), &negative), &threshold) in combined.zip(&*positive).zip(&*negative).zip(&*thresholds) {
                    let threshold = threshold * (positive - negative);
                    let below = if positive < threshold { negative } else { T::ZERO };
                    *combined = if positive > threshold { positive } else { below };
                }
            }
        }
    }
}

/// A number in (0, 1): 23 bits of a hash of key and place, in 32-bit operations, which vectorise. It is exact in f32 too.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "a hash")]
fn uniform(key: u64, place: u32) -> f64 {
    let mut h = place.wrapping_mul(0x9E37_79B9) ^ key as u32;
    h = h.wrapping_add((key >> 32) as u32);
    h ^= h >> 16;
    h = h.wrapping_mul(0x7FEB_352D);
    h ^= h >> 15;
    h = h.wrapping_mul(0x846C_A68B);
    h ^= h >> 16;
    // Odd, so that it is never 0; signed, as every instruction set converts signed integers.
    f64::from((h >> 8 | 1) as i32) / f64::from(1_i32 << 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_numbers_are_uniform() {
        const DRAWS: u32 = 100_000;
        let mut buckets = [0_u32; 10];
        let mut successive = 0.0;
        for place in 0..DRAWS {
            let value = uniform(0x0123_4567_89AB_CDEF, place);
            assert!(value > 0.0 && value < 1.0);
            buckets[(value * 10.0) as usize] += 1;
            successive += (value - 0.5) * (uniform(0x0123_4567_89AB_CDEF, place + 1) - 0.5);
        }
        // The deviation of a bucket is about 95, that of the mean product 2.6e-4.
        assert!(buckets.iter().all(|&count| count.abs_diff(DRAWS / 10) < 500), "{buckets:?}");
        assert!((successive / f64::from(DRAWS)).abs() < 1.5e-3);
    }
}
