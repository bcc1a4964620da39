//! Low bytes: what a byte leaves out of a number, in parts of 256.
//!
//! A tensor of which one byte a value is not enough, as heads tell when a model is calibrated, is kept in two. What takes it adds up the products of
//! both with the same weights: `W (q + l / 256)`, twice the work of this layer. Other tensors, and models that need none, have one.
//!
//! One function does so for all layers, by the ordinary product: whether there are low bytes is known when a model runs, and few have any.

use core::hint::black_box;

use super::register::Lanes;
use super::{Product, To, ToBytes};

/// So many units are computed at a time, for the sums of all would take stack. They fill every register once.
const BLOCK: usize = 16;

impl Product {
    /// [`outline`](Self::outline), with low bytes of the input and of the output where there are any, for one column.
    ///
    /// # Safety
    ///
    /// As of [`multiply_low`](Self::multiply_low).
    #[inline(always)]
    pub(super) unsafe fn outline_low(&self, end: &To, input_low: *const u8, target_low: *mut u8) {
        // SAFETY: the caller's.
        unsafe { if input_low.is_null() && target_low.is_null() { self.outline(end) } else { self.multiply_low(end, input_low, target_low) } }
    }

    /// [`outline`](Self::outline) with the low bytes of the input, those of the output, or both, for one column.
    ///
    /// What low bytes count from, 128, is in the bias already.
    ///
    /// # Safety
    ///
    /// As of [`outline`](Self::outline); each of the low bytes must be null, or valid for reading `inputs` bytes and for writing `units` bytes.
    #[cold]
    #[inline(never)]
    unsafe fn multiply_low(&self, end: &To, input_low: *const u8, target_low: *mut u8) {
        let mut first = 0;
        while first < self.units {
            let units = BLOCK.min(self.units - first);
            let (mut own, mut sums) = ([0; BLOCK], [0; BLOCK]);
            // SAFETY: the units are some of the product's, and as many as the arrays have at most.
            unsafe {
                if !input_low.is_null() {
                    self.sums_of_some(input_low, first, units, &own, &mut sums);
                }
                for unit in 0..units {
                    // As vectors these loops would be four times the code.
                    let of_low = black_box(*sums.get_unchecked(unit)).wrapping_add(128) >> 8;
                    *own.get_unchecked_mut(unit) = (*self.bias.add(first + unit)).wrapping_add(of_low);
                }
                self.sums_of_some(self.input, first, units, &own, &mut sums);
                for unit in 0..units {
                    end.take_with_low(first + unit, *sums.get_unchecked(unit), target_low);
                }
            }
            first += units;
        }
    }

    /// The sums of some `units` from number `first` on, with what they begin with.
    ///
    /// # Safety
    ///
    /// As of [`outline`](Self::outline), for an `input` of as many bytes; the product must have these units, and they must be [`BLOCK`] at most.
    #[inline(never)]
    unsafe fn sums_of_some(&self, input: *const u8, first: usize, units: usize, from: &[i32; BLOCK], sums: &mut [i32; BLOCK]) {
        let grouped = self.inputs / 4 * 4;
        let kernel = self.kernel.wrapping_add(4 * first);
        let some = Self { kernel, bias: from.as_ptr(), input, inputs: grouped, units, ..*self };
        // SAFETY: a group has four weights of each unit, one after the other; what no group has are plain rows.
        unsafe {
            some.outline(&To::Sums(sums.as_mut_ptr()));
            for row in grouped..self.inputs {
                let x = i32::from(*input.add(row));
                for unit in 0..units {
                    let product = x * i32::from(*self.kernel.add(row * self.stride + first + unit));
                    *sums.get_unchecked_mut(unit) = black_box(*sums.get_unchecked(unit)).wrapping_add(product);
                }
            }
        }
    }
}

impl To {
    /// Takes the sum of a unit, and what its byte leaves out, if that is wanted.
    ///
    /// # Safety
    ///
    /// As of [`take`](Self::take); `low` must be null, or valid for writing a byte of every unit.
    #[cold]
    #[inline(never)]
    unsafe fn take_with_low(&self, unit: usize, sum: i32, low: *mut u8) {
        // SAFETY: the caller's.
        unsafe {
            self.take(unit, Lanes([sum]));
            if let Self::Bytes(ToBytes { multiplier, output, target }) = *self
                && !low.is_null()
            {
                *low.add(unit) = output.low(sum, *multiplier.add(unit), *target.add(unit));
            }
        }
    }
}
