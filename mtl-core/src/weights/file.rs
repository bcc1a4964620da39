//! A safetensors file at run time: its header in memory, its tensors read from where they are.

use std::io::{self, Read, Seek, SeekFrom};
use std::vec;
use std::vec::Vec;

use super::header::{self, ElementType, Entry, Header, HeaderError};
use super::tag::Tag;
use crate::Scalar;

/// Reading failed, or what was read is not the format.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Header(#[from] HeaderError),
}

/// An open file whose header is sound.
///
/// Lengths are compared with that of the file before anything is allocated: the header, and 56 bytes for each of its tensors at
/// most, which takes 50 bytes of header or more. (The parser of the `safetensors` crate takes nine times the file for one of many small
/// tensors.) The tensors themselves are streamed.
pub(super) struct TensorFile<R> {
    reader: R,
    header: Vec<u8>,
    /// In the order of their data.
    pub(super) entries: Vec<Entry>,
    tag: Option<Vec<u8>>,
    data_start: u64,
}

impl<R: Read + Seek> TensorFile<R> {
    pub(super) fn open(mut reader: R) -> Result<Self, ReadError> {
        let length = reader.seek(SeekFrom::End(0))?;
        reader.seek(SeekFrom::Start(0))?;
        if length < 8 {
            return Err(HeaderError::TooShort.into());
        }
        let mut first = [0; 8];
        reader.read_exact(&mut first)?;
        let header_length = header::header_length(first, length - 8)?;
        let data_start = 8 + header_length as u64;
        let mut bytes = vec![0; header_length];
        reader.read_exact(&mut bytes)?;

        let header = Header::read(&bytes, length - data_start)?;
        let mut entries = vec![Entry::EMPTY; header.count()];
        header.fill(&mut entries);
        entries.sort_unstable_by_key(|entry| (entry.begin, entry.end));
        header::check_cover(&entries, length - data_start)?;
        if has_duplicates(&entries, &bytes) {
            return Err(HeaderError::DuplicateName.into());
        }
        let tag = header.tag().map(<[u8]>::to_vec);
        Ok(Self { reader, header: bytes, entries, tag, data_start })
    }

    /// What names and shapes of the entries point into.
    pub(super) fn header(&self) -> &[u8] {
        &self.header
    }

    pub(super) fn tag(&self) -> Tag<'_> {
        Tag::read(self.tag.as_deref())
    }

    /// Hands the elements of a tensor of `F32` or `F64` to `consume` in order.
    pub(super) fn read_reals(&mut self, entry: &Entry, mut consume: impl FnMut(f64)) -> io::Result<()> {
        match entry.element {
            ElementType::F32 => self.stream(entry, |bytes: &[u8; 4]| consume(f64::from(f32::from_le_bytes(*bytes)))),
            ElementType::F64 => self.stream(entry, |bytes: &[u8; 8]| consume(f64::from_le_bytes(*bytes))),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the tensor is not of real numbers")),
        }
    }

    /// Hands the elements of a tensor of `U64` to `consume` in order.
    pub(super) fn read_words(&mut self, entry: &Entry, mut consume: impl FnMut(u64)) -> io::Result<()> {
        self.stream(entry, |bytes: &[u8; 8]| consume(u64::from_le_bytes(*bytes)))
    }

    fn stream<const SIZE: usize>(&mut self, entry: &Entry, mut consume: impl FnMut(&[u8; SIZE])) -> io::Result<()> {
        self.reader.seek(SeekFrom::Start(self.data_start + entry.begin))?;
        let mut buffer = [0; 8192];
        let mut left = entry.end - entry.begin;
        while left > 0 {
            let take = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            let chunk = &mut buffer[..take];
            self.reader.read_exact(chunk)?;
            for element in chunk.as_chunks::<SIZE>().0 {
                consume(element);
            }
            left -= take as u64;
        }
        Ok(())
    }
}

fn has_duplicates(entries: &[Entry], header: &[u8]) -> bool {
    let mut names: Vec<_> = entries.iter().map(|entry| entry.name.decode(header)).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
}

/// The element type that holds a scalar exactly.
pub(super) fn element_of<T: Scalar>() -> ElementType {
    if T::NAME == ElementType::F32.name() { ElementType::F32 } else { ElementType::F64 }
}
