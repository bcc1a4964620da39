//! Weights that make up for what bytes cannot keep: how the inputs of a layer vary together, and the weights that are best for them.
//!
//! A byte `q` is off by `1/12` in variance. Where outputs are small differences of large inputs, as those of a head that is small beside another one on
//! the same trunk, this is more than they are. There are then other weights that give the same sums on the data, and less noise.

use std::vec;
use std::vec::Vec;

use super::scale::Scales;

/// Of layers with more inputs than these nothing is kept: the products of all pairs are too many.
const MOST_INPUTS: usize = 512;

/// What rounding adds to a byte, in variance.
const ROUNDING: f64 = 1.0 / 12.0;

/// How much the weights of the model count beside the data, in directions in which these do not vary.
const PRIOR: f64 = ROUNDING / 16.0;

/// The same of an input that does not vary at all: its weight stays.
const FIXED: f64 = 1e6;

/// A unit whose noise is less than this share of what it gives is left as it is.
const HARMLESS: f64 = 5e-4;

/// Means and products of pairs of the bytes that a layer takes, before they are rounded.
#[derive(Clone, Debug)]
pub struct Moments {
    count: f64,
    /// `Σ q`.
    sums: Vec<f64>,
    /// `Σ q qᵀ` about the byte in the middle.
    products: Vec<f64>,
    /// The variance that rounding adds.
    rounding: f64,
}

/// About this byte squares are small.
const MIDDLE: f64 = 127.5;

impl Moments {
    /// For so many inputs, if they are not too many.
    #[must_use]
    pub fn new(inputs: usize) -> Option<Self> {
        (inputs <= MOST_INPUTS).then(|| Self { count: 0.0, sums: vec![0.0; inputs], products: vec![0.0; inputs * inputs], rounding: ROUNDING })
    }

    /// Takes in what comes to a layer, row by row.
    pub fn observe<const IN: usize>(&mut self, rows: &[[f32; IN]], scales: &Scales) {
        if scales.has_low() {
            self.rounding = ROUNDING / 65536.0;
        }
        for row in rows {
            let q: Vec<f64> = row
                .iter()
                .enumerate()
                .map(|(input, &x)| (f64::from(x) / scales.at(input).step + scales.at(input).zero_point).clamp(0.0, 255.0) - MIDDLE)
                .collect();
            for (left, products) in q.iter().zip(self.products.chunks_mut(IN.max(1))) {
                for (product, right) in products.iter_mut().zip(&q) {
                    *product += left * right;
                }
            }
            self.sums.iter_mut().zip(&q).for_each(|(sum, q)| *sum += q);
            self.count += 1.0;
        }
    }

    /// Whether there are rows enough to tell how so many inputs vary.
    fn is_enough(&self) -> bool {
        self.count >= (2 * self.sums.len() + 24) as f64
    }

    /// Solves for weights; `None` where there are too few rows.
    #[must_use]
    pub fn fit(&self) -> Option<Fit> {
        if !self.is_enough() {
            return None;
        }
        let inputs = self.sums.len();
        let means: Vec<f64> = self.sums.iter().map(|sum| sum / self.count).collect();
        let covariance = |row: usize, column: usize| self.products[row * inputs + column] / self.count - means[row] * means[column];
        let covariance: Vec<f64> = (0..inputs * inputs).map(|at| covariance(at / inputs, at % inputs)).collect();
        // Those that vary most first, so that the errors of rounding them go to others.
        let mut order: Vec<usize> = (0..inputs).collect();
        order.sort_by(|&left, &right| covariance[right * inputs + right].total_cmp(&covariance[left * inputs + left]));
        let prior: Vec<f64> = (0..inputs).map(|input| if covariance[input * inputs + input] < 1.0 { FIXED } else { PRIOR }).collect();
        let diagonal = |row: usize, column: usize| if row == column { prior[order[row]] + self.rounding } else { 0.0 };
        let ordered = |row: usize, column: usize| covariance[order[row] * inputs + order[column]] + diagonal(row, column);
        let noisy = cholesky((0..inputs * inputs).map(|at| ordered(at / inputs, at % inputs)).collect(), inputs)?;
        let compensation = upper_of_inverse(&noisy, inputs)?;
        Some(Fit { rounding: self.rounding, inputs, means, covariance, prior, order, noisy, compensation })
    }
}

/// What weights are computed from, of all units of a layer. Rows and columns of the factors are in `order`.
#[derive(Clone, Debug)]
pub struct Fit {
    rounding: f64,
    inputs: usize,
    /// About [`MIDDLE`].
    means: Vec<f64>,
    covariance: Vec<f64>,
    /// [`PRIOR`] of each input.
    prior: Vec<f64>,
    order: Vec<usize>,
    /// The lower factor of the covariance with what rounding adds.
    noisy: Vec<f64>,
    /// The upper factor of its inverse.
    compensation: Vec<f64>,
}

impl Fit {
    /// The mean byte of an input.
    pub(super) fn mean(&self, input: usize) -> f64 {
        self.means[input] + MIDDLE
    }

    /// The weights of a unit and what a sum of 1 stands for, of the weights `v` for each byte; `None` where those are good as they are.
    ///
    /// The weights are `(C + Λ)⁻¹ C v`, with which the squared error is least where `Λ` is added to the covariance `C` by rounding. They are rounded one
    /// after the other, and those that follow make up for each error (Frantar et al. 2023, "GPTQ: Accurate Post-Training Quantization for Generative
    /// Pre-trained Transformers").
    #[allow(clippy::needless_range_loop, reason = "matrices")]
    pub(super) fn unit(&self, v: &[f64]) -> Option<(Vec<f64>, f64)> {
        let inputs = self.inputs;
        let of_covariance = |row: usize| (0..inputs).map(|column| self.covariance[row * inputs + column] * v[column]).sum::<f64>();
        let image: Vec<f64> = (0..inputs).map(of_covariance).collect();
        let variance: f64 = image.iter().zip(v).map(|(image, v)| image * v).sum();
        let largest = v.iter().fold(0.0_f64, |largest, v| largest.max(v.abs()));
        let by_bytes = self.rounding * v.iter().map(|v| v * v).sum::<f64>();
        let by_weights = (largest / 127.0).powi(2) * ROUNDING * (0..inputs).map(|input| self.covariance[input * inputs + input]).sum::<f64>();
        if by_bytes + by_weights <= HARMLESS * variance {
            return None;
        }
        let target: Vec<f64> = self.order.iter().map(|&input| image[input] + self.prior[input] * v[input]).collect();
        let mut rest = solve(&self.noisy, inputs, target);
        let step = (rest.iter().fold(0.0_f64, |largest, v| largest.max(v.abs())) / 127.0).max(1e-60);
        let mut whole = vec![0.0; inputs];
        for place in 0..inputs {
            let rounded = (rest[place] / step).round().clamp(-127.0, 127.0);
            let diagonal = self.compensation[place * inputs + place];
            let error = (rest[place] - step * rounded) / diagonal;
            for later in place + 1..inputs {
                rest[later] -= error * self.compensation[place * inputs + later];
            }
            whole[self.order[place]] = rounded;
        }
        Some((whole, step))
    }
}

/// The lower factor of a positive definite matrix.
#[allow(clippy::needless_range_loop, reason = "matrices")]
fn cholesky(mut matrix: Vec<f64>, size: usize) -> Option<Vec<f64>> {
    for row in 0..size {
        for column in 0..=row {
            let products = (0..column).map(|at| matrix[row * size + at] * matrix[column * size + at]).sum::<f64>();
            let rest = matrix[row * size + column] - products;
            matrix[row * size + column] = if row == column {
                if !(rest > 0.0) {
                    return None;
                }
                rest.sqrt()
            } else {
                rest / matrix[column * size + column]
            };
        }
        matrix[row * size + row + 1..(row + 1) * size].fill(0.0);
    }
    Some(matrix)
}

/// `x` with `L Lᵀ x = b`.
fn solve(lower: &[f64], size: usize, mut b: Vec<f64>) -> Vec<f64> {
    for row in 0..size {
        let products = (0..row).map(|at| lower[row * size + at] * b[at]).sum::<f64>();
        b[row] = (b[row] - products) / lower[row * size + row];
    }
    for row in (0..size).rev() {
        let products = (row + 1..size).map(|at| lower[at * size + row] * b[at]).sum::<f64>();
        b[row] = (b[row] - products) / lower[row * size + row];
    }
    b
}

/// The upper factor `U` of `(L Lᵀ)⁻¹ = Uᵀ U`.
fn upper_of_inverse(lower: &[f64], size: usize) -> Option<Vec<f64>> {
    let columns: Vec<Vec<f64>> = (0..size)
        .map(|column| {
            let mut unit = vec![0.0; size];
            unit[column] = 1.0;
            solve(lower, size, unit)
        })
        .collect();
    let inverse = (0..size * size).map(|at| 0.5 * (columns[at % size][at / size] + columns[at / size][at % size])).collect();
    let factor = cholesky(inverse, size)?;
    Some((0..size * size).map(|at| factor[at % size * size + at / size]).collect())
}

#[cfg(test)]
mod tests {
    use super::Moments;
    use crate::int8::{Scale, Scales};
    use std::vec::Vec;

    /// Of two inputs that are nearly the same the weights are a large difference: a thousandth of a byte is what counts.
    #[test]
    fn a_difference_of_large_weights_becomes_a_sum_of_small_ones() {
        let rows: Vec<[f32; 2]> = (0..500).map(|row| (row as f32 * 0.37).sin()).map(|x| [x, x]).collect();
        let mut moments = Moments::new(2).unwrap();
        let scales = Scales::from(Scale::with_zero(-1.0, 1.0));
        moments.observe(&rows, &scales);
        let fit = moments.fit().unwrap();
        let (whole, step) = fit.unit(&[100.0, -99.0]).unwrap();
        let weights = [step * whole[0], step * whole[1]];
        assert!((weights[0] + weights[1] - 1.0).abs() < 0.05, "{weights:?}");
        assert!(weights[0].abs() < 8.0 && weights[1].abs() < 8.0, "{weights:?}");
        // Weights that do no harm are left alone.
        assert!(fit.unit(&[1.0, 0.5]).is_none());
    }

    #[test]
    fn an_input_that_never_varies_keeps_its_weight() {
        let rows: Vec<[f32; 3]> = (0..500).map(|row| (row as f32 * 0.37).sin()).map(|x| [x, x, 0.5]).collect();
        let mut moments = Moments::new(3).unwrap();
        moments.observe(&rows, &Scales::from(Scale::with_zero(-1.0, 1.0)));
        let (whole, step) = moments.fit().unwrap().unit(&[100.0, -99.0, 1.0]).unwrap();
        assert!((step * whole[2] - 1.0).abs() < 0.05);
    }

    #[test]
    fn a_few_rows_tell_nothing() {
        let mut moments = Moments::new(2).unwrap();
        moments.observe(&[[0.0, 1.0]; 5], &Scales::from(Scale::with_zero(-1.0, 1.0)));
        assert!(moments.fit().is_none() && Moments::new(100_000).is_none());
    }
}
