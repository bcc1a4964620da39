//! The lines of a CSV file, cut into cells, with what messages say of them.

use std::borrow::ToOwned;
use std::boxed::Box;
use std::format;
use std::io::Read;
use std::string::{String, ToString};
use std::vec::Vec;

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};

use super::quoting::{Misquoted, Quoting};
use crate::data::DataError;

/// The lines of a file.
pub(super) struct Lines<R> {
    reader: Reader<Quoting<R>>,
    file: String,
}

impl<R: Read> Lines<R> {
    /// Lines of which the first is number `first` of the file.
    pub(super) fn new(reader: R, file: &str, delimiter: u8, first: u64) -> Self {
        let quoting = Quoting::new(reader, delimiter, first);
        Self { reader: ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(quoting), file: file.to_owned() }
    }

    /// Reads the next line, and says its number; none at the end of the file.
    pub(super) fn next(&mut self, record: &mut StringRecord) -> Result<Option<u64>, DataError> {
        let read = self.reader.read_record(record);
        let line = self.reader.get_mut().next_line();
        read.map(|found| found.then_some(line)).map_err(|error| self.broken(error, line))
    }

    /// An error on a line.
    pub(super) fn at(&self, line: u64, error: DataError) -> DataError {
        DataError::Line { file: self.file.clone(), line, error: Box::new(error) }
    }

    fn broken(&self, error: csv::Error, line: u64) -> DataError {
        match error.into_kind() {
            ErrorKind::Io(error) => match error.get_ref().and_then(|error| error.downcast_ref::<Misquoted>()) {
                Some(misquoted) => self.at(misquoted.line, DataError::Unreadable { problem: misquoted.to_string() }),
                None => DataError::Read { file: self.file.clone(), error },
            },
            ErrorKind::Utf8 { .. } => {
                self.at(line, DataError::Unreadable { problem: "its text is not UTF-8: save the file in that encoding".to_owned() })
            }
            kind => self.at(line, DataError::Unreadable { problem: format!("{kind:?}") }),
        }
    }
}

/// An error for a line that has not as many cells as there are titles.
pub(super) fn check_cells(record: &StringRecord, titles: &StringRecord) -> Result<(), DataError> {
    let found = record.len();
    if found == titles.len() {
        return Ok(());
    }
    let hint =
        if record.iter().any(|cell| cell.contains('\n')) { "; a cell in quotes goes on over several lines: is every quote closed?" } else { "" };
    let problem = format!("the line has {found} cells, but the header has {}: {}{hint}", titles.len(), listed(titles));
    Err(DataError::Unreadable { problem })
}

/// What separates the cells of a file whose header is one column for a reader of something else, if it can be seen.
pub(in crate::data) fn likely_delimiter(titles: &StringRecord) -> Option<(char, &'static str)> {
    let title = titles.get(0).filter(|_| titles.len() == 1)?;
    [(';', "a semicolon"), ('\t', "a tab"), ('|', "a bar"), (',', "a comma")].into_iter().find(|(separator, _)| title.contains(*separator))
}

/// The titles for a message.
pub(in crate::data) fn listed(titles: &StringRecord) -> String {
    listed_with(titles.iter().map(|title| format!("`{}`", shortened(title, 40))))
}

pub(in crate::data) fn listed_with(mut items: impl Iterator<Item = String>) -> String {
    const MOST: usize = 20;
    let first = items.by_ref().take(MOST).collect::<Vec<_>>().join(", ");
    if items.next().is_some() { format!("{first}, ..") } else { first }
}

/// The beginning of a text.
pub(in crate::data) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_owned(),
    }
}
