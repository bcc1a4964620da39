//! A declaration to start from, written out.

use std::borrow::ToOwned;
use std::format;
use std::string::String;
use std::vec::Vec;

use super::measure::MOST_CATEGORIES;
use super::{ColumnDescription, ColumnKind, Description};
use crate::data::DataError;

/// Categories of more than so many are embedded.
const MOST_ONE_HOT: usize = 12;
/// Numbers from 0 up to less than this may be classes.
const MOST_NUMBERED_CLASSES: usize = 20;
/// How wide a line may be.
const WIDTH: usize = 110;

pub(super) fn write(of: &Description, model: &str, targets: &[&str]) -> Result<String, DataError> {
    let problem = |problem: String| Err(DataError::Unreadable { problem });
    if targets.is_empty() {
        return problem("name at least one column as a target".to_owned());
    }
    let targets = targets.iter().map(|title| of.column(title)).collect::<Result<Vec<_>, _>>()?;
    if let Some(target) = targets.iter().find(|target| !can_be_learned(target)) {
        return problem(format!("nothing can be learned from the column `{}` as a target: it is {}", target.title, target.kind.name()));
    }
    let is_target = |column: &ColumnDescription| targets.iter().any(|target| target.title == column.title);
    let split = of.split();
    let (mut numbers, mut categories, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for column in of.columns.iter().filter(|column| !is_target(column) && split.is_none_or(|(title, _)| column.title != title)) {
        match column.kind {
            ColumnKind::Categories => categories.push(column),
            ColumnKind::Numbers if numbered_classes(column) => categories.push(column),
            ColumnKind::Numbers | ColumnKind::Truth => numbers.push(column),
            ColumnKind::Empty | ColumnKind::Constant | ColumnKind::RowNumber | ColumnKind::Text => left_out.push(column),
        }
    }
    if numbers.is_empty() && categories.is_empty() {
        return problem("no column is left for an input".to_owned());
    }
    let writer = Writer { text: String::new(), names: Names::new(model) };
    Ok(writer.write(of, &numbers, &categories, &targets, &left_out))
}

fn can_be_learned(target: &ColumnDescription) -> bool {
    match target.kind {
        ColumnKind::Truth | ColumnKind::Numbers | ColumnKind::Categories => true,
        ColumnKind::Empty | ColumnKind::Constant | ColumnKind::RowNumber | ColumnKind::Text => false,
    }
}

/// What a head is to learn.
enum Task {
    Truth,
    Classes,
    Counts,
    Numbers,
}

fn task(target: &ColumnDescription) -> Task {
    match target.kind {
        ColumnKind::Truth => Task::Truth,
        ColumnKind::Categories => Task::Classes,
        _ if numbered_classes(target) => Task::Classes,
        // Counts begin at 0 and are skewed: most are below the middle.
        _ if target.whole && target.min == 0.0 && target.mean * 3.0 < target.max => Task::Counts,
        _ => Task::Numbers,
    }
}

/// Whether numbers are those of classes: all from 0 on, none of them rare.
fn numbered_classes(target: &ColumnDescription) -> bool {
    let contiguous = target.min == 0.0 && target.distinct as f64 == target.max + 1.0 && target.distinct <= MOST_NUMBERED_CLASSES;
    target.whole && contiguous && target.categories.iter().all(|(_, count)| count * 100 >= target.present)
}

struct Writer {
    text: String,
    names: Names,
}

impl Writer {
    fn write(
        mut self,
        of: &Description,
        numbers: &[&ColumnDescription],
        categories: &[&ColumnDescription],
        targets: &[&ColumnDescription],
        left_out: &[&ColumnDescription],
    ) -> String {
        self.reading(of, left_out);
        let model = self.names.model.clone();
        self.line(0, "multitask! {");
        self.line(1, &format!("pub struct {model} {{"));
        // Heads choose their names first: they are those of the report.
        let heads: Vec<String> = targets.iter().map(|target| self.names.field(&target.title)).collect();
        let mut flows = Vec::new();
        if !numbers.is_empty() {
            let name = self.names.field("record");
            self.columns(&name, numbers);
            flows.push(format!("{name} -> Normalize"));
        }
        for column in categories {
            let name = self.names.field(&column.title);
            let count = self.categories(&name, column);
            let step = if count <= MOST_ONE_HOT { "OneHot".to_owned() } else { format!("Embedding({})", count.ilog2() + 1) };
            flows.push(format!("{name} -> {step}"));
        }
        let body = self.names.field("body");
        let word = if targets.len() > 1 { "shared" } else { "let" };
        let inputs = if let [only] = flows.as_slice() { only.clone() } else { format!("({}) -> Concat", flows.join(", ")) };
        self.text.push('\n');
        self.list(
            2,
            &format!("{word} {body} = "),
            &[inputs, "Dense(64, relu)".to_owned(), "Dropout(0.1)".to_owned(), "Dense(32, relu);".to_owned()],
            " -> ",
        );
        self.text.push('\n');
        for (target, name) in targets.iter().zip(&heads) {
            self.head(target, name, &body);
        }
        self.line(1, "}");
        self.line(0, "}");
        self.text
    }

    fn line(&mut self, depth: usize, text: &str) {
        self.text.extend(core::iter::repeat_n("    ", depth));
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Items behind a beginning, on one line if they fit in it, else on as many as they need.
    fn list(&mut self, depth: usize, beginning: &str, items: &[String], between: &str) {
        let mut line = beginning.to_owned();
        for (number, item) in items.iter().enumerate() {
            let between = if number == 0 { "" } else { between };
            if depth * 4 + line.chars().count() + between.len() + item.chars().count() > WIDTH && number > 0 {
                // What separates them ends the line, or begins the next.
                let (before, after) = if between == " -> " { ("", "    -> ") } else { (between.trim_end(), "    ") };
                line.push_str(before);
                self.line(depth, &line);
                line = format!("{after}{item}");
            } else {
                line.push_str(between);
                line.push_str(item);
            }
        }
        self.line(depth, &line);
    }

    /// How the file is read, and what is left out.
    fn reading(&mut self, of: &Description, left_out: &[&ColumnDescription]) {
        let missing = of.missing_texts();
        let mut csv = format!("Csv::open({:?})", of.file);
        if !missing.is_empty() {
            let texts = ["NA", "?"].into_iter().chain(missing).map(|text| format!("{text:?}")).collect::<Vec<_>>();
            csv.push_str(&format!(".missing([{}])", texts.join(", ")));
        }
        let model = &self.names.model;
        match of.split() {
            Some((title, value)) => self.line(0, &format!("// let (train, test) = {csv}.split::<{model}>({title:?}, {value:?})?;")),
            None => self.line(0, &format!("// let (train, test) = {csv}.read::<{model}>()?.split(0.2, 1)?;")),
        }
        for column in left_out {
            self.line(0, &format!("// Left out: `{}`, {}.", shown(&column.title), column.kind.name()));
        }
    }

    fn columns(&mut self, name: &str, numbers: &[&ColumnDescription]) {
        let mut names = Names::new("");
        let columns: Vec<String> = numbers
            .iter()
            .map(|column| {
                let name = names.field(&column.title);
                let optional = if column.missing > 0 { "?" } else { "" };
                format!("{}{name}{optional}", attribute(&column.title, &name))
            })
            .collect();
        if columns.iter().any(|column| column.starts_with('#')) {
            self.line(2, &format!("input {name}: {{"));
            for column in columns {
                self.line(3, &format!("{column},"));
            }
            self.line(2, "};");
        } else {
            let (first, last) = (columns.first().cloned().unwrap_or_default(), columns.len() - 1);
            let mut items = columns;
            items[0] = format!("{{ {first}");
            items[last].push_str(" };");
            self.list(2, &format!("input {name}: "), &items, ", ");
        }
    }

    /// An input of categories; returns how many there are.
    fn categories(&mut self, name: &str, column: &ColumnDescription) -> usize {
        if column.kind == ColumnKind::Numbers {
            let unknown = if column.missing > 0 { ", unknown" } else { "" };
            self.title(&column.title, name);
            self.line(2, &format!("input {name}: class({}{unknown});", column.distinct));
            return column.distinct;
        }
        let (mut variants, all) = variants(column);
        if column.missing > 0 || !all {
            variants.push("unknown".to_owned());
        }
        self.title(&column.title, name);
        let count = variants.len();
        self.braces(2, &format!("input {name}: one_of "), variants, ";");
        count
    }

    fn title(&mut self, title: &str, name: &str) {
        let attribute = attribute(title, name);
        if !attribute.is_empty() {
            self.line(2, attribute.trim_end());
        }
    }

    fn braces(&mut self, depth: usize, beginning: &str, mut items: Vec<String>, end: &str) {
        let last = items.len() - 1;
        items[0].insert_str(0, "{ ");
        items[last].push_str(&format!(" }}{end}"));
        self.list(depth, beginning, &items, ", ");
    }

    fn head(&mut self, target: &ColumnDescription, name: &str, body: &str) {
        let labels = if target.missing > 0 { ", labels: partial" } else { "" };
        self.title(&target.title, name);
        match task(target) {
            Task::Truth => {
                let block = format!("{{ loss: binary_cross_entropy{labels}, metrics: [accuracy, auc] }}");
                self.line(2, &format!("head {name} = {body} -> Dense(1, sigmoid) {block}"));
            }
            Task::Counts => {
                let block = format!("{{ loss: poisson{labels}, metrics: [mae] }}");
                self.line(2, &format!("head {name} = {body} -> Dense(1, exponential) {block}"));
            }
            Task::Numbers => {
                let block = format!("{{ loss: mse, targets: standardized{labels}, metrics: [mae, r2] }}");
                self.line(2, &format!("head {name} = {body} -> Dense(1) {block}"));
            }
            Task::Classes => {
                let (mut classes, all) = variants(target);
                if !all {
                    classes.push("unknown".to_owned());
                }
                self.line(2, &format!("head {name} = {body} -> Dense(softmax) {{"));
                self.line(3, &format!("loss: categorical_cross_entropy{labels},"));
                self.braces(3, "classes: ", classes, ",");
                self.line(3, "metrics: [accuracy],");
                self.line(2, "}");
            }
        }
    }
}

/// The categories of a column, as they are declared, and whether these are all of them.
fn variants(column: &ColumnDescription) -> (Vec<String>, bool) {
    let mut texts: Vec<&str> = column.categories.iter().take(MOST_CATEGORIES).map(|(text, _)| text.as_str()).collect();
    if column.kind == ColumnKind::Numbers {
        texts.sort_by(|a, b| number(a).total_cmp(&number(b)));
    }
    let mut names = Names::new("");
    let written = texts.iter().map(|text| {
        let name = names.variant(text, &column.title);
        if name == *text { name } else { format!("{name} = {text:?}") }
    });
    (written.collect(), column.categories.len() <= MOST_CATEGORIES && column.distinct_is_exact)
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(0.0)
}

/// `#[column = ".."]`, where tables call a column otherwise.
fn attribute(title: &str, name: &str) -> String {
    if name.strip_prefix("r#").unwrap_or(name) == title { String::new() } else { format!("#[column = {title:?}] ") }
}

/// A title on one line.
fn shown(title: &str) -> String {
    title.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Names that are taken.
struct Names {
    model: String,
    taken: Vec<String>,
}

impl Names {
    fn new(model: &str) -> Self {
        let letters = words(model).map(|word| capitalized(&word)).collect::<String>();
        let model = if letters.starts_with(|letter: char| letter.is_alphabetic()) { letters } else { format!("Model{letters}") };
        // Models have types and methods of these names.
        let taken = ["batch", "inputs", "outputs", "targets", "losses", "report", "head", "block", "part", "int8"].map(ToOwned::to_owned).to_vec();
        Self { model, taken }
    }

    /// A name for a field: `Hours per week` is `hours_per_week`.
    fn field(&mut self, title: &str) -> String {
        let name = words(title).map(|word| word.to_lowercase()).collect::<Vec<_>>().join("_");
        let begins = name.starts_with(|letter: char| letter.is_alphabetic());
        let name = if begins { name } else { format!("column_{name}").trim_end_matches('_').to_owned() };
        let name = if is_keyword(&name) { format!("{name}_value") } else { name };
        self.free(name, "_")
    }

    /// A name for a category: `white-collar` is `WhiteCollar`.
    fn variant(&mut self, text: &str, of: &str) -> String {
        const SIGNS: [(&str, &str); 8] = [
            ("<=", " up to "),
            (">=", " from "),
            ("<", " below "),
            (">", " above "),
            ("%", " percent "),
            ("+", " plus "),
            ("&", " and "),
            ("=", " is "),
        ];
        let mut spelt = SIGNS.iter().fold(text.to_owned(), |text, (sign, word)| text.replace(sign, word));
        if spelt.starts_with('-') && spelt.len() > 1 {
            spelt.replace_range(..1, "minus ");
        }
        let name: String = words(&spelt).map(|word| capitalized(&word)).collect();
        let name = if name.starts_with(|letter: char| letter.is_alphabetic()) {
            name
        } else {
            let of: String = words(of).map(|word| capitalized(&word)).collect();
            if of.starts_with(|letter: char| letter.is_alphabetic()) { format!("{of}{name}") } else { format!("Value{name}") }
        };
        let name = if matches!(name.as_str(), "Self" | "Unknown") { format!("{name}Value") } else { name };
        self.free(name, "")
    }

    fn free(&mut self, name: String, before_number: &str) -> String {
        // Types are made of names without regard to underscores and the case of letters.
        let key = |name: &str| name.replace('_', "").to_lowercase();
        let mut free = name.clone();
        let mut number = 2;
        while self.taken.iter().any(|taken| key(taken) == key(&free)) {
            free = format!("{name}{before_number}{number}");
            number += 1;
        }
        self.taken.push(free.clone());
        free
    }
}

/// The words of a text: runs of letters and digits, cut also before a capital behind a small letter.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous = ' ';
    for letter in text.chars() {
        // Letters that Rust takes in names: not `²`, which is numeric.
        let counts = letter.is_alphabetic() || letter.is_ascii_digit();
        if counts && (!(previous.is_alphabetic() || previous.is_ascii_digit()) || previous.is_lowercase() && letter.is_uppercase()) {
            words.push(String::new());
        }
        if counts && let Some(word) = words.last_mut() {
            word.push(letter);
        }
        previous = letter;
    }
    words.into_iter()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn is_keyword(name: &str) -> bool {
    const KEYWORDS: &str = " abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if impl in let \
        loop macro match mod move mut override priv pub ref return self static struct super trait true try type typeof unsafe unsized use virtual where \
        while yield ";
    KEYWORDS.contains(&format!(" {name} "))
}
