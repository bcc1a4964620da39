//! Steps that take several values: `Concat`, `Add`, `Multiply`, `Average`, `Maximum`, each as Keras's layer of that name.
//!
//! They have no parameters. `Concat` goes part by part, as its parts differ in width; the others take all inputs at
//! once. Their backward passes give the gradient of one input.

use crate::kernel::GradientSink;
use crate::kernel::scalar::Scalar;

/// Copies a part of a concatenation to its place: rows `offset..offset + PART` of the output.
#[inline(always)]
pub fn concat_part<T: Scalar, const PART: usize, const OUT: usize>(part: &[[T; PART]], offset: usize, output: &mut [[T; OUT]]) {
    for (part, output) in part.iter().zip(output) {
        output[offset..offset + PART].copy_from_slice(part);
    }
}

/// The gradient of a part of a concatenation: rows `offset..offset + PART` of the output's.
#[inline(always)]
pub fn concat_part_gradient<T: Scalar, const PART: usize, const OUT: usize>(
    output_gradient: &[[T; OUT]],
    offset: usize,
    mut sink: GradientSink<'_, T, PART>,
) {
    sink.write_columns(|column| {
        let dy = &output_gradient[column][offset..offset + PART];
        |row: usize| dy[row]
    });
}

/// `y = Σₖ xₖ`.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
pub fn add<T: Scalar, const N: usize, const K: usize>(inputs: [&[[T; N]]; K], output: &mut [[T; N]]) {
    combine(inputs, output, |a, b| a + b);
}

/// The gradient of input `number` of [`add`]: `∂y`.
#[inline(always)]
pub fn add_gradient<T: Scalar, const N: usize, const K: usize>(
    _: [&[[T; N]]; K],
    _: usize,
    output_gradient: &[[T; N]],
    mut sink: GradientSink<'_, T, N>,
) {
    sink.write_columns(|column| {
        let dy = &output_gradient[column];
        |row: usize| dy[row]
    });
}

/// `y = Πₖ xₖ`.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
pub fn multiply<T: Scalar, const N: usize, const K: usize>(inputs: [&[[T; N]]; K], output: &mut [[T; N]]) {
    combine(inputs, output, |a, b| a * b);
}

/// The gradient of input `number` of [`multiply`]: `∂y` times the other inputs.
#[inline(always)]
pub fn multiply_gradient<T: Scalar, const N: usize, const K: usize>(
    inputs: [&[[T; N]]; K],
    number: usize,
    output_gradient: &[[T; N]],
    mut sink: GradientSink<'_, T, N>,
) {
    sink.write_columns(|column| {
        let (x, dy) = (inputs.map(|input| &input[column]), &output_gradient[column]);
        move |row: usize| {
            let mut product = dy[row];
            for (other, x) in x.iter().enumerate() {
                product *= if other == number { T::ONE } else { x[row] };
            }
            product
        }
    });
}

/// `y = 1/K Σₖ xₖ`.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
pub fn average<T: Scalar, const N: usize, const K: usize>(inputs: [&[[T; N]]; K], output: &mut [[T; N]]) {
    combine(inputs, output, |a, b| a + b);
    let factor = T::from_f64(1.0 / K as f64);
    for value in output.as_flattened_mut() {
        *value *= factor;
    }
}

/// The gradient of input `number` of [`average`]: `∂y / K`.
#[inline(always)]
pub fn average_gradient<T: Scalar, const N: usize, const K: usize>(
    _: [&[[T; N]]; K],
    _: usize,
    output_gradient: &[[T; N]],
    mut sink: GradientSink<'_, T, N>,
) {
    let factor = T::from_f64(1.0 / K as f64);
    sink.write_columns(|column| {
        let dy = &output_gradient[column];
        move |row: usize| dy[row] * factor
    });
}

/// `y = maxₖ xₖ`, value by value; NaN where any input is.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
pub fn maximum<T: Scalar, const N: usize, const K: usize>(inputs: [&[[T; N]]; K], output: &mut [[T; N]]) {
    // `a + b` is NaN if either is; comparisons with NaN are false.
    combine(inputs, output, |a, b| {
        if a >= b {
            a
        } else if b > a {
            b
        } else {
            a + b
        }
    });
}

/// The gradient of input `number` of [`maximum`]: `∂y` where it is the largest, and the first of equal ones; else 0.
#[inline(always)]
pub fn maximum_gradient<T: Scalar, const N: usize, const K: usize>(
    inputs: [&[[T; N]]; K],
    number: usize,
    output_gradient: &[[T; N]],
    mut sink: GradientSink<'_, T, N>,
) {
    sink.write_columns(|column| {
        let (x, dy) = (inputs.map(|input| &input[column]), &output_gradient[column]);
        move |row: usize| {
            let mine = x[number][row];
            let mut largest = true;
            for (other, x) in x.iter().enumerate() {
                largest &= if other < number { x[row] < mine } else { x[row] <= mine };
            }
            if largest { dy[row] } else { T::ZERO }
        }
    });
}

/// `y = ((x₀ ∘ x₁) ∘ x₂) …`, value by value.
#[inline(always)]
fn combine<T: Scalar, const N: usize, const K: usize>(inputs: [&[[T; N]]; K], output: &mut [[T; N]], operation: impl Fn(T, T) -> T) {
    const { assert!(K > 0, "there is at least one value to merge") };
    for (column, output) in output.iter_mut().enumerate() {
        let Some(x) = column_of_each(inputs, column) else { return };
        for (row, y) in output.iter_mut().enumerate() {
            let mut value = x[0][row];
            for x in &x[1..] {
                value = operation(value, x[row]);
            }
            *y = value;
        }
    }
}

/// A column of each of some values, if all have it: where none can be missing, an index would be the only thing in a prediction that can panic.
#[inline(always)]
pub(super) fn column_of_each<T: Scalar, const N: usize, const K: usize>(inputs: [&[[T; N]]; K], column: usize) -> Option<[&[T; N]; K]> {
    let mut columns = [inputs.first()?.get(column)?; K];
    for (to, input) in columns.iter_mut().zip(inputs) {
        *to = input.get(column)?;
    }
    Some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::check::{assert_near, value};

    const N: usize = 4;
    const COLUMNS: usize = 3;
    type Columns = [[f64; N]; COLUMNS];
    type Forward = fn([&[[f64; N]]; 3], &mut [[f64; N]]);
    type Gradient = fn([&[[f64; N]]; 3], usize, &[[f64; N]], GradientSink<'_, f64, N>);

    fn input(number: usize) -> Columns {
        core::array::from_fn(|column| core::array::from_fn(|row| value(number * 211 + column * N + row)))
    }

    fn apply(forward: Forward, inputs: &[Columns; 3]) -> Columns {
        let mut output = [[f64::NAN; N]; COLUMNS];
        forward(inputs.each_ref().map(|input| input.as_slice()), &mut output);
        output
    }

    fn check(forward: Forward, gradient: Gradient) {
        const STEP: f64 = 1e-5;
        let inputs = [input(0), input(1), input(2)];
        let output_gradient = input(5);
        let loss = |output: Columns| output.as_flattened().iter().zip(output_gradient.as_flattened()).map(|(y, dy)| y * dy).sum::<f64>();
        for number in 0..3 {
            let mut written = [[f64::NAN; N]; COLUMNS];
            let slices = inputs.each_ref().map(|input| input.as_slice());
            gradient(slices, number, &output_gradient, GradientSink { columns: &mut written, add: false });
            let mut added = [[1.0; N]; COLUMNS];
            gradient(slices, number, &output_gradient, GradientSink { columns: &mut added, add: true });
            for place in 0..N * COLUMNS {
                let at = |step: f64| {
                    let mut moved = inputs;
                    moved[number].as_flattened_mut()[place] += step;
                    loss(apply(forward, &moved))
                };
                assert_near(written.as_flattened()[place], (at(STEP) - at(-STEP)) / (2.0 * STEP), "gradient");
                assert_near(added.as_flattened()[place], written.as_flattened()[place] + 1.0, "added gradient");
            }
        }
    }

    #[test]
    fn values_are_merged_place_by_place() {
        let inputs = [[[1.0, 2.0, 3.0, -4.0]; COLUMNS], [[5.0, -2.0, 3.0, -1.0]; COLUMNS], [[0.0, 3.0, -3.0, -7.0]; COLUMNS]];
        assert_eq!(apply(add, &inputs), [[6.0, 3.0, 3.0, -12.0]; COLUMNS]);
        assert_eq!(apply(multiply, &inputs), [[0.0, -12.0, -27.0, -28.0]; COLUMNS]);
        assert_eq!(apply(average, &inputs), [[6.0 / 3.0, 3.0 / 3.0, 3.0 / 3.0, -12.0 / 3.0]; COLUMNS]);
        assert_eq!(apply(maximum, &inputs), [[5.0, 3.0, 3.0, -1.0]; COLUMNS]);
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        check(add, add_gradient);
        check(multiply, multiply_gradient);
        check(average, average_gradient);
        check(maximum, maximum_gradient);
    }

    #[test]
    fn the_first_of_equal_maxima_gets_the_gradient() {
        let inputs: [&[[f64; 2]]; 3] = [&[[1.0, 0.0]], &[[2.0, 0.0]], &[[2.0, 0.0]]];
        let gradients = core::array::from_fn(|number| {
            let mut columns = [[f64::NAN; 2]];
            maximum_gradient(inputs, number, &[[3.0, 4.0]], GradientSink { columns: &mut columns, add: false });
            columns[0]
        });
        assert_eq!(gradients, [[0.0, 4.0], [3.0, 0.0], [0.0, 0.0]]);
    }

    #[test]
    fn a_maximum_hides_no_nan() {
        for inputs in [[f64::NAN, 1.0, 2.0], [1.0, f64::NAN, 2.0], [1.0, 2.0, f64::NAN]] {
            assert!(apply(maximum, &inputs.map(|x| [[x; N]; COLUMNS]))[0][0].is_nan());
        }
    }

    #[test]
    fn parts_are_joined_and_their_gradients_taken_apart() {
        let mut output = [[f64::NAN; 5]; 2];
        concat_part(&[[1.0, 2.0], [6.0, 7.0]], 0, &mut output);
        concat_part(&[[3.0, 4.0, 5.0], [8.0, 9.0, 10.0]], 2, &mut output);
        assert_eq!(output, [[1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0]]);

        let mut written = [[f64::NAN; 2]; 2];
        concat_part_gradient(&output, 0, GradientSink { columns: &mut written, add: false });
        assert_eq!(written, [[1.0, 2.0], [6.0, 7.0]]);
        let mut added = [[100.0; 3]; 2];
        concat_part_gradient(&output, 2, GradientSink { columns: &mut added, add: true });
        assert_eq!(added, [[103.0, 104.0, 105.0], [108.0, 109.0, 110.0]]);
    }
}
