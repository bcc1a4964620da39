//! `Multiply` in eight bits.

use super::part::part;
use crate::kernel::int8::output::Output;

part! {
    /// `y = z' + m Πₖ (xₖ − zₖ)`, of two or three tensors: the product has 24 bits.
    Product<INPUTS> {
        /// `Π sₖ / s' · 2^shift`.
        multiplier: [i32; 1] = I32 [1],
        /// [`Output`].
        output: [u8; 4] = U8 [4],
        /// `zₖ`.
        zero_point: [u8; INPUTS] = U8 [INPUTS],
    }
}

impl<const INPUTS: usize> Product<INPUTS> {
    /// The product, row by row.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub fn forward<const N: usize>(&self, x: [&[u8; N]; INPUTS], y: &mut [u8; N]) {
        const { assert!(INPUTS <= 3, "the product of more does not fit into 32 bits") };
        let output = Output::read(self.output);
        for (row, y) in y.iter_mut().enumerate() {
            let mut product = 1;
            for (x, &zero_point) in x.iter().zip(&self.zero_point) {
                product *= i32::from(x[row]) - i32::from(zero_point);
            }
            *y = output.of(product, self.multiplier[0]);
        }
    }

    /// Quantises it.
    #[cfg(feature = "std")]
    pub fn set(&mut self, from: [super::Scale; INPUTS], to: super::Scale) {
        let factor = from.iter().map(|scale| scale.step).product::<f64>() / to.step;
        let shift = crate::kernel::int8::output::fixed_point(&[factor], &mut self.multiplier);
        self.output = [shift, to.zero_byte(), 0, 255];
        self.zero_point = from.map(|scale| scale.zero_byte());
    }
}
