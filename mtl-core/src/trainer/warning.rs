//! What is no error, but unlikely to be meant: [`Warning`].

use core::fmt::{self, Display, Formatter};
use std::vec;
use std::vec::Vec;

use crate::data::{Rows, two_classes};
use crate::kernel::scalar::Scalar;
use crate::model::sets::HeadSet;
use crate::model::{FieldKind, Model, Record, is_missing};
use crate::pass::Batch;

/// What is no error, but unlikely to be meant. It is looked for after the first epoch.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// One of several heads is nearly all of the combined loss: what they share learns for that one alone.
    Dominant {
        /// The head.
        head: &'static str,
        /// Its share, above 0.95.
        share: f64,
        /// The weight with which it would be as much as the others are in the mean.
        weight: f64,
        /// Whether `targets: standardized` may be written for it: its targets are real numbers in units of their own.
        may_standardize: bool,
    },
    /// All labels of a head are of one class, which is then all that it can learn.
    OneClass {
        /// The head.
        head: &'static str,
        /// The class: its number, or the label of a head with a binary loss.
        class: f64,
        /// How many labels there are.
        labels: usize,
    },
    /// Columns of an input have one value in all rows. A numbered column is listed only if all of its input are constant: images have such pixels.
    Constant {
        /// The input.
        input: &'static str,
        /// The names of the columns; that of the input where it has none for them.
        columns: Vec<&'static str>,
    },
}

/// The share of the combined loss from which on a head is a matter for a warning.
const DOMINANT: f64 = 0.95;

/// The losses whose targets may have any unit, and so may be standardised.
const REGRESSIONS: &[&str] = &["mse", "mae", "huber", "log_cosh", "quantile"];

impl Display for Warning {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dominant { head, share, weight, may_standardize } => {
                write!(f, "head `{head}` is {:.1} % of the combined loss, and the others hardly count; ", share * 100.0)?;
                write!(f, "to balance them, write `weight: {}` for it", Rounded(*weight))?;
                // A unit that is small makes large numbers, and those large losses.
                if *may_standardize { f.write_str(", or `targets: standardized` where its last `Dense` has no activation") } else { Ok(()) }
            }
            Self::OneClass { head, class, labels } => write!(f, "all {labels} labels of head `{head}` are {class}: there is nothing else to learn"),
            Self::Constant { input, columns } => {
                write!(f, "input `{input}`: the same value is in all rows of ")?;
                for (number, column) in columns.iter().enumerate() {
                    write!(f, "{}`{column}`", if number == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
        }
    }
}

/// A number to two digits.
struct Rounded(f64);

impl Display for Rounded {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let decimals = (1.0 - libm::floor(libm::log10(self.0))).clamp(0.0, 12.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number from 0 to 12")]
        let decimals = decimals as usize;
        write!(f, "{:.decimals$}", self.0)
    }
}

/// A head that is nearly all of the combined loss of those that have a label; `losses` are those of all heads.
pub(super) fn dominant<M: Model>(losses: &[f64], heads: HeadSet) -> Option<Warning> {
    let weighted = |head: usize| M::HEADS[head].weight * losses[head];
    let counted: Vec<usize> = (0..M::HEADS.len()).filter(|&head| heads.contains(head) && losses[head] > 0.0 && M::HEADS[head].weight > 0.0).collect();
    let sum: f64 = counted.iter().map(|&head| weighted(head)).sum();
    let greatest = counted.iter().copied().max_by(|&left, &right| weighted(left).total_cmp(&weighted(right)))?;
    let (share, others) = (weighted(greatest) / sum, counted.len() - 1);
    // Infinite losses have no shares.
    if others == 0 || !share.is_finite() || share <= DOMINANT {
        return None;
    }
    let weight = (sum - weighted(greatest)) / others as f64 / losses[greatest];
    let head = &M::HEADS[greatest];
    let may_standardize = REGRESSIONS.contains(&head.loss) && !M::STANDARDIZED.iter().any(|&(standardized, _)| standardized == greatest);
    (weight > 0.0).then_some(Warning::Dominant { head: head.name, share, weight, may_standardize })
}

/// Heads of which all labels are of one class, and inputs that are constant, in the rows that are trained on.
pub(super) fn of_data<M: Model>(rows: &Rows<'_, M>, heads: HeadSet) -> Vec<Warning> {
    let mut warnings = Vec::new();
    // One row is no sign of anything.
    if rows.len() < 2 {
        return warnings;
    }
    for (head, info) in M::HEADS.iter().enumerate().filter(|&(head, _)| heads.contains(head)) {
        if let Some((class, labels)) = only_class(rows, head)
            && labels > 1
        {
            warnings.push(Warning::OneClass { head: info.name, class, labels });
        }
    }
    for (field, input) in M::INPUTS.iter().enumerate() {
        let constant = constant_columns(rows, field, input.kind);
        let named = input.columns.named();
        let columns: Vec<&'static str> = if !named.is_empty() {
            named.iter().zip(constant).filter(|(_, constant)| *constant).map(|(column, _)| column.name).collect()
        } else if constant.iter().all(|&constant| constant) {
            vec![input.name]
        } else {
            continue;
        };
        if !columns.is_empty() {
            warnings.push(Warning::Constant { input: input.name, columns });
        }
    }
    warnings
}

/// The class of all labels of a head, and how many there are; none where there are two classes, or the labels are no classes.
fn only_class<M: Model>(rows: &Rows<'_, M>, head: usize) -> Option<(f64, usize)> {
    let ends = two_classes(&M::HEADS[head]);
    let (mut only, mut labels) = (None, 0);
    for row in (0..rows.len()).map(|sample| rows.targets(sample)) {
        let class = match (row.class(head), row.real(head)) {
            (Some(class), _) => class as f64,
            (None, Some(&[label])) if ends?.contains(&label.to_f64()) => label.to_f64(),
            // A label between the classes is of neither.
            (None, Some(_)) => return None,
            (None, None) => continue,
        };
        labels += 1;
        if *only.get_or_insert(class) != class {
            return None;
        }
    }
    only.map(|class| (class, labels))
}

/// Which columns of an input have one value in all rows that have one at all.
fn constant_columns<M: Model>(rows: &Rows<'_, M>, field: usize, kind: FieldKind) -> Vec<bool> {
    let mut all = (0..rows.len()).map(|sample| rows.inputs(sample));
    match kind {
        FieldKind::Class { .. } => {
            let first = all.next().and_then(|row| row.class(field));
            vec![all.all(|row| row.class(field) == first)]
        }
        FieldKind::Real { width } => {
            let mut firsts = vec![None; width];
            let mut constant = vec![true; width];
            for row in all {
                let numbers = row.real(field).unwrap_or_default();
                for ((first, constant), &number) in firsts.iter_mut().zip(&mut constant).zip(numbers) {
                    *constant &= is_missing(number) || *first.get_or_insert(number) == number;
                }
                if !constant.contains(&true) {
                    break;
                }
            }
            constant
        }
    }
}
