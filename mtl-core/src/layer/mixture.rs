//! The mixture in `MixtureOfExperts` and `Cgc`: `y = Σₖ gₖ eₖ`, the outputs of experts weighted by a gate.
//!
//! Experts and gates are dense layers like any other, and the gate's softmax a step like any other (Jacobs, Jordan,
//! Nowlan, Hinton 1991; with a gate a task, Ma et al. 2018); this is what joins them. It has no parameters.

use super::merge::column_of_each;
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet, reduce};

/// `y = Σₖ gₖ eₖ` for every column; `gate` has one weight an expert.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
pub fn forward<S: InstructionSet, T: Scalar, const N: usize, const EXPERTS: usize>(
    gate: &[[T; EXPERTS]],
    experts: [&[[T; N]]; EXPERTS],
    output: &mut [[T; N]],
) {
    for ((column, y), gate) in output.iter_mut().enumerate().zip(gate) {
        let Some(outputs) = column_of_each(experts, column) else { return };
        for (row, y) in y.iter_mut().enumerate() {
            let mut sum = T::ZERO;
            for (expert, &weight) in outputs.iter().zip(gate) {
                sum = S::mul_add(weight, expert[row], sum);
            }
            *y = sum;
        }
    }
}

/// The gradient of the gate: `∂gₖ = eₖ · ∂y`.
#[inline(always)]
pub fn gate_gradient<T: Scalar, const N: usize, const EXPERTS: usize>(
    experts: [&[[T; N]]; EXPERTS],
    output_gradient: &[[T; N]],
    mut sink: GradientSink<'_, T, EXPERTS>,
) {
    sink.write_columns(|column| {
        let (outputs, dy) = (experts.map(|expert| &expert[column]), &output_gradient[column]);
        move |expert: usize| reduce::sum::<T, N>(|row| outputs[expert][row] * dy[row])
    });
}

/// The gradient of expert `number`: `gₖ ∂y`.
#[inline(always)]
pub fn expert_gradient<T: Scalar, const N: usize, const EXPERTS: usize>(
    gate: &[[T; EXPERTS]],
    number: usize,
    output_gradient: &[[T; N]],
    mut sink: GradientSink<'_, T, N>,
) {
    sink.write_columns(|column| {
        let (weight, dy) = (gate[column][number], &output_gradient[column]);
        move |row: usize| weight * dy[row]
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Portable;
    use crate::layer::check::{assert_near, columns};
    use std::{vec, vec::Vec};

    const EXPERTS: usize = 3;

    #[test]
    fn values_are_those_of_the_formula() {
        let mut output = [[f64::NAN; 2]; 2];
        let gate = [[0.25, 0.75], [1.0, 0.0]];
        forward::<Portable, _, 2, 2>(&gate, [&[[4.0, 8.0], [1.0, 2.0]], &[[0.0, -4.0], [9.0, 9.0]]], &mut output);
        assert_eq!(output, [[1.0, -1.0], [1.0, 2.0]]);
    }

    fn check<const N: usize>() {
        const STEP: f64 = 1e-5;
        let gate = columns::<EXPERTS>(4);
        let experts: [Vec<[f64; N]>; EXPERTS] =
            core::array::from_fn(|number| columns::<N>(4 + number)[number..].iter().map(|x| x.map(|x| x - 0.3)).collect());
        let dy = columns::<N>(4);
        let loss = |gate: &[[f64; EXPERTS]], experts: &[Vec<[f64; N]>; EXPERTS]| {
            let mut output = vec![[f64::NAN; N]; 4];
            forward::<Portable, _, N, EXPERTS>(gate, experts.each_ref().map(Vec::as_slice), &mut output);
            output.as_flattened().iter().zip(dy.as_flattened()).map(|(y, dy)| y * dy).sum::<f64>()
        };
        let mut written = vec![[f64::NAN; EXPERTS]; 4];
        gate_gradient(experts.each_ref().map(Vec::as_slice), &dy, GradientSink { columns: &mut written, add: false });
        for (place, &g) in written.as_flattened().iter().enumerate() {
            let at = |step: f64| {
                let mut moved = gate.clone();
                moved.as_flattened_mut()[place] += step;
                loss(&moved, &experts)
            };
            assert_near(g, (at(STEP) - at(-STEP)) / (2.0 * STEP), "gate");
        }
        for number in 0..EXPERTS {
            let mut added = vec![[2.0; N]; 4];
            expert_gradient(&gate, number, &dy, GradientSink { columns: &mut added, add: true });
            for (place, &g) in added.as_flattened().iter().enumerate() {
                let at = |step: f64| {
                    let mut moved = experts.clone();
                    moved[number].as_flattened_mut()[place] += step;
                    loss(&gate, &moved)
                };
                assert_near(g - 2.0, (at(STEP) - at(-STEP)) / (2.0 * STEP), "expert");
            }
        }
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        check::<1>();
        check::<5>();
        check::<18>();
    }
}
