//! Inputs and heads as a declaration writes them.

use mtl_core::model::graph::Head;
use mtl_core::model::{ColumnInfo, Columns, ConstantValue, FieldKind, InputInfo};

/// A line on an input.
pub(super) fn input(input: &InputInfo) -> String {
    let named = input.columns.named();
    let shape = || format!("[{}]", input.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    let kind = match (input.kind, named) {
        (FieldKind::Class { .. }, [column]) if !column.categories.is_empty() => format!("one_of {{ {} }}", categories(column)),
        (FieldKind::Class { .. }, [ColumnInfo { unknown: Some(known), .. }]) => format!("class({known}, unknown)"),
        (FieldKind::Class { classes }, _) => format!("class({classes})"),
        (FieldKind::Real { .. }, []) => shape(),
        (FieldKind::Real { .. }, [column]) if column.name == input.name && !column.optional => shape(),
        (FieldKind::Real { .. }, columns) => format!("{{ {} }}", columns.iter().map(column).collect::<Vec<_>>().join(", ")),
    };
    // A column of a struct has its title itself.
    let title = if kind.starts_with('{') { String::new() } else { title(input.name, input.columns) };
    format!("{title}\t{}\t{kind}\n", input.name)
}

/// A line on a head.
pub(super) fn head(head: &Head) -> String {
    let info = &head.info;
    let number = |value: &ConstantValue| match value {
        ConstantValue::Number(number) => format!("{number:?}"),
        ConstantValue::Text(text) => (*text).to_owned(),
    };
    let of = |name: &str| info.constants.iter().filter(|constant| constant.name == name).map(|constant| number(&constant.value)).collect::<Vec<_>>();
    let (arguments, own) = (of("argument"), of("arguments"));
    let loss = match (&arguments[..], &own[..]) {
        ([], []) => info.loss.to_owned(),
        ([], own) => format!("{}({})", info.loss, own.join(", ")),
        (arguments, _) => format!("{}({})", info.loss, arguments.join(", ")),
    };
    let mut options = vec![format!("loss: {loss}")];
    if info.weight != 1.0 {
        options.push(format!("weight: {:?}", info.weight));
    }
    if info.partial {
        options.push("labels: partial".to_owned());
    }
    let (smoothing, weights) = (of("label_smoothing"), of("class_weights"));
    if let [smoothing] = &smoothing[..] {
        options.push(format!("label_smoothing: {smoothing}"));
    }
    if !weights.is_empty() {
        options.push(format!("class_weights: [{}]", weights.join(", ")));
    }
    if let (FieldKind::Class { .. }, [column]) = (info.target, info.columns.named())
        && !column.categories.is_empty()
    {
        options.push(format!("classes: {{ {} }}", categories(column)));
    }
    format!("{}\t{}\t{}\t{}\t{}\n", title(info.name, info.columns), info.name, head.value, info.ending, options.join(", "))
}

/// `#[column = ".."]`, where tables call it otherwise.
fn title(name: &str, columns: Columns) -> String {
    match columns {
        Columns::Named([column]) if column.title != name => format!("#[column = {}]", quoted(column.title)),
        Columns::Numbered { title } if title != format!("{name}{{}}") => format!("#[column = {}]", quoted(title)),
        Columns::Named(_) | Columns::Numbered { .. } => String::new(),
    }
}

fn column(column: &ColumnInfo) -> String {
    let title = if column.title == column.name { String::new() } else { format!("#[column = {}] ", quoted(column.title)) };
    format!("{title}{}{}", column.name, if column.optional { "?" } else { "" })
}

/// The categories of a column: each by its text where that can be a name, else by a name made of it.
fn categories(column: &ColumnInfo) -> String {
    let mut taken: Vec<String> = Vec::new();
    let each = column.categories.iter().enumerate().map(|(number, text)| {
        if column.unknown == Some(number) && *text == "unknown" {
            return "unknown".to_owned();
        }
        let mut name = String::new();
        for word in text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
            let (first, rest) = word.split_at(1);
            name.push_str(&first.to_ascii_uppercase());
            name.push_str(rest);
        }
        if !name.starts_with(|first: char| first.is_ascii_uppercase()) || name == "Self" || taken.contains(&name) {
            name = format!("Category{number}");
        }
        taken.push(name.clone());
        if name == *text { name } else { format!("{name} = {}", quoted(text)) }
    });
    each.collect::<Vec<_>>().join(", ")
}

/// A text of Rust, on one line.
fn quoted(text: &str) -> String {
    format!("{text:?}")
}
