//! Checks in const evaluation, for sizes that the macro cannot know. `cargo check` reports them at the user's token.

/// Fails the build with `message` and both numbers unless they are equal.
pub const fn sizes_are_equal(left: usize, right: usize, message: &str) {
    if left != right {
        fail(message, left, b" and ", right, b"");
    }
}

/// Fails the build with `message` and both numbers unless `size` is at least `minimum`.
pub const fn size_is_at_least(size: usize, minimum: usize, message: &str) {
    if size < minimum {
        fail(message, size, b", and not ", minimum, b" or more");
    }
}

/// Const evaluation formats nothing but whole strings, so the message is put together here, byte by byte.
///
/// The numbers stand at the end of its first line: after it comes the way out.
const fn fail(message: &str, left: usize, between: &[u8], right: usize, after: &[u8]) -> ! {
    let mut text = Text { bytes: [0; 512], length: 0 };
    let bytes = message.as_bytes();
    let mut line = 0;
    while line < bytes.len() && bytes[line] != b'\n' {
        line += 1;
    }
    let (first, rest) = bytes.split_at(line);
    text.push(first);
    text.push(b" (here ");
    text.push_number(left);
    text.push(between);
    text.push_number(right);
    text.push(after);
    text.push(b")");
    text.push(rest);
    let (used, _) = text.bytes.split_at(text.length);
    match core::str::from_utf8(used) {
        Ok(text) => panic!("{}", text),
        Err(_) => panic!("two sizes of the model do not fit together"),
    }
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

    const fn push_number(&mut self, number: usize) {
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
