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
