//! A model card: one page about one trained model, to hand over (Mitchell 2019).

use std::format;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use super::{Cell, Report};
use crate::compare::TaskComparison;
use crate::diagram::escaped;
use crate::error::FileError;
use crate::evaluate::Evaluate;
use crate::model::{Columns, HeadInfo, InputInfo};
use crate::plot::PlotError;
use crate::trainer::History;
use crate::weights;

/// A page about a model: what it is for, what flows through it, its data, how it was trained, how good it is, and what it takes.
///
/// It is one HTML file without scripts and without other files, readable on light and dark screens.
#[derive(Clone, Debug)]
pub struct Card {
    name: &'static str,
    sections: Vec<(String, String)>,
}

/// The card of a trained model: its declaration, the course of its training, and its evaluation on data that training did not see.
///
/// ```
/// # use mtl_core::{Evaluate, report::Card, trainer::History};
/// # fn about<M: Evaluate>(model: &M, history: &History<M>, report: &M::Report) -> Result<(), Box<dyn std::error::Error>> {
/// let card = mtl_core::report::card(model, history, report)?;
/// card.note("What it is not for", "Decisions about single persons without a human.").save("target/card.html")?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// A history without an epoch, of which there is nothing to draw.
pub fn card<M: Evaluate>(model: &M, history: &History<M>, report: &M::Report) -> Result<Card, PlotError> {
    let mut card = Card { name: M::NAME, sections: Vec::new() };
    if !M::ABOUT.is_empty() {
        card.add("What it is for", paragraphs(M::ABOUT));
    }
    card.add("What flows through it", picture(&M::diagram().svg()));
    card.add("Inputs", table(&["input", "what it is", "read from"], M::INPUTS.iter().map(input)));
    card.add("Heads", table(&["head", "target", "loss", "weight"], M::HEADS.iter().map(head)));
    let ending = history.ending.as_ref().map_or_else(String::new, |ending| format!("<p>{}.</p>", escaped(&ending.to_string())));
    card.add("Training", ending + &picture(&history.picture()?.to_svg()));
    card.add("How good it is", evaluation(report));
    card.add("What it takes", sizes(model));
    Ok(card)
}

impl Card {
    /// Adds a section of one's own: limits, who trained it, where the data come from.
    #[must_use]
    pub fn note(mut self, title: &str, text: &str) -> Self {
        self.add(title, paragraphs(text));
        self
    }

    /// Adds whether sharing helped each head.
    #[must_use]
    pub fn comparison(mut self, comparison: &TaskComparison) -> Self {
        let table = format!("<pre>{}</pre>", escaped(&comparison.to_string()));
        self.add("Whether sharing helped", table + &picture(&comparison.picture().to_svg()));
        self
    }

    /// The page.
    #[must_use]
    pub fn to_html(&self) -> String {
        let name = escaped(self.name);
        let sections: String =
            self.sections.iter().map(|(title, body)| format!("<section><h2>{}</h2>\n{body}\n</section>\n", escaped(title))).collect();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{name}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n{sections}</body>\n</html>\n"
        )
    }

    /// Writes the page to a file.
    ///
    /// # Errors
    ///
    /// A file that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        std::fs::write(path, self.to_html()).map_err(FileError::of(path))
    }

    fn add(&mut self, title: &str, body: String) {
        self.sections.push((title.to_string(), body));
    }
}

const STYLE: &str = "body{max-width:60rem;margin:2rem auto;padding:0 1rem;font:16px/1.5 system-ui,sans-serif;color:#1f2328;background:#fff}\
h1{margin-bottom:0}h2{margin:2.2rem 0 .6rem;font-size:1.15rem;border-bottom:1px solid #d0d7de;padding-bottom:.2rem}\
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.25rem .8rem .25rem 0;text-align:left;vertical-align:top}\
th{font-weight:600;border-bottom:1px solid #d0d7de}td.number,th.number{text-align:right}\
figure{margin:0;padding:.8rem;background:#fff;border-radius:8px;overflow-x:auto}figure svg{max-width:100%;height:auto}\
pre{overflow-x:auto}@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}h2,th{border-color:#30363d}}";

fn picture(svg: &str) -> String {
    // Only a file of its own begins with this.
    let svg = svg.split_once("<svg").map_or_else(|| svg.to_string(), |(_, rest)| format!("<svg{rest}"));
    format!("<figure>{svg}</figure>")
}

fn paragraphs(text: &str) -> String {
    text.split("\n\n").map(|paragraph| format!("<p>{}</p>", escaped(paragraph.trim()))).collect()
}

fn table<const N: usize>(titles: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let head: String = titles.iter().map(|title| format!("<th>{title}</th>")).collect();
    let rows: String = rows.map(|row| format!("<tr>{}</tr>\n", row.map(|cell| format!("<td>{}</td>", escaped(&cell))).concat())).collect();
    format!("<table>\n<tr>{head}</tr>\n{rows}</table>")
}

fn input(input: &InputInfo) -> [String; 3] {
    use crate::model::record::FieldKind;
    let what = match input.kind {
        FieldKind::Class { classes } => format!("one of {classes} classes"),
        FieldKind::Real { .. } => format!("{:?} numbers", input.shape),
    };
    [input.name.to_string(), what, columns(&input.columns)]
}

fn columns(columns: &Columns) -> String {
    match columns {
        Columns::Named([column]) if !column.labels.is_empty() => format!("`{}`: {}", column.title, column.labels.join(", ")),
        Columns::Named(columns) => {
            let names = columns.iter().map(|column| format!("{}{}", column.title, if column.optional { " (may be missing)" } else { "" }));
            names.collect::<Vec<_>>().join(", ")
        }
        Columns::Numbered { title } => title.replace("{}", "0, 1, .."),
    }
}

fn head(head: &HeadInfo) -> [String; 4] {
    let partial = if head.partial { ", may be missing" } else { "" };
    let target = match head.columns.named() {
        [column] if !column.labels.is_empty() => column.labels.join(", "),
        _ => format!("{} {}", head.outputs, if head.outputs == 1 { "number" } else { "values" }),
    };
    [head.name.to_string(), format!("{target}{partial}"), head.loss.to_string(), head.weight.to_string()]
}

/// Losses and metrics by head, and the confusion matrices.
fn evaluation<R: Report>(report: &R) -> String {
    let heads = report.heads();
    let mut metrics: Vec<&str> = Vec::new();
    for (name, cell) in heads.iter().flat_map(|head| &head.metrics) {
        if matches!(cell, Cell::Number(_)) && !metrics.contains(name) {
            metrics.push(name);
        }
    }
    let number = |text: String| format!("<td class=\"number\">{text}</td>");
    let title = |text: &str| format!("<th class=\"number\">{text}</th>");
    let titles: String = ["labels", "loss"].iter().chain(&metrics).map(|text| title(text)).collect();
    let rows: String = heads
        .iter()
        .map(|head| {
            let values: String = metrics
                .iter()
                .map(|metric| match head.metrics.iter().find(|(name, _)| name == metric) {
                    Some((_, Cell::Number(value))) => number(format!("{value:.4}")),
                    Some((_, Cell::Matrix(_))) | None => number(String::new()),
                })
                .collect();
            format!("<tr><td>{}</td>{}{}{values}</tr>\n", escaped(head.head), number(head.labels.to_string()), number(format!("{:.4}", head.loss)))
        })
        .collect();
    let matrices = report.confusion_picture().map_or_else(|_| String::new(), |drawn| picture(&drawn.to_svg()));
    format!("<table>\n<tr><th>head</th>{titles}</tr>\n{rows}</table>\n{matrices}")
}

fn sizes<M: Evaluate>(_: &M) -> String {
    let rows = [
        ["parameters".to_string(), format!("{} ({} trained)", M::PARAMETER_COUNT, M::TRAINABLE_COUNT)],
        ["bytes of weights".to_string(), M::WEIGHT_BYTES.to_string()],
        ["multiply-adds of a prediction".to_string(), M::MULTIPLY_ADDS.to_string()],
        ["bytes of the stack of a prediction".to_string(), M::STACK_BYTES.to_string()],
        ["fingerprint".to_string(), format!("{:016x}", weights::fingerprint::<M>())],
    ];
    table(&["", ""], rows.into_iter())
}
