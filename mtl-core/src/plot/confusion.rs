//! Confusion matrices.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::picture::{Anchor, FAINT, INK, LARGE, NORMAL, SMALL, shortened, width};
use super::{Picture, PlotError};
use crate::report::{Cell, ConfusionMatrix, Report};

const MARGIN: f64 = 18.0;

/// Every matrix of a report, side by side.
pub(crate) fn confusion_picture<R: Report>(report: &R) -> Result<Picture, PlotError> {
    let mut pictures = Vec::new();
    for row in report.heads() {
        for (name, cell) in &row.metrics {
            if let Cell::Matrix(matrix) = cell {
                pictures.push(matrix_picture(&format!("{}: {name}", row.head), matrix));
            }
        }
    }
    let Some((first, others)) = pictures.split_first() else {
        return Err(PlotError::Nothing { why: "no head has the metric `confusion`" });
    };
    let mut all = first.clone();
    for other in others {
        let moved = other.shapes.iter().cloned().map(|shape| shape.moved(all.width));
        all.shapes.extend(moved);
        (all.width, all.height) = (all.width + other.width, all.height.max(other.height));
    }
    Ok(all)
}

/// A matrix: the darker a cell, the larger its share of the true class.
pub(crate) fn matrix_picture(title: &str, matrix: &ConfusionMatrix) -> Picture {
    let classes = matrix.counts.len();
    let names: Vec<String> = (0..classes).map(|class| shortened(&matrix.name(class), SMALL, 150.0)).collect();
    let widest = names.iter().map(|name| width(name, SMALL)).fold(0.0, f64::max);
    let counts = matrix.counts.iter().flatten().map(|count| width(&count.to_string(), NORMAL)).fold(0.0, f64::max);
    // A few cells may be as wide as their names.
    let roomy = if classes <= 6 { (widest + 12.0).min(90.0) } else { 0.0 };
    let cell = (counts + 14.0).max(36.0).max(roomy);
    // Names that are wider than a cell stand upright below it.
    let upright = widest + 8.0 > cell;
    let below = if upright { widest + 8.0 } else { 22.0 };
    let (left, top) = (MARGIN + 24.0 + widest, MARGIN + 34.0);
    let side = cell * classes as f64;
    let needed = MARGIN + width(title, LARGE) + MARGIN;
    let mut picture = Picture::new(libm::ceil((left + side + MARGIN).max(needed)), libm::ceil(top + side + below + 26.0 + MARGIN));
    picture.text((MARGIN, MARGIN + 9.0), title, LARGE, INK, Anchor::Left);
    for (row, counts) in matrix.counts.iter().enumerate() {
        let sum: u64 = counts.iter().sum();
        for (column, &count) in counts.iter().enumerate() {
            let share = if sum == 0 { 0.0 } else { count as f64 / sum as f64 };
            let at = (left + column as f64 * cell, top + row as f64 * cell);
            picture.rectangle((at.0 + 0.5, at.1 + 0.5), (cell - 1.0, cell - 1.0), shade(share));
            let ink = match count {
                0 => FAINT,
                _ if share > 0.5 => (255, 255, 255),
                _ => INK,
            };
            picture.text((at.0 + cell / 2.0, at.1 + cell / 2.0), count.to_string(), NORMAL, ink, Anchor::Middle);
        }
    }
    for (class, name) in names.iter().enumerate() {
        let middle = (class as f64 + 0.5) * cell;
        picture.text((left - 6.0, top + middle), name.clone(), SMALL, INK, Anchor::Right);
        if upright {
            picture.text_upwards((left + middle, top + side + 6.0), name.clone(), SMALL, Anchor::Right);
        } else {
            picture.text((left + middle, top + side + 12.0), name.clone(), SMALL, INK, Anchor::Middle);
        }
    }
    picture.text((left + side / 2.0, top + side + below + 10.0), "predicted", SMALL, INK, Anchor::Middle);
    picture.text_upwards((MARGIN + 6.0, top + side / 2.0), "true", SMALL, Anchor::Middle);
    picture
}

/// From a grey that shows the cell to blue.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a byte")]
fn shade(share: f64) -> (u8, u8, u8) {
    let mix = |from: f64, to: f64| (from + (to - from) * share) as u8;
    (mix(240.0, 0.0), mix(243.0, 92.0), mix(246.0, 150.0))
}
