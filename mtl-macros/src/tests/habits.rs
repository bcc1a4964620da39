//! The habits of people who come from Keras and PyTorch, and slips of the hand: one error each, on what to change, in words that lead on.

use super::errors;

/// Where a text stands.
#[derive(Clone, Copy, Debug)]
enum In {
    /// A step behind a vector of 8.
    Step,
    /// A step behind an image of 28 x 28 x 3.
    Image,
    /// A step behind a sequence of 10 x 4.
    Sequence,
    /// The keys of a head.
    Keys,
    /// The shape of an input.
    Shape,
    /// Statements before the head.
    Statements,
    /// The whole body.
    Body,
}
use In::{Body, Image, Keys, Sequence, Shape, Statements, Step};

impl In {
    fn model(self, text: &str) -> String {
        let body = match self {
            Step => format!("input x: [8]; head y = x -> {text} -> Dense(1) {{ loss: mse }}"),
            Image => format!("input x: [28, 28, 3]; head y = x -> {text} -> Flatten -> Dense(1) {{ loss: mse }}"),
            Sequence => format!("input x: [10, 4]; head y = x -> {text} -> Flatten -> Dense(1) {{ loss: mse }}"),
            Keys => format!("input x: [8]; head y = x -> Dense(1) {{ {text} }}"),
            Shape => format!("input x: {text}; head y = x -> Dense(1) {{ loss: mse }}"),
            Statements => format!("input x: [8]; {text} head y = h -> Dense(1) {{ loss: mse }}"),
            Body => text.to_owned(),
        };
        format!("struct Model {{ {body} }}")
    }
}

/// Where it stands, what is written, what is underlined, and what the message must say.
type Habit = (In, &'static str, &'static str, &'static str);

include!("habits.in");

#[test]
fn every_habit_is_one_error_that_leads_on() {
    let mut wrong = String::new();
    for &(place, text, caret, words) in HABITS {
        let found = errors(&place.model(text));
        let is_right = matches!(found.as_slice(), [(under, message)] if under == caret && words.split('|').all(|words| message.contains(words)));
        if !is_right {
            wrong += &format!("\n{place:?}: {text}\n");
            for (under, message) in &found {
                wrong += &format!("    under `{under}`: {}\n", message.replace('\n', "\n        "));
            }
            wrong += &format!("  wanted under `{caret}`: {words}\n");
        }
    }
    let count = wrong.matches("  wanted under").count();
    assert!(wrong.is_empty(), "{count} of {} are not told as they should be\n{wrong}", HABITS.len());
}

/// The code that a help tells to write.
fn code_of(message: &str) -> Option<&str> {
    let (_, help) = message.split_once("\nhelp: ")?;
    let (_, code) = help.split_once('`')?;
    let (code, _) = code.split_once('`')?;
    // What is left open there is for the reader to fill in.
    (help.starts_with("write `") && !code.contains("..")).then_some(code)
}

/// Where the code may be meant to stand: in place of what is underlined, with the parentheses behind it, of the whole text, of the statement.
fn candidates(text: &str, caret: &str, code: &str) -> Vec<String> {
    let Some(start) = text.find(caret) else { return vec![code.to_owned()] };
    let (before, behind) = (&text[..start], &text[start + caret.len()..]);
    let mut depth = 0_usize;
    let closes = behind.starts_with(['(', '[', '{']).then(|| {
        behind.find(|letter: char| {
            match letter {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
            depth == 0
        })
    });
    let beyond = closes.flatten().map_or(behind, |end| &behind[end + 1..]);
    let mut all = vec![format!("{before}{code}{behind}"), format!("{before}{code}{beyond}"), code.to_owned()];
    // An argument with its value.
    if let Some(end) = behind.rfind(')') {
        all.push(format!("{before}{code}{}", &behind[end..]));
    }
    // Up to the end of the statement, and from its beginning.
    if let Some(end) = text.find(';') {
        all.push(format!("{code};{}", &text[end + 1..]));
        all.push(format!("{code}{}", &text[end + 1..]));
        all.push(format!("{before}{code}{}", &text[end..]));
    }
    all
}

#[test]
fn what_a_help_tells_to_write_leads_out_of_the_error() {
    let (mut checked, mut wrong) = (0, String::new());
    for &(place, text, caret, _) in HABITS {
        let found = errors(&place.model(text));
        let [(_, message)] = found.as_slice() else { continue };
        let Some(code) = code_of(message) else { continue };
        checked += 1;
        let fault = message.lines().next().unwrap_or_default();
        let leads_out = |(place, candidate): &(In, String)| {
            // What does not close is no candidate.
            let model = place.model(candidate);
            let left = model.parse::<proc_macro2::TokenStream>().map_or_else(|_| found.clone(), |_| errors(&model));
            !left.iter().any(|(_, message)| message.lines().next() == Some(fault) || message.starts_with("expected"))
        };
        let mut written: Vec<(In, String)> = candidates(text, caret, code).into_iter().map(|candidate| (place, candidate)).collect();
        // Of a step that is an input here.
        written.push((Body, format!("{code} head y = region -> OneHot -> Dense(1) {{ loss: mse }}")));
        if !written.iter().any(leads_out) {
            wrong += &format!("\n{place:?}: {text}\n    {}\n", message.replace('\n', "\n    "));
        }
    }
    assert!(wrong.is_empty(), "of {checked} help lines with code these do not lead out of their errors\n{wrong}");
    assert!(checked > HABITS.len() / 2, "{checked} help lines have code");
}
