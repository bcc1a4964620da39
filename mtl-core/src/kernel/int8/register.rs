//! Sums of some units side by side, and the products that are added to them.
//!
//! All functions of both traits may be called only where the processor has the instructions of the register: [`Product`](super::Product) names
//! a register after the processor was found to have it.

use super::super::repeat::repeat;
use crate::kernel::int8::output::Output;

/// A register of sums, one for each of [`LANES`](Self::LANES) units.
pub(super) trait Register: Copy {
    /// How many units.
    const LANES: usize;

    /// 0 in every lane.
    unsafe fn zero() -> Self;

    /// Sums from memory.
    ///
    /// # Safety
    ///
    /// `from` must be valid for reading `LANES` values.
    unsafe fn load(from: *const i32) -> Self;

    /// `self + other`, in two's complement.
    unsafe fn add(self, other: Self) -> Self;

    /// Adds the products of one input, with a weight for every lane.
    ///
    /// # Safety
    ///
    /// `weights` must be valid for reading `LANES` bytes.
    unsafe fn add_input(self, weights: *const i8, x: u8) -> Self;

    /// Writes every lane.
    ///
    /// # Safety
    ///
    /// `to` must be valid for writing `LANES` values.
    #[inline(always)]
    unsafe fn store(self, to: *mut i32) {
        // SAFETY: the caller's; a register begins with its lanes, in order.
        unsafe { core::ptr::copy_nonoverlapping((&raw const self).cast(), to, Self::LANES) }
    }

    /// Writes `output.of(sum, multiplier)` of every lane.
    ///
    /// # Safety
    ///
    /// `multiplier` must be valid for reading and `to` for writing `LANES` values.
    unsafe fn to_bytes(self, multiplier: *const i32, output: Output, to: *mut u8);

    /// Writes `sum · scale` of every lane.
    ///
    /// # Safety
    ///
    /// `scale` must be valid for reading and `to` for writing `LANES` values.
    unsafe fn to_reals(self, scale: *const f32, to: *mut f32);
}

/// How products of groups of four inputs are summed.
pub(super) trait Products<R> {
    /// How many registers are best summed at a time: 1 to 4.
    const REGISTERS: usize;
    /// How many additions should be under way at a time, so that none waits for the one before.
    const CHAINS: usize;
    /// How many groups one [`Sums`](Self::Sums) can take.
    const GROUPS: usize;
    /// Four inputs for every lane.
    type Inputs: Copy;
    /// Sums under way.
    type Sums: Copy;

    /// No products: a constant, so that arrays of it begin as constants and stay in registers when optimised for size.
    const NONE: Self::Sums;

    /// Four inputs, as they are in memory.
    unsafe fn inputs(four: i32) -> Self::Inputs;

    /// Adds the products of four inputs with four weights for every lane.
    ///
    /// # Safety
    ///
    /// `weights` must be valid for reading `4 · LANES` bytes.
    unsafe fn add(sums: &mut Self::Sums, weights: *const i8, inputs: Self::Inputs);

    /// The sums.
    unsafe fn sums(sums: Self::Sums) -> R;
}

/// [`Output::of`] of sums in memory, for outputs whose products need all their bits: few trainings make them.
///
/// # Safety
///
/// `multiplier` must be valid for reading and `to` for writing as many values.
#[cold]
#[inline(never)]
pub(super) unsafe fn one_by_one(sums: &[i32], multiplier: *const i32, output: Output, to: *mut u8) {
    for (lane, &sum) in sums.iter().enumerate() {
        // SAFETY: the caller's.
        unsafe { *to.add(lane) = output.of(sum, *multiplier.add(lane)) };
    }
}

/// Sums for the compiler to put into what registers there are.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Lanes<const N: usize>(pub(super) [i32; N]);

impl<const N: usize> Register for Lanes<N> {
    const LANES: usize = N;

    #[inline(always)]
    unsafe fn zero() -> Self {
        Self([0; N])
    }

    #[inline(always)]
    unsafe fn load(from: *const i32) -> Self {
        // SAFETY: the caller's; an array has the alignment of its elements.
        Self(unsafe { *from.cast() })
    }

    #[inline(always)]
    unsafe fn add(mut self, other: Self) -> Self {
        for (sum, other) in self.0.iter_mut().zip(other.0) {
            *sum = sum.wrapping_add(other);
        }
        self
    }

    #[inline(always)]
    unsafe fn add_input(mut self, weights: *const i8, x: u8) -> Self {
        for (lane, sum) in self.0.iter_mut().enumerate() {
            // SAFETY: the caller's.
            *sum = sum.wrapping_add(i32::from(unsafe { *weights.add(lane) }) * i32::from(x));
        }
        self
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut i32) {
        // SAFETY: the caller's.
        repeat!(8: lane < N, { unsafe { *to.add(lane) = self.0[lane] } });
    }

    #[inline(always)]
    unsafe fn to_bytes(self, multiplier: *const i32, output: Output, to: *mut u8) {
        let Some(high) = output.high() else {
            // SAFETY: the caller's.
            return unsafe { one_by_one(&self.0, multiplier, output, to) };
        };
        for (lane, sum) in self.0.into_iter().enumerate() {
            // SAFETY: the caller's.
            unsafe { *to.add(lane) = high.of(sum, *multiplier.add(lane)) };
        }
    }

    #[inline(always)]
    #[allow(clippy::cast_precision_loss, reason = "24 bits of a sum are more than its weights have")]
    unsafe fn to_reals(self, scale: *const f32, to: *mut f32) {
        for (lane, sum) in self.0.into_iter().enumerate() {
            // SAFETY: the caller's.
            unsafe { *to.add(lane) = sum as f32 * *scale.add(lane) };
        }
    }
}

/// One lane after the other.
pub(super) struct ByLane;

impl<const N: usize> Products<Lanes<N>> for ByLane {
    const REGISTERS: usize = 1;
    const CHAINS: usize = 1;
    const GROUPS: usize = usize::MAX / 8;
    type Inputs = [i32; 4];
    type Sums = Lanes<N>;

    const NONE: Lanes<N> = Lanes([0; N]);

    #[inline(always)]
    unsafe fn inputs(four: i32) -> [i32; 4] {
        four.to_ne_bytes().map(i32::from)
    }

    #[inline(always)]
    unsafe fn add(sums: &mut Lanes<N>, weights: *const i8, inputs: [i32; 4]) {
        for (lane, sum) in sums.0.iter_mut().enumerate() {
            for (part, &x) in inputs.iter().enumerate() {
                // SAFETY: the caller's.
                *sum = sum.wrapping_add(i32::from(unsafe { *weights.add(4 * lane + part) }) * x);
            }
        }
    }

    #[inline(always)]
    unsafe fn sums(sums: Lanes<N>) -> Lanes<N> {
        sums
    }
}
