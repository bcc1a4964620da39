//! `PRelu`: a rectifier whose slope below 0 is trained.

use nalgebra::SVector;
use rand::Rng;

use super::{Context, Layer};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};

/// `y = x` where `x > 0`, and `y = α x` elsewhere, with `SLOPES` numbers `α` that are trained: one for each value, or one for all along some axes.
///
/// As Keras's `PReLU`; He, Zhang, Ren, Sun 2015, "Delving Deep into Rectifiers". `∂x` is `∂y` where `x > 0`, and `α ∂y` elsewhere; `∂α` is the sum
/// of `x ∂y` over what is not above 0 of all that share it.
#[derive(Clone, Copy, Debug)]
pub struct PRelu<const SLOPES: usize> {
    /// How many values there are along the last two axes of three.
    sizes: [usize; 2],
    /// How far it is from one slope to the next along each axis: 0 where all share one.
    strides: [usize; 3],
    /// Slopes repeat one after the other, as those of channels do.
    repeats: bool,
}

impl<const SLOPES: usize> PRelu<SLOPES> {
    /// The layer on values of a shape of three axes, of which those that are `shared` have one slope.
    #[must_use]
    pub const fn new(shape: [usize; 3], shared: [bool; 3]) -> Self {
        let across = if shared[2] { 1 } else { shape[2] };
        let down = if shared[1] { across } else { shape[1] * across };
        let strides = [if shared[0] { 0 } else { down }, if shared[1] { 0 } else { across }, if shared[2] { 0 } else { 1 }];
        let repeats = SLOPES == 1 || !(shared[2] && shape[2] > 1) && (!(shared[1] && shape[1] > 1) || shared[0]);
        Self { sizes: [shape[1], shape[2]], strides, repeats }
    }

    /// The number of the slope of a value.
    #[inline(always)]
    #[must_use]
    pub const fn slope_of(&self, value: usize) -> usize {
        if self.repeats {
            return value % SLOPES;
        }
        let [down, across] = self.sizes;
        let (Some(row), Some(last)) = (value.checked_div(across), value.checked_rem(across)) else { return 0 };
        let (Some(first), Some(middle)) = (row.checked_div(down), row.checked_rem(down)) else { return 0 };
        first * self.strides[0] + middle * self.strides[1] + last * self.strides[2]
    }

    /// The forward pass.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    fn values<T: Scalar>(&self, slopes: &[T; SLOPES], input: &[T], output: &mut [T]) {
        if self.repeats {
            for (x, y) in input.as_chunks::<SLOPES>().0.iter().zip(output.as_chunks_mut::<SLOPES>().0) {
                for at in 0..SLOPES {
                    y[at] = rectified(x[at], slopes[at]);
                }
            }
        } else {
            for (number, (&x, y)) in input.iter().zip(output).enumerate() {
                *y = rectified(x, slopes.get(self.slope_of(number)).copied().unwrap_or(T::ZERO));
            }
        }
    }
}

#[inline(always)]
fn rectified<T: Scalar>(x: T, slope: T) -> T {
    if x > T::ZERO { x } else { slope * x }
}

/// The parameters of a [`PRelu`] layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct PReluParameters<const SLOPES: usize, T> {
    /// `α`, initially 0.
    pub alpha: SVector<T, SLOPES>,
}

crate::flat::own_flat!([const SLOPES: usize, T: Scalar] PReluParameters<SLOPES, T> as PReluParameters over T { alpha: SVector<T, SLOPES> });

impl<const N: usize, const SLOPES: usize, T: Scalar> Layer<N, N, T> for PRelu<SLOPES> {
    type Parameters = PReluParameters<SLOPES, T>;
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, _: &mut Self::Parameters, _: &mut R) {}

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, parameters: &Self::Parameters, input: &[[T; N]], output: &mut [[T; N]], _: &mut [()]) {
        for (x, y) in input.iter().zip(output) {
            self.values(&parameters.alpha.data.0[0], x, y);
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
        let (slopes, sums) = (&parameters.alpha.data.0[0], &mut gradient.alpha.data.0[0]);
        for (x, dy) in input.iter().zip(output_gradient.iter_mut()) {
            if self.repeats {
                for (x, dy) in x.as_chunks::<SLOPES>().0.iter().zip(dy.as_chunks_mut::<SLOPES>().0) {
                    for at in 0..SLOPES {
                        back::<S, T>(x[at], slopes[at], &mut dy[at], &mut sums[at]);
                    }
                }
            } else {
                for (number, (&x, dy)) in x.iter().zip(dy).enumerate() {
                    let slope = self.slope_of(number);
                    back::<S, T>(x, slopes[slope], dy, &mut sums[slope]);
                }
            }
        }
        if let Some(mut sink) = input_gradient {
            sink.write_columns(|column| {
                let dx = &output_gradient[column];
                move |row: usize| dx[row]
            });
        }
    }
}

/// Adds to the gradient of the slope, and turns that of the output into that of the input.
#[inline(always)]
fn back<S: InstructionSet, T: Scalar>(x: T, slope: T, dy: &mut T, sum: &mut T) {
    let (below, factor) = if x > T::ZERO { (T::ZERO, T::ONE) } else { (x, slope) };
    *sum = S::mul_add(below, *dy, *sum);
    *dy *= factor;
}

#[cfg(test)]
mod tests {
    use super::{PRelu, PReluParameters};
    use crate::layer::check::{PREDICT, check_gradients, columns, forward, value};
    use nalgebra::SVector;

    fn parameters<const SLOPES: usize>() -> PReluParameters<SLOPES, f64> {
        PReluParameters { alpha: SVector::from_fn(|row, _| value(row + 11)) }
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let parameters = PReluParameters { alpha: [0.5, -2.0, 0.0].into() };
        let layer = PRelu::<3>::new([1, 1, 3], [false; 3]);
        let output = forward(&layer, PREDICT, &parameters, &[[-4.0, 1.0, -1.0], [2.0, -3.0, 0.0]]);
        assert_eq!(output, [[-2.0, 1.0, 0.0], [2.0, 6.0, 0.0]]);
    }

    #[test]
    fn slopes_are_shared_along_axes() {
        fn slopes<const SLOPES: usize>(shared: [bool; 3]) -> [usize; 12] {
            let layer = PRelu::<SLOPES>::new([2, 3, 2], shared);
            core::array::from_fn(|value| layer.slope_of(value))
        }
        assert_eq!(slopes::<12>([false, false, false]), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        assert_eq!(slopes::<2>([true, true, false]), [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
        assert_eq!(slopes::<6>([true, false, false]), [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]);
        assert_eq!(slopes::<4>([false, true, false]), [0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3]);
        assert_eq!(slopes::<6>([false, false, true]), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
        assert_eq!(slopes::<3>([true, false, true]), [0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2]);
        assert_eq!(slopes::<2>([false, true, true]), [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
        assert_eq!(slopes::<1>([true, true, true]), [0; 12]);
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        check_gradients(&PRelu::<5>::new([1, 1, 5], [false; 3]), PREDICT, &parameters(), &columns::<5>(4));
        check_gradients(&PRelu::<2>::new([2, 3, 2], [true, true, false]), PREDICT, &parameters(), &columns::<12>(3));
        check_gradients(&PRelu::<6>::new([2, 3, 2], [false, false, true]), PREDICT, &parameters(), &columns::<12>(3));
        check_gradients(&PRelu::<1>::new([1, 4, 3], [false, true, true]), PREDICT, &parameters(), &columns::<12>(3));
    }
}
