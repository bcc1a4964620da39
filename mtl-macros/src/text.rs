//! Source text as a reader would write it: for docs and messages.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use crate::ast::{Argument, Flow, Source, Term, TermKind};

/// Tokens with spaces where a reader expects them.
pub(crate) fn tokens(stream: &TokenStream) -> String {
    let mut text = String::new();
    let mut glue = true;
    for tree in stream.clone() {
        match tree {
            TokenTree::Punct(punct) => {
                let character = punct.as_char();
                let joint = punct.spacing() == Spacing::Joint;
                let minus = character == '-' && !glue && punct.spacing() == Spacing::Alone;
                let arithmetic = (minus || matches!(character, '+' | '*' | '/' | '%' | '=' | '&' | '|' | '^')) && !text.is_empty();
                if arithmetic && !glue {
                    text.push(' ');
                }
                text.push(character);
                if character == ',' || (arithmetic && !joint) {
                    text.push(' ');
                }
                glue = true;
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                text.push_str(&tokens(&group.stream()));
                text.push_str(close);
                glue = false;
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                if !glue {
                    text.push(' ');
                }
                text.push_str(&tree.to_string());
                glue = false;
            }
        }
    }
    text.trim_end().to_owned()
}

/// Terms with commas between them.
pub(crate) fn terms(terms: &[Term]) -> String {
    join(terms.iter().map(term))
}

/// What stands between the brackets of a group, as it was written where that is known.
pub(crate) fn inside(group: &proc_macro2::Group) -> String {
    let written = group.span().source_text().and_then(|text| Some(text.get(1..text.len().checked_sub(1)?)?.trim().to_owned()));
    written.filter(|text| !text.is_empty() && !text.contains('\n')).unwrap_or_else(|| tokens(&group.stream()))
}

pub(crate) fn term(term: &Term) -> String {
    match &term.kind {
        TermKind::Number(number) => number.text.clone(),
        TermKind::Boolean(value) => value.to_string(),
        TermKind::Text(text) => format!("{text:?}"),
        TermKind::Name(name, None) => name.to_string(),
        TermKind::Name(name, Some(arguments)) => format!("{name}({})", join(arguments.items.iter().map(argument))),
        TermKind::Path(path) => match &path.arguments {
            None => tokens(&path.path),
            Some(arguments) => format!("{}({})", tokens(&path.path), tokens(arguments)),
        },
        TermKind::Expression(expression) => format!("{{ {} }}", tokens(expression)),
        TermKind::Tuple(items) => format!("({})", terms(items)),
        TermKind::Module(module) => match &module.arguments {
            None => module.path.clone(),
            Some(arguments) => format!("{}({})", module.path, join(arguments.items.iter().map(argument))),
        },
        TermKind::List(items) => format!("[{}]", terms(items)),
        TermKind::Categories(categories) => format!("{{ {} }}", join(categories.variants.iter().map(|variant| variant.name.to_string()))),
        TermKind::ByName(entries) => format!("{{ {} }}", join(entries.iter().map(|entry| format!("{}: {}", entry.key, self::term(&entry.value))))),
        TermKind::Broken => "..".into(),
    }
}

/// `16_777_216`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

/// `record -> Normalize -> Dense(64, relu)`.
pub(crate) fn flow(flow: &Flow) -> String {
    let mut text = match &flow.source {
        Source::Name(name) => name.to_string(),
        Source::Tuple(flows, _) => format!("({})", join(flows.iter().map(self::flow))),
        Source::Broken => "..".into(),
    };
    for step in &flow.steps {
        text.push_str(" -> ");
        text.push_str(&term(step));
    }
    text
}

/// `Dense(64) -> relu`.
pub(crate) fn steps(steps: &[Term]) -> String {
    steps.iter().map(term).collect::<Vec<_>>().join(" -> ")
}

pub(crate) fn argument(argument: &Argument) -> String {
    match &argument.key {
        None => term(&argument.value),
        Some(key) => format!("{key} = {}", term(&argument.value)),
    }
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

/// A number in `f32`, as messages say it.
pub(crate) fn rounded(value: f32) -> String {
    if value.is_finite() { value.to_string() } else { "infinite".to_owned() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn groups_digits() {
        assert_eq!([0, 999, 1_000, 16_777_216].map(super::grouped), ["0", "999", "1_000", "16_777_216"]);
    }

    #[test]
    fn spaces_tokens() {
        let neat = |text: &str| super::tokens(&text.parse().unwrap());
        assert_eq!(neat("crate :: Scale < 16 >"), "crate::Scale<16>");
        assert_eq!(neat("A*2+{B}"), "A * 2 + { B }");
        assert_eq!(neat("0.5,  3"), "0.5, 3");
        assert_eq!(neat("A - 1"), "A - 1");
        assert_eq!(neat("-A * -1"), "-A * -1");
    }
}
