//! A chart: axes, series, a legend. Labels are measured first, so that none lies on another.

use std::borrow::ToOwned;
use std::format;
use std::string::String;
use std::vec::Vec;

use super::picture::{Anchor, COLOURS, Colour, FAINT, GRID, INK, LARGE, NORMAL, Picture, SMALL, width};

/// What is drawn of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Line,
    Dashes,
    Dots,
    /// Bars of this width along the x axis, from 0.
    Bars(f64),
}

#[derive(Clone, Debug)]
pub(super) struct Series {
    /// What the legend calls it; empty for one that is not in it.
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
    pub(super) colour: Colour,
    pub(super) kind: Kind,
}

impl Series {
    pub(super) fn new(name: impl Into<String>, colour: Colour, kind: Kind, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points, colour, kind }
    }
}

/// The colour of one of several, and whether it is drawn as a line or in dashes: there are fewer colours than there may be series.
pub(super) const fn nth(place: usize) -> (Colour, Kind) {
    (COLOURS[place % COLOURS.len()], if (place / COLOURS.len()).is_multiple_of(2) { Kind::Line } else { Kind::Dashes })
}

/// How many series a chart may have that can still be told apart.
pub(super) const MOST: usize = 2 * COLOURS.len();

#[derive(Clone, Debug, Default)]
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) x_label: String,
    /// The ends of the axes; by the series where there are none.
    pub(super) x: Option<(f64, f64)>,
    pub(super) y: Option<(f64, f64)>,
    /// Whether x is a whole number.
    pub(super) whole: bool,
    pub(super) series: Vec<Series>,
    /// A line across at this x, with what the legend says of it.
    pub(super) mark: Option<(f64, String)>,
}

/// The height of a line of the legend, and the width of the sign before a text.
const LINE: f64 = 18.0;
const SIGN: f64 = 18.0;

/// A rectangle in a picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// An axis with its marks.
struct Axis {
    low: f64,
    high: f64,
    ticks: Vec<(f64, String)>,
}

impl Axis {
    /// With as many marks as there is room for: `fits` says whether these texts have it.
    fn new((low, high): (f64, f64), whole: bool, fits: impl Fn(&[(f64, String)]) -> bool) -> Self {
        let mut ticks = Vec::new();
        for most in (2..=7).rev() {
            ticks = marks(low, high, most, whole);
            if fits(&ticks) {
                break;
            }
        }
        Self { low, high, ticks }
    }

    fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }
}

/// At most so many round numbers from `low` to `high`, at steps of 1, 2 or 5 times a power of ten.
fn marks(low: f64, high: f64, most: usize, whole: bool) -> Vec<(f64, String)> {
    let least = ((high - low) / most as f64).max(f64::MIN_POSITIVE);
    let power = libm::pow(10.0, libm::floor(libm::log10(least)));
    let mut step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|&step| step >= least * (1.0 - 1e-9)).unwrap_or(10.0 * power);
    if whole {
        step = step.max(1.0);
    }
    let first = libm::ceil(low / step - 1e-9);
    let mut ticks = Vec::new();
    let mut number = first;
    while number * step <= high + 1e-9 * step && ticks.len() <= most + 1 {
        ticks.push((number * step, mark_text(number * step, step)));
        number += 1.0;
    }
    ticks
}

/// A mark with as many decimals as its step has.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
pub(super) fn mark_text(value: f64, step: f64) -> String {
    if value.abs() < step / 2.0 {
        return "0".to_owned();
    }
    let decimals = (-libm::floor(libm::log10(step) + 1e-9)).max(0.0) as usize;
    if decimals > 4 || value.abs() >= 1e6 { format!("{value:.1e}") } else { format!("{value:.decimals$}") }.replace('-', "−")
}

/// The ends of an axis for some values, with some room.
pub(super) fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) =
        values.filter(|value| value.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return (0.0, 1.0);
    }
    let room = if high > low { 0.06 * (high - low) } else { 0.1 * high.abs().max(1e-3) };
    (low - room, high + room)
}

impl Chart {
    /// The entries of the legend: a text, a colour and what is drawn before it.
    fn legend(&self) -> Vec<(&str, Colour, Kind)> {
        let series = self.series.iter().filter(|series| !series.name.is_empty()).map(|series| (series.name.as_str(), series.colour, series.kind));
        series.chain(self.mark.as_ref().map(|(_, text)| (text.as_str(), FAINT, Kind::Dashes))).collect()
    }

    /// The entries of the legend with their places: how far to the right, and in which line.
    fn legend_places(&self, across: f64) -> Vec<(f64, usize, String, Colour, Kind)> {
        let (mut x, mut line) = (0.0, 0);
        let entries = self.legend().into_iter().map(|(text, colour, kind)| {
            let text = super::picture::shortened(text, SMALL, across - SIGN - 6.0);
            let needed = SIGN + 6.0 + width(&text, SMALL);
            if x > 0.0 && x + needed > across {
                (x, line) = (0.0, line + 1);
            }
            let entry = (x, line, text, colour, kind);
            x += needed + 16.0;
            entry
        });
        entries.collect()
    }

    /// How much higher it is than one with a legend of one line.
    fn legend_height(&self, across: f64) -> f64 {
        self.legend_places(across).last().map_or(0.0, |last| last.1 as f64 * LINE)
    }

    pub(super) fn draw(&self, picture: &mut Picture, area: Area) {
        picture.text((area.left, area.top + 9.0), super::picture::shortened(&self.title, NORMAL, area.width), NORMAL, INK, Anchor::Left);
        let legend = self.legend_places(area.width);
        let line_at = |line: usize| area.top + 9.0 + LINE + 2.0 + line as f64 * LINE;
        for (right, line, text, colour, kind) in &legend {
            let (x, y) = (area.left + right, line_at(*line));
            match kind {
                Kind::Line => picture.line([(x, y), (x + SIGN, y)].to_vec(), *colour, 2.0),
                Kind::Dashes => picture.dashes(&[(x, y), (x + SIGN, y)], *colour, 2.0),
                Kind::Dots => picture.dot((x + SIGN / 2.0, y), 3.5, *colour, 1.0),
                Kind::Bars(_) => picture.rectangle((x + 3.0, y - 5.0), (SIGN - 6.0, 10.0), *colour),
            }
            picture.text((x + SIGN + 6.0, y), text.clone(), SMALL, INK, Anchor::Left);
        }
        let top = legend.last().map_or(area.top + LINE + 10.0, |last| line_at(last.1) + 14.0);
        let bottom = area.top + area.height - if self.x_label.is_empty() { 22.0 } else { 40.0 };

        let points = || self.series.iter().flat_map(|series| series.points.iter());
        let whole_ends = |(low, high): (f64, f64)| if self.whole { (low.max(0.5), high) } else { (low, high) };
        let x_ends = self.x.unwrap_or_else(|| whole_ends(ends(points().map(|point| point.0))));
        let bars = self.series.iter().any(|series| matches!(series.kind, Kind::Bars(_)));
        let y_ends = self.y.unwrap_or_else(|| ends(points().map(|point| point.1).chain(bars.then_some(0.0))));
        let y_ends = if bars { (y_ends.0.max(0.0), y_ends.1) } else { y_ends };
        let y_axis = Axis::new(y_ends, false, |ticks| ticks.len() as f64 * 20.0 <= bottom - top);
        let left = area.left + 8.0 + y_axis.ticks.iter().map(|(_, text)| width(text, SMALL)).fold(0.0, f64::max);
        let right = area.left + area.width - 8.0;
        let x_axis = Axis::new(x_ends, self.whole, |ticks| {
            let widest = ticks.iter().map(|(_, text)| width(text, SMALL)).fold(0.0, f64::max);
            ticks.len() < 2 || (right - left) * (ticks[1].0 - ticks[0].0) / (x_ends.1 - x_ends.0) > widest + 14.0
        });
        let place = |(x, y): (f64, f64)| (left + x_axis.share(x) * (right - left), bottom - y_axis.share(y) * (bottom - top));

        for (value, text) in &y_axis.ticks {
            let y = place((x_axis.low, *value)).1;
            picture.line([(left, y), (right, y)].to_vec(), GRID, 1.0);
            picture.text((left - 6.0, y), text.clone(), SMALL, FAINT, Anchor::Right);
        }
        for (value, text) in &x_axis.ticks {
            let x = place((*value, y_axis.low)).0;
            picture.line([(x, bottom), (x, bottom + 4.0)].to_vec(), FAINT, 1.0);
            picture.text((x, bottom + 13.0), text.clone(), SMALL, FAINT, Anchor::Middle);
        }
        picture.line([(left, bottom), (right, bottom)].to_vec(), FAINT, 1.0);
        if !self.x_label.is_empty() {
            picture.text((f64::midpoint(left, right), bottom + 31.0), self.x_label.clone(), SMALL, INK, Anchor::Middle);
        }
        if let Some((value, _)) = self.mark {
            let x = place((value, 0.0)).0;
            picture.dashes(&[(x, top), (x, bottom)], FAINT, 1.5);
        }
        let inside = |&(x, y): &(f64, f64)| x_axis.low <= x && x <= x_axis.high && y_axis.low <= y && y <= y_axis.high;
        for series in &self.series {
            match series.kind {
                Kind::Line | Kind::Dashes => {
                    for piece in series.points.split(|point| !inside(point)).filter(|piece| !piece.is_empty()) {
                        let points: Vec<(f64, f64)> = piece.iter().copied().map(place).collect();
                        match points.as_slice() {
                            [only] => picture.dot(*only, 3.0, series.colour, 1.0),
                            _ if series.kind == Kind::Dashes => picture.dashes(&points, series.colour, 2.0),
                            _ => picture.line(points, series.colour, 2.0),
                        }
                    }
                }
                Kind::Dots => {
                    let (radius, opacity) = if series.points.len() > 300 {
                        (2.0, 0.45)
                    } else if series.points.len() > 30 {
                        (2.5, 0.7)
                    } else {
                        (4.0, 1.0)
                    };
                    series.points.iter().filter(|point| inside(point)).for_each(|&point| picture.dot(place(point), radius, series.colour, opacity));
                }
                Kind::Bars(bar) => {
                    for &(x, y) in series.points.iter().filter(|point| point.1 > 0.0) {
                        let (from, to) = (place((x - bar / 2.0, y.min(y_axis.high))), place((x + bar / 2.0, 0.0)));
                        picture.rectangle((from.0 + 0.5, from.1), (to.0 - from.0 - 1.0, to.1 - from.1), series.colour);
                    }
                }
            }
        }
    }
}

/// Charts in rows, below a title. They are as high as said with a legend of one line.
pub(super) fn grid(title: &str, rows: &[Vec<Chart>], (chart_width, chart_height): (f64, f64)) -> Picture {
    const MARGIN: f64 = 18.0;
    const GAP: f64 = 22.0;
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0).max(1) as f64;
    let title_height = if title.is_empty() { 0.0 } else { 34.0 };
    let needed = width(title, LARGE) + 2.0 * MARGIN;
    let total = (2.0 * MARGIN + columns * chart_width + (columns - 1.0) * GAP).max(needed);
    let chart_height = chart_height + rows.iter().flatten().map(|chart| chart.legend_height(chart_width)).fold(0.0, f64::max);
    let mut picture = Picture::new(libm::ceil(total), 2.0 * MARGIN + title_height + rows.len() as f64 * (chart_height + GAP) - GAP);
    if !title.is_empty() {
        picture.text((MARGIN, MARGIN + 9.0), title, LARGE, INK, Anchor::Left);
    }
    for (row, charts) in rows.iter().enumerate() {
        for (column, chart) in charts.iter().enumerate() {
            let left = MARGIN + column as f64 * (chart_width + GAP);
            let top = MARGIN + title_height + row as f64 * (chart_height + GAP);
            chart.draw(&mut picture, Area { left, top, width: chart_width, height: chart_height });
        }
    }
    picture
}

/// Cut into rows of so many.
pub(super) fn in_rows(charts: Vec<Chart>, columns: usize) -> Vec<Vec<Chart>> {
    let mut rows = Vec::new();
    for chart in charts {
        match rows.last_mut() {
            Some(row) if Vec::len(row) < columns => row.push(chart),
            _ => rows.push(Vec::from([chart])),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::marks;
    use std::string::String;
    use std::vec::Vec;

    #[test]
    fn marks_are_round() {
        let texts = |low, high, most, whole| marks(low, high, most, whole).into_iter().map(|(_, text)| text).collect::<Vec<String>>();
        assert_eq!(texts(0.0, 1.0, 5, false), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(-0.031, 0.033, 3, false), ["0"]);
        assert_eq!(texts(-3.0, 3.0, 4, false), ["−2", "0", "2"]);
        assert_eq!(texts(0.8, 3.2, 7, true), ["1", "2", "3"]);
        assert_eq!(texts(0.0, 60_000.0, 4, false), ["0", "20000", "40000", "60000"]);
        assert_eq!(texts(0.0, 3e-6, 3, false), ["0", "1.0e−6", "2.0e−6", "3.0e−6"]);
    }
}
