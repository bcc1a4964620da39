//! A step that can be taken back.

use super::Optimizer;
use crate::kernel::scalar::Scalar;
use crate::kernel::{InstructionSet, Kernel, dispatch};

/// Moves `parameters` as the optimizer says, and leaves in `gradients` what they were before: to be copied back where the step turns out to be
/// none, without memory for another model.
///
/// Returns whether the parameters, and what the optimizer remembers, are finite now. It goes by `CHUNK` elements, which lie on the stack; small
/// chunks are those of small programs, where the check is small too.
pub(crate) fn descend<T: Scalar, O: Optimizer<T> + ?Sized, const CHUNK: usize>(
    optimizer: &O,
    learning_rate: f64,
    step: u64,
    parameters: &mut [T],
    gradients: &mut [T],
    slots: [&mut [T]; 3],
) -> bool {
    let mut kept = [T::ZERO; CHUNK];
    let mut slots = slots.map(|slot| slot.chunks_mut(CHUNK));
    let mut finite = true;
    for (parameters, gradients) in parameters.chunks_mut(CHUNK).zip(gradients.chunks_mut(CHUNK)) {
        copy(&mut kept, parameters);
        let mut slots = slots.each_mut().map(|slot| slot.next().unwrap_or_default());
        optimizer.update(learning_rate, step, parameters, gradients, slots.each_mut().map(|slot| &mut **slot));
        finite &= are_finite::<T, CHUNK>(parameters);
        for slot in slots {
            finite &= are_finite::<T, CHUNK>(slot);
        }
        copy(gradients, &kept);
    }
    finite
}

/// As far as the shorter goes; without a panic, and one function for all callers.
#[inline(never)]
pub(crate) fn copy<T: Scalar>(to: &mut [T], from: &[T]) {
    to.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
}

#[inline(always)]
fn are_finite<T: Scalar, const CHUNK: usize>(values: &[T]) -> bool {
    if CHUNK < 1024 { each_is_finite(values) } else { all_finite(values) }
}

/// As [`all_finite`], in one small function for all callers.
#[inline(never)]
pub(crate) fn each_is_finite<T: Scalar>(values: &[T]) -> bool {
    values.iter().all(|value| value.is_finite())
}

/// `x · 0` is 0 for every finite x and NaN for others: a sum that the compiler can vectorise, unlike a search.
pub(crate) fn all_finite<T: Scalar>(values: &[T]) -> bool {
    struct Finite<'v, T>(&'v [T]);
    impl<T: Scalar> Kernel for Finite<'_, T> {
        type Output = bool;
        #[inline(always)]
        fn run<S: InstructionSet>(self) -> bool {
            // Sums side by side, as each addition waits for the one before: four registers of the widest.
            const SIDE_BY_SIDE: usize = 64;
            let mut sums = [T::ZERO; SIDE_BY_SIDE];
            let (blocks, rest) = self.0.as_chunks::<SIDE_BY_SIDE>();
            for block in blocks {
                for (sum, &value) in sums.iter_mut().zip(block) {
                    *sum = S::mul_add(value, T::ZERO, *sum);
                }
            }
            let mut total = T::ZERO;
            for &value in rest {
                total = S::mul_add(value, T::ZERO, total);
            }
            // Each by itself: adding them up would be a chain of as many additions.
            sums.iter().fold(total == T::ZERO, |finite, &sum| finite & (sum == T::ZERO))
        }
    }
    dispatch(Finite(values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::{Adam, Sgd};

    #[test]
    fn a_step_in_chunks_is_the_step_and_can_be_taken_back() {
        let start: [f32; 100] = core::array::from_fn(|place| place as f32 - 40.0);
        let slopes: [f32; 100] = core::array::from_fn(|place| (place % 7) as f32 - 3.0);
        let adam = Adam::new(0.1);
        let (mut whole, mut first, mut second) = (start, [0.0; 100], [0.0; 100]);
        adam.update(0.1, 1, &mut whole, &slopes, [&mut first, &mut second, &mut []]);
        let (mut parts, mut gradients, mut means, mut squares) = (start, slopes, [0.0; 100], [0.0; 100]);
        assert!(descend::<_, _, 16>(&adam, 0.1, 1, &mut parts, &mut gradients, [&mut means, &mut squares, &mut []]));
        assert_eq!((parts, means, squares), (whole, first, second));
        assert_eq!(gradients, start);
    }

    #[test]
    fn what_is_not_finite_is_told_of_parameters_and_of_slots() {
        let (mut parameters, mut gradients) = ([1.0_f32, 2.0], [0.0, 1e20]);
        assert!(!descend::<_, _, 1>(&Sgd::new(1e30), 1e30, 1, &mut parameters, &mut gradients, [&mut [], &mut [], &mut []]));
        assert_eq!(gradients, [1.0, 2.0]);
        // The square of the gradient is infinite: this parameter would never move again.
        let (mut parameters, mut gradients, mut means, mut squares) = ([1.0_f32; 2], [0.0, 1e30], [0.0; 2], [0.0; 2]);
        assert!(!descend::<_, _, 8>(&Adam::new(0.1), 0.1, 1, &mut parameters, &mut gradients, [&mut means, &mut squares, &mut []]));
        assert!(parameters.iter().all(|parameter| parameter.is_finite()));
    }
}
