//! The mistakes of `tests/ui/fail`, expanded in this process: seconds to know that errors changed, and where. The reviewed texts stand there alone.

use std::fs;
use std::path::Path;

use proc_macro2::{Span, TokenStream, TokenTree};

use super::facade;
use crate::diagnostic::Diagnostic;
use crate::expand::{Outcome, analyze};

/// Where the compiler of `tests/ui.rs` sees the cases, and the way there from this package.
const CASES: &str = "tests/ui/fail";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The `multitask!` of a file: the span of the invocation, and the tokens in it.
fn invocation(file: TokenStream) -> Option<(Span, TokenStream)> {
    let tokens: Vec<TokenTree> = file.into_iter().collect();
    tokens.windows(3).find_map(|window| match window {
        [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(body)] if name == "multitask" && bang.as_char() == '!' => {
            Some((name.span().join(body.span()).expect("one file"), body.stream()))
        }
        _ => None,
    })
}

/// An error as the compiler shows it: the message, the place, and the line with the tokens underlined if they are in one line.
fn shown(error: &Diagnostic, invocation: Span, path: &str, source: &str) -> String {
    let place = error.place.start.join(error.place.end).unwrap_or(error.place.start);
    // An error without a token of its own stands under the whole invocation.
    let place = if place.source_text().is_none_or(|text| text.is_empty()) { invocation } else { place };
    let (start, end) = (place.start(), place.end());
    let line = start.line.to_string();
    let gutter = " ".repeat(line.len());
    let message = error.message.replace('\n', "\n       ");
    let mut text = format!("error: {message}\n{gutter}--> {path}:{line}:{}\n", start.column + 1);
    if start.line == end.line {
        let code = source.lines().nth(start.line - 1).expect("the place is in the file");
        let (blank, underline) = (" ".repeat(start.column), "^".repeat(end.column - start.column));
        text += &format!("{gutter} |\n{line} | {code}\n{gutter} | {blank}{underline}\n");
    }
    text
}

#[test]
fn every_case_gives_the_errors_that_were_reviewed() {
    let mut cases: Vec<_> = fs::read_dir(Path::new(ROOT).join(CASES)).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    cases.sort();
    let (mut errors_seen, mut wrong) = (0, String::new());
    for case in cases {
        let source = fs::read_to_string(&case).unwrap();
        let Some((span, model)) = invocation(source.parse().expect("tokens")) else {
            assert!(!source.contains("multitask!"), "{} has a model that is not looked at", case.display());
            continue;
        };
        let reviewed = fs::read_to_string(case.with_extension("stderr")).unwrap() + "\n";
        // Errors with a code are the compiler's own, of what the model expands to.
        let reviewed: Vec<&str> = reviewed.split_inclusive("\n\n").filter(|block| block.starts_with("error: ")).collect();
        let errors = match analyze(model, &facade()) {
            // A model that takes a type of categories whose derivation has the errors.
            Outcome::Graph(_) if source.contains(", Category)]") => continue,
            Outcome::Graph(_) => Vec::new(),
            Outcome::Errors { errors, items } => {
                if let Err(error) = syn::parse2::<syn::File>(items.clone()) {
                    panic!("the stand-in of {} does not parse: {error}\n{items}", case.display());
                }
                errors
            }
        };
        let path = format!("{CASES}/{}", case.file_name().unwrap().to_str().unwrap());
        let found: Vec<String> = errors.iter().map(|error| shown(error, span, &path, &source)).collect();
        let same = found.len() == reviewed.len() && found.iter().zip(&reviewed).all(|(found, reviewed)| reviewed.starts_with(found.as_str()));
        if !same {
            wrong += &format!("\n{path} gives\n{}\nand was reviewed as\n{}", found.join("\n"), reviewed.concat());
        }
        errors_seen += found.len();
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(errors_seen > 200, "the cases were not found: {errors_seen} errors");
}
