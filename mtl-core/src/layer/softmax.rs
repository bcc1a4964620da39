//! `Softmax`.

use rand::Rng;

use super::{Context, Layer};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet, reduce};

/// `yᵢ = e^(xᵢ − max x) / Σⱼ e^(xⱼ − max x)` over all `N` values of a sample, as Keras's `Softmax`.
///
/// Subtracting the maximum changes nothing but keeps every exponent at 0 or below: finite for every finite input.
/// Gradient: `∂xᵢ = yᵢ (∂yᵢ − Σⱼ yⱼ ∂yⱼ)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Softmax<const N: usize>;

impl<const N: usize> Softmax<N> {
    /// The layer.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<const N: usize, T: Scalar> Layer<N, N, T> for Softmax<N> {
    type Parameters = ();
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, (): &(), input: &[[T; N]], output: &mut [[T; N]], _: &mut [()]) {
        columns(input, output);
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        (): &(),
        _: &[[T; N]],
        output: &[[T; N]],
        _: &[()],
        output_gradient: &mut [[T; N]],
        input_gradient: Option<GradientSink<'_, T, N>>,
        (): &mut (),
    ) {
        if let Some(mut sink) = input_gradient {
            sink.write_columns(|column| {
                let (y, dy) = (&output[column], &output_gradient[column]);
                let mean = reduce::sum::<T, N>(|row| y[row] * dy[row]);
                move |row: usize| y[row] * (dy[row] - mean)
            });
        }
    }
}

/// The forward pass.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
fn columns<T: Scalar, const N: usize>(input: &[[T; N]], output: &mut [[T; N]]) {
    for (input, output) in input.iter().zip(output) {
        let maximum = reduce::maximum::<T, N>(|row| input[row]);
        for (&x, y) in input.iter().zip(output.iter_mut()) {
            *y = (x - maximum).exp();
        }
        let factor = T::ONE / reduce::sum::<T, N>(|row| output[row]);
        for y in output {
            *y *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Softmax;
    use crate::layer::check::{PREDICT, assert_near, check_gradients, columns, forward};

    #[test]
    fn values_are_those_of_the_formula() {
        let output = forward(&Softmax::<3>::new(), PREDICT, &(), &[[0.0, 2.0f64.ln(), 5.0f64.ln()]]);
        for (&y, expected) in output[0].iter().zip([0.125, 0.25, 0.625]) {
            assert_near(y, expected, "softmax");
        }
    }

    #[test]
    fn huge_inputs_stay_finite() {
        assert_eq!(forward(&Softmax::<2>::new(), PREDICT, &(), &[[1e300, -1e300], [-1e308, -1e308]]), [[1.0, 0.0], [0.5, 0.5]]);
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        check_gradients(&Softmax::<4>::new(), PREDICT, &(), &columns::<4>(3));
        check_gradients(&Softmax::<19>::new(), PREDICT, &(), &columns::<19>(2));
    }
}
