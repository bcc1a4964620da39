//! Products by the DSP instructions of a Cortex-M4 or M7: two of 16 bits at a time, as in CMSIS-NN (Lai, Suda, Chandra 2018).

use core::arch::asm;

use super::register::{Lanes, Products};
use crate::kernel::repeat::repeat;

/// Four products for each of four units in five instructions: the bytes of a word become two pairs of 16 bits, and each pair adds two products.
pub(super) struct Dsp;

impl Products<Lanes<4>> for Dsp {
    const REGISTERS: usize = 1;
    const CHAINS: usize = 1;
    const GROUPS: usize = usize::MAX / 8;
    /// The first and third input, and the second and fourth, in 16 bits each.
    type Inputs = [u32; 2];
    type Sums = Lanes<4>;

    const NONE: Lanes<4> = Lanes([0; 4]);

    #[inline(always)]
    unsafe fn inputs(four: i32) -> [u32; 2] {
        let four = four.cast_unsigned();
        [four & 0x00FF_00FF, four >> 8 & 0x00FF_00FF]
    }

    #[inline(always)]
    unsafe fn add(sums: &mut Lanes<4>, weights: *const i8, [even, odd]: [u32; 2]) {
        repeat!(4: lane < 4, {
            // SAFETY: four bytes of the 16 that the caller promises; the instructions touch registers alone.
            unsafe {
                let four = weights.add(4 * lane).cast::<u32>().read_unaligned();
                let mut sum = sums.0[lane];
                asm!(
                    "sxtb16 {pair}, {four}",
                    "smlad {sum}, {pair}, {even}, {sum}",
                    "sxtb16 {pair}, {four}, ror #8",
                    "smlad {sum}, {pair}, {odd}, {sum}",
                    pair = out(reg) _, four = in(reg) four, even = in(reg) even, odd = in(reg) odd, sum = inout(reg) sum,
                    options(pure, nomem, nostack)
                );
                sums.0[lane] = sum;
            }
        });
    }

    #[inline(always)]
    unsafe fn sums(sums: Lanes<4>) -> Lanes<4> {
        sums
    }
}
