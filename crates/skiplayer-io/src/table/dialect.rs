//! Which delimiter, and whether the first line is a header: decided from the beginning of the text.

use std::cmp::{Ordering, Reverse};
use std::io::Read;
use std::str;

use skiplayer::{Error, Result};

use super::ReadOptions;
use super::cell::{self, DecimalMark};
use super::records::{Record, Records};
use super::source::Source;

/// The last is preferred where several fit: a comma is also a decimal mark and part of prose, a tab is neither.
const DELIMITERS: [u8; 4] = [b',', b'|', b';', b'\t'];
const FIRST_SAMPLE: usize = 1 << 20;
const SAMPLE_RECORDS: usize = 100;

/// How the text is written.
#[derive(Debug)]
pub struct Dialect {
    pub delimiter: u8,
    pub has_header: bool,
    /// The first record: its cells are the names if there is a header, and its length is that of all others.
    pub first: Record,
}

impl Dialect {
    /// Whether `3,14` may be a number.
    pub fn decimal_comma(&self) -> bool {
        self.delimiter == b';'
    }
}

/// Looks at the first megabyte (more if that does not hold a whole record).
pub fn detect(source: &Source, gzip: bool, options: &ReadOptions, notes: &mut Vec<String>) -> Result<Dialect> {
    let mut text = source.text(gzip)?;
    let mut sample = Vec::new();
    let mut size = FIRST_SAMPLE;
    loop {
        let missing = (size - sample.len()) as u64;
        let read = (&mut text).take(missing).read_to_end(&mut sample).map_err(|error| source.cannot_read(error))?;
        let whole = (read as u64) < missing;
        check_text(source, &sample)?;
        let (delimiter, mut records) = match options.delimiter {
            Some(delimiter) => (check_delimiter(delimiter)?, split(&sample, delimiter, whole)),
            None => best_split(&sample, whole),
        };
        if !whole && records.len() < 2 {
            size *= 2;
            continue;
        }
        if records.is_empty() {
            return Err(Error::input(&source.name, "nothing but empty lines").expected("a table with at least one row"));
        }
        let first = records.remove(0);
        let has_header = options.header.unwrap_or_else(|| is_header(&first, &records, delimiter, notes));
        return Ok(Dialect { delimiter, has_header, first });
    }
}

fn check_delimiter(delimiter: u8) -> Result<u8> {
    if delimiter.is_ascii() && !matches!(delimiter, b'"' | b'\n' | b'\r') {
        return Ok(delimiter);
    }
    Err(Error::input("option `delimiter`", format!("the byte {delimiter}"))
        .expected("a comma, semicolon, tab, `|` or another ASCII character that is no quote or line end"))
}

/// Refuses what is not text in UTF-8. A character cut by the end of the sample is left to the reading of the cells.
fn check_text(source: &Source, sample: &[u8]) -> Result<()> {
    let zeros = sample.iter().filter(|&&byte| byte == 0).count();
    if zeros > 0 {
        return Err(if zeros * 5 > sample.len() * 2 && zeros * 5 < sample.len() * 3 {
            source.not_a_table("text in UTF-16").hint("save it as UTF-8, for instance with `iconv -f utf-16 -t utf-8`")
        } else {
            source.not_a_table("binary data").hint("is this the right file?")
        });
    }
    let control = |byte: &&u8| byte.is_ascii_control() && !matches!(**byte, b'\t' | b'\n' | b'\r');
    if sample.iter().filter(control).count() * 50 > sample.len() {
        return Err(source.not_a_table("binary data").hint("is this the right file?"));
    }
    match str::from_utf8(sample) {
        Err(error) if error.error_len().is_some() => {
            let before = &sample[..error.valid_up_to()];
            Err(not_utf8(source, 1 + before.iter().filter(|&&byte| byte == b'\n').count(), &sample[before.len()..]))
        }
        _ => Ok(()),
    }
}

/// The error of bytes that are not UTF-8: nearly always a file saved by a spreadsheet in a Western code page.
pub fn not_utf8(source: &Source, line: usize, bytes: &[u8]) -> Error {
    let byte = bytes.first().copied().unwrap_or_default();
    Error::input(format!("{}, line {line}", source.name), format!("the byte 0x{byte:02X}, which is not UTF-8"))
        .expected("text in UTF-8")
        .hint("save it as `CSV UTF-8`, or convert it with `iconv -f windows-1252 -t utf-8`")
}

/// The first records; the last one only if it is complete.
fn split(sample: &[u8], delimiter: u8, whole: bool) -> Vec<Record> {
    let mut reader = Records::new(sample, delimiter);
    let mut records = Vec::new();
    let mut record = Record::default();
    while records.len() <= SAMPLE_RECORDS && matches!(reader.read(&mut record), Ok(true)) {
        records.push(std::mem::take(&mut record));
    }
    if !whole && records.len() <= SAMPLE_RECORDS {
        records.pop();
    }
    records
}

/// The delimiter under which the most records have the same number of cells, two or more; a comma if there is none.
/// Of several, one that leaves the fewest quotes in the cells (`1,"a; b"` cut at the semicolon keeps its quotes as text) and
/// opens the fewest (a quote opened by mistake swallows line ends, and so records).
fn best_split(sample: &[u8], whole: bool) -> (u8, Vec<Record>) {
    let splits = DELIMITERS.map(|delimiter| (delimiter, split(sample, delimiter, whole)));
    let rank = |records: &[Record]| (agreement(records), Reverse(n_quotes(records)), records.len());
    let cut = splits.into_iter().filter(|(_, records)| agreement(records) > 0.0);
    let best = cut.max_by(|a, b| rank(&a.1).partial_cmp(&rank(&b.1)).unwrap_or(Ordering::Equal));
    best.unwrap_or_else(|| (b',', split(sample, b',', whole)))
}

fn n_quotes(records: &[Record]) -> usize {
    let cells = records.iter().flat_map(|record| (0..record.len()).map(|j| record.cell(j)));
    cells.map(|cell| cell.iter().filter(|&&byte| byte == b'"').count()).sum()
}

/// Share of the records with the commonest number of cells; zero if that is one.
fn agreement(records: &[Record]) -> f64 {
    let mut lengths: Vec<usize> = records.iter().map(Record::len).collect();
    lengths.sort_unstable();
    let commonest = lengths.chunk_by(|a, b| a == b).max_by_key(|same| same.len());
    match commonest {
        Some(same) if same[0] > 1 => same.len() as f64 / lengths.len() as f64,
        _ => 0.0,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Missing,
    Number,
    Text,
}

fn kind(cell: &[u8], delimiter: u8) -> Kind {
    let text = String::from_utf8_lossy(cell);
    let text = text.trim();
    let mut mark = if delimiter == b';' { DecimalMark::Open } else { DecimalMark::Point };
    if cell::is_missing(text) {
        Kind::Missing
    } else if cell::number(text, &mut mark).is_some() {
        Kind::Number
    } else {
        Kind::Text
    }
}

/// All text is a header, no text is not. In between, a header is text above a column of numbers, or text and blanks
/// of which nothing comes again below.
fn is_header(first: &Record, below: &[Record], delimiter: u8, notes: &mut Vec<String>) -> bool {
    let kinds: Vec<Kind> = (0..first.len()).map(|j| kind(first.cell(j), delimiter)).collect();
    if !kinds.contains(&Kind::Text) {
        return false;
    }
    let above_numbers = |j: usize| {
        let cells = below.iter().map(|record| record.cell(j)).filter(|cell| cell.trim_ascii() != b"none");
        let mut found = cells.map(|cell| kind(cell, delimiter)).filter(|kind| *kind != Kind::Missing);
        found.next() == Some(Kind::Number) && found.all(|kind| kind == Kind::Number)
    };
    let evidence = (0..first.len()).any(|j| kinds[j] == Kind::Text && above_numbers(j));
    if kinds.iter().all(|kind| *kind == Kind::Text) {
        let numbers_below =
            below.iter().any(|record| (0..record.len()).any(|j| kind(record.cell(j), delimiter) == Kind::Number));
        if !below.is_empty() && !numbers_below {
            notes.push(format!(
                "line {} is taken for the names of the columns, though the rows below are text too: if it is data, say that \
                 there is no header",
                first.line
            ));
        }
        return true;
    }
    let comes_again = |j: usize| below.iter().any(|record| record.cell(j) == first.cell(j));
    let header = evidence
        || (!kinds.contains(&Kind::Number) && !(0..first.len()).any(|j| kinds[j] == Kind::Text && comes_again(j)));
    let (what, otherwise) = if header { ("the names of the columns", "is data") } else { ("data", "holds the names") };
    notes.push(format!(
        "line {} mixes text with numbers or blanks and is taken for {what}: if it {otherwise}, say whether there is a header",
        first.line
    ));
    header
}
