//! Which heads are trained in which epoch.

use std::borrow::ToOwned;
use std::string::String;
use std::vec::Vec;

use super::error::TrainError;
use crate::data::Rows;
use crate::model::Model;
use crate::model::sets::HeadSet;
use crate::pass::Batch;

/// For each head the first epoch that trains it; a head that is once trained stays.
pub(super) struct Joining {
    first: Vec<usize>,
}

/// The first epoch of a head that is left out.
const NEVER: usize = usize::MAX;

impl Joining {
    /// As the trainer was told: `chosen` heads alone, if any are said, and some `from` a later epoch on.
    pub(super) fn new<M: Model>(chosen: Option<&[String]>, from: &[(String, usize)]) -> Result<Self, TrainError> {
        let number = |name: &String| {
            let number = M::HEADS.iter().position(|head| head.name == name);
            number.ok_or_else(|| TrainError::UnknownHead { model: M::NAME, head: name.to_owned() })
        };
        let mut first = std::vec![1; M::HEADS.len()];
        for (name, epoch) in from {
            first[number(name)?] = *epoch;
        }
        if let Some(names) = chosen {
            let chosen = names.iter().map(number).collect::<Result<Vec<_>, _>>()?;
            first.iter_mut().enumerate().filter(|(head, _)| !chosen.contains(head)).for_each(|(_, first)| *first = NEVER);
        }
        let joining = Self { first };
        if joining.at(1).is_empty() { Err(TrainError::NoHeads) } else { Ok(joining) }
    }

    /// Without the heads that have not one label to learn from; an error if none is left to begin with.
    pub(super) fn labelled<M: Model>(&self, rows: &Rows<'_, M>) -> Result<Self, TrainError> {
        let first = self.first.iter().enumerate().map(|(head, &first)| if first != NEVER && rows.labels(head) == 0 { NEVER } else { first });
        let joining = Self { first: first.collect() };
        if joining.at(1).is_empty() { Err(TrainError::NoLabels) } else { Ok(joining) }
    }

    /// The heads that are ever trained, by their numbers, with the first epoch of each.
    pub(super) fn first_epochs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.first.iter().copied().enumerate().filter(|&(_, first)| first != NEVER)
    }

    /// The heads that an epoch trains, counted from 1.
    pub(super) fn at(&self, epoch: usize) -> HeadSet {
        (0..self.first.len()).filter(|&head| self.first[head] <= epoch).collect()
    }

    /// Whether an epoch trains other heads than the one before it.
    pub(super) fn changes(&self, epoch: usize) -> bool {
        epoch > 1 && self.at(epoch) != self.at(epoch - 1)
    }

    /// Whether a head joins after an epoch, within so many.
    pub(super) fn is_open(&self, epoch: usize, epochs: usize) -> bool {
        self.first.iter().any(|&first| first > epoch && first <= epochs)
    }
}
