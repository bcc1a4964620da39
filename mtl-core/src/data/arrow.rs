//! Arrow record batches as tables.

use std::borrow::ToOwned;
use std::boxed::Box;
use std::format;
use std::string::{String, ToString};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use csv::StringRecord;

use super::table::{Mapping, Records, Source, Table};
use super::{DataError, Dataset};
use crate::model::Model;

impl<M: Model> Dataset<M> {
    /// Takes record batches whose columns have the titles that the model's inputs and heads have. [`Batches`] has settings.
    ///
    /// # Errors
    ///
    /// Those of [`Batches::read`](Table::read).
    pub fn from_record_batches(batches: &[RecordBatch]) -> Result<Self, DataError> {
        Batches::new(batches).read()
    }
}

/// Arrow record batches, of which each column becomes an input or a target by its title: see [`Table`]. With the feature `arrow`.
///
/// Columns are of numbers, truth values, text or a dictionary of these; a null and a NaN are missing. All batches have the columns of the first.
/// Errors count rows from 1, over all batches.
///
/// ```
/// # use mtl_core::{data::{Batches, DataError, Dataset}, model::Model};
/// # fn read<Adult: Model>(batches: &[arrow_array::RecordBatch]) -> Result<(Dataset<Adult>, Dataset<Adult>), DataError> {
/// let (train, test) = Batches::new(batches).rare(10).split::<Adult>("split", "train")?;
/// # Ok((train, test))
/// # }
/// ```
pub type Batches<'a> = Table<RecordBatches<'a>>;

/// The batches of a [`Batches`].
#[derive(Clone, Debug)]
pub struct RecordBatches<'a> {
    batches: &'a [RecordBatch],
}

impl<'a> Batches<'a> {
    /// Batches, which are read by [`read`](Self::read) and [`split`](Self::split).
    #[must_use]
    pub fn new(batches: &'a [RecordBatch]) -> Self {
        Self { source: RecordBatches { batches }, mapping: Mapping::default() }
    }
}

const NAME: &str = "record batches";

impl Source for RecordBatches<'_> {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn records(&self) -> Result<impl Records, DataError> {
        Ok(Rows { batches: self.batches, row: 0, number: 0 })
    }
}

/// The rows of the batches that are left.
struct Rows<'a> {
    batches: &'a [RecordBatch],
    /// The row of the first batch that comes next.
    row: usize,
    number: u64,
}

fn titles(batch: &RecordBatch) -> StringRecord {
    batch.schema_ref().fields().iter().map(|field| field.name().as_str()).collect()
}

impl Records for Rows<'_> {
    fn titles(&mut self) -> Result<(StringRecord, u64), DataError> {
        Ok((self.batches.first().map(titles).unwrap_or_default(), 0))
    }

    fn next(&mut self, record: &mut StringRecord, of_the_first: &StringRecord) -> Result<Option<u64>, DataError> {
        while let [batch, others @ ..] = self.batches {
            if self.row == 0 && titles(batch) != *of_the_first {
                let problem = format!("a batch begins here whose columns are not those of the first: {}", super::csv::listed(&titles(batch)));
                return Err(self.at(self.number + 1, DataError::Unreadable { problem }));
            }
            if self.row == batch.num_rows() {
                (self.batches, self.row) = (others, 0);
                continue;
            }
            self.number += 1;
            record.clear();
            for column in batch.columns() {
                record.push_field(cell(column, self.row).trim());
            }
            self.row += 1;
            return Ok(Some(self.number));
        }
        Ok(None)
    }

    fn at(&self, number: u64, error: DataError) -> DataError {
        DataError::Row { file: NAME.to_owned(), row: (number > 0).then_some(number), error: Box::new(error) }
    }
}

/// A cell as text, which is read as that of a CSV file is. Numbers are written so that they are read back to the same bits. Of what is neither a
/// number nor text the type is written, for columns that nothing takes; an error shows it in others.
fn cell(column: &dyn Array, row: usize) -> String {
    if column.is_null(row) {
        return String::new();
    }
    match column.data_type() {
        DataType::Null => String::new(),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Int8 => whole::<Int8Type>(column, row),
        DataType::Int16 => whole::<Int16Type>(column, row),
        DataType::Int32 => whole::<Int32Type>(column, row),
        DataType::Int64 => whole::<Int64Type>(column, row),
        DataType::UInt8 => whole::<UInt8Type>(column, row),
        DataType::UInt16 => whole::<UInt16Type>(column, row),
        DataType::UInt32 => whole::<UInt32Type>(column, row),
        DataType::UInt64 => whole::<UInt64Type>(column, row),
        DataType::Float16 => real(column.as_primitive::<Float16Type>().value(row).to_f32()),
        DataType::Float32 => real(column.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => real(column.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::LargeUtf8 => column.as_string::<i64>().value(row).to_owned(),
        DataType::Utf8View => column.as_string_view().value(row).to_owned(),
        DataType::Dictionary(..) => {
            let dictionary = column.as_any_dictionary();
            dictionary.normalized_keys().get(row).map(|&key| cell(dictionary.values(), key)).unwrap_or_default()
        }
        other => other.to_string(),
    }
}

fn whole<T: ArrowPrimitiveType<Native: core::fmt::Display>>(column: &dyn Array, row: usize) -> String {
    column.as_primitive::<T>().value(row).to_string()
}

fn real<T: core::fmt::Display + PartialEq>(value: T) -> String {
    #[expect(clippy::eq_op, reason = "NaN alone differs from itself")]
    if value == value { value.to_string() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::sync::Arc;
    use std::vec;
    use std::vec::Vec;

    use arrow_array::types::Int8Type as Key;
    use arrow_array::{
        ArrayRef, BooleanArray, DictionaryArray, Float32Array, Float64Array, Int64Array, LargeStringArray, StringArray, StringViewArray, UInt8Array,
    };

    use super::*;
    use crate::data::Csv;
    use crate::testing::Tiny;

    fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(title, column)| (title, column, true))).unwrap()
    }

    fn from_csv(text: &str) -> Dataset<Tiny> {
        Csv::from_reader(text.as_bytes()).unwrap().read().unwrap()
    }

    #[test]
    fn the_rows_are_those_of_the_csv_text() {
        let first = batch(vec![
            ("point0", Arc::new(Float64Array::from(vec![0.1, 1e-300]))),
            ("point1", Arc::new(Int64Array::from(vec![-3, 4]))),
            ("group", Arc::new(UInt8Array::from(vec![2, 0]))),
            ("level", Arc::new(BooleanArray::from(vec![true, false]))),
            ("kind", Arc::new(Float32Array::from(vec![Some(1.0), None]))),
        ]);
        let second = batch(vec![
            ("point0", Arc::new(StringArray::from(vec!["0.1"]))),
            ("point1", Arc::new(LargeStringArray::from(vec![" 7 "]))),
            ("group", Arc::new(StringViewArray::from(vec!["1"]))),
            ("level", Arc::new(Float32Array::from(vec![0.1]))),
            ("kind", Arc::new(["2"].into_iter().collect::<DictionaryArray<Key>>())),
        ]);
        let csv = "point0,point1,group,level,kind\n0.1,-3,2,true,1\n1e-300,4,0,false,\n0.1,7,1,0.1,2\n";
        assert_eq!(Dataset::<Tiny>::from_record_batches(&[first.clone(), first.slice(0, 0), second]).unwrap(), from_csv(csv));
        // A slice of a batch has its own rows.
        let of_slice = Dataset::<Tiny>::from_record_batches(&[first.slice(1, 1)]).unwrap();
        assert_eq!(of_slice, from_csv("point0,point1,group,level,kind\n1e-300,4,0,false,\n"));
    }

    #[test]
    fn errors_name_row_and_column() {
        let columns = |group: Vec<u8>, kind: ArrayRef| {
            let rows = group.len();
            batch(vec![
                ("point0", Arc::new(Float64Array::from(vec![0.5; rows]))),
                ("point1", Arc::new(Float64Array::from(vec![0.5; rows]))),
                ("group", Arc::new(UInt8Array::from(group))),
                ("level", Arc::new(Float64Array::from(vec![0.5; rows]))),
                ("kind", kind),
            ])
        };
        let kinds = |rows: usize| Arc::new(Int64Array::from(vec![0; rows]));
        let error = |batches: &[RecordBatch]| Dataset::<Tiny>::from_record_batches(batches).unwrap_err().to_string();
        assert_eq!(
            error(&[columns(vec![0, 1], kinds(2)), columns(vec![2, 9], kinds(2))]),
            "record batches, row 4: column `group`, cell `9`: there are 3 classes, counted from 0"
        );
        let missing = Arc::new(Float64Array::from(vec![f64::NAN]));
        let with_missing = batch(vec![("point0", missing)]);
        assert!(error(core::slice::from_ref(&with_missing)).starts_with("record batches: there is no column `point1`"));
        assert_eq!(
            error(&[columns(vec![0], kinds(1)), with_missing]),
            "record batches, row 2: a batch begins here whose columns are not those of the first: `point0`"
        );
        let nested = Arc::new(arrow_array::StructArray::new_empty_fields(1, None));
        let text = error(&[columns(vec![0], nested)]);
        assert!(text.starts_with("record batches, row 1: column `kind`, cell `Struct"), "{text}");
        assert!(error(&[]).contains("there is no column"));
    }
}
