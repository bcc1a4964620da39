//! Balancing the heads in a training step: weights for their losses, a direction from their gradients.

use core::fmt::Debug;
use core::ops::Range;
use std::boxed::Box;
use std::format;
use std::string::String;
use std::vec::Vec;

use super::TrainError;
use crate::balance::{
    BalanceError, Direction, Gradients, LossWeighting, MAX_TASKS, Needs, SharedParameters, State, StateUnknown, StepReport, Sum, combine_gradients,
};
use crate::data::Rows;
use crate::flat::{self, Flat};
use crate::kernel::scalar::Scalar;
use crate::layer::context::Pass;
use crate::model::sets::HeadSet;
use crate::model::{Model, ranges_of};
use crate::pass::{self, Batch, Memory, PassError, Tile, Work};

/// A weighting, a direction, or both, at work, with the memory that they take.
pub(super) struct Balancer<'b, M: Model> {
    weighting: Option<&'b mut dyn LossWeighting>,
    direction: Option<&'b mut dyn Direction<M::Scalar>>,
    needs: Needs,
    /// One gradient a head where the strategy looks at them, else none. Beyond a head's stretches it stays 0.
    gradients: Box<[M]>,
    /// By head, the stretches of parameters that are trained and that it depends on.
    stretches: Vec<Vec<Range<usize>>>,
    /// Whether a head's backward pass can write its gradient instead of adding to it: where no layer is applied twice, of which the first
    /// use might serve other heads alone.
    overwrites: bool,
    present: HeadSet,
    losses: [f64; MAX_TASKS],
    weights: [f64; MAX_TASKS],
    norms: [f64; MAX_TASKS],
    after: [f64; MAX_TASKS],
    /// The weights of this epoch added up, and in how many steps each head was.
    summed: [(f64, u64); MAX_TASKS],
}

/// Where a batch is worked on: the parts of a workspace that balancing takes.
pub(super) struct Bench<'w, M: Model, const COLUMNS: usize> {
    pub(super) tiles: &'w mut [Tile<M, COLUMNS>],
    pub(super) statistics: &'w mut M::Statistics,
    pub(super) gradient: &'w mut M,
}

impl<'b, M: Model> Balancer<'b, M> {
    /// Takes all memory, the strategies' too; `None` without a strategy.
    pub(super) fn new(
        weighting: Option<&'b mut dyn LossWeighting>,
        mut direction: Option<&'b mut dyn Direction<M::Scalar>>,
    ) -> Result<Option<Self>, BalanceError> {
        if weighting.is_none() && direction.is_none() {
            return Ok(None);
        }
        let needs = weighting.as_ref().map_or_else(Needs::default, |weighting| weighting.needs());
        if let Some(direction) = &mut direction {
            let shared = M::PARAMETERS.iter().filter(|tensor| tensor.is_shared()).map(|tensor| tensor.len).sum();
            direction.prepare(M::HEADS.len(), shared)?;
        }
        let of_each_head = direction.is_some() || needs.gradient_norms;
        let stretches = |head: usize| ranges_of(M::PARAMETERS, move |tensor| tensor.trainable && tensor.heads.contains(head)).collect();
        Ok(Some(Self {
            weighting,
            direction,
            needs,
            gradients: flat::zeroed_slice(if of_each_head { M::HEADS.len() } else { 0 }),
            stretches: if of_each_head { (0..M::HEADS.len()).map(stretches).collect() } else { Vec::new() },
            overwrites: M::STAGES == 1 && (1..M::LAYERS.len()).all(|line| M::LAYERS[..line].iter().all(|before| before.name != M::LAYERS[line].name)),
            present: HeadSet::NONE,
            losses: [0.0; MAX_TASKS],
            weights: [1.0; MAX_TASKS],
            norms: [0.0; MAX_TASKS],
            after: [0.0; MAX_TASKS],
            summed: [(0.0, 0); MAX_TASKS],
        }))
    }

    /// Whether it keeps all tiles of a batch, of a model with one stage too.
    pub(super) fn keeps_tiles(&self) -> bool {
        self.needs.losses || !self.gradients.is_empty()
    }

    /// Turns a batch into the balanced gradient, penalties included; returns the losses by head.
    ///
    /// A weighting alone takes one backward pass: where its weights depend on the losses, these come between the forward and the
    /// backward pass. Where each head's gradient is looked at, there is one forward pass, and one backward pass for each head.
    pub(super) fn gradient<const COLUMNS: usize>(
        &mut self,
        model: &M,
        batch: &Rows<'_, M>,
        pass: Pass,
        heads: HeadSet,
        bench: Bench<'_, M, COLUMNS>,
    ) -> Result<M::Losses, StepError> {
        let count = M::HEADS.len();
        self.present = (0..count).filter(|&head| heads.contains(head) && batch.labels(head) > 0).collect();
        if !self.gradients.is_empty() {
            return self.gradient_by_head(model, batch, pass, heads, bench);
        }
        let Bench { tiles, statistics, gradient } = bench;
        if self.needs.losses {
            let weigh = |losses: &M::Losses, weights: &mut M::Losses| {
                self.weigh(Some(losses))?;
                write_scalars(&self.weights, weights);
                Ok(())
            };
            return pass::value_and_weighted_gradient(pass::Work { model, pass, heads }, batch, weigh, pass::Memory { tiles, statistics }, gradient);
        }
        self.weigh(None)?;
        let mut weights: M::Losses = flat::zeroed();
        write_scalars(&self.weights, &mut weights);
        let losses = pass::value_and_gradient(pass::Work { model, pass, heads }, batch, &weights, pass::Memory { tiles, statistics }, gradient)?;
        self.check_losses(&losses)?;
        Ok(losses)
    }

    fn gradient_by_head<const COLUMNS: usize>(
        &mut self,
        model: &M,
        batch: &Rows<'_, M>,
        pass: Pass,
        heads: HeadSet,
        bench: Bench<'_, M, COLUMNS>,
    ) -> Result<M::Losses, StepError> {
        let Bench { tiles, statistics, gradient } = bench;
        let count = M::HEADS.len();
        let pass = Pass { fresh: self.overwrites && pass.frozen.is_empty(), ..pass };
        for ((head, own), stretches) in self.gradients.iter_mut().enumerate().zip(&self.stretches) {
            if self.present.contains(head) && !pass.fresh {
                stretches.iter().for_each(|range| own.as_mut_slice()[range.clone()].fill(M::Scalar::ZERO));
            }
        }
        let mut ones: M::Losses = flat::zeroed();
        ones.as_mut_slice().fill(M::Scalar::ONE);
        let mut sets = [HeadSet::NONE; MAX_TASKS];
        for (head, set) in sets.iter_mut().enumerate().take(count) {
            *set = HeadSet(self.present.0 & HeadSet::only(head).0);
        }
        let losses = Work { model, pass, heads }.backward_sets(batch, &sets[..count], &ones, Memory { tiles, statistics }, &mut self.gradients)?;
        self.weigh(Some(&losses))?;

        let (losses_by_head, weights) = (&self.losses[..count], &self.weights[..count]);
        match &mut self.direction {
            Some(direction) => combine_gradients(&mut **direction, &self.gradients, losses_by_head, weights, self.present, gradient)?,
            None => combine_gradients(&mut Sum, &self.gradients, losses_by_head, weights, self.present, gradient)?,
        }
        if self.needs.gradient_norms {
            let mut rows: [&[M::Scalar]; MAX_TASKS] = [&[]; MAX_TASKS];
            rows.iter_mut().zip(&self.gradients).for_each(|(row, gradient)| *row = gradient.as_slice());
            let shared = SharedParameters::Of(M::PARAMETERS);
            Gradients::new(&rows[..count], weights, losses_by_head, self.present, shared)?.norms(&mut self.norms[..count])?;
        }
        model.penalty(Some(gradient));
        Ok(losses)
    }

    /// Asks the weighting for this step's weights, with the losses where they are known.
    fn weigh(&mut self, losses: Option<&M::Losses>) -> Result<(), StepError> {
        let count = M::HEADS.len();
        if let Some(losses) = losses {
            self.check_losses(losses)?;
        }
        match &mut self.weighting {
            Some(weighting) => weighting.weights(&self.losses[..count], self.present, &mut self.weights[..count])?,
            None => self.weights[..count].fill(1.0),
        }
        let present = (0..count).filter(|&head| self.present.contains(head));
        let is_valid = |weight: f64| weight >= 0.0 && M::Scalar::from_f64(weight).is_finite();
        for head in present.clone() {
            let (sum, steps) = &mut self.summed[head];
            *sum += self.weights[head];
            *steps += 1;
        }
        match present.map(|task| (task, self.weights[task])).find(|&(_, weight)| !is_valid(weight)) {
            Some((task, weight)) => Err(BalanceError::InvalidWeight { task, weight }.into()),
            None => Ok(()),
        }
    }

    /// Keeps the losses of the step, which are finite and those that the weighting is defined for.
    fn check_losses(&mut self, losses: &M::Losses) -> Result<(), StepError> {
        let count = M::HEADS.len();
        read_scalars(losses, &mut self.losses);
        if let Some(head) = (0..count).find(|&head| !self.losses[head].is_finite()) {
            return Err(StepError::Loss { head, loss: self.losses[head] });
        }
        match &self.weighting {
            Some(weighting) => Ok(weighting.check_losses(&self.losses[..count], self.present)?),
            None => Ok(()),
        }
    }

    /// Tells the weighting how the step went, after the optimizer's.
    pub(super) fn update<const COLUMNS: usize>(
        &mut self,
        model: &M,
        batch: &Rows<'_, M>,
        pass: Pass,
        heads: HeadSet,
        learning_rate: f64,
        bench: Bench<'_, M, COLUMNS>,
    ) -> Result<(), StepError> {
        let count = M::HEADS.len();
        if self.needs.losses_after {
            let losses = pass::value(pass::Work { model, pass, heads }, batch, pass::Memory { tiles: bench.tiles, statistics: bench.statistics })?;
            read_scalars(&losses, &mut self.after);
            if let Some(head) = (0..count).find(|&head| !self.after[head].is_finite()) {
                return Err(StepError::Loss { head, loss: self.after[head] });
            }
        }
        if let Some(weighting) = &mut self.weighting {
            weighting.update(&StepReport {
                losses: &self.losses[..count],
                present: self.present,
                gradient_norms: self.needs.gradient_norms.then_some(&self.norms[..count]),
                losses_after: self.needs.losses_after.then_some(&self.after[..count]),
                learning_rate,
            })?;
        }
        Ok(())
    }

    /// The mean weight of a head over the steps of this epoch so far in which it has a label.
    pub(super) fn mean_weight(&self, head: usize) -> f64 {
        let (sum, steps) = self.summed[head];
        sum / steps as f64
    }

    /// A new epoch begins.
    pub(super) fn begin_epoch(&mut self) {
        self.summed = [(0.0, 0); MAX_TASKS];
    }

    /// Tells the weighting the mean losses of an epoch, NaN for heads that had no label in it.
    pub(super) fn epoch_end(&mut self, mean_losses: &[f64]) -> Result<(), BalanceError> {
        let present = (0..mean_losses.len()).filter(|&head| !mean_losses[head].is_nan()).collect();
        self.weighting.as_mut().map_or(Ok(()), |weighting| weighting.epoch_end(mean_losses, present))
    }

    /// All that the strategies keep from step to step, by name.
    pub(super) fn state(&mut self) -> Result<StrategyState, StateUnknown> {
        let mut parts = StrategyState::new();
        self.visit(&mut |name, state| {
            let words = match state {
                State::Numbers(numbers) => numbers.iter().map(|number| number.to_bits()).collect(),
                State::Words(words) => words.to_vec(),
            };
            parts.push((name, words));
        })?;
        Ok(parts)
    }

    /// Overwrites it by parts of the same names and lengths.
    pub(super) fn set_state(&mut self, parts: &StrategyState) -> Result<(), StateUnknown> {
        self.visit(&mut |name, state| {
            let Some((_, words)) = parts.iter().find(|(other, _)| *other == name) else { return };
            match state {
                State::Numbers(numbers) => numbers.iter_mut().zip(words).for_each(|(number, &bits)| *number = f64::from_bits(bits)),
                State::Words(own) => own.iter_mut().zip(words).for_each(|(own, &word)| *own = word),
            }
        })
    }

    /// Shows the strategies as they are without what they have learned, so that their `Debug` has their settings alone.
    pub(super) fn with_settings(&mut self, look: impl FnOnce(&dyn Debug)) -> Result<(), StateUnknown> {
        let learned = self.state()?;
        self.visit(&mut |_, state| match state {
            State::Numbers(numbers) => numbers.fill(0.0),
            State::Words(words) => words.fill(0),
        })?;
        match (&self.weighting, &self.direction) {
            (Some(weighting), None) => look(weighting),
            (None, Some(direction)) => look(direction),
            (None, None) => look(&format_args!("none")),
            (Some(weighting), Some(direction)) => look(&Combined { weighting, direction }),
        }
        self.set_state(&learned)
    }

    fn visit(&mut self, visit: &mut dyn FnMut(String, State<'_>)) -> Result<(), StateUnknown> {
        if let Some(weighting) = &mut self.weighting {
            weighting.state(&mut |name, state| visit(format!("weighting.{name}"), state))?;
        }
        if let Some(direction) = &mut self.direction {
            direction.state(&mut |name, state| visit(format!("direction.{name}"), state))?;
        }
        Ok(())
    }
}

/// Both strategies, as a checkpoint shows them.
#[derive(Debug)]
#[allow(dead_code, reason = "for `Debug`")]
struct Combined<W, D> {
    weighting: W,
    direction: D,
}

/// The parts of the strategies' state, by name, as words.
pub(super) type StrategyState = Vec<(String, Vec<u64>)>;

/// What goes wrong in a step, before it is said in which.
pub(super) enum StepError {
    Pass(PassError),
    Balance(BalanceError),
    Loss { head: usize, loss: f64 },
}

impl From<PassError> for StepError {
    fn from(error: PassError) -> Self {
        Self::Pass(error)
    }
}

impl From<BalanceError> for StepError {
    fn from(error: BalanceError) -> Self {
        Self::Balance(error)
    }
}

impl StepError {
    pub(super) fn at<M: Model>(self, epoch: usize, step: u64) -> TrainError {
        match self {
            Self::Pass(error) => TrainError::Pass(error),
            Self::Balance(error) => TrainError::balance::<M>(error, epoch, step),
            Self::Loss { head, loss } => TrainError::NonFiniteLoss { head: M::HEADS[head].name, loss, epoch, step },
        }
    }
}

fn write_scalars<T: Scalar>(numbers: &[f64], scalars: &mut impl Flat<T>) {
    scalars.as_mut_slice().iter_mut().zip(numbers).for_each(|(scalar, &number)| *scalar = T::from_f64(number));
}

fn read_scalars<T: Scalar>(scalars: &impl Flat<T>, numbers: &mut [f64]) {
    numbers.iter_mut().zip(scalars.as_slice()).for_each(|(number, scalar)| *number = scalar.to_f64());
}
