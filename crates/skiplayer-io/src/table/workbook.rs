//! Sheets of Excel and OpenDocument workbooks, as text that the reader of text takes on from there.

use std::fmt::Write;
use std::io::Cursor;

use calamine::{Data, Reader, Sheets, open_workbook_auto_from_rs};
use skiplayer::table::{listed, nearest_name};
use skiplayer::{Error, Result};

use super::source::Source;

/// The sheet called `name`, or the first, as CSV with one line a row of the sheet, and what it is called.
pub fn as_csv(source: &Source, name: Option<&str>) -> Result<(String, String)> {
    let cannot = |error: calamine::Error| {
        Error::input(&source.name, format!("a ZIP archive or an Excel workbook that cannot be read ({error})"))
            .expected("an Excel or OpenDocument workbook, or a table as CSV, Parquet or Arrow IPC")
            .hint("unpack an archive; a workbook with a password has to be saved without it")
    };
    let bytes = source.bytes()?;
    let mut workbook: Sheets<_> = open_workbook_auto_from_rs(Cursor::new(bytes.as_slice())).map_err(cannot)?;
    let sheets = workbook.sheet_names();
    let sheet = match name {
        Some(name) => sheets.iter().find(|sheet| *sheet == name),
        None => sheets.first(),
    };
    let Some(sheet) = sheet else {
        let name = name.unwrap_or_default();
        let error = Error::input(format!("{}, option `sheet`", source.name), format!("no sheet `{name}`"))
            .expected(format!("one of {}", listed(&sheets)));
        return Err(error.did_you_mean(nearest_name(name, sheets.iter().map(String::as_str))));
    };
    let range = workbook.worksheet_range(sheet).map_err(cannot)?;
    let n_above = range.start().map_or(0, |(row, _)| row as usize);
    let mut text = "\n".repeat(n_above);
    for row in range.rows() {
        // An empty row is an empty line, which is no record.
        if row.iter().any(|cell| *cell != Data::Empty) {
            for (column, cell) in row.iter().enumerate() {
                if column > 0 {
                    text.push(',');
                }
                push_cell(&mut text, cell);
            }
        }
        text.push('\n');
    }
    Ok((text, sheet.clone()))
}

/// One line a row of the sheet: line ends inside cells become blanks.
fn push_cell(text: &mut String, cell: &Data) {
    // Writing to a string does not fail.
    let _ = match cell {
        Data::Empty => Ok(()),
        Data::Int(number) => write!(text, "{number}"),
        Data::Float(number) => write!(text, "{number}"),
        Data::Bool(truth) => write!(text, "{truth}"),
        Data::Error(error) => write!(text, "{error}"),
        Data::String(words) | Data::DateTimeIso(words) | Data::DurationIso(words) => {
            write!(text, "\"{}\"", words.replace(['\n', '\r'], " ").replace('"', "\"\""))
        }
        // Hours beyond a day: seconds.
        Data::DateTime(time) if time.is_duration() => write!(text, "{}", (time.as_f64() * 86_400.0).round()),
        Data::DateTime(time) => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            match (time.as_f64() < 1.0, (hour, minute, second)) {
                (true, _) => write!(text, "{hour:02}:{minute:02}:{second:02}"),
                (false, (0, 0, 0)) => write!(text, "{date}"),
                (false, _) => write!(text, "{date} {hour:02}:{minute:02}:{second:02}"),
            }
        }
    };
}
