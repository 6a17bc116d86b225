//! Where the table starts, which delimiter, whether the first line is a header, and the decimal mark: decided from the
//! beginning of the text.

use std::cmp::{Ordering, Reverse};
use std::io::Read;
use std::str;

use skiplayer::{Error, Result};

use super::cell::{self, CellRules, DecimalMark};
use super::odd_rows::What;
use super::options::ReadOptions;
use super::records::{Record, Records};
use super::source::Source;
use super::{odd_rows, spelling};

/// The last is preferred where several fit: a comma is also a decimal mark and part of prose, a tab is neither.
const DELIMITERS: [u8; 4] = [b',', b'|', b';', b'\t'];
const FIRST_SAMPLE: usize = 1 << 20;
const SAMPLE_RECORDS: usize = 400;
/// Lines above a table that are taken for its title.
const MOST_TITLE_LINES: usize = 20;

/// How the text is written.
#[derive(Debug)]
pub struct Dialect {
    /// Lines above the table.
    pub skip: usize,
    pub delimiter: u8,
    pub has_header: bool,
    /// The first record: its cells are the names if there is a header.
    pub first: Record,
    pub width: Width,
    /// Whether a delimiter stands before the first cell of every row and behind the last, as in Markdown.
    pub is_framed: bool,
    /// A line under the names that is no row, and what it is.
    pub below_names: Option<(usize, What)>,
    /// `None` if nothing shows it and a column may have either.
    pub decimal: Option<DecimalMark>,
}

/// How many cells a row has, compared with the first record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// As many.
    Same,
    /// One more: names of rows come first, and the header has no name for them (R's `write.table`).
    RowNames,
    /// One more, which is empty: a delimiter ends every row.
    DelimiterAtEnd,
}

impl Dialect {
    /// Columns of the table.
    pub fn n_columns(&self) -> usize {
        self.first.len() + usize::from(self.width == Width::RowNames)
    }

    /// Whether a record below the first is a whole row; takes off what stands outside of a frame and behind a last delimiter.
    pub fn fits(&self, record: &mut Record) -> bool {
        let n = self.n_columns();
        if self.is_framed && record.len() == n + 2 {
            record.unframe();
        }
        if self.width == Width::DelimiterAtEnd && record.len() == n + 1 && record.cell(n).trim_ascii().is_empty() {
            record.pop();
        }
        record.len() == n
    }
}

/// Looks at the first megabyte (more if that does not hold a whole record).
pub fn detect(source: &Source, options: &ReadOptions, notes: &mut Vec<String>) -> Result<Dialect> {
    let mut text = source.text()?;
    let mut sample = Vec::new();
    let mut size = FIRST_SAMPLE;
    loop {
        let missing = (size - sample.len()) as u64;
        let read = (&mut text).take(missing).read_to_end(&mut sample).map_err(|error| source.cannot_read(error))?;
        let whole = (read as u64) < missing;
        check_text(source, &sample)?;
        let mut above = Above::of(&sample, options);
        let (delimiter, mut records) = match options.delimiter.or(above.delimiter) {
            Some(delimiter) => (check_delimiter(delimiter)?, split(&sample, above.skip, delimiter, whole)),
            None => best_split(&sample, above.skip, whole),
        };
        if !whole && records.len() < 2 {
            size *= 2;
            continue;
        }
        if records.is_empty() {
            return Err(Error::input(&source.name, "nothing but empty lines").expected("a table with at least one row"));
        }
        above.take_title(&mut records, options);
        notes.extend(above.notes);
        let is_framed = delimiter == b'|' && is_framed(&records);
        if is_framed {
            records.iter_mut().for_each(Record::unframe);
        }
        let first = records.remove(0);
        let width = width(&first, &records, delimiter);
        let decimal = options.decimal.or_else(|| shown_mark(&records, delimiter)).or(options.as_in.decimal);
        let decimal = if delimiter == b';' { decimal } else { Some(decimal.unwrap_or_default()) };
        if decimal == Some(DecimalMark::Comma) {
            notes.push("commas are read as decimal commas, in the whole file".to_owned());
        }
        let has_header = match options.header {
            Some(header) => header,
            None if width != Width::Same || holds_all(&first, &options.known) => true,
            None => is_header(&first, &records, decimal, notes),
        };
        let below_names = match records.first().filter(|_| has_header && !options.all_rows) {
            Some(second) if is_rule(second) => Some((second.line, What::Rule)),
            _ if has_header && !options.all_rows => {
                units_line(&records, first.len(), width).map(|line| (line, What::Units))
            }
            _ => None,
        };
        let skip = first.line - 1;
        return Ok(Dialect { skip, delimiter, has_header, first, width, is_framed, below_names, decimal });
    }
}

/// What stands above the table.
struct Above {
    skip: usize,
    /// What a line `sep=;` says.
    delimiter: Option<u8>,
    notes: Vec<String>,
}

impl Above {
    /// Lines that the caller skips, and a line `sep=;`.
    fn of(sample: &[u8], options: &ReadOptions) -> Self {
        let mut above = Self { skip: options.skip, delimiter: None, notes: Vec::new() };
        let mut lines = sample.split(|&byte| byte == b'\n').skip(options.skip).map(<[u8]>::trim_ascii).peekable();
        if let Some(delimiter) = lines.peek().and_then(|line| separator_line(line)) {
            above.notes.push(format!("line {} says what separates cells, and is no row", above.skip + 1));
            above.delimiter = Some(delimiter);
            above.skip += 1;
        }
        above
    }

    /// Takes comments and titles, lines with one cell above a table of several columns, off the records.
    fn take_title(&mut self, records: &mut Vec<Record>, options: &ReadOptions) {
        let Some((n_cells, _)) = commonest(records) else { return };
        if records.first().is_some_and(|first| holds_all(first, &options.known)) {
            return;
        }
        let is_text = |record: &Record| record.cells().all(|cell| plain_kind(cell, None) == Kind::Text);
        let has_number = |record: &Record| record.cells().any(|cell| kind(cell, None) == Kind::Number);
        let numbers_below = records.iter().skip(1).any(has_number);
        let is_above = |record: &Record, next: &Record| {
            let names_follow = numbers_below && is_text(next);
            // One name above two cells may be the header of a table with names of rows.
            let is_single = (n_cells > 2 || (n_cells == 2 && names_follow)) && odd_rows::is_remark(record);
            // `#chrom start end` above as many cells is a header.
            let is_comment =
                odd_rows::is_comment(record) && (record.len() != n_cells || names_follow || odd_rows::is_comment(next));
            is_single || is_comment
        };
        let mut n = 0;
        while n < MOST_TITLE_LINES && n + 1 < records.len() && is_above(&records[n], &records[n + 1]) {
            n += 1;
        }
        if n == 0 {
            return;
        }
        let text = |record: &Record| {
            let cells = record.cells().map(String::from_utf8_lossy).map(|cell| cell.trim().to_owned());
            cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" ")
        };
        let place = match n {
            1 => format!("line {}", records[0].line),
            n => format!("lines {} to {}", records[0].line, records[n - 1].last_line),
        };
        self.notes.push(format!(
            "{place} ({}) stand{} above the table and {} passed over",
            cell::quoted(&text(&records[0])),
            if n == 1 { "s" } else { "" },
            if n == 1 { "is" } else { "are" }
        ));
        records.drain(..n);
    }
}

/// The delimiter that a line `sep=;` names, as spreadsheets read and write it.
fn separator_line(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] => Some(*delimiter),
        // The tab at the end of the line is trimmed with it.
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'='] => Some(b'\t'),
        _ => None,
    }
}

fn holds_all(record: &Record, names: &[String]) -> bool {
    !names.is_empty() && names.iter().all(|name| record.cells().any(|cell| cell.trim_ascii() == name.as_bytes()))
}

/// How rows are longer than the first record, if nearly all are.
fn width(first: &Record, below: &[Record], delimiter: u8) -> Width {
    let whole: Vec<&Record> = below.iter().filter(|record| record.len() == first.len() + 1).collect();
    // The last may be a footnote.
    if whole.is_empty() || whole.len() + 1 < below.len() {
        return Width::Same;
    }
    if delimiter != b' ' && whole.iter().all(|record| record.cell(first.len()).trim_ascii().is_empty()) {
        return Width::DelimiterAtEnd;
    }
    // A delimiter inside one cell of a short table looks alike: names of rows are all different.
    let mut names: Vec<&[u8]> = whole.iter().map(|record| record.cell(0)).collect();
    names.sort_unstable();
    names.dedup();
    if whole.len() > 1 && names.len() == whole.len() { Width::RowNames } else { Width::Same }
}

/// The mark that more cells show.
fn shown_mark(records: &[Record], delimiter: u8) -> Option<DecimalMark> {
    let mut balance = 0_i64;
    let mut n_shown = 0;
    let marks = [b',', b'.'];
    for cell in records.iter().flat_map(Record::cells).filter(|cell| cell.iter().any(|byte| marks.contains(byte))) {
        let shown = str::from_utf8(cell).ok().and_then(|cell| spelling::shown_mark(cell.trim()));
        n_shown += usize::from(shown.is_some());
        balance += match shown {
            Some(DecimalMark::Comma) => 1,
            Some(DecimalMark::Point) => -1,
            None => 0,
        };
    }
    let is_comma = balance > 0 || (balance == 0 && delimiter == b';');
    (n_shown > 0).then_some(if is_comma { DecimalMark::Comma } else { DecimalMark::Point })
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
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            Err(not_utf8(&source.name, line, &sample[before.len()..]))
        }
        _ => Ok(()),
    }
}

/// The error of bytes that are not UTF-8: nearly always a file saved by a spreadsheet in a Western code page.
pub fn not_utf8(file: &str, line: usize, bytes: &[u8]) -> Error {
    let byte = bytes.first().copied().unwrap_or_default();
    Error::input(format!("{file}, line {line}"), format!("the byte 0x{byte:02X}, which is not UTF-8"))
        .expected("text in UTF-8")
        .hint("save it as `CSV UTF-8`, or convert it with `iconv -f windows-1252 -t utf-8`")
}

/// The first records after `skip` lines; the last one only if it is complete.
fn split(sample: &[u8], skip: usize, delimiter: u8, whole: bool) -> Vec<Record> {
    let mut reader = Records::new(sample, delimiter);
    let mut records = Vec::new();
    let mut record = Record::default();
    if reader.skip_lines(skip).is_err() {
        return records;
    }
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
fn best_split(sample: &[u8], skip: usize, whole: bool) -> (u8, Vec<Record>) {
    let splits = DELIMITERS.map(|delimiter| (delimiter, split(sample, skip, delimiter, whole)));
    let rank = |records: &[Record]| (agreement(records), Reverse(n_quotes(records)), records.len());
    let cut = splits.into_iter().filter(|(_, records)| agreement(records) > 0.0);
    let best = cut.max_by(|a, b| rank(&a.1).partial_cmp(&rank(&b.1)).unwrap_or(Ordering::Equal));
    let best = best.unwrap_or_else(|| (b',', split(sample, skip, b',', whole)));
    let blanks = split(sample, skip, b' ', whole);
    if is_between_blanks(&blanks, &best.1) { (b' ', blanks) } else { best }
}

/// Whether blanks are what separates cells: they cut all lines below the first into the same number of cells and into more than the
/// best delimiter does, and half of the cells are numbers. Where no delimiter cuts anything, one column of numbers is enough: the
/// words of prose are not as many in each line, nor do numbers stand at the same place.
fn is_between_blanks(blanks: &[Record], best: &[Record]) -> bool {
    let [first, second, ..] = blanks else { return false };
    let n_cells = second.len();
    let n_best = commonest(best).map_or(1, |(n_cells, _)| n_cells);
    // One more than names: those of rows, which R quotes or numbers.
    let header_fits = first.len() == n_cells || (first.len() + 1 == n_cells && n_cells > 2);
    let rows = &blanks[1..];
    let mut mark = None;
    let is_number =
        |cell: &[u8], mark: &mut _| str::from_utf8(cell).is_ok_and(|cell| cell::number(cell, mark).is_some());
    let n_numbers = rows.iter().flat_map(Record::cells).filter(|cell| is_number(cell, &mut mark)).count();
    let is_cut_alike = rows.iter().all(|record| record.len() == n_cells && !record.unclosed_quote);
    let is_column_of_numbers = |j: usize| {
        let kinds = rows.iter().map(|record| plain_kind(record.cell(j), None));
        let mut present = kinds.filter(|kind| *kind != Kind::Missing).peekable();
        present.peek().is_some() && present.all(|kind| kind == Kind::Number)
    };
    let has_numbers = || {
        n_numbers * 2 >= rows.len() * n_cells
            || (n_best == 1 && n_cells > 2 && rows.len() > 1 && (0..n_cells).any(is_column_of_numbers))
    };
    n_cells > n_best && header_fits && is_cut_alike && has_numbers()
}

fn n_quotes(records: &[Record]) -> usize {
    records.iter().flat_map(Record::cells).map(|cell| cell.iter().filter(|&&byte| byte == b'"').count()).sum()
}

/// Share of the records with the commonest number of cells; zero if that is one.
fn agreement(records: &[Record]) -> f64 {
    match commonest(records) {
        Some((n_cells, n_records)) if n_cells > 1 => n_records as f64 / records.len() as f64,
        _ => 0.0,
    }
}

/// The number of cells that most records have, and how many have it.
fn commonest(records: &[Record]) -> Option<(usize, usize)> {
    let mut lengths: Vec<usize> = records.iter().map(Record::len).collect();
    lengths.sort_unstable();
    lengths.chunk_by(|a, b| a == b).max_by_key(|same| same.len()).map(|same| (same[0], same.len()))
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Missing,
    Number,
    Text,
}

/// What a cell is to a computer.
fn plain_kind(cell: &[u8], decimal: Option<DecimalMark>) -> Kind {
    let text = String::from_utf8_lossy(cell);
    let text = text.trim();
    let mut mark = decimal;
    if CellRules::default().is_missing(text) {
        Kind::Missing
    } else if cell::number(text, &mut mark).is_some() {
        Kind::Number
    } else {
        Kind::Text
    }
}

/// What a cell below the first line is: `$1,234` is a number, and `-` is none where there should be one.
fn kind(cell: &[u8], decimal: Option<DecimalMark>) -> Kind {
    match plain_kind(cell, decimal) {
        Kind::Text => {
            let text = String::from_utf8_lossy(cell);
            let text = text.trim();
            if cell::is_no_number(text) {
                Kind::Missing
            } else if spelling::may_be_number(text, decimal.unwrap_or_default()) {
                Kind::Number
            } else {
                Kind::Text
            }
        }
        other => other,
    }
}

/// Whether all records are as long and have nothing outside of their outer delimiters.
fn is_framed(records: &[Record]) -> bool {
    let n = records.first().map_or(0, Record::len);
    let is_empty = |cell: &[u8]| cell.trim_ascii().is_empty();
    n > 2 && records.iter().all(|record| record.len() == n && is_empty(record.cell(0)) && is_empty(record.cell(n - 1)))
}

/// A rule under the names, as in Markdown: `---`, `:---`, `:---:`.
fn is_rule(record: &Record) -> bool {
    record.len() > 1
        && record.cells().all(|cell| {
            let cell = cell.trim_ascii();
            let cell = cell.strip_prefix(b":").unwrap_or(cell);
            let cell = cell.strip_suffix(b":").unwrap_or(cell);
            cell.len() >= 3 && cell.iter().all(|&byte| byte == b'-')
        })
}

/// A line below the names with no number in it, above at least two columns of numbers: their units.
fn units_line(below: &[Record], n_columns: usize, width: Width) -> Option<usize> {
    let (first, rest) = below.split_first()?;
    let n_columns = n_columns + usize::from(width == Width::RowNames);
    if first.len() != n_columns || rest.len() < 2 || first.cells().any(|cell| kind(cell, None) == Kind::Number) {
        return None;
    }
    let is_bracketed = |cell: &[u8]| {
        let cell = cell.trim_ascii();
        (cell.starts_with(b"[") && cell.ends_with(b"]")) || (cell.starts_with(b"(") && cell.ends_with(b")"))
    };
    let is_numeric = |j: usize| {
        let mut kinds =
            rest.iter().map(|record| kind(record.cell(j), None)).filter(|kind| *kind != Kind::Missing).peekable();
        kinds.peek().is_some() && kinds.all(|kind| kind == Kind::Number)
    };
    let numeric: Vec<usize> = (0..n_columns).filter(|&j| is_numeric(j)).collect();
    let n_named = numeric.iter().filter(|&&j| kind(first.cell(j), None) == Kind::Text).count();
    let is_sure = n_named > 1 || numeric.iter().any(|&j| is_bracketed(first.cell(j)));
    (is_sure && n_named * 2 >= numeric.len()).then_some(first.line)
}

/// All text is a header, no text is not. In between, a header is text above a column of numbers, or text and blanks
/// of which nothing comes again below.
fn is_header(first: &Record, below: &[Record], decimal: Option<DecimalMark>, notes: &mut Vec<String>) -> bool {
    let kinds: Vec<Kind> = first.cells().map(|cell| plain_kind(cell, decimal)).collect();
    if !kinds.contains(&Kind::Text) {
        return false;
    }
    let above_numbers = |j: usize| {
        let mut found =
            below.iter().map(|record| kind(record.cell(j), decimal)).filter(|kind| *kind != Kind::Missing).peekable();
        found.peek().is_some() && found.all(|kind| kind == Kind::Number)
    };
    let evidence = (0..first.len()).any(|j| kinds[j] == Kind::Text && above_numbers(j));
    // Programs that write names of rows give their column no name.
    if evidence && first.cell(0).trim_ascii().is_empty() && kinds.iter().skip(1).all(|kind| *kind == Kind::Text) {
        return true;
    }
    if kinds.iter().all(|kind| *kind == Kind::Text) {
        let numbers_below = below.iter().flat_map(Record::cells).any(|cell| kind(cell, decimal) == Kind::Number);
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
