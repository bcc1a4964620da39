//! Cutting the text of a CSV file into lines of cells.

use core::mem;
use core::ops::Range;
use std::borrow::ToOwned;
use std::format;
use std::io::{self, Read};
use std::string::String;
use std::vec::Vec;

/// Why a line cannot be cut into cells.
pub(super) enum Broken {
    /// The file cannot be read.
    Io(io::Error),
    /// On a line, what is wrong.
    Line(u64, String),
}

/// Lines of cells between commas, as RFC 4180 has them: a cell may be in quotes, and then have commas, line ends and doubled quotes in it.
///
/// Blanks around a cell do not count, outside of quotes. Empty lines are passed over, and so is the mark that some programs put before UTF-8. Lines
/// end in LF, CR or both. A quote that is not closed, and text behind a closing quote, are errors: cells beyond them would be others than were meant.
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// Where in the buffer the next line begins.
    start: usize,
    /// The buffer has all that is left.
    at_end: bool,
    /// The number of the next line.
    next: u64,
    /// The line that was read last: its number, and its cells one after the other.
    line: u64,
    text: String,
    cells: Vec<Range<usize>>,
}

/// What the beginning of the buffer is.
enum Cut {
    /// A line of so many bytes, with its end, in which so many lines of the file end; whether any cell is in quotes.
    Line { bytes: usize, lines: u64, quoted: bool },
    /// The beginning of a line that may go on.
    More,
}

impl<R: Read> Lines<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, at_end: false, next: 1, line: 1, text: String::new(), cells: Vec::new() }
    }

    /// The number of the line that was read last, counted from 1: where it begins.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// How many cells it has.
    pub(super) const fn len(&self) -> usize {
        self.cells.len()
    }

    /// A cell of it.
    pub(super) fn cell(&self, number: usize) -> Option<&str> {
        self.cells.get(number).map(|range| &self.text[range.clone()])
    }

    /// Reads the next line that is not empty; there may be none.
    pub(super) fn advance(&mut self) -> Result<bool, Broken> {
        const MARK: &[u8] = b"\xEF\xBB\xBF";
        loop {
            if self.line == 1 && self.start == 0 && self.buffer.starts_with(MARK) {
                self.start = MARK.len();
            }
            if self.start == self.buffer.len() && self.at_end {
                return Ok(false);
            }
            let mut text = mem::take(&mut self.text).into_bytes();
            text.clear();
            self.cells.clear();
            let cut = cut(&self.buffer[self.start..], self.at_end, &mut text, &mut self.cells);
            match cut.map_err(|(after, problem)| Broken::Line(self.next + after, problem))? {
                Cut::Line { bytes, lines, quoted } => {
                    self.line = self.next;
                    self.start += bytes;
                    self.next += lines;
                    if text.is_empty() && self.cells.len() == 1 && !quoted {
                        continue;
                    }
                    let not_text = |_| Broken::Line(self.line, "its text is not UTF-8: save the file in that encoding".to_owned());
                    self.text = String::from_utf8(text).map_err(not_text)?;
                    return Ok(true);
                }
                Cut::More => self.fill().map_err(Broken::Io)?,
            }
        }
    }

    /// Reads on, behind what is left of the buffer: twice as much for a line that is longer than it.
    fn fill(&mut self) -> io::Result<()> {
        const LEAST: usize = 1 << 16;
        self.buffer.drain(..self.start);
        // The mark is not looked for again.
        self.start = 0;
        let left = self.buffer.len();
        self.buffer.resize(left + LEAST.max(left), 0);
        let mut end = left;
        while end < self.buffer.len() {
            match self.reader.read(&mut self.buffer[end..]) {
                Ok(0) => {
                    self.at_end = true;
                    break;
                }
                Ok(count) => end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.buffer.truncate(end);
                    return Err(error);
                }
            }
        }
        self.buffer.truncate(end);
        Ok(())
    }
}

/// Cuts the first line of `bytes` into cells. An error says after how many lines it is.
fn cut(bytes: &[u8], at_end: bool, text: &mut Vec<u8>, cells: &mut Vec<Range<usize>>) -> Result<Cut, (u64, String)> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let blanks_from = |at: usize| if bytes.get(at).is_some_and(is_blank) { bytes[at..].iter().take_while(|byte| is_blank(byte)).count() } else { 0 };
    let (mut at, mut lines, mut quoted) = (0, 0, false);
    loop {
        let start = text.len();
        at += blanks_from(at);
        if bytes.get(at) == Some(&b'"') {
            let opened = lines;
            quoted = true;
            at += 1;
            loop {
                let Some(length) = bytes[at..].iter().position(|&byte| byte == b'"') else {
                    if !at_end {
                        return Ok(Cut::More);
                    }
                    return Err((opened, "a quote begins here that is not closed up to the end of the file".to_owned()));
                };
                let inside = &bytes[at..at + length];
                lines += inside.iter().map(|&byte| u64::from(byte == b'\n')).sum::<u64>();
                text.extend_from_slice(inside);
                at += length + 1;
                match bytes.get(at) {
                    Some(b'"') => {
                        text.push(b'"');
                        at += 1;
                    }
                    None if !at_end => return Ok(Cut::More),
                    Some(_) | None => break,
                }
            }
            at += blanks_from(at);
            if let Some(&byte) = bytes.get(at)
                && !matches!(byte, b',' | b'\n' | b'\r')
            {
                let rest: Vec<u8> = bytes[at..].iter().copied().take_while(|byte| !matches!(byte, b',' | b'\n' | b'\r')).take(20).collect();
                let problem = format!(
                    "`{}` stands between a closing quote and the next comma; a quote within quotes is written twice",
                    String::from_utf8_lossy(&rest)
                );
                return Err((lines, problem));
            }
        } else {
            // Byte by byte, as cells are short.
            while let Some(&byte) = bytes.get(at)
                && !matches!(byte, b',' | b'\n' | b'\r')
            {
                text.push(byte);
                at += 1;
            }
            while text.len() > start && text.last().is_some_and(is_blank) {
                text.pop();
            }
        }
        cells.push(start..text.len());
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b','), _) => at += 1,
            (Some(b'\r'), Some(b'\n')) => return Ok(Cut::Line { bytes: at + 2, lines: lines + 1, quoted }),
            (Some(b'\r'), None) | (None, _) if !at_end => return Ok(Cut::More),
            (Some(_), _) => return Ok(Cut::Line { bytes: at + 1, lines: lines + 1, quoted }),
            (None, _) => return Ok(Cut::Line { bytes: at, lines: lines + 1, quoted }),
        }
    }
}
