//! `Activate`: an element-wise activation as a layer of its own.

use core::marker::PhantomData;
use rand::Rng;

use super::{Context, Layer};
use crate::activation::Activation;
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};

/// `yᵢ = f(xᵢ)` for each of `N` values, as Keras's `Activation`.
///
/// Keeps its input, so it takes any [`Activation`]: those whose derivative needs `x` too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Activate<const N: usize, A> {
    activation: PhantomData<A>,
}

impl<const N: usize, A: Activation> Activate<N, A> {
    /// The layer.
    #[must_use]
    pub const fn new() -> Self {
        Self { activation: PhantomData }
    }
}

impl<const N: usize, A: Activation, T: Scalar> Layer<N, N, T> for Activate<N, A> {
    type Parameters = ();
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, (): &(), input: &[[T; N]], output: &mut [[T; N]], _: &mut [()]) {
        values::<T, A>(input.as_flattened(), output.as_flattened_mut());
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        (): &(),
        input: &[[T; N]],
        output: &[[T; N]],
        _: &[()],
        output_gradient: &mut [[T; N]],
        input_gradient: Option<GradientSink<'_, T, N>>,
        (): &mut (),
    ) {
        if let Some(mut sink) = input_gradient {
            sink.write_columns(|column| {
                let (x, y, dy) = (&input[column], &output[column], &output_gradient[column]);
                move |row: usize| dy[row] * A::derivative(x[row], y[row])
            });
        }
    }
}

/// `y = f(x)` for every value.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
fn values<T: Scalar, A: Activation>(input: &[T], output: &mut [T]) {
    for (&x, y) in input.iter().zip(output) {
        *y = A::value(x);
    }
}

#[cfg(test)]
mod tests {
    use super::Activate;
    use crate::activation::Activation;
    use crate::kernel::scalar::Scalar;
    use crate::layer::check::{PREDICT, check_gradients, columns, forward};

    /// `x³`: its derivative from the output would need a cube root.
    #[derive(Clone, Copy, Default)]
    struct Cube;

    impl Activation for Cube {
        fn value<T: Scalar>(x: T) -> T {
            x * x * x
        }
        fn derivative<T: Scalar>(x: T, _: T) -> T {
            T::from_f64(3.0) * x * x
        }
    }

    #[test]
    fn every_value_is_activated() {
        assert_eq!(forward(&Activate::<2, Cube>::new(), PREDICT, &(), &[[2.0, -1.0], [0.0, 3.0]]), [[8.0, -1.0], [0.0, 27.0]]);
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        check_gradients(&Activate::<5, Cube>::new(), PREDICT, &(), &columns::<5>(3));
    }
}
