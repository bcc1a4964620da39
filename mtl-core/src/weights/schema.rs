//! The schema of a model as text in its file: inputs and heads with their columns and categories, so that a refusal can say what differs.
//!
//! ```text
//! input:person:3:age@age_decades:school?:income;input:region:c4:region=Midwest,Northeast,West,*Other;head:visits:1:visits
//! ```
//!
//! A field is its role, its name, how many numbers it has (`c4`: a class of four), and its columns, if they have names. A column is its name, the title
//! in tables where that is another, `?` where a cell may be missing, and the texts of its categories; `*` marks the one for what is unknown. Bytes
//! that could be taken for anything else are `%` and two digits. What a later version adds after a name is passed over.
//!
//! Const functions read it, as [`embed!`](crate::embed!) compares it while compiling.

use super::Stored;
use crate::const_text::ConstText;
use crate::model::{ColumnInfo, Columns, FieldKind};

/// Lists of so many names are shown whole.
const LISTED: usize = 12;
/// The most bytes of a name that are shown.
const SHOWN: usize = 60;

/// The message that differences are written to.
pub(crate) type Message = ConstText<8192>;

/// A name or text: as it is, or as a schema spells it.
#[derive(Clone, Copy)]
struct Word<'a> {
    bytes: &'a [u8],
    escaped: bool,
}

impl<'a> Word<'a> {
    const fn plain(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), escaped: false }
    }

    const fn spelt(bytes: &'a [u8]) -> Self {
        Self { bytes, escaped: true }
    }

    /// The byte at a place, which moves on.
    const fn byte(self, place: &mut usize) -> Option<u8> {
        if *place >= self.bytes.len() {
            return None;
        }
        let byte = self.bytes[*place];
        if self.escaped && byte == b'%' && *place + 2 < self.bytes.len() {
            let (high, low) = ((self.bytes[*place + 1] as char).to_digit(16), (self.bytes[*place + 2] as char).to_digit(16));
            if let (Some(high), Some(low)) = (high, low) {
                *place += 3;
                #[allow(clippy::cast_possible_truncation, reason = "two hexadecimal digits")]
                return Some((high * 16 + low) as u8);
            }
        }
        *place += 1;
        Some(byte)
    }

    const fn is(self, other: Self) -> bool {
        let (mut left, mut right) = (0, 0);
        loop {
            match (self.byte(&mut left), other.byte(&mut right)) {
                (None, None) => return true,
                (Some(left), Some(right)) if left == right => {}
                _ => return false,
            }
        }
    }

    /// Writes it between backticks: on one line, and as it is spelt where it is no UTF-8.
    const fn write(self, message: &mut Message) {
        let (mut text, mut length, mut place) = ([0; SHOWN], 0, 0);
        let mut whole = true;
        while let Some(byte) = self.byte(&mut place) {
            if length == SHOWN {
                whole = false;
                break;
            }
            text[length] = if byte.is_ascii_control() { b'?' } else { byte };
            length += 1;
        }
        message.text("`");
        match core::str::from_utf8(text.split_at(length).0) {
            Ok(text) => message.text(text),
            // A character that is cut off at the end.
            Err(error) if !whole && error.error_len().is_none() => message.bytes(text.split_at(error.valid_up_to()).0),
            Err(_) => message.text("?"),
        }
        message.text(if whole { "`" } else { "..`" });
    }
}

/// What stands before a byte, and after it if it is there.
const fn cut(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    let mut place = 0;
    while place < text.len() {
        if text[place] == at {
            let (before, after) = text.split_at(place);
            return (before, Some(after.split_at(1).1));
        }
        place += 1;
    }
    (text, None)
}

/// The names of columns, or the texts of categories.
#[derive(Clone, Copy)]
enum List<'a> {
    ColumnsOfText(&'a [u8]),
    Columns(&'static [ColumnInfo]),
    TextsOfText(&'a [u8]),
    Texts(&'static [&'static str]),
}

impl<'a> List<'a> {
    const fn next(&mut self) -> Option<Word<'a>> {
        match self {
            Self::ColumnsOfText(_) | Self::Columns(_) => match self.next_column() {
                Some(column) => Some(column.name),
                None => None,
            },
            Self::TextsOfText(text) => {
                if text.is_empty() {
                    return None;
                }
                let (word, rest) = cut(text, b',');
                *text = or_empty(rest);
                let (mark, after) = cut(word, b'*');
                Some(Word::spelt(match after {
                    Some(word) if mark.is_empty() => word,
                    _ => word,
                }))
            }
            Self::Texts(texts) => match texts.split_first() {
                Some((text, rest)) => {
                    *texts = rest;
                    Some(Word::plain(text))
                }
                None => None,
            },
        }
    }

    /// The next column, of a list of columns.
    const fn next_column(&mut self) -> Option<Column<'a>> {
        match self {
            Self::ColumnsOfText(text) => {
                if text.is_empty() {
                    return None;
                }
                let (column, rest) = cut(text, b':');
                *text = or_empty(rest);
                let (said, texts) = cut(column, b'=');
                let texts = or_empty(texts);
                let (said, optional) = cut(said, b'?');
                let optional = optional.is_some();
                let name = Word::spelt(cut(said, b'@').0);
                Some(Column { name, optional, unknown: cut(texts, b'*').1.is_some(), texts: Self::TextsOfText(texts) })
            }
            Self::Columns(columns) => match columns.split_first() {
                Some((column, rest)) => {
                    *columns = rest;
                    let (name, texts) = (Word::plain(column.name), Self::Texts(column.categories));
                    Some(Column { name, optional: column.optional, unknown: column.unknown.is_some(), texts })
                }
                None => None,
            },
            Self::TextsOfText(_) | Self::Texts(_) => None,
        }
    }

    const fn count(mut self) -> usize {
        let mut count = 0;
        while self.next().is_some() {
            count += 1;
        }
        count
    }

    /// Writes all of it.
    const fn write(mut self, message: &mut Message) {
        let mut first = true;
        while let Some(word) = self.next() {
            if !first {
                message.text(", ");
            }
            first = false;
            word.write(message);
        }
        if first {
            message.text("none");
        }
    }
}

const fn or_empty(text: Option<&[u8]>) -> &[u8] {
    match text {
        Some(text) => text,
        None => &[],
    }
}

/// A column, as one side has it.
#[derive(Clone, Copy)]
struct Column<'a> {
    name: Word<'a>,
    optional: bool,
    unknown: bool,
    texts: List<'a>,
}

/// An input or a head, as one side has it.
#[derive(Clone, Copy)]
struct Field<'a> {
    name: Word<'a>,
    is_class: bool,
    size: u64,
    columns: List<'a>,
}

impl<'a> Field<'a> {
    const fn of(name: &'static str, kind: FieldKind, columns: Columns) -> Self {
        let (is_class, size) = match kind {
            FieldKind::Real { width } => (false, width as u64),
            FieldKind::Class { classes } => (true, classes as u64),
        };
        Self { name: Word::plain(name), is_class, size, columns: List::Columns(columns.named()) }
    }

    /// Reads what stands behind the role.
    const fn read(text: &'a [u8]) -> Self {
        let (name, rest) = cut(text, b':');
        let (size, columns) = cut(or_empty(rest), b':');
        let (mut number, mut is_class, mut place) = (0_u64, false, 0);
        while place < size.len() {
            if size[place].is_ascii_digit() {
                number = number.saturating_mul(10).saturating_add((size[place] - b'0') as u64);
            }
            is_class |= size[place] == b'c';
            place += 1;
        }
        Self { name: Word::spelt(name), is_class, size: number, columns: List::ColumnsOfText(or_empty(columns)) }
    }

    /// `4 classes`, `3 numbers`.
    const fn write_size(&self, message: &mut Message) {
        message.number(self.size);
        message.text(match (self.is_class, self.size) {
            (true, 1) => " class",
            (true, _) => " classes",
            (false, 1) => " number",
            (false, _) => " numbers",
        });
    }
}

/// The inputs or the heads of one side.
#[derive(Clone, Copy)]
struct Fields<'a> {
    role: Role,
    from: Side<'a>,
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Input,
    Head,
}

impl Role {
    const fn word(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Head => "head",
        }
    }
}

#[derive(Clone, Copy)]
enum Side<'a> {
    Text(&'a [u8]),
    Inputs(&'static [crate::model::InputInfo]),
    Heads(&'static [crate::model::HeadInfo]),
}

impl<'a> Fields<'a> {
    const fn of_text(role: Role, schema: &'a [u8]) -> Self {
        Self { role, from: Side::Text(schema) }
    }

    const fn of_model<M: Stored>(role: Role) -> Self {
        let from = match role {
            Role::Input => Side::Inputs(M::INPUTS),
            Role::Head => Side::Heads(M::HEADS),
        };
        Self { role, from }
    }

    const fn next(&mut self) -> Option<Field<'a>> {
        match &mut self.from {
            Side::Text(text) => {
                while !text.is_empty() {
                    let (field, rest) = cut(text, b';');
                    *text = or_empty(rest);
                    let (role, field) = cut(field, b':');
                    if Word::spelt(role).is(Word::plain(self.role.word())) {
                        return Some(Field::read(or_empty(field)));
                    }
                }
                None
            }
            Side::Inputs(inputs) => match inputs.split_first() {
                Some((input, rest)) => {
                    *inputs = rest;
                    Some(Field::of(input.name, input.kind, input.columns))
                }
                None => None,
            },
            Side::Heads(heads) => match heads.split_first() {
                Some((head, rest)) => {
                    *heads = rest;
                    Some(Field::of(head.name, head.target, head.columns))
                }
                None => None,
            },
        }
    }

    const fn find(mut self, name: Word<'_>) -> Option<Field<'a>> {
        while let Some(field) = self.next() {
            if field.name.is(name) {
                return Some(field);
            }
        }
        None
    }

    /// Writes the names of all.
    const fn write_names(mut self, message: &mut Message) {
        let mut number = 0;
        while let Some(field) = self.next() {
            if number > 0 {
                message.text(", ");
            }
            if number == LISTED {
                message.text("..");
                return;
            }
            field.name.write(message);
            number += 1;
        }
        if number == 0 {
            message.text("none");
        }
    }
}

/// What messages call the two sides: `the file`, `the model`.
#[derive(Clone, Copy)]
struct Names {
    one: &'static str,
    other: &'static str,
}

/// Writes a line for everything in which the schema of a file is not that of a model.
pub(crate) const fn compare_text<M: Stored>(message: &mut Message, schema: &[u8]) {
    let names = Names { one: "the file", other: "the model" };
    compare_all(message, Fields::of_text(Role::Input, schema), Fields::of_model::<M>(Role::Input), names);
    compare_all(message, Fields::of_text(Role::Head, schema), Fields::of_model::<M>(Role::Head), names);
}

/// Writes a line for everything in which the inputs and heads of a part are not those of the same names of the whole.
pub(crate) const fn compare_part<P: Stored, W: Stored>(message: &mut Message) {
    let names = Names { one: "the whole", other: "the part" };
    let roles = [Role::Input, Role::Head];
    let mut role = 0;
    while role < roles.len() {
        let mut part = Fields::of_model::<P>(roles[role]);
        while let Some(field) = part.next() {
            if let Some(whole) = Fields::of_model::<W>(roles[role]).find(field.name) {
                compare(message, roles[role], &whole, &field, names);
            }
        }
        role += 1;
    }
}

const fn compare_all(message: &mut Message, one: Fields<'_>, other: Fields<'_>, names: Names) {
    let mut all_found = true;
    let mut rest = other;
    while let Some(field) = rest.next() {
        match one.find(field.name) {
            Some(found) => compare(message, one.role, &found, &field, names),
            None => {
                all_found = false;
                alone(message, field.name, one, names.one);
            }
        }
    }
    rest = one;
    while let Some(field) = rest.next() {
        if other.find(field.name).is_none() {
            all_found = false;
            alone(message, field.name, other, names.other);
        }
    }
    let (mut left, mut right) = (one, other);
    while all_found && let (Some(a), Some(b)) = (left.next(), right.next()) {
        if !a.name.is(b.name) {
            message.text("\n  ");
            message.text(names.one);
            message.text(" has the ");
            message.text(one.role.word());
            message.text("s ");
            one.write_names(message);
            message.text(", ");
            message.text(names.other);
            message.text(" ");
            other.write_names(message);
            return;
        }
    }
}

/// A field that the side does not have.
const fn alone(message: &mut Message, name: Word<'_>, without: Fields<'_>, side: &str) {
    begin(message, without.role, name);
    message.text(": ");
    message.text(side);
    message.text(" has none of this name; its ");
    message.text(without.role.word());
    message.text("s are ");
    without.write_names(message);
}

const fn begin(message: &mut Message, role: Role, name: Word<'_>) {
    message.text("\n  ");
    message.text(role.word());
    message.text(" ");
    name.write(message);
}

const fn compare(message: &mut Message, role: Role, one: &Field<'_>, other: &Field<'_>, names: Names) {
    let before = message.len();
    let (mut left, mut right) = (one.columns, other.columns);
    if !differ(message, role, other.name, None, [one.columns, other.columns], "column", names) {
        while let (Some(a), Some(b)) = (left.next_column(), right.next_column()) {
            // A field that is one column is called as that.
            let column = if b.name.is(other.name) { None } else { Some(b.name) };
            let differs = differ(message, role, other.name, column, [a.texts, b.texts], "category", names);
            if matches!(role, Role::Input) && a.optional != b.optional {
                begin(message, role, other.name);
                of_column(message, column);
                message.text(if a.optional { ": a cell may be missing in " } else { ": no cell may be missing in " });
                message.text(names.one);
                message.text(if a.optional { ", and none in " } else { ", and some in " });
                message.text(names.other);
            }
            // A class without names shows nothing of it in the text.
            if !differs && a.unknown != b.unknown && b.texts.count() > 0 {
                begin(message, role, other.name);
                of_column(message, column);
                message.text(": the last category stands for what is unknown in ");
                message.text(if a.unknown { names.one } else { names.other });
                message.text(", and not in ");
                message.text(if a.unknown { names.other } else { names.one });
            }
        }
    }
    if message.len() == before && (one.is_class != other.is_class || one.size != other.size) {
        begin(message, role, other.name);
        message.text(": ");
        message.text(names.one);
        message.text(" has ");
        one.write_size(message);
        message.text(", ");
        message.text(names.other);
        message.text(" ");
        other.write_size(message);
    }
}

const fn of_column(message: &mut Message, column: Option<Word<'_>>) {
    if let Some(column) = column {
        message.text(", column ");
        column.write(message);
    }
}

/// Whether two lists differ, and in what.
const fn differ(
    message: &mut Message,
    role: Role,
    field: Word<'_>,
    column: Option<Word<'_>>,
    [one, other]: [List<'_>; 2],
    what: &str,
    names: Names,
) -> bool {
    let (mut left, mut right) = (one, other);
    let (mut number, mut different) = (0, 0);
    let mut first: (usize, Option<Word<'_>>, Option<Word<'_>>) = (0, None, None);
    loop {
        let (a, b) = (left.next(), right.next());
        let same = match (a, b) {
            (None, None) => break,
            (Some(a), Some(b)) => a.is(b),
            _ => false,
        };
        if !same {
            if different == 0 {
                first = (number, a, b);
            }
            different += 1;
        }
        number += 1;
    }
    if different == 0 {
        return false;
    }
    begin(message, role, field);
    of_column(message, column);
    message.text(": ");
    message.text(names.one);
    let counts = [one.count(), other.count()];
    let plural = if what.len() == "category".len() { "categories" } else { "columns" };
    if let (1, Some(a), Some(b)) = (different, first.1, first.2) {
        message.text(" has the ");
        message.text(what);
        message.text(" ");
        a.write(message);
        message.text(" where ");
        message.text(names.other);
        message.text(" has ");
        b.write(message);
    } else if counts[0] <= LISTED && counts[1] <= LISTED {
        message.text(if counts[0] == 0 { " names no " } else { " has the " });
        message.text(plural);
        if counts[0] > 0 {
            message.text(" ");
            one.write(message);
        }
        message.text(", ");
        message.text(names.other);
        message.text(" ");
        other.write(message);
    } else {
        message.text(" has ");
        message.number(counts[0] as u64);
        message.text(" ");
        message.text(plural);
        message.text(", ");
        message.text(names.other);
        message.text(" ");
        message.number(counts[1] as u64);
        message.text("; counted from 0, number ");
        message.number(first.0 as u64);
        message.text(" is ");
        write_or_none(message, first.1);
        message.text(" in ");
        message.text(names.one);
        message.text(", ");
        write_or_none(message, first.2);
        message.text(" in ");
        message.text(names.other);
    }
    true
}

const fn write_or_none(message: &mut Message, word: Option<Word<'_>>) {
    match word {
        Some(word) => word.write(message),
        None => message.text("none"),
    }
}

/// The schema of a model.
#[cfg(feature = "std")]
pub(crate) fn text<M: Stored>() -> std::string::String {
    let mut text = std::string::String::new();
    for input in M::INPUTS {
        write_field(&mut text, "input", input.name, input.kind, input.columns, true);
    }
    for head in M::HEADS {
        write_field(&mut text, "head", head.name, head.target, head.columns, false);
    }
    text
}

#[cfg(feature = "std")]
fn write_field(text: &mut std::string::String, role: &str, name: &str, kind: FieldKind, columns: Columns, is_input: bool) {
    if !text.is_empty() {
        text.push(';');
    }
    text.push_str(role);
    text.push(':');
    spell(text, name);
    text.push_str(&match kind {
        FieldKind::Real { width } => std::format!(":{width}"),
        FieldKind::Class { classes } => std::format!(":c{classes}"),
    });
    for column in columns.named() {
        text.push(':');
        spell(text, column.name);
        if column.title != column.name {
            text.push('@');
            spell(text, column.title);
        }
        // Whether labels are partial is an affair of training.
        if is_input && column.optional {
            text.push('?');
        }
        for (number, category) in column.categories.iter().enumerate() {
            text.push(if number == 0 { '=' } else { ',' });
            if column.unknown == Some(number) {
                text.push('*');
            }
            spell(text, category);
        }
    }
}

/// Appends a name with nothing in it that means something in a schema, in a line of metadata or in JSON.
#[cfg(feature = "std")]
fn spell(text: &mut std::string::String, name: &str) {
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"_-./()<>[]{}$&!~^'+|".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&std::format!("%{byte:02X}"));
        }
    }
}
