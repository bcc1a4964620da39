//! What stands in the place of a step without a word.

use crate::declare;
use crate::error::ImportError;
use crate::network::{InputKind, Missing, Network, Step};

/// Puts a stub in the place of a step, whose value has this shape.
///
/// # Errors
///
/// Where it takes a class: a layer of one's own takes numbers.
pub fn place(
    network: &mut Network,
    path: &str,
    operator: &str,
    attributes: String,
    inputs: &[usize],
    shape: &[usize],
    problem: &str,
) -> Result<usize, ImportError> {
    // They stand in comments and texts of Rust.
    let plain = |text: &str| {
        text.chars()
            .map(|letter| if letter.is_ascii_graphic() && !"\"\\{}".contains(letter) || letter == ' ' { letter } else { '_' })
            .take(200)
            .collect::<String>()
    };
    let (path, operator, attributes) = (&*plain(path), &*plain(operator), plain(&attributes));
    let refused = |problem: &str, attributes: String| {
        Err(ImportError::Step { path: path.to_owned(), operator: operator.to_owned(), attributes, problem: problem.to_owned() })
    };
    if inputs.iter().any(|&input| matches!(network.inputs.get(input).map(|input| &input.kind), Some(InputKind::Class(_)))) || inputs.is_empty() {
        let problem = if problem.is_empty() { "it takes a class, which a layer of one's own does not" } else { problem };
        return refused(problem, attributes);
    }
    if shape.is_empty() || shape.contains(&0) {
        return refused("the shape of what it gives is not known", attributes);
    }
    let mut flat = Vec::new();
    for &input in inputs {
        let shape = network.shape(input).unwrap_or(&[]).to_vec();
        let size: usize = shape.iter().product();
        flat.push(if shape.len() == 1 { input } else { network.add(Step::new("Flatten", &[input], &[size], path)) });
    }
    let from: usize = flat.iter().map(|&value| network.shape(value).map_or(0, |shape| shape.iter().product())).sum();
    let x = if flat.len() > 1 { network.add(Step::new("Concat", &flat, &[from], path)) } else { flat[0] };
    let to = shape.iter().product();
    let stub = camel(operator, network.missing.len());
    let missing = Missing { path: path.to_owned(), operator: operator.to_owned(), attributes, stub, sizes: (from, to) };
    let value = network.add(declare::stub_step(&missing, &[x], path));
    network.missing.push(missing);
    if shape.len() == 1 {
        return Ok(value);
    }
    let step = Step::new("Reshape", &[value], shape, path).with([crate::network::Argument::positional(format!("{shape:?}"))]);
    Ok(network.add(step))
}

/// A name of a type for an operator.
fn camel(operator: &str, number: usize) -> String {
    let name: String = operator.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut letters = name.chars();
    let name = match letters.next() {
        Some(first) if first.is_ascii_alphabetic() => first.to_ascii_uppercase().to_string() + letters.as_str(),
        _ => format!("Step{name}"),
    };
    format!("{name}{}", number + 1)
}
