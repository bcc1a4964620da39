//! Text that is put together in const evaluation, which formats nothing but whole strings: the messages of builds that fail.

/// Text of up to `CAPACITY` bytes; what is longer is cut off.
pub(crate) struct ConstText<const CAPACITY: usize> {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl<const CAPACITY: usize> ConstText<CAPACITY> {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; CAPACITY], length: 0 }
    }

    /// How many bytes it has.
    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    /// The text; where it was cut off within a character, what comes before that.
    pub(crate) const fn as_str(&self) -> &str {
        let bytes = self.bytes.split_at(self.length).0;
        match core::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => match core::str::from_utf8(bytes.split_at(error.valid_up_to()).0) {
                Ok(text) => text,
                Err(_) => "",
            },
        }
    }

    pub(crate) const fn bytes(&mut self, bytes: &[u8]) {
        let mut index = 0;
        while index < bytes.len() && self.length < CAPACITY {
            self.bytes[self.length] = bytes[index];
            self.length += 1;
            index += 1;
        }
    }

    pub(crate) const fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// `13002`.
    pub(crate) const fn number(&mut self, number: u64) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.digit(number);
    }

    /// `13_002`.
    pub(crate) const fn number_in_groups(&mut self, number: u64) {
        let mut divisor: u64 = 1;
        let mut place: i32 = 0;
        while number / divisor >= 10 {
            divisor *= 10;
            place += 1;
        }
        while divisor > 0 {
            self.digit(number / divisor);
            if place > 0 && place % 3 == 0 {
                self.text("_");
            }
            divisor /= 10;
            place -= 1;
        }
    }

    /// 16 digits, small.
    pub(crate) const fn hexadecimal(&mut self, number: u64) {
        let mut shift = u64::BITS;
        while shift > 0 {
            shift -= 4;
            let digit = (number >> shift & 15) as u8;
            self.bytes(&[if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }]);
        }
    }

    /// A real number with six decimals at most: `1.5`, `-3`, `2.5e-7`.
    pub(crate) const fn real(&mut self, value: f64) {
        if value.is_nan() {
            return self.text("NaN");
        }
        if value < 0.0 {
            self.text("-");
        }
        let mut value = value.abs();
        if value.is_infinite() {
            return self.text("infinite");
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
        self.number(millionths / 1_000_000);
        let mut rest = millionths % 1_000_000;
        if rest > 0 {
            self.text(".");
        }
        let mut place = 100_000;
        while rest > 0 {
            self.number(rest / place);
            rest %= place;
            place /= 10;
        }
        if exponent != 0 {
            self.text(if exponent < 0 { "e-" } else { "e" });
            self.number(exponent.unsigned_abs() as u64);
        }
    }

    /// The last digit of a number.
    const fn digit(&mut self, number: u64) {
        self.bytes(&[b'0' + (number % 10) as u8]);
    }
}

#[cfg(test)]
mod tests {
    use super::ConstText;
    use std::string::{String, ToString};

    fn text(write: impl FnOnce(&mut ConstText<64>)) -> String {
        let mut text = ConstText::new();
        write(&mut text);
        text.as_str().to_string()
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
            assert_eq!(text(|text| text.real(value)), expected);
        }
    }

    #[test]
    fn numbers_are_written_in_groups_of_three() {
        for (value, expected) in [(0, "0"), (7, "7"), (100, "100"), (1_000, "1_000"), (13_002, "13_002"), (1_234_567, "1_234_567")] {
            assert_eq!(text(|text| text.number_in_groups(value)), expected);
        }
        assert_eq!(text(|text| text.number_in_groups(u64::MAX)), "18_446_744_073_709_551_615");
    }

    #[test]
    fn numbers_have_every_digit() {
        assert_eq!(text(|text| text.number(0)) + &text(|text| text.number(u64::MAX)), "018446744073709551615");
        assert_eq!(text(|text| text.hexadecimal(0x00ab_cdef_0123_4567)), "00abcdef01234567");
    }

    #[test]
    fn what_is_too_long_ends_with_a_whole_character() {
        let mut text = ConstText::<4>::new();
        text.text("abcé");
        assert_eq!((text.as_str(), text.len()), ("abc", 4));
    }
}
