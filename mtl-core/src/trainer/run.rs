//! One call of [`Trainer::fit`]: what it is told, what it works in, and where it stands.

use std::boxed::Box;
use std::path::Path;
use std::vec::Vec;

use super::Trainer;
use super::balancing::Balancer;
use super::bar::{Bar, Pace};
use super::callback::Callback;
use super::checkpoint::{Course, Training};
use super::early_stopping::Watch;
use super::error::TrainError;
use super::gradients::GradientMeter;
use super::history::History;
use super::interrupt::Interrupt;
use super::joining::Joining;
use super::optimizing::OptimizerState;
use super::parallel::Team;
use super::plan::Plan;
use super::sampler::Sampler;
use super::session::Session;
use super::setting::{Setting, Settings};
use super::untouched::Untouched;
use super::working::Working;
use super::workspace::Workspace;
use crate::clip::Clip;
use crate::data::{Dataset, Rows};
use crate::evaluate::Evaluate;
use crate::log::Log;
use crate::model::sets::HeadSet;
use crate::optimizer::Optimizer;
use crate::random::{Purpose, Random};
use crate::schedule::Schedule;

/// A share in parts of 2³².
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates, and what is checked is at least 0")]
fn share_of_bits(share: f64) -> u32 {
    (share * 4_294_967_296.0) as u32
}

/// A training under way.
///
/// `fit` takes it from epoch to epoch, `epoch` from step to step.
pub(super) struct Run<'r, 'a, M: Evaluate, O> {
    /// The model and what changes beside it.
    pub(super) session: Session<'r, 'r, 'r, M>,

    pub(super) optimizer: &'r O,
    pub(super) schedule: &'r mut (dyn Schedule + 'a),
    pub(super) sampler: Option<&'r mut (dyn Sampler<M> + 'a)>,
    pub(super) callbacks: &'r mut [Box<dyn Callback<M> + 'a>],
    pub(super) rates: &'r [(&'static str, f64)],
    pub(super) clip: Option<Clip>,
    pub(super) checkpoint: Option<&'r Path>,
    pub(super) seed: u64,
    pub(super) shuffle: bool,
    /// How often a category counts as unknown, in parts of 2³².
    pub(super) forgets: u32,
    pub(super) report_every: usize,
    pub(super) bar: Bar,
    pub(super) interrupt: Interrupt,
    pub(super) pace: Pace,
    pub(super) logs: &'r mut [Box<dyn Log + 'a>],
    /// What measures the heads' gradients after an epoch.
    pub(super) meter: Option<GradientMeter<M>>,
    pub(super) epochs: usize,
    pub(super) batch_size: usize,
    pub(super) steps_per_epoch: u64,
    /// What a checkpoint holds of all this; empty where there is none.
    pub(super) settings: Settings,

    pub(super) dataset: &'r Dataset<M>,
    pub(super) validation: Option<Rows<'r, M>>,
    pub(super) joining: &'r Joining,

    pub(super) team: Team<'r, M>,
    pub(super) balancer: Option<Balancer<'r, M>>,
    pub(super) workspace: Workspace<M>,
    /// Room for the rows that a sampler draws.
    pub(super) drawn: Vec<usize>,

    /// The heads that are trained now.
    pub(super) heads: HeadSet,
    /// What is left alone now.
    pub(super) untouched: Untouched<M::Scalar>,
}

impl<'r, 'a, M: Evaluate, O: Optimizer<M::Scalar>> Run<'r, 'a, M, O> {
    /// Takes all memory. Nothing is trained yet.
    pub(super) fn new(
        trainer: &'r mut Trainer<'a, M, O>,
        model: &'r mut M,
        dataset: &'r Dataset<M>,
        plan: &'r mut Plan<'_, M>,
        team: Team<'r, M>,
        history: &'r mut History<M>,
    ) -> Result<Self, TrainError> {
        trainer.schedule.restart();
        let saved = trainer.checkpoint.is_some() || trainer.resume.is_some();
        let mut settings = if saved { trainer.settings(dataset, &plan.wanted) } else { Settings::default() };
        let Plan { order, validation, joining, samples, batch_size, .. } = plan;
        let (samples, batch_size) = (*samples, *batch_size);
        let model = Working::new(model, team.takes(batch_size));
        let weighting = trainer.weighting.as_deref_mut().map(|weighting| weighting as _);
        let balancer = Balancer::<M>::new(weighting, trainer.direction.as_deref_mut().map(|direction| direction as _));
        let mut balancer = balancer.map_err(|error| TrainError::balance::<M>(error, 1, 0))?;
        let workspace = Workspace::new(batch_size, balancer.as_ref());
        let strategy = balancer.as_mut().filter(|_| saved).map(Balancer::state).transpose()?;
        if saved {
            match &mut balancer {
                Some(balancer) => balancer.with_settings(|strategy| settings.add(Setting::Balance, strategy))?,
                None => settings.add(Setting::Balance, &format_args!("none")),
            }
        }
        let training = Training {
            optimizer: OptimizerState::<M>::new(&trainer.optimizer),
            order: core::mem::take(order),
            shuffling: Random::new(trainer.seed, Purpose::ShuffleEpochs),
            keys: Random::new(trainer.seed, Purpose::Steps),
            stopping: trainer.early_stopping.as_ref().map(Watch::<M, _>::early_stopping),
            best: trainer.best_weights.as_ref().map(Watch::<M, _>::best_weights),
            strategy,
            course: Course::default(),
            within: None,
        };
        Ok(Self {
            session: Session { model, training, history },
            optimizer: &trainer.optimizer,
            schedule: &mut *trainer.schedule,
            sampler: trainer.sampler.as_deref_mut(),
            callbacks: &mut trainer.callbacks,
            rates: &trainer.rates,
            clip: trainer.clip,
            checkpoint: trainer.checkpoint.as_deref(),
            seed: trainer.seed,
            shuffle: trainer.shuffle,
            forgets: share_of_bits(trainer.unknown_rate),
            report_every: trainer.report_every,
            bar: Bar::none(),
            interrupt: Interrupt::none(),
            pace: Pace::new(),
            logs: &mut trainer.logs,
            meter: trainer.watches_gradients.then(|| GradientMeter::new(dataset)),
            epochs: trainer.epochs,
            batch_size,
            steps_per_epoch: samples.div_ceil(batch_size) as u64,
            settings,
            dataset,
            validation: validation.as_ref().map(|part| part.rows()),
            joining,
            team,
            balancer,
            workspace,
            drawn: Vec::new(),
            heads: HeadSet::NONE,
            untouched: Untouched::default(),
        })
    }

    /// Whether the loss that the schedule is told is that of other rows than before: where it is the one on the training data, and the sampler
    /// says so.
    pub(super) fn draws_from_others(&self, epoch: usize) -> bool {
        self.validation.is_none() && self.sampler.as_ref().is_some_and(|sampler| sampler.changes(epoch))
    }

    /// Trains what serves the heads of now, and leaves the rest alone.
    pub(super) fn choose_parameters(&mut self) {
        self.session.training.optimizer.train(self.heads, self.rates);
        self.untouched = Untouched::new::<M>(&self.session.model, self.rates, self.heads);
    }
}
