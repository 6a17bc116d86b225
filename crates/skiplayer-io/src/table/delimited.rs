//! Delimited text (CSV, TSV, blanks) into a table, one record at a time.

use std::cell::RefCell;
use std::sync::Arc;

use skiplayer::{Error, Result};

use super::cell::CellRules;
use super::dialect::{self, Dialect, Width};
use super::format::Format;
use super::gather::{self, Gathered, Rows, gather};
use super::long::LongTable;
use super::names;
use super::numbers::Disk;
use super::odd_rows::{self, LeftOut, OddRows, RowKind, What};
use super::options::ReadOptions;
use super::options::{ReadingRules, missing_words};
use super::records::{Record, Records};
use super::source::Source;
use super::table_file::TableFile;

/// Reads the whole file.
pub fn read(source: &Source, options: &ReadOptions, disk: Option<&Arc<Disk>>) -> Result<TableFile<LongTable>> {
    let mut notes = Vec::new();
    let dialect = dialect::detect(source, options, &mut notes)?;
    let names = column_names(&source.name, &dialect, options, &mut notes)?;
    let missing = missing_words(options);
    let rules = Arc::new(CellRules::new(missing.clone(), dialect.decimal));
    let rows = TextRows { source, dialect: &dialect, all_rows: options.all_rows, left_out: RefCell::default() };
    let Gathered { table, lines, spellings } = gather(&source.name, &rows, names, &rules, options, disk, &mut notes)?;
    let mut table = table;
    let is_unnamed = dialect.width == Width::RowNames || dialect.first.cell(0).trim_ascii().is_empty();
    if dialect.has_header && is_unnamed {
        table.first_is_unnamed();
    }
    notes.extend(rows.left_out.take().iter().map(LeftOut::note));
    Ok(TableFile {
        table,
        format: Format::Delimited { delimiter: dialect.delimiter },
        has_header: dialect.has_header,
        lines,
        rules: ReadingRules { decimal: dialect.decimal, missing, spellings, ..ReadingRules::default() },
        notes,
        fingerprint: source.fingerprint()?,
    })
}

fn column_names(file: &str, dialect: &Dialect, options: &ReadOptions, notes: &mut Vec<String>) -> Result<Vec<String>> {
    let n_columns = dialect.n_columns();
    if !dialect.has_header {
        return match &options.columns {
            Some(given) => names::from_options(file, given, n_columns),
            None => Ok(names::numbered(n_columns)),
        };
    }
    let in_header = (0..dialect.first.len()).map(|j| gather::text(file, &dialect.first, j).map(str::to_owned));
    let mut found = in_header.collect::<Result<Vec<String>>>()?;
    if dialect.width == Width::RowNames {
        found.insert(0, String::new());
    }
    let names = names::from_file(file, found, notes)?;
    if options.columns.as_ref().is_some_and(|given| *given != names) {
        notes.push(format!(
            "line {} holds the names of the columns, so those given are not used: if it is data, say that there is no header",
            dialect.first.line
        ));
    }
    Ok(names)
}

/// The rows of a text file.
struct TextRows<'a> {
    source: &'a Source,
    dialect: &'a Dialect,
    all_rows: bool,
    /// What the latest reading left out.
    left_out: RefCell<Vec<LeftOut>>,
}

impl Rows for TextRows<'_> {
    fn each(&self, work: &mut dyn FnMut(&Record) -> Result<()>) -> Result<()> {
        let (source, dialect) = (self.source, self.dialect);
        let mut left_out = Vec::new();
        let mut records = Records::new(source.text()?, dialect.delimiter);
        records.skip_lines(dialect.skip).map_err(|error| source.cannot_read(error))?;
        let header = dialect.has_header.then_some(&dialect.first);
        let mut odd = OddRows::new(header, dialect.below_names, dialect.n_columns());
        let mut below = Below::default();
        let mut record = Record::default();
        let mut is_header = dialect.has_header;
        while records.read(&mut record).map_err(|error| source.cannot_read(error))? {
            if record.unclosed_quote {
                return Err(unclosed(&source.name, record.line));
            }
            if std::mem::take(&mut is_header) {
                continue;
            }
            if !dialect.fits(&mut record) {
                if !self.all_rows && odd_rows::is_comment(&record) {
                    left_out.push(LeftOut::new(&record, What::Comment));
                } else if !self.all_rows && odd_rows::is_remark(&record) && below.has_room() {
                    below.ragged.get_or_insert_with(|| record.clone());
                    below.records.push((std::mem::take(&mut record), What::Footnote));
                } else {
                    return Err(ragged(&source.name, dialect, below.ragged.as_ref().unwrap_or(&record)));
                }
                continue;
            }
            match if self.all_rows { RowKind::Row } else { odd.classify(&record) } {
                RowKind::NoRow(what) => left_out.push(LeftOut::new(&record, what)),
                RowKind::Below(what) if below.has_room() => below.records.push((std::mem::take(&mut record), what)),
                RowKind::Below(_) | RowKind::Row => {
                    if let Some(record) = &below.ragged {
                        return Err(ragged(&source.name, dialect, record));
                    }
                    for (earlier, _) in below.records.drain(..) {
                        odd.is_row(&earlier);
                        work(&earlier)?;
                    }
                    work(&record)?;
                }
            }
        }
        left_out.extend(below.records.iter().map(|(record, what)| LeftOut::new(record, *what)));
        self.left_out.replace(left_out);
        Ok(())
    }
}

/// Records that are totals and footnotes if no row follows.
#[derive(Default)]
struct Below {
    records: Vec<(Record, What)>,
    /// The first that has not as many cells as the table has columns.
    ragged: Option<Record>,
}

impl Below {
    fn has_room(&self) -> bool {
        self.records.len() < odd_rows::MOST_BELOW
    }
}

fn unclosed(file: &str, line: usize) -> Error {
    Error::input(format!("{file}, line {line}"), "a quote that is never closed")
        .expected("a `\"` at the end of the cell")
        .hint("close it, or write `\"\"` for a quote inside a cell")
}

fn ragged(file: &str, dialect: &Dialect, record: &Record) -> Error {
    let cells = |n: usize| if n == 1 { "1 cell".to_owned() } else { format!("{n} cells") };
    let between = match dialect.delimiter {
        b' ' => "blanks".to_owned(),
        delimiter => format!("`{}`", char::from(delimiter).escape_default()),
    };
    let (found, expected) = (record.len(), dialect.n_columns());
    let place = if record.last_line > record.line {
        format!("{file}, lines {} to {}", record.line, record.last_line)
    } else {
        format!("{file}, line {}", record.line)
    };
    let hint = if record.last_line > record.line {
        "is there a stray quote at the start of a cell?".to_owned()
    } else if odd_rows::is_remark(record) {
        "it looks like a remark inside the table: delete the line".to_owned()
    } else if found > expected {
        format!("quote a cell that holds {between}; if line {} is a title, skip it", dialect.first.line)
    } else {
        "fill up or delete the line".to_owned()
    };
    Error::input(place, format!("{} between {between}", cells(found)))
        .expected(format!("{} as in line {}", cells(expected), dialect.first.line))
        .hint(hint)
}
