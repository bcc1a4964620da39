//! ROC curves, and precision against recall.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::chart::{Chart, Kind, MOST, Series, grid, in_rows, nth};
use super::labelled::heads;
use super::picture::FAINT;
use super::{Picture, PlotError};
use crate::data::Dataset;
use crate::model::Model;

/// The share of a class's rows that are found against that of the others that are taken for it.
pub(super) fn roc<M: Model>(model: &M, dataset: &Dataset<M>) -> Result<Picture, PlotError> {
    picture(model, dataset, "ROC", "false positive rate", |rows| {
        let curve = roc_points(rows);
        let area: f64 = curve.windows(2).map(|ends| (ends[1].0 - ends[0].0) * f64::midpoint(ends[0].1, ends[1].1)).sum();
        let chance = Vec::from([(0.0, 0.0), (1.0, 1.0)]);
        (format!("AUC {area:.3}"), curve, chance)
    })
}

/// Precision against recall.
pub(super) fn precision_recall<M: Model>(model: &M, dataset: &Dataset<M>) -> Result<Picture, PlotError> {
    picture(model, dataset, "Precision", "recall", |rows| {
        let curve = precision_points(rows);
        let steps = curve.windows(2).map(|ends| (ends[1].0 - ends[0].0) * ends[1].1);
        let average = steps.sum::<f64>() + curve.first().map_or(0.0, |first| first.0 * first.1);
        let share = rows.iter().filter(|row| row.1).count() as f64 / rows.len() as f64;
        (format!("average {average:.3}"), curve, Vec::from([(0.0, share), (1.0, share)]))
    })
}

/// A curve of a class: what its legend says, its points, and those of a guess.
type Curve = (String, Vec<(f64, f64)>, Vec<(f64, f64)>);

fn picture<M: Model>(
    model: &M,
    dataset: &Dataset<M>,
    what: &str,
    x_label: &str,
    curve: impl Fn(&[(f64, bool)]) -> Curve,
) -> Result<Picture, PlotError> {
    let mut charts = Vec::new();
    for head in heads(model, dataset)? {
        let classes = head.against_others();
        if classes.is_empty() {
            continue;
        }
        let (mut guesses, mut series) = (Vec::new(), Vec::new());
        for (place, (name, rows)) in classes.iter().take(MOST).enumerate() {
            let (text, points, guess) = curve(rows);
            let (colour, kind) = nth(place);
            let name = if name.is_empty() { text } else { format!("{name}, {text}") };
            series.push(Series::new(name, colour, kind, thinned(points)));
            guesses.push(Series::new("", FAINT, Kind::Dashes, guess));
        }
        // A guess is the same for all, or there would be as many grey lines as classes.
        guesses.truncate(usize::from(guesses.iter().all(|other| other.points == guesses[0].points)));
        let (x, y) = (Some((0.0, 1.0)), Some((0.0, 1.005)));
        let some = if classes.len() > MOST { format!(", the first {MOST} of {} classes", classes.len()) } else { String::new() };
        let title = format!("{what} of {}{some}", head.name);
        charts.push(Chart { title, x_label: x_label.to_string(), x, y, series: guesses.into_iter().chain(series).collect(), ..Chart::default() });
    }
    if charts.is_empty() {
        return Err(PlotError::Nothing { why: "no head has rows of two classes" });
    }
    Ok(grid("", &in_rows(charts, 3), (330.0, 340.0)))
}

/// Rows from the highest score down, cut where the score changes: how many of the class and of the others are at least as high. NaN is the lowest.
fn counts(rows: &[(f64, bool)]) -> Vec<(u64, u64)> {
    let mut sorted = rows.to_vec();
    let score = |score: f64| if score.is_nan() { f64::NEG_INFINITY } else { score };
    sorted.sort_by(|left, right| score(right.0).total_cmp(&score(left.0)));
    let (mut positive, mut negative, mut all) = (0, 0, Vec::new());
    for (place, &(own, is_positive)) in sorted.iter().enumerate() {
        *(if is_positive { &mut positive } else { &mut negative }) += 1;
        if sorted.get(place + 1).is_none_or(|next| score(next.0) < score(own)) {
            all.push((positive, negative));
        }
    }
    all
}

/// The points of an ROC curve, from (0, 0) to (1, 1).
fn roc_points(rows: &[(f64, bool)]) -> Vec<(f64, f64)> {
    let counts = counts(rows);
    let Some(&(positive, negative)) = counts.last() else { return Vec::new() };
    let share = |&(found, wrong): &(u64, u64)| (wrong as f64 / negative as f64, found as f64 / positive as f64);
    [(0.0, 0.0)].into_iter().chain(counts.iter().map(share)).collect()
}

/// The points of precision against recall, from the highest score on.
fn precision_points(rows: &[(f64, bool)]) -> Vec<(f64, f64)> {
    let counts = counts(rows);
    let positive = counts.last().map_or(0, |last| last.0);
    counts.iter().map(|&(found, wrong)| (found as f64 / positive as f64, found as f64 / (found + wrong) as f64)).collect()
}

/// No more points than can be seen: those that are half a pixel from the one before, and the last.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    const NEAR: f64 = 0.0015;
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let last = points.last().copied();
    for point in points {
        if kept.last().is_none_or(|before| (point.0 - before.0).abs() + (point.1 - before.1).abs() > NEAR) {
            kept.push(point);
        }
    }
    if last != kept.last().copied() {
        kept.extend(last);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{precision_points, roc_points};

    /// By hand: the scores 0.9 (yes), 0.8 (no), 0.8 (yes), 0.1 (no).
    #[test]
    fn curves_go_by_the_threshold_and_ties_are_one_step() {
        let rows = [(0.8, false), (0.1, false), (0.9, true), (0.8, true)];
        assert_eq!(roc_points(&rows), [(0.0, 0.0), (0.0, 0.5), (0.5, 1.0), (1.0, 1.0)]);
        assert_eq!(precision_points(&rows), [(0.5, 1.0), (1.0, 2.0 / 3.0), (1.0, 0.5)]);
    }
}
