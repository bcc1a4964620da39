//! `Dense`: `y = f(W x + b)`.

use core::marker::PhantomData;
use nalgebra::{SMatrix, SVector};
use rand::Rng;

use super::{Context, Layer};
use crate::activation::{self, Activation, Linear};
use crate::init::Initializer;
use crate::kernel::scalar::Scalar;
use crate::kernel::{self, GradientSink, InstructionSet};

/// A fully connected layer `y = f(W x + b)`, as Keras's `Dense`.
///
/// `BIAS` is `OUT`, or 0 for a layer without a bias. The activation is applied in place, so its derivative must be
/// computable from its output ([`Activation::FROM_OUTPUT`]); a model puts any other into an [`Activate`](super::Activate) of its own.
#[derive(Clone, Copy, Debug)]
pub struct Dense<const IN: usize, const OUT: usize, const BIAS: usize, A = Linear> {
    initializer: Initializer,
    activation: PhantomData<A>,
}

impl<const IN: usize, const OUT: usize, const BIAS: usize, A: Activation> Dense<IN, OUT, BIAS, A> {
    /// A layer whose kernel starts as `initializer` says and whose bias starts at 0.
    #[must_use]
    pub const fn new(initializer: Initializer) -> Self {
        const { assert!(A::FROM_OUTPUT, "this activation needs its input: give it a step of its own") };
        const { assert!(BIAS == 0 || BIAS == OUT, "a bias has one value a unit") };
        Self { initializer, activation: PhantomData }
    }
}

/// The parameters of a [`Dense`] layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct DenseParameters<const IN: usize, const OUT: usize, const BIAS: usize, T> {
    /// `W`, `[OUT × IN]`; in memory Keras's `kernel` `[IN, OUT]`.
    pub kernel: SMatrix<T, OUT, IN>,
    /// `b`.
    pub bias: SVector<T, BIAS>,
}

crate::flat::own_flat!([const IN: usize, const OUT: usize, const BIAS: usize, T: Scalar] DenseParameters<IN, OUT, BIAS, T> as DenseParameters over T {
    kernel: SMatrix<T, OUT, IN>,
    bias: SVector<T, BIAS>,
});

impl<const IN: usize, const OUT: usize, const BIAS: usize, A: Activation, T: Scalar> Layer<IN, OUT, T> for Dense<IN, OUT, BIAS, A> {
    type Parameters = DenseParameters<IN, OUT, BIAS, T>;
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, rng: &mut R) {
        self.initializer.fill(parameters.kernel.as_mut_slice(), IN, OUT, rng);
    }

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, parameters: &Self::Parameters, input: &[[T; IN]], output: &mut [[T; OUT]], _: &mut [()]) {
        kernel::dense_forward::<S, _, IN, OUT, BIAS>(&parameters.kernel.data.0, &parameters.bias.data.0[0], input, output);
        activation::apply::<S, T, A>(output.as_flattened_mut());
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        context: Context,
        parameters: &Self::Parameters,
        input: &[[T; IN]],
        output: &[[T; OUT]],
        _: &[()],
        output_gradient: &mut [[T; OUT]],
        input_gradient: Option<GradientSink<'_, T, IN>>,
        gradient: &mut Self::Parameters,
    ) {
        activation::pull_back::<T, A>(output_gradient.as_flattened_mut(), output.as_flattened());
        if !context.is_frozen() {
            let add = !context.pass.fresh;
            kernel::bias_gradient::<S, _, OUT, BIAS>(output_gradient, &mut gradient.bias.data.0[0], add);
            kernel::dense_kernel_gradient::<S, _, IN, OUT>(input, output_gradient, &mut gradient.kernel.data.0, add);
        }
        if let Some(sink) = input_gradient {
            kernel::dense_input_gradient::<S, _, IN, OUT>(&parameters.kernel.data.0, output_gradient, sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Dense, DenseParameters};
    use crate::activation::{Linear, Relu};
    use crate::init::Initializer;
    use crate::layer::check::{PREDICT, check_gradients, columns, forward, value};
    use nalgebra::{SMatrix, SVector};

    const INITIALIZER: Initializer = Initializer::GlorotUniform;

    fn parameters<const IN: usize, const OUT: usize, const BIAS: usize>() -> DenseParameters<IN, OUT, BIAS, f64> {
        DenseParameters { kernel: SMatrix::from_fn(|row, column| value(17 * row + column)), bias: SVector::from_fn(|row, _| value(row + 41)) }
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let parameters = DenseParameters { kernel: SMatrix::<_, 2, 3>::new(1.0, 2.0, 3.0, 4.0, 5.0, 6.0), bias: [0.5, -40.0].into() };
        assert_eq!(forward(&Dense::<3, 2, 2>::new(INITIALIZER), PREDICT, &parameters, &[[1.0, 0.0, 2.0]]), [[7.5, -24.0]]);
        assert_eq!(forward(&Dense::<3, 2, 2, Relu>::new(INITIALIZER), PREDICT, &parameters, &[[1.0, 0.0, 2.0]]), [[7.5, 0.0]]);
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        check_gradients(&Dense::<3, 4, 4, Relu>::new(INITIALIZER), PREDICT, &parameters(), &columns::<3>(5));
        check_gradients(&Dense::<7, 1, 1, Linear>::new(INITIALIZER), PREDICT, &parameters(), &columns::<7>(3));
        check_gradients(&Dense::<5, 18, 0, Relu>::new(INITIALIZER), PREDICT, &parameters(), &columns::<5>(2));
    }
}
