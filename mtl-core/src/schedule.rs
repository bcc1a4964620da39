//! Learning-rate schedules: the factor by which the optimizer's learning rate is multiplied as training goes on.
//!
//! A schedule is relative, so that the rate is said once, at the optimizer:
//! `Trainer::new(Adam::new(3e-3)).schedule(Cosine::default().warm_up(Span::Epochs(2)))`.
//!
//! Steps count from 0. Over a span of n steps the factors are
//!
//! | schedule | step 0 | highest | step n − 1, the last of the span | step n and later |
//! |---|---|---|---|---|
//! | [`Constant`] | 1 | 1 | 1 | 1 |
//! | [`StepDecay`] of n steps an epoch | 1 | 1 | 1 | `factor`, then its powers |
//! | [`ExponentialDecay`] | 1 | 1 | `rate^((n−1)/n)`; 1 as a staircase | `rate`, then on |
//! | [`Cosine`] | 1 | 1 | one step above `floor` | `floor` |
//! | [`CosineRestarts`] | 1 | 1 | one step above `floor` | the next cycle, from `floor + (1 − floor) shrink` |
//! | [`WarmUp`] | 1/n | 1 | 1 | what comes after it, from its step 0 |
//! | [`OneCycle`] | 1/25 | 1, at step 0.3 n − 1 | 4e-6 | 4e-6 |
//!
//! Those of Keras reach their end one step after the span, as Keras defines them: with the whole training as the span, no step is lost on
//! a rate of 0. [`OneCycle`] reaches it in the last step, as PyTorch defines it. [`ReduceOnPlateau`] has no span.

use core::f64::consts::PI;
use core::fmt::Debug;

use crate::setting::{InvalidSetting, require};

/// Where training stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The steps taken so far, over all epochs.
    pub step: u64,
    /// The steps that training is to have.
    pub steps: u64,
    /// The steps in an epoch, at least 1.
    pub steps_per_epoch: u64,
}

impl Progress {
    /// The epochs finished so far.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.step / if self.steps_per_epoch == 0 { 1 } else { self.steps_per_epoch }
    }
}

/// A stretch of training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// All of it.
    Training,
    /// So many epochs.
    Epochs(u64),
    /// So many steps.
    Steps(u64),
}

impl Span {
    /// How many steps it has.
    #[must_use]
    pub const fn steps(self, progress: &Progress) -> u64 {
        match self {
            Self::Training => progress.steps,
            Self::Epochs(epochs) => epochs.saturating_mul(progress.steps_per_epoch),
            Self::Steps(steps) => steps,
        }
    }

    /// A span that is named has a step at least.
    fn check(self, setting: &'static str) -> Result<(), InvalidSetting> {
        match self {
            Self::Epochs(0) | Self::Steps(0) => Err(InvalidSetting { setting, value: 0.0, must: "have at least one step" }),
            Self::Training | Self::Epochs(_) | Self::Steps(_) => Ok(()),
        }
    }

    /// How much of the span is over after `step` steps: 1 after its end, and for an empty span.
    fn fraction(self, step: u64, progress: &Progress) -> f64 {
        let steps = self.steps(progress);
        if step >= steps { 1.0 } else { step as f64 / steps as f64 }
    }
}

/// The course of the learning rate. Implement it for one of your own; its `Debug` shows its settings, which a checkpoint compares: derive it.
pub trait Schedule: Debug {
    /// The factor on the optimizer's learning rate for the step that comes next.
    fn factor(&self, progress: Progress) -> f64;

    /// Whether every setting is what it must be. The trainer asks before training.
    ///
    /// # Errors
    ///
    /// The first that is not; none unless it is implemented.
    fn check(&self) -> Result<(), InvalidSetting> {
        Ok(())
    }

    /// Called at the end of each epoch with the combined loss on the validation data, or on the training data where
    /// there are none.
    fn observe(&mut self, loss: f64) {
        let _ = loss;
    }

    /// Called before an epoch whose losses cannot be compared with those before it: other heads are trained, or, where there are no validation
    /// data, a curriculum draws from other rows. What goes by the losses starts anew.
    fn start_anew(&mut self) {}

    /// Called before training: forget what was observed.
    fn restart(&mut self) {}

    /// Puts a linear rise from 0 in front; this schedule then begins where the rise ends.
    fn warm_up(self, span: Span) -> WarmUp<Self>
    where
        Self: Sized,
    {
        WarmUp { span, after: self }
    }
}

/// Always 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Constant;

impl Schedule for Constant {
    fn factor(&self, _: Progress) -> f64 {
        1.0
    }
}

/// Multiplied by `factor` after every `epochs` epochs: `factor^⌊epoch / epochs⌋`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepDecay {
    epochs: u64,
    factor: f64,
}

impl StepDecay {
    /// Multiplies the rate by `factor`, above 0, after every `epochs` epochs, at least 1.
    #[must_use]
    pub const fn new(epochs: u64, factor: f64) -> Self {
        Self { epochs, factor }
    }
}

impl Schedule for StepDecay {
    fn factor(&self, progress: Progress) -> f64 {
        libm::pow(self.factor, (progress.epoch() / self.epochs.max(1)) as f64)
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        Span::Epochs(self.epochs).check("StepDecay::new(epochs)")?;
        check_factor("StepDecay::new(factor)", self.factor)
    }
}

/// `rate^(step / span)`: multiplied by `rate` over every span. Keras's `ExponentialDecay`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExponentialDecay {
    span: Span,
    rate: f64,
    staircase: bool,
}

impl ExponentialDecay {
    /// Multiplies the learning rate by `rate`, above 0, over every `span`, little by little at each step.
    #[must_use]
    pub const fn new(span: Span, rate: f64) -> Self {
        Self { span, rate, staircase: false }
    }

    /// All at once at the end of each span.
    #[must_use]
    pub const fn staircase(self, staircase: bool) -> Self {
        Self { staircase, ..self }
    }
}

impl Schedule for ExponentialDecay {
    fn factor(&self, progress: Progress) -> f64 {
        let spans = progress.step as f64 / self.span.steps(&progress).max(1) as f64;
        libm::pow(self.rate, if self.staircase { libm::floor(spans) } else { spans })
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        self.span.check("ExponentialDecay::new(span)")?;
        check_factor("ExponentialDecay::new(rate)", self.rate)
    }
}

/// Half a cosine from 1 down to `floor` over the span, and `floor` after it. Keras's `CosineDecay`.
///
/// `floor + (1 − floor) (1 + cos(π t)) / 2` at the fraction t of the span: step s of n has `t = s/n`, so that the last step of the span
/// stands one step above `floor`. By default the span is the whole training and `floor` 0. Loshchilov, Hutter 2016.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cosine {
    span: Span,
    floor: f64,
}

impl Cosine {
    /// Down to 0 over a span.
    #[must_use]
    pub const fn new(span: Span) -> Self {
        Self { span, floor: 0.0 }
    }

    /// The factor at the end, in `[0, 1]` (Keras's `alpha`).
    #[must_use]
    pub const fn floor(self, floor: f64) -> Self {
        Self { floor, ..self }
    }
}

impl Default for Cosine {
    fn default() -> Self {
        Self::new(Span::Training)
    }
}

impl Schedule for Cosine {
    fn factor(&self, progress: Progress) -> f64 {
        self.floor + (1.0 - self.floor) * half_cosine(self.span.fraction(progress.step, &progress))
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        self.span.check("Cosine::new(span)")?;
        check_fraction("Cosine::floor", self.floor)
    }
}

/// Half a cosine from 1 down to `floor`, again and again. Keras's `CosineDecayRestarts`.
///
/// Cycle number i (from 0) has the length `span · stretchⁱ`, starts from `floor + (1 − floor) shrinkⁱ` and tends to `floor`, like every
/// other: `floor` is a factor on the optimizer's learning rate, and no cycle shrinks it. By default `stretch` is 2, `shrink` 1 and
/// `floor` 0. Loshchilov, Hutter 2016.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineRestarts {
    span: Span,
    stretch: f64,
    shrink: f64,
    floor: f64,
}

impl CosineRestarts {
    /// A first cycle of a span.
    #[must_use]
    pub const fn new(span: Span) -> Self {
        Self { span, stretch: 2.0, shrink: 1.0, floor: 0.0 }
    }

    /// How much longer each cycle is than the one before: at least 1 (Keras's `t_mul`).
    #[must_use]
    pub const fn stretch(self, stretch: f64) -> Self {
        Self { stretch, ..self }
    }

    /// How much lower each cycle starts above `floor` than the one before: above 0 (Keras's `m_mul`).
    #[must_use]
    pub const fn shrink(self, shrink: f64) -> Self {
        Self { shrink, ..self }
    }

    /// The factor at the end of every cycle, in `[0, 1]` (Keras's `alpha`).
    #[must_use]
    pub const fn floor(self, floor: f64) -> Self {
        Self { floor, ..self }
    }
}

impl Schedule for CosineRestarts {
    fn factor(&self, progress: Progress) -> f64 {
        let cycles = progress.step as f64 / self.span.steps(&progress).max(1) as f64;
        // Cycle i begins at (stretchⁱ − 1) / (stretch − 1), in lengths of the first.
        let (number, fraction) = if self.stretch <= 1.0 {
            (libm::floor(cycles), cycles - libm::floor(cycles))
        } else {
            // By `ln(1 + x)` and `eˣ − 1`, as `stretch` may be next to 1.
            let growth = libm::log1p(self.stretch - 1.0);
            let number = libm::floor(libm::log1p(cycles * (self.stretch - 1.0)) / growth + 1e-12);
            let passed = libm::expm1(number * growth);
            (number, (cycles - passed / (self.stretch - 1.0)) / (passed + 1.0))
        };
        self.floor + (1.0 - self.floor) * libm::pow(self.shrink, number) * half_cosine(fraction)
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        self.span.check("CosineRestarts::new(span)")?;
        require("CosineRestarts::stretch", self.stretch, self.stretch >= 1.0, "be finite and at least 1")?;
        check_factor("CosineRestarts::shrink", self.shrink)?;
        check_fraction("CosineRestarts::floor", self.floor)
    }
}

/// A linear rise from 0 to 1, then another schedule. See [`Schedule::warm_up`].
///
/// In a rise of n steps, step i (from 0) has `(i + 1) / n`: no step is lost on a rate of 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmUp<S> {
    span: Span,
    after: S,
}

impl<S: Schedule> Schedule for WarmUp<S> {
    fn factor(&self, progress: Progress) -> f64 {
        let rise = self.span.steps(&progress);
        if progress.step < rise {
            return (progress.step + 1) as f64 / rise as f64 * self.after.factor(Progress { step: 0, ..progress });
        }
        // What comes after has what is left of the training.
        self.after.factor(Progress { step: progress.step - rise, steps: progress.steps.saturating_sub(rise), ..progress })
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        self.after.check()
    }

    fn observe(&mut self, loss: f64) {
        self.after.observe(loss);
    }

    fn start_anew(&mut self) {
        self.after.start_anew();
    }

    fn restart(&mut self) {
        self.after.restart();
    }
}

/// Up to 1 and down again over the span: Smith's one-cycle policy, with half cosines as in PyTorch's `OneCycleLR`.
///
/// From `1 / start_division` (25) in the first step up to 1, and down to `1 / end_division` (1e4) of the start in the last step of the span,
/// where it stays. Of n steps, numbered from 0, the peak is at step `rise · n − 1` (`rise` is 0.3), and the end at `n − 1`; where the peak
/// would lie between two steps, or before the first, none has the factor 1: two steps have 0.81 and 4e-6, one step alone has the end.
/// The optimizer's learning rate is the highest. Smith, Topin 2017.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneCycle {
    span: Span,
    rise: f64,
    start_division: f64,
    end_division: f64,
}

impl OneCycle {
    /// One cycle over a span.
    #[must_use]
    pub const fn new(span: Span) -> Self {
        Self { span, rise: 0.3, start_division: 25.0, end_division: 1e4 }
    }

    /// The part of the span in which the rate rises, in `[0, 1]`.
    #[must_use]
    pub const fn rise(self, rise: f64) -> Self {
        Self { rise, ..self }
    }

    /// The highest rate over the first, at least 1.
    #[must_use]
    pub const fn start_division(self, start_division: f64) -> Self {
        Self { start_division, ..self }
    }

    /// The first rate over the last: such that the last is not above the highest.
    #[must_use]
    pub const fn end_division(self, end_division: f64) -> Self {
        Self { end_division, ..self }
    }
}

impl Default for OneCycle {
    fn default() -> Self {
        Self::new(Span::Training)
    }
}

impl Schedule for OneCycle {
    fn factor(&self, progress: Progress) -> f64 {
        let (step, steps) = (progress.step as f64, self.span.steps(&progress) as f64);
        let (peak, last) = (self.rise * steps - 1.0, steps - 1.0);
        let start = 1.0 / self.start_division;
        let end = start / self.end_division;
        if step < peak {
            1.0 + (start - 1.0) * half_cosine(step / peak)
        } else if step < last {
            end + (1.0 - end) * half_cosine((step - peak) / (last - peak))
        } else if step > peak {
            end
        } else {
            1.0
        }
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        self.span.check("OneCycle::new(span)")?;
        check_fraction("OneCycle::rise", self.rise)?;
        require("OneCycle::start_division", self.start_division, self.start_division >= 1.0, "be finite and at least 1")?;
        let allowed = self.end_division > 0.0 && self.start_division * self.end_division >= 1.0;
        require("OneCycle::end_division", self.end_division, allowed, "be finite and at least 1 over `start_division`")
    }
}

/// Multiplied by `factor` whenever the loss has not fallen for `patience` epochs. Keras's `ReduceLROnPlateau`.
///
/// | hyperparameter | default |
/// |---|---|
/// | `factor` | 0.1 |
/// | `patience` | 10 epochs |
/// | `min_delta`: the least that counts as a fall | 1e-4 |
/// | `cooldown`: epochs after a reduction in which none are counted | 0 |
/// | `floor`: the least factor on the learning rate | 0 |
///
/// When a head joins, the losses before cannot be compared with those after it: it starts anew, at the full rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReduceOnPlateau {
    factor: f64,
    patience: usize,
    min_delta: f64,
    cooldown: usize,
    floor: f64,
    state: Plateau,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Plateau {
    current: f64,
    best: f64,
    waited: usize,
    cooling: usize,
}

impl Plateau {
    const START: Self = Self { current: 1.0, best: f64::INFINITY, waited: 0, cooling: 0 };
}

impl ReduceOnPlateau {
    /// Keras's defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self { factor: 0.1, patience: 10, min_delta: 1e-4, cooldown: 0, floor: 0.0, state: Plateau::START }
    }

    /// What the learning rate is multiplied by, in `(0, 1)`.
    #[must_use]
    pub const fn by(self, factor: f64) -> Self {
        Self { factor, ..self }
    }

    /// The epochs without a fall after which the rate is reduced.
    #[must_use]
    pub const fn patience(self, epochs: usize) -> Self {
        Self { patience: epochs, ..self }
    }

    /// The least that counts as a fall: finite and at least 0.
    #[must_use]
    pub const fn min_delta(self, min_delta: f64) -> Self {
        Self { min_delta, ..self }
    }

    /// The epochs after a reduction in which none are counted.
    #[must_use]
    pub const fn cooldown(self, epochs: usize) -> Self {
        Self { cooldown: epochs, ..self }
    }

    /// The least factor on the optimizer's learning rate, in `[0, 1]`.
    #[must_use]
    pub const fn floor(self, floor: f64) -> Self {
        Self { floor, ..self }
    }
}

impl Default for ReduceOnPlateau {
    fn default() -> Self {
        Self::new()
    }
}

impl Schedule for ReduceOnPlateau {
    fn factor(&self, _: Progress) -> f64 {
        self.state.current
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        require("ReduceOnPlateau::by", self.factor, self.factor > 0.0 && self.factor < 1.0, "be above 0 and below 1")?;
        require("ReduceOnPlateau::min_delta", self.min_delta, self.min_delta >= 0.0, "be finite and at least 0")?;
        check_fraction("ReduceOnPlateau::floor", self.floor)
    }

    fn observe(&mut self, loss: f64) {
        let state = &mut self.state;
        if state.cooling > 0 {
            state.cooling -= 1;
            state.waited = 0;
        }
        if loss < state.best - self.min_delta {
            state.best = loss;
            state.waited = 0;
        } else if state.cooling == 0 {
            state.waited += 1;
            if state.waited >= self.patience {
                let reduced = state.current * self.factor;
                state.current = if reduced < self.floor { self.floor } else { reduced };
                state.cooling = self.cooldown;
                state.waited = 0;
            }
        }
    }

    fn start_anew(&mut self) {
        self.state = Plateau::START;
    }

    fn restart(&mut self) {
        self.state = Plateau::START;
    }
}

fn check_factor(setting: &'static str, factor: f64) -> Result<(), InvalidSetting> {
    require(setting, factor, factor > 0.0, "be above 0 and finite")
}

fn check_fraction(setting: &'static str, fraction: f64) -> Result<(), InvalidSetting> {
    require(setting, fraction, (0.0..=1.0).contains(&fraction), "be at least 0 and at most 1")
}

/// From 1 at 0 down to 0 at 1.
fn half_cosine(fraction: f64) -> f64 {
    0.5 * (1.0 + libm::cos(PI * fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten epochs of ten steps.
    fn at(step: u64) -> Progress {
        Progress { step, steps: 100, steps_per_epoch: 10 }
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
    }

    #[test]
    fn an_epoch_without_steps_divides_nothing_by_zero() {
        assert_eq!(Progress { step: 3, steps: 0, steps_per_epoch: 0 }.epoch(), 3);
        for schedule in [&Cosine::default() as &dyn Schedule, &OneCycle::default(), &CosineRestarts::new(Span::Training)] {
            assert!(schedule.factor(Progress { step: 0, steps: 0, steps_per_epoch: 0 }).is_finite());
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
}
