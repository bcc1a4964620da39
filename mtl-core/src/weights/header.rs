//! The header of a safetensors file, read without an allocator and in const evaluation.
//!
//! A file is the length of its header in eight little-endian bytes, the header as a JSON object that maps the name of
//! each tensor to `{"dtype": "F32", "shape": [5, 64], "data_offsets": [0, 1280]}` (and `__metadata__` to strings), then
//! the tensors, row-major and little-endian, without gaps or overlaps. See <https://huggingface.co/docs/safetensors>.
//!
//! The same reader serves [`embed!`](crate::embed!) when compiling and [`load`](super::load) at run time, so what loads as it is
//! also embeds. It takes what the format describes and nothing else: no other keys, no numbers but whole ones.

/// The longest header that is read, in bytes: the limit of the reference implementation.
pub const MAX_HEADER: u64 = 100_000_000;
/// The most dimensions that a tensor may have.
pub const MAX_RANK: usize = 16;

/// Bytes that are not a safetensors file.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// Fewer than the eight bytes of the header's length.
    #[error("it has fewer than 8 bytes")]
    TooShort,
    /// The header is said to be longer than the file, or than [`MAX_HEADER`].
    #[error("its header is said to have {length} bytes, but {available} follow")]
    HeaderLength {
        /// What the first eight bytes say.
        length: u64,
        /// How many bytes come after them.
        available: u64,
    },
    /// The header is not text.
    #[error("its header is not UTF-8")]
    NotUtf8,
    /// The header is not the JSON of the format.
    #[error("its header is malformed at byte {position}: expected {expected}")]
    Syntax {
        /// Where, counted from the beginning of the header.
        position: usize,
        /// What would have been right.
        expected: &'static str,
    },
    /// A shape and type need another number of bytes than the offsets span, or one that cannot be counted.
    #[error("at byte {position} of its header: shape, type and offsets of the tensor contradict each other")]
    Size {
        /// Where the tensor's description ends, counted from the beginning of the header.
        position: usize,
    },
    /// A tensor ends beyond the file.
    #[error("a tensor ends at byte {end} of its data, of which there are {available}: it is cut off")]
    Truncated {
        /// Where the tensor ends.
        end: u64,
        /// How many bytes of data there are.
        available: u64,
    },
    /// Tensors overlap, or do not cover the data exactly.
    #[error("its tensors do not cover its data without gaps and overlaps: one begins at byte {found} of the data, not at {expected}")]
    Cover {
        /// Where the tensor before it ends.
        expected: u64,
        /// Where the next tensor begins, or the data end.
        found: u64,
    },
}

/// `?`, which const functions do not have.
macro_rules! attempt {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(error) => return Err(error),
        }
    };
}

macro_rules! element_types {
    ($($variant:ident $name:literal $bits:literal),* $(,)?) => {
        /// What the elements of a tensor are.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "the names are those of the format")]
        pub enum ElementType {
            $($variant),*
        }

        impl ElementType {
            /// As the format spells it: `F32`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),*
                }
            }

            /// The size of an element.
            #[must_use]
            pub const fn bits(self) -> u64 {
                match self {
                    $(Self::$variant => $bits),*
                }
            }

            const fn parse(header: &[u8], text: Text) -> Option<Self> {
                $(if text.is(header, $name) {
                    return Some(Self::$variant);
                })*
                None
            }
        }
    };
}

element_types! {
    F32 "F32" 32, F64 "F64" 64, F16 "F16" 16, Bf16 "BF16" 16,
    I8 "I8" 8, U8 "U8" 8, I16 "I16" 16, U16 "U16" 16, I32 "I32" 32, U32 "U32" 32, I64 "I64" 64, U64 "U64" 64,
    Bool "BOOL" 8, C64 "C64" 64,
    F4 "F4" 4, F6E2m3 "F6_E2M3" 6, F6E3m2 "F6_E3M2" 6,
    F8E5m2 "F8_E5M2" 8, F8E4m3 "F8_E4M3" 8, F8E8m0 "F8_E8M0" 8, F8E4m3fnuz "F8_E4M3FNUZ" 8, F8E5m2fnuz "F8_E5M2FNUZ" 8,
}

/// A string in the header: where it lies between its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    start: u32,
    end: u32,
}

impl Text {
    const EMPTY: Self = Self { start: 0, end: 0 };

    /// Whether it is this text, once escapes are resolved.
    #[must_use]
    pub const fn is(self, header: &[u8], text: &str) -> bool {
        self.is_joined(header, text, "")
    }

    /// Whether it is these two texts together.
    #[must_use]
    pub const fn is_joined(self, header: &[u8], first: &str, second: &str) -> bool {
        let (first, second) = (first.as_bytes(), second.as_bytes());
        let length = first.len() + second.len();
        // Escapes only ever make a string longer.
        if ((self.end - self.start) as usize) < length {
            return false;
        }
        let (mut position, end) = (self.start as usize, self.end as usize);
        let mut matched = 0;
        while position < end {
            if matched == length {
                return false;
            }
            let expected = if matched < first.len() { first[matched] } else { second[matched - first.len()] };
            // Nearly every byte stands for itself; const evaluation takes its time for the rest.
            if header[position] == expected && expected != b'\\' {
                matched += 1;
                position += 1;
                continue;
            }
            if header[position] != b'\\' {
                return false;
            }
            let Some(character) = character(header, position) else { return false };
            let mut byte = 0;
            while byte < character.length {
                if matched == length {
                    return false;
                }
                let expected = if matched < first.len() { first[matched] } else { second[matched - first.len()] };
                if character.utf8[byte] != expected {
                    return false;
                }
                matched += 1;
                byte += 1;
            }
            position = character.next;
        }
        matched == length
    }

    /// The [`hash`] of the text, escapes resolved: texts that differ in it differ.
    #[must_use]
    pub const fn hash(self, header: &[u8]) -> u32 {
        let (mut position, end) = (self.start as usize, self.end as usize);
        let mut value = HASH_START;
        while position < end {
            if header[position] != b'\\' {
                value = hash_byte(value, header[position]);
                position += 1;
                continue;
            }
            let Some(character) = character(header, position) else { return value };
            let mut byte = 0;
            while byte < character.length {
                value = hash_byte(value, character.utf8[byte]);
                byte += 1;
            }
            position = character.next;
        }
        value
    }

    /// Whether both are the same text, once escapes are resolved.
    const fn same(self, header: &[u8], other: Self) -> bool {
        let (mut left, mut right) = ((self.start as usize, 0), (other.start as usize, 0));
        loop {
            match (self.byte(header, &mut left), other.byte(header, &mut right)) {
                (None, None) => return true,
                (Some(left), Some(right)) if left == right => {}
                _ => return false,
            }
        }
    }

    /// The byte at a place, escapes resolved, and moves the place on: where the character stands, and which of its bytes it is.
    const fn byte(self, header: &[u8], place: &mut (usize, usize)) -> Option<u8> {
        if place.0 >= self.end as usize {
            return None;
        }
        let Some(character) = character(header, place.0) else { return None };
        let byte = character.utf8[place.1];
        *place = if place.1 + 1 < character.length { (place.0, place.1 + 1) } else { (character.next, 0) };
        Some(byte)
    }

    /// The bytes between the quotes, escapes as they stand.
    #[must_use]
    pub const fn raw(self, header: &[u8]) -> &[u8] {
        header.split_at(self.end as usize).0.split_at(self.start as usize).1
    }

    /// Where it begins in the header.
    #[cfg(feature = "std")]
    pub(super) const fn start(self) -> usize {
        self.start as usize
    }

    /// The text, escapes resolved.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn decode(self, header: &[u8]) -> std::borrow::Cow<'_, str> {
        let raw = self.raw(header);
        if !raw.contains(&b'\\') {
            return std::string::String::from_utf8_lossy(raw);
        }
        let mut decoded = std::vec::Vec::with_capacity(raw.len());
        let mut position = self.start as usize;
        while position < self.end as usize {
            let Some(character) = character(header, position) else { break };
            decoded.extend_from_slice(&character.utf8[..character.length]);
            position = character.next;
        }
        std::borrow::Cow::Owned(std::string::String::from_utf8_lossy(&decoded).into_owned())
    }
}

const HASH_START: u32 = 0x811C_9DC5;

const fn hash_byte(value: u32, byte: u8) -> u32 {
    (value ^ byte as u32).wrapping_mul(0x0100_0193)
}

/// FNV-1a (32 bits) of two texts together.
#[must_use]
pub const fn hash(first: &str, second: &str) -> u32 {
    let (first, second) = (first.as_bytes(), second.as_bytes());
    let mut value = HASH_START;
    let mut index = 0;
    while index < first.len() {
        value = hash_byte(value, first[index]);
        index += 1;
    }
    index = 0;
    while index < second.len() {
        value = hash_byte(value, second[index]);
        index += 1;
    }
    value
}

/// One tensor as the header describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: Text,
    /// What its elements are.
    pub element: ElementType,
    /// How many dimensions it has, [`MAX_RANK`] at most.
    pub rank: u8,
    /// Where in the header the first dimension stands.
    shape: u32,
    /// Where it begins in the data, in bytes.
    pub begin: u64,
    /// Where it ends in the data, in bytes.
    pub end: u64,
}

impl Entry {
    /// A place for an entry, to be filled by [`Header::fill`].
    pub const EMPTY: Self = Self { name: Text::EMPTY, element: ElementType::F32, rank: 0, shape: 0, begin: 0, end: 0 };

    /// Its dimensions; the first [`rank`](Self::rank) of them count.
    #[must_use]
    pub const fn shape(&self, header: &[u8]) -> [u64; MAX_RANK] {
        let mut shape = [0; MAX_RANK];
        let mut cursor = Cursor { bytes: header, position: self.shape as usize };
        let mut dimension = 0;
        while dimension < self.rank as usize {
            // Numbers and commas were found there when the header was read.
            if let Ok(size) = cursor.number() {
                shape[dimension] = size;
            }
            cursor.skip_space();
            cursor.position += 1;
            dimension += 1;
        }
        shape
    }

    /// Whether its shape is this one.
    #[must_use]
    pub const fn has_shape(&self, header: &[u8], expected: &[usize]) -> bool {
        if self.rank as usize != expected.len() {
            return false;
        }
        let shape = self.shape(header);
        let mut dimension = 0;
        while dimension < expected.len() {
            if shape[dimension] != expected[dimension] as u64 {
                return false;
            }
            dimension += 1;
        }
        true
    }
}

/// A header that is well formed: every tensor's type, shape and offsets agree and lie within the data.
///
/// That tensors neither overlap nor leave gaps is for [`check_cover`], which needs them in order; that names are distinct is for the caller.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    bytes: &'a [u8],
    data: u64,
    count: usize,
    tag: Option<Text>,
}

impl<'a> Header<'a> {
    /// Reads a header, before which `data` bytes of tensors are known to follow.
    ///
    /// # Errors
    ///
    /// See [`HeaderError`].
    pub const fn read(bytes: &'a [u8], data: u64) -> Result<Self, HeaderError> {
        if bytes.len() as u64 > MAX_HEADER {
            return Err(HeaderError::HeaderLength { length: bytes.len() as u64, available: data });
        }
        if core::str::from_utf8(bytes).is_err() {
            return Err(HeaderError::NotUtf8);
        }
        let mut header = Self { bytes, data, count: 0, tag: None };
        (header.count, header.tag) = attempt!(header.scan(&mut []));
        Ok(header)
    }

    /// The header's bytes, which names and shapes point into.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// How many tensors there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Where that stands.
    #[cfg(feature = "std")]
    pub(super) const fn tag_text(&self) -> Option<Text> {
        self.tag
    }

    /// What the metadata says under the key `mtl`.
    #[must_use]
    pub const fn tag(&self) -> Option<&'a [u8]> {
        match self.tag {
            Some(text) => Some(text.raw(self.bytes)),
            None => None,
        }
    }

    /// Writes the tensors to `entries`, as many as have room, in the order of the header.
    pub const fn fill(&self, entries: &mut [Entry]) {
        // The same scan succeeded before.
        let _ = self.scan(entries);
    }

    const fn scan(&self, entries: &mut [Entry]) -> Result<(usize, Option<Text>), HeaderError> {
        let mut cursor = Cursor { bytes: self.bytes, position: 0 };
        let (mut count, mut tag, mut metadata) = (0, None, false);
        if cursor.peek() != b'{' {
            return cursor.expected("`{`");
        }
        cursor.position += 1;
        cursor.skip_space();
        if cursor.peek() == b'}' {
            cursor.position += 1;
        } else {
            loop {
                let name = attempt!(cursor.string());
                attempt!(cursor.expect(b':', "`:`"));
                if name.is(self.bytes, "__metadata__") {
                    if metadata {
                        return cursor.expected("one `__metadata__`");
                    }
                    metadata = true;
                    tag = attempt!(cursor.metadata());
                } else {
                    let entry = attempt!(cursor.tensor(name, self.data));
                    if count < entries.len() {
                        entries[count] = entry;
                    }
                    count += 1;
                }
                if attempt!(cursor.ends(b'}', "`,` or `}`")) {
                    break;
                }
            }
        }
        // Writers pad the header with spaces.
        cursor.skip_space();
        if cursor.position < self.bytes.len() { cursor.expected("the end") } else { Ok((count, tag)) }
    }
}

/// The header's bytes and the data of a whole file.
///
/// # Errors
///
/// [`HeaderError::TooShort`], [`HeaderError::HeaderLength`].
pub const fn split(file: &[u8]) -> Result<(&[u8], &[u8]), HeaderError> {
    let Some((length, rest)) = file.split_first_chunk::<8>() else { return Err(HeaderError::TooShort) };
    let length = attempt!(header_length(*length, rest.len() as u64));
    Ok(rest.split_at(length))
}

/// The header's length from a file's first eight bytes, after which `available` bytes follow.
///
/// # Errors
///
/// [`HeaderError::HeaderLength`].
#[allow(clippy::cast_possible_truncation, reason = "the length is bounded, and by the file where pointers are shorter")]
pub const fn header_length(bytes: [u8; 8], available: u64) -> Result<usize, HeaderError> {
    let length = u64::from_le_bytes(bytes);
    if length > available || length > MAX_HEADER || length > usize::MAX as u64 {
        return Err(HeaderError::HeaderLength { length, available });
    }
    Ok(length as usize)
}

/// Puts tensors into the order of their data. For const evaluation: quick where they nearly are in order, as writers leave them.
pub const fn sort(entries: &mut [Entry]) {
    let mut sorted = 1;
    while sorted < entries.len() {
        let mut place = sorted;
        while place > 0 && comes_before(&entries[place], &entries[place - 1]) {
            entries.swap(place, place - 1);
            place -= 1;
        }
        sorted += 1;
    }
}

const fn comes_before(a: &Entry, b: &Entry) -> bool {
    a.begin < b.begin || (a.begin == b.begin && a.end < b.end)
}

/// Checks that tensors, in the order of their beginnings and then of their ends, cover `data` bytes without gaps and overlaps.
///
/// # Errors
///
/// [`HeaderError::Cover`].
pub const fn check_cover(entries: &[Entry], data: u64) -> Result<(), HeaderError> {
    let (mut end, mut index) = (0, 0);
    while index < entries.len() {
        if entries[index].begin != end {
            return Err(HeaderError::Cover { expected: end, found: entries[index].begin });
        }
        end = entries[index].end;
        index += 1;
    }
    if end == data { Ok(()) } else { Err(HeaderError::Cover { expected: end, found: data }) }
}

/// The name of two tensors, if there is one. For const evaluation, which has no faster way than to compare each with each; `hashes` are
/// those of the names.
#[must_use]
pub(crate) const fn duplicate(header: &[u8], entries: &[Entry], hashes: &[u32]) -> Option<Text> {
    let mut index = 1;
    while index < entries.len() {
        let mut before = 0;
        while before < index {
            if hashes[before] == hashes[index] && entries[before].name.same(header, entries[index].name) {
                return Some(entries[index].name);
            }
            before += 1;
        }
        index += 1;
    }
    None
}

/// One character of a string, as UTF-8.
struct Character {
    utf8: [u8; 4],
    length: usize,
    next: usize,
}

/// The character, or the byte of one, at a position inside a string; `None` where a string cannot go on so.
const fn character(bytes: &[u8], position: usize) -> Option<Character> {
    if position >= bytes.len() || bytes[position] < b' ' || bytes[position] == b'"' {
        return None;
    }
    if bytes[position] != b'\\' {
        return Some(Character { utf8: [bytes[position], 0, 0, 0], length: 1, next: position + 1 });
    }
    if position + 1 >= bytes.len() {
        return None;
    }
    let single = match bytes[position + 1] {
        byte @ (b'"' | b'\\' | b'/') => byte,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => {
            let Some(first) = hexadecimal(bytes, position + 2) else { return None };
            // Beyond the first plane a character is a pair of surrogates.
            let (code, next) = if first >= 0xD800 && first < 0xDC00 {
                if position + 7 >= bytes.len() || bytes[position + 6] != b'\\' || bytes[position + 7] != b'u' {
                    return None;
                }
                match hexadecimal(bytes, position + 8) {
                    Some(second) if second >= 0xDC00 && second < 0xE000 => (0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00), position + 12),
                    _ => return None,
                }
            } else {
                (first, position + 6)
            };
            let Some(code) = char::from_u32(code) else { return None };
            let mut utf8 = [0; 4];
            let length = code.encode_utf8(&mut utf8).len();
            return Some(Character { utf8, length, next });
        }
        _ => return None,
    };
    Some(Character { utf8: [single, 0, 0, 0], length: 1, next: position + 2 })
}

const fn hexadecimal(bytes: &[u8], position: usize) -> Option<u32> {
    if position + 4 > bytes.len() {
        return None;
    }
    let mut value = 0;
    let mut digit = 0;
    while digit < 4 {
        let Some(nibble) = (bytes[position + digit] as char).to_digit(16) else { return None };
        value = value << 4 | nibble;
        digit += 1;
    }
    Some(value)
}

struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Cursor<'_> {
    /// The byte here; 0, which JSON never has, at the end.
    const fn peek(&self) -> u8 {
        if self.position < self.bytes.len() { self.bytes[self.position] } else { 0 }
    }

    const fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.position += 1;
        }
    }

    const fn expected<R: Copy>(&self, expected: &'static str) -> Result<R, HeaderError> {
        Err(HeaderError::Syntax { position: self.position, expected })
    }

    const fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), HeaderError> {
        self.skip_space();
        if self.peek() != byte {
            return self.expected(expected);
        }
        self.position += 1;
        Ok(())
    }

    /// Whether a list ends here; otherwise a comma was passed.
    const fn ends(&mut self, close: u8, expected: &'static str) -> Result<bool, HeaderError> {
        self.skip_space();
        let byte = self.peek();
        if byte != close && byte != b',' {
            return self.expected(expected);
        }
        self.position += 1;
        Ok(byte == close)
    }

    #[allow(clippy::cast_possible_truncation, reason = "a header has 100 MB at most")]
    const fn string(&mut self) -> Result<Text, HeaderError> {
        attempt!(self.expect(b'"', "a string"));
        let start = self.position as u32;
        loop {
            // Nearly every byte stands for itself; const evaluation takes its time for the rest.
            while self.position < self.bytes.len() && !matches!(self.bytes[self.position], b'"' | b'\\' | ..b' ') {
                self.position += 1;
            }
            if self.peek() == b'"' {
                break;
            }
            let Some(character) = character(self.bytes, self.position) else { return self.expected("a character of a string") };
            self.position = character.next;
        }
        let end = self.position as u32;
        self.position += 1;
        Ok(Text { start, end })
    }

    const fn number(&mut self) -> Result<u64, HeaderError> {
        self.skip_space();
        let start = self.position;
        let mut value: u64 = 0;
        while self.peek().is_ascii_digit() {
            value = match value.checked_mul(10) {
                Some(value) => value,
                None => return self.expected("a number below 2^64"),
            };
            value = match value.checked_add((self.peek() - b'0') as u64) {
                Some(value) => value,
                None => return self.expected("a number below 2^64"),
            };
            self.position += 1;
        }
        let leading_zero = self.position > start + 1 && self.bytes[start] == b'0';
        if self.position == start || leading_zero { self.expected("a whole number") } else { Ok(value) }
    }

    /// An object of strings; what it has under `mtl`.
    const fn metadata(&mut self) -> Result<Option<Text>, HeaderError> {
        let mut tag = None;
        attempt!(self.expect(b'{', "`{`"));
        self.skip_space();
        if self.peek() == b'}' {
            self.position += 1;
            return Ok(tag);
        }
        loop {
            let key = attempt!(self.string());
            attempt!(self.expect(b':', "`:`"));
            let value = attempt!(self.string());
            if key.is(self.bytes, "mtl") {
                tag = Some(value);
            }
            if attempt!(self.ends(b'}', "`,` or `}`")) {
                return Ok(tag);
            }
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "a header has 100 MB at most, a tensor 16 dimensions")]
    const fn tensor(&mut self, name: Text, data: u64) -> Result<Entry, HeaderError> {
        let mut entry = Entry { name, ..Entry::EMPTY };
        let (mut element, mut elements, mut offsets) = (None, None, false);
        attempt!(self.expect(b'{', "`{`"));
        loop {
            let key = attempt!(self.string());
            attempt!(self.expect(b':', "`:`"));
            if element.is_none() && key.is(self.bytes, "dtype") {
                let name = attempt!(self.string());
                element = ElementType::parse(self.bytes, name);
                if element.is_none() {
                    return self.expected("a type of the format before this");
                }
            } else if elements.is_none() && key.is(self.bytes, "shape") {
                attempt!(self.expect(b'[', "`[`"));
                self.skip_space();
                entry.shape = self.position as u32;
                let (mut product, mut rank): (Option<u64>, usize) = (Some(1), 0);
                if self.peek() == b']' {
                    self.position += 1;
                } else {
                    loop {
                        let size = attempt!(self.number());
                        if rank == MAX_RANK {
                            return self.expected("16 dimensions at most");
                        }
                        rank += 1;
                        product = match product {
                            Some(product) => product.checked_mul(size),
                            None => None,
                        };
                        if attempt!(self.ends(b']', "`,` or `]`")) {
                            break;
                        }
                    }
                }
                entry.rank = rank as u8;
                elements = Some(product);
            } else if !offsets && key.is(self.bytes, "data_offsets") {
                offsets = true;
                attempt!(self.expect(b'[', "`[`"));
                entry.begin = attempt!(self.number());
                attempt!(self.expect(b',', "`,`"));
                entry.end = attempt!(self.number());
                attempt!(self.expect(b']', "`]`"));
            } else {
                return self.expected("`dtype`, `shape` and `data_offsets`, each once, before this");
            }
            if attempt!(self.ends(b'}', "`,` or `}`")) {
                break;
            }
        }
        let (Some(element), Some(elements), true) = (element, elements, offsets) else {
            return self.expected("`dtype`, `shape` and `data_offsets` before this");
        };
        entry.element = element;
        let bits = match elements {
            Some(elements) => elements.checked_mul(element.bits()),
            None => None,
        };
        match bits {
            Some(bits) if bits % 8 == 0 && entry.begin <= entry.end && entry.end - entry.begin == bits / 8 => {
                if entry.end > data {
                    Err(HeaderError::Truncated { end: entry.end, available: data })
                } else {
                    Ok(entry)
                }
            }
            _ => Err(HeaderError::Size { position: self.position }),
        }
    }
}
