//! CSV text made ready for a reader that takes every text as it comes.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::vec;
use std::vec::Vec;

/// Text in which the quotes are not those of RFC 4180: what a reader makes of the lines from there on is not what was meant.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub(super) struct Misquoted {
    /// The line it begins in, counted from 1.
    pub(super) line: u64,
    pub(super) problem: &'static str,
}

const NOT_CLOSED: &str = "a quote begins here that is not closed up to the end of the file";
const BEHIND_A_QUOTE: &str = "text stands between a closing quote and the end of the cell; a quote within quotes is written twice";

/// What some programs put before UTF-8.
const MARK: [u8; 3] = *b"\xEF\xBB\xBF";

/// Passes the text of a CSV file on as RFC 4180 has it: without empty lines, blanks around cells and a byte order mark, with LF after each line.
///
/// A quote that is not closed, and text behind a closing quote, are errors, as the `csv` crate takes both: the first swallows the rest of the file.
/// They come after all lines before them were passed on.
pub(super) struct Quoting<R> {
    reader: R,
    delimiter: u8,
    raw: Vec<u8>,
    /// What may be passed on, and how much of it was.
    ready: Vec<u8>,
    passed: usize,
    state: State,
    /// Blanks in a cell without quotes, which do not count if it ends here.
    blanks: Vec<u8>,
    /// How many bytes of the mark were seen; all, where there is none.
    mark: usize,
    /// The line of the file, and the one in which the last quote was opened.
    line: u64,
    opened: u64,
    /// A line with cells has begun.
    begun: bool,
    after_return: bool,
    /// The lines that were made ready and not asked for by [`next_line`](Self::next_line).
    lines: VecDeque<u64>,
    problem: Option<Misquoted>,
    ended: bool,
}

/// Where the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a cell.
    Before,
    /// In a cell without quotes.
    Bare,
    /// In quotes.
    Quoted,
    /// Behind a quote in quotes, which closes them or is the first of two.
    Quote,
    /// Behind quotes.
    Behind,
}

impl<R: Read> Quoting<R> {
    /// Cells end in `delimiter`; `line` is the number of the first line.
    pub(super) fn new(reader: R, delimiter: u8, line: u64) -> Self {
        Self {
            reader,
            delimiter,
            raw: vec![0; 1 << 16],
            ready: Vec::new(),
            passed: 0,
            state: State::Before,
            blanks: Vec::new(),
            mark: 0,
            line,
            opened: line,
            begun: false,
            after_return: false,
            lines: VecDeque::new(),
            problem: None,
            ended: false,
        }
    }

    /// The number of the next line that is passed on, counted from 1: where it begins in the file. To be called once for each.
    pub(super) fn next_line(&mut self) -> u64 {
        self.lines.pop_front().unwrap_or(self.line)
    }

    /// Reads on.
    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.passed = 0;
        let count = loop {
            match self.reader.read(&mut self.raw) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        let raw = core::mem::take(&mut self.raw);
        let mut result = Ok(());
        for line in raw[..count].split_inclusive(|&byte| byte == b'\n') {
            if self.passes(line) {
                continue;
            }
            result = line.iter().try_for_each(|&byte| self.take(byte));
            if result.is_err() {
                break;
            }
        }
        self.raw = raw;
        if result.is_ok() && count == 0 && self.state == State::Quoted {
            result = Err(Misquoted { line: self.opened, problem: NOT_CLOSED });
        }
        self.ended = count == 0 || result.is_err();
        self.problem = result.err();
        Ok(())
    }

    /// Passes on a whole line with nothing in it that is looked at here, as most lines are; or says that it is to be looked at.
    fn passes(&mut self, line: &[u8]) -> bool {
        let Some(cells) = line.strip_suffix(b"\n") else { return false };
        let cells = cells.strip_suffix(b"\r").unwrap_or(cells);
        let begins_here = !self.begun && self.state == State::Before && self.mark == MARK.len() && !self.after_return;
        // All of them, without an end as soon as there is one: so many are compared at once.
        let is_special = |byte: u8| matches!(byte, b'"' | b' ' | b'\t' | b'\r');
        if !begins_here || cells.is_empty() || cells.iter().fold(false, |any, &byte| any | is_special(byte)) {
            return false;
        }
        self.lines.push_back(self.line);
        self.ready.extend_from_slice(cells);
        self.ready.push(b'\n');
        self.line += 1;
        true
    }

    fn take(&mut self, byte: u8) -> Result<(), Misquoted> {
        if self.mark < MARK.len() {
            if byte == MARK[self.mark] {
                self.mark += 1;
                return Ok(());
            }
            // The beginning of something else.
            for &byte in &MARK[..core::mem::replace(&mut self.mark, MARK.len())] {
                self.take(byte)?;
            }
        }
        match (self.state, byte) {
            (State::Quoted, b'"') => self.pass(byte, State::Quote),
            (State::Quoted, _) => {
                self.line += u64::from(byte == b'\n');
                self.ready.push(byte);
            }
            (State::Quote, b'"') => self.pass(byte, State::Quoted),
            (_, b'\n' | b'\r') => self.end_line(byte),
            (_, byte) if byte == self.delimiter => self.pass(byte, State::Before),
            (State::Before | State::Behind, b' ' | b'\t') => {}
            (State::Quote, b' ' | b'\t') => self.state = State::Behind,
            (State::Quote | State::Behind, _) => return Err(Misquoted { line: self.line, problem: BEHIND_A_QUOTE }),
            (State::Before, b'"') => {
                self.opened = self.line;
                self.pass(byte, State::Quoted);
            }
            (State::Bare, b' ' | b'\t') => self.blanks.push(byte),
            (State::Before | State::Bare, _) => {
                self.ready.append(&mut self.blanks);
                self.pass(byte, State::Bare);
            }
        }
        self.after_return = byte == b'\r';
        Ok(())
    }

    fn pass(&mut self, byte: u8, state: State) {
        if !self.begun {
            self.lines.push_back(self.line);
            self.begun = true;
        }
        if state == State::Before {
            self.blanks.clear();
        }
        self.ready.push(byte);
        self.state = state;
    }

    fn end_line(&mut self, byte: u8) {
        if byte == b'\n' && self.after_return {
            return;
        }
        if self.begun {
            self.ready.push(b'\n');
        }
        self.blanks.clear();
        self.begun = false;
        self.line += 1;
        self.state = State::Before;
    }
}

impl<R: Read> Read for Quoting<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.passed == self.ready.len() {
            if let Some(problem) = self.problem.take() {
                return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
            }
            if self.ended {
                return Ok(0);
            }
            self.refill()?;
        }
        let ready = &self.ready[self.passed..];
        let count = ready.len().min(into.len());
        into[..count].copy_from_slice(&ready[..count]);
        self.passed += count;
        Ok(count)
    }
}
