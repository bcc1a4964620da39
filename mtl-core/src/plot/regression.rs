//! Predicted against true numbers.

use std::format;
use std::string::ToString;
use std::vec::Vec;

use super::chart::{Chart, Kind, Series, ends, grid};
use super::labelled::{HeadKind, heads};
use super::picture::{BLUE, FAINT};
use super::{Picture, PlotError};
use crate::data::Dataset;
use crate::model::Model;

/// Predicted against true numbers, and the residuals beside them.
pub(super) fn predicted<M: Model>(model: &M, dataset: &Dataset<M>) -> Result<Picture, PlotError> {
    const MOST: usize = 1500;
    let mut rows = Vec::new();
    for head in heads(model, dataset)? {
        let HeadKind::Numbers { outputs } = &head.kind else { continue };
        for (number, pairs) in outputs.iter().enumerate().filter(|(_, pairs)| !pairs.is_empty()) {
            let name = if outputs.len() == 1 { head.name.to_string() } else { format!("{} {number}", head.name) };
            let count = pairs.len().min(MOST);
            let some: Vec<(f64, f64)> = (0..count).map(|place| pairs[place * pairs.len() / count]).collect();
            let range = ends(some.iter().flat_map(|&(predicted, label)| [predicted, label]));
            let same = Series::new("predicted = true", FAINT, Kind::Dashes, Vec::from([(range.0, range.0), (range.1, range.1)]));
            let points = some.iter().map(|&(predicted, label)| (label, predicted)).collect();
            let title = format!("{name}: predicted");
            let series = Vec::from([same, Series::new("", BLUE, Kind::Dots, points)]);
            let chart = Chart { title, x_label: format!("{name}, true"), x: Some(range), y: Some(range), series, ..Chart::default() };

            let residuals: Vec<(f64, f64)> = some.iter().map(|&(predicted, label)| (predicted, label - predicted)).collect();
            let x = ends(residuals.iter().map(|point| point.0));
            let zero = Series::new("true = predicted", FAINT, Kind::Dashes, Vec::from([(x.0, 0.0), (x.1, 0.0)]));
            let series = Vec::from([zero, Series::new("", BLUE, Kind::Dots, residuals)]);
            let title = format!("{name}: residuals");
            let beside = Chart { title, x_label: format!("{name}, predicted"), x: Some(x), series, ..Chart::default() };
            rows.push(Vec::from([chart, beside]));
        }
    }
    if rows.is_empty() {
        return Err(PlotError::Nothing { why: "no head gives numbers and has a label" });
    }
    Ok(grid("", &rows, (340.0, 320.0)))
}
