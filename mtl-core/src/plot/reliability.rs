//! How often what is predicted with a probability is true.

use std::format;
use std::string::ToString;
use std::vec::Vec;

use super::chart::{Chart, Kind, Series, grid, in_rows};
use super::labelled::{HeadKind, heads};
use super::picture::{BLUE, FAINT, GRID};
use super::{Picture, PlotError};
use crate::data::Dataset;
use crate::model::Model;

/// How many bins the probabilities are cut into.
const BINS: usize = 10;

/// The share that is true against the probability.
pub(super) fn reliability<M: Model>(model: &M, dataset: &Dataset<M>) -> Result<Picture, PlotError> {
    let mut charts = Vec::new();
    for head in heads(model, dataset)? {
        let (label, rows): (&str, Vec<(f64, bool)>) = match &head.kind {
            HeadKind::Classes { rows, .. } => {
                let most = |scores: &[f64]| scores.iter().copied().enumerate().max_by(|left, right| left.1.total_cmp(&right.1));
                let row = |(scores, class): &(Vec<f64>, usize)| most(scores).map(|(predicted, probability)| (probability, predicted == *class));
                ("probability of the predicted class", rows.iter().filter_map(row).collect())
            }
            HeadKind::TwoClasses { is_probability: true, rows } => ("predicted probability", rows.clone()),
            HeadKind::TwoClasses { .. } | HeadKind::Numbers { .. } => continue,
        };
        let bins = bins(&rows);
        if bins.is_empty() {
            continue;
        }
        let count: usize = bins.iter().map(|bin| bin.rows).sum();
        let largest = bins.iter().map(|bin| bin.rows).max().unwrap_or(1);
        let error: f64 = bins.iter().map(|bin| bin.rows as f64 / count as f64 * (bin.probability - bin.frequency).abs()).sum();
        let shares = bins.iter().map(|bin| ((bin.number as f64 + 0.5) / BINS as f64, 0.3 * bin.rows as f64 / largest as f64)).collect();
        let points: Vec<(f64, f64)> = bins.iter().map(|bin| (bin.probability, bin.frequency)).collect();
        let series = Vec::from([
            Series::new("rows", GRID, Kind::Bars(1.0 / BINS as f64), shares),
            Series::new("as predicted", FAINT, Kind::Dashes, Vec::from([(0.0, 0.0), (1.0, 1.0)])),
            Series::new("", BLUE, Kind::Line, points.clone()),
            Series::new("found", BLUE, Kind::Dots, points),
        ]);
        let title = format!("{}: share that is true, error {error:.3}", head.name);
        charts.push(Chart { title, x_label: label.to_string(), x: Some((0.0, 1.0)), y: Some((0.0, 1.03)), series, ..Chart::default() });
    }
    if charts.is_empty() {
        return Err(PlotError::Nothing { why: "no head gives probabilities and has a label" });
    }
    Ok(grid("", &in_rows(charts, 3), (330.0, 330.0)))
}

/// The rows whose probability is in a bin: how many, their mean probability, and the share that is true.
struct Bin {
    number: usize,
    rows: usize,
    probability: f64,
    frequency: f64,
}

/// The bins that have rows.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates")]
fn bins(rows: &[(f64, bool)]) -> Vec<Bin> {
    let mut sums = [(0_usize, 0.0, 0.0); BINS];
    for &(probability, is_true) in rows.iter().filter(|row| row.0.is_finite()) {
        let (count, probabilities, trues) = &mut sums[((probability * BINS as f64) as usize).min(BINS - 1)];
        *count += 1;
        *probabilities += probability;
        *trues += f64::from(u8::from(is_true));
    }
    let mean = |(number, (rows, probabilities, trues)): (usize, (usize, f64, f64))| Bin {
        number,
        rows,
        probability: probabilities / rows as f64,
        frequency: trues / rows as f64,
    };
    sums.into_iter().enumerate().filter(|(_, sum)| sum.0 > 0).map(mean).collect()
}
