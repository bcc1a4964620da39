//! Factors by the definitions, and settings that are refused.

use super::*;
use std::boxed::Box;

/// Ten epochs of ten steps.
fn at(step: u64) -> Progress {
    Progress { step, steps: 100, steps_per_epoch: 10 }
}

/// A schedule of each name, with settings that are allowed.
fn every(name: Every) -> Box<dyn Schedule> {
    match name {
        Every::Constant => Box::new(Constant),
        Every::StepDecay => Box::new(StepDecay::new(3, 0.5)),
        Every::ExponentialDecay => Box::new(ExponentialDecay::new(Span::Training, 0.5)),
        Every::Cosine => Box::new(Cosine::default()),
        Every::CosineRestarts => Box::new(CosineRestarts::new(Span::Training)),
        Every::WarmUp => Box::new(Cosine::default().warm_up(Span::Epochs(2))),
        Every::OneCycle => Box::new(OneCycle::default()),
        Every::ReduceOnPlateau => Box::new(ReduceOnPlateau::new()),
    }
}

/// None raises the optimizer's rate, which is the highest that a user allows, or turns it round, before its span and after it.
#[test]
fn every_schedule_stays_within_the_optimizers_rate() {
    for name in Every::ALL {
        let mut schedule = every(*name);
        for step in 0..=150 {
            let factor = schedule.factor(at(step));
            assert!((0.0..=1.0).contains(&factor), "{name:?}, step {step}: {factor}");
            if step % 10 == 9 {
                schedule.observe(1.0);
            }
        }
        schedule.restart();
        assert_eq!(schedule.factor(at(0)), every(*name).factor(at(0)), "{name:?}");
    }
}

#[track_caller]
fn check(schedule: &impl Schedule, expected: &[(u64, f64)]) {
    for &(step, factor) in expected {
        let found = schedule.factor(at(step));
        assert!((found - factor).abs() < 1e-12, "step {step}: {found} is not {factor}");
    }
}

#[test]
fn constant() {
    check(&Constant, &[(0, 1.0), (99, 1.0)]);
}

#[test]
fn step_decay_changes_with_the_epoch() {
    check(&StepDecay::new(3, 0.5), &[(0, 1.0), (29, 1.0), (30, 0.5), (59, 0.5), (60, 0.25)]);
}

#[test]
fn exponential_decay() {
    check(&ExponentialDecay::new(Span::Steps(20), 0.25), &[(0, 1.0), (10, 0.5), (20, 0.25), (40, 0.0625)]);
    check(&ExponentialDecay::new(Span::Epochs(2), 0.25).staircase(true), &[(0, 1.0), (19, 1.0), (20, 0.25), (39, 0.25)]);
}

#[test]
fn cosine_ends_at_its_floor() {
    check(&Cosine::default(), &[(0, 1.0), (50, 0.5), (100, 0.0)]);
    check(&Cosine::new(Span::Epochs(2)).floor(0.1), &[(0, 1.0), (10, 0.55), (20, 0.1), (99, 0.1)]);
}

#[test]
fn cosine_with_restarts() {
    // Cycles of 10, 20, 40 steps.
    let schedule = CosineRestarts::new(Span::Epochs(1)).shrink(0.5);
    check(&schedule, &[(0, 1.0), (5, 0.5), (10, 0.5), (20, 0.25), (30, 0.25), (50, 0.125), (70, 0.125)]);
    check(&CosineRestarts::new(Span::Steps(10)).stretch(1.0), &[(0, 1.0), (5, 0.5), (10, 1.0), (15, 0.5), (90, 1.0)]);
}

#[test]
fn a_warm_up_moves_what_comes_after_it() {
    check(&Constant.warm_up(Span::Steps(4)), &[(0, 0.25), (1, 0.5), (3, 1.0), (4, 1.0), (50, 1.0)]);
    // The cosine has the 80 steps that are left.
    check(&Cosine::default().warm_up(Span::Epochs(2)), &[(9, 0.5), (20, 1.0), (60, 0.5), (100, 0.0)]);
    check(&StepDecay::new(1, 0.5).warm_up(Span::Steps(10)), &[(10, 1.0), (19, 1.0), (20, 0.5)]);
}

#[test]
fn one_cycle() {
    check(&OneCycle::default(), &[(0, 0.04), (29, 1.0), (64, (1.0 + 4e-6) / 2.0), (99, 4e-6), (100, 4e-6), (1000, 4e-6)]);
    check(&OneCycle::default().rise(0.0).start_division(2.0).end_division(5.0), &[(99, 0.1)]);
    check(&OneCycle::default().rise(1.0), &[(0, 0.04), (99, 1.0), (100, 4e-6)]);
}

/// The factors of `torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1, total_steps=steps)` by its source: the phases end at the
/// steps `pct_start * total_steps - 1` and `total_steps - 1`, and a step belongs to the first that does not end before it.
#[test]
fn one_cycle_is_that_of_pytorch_for_every_length() {
    let anneal = |from: f64, to: f64, share: f64| (from - to) / 2.0 * (1.0 + libm::cos(PI * share)) + to;
    for steps in [1_u64, 2, 3, 4, 7, 9, 10, 11, 100, 1000] {
        for rise in [0.25, 0.3, 0.5, 0.9] {
            let (peak, last) = (rise * steps as f64 - 1.0, steps as f64 - 1.0);
            for step in 0..steps {
                let at = step as f64;
                // It divides 0 by 0 where the peak is step 0.
                let rising = if peak == 0.0 { 1.0 } else { anneal(0.04, 1.0, at / peak) };
                let expected = if at <= peak { rising } else { anneal(1.0, 4e-6, (at - peak) / (last - peak)) };
                let found = OneCycle::default().rise(rise).factor(Progress { step, steps, steps_per_epoch: 1 });
                assert!((found - expected).abs() < 1e-12, "step {step} of {steps}, rise {rise}: {found} is not {expected}");
            }
        }
    }
}

/// First, highest and last factor of trainings of 1, 2, 10 and 100 steps, as the table of the module says.
#[test]
fn schedules_end_where_they_say() {
    let factors = |schedule: &dyn Schedule, steps: u64| -> (f64, f64, f64, f64) {
        let at = |step| schedule.factor(Progress { step, steps, steps_per_epoch: 1 });
        (at(0), (0..steps).map(at).fold(0.0, f64::max), at(steps - 1), at(steps))
    };
    let close = |found: (f64, f64, f64, f64), expected: (f64, f64, f64, f64), what: &str| {
        let pairs = [(found.0, expected.0), (found.1, expected.1), (found.2, expected.2), (found.3, expected.3)];
        assert!(pairs.iter().all(|(found, expected)| (found - expected).abs() < 1e-12), "{what}: {found:?} is not {expected:?}");
    };
    for steps in [1_u64, 2, 10, 100] {
        let n = steps as f64;
        let span = Span::Steps(steps);
        // Keras: `(1 - alpha) * 0.5 * (1 + cos(pi * step / decay_steps)) + alpha`.
        let before_the_end = 0.1 + 0.45 * (1.0 + libm::cos(PI * (n - 1.0) / n));
        close(factors(&Cosine::new(span).floor(0.1), steps), (1.0, 1.0, before_the_end, 0.1), "cosine");
        close(factors(&Cosine::default().floor(0.1), steps), (1.0, 1.0, before_the_end, 0.1), "cosine over the training");
        let restarts = CosineRestarts::new(span).shrink(0.5).floor(0.1);
        close(factors(&restarts, steps), (1.0, 1.0, before_the_end, 0.55), "restarts");
        close(factors(&ExponentialDecay::new(span, 0.5), steps), (1.0, 1.0, libm::pow(0.5, (n - 1.0) / n), 0.5), "exponential");
        close(factors(&ExponentialDecay::new(span, 0.5).staircase(true), steps), (1.0, 1.0, 1.0, 0.5), "staircase");
        close(factors(&StepDecay::new(steps, 0.5), steps), (1.0, 1.0, 1.0, 0.5), "steps");
        close(factors(&Constant.warm_up(span), steps), (1.0 / n, 1.0, 1.0, 1.0), "warm-up");
        let cycle = factors(&OneCycle::default(), steps);
        let first = match steps {
            1 => 4e-6,
            2 => 4e-6 + (1.0 - 4e-6) * half_cosine(0.4 / 1.4),
            _ => 0.04,
        };
        close(cycle, (first, if steps > 2 { 1.0 } else { first }, 4e-6, 4e-6), "one cycle");
        let warm = OneCycle::default().warm_up(Span::Steps(5));
        let last = warm.factor(Progress { step: 5 + steps - 1, steps: 5 + steps, steps_per_epoch: 1 });
        assert!((last - 4e-6).abs() < 1e-12, "after a warm-up: {last}");
    }
}

#[test]
fn restarts_with_a_stretch_next_to_one_are_those_without() {
    let (even, stretched) = (CosineRestarts::new(Span::Steps(10)).stretch(1.0), CosineRestarts::new(Span::Steps(10)).stretch(1.0 + 1e-12));
    for step in 0..95 {
        let (expected, found) = (even.factor(at(step)), stretched.factor(at(step)));
        // Where a cycle ends, the next may begin a rounding error later.
        assert!((found - expected).abs() < 1e-6 || step % 10 == 0, "step {step}: {found} is not {expected}");
    }
}

#[test]
fn settings_are_checked() {
    let refused = |schedule: &dyn Schedule, setting: &str| {
        let error = schedule.check().unwrap_err();
        assert_eq!(error.setting, setting);
    };
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5] {
        refused(&StepDecay::new(1, value), "StepDecay::new(factor)");
        refused(&ExponentialDecay::new(Span::Training, value), "ExponentialDecay::new(rate)");
        refused(&Cosine::default().floor(value), "Cosine::floor");
        refused(&CosineRestarts::new(Span::Training).floor(value), "CosineRestarts::floor");
        refused(&CosineRestarts::new(Span::Training).stretch(value), "CosineRestarts::stretch");
        refused(&CosineRestarts::new(Span::Training).shrink(value), "CosineRestarts::shrink");
        refused(&OneCycle::default().rise(value), "OneCycle::rise");
        refused(&OneCycle::default().start_division(value), "OneCycle::start_division");
        refused(&OneCycle::default().end_division(value), "OneCycle::end_division");
        refused(&ReduceOnPlateau::new().by(value), "ReduceOnPlateau::by");
        refused(&ReduceOnPlateau::new().min_delta(value), "ReduceOnPlateau::min_delta");
        refused(&ReduceOnPlateau::new().floor(value), "ReduceOnPlateau::floor");
    }
    refused(&StepDecay::new(0, 0.5), "StepDecay::new(epochs)");
    refused(&StepDecay::new(1, 0.0), "StepDecay::new(factor)");
    refused(&ExponentialDecay::new(Span::Steps(0), 0.5), "ExponentialDecay::new(span)");
    refused(&Cosine::new(Span::Epochs(0)), "Cosine::new(span)");
    refused(&CosineRestarts::new(Span::Steps(0)), "CosineRestarts::new(span)");
    refused(&CosineRestarts::new(Span::Training).stretch(0.99), "CosineRestarts::stretch");
    refused(&CosineRestarts::new(Span::Training).shrink(0.0), "CosineRestarts::shrink");
    refused(&OneCycle::new(Span::Steps(0)), "OneCycle::new(span)");
    refused(&OneCycle::default().end_division(0.01), "OneCycle::end_division");
    refused(&ReduceOnPlateau::new().by(1.0), "ReduceOnPlateau::by");
    refused(&Cosine::default().floor(1.5), "Cosine::floor");
    // Through a warm-up too.
    refused(&Cosine::default().floor(1.5).warm_up(Span::Steps(3)), "Cosine::floor");
    assert_eq!(OneCycle::default().warm_up(Span::Steps(0)).check(), Ok(()));
    assert_eq!(ReduceOnPlateau::default().check(), Ok(()));
    for name in Every::ALL {
        assert_eq!(every(*name).check(), Ok(()), "{name:?}");
    }
}

#[test]
fn an_epoch_without_steps_divides_nothing_by_zero() {
    assert_eq!(Progress { step: 3, steps: 0, steps_per_epoch: 0 }.epoch(), 3);
    for name in Every::ALL {
        let factor = every(*name).factor(Progress { step: 0, steps: 0, steps_per_epoch: 0 });
        assert!(factor.is_finite(), "{name:?}: {factor}");
    }
}

#[test]
fn a_plateau_reduces_after_patience_and_restart_forgets() {
    let mut schedule = ReduceOnPlateau::new().by(0.5).patience(2).cooldown(1).floor(0.2);
    let mut factors = [0.0; 9];
    for (factor, loss) in factors.iter_mut().zip([1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]) {
        schedule.observe(loss);
        *factor = schedule.factor(at(0));
    }
    // As in Keras the wait goes on in the epoch in which the cooldown ends.
    assert_eq!(factors, [1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2]);
    schedule.restart();
    assert_eq!(schedule, ReduceOnPlateau::new().by(0.5).patience(2).cooldown(1).floor(0.2));
}

#[test]
fn a_plateau_is_not_reduced_by_a_fall_or_broken_by_nan() {
    let mut schedule = ReduceOnPlateau::new().patience(1);
    schedule.observe(1.0);
    schedule.observe(0.5);
    assert_eq!(schedule.factor(at(0)), 1.0);
    schedule.observe(f64::NAN);
    assert_eq!(schedule.factor(at(0)), 0.1);
}
