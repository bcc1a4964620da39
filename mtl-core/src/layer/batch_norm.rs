//! `BatchNorm`, and the statistics of a whole batch.
//!
//! Its statistics are over the whole batch while passes go tile by tile, so it is not a [`Layer`](super::Layer).
//! Forward, every tile is [observed](BatchStatistics::observe) before any is normalised; backward, every tile is
//! [reduced](BatchNorm::reduce) before any gets its input gradient.

use nalgebra::SVector;

use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};

/// Batch normalisation `y = γ x̂ + β`, `x̂ = (x − μ) / √(σ² + ε)`, as Keras's `BatchNormalization`; Ioffe, Szegedy 2015.
///
/// In training `μ` and `σ²` are the mean and the biased variance of the batch, predicting the moving ones, which each
/// training step moves: `moving ← momentum · moving + (1 − momentum) · batch` (both with the biased variance, as in Keras).
#[derive(Clone, Copy, Debug)]
pub struct BatchNorm<const N: usize> {
    momentum: f64,
    pub(super) epsilon: f64,
}

/// The parameters of a [`BatchNorm`] layer. The moving statistics are not trained: their gradient is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BatchNormParameters<const N: usize, T> {
    /// `γ`, initially 1.
    pub gamma: SVector<T, N>,
    /// `β`, initially 0.
    pub beta: SVector<T, N>,
    /// Initially 0.
    pub moving_mean: SVector<T, N>,
    /// Initially 1.
    pub moving_variance: SVector<T, N>,
}

crate::flat::own_flat!([const N: usize, T: Scalar] BatchNormParameters<N, T> as BatchNormParameters over T {
    gamma: SVector<T, N>,
    beta: SVector<T, N>,
    moving_mean: SVector<T, N>,
    moving_variance: SVector<T, N>,
});

/// What a batch is like: the mean and spread of `N` values, and what the backward pass of [`BatchNorm`] sums over it.
///
/// All zero is that of no samples.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BatchStatistics<const N: usize, T> {
    /// How many samples were observed.
    pub count: u64,
    /// Their mean.
    pub mean: [T; N],
    /// `Σ (x − mean)²`.
    pub sum_of_squares: [T; N],
    /// `Σ ∂y`.
    pub sum_gradient: [T; N],
    /// `Σ ∂y x̂`.
    pub sum_gradient_normalized: [T; N],
}

crate::flat::own_zeroable!([const N: usize, T: Scalar] BatchStatistics<N, T> as BatchStatistics {
    count: u64,
    mean: [T; N],
    sum_of_squares: [T; N],
    sum_gradient: [T; N],
    sum_gradient_normalized: [T; N],
});

impl<const N: usize, T: Scalar> BatchStatistics<N, T> {
    /// Adds the samples of a tile.
    ///
    /// The tile's mean and sum of squares about it are merged by the formula of Chan, Golub and LeVeque (1979), which
    /// does not cancel when the mean is far larger than the spread.
    #[inline(always)]
    pub fn observe(&mut self, input: &[[T; N]]) {
        if input.is_empty() {
            return;
        }
        let (mean, sum_of_squares) = tile_moments(input);
        let (before, tile) = (self.count as f64, input.len() as f64);
        self.count += input.len() as u64;
        let total = self.count as f64;
        let (weight, cross) = (T::from_f64(tile / total), T::from_f64(before * tile / total));
        for row in 0..N {
            let difference = mean[row] - self.mean[row];
            self.mean[row] += difference * weight;
            // In this order, so that the first tile, whose `cross` is 0, adds 0 however large its mean is.
            self.sum_of_squares[row] += sum_of_squares[row] + difference * cross * difference;
        }
    }

    /// The biased variance of a value; 0 before any sample.
    #[inline(always)]
    #[must_use]
    pub fn variance(&self, row: usize) -> T {
        self.sum_of_squares[row] / T::from_f64(self.count.max(1) as f64)
    }
}

/// The mean of the columns of a tile, and the sum of their squared distances from it.
///
/// Sums are of distances from the first column, so that those of a constant are exactly its value and 0.
#[inline(always)]
fn tile_moments<const N: usize, T: Scalar>(input: &[[T; N]]) -> ([T; N], [T; N]) {
    let first = input.first().copied().unwrap_or([T::ZERO; N]);
    let mut mean = [T::ZERO; N];
    for x in input {
        for row in 0..N {
            mean[row] += x[row] - first[row];
        }
    }
    let factor = T::from_f64(1.0 / input.len() as f64);
    for row in 0..N {
        mean[row] = first[row] + mean[row] * factor;
    }
    let mut sum_of_squares = [T::ZERO; N];
    for x in input {
        for row in 0..N {
            sum_of_squares[row] += (x[row] - mean[row]) * (x[row] - mean[row]);
        }
    }
    (mean, sum_of_squares)
}

impl<const N: usize> BatchNorm<N> {
    /// The layer; Keras's `momentum` is 0.99 and its `epsilon` 1e-3.
    #[must_use]
    pub const fn new(momentum: f64, epsilon: f64) -> Self {
        Self { momentum, epsilon }
    }

    /// Sets the initial parameters.
    pub fn initialize<T: Scalar>(&self, parameters: &mut BatchNormParameters<N, T>) {
        parameters.gamma.fill(T::ONE);
        parameters.beta.fill(T::ZERO);
        parameters.moving_mean.fill(T::ZERO);
        parameters.moving_variance.fill(T::ONE);
    }

    /// Normalises a tile; in training all tiles of the batch must have been observed.
    #[inline(always)]
    pub fn forward<S: InstructionSet, T: Scalar>(
        &self,
        training: bool,
        parameters: &BatchNormParameters<N, T>,
        statistics: &BatchStatistics<N, T>,
        input: &[[T; N]],
        output: &mut [[T; N]],
    ) {
        // Without the statistics, so that a prediction has none on the stack.
        if !training {
            return self.predict::<S, T>(parameters, input, output);
        }
        let (gamma, beta) = (&parameters.gamma.data.0[0], &parameters.beta.data.0[0]);
        let (mean, inverse_deviation) = self.moments(training, parameters, statistics);
        let mut scale = [T::ZERO; N];
        for row in 0..N {
            scale[row] = gamma[row] * inverse_deviation[row];
        }
        for (x, y) in input.iter().zip(output) {
            for row in 0..N {
                y[row] = S::mul_add(x[row] - mean[row], scale[row], beta[row]);
            }
        }
    }

    /// [`forward`](Self::forward) by the moving statistics. Of a single column nothing is kept on the stack: what is computed once for all columns
    /// elsewhere is needed once.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    fn predict<S: InstructionSet, T: Scalar>(&self, parameters: &BatchNormParameters<N, T>, input: &[[T; N]], output: &mut [[T; N]]) {
        let (gamma, beta) = (&parameters.gamma.data.0[0], &parameters.beta.data.0[0]);
        let (mean, variance) = (&parameters.moving_mean.data.0[0], &parameters.moving_variance.data.0[0]);
        let scale = |row: usize| gamma[row] * inverse_deviation_of(variance[row], T::from_f64(self.epsilon));
        if let ([x], [y]) = (input, &mut *output) {
            for row in 0..N {
                y[row] = S::mul_add(x[row] - mean[row], scale(row), beta[row]);
            }
            return;
        }
        let mut scales = [T::ZERO; N];
        for (row, to) in scales.iter_mut().enumerate() {
            *to = scale(row);
        }
        for (x, y) in input.iter().zip(output) {
            for row in 0..N {
                y[row] = S::mul_add(x[row] - mean[row], scales[row], beta[row]);
            }
        }
    }

    /// First phase of the backward pass, for every tile of the batch: adds `Σ ∂y` and `Σ ∂y x̂` to the statistics, and
    /// to the gradients of `β` and `γ`, which they are.
    #[inline(always)]
    pub fn reduce<S: InstructionSet, T: Scalar>(
        &self,
        training: bool,
        parameters: &BatchNormParameters<N, T>,
        statistics: &mut BatchStatistics<N, T>,
        input: &[[T; N]],
        output_gradient: &[[T; N]],
        gradient: &mut BatchNormParameters<N, T>,
    ) {
        let (mean, inverse_deviation) = self.moments(training, parameters, statistics);
        let (mut sum, mut sum_normalized) = ([T::ZERO; N], [T::ZERO; N]);
        for (x, dy) in input.iter().zip(output_gradient) {
            for row in 0..N {
                sum[row] += dy[row];
                sum_normalized[row] = S::mul_add((x[row] - mean[row]) * inverse_deviation[row], dy[row], sum_normalized[row]);
            }
        }
        let (gamma_gradient, beta_gradient) = (&mut gradient.gamma.data.0[0], &mut gradient.beta.data.0[0]);
        for row in 0..N {
            statistics.sum_gradient[row] += sum[row];
            statistics.sum_gradient_normalized[row] += sum_normalized[row];
            beta_gradient[row] += sum[row];
            gamma_gradient[row] += sum_normalized[row];
        }
    }

    /// Second phase of the backward pass, once all `n` samples of the batch are reduced: the gradient of the input.
    ///
    /// In training `∂x = γ / √(σ² + ε) · (∂y − Σ∂y / n − x̂ Σ(∂y x̂) / n)`; predicting, where `μ` and `σ²` do not
    /// depend on the input, `∂x = γ / √(σ² + ε) · ∂y`.
    #[inline(always)]
    pub fn backward<S: InstructionSet, T: Scalar>(
        &self,
        training: bool,
        parameters: &BatchNormParameters<N, T>,
        statistics: &BatchStatistics<N, T>,
        input: &[[T; N]],
        output_gradient: &[[T; N]],
        sink: Option<GradientSink<'_, T, N>>,
    ) {
        let Some(mut sink) = sink else { return };
        let (mean, inverse_deviation) = self.moments(training, parameters, statistics);
        let gamma = &parameters.gamma.data.0[0];
        // ∂x = scale · ∂y − (x − μ) · slope − shift.
        let (mut scale, mut slope, mut shift) = ([T::ZERO; N], [T::ZERO; N], [T::ZERO; N]);
        let inverse_count = T::from_f64(1.0 / statistics.count.max(1) as f64);
        for row in 0..N {
            scale[row] = gamma[row] * inverse_deviation[row];
            if training {
                slope[row] = scale[row] * inverse_deviation[row] * statistics.sum_gradient_normalized[row] * inverse_count;
                shift[row] = scale[row] * statistics.sum_gradient[row] * inverse_count;
            }
        }
        let (mean, scale, slope, shift) = (&mean, &scale, &slope, &shift);
        sink.write_columns(|column| {
            let (x, dy) = (&input[column], &output_gradient[column]);
            move |row: usize| S::mul_add(scale[row], dy[row], -S::mul_add(x[row] - mean[row], slope[row], shift[row]))
        });
    }

    /// Moves the moving statistics towards those of a batch; a batch without samples moves nothing.
    pub fn update<T: Scalar>(&self, parameters: &mut BatchNormParameters<N, T>, statistics: &BatchStatistics<N, T>) {
        if statistics.count == 0 {
            return;
        }
        let (momentum, rest) = (T::from_f64(self.momentum), T::from_f64(1.0 - self.momentum));
        for row in 0..N {
            parameters.moving_mean[row] = parameters.moving_mean[row] * momentum + statistics.mean[row] * rest;
            parameters.moving_variance[row] = parameters.moving_variance[row] * momentum + statistics.variance(row) * rest;
        }
    }

    /// `μ` and `1 / √(σ² + ε)`.
    #[inline(always)]
    fn moments<T: Scalar>(&self, training: bool, parameters: &BatchNormParameters<N, T>, statistics: &BatchStatistics<N, T>) -> ([T; N], [T; N]) {
        let epsilon = T::from_f64(self.epsilon);
        let mut inverse_deviation = [T::ZERO; N];
        if training {
            for (row, value) in inverse_deviation.iter_mut().enumerate() {
                *value = inverse_deviation_of(statistics.variance(row), epsilon);
            }
            (statistics.mean, inverse_deviation)
        } else {
            for (value, &variance) in inverse_deviation.iter_mut().zip(&parameters.moving_variance.data.0[0]) {
                *value = inverse_deviation_of(variance, epsilon);
            }
            (parameters.moving_mean.data.0[0], inverse_deviation)
        }
    }
}

/// `1 / √(σ² + ε)`; NaN where it is infinite, as the 0 that this would give hides that values were too large.
#[inline(always)]
fn inverse_deviation_of<T: Scalar>(variance: T, epsilon: T) -> T {
    let square = variance + epsilon;
    T::ONE / square.sqrt() + square * T::ZERO
}

#[cfg(test)]
mod tests {
    use super::{BatchNorm, BatchNormParameters, BatchStatistics};
    use crate::flat::{self, Flat};
    use crate::kernel::{GradientSink, Portable};
    use crate::layer::check::{assert_near, columns, value};
    use nalgebra::SVector;
    use std::vec;
    use std::vec::Vec;

    const N: usize = 5;
    type Columns = Vec<[f64; N]>;
    const LAYER: BatchNorm<N> = BatchNorm::new(0.9, 1e-3);

    fn parameters() -> BatchNormParameters<N, f64> {
        let vector = |first: usize| SVector::from_fn(|row, _| value(row + first));
        BatchNormParameters { gamma: vector(3), beta: vector(29), moving_mean: vector(61), moving_variance: vector(97).map(|v: f64| v * v + 0.1) }
    }

    fn output_gradient(count: usize) -> Columns {
        (0..count).map(|column| core::array::from_fn(|row| value(column * N + row + 500))).collect()
    }

    fn observed(input: &[[f64; N]], tile: usize) -> BatchStatistics<N, f64> {
        let mut statistics = flat::zeroed::<BatchStatistics<N, f64>>();
        input.chunks(tile).for_each(|tile| statistics.observe(tile));
        statistics
    }

    fn forward(training: bool, parameters: &BatchNormParameters<N, f64>, input: &[[f64; N]], tile: usize) -> Columns {
        let statistics = observed(input, tile);
        let mut output = vec![[f64::NAN; N]; input.len()];
        for (input, output) in input.chunks(tile).zip(output.chunks_mut(tile)) {
            LAYER.forward::<Portable, f64>(training, parameters, &statistics, input, output);
        }
        output
    }

    /// The gradients of the input and of the parameters.
    fn backward(training: bool, input: &[[f64; N]], tile: usize) -> (Columns, BatchNormParameters<N, f64>) {
        let (parameters, dy) = (parameters(), output_gradient(input.len()));
        let mut statistics = observed(input, tile);
        let mut gradient = flat::zeroed();
        for (input, dy) in input.chunks(tile).zip(dy.chunks(tile)) {
            LAYER.reduce::<Portable, f64>(training, &parameters, &mut statistics, input, dy, &mut gradient);
        }
        let mut dx = vec![[f64::NAN; N]; input.len()];
        for ((input, dy), columns) in input.chunks(tile).zip(dy.chunks(tile)).zip(dx.chunks_mut(tile)) {
            LAYER.backward::<Portable, f64>(training, &parameters, &statistics, input, dy, Some(GradientSink { columns, add: false }));
        }
        (dx, gradient)
    }

    #[test]
    fn statistics_are_mean_and_biased_variance() {
        let statistics = observed(&[[1.0, 0.0, 5.0, 0.0, -1.0], [2.0, 0.0, 5.0, 0.0, 1.0], [6.0, 3.0, 5.0, 0.0, 3.0]], 2);
        assert_eq!(statistics.count, 3);
        for (row, (mean, squares)) in [(3.0, 14.0), (1.0, 6.0), (5.0, 0.0), (0.0, 0.0), (1.0, 8.0)].into_iter().enumerate() {
            assert_near(statistics.mean[row], mean, "mean");
            assert_near(statistics.sum_of_squares[row], squares, "sum of squares");
            assert_near(statistics.variance(row), squares / 3.0, "variance");
        }
    }

    #[test]
    fn statistics_do_not_cancel() {
        // Deviations of 1 about 4,096 in f32: a sum of squares less the square of the sum would lose them.
        let mut statistics = flat::zeroed::<BatchStatistics<1, f32>>();
        for _ in 0..100 {
            statistics.observe(&[[4095.0], [4097.0]]);
            statistics.observe(&[]);
        }
        assert_eq!((statistics.count, statistics.mean[0], statistics.variance(0)), (200, 4096.0, 1.0));
    }

    #[test]
    fn training_normalises_the_batch() {
        let parameters = BatchNormParameters { gamma: [1.0; N].into(), beta: [0.0; N].into(), ..parameters() };
        let output = forward(true, &parameters, &[[1.0; N], [2.0; N], [6.0; N]], 3);
        let deviation = (14.0f64 / 3.0 + 1e-3).sqrt();
        for (column, expected) in [-2.0, -1.0, 3.0].into_iter().enumerate() {
            output[column].iter().for_each(|&y| assert_near(y, expected / deviation, "normalised"));
        }
    }

    #[test]
    fn predicting_uses_the_moving_statistics() {
        let parameters = BatchNormParameters {
            gamma: [2.0; N].into(),
            beta: [1.0; N].into(),
            moving_mean: [3.0; N].into(),
            moving_variance: [4.0 - 1e-3; N].into(),
        };
        let output = forward(false, &parameters, &[[5.0; N]], 1);
        output[0].iter().for_each(|&y| assert_near(y, 3.0, "normalised"));
    }

    #[test]
    fn tiles_make_no_difference() {
        let input = columns::<N>(11);
        for training in [true, false] {
            let (dx, gradient) = backward(training, &input, 11);
            let output = forward(training, &parameters(), &input, 11);
            for tile in [1, 3, 4, 10] {
                let (tiled_dx, tiled_gradient) = backward(training, &input, tile);
                let tiled_output = forward(training, &parameters(), &input, tile);
                let pairs = [
                    (dx.as_flattened(), tiled_dx.as_flattened()),
                    (gradient.as_slice(), tiled_gradient.as_slice()),
                    (output.as_flattened(), tiled_output.as_flattened()),
                ];
                for (whole, tiled) in pairs {
                    whole.iter().zip(tiled).for_each(|(&whole, &tiled)| assert!((whole - tiled).abs() < 1e-12, "{tiled} is not {whole}"));
                }
            }
        }
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        const STEP: f64 = 1e-5;
        let input = columns::<N>(7);
        let loss = |output: &Columns| output.as_flattened().iter().enumerate().map(|(number, y)| value(number + 500) * y).sum::<f64>();
        for training in [true, false] {
            let (dx, gradient) = backward(training, &input, 3);
            for (number, &g) in dx.as_flattened().iter().enumerate() {
                let at = |step: f64| {
                    let mut moved = input.clone();
                    moved.as_flattened_mut()[number] += step;
                    loss(&forward(training, &parameters(), &moved, 3))
                };
                assert_near(g, (at(STEP) - at(-STEP)) / (2.0 * STEP), "input");
            }
            for (number, &g) in gradient.as_slice().iter().enumerate() {
                let at = |step: f64| {
                    let mut moved = parameters();
                    moved.as_mut_slice()[number] += step;
                    loss(&forward(training, &moved, &input, 3))
                };
                let trained = number < 2 * N;
                assert_near(g, if trained { (at(STEP) - at(-STEP)) / (2.0 * STEP) } else { 0.0 }, "parameter");
            }
        }
    }

    #[test]
    fn an_input_gradient_is_added_to_a_sink_that_adds() {
        let input = columns::<N>(4);
        let (expected, _) = backward(false, &input, 4);
        let mut columns = vec![[1.0; N]; 4];
        let sink = GradientSink { columns: &mut columns, add: true };
        LAYER.backward::<Portable, f64>(false, &parameters(), &flat::zeroed(), &input, &output_gradient(4), Some(sink));
        columns.as_flattened().iter().zip(expected.as_flattened()).for_each(|(&sum, &g)| assert_near(sum, g + 1.0, "added"));
    }

    #[test]
    fn moving_statistics_move() {
        let mut parameters = parameters();
        LAYER.initialize(&mut parameters);
        LAYER.update(&mut parameters, &flat::zeroed());
        assert_eq!((parameters.moving_mean[0], parameters.moving_variance[0]), (0.0, 1.0));
        LAYER.update(&mut parameters, &observed(&[[1.0; N], [2.0; N], [6.0; N]], 3));
        assert_near(parameters.moving_mean[0], 0.3, "moving mean");
        assert_near(parameters.moving_variance[0], 0.9 + 0.1 * 14.0 / 3.0, "moving variance");
    }

    #[test]
    fn statistics_of_a_constant_are_exact_however_the_batch_is_cut() {
        for constant in [14.62, -0.1, 1e30, 1e-300, f64::MAX] {
            let input = vec![[constant]; 1000];
            for size in [1, 7, 32, 999, 1000] {
                let mut statistics = flat::zeroed::<BatchStatistics<1, f64>>();
                input.chunks(size).for_each(|tile| statistics.observe(tile));
                assert_eq!((statistics.mean, statistics.variance(0)), ([constant], 0.0), "{constant:e} in tiles of {size}");
            }
        }
    }

    #[test]
    fn values_that_are_too_large_to_square_give_nan_and_not_beta() {
        let norm = BatchNorm::<1>::new(0.99, 1e-3);
        let mut parameters = flat::zeroed::<BatchNormParameters<1, f64>>();
        norm.initialize(&mut parameters);
        let (input, mut output) = ([[1e200], [-1e200]], [[0.0]; 2]);
        let mut statistics = flat::zeroed::<BatchStatistics<1, f64>>();
        statistics.observe(&input);
        norm.forward::<Portable, f64>(true, &parameters, &statistics, &input, &mut output);
        assert!(output.as_flattened().iter().all(|y| y.is_nan()), "{output:?}");
        norm.update(&mut parameters, &statistics);
        norm.forward::<Portable, f64>(false, &parameters, &statistics, &[[1.0], [2.0]], &mut output);
        assert!(output.as_flattened().iter().all(|y| y.is_nan()), "{output:?}");
    }
}
