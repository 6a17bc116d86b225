//! Text into records and cells: delimiters, quotes, line ends, and the line of the file where each record starts.
//!
//! The rules are those of RFC 4180 as most readers have them: a quote at the start of a cell opens it, a doubled quote
//! inside is one quote, a quote elsewhere is itself; `\n`, `\r\n` and `\r` end a record; lines without any character are
//! skipped. `arrow-csv` splits the same way and is the reference in the tests. It is not used for the work itself: it knows
//! the number of a record but not its line (quoted line ends), does not say that a quote is never closed, and takes bytes
//! for UTF-8 that only are so once the delimiter between them is gone (`\xC3,\xA9`).

use std::io::{self, BufRead, ErrorKind};
use std::ops::Range;
use std::str;

use memchr::{memchr, memchr2};

/// One record, reused for the next to spare allocations.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// The cells, and perhaps what stood between them.
    pub(super) bytes: Vec<u8>,
    /// Where each cell is.
    places: Vec<Range<usize>>,
    /// Where the cell that comes next starts.
    open: usize,
    /// Line of the file where it starts, counted from 1.
    pub line: usize,
    /// Line where it ends: more than `line` when a quoted cell holds line ends.
    pub last_line: usize,
    /// The file ended inside a quoted cell.
    pub unclosed_quote: bool,
}

impl Record {
    /// A record of `cells` that starts in `line`.
    pub fn of_cells<'a>(line: usize, cells: impl IntoIterator<Item = &'a str>) -> Self {
        let mut record = Self { line, last_line: line, ..Self::default() };
        cells.into_iter().for_each(|cell| record.push(cell.as_bytes()));
        record
    }

    /// Adds a cell.
    pub fn push(&mut self, cell: &[u8]) {
        self.bytes.extend_from_slice(cell);
        self.end_cell();
    }

    /// Takes off the last cell.
    pub fn pop(&mut self) {
        self.places.pop();
    }

    /// Takes off the first cell and the last.
    pub fn unframe(&mut self) {
        self.pop();
        if !self.places.is_empty() {
            self.places.remove(0);
        }
    }

    /// All cells.
    pub fn cells(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|column| self.cell(column))
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Bytes of cell `column`; none past the last.
    pub fn cell(&self, column: usize) -> &[u8] {
        self.places.get(column).map_or(&[], |place| &self.bytes[place.clone()])
    }

    /// All of it as text, for [`text`](Self::text); `None` if it is not UTF-8.
    pub fn whole(&self) -> Option<&str> {
        str::from_utf8(&self.bytes).ok()
    }

    /// Cell `column` of the `whole` text, which costs less to check than its cells. `None` where the cell ends within a
    /// character, which the next one then completes, and past the last.
    pub fn text<'a>(&self, whole: &'a str, column: usize) -> Option<&'a str> {
        whole.get(self.places.get(column)?.clone())
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.places.clear();
        self.open = 0;
        self.unclosed_quote = false;
    }

    pub(super) fn end_cell(&mut self) {
        let end = self.bytes.len();
        self.places.push(self.open..end);
        self.open = end;
    }

    /// Takes a line without quotes from the beginning of `buffer`, if its end is there; how many bytes that is.
    fn take_plain_line(&mut self, buffer: &[u8], delimiter: u8) -> Option<usize> {
        let end = memchr(b'\n', buffer)?;
        let line = buffer[..end].strip_suffix(b"\r").unwrap_or(&buffer[..end]);
        if line.is_empty() || memchr2(b'"', b'\r', line).is_some() {
            return None;
        }
        self.bytes.extend_from_slice(line);
        let mut start = 0;
        for (at, byte) in line.iter().enumerate() {
            if *byte == delimiter {
                self.places.push(start..at);
                start = at + 1;
            }
        }
        self.places.push(start..line.len());
        self.open = line.len();
        Some(end + 1)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    BeforeRecord,
    BeforeCell,
    Plain,
    Quoted,
    /// After a quote inside a quoted cell: its end, or the first of two.
    QuoteInQuoted,
}

/// Reads record after record.
pub struct Records<R> {
    pub(super) input: R,
    delimiter: u8,
    pub(super) line: usize,
    after_carriage_return: bool,
}

impl<R: BufRead> Records<R> {
    /// Records of `input`, whose first line is line 1. A blank as `delimiter` stands for any number of them.
    pub fn new(input: R, delimiter: u8) -> Self {
        Self { input, delimiter, line: 1, after_carriage_return: false }
    }

    /// Passes over `n` lines, whatever is in them.
    pub fn skip_lines(&mut self, n: usize) -> io::Result<()> {
        let first = self.line + n;
        while self.line < first {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let mut used = 0;
            while used < buffer.len() && self.line < first {
                count_line(buffer[used], &mut self.line, &mut self.after_carriage_return);
                used += 1;
            }
            self.input.consume(used);
        }
        // The second half of `\r\n`.
        if self.after_carriage_return && self.input.fill_buf()?.first() == Some(&b'\n') {
            self.after_carriage_return = false;
            self.input.consume(1);
        }
        Ok(())
    }

    /// Puts the next record into `record`; `false` at the end.
    pub fn read(&mut self, record: &mut Record) -> io::Result<bool> {
        if self.delimiter == b' ' {
            return self.read_between_blanks(record);
        }
        record.clear();
        let mut state = State::BeforeRecord;
        loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if buffer.is_empty() {
                record.unclosed_quote = state == State::Quoted;
                record.last_line = self.line;
                if state == State::BeforeRecord {
                    return Ok(false);
                }
                record.end_cell();
                return Ok(true);
            }
            // Most of the file is in such lines.
            if state == State::BeforeRecord
                && let Some(used) = record.take_plain_line(buffer, self.delimiter)
            {
                (record.line, record.last_line) = (self.line, self.line);
                self.line += 1;
                self.after_carriage_return = false;
                self.input.consume(used);
                return Ok(true);
            }
            let mut used = 0;
            let mut complete = false;
            while used < buffer.len() && !complete {
                // Runs of ordinary bytes are copied whole.
                let rest = &buffer[used..];
                let run = match state {
                    State::Plain => {
                        rest.iter().position(|&byte| byte == self.delimiter || byte == b'\n' || byte == b'\r')
                    }
                    State::Quoted => rest.iter().position(|&byte| byte == b'"'),
                    _ => Some(0),
                };
                let run = run.unwrap_or(rest.len());
                if run > 0 {
                    record.bytes.extend_from_slice(&rest[..run]);
                    if state == State::Quoted {
                        rest[..run]
                            .iter()
                            .for_each(|&byte| count_line(byte, &mut self.line, &mut self.after_carriage_return));
                    } else {
                        self.after_carriage_return = false;
                    }
                    used += run;
                    continue;
                }
                let byte = rest[0];
                used += 1;
                if state == State::BeforeRecord && byte != b'\n' && byte != b'\r' {
                    record.line = self.line;
                    state = State::BeforeCell;
                }
                state = match (state, byte) {
                    (State::Quoted, _) => State::QuoteInQuoted,
                    (State::QuoteInQuoted, b'"') => {
                        record.bytes.push(byte);
                        State::Quoted
                    }
                    (State::BeforeCell, b'"') => State::Quoted,
                    (State::BeforeRecord, _) => State::BeforeRecord,
                    (_, b'\n' | b'\r') => {
                        record.end_cell();
                        record.last_line = self.line;
                        complete = true;
                        state
                    }
                    (_, byte) if byte == self.delimiter => {
                        record.end_cell();
                        State::BeforeCell
                    }
                    _ => {
                        record.bytes.push(byte);
                        State::Plain
                    }
                };
                count_line(byte, &mut self.line, &mut self.after_carriage_return);
            }
            self.input.consume(used);
            if complete {
                return Ok(true);
            }
        }
    }
}

/// `\n`, `\r\n` and `\r` each end one line.
fn count_line(byte: u8, line: &mut usize, after_carriage_return: &mut bool) {
    if byte == b'\r' || (byte == b'\n' && !*after_carriage_return) {
        *line += 1;
    }
    *after_carriage_return = byte == b'\r';
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Array, cast::AsArray};
    use arrow_schema::{DataType, Field, Schema};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn split(text: &str, delimiter: u8) -> Vec<(usize, Vec<String>)> {
        // A tiny buffer, so that every state is interrupted.
        let mut records = Records::new(io::BufReader::with_capacity(3, text.as_bytes()), delimiter);
        let mut record = Record::default();
        let mut all = Vec::new();
        while records.read(&mut record).unwrap() {
            let cells = (0..record.len()).map(|j| String::from_utf8(record.cell(j).to_vec()).unwrap());
            all.push((record.line, cells.collect()));
        }
        all
    }

    /// Rows of `width` cells by arrow-csv; `None` where it refuses.
    fn reference(text: &str, delimiter: u8, width: usize) -> Option<Vec<Vec<String>>> {
        let fields: Vec<Field> = (0..width).map(|j| Field::new(format!("x{j}"), DataType::Utf8, true)).collect();
        let reader = arrow_csv::ReaderBuilder::new(Arc::new(Schema::new(fields)))
            .with_delimiter(delimiter)
            .build_buffered(text.as_bytes())
            .unwrap();
        let mut rows = Vec::new();
        for batch in reader {
            let batch = batch.ok()?;
            for row in 0..batch.num_rows() {
                let cell = |j: usize| {
                    let column = batch.column(j).as_string::<i32>();
                    if column.is_null(row) { String::new() } else { column.value(row).to_owned() }
                };
                rows.push((0..width).map(cell).collect());
            }
        }
        Some(rows)
    }

    #[test]
    fn lines_are_those_of_an_editor() {
        let text = "a,b\r\n\r\n\"1\n2\r\n3\",\"say \"\"x\"\"\"\r4,\n";
        let expected = [(1, vec!["a", "b"]), (3, vec!["1\n2\r\n3", "say \"x\""]), (6, vec!["4", ""])];
        assert_eq!(
            split(text, b','),
            expected.map(|(line, cells)| (line, cells.iter().map(|s| s.to_string()).collect()))
        );
    }

    #[test]
    fn lines_are_passed_over_whatever_ends_them() {
        for text in ["a\n\"b\nc,1\n", "a\r\n\"b\r\nc,1\r\n", "a\r\"b\rc,1\r"] {
            let mut records = Records::new(text.as_bytes(), b',');
            let mut record = Record::default();
            records.skip_lines(2).unwrap();
            assert!(records.read(&mut record).unwrap());
            assert_eq!((record.line, record.cell(0)), (3, &b"c"[..]), "{text:?}");
            assert!(!records.read(&mut record).unwrap());
        }
    }

    #[test]
    fn a_quote_that_stays_open_is_reported() {
        let mut record = Record::default();
        assert!(Records::new(&b"1,\"2\n3"[..], b',').read(&mut record).unwrap());
        assert!(record.unclosed_quote);
        assert_eq!((record.line, record.last_line), (1, 2));
    }

    proptest! {
        #[test]
        fn agrees_with_arrow_csv(text in "[ab,;\"\r\n é]{0,40}", delimiter in prop::sample::select(vec![b',', b';'])) {
            let ours = split(&text, delimiter);
            let width = ours.first().map_or(1, |(_, cells)| cells.len());
            let regular = ours.iter().all(|(_, cells)| cells.len() == width);
            // arrow-csv strips nothing we keep here, so equality is exact; it refuses exactly the irregular texts.
            let ours = regular.then(|| ours.into_iter().map(|(_, cells)| cells).collect::<Vec<_>>());
            prop_assert_eq!(ours, reference(&text, delimiter, width));
        }
    }
}
