//! What two runs must have in common for one to go on where the other stopped.

use core::fmt::{self, Debug, Display, Formatter, Write};
use std::format;
use std::string::String;
use std::vec::Vec;

use crate::hash::Hash;

macro_rules! settings {
    ($($(#[$docs:meta])* $name:ident $text:literal,)*) => {
        /// A setting of a training, which a checkpoint holds as text and [`Trainer::resume`](super::Trainer::resume) compares.
        ///
        /// Optimizers, schedules, strategies, samplers and clips are compared by what their `Debug` shows: a derived one shows every field. The
        /// quantity of [`EarlyStopping`](super::EarlyStopping) and [`BestWeights`](super::BestWeights), a function, cannot be compared, nor can
        /// callbacks; the number of threads does not matter.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Setting {
            $($(#[$docs])* $name,)*
        }

        impl Setting {
            /// Every setting.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }

        impl Display for Setting {
            fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
                formatter.write_str(match self { $(Self::$name => $text),* })
            }
        }
    };
}

settings! {
    /// The optimizer and its hyperparameters without the learning rate. One of another type is refused even where it may change.
    Optimizer "optimizer",
    /// The learning rate of the optimizer.
    LearningRate "learning rate",
    /// [`Trainer::schedule`](super::Trainer::schedule). It is told the losses of all epochs again, whatever it was.
    Schedule "schedule",
    /// [`Trainer::clip`](super::Trainer::clip).
    Clip "clip",
    /// [`Trainer::epochs`](super::Trainer::epochs), which schedules go by.
    Epochs "epochs",
    /// [`Trainer::batch_size`](super::Trainer::batch_size).
    BatchSize "batch size",
    /// [`Trainer::seed`](super::Trainer::seed).
    Seed "seed",
    /// [`Trainer::shuffle`](super::Trainer::shuffle).
    Shuffle "shuffle",
    /// [`Trainer::unknown_rate`](super::Trainer::unknown_rate).
    UnknownRate "unknown rate",
    /// [`Trainer::sampler`](super::Trainer::sampler).
    Sampler "sampler",
    /// The data set, by a hash of its inputs, targets and weights. Where it changes, the order of the rows, early stopping and best weights begin
    /// anew.
    Data "data",
    /// The validation data or their fraction. Where they change, early stopping and best weights begin anew, and the order of the rows where
    /// others are left to train on.
    Validation "validation",
    /// [`Trainer::weighting`](super::Trainer::weighting) and [`Trainer::direction`](super::Trainer::direction): the strategies and their hyperparameters, but not what they have learned. Where one
    /// changes, both begin anew.
    Balance "balance",
    /// What the declaration of the model says for training alone: losses with their weights and constants, penalties, ties, and the rates of dropout,
    /// noise and moving statistics. (A model that predicts otherwise is another, which is refused in any case.)
    Declaration "declaration",
    /// [`Trainer::heads`](super::Trainer::heads) and [`Trainer::head_from`](super::Trainer::head_from). Where they change, early stopping and best weights begin anew.
    Heads "heads",
    /// [`Trainer::freeze`](super::Trainer::freeze) and [`Trainer::learning_rate_of`](super::Trainer::learning_rate_of).
    Rates "rates of blocks",
    /// [`Trainer::early_stopping`](super::Trainer::early_stopping). Where it changes, it begins anew.
    EarlyStopping "early stopping",
    /// [`Trainer::best_weights`](super::Trainer::best_weights). Where it changes, it begins anew.
    BestWeights "best weights",
}

/// A setting that two trainings do not have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub setting: Setting,
    /// What it is in the checkpoint.
    pub checkpoint: String,
    /// What it is in this run.
    pub run: String,
}

impl Display for Difference {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`: the checkpoint has {}, this run {}", self.setting, Short(&self.checkpoint), Short(&self.run))
    }
}

/// Where equal parts follow each other, as in arrays, the first and the last; and no more than a few lines.
struct Short<'a>(&'a str);

impl Display for Short<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 400;
        let parts: Vec<&str> = self.0.split(", ").collect();
        let mut text = String::new();
        let mut skipped = false;
        for (number, part) in parts.iter().enumerate() {
            let repeated = number > 0 && parts[number - 1] == *part && parts.get(number + 1) == Some(part);
            if !repeated {
                let gap = if number == 0 {
                    ""
                } else if skipped {
                    ", .., "
                } else {
                    ", "
                };
                text.push_str(gap);
                text.push_str(part);
            }
            skipped = repeated;
        }
        let end = text.floor_char_boundary(LONGEST);
        formatter.write_str(&text[..end])?;
        if end < text.len() { formatter.write_str("..") } else { Ok(()) }
    }
}

/// The settings of a training, each as text.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings(Vec<(Setting, String)>);

impl Settings {
    pub(super) fn add(&mut self, setting: Setting, value: &dyn Debug) {
        self.add_text(setting, text(value));
    }

    pub(super) fn add_text(&mut self, setting: Setting, text: String) {
        self.0.push((setting, text));
    }

    /// Each by its name in a file.
    pub(super) fn named(&self) -> impl Iterator<Item = (String, &str)> {
        self.0.iter().map(|(setting, text)| (in_file(*setting), &**text))
    }

    /// In what a checkpoint differs, whose texts `read` gives by their names.
    pub(super) fn compare<E>(&self, mut read: impl FnMut(&str) -> Result<String, E>) -> Result<Vec<Difference>, E> {
        let mut differences = Vec::new();
        for (setting, run) in &self.0 {
            let checkpoint = read(&in_file(*setting))?;
            if checkpoint != *run {
                differences.push(Difference { setting: *setting, checkpoint, run: run.clone() });
            }
        }
        Ok(differences)
    }
}

impl Difference {
    /// Whether what is left of the earlier run makes no sense under the other setting, even if it may change.
    pub(super) fn is_of_another_kind(&self) -> bool {
        fn type_name(text: &str) -> &str {
            text.split(|character: char| !(character.is_alphanumeric() || character == '_')).next().unwrap_or_default()
        }
        self.setting == Setting::Optimizer && type_name(&self.checkpoint) != type_name(&self.run)
    }
}

fn in_file(setting: Setting) -> String {
    format!("setting.{setting}")
}

/// What `Debug` shows, which for numbers is exact. Of what is very long the beginning and a hash.
pub(super) fn text(value: &dyn Debug) -> String {
    struct Kept {
        text: String,
        length: usize,
        hash: Hash,
    }
    impl Write for Kept {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            const LONGEST: usize = 4096;
            let room = LONGEST.saturating_sub(self.length);
            self.text.push_str(&text[..text.floor_char_boundary(room)]);
            self.length += text.len();
            // Byte by byte: the pieces that a formatter writes are an accident.
            text.bytes().for_each(|byte| self.hash.word(u64::from(byte)));
            Ok(())
        }
    }
    let mut kept = Kept { text: String::new(), length: 0, hash: Hash::new() };
    // Writing to memory fails only if the value's own `Debug` says so; then what came before counts.
    let _ = write!(kept, "{value:?}");
    if kept.length > kept.text.len() {
        let _ = write!(kept.text, ".. (hash {:016x})", kept.hash.finish());
    }
    kept.text
}
