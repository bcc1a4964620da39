use std::vec;

use super::*;
use crate::kernel::Portable;
use crate::layer::Layer;
use crate::layer::check::{PREDICT, assert_near, check_gradients, columns, forward, value};
use rand::SeedableRng;
use rand::rngs::SmallRng;

/// A recurrent layer as a [`Layer`], for the checks that those have.
struct AsLayer<C, const TIME: usize, const FEATURES: usize, const UNITS: usize, const GATES: usize, const BIASES: usize>(
    Recurrent<C, TIME, FEATURES, UNITS, GATES, BIASES>,
);

impl<C: Cell, const TIME: usize, const FEATURES: usize, const UNITS: usize, const GATES: usize, const BIASES: usize>
    AsLayer<C, TIME, FEATURES, UNITS, GATES, BIASES>
{
    const NEW: Self = Self(Recurrent::new(Initializer::GlorotUniform));
}

impl<
    C: Cell,
    const TIME: usize,
    const FEATURES: usize,
    const UNITS: usize,
    const GATES: usize,
    const BIASES: usize,
    const IN: usize,
    const OUT: usize,
> Layer<IN, OUT, f64> for AsLayer<C, TIME, FEATURES, UNITS, GATES, BIASES>
{
    type Parameters = RecurrentParameters<C, FEATURES, UNITS, GATES, BIASES, f64>;
    type Cache = [Record<C, UNITS, f64>; TIME];

    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, rng: &mut R) {
        self.0.initialize(parameters, rng);
    }

    fn forward<S: InstructionSet>(
        &self,
        _: Context,
        parameters: &Self::Parameters,
        input: &[[f64; IN]],
        output: &mut [[f64; OUT]],
        cache: &mut [Self::Cache],
    ) {
        // What a tile held before is of no account.
        for record in cache.as_flattened_mut() {
            record.as_mut_slice().fill(f64::NAN);
        }
        self.0.forward::<S, _, IN, OUT>(parameters, input, output, cache);
    }

    fn backward<S: InstructionSet>(
        &self,
        context: Context,
        parameters: &Self::Parameters,
        input: &[[f64; IN]],
        _: &[[f64; OUT]],
        cache: &[Self::Cache],
        output_gradient: &mut [[f64; OUT]],
        input_gradient: Option<GradientSink<'_, f64, IN>>,
        gradient: &mut Self::Parameters,
    ) {
        let mut slopes = vec![zeroed::<Self::Cache>(); cache.len()];
        for record in slopes.as_flattened_mut() {
            record.as_mut_slice().fill(f64::NAN);
        }
        self.0.backward::<S, _, IN, OUT>(context, parameters, input, cache, output_gradient, &mut slopes, input_gradient, gradient);
    }
}

fn parameters<P: Flat<f64>>() -> P {
    let mut parameters: P = zeroed();
    parameters.as_mut_slice().iter_mut().enumerate().for_each(|(number, weight)| *weight = 0.4 * value(number + 77));
    parameters
}

/// With one unit, one feature and one step each: the formulas by hand.
#[test]
fn values_are_those_of_the_formulas() {
    let sigma = |x: f64| 1.0 / (1.0 + (-x).exp());
    let mut gru: RecurrentParameters<Gru, 1, 1, 3, 2, f64> = zeroed();
    gru.kernel.copy_from_slice(&[0.5, -1.0, 2.0]);
    gru.recurrent_kernel.copy_from_slice(&[1.5, 0.25, -0.75]);
    gru.bias.copy_from_slice(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
    let mut state = gru.start();
    state.hidden[0] = 0.8;
    gru.step(&mut state, &[0.7]);
    let z = sigma(0.5 * 0.7 + 0.1 + 1.5 * 0.8 + 0.4);
    let r = sigma(-0.7 + 0.2 + 0.25 * 0.8 + 0.5);
    let n = (2.0 * 0.7 + 0.3 + r * (-0.75 * 0.8 + 0.6)).tanh();
    assert_near(state.hidden[0], z * 0.8 + (1.0 - z) * n, "gru");

    let mut lstm: RecurrentParameters<Lstm, 1, 1, 4, 1, f64> = zeroed();
    lstm.kernel.copy_from_slice(&[0.5, -1.0, 2.0, 1.0]);
    lstm.recurrent_kernel.copy_from_slice(&[1.5, 0.25, -0.75, 0.5]);
    lstm.bias.copy_from_slice(&[0.1, 0.2, 0.3, 0.4]);
    let mut state = LstmState { hidden: [0.8].into(), cell: [-0.6].into() };
    lstm.step(&mut state, &[0.7]);
    let [i, f, o] = [0.5 * 0.7 + 1.5 * 0.8 + 0.1, -0.7 + 0.25 * 0.8 + 0.2, 0.7 + 0.5 * 0.8 + 0.4].map(sigma);
    let c = f * -0.6 + i * (2.0 * 0.7 - 0.75 * 0.8 + 0.3_f64).tanh();
    assert_near(state.cell[0], c, "cell");
    assert_near(state.hidden[0], o * c.tanh(), "lstm");
}

#[test]
fn gradients_are_those_of_finite_differences() {
    check_gradients::<12, 3, _>(&AsLayer::<Gru, 4, 3, 3, 9, 2>::NEW, PREDICT, &parameters(), &columns(3));
    check_gradients::<12, 12, _>(&AsLayer::<Gru, 4, 3, 3, 9, 2>::NEW, PREDICT, &parameters(), &columns(7));
    check_gradients::<10, 18, _>(&AsLayer::<Gru, 1, 10, 18, 54, 0>::NEW, PREDICT, &parameters(), &columns(2));
    check_gradients::<6, 1, _>(&AsLayer::<Gru, 6, 1, 1, 3, 0>::NEW, PREDICT, &parameters(), &columns(1));
    check_gradients::<12, 3, _>(&AsLayer::<Lstm, 4, 3, 3, 12, 1>::NEW, PREDICT, &parameters(), &columns(3));
    check_gradients::<12, 12, _>(&AsLayer::<Lstm, 4, 3, 3, 12, 1>::NEW, PREDICT, &parameters(), &columns(7));
    check_gradients::<10, 18, _>(&AsLayer::<Lstm, 1, 10, 18, 72, 0>::NEW, PREDICT, &parameters(), &columns(2));
    check_gradients::<6, 1, _>(&AsLayer::<Lstm, 6, 1, 1, 4, 0>::NEW, PREDICT, &parameters(), &columns(1));
}

/// The last state of a sequence is that after its last step, and steps one by one come to the same.
#[test]
fn steps_come_to_what_the_sequence_does() {
    fn check<C: Cell, const GATES: usize, const BIASES: usize>() {
        let layer = AsLayer::<C, 5, 3, 19, GATES, BIASES>::NEW;
        let parameters: RecurrentParameters<C, 3, 19, GATES, BIASES, f64> = parameters();
        let input = columns::<15>(9);
        let all = forward::<15, 95, _>(&layer, PREDICT, &parameters, &input);
        let last = forward::<15, 19, _>(&layer, PREDICT, &parameters, &input);
        for ((x, all), last) in input.iter().zip(&all).zip(&last) {
            assert_eq!(all[4 * 19..], last[..]);
            let mut state = parameters.start();
            for (x, expected) in x.as_chunks::<3>().0.iter().zip(all.as_chunks::<19>().0) {
                parameters.step(&mut state, x);
                for (&h, &expected) in C::hidden(&state).iter().zip(expected) {
                    assert!((h - expected).abs() < 1e-13, "{h} is not {expected}");
                }
            }
        }
    }
    check::<Gru, 57, 2>();
    check::<Gru, 57, 0>();
    check::<Lstm, 76, 1>();
}

/// Far from 0 gates are 0 or 1, and nothing overflows.
#[test]
fn large_sums_saturate() {
    let mut parameters: RecurrentParameters<Lstm, 3, 4, 16, 1, f64> = parameters();
    parameters.kernel *= 1e200;
    let output = forward::<6, 8, _>(&AsLayer::<Lstm, 2, 3, 4, 16, 1>::NEW, PREDICT, &parameters, &columns(4));
    assert!(output.as_flattened().iter().all(|h| h.abs() <= 1.0), "{output:?}");
}

#[test]
fn parameters_start_as_keras_starts_them() {
    let mut lstm: RecurrentParameters<Lstm, 3, 5, 20, 1, f64> = zeroed();
    Recurrent::<Lstm, 2, 3, 5, 20, 1>::new(Initializer::GlorotUniform).initialize(&mut lstm, &mut SmallRng::seed_from_u64(1));
    let limit = (6.0_f64 / 23.0).sqrt();
    assert!(lstm.kernel.iter().all(|w| w.abs() <= limit) && lstm.kernel.iter().any(|w| w.abs() > 0.9 * limit));
    assert_eq!(lstm.bias.as_slice(), [vec![0.0; 5], vec![1.0; 5], vec![0.0; 10]].concat());
    let products = lstm.recurrent_kernel.transpose() * lstm.recurrent_kernel;
    assert!((products - SMatrix::<f64, 5, 5>::identity()).abs().max() < 1e-14);

    let mut gru: RecurrentParameters<Gru, 3, 5, 15, 2, f64> = zeroed();
    Recurrent::<Gru, 2, 3, 5, 15, 2>::new(Initializer::Ones).initialize(&mut gru, &mut SmallRng::seed_from_u64(1));
    assert!(gru.kernel.iter().all(|&w| w == 1.0) && gru.bias.iter().all(|&b| b == 0.0));
}

#[test]
fn portable_code_does_the_same() {
    let layer = Recurrent::<Gru, 3, 2, 9, 27, 2>::new(Initializer::Zeros);
    let parameters: RecurrentParameters<Gru, 2, 9, 27, 2, f64> = parameters();
    struct Run<'a>(&'a Recurrent<Gru, 3, 2, 9, 27, 2>, &'a RecurrentParameters<Gru, 2, 9, 27, 2, f64>);
    impl Kernel for Run<'_> {
        type Output = [[f64; 27]; 5];
        #[inline(always)]
        fn run<S: InstructionSet>(self) -> Self::Output {
            let (mut output, mut tape) = ([[f64::NAN; 27]; 5], [zeroed::<[Record<Gru, 9, f64>; 3]>(); 5]);
            self.0.forward::<S, _, 6, 27>(self.1, &columns::<6>(5), &mut output, &mut tape);
            output
        }
    }
    let (here, portable) = (dispatch(Run(&layer, &parameters)), Run(&layer, &parameters).run::<Portable>());
    for (&a, &b) in here.as_flattened().iter().zip(portable.as_flattened()) {
        assert!((a - b).abs() < 1e-14, "{a} is not {b}");
    }
}
