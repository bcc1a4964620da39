//! Losses and their gradients, against differences, each other and by hand.

use super::tiles::BLOCK;
use super::*;
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, Portable};
use std::vec::Vec;

const OUTPUTS: [[f64; 4]; 4] = [[0.3, -1.2, 2.1, 0.05], [-3.1, 0.7, 1.4, -0.6], [0.9, 0.8, 0.7, 0.65], [5.0, -4.0, 0.2, 1.7]];

/// Evaluates a loss on every output and target, and compares its gradient with differences of its value.
#[track_caller]
fn check_gradient<L: Loss<4, f64>>(loss: &L, outputs: &[[f64; 4]], targets: &[L::Target]) {
    for output in outputs {
        for target in targets {
            loss.check(target).expect("a target in the domain of the loss");
            let mut gradient = [f64::NAN; 4];
            let value = loss.evaluate(output, target, &mut gradient);
            assert!(value.is_finite());
            for row in 0..4 {
                let at = |step: f64| {
                    let mut output = *output;
                    output[row] += step;
                    loss.evaluate(&output, target, &mut [0.0; 4])
                };
                // Richardson's extrapolation of two central differences: the error is of the fourth order.
                let difference = |h: f64| (at(h) - at(-h)) / (2.0 * h);
                let step = 1e-3 * output[row].abs().clamp(0.01, 1.0);
                let numeric = (4.0 * difference(step) - difference(2.0 * step)) / 3.0;
                let error = (numeric - gradient[row]).abs();
                assert!(error <= 1e-6 * gradient[row].abs() + 1e-9, "row {row} of {output:?}: {}, differences give {numeric}", gradient[row]);
            }
        }
    }
}

/// Distances from the outputs that are clear of the kinks of `mae`, `huber`, `hinge` and the like.
const REALS: [[f64; 4]; 2] = [[0.0, 1.5, -2.5, 0.4], [-0.7, 0.1, 0.9, 6.0]];
const LABELS: [[f64; 4]; 3] = [[0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.25, 0.9], [1.0; 4]];
const SIGNS: [[f64; 4]; 2] = [[1.0, -1.0, -1.0, 1.0], [-1.0, 1.0, 1.0, -1.0]];

fn classes() -> Vec<Class<4>> {
    (0..4).map(|index| Class { index }).collect()
}

fn positive(rows: [[f64; 4]; 4]) -> [[f64; 4]; 4] {
    rows.map(|row| row.map(f64::exp))
}

#[test]
fn gradients_are_differences() {
    for loss in Every::ALL {
        match loss {
            Every::Mse => check_gradient(&Mse::new(), &OUTPUTS, &REALS),
            Every::Mae => check_gradient(&Mae::new(), &OUTPUTS, &REALS),
            Every::Huber => {
                check_gradient(&Huber::new(1.05), &OUTPUTS, &REALS);
                check_gradient(&Huber::new(0.31), &OUTPUTS, &REALS);
            }
            Every::LogCosh => check_gradient(&LogCosh::new(), &OUTPUTS, &REALS),
            Every::Quantile => {
                check_gradient(&Quantile::new(0.9), &OUTPUTS, &REALS);
                check_gradient(&Quantile::new(0.2), &OUTPUTS, &REALS);
            }
            Every::Msle => check_gradient(&Msle::new(), &positive(OUTPUTS), &[[0.0, 1.5, 2.5, 0.4], [7.0, 0.1, 0.9, 60.0]]),
            Every::Poisson => check_gradient(&Poisson::new(), &positive(OUTPUTS), &[[0.0, 1.0, 5.0, 2.0], [7.0, 0.5, 0.0, 60.0]]),
            Every::Hinge => check_gradient(&Hinge::new(), &OUTPUTS, &SIGNS),
            Every::SquaredHinge => check_gradient(&SquaredHinge::new(), &OUTPUTS, &SIGNS),
            Every::BinaryCrossEntropy => {
                check_gradient(&BinaryCrossEntropy::new(), &OUTPUTS, &LABELS);
                check_gradient(&BinaryCrossEntropy::new().class_weights([0.4, 3.0]), &OUTPUTS, &LABELS);
                check_gradient(&BinaryCrossEntropy::new().class_weights([0.4, 3.0]).label_smoothing(0.2), &OUTPUTS, &LABELS);
            }
            Every::BinaryFocal => {
                for gamma in [0.0, 0.5, 1.0, 2.0, 3.7] {
                    check_gradient(&BinaryFocal::new(gamma), &OUTPUTS, &LABELS);
                    check_gradient(&BinaryFocal::new(gamma).class_weights([2.0, 0.3]).label_smoothing(0.1), &OUTPUTS, &LABELS);
                }
            }
            Every::CategoricalCrossEntropy => {
                let weighted = || CategoricalCrossEntropy::new().class_weights([0.5, 2.0, 1.0, 0.1]);
                check_gradient(&CategoricalCrossEntropy::<4>::new(), &OUTPUTS, &classes());
                check_gradient(&weighted(), &OUTPUTS, &classes());
                check_gradient(&weighted().label_smoothing(0.3), &OUTPUTS, &classes());
            }
            Every::CategoricalFocal => {
                for gamma in [0.0, 0.5, 1.0, 2.0, 3.7] {
                    let weighted = CategoricalFocal::new(gamma).class_weights([0.5, 2.0, 1.0, 0.1]);
                    check_gradient(&CategoricalFocal::<4>::new(gamma), &OUTPUTS, &classes());
                    check_gradient(&weighted.label_smoothing(0.3), &OUTPUTS, &classes());
                }
            }
            Every::KlDivergence => {
                let distributions = OUTPUTS.map(|row| {
                    let mut probabilities = [0.0; 4];
                    crate::kernel::math::softmax(&row, &mut probabilities);
                    probabilities
                });
                check_gradient(&KlDivergence::new(), &distributions[..2], &[[0.1, 0.2, 0.3, 0.4], [0.0, 0.0, 1.0, 0.0]]);
            }
        }
    }
}

#[test]
fn class_weights_are_factors() {
    let (mut plain, mut weighted) = ([0.0; 4], [0.0; 4]);
    for target in classes() {
        let weights = [0.5, 2.0, 1.0, 0.1];
        let weight = weights[target.index as usize];
        let value = CategoricalCrossEntropy::<4>::new().evaluate(&OUTPUTS[0], &target, &mut plain);
        let other = CategoricalCrossEntropy::new().class_weights(weights).evaluate(&OUTPUTS[0], &target, &mut weighted);
        assert!((other - weight * value).abs() < 1e-15 && (weighted[0] - weight * plain[0]).abs() < 1e-15);
    }
    let mut gradient = [0.0];
    let loss = BinaryCrossEntropy::new().class_weights([2.0, 4.0]);
    let value = |label: f64, gradient: &mut [f64; 1]| loss.evaluate(&[0.0], &[label], gradient) / core::f64::consts::LN_2;
    assert!((value(0.0, &mut gradient) - 2.0).abs() < 1e-15);
    assert!((value(1.0, &mut gradient) - 4.0).abs() < 1e-15);
    assert!((value(0.5, &mut gradient) - 3.0).abs() < 1e-15);
}

/// Fused losses are finite for all finite logits; so are their gradients.
fn check_extremes<T: Scalar>(sizes: &[T]) {
    fn finite<L: Loss<3, T>, T: Scalar>(loss: &L, output: &[T; 3], target: &L::Target) {
        let mut gradient = [T::ZERO; 3];
        let value = loss.evaluate(output, target, &mut gradient);
        assert!(value.is_finite() && value >= T::ZERO, "{value} for {output:?}");
        assert!(gradient.iter().all(|slope| slope.is_finite()), "{gradient:?} for {output:?}");
    }
    for &size in sizes {
        for output in [[size, -size, T::ZERO], [-size, -size, size], [size, size, size], [T::ZERO, T::ONE, -size], [-size, T::ONE, -size]] {
            for index in 0..3 {
                let class = Class { index };
                finite(&CategoricalCrossEntropy::new(), &output, &class);
                finite(&CategoricalCrossEntropy::new().label_smoothing(0.1), &output, &class);
                for gamma in [0.0, 0.5, 1.0, 2.0, 3.5] {
                    finite(&CategoricalFocal::new(gamma), &output, &class);
                    finite(&CategoricalFocal::new(gamma).label_smoothing(0.1), &output, &class);
                }
            }
            for label in [0.0, 0.3, 1.0] {
                let target = [T::from_f64(label); 3];
                finite(&BinaryCrossEntropy::new(), &output, &target);
                finite(&BinaryCrossEntropy::new().label_smoothing(0.1), &output, &target);
                for gamma in [0.0, 0.5, 1.0, 2.0, 3.5] {
                    finite(&BinaryFocal::new(gamma), &output, &target);
                    finite(&BinaryFocal::new(gamma).label_smoothing(0.1), &output, &target);
                }
            }
        }
    }
}

#[test]
fn extreme_logits_give_finite_losses() {
    check_extremes::<f64>(&[1.0, 30.0, 745.0, 1e4, 1e300, f64::MAX]);
    check_extremes::<f32>(&[1.0, 17.0, 88.5, 104.0, 1e4, 1e30, f32::MAX]);
}

#[test]
fn confident_predictions_keep_their_relative_accuracy() {
    let mut gradient = [0.0_f32; 2];
    let value = CategoricalCrossEntropy::new().evaluate(&[30.0, 0.0], &Class { index: 0 }, &mut gradient);
    let exact = (-30.0_f32).exp();
    for computed in [value, -gradient[0], gradient[1]] {
        assert!((computed / exact - 1.0).abs() < 1e-6, "{computed}, not {exact}");
    }
    let mut gradient = [0.0_f32];
    let value = BinaryCrossEntropy::new().evaluate(&[30.0], &[1.0], &mut gradient);
    assert!((value / exact - 1.0).abs() < 1e-6 && (-gradient[0] / exact - 1.0).abs() < 1e-6);
}

#[test]
fn a_class_ruled_out_by_an_infinite_logit_takes_no_part() {
    let mut gradient = [0.0_f64; 3];
    let value = CategoricalCrossEntropy::new().evaluate(&[0.0, 0.0, f64::NEG_INFINITY], &Class { index: 0 }, &mut gradient);
    assert!((value - core::f64::consts::LN_2).abs() < 1e-15);
    assert_eq!(gradient, [-0.5, 0.5, 0.0]);
    let value = CategoricalFocal::new(0.0).evaluate(&[0.0, 0.0, f64::NEG_INFINITY], &Class { index: 0 }, &mut gradient);
    assert!((value - core::f64::consts::LN_2).abs() < 1e-15);
    assert_eq!(gradient, [-0.5, 0.5, 0.0]);
}

#[test]
fn nan_comes_through() {
    #[track_caller]
    fn check<L: Loss<3, f64>>(loss: L, target: L::Target) {
        for row in 0..3 {
            let mut output = [0.3, 0.4, 0.3];
            output[row] = f64::NAN;
            assert!(loss.evaluate(&output, &target, &mut [0.0; 3]).is_nan(), "row {row}");
        }
    }
    check(Mse::new(), [1.0; 3]);
    check(Mae::new(), [1.0; 3]);
    check(Huber::new(1.0), [1.0; 3]);
    check(LogCosh::new(), [1.0; 3]);
    check(Quantile::new(0.3), [1.0; 3]);
    check(Msle::new(), [1.0; 3]);
    check(Poisson::new(), [1.0; 3]);
    check(Hinge::new(), [1.0; 3]);
    check(SquaredHinge::new(), [1.0; 3]);
    check(KlDivergence::new(), [0.2, 0.3, 0.5]);
    check(BinaryCrossEntropy::new(), [1.0; 3]);
    check(BinaryCrossEntropy::new(), [0.0; 3]);
    for gamma in [0.0, 0.5, 2.0] {
        check(BinaryFocal::new(gamma), [1.0, 0.0, 1.0]);
    }
    for index in 0..3 {
        check(CategoricalCrossEntropy::new(), Class { index });
        for gamma in [0.0, 0.5, 2.0] {
            check(CategoricalFocal::new(gamma), Class { index });
        }
    }
}

#[test]
fn targets_out_of_the_domain_are_named() {
    fn error<L: Loss<3, f64>>(loss: L, target: L::Target) -> std::string::String {
        use std::string::ToString;
        loss.check(&target).expect_err("out of the domain").to_string()
    }
    assert_eq!(error(Mse::new(), [0.0, f64::NAN, 1.0]), "NaN is not finite");
    assert_eq!(error(Mae::new(), [0.0, f64::INFINITY, 1.0]), "inf is not finite");
    assert_eq!(error(BinaryCrossEntropy::new(), [0.0, 1.5, 1.0]), "1.5 is not in [0, 1]");
    assert_eq!(error(BinaryFocal::new(2.0), [0.0, -0.5, 1.0]), "-0.5 is not in [0, 1]");
    assert_eq!(error(Poisson::new(), [0.0, -1.0, 1.0]), "-1 is not at least 0");
    assert_eq!(error(Msle::new(), [0.0, -0.5, 1.0]), "-0.5 is not at least 0");
    assert_eq!(error(Hinge::new(), [-1.0, 0.0, 1.0]), "0 is not -1 or 1");
    assert_eq!(error(SquaredHinge::new(), [-1.0, 2.0, 1.0]), "2 is not -1 or 1");
    assert_eq!(error(KlDivergence::new(), [0.5, 0.25, 0.5]), "1.25 is not 1, which the values of a distribution sum to");
    assert_eq!(error(KlDivergence::new(), [-0.5, 1.0, 0.5]), "-0.5 is not in [0, 1]");
    assert_eq!(error(CategoricalCrossEntropy::new(), Class { index: 3 }), "class 3 is out of range: there are 3 classes, 0 to 2");
    assert!(Loss::<3, f64>::check(&KlDivergence::new(), &[0.333, 0.333, 0.334]).is_ok());
    assert!(Loss::<3, f64>::check(&CategoricalFocal::new(2.0), &Class { index: 2 }).is_ok());
}

#[test]
fn a_class_that_does_not_exist_gives_no_panic() {
    let mut gradient = [1.0; 3];
    assert!(CategoricalCrossEntropy::new().evaluate(&[0.1, 0.2, 0.3], &Class { index: 9 }, &mut gradient) == 0.0);
    assert!(CategoricalFocal::new(2.0).evaluate(&[0.1, 0.2, 0.3], &Class { index: u32::MAX }, &mut gradient) == 0.0);
    assert_eq!(gradient, [0.0; 3]);
}

#[test]
fn a_block_gives_the_bits_of_its_samples() {
    fn check<L: Loss<3, f32>>(loss: L, target: impl Fn(usize) -> L::Target) {
        let outputs: [[f32; 3]; BLOCK] = core::array::from_fn(|sample| core::array::from_fn(|row| ((sample * 7 + row * 5) % 11) as f32 * 0.37));
        let targets: [L::Target; BLOCK] = core::array::from_fn(target);
        let (mut gradients, mut values) = ([[f32::NAN; 3]; BLOCK], [f32::NAN; BLOCK]);
        loss.evaluate_samples(&outputs, &targets, &mut gradients, &mut values);
        for sample in 0..BLOCK {
            let mut gradient = [f32::NAN; 3];
            let value = loss.evaluate(&outputs[sample], &targets[sample], &mut gradient);
            assert_eq!((values[sample].to_bits(), gradients[sample]), (value.to_bits(), gradient));
        }
    }
    let class = |sample: usize| Class { index: (sample % 3) as u32 };
    check(CategoricalCrossEntropy::new().class_weights([0.5, 1.0, 3.0]).label_smoothing(0.1), class);
    check(CategoricalFocal::new(2.0).class_weights([0.5, 1.0, 3.0]).label_smoothing(0.1), class);
    check(BinaryCrossEntropy::new(), |sample| [(sample % 2) as f32; 3]);
    check(Mse::new(), |sample| [sample as f32; 3]);
}

#[test]
fn a_tile_sums_what_has_a_label() {
    let outputs = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
    // The absent target is not looked at.
    let targets = [[0.0, 0.0], [f64::NAN, f64::NAN], [5.0, 4.0]];
    let weights = [1.0, 7.0, 0.5];
    let present = [true, false, true];
    for (add, expected) in [(false, [[2.0, 4.0], [0.0, 0.0], [0.0, 2.0]]), (true, [[12.0, 14.0], [10.0, 10.0], [10.0, 12.0]])] {
        let mut columns = [[10.0; 2]; 3];
        let sink = GradientSink { columns: &mut columns, add };
        let sum = tile::<Portable, _, _, 2>(&Mse::new(), &outputs, &targets, Some(&present), &weights, 2.0, sink);
        assert_eq!(sum, 2.5 + 0.5 * 2.0);
        assert_eq!(columns, expected);
    }
    let mut columns = [[10.0; 2]; 2];
    let sink = GradientSink { columns: &mut columns, add: false };
    let sum = tile::<Portable, _, _, 2>(&Mse::new(), &[outputs[0], outputs[2]], &[targets[0], targets[2]], None, &[1.0, 0.5], 2.0, sink);
    assert_eq!(sum, 3.5);
    assert_eq!(columns, [[2.0, 4.0], [0.0, 2.0]]);
}

#[test]
fn a_tile_of_blocks_and_a_rest_is_the_sum_over_its_samples() {
    const SAMPLES: usize = 2 * BLOCK + 5;
    let outputs: [[f64; 2]; SAMPLES] = core::array::from_fn(|sample| [sample as f64 * 0.1, 1.0 - sample as f64 * 0.07]);
    let present: [bool; SAMPLES] = core::array::from_fn(|sample| sample % 3 != 1);
    let targets: [Class<2>; SAMPLES] = core::array::from_fn(|sample| Class { index: (sample % 2) as u32 });
    let weights: [f64; SAMPLES] = core::array::from_fn(|sample| 1.0 + (sample % 4) as f64);
    let loss = CategoricalCrossEntropy::<2>::new();
    for present in [Some(&present), None] {
        for add in [false, true] {
            let mut columns = [[1.0; 2]; SAMPLES];
            let sink = GradientSink { columns: &mut columns, add };
            let sum = tile::<Portable, _, _, 2>(&loss, &outputs, &targets, present.map(|present| &present[..]), &weights, 0.5, sink);
            let mut expected = 0.0;
            for sample in 0..SAMPLES {
                let mut gradient = [0.0; 2];
                if present.is_none_or(|present| present[sample]) {
                    expected += weights[sample] * loss.evaluate(&outputs[sample], &targets[sample], &mut gradient);
                }
                for (value, slope) in columns[sample].iter().zip(gradient) {
                    assert!((value - f64::from(u8::from(add)) - 0.5 * weights[sample] * slope).abs() < 1e-14);
                }
            }
            assert_eq!(sum, expected);
        }
    }
}
