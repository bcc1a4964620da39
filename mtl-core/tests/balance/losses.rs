//! Loss weightings: their weights by hand, and against finite differences of their objectives.

use mtl_core::balance::{
    BalanceError, DynamicWeightAverage, Famo, FixedWeights, GeometricMean, GradNorm, ImtlL, LossWeighting, RandomWeights, SmoothTchebycheff,
    StepReport, Uncertainty,
};
use mtl_core::model::HeadSet;

use crate::assert_close;

const LOSSES: [f64; 3] = [0.7, 2.5, 0.02];

fn weights(strategy: &mut dyn LossWeighting, losses: &[f64]) -> Vec<f64> {
    weights_of_present(strategy, losses, HeadSet::ALL)
}

fn weights_of_present(strategy: &mut dyn LossWeighting, losses: &[f64], present: HeadSet) -> Vec<f64> {
    let mut weights = vec![f64::NAN; losses.len()];
    strategy.weights(losses, present, &mut weights).unwrap();
    weights
}

fn report<'a>(losses: &'a [f64], learning_rate: f64) -> StepReport<'a> {
    StepReport { losses, present: HeadSet::ALL, gradient_norms: None, losses_after: None, learning_rate }
}

/// The derivative of an objective with respect to each number, by central differences.
fn slopes(objective: impl Fn(&[f64]) -> f64, at: &[f64]) -> Vec<f64> {
    (0..at.len())
        .map(|i| {
            let step = 1e-6 * at[i].abs().max(1e-2);
            let at = |sign: f64| {
                let mut moved = at.to_vec();
                moved[i] += sign * step;
                objective(&moved)
            };
            (at(1.0) - at(-1.0)) / (2.0 * step)
        })
        .collect()
}

/// Adam as in its paper, on one number.
#[derive(Default)]
struct Adam {
    first: f64,
    second: f64,
    steps: i32,
}

impl Adam {
    fn step(&mut self, parameter: &mut f64, gradient: f64, learning_rate: f64) {
        self.steps += 1;
        self.first = 0.9 * self.first + 0.1 * gradient;
        self.second = 0.999 * self.second + 0.001 * gradient * gradient;
        let first = self.first / (1.0 - 0.9_f64.powi(self.steps));
        let second = self.second / (1.0 - 0.999_f64.powi(self.steps));
        *parameter -= learning_rate * first / (second.sqrt() + 1e-8);
    }
}

fn softmax(scores: &[f64]) -> Vec<f64> {
    let sum: f64 = scores.iter().map(|score| score.exp()).sum();
    scores.iter().map(|score| score.exp() / sum).collect()
}

#[test]
fn fixed_weights_stay() {
    assert_eq!(weights(&mut FixedWeights::equal(), &LOSSES), [1.0; 3]);
    let mut strategy = FixedWeights::from_weights(&[0.5, 2.0]);
    assert_eq!(weights_of_present(&mut strategy, &LOSSES, HeadSet(0b101)), [0.5, 0.0, 1.0]);
}

#[test]
fn uncertainty_learns_log_variances() {
    let objective = |losses: &[f64], s: &[f64]| losses.iter().zip(s).map(|(l, s)| 0.5 * (-s).exp() * l + 0.5 * s).sum::<f64>();
    let (mut strategy, mut s) = (Uncertainty::new(), vec![0.0; 3]);
    let mut adams = [Adam::default(), Adam::default(), Adam::default()];
    for step in 0..50 {
        assert_close(&weights(&mut strategy, &LOSSES), &slopes(|losses| objective(losses, &s), &LOSSES), 1e-7, &format!("step {step}"));
        strategy.update(&report(&LOSSES, 0.1)).unwrap();
        let slopes = slopes(|s| objective(&LOSSES, s), &s);
        for ((s, slope), adam) in s.iter_mut().zip(slopes).zip(&mut adams) {
            adam.step(s, slope, 0.1);
        }
    }
    for _ in 0..5000 {
        strategy.update(&report(&LOSSES, 0.02)).unwrap();
    }
    // e^s = L.
    let settled: Vec<f64> = LOSSES.iter().map(|loss| 0.5 / loss).collect();
    assert_close(&weights(&mut strategy, &LOSSES), &settled, 1e-2, "the end");
}

#[test]
fn imtl_l_brings_every_loss_to_one() {
    let objective = |losses: &[f64], s: &[f64]| losses.iter().zip(s).map(|(l, s)| s.exp() * l - s).sum::<f64>();
    let (mut strategy, mut s) = (ImtlL::new().learning_rate(0.05), vec![0.0; 3]);
    let mut adams = [Adam::default(), Adam::default(), Adam::default()];
    for step in 0..50 {
        assert_close(&weights(&mut strategy, &LOSSES), &slopes(|losses| objective(losses, &s), &LOSSES), 1e-7, &format!("step {step}"));
        // Its own learning rate counts, not the model's.
        strategy.update(&report(&LOSSES, 1000.0)).unwrap();
        let slopes = slopes(|s| objective(&LOSSES, s), &s);
        for ((s, slope), adam) in s.iter_mut().zip(slopes).zip(&mut adams) {
            adam.step(s, slope, 0.05);
        }
    }
    for _ in 0..5000 {
        strategy.update(&report(&LOSSES, 0.0)).unwrap();
    }
    let settled: Vec<f64> = LOSSES.iter().map(|loss| 1.0 / loss).collect();
    assert_close(&weights(&mut strategy, &LOSSES), &settled, 1e-2, "the end");
}

#[test]
fn dynamic_weight_average_by_hand() {
    let mut strategy = DynamicWeightAverage::new();
    assert_eq!(weights(&mut strategy, &LOSSES), [1.0; 3]);
    strategy.epoch_end(&[2.0, 1.0, 4.0], HeadSet::ALL).unwrap();
    assert_eq!(weights(&mut strategy, &LOSSES), [1.0; 3]);
    strategy.epoch_end(&[1.0, 0.9, 4.0], HeadSet::ALL).unwrap();
    let expected: Vec<f64> = softmax(&[0.25, 0.45, 0.5]).iter().map(|weight| 3.0 * weight).collect();
    assert_close(&weights(&mut strategy, &LOSSES), &expected, 1e-14, "ratios 0.5, 0.9, 1");
    // Task 1 has no label in the third epoch and keeps its ratio.
    strategy.epoch_end(&[0.8, f64::NAN, 3.0], HeadSet(0b101)).unwrap();
    let expected: Vec<f64> = softmax(&[0.4, 0.45, 0.375]).iter().map(|weight| 3.0 * weight).collect();
    assert_close(&weights(&mut strategy, &LOSSES), &expected, 1e-14, "ratios 0.8, 0.9, 0.75");
}

#[test]
fn geometric_mean_is_the_derivative() {
    let objective = |losses: &[f64]| losses.iter().product::<f64>().powf(1.0 / losses.len() as f64);
    assert_close(&weights(&mut GeometricMean, &LOSSES), &slopes(objective, &LOSSES), 1e-6, "three tasks");
    let two = slopes(objective, &[LOSSES[0], LOSSES[2]]);
    assert_close(&weights_of_present(&mut GeometricMean, &LOSSES, HeadSet(0b101)), &[two[0], 0.0, two[1]], 1e-6, "two of three");
    assert!(weights(&mut GeometricMean, &[0.0, 1.0]).iter().all(|weight| weight.is_finite()));
    let mut out = [0.0; 2];
    assert_eq!(GeometricMean.weights(&[1.0, -0.5], HeadSet::ALL, &mut out), Err(BalanceError::LossTooSmall { task: 1, loss: -0.5, least: 0.0 }));
    assert!(matches!(GeometricMean.weights(&[f64::NAN, 0.5], HeadSet::ALL, &mut out), Err(BalanceError::LossNotFinite { task: 0, .. })));
    assert!(GeometricMean.weights(&[f64::NAN, 0.5], HeadSet::only(1), &mut out).is_ok());
}

#[test]
fn random_weights_are_a_softmax_of_normal_draws() {
    let (mut one, mut same) = (RandomWeights::new(8), RandomWeights::new(8));
    let (mut sum, mut squares) = (0.0, 0.0);
    for _ in 0..20_000 {
        let drawn = weights(&mut one, &[1.0, 1.0]);
        assert!((drawn.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        // The difference of two standard normal draws: variance 2.
        let difference = (drawn[0] / drawn[1]).ln();
        sum += difference;
        squares += difference * difference;
        // An absence changes no later draw.
        let other = weights_of_present(&mut same, &[1.0, 1.0], HeadSet::only(1));
        assert_eq!(other, [0.0, 1.0]);
    }
    assert!((sum / 20_000.0).abs() < 0.05 && (squares / 20_000.0 - 2.0).abs() < 0.1);
    assert_eq!(weights(&mut one, &LOSSES), weights(&mut same, &LOSSES));
}

/// The reference implementation's two functions, written out.
#[test]
fn famo_follows_its_definition() {
    let (mut strategy, mut w) = (Famo::new(), vec![0.0; 3]);
    let mut adams = [Adam::default(), Adam::default(), Adam::default()];
    let mut losses = LOSSES.to_vec();
    for step in 0..20 {
        let z = softmax(&w);
        let constant: f64 = z.iter().zip(&losses).map(|(z, loss)| z / (loss + 1e-8)).sum();
        let objective = |losses: &[f64]| z.iter().zip(losses).map(|(z, loss)| z * (loss + 1e-8).ln()).sum::<f64>() / constant;
        let found = weights(&mut strategy, &losses);
        assert_close(&found, &slopes(objective, &losses), 1e-6, &format!("step {step}"));
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);

        let after: Vec<f64> = losses.iter().zip([0.9, 0.99, 0.7]).map(|(loss, factor)| loss * factor).collect();
        strategy.update(&StepReport { losses_after: Some(&after), ..report(&losses, 1.0) }).unwrap();
        let fall: Vec<f64> = losses.iter().zip(&after).map(|(before, after)| (before + 1e-8).ln() - (after + 1e-8).ln()).collect();
        let slopes = slopes(|w| softmax(w).iter().zip(&fall).map(|(z, fall)| z * fall).sum(), &w);
        for ((w, slope), adam) in w.iter_mut().zip(slopes).zip(&mut adams) {
            adam.step(w, slope + 1e-3 * *w, 0.025);
        }
        losses = after;
    }
    // The second task fell least.
    let z_over_d = weights(&mut strategy, &[1.0; 3]);
    assert!(z_over_d[1] > z_over_d[0] && z_over_d[1] > z_over_d[2]);
    assert_eq!(strategy.update(&report(&losses, 1.0)), Err(BalanceError::NotMeasured { what: "the losses of the batch after the step" }));
    let mut negative = Famo::new().least_losses(&[-2.0]);
    assert!(weights(&mut negative, &[-1.0, 0.5]).iter().all(|weight| weight.is_finite()));
    assert!(matches!(negative.weights(&[-3.0, 0.5], HeadSet::ALL, &mut [0.0; 2]), Err(BalanceError::LossTooSmall { task: 0, .. })));
}

#[test]
fn smooth_tchebycheff_is_the_derivative() {
    let objective = |mu: f64, preferences: [f64; 3], ideal: [f64; 3]| {
        move |losses: &[f64]| mu * losses.iter().zip(preferences).zip(ideal).map(|((loss, p), z)| (p * (loss - z) / mu).exp()).sum::<f64>().ln()
    };
    let plain = objective(1.0, [1.0 / 3.0; 3], [0.0; 3]);
    assert_close(&weights(&mut SmoothTchebycheff::new(), &LOSSES), &slopes(plain, &LOSSES), 1e-7, "the defaults");
    let mut strategy = SmoothTchebycheff::new().smoothing(0.1).preferences(&[1.0, 2.0, 1.0]).ideal_losses(&[0.1, 0.0, -0.3]);
    let chosen = objective(0.1, [0.25, 0.5, 0.25], [0.1, 0.0, -0.3]);
    assert_close(&weights(&mut strategy, &LOSSES), &slopes(chosen, &LOSSES), 1e-6, "chosen");
    // No overflow where the exponentials alone would.
    assert!(weights(&mut strategy, &[1e5, 2e5, 0.0]).iter().all(|weight| weight.is_finite()));
}

#[test]
fn grad_norm_learns_to_even_out_rates() {
    let alpha = 1.5;
    let initial = [1.0, 2.0, 0.5];
    let norms = [3.0, 0.2, 1.0];
    let losses = [0.5, 1.8, 0.1];
    let (mut strategy, mut s) = (GradNorm::new(), vec![0.0; 3]);
    let step = StepReport { gradient_norms: Some(&norms), ..report(&losses, 0.01) };
    strategy.update(&step).unwrap();
    assert_eq!(weights(&mut strategy, &losses), [1.0; 3], "the first epoch only measures");
    strategy.epoch_end(&initial, HeadSet::ALL).unwrap();
    strategy.epoch_end(&[9.0; 3], HeadSet::ALL).unwrap();

    let rates: Vec<f64> = losses.iter().zip(initial).map(|(loss, first)| loss / first).collect();
    let mean_rate: f64 = rates.iter().sum::<f64>() / 3.0;
    let mut adams = [Adam::default(), Adam::default(), Adam::default()];
    for number in 0..30 {
        let weighted = |s: &[f64]| softmax(s).iter().zip(norms).map(|(w, norm)| 3.0 * w * norm).collect::<Vec<f64>>();
        let mean_norm: f64 = weighted(&s).iter().sum::<f64>() / 3.0;
        let aims: Vec<f64> = rates.iter().map(|rate| mean_norm * (rate / mean_rate).powf(alpha)).collect();
        let slopes = slopes(|s| weighted(s).iter().zip(&aims).map(|(norm, aim)| (norm - aim).abs()).sum(), &s);
        for ((s, slope), adam) in s.iter_mut().zip(slopes).zip(&mut adams) {
            adam.step(s, slope, 0.01);
        }
        strategy.update(&step).unwrap();
        let expected: Vec<f64> = softmax(&s).iter().map(|weight| 3.0 * weight).collect();
        assert_close(&weights(&mut strategy, &losses), &expected, 1e-6, &format!("step {number}"));
    }
    assert!(matches!(strategy.update(&report(&losses, 0.1)), Err(BalanceError::NotMeasured { .. })));
}

/// The parameters of an absent task neither move nor forget, and its weight is 0.
#[test]
fn absent_tasks_keep_their_state() {
    let norms = [1.0, 2.0, 0.3];
    let after = [0.6, 2.4, 0.01];
    let makes: [fn() -> Box<dyn LossWeighting>; 4] =
        [|| Box::new(Uncertainty::new()), || Box::new(ImtlL::new()), || Box::new(Famo::new()), || Box::new(GradNorm::new())];
    for make in makes {
        let (mut all, mut without) = (make(), make());
        let step = |present| StepReport { present, gradient_norms: Some(&norms), losses_after: Some(&after), ..report(&LOSSES, 0.1) };
        for strategy in [&mut all, &mut without] {
            strategy.epoch_end(&LOSSES, HeadSet::ALL).unwrap();
            strategy.update(&step(HeadSet::ALL)).unwrap();
        }
        without.update(&step(HeadSet(0b011))).unwrap();
        let present_only = weights_of_present(&mut *without, &LOSSES, HeadSet(0b011));
        assert_eq!(present_only[2], 0.0);
        // Compared alone, task 2 stands where it stood: its weight relative to a fresh copy that never stepped again.
        let (before, now) = (weights_of_present(&mut *all, &LOSSES, HeadSet::only(2)), weights_of_present(&mut *without, &LOSSES, HeadSet::only(2)));
        assert_eq!(before, now);
    }
}

#[test]
fn no_task_present_gives_no_weight() {
    let makes: [fn() -> Box<dyn LossWeighting>; 9] = [
        || Box::new(FixedWeights::equal()),
        || Box::new(Uncertainty::new()),
        || Box::new(DynamicWeightAverage::new()),
        || Box::new(GeometricMean),
        || Box::new(RandomWeights::new(1)),
        || Box::new(ImtlL::new()),
        || Box::new(Famo::new()),
        || Box::new(SmoothTchebycheff::new()),
        || Box::new(GradNorm::new()),
    ];
    for make in makes {
        let mut strategy = make();
        assert_eq!(weights_of_present(&mut *strategy, &LOSSES, HeadSet::NONE), [0.0; 3]);
        let report = StepReport { present: HeadSet::NONE, gradient_norms: Some(&[0.0; 3]), losses_after: Some(&LOSSES), ..report(&LOSSES, 0.1) };
        strategy.update(&report).unwrap();
        assert!(weights(&mut *strategy, &LOSSES).iter().all(|weight| weight.is_finite()));
        assert!(strategy.weights(&[1.0; 65], HeadSet::ALL, &mut [0.0; 65]).is_err(), "65 tasks");
        assert!(strategy.weights(&LOSSES, HeadSet::ALL, &mut [0.0; 2]).is_err(), "two weights for three losses");
    }
}

/// Losses of 0, huge ones and tiny ones, for long: weights stay numbers, and one that is solved does not count without bound.
#[test]
fn weights_stay_finite_for_every_loss() {
    type MakeWeighting = fn() -> Box<dyn LossWeighting>;
    let makes: [(&str, MakeWeighting); 8] = [
        ("uncertainty", || Box::new(Uncertainty::new().learning_rate(0.1))),
        ("imtl_l", || Box::new(ImtlL::new().learning_rate(0.1))),
        ("dynamic weight average", || Box::new(DynamicWeightAverage::new())),
        ("geometric mean", || Box::new(GeometricMean)),
        ("random", || Box::new(RandomWeights::new(1))),
        ("famo", || Box::new(Famo::new())),
        ("smooth tchebycheff", || Box::new(SmoothTchebycheff::new().smoothing(1e-10))),
        ("grad norm", || Box::new(GradNorm::new().learning_rate(0.1).alpha(1e10))),
    ];
    for losses in [[0.0, 1.0], [0.0, 0.0], [1e-300, 1.0], [1e30, 1e-30], [1e300, 1e-300], [1e300, 0.0]] {
        for (name, make) in makes {
            let mut strategy = make();
            let mut weights = [0.0; 2];
            for step in 0..3000 {
                strategy.check_losses(&losses, HeadSet::ALL).unwrap();
                strategy.weights(&losses, HeadSet::ALL, &mut weights).unwrap();
                assert!(weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0), "{name} on {losses:?}, step {step}: {weights:?}");
                // The geometric mean of losses weighs by their ratio, whatever it is.
                assert!(name == "geometric mean" || weights.iter().all(|&weight| weight < 1e9), "{name} on {losses:?}, step {step}: {weights:?}");
                let report = StepReport {
                    losses: &losses,
                    present: HeadSet::ALL,
                    gradient_norms: Some(&losses),
                    losses_after: Some(&losses),
                    learning_rate: 0.1,
                };
                strategy.update(&report).unwrap();
                if step % 100 == 99 {
                    strategy.epoch_end(&losses, HeadSet::ALL).unwrap();
                }
            }
        }
    }
}

/// Before the parameters move, and again by `update` where somebody calls it alone.
#[test]
fn scales_are_not_learned_from_losses_below_zero() {
    let strategies: [Box<dyn LossWeighting>; 2] = [Box::new(Uncertainty::new()), Box::new(ImtlL::new())];
    for mut strategy in strategies {
        let losses = [0.5, -1e-9];
        let expected = Err(BalanceError::LossTooSmall { task: 1, loss: -1e-9, least: 0.0 });
        assert_eq!(strategy.check_losses(&losses, HeadSet::ALL), expected);
        assert_eq!(strategy.check_losses(&losses, HeadSet::only(0)), Ok(()));
        let report = StepReport { losses: &losses, present: HeadSet::ALL, gradient_norms: None, losses_after: None, learning_rate: 0.1 };
        assert_eq!(strategy.update(&report), expected);
        let mut weights = [0.0; 2];
        strategy.weights(&losses, HeadSet::ALL, &mut weights).unwrap();
        assert_eq!(weights[0], weights[1], "nothing was learned");
    }
    for strategy in [&FixedWeights::equal() as &dyn LossWeighting, &DynamicWeightAverage::new(), &SmoothTchebycheff::new(), &GradNorm::new()] {
        assert_eq!(strategy.check_losses(&[-1e30, 1.0], HeadSet::ALL), Ok(()));
    }
}

#[test]
fn what_is_given_by_task_is_for_the_tasks_there_are() {
    let refused = |mut strategy: Box<dyn LossWeighting>| {
        let result = strategy.weights(&[1.0, 2.0], HeadSet::ALL, &mut [0.0; 2]);
        assert!(matches!(result, Err(BalanceError::LengthMismatch { expected: 2, found: 3, .. })), "{result:?}");
    };
    refused(Box::new(FixedWeights::from_weights(&[1.0; 3])));
    refused(Box::new(Famo::new().least_losses(&[-1.0; 3])));
    refused(Box::new(SmoothTchebycheff::new().preferences(&[1.0; 3])));
    refused(Box::new(SmoothTchebycheff::new().ideal_losses(&[0.0; 3])));
}

#[test]
fn hyperparameters_outside_their_range_are_errors() {
    let refused: [(Box<dyn LossWeighting>, &str); 12] = [
        (Box::new(FixedWeights::from_weights(&[1.0, -1.0])), "FixedWeights::from_weights"),
        (Box::new(Uncertainty::new().learning_rate(0.0)), "Uncertainty::learning_rate"),
        (Box::new(ImtlL::new().learning_rate(f64::INFINITY)), "ImtlL::learning_rate"),
        (Box::new(DynamicWeightAverage::new().temperature(0.0)), "DynamicWeightAverage::temperature"),
        (Box::new(Famo::new().learning_rate(-1.0)), "Famo::learning_rate"),
        (Box::new(Famo::new().decay(f64::NAN)), "Famo::decay"),
        (Box::new(Famo::new().least_losses(&[0.0, f64::NEG_INFINITY])), "Famo::least_losses"),
        (Box::new(SmoothTchebycheff::new().smoothing(0.0)), "SmoothTchebycheff::smoothing"),
        (Box::new(SmoothTchebycheff::new().preferences(&[1.0, 0.0])), "SmoothTchebycheff::preferences"),
        (Box::new(SmoothTchebycheff::new().ideal_losses(&[f64::NAN])), "SmoothTchebycheff::ideal_losses"),
        (Box::new(GradNorm::new().alpha(-1.0)), "GradNorm::alpha"),
        (Box::new(GradNorm::new().learning_rate(0.0)), "GradNorm::learning_rate"),
    ];
    for (mut strategy, setting) in refused {
        let error = strategy.check().unwrap_err();
        assert_eq!(error.setting, setting);
        // As text: NaN is not equal to itself.
        assert_eq!(strategy.weights(&LOSSES, HeadSet::ALL, &mut [0.0; 3]).unwrap_err().to_string(), error.to_string());
    }
}
