//! The options of reading: a row for each field of [`ReadOptions`](super::ReadOptions) that a caller decides.

use skiplayer::error::{Choice, Kind, Setting};

const SECTION: &str = "Table";

const fn setting(field: &'static str, name: &'static str, kind: Kind) -> Setting {
    Setting::new(field, name, kind).section(SECTION)
}

/// Words for the order of day and month.
const ORDERS: &[Choice] =
    &[Choice { name: "dmy", help: "The day, then the month" }, Choice { name: "mdy", help: "The month, then the day" }];
/// Words for decimal marks.
const MARKS: &[Choice] = &[Choice { name: "point", help: "As in 3.14" }, Choice { name: "comma", help: "As in 3,14" }];

/// Numbers that are names.
pub static CATEGORICAL: Setting = setting("ReadOptions::categorical", "categorical", Kind::Columns)
    .help("Columns of numbers that are names of categories (postcodes, codes)");
/// Numbers among text.
pub static NUMERIC: Setting = setting("ReadOptions::numeric", "numeric", Kind::Columns)
    .help("Columns to read as numbers: cells that are not numbers are missing, however many there are");
/// Logarithms of columns.
pub static LOG: Setting = setting("ReadOptions::logarithms", "log", Kind::Columns)
    .help("Columns to take the natural logarithm of, which are then called `log(COL)`; the target may be one of them");
/// That there are names of columns.
pub static HEADER: Setting = setting("ReadOptions::header", "header", Kind::Switch)
    .help("The first line of a text file holds the names of the columns, even if it looks like data")
    .excludes(&["no_header"]);
/// That there are none.
pub static NO_HEADER: Setting = setting("ReadOptions::header", "no_header", Kind::Switch)
    .help("The first line of a text file is data; the columns are called x1, x2, …");
/// Words for missing cells.
pub static MISSING: Setting = setting("ReadOptions::missing", "missing", Kind::Words).help(
    "Words to read as missing cells, instead of NA, N/A, NaN, null, None, ? and the like; empty cells are missing anyway",
);
/// Lines above the table.
pub static SKIP_LINES: Setting =
    setting("ReadOptions::skip", "skip_lines", Kind::Count { least: 0, most: u32::MAX as u64 })
        .help("Lines above the table to skip (rows, for a sheet)");
/// What separates cells.
pub static DELIMITER: Setting = setting("ReadOptions::delimiter", "delimiter", Kind::Text)
    .help("What separates cells: one character, or `tab`, or `blanks` for any number of blanks");
/// The decimal mark.
pub static DECIMAL: Setting = setting("ReadOptions::decimal", "decimal", Kind::Choice(MARKS))
    .help("The decimal mark of the whole file")
    .auto("From the cells");
/// A sheet of a workbook.
pub static SHEET: Setting =
    setting("ReadOptions::sheet", "sheet", Kind::Text).help("Sheet of a workbook [default: the first]");
/// Lines that do not look like rows.
pub static ALL_ROWS: Setting = setting("ReadOptions::all_rows", "all_rows", Kind::Switch)
    .help("Every line below the header is a row, even if it looks like units, a total, a footnote or the header again");
/// The order of day and month.
pub static DATES: Setting = setting("ReadOptions::dates", "dates", Kind::Choice(ORDERS))
    .help("What comes first in dates such as 03/04/2024, if no cell of the column shows it")
    .auto("From the cells");

/// Those of any table, in the order of the help.
pub static READ: [&Setting; 9] =
    [&HEADER, &NO_HEADER, &MISSING, &SKIP_LINES, &DELIMITER, &DECIMAL, &SHEET, &ALL_ROWS, &DATES];
/// Those of a table that a model learns from besides.
pub static READ_COLUMNS: [&Setting; 3] = [&CATEGORICAL, &NUMERIC, &LOG];
