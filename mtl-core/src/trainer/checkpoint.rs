//! The state of a training between two epochs, in a file.

use std::borrow::ToOwned;
use std::boxed::Box;
use std::format;
use std::path::Path;
use std::vec::Vec;

use super::TrainError;
use super::balancing::StrategyState;
use super::early_stopping::Watch;
use super::step::OptimizerState;
use crate::flat;
use crate::model::Model;
use crate::random::Random;
use crate::weights::checkpoint::{CheckpointReader, CheckpointWriter};

/// What is written first of all, so that a later version can tell.
const VERSION: u64 = 3;

/// What must be the same in the run that wrote a checkpoint and in the one that goes on from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) seed: u64,
    pub(super) batch_size: usize,
    pub(super) shuffle: bool,
    /// Whether a sampler chooses the rows.
    pub(super) sampled: bool,
}

/// How far a training has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    /// The epochs that are over.
    pub(super) epochs: usize,
    /// Whether early stopping ended it.
    pub(super) stopped_early: bool,
    /// What the schedule was told after each epoch: told again, it is in the same state.
    pub(super) monitored: Vec<f64>,
}

/// All that changes while a model is trained, beside the model.
pub(super) struct Training<'w, M: Model, R> {
    pub(super) optimizer: OptimizerState<M>,
    /// The rows, in the order of the last epoch.
    pub(super) order: Vec<usize>,
    pub(super) shuffling: Random,
    pub(super) keys: Random,
    pub(super) stopping: Option<Watch<'w, M, R>>,
    pub(super) best: Option<Watch<'w, M, R>>,
    /// What the balancing strategy keeps, where there is one.
    pub(super) strategy: Option<StrategyState>,
    pub(super) course: Course,
}

/// The names of the watches in a file.
const WATCHES: [&str; 2] = ["early stopping", "best weights"];

/// What the parts of a strategy begin with there; by itself, how many there are.
const STRATEGY: &str = "balancing strategy";

impl<M: Model, R> Training<'_, M, R> {
    /// Writes the state: a crash leaves the file that was there before, or the new one.
    pub(super) fn write(&mut self, model: &M, settings: Settings, path: &Path) -> Result<(), TrainError> {
        let Settings { seed, batch_size, shuffle, sampled } = settings;
        let of_settings = [VERSION, seed, batch_size as u64, u64::from(shuffle), u64::from(sampled)];
        let parts = self.strategy.as_ref().map(|parts| [parts.len() as u64]);
        let of_course = [self.course.epochs as u64, self.optimizer.step, u64::from(self.course.stopped_early)];
        let random = [*self.shuffling.state(), *self.keys.state()];
        let order: Vec<u64> = self.order.iter().map(|&row| row as u64).collect();
        let monitored: Vec<u64> = self.course.monitored.iter().map(|loss| loss.to_bits()).collect();
        let watches = [&self.stopping, &self.best];
        let of_watches = watches.map(|watch| watch.as_ref().map(Watch::words));

        let mut writer = CheckpointWriter::new::<M>()
            .scalars("parameters", model.as_slice())
            .words("settings", &of_settings)
            .words("course", &of_course)
            .words("random", &random)
            .words("joined", &self.optimizer.joined)
            .words("order", &order)
            .words("monitored", &monitored);
        for (number, slot) in self.optimizer.slots.iter().enumerate() {
            if let Some(slot) = slot {
                writer = writer.scalars(format!("optimizer.{number}"), slot.as_slice());
            }
        }
        for ((name, watch), words) in WATCHES.into_iter().zip(watches).zip(&of_watches) {
            let Some(words) = words else { continue };
            writer = writer.words(name, words);
            if let Some((kept, _)) = watch.as_ref().and_then(|watch| watch.kept.as_ref()) {
                writer = writer.scalars(format!("{name}.parameters"), kept.as_slice());
            }
        }
        if let Some(parts) = &parts {
            writer = writer.words(STRATEGY, parts);
        }
        for (name, words) in self.strategy.iter().flatten() {
            writer = writer.words(format!("{STRATEGY}.{name}"), words);
        }
        Ok(writer.save(path)?)
    }

    /// Goes to the state that was written. After an error it is as it was before.
    pub(super) fn read(&mut self, model: &mut M, settings: Settings, path: &Path) -> Result<(), TrainError> {
        let mut reader = CheckpointReader::open::<M>(path)?;
        let other = |what| Err(TrainError::OtherRun { path: path.to_owned(), what });
        let of_settings = reader.words("settings")?;
        let &[VERSION, seed, batch_size, shuffle, sampled] = of_settings.as_slice() else { return other("version") };
        if seed != settings.seed {
            return other("seed");
        }
        if batch_size != settings.batch_size as u64 {
            return other("batch size");
        }
        if shuffle != u64::from(settings.shuffle) {
            return other("shuffling");
        }
        if sampled != u64::from(settings.sampled) {
            return other("sampler");
        }
        let order = reader.words("order")?.into_iter().map(usize::try_from).collect::<Result<Vec<_>, _>>();
        let Some(order) = order.ok().filter(|order| is_reordered(order, &self.order)) else { return other("data") };
        if self.optimizer.slots.iter().enumerate().any(|(number, slot)| reader.has(&format!("optimizer.{number}")) != slot.is_some()) {
            return other("optimizer");
        }
        let [epochs, step, stopped_early] = reader.word_array("course")?;
        let Ok(epochs) = usize::try_from(epochs) else { return other("number of epochs") };
        // No training takes so many that counting on would overflow.
        if step > u64::MAX / 2 {
            return other("number of steps");
        }
        let joined = reader.words("joined")?;
        if joined.len() != self.optimizer.joined.len() || joined.iter().any(|&joined| joined > step) {
            return other("heads");
        }
        let [shuffling, keys] = reader.word_array("random")?;
        let monitored = reader.words("monitored")?.into_iter().map(f64::from_bits).collect();
        let mut parameters = flat::zeroed_box::<M>();
        reader.scalars_into("parameters", parameters.as_mut_slice())?;
        let mut slots = self.optimizer.slots.clone();
        for (number, slot) in slots.iter_mut().enumerate() {
            if let Some(slot) = slot {
                reader.scalars_into(&format!("optimizer.{number}"), slot.as_mut_slice())?;
            }
        }
        let Some(strategy) = self.read_strategy(&mut reader)? else { return other(STRATEGY) };
        let mut states = [None, None];
        for ((name, watch), state) in WATCHES.into_iter().zip([&self.stopping, &self.best]).zip(&mut states) {
            if reader.has(name) != watch.is_some() {
                return other(name);
            }
            if watch.is_some() {
                let words = reader.word_array(name)?;
                let kept_name = format!("{name}.parameters");
                let kept = if reader.has(&kept_name) {
                    let mut kept = flat::zeroed_box::<M>();
                    reader.scalars_into(&kept_name, kept.as_mut_slice())?;
                    Some(kept)
                } else {
                    None
                };
                *state = Some((words, kept));
            }
        }

        model.as_mut_slice().copy_from_slice(parameters.as_slice());
        (self.optimizer.step, self.optimizer.joined, self.optimizer.slots) = (step, joined, slots);
        self.order = order;
        (*self.shuffling.state(), *self.keys.state()) = (shuffling, keys);
        self.strategy = strategy;
        for (watch, state) in [&mut self.stopping, &mut self.best].into_iter().zip(states) {
            if let (Some(watch), Some((words, kept))) = (watch.as_mut(), state) {
                watch.set(words, kept);
            }
        }
        self.course = Course { epochs, stopped_early: stopped_early != 0, monitored };
        Ok(())
    }

    /// The parts of the strategy's state, of the names and lengths that it has now; `None` where those in the file are others.
    fn read_strategy(&self, reader: &mut CheckpointReader) -> Result<Option<Option<StrategyState>>, TrainError> {
        let Some(parts) = &self.strategy else { return Ok((!reader.has(STRATEGY)).then_some(None)) };
        if !reader.has(STRATEGY) || reader.word_array(STRATEGY)? != [parts.len() as u64] {
            return Ok(None);
        }
        let mut state = StrategyState::new();
        for (name, now) in parts {
            let in_file = format!("{STRATEGY}.{name}");
            if !reader.has(&in_file) {
                return Ok(None);
            }
            let words = reader.words(&in_file)?;
            if words.len() != now.len() {
                return Ok(None);
            }
            state.push((name.clone(), words));
        }
        Ok(Some(Some(state)))
    }
}

impl<M: Model, R> Watch<'_, M, R> {
    /// The best value, how many epochs came after it, and the number of the epoch whose parameters are kept.
    fn words(&self) -> [u64; 3] {
        let epoch = self.kept.as_ref().map_or(0, |(_, epoch)| *epoch);
        [self.best.to_bits(), self.waited as u64, epoch as u64]
    }

    #[allow(clippy::cast_possible_truncation, reason = "numbers of epochs, which were a `usize` before")]
    fn set(&mut self, [best, waited, epoch]: [u64; 3], kept: Option<Box<M>>) {
        self.best = f64::from_bits(best);
        self.waited = waited as usize;
        self.kept = kept.map(|kept| (kept, epoch as usize));
    }
}

/// Whether both have the same rows.
fn is_reordered(left: &[usize], right: &[usize]) -> bool {
    let sorted = |rows: &[usize]| {
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        rows
    };
    sorted(left) == sorted(right)
}
