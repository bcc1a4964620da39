//! `CrossStitch`: what each of several flows takes from the others is learned (Misra, Shrivastava, Gupta, Hebert 2016).
//!
//! Every output of the step is a node of its own with its own row of coefficients, so a row serves exactly the heads
//! behind its output. The functions here are those of one output.

use nalgebra::SMatrix;

use super::merge::column_of_each;
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet, reduce};

/// The coefficients `α` of one output: `yᵣ = Σₖ αₖ xₖᵣ`.
///
/// `CHANNELS` is 1 for one coefficient a pair of flows, else the number of channels (of a vector, its values): the
/// coefficient of row `r` is then that of channel `r mod CHANNELS`, channels last. Keras's shape is `[INPUTS, CHANNELS]`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct CrossStitchParameters<const CHANNELS: usize, const INPUTS: usize, T> {
    /// `α`, a column for each input.
    pub coefficients: SMatrix<T, CHANNELS, INPUTS>,
}

crate::flat::own_flat!([const CHANNELS: usize, const INPUTS: usize, T: Scalar] CrossStitchParameters<CHANNELS, INPUTS, T> as CrossStitchParameters over T { coefficients: SMatrix<T, CHANNELS, INPUTS> });

/// Sets the coefficient of the output's own flow to `own`, and shares `1 − own` evenly among the others: with 0.9, Misra's start.
pub fn initialize<T: Scalar, const CHANNELS: usize, const INPUTS: usize>(
    own: f64,
    number: usize,
    parameters: &mut CrossStitchParameters<CHANNELS, INPUTS, T>,
) {
    let other = if INPUTS > 1 { (1.0 - own) / (INPUTS - 1) as f64 } else { 0.0 };
    for (input, column) in parameters.coefficients.data.0.iter_mut().enumerate() {
        column.fill(T::from_f64(if input == number { own } else { other }));
    }
}

/// `yᵣ = Σₖ αₖ xₖᵣ` for every column.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
pub fn forward<S: InstructionSet, T: Scalar, const N: usize, const CHANNELS: usize, const INPUTS: usize>(
    parameters: &CrossStitchParameters<CHANNELS, INPUTS, T>,
    inputs: [&[[T; N]]; INPUTS],
    output: &mut [[T; N]],
) {
    let coefficients = &parameters.coefficients.data.0;
    for (column, y) in output.iter_mut().enumerate() {
        let Some(x) = column_of_each(inputs, column) else { return };
        for (row, y) in y.iter_mut().enumerate() {
            let mut sum = T::ZERO;
            for (x, coefficients) in x.iter().zip(coefficients) {
                sum = S::mul_add(of_row::<T, N, CHANNELS>(coefficients, row), x[row], sum);
            }
            *y = sum;
        }
    }
}

/// The gradient of input `number`: `αₖ ∂yᵣ`.
#[inline(always)]
pub fn input_gradient<T: Scalar, const N: usize, const CHANNELS: usize, const INPUTS: usize>(
    parameters: &CrossStitchParameters<CHANNELS, INPUTS, T>,
    number: usize,
    output_gradient: &[[T; N]],
    mut sink: GradientSink<'_, T, N>,
) {
    let coefficients = &parameters.coefficients.data.0[number];
    sink.write_columns(|column| {
        let dy = &output_gradient[column];
        move |row: usize| of_row::<T, N, CHANNELS>(coefficients, row) * dy[row]
    });
}

/// Adds the gradient of the coefficients: `Σ xₖᵣ ∂yᵣ`, over the samples and the rows of each channel.
#[inline(always)]
pub fn backward<S: InstructionSet, T: Scalar, const N: usize, const CHANNELS: usize, const INPUTS: usize>(
    inputs: [&[[T; N]]; INPUTS],
    output_gradient: &[[T; N]],
    gradient: &mut CrossStitchParameters<CHANNELS, INPUTS, T>,
) {
    for (input, gradient) in inputs.iter().zip(&mut gradient.coefficients.data.0) {
        for (x, dy) in input.iter().zip(output_gradient) {
            if CHANNELS == 1 {
                gradient[0] += reduce::sum::<T, N>(|row| x[row] * dy[row]);
            } else {
                for (x, dy) in x.chunks_exact(CHANNELS).zip(dy.chunks_exact(CHANNELS)) {
                    for ((gradient, &x), &dy) in gradient.iter_mut().zip(x).zip(dy) {
                        *gradient = S::mul_add(x, dy, *gradient);
                    }
                }
            }
        }
    }
}

/// The coefficient of a row. The cases are told apart when compiling; a remainder would keep the loop from being vectorised.
#[inline(always)]
fn of_row<T: Scalar, const N: usize, const CHANNELS: usize>(coefficients: &[T; CHANNELS], row: usize) -> T {
    if CHANNELS == 1 {
        coefficients[0]
    } else if CHANNELS == N {
        coefficients[row]
    } else {
        coefficients[row % CHANNELS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flat::{Flat, zeroed};
    use crate::kernel::Portable;
    use crate::layer::check::{assert_near, columns, value};
    use std::{vec, vec::Vec};

    fn parameters<const CHANNELS: usize>() -> CrossStitchParameters<CHANNELS, 3, f64> {
        let mut parameters: CrossStitchParameters<CHANNELS, 3, f64> = zeroed();
        parameters.as_mut_slice().iter_mut().enumerate().for_each(|(number, a)| *a = value(number + 41));
        parameters
    }

    #[test]
    fn the_start_is_mostly_the_own_flow() {
        let mut parameters: CrossStitchParameters<2, 3, f64> = zeroed();
        initialize(0.8, 1, &mut parameters);
        for (a, expected) in parameters.as_slice().iter().zip([0.1, 0.1, 0.8, 0.8, 0.1, 0.1]) {
            assert_near(*a, expected, "coefficient");
        }
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let inputs: [&[[f64; 4]]; 2] = [&[[1.0, 2.0, 3.0, 4.0]], &[[10.0, 20.0, 30.0, 40.0]]];
        let mut output = [[f64::NAN; 4]];
        forward::<Portable, _, 4, 1, 2>(&CrossStitchParameters { coefficients: [[0.5], [2.0]].into() }, inputs, &mut output);
        assert_eq!(output, [[20.5, 41.0, 61.5, 82.0]]);
        // Two channels: rows 0 and 2 are the first, 1 and 3 the second.
        forward::<Portable, _, 4, 2, 2>(&CrossStitchParameters { coefficients: [[1.0, 0.0], [0.0, 1.0]].into() }, inputs, &mut output);
        assert_eq!(output, [[1.0, 20.0, 3.0, 40.0]]);
        forward::<Portable, _, 4, 4, 2>(
            &CrossStitchParameters { coefficients: [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 2.0]].into() },
            inputs,
            &mut output,
        );
        assert_eq!(output, [[1.0, 2.0, 30.0, 80.0]]);
    }

    fn check<const N: usize, const CHANNELS: usize>() {
        const STEP: f64 = 1e-5;
        let inputs: [Vec<[f64; N]>; 3] =
            core::array::from_fn(|number| columns::<N>(4)[..3].iter().map(|x| x.map(|x| x * (number as f64 + 0.7))).collect());
        let dy = columns::<N>(3);
        let parameters = parameters::<CHANNELS>();
        let loss = |parameters: &CrossStitchParameters<CHANNELS, 3, f64>, inputs: &[Vec<[f64; N]>; 3]| {
            let mut output = vec![[f64::NAN; N]; 3];
            forward::<Portable, _, N, CHANNELS, 3>(parameters, inputs.each_ref().map(Vec::as_slice), &mut output);
            output.as_flattened().iter().zip(dy.as_flattened()).map(|(y, dy)| y * dy).sum::<f64>()
        };
        let mut gradient: CrossStitchParameters<CHANNELS, 3, f64> = zeroed();
        gradient.as_mut_slice().fill(0.5);
        backward::<Portable, _, N, CHANNELS, 3>(inputs.each_ref().map(Vec::as_slice), &dy, &mut gradient);
        for (number, &g) in gradient.as_slice().iter().enumerate() {
            let at = |step: f64| {
                let mut moved = parameters;
                moved.as_mut_slice()[number] += step;
                loss(&moved, &inputs)
            };
            assert_near(g - 0.5, (at(STEP) - at(-STEP)) / (2.0 * STEP), "coefficient");
        }
        for number in 0..3 {
            let mut written = vec![[1.0; N]; 3];
            input_gradient(&parameters, number, &dy, GradientSink { columns: &mut written, add: true });
            for (place, &g) in written.as_flattened().iter().enumerate() {
                let at = |step: f64| {
                    let mut moved = inputs.clone();
                    moved[number].as_flattened_mut()[place] += step;
                    loss(&parameters, &moved)
                };
                assert_near(g - 1.0, (at(STEP) - at(-STEP)) / (2.0 * STEP), "input");
            }
        }
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        check::<5, 1>();
        check::<6, 6>();
        check::<6, 2>();
        check::<19, 1>();
    }
}
