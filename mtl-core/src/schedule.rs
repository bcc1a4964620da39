//! Learning-rate schedules: the factor by which the optimizer's learning rate is multiplied as training goes on.
//!
//! A schedule is relative, so that the rate is said once, at the optimizer:
//! `Trainer::new(Adam::new(3e-3)).schedule(Cosine::default().warm_up(Span::Epochs(2)))`.

use core::f64::consts::PI;

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
        self.step / self.steps_per_epoch
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

    /// How much of the span is over after `step` steps: 1 after its end, and for an empty span.
    fn fraction(self, step: u64, progress: &Progress) -> f64 {
        let steps = self.steps(progress);
        if step >= steps { 1.0 } else { step as f64 / steps as f64 }
    }
}

/// The course of the learning rate. Implement it for one of your own.
pub trait Schedule {
    /// The factor on the optimizer's learning rate for the step that comes next.
    fn factor(&self, progress: Progress) -> f64;

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
    /// Multiplies the rate by `factor` after every `epochs` epochs (at least 1).
    #[must_use]
    pub const fn new(epochs: u64, factor: f64) -> Self {
        Self { epochs: if epochs == 0 { 1 } else { epochs }, factor }
    }
}

impl Schedule for StepDecay {
    fn factor(&self, progress: Progress) -> f64 {
        libm::pow(self.factor, (progress.epoch() / self.epochs) as f64)
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
    /// Multiplies the learning rate by `rate` over every `span`, little by little at each step.
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
}

/// Half a cosine from 1 down to `floor` over the span, and `floor` after it. Keras's `CosineDecay`.
///
/// `floor + (1 − floor) (1 + cos(π t)) / 2` at the fraction t of the span. By default the span is the whole training and
/// `floor` 0. Loshchilov, Hutter 2016.
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

    /// The factor at the end (Keras's `alpha`).
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
}

/// Half a cosine from 1 down to `floor`, again and again. Keras's `CosineDecayRestarts`.
///
/// Cycle number i has the length `span · stretchⁱ` and starts from `shrinkⁱ`. By default `stretch` is 2, `shrink` 1 and
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
        Self { stretch: if stretch < 1.0 { 1.0 } else { stretch }, ..self }
    }

    /// How much lower each cycle starts than the one before (Keras's `m_mul`).
    #[must_use]
    pub const fn shrink(self, shrink: f64) -> Self {
        Self { shrink, ..self }
    }

    /// The factor at the end of a cycle, of its start (Keras's `alpha`).
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
            let number = libm::floor(libm::log(1.0 + cycles * (self.stretch - 1.0)) / libm::log(self.stretch) + 1e-12);
            let length = libm::pow(self.stretch, number);
            (number, (cycles - (length - 1.0) / (self.stretch - 1.0)) / length)
        };
        self.floor + (1.0 - self.floor) * libm::pow(self.shrink, number) * half_cosine(fraction)
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
/// From `1 / start_division` (25) to 1 over the first `rise` (0.3) of the span, then down to `1 / end_division` (1e4)
/// of the start. The optimizer's learning rate is the highest. Smith, Topin 2017.
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

    /// The highest rate over the first.
    #[must_use]
    pub const fn start_division(self, start_division: f64) -> Self {
        Self { start_division, ..self }
    }

    /// The first rate over the last.
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
        let fraction = self.span.fraction(progress.step, &progress);
        let start = 1.0 / self.start_division;
        if fraction < self.rise {
            1.0 + (start - 1.0) * half_cosine(fraction / self.rise)
        } else {
            let end = start / self.end_division;
            let fall = if self.rise < 1.0 { (fraction - self.rise) / (1.0 - self.rise) } else { 1.0 };
            end + (1.0 - end) * half_cosine(fall)
        }
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

    /// The least that counts as a fall.
    #[must_use]
    pub const fn min_delta(self, min_delta: f64) -> Self {
        Self { min_delta, ..self }
    }

    /// The epochs after a reduction in which none are counted.
    #[must_use]
    pub const fn cooldown(self, epochs: usize) -> Self {
        Self { cooldown: epochs, ..self }
    }

    /// The least factor on the optimizer's learning rate.
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
        check(&OneCycle::default(), &[(0, 0.04), (15, 0.52), (30, 1.0), (65, (1.0 + 4e-6) / 2.0), (100, 4e-6)]);
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
