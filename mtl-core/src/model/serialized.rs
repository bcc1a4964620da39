//! Rows of inputs and outputs in the formats of serde.
//!
//! A row of inputs is a map of its inputs: an input of columns is a map of numbers, with null for a cell that is missing; an array is an array, one column
//! a number, a category its text, a class its number, and what is unknown null. Outputs are a map of the heads: a number, an array of numbers, or
//! the class and the probabilities.

use core::fmt::{self, Formatter};
use core::marker::PhantomData;
use std::string::String;
use std::vec;
use std::vec::Vec;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};

use super::class_output::{ClassLabel, ClassOutput};
use super::fields::FieldProblem;
use super::{ColumnInfo, Columns, FieldError, FieldKind, Fields, InputInfo, Model, Record, cell, is_missing, most_probable};
use crate::kernel::scalar::Scalar;

/// A number; none where it is NaN and may be missing.
struct Number<T> {
    value: T,
    optional: bool,
}

impl<T: Scalar> Serialize for Number<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match (self.optional, is_missing(self.value)) {
            (true, true) => to.serialize_none(),
            (true, false) => to.serialize_some(&Self { value: self.value, optional: false }),
            (false, _) if size_of::<T>() == size_of::<f32>() => to.serialize_f32(self.value.to_f64() as f32),
            (false, _) => to.serialize_f64(self.value.to_f64()),
        }
    }
}

/// Numbers in the shape of an array, from a place on.
struct Array<'a, F> {
    shape: &'a [usize],
    from: usize,
    cell: &'a F,
}

impl<T: Scalar, F: Fn(usize) -> T> Serialize for Array<'_, F> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Some((&length, inner)) = self.shape.split_first() else {
            return Number { value: (self.cell)(self.from), optional: false }.serialize(to);
        };
        let size: usize = inner.iter().product();
        let mut items = to.serialize_seq(Some(length))?;
        for item in 0..length {
            items.serialize_element(&Self { shape: inner, from: self.from + item * size, cell: self.cell })?;
        }
        items.end()
    }
}

/// Numbers by the names of their columns.
struct Named<'a, F> {
    columns: &'a [ColumnInfo],
    cell: F,
}

impl<T: Scalar, F: Fn(usize) -> T> Serialize for Named<'_, F> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.columns.len()))?;
        for (number, column) in self.columns.iter().enumerate() {
            map.serialize_entry(column.name, &Number { value: (self.cell)(number), optional: column.optional })?;
        }
        map.end()
    }
}

/// The column of an input that is one number, or a class.
fn single(input: &InputInfo) -> Option<&'static ColumnInfo> {
    match input.columns {
        Columns::Named([column]) if column.name == input.name => Some(column),
        _ => None,
    }
}

/// An input of a row.
struct InputOf<'a, R, T> {
    row: &'a R,
    number: usize,
    input: &'static InputInfo,
    scalar: PhantomData<T>,
}

impl<T: Scalar, R: Record<T>> Serialize for InputOf<'_, R, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { row, number, input, .. } = *self;
        let value = |column| row.cell(number, column).unwrap_or_else(|| T::from_f64(f64::NAN));
        let FieldKind::Class { classes } = input.kind else {
            return match (single(input), input.columns) {
                (Some(column), _) => Number { value: value(0), optional: column.optional }.serialize(to),
                (None, Columns::Named(columns)) => Named { columns, cell: value }.serialize(to),
                (None, Columns::Numbered { .. }) => Array { shape: input.shape, from: 0, cell: &value }.serialize(to),
            };
        };
        let (texts, unknown) = single(input).map_or((&[][..], None), |column| (column.categories, column.unknown));
        let class = row.class(number).filter(|&class| class < classes);
        let class = class.ok_or_else(|| S::Error::custom(format_args!("input `{}`: it has no class below {classes}", input.name)))?;
        match (texts.get(class), unknown) {
            (Some(text), None) => to.serialize_str(text),
            (Some(text), Some(_)) => to.serialize_some(text),
            (None, None) => to.serialize_u64(class as u64),
            (None, Some(unknown)) if class == unknown => to.serialize_none(),
            (None, Some(_)) => to.serialize_some(&(class as u64)),
        }
    }
}

/// Writes a row of inputs of the model `M`.
///
/// # Errors
///
/// Those of the serializer; a class that there is not.
pub fn serialize_inputs<M: Model, R: Record<M::Scalar>, S: Serializer>(row: &R, to: S) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(M::INPUTS.len()))?;
    for (number, input) in M::INPUTS.iter().enumerate() {
        map.serialize_entry(input.name, &InputOf::<R, M::Scalar> { row, number, input, scalar: PhantomData })?;
    }
    map.end()
}

/// Writes columns by their names; NaN is missing where a column is optional.
///
/// # Errors
///
/// Those of the serializer.
pub fn serialize_columns<T: Scalar, S: Serializer, const N: usize>(columns: &[ColumnInfo], values: [T; N], to: S) -> Result<S::Ok, S::Error> {
    Named { columns, cell: |number: usize| values[number] }.serialize(to)
}

/// The probabilities of classes.
struct Classes<'a, T> {
    probabilities: &'a [T],
    texts: &'static [&'static str],
}

impl<T: Scalar> Serialize for Classes<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        struct Probabilities<'a, T>(&'a Classes<'a, T>);

        impl<T: Scalar> Serialize for Probabilities<'_, T> {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let Classes { probabilities, texts } = *self.0;
                let value = |number: usize| probabilities[number];
                if texts.len() != probabilities.len() {
                    return Array { shape: &[probabilities.len()], from: 0, cell: &value }.serialize(to);
                }
                let mut map = to.serialize_map(Some(texts.len()))?;
                for (text, &value) in texts.iter().zip(probabilities) {
                    map.serialize_entry(text, &Number { value, optional: false })?;
                }
                map.end()
            }
        }

        let mut map = to.serialize_map(Some(2))?;
        let class = most_probable(self.probabilities);
        if self.probabilities.iter().any(|&value| is_missing(value)) {
            map.serialize_entry("class", &None::<u64>)?;
        } else if let Some(text) = self.texts.get(class) {
            map.serialize_entry("class", &Some(text))?;
        } else {
            map.serialize_entry("class", &Some(class as u64))?;
        }
        map.serialize_entry("probabilities", &Probabilities(self))?;
        map.end()
    }
}

impl<T: Scalar, const N: usize, C: ClassLabel> Serialize for ClassOutput<T, N, C> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Classes { probabilities: self.probabilities().as_slice(), texts: C::TEXTS }.serialize(to)
    }
}

/// Writes the outputs of the model `M` for a row.
///
/// # Errors
///
/// Those of the serializer.
pub fn serialize_outputs<M: Model, S: Serializer>(outputs: &M::Outputs, to: S) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(M::HEADS.len()))?;
    for (number, head) in M::HEADS.iter().enumerate() {
        let values = M::output_numbers(outputs, number);
        let cell = |number: usize| values[number];
        match (head.target, values.len()) {
            (FieldKind::Class { .. }, _) => {
                let texts = head.columns.named().first().map_or(&[][..], |column| column.categories);
                map.serialize_entry(head.name, &Classes { probabilities: values, texts })?;
            }
            (FieldKind::Real { .. }, 1) => map.serialize_entry(head.name, &Array { shape: &[], from: 0, cell: &cell })?,
            (FieldKind::Real { .. }, length) => map.serialize_entry(head.name, &Array { shape: &[length], from: 0, cell: &cell })?,
        }
    }
    map.end()
}

/// The numbers of inputs, or the numbers of their classes, by the names of the inputs.
pub(super) type Values = Vec<(&'static str, Vec<f64>)>;

/// What is read: by what messages call it.
#[derive(Clone, Copy)]
struct Place<'a> {
    input: &'a str,
    column: Option<&'a str>,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) if self.input.is_empty() => write!(f, "column `{column}`"),
            Some(column) => write!(f, "input `{}`, column `{column}`", self.input),
            None => write!(f, "input `{}`", self.input),
        }
    }
}

/// Reads a number; NaN for none.
struct NumberSeed<'a> {
    of: Place<'a>,
    optional: bool,
    is_single: bool,
}

impl<'de> DeserializeSeed<'de> for NumberSeed<'_> {
    type Value = f64;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<f64, D::Error> {
        match (self.optional, self.is_single) {
            (true, _) => from.deserialize_option(self),
            (false, true) => from.deserialize_f32(self),
            (false, false) => from.deserialize_f64(self),
        }
    }
}

impl<'de> Visitor<'de> for NumberSeed<'_> {
    type Value = f64;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "a number{} for {}", if self.optional { " or null" } else { "" }, self.of)
    }
    fn visit_none<E>(self) -> Result<f64, E> {
        Ok(f64::NAN)
    }
    fn visit_unit<E>(self) -> Result<f64, E> {
        Ok(f64::NAN)
    }
    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<f64, D::Error> {
        NumberSeed { optional: false, ..self }.deserialize(from)
    }
    fn visit_f64<E>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }
    fn visit_u64<E>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }
    fn visit_i64<E>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }
}

/// Reads the number of a class, by its text where it has one.
#[derive(Clone, Copy)]
struct ClassSeed {
    input: &'static InputInfo,
    /// The category for what is unknown may be null.
    unknown: Option<usize>,
}

impl ClassSeed {
    fn has_texts(self) -> bool {
        single(self.input).is_some_and(|column| !column.categories.is_empty())
    }

    fn number<E: serde::de::Error>(self, class: u64) -> Result<usize, E> {
        let FieldKind::Class { classes } = self.input.kind else { return Err(E::custom("no class")) };
        let class = usize::try_from(class).unwrap_or(usize::MAX);
        if class < self.unknown.unwrap_or(classes) {
            return Ok(class);
        }
        let problem = FieldProblem::ClassOutOfRange { classes };
        self.unknown.ok_or_else(|| E::custom(format_args!("input `{}`, class {class}: {problem}", self.input.name)))
    }
}

impl<'de> DeserializeSeed<'de> for ClassSeed {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<usize, D::Error> {
        match (self.unknown.is_some(), self.has_texts()) {
            (true, _) => from.deserialize_option(self),
            (false, true) => from.deserialize_str(self),
            (false, false) => from.deserialize_u64(self),
        }
    }
}

impl<'de> Visitor<'de> for ClassSeed {
    type Value = usize;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let what = if self.has_texts() { "the text of a category" } else { "the number of a class" };
        write!(f, "{what}{} for input `{}`", if self.unknown.is_some() { " or null" } else { "" }, self.input.name)
    }
    fn visit_none<E: serde::de::Error>(self) -> Result<usize, E> {
        self.unknown.ok_or_else(|| E::invalid_type(serde::de::Unexpected::Option, &self))
    }
    fn visit_unit<E: serde::de::Error>(self) -> Result<usize, E> {
        self.visit_none()
    }
    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<usize, D::Error> {
        if self.has_texts() { from.deserialize_str(self) } else { from.deserialize_u64(self) }
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<usize, E> {
        if !self.has_texts() {
            return Err(E::invalid_type(serde::de::Unexpected::Str(text), &self));
        }
        let class = cell::class(self.input.kind, self.input.columns, text, false);
        class.map_err(|problem| E::custom(format_args!("input `{}`, `{text}`: {problem}", self.input.name)))
    }
    fn visit_u64<E: serde::de::Error>(self, class: u64) -> Result<usize, E> {
        if self.has_texts() { Err(E::invalid_type(serde::de::Unexpected::Unsigned(class), &self)) } else { self.number(class) }
    }
    fn visit_f64<E: serde::de::Error>(self, class: f64) -> Result<usize, E> {
        // `2.0`, as programs write it that keep all numbers as reals.
        let is_whole = (0.0..9e15).contains(&class) && class % 1.0 == 0.0;
        if is_whole { self.visit_u64(class as u64) } else { Err(E::invalid_type(serde::de::Unexpected::Float(class), &self)) }
    }
}

/// Reads numbers in the shape of an array, one after the other.
struct ArraySeed<'a> {
    input: &'static InputInfo,
    shape: &'static [usize],
    is_single: bool,
    into: &'a mut Vec<f64>,
}

impl<'de> DeserializeSeed<'de> for ArraySeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        if self.shape.is_empty() {
            let of = Place { input: self.input.name, column: None };
            self.into.push(NumberSeed { of, optional: false, is_single: self.is_single }.deserialize(from)?);
            return Ok(());
        }
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ArraySeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "an array of {} for input `{}`, whose shape is {:?}", self.shape.first().unwrap_or(&0), self.input.name, self.input.shape)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Some((&length, inner)) = self.shape.split_first() else { return Ok(()) };
        for item in 0..length {
            let seed = ArraySeed { shape: inner, into: &mut *self.into, ..self };
            if items.next_element_seed(seed)?.is_none() {
                return Err(A::Error::invalid_length(item, &self));
            }
        }
        match items.next_element::<IgnoredAny>()? {
            None => Ok(()),
            Some(_) => Err(A::Error::invalid_length(length + 1, &self)),
        }
    }
}

/// Reads numbers by the names of their columns.
struct ColumnsSeed<'a> {
    input: &'a str,
    columns: &'a [ColumnInfo],
    is_single: bool,
}

impl<'de> DeserializeSeed<'de> for ColumnsSeed<'_> {
    type Value = Vec<f64>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Vec<f64>, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ColumnsSeed<'_> {
    type Value = Vec<f64>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("the columns")?;
        self.columns.iter().enumerate().try_for_each(|(number, column)| write!(f, "{} `{}`", if number > 0 { "," } else { "" }, column.name))?;
        if self.input.is_empty() { Ok(()) } else { write!(f, " of input `{}`", self.input) }
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<f64>, A::Error> {
        let mut found = vec![None; self.columns.len()];
        while let Some(key) = map.next_key::<String>()? {
            let of = Place { input: self.input, column: Some(&key) };
            let named = |call: &dyn Fn(&ColumnInfo) -> &'static str| self.columns.iter().position(|column| call(column) == key);
            // What is misspelt would be taken for a missing cell.
            let Some(number) = named(&|column| column.name).or_else(|| named(&|column| column.title)) else {
                return Err(A::Error::custom(format_args!("there is no {of}: expected {}", &self as &dyn serde::de::Expected)));
            };
            let value = map.next_value_seed(NumberSeed { of, optional: self.columns[number].optional, is_single: self.is_single })?;
            if found[number].replace(value).is_some() {
                return Err(A::Error::custom(format_args!("{of} stands here twice")));
            }
        }
        let values = self.columns.iter().zip(found).map(|(column, value)| match value {
            None if !column.optional => Err(A::Error::custom(format_args!("{} is missing", Place { input: self.input, column: Some(column.name) }))),
            value => Ok(value.unwrap_or(f64::NAN)),
        });
        values.collect()
    }
}

/// Reads an input.
struct InputSeed {
    input: &'static InputInfo,
    is_single: bool,
}

impl<'de> DeserializeSeed<'de> for InputSeed {
    type Value = Vec<f64>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Vec<f64>, D::Error> {
        let Self { input, is_single } = self;
        if let FieldKind::Class { .. } = input.kind {
            let unknown = single(input).and_then(|column| column.unknown);
            return ClassSeed { input, unknown }.deserialize(from).map(|class| vec![class as f64]);
        }
        match (single(input), input.columns) {
            (Some(column), _) => {
                let of = Place { input: input.name, column: None };
                NumberSeed { of, optional: column.optional, is_single }.deserialize(from).map(|value| vec![value])
            }
            (None, Columns::Named(columns)) => ColumnsSeed { input: input.name, columns, is_single }.deserialize(from),
            (None, Columns::Numbered { .. }) => {
                let mut values = Vec::new();
                ArraySeed { input, shape: input.shape, is_single, into: &mut values }.deserialize(from)?;
                Ok(values)
            }
        }
    }
}

struct Inputs<M>(PhantomData<M>);

impl<'de, M: Model> Visitor<'de> for Inputs<M> {
    type Value = Values;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "the inputs of the model `{}`", M::NAME)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
        let mut found = vec![None; M::INPUTS.len()];
        while let Some(key) = map.next_key::<String>()? {
            let titled = |input: &InputInfo| single(input).is_some_and(|column| column.title == key);
            let number = M::INPUTS.iter().position(|input| input.name == key).or_else(|| M::INPUTS.iter().position(titled));
            let Some(number) = number else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = map.next_value_seed(InputSeed { input: &M::INPUTS[number], is_single: size_of::<M::Scalar>() == size_of::<f32>() })?;
            if found[number].replace(value).is_some() {
                return Err(A::Error::custom(format_args!("input `{key}` stands here twice")));
            }
        }
        let values = M::INPUTS.iter().zip(found).map(|(input, values)| match values {
            Some(values) => Ok((input.name, values)),
            None => Err(A::Error::custom(format_args!("input `{}` is missing", input.name))),
        });
        values.collect()
    }
}

/// Reads a row of inputs of the model `M`, which `read` makes of its numbers.
///
/// # Errors
///
/// Those of the deserializer: an input or a column that is missing, misspelt or of another type, by its name.
pub fn deserialize_inputs<'de, M: Model, R, D: Deserializer<'de>>(
    from: D,
    read: impl FnOnce(&Fields<'_>) -> Result<R, FieldError>,
) -> Result<R, D::Error> {
    let values = from.deserialize_map(Inputs::<M>(PhantomData))?;
    read(&Fields::of_values(&values)).map_err(D::Error::custom)
}

/// Reads columns by their names; NaN where one is missing.
///
/// # Errors
///
/// As [`deserialize_inputs`].
pub fn deserialize_columns<'de, T: Scalar, D: Deserializer<'de>, const N: usize>(columns: &[ColumnInfo], from: D) -> Result<[T; N], D::Error> {
    // One for each column.
    let values = ColumnsSeed { input: "", columns, is_single: size_of::<T>() == size_of::<f32>() }.deserialize(from)?;
    Ok(core::array::from_fn(|number| T::from_f64(values[number])))
}

/// A number, or none where it is missing.
pub fn present<T: Scalar>(value: T) -> Option<T> {
    (!is_missing(value)).then_some(value)
}
