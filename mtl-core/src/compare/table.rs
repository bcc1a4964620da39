//! A comparison as a table and as CSV.

use core::fmt::{self, Display, Formatter};
use std::borrow::ToOwned;
use std::io::{self, Write};
use std::string::{String, ToString};
use std::vec::Vec;

use super::statistics::Estimate;
use super::tasks::{Effect, MetricComparison, TaskComparison, effect};
use crate::better::Better;

/// Percent with its sign; `-` where it is not defined.
fn percent(estimate: Estimate) -> String {
    if estimate.mean.is_nan() {
        "-".to_owned()
    } else if estimate.half_width.is_nan() {
        std::format!("{:+.2} %", 100.0 * estimate.mean)
    } else {
        std::format!("{:+.2} ± {:.2} %", 100.0 * estimate.mean, 100.0 * estimate.half_width)
    }
}

fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Gains => "gains",
        Effect::Loses => "loses",
        Effect::Unclear => "no clear difference",
    }
}

/// ```text
/// head   metric          alone            shared           by sharing
/// left   accuracy        0.9312 ± 0.0041  0.9440 ± 0.0038  +1.37 ± 0.52 %  gains
/// right  accuracy        0.9521 ± 0.0030  0.9523 ± 0.0052  +0.02 ± 0.44 %  no clear difference
/// all heads (Δ_m)                                          +0.70 ± 0.35 %  gains
/// ```
///
/// and below, for each pair of heads, the mean cosine between their gradients by block.
impl Display for TaskComparison {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let cells = |cells: [&str; 6]| cells.map(ToOwned::to_owned);
        let mut lines = Vec::from([cells(["head", "metric", "alone", "shared", "by sharing", ""])]);
        for head in &self.heads {
            for (place, metric) in head.measures().enumerate() {
                let (improvement, name) = (Estimate::of(&metric.improvements()), if place == 0 { head.head } else { "" });
                let effect = if place == 0 { word(head.effect()) } else { "" };
                let (alone, shared) = (Estimate::of(&metric.alone).to_string(), Estimate::of(&metric.shared).to_string());
                lines.push(cells([name, metric.name, &alone, &shared, &percent(improvement), effect]));
            }
        }
        lines.push(cells(["all heads (Δ_m)", "", "", "", &percent(self.delta_m()), word(effect(self.delta_m()))]));
        write_aligned(formatter, &lines)?;
        write!(formatter, "\nIntervals of 95 % over {} seeds, each run against the one of its seed", self.seeds.len())?;
        if self.cosines.is_empty() {
            return Ok(());
        }
        let mut lines = Vec::from([["heads", "block", "cosine of their gradients"].map(ToOwned::to_owned)]);
        for pair in &self.cosines {
            let cosine = if pair.mean().is_nan() { "-".to_owned() } else { std::format!("{:+.3}", pair.mean()) };
            lines.push([std::format!("{}, {}", pair.left, pair.right), pair.block.to_owned(), cosine]);
        }
        write!(formatter, "\n\n")?;
        write_aligned(formatter, &lines)
    }
}

/// Cells in columns, to the left.
fn write_aligned<const COLUMNS: usize>(formatter: &mut Formatter<'_>, lines: &[[String; COLUMNS]]) -> fmt::Result {
    let widths: [usize; COLUMNS] = core::array::from_fn(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0));
    for (number, line) in lines.iter().enumerate() {
        let text: Vec<String> = line.iter().zip(widths).map(|(cell, width)| std::format!("{cell:<width$}")).collect();
        write!(formatter, "{}{}", if number == 0 { "" } else { "\n" }, text.join("  ").trim_end())?;
    }
    Ok(())
}

impl TaskComparison {
    /// Writes one line for each seed, head and metric: `seed, head, metric, better, alone, shared, improvement`. Numbers that are not defined are left empty.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_csv(&self, writer: impl Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(writer);
        writer.write_record(["seed", "head", "metric", "better", "alone", "shared", "improvement"])?;
        for (place, seed) in self.seeds.iter().enumerate() {
            for (head, metric) in self.heads.iter().flat_map(|head| head.metrics.iter().map(move |metric| (head.head, metric))) {
                let MetricComparison { name, better, alone, shared, .. } = metric;
                let better = match better {
                    Better::Higher => "higher",
                    Better::Lower => "lower",
                    Better::Neither => "neither",
                };
                let numbers = [alone[place], shared[place], metric.improvements()[place]].map(cell);
                let [alone, shared, improvement] = numbers.each_ref().map(String::as_str);
                writer.write_record([&seed.to_string(), head, name, better, alone, shared, improvement])?;
            }
        }
        writer.flush()
    }

    /// Writes the cosines between the heads' gradients over time: `epoch, left, right, block, cosine`, where the epoch 0 is before training.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_cosines_csv(&self, writer: impl Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(writer);
        writer.write_record(["epoch", "left", "right", "block", "cosine"])?;
        for pair in &self.cosines {
            for (epoch, &cosine) in pair.by_epoch.iter().enumerate() {
                writer.write_record([&epoch.to_string(), pair.left, pair.right, pair.block, &cell(cosine)])?;
            }
        }
        writer.flush()
    }
}

fn cell(value: f64) -> String {
    if value.is_nan() { String::new() } else { value.to_string() }
}
