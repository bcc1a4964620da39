//! [`embed!`](crate::embed!): a trained model as a constant of the program.
//!
//! The file is read in const evaluation: a model in a `static` lies in read-only data as it will be used, without a start-up, an
//! allocator or a file. The tensors are copied whole, so a million weights cost no more when compiling than a thousand; what costs is
//! reading the header, a few milliseconds for each tensor.

use crate::flat;
use crate::model::{Constant, ConstantValue, HeadInfo, LayerInfo};
use crate::weights::header::{self, ElementType, Entry, Header, HeaderError};
use crate::weights::schema::{self, Message};
use crate::weights::{self, FORMAT, Stored, StoredTensor, Tag, fingerprint, names};

/// A model with the weights of a safetensors file, built in when compiling.
///
/// ```text
/// static MODEL: Patient = mtl::embed!(Patient, "weights/patient.safetensors");
/// ```
///
/// The path is relative to the directory of the crate's `Cargo.toml`; the crate is built again when the file changes. Put the
/// model in a `static`: a `const` would be copied to wherever it is used.
///
/// A file that does not belong to the model is a compile error that lists every tensor that is missing, surplus, or of another
/// shape or type, with both shapes. Nothing is converted: PyTorch's names and layouts and other types are refused, but a program that
/// loads such a file ([`weights::LoadOptions`](crate::weights::LoadOptions)) and saves it makes one that fits.
/// Values are not looked at: [`weights::save`](crate::weights::save) refuses to write any that are not finite.
///
/// Files are little-endian. On a big-endian target every value is turned round in const evaluation, which takes ten seconds for a million.
///
/// # Parts
///
/// A part of a model is a model, which takes its weights from the file of the whole. A program then has neither the code nor the weights of
/// the other heads. The whole declares those that are wanted, by their heads:
///
/// ```text
/// multitask! {
///     pub struct Patient {
///         // ..
///         part Health = [health];
///     }
/// }
/// static HEALTH: Health = mtl::embed!(Patient, "weights/patient.safetensors", heads = [health]);
/// ```
///
/// A part may also be declared by itself, with those flows of the whole that it needs, as they stand there:
///
/// ```text
/// multitask! {
///     struct Health {
///         input body: [64];
///         head health = body -> Dense(20, relu) -> Dense(4, softmax) { loss: categorical_cross_entropy }
///     }
/// }
/// static mut HEALTH: Health = mtl::embed!(Health, "weights/patient.safetensors", part_of = Patient);
/// ```
///
/// The file must fit the whole, and every layer of the part must be one of the whole, with the same sizes and after the same values;
/// anything else is a compile error that names the layer. A value of the whole may be an input of the part, as `body` is here:
/// so a head can be trained in memory of its own behind a trunk that stays where it is embedded.
#[macro_export]
macro_rules! embed {
    ($model:ty, $path:expr $(,)?) => {
        $crate::embed!($model, $path, part_of = $model)
    };
    ($model:ty, $path:expr, part_of = $whole:ty $(,)?) => {
        const {
            const __FILE: &[::core::primitive::u8] = ::core::include_bytes!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", $path));
            const __PARTS: (&[::core::primitive::u8], &[::core::primitive::u8]) = $crate::embed::split(__FILE, $path);
            const __HEADER: $crate::weights::header::Header<'static> = $crate::embed::header(__PARTS.0, __PARTS.1, $path);
            // Reading the header of a large model takes more steps than const evaluation likes to take unasked.
            #[allow(long_running_const_eval)]
            const __TENSORS: $crate::embed::Tensors<{ $crate::weights::header::Header::count(&__HEADER) }> = $crate::embed::Tensors::of(&__HEADER);
            #[allow(long_running_const_eval)]
            const __MODEL: $model = $crate::embed::model::<$model, $whole, { $crate::weights::header::Header::count(&__HEADER) }>(&__HEADER, &__TENSORS, __PARTS.1, $path);
            __MODEL
        }
    };
    ($whole:ty, $path:expr, heads = [$($head:ident),+ $(,)?] $(,)?) => {
        $crate::embed!(
            <$whole as $crate::embed::PartOf<{ $crate::embed::heads::<$whole>(&[$(::core::stringify!($head)),+]) }>>::Part,
            $path,
            part_of = $whole
        )
    };
}

/// A model with a part of these heads, a bit for each by its number.
#[diagnostic::on_unimplemented(
    message = "no part of `{Self}` is declared that has just these heads",
    note = "declare it in the model, by a name and its heads: `part Reader = [digit];`"
)]
#[doc(hidden)]
pub trait PartOf<const HEADS: u64>: Stored {
    /// The part.
    type Part: Stored;
}

/// The heads of these names, a bit for each by its number.
///
/// # Panics
///
/// Where the model has no such head.
#[doc(hidden)]
#[must_use]
pub const fn heads<M: Stored>(names: &[&str]) -> u64 {
    let (mut set, mut index) = (0, 0);
    while index < names.len() {
        let mut head = 0;
        while head < M::HEADS.len() && !same_text(M::HEADS[head].name, names[index]) {
            head += 1;
        }
        if head == M::HEADS.len() {
            let mut message = Message::new();
            message.text("`");
            message.text(M::NAME);
            message.text("` has no head `");
            message.text(names[index]);
            message.text("`");
            fail(&message);
        }
        set |= 1 << head;
        index += 1;
    }
    set
}

/// The header and the data of a file.
///
/// # Panics
///
/// Where they cannot be told apart; in const evaluation that is a compile error.
#[doc(hidden)]
#[must_use]
pub const fn split<'a>(file: &'a [u8], path: &str) -> (&'a [u8], &'a [u8]) {
    match header::split(file) {
        Ok(parts) => parts,
        Err(error) => fail(&Message::not_safetensors(path, error)),
    }
}

/// The header of a file.
///
/// # Panics
///
/// Where it is malformed.
#[doc(hidden)]
#[must_use]
pub const fn header<'a>(header: &'a [u8], data: &[u8], path: &str) -> Header<'a> {
    match Header::read(header, data.len() as u64) {
        Ok(header) => header,
        Err(error) => fail(&Message::not_safetensors(path, error)),
    }
}

/// The tensors of a header, in the order of their data.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Tensors<const COUNT: usize> {
    entries: [Entry; COUNT],
    /// The hashes of their names: const evaluation takes a microsecond for a comparison, so names are compared only where these agree.
    hashes: [u32; COUNT],
}

impl<const COUNT: usize> Tensors<COUNT> {
    /// The tensors of a header that has so many.
    #[must_use]
    pub const fn of(header: &Header<'_>) -> Self {
        let mut tensors = Self { entries: [Entry::EMPTY; COUNT], hashes: [0; COUNT] };
        header.fill(&mut tensors.entries);
        header::sort(&mut tensors.entries);
        let mut index = 0;
        while index < COUNT {
            tensors.hashes[index] = tensors.entries[index].name.hash(header.bytes());
            index += 1;
        }
        tensors
    }

    const fn table<'a>(&'a self, header: &Header<'a>) -> Table<'a> {
        Table { header: header.bytes(), entries: &self.entries, hashes: &self.hashes }
    }
}

/// The tensors with the header that names them.
#[derive(Clone, Copy)]
struct Table<'a> {
    header: &'a [u8],
    entries: &'a [Entry],
    hashes: &'a [u32],
}

impl Table<'_> {
    /// The number of the tensor whose name is `layer` and `leaf` together, sought outwards from `near`.
    const fn find(&self, near: usize, layer: &str, leaf: &str) -> Option<usize> {
        let hash = header::hash(layer, leaf);
        let mut distance = 0;
        while distance < self.entries.len() {
            let after = near + distance;
            if after < self.entries.len() && self.hashes[after] == hash && self.entries[after].name.is_joined(self.header, layer, leaf) {
                return Some(after);
            }
            if distance <= near {
                let before = near - distance;
                if self.hashes[before] == hash && self.entries[before].name.is_joined(self.header, layer, leaf) {
                    return Some(before);
                }
            }
            distance += 1;
        }
        None
    }
}

/// The model `M` with the weights of a file of `W`, which it is a part of, or the whole.
///
/// # Panics
///
/// Where the file does not fit the model: the message says all that is wrong.
#[doc(hidden)]
#[must_use]
pub const fn model<M: Stored, W: Stored, const COUNT: usize>(header: &Header<'_>, tensors: &Tensors<COUNT>, data: &[u8], path: &str) -> M {
    let table = tensors.table(header);
    if let Err(error) = header::check_cover(&tensors.entries, data.len() as u64) {
        // Two of one name may lie in one place, which would be no more than a consequence.
        match header::duplicate(table.header, table.entries, table.hashes) {
            Some(name) => fail(&Message::twice(path, name.raw(table.header))),
            None => fail(&Message::not_safetensors(path, error)),
        }
    }
    if let Some(message) = mismatch::<W>(&table, Tag::read(header.tag()), path) {
        fail(&message);
    }
    if let Some(message) = not_a_part::<M, W>() {
        fail(&message);
    }
    let mut model = flat::zeroed::<M>();
    fill(&mut model, &table, data);
    model
}

/// Copies the tensors of a file that was found to fit.
const fn fill<M: Stored>(model: &mut M, table: &Table<'_>, data: &[u8]) {
    let (mut index, mut near) = (0, 0);
    while index < M::TENSORS.len() {
        let tensor = M::TENSORS.get(index);
        if let Some(found) = table.find(near, tensor.layer, tensor.leaf) {
            near = found;
            let entry = &table.entries[found];
            // Both lie within the data, as the header was checked to say.
            #[allow(clippy::cast_possible_truncation, reason = "they are positions in a slice")]
            let bytes = data.split_at(entry.end as usize).0.split_at(entry.begin as usize).1;
            flat::write_bytes(model, tensor.offset, bytes, tensor.element_bytes());
        }
        index += 1;
    }
}

/// Fills a model with the weights of a file, at run time.
///
/// # Errors
///
/// What is wrong with the file, as [`embed!`](crate::embed!) would say it.
#[cfg(feature = "std")]
pub(crate) fn load<M: Stored>(model: &mut M, file: &[u8], path: &str) -> Result<(), std::string::String> {
    use std::string::ToString;
    let not_safetensors = |error| Message::not_safetensors(path, error).as_str().to_string();
    let (text, data) = header::split(file).map_err(not_safetensors)?;
    let header = Header::read(text, data.len() as u64).map_err(not_safetensors)?;
    let mut entries = std::vec![Entry::EMPTY; header.count()];
    header.fill(&mut entries);
    entries.sort_unstable_by_key(|entry| (entry.begin, entry.end));
    if let Some(name) = weights::duplicate(&entries, header.bytes()) {
        return Err(Message::twice(path, name.as_bytes()).as_str().to_string());
    }
    header::check_cover(&entries, data.len() as u64).map_err(not_safetensors)?;
    let hashes: std::vec::Vec<u32> = entries.iter().map(|entry| entry.name.hash(header.bytes())).collect();
    let table = Table { header: header.bytes(), entries: &entries, hashes: &hashes };
    if let Some(message) = mismatch::<M>(&table, Tag::read(header.tag()), path) {
        return Err(message.as_str().to_string());
    }
    fill(model, &table, data);
    Ok(())
}

const fn fail(message: &Message) -> ! {
    panic!("{}", message.as_str())
}

/// All that is wrong between a file and a model, if anything is.
#[must_use]
const fn mismatch<M: Stored>(table: &Table<'_>, tag: Tag<'_>, path: &str) -> Option<Message> {
    let mut message = Message::about(path);
    message.text(" does not fit the model `");
    message.text(M::NAME);
    message.text("`");
    let start = message.len();

    if let Some(format) = tag.format
        && format > FORMAT
    {
        message.line("it has format ");
        message.number(format);
        message.text(", which is later than ");
        message.number(FORMAT);
    }
    if let Some(found) = tag.fingerprint
        && found != fingerprint::<M>()
    {
        message.line("it was saved from ");
        if let Some(name) = tag.model {
            message.text("`");
            message.bytes(name);
            message.text("`, ");
        }
        message.text("another architecture: fingerprint ");
        message.hexadecimal(found);
        message.text(", the model's is ");
        message.hexadecimal(fingerprint::<M>());
        if let Some(schema) = tag.schema {
            schema::compare_text::<M>(&mut message, schema);
        }
    }
    let tensors = M::TENSORS;
    let (mut matched, mut index, mut near) = (0, 0, 0);
    while index < tensors.len() {
        let tensor = tensors.get(index);
        match table.find(near, tensor.layer, tensor.leaf) {
            Some(found) => {
                near = found;
                matched += 1;
                compare(&mut message, &tensor, &table.entries[found], table.header);
            }
            None => missing(&mut message, &tensor, table),
        }
        index += 1;
    }
    if !is_covered::<M>() {
        message.line("the model's own table of tensors does not cover it");
    }
    // Only if there are more tensors than were found is there one to be named, or one whose name another has too.
    index = 0;
    let surplus = table.entries.len() > matched;
    while surplus && index < table.entries.len() {
        let name = table.entries[index].name;
        if !is_parameter::<M>(name, table.header) {
            // Where `missing` spoke of it, that is enough.
            if !is_pytorch_of_missing::<M>(name, table) {
                message.line("`");
                message.bytes(name.raw(table.header));
                message.text("` ");
                message.file_shape(&table.entries[index], table.header);
                message.text(" is not of the model");
            }
            matched += 1;
        }
        index += 1;
    }
    if table.entries.len() > matched
        && let Some(name) = header::duplicate(table.header, table.entries, table.hashes)
    {
        message.line("two of its tensors are called `");
        message.bytes(name.raw(table.header));
        message.text("`");
    }
    if message.len() == start { None } else { Some(message) }
}

/// All in which a model is not a part of another, if there is anything.
#[must_use]
const fn not_a_part<P: Stored, W: Stored>() -> Option<Message> {
    let mut message = Message::new();
    message.text("`");
    message.text(P::NAME);
    message.text("` is not a part of `");
    message.text(W::NAME);
    message.text("`");
    let start = message.len();

    let (mut index, mut near) = (0, 0);
    while index < P::LAYERS.len() {
        let layer = &P::LAYERS[index];
        // An input of the part is any value of the whole: what takes it says which.
        if !same_text(layer.kind, "Input") {
            near = find_layer::<W>(near, layer);
            if near < W::LAYERS.len() {
                compare_layers(&mut message, layer, &W::LAYERS[near]);
            } else {
                message.layer(layer);
                message.text(" is not in it");
            }
        }
        index += 1;
    }
    index = 0;
    while index < P::HEADS.len() {
        compare_head::<W>(&mut message, &P::HEADS[index]);
        index += 1;
    }
    schema::compare_part::<P, W>(&mut message);
    (index, near) = (0, 0);
    while index < P::TENSORS.len() {
        let tensor = P::TENSORS.get(index);
        near = find_tensor::<W>(near, &tensor);
        if near == W::TENSORS.len() {
            message.tensor(&tensor);
            message.text(" is not in it");
        } else if !same_shape(W::TENSORS.get(near).shape, tensor.shape) {
            message.tensor(&tensor);
            message.text(": the part has ");
            message.shape(tensor.shape);
            message.text(", the whole ");
            message.shape(W::TENSORS.get(near).shape);
        }
        index += 1;
    }
    if message.len() == start { None } else { Some(message) }
}

/// Whether the tensors of a model of one type are all of it.
const fn is_covered<M: Stored>() -> bool {
    match M::TENSORS {
        weights::Tensors::Parameters { element, .. } => M::TENSORS.elements() * (element.bits() / 8) as usize == size_of::<M>(),
        // Generated from the fields themselves; there is padding between them.
        weights::Tensors::Parts(_) => true,
    }
}

/// The number of a layer, sought from `near` on and then from the beginning; the number of all layers if there is no such. A layer may be applied several
/// times: the use that takes the same values is the one, or else any.
const fn find_layer<M: Stored>(near: usize, wanted: &LayerInfo) -> usize {
    let (count, mut tried) = (M::LAYERS.len(), 0);
    let mut named = count;
    while tried < count {
        let index = (near + tried) % count;
        if same_text(M::LAYERS[index].name, wanted.name) {
            if same_sources(&M::LAYERS[index], wanted) {
                return index;
            }
            if named == count {
                named = index;
            }
        }
        tried += 1;
    }
    named
}

/// Whether two layers take the same values.
const fn same_sources(one: &LayerInfo, other: &LayerInfo) -> bool {
    let mut same = one.from.len() == other.from.len();
    let mut index = 0;
    while same && index < one.from.len() {
        same = same_text(one.from[index], other.from[index]);
        index += 1;
    }
    same
}

/// As [`find_layer`], of a tensor.
const fn find_tensor<M: Stored>(near: usize, wanted: &StoredTensor) -> usize {
    let (count, mut tried) = (M::TENSORS.len(), 0);
    while tried < count {
        let index = (near + tried) % count;
        let tensor = M::TENSORS.get(index);
        if same_text(tensor.leaf, wanted.leaf) && same_text(tensor.layer, wanted.layer) && tensor.element as u8 == wanted.element as u8 {
            return index;
        }
        tried += 1;
    }
    count
}

/// A head of the part that the whole has too comes from the same value and has the same ending. Others, such as a flow within the whole that ends
/// in a head of the part, are the part's own affair.
const fn compare_head<W: Stored>(message: &mut Message, part: &HeadInfo) {
    let mut index = 0;
    while index < W::HEADS.len() && !same_text(W::HEADS[index].name, part.name) {
        index += 1;
    }
    if index == W::HEADS.len() {
        return;
    }
    let whole = &W::HEADS[index];
    let (what, of_part, of_whole) =
        if same_text(whole.from, part.from) { ("ends in ", part.ending, whole.ending) } else { ("comes from ", part.from, whole.from) };
    if same_text(of_part, of_whole) {
        return;
    }
    message.line("head `");
    message.text(part.name);
    message.text("`: in the part it ");
    message.text(what);
    message.list(&[of_part]);
    message.text(", in the whole ");
    message.list(&[of_whole]);
}

const fn compare_layers(message: &mut Message, part: &LayerInfo, whole: &LayerInfo) {
    if !same_text(part.kind, whole.kind) {
        message.layer(part);
        message.text(": the part has `");
        message.text(part.kind);
        message.text("`, the whole `");
        message.text(whole.kind);
        message.text("`");
    }
    if !same_shape(part.output, whole.output) {
        message.layer(part);
        message.text(": in the part it gives ");
        message.shape(part.output);
        message.text(", in the whole ");
        message.shape(whole.output);
    }
    if let Some(name) = other_constant(part.constants, whole.constants) {
        message.layer(part);
        message.text(": `");
        message.text(name);
        message.text("` in the part is not what it is in the whole");
    }
    if !same_sources(part, whole) {
        message.layer(part);
        message.text(": in the part it takes ");
        message.list(part.from);
        message.text(", in the whole ");
        message.list(whole.from);
    }
}

/// The name of the first constant that predictions depend on and that is not the same in both.
const fn other_constant(part: &[Constant], whole: &[Constant]) -> Option<&'static str> {
    let (mut left, mut right) = (next_constant(part, 0), next_constant(whole, 0));
    loop {
        match (left, right) {
            (None, None) => return None,
            (Some(only), None) => return Some(part[only].name),
            (None, Some(only)) => return Some(whole[only].name),
            (Some(one), Some(other)) => {
                let (one_constant, other_constant) = (&part[one], &whole[other]);
                let same = match (one_constant.value, other_constant.value) {
                    (ConstantValue::Number(one), ConstantValue::Number(other)) => one.to_bits() == other.to_bits(),
                    (ConstantValue::Text(one), ConstantValue::Text(other)) => same_text(one, other),
                    (ConstantValue::Number(_), ConstantValue::Text(_)) | (ConstantValue::Text(_), ConstantValue::Number(_)) => false,
                };
                if !same || !same_text(one_constant.name, other_constant.name) {
                    return Some(one_constant.name);
                }
                (left, right) = (next_constant(part, one + 1), next_constant(whole, other + 1));
            }
        }
    }
}

/// Where the next constant is that predictions depend on.
const fn next_constant(constants: &[Constant], mut from: usize) -> Option<usize> {
    while from < constants.len() {
        if !constants[from].training {
            return Some(from);
        }
        from += 1;
    }
    None
}

pub(crate) const fn same_text(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut index = 0;
    while left.len() == right.len() && index < left.len() && left[index] == right[index] {
        index += 1;
    }
    left.len() == right.len() && index == left.len()
}

const fn same_shape(left: &[usize], right: &[usize]) -> bool {
    let mut index = 0;
    while left.len() == right.len() && index < left.len() && left[index] == right[index] {
        index += 1;
    }
    left.len() == right.len() && index == left.len()
}

const fn compare(message: &mut Message, tensor: &StoredTensor, entry: &Entry, header: &[u8]) {
    if !entry.has_shape(header, tensor.shape) {
        message.tensor(tensor);
        message.text(": the model has ");
        message.shape(tensor.shape);
        message.text(", the file ");
        message.file_shape(entry, header);
    }
    if entry.element as u8 != tensor.element as u8 {
        message.tensor(tensor);
        message.text(": the model has ");
        message.text(tensor.element.name());
        message.text(", the file ");
        message.text(entry.element.name());
        message.text(if is_real(tensor.element) {
            "; to embed it, load the file and save it again"
        } else {
            "; to embed it, quantize the model and save that"
        });
    }
}

const fn is_real(element: ElementType) -> bool {
    matches!(element, ElementType::F32 | ElementType::F64)
}

const fn missing(message: &mut Message, tensor: &StoredTensor, table: &Table<'_>) {
    message.tensor(tensor);
    message.text(" ");
    message.shape(tensor.shape);
    message.text(" is missing");
    if let Some(pytorch) = names::pytorch(tensor.leaf)
        && let Some(found) = table.find(0, tensor.layer, pytorch)
    {
        message.text("; the file has PyTorch's `");
        message.text(tensor.layer);
        message.text(pytorch);
        message.text("` ");
        message.file_shape(&table.entries[found], table.header);
        message.text(": to embed it, load the file and save it again");
    }
}

const fn is_parameter<M: Stored>(name: header::Text, header: &[u8]) -> bool {
    let mut index = 0;
    while index < M::TENSORS.len() {
        let tensor = M::TENSORS.get(index);
        if name.is_joined(header, tensor.layer, tensor.leaf) {
            return true;
        }
        index += 1;
    }
    false
}

const fn is_pytorch_of_missing<M: Stored>(name: header::Text, table: &Table<'_>) -> bool {
    let mut index = 0;
    while index < M::TENSORS.len() {
        let tensor = M::TENSORS.get(index);
        if let Some(pytorch) = names::pytorch(tensor.leaf)
            && name.is_joined(table.header, tensor.layer, pytorch)
            && table.find(0, tensor.layer, tensor.leaf).is_none()
        {
            return true;
        }
        index += 1;
    }
    false
}

impl Message {
    const fn about(path: &str) -> Self {
        let mut message = Self::new();
        message.text("`");
        message.text(path);
        message.text("`");
        message
    }

    const fn not_safetensors(path: &str, error: HeaderError) -> Self {
        let mut message = Self::about(path);
        message.text(" is not a safetensors file: ");
        match error {
            HeaderError::TooShort => message.text("it has fewer than 8 bytes"),
            HeaderError::HeaderLength { length, available } => {
                message.text("its header is said to have ");
                message.number(length);
                message.text(" bytes, but ");
                message.number(available);
                message.text(" follow");
            }
            HeaderError::NotUtf8 => message.text("its header is not UTF-8"),
            HeaderError::Syntax { position, expected } => {
                message.text("its header is malformed at byte ");
                message.number(position as u64);
                message.text(": expected ");
                message.text(expected);
            }
            HeaderError::Size { position } => {
                message.text("at byte ");
                message.number(position as u64);
                message.text(" of its header: shape, type and offsets of the tensor contradict each other");
            }
            HeaderError::Truncated { end, available } => {
                message.text("a tensor ends at byte ");
                message.number(end);
                message.text(" of its data, of which there are ");
                message.number(available);
                message.text(": it is cut off");
            }
            HeaderError::Cover { expected, found } => {
                message.text("its tensors do not cover its data without gaps and overlaps: one begins at byte ");
                message.number(found);
                message.text(" of the data, not at ");
                message.number(expected);
            }
        }
        message
    }

    const fn twice(path: &str, name: &[u8]) -> Self {
        let mut message = Self::about(path);
        message.text(" has two tensors called `");
        message.bytes(name);
        message.text("`");
        message
    }

    /// Begins a line of the list of what is wrong.
    const fn line(&mut self, text: &str) {
        self.text("\n  ");
        self.text(text);
    }

    const fn tensor(&mut self, tensor: &StoredTensor) {
        self.line("`");
        self.text(tensor.layer);
        self.text(tensor.leaf);
        self.text("`");
    }

    const fn layer(&mut self, layer: &LayerInfo) {
        self.line("`");
        self.text(layer.name);
        self.text("`");
    }

    const fn list(&mut self, names: &[&str]) {
        let mut index = 0;
        while index < names.len() {
            if index > 0 {
                self.text(", ");
            }
            self.text("`");
            self.text(names[index]);
            self.text("`");
            index += 1;
        }
    }

    const fn shape(&mut self, shape: &[usize]) {
        self.text("[");
        let mut dimension = 0;
        while dimension < shape.len() {
            if dimension > 0 {
                self.text(", ");
            }
            self.number(shape[dimension] as u64);
            dimension += 1;
        }
        self.text("]");
    }

    const fn file_shape(&mut self, entry: &Entry, header: &[u8]) {
        let shape = entry.shape(header);
        self.text("[");
        let mut dimension = 0;
        while dimension < entry.rank as usize {
            if dimension > 0 {
                self.text(", ");
            }
            self.number(shape[dimension]);
            dimension += 1;
        }
        self.text("]");
    }
}
