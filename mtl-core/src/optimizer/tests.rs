//! Every optimizer against its formula as Keras writes it, in f64.

use super::*;
use std::vec;
use std::vec::Vec;

/// Parameters after a few steps on gradients that vary in sign and size.
fn run<O: Optimizer<f64>>(optimizer: &O, steps: u64) -> Vec<f64> {
    let mut parameters: Vec<f64> = (0..37).map(|i| f64::from(i) * 0.1 - 1.5).collect();
    let mut slots = [vec![0.0; 37], vec![0.0; 37], vec![0.0; 37]];
    for slot in &mut slots[optimizer.slots()..] {
        slot.clear();
    }
    for step in 1..=steps {
        let gradients: Vec<f64> = (0..37).map(|i| gradient(i, step)).collect();
        let [a, b, c] = &mut slots;
        optimizer.update(optimizer.learning_rate(), step, &mut parameters, &gradients, [a, b, c]);
    }
    parameters
}

fn gradient(index: usize, step: u64) -> f64 {
    // Element 5 has no gradient at all, as a dead unit.
    if index == 5 { 0.0 } else { libm::sin(index as f64 * 1.7 + step as f64) * (1.0 + index as f64 * 0.2) }
}

/// Compares with a formula that moves one parameter, given its gradient, its state and the step.
fn check<O: Optimizer<f64>>(optimizer: &O, formula: impl Fn(&mut f64, f64, &mut [f64; 3], f64)) {
    let moved = run(optimizer, 25);
    for (index, &moved) in moved.iter().enumerate() {
        let mut parameter = index as f64 * 0.1 - 1.5;
        let mut state = [0.0; 3];
        for step in 1..=25 {
            formula(&mut parameter, gradient(index, step), &mut state, step as f64);
        }
        assert!((moved - parameter).abs() <= 1e-13 * parameter.abs().max(1.0), "{index}: {moved} is not {parameter}");
    }
}

#[test]
fn sgd() {
    check(&Sgd::default(), |p, g, _, _| *p -= 0.01 * g);
    check(&Sgd::new(0.05).momentum(0.9), |p, g, [v, ..], _| {
        *v = 0.9 * *v - 0.05 * g;
        *p += *v;
    });
    check(&Sgd::new(0.05).momentum(0.9).nesterov(true), |p, g, [v, ..], _| {
        *v = 0.9 * *v - 0.05 * g;
        *p += 0.9 * *v - 0.05 * g;
    });
}

fn adam_step(rate: f64, p: &mut f64, g: f64, [m, v, _]: &mut [f64; 3], t: f64) {
    *m = 0.9 * *m + 0.1 * g;
    *v = 0.999 * *v + 0.001 * g * g;
    let alpha = rate * libm::sqrt(1.0 - libm::pow(0.999, t)) / (1.0 - libm::pow(0.9, t));
    *p -= alpha * *m / (libm::sqrt(*v) + 1e-7);
}

#[test]
fn adam() {
    check(&Adam::default(), |p, g, state, t| adam_step(0.001, p, g, state, t));
}

#[test]
fn adamw_decays_before_the_step() {
    check(&AdamW::default(), |p, g, state, t| {
        *p -= *p * 0.004 * 0.001;
        adam_step(0.001, p, g, state, t);
    });
    check(&AdamW::new(0.01).weight_decay(0.5), |p, g, state, t| {
        *p -= *p * 0.5 * 0.01;
        adam_step(0.01, p, g, state, t);
    });
}

#[test]
fn rms_prop_in_its_four_variants() {
    for (centered, momentum) in [(false, 0.0), (false, 0.8), (true, 0.0), (true, 0.8)] {
        check(&RmsProp::default().centered(centered).momentum(momentum), |p, g, [v, a, b], _| {
            *v = 0.9 * *v + 0.1 * g * g;
            *a = 0.9 * *a + 0.1 * g;
            let denominator = if centered { *v - *a * *a } else { *v } + 1e-7;
            *b = momentum * *b + 0.001 * g / libm::sqrt(denominator);
            *p -= *b;
        });
    }
}

#[test]
fn adagrad() {
    check(&AdaGrad::default(), |p, g, [s, ..], t| {
        if t == 1.0 {
            *s = 0.1;
        }
        *s += g * g;
        *p -= 0.001 * g / libm::sqrt(*s + 1e-7);
    });
}

#[test]
fn lion() {
    for decay in [0.0, 0.1] {
        check(&Lion::default().weight_decay(decay), |p, g, [m, ..], _| {
            *p -= *p * decay * 0.001;
            let c = 0.9 * *m + 0.1 * g;
            *p -= 0.001 * if c == 0.0 { 0.0 } else { c.signum() };
            *m = 0.99 * *m + 0.01 * g;
        });
    }
}

#[test]
fn moments_of_a_dead_unit_end_at_zero_not_in_denormals() {
    let optimizer = Adam::default();
    let (mut parameter, mut mean, mut square) = ([1.0_f32], [0.0_f32], [0.0_f32]);
    for step in 1..=200_000 {
        let gradient = [if step == 1 { 1e-3 } else { 0.0 }];
        optimizer.update(0.001, step, &mut parameter, &gradient, [&mut mean, &mut square, &mut []]);
        assert!(!mean[0].is_subnormal() && !square[0].is_subnormal(), "step {step}");
    }
    assert_eq!((mean[0], square[0]), (0.0, 0.0));
}

#[test]
fn the_correction_of_adam_does_not_drift_in_f32() {
    // With a constant gradient a step is exactly the learning rate, at every step.
    let optimizer = Adam::default().epsilon(1e-12);
    let (mut mean, mut square) = ([0.0_f32], [0.0_f32]);
    for step in 1..=5000 {
        let mut parameter = [0.0_f32];
        optimizer.update(1.0, step, &mut parameter, &[0.25], [&mut mean, &mut square, &mut []]);
        assert!((parameter[0] + 1.0).abs() < 2e-4, "step {step}: {}", parameter[0]);
    }
}

/// In f32 the mean square of equal gradients comes out below the square of their mean, by more than ε.
#[test]
fn a_variance_that_rounds_below_zero_is_zero() {
    let rms_prop = RmsProp::new(1e-3).centered(true);
    let (mut parameters, mut squares, mut means) = ([0.0_f32; 4], [0.0; 4], [0.0; 4]);
    for step in 1..=2000 {
        rms_prop.update(1e-3, step, &mut parameters, &[1000.0, 777.7, 12345.6, -1e10], [&mut squares, &mut means, &mut []]);
    }
    assert!(parameters.iter().all(|parameter| parameter.is_finite()), "{parameters:?}");
}
