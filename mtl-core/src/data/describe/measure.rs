//! What is measured of a column while its cells go by.

use core::cmp::Reverse;
use std::borrow::ToOwned;
use std::collections::BTreeMap;
use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

use csv::StringRecord;

use super::Description;
use crate::category::alike;
use crate::data::DataError;
use crate::data::csv::shortened;
use crate::data::table::{Records, Source, Table};

/// How many distinct values of a column are told apart.
const MOST_DISTINCT: usize = 4096;
/// How many categories are written out.
pub(super) const MOST_CATEGORIES: usize = 64;
/// How many texts that are no numbers a column of numbers may have.
const MOST_NO_NUMBERS: usize = 3;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Nothing.
    Empty,
    /// One value.
    Constant,
    /// 0 and 1, or words such as `yes` and `no`.
    Truth,
    /// Numbers.
    Numbers,
    /// A whole number for each row, which tells nothing but which row it is.
    RowNumber,
    /// Texts that come again and again.
    Categories,
    /// Texts of which most come once.
    Text,
}

impl ColumnKind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Constant => "constant",
            Self::Truth => "yes or no",
            Self::Numbers => "numbers",
            Self::RowNumber => "row number",
            Self::Categories => "categories",
            Self::Text => "text",
        }
    }
}

/// What a column looks like.
#[derive(Clone, Debug)]
pub struct ColumnDescription {
    /// What the file calls it.
    pub title: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// How many cells are missing: empty ones, and those with one of the texts of [`Table::missing`].
    pub missing: usize,
    /// How many cells are there.
    pub present: usize,
    /// How many different values there are, as far as they are counted.
    pub distinct: usize,
    /// Whether there are no more of them.
    pub distinct_is_exact: bool,
    /// The least of the numbers.
    pub min: f64,
    /// The greatest of them.
    pub max: f64,
    /// Their mean.
    pub mean: f64,
    /// Whether all of them are whole.
    pub whole: bool,
    /// The texts and how many cells have them, the most frequent first; those that are one category together. Empty where there are too many.
    pub categories: Vec<(String, usize)>,
    /// Texts in a column of numbers.
    pub no_numbers: Vec<String>,
}

impl ColumnDescription {
    /// Its values in a few words.
    pub(super) fn values(&self) -> String {
        let listed = |most: usize| {
            let first = self.categories.iter().take(most).map(|(text, count)| format!("{} {count}", shortened(text, 24))).collect::<Vec<_>>();
            format!("{}{}", first.join(", "), if self.categories.len() > most { ", .." } else { "" })
        };
        match self.kind {
            ColumnKind::Empty => String::new(),
            ColumnKind::Constant | ColumnKind::Truth | ColumnKind::Categories | ColumnKind::Text => listed(4),
            ColumnKind::Numbers | ColumnKind::RowNumber => {
                let others = if self.no_numbers.is_empty() { String::new() } else { format!("; no numbers: {}", self.no_numbers.join(", ")) };
                format!("{} to {}, mean {}{}{others}", self.min, self.max, rounded(self.mean), if self.whole { ", whole" } else { "" })
            }
        }
    }

    /// The value for rows to train on, of a column that says how a file is split.
    pub(super) fn split_value(&self) -> Option<&str> {
        const PARTS: [&str; 6] = ["train", "training", "test", "testing", "validation", "valid"];
        let of_parts =
            self.kind == ColumnKind::Categories && self.categories.iter().all(|(text, _)| PARTS.contains(&text.to_ascii_lowercase().as_str()));
        let train = self.categories.iter().find(|(text, _)| text.to_ascii_lowercase().starts_with("train"));
        train.filter(|_| of_parts).map(|(text, _)| text.as_str())
    }
}

/// A number with about four digits.
fn rounded(value: f64) -> String {
    let digits = (3 - value.abs().max(1e-9).log10().floor() as i32).clamp(0, 9) as usize;
    format!("{value:.digits$}")
}

/// A column while it is read.
struct Column {
    title: String,
    missing: usize,
    present: usize,
    numbers: usize,
    truths: usize,
    whole: bool,
    /// Whether each number is the one before it and 1.
    counts_up: bool,
    previous: Option<f64>,
    min: f64,
    max: f64,
    sum: f64,
    values: BTreeMap<String, usize>,
    all_told_apart: bool,
    no_numbers: Vec<String>,
    others: usize,
}

impl Column {
    fn new(title: &str) -> Self {
        Self {
            title: title.trim().to_owned(),
            missing: 0,
            present: 0,
            numbers: 0,
            truths: 0,
            whole: true,
            counts_up: true,
            previous: None,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            sum: 0.0,
            values: BTreeMap::new(),
            all_told_apart: true,
            no_numbers: Vec::new(),
            others: 0,
        }
    }

    fn push(&mut self, cell: &str, missing: &[String]) {
        if missing.iter().any(|text| text == cell) {
            self.missing += 1;
            return;
        }
        self.present += 1;
        match cell.parse::<f64>().ok().filter(|number| number.is_finite()) {
            Some(number) => {
                self.numbers += 1;
                self.whole &= number.fract() == 0.0;
                self.counts_up &= self.previous.is_none_or(|previous| number == previous + 1.0);
                self.previous = Some(number);
                self.min = self.min.min(number);
                self.max = self.max.max(number);
                self.sum += number;
            }
            None if ["yes", "no", "true", "false"].iter().any(|word| word.eq_ignore_ascii_case(cell)) => self.truths += 1,
            None => {
                self.others += 1;
                if self.no_numbers.len() <= MOST_NO_NUMBERS && !self.no_numbers.iter().any(|text| text == cell) {
                    self.no_numbers.push(cell.to_owned());
                }
            }
        }
        if let Some(count) = self.values.get_mut(cell) {
            *count += 1;
        } else if self.values.len() < MOST_DISTINCT {
            self.values.insert(cell.to_owned(), 1);
        } else {
            self.all_told_apart = false;
        }
    }

    fn described(mut self) -> ColumnDescription {
        // Few texts among many numbers stand for cells that are missing.
        let strays = self.others > 0 && self.truths == 0 && self.no_numbers.len() <= MOST_NO_NUMBERS && self.others * 20 <= self.numbers;
        if strays {
            for text in &self.no_numbers {
                self.values.remove(text);
            }
            self.missing += self.others;
            self.present -= self.others;
        } else {
            self.no_numbers.clear();
        }
        let mut categories = together(core::mem::take(&mut self.values));
        let kind = self.kind(&categories);
        let distinct = categories.len();
        if distinct > MOST_CATEGORIES && matches!(kind, ColumnKind::Numbers | ColumnKind::RowNumber) {
            categories.clear();
        }
        ColumnDescription {
            title: self.title,
            kind,
            missing: self.missing,
            present: self.present,
            distinct,
            distinct_is_exact: self.all_told_apart,
            min: self.min,
            max: self.max,
            mean: self.sum / self.numbers as f64,
            whole: self.whole && self.numbers > 0,
            categories,
            no_numbers: self.no_numbers,
        }
    }

    fn kind(&self, categories: &[(String, usize)]) -> ColumnKind {
        let is_bit = |text: &str| text.parse::<f64>().is_ok_and(|number| number == 0.0 || number == 1.0);
        match categories.len() {
            0 => ColumnKind::Empty,
            1 => ColumnKind::Constant,
            2 if self.truths == self.present || categories.iter().all(|(text, _)| is_bit(text)) => ColumnKind::Truth,
            _ if self.numbers == self.present && self.counts_up && self.whole && self.missing == 0 && self.present > 2 => ColumnKind::RowNumber,
            _ if self.numbers == self.present => ColumnKind::Numbers,
            distinct if self.all_told_apart && (distinct <= MOST_CATEGORIES && distinct * 2 <= self.present || distinct * 20 <= self.present) => {
                ColumnKind::Categories
            }
            _ => ColumnKind::Text,
        }
    }
}

/// Texts that are one category as one, by the most frequent of them; the most frequent categories first.
fn together(values: BTreeMap<String, usize>) -> Vec<(String, usize)> {
    let mut texts: Vec<(String, usize)> = values.into_iter().collect();
    texts.sort_by_key(|(_, count)| Reverse(*count));
    if texts.len() > 20 * MOST_CATEGORIES {
        return texts;
    }
    let mut categories: Vec<(String, usize)> = vec![];
    for (text, count) in texts {
        match categories.iter_mut().find(|(category, _)| alike(category, &text)) {
            Some((_, total)) => *total += count,
            None => categories.push((text, count)),
        }
    }
    categories.sort_by_key(|(_, count)| Reverse(*count));
    categories
}

impl<S: Source> Table<S> {
    /// What each column of the table looks like: see [`describe`](crate::data::describe).
    ///
    /// # Errors
    ///
    /// A file that cannot be read, and the first line that cannot be cut into cells, by its number.
    pub fn describe(&self) -> Result<Description, DataError> {
        let mut lines = self.source.records()?;
        let (titles, _) = lines.titles()?;
        let mut columns: Vec<Column> = titles.iter().map(Column::new).collect();
        let mut record = StringRecord::new();
        let mut rows = 0;
        while lines.next(&mut record, &titles)?.is_some() {
            for (column, cell) in columns.iter_mut().zip(&record) {
                column.push(cell.trim(), &self.mapping.missing);
            }
            rows += 1;
        }
        Ok(Description { file: self.source.name(), rows, columns: columns.into_iter().map(Column::described).collect() })
    }
}
