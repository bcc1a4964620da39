//! `Dropout`.

use rand::Rng;

use super::{Context, Layer};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};

/// Inverted dropout, as Keras's `Dropout`: in training each value is 0 with probability `rate`, else `x / (1 − rate)`; identity when predicting.
///
/// Srivastava et al. 2014. Which values are dropped is a hash of their place ([`Context::random_bits`]), so the
/// backward pass draws the same mask again and nothing is kept.
#[derive(Clone, Copy, Debug)]
pub struct Dropout<const N: usize> {
    /// Values whose 32 random bits are below it are dropped.
    threshold: u32,
    /// `1 / (1 − rate)`.
    scale: f64,
}

impl<const N: usize> Dropout<N> {
    /// A layer that drops the share `rate` of the values (to the nearest multiple of 2⁻³²).
    ///
    /// # Panics
    ///
    /// Unless `0 <= rate < 1`. In a `const` that is an error when compiling.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was just checked, and the cast saturates")]
    pub const fn new(rate: f64) -> Self {
        assert!(rate >= 0.0 && rate < 1.0, "a dropout rate is at least 0 and below 1");
        Self { threshold: (rate * 4_294_967_296.0 + 0.5) as u32, scale: 1.0 / (1.0 - rate) }
    }

    /// The factor of the value at a place: 0, or `1 / (1 − rate)`.
    #[inline(always)]
    fn factor<T: Scalar>(&self, context: &Context, column: usize, row: usize) -> T {
        if context.random_bits(column, row) < self.threshold { T::ZERO } else { T::from_f64(self.scale) }
    }
}

impl<const N: usize, T: Scalar> Layer<N, N, T> for Dropout<N> {
    type Parameters = ();
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, context: Context, (): &(), input: &[[T; N]], output: &mut [[T; N]], _: &mut [()]) {
        for (column, (input, output)) in input.iter().zip(output).enumerate() {
            if context.pass.training {
                for (row, (&x, y)) in input.iter().zip(output).enumerate() {
                    *y = x * self.factor(&context, column, row);
                }
            } else {
                *output = *input;
            }
        }
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        context: Context,
        (): &(),
        _: &[[T; N]],
        _: &[[T; N]],
        _: &[()],
        output_gradient: &mut [[T; N]],
        input_gradient: Option<GradientSink<'_, T, N>>,
        (): &mut (),
    ) {
        if let Some(mut sink) = input_gradient {
            if context.pass.training {
                sink.write_columns(|column| {
                    let dy = &output_gradient[column];
                    move |row: usize| dy[row] * self.factor(&context, column, row)
                });
            } else {
                sink.write_columns(|column| {
                    let dy = &output_gradient[column];
                    |row: usize| dy[row]
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Dropout;
    use crate::layer::check::{PREDICT, TRAIN, check_gradients, columns, forward};
    use crate::layer::context::{Context, Pass};
    use std::vec::Vec;

    #[test]
    fn predicting_is_the_identity() {
        let input = columns::<7>(5);
        assert_eq!(forward(&Dropout::<7>::new(0.9), PREDICT, &(), &input), input);
        check_gradients(&Dropout::<7>::new(0.9), PREDICT, &(), &input);
    }

    #[test]
    fn rate_zero_is_the_identity() {
        let input = columns::<7>(5);
        assert_eq!(forward(&Dropout::<7>::new(0.0), TRAIN, &(), &input), input);
    }

    #[test]
    fn the_backward_pass_draws_the_mask_of_the_forward_pass() {
        check_gradients(&Dropout::<9>::new(0.4), TRAIN, &(), &columns::<9>(6));
    }

    #[test]
    fn the_share_of_dropped_values_is_the_rate() {
        for rate in [0.1, 0.5, 0.8] {
            let output = forward(&Dropout::<100>::new(rate), TRAIN, &(), &[[1.0; 100]; 1000]);
            let dropped = output.as_flattened().iter().filter(|&&y| y == 0.0).count() as f64 / 1e5;
            // Five standard deviations of the share of 100,000 independent draws.
            assert!((dropped - rate).abs() < 5.0 * (rate * (1.0 - rate) / 1e5).sqrt(), "{dropped} of {rate}");
            assert!(output.as_flattened().iter().all(|&y| y == 0.0 || y == 1.0 / (1.0 - rate)));
            for row in 0..100 {
                let dropped = output.iter().filter(|column| column[row] == 0.0).count() as f64 / 1e3;
                assert!((dropped - rate).abs() < 5.0 * (rate * (1.0 - rate) / 1e3).sqrt(), "row {row}: {dropped} of {rate}");
            }
        }
    }

    #[test]
    fn keys_and_nodes_draw_masks_of_their_own() {
        let layer = Dropout::<64>::new(0.5);
        let draw = |key, node| forward(&layer, Context { pass: Pass { key, ..TRAIN.pass }, node }, &(), &[[1.0; 64]; 64]);
        let masks = [draw(1, 0), draw(2, 0), draw(1 << 40, 0), draw(1, 1), draw(1, 2)];
        for (number, left) in masks.iter().enumerate() {
            for right in &masks[..number] {
                let equal = left.as_flattened().iter().zip(right.as_flattened()).filter(|(a, b)| a == b).count();
                // Independent masks agree on half of the 4,096 values, with a standard deviation of 32.
                assert!((2048 - 160..2048 + 160).contains(&equal), "{equal} of 4096 agree");
            }
        }
    }

    #[test]
    fn the_mask_does_not_depend_on_the_tiles() {
        let layer = Dropout::<13>::new(0.3);
        let input = columns::<13>(10);
        let tiled: Vec<[f64; 13]> = input
            .chunks(3)
            .enumerate()
            .flat_map(|(tile, columns)| forward(&layer, Context { pass: Pass { first_sample: tile * 3, ..TRAIN.pass }, ..TRAIN }, &(), columns))
            .collect();
        assert_eq!(forward(&layer, TRAIN, &(), &input), tiled);
    }
}
