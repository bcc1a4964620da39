//! The tables of the language in the README and in the guide for people from Keras are made from the words, so that they cannot go stale.

use std::fmt::Write as _;

use crate::foreign;
use crate::step::{LAYERS, Word};
use crate::vocabulary::{ACTIVATIONS, Argument, ArgumentKind, Default, EndsIn, LOSSES, METRICS};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A name with its arguments by place: `Dense(units, activation)`.
fn signature(name: &str, arguments: &[Argument]) -> String {
    let of = |argument: &Argument| match argument.kind {
        ArgumentKind::Expert => format!("{} = Dense(..)", argument.name),
        ArgumentKind::Shape => "[..]".to_owned(),
        _ => argument.name.to_owned(),
    };
    let by_place: Vec<String> = arguments.iter().filter(|argument| argument.positional).map(of).collect();
    if by_place.is_empty() { name.to_owned() } else { format!("{name}({})", by_place.join(", ")) }
}

/// An argument with its default, if it has one of its own: `bias = true`.
fn with_default(argument: &Argument) -> Option<String> {
    let default = match argument.default {
        Default::Required => return None,
        Default::Open if argument.positional => return None,
        Default::Open => return Some(format!("`{}`", argument.name)),
        Default::Number(number) => number.to_string(),
        Default::Boolean(value) => value.to_string(),
        Default::Size(size) => size.to_string(),
        Default::Padding(padding) => padding.word().to_owned(),
        Default::Initializer(initializer) => initializer.word().to_owned(),
    };
    Some(format!("`{} = {default}`", argument.name))
}

fn steps() -> String {
    let mut table = String::from("| step | arguments with defaults | |\n|---|---|---|\n");
    let mut words = LAYERS.iter().peekable();
    while let Some(first) = words.next() {
        let mut names = vec![format!("`{}`", signature(first.name, first.arguments))];
        while let Some(like) = words.next_if(|word: &&&Word| word.says.is_empty()) {
            names.push(format!("`{}`", like.name));
        }
        let arguments: Vec<String> = first.arguments.iter().filter_map(with_default).collect();
        let _ = writeln!(table, "| {} | {} | {} |", names.join(", "), arguments.join(", "), first.says);
    }
    let functions: Vec<&str> = ACTIVATIONS.iter().map(|activation| activation.name).collect();
    let takers: Vec<String> = LAYERS
        .iter()
        .filter(|word| word.arguments.iter().any(|argument| matches!(argument.kind, ArgumentKind::Activation)))
        .map(|word| format!("`{}`", word.name))
        .collect();
    let _ = writeln!(table, "| `{}` | | as a step, or as an argument of {} |", functions.join(" "), takers.join(", "));
    table.push_str("| `crate::MyLayer<16>(..)`, `crate::MyActivation` | | your own, by path: see the example `custom` |\n");
    table
}

fn heads() -> String {
    let mut losses: Vec<(EndsIn, Vec<String>)> = Vec::new();
    for loss in LOSSES {
        let name = signature(loss.name, loss.arguments);
        match losses.last_mut() {
            Some((ends_in, names)) if *ends_in == loss.ends_in => names.push(name),
            _ => losses.push((loss.ends_in, vec![name])),
        }
    }
    let losses = losses.iter().map(|(ends_in, names)| {
        let after = match ends_in {
            EndsIn::AnythingButSoftmax | EndsIn::Signs => "",
            EndsIn::Positive => " (after `exponential` or `softplus`)",
            EndsIn::Sigmoid => " (after `sigmoid`)",
            EndsIn::Softmax => " (after `softmax`)",
        };
        format!("`{}`{after}", names.join(" "))
    });
    let metrics: Vec<String> = METRICS.iter().map(|metric| signature(metric.name, metric.arguments)).collect();
    format!(
        "| head | values |\n|---|---|\n\
         | `loss` | {}, or your own by path |\n\
         | `weight` | its weight in the combined loss, 1 |\n\
         | `metrics` | `{}` (`top_3` in a report, for `top_k(3)`) |\n\
         | `labels` | `required`, or `partial`: the target is an `Option`, and the loss is the mean over the samples that have it |\n\
         | `targets` | `standardized`: the loss is that of targets with mean 0 and variance 1, as `fit` measures them; predictions and metrics are in the units of the targets |\n\
         | `classes` | names, `{{ Poor, Average = \"so so\", Excellent }}`, or a type that derives `mtl::Category`, `crate::Health`: the target and `.class()` are the enum (`PatientHealth`), and the last `Dense` has as many units without being told |\n\
         | `class_weights`, `label_smoothing` | for the cross-entropies; by name, `{{ Poor: 2.0 }}`, or a list; class weights count in training, not in what is reported on other data |\n",
        losses.collect::<Vec<_>>().join(", "),
        metrics.join(" ")
    )
}

/// Words of other libraries, by what the macro says of them.
fn foreign_words() -> String {
    let mut table = String::from("| word | what it is | what to write |\n|---|---|---|\n");
    let kinds = [foreign::STEPS, foreign::ARGUMENTS, foreign::INITIALIZERS, foreign::LOSSES, foreign::METRICS, foreign::KEYS];
    let mut lines: Vec<(Vec<String>, String, String)> = Vec::new();
    for word in kinds.into_iter().flatten() {
        let (name, means, help) = (format!("`{}`", word.name), word.means.to_owned(), word.help(None));
        match lines.last_mut().filter(|line| line.1 == means && line.2 == help) {
            Some((names, ..)) => names.push(name),
            None => lines.push((vec![name], means, help)),
        }
    }
    for (names, means, help) in lines {
        let _ = writeln!(table, "| {} | {means} | {help} |", names.join(", "));
    }
    table
}

/// The page with what stands between `<!-- name -->` and `<!-- /name -->` made anew.
fn with_table(page: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let from = page.find(&begin).unwrap_or_else(|| panic!("the page has no {begin}")) + begin.len();
    let to = page.find(&end).unwrap_or_else(|| panic!("the page has no {end}"));
    format!("{}\n{table}\n{}", &page[..from], &page[to..])
}

#[test]
fn the_tables_of_the_pages_are_those_of_the_words() {
    let pages: [(&str, &[(&str, String)]); 2] =
        [("README.md", &[("steps", steps()), ("heads", heads())]), ("docs/keras.md", &[("foreign", foreign_words())])];
    for (name, tables) in pages {
        let path = format!("{ROOT}/{name}");
        let page = std::fs::read_to_string(&path).unwrap();
        let made = tables.iter().fold(page.clone(), |page, (table, text)| with_table(&page, table, text));
        if std::env::var_os("MTL_WRITE_PAGES").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        assert!(made == page, "{name} is not that of the words: MTL_WRITE_PAGES=1 cargo test -p mtl-macros --lib writes it");
    }
}
