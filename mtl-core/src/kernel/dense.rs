//! The products of a dense layer: `Y = W X + b`, `∂X = Wᵀ ∂Y`, `∂W += ∂Y Xᵀ`, `∂b += ∂Y 1`.
//!
//! `W` is `[[T; OUT]; IN]`: column-major `OUT × IN`, which is Keras's `kernel` byte for byte. A column of `X` and `Y` is a sample.
#![allow(unsafe_code, reason = "the products take addresses; those of whole arrays are given to them")]

use super::product::{Product, Start};
use super::{GradientSink, InstructionSet};
use crate::kernel::scalar::Scalar;

/// A part of the factor that all columns share, so large that it stays in the first-level cache while they go by.
pub(super) const CACHED_BYTES: usize = 32 * 1024;

/// `output = kernel · input + bias` for every column; `bias` is empty for a layer without one.
#[inline(always)]
pub fn dense_forward<S: InstructionSet, T: Scalar, const IN: usize, const OUT: usize, const BIAS: usize>(
    kernel: &[[T; OUT]; IN],
    bias: &[T; BIAS],
    input: &[[T; IN]],
    output: &mut [[T; OUT]],
) {
    const { assert!(BIAS == 0 || BIAS == OUT, "a bias has one value a row") };
    let columns = input.len().min(output.len());
    if const { S::COMPACT } && columns == 1 {
        let bias = if BIAS == 0 { core::ptr::null() } else { bias.as_ptr() };
        // SAFETY: the arrays have `OUT · IN`, `OUT` (where there is a bias), `IN` and `OUT` elements; the output is borrowed mutably.
        return unsafe { dense_column::<S, T>(kernel.as_ptr().cast(), bias, input.as_ptr().cast(), output.as_mut_ptr().cast(), IN, OUT) };
    }
    let product = Product {
        left: kernel.as_ptr().cast::<T>(),
        left_stride: OUT,
        right: input.as_ptr().cast::<T>(),
        right_step: 1,
        right_stride: IN,
        target: output.as_mut_ptr().cast(),
        target_stride: OUT,
        rows: OUT,
        steps: IN,
        columns,
        start: if BIAS == 0 { Start::Zero } else { Start::Column(bias.as_ptr()) },
    };
    // SAFETY: the arrays have `OUT · IN`, `IN · columns`, `OUT · columns` and, where it is read, `OUT` elements; the output is borrowed mutably.
    unsafe {
        if columns == 1 {
            product.multiply_column::<S>();
        } else if OUT == 1 {
            // One row in memory is one column of its transpose: `yᵀ = Xᵀ wᵀ`, and vectors go along the samples' values.
            output[..columns].as_flattened_mut().fill(bias.first().copied().unwrap_or(T::ZERO));
            let transposed = Product {
                left: product.right,
                left_stride: IN,
                right: product.left,
                target: output.as_mut_ptr().cast(),
                rows: columns,
                columns: 1,
                start: Start::Target,
                ..product
            };
            transposed.multiply_transposed::<S>();
        } else {
            let part = const { parts(IN, CACHED_BYTES / (OUT * size_of::<T>())) };
            let mut first = 0;
            while first < IN {
                let part_product = Product {
                    left: product.left.add(first * OUT),
                    // Without columns there is nothing at that address.
                    right: product.right.wrapping_add(first),
                    steps: part.min(IN - first),
                    start: if first == 0 { product.start } else { Start::Target },
                    ..product
                };
                part_product.multiply::<S>();
                first += part;
            }
        }
    }
}

/// [`dense_forward`] for one column; `bias` is null for a layer without one.
///
/// A function of its own with its arguments in registers: a layer of a program that is to be small is little more than loading them.
///
/// # Safety
///
/// `kernel` must be valid for reading `inputs · units` values, `bias`, where it is not null, `units`, and `input` `inputs`; `output` for
/// reading and writing `units`, none of which is among the others.
#[inline(never)]
unsafe fn dense_column<S: InstructionSet, T: Scalar>(kernel: *const T, bias: *const T, input: *const T, output: *mut T, inputs: usize, units: usize) {
    let product = Product {
        left: kernel,
        left_stride: units,
        right: input,
        right_step: 1,
        right_stride: inputs,
        target: output,
        target_stride: units,
        rows: units,
        steps: inputs,
        columns: 1,
        start: if bias.is_null() { Start::Zero } else { Start::Column(bias) },
    };
    // SAFETY: the caller's.
    unsafe { product.multiply_column::<S>() }
}

/// `input_gradient (+)= kernelᵀ · output_gradient` for every column.
#[inline(always)]
pub fn dense_input_gradient<S: InstructionSet, T: Scalar, const IN: usize, const OUT: usize>(
    kernel: &[[T; OUT]; IN],
    output_gradient: &[[T; OUT]],
    sink: GradientSink<'_, T, IN>,
) {
    let columns = output_gradient.len().min(sink.columns.len());
    let product = Product {
        left: kernel.as_ptr().cast::<T>(),
        left_stride: if OUT == 1 { IN } else { OUT },
        right: output_gradient.as_ptr().cast::<T>(),
        right_step: 1,
        right_stride: OUT,
        target: sink.columns.as_mut_ptr().cast(),
        target_stride: IN,
        rows: IN,
        steps: OUT,
        columns,
        start: if sink.add { Start::Target } else { Start::Zero },
    };
    // SAFETY: the arrays have `OUT · IN`, `OUT · columns` and `IN · columns` elements; the sink is borrowed mutably.
    unsafe {
        if OUT == 1 {
            // The transpose of one row is itself.
            product.multiply::<S>();
        } else {
            product.multiply_transposed::<S>();
        }
    }
}

/// `kernel_gradient (+)= output_gradient · inputᵀ`, summed over the columns; `add`: to what is there.
#[inline(always)]
pub fn dense_kernel_gradient<S: InstructionSet, T: Scalar, const IN: usize, const OUT: usize>(
    input: &[[T; IN]],
    output_gradient: &[[T; OUT]],
    kernel_gradient: &mut [[T; OUT]; IN],
    add: bool,
) {
    let (left, right) = (output_gradient.as_ptr().cast::<T>(), input.as_ptr().cast::<T>());
    let product = Product {
        left,
        left_stride: OUT,
        right,
        right_step: IN,
        right_stride: 1,
        target: kernel_gradient.as_mut_ptr().cast(),
        target_stride: OUT,
        rows: OUT,
        steps: input.len().min(output_gradient.len()),
        columns: IN,
        start: if add { Start::Target } else { Start::Zero },
    };
    // SAFETY: the arrays have `OUT · steps`, `IN · steps` and `OUT · IN` elements; the gradient is borrowed mutably.
    unsafe {
        if OUT == 1 {
            // One row in memory is one column of its transpose: vectors go along it.
            let transposed = Product {
                left: right,
                left_stride: IN,
                right: left,
                right_step: 1,
                right_stride: 1,
                target_stride: IN,
                rows: IN,
                columns: 1,
                ..product
            };
            transposed.multiply_column::<S>();
        } else {
            let part = const { parts(IN, CACHED_BYTES / (OUT * size_of::<T>())) };
            let mut first = 0;
            while first < IN {
                let columns = part.min(IN - first);
                // Without steps there is nothing at the address on the right.
                let right = product.right.wrapping_add(first);
                Product { right, target: product.target.add(first * OUT), columns, ..product }.multiply::<S>();
                first += part;
            }
        }
    }
}

/// `bias_gradient (+)= output_gradient · 1`, summed over the columns; `add`: to what is there. Nothing where the layer has no bias.
#[inline(always)]
pub fn bias_gradient<S: InstructionSet, T: Scalar, const OUT: usize, const BIAS: usize>(
    output_gradient: &[[T; OUT]],
    bias_gradient: &mut [T; BIAS],
    add: bool,
) {
    const { assert!(BIAS == 0 || BIAS == OUT, "a bias has one value a row") };
    let one = T::ONE;
    let product = Product {
        left: output_gradient.as_ptr().cast::<T>(),
        left_stride: OUT,
        right: &raw const one,
        right_step: 0,
        right_stride: 0,
        target: bias_gradient.as_mut_ptr(),
        target_stride: OUT,
        rows: BIAS,
        steps: output_gradient.len(),
        columns: 1,
        start: if add { Start::Target } else { Start::Zero },
    };
    // SAFETY: the arrays have `OUT · steps` and `BIAS` elements, and `BIAS` is `OUT` or 0; the right factor is 1 at every step.
    unsafe { product.multiply_column::<S>() }
}

/// The length of the parts, equal but for the last, in which to go through `whole`, so that none is much longer than `most`; a multiple of 8.
pub(super) const fn parts(whole: usize, most: usize) -> usize {
    let most = if most < 16 { 16 } else { most };
    whole.div_ceil(whole.div_ceil(most)).next_multiple_of(8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Kernel;
    use crate::kernel::dispatch::run_on_every;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    /// More columns than the widest blocks and tiles have, and one more.
    const MOST_COLUMNS: usize = 33;
    /// Put around what is written, and into what must be overwritten.
    const CANARY: f64 = 12345.0;

    /// Values between −1 and 1 without a pattern: a hash of the number.
    fn value(number: usize) -> f64 {
        let mut h = (number as u32).wrapping_mul(0x9E37_79B9);
        h = (h ^ (h >> 15)).wrapping_mul(0x85EB_CA6B);
        f64::from((h ^ (h >> 13)) & 0xFFFF) / 32768.0 - 1.0
    }

    /// A matrix of such values; its columns one after the other.
    fn matrix<T: Scalar>(rows: usize, columns: usize, seed: usize) -> Vec<T> {
        (0..rows * columns).map(|number| T::from_f64(value(seed + number))).collect()
    }

    /// `Σ left(step) · right(step) + start` is `actual`, within the rounding of a sum of products of which each is at most 1.
    fn assert_sum<T: Scalar>(actual: T, start: f64, steps: usize, factors: impl Fn(usize) -> (T, T), what: &dyn Fn() -> String) {
        let expected = start + (0..steps).map(factors).map(|(left, right)| left.to_f64() * right.to_f64()).sum::<f64>();
        let epsilon = if T::NAME == "F32" { f64::from(f32::EPSILON) } else { f64::EPSILON };
        let tolerance = epsilon * (steps as f64 + 4.0);
        assert!((actual.to_f64() - expected).abs() <= tolerance, "{} {}: {actual} is not {expected}", T::NAME, what());
    }

    /// The sizes of a layer and the number of columns, and the matrices of its products.
    struct Case<T> {
        rows_in: usize,
        rows_out: usize,
        columns: usize,
        kernel: Vec<T>,
        bias: Vec<T>,
        input: Vec<T>,
        output_gradient: Vec<T>,
    }

    impl<T: Scalar> Case<T> {
        fn new(rows_in: usize, rows_out: usize, columns: usize) -> Self {
            Self {
                rows_in,
                rows_out,
                columns,
                kernel: matrix(rows_out, rows_in, 5),
                bias: matrix(rows_out, 1, 7),
                input: matrix(rows_in, columns, 3),
                output_gradient: matrix(rows_out, columns, 11),
            }
        }

        /// A target of so many elements, and canaries after them.
        fn target(len: usize, start: f64) -> Vec<T> {
            let mut target = std::vec![T::from_f64(start); len];
            target.resize(len + 100, T::from_f64(CANARY));
            target
        }

        /// Every element of a target is its sum, and no canary was touched.
        fn check(
            &self,
            name: &str,
            target: &[T],
            rows: usize,
            start: impl Fn(usize) -> f64,
            steps: usize,
            factors: impl Fn(usize, usize, usize) -> (T, T),
        ) {
            let len = target.len() - 100;
            for (number, &actual) in target[..len].iter().enumerate() {
                let (row, column) = (number % rows, number / rows);
                let what = || format!("{name} of {} to {}, {} columns, at {row}, {column}", self.rows_in, self.rows_out, self.columns);
                assert_sum(actual, start(row), steps, |step| factors(row, column, step), &what);
            }
            assert!(target[len..].iter().all(|&value| value == T::from_f64(CANARY)), "{name} writes beyond its target");
        }

        fn check_forward(&self, output: &[T], biased: bool) {
            let start = |row: usize| if biased { self.bias[row].to_f64() } else { 0.0 };
            self.check("forward", output, self.rows_out, start, self.rows_in, |row, column, step| {
                (self.kernel[step * self.rows_out + row], self.input[column * self.rows_in + step])
            });
        }

        fn check_input_gradient(&self, gradient: &[T], start: f64) {
            self.check(
                "input gradient",
                gradient,
                self.rows_in,
                |_| start,
                self.rows_out,
                |row, column, step| (self.kernel[row * self.rows_out + step], self.output_gradient[column * self.rows_out + step]),
            );
        }

        fn check_kernel_gradient(&self, gradient: &[T], start: f64) {
            self.check(
                "kernel gradient",
                gradient,
                self.rows_out,
                |_| start,
                self.columns,
                |row, column, step| (self.output_gradient[step * self.rows_out + row], self.input[step * self.rows_in + column]),
            );
        }
    }

    #[derive(Clone, Copy)]
    struct Check<T, const IN: usize, const OUT: usize>(core::marker::PhantomData<T>);

    impl<T: Scalar, const IN: usize, const OUT: usize> Kernel for Check<T, IN, OUT> {
        type Output = ();
        #[inline(always)]
        fn run<S: InstructionSet>(self) {
            for columns in (0..=MOST_COLUMNS).filter(|&columns| IN * OUT < 1500 || columns % 8 < 2) {
                let case = Case::<T>::new(IN, OUT, columns);
                let kernel: &[[T; OUT]; IN] = case.kernel.as_chunks().0.try_into().expect("`IN` columns");
                let (input, output_gradient) = (case.input.as_chunks::<IN>().0, case.output_gradient.as_chunks::<OUT>().0);

                let mut output = Case::<T>::target(OUT * columns, CANARY);
                let bias: &[T; OUT] = case.bias[..].try_into().expect("`OUT` values");
                dense_forward::<S, T, IN, OUT, OUT>(kernel, bias, input, output[..OUT * columns].as_chunks_mut().0);
                case.check_forward(&output, true);
                dense_forward::<S, T, IN, OUT, 0>(kernel, &[], input, output[..OUT * columns].as_chunks_mut().0);
                case.check_forward(&output, false);

                for (start, add) in [(CANARY, false), (0.5, true)] {
                    let mut gradient = Case::<T>::target(IN * columns, start);
                    let sink = GradientSink { columns: gradient[..IN * columns].as_chunks_mut().0, add };
                    dense_input_gradient::<S, T, IN, OUT>(kernel, output_gradient, sink);
                    case.check_input_gradient(&gradient, if add { start } else { 0.0 });
                }

                for (start, add) in [(CANARY, false), (0.5, true)] {
                    let mut gradient = Case::<T>::target(IN * OUT, start);
                    let target: &mut [[T; OUT]; IN] = gradient[..IN * OUT].as_chunks_mut().0.try_into().expect("`IN` columns");
                    dense_kernel_gradient::<S, T, IN, OUT>(input, output_gradient, target, add);
                    case.check_kernel_gradient(&gradient, if add { start } else { 0.0 });
                }
            }
        }
    }

    fn check<const IN: usize, const OUT: usize>() {
        run_on_every(Check::<f32, IN, OUT>(core::marker::PhantomData));
        run_on_every(Check::<f64, IN, OUT>(core::marker::PhantomData));
    }

    macro_rules! check_sizes {
        ($($name:ident: $(($in:literal, $out:literal))*;)*) => {$(
            #[test]
            fn $name() {
                $(check::<$in, $out>();)*
            }
        )*};
    }

    check_sizes! {
        single_rows_and_columns_are_multiplied: (1, 1) (1, 2) (2, 1) (1, 17) (19, 1) (20, 1) (70, 1) (1, 70);
        few_outputs_are_multiplied: (20, 3) (33, 2) (7, 5) (29, 4) (3, 7) (64, 10);
        vectors_with_a_rest_are_multiplied: (5, 8) (8, 9) (16, 13) (11, 16) (23, 17) (12, 31) (31, 32) (9, 33);
        tall_blocks_with_a_rest_are_multiplied: (13, 37) (17, 47) (6, 53) (47, 60) (10, 63);
        whole_blocks_are_multiplied: (16, 64) (64, 20) (64, 64) (32, 32);
        several_blocks_are_multiplied: (61, 67) (67, 61) (70, 69) (2, 131) (131, 2);
        parts_larger_than_the_cache_are_multiplied: (150, 270) (270, 150) (530, 18);
    }

    #[test]
    fn parts_cover_the_whole_evenly() {
        assert_eq!(parts(1, 100), 8);
        assert_eq!(parts(784, 32), 32);
        assert_eq!(parts(100, 64), 56);
        assert_eq!(parts(100, 1), 16);
    }

    #[test]
    fn a_bias_gradient_is_the_sum_over_the_columns() {
        #[derive(Clone, Copy)]
        struct BiasGradient;
        impl Kernel for BiasGradient {
            type Output = ();
            #[inline(always)]
            fn run<S: InstructionSet>(self) {
                let mut gradient = [1.0, 2.0, 3.0];
                bias_gradient::<S, f64, 3, 3>(&[[10.0, 20.0, 30.0], [100.0, 200.0, 300.0]], &mut gradient, true);
                assert_eq!(gradient, [111.0, 222.0, 333.0]);
                bias_gradient::<S, f64, 3, 3>(&[[10.0, 20.0, 30.0]], &mut gradient, false);
                assert_eq!(gradient, [10.0, 20.0, 30.0]);
                bias_gradient::<S, f64, 3, 0>(&[[10.0, 20.0, 30.0]], &mut [], true);
                let mut gradient = [0.5; 70];
                bias_gradient::<S, f32, 70, 70>(&[[1.0; 70]; 33], &mut gradient, true);
                assert_eq!(gradient, [33.5; 70]);
            }
        }
        run_on_every(BiasGradient);
    }
}
