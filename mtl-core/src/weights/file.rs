//! A safetensors file at run time: its header in memory, its tensors read from where they are.

use core::ops::Range;
use std::format;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::string::String;
use std::vec;
use std::vec::Vec;

use super::header::{self, ElementType, Entry, Header, HeaderError, Text};
use super::tag::Tag;
use crate::hash::Hash;
use crate::kernel::scalar::Scalar;

/// Reading failed, or what was read is not the format.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Header(#[from] HeaderError),
    #[error("two of its tensors are called `{0}`")]
    Duplicate(String),
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
    tag: Option<Text>,
    data_start: u64,
    data_length: u64,
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
        // First of all, as two of one name often lie in one place.
        if let Some(name) = duplicate(&entries, &bytes) {
            return Err(ReadError::Duplicate(name));
        }
        header::check_cover(&entries, length - data_start)?;
        let tag = header.tag_text();
        Ok(Self { reader, header: bytes, entries, tag, data_start, data_length: length - data_start })
    }

    /// What names and shapes of the entries point into.
    pub(super) fn header(&self) -> &[u8] {
        &self.header
    }

    pub(super) fn tag(&self) -> Tag<'_> {
        Tag::read(self.tag.map(|tag| tag.raw(&self.header)))
    }

    /// Whether the file has a [checksum](seal), and the right one.
    pub(super) fn is_sealed(&mut self) -> io::Result<bool> {
        let Some(place) = self.checksum_place() else { return Ok(false) };
        // As text: digits in capitals are damage too.
        Ok(self.checksum(place.clone())?.as_bytes() == &self.header[place])
    }

    /// Where in the header the digits of its checksum stand: at the end of the line of metadata.
    fn checksum_place(&self) -> Option<Range<usize>> {
        let tag = self.tag?;
        let line = tag.raw(&self.header);
        let (rest, digits) = line.split_at_checked(line.len().checked_sub(CHECKSUM_DIGITS)?)?;
        let start = tag.start() + rest.len();
        rest.ends_with(CHECKSUM.as_bytes()).then_some(start..start + digits.len())
    }

    /// What the checksum must be: the hash of the header, with zeros in the place of these digits, and of the data.
    fn checksum(&mut self, digits: Range<usize>) -> io::Result<String> {
        let mut hash = Hash::new();
        let mut header = self.header.clone();
        header[digits].fill(b'0');
        hash.bytes(&header);
        self.reader.seek(SeekFrom::Start(self.data_start))?;
        let mut buffer = vec![0; 1 << 16];
        let mut left = self.data_length;
        while left > 0 {
            let take = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            self.reader.read_exact(&mut buffer[..take])?;
            hash.bytes(&buffer[..take]);
            left -= take as u64;
        }
        Ok(format!("{:016x}", hash.finish()))
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

    /// Hands the elements of a tensor of `U8` to `consume` in order.
    pub(super) fn read_bytes(&mut self, entry: &Entry, mut consume: impl FnMut(u8)) -> io::Result<()> {
        self.stream(entry, |&[byte]| consume(byte))
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

/// The line of metadata of a file that is to be [sealed](seal).
pub(super) fn with_checksum(tag: &str) -> String {
    format!("{tag}{CHECKSUM}{:0CHECKSUM_DIGITS$x}", 0)
}

/// What comes before the digits.
const CHECKSUM: &str = " checksum=";
const CHECKSUM_DIGITS: usize = 16;

/// Writes the checksum into the bytes of a file whose metadata are [made for it](with_checksum).
pub(super) fn seal(bytes: &mut [u8]) -> Result<(), ReadError> {
    let mut file = TensorFile::open(Cursor::new(&*bytes))?;
    let Some(place) = file.checksum_place() else { return Ok(()) };
    let digits = file.checksum(place.clone())?;
    // After the eight bytes of the header's length.
    let start = size_of::<u64>();
    bytes[start + place.start..start + place.end].copy_from_slice(digits.as_bytes());
    Ok(())
}

/// A name that several tensors have, if there is one.
pub(crate) fn duplicate(entries: &[Entry], header: &[u8]) -> Option<String> {
    let mut names: Vec<_> = entries.iter().map(|entry| entry.name.decode(header)).collect();
    names.sort_unstable();
    names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone().into_owned())
}

/// The element type that holds a scalar exactly.
pub(super) fn element_of<T: Scalar>() -> ElementType {
    if T::NAME == ElementType::F32.name() { ElementType::F32 } else { ElementType::F64 }
}
