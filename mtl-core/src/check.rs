//! Checks in const evaluation, for sizes and numbers that the macro cannot know. `cargo check` reports them at the user's token.
//!
//! They are `track_caller`, so that rustc shows the user's line and nothing of this file.

use crate::const_text::ConstText;

type Message = ConstText<512>;

/// A size that is a constant of the user's.
#[must_use]
pub const fn size<const SIZE: usize>() -> usize {
    SIZE
}

/// Fails the build with `message` and both numbers unless they are equal.
#[track_caller]
pub const fn sizes_are_equal(left: usize, right: usize, message: &str) {
    if left != right {
        fail(message, left, " and ", right, "");
    }
}

/// Fails the build with `message` and both numbers unless a layer takes as many values as flow in. One that takes none is a stand-in.
#[track_caller]
pub const fn layer_takes(takes: usize, given: usize, message: &str) {
    if takes != 0 {
        sizes_are_equal(takes, given, message);
    }
}

/// Fails the build with `message` and both numbers unless `size` is at least `minimum`.
#[track_caller]
pub const fn size_is_at_least(size: usize, minimum: usize, message: &str) {
    if size < minimum {
        fail(message, size, ", and not ", minimum, " or more");
    }
}

/// Fails the build with `message` and the number unless it lies between the bounds; `true` beside a bound includes it.
///
/// The same must hold of the number in `f32`, the scalar of a model where nothing else is said, and it must not vanish there. The number stands at the end of the message's first line: after it comes the way out.
#[track_caller]
pub const fn number_is_in_range(value: f64, low: (f64, bool), high: (f64, bool), message: &str) {
    #[allow(clippy::cast_possible_truncation, reason = "rounding is what it is about")]
    let rounded = value as f32 as f64;
    let holds = is_between(value, low, high);
    if !(holds && is_between(rounded, low, high) && (rounded != 0.0 || value == 0.0)) {
        let (first, rest) = message.as_bytes().split_at(end_of_line(message.as_bytes()));
        let mut text = Message::new();
        text.bytes(first);
        text.text(" ");
        text.real(value);
        if holds {
            text.text(", which is ");
            text.real(rounded);
            text.text(" in `f32`");
        }
        text.bytes(rest);
        panic!("{}", text.as_str());
    }
}

const fn is_between(value: f64, low: (f64, bool), high: (f64, bool)) -> bool {
    let above = value > low.0 || (low.1 && value == low.0);
    let below = value < high.0 || (high.1 && value == high.0);
    above && below && value.is_finite()
}

/// Fails the build with `message` if every number is zero.
#[track_caller]
pub const fn numbers_are_not_all_zero(numbers: &[f64], message: &str) {
    let mut index = 0;
    while index < numbers.len() {
        if numbers[index] != 0.0 {
            return;
        }
        index += 1;
    }
    panic!("{}", message);
}

/// The numbers stand at the end of the message's first line: after it comes the way out.
#[track_caller]
const fn fail(message: &str, left: usize, between: &str, right: usize, after: &str) -> ! {
    let mut text = Message::new();
    let (first, rest) = message.as_bytes().split_at(end_of_line(message.as_bytes()));
    text.bytes(first);
    text.text(" (here ");
    text.number(left as u64);
    text.text(between);
    text.number(right as u64);
    text.text(after);
    text.text(")");
    text.bytes(rest);
    panic!("{}", text.as_str())
}

const fn end_of_line(bytes: &[u8]) -> usize {
    let mut line = 0;
    while line < bytes.len() && bytes[line] != b'\n' {
        line += 1;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{number_is_in_range, numbers_are_not_all_zero};
    use std::string::String;

    #[test]
    fn bounds_belong_to_a_range_or_do_not() {
        let fails = |value: f64, low, high| std::panic::catch_unwind(move || number_is_in_range(value, low, high, "it is\nhelp: ..")).is_err();
        let fraction = ((0.0, true), (1.0, false));
        assert!(!fails(0.0, fraction.0, fraction.1) && !fails(0.999, fraction.0, fraction.1));
        assert!(fails(1.0, fraction.0, fraction.1) && fails(-0.001, fraction.0, fraction.1) && fails(f64::NAN, fraction.0, fraction.1));
        assert!(fails(0.0, (0.0, false), (f64::INFINITY, false)) && fails(f64::INFINITY, (0.0, false), (f64::INFINITY, true)));
        // 1 in f32, 0 there, infinite there.
        assert!(fails(0.999_999_999_99, fraction.0, fraction.1) && fails(1e-60, fraction.0, fraction.1));
        assert!(fails(1e-60, (0.0, false), (f64::INFINITY, false)) && fails(1e40, (0.0, true), (f64::INFINITY, false)));
        let message = std::panic::catch_unwind(|| number_is_in_range(1e-60, (0.0, false), (1.0, false), "it is\nhelp: more"));
        assert_eq!(message.unwrap_err().downcast_ref::<String>().unwrap(), "it is 1e-60, which is 0 in `f32`\nhelp: more");
        let message = std::panic::catch_unwind(|| number_is_in_range(1.5, (0.0, true), (1.0, false), "the rate is\nhelp: less"));
        assert_eq!(message.unwrap_err().downcast_ref::<String>().unwrap(), "the rate is 1.5\nhelp: less");
    }

    #[test]
    fn one_number_that_counts_is_enough() {
        numbers_are_not_all_zero(&[0.0, 0.5], "none counts");
        assert!(std::panic::catch_unwind(|| numbers_are_not_all_zero(&[0.0, -0.0], "none counts")).is_err());
    }
}
