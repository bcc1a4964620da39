//! `Scale`: a factor for each value that is trained.

use nalgebra::SVector;
use rand::Rng;

use super::{Affine, Context, Layer};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};

/// `y = s ⊙ x`, with `N` factors `s` that are trained.
///
/// The scaling layer of `RealMLP`: with it a network weighs its features, and drops those that do not help. Holzmüller, Grinsztajn, Steinwart 2024,
/// "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular Data". `∂x = s ⊙ ∂y`; `∂s` is the sum of `x ⊙ ∂y` over the samples.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scale<const N: usize>;

/// The parameters of a [`Scale`] layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct ScaleParameters<const N: usize, T> {
    /// `s`, initially 1.
    pub scale: SVector<T, N>,
}

crate::flat::own_flat!([const N: usize, T: Scalar] ScaleParameters<N, T> as ScaleParameters over T { scale: SVector<T, N> });

impl<const N: usize> Scale<N> {
    /// The layer.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<const N: usize, T: Scalar> ScaleParameters<N, T> {
    /// What the layer computes; it is the identity from then on.
    pub fn take_affine(&mut self) -> Affine<N> {
        let affine = Affine { scale: core::array::from_fn(|row| self.scale[row].to_f64()), ..Affine::IDENTITY };
        self.scale.fill(T::ONE);
        affine
    }

    /// As [`take_affine`](Self::take_affine): a factor costs no precision.
    pub fn take_foldable(&mut self) -> Affine<N> {
        self.take_affine()
    }

    /// Whether the layer passes values on as they are.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.scale.iter().all(|&scale| scale == T::ONE)
    }
}

impl<const N: usize, T: Scalar> Layer<N, N, T> for Scale<N> {
    type Parameters = ScaleParameters<N, T>;
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, _: &mut R) {
        parameters.scale.fill(T::ONE);
    }

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, parameters: &Self::Parameters, input: &[[T; N]], output: &mut [[T; N]], _: &mut [()]) {
        let scale = &parameters.scale.data.0[0];
        for (x, y) in input.iter().zip(output) {
            for row in 0..N {
                y[row] = scale[row] * x[row];
            }
        }
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        parameters: &Self::Parameters,
        input: &[[T; N]],
        _: &[[T; N]],
        _: &[()],
        output_gradient: &mut [[T; N]],
        input_gradient: Option<GradientSink<'_, T, N>>,
        gradient: &mut Self::Parameters,
    ) {
        let sums = &mut gradient.scale.data.0[0];
        for (x, dy) in input.iter().zip(output_gradient.iter()) {
            for row in 0..N {
                sums[row] = S::mul_add(dy[row], x[row], sums[row]);
            }
        }
        if let Some(mut sink) = input_gradient {
            let scale = &parameters.scale.data.0[0];
            sink.write_columns(|column| {
                let dy = &output_gradient[column];
                move |row: usize| scale[row] * dy[row]
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Scale, ScaleParameters};
    use crate::layer::check::{PREDICT, check_gradients, columns, forward, value};
    use nalgebra::SVector;

    #[test]
    fn values_are_those_of_the_formula() {
        let mut parameters = ScaleParameters { scale: [0.5, -2.0, 0.0].into() };
        assert_eq!(forward(&Scale::<3>::new(), PREDICT, &parameters, &[[4.0, 1.0, 7.0]]), [[2.0, -2.0, 0.0]]);
        let affine = parameters.take_affine();
        assert_eq!((affine.scale, affine.centre, affine.shift), ([0.5, -2.0, 0.0], [0.0; 3], [0.0; 3]));
        assert!(parameters.is_identity());
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        fn parameters<const N: usize>() -> ScaleParameters<N, f64> {
            ScaleParameters { scale: SVector::from_fn(|row, _| value(row + 17)) }
        }
        check_gradients(&Scale::<1>::new(), PREDICT, &parameters(), &columns::<1>(3));
        check_gradients(&Scale::<5>::new(), PREDICT, &parameters(), &columns::<5>(4));
    }
}
