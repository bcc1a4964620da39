//! Training a model on a data set.

mod balancing;
#[cfg(feature = "progress")]
mod bar;
#[cfg(not(feature = "progress"))]
#[path = "no_bar.rs"]
mod bar;
mod callback;
mod check;
mod checkpoint;
mod curriculum;
mod early_stopping;
mod ending;
mod epoch;
mod error;
mod fit;
mod gradients;
mod history;
mod identity;
mod interrupt;
mod joining;
mod logging;
mod optimizing;
mod parallel;
mod plan;
mod run;
mod sampler;
mod session;
mod setting;
mod span;
mod step;
mod tabular;
mod untouched;
mod warning;
mod working;
mod workspace;

#[cfg(test)]
mod tests;

pub use callback::{Callback, Step};
pub use curriculum::{Curriculum, Pacing};
pub use early_stopping::{BestWeights, EarlyStopping};
pub use ending::{Ending, Reason, Restored};
pub use error::TrainError;
pub(crate) use gradients::GradientMeter;
pub use gradients::{HeadCosine, HeadGradients};
pub use history::{Epoch, HeadLoss, History};
pub use sampler::{Balanced, EvenTasks, PerHead, SampleError, Sampler, Weighted};
pub use setting::{Difference, Setting};
pub use warning::Warning;

use core::borrow::BorrowMut;
use core::fmt::{self, Debug, Formatter};
use core::ops::ControlFlow;
use core::panic::AssertUnwindSafe;
use std::borrow::ToOwned;
use std::boxed::Box;
use std::panic::{catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

use crate::balance::{Direction, LossWeighting};
use crate::clip::Clip;
use crate::data::Dataset;
use crate::evaluate::Evaluate;
use crate::log::Log;
use crate::model::{BlockName, HeadName};
use crate::optimizer::Optimizer;
use crate::schedule::{Constant, Schedule};
use callback::{OnEpochEnd, OnStepEnd};
use checkpoint::Resume;
use parallel::{Shared, Team};

/// Trains models: what Keras's `compile` and `fit` are told.
///
/// ```
/// # use mtl_core::{data::Dataset, evaluate::Evaluate, optimizer::Adam, trainer::{TrainError, Trainer}};
/// # fn train<M: Evaluate<Scalar = f32>>(mut model: M, train: Dataset<M>) -> Result<(), TrainError> {
/// let history = Trainer::new(Adam::default()).epochs(20).batch_size(64).validation_fraction(0.1).fit(&mut model, &train)?;
/// # Ok(())
/// # }
/// ```
///
/// | | default |
/// |---|---|
/// | [`epochs`](Self::epochs) | 1 |
/// | [`batch_size`](Self::batch_size) | 32 |
/// | [`seed`](Self::seed) | 0 |
/// | [`shuffle`](Self::shuffle) | true |
/// | [`unknown_rate`](Self::unknown_rate) | 0.02, in models with a category `unknown` |
/// | [`sampler`](Self::sampler) | none: every row once an epoch |
/// | [`validation`](Self::validation), [`validation_fraction`](Self::validation_fraction) | none |
/// | [`weighting`](Self::weighting), [`direction`](Self::direction) | none: the weighted sum of the losses, as declared |
/// | [`heads`](Self::heads), [`head_from`](Self::head_from) | all, from the first epoch on |
/// | [`freeze`](Self::freeze), [`learning_rate_of`](Self::learning_rate_of) | none |
/// | [`clip`](Self::clip) | none |
/// | [`schedule`](Self::schedule) | [`Constant`] |
/// | [`early_stopping`](Self::early_stopping), [`best_weights`](Self::best_weights) | none |
/// | [`threads`](Self::threads) | 1 |
/// | [`checkpoint`](Self::checkpoint), [`resume`](Self::resume) | none |
/// | [`report_every`](Self::report_every), [`bar`](Self::bar) | 1, true: on standard error a line an epoch, and a bar if it is a terminal; [`quiet`](Self::quiet) for nothing |
/// | [`log`](Self::log) | none |
/// | [`watch_gradients`](Self::watch_gradients) | no |
/// | [`stop_on_ctrl_c`](Self::stop_on_ctrl_c) | no: Ctrl-C ends the program |
///
/// [`tabular`](Self::tabular) has other values, for small networks on tables.
///
/// Training from the same parameters on the same data with the same seed gives the same bits: for any number of threads, at any `opt-level`, and on
/// any processor with the same instruction set. On another (AVX2 in place of AVX-512, another architecture) sums are rounded otherwise, and the
/// bits differ; [`limit_instructions`](crate::kernel::limit_instructions)`(Instructions::Portable)`, or `MTL_INSTRUCTION_SET=portable`, gives the
/// same on every x86-64 processor.
#[allow(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Trainer<'a, M: Evaluate, O> {
    optimizer: O,
    epochs: usize,
    batch_size: usize,
    seed: u64,
    shuffle: bool,
    unknown_rate: f64,
    sampler: Option<Box<dyn Sampler<M> + 'a>>,
    validation: Validation<'a, M>,
    weighting: Option<Box<dyn LossWeighting + 'a>>,
    direction: Option<Box<dyn Direction<M::Scalar> + 'a>>,
    heads: Option<Vec<String>>,
    joining: Vec<(String, usize)>,
    rates: Vec<(&'static str, f64)>,
    clip: Option<Clip>,
    schedule: Box<dyn Schedule + 'a>,
    early_stopping: Option<EarlyStopping<M::Report>>,
    best_weights: Option<BestWeights<M::Report>>,
    callbacks: Vec<Box<dyn Callback<M> + 'a>>,
    checkpoint: Option<PathBuf>,
    resume: Option<Resume>,
    report_every: usize,
    bar: bool,
    stops_on_ctrl_c: bool,
    logs: Vec<Box<dyn Log + 'a>>,
    watches_gradients: bool,
    threads: usize,
    interrupted: Option<History<M>>,
}

/// The share of the rows whose category counts as unknown where nothing else is said.
const UNKNOWN_RATE: f64 = 0.02;

enum Validation<'a, M: Evaluate> {
    None,
    Fraction(f64),
    Dataset(&'a Dataset<M>),
}

impl<'a, M: Evaluate, O: Optimizer<M::Scalar>> Trainer<'a, M, O> {
    /// A trainer with the defaults above.
    #[must_use]
    pub fn new(optimizer: O) -> Self {
        Self {
            optimizer,
            epochs: 1,
            batch_size: 32,
            seed: 0,
            shuffle: true,
            unknown_rate: UNKNOWN_RATE,
            sampler: None,
            validation: Validation::None,
            weighting: None,
            direction: None,
            heads: None,
            joining: Vec::new(),
            rates: Vec::new(),
            clip: None,
            schedule: Box::new(Constant),
            early_stopping: None,
            best_weights: None,
            callbacks: Vec::new(),
            checkpoint: None,
            resume: None,
            report_every: 1,
            bar: true,
            stops_on_ctrl_c: false,
            logs: Vec::new(),
            watches_gradients: false,
            threads: 1,
            interrupted: None,
        }
    }

    /// How many times training goes through the data. With 0 [`fit`](Self::fit) looks at settings and data, trains nothing, and returns an empty history.
    #[must_use]
    pub fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// How many samples make one step; the last batch of an epoch has what is left.
    #[must_use]
    pub fn batch_size(self, samples: usize) -> Self {
        Self { batch_size: samples, ..self }
    }

    /// Fixes the order of the samples, the validation fraction, dropout and noise.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Takes the samples in a new random order in every epoch.
    #[must_use]
    pub fn shuffle(self, shuffle: bool) -> Self {
        Self { shuffle, ..self }
    }

    /// How often a row's category counts as unknown in a step, in each input that has an `unknown` entry: what no training row has must be learned from
    /// rows that have something else. At least 0, which learns it from the rows alone that are unknown, and below 1.
    ///
    /// It is drawn as dropout is, and plays no part when predicting or measuring.
    #[must_use]
    pub fn unknown_rate(self, unknown_rate: f64) -> Self {
        Self { unknown_rate, ..self }
    }

    /// Takes the rows that a sampler gives in the place of all of them in a new order: to even out classes or tasks, or by a curriculum.
    #[must_use]
    pub fn sampler(self, sampler: impl Sampler<M> + 'a) -> Self {
        Self { sampler: Some(Box::new(sampler)), ..self }
    }

    /// Evaluates on these data after every epoch.
    #[must_use]
    pub fn validation(self, dataset: &'a Dataset<M>) -> Self {
        Self { validation: Validation::Dataset(dataset), ..self }
    }

    /// Does not train on this part of the data (rounded to rows), but evaluates on it after every epoch.
    ///
    /// Its rows are drawn at random as the seed says. Keras takes the last ones, which are not like the others where files are sorted;
    /// for those, cut the data with [`Dataset::partition`] and give the part to [`validation`](Self::validation).
    #[must_use]
    pub fn validation_fraction(self, fraction: f64) -> Self {
        Self { validation: Validation::Fraction(fraction), ..self }
    }

    /// Balances the heads by weights for their losses, from a strategy of [`balance`](crate::balance): `.weighting(Uncertainty::new())`.
    ///
    /// The weights that the heads declare then play no part, unless the strategy asks for them
    /// ([`FixedWeights::declared`](crate::balance::FixedWeights::declared)). Heads that have no label in a batch take no part in its step.
    /// A strategy keeps what it has learned from one call of [`fit`](Self::fit) to the next; lend it, `.weighting(&mut strategy)`, to look at that
    /// afterwards.
    ///
    /// It costs as good as nothing; where the weights depend on the losses of the step, all samples of a batch are kept in memory at once,
    /// and [`Famo`](crate::balance::Famo) takes a second forward pass. [`GradNorm`](crate::balance::GradNorm) costs what a
    /// [direction](Self::direction) does.
    #[must_use]
    pub fn weighting(self, weighting: impl LossWeighting + 'a) -> Self {
        Self { weighting: Some(Box::new(weighting)), ..self }
    }

    /// Balances the heads by one direction for the parameters that they share, from a strategy of [`balance`](crate::balance):
    /// `.direction(PcGrad::new(seed))`.
    ///
    /// Which parameters are shared comes from the model. The gradients are those of the losses times the weights of a [weighting](Self::weighting),
    /// or of 1 without one: the weights that the heads declare play no part. What is said there of heads without labels, and of lending, holds here.
    ///
    /// It takes one backward pass through the shared layers for each head, and the memory of one model for each.
    #[must_use]
    pub fn direction(self, direction: impl Direction<M::Scalar> + 'a) -> Self {
        Self { direction: Some(Box::new(direction)), ..self }
    }

    /// Whether the heads are balanced by a strategy.
    fn is_balanced(&self) -> bool {
        self.weighting.is_some() || self.direction.is_some()
    }

    /// Trains these heads alone, `.heads([PatientHead::Health])`: the losses of all others play no part, and layers that serve only others do not run.
    ///
    /// What serves only others stays as it is, to the bit: neither penalties nor decay move it, nor do its batch normalisations see the data.
    /// So it is with a head that has not [joined](Self::head_from) yet, or has no label in the training data at all. In a batch without a label of a
    /// head that is trained, its gradient is 0, as in Keras: momentum, decay and penalties go on.
    ///
    /// The combined loss, in the validation too, is that of the heads that are trained, and of the penalties of all.
    #[must_use]
    pub fn heads<N: HeadName<M>>(self, heads: impl IntoIterator<Item = N>) -> Self {
        Self { heads: Some(heads.into_iter().map(|head| head.as_ref().to_owned()).collect()), ..self }
    }

    /// Trains a head only from this epoch on, counted from 1, `.head_from(PatientHead::Health, 3)`: a curriculum over tasks. Before, it is left as it is, as one that is [left out](Self::heads).
    ///
    /// Losses before and after a head joins are those of other heads, and are not compared: [early stopping](EarlyStopping), [best weights](BestWeights)
    /// and schedules that go by the loss start anew. An optimizer that counts steps, as Adam does, counts those of a head from there.
    #[must_use]
    pub fn head_from(mut self, head: impl HeadName<M>, epoch: usize) -> Self {
        self.joining.push((head.as_ref().to_owned(), epoch));
        self
    }

    /// Trains one head by itself, without a direction, from the first epoch on, for as many epochs as this trainer has it among the others; `None` if
    /// that is in none.
    pub(crate) fn alone(self, head: &'static str) -> Option<Self> {
        let from = self.joining.iter().rev().find(|(name, _)| name == head).map_or(1, |&(_, epoch)| epoch.max(1));
        let epochs = self.epochs.checked_sub(from - 1).filter(|&epochs| epochs > 0 || from == 1)?;
        Some(Self { heads: Some(Vec::from([head.to_owned()])), joining: Vec::new(), epochs, direction: None, ..self })
    }

    /// Trains all heads, whatever was said of some of them.
    pub(crate) fn together(self) -> Self {
        Self { heads: None, ..self }
    }

    /// Leaves a block as it is, to the bit: `.freeze(PatientBlock::Body)`.
    ///
    /// Its parameters get no gradient, penalties and decay do not move them, and nothing below the lowest block that is trained runs backward.
    /// Its batch normalisations go by their moving statistics, which stay as they are; its dropout stays on.
    #[must_use]
    pub fn freeze(self, block: impl BlockName<M>) -> Self {
        self.learning_rate_of(block, 0.0)
    }

    /// Multiplies the learning rate of a block by a factor: `.learning_rate_of(PatientBlock::Body, 0.1)`; a factor of 0 freezes it.
    ///
    /// The last word on a block counts.
    #[must_use]
    pub fn learning_rate_of(mut self, block: impl BlockName<M>, factor: f64) -> Self {
        self.rates.retain(|(name, _)| *name != block.name());
        self.rates.push((block.name(), factor));
        self
    }

    /// Cuts down gradients that are too large.
    #[must_use]
    pub fn clip(self, clip: Clip) -> Self {
        Self { clip: Some(clip), ..self }
    }

    /// The course of the learning rate, as factors on that of the optimizer.
    #[must_use]
    pub fn schedule(self, schedule: impl Schedule + 'a) -> Self {
        Self { schedule: Box::new(schedule), ..self }
    }

    /// Ends training when the validation no longer gets better; not before the last head has [joined](Self::head_from).
    #[must_use]
    pub fn early_stopping(self, early_stopping: EarlyStopping<M::Report>) -> Self {
        Self { early_stopping: Some(early_stopping), ..self }
    }

    /// Gives the model the parameters of the best epoch at the end, however training ends.
    #[must_use]
    pub fn best_weights(self, best_weights: BestWeights<M::Report>) -> Self {
        Self { best_weights: Some(best_weights), ..self }
    }

    /// Adds code of your own.
    #[must_use]
    pub fn callback(mut self, callback: impl Callback<M> + 'a) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Adds a function that is called after every epoch, and may end training.
    #[must_use]
    pub fn on_epoch_end(self, function: impl FnMut(&Epoch<M>, &M) -> ControlFlow<()> + 'a) -> Self {
        self.callback(OnEpochEnd(function))
    }

    /// Adds a function that is called after every step, and may end training there.
    ///
    /// ```
    /// # use core::ops::ControlFlow;
    /// # use mtl_core::{evaluate::Evaluate, optimizer::Adam, trainer::Trainer};
    /// # fn trainer<M: Evaluate<Scalar = f32>>() -> Trainer<'static, M, Adam> {
    /// // No more than 10,000 steps, whatever an epoch has.
    /// Trainer::new(Adam::default()).epochs(1000).on_step_end(|step, _| if step.number < 10_000 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    /// # }
    /// ```
    #[must_use]
    pub fn on_step_end(self, function: impl FnMut(&Step<'_, M>, &M) -> ControlFlow<()> + 'a) -> Self {
        self.callback(OnStepEnd(function))
    }

    /// How many threads compute the gradient of a batch. The result has the same bits for any number.
    ///
    /// Each takes 128 samples at least, so batches up to that are left to one thread, those of 256 to two, and 16 threads at most
    /// have something to do. They wait for work busily, so there should be a core for each. A model with batch normalisation, and one
    /// whose heads are balanced by a [weighting](Self::weighting) or a [direction](Self::direction), is trained by one thread.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Writes the state of the training to a file after every epoch: parameters, optimizer, random numbers, early stopping, best weights, and
    /// what a [weighting](Self::weighting) and a [direction](Self::direction) have learned.
    ///
    /// A run that is killed, at whatever moment, loses the epoch under way and no more: the file is replaced at once. A symbolic link is followed.
    /// Before the first epoch a file of the same size is written beside it and removed, so that a missing directory or a full disk does not cost an epoch.
    ///
    /// A schedule is told its past again, and a sampler draws each epoch from the seed and its number alone. A strategy of one's own says what it
    /// keeps in its `state` ([`LossWeighting`], [`Direction`]); one that does not is an error.
    #[must_use]
    pub fn checkpoint(self, path: impl AsRef<Path>) -> Self {
        Self { checkpoint: Some(path.as_ref().to_owned()), ..self }
    }

    /// Goes on from a checkpoint instead of from the parameters of the model that it is given.
    ///
    /// With the same data and the same settings, training ends at the bits that it would have ended at without the interruption, if the processor
    /// has the same instruction set; see [`limit_instructions`](crate::kernel::limit_instructions) for trainings that go on on another. Everything that
    /// [`Setting`] lists is compared, and all differences are one error, [`TrainError::OtherRun`]; what may change is said by
    /// [`resume_with`](Self::resume_with).
    /// The history has the epochs from there on; callbacks see these alone. After an end by early stopping there are none.
    ///
    /// ```
    /// # use std::path::Path;
    /// # use mtl_core::{evaluate::Evaluate, optimizer::Adam, trainer::Trainer};
    /// # fn trainer<M: Evaluate<Scalar = f32>>() -> Trainer<'static, M, Adam> {
    /// let mut trainer = Trainer::new(Adam::default()).epochs(100).checkpoint("run.checkpoint");
    /// if Path::new("run.checkpoint").exists() {
    ///     trainer = trainer.resume("run.checkpoint");
    /// }
    /// # trainer
    /// # }
    /// ```
    #[must_use]
    pub fn resume(self, path: impl AsRef<Path>) -> Self {
        self.resume_with(path, [])
    }

    /// As [`resume`](Self::resume), where some settings may be others than those of the run that wrote the checkpoint.
    ///
    /// ```
    /// # use mtl_core::{evaluate::Evaluate, optimizer::Adam, trainer::{Setting, Trainer}};
    /// # fn trainer<M: Evaluate<Scalar = f32>>() -> Trainer<'static, M, Adam> {
    /// Trainer::new(Adam::new(1e-4)).epochs(200).resume_with("run.checkpoint", [Setting::LearningRate, Setting::Epochs])
    /// # }
    /// ```
    ///
    /// [`Setting`] says what becomes of the state that belongs to a setting which has changed.
    #[must_use]
    pub fn resume_with(self, path: impl AsRef<Path>, changed: impl IntoIterator<Item = Setting>) -> Self {
        Self { resume: Some(Resume { path: path.as_ref().to_owned(), allowed: changed.into_iter().collect() }), ..self }
    }

    /// Prints a line on standard error after every so many epochs, and after the last, and at the end one that says why it ended; none if 0.
    #[must_use]
    pub fn report_every(self, epochs: usize) -> Self {
        Self { report_every: epochs, ..self }
    }

    /// Whether a bar shows how far training is, where standard error is a terminal: epoch and step, learning rate, rows a second, the time that is left,
    /// and for each head its mean loss in this epoch and its first metric in the last validation. It goes away at the end.
    ///
    /// It is drawn ten times a second, and takes the feature `progress`, which is a default one. [`progress::hide`](crate::progress::hide) is for a whole
    /// program.
    #[must_use]
    pub fn bar(self, bar: bool) -> Self {
        Self { bar, ..self }
    }

    /// Writes what happens to a file that other tools read, epoch by epoch: [`log::Csv`](crate::log::Csv), [`log::JsonLines`](crate::log::JsonLines),
    /// [`log::TensorBoard`](crate::log), or one of your own. There may be several.
    ///
    /// ```
    /// # use mtl_core::{evaluate::Evaluate, log, optimizer::Adam, trainer::Trainer};
    /// # fn trainer<M: Evaluate<Scalar = f32>>() -> Trainer<'static, M, Adam> {
    /// Trainer::new(Adam::default()).epochs(20).log(log::Csv::new("run.csv")).log(log::JsonLines::new("run.jsonl"))
    /// # }
    /// ```
    #[must_use]
    pub fn log(mut self, log: impl Log + 'a) -> Self {
        self.logs.push(Box::new(log));
        self
    }

    /// Measures after each epoch how long the heads' gradients are, and which angles are between them: see [`HeadGradients`]. They go to
    /// [`Epoch::gradients`] and to the [logs](Self::log).
    ///
    /// It takes one backward pass a head, on up to 256 rows, each epoch, and the memory of one model a head.
    #[must_use]
    pub fn watch_gradients(self) -> Self {
        Self { watches_gradients: true, ..self }
    }

    /// Ends training at Ctrl-C after the step that is under way, in a whole state; a second Ctrl-C ends the program at once, as it does anyway without this.
    ///
    /// [`fit`](Self::fit) then returns as after the last epoch: with the history, and an [ending](History::ending) that says so. The model has the best
    /// parameters where they are kept, else those after the step. A [checkpoint](Self::checkpoint) is written in the middle of the epoch, from which training
    /// goes on to the same bits.
    ///
    /// While no training listens, Ctrl-C does what it did before: this installs a handler for SIGINT, once in a program, which then ends the program as
    /// the system would have. Handlers that were there before are called too. It takes the feature `ctrl-c`, which is a default one.
    ///
    /// In Keras, Ctrl-C is a `KeyboardInterrupt` in the middle of a step, from which `fit` does not come back.
    #[cfg(feature = "ctrl-c")]
    #[must_use]
    pub fn stop_on_ctrl_c(self) -> Self {
        Self { stops_on_ctrl_c: true, ..self }
    }

    /// Prints and draws nothing.
    #[must_use]
    pub fn quiet(self) -> Self {
        self.report_every(0)
    }

    /// Trains a model, which may be in a `Box`.
    ///
    /// With the feature `tracing` it is a span `fit` of [`tracing`](https://docs.rs/tracing), with spans `epoch`, and in those `step` (a trace) and `validate`.
    ///
    /// Each call starts afresh: the optimizer remembers nothing of an earlier one. `Normalize` layers that were never adapted are first
    /// [adapted](crate::adapt::adapt) to the rows that are trained on, but for those of frozen blocks, and those that no trained head depends on.
    ///
    /// A head without any label in the data is not trained; its loss is NaN in the history.
    ///
    /// # Errors
    ///
    /// See [`TrainError`], also for the parameters that the model then has; [`interrupted`](Self::interrupted) has the epochs until then.
    ///
    /// # Panics
    ///
    /// Where code of your own does: a layer, an activation or a loss (in whatever thread), a callback, a sampler, a schedule, a strategy, a
    /// quantity to monitor. The panic ends the training and comes out of this call as it is. The model then has the parameters after the
    /// last whole step, or those of the best epoch where they are kept, and can be trained again.
    pub fn fit<B: BorrowMut<M> + ?Sized>(&mut self, model: &mut B, dataset: &Dataset<M>) -> Result<History<M>, TrainError> {
        self.interrupted = None;
        let batch_size = match &self.sampler {
            Some(sampler) => sampler.batch_size().unwrap_or(self.batch_size),
            None => self.batch_size.min(dataset.len()),
        };
        let mut history = History::new();
        let fit = || {
            self.check_settings()?;
            let shared = Shared::new(if self.is_balanced() { 1 } else { parallel::groups::<M>(batch_size) });
            std::thread::scope(|scope| {
                let team = Team::new(scope, &shared, self.threads, dataset);
                self.fit_model(model.borrow_mut(), dataset, team, &mut history)
            })
        };
        // A panic goes on as it is, once the history is where it can be found.
        match catch_unwind(AssertUnwindSafe(fit)) {
            Ok(Ok(())) => Ok(history),
            Ok(Err(error)) => {
                self.interrupted = Some(history);
                Err(error)
            }
            Err(panic) => {
                self.interrupted = Some(history);
                resume_unwind(panic)
            }
        }
    }

    /// What happened in the last call of [`fit`](Self::fit) before the error or the panic that ended it; `None` if none did.
    pub const fn interrupted(&self) -> Option<&History<M>> {
        self.interrupted.as_ref()
    }
}

impl<M: Evaluate, O: Debug> Debug for Trainer<'_, M, O> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Trainer");
        fields.field("model", &M::NAME).field("optimizer", &self.optimizer).field("epochs", &self.epochs);
        fields.field("batch_size", &self.batch_size).field("seed", &self.seed).field("shuffle", &self.shuffle);
        fields.field("clip", &self.clip).field("early_stopping", &self.early_stopping).finish_non_exhaustive()
    }
}
