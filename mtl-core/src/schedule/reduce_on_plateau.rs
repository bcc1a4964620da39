//! A lower rate whenever the loss stops falling.

use super::{Progress, Schedule, check_fraction};
use crate::setting::{InvalidSetting, require};

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
