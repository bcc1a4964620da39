//! What tells a training from others, as text.

use core::fmt::Debug;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::joining::Joining;
use super::setting::{Setting, Settings, text};
use super::{Trainer, Validation};
use crate::data::Dataset;
use crate::evaluate::Evaluate;
use crate::model::{Constant, ConstantValue};
use crate::optimizer::Optimizer;

impl<M: Evaluate, O: Optimizer<M::Scalar>> Trainer<'_, M, O> {
    /// All settings but that of the balancing strategy, which is looked at when it is ready to work.
    pub(super) fn settings(&self, dataset: &Dataset<M>, joining: &Joining) -> Settings {
        let mut settings = Settings::default();
        let learning_rate = self.optimizer.learning_rate();
        let optimizer = text(&self.optimizer).replacen(&format!("learning_rate: {learning_rate:?}"), "learning_rate: _", 1);
        let or_none = |value: Option<&dyn Debug>| value.map_or_else(|| "none".to_string(), text);
        let heads = joining.first_epochs().map(|(head, first)| format!("{} from epoch {first}", M::HEADS[head].name));
        let mut rates: Vec<String> =
            self.rates.iter().filter(|(_, factor)| *factor != 1.0).map(|(block, factor)| format!("{block} by {factor:?}")).collect();
        rates.sort_unstable();
        let validation = match self.validation {
            Validation::None => "none".to_string(),
            Validation::Fraction(fraction) => format!("{fraction:?} of the data"),
            Validation::Dataset(validation) => identity(validation),
        };
        for (setting, value) in [
            (Setting::Optimizer, optimizer),
            (Setting::LearningRate, text(&learning_rate)),
            (Setting::Schedule, text(&self.schedule)),
            (Setting::Clip, or_none(self.clip.as_ref().map(|clip| clip as &dyn Debug))),
            (Setting::Epochs, text(&self.epochs)),
            (Setting::BatchSize, text(&self.batch_size)),
            (Setting::Seed, text(&self.seed)),
            (Setting::Shuffle, text(&self.shuffle)),
            (Setting::UnknownRate, text(&self.unknown_rate)),
            (Setting::Sampler, or_none(self.sampler.as_ref().map(|sampler| sampler as &dyn Debug))),
            (Setting::Data, identity(dataset)),
            (Setting::Validation, validation),
            (Setting::Declaration, declaration::<M>()),
            (Setting::Heads, heads.collect::<Vec<_>>().join(", ")),
            (Setting::Rates, if rates.is_empty() { "none".to_string() } else { rates.join(", ") }),
            (Setting::EarlyStopping, or_none(self.early_stopping.as_ref().map(|stopping| stopping as &dyn Debug))),
            (Setting::BestWeights, or_none(self.best_weights.as_ref().map(|best| best as &dyn Debug))),
        ] {
            settings.add_text(setting, value);
        }
        settings
    }
}

/// What a model's declaration says for training alone.
fn declaration<M: Evaluate>() -> String {
    fn with_constants(start: String, constants: &[Constant]) -> String {
        constants.iter().filter(|constant| constant.training).fold(start, |text, Constant { name, value, .. }| match value {
            ConstantValue::Number(number) => format!("{text} {name} {number:?}"),
            ConstantValue::Text(word) => format!("{text} {name} {word}"),
        })
    }
    let heads = M::HEADS.iter().map(|head| with_constants(format!("{}: {} weight {:?}", head.name, head.loss, head.weight), head.constants));
    let layers = M::LAYERS.iter().filter(|layer| layer.constants.iter().any(|constant| constant.training));
    heads.chain(layers.map(|layer| with_constants(format!("{}:", layer.name), layer.constants))).collect::<Vec<_>>().join(", ")
}

/// What tells a data set from others.
fn identity<M: Evaluate>(dataset: &Dataset<M>) -> String {
    format!("{} rows (hash {:016x})", dataset.len(), dataset.hash())
}
