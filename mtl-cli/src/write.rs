//! The files of an import.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use serde_json::Value;

use crate::declare::{self, Declaration};
use crate::error::ImportError;
use crate::network::{InputKind, Network};
use crate::{Imported, Target};

/// The most rows that the test holds, and numbers in them.
const MOST_ROWS: usize = 4;
const MOST_NUMBERS: usize = 4096;

/// What was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// The source file.
    pub source: PathBuf,
    /// The weight file.
    pub weights: PathBuf,
    /// The declaration.
    pub declaration: Declaration,
}

/// Writes the declaration, the weights and the test of a model.
///
/// # Errors
///
/// Where a file cannot be written, or is one that was read.
pub fn write(imported: &Imported, target: &Target) -> Result<Written, ImportError> {
    let declaration = imported.declare(&target.name);
    let weights = target.out.with_extension("safetensors");
    for target in [&weights, &target.out] {
        let place = |path: &Path| std::fs::canonicalize(path).ok();
        if let Some(path) = imported.sources.iter().find(|source| place(source).is_some_and(|source| Some(source) == place(target))) {
            return Err(ImportError::Overwrites { path: path.clone() });
        }
    }
    let source = source(imported, &declaration, &below_manifest(&weights));
    put(&weights, &safetensors(&declaration)?)?;
    put(&target.out, source.as_bytes())?;
    Ok(Written { source: target.out.clone(), weights, declaration })
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), ImportError> {
    std::fs::write(path, bytes).map_err(|source| ImportError::Write { path: path.to_owned(), source })
}

/// The path from the folder with `Cargo.toml`, by which `embed!` finds the file.
fn below_manifest(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let package = absolute.ancestors().skip(1).find(|folder| folder.join("Cargo.toml").exists());
    let relative = package.and_then(|package| absolute.strip_prefix(package).ok()).unwrap_or(path);
    relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The weights as a file.
///
/// # Errors
///
/// Where the format cannot hold them.
pub fn safetensors(declaration: &Declaration) -> Result<Vec<u8>, ImportError> {
    let format = |error: &dyn std::fmt::Display| ImportError::Format { format: "safetensors", problem: error.to_string() };
    let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = declaration
        .weights
        .iter()
        .map(|(name, array)| (name.clone(), array.shape.clone(), array.data.iter().flat_map(|number| number.to_le_bytes()).collect()))
        .collect();
    let mut views = Vec::new();
    for (name, shape, bytes) in &bytes {
        views.push((name.as_str(), TensorView::new(safetensors::Dtype::F32, shape.clone(), bytes).map_err(|error| format(&error))?));
    }
    safetensors::serialize(views, None).map_err(|error| format(&error))
}

/// The source file.
#[must_use]
pub fn source(imported: &Imported, declaration: &Declaration, weights: &str) -> String {
    let network = &imported.network;
    let mut text = String::new();
    for note in &network.notes {
        let note: String = note.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        writeln!(text, "// Note: {note}.").unwrap_or_default();
    }
    if !network.notes.is_empty() {
        text.push('\n');
    }
    text.push_str(&declaration.source);
    for missing in &network.missing {
        text.push('\n');
        text.push_str(&declare::stub(missing));
    }
    if network.missing.is_empty() {
        text.push_str(&test(imported, declaration, weights));
    }
    text
}

/// A test that holds predictions to those of the source; none without rows.
fn test(imported: &Imported, declaration: &Declaration, weights: &str) -> String {
    let (network, vectors, name) = (&imported.network, &imported.vectors, &declaration.name);
    let rows = vectors.inputs.values().map(Vec::len).min().unwrap_or(0).min(MOST_ROWS);
    let per_row: usize = network.inputs.iter().map(|input| if let InputKind::Real(shape) = &input.kind { shape.iter().product() } else { 1 }).sum();
    let rows = rows.min((MOST_NUMBERS / per_row.max(1)).max(1));
    let mut body = String::new();
    for row in 0..rows {
        let Some(inputs) = inputs(imported, declaration, row) else { return String::new() };
        let mut expected = Vec::new();
        for output in &network.outputs {
            let Some(value) = vectors.outputs.get(&output.name).and_then(|rows| rows.get(row)) else { return String::new() };
            let mut numbers = Vec::new();
            flat(value, &mut numbers);
            expected.push(format!("&[{}]", numbers.join(", ")));
        }
        writeln!(body, "            (\n                {name}Inputs {{ {inputs} }},\n                &[{}],\n            ),", expected.join(", "))
            .unwrap_or_default();
    }
    if body.is_empty() {
        return String::new();
    }
    format!(
        "
#[cfg(test)]
mod tests {{
    use super::*;

    /// The weights in the program.
    static MODEL: {name} = mtl::embed!({name}, \"{weights}\");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {{
        let rows: &[({name}Inputs, &[&[f32]])] = &[
{body}        ];
        for (row, (inputs, heads)) in rows.iter().enumerate() {{
            let outputs = MODEL.predict(inputs);
            for (head, expected) in heads.iter().enumerate() {{
                let found = <{name} as mtl::Model>::output_numbers(&outputs, head);
                assert_eq!(found.len(), expected.len());
                for (&found, &expected) in found.iter().zip(*expected) {{
                    let bound = 1e-5 * expected.abs().max(1.0);
                    assert!((found - expected).abs() <= bound, \"row {{row}}, head {{head}}: {{found}}, and {{expected}} in the source\");
                }}
            }}
        }}
    }}
}}
"
    )
}

/// The fields of a row of inputs.
fn inputs(imported: &Imported, declaration: &Declaration, row: usize) -> Option<String> {
    let mut fields = Vec::new();
    let names = declaration.inputs.iter().zip(&declaration.kinds);
    for (input, (name, kind)) in imported.network.inputs.iter().zip(names) {
        let value = imported.vectors.inputs.get(&input.name)?.get(row)?;
        let mut numbers = Vec::new();
        flat(value, &mut numbers);
        let type_name = || format!("{}{}", declaration.name, camel(name));
        let written = match &input.kind {
            InputKind::Class(_) => {
                let class: usize = numbers.first()?.trim_end_matches(".0").parse().ok()?;
                match listed(kind, "one_of {") {
                    Some(categories) if categories.get(class)? == "unknown" => format!("{}::Unknown", type_name()),
                    Some(categories) => format!("{}::{}", type_name(), categories.get(class)?),
                    None => match kind.strip_prefix("class(").and_then(|kind| kind.strip_suffix(", unknown)")) {
                        Some(classes) if classes.parse() == Ok(class) => "None".to_owned(),
                        Some(_) => format!("Some({class})"),
                        None => class.to_string(),
                    },
                }
            }
            InputKind::Real(shape) => {
                if numbers.len() != shape.iter().product::<usize>() {
                    return None;
                }
                if let Some(columns) = listed(kind, "{") {
                    let cell = |(column, number): (&String, &String)| match column.strip_suffix('?') {
                        None => format!("{column}: {number}"),
                        Some(column) if number == "f32::NAN" => format!("{column}: None"),
                        Some(column) => format!("{column}: Some({number})"),
                    };
                    let cells: Vec<String> = columns.iter().zip(&numbers).map(cell).collect();
                    format!("{} {{ {} }}", type_name(), cells.join(", "))
                } else {
                    if let Some(order) = &input.order {
                        let given = numbers.clone();
                        order.iter().zip(given).for_each(|(&place, number)| numbers[place] = number);
                    }
                    nested(shape, &numbers)
                }
            }
        };
        fields.push(format!("{name}: {written}"));
    }
    Some(fields.join(", "))
}

/// The names in a list of columns or categories, without titles and texts.
fn listed(kind: &str, start: &str) -> Option<Vec<String>> {
    let inner = kind.strip_prefix(start)?.strip_suffix('}')?;
    let (mut names, mut quoted, mut escaped, mut item) = (Vec::new(), false, false, String::new());
    for letter in inner.chars().chain([',']) {
        if letter == ',' && !quoted {
            let name = item.rsplit(']').next().unwrap_or(&item).split('=').next().unwrap_or_default().trim().to_owned();
            names.push(name);
            item.clear();
            continue;
        }
        if letter == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = letter == '\\' && !escaped;
        if !quoted && letter != '"' {
            item.push(letter);
        }
    }
    Some(names)
}

/// `region_code` as `RegionCode`.
fn camel(name: &str) -> String {
    let mut camel = String::new();
    let mut upper = true;
    for letter in name.chars() {
        if letter == '_' {
            upper = true;
        } else if upper {
            camel.push(letter.to_ascii_uppercase());
            upper = false;
        } else {
            camel.push(letter);
        }
    }
    camel
}

/// Numbers as an array of arrays.
fn nested(shape: &[usize], numbers: &[String]) -> String {
    match shape.split_first() {
        None => numbers.first().cloned().unwrap_or_default(),
        Some((_, [])) => format!("[{}]", numbers.join(", ")),
        Some((&count, rest)) => {
            let size = numbers.len() / count.max(1);
            format!("[{}]", numbers.chunks(size.max(1)).map(|part| nested(rest, part)).collect::<Vec<_>>().join(", "))
        }
    }
}

/// All numbers of a value, as Rust writes those of single precision.
fn flat(value: &Value, numbers: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| flat(value, numbers)),
        Value::Number(number) => numbers.push(format!("{:?}", number.as_f64().unwrap_or(f64::NAN) as f32)),
        _ => numbers.push("f32::NAN".to_owned()),
    }
}

/// A line on what was read.
#[must_use]
pub fn summary(network: &Network, declaration: &Declaration) -> String {
    let weights: usize = declaration.weights.iter().map(|(_, array)| array.data.len()).sum();
    format!(
        "`{}`: {} inputs, {} heads, {} steps, {weights} weights",
        declaration.name,
        network.inputs.len(),
        network.outputs.len(),
        network.steps.len()
    )
}
