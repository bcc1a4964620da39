//! What quantising cost: the errors of the heads, and the tensors that they come from.

use core::fmt;
use std::vec::Vec;

use super::measure::{Errors, Exact};
use super::range::FEWEST_ROWS;
use crate::model::Model;

/// The errors of a model in eight bits against the one that it was made from, on the rows that it was calibrated with.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizeReport {
    /// Head by head, in the order of declaration.
    pub heads: Vec<HeadError>,
    /// The tensors, those that cost most first.
    pub tensors: Vec<TensorCost>,
    /// What there is to look at; empty where all is well.
    pub warnings: Vec<Warning>,
    /// How many rows there were.
    pub rows: usize,
}

/// How near a head is.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadError {
    /// Its name.
    pub head: &'static str,
    /// Each of its outputs, as predicted.
    pub outputs: Vec<OutputError>,
}

/// How near an output is to that in `f32`, `y`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutputError {
    /// `1 − Σ e² / Σ (y − ȳ)²`. Of an output that never changes `Σ y²` is in its place; of a probability a spread of 0.02 at least.
    pub r2: f64,
    /// The same where no error and no `y` counts as more than ten spreads: that of ordinary rows, should a few be of another size and saturate.
    pub ordinary_r2: f64,
    /// `10 lg(Σ (y − ȳ)² / Σ e²)`, in decibels.
    pub signal_to_noise: f64,
    /// The largest `|e|`.
    pub largest_error: f64,
}

/// What the bytes of a tensor cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TensorCost {
    /// How the summary calls the value; before an activation with `before` and its step.
    pub tensor: &'static str,
    /// The share of all that rounding to bytes costs in the heads, from 0 to 1. It is measured by twice as wide steps.
    pub cost: f64,
    /// Whether its values are kept in two bytes, as one was not enough.
    pub has_low: bool,
    /// The share of its values that lie beyond the bytes, and saturate.
    pub saturated: f64,
}

/// Something to look at before the model is used.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// An output is further from the one in `f32` than the bound of [`Calibration::least_r2`](super::Calibration::least_r2).
    Output {
        /// The head.
        head: &'static str,
        /// The output's number.
        output: usize,
        /// [`OutputError::r2`].
        r2: f64,
        /// [`OutputError::ordinary_r2`].
        ordinary_r2: f64,
        /// The bound.
        least_r2: f64,
    },
    /// There were so few rows that ranges go from the least to the greatest value, and little more can be said of the errors.
    FewRows {
        /// How many.
        rows: usize,
    },
}

impl QuantizeReport {
    /// From the errors of all outputs.
    pub(super) fn new<M: Model<Scalar = f32>>(exact: &Exact<'_, M>, errors: &[Errors], tensors: Vec<TensorCost>, least_r2: f64, rows: usize) -> Self {
        let mut heads: Vec<HeadError> = M::HEADS.iter().map(|head| HeadError { head: head.name, outputs: Vec::new() }).collect();
        let mut warnings = Vec::new();
        if rows < FEWEST_ROWS {
            warnings.push(Warning::FewRows { rows });
        }
        for (number, (head, error)) in exact.heads().zip(errors).enumerate() {
            let (r2, ordinary_r2) = exact.r2(number, error);
            let output = heads[head].outputs.len();
            heads[head].outputs.push(OutputError { r2, ordinary_r2, signal_to_noise: -10.0 * (1.0 - r2).log10(), largest_error: error.largest });
            if r2.is_nan() || r2 < least_r2 {
                warnings.push(Warning::Output { head: heads[head].head, output, r2, ordinary_r2, least_r2 });
            }
        }
        Self { heads, tensors, warnings, rows }
    }
}

impl fmt::Display for QuantizeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "in eight bits beside f32, {} rows", self.rows)?;
        let width = self.heads.iter().map(|head| head.head.chars().count()).max().unwrap_or(0);
        for HeadError { head, outputs } in &self.heads {
            let least = outputs.iter().min_by(|left, right| left.r2.total_cmp(&right.r2));
            let Some(OutputError { r2, signal_to_noise, .. }) = least else { continue };
            let largest = outputs.iter().fold(0.0, |largest: f64, output| largest.max(output.largest_error));
            let of = if outputs.len() > 1 { std::format!(", the least of {} outputs", outputs.len()) } else { std::string::String::new() };
            writeln!(f, "  {head:<width$}  R² {r2:.4} ({signal_to_noise:.1} dB{of}), largest error {largest:.3e}")?;
        }
        write!(f, "rounding costs most in")?;
        for (number, TensorCost { tensor, cost, saturated, .. }) in self.tensors.iter().take(3).enumerate() {
            write!(f, "{} `{tensor}` ({:.0} %", if number == 0 { "" } else { "," }, 100.0 * cost)?;
            if *saturated > 0.0 {
                write!(f, ", {:.2} % of its values saturate", 100.0 * saturated)?;
            }
            write!(f, ")")?;
        }
        let double: Vec<_> = self.tensors.iter().filter(|tensor| tensor.has_low).map(|tensor| std::format!("`{}`", tensor.tensor)).collect();
        if !double.is_empty() {
            write!(f, "\ntwo bytes a value: {}", double.join(", "))?;
        }
        for warning in &self.warnings {
            write!(f, "\nwarning: {warning}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Output { head, output, r2, ordinary_r2, least_r2 } => {
                write!(f, "output {output} of `{head}` has R² {r2:.4} against f32, less than {least_r2}")?;
                if ordinary_r2 >= least_r2 { write!(f, "; rows of ordinary size have {ordinary_r2:.4}, those far beyond saturate") } else { Ok(()) }
            }
            Self::FewRows { rows } => {
                write!(f, "{rows} rows are too few to choose ranges by; give {FEWEST_ROWS} or more, like those to be predicted")
            }
        }
    }
}
