//! The state of a training between two epochs, or two steps, in a file.

use std::borrow::ToOwned;
use std::boxed::Box;
use std::format;
use std::path::{Path, PathBuf};
use std::vec::Vec;

use super::balancing::StrategyState;
use super::early_stopping::Watch;
use super::epoch::Trained;
use super::error::TrainError;
use super::optimizing::OptimizerState;
use super::setting::{Setting, Settings};
use crate::flat;
use crate::kernel::scalar::Scalar;
use crate::model::Model;
use crate::random::Random;
use crate::weights::checkpoint::{CheckpointError, CheckpointErrorKind, CheckpointReader, CheckpointWriter};

/// What is written first of all, so that a later version can tell.
const VERSION: u64 = 4;

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
    /// What an epoch under way has trained on, where training ended in the middle of it.
    pub(super) within: Option<Trained>,
}

/// What a training goes on from.
#[derive(Clone, Debug)]
pub(super) struct Resume {
    pub(super) path: PathBuf,
    /// What may have changed.
    pub(super) allowed: Vec<Setting>,
}

/// The name of the parameters in a file, and the end of that of others that are kept.
const PARAMETERS: &str = "parameters";

const NOT_FINITE: &str = "some are not finite";

/// Of a head that has not joined, in place of the steps that were over when it did.
const NEVER: u64 = u64::MAX;

/// The names of the watches in a file.
const WATCHES: [&str; 2] = ["early stopping", "best weights"];

/// What the parts of a strategy begin with there; by itself, how many there are.
const STRATEGY: &str = "balancing strategy";

impl<M: Model, R> Training<'_, M, R> {
    /// Writes the state: a crash leaves the file that was there before, or the new one.
    ///
    /// Parameters that are not finite are an error: they would take the place of some that are.
    pub(super) fn write(&mut self, model: &M, settings: &Settings, path: &Path) -> Result<(), TrainError> {
        let kept = [&self.stopping, &self.best].into_iter().flatten().filter_map(|watch| watch.kept.as_ref()).map(|(kept, _)| kept.as_slice());
        if !kept.chain([model.as_slice()]).flatten().all(|parameter| parameter.is_finite()) {
            let kind = CheckpointErrorKind::Invalid { name: PARAMETERS.to_owned(), problem: NOT_FINITE };
            return Err(CheckpointError { path: path.to_owned(), kind }.into());
        }
        self.put(model, settings, |writer| writer.save(path))
    }

    /// Whether it could be written now.
    pub(super) fn probe(&mut self, model: &M, settings: &Settings, path: &Path) -> Result<(), TrainError> {
        self.put(model, settings, |writer| writer.probe(path))
    }

    fn put(
        &mut self,
        model: &M,
        settings: &Settings,
        put: impl FnOnce(CheckpointWriter<'_>) -> Result<(), CheckpointError>,
    ) -> Result<(), TrainError> {
        let parts = self.strategy.as_ref().map(|parts| [parts.len() as u64]);
        let of_course = [self.course.epochs as u64, self.optimizer.step, u64::from(self.course.stopped_early)];
        let random = [*self.shuffling.state(), *self.keys.state()];
        let order: Vec<u64> = self.order.iter().map(|&row| row as u64).collect();
        let monitored: Vec<u64> = self.course.monitored.iter().map(|loss| loss.to_bits()).collect();
        let joined: Vec<u64> = self.optimizer.joined.iter().map(|joined| joined.unwrap_or(NEVER)).collect();
        let within = self.within.as_ref().map_or_else(Vec::new, Trained::words);
        let watches = [&self.stopping, &self.best];
        let of_watches = watches.map(|watch| watch.as_ref().map(Watch::words));

        let mut writer = CheckpointWriter::new::<M>()
            .scalars(PARAMETERS, model.as_slice())
            .words("version", &[VERSION])
            .words("course", &of_course)
            .words("random", &random)
            .words("joined", &joined)
            .words("order", &order)
            .words("monitored", &monitored)
            .words("within", &within);
        for (name, text) in settings.named() {
            writer = writer.text(name, text);
        }
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
        Ok(put(writer)?)
    }

    /// Goes to the state that was written by a training of the same settings, but for those that may change. After an error it is as it was before.
    pub(super) fn read(&mut self, model: &mut M, settings: &Settings, resume: &Resume) -> Result<(), TrainError> {
        let Resume { path, allowed } = resume;
        let mut reader = CheckpointReader::open::<M>(path)?;
        let [version] = reader.word_array("version")?;
        if version != VERSION {
            return Err(reader.invalid("version", "another version of this library wrote it").into());
        }
        let differences = settings.compare(|name| reader.text(name))?;
        let (changed, refused): (Vec<_>, Vec<_>) =
            differences.into_iter().partition(|difference| allowed.contains(&difference.setting) && !difference.is_of_another_kind());
        if !refused.is_empty() {
            return Err(TrainError::OtherRun { path: path.clone(), differences: refused });
        }
        let has_changed = |settings: &[Setting]| changed.iter().any(|difference| settings.contains(&difference.setting));

        let order = reader.words("order")?.into_iter().map(usize::try_from).collect::<Result<Vec<_>, _>>();
        let order = match order {
            Ok(order) if is_reordered(&order, &self.order) => order,
            _ if has_changed(&[Setting::Data, Setting::Validation]) => self.order.clone(),
            _ => return Err(reader.invalid("order", "its rows are not those of the data").into()),
        };
        if self.optimizer.slots.iter().enumerate().any(|(number, slot)| reader.has(&format!("optimizer.{number}")) != slot.is_some()) {
            return Err(reader.invalid("optimizer", "it remembers other things than this run's").into());
        }
        let [epochs, step, stopped_early] = reader.word_array("course")?;
        let monitored: Vec<f64> = reader.words("monitored")?.into_iter().map(f64::from_bits).collect();
        // No training takes so many steps that counting on would overflow.
        let epochs = usize::try_from(epochs).ok().filter(|&epochs| epochs == monitored.len() && step <= u64::MAX / 2 && stopped_early <= 1);
        let Some(epochs) = epochs else { return Err(reader.invalid("course", "its counts are out of range").into()) };
        let joined: Vec<Option<u64>> = reader.words("joined")?.into_iter().map(|joined| (joined != NEVER).then_some(joined)).collect();
        if joined.len() != self.optimizer.joined.len() || joined.iter().flatten().any(|&joined| joined > step) {
            return Err(reader.invalid("joined", "its counts are out of range").into());
        }
        let within = match Trained::from_words::<M>(&reader.words("within")?) {
            Ok(within) => within.filter(|_| !has_changed(&[Setting::Data, Setting::Validation, Setting::Sampler, Setting::Heads])),
            Err(problem) => return Err(reader.invalid("within", problem).into()),
        };
        let [shuffling, keys] = reader.word_array("random")?;
        let parameters = read_parameters::<M>(&mut reader, PARAMETERS)?;
        let mut slots = self.optimizer.slots.clone();
        for (number, slot) in slots.iter_mut().enumerate() {
            if let Some(slot) = slot {
                reader.scalars_into(&format!("optimizer.{number}"), slot.as_mut_slice())?;
            }
        }
        let strategy = if has_changed(&[Setting::Balance]) { self.strategy.clone() } else { self.read_strategy(&mut reader)? };
        let mut states = [None, None];
        let incomparable = has_changed(&[Setting::Data, Setting::Validation, Setting::Heads]);
        let anew = [Setting::EarlyStopping, Setting::BestWeights].map(|setting| incomparable || has_changed(&[setting]));
        for (((name, watch), state), anew) in WATCHES.into_iter().zip([&self.stopping, &self.best]).zip(&mut states).zip(anew) {
            if anew || watch.is_none() {
                continue;
            }
            let words = reader.word_array(name)?;
            if words[1..].iter().any(|&epoch| epoch > epochs as u64) {
                return Err(reader.invalid(name, "its counts are out of range").into());
            }
            let kept_name = format!("{name}.{PARAMETERS}");
            let kept = if reader.has(&kept_name) { Some(read_parameters::<M>(&mut reader, &kept_name)?) } else { None };
            *state = Some((words, kept));
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
        self.within = within;
        self.course = Course { epochs, stopped_early: stopped_early != 0 && !anew[0], monitored };
        Ok(())
    }

    /// The parts of the strategy's state, of the names and lengths that it has now.
    fn read_strategy(&self, reader: &mut CheckpointReader) -> Result<Option<StrategyState>, TrainError> {
        let Some(parts) = &self.strategy else { return Ok(None) };
        let mut state = StrategyState::new();
        let fits = reader.word_array(STRATEGY)? == [parts.len() as u64];
        for (name, now) in parts {
            let in_file = format!("{STRATEGY}.{name}");
            let words = if fits && reader.has(&in_file) { reader.words(&in_file)? } else { Vec::new() };
            if !fits || words.len() != now.len() {
                return Err(reader.invalid(STRATEGY, "it keeps other things than this run's").into());
            }
            state.push((name.clone(), words));
        }
        Ok(Some(state))
    }
}

/// Parameters, which must be finite.
fn read_parameters<M: Model>(reader: &mut CheckpointReader, name: &str) -> Result<Box<M>, CheckpointError> {
    let mut parameters = flat::zeroed_box::<M>();
    reader.scalars_into(name, parameters.as_mut_slice())?;
    if parameters.as_slice().iter().all(|parameter| parameter.is_finite()) { Ok(parameters) } else { Err(reader.invalid(name, NOT_FINITE)) }
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
