//! Checks in const evaluation, for sizes and numbers that the macro cannot know. `cargo check` reports them at the user's token.
//!
//! They are `track_caller`, so that rustc shows the user's line and nothing of this file.

/// A size that is a constant of the user's.
#[must_use]
pub const fn size<const SIZE: usize>() -> usize {
    SIZE
}

/// Fails the build with `message` and both numbers unless they are equal.
#[track_caller]
pub const fn sizes_are_equal(left: usize, right: usize, message: &str) {
    if left != right {
        fail(message, left, b" and ", right, b"");
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
        fail(message, size, b", and not ", minimum, b" or more");
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
        let mut text = Text { bytes: [0; 512], length: 0 };
        text.push(first);
        text.push(b" ");
        text.push_real(value);
        if holds {
            text.push(b", which is ");
            text.push_real(rounded);
            text.push(b" in `f32`");
        }
        text.push(rest);
        text.fail();
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

/// Const evaluation formats nothing but whole strings, so the message is put together here, byte by byte.
///
/// The numbers stand at the end of its first line: after it comes the way out.
#[track_caller]
const fn fail(message: &str, left: usize, between: &[u8], right: usize, after: &[u8]) -> ! {
    let mut text = Text { bytes: [0; 512], length: 0 };
    let (first, rest) = message.as_bytes().split_at(end_of_line(message.as_bytes()));
    text.push(first);
    text.push(b" (here ");
    text.push_number(left as u64);
    text.push(between);
    text.push_number(right as u64);
    text.push(after);
    text.push(b")");
    text.push(rest);
    text.fail()
}

const fn end_of_line(bytes: &[u8]) -> usize {
    let mut line = 0;
    while line < bytes.len() && bytes[line] != b'\n' {
        line += 1;
    }
    line
}

struct Text {
    bytes: [u8; 512],
    length: usize,
}

impl Text {
    const fn push(&mut self, bytes: &[u8]) {
        let mut index = 0;
        while index < bytes.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = bytes[index];
            self.length += 1;
            index += 1;
        }
    }

    #[track_caller]
    const fn fail(&self) -> ! {
        let (used, _) = self.bytes.split_at(self.length);
        match core::str::from_utf8(used) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("two sizes of the model do not fit together"),
        }
    }

    /// A real number with six decimals at most: `1.5`, `-3`, `2.5e-7`.
    const fn push_real(&mut self, value: f64) {
        if value.is_nan() {
            return self.push(b"NaN");
        }
        if value < 0.0 {
            self.push(b"-");
        }
        let mut value = value.abs();
        if value.is_infinite() {
            return self.push(b"infinite");
        }
        let mut exponent: i32 = 0;
        if value >= 1e9 || (value > 0.0 && value < 1e-4) {
            while value >= 10.0 {
                value /= 10.0;
                exponent += 1;
            }
            while value < 1.0 {
                value *= 10.0;
                exponent -= 1;
            }
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 1e15")]
        let millionths = (value * 1e6 + 0.5) as u64;
        self.push_number(millionths / 1_000_000);
        let mut rest = millionths % 1_000_000;
        if rest > 0 {
            self.push(b".");
        }
        let mut place = 100_000;
        while rest > 0 {
            self.push_number(rest / place);
            rest %= place;
            place /= 10;
        }
        if exponent != 0 {
            self.push(if exponent < 0 { b"e-" } else { b"e" });
            self.push_number(exponent.unsigned_abs() as u64);
        }
    }

    const fn push_number(&mut self, number: u64) {
        let mut divisor = 1;
        while number / divisor >= 10 {
            divisor *= 10;
        }
        while divisor > 0 {
            #[allow(clippy::cast_possible_truncation, reason = "a digit")]
            self.push(&[b'0' + (number / divisor % 10) as u8]);
            divisor /= 10;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, number_is_in_range, numbers_are_not_all_zero};
    use std::string::String;

    fn real(value: f64) -> String {
        let mut text = Text { bytes: [0; 512], length: 0 };
        text.push_real(value);
        String::from_utf8(text.bytes[..text.length].to_vec()).unwrap()
    }

    #[test]
    fn numbers_are_written_as_a_user_would() {
        for (value, expected) in [
            (0.0, "0"),
            (1.5, "1.5"),
            (-0.25, "-0.25"),
            (1.0, "1"),
            (0.1, "0.1"),
            (1.000_001, "1.000001"),
            (1.050_5, "1.0505"),
            (-3.0, "-3"),
            (1e-7, "1e-7"),
            (2.5e-9, "2.5e-9"),
            (1e300, "1e300"),
            (123_456_789.0, "123456789"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-infinite"),
        ] {
            assert_eq!(real(value), expected);
        }
    }

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
