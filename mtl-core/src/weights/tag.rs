//! What a file says of the model it was saved from: one line of metadata under the key `mtl`.
//!
//! `format=1 model=Patient fingerprint=0123456789abcdef schema=input:age:1:age;head:health:c2:health=Poor,Good`. One key keeps files the same byte
//! for byte from run to run: the `safetensors` crate writes several keys in no particular order.

#[cfg(feature = "std")]
use super::schema;
use super::{Stored, Tensors};
use crate::embed::same_text;
use crate::model::{ColumnInfo, Constant, ConstantValue};

/// The version of what this library writes.
pub const FORMAT: u64 = 1;

/// What a file says of its model; each part may be missing, as in a file that another library wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tag<'a> {
    /// The version of the format.
    pub format: Option<u64>,
    /// The name of the model, in UTF-8.
    pub model: Option<&'a [u8]>,
    /// The [`fingerprint`] of its architecture.
    pub fingerprint: Option<u64>,
    /// Its inputs and heads with their columns and categories, as the module `schema` spells them.
    pub schema: Option<&'a [u8]>,
}

impl<'a> Tag<'a> {
    /// Reads a line; what is not understood counts as missing.
    #[must_use]
    pub const fn read(line: Option<&'a [u8]>) -> Self {
        let mut tag = Self { format: None, model: None, fingerprint: None, schema: None };
        let Some(mut rest) = line else { return tag };
        while !rest.is_empty() {
            let mut end = 0;
            while end < rest.len() && rest[end] != b' ' {
                end += 1;
            }
            let (word, after) = rest.split_at(end);
            if let Some(value) = after_prefix(word, b"format=") {
                tag.format = number(value, 10);
            } else if let Some(value) = after_prefix(word, b"model=") {
                tag.model = Some(value);
            } else if let Some(value) = after_prefix(word, b"fingerprint=") {
                tag.fingerprint = number(value, 16);
            } else if let Some(value) = after_prefix(word, b"schema=") {
                tag.schema = Some(value);
            }
            rest = match after.split_first() {
                Some((_, after)) => after,
                None => after,
            };
        }
        tag
    }

    /// The line of a model.
    #[cfg(feature = "std")]
    pub(crate) fn line<M: Stored>() -> std::string::String {
        std::format!("format={FORMAT} model={} fingerprint={:016x} schema={}", M::NAME, fingerprint::<M>(), schema::text::<M>())
    }
}

const fn after_prefix<'a>(word: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    if word.len() < prefix.len() {
        return None;
    }
    let (start, value) = word.split_at(prefix.len());
    let mut index = 0;
    while index < prefix.len() {
        if start[index] != prefix[index] {
            return None;
        }
        index += 1;
    }
    Some(value)
}

const fn number(digits: &[u8], radix: u32) -> Option<u64> {
    match core::str::from_utf8(digits) {
        Ok(digits) => match u64::from_str_radix(digits, radix) {
            Ok(value) => Some(value),
            Err(_) => None,
        },
        Err(_) => None,
    }
}

/// A number that tells architectures apart, so that the same parameters under the same fingerprint predict the same: FNV-1a (64 bits) of
///
/// * the paths and shapes of the tensors, and their types where there are several;
/// * the name, kind, output shape, sources and constants of each layer, but for constants of training such as the rate of a dropout. Of a layer or
///   an activation of one's own that is its path and its arguments as they are written: what it does with them is its own affair;
/// * the name, source and ending of each head: the same values are other predictions before and after a `sigmoid`;
/// * the names of columns and the texts of categories, in their order, of the inputs and heads that have some: a number in another place is another
///   column or another category.
///
/// The model's own name takes no part, so a model may be renamed.
#[must_use]
pub const fn fingerprint<M: Stored>() -> u64 {
    let mut hash = Fnv(0xCBF2_9CE4_8422_2325);
    let tensors = M::TENSORS;
    let mut index = 0;
    while index < tensors.len() {
        let tensor = tensors.get(index);
        hash.bytes(tensor.layer);
        hash.text(tensor.leaf);
        hash.shape(tensor.shape);
        if matches!(tensors, Tensors::Parts(_)) {
            hash.text(tensor.element.name());
        }
        index += 1;
    }
    index = 0;
    while index < M::LAYERS.len() {
        let layer = &M::LAYERS[index];
        hash.text(layer.name);
        hash.text(layer.kind);
        hash.shape(layer.output);
        let mut source = 0;
        while source < layer.from.len() {
            hash.text(layer.from[source]);
            source += 1;
        }
        // An end that no text has, so that lists cannot run into each other.
        hash.byte(0xFF);
        hash.constants(layer.constants);
        index += 1;
    }
    index = 0;
    while index < M::HEADS.len() {
        let head = &M::HEADS[index];
        hash.text(head.name);
        hash.text(head.from);
        hash.text(head.ending);
        if let [column] = head.columns.named() {
            hash.texts(column.categories);
        }
        index += 1;
    }
    index = 0;
    while index < M::INPUTS.len() {
        hash.columns(M::INPUTS[index].name, M::INPUTS[index].columns.named());
        index += 1;
    }
    hash.0
}

struct Fnv(u64);

impl Fnv {
    const fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ byte as u64).wrapping_mul(0x0000_0100_0000_01B3);
    }

    const fn bytes(&mut self, text: &str) {
        let text = text.as_bytes();
        let mut index = 0;
        while index < text.len() {
            self.byte(text[index]);
            index += 1;
        }
    }

    const fn text(&mut self, text: &str) {
        self.bytes(text);
        self.byte(0);
    }

    /// A list of texts, unless it is empty.
    const fn texts(&mut self, texts: &[&str]) {
        let mut index = 0;
        while index < texts.len() {
            self.text(texts[index]);
            index += 1;
        }
        if index > 0 {
            self.byte(0xFF);
        }
    }

    /// The columns of an input. One column without categories that is called as its input says nothing more.
    const fn columns(&mut self, input: &str, columns: &[ColumnInfo]) {
        if let [ColumnInfo { name, categories: [], optional: false, .. }] = columns
            && same_text(name, input)
        {
            return;
        }
        let mut index = 0;
        while index < columns.len() {
            self.text(columns[index].name);
            self.byte(columns[index].optional as u8);
            self.texts(columns[index].categories);
            index += 1;
        }
        if index > 0 {
            self.text(input);
            self.byte(0xFF);
        }
    }

    const fn word(&mut self, word: u64) {
        let bytes = word.to_le_bytes();
        let mut byte = 0;
        while byte < bytes.len() {
            self.byte(bytes[byte]);
            byte += 1;
        }
    }

    const fn shape(&mut self, shape: &[usize]) {
        let mut index = 0;
        while index < shape.len() {
            self.word(shape[index] as u64);
            index += 1;
        }
        self.byte(0xFF);
    }

    /// Those that predictions depend on.
    const fn constants(&mut self, constants: &[Constant]) {
        let mut index = 0;
        while index < constants.len() {
            let constant = &constants[index];
            if !constant.training {
                self.text(constant.name);
                match constant.value {
                    ConstantValue::Number(number) => self.word(number.to_bits()),
                    ConstantValue::Text(text) => self.text(text),
                }
            }
            index += 1;
        }
        self.byte(0xFF);
    }
}
