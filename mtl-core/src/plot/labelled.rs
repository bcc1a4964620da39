//! Predictions beside labels, by head.

use std::format;
use std::string::String;
use std::vec::Vec;

use super::PlotError;
use crate::data::predict::predict_rows;
use crate::data::{DataError, Dataset, two_classes};
use crate::kernel::scalar::Scalar;
use crate::model::{FieldKind, Model, Record};

/// What a head predicts for the rows that have its label.
pub(super) struct Head {
    pub(super) name: &'static str,
    pub(super) kind: HeadKind,
}

pub(super) enum HeadKind {
    /// The probability of each class, and which one it is.
    Classes { names: Vec<String>, rows: Vec<(Vec<f64>, usize)> },
    /// One number that is the larger the more probable the second class is, and whether it is that one.
    TwoClasses { is_probability: bool, rows: Vec<(f64, bool)> },
    /// Numbers: predicted and true, for each output.
    Numbers { outputs: Vec<Vec<(f64, f64)>> },
}

/// Every head with the rows that have its label.
pub(super) fn heads<M: Model>(model: &M, dataset: &Dataset<M>) -> Result<Vec<Head>, PlotError> {
    if dataset.is_empty() {
        return Err(DataError::Empty.into());
    }
    let outputs = predict_rows(model, dataset, 0..dataset.len());
    let numbers = |row: usize, head: usize| M::output_numbers(&outputs[row], head).iter().map(|value| value.to_f64()).collect::<Vec<f64>>();
    let rows = || (0..dataset.len()).filter_map(|row| dataset.targets(row).map(|targets| (row, targets)));
    let heads = M::HEADS.iter().enumerate().map(|(head, info)| {
        let kind = match (info.target, two_classes(info)) {
            (FieldKind::Class { classes }, _) => {
                let texts = info.columns.named().first().map_or(&[][..], |column| column.labels);
                let names = (0..classes).map(|class| texts.get(class).map_or_else(|| format!("{class}"), |&text| text.into())).collect();
                HeadKind::Classes { names, rows: rows().filter_map(|(row, targets)| Some((numbers(row, head), targets.class(head)?))).collect() }
            }
            (FieldKind::Real { .. }, Some(ends)) => {
                let row = |(row, targets): (usize, crate::data::TargetsRow<'_, M>)| {
                    let label = targets.real(head)?.first()?.to_f64();
                    ends.contains(&label).then(|| (numbers(row, head)[0], label == ends[1]))
                };
                HeadKind::TwoClasses { is_probability: ends[0] == 0.0, rows: rows().filter_map(row).collect() }
            }
            (FieldKind::Real { width }, None) => {
                let mut outputs = (0..width).map(|_| Vec::new()).collect::<Vec<_>>();
                for (row, targets) in rows() {
                    let Some(labels) = targets.real(head) else { continue };
                    for ((output, predicted), label) in outputs.iter_mut().zip(numbers(row, head)).zip(labels) {
                        output.push((predicted, label.to_f64()));
                    }
                }
                HeadKind::Numbers { outputs }
            }
        };
        Head { name: info.name, kind }
    });
    Ok(heads.collect())
}

impl Head {
    /// Each class against the others, by the name of the class: a score, and whether it is that class. Of two classes the second alone; none of a head
    /// of numbers, and of classes without both kinds of rows.
    pub(super) fn against_others(&self) -> Vec<(String, Vec<(f64, bool)>)> {
        let all = match &self.kind {
            HeadKind::Classes { names, rows } => {
                let first = usize::from(names.len() == 2);
                let of_class = |class: usize| rows.iter().map(|(scores, label)| (scores[class], *label == class)).collect();
                (first..names.len()).map(|class| (names[class].clone(), of_class(class))).collect()
            }
            HeadKind::TwoClasses { rows, .. } => Vec::from([(String::new(), rows.clone())]),
            HeadKind::Numbers { .. } => Vec::new(),
        };
        let has_both = |rows: &[(f64, bool)]| rows.iter().any(|row| row.1) && rows.iter().any(|row| !row.1);
        all.into_iter().filter(|(_, rows)| has_both(rows)).collect()
    }
}
