//! Weights that make up for what bytes cannot keep: how the inputs of a layer vary together, and the weights that are best for them.
//!
//! A byte is off by `1/12` in variance. Where outputs are small differences of large inputs, as those of a head that is small beside another one on
//! the same trunk, this is more than they are. There are then other weights that give the same sums on the data, and less noise; they make up for
//! what the layers before have lost, too.

use std::vec;
use std::vec::Vec;

use super::scale::Scales;

/// Of layers with more inputs than these nothing is kept: the products of all pairs are too many.
const MOST_INPUTS: usize = 512;

/// How much the weights of the model count beside the data, in directions in which these do not vary.
const PRIOR: f64 = 1.0 / 192.0;

/// The same of an input that does not vary at all: its weight stays.
const FIXED: f64 = 1e6;

/// A unit whose noise is less than this share of what it gives is left as it is.
const HARMLESS: f64 = 5e-4;

/// How what comes to a layer in bytes, `p`, and what comes to it in the model in `f32`, `q` in the same units, vary together.
#[derive(Clone, Debug)]
pub struct Moments {
    inputs: usize,
    count: f64,
    sums: Both<Vec<f64>>,
    /// `Σ p pᵀ`, `Σ q qᵀ`, and `Σ p qᵀ`, about the byte in the middle.
    products: Both<Vec<f64>>,
    mixed: Vec<f64>,
}

/// Of bytes, and of the model in `f32`.
#[derive(Clone, Debug)]
struct Both<T> {
    bytes: T,
    float: T,
}

/// About this byte squares are small.
const MIDDLE: f64 = 127.5;

impl Moments {
    /// For so many inputs, if they are not too many.
    #[must_use]
    pub(super) fn new(inputs: usize) -> Option<Self> {
        let zeros = |count: usize| Both { bytes: vec![0.0; count], float: vec![0.0; count] };
        let products = inputs * inputs;
        (1..=MOST_INPUTS).contains(&inputs).then(|| Self {
            inputs,
            count: 0.0,
            sums: zeros(inputs),
            products: zeros(products),
            mixed: vec![0.0; products],
        })
    }

    /// Takes in what comes to the layer for a row, in bytes with their low bytes, if there are any, and in `f32`.
    pub fn observe(&mut self, bytes: &[u8], low: Option<&[u8]>, float: &[f32], scales: &Scales) {
        let low = |input: usize| low.map_or(0.0, |low| (f64::from(low[input]) - 128.0) / 256.0);
        let p: Vec<f64> = bytes.iter().enumerate().map(|(input, &byte)| f64::from(byte) + low(input) - MIDDLE).collect();
        let exact = |(input, &x): (usize, &f32)| (f64::from(x) / scales.at(input).step + scales.at(input).zero_point).clamp(0.0, 255.0) - MIDDLE;
        let q: Vec<f64> = float.iter().enumerate().map(exact).collect();
        for (sums, values) in [(&mut self.sums.bytes, &p), (&mut self.sums.float, &q)] {
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
        for (products, left, right) in [(&mut self.products.bytes, &p, &p), (&mut self.products.float, &q, &q), (&mut self.mixed, &p, &q)] {
            for (products, left) in products.chunks_mut(self.inputs).zip(left) {
                products.iter_mut().zip(right).for_each(|(product, right)| *product += left * right);
            }
        }
        self.count += 1.0;
    }

    /// Solves for weights; `None` where there are too few rows.
    #[must_use]
    pub(super) fn fit(&self) -> Option<Fit> {
        let inputs = self.inputs;
        if self.count < (2 * inputs + 24) as f64 {
            return None;
        }
        let mean = |sums: &[f64]| sums.iter().map(|sum| sum / self.count).collect::<Vec<_>>();
        let means = Both { bytes: mean(&self.sums.bytes), float: mean(&self.sums.float) };
        let covariance = |products: &[f64], left: &[f64], right: &[f64]| {
            let at = |at: usize| products[at] / self.count - left[at / inputs] * right[at % inputs];
            (0..inputs * inputs).map(at).collect::<Vec<_>>()
        };
        let bytes = covariance(&self.products.bytes, &means.bytes, &means.bytes);
        let float = covariance(&self.products.float, &means.float, &means.float);
        let mixed = covariance(&self.mixed, &means.bytes, &means.float);
        // Those that vary most first, so that the errors of rounding them go to others.
        let mut order: Vec<usize> = (0..inputs).collect();
        order.sort_by(|&left, &right| bytes[right * inputs + right].total_cmp(&bytes[left * inputs + left]));
        let prior: Vec<f64> = (0..inputs).map(|input| if bytes[input * inputs + input] < 1.0 { FIXED } else { PRIOR }).collect();
        let diagonal = |row: usize, column: usize| if row == column { prior[order[row]] } else { 0.0 };
        let ordered = |row: usize, column: usize| bytes[order[row] * inputs + order[column]] + diagonal(row, column);
        let factor = cholesky((0..inputs * inputs).map(|at| ordered(at / inputs, at % inputs)).collect(), inputs)?;
        let compensation = upper_of_inverse(&factor, inputs)?;
        Some(Fit { inputs, means, covariance: Both { bytes, float }, mixed, prior, order, factor, compensation })
    }
}

/// What weights are computed from, of all units of a layer. Rows and columns of the factors are in `order`.
#[derive(Clone, Debug)]
pub struct Fit {
    inputs: usize,
    /// About [`MIDDLE`].
    means: Both<Vec<f64>>,
    covariance: Both<Vec<f64>>,
    /// Of bytes by rows, and of the model in `f32` by columns.
    mixed: Vec<f64>,
    /// [`PRIOR`] of each input.
    prior: Vec<f64>,
    order: Vec<usize>,
    /// The lower factor of the covariance of the bytes with the prior.
    factor: Vec<f64>,
    /// The upper factor of its inverse.
    compensation: Vec<f64>,
}

impl Fit {
    /// The mean of an input in bytes, and in the model in `f32`.
    pub(super) fn means(&self, input: usize) -> (f64, f64) {
        (self.means.bytes[input] + MIDDLE, self.means.float[input] + MIDDLE)
    }

    /// The weights of a unit and what a sum of 1 stands for, of the weights `v` for each byte; `None` where those are good as they are.
    ///
    /// The weights are those with the least squared error on the bytes that come, `cov(p)⁻¹ cov(p, q) v`. They are rounded one after the other, and
    /// those that follow make up for each error (Frantar et al. 2023, "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
    /// Transformers").
    #[allow(clippy::needless_range_loop, reason = "matrices")]
    pub(super) fn unit(&self, v: &[f64]) -> Option<(Vec<f64>, f64)> {
        let inputs = self.inputs;
        let times = |matrix: &[f64]| matrix.chunks(inputs).map(|row| row.iter().zip(v).map(|(entry, v)| entry * v).sum::<f64>()).collect::<Vec<_>>();
        let form = |image: &[f64]| image.iter().zip(v).map(|(image, v)| image * v).sum::<f64>();
        let (image, variance) = (times(&self.mixed), form(&times(&self.covariance.float)));
        let by_bytes = variance + form(&times(&self.covariance.bytes)) - 2.0 * form(&image);
        let largest = v.iter().fold(0.0_f64, |largest, v| largest.max(v.abs()));
        let by_weights = (largest / 127.0).powi(2) / 12.0 * (0..inputs).map(|input| self.covariance.bytes[input * inputs + input]).sum::<f64>();
        if by_bytes + by_weights <= HARMLESS * variance {
            return None;
        }
        let target: Vec<f64> = self.order.iter().map(|&input| image[input] + self.prior[input] * v[input]).collect();
        let mut rest = solve(&self.factor, inputs, target);
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
                if rest.is_nan() || rest <= 0.0 {
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

    fn scales() -> Scales {
        Scales::from(Scale::with_zero(-1.0, 1.0))
    }

    /// What comes to a layer of two inputs and a third one that does not vary: in bytes, and in the model in `f32`.
    fn rows() -> Vec<([u8; 3], [f32; 3])> {
        let row = |row: usize| {
            // The second input is the first but for a fifth of a byte at most, the rounding of which is four times as much in variance.
            let x = (row as f32 * 0.37).sin();
            let float = [x, x + 0.0016 * (row as f32 * 1.7).sin(), 0.5];
            (float.map(|x| scales().common().byte(f64::from(x))), float)
        };
        (0..500).map(row).collect()
    }

    fn moments() -> Moments {
        let mut moments = Moments::new(3).unwrap();
        for (bytes, float) in rows() {
            moments.observe(&bytes, None, &float, &scales());
        }
        moments
    }

    /// The variance of what weights on bytes are off, in squared bytes.
    fn error(weights: [f64; 3], exact: [f64; 3]) -> f64 {
        let off = |(bytes, float): ([u8; 3], [f32; 3])| {
            let scale = scales().common();
            (0..3).map(|at| weights[at] * f64::from(bytes[at]) - exact[at] * (f64::from(float[at]) / scale.step + scale.zero_point)).sum::<f64>()
        };
        let off: Vec<f64> = rows().into_iter().map(off).collect();
        let mean = off.iter().sum::<f64>() / off.len() as f64;
        off.iter().map(|off| (off - mean).powi(2)).sum::<f64>() / off.len() as f64
    }

    /// Of two inputs that are nearly the same the weights are a large difference, which rounding would fill with noise.
    #[test]
    fn a_difference_of_large_weights_becomes_one_of_smaller_ones() {
        let (fit, exact) = (moments().fit().unwrap(), [100.0, -99.0, 1.0]);
        let (whole, step) = fit.unit(&exact).unwrap();
        let weights = [step * whole[0], step * whole[1], step * whole[2]];
        assert!((weights[0] + weights[1] - 1.0).abs() < 0.1, "{weights:?}");
        // What the difference tells is a quarter of its variance in bytes, and the weights of the model count a little.
        assert!(weights[0].abs() < 33.0 && weights[1].abs() < 33.0, "{weights:?}");
        // It never varies, so the data say nothing of its weight.
        assert!((weights[2] - 1.0).abs() < 0.6 * step, "{weights:?}");
        // Beside the weights of the model, and beside the nearest of 127 steps to these.
        let nearest = exact.map(|weight| (weight * 1.27_f64).round() / 1.27);
        let [by_fit, by_exact, by_nearest] = [weights, exact, nearest].map(|weights| error(weights, exact));
        assert!(2.0 * by_fit < by_exact && 4.0 * by_fit < by_nearest, "{by_fit} {by_exact} {by_nearest}");
        // Weights that do no harm are left alone.
        assert!(fit.unit(&[1.0, 0.5, 0.0]).is_none());
    }

    #[test]
    fn a_few_rows_tell_nothing() {
        let mut moments = Moments::new(2).unwrap();
        moments.observe(&[0, 255], None, &[0.0, 1.0], &Scales::from(Scale::with_zero(0.0, 1.0)));
        assert!(moments.fit().is_none() && Moments::new(100_000).is_none() && Moments::new(0).is_none());
    }
}
