//! A line of cells as a row of the user's, by serde.

use core::fmt::{self, Display, Formatter};
use std::borrow::ToOwned;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor};

/// Why a row cannot be made, and of which cell if it is one.
#[derive(Debug)]
pub(super) struct RowError {
    pub(super) cell: Option<usize>,
    pub(super) problem: String,
}

impl Display for RowError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.problem)
    }
}

impl core::error::Error for RowError {}

impl de::Error for RowError {
    fn custom<T: Display>(problem: T) -> Self {
        Self { cell: None, problem: problem.to_string() }
    }
}

/// Which columns a struct takes, once the first line has shown it: the others are not looked at again.
#[derive(Default)]
pub(super) struct Plan {
    columns: Option<Vec<usize>>,
}

/// Where the cells of a row come from.
pub(super) trait Cells<'de> {
    fn cell(&self, number: usize) -> Option<&'de str>;
}

/// The cells of a line one after the other: each thing that is not a tuple takes one.
pub(super) struct Row<'r, 'de, C> {
    pub(super) cells: &'r C,
    pub(super) titles: &'de [String],
    pub(super) plan: &'r mut Plan,
    /// How many were taken.
    pub(super) taken: usize,
    /// The outermost value is not made yet: a struct takes cells by their titles.
    pub(super) outermost: bool,
}

impl<'de, C: Cells<'de>> Row<'_, 'de, C> {
    /// The next cell.
    fn take(&mut self) -> Result<&'de str, RowError> {
        self.outermost = false;
        let cell = self.cells.cell(self.taken);
        self.taken += 1;
        cell.ok_or_else(|| RowError { cell: None, problem: "a column is missing".to_owned() })
    }

    /// Says of which cell an error is that a visitor had with it.
    fn of_last<V>(&self, result: Result<V, RowError>) -> Result<V, RowError> {
        result.map_err(|error| RowError { cell: error.cell.or(Some(self.taken - 1)), ..error })
    }

    fn parse<N: core::str::FromStr<Err: Display>, V>(&mut self, then: impl FnOnce(N) -> Result<V, RowError>) -> Result<V, RowError> {
        let parsed = self.take()?.parse().map_err(RowError::custom).and_then(then);
        self.of_last(parsed)
    }

    /// A struct, or a map, of cells by their titles. `fields` are those of a struct.
    fn by_title<V: Visitor<'de>>(&mut self, fields: Option<&'static [&'static str]>, visitor: V) -> Result<V::Value, RowError> {
        let (columns, later) = match self.plan.columns.take() {
            Some(columns) => (columns, None),
            // Of the first line all, so that a struct which takes no other columns can say so.
            None => ((0..self.titles.len()).collect(), Some(self.columns_of(fields)?)),
        };
        let value = visitor.visit_map(ByTitle { row: self, columns: &columns, place: 0 });
        self.plan.columns = Some(later.unwrap_or(columns));
        // No column is one too many.
        self.taken = self.titles.len();
        value
    }

    /// The columns that a struct looks at, each title once.
    fn columns_of(&self, fields: Option<&'static [&'static str]>) -> Result<Vec<usize>, RowError> {
        let is_field = |column: &usize| fields.is_none_or(|fields| fields.contains(&&*self.titles[*column]));
        let columns: Vec<usize> = (0..self.titles.len()).filter(is_field).collect();
        match columns.iter().find(|&&column| self.titles[..column].contains(&self.titles[column])) {
            Some(&twice) => Err(RowError { cell: None, problem: format!("two columns are called `{}`", self.titles[twice]) }),
            None => Ok(columns),
        }
    }
}

macro_rules! parsed {
    ($($deserialize:ident $visit:ident,)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
            self.parse(|number| visitor.$visit(number))
        }
    )*};
}

impl<'de, C: Cells<'de>> Deserializer<'de> for &mut Row<'_, 'de, C> {
    type Error = RowError;

    parsed! {
        deserialize_bool visit_bool,
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32, deserialize_i64 visit_i64, deserialize_i128 visit_i128,
        deserialize_u8 visit_u8, deserialize_u16 visit_u16, deserialize_u32 visit_u32, deserialize_u64 visit_u64, deserialize_u128 visit_u128,
        deserialize_char visit_char,
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        self.parse(|Real(number)| visitor.visit_f32(number))
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        self.parse(|Real(number)| visitor.visit_f64(number))
    }

    /// What a cell looks like.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        let cell = self.take()?;
        let value = if cell.is_empty() {
            visitor.visit_unit()
        } else if let Ok(number) = cell.parse() {
            visitor.visit_u64(number)
        } else if let Ok(number) = cell.parse() {
            visitor.visit_i64(number)
        } else if let Ok(number) = cell.parse() {
            visitor.visit_f64(number)
        } else if let Ok(truth) = cell.parse() {
            visitor.visit_bool(truth)
        } else {
            visitor.visit_borrowed_str(cell)
        };
        self.of_last(value)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        let value = visitor.visit_borrowed_str(self.take()?);
        self.of_last(value)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        let value = visitor.visit_borrowed_bytes(self.take()?.as_bytes());
        self.of_last(value)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        self.deserialize_bytes(visitor)
    }

    /// An empty cell is nothing.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        self.outermost = false;
        if self.cells.cell(self.taken) == Some("") {
            self.taken += 1;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        self.take()?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, RowError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, RowError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        self.outermost = false;
        visitor.visit_seq(InOrder { row: self, left: usize::MAX })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, RowError> {
        self.outermost = false;
        visitor.visit_seq(InOrder { row: self, left: length })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, length: usize, visitor: V) -> Result<V::Value, RowError> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        if self.outermost {
            return self.by_title(None, visitor);
        }
        Err(RowError::custom("a map within a row takes no cells: only a whole row can be one"))
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, fields: &'static [&'static str], visitor: V) -> Result<V::Value, RowError> {
        if self.outermost {
            return self.by_title(Some(fields), visitor);
        }
        self.deserialize_tuple(fields.len(), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, RowError> {
        let cell = self.take()?;
        self.of_last(visitor.visit_enum(Variant(cell)))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        self.take()?;
        visitor.visit_unit()
    }
}

/// A number from a decimal like `-12.345`, fast where it is short; everything else as the standard library reads it, to the same bits.
struct Real<T>(T);

macro_rules! short_decimals {
    ($($type:ident $whole:literal [$($power:literal)*],)*) => {$(
        impl core::str::FromStr for Real<$type> {
            type Err = core::num::ParseFloatError;

            #[inline]
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                const POWERS: &[$type] = &[$($power),*];
                // A whole number and a power of ten that are exact have a quotient that is rounded once.
                if let Some((negative, digits, decimals)) = short_decimal(text.as_bytes())
                    && digits <= $whole
                    && let Some(power) = POWERS.get(decimals)
                {
                    #[allow(clippy::cast_precision_loss, reason = "exact up to the bound")]
                    let number = digits as $type / power;
                    return Ok(Self(if negative { -number } else { number }));
                }
                text.parse().map(Self)
            }
        }
    )*};
}
short_decimals! {
    f32 0x100_0000 [1e0 1e1 1e2 1e3 1e4 1e5 1e6 1e7 1e8 1e9 1e10],
    f64 0x20_0000_0000_0000 [1e0 1e1 1e2 1e3 1e4 1e5 1e6 1e7 1e8 1e9 1e10 1e11 1e12 1e13 1e14 1e15 1e16 1e17 1e18 1e19 1e20 1e21 1e22],
}

/// The sign, the digits as one number and how many come after the point, of a number of 18 digits at most.
#[inline]
fn short_decimal(text: &[u8]) -> Option<(bool, u64, usize)> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if text.len() > 19 {
        return None;
    }
    let (mut number, mut point) = (0, None);
    for (place, &byte) in text.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            number = number * 10 + u64::from(digit);
        } else if byte == b'.' && point.is_none() {
            point = Some(place);
        } else {
            return None;
        }
    }
    let decimals = point.map_or(0, |point| text.len() - point - 1);
    (text.len() > usize::from(point.is_some()) && text.len() - usize::from(point.is_some()) < 19).then_some((negative, number, decimals))
}

/// Cells one after the other.
struct InOrder<'a, 'r, 'de, C> {
    row: &'a mut Row<'r, 'de, C>,
    left: usize,
}

impl<'de, C: Cells<'de>> SeqAccess<'de> for InOrder<'_, '_, 'de, C> {
    type Error = RowError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, RowError> {
        // A tuple of a fixed length asks for cells that are not there, so that they are missed; a list ends with the line.
        if self.left == 0 || (self.left == usize::MAX && self.row.cells.cell(self.row.taken).is_none()) {
            return Ok(None);
        }
        if self.left < usize::MAX {
            self.left -= 1;
        }
        seed.deserialize(&mut *self.row).map(Some)
    }
}

/// Cells with their titles.
struct ByTitle<'a, 'r, 'de, 'c, C> {
    row: &'a mut Row<'r, 'de, C>,
    columns: &'c [usize],
    place: usize,
}

impl<'de, C: Cells<'de>> MapAccess<'de> for ByTitle<'_, '_, 'de, '_, C> {
    type Error = RowError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, RowError> {
        let Some(&column) = self.columns.get(self.place) else { return Ok(None) };
        seed.deserialize(BorrowedStrDeserializer::new(&self.row.titles[column])).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, RowError> {
        let column = self.columns[self.place];
        self.place += 1;
        (self.row.taken, self.row.outermost) = (column, false);
        let value = seed.deserialize(&mut *self.row);
        let cell = |error: RowError| RowError { cell: error.cell.or(Some(column)), ..error };
        value.map_err(cell)
    }
}

/// The name of a variant without fields.
struct Variant<'de>(&'de str);

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = RowError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), RowError> {
        let name: StrDeserializer<'de, RowError> = self.0.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = RowError;

    fn unit_variant(self) -> Result<(), RowError> {
        Ok(())
    }
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, RowError> {
        Err(RowError::custom("a cell is a variant without fields"))
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, RowError> {
        Err(RowError::custom("a cell is a variant without fields"))
    }
    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, RowError> {
        Err(RowError::custom("a cell is a variant without fields"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Real, short_decimal};
    use proptest::prelude::*;
    use std::format;
    use std::string::String;

    #[test]
    fn what_is_no_short_decimal_is_left_alone() {
        for text in ["", "-", ".", "-.", "1e5", "+1", "1.2.3", "nan", "inf", "1_0", " 1", "1234567890123456789", "0x1"] {
            assert_eq!(short_decimal(text.as_bytes()), None, "{text}");
        }
        assert_eq!(short_decimal(b"-12.345"), Some((true, 12_345, 3)));
        assert_eq!((short_decimal(b"5."), short_decimal(b".5")), (Some((false, 5, 0)), Some((false, 5, 1))));
        assert!("-0.0".parse::<Real<f32>>().unwrap().0.is_sign_negative());
    }

    proptest! {
        #[test]
        fn numbers_have_the_bits_of_the_standard_library(text in "-?[0-9]{0,12}(\\.[0-9]{0,12})?(e-?[0-9]{1,2})?") {
            let bits = |text: &str| (text.parse::<f32>().map(f32::to_bits), text.parse::<f64>().map(f64::to_bits));
            let real = |text: &str| (text.parse::<Real<f32>>().map(|number| number.0.to_bits()), text.parse::<Real<f64>>().map(|number| number.0.to_bits()));
            let message = format!("{text:?}");
            prop_assert_eq!(real(&text), bits(&text), "{}", message);
            let short: String = text.chars().take(8).collect();
            prop_assert_eq!(real(&short), bits(&short));
        }
    }
}
