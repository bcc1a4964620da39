//! How a training ends: why, and with which parameters.

use core::fmt::{self, Display, Formatter};
use std::borrow::ToOwned;
use std::format;
use std::string::String;
use std::vec::Vec;

use crate::report::{Cell, Report, number};

/// Why a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// All epochs are over.
    Finished,
    /// [Early stopping](super::EarlyStopping): the validation no longer got better.
    StoppedEarly,
    /// A [callback](super::Callback) said so.
    Callback,
    /// Ctrl-C, in a training that [listens to it](super::Trainer::stop_on_ctrl_c).
    CtrlC,
}

/// How a training ended. Its `Display` is the last line that is printed:
///
/// ```text
/// stopped early after epoch 31, parameters of epoch 26 restored: `auc` of `limited` 0.7630
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// Why.
    pub reason: Reason,
    /// The last epoch that was trained in, from 1; 0 where there was none.
    pub epoch: usize,
    /// The last step, from 1, over all epochs.
    pub step: u64,
    /// Whether the epoch is over, and in the history.
    pub is_whole: bool,
    /// The parameters that the model was given back, if it was.
    pub restored: Option<Restored>,
}

/// The parameters of which epoch a model was given back, and by what it was the best.
#[derive(Clone, Debug, PartialEq)]
pub struct Restored {
    /// The epoch.
    pub epoch: usize,
    /// What was watched: `` `auc` of `limited` ``, `loss`; none where no number of the report always is what was watched, or several are.
    pub quantity: Option<String>,
    /// Its value then; NaN where no value counts since a head joined.
    pub value: f64,
}

impl Display for Ending {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.reason {
            Reason::Finished => "finished",
            Reason::StoppedEarly => "stopped early",
            Reason::Callback => "stopped by a callback",
            Reason::CtrlC => "stopped by Ctrl-C",
        })?;
        if self.is_whole {
            write!(formatter, " after epoch {}", self.epoch)?;
        } else {
            write!(formatter, " after step {} in epoch {}", self.step, self.epoch)?;
        }
        self.restored.as_ref().map_or(Ok(()), |restored| write!(formatter, ", {restored}"))
    }
}

impl Display for Restored {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "parameters of epoch {} restored", self.epoch)?;
        match &self.quantity {
            _ if self.value.is_nan() => Ok(()),
            Some(quantity) => write!(formatter, ": {quantity} {}", number(self.value)),
            None => write!(formatter, ": {}", number(self.value)),
        }
    }
}

/// Finds out which number of a report a quantity is: a function does not tell, but its values do.
#[derive(Clone, Debug, Default)]
pub(super) struct Likeness {
    /// Whether each number has been the quantity so far; empty before the first report.
    same: Vec<bool>,
}

impl Likeness {
    pub(super) fn observe<R: Report>(&mut self, report: &R, quantity: f64) {
        let values = numbers(report);
        self.same.resize(values.len(), true);
        for (same, (_, _, value)) in self.same.iter_mut().zip(values) {
            *same &= value.to_bits() == quantity.to_bits();
        }
    }

    /// What it is called, if it is one number. The combined loss comes before the loss of an only head, which is the same.
    pub(super) fn name<R: Report>(&self, report: &R) -> Option<String> {
        let mut alike = numbers(report).into_iter().zip(&self.same).filter(|(_, same)| **same).map(|(number, _)| number);
        match (alike.next()?, alike.next()) {
            ((None, _, _), _) => Some("loss".to_owned()),
            ((Some(head), name, _), None) => Some(format!("`{name}` of `{head}`")),
            _ => None,
        }
    }
}

/// The numbers of a report: the combined loss without a head, then by head its loss and its metrics.
fn numbers<R: Report>(report: &R) -> Vec<(Option<&'static str>, &'static str, f64)> {
    let mut numbers = Vec::from([(None, "loss", report.loss())]);
    for row in report.heads() {
        numbers.push((Some(row.head), "loss", row.loss));
        numbers.extend(row.metrics.iter().map(|(name, cell)| match cell {
            Cell::Number(value) => (Some(row.head), *name, *value),
            Cell::Matrix(_) => (Some(row.head), *name, f64::NAN),
        }));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn the_last_line_says_why_and_what_was_restored() {
        let restored = Restored { epoch: 26, quantity: Some("`auc` of `limited`".to_owned()), value: 0.763 };
        let mut ending = Ending { reason: Reason::StoppedEarly, epoch: 31, step: 620, is_whole: true, restored: Some(restored) };
        assert_eq!(ending.to_string(), "stopped early after epoch 31, parameters of epoch 26 restored: `auc` of `limited` 0.7630");
        ending = Ending { reason: Reason::CtrlC, is_whole: false, restored: None, ..ending };
        assert_eq!(ending.to_string(), "stopped by Ctrl-C after step 620 in epoch 31");
    }
}
