//! In what databases differ.

use skiplayer::encode::Part;
use skiplayer::pipeline::Holds;

use crate::export::options::Dialect;

impl Dialect {
    /// The type of 64-bit floats.
    pub(super) fn double(self) -> &'static str {
        match self {
            Dialect::DuckDb => "DOUBLE",
            Dialect::Postgres => "DOUBLE PRECISION",
            Dialect::Sqlite => "REAL",
        }
    }

    /// The largest of several numbers.
    pub(super) fn largest(self, of: &[String]) -> String {
        match self {
            _ if of.len() == 1 => of[0].clone(),
            Dialect::DuckDb | Dialect::Postgres => format!("GREATEST({})", of.join(", ")),
            Dialect::Sqlite => format!("MAX({})", of.join(", ")),
        }
    }

    /// The smaller of two numbers.
    pub(super) fn smaller(self, a: &str, b: &str) -> String {
        match self {
            Dialect::DuckDb | Dialect::Postgres => format!("LEAST({a}, {b})"),
            Dialect::Sqlite => format!("MIN({a}, {b})"),
        }
    }

    /// The largest whole number that is not above `a`; SQLite may have been built without mathematics.
    pub(super) fn floor(self, a: &str) -> String {
        match self {
            Dialect::DuckDb | Dialect::Postgres => format!("FLOOR({a})"),
            Dialect::Sqlite => format!("(ROUND({a}) - (ROUND({a}) > {a}))"),
        }
    }

    /// The smallest whole number that is not below `a`.
    pub(super) fn ceiling(self, a: &str) -> String {
        match self {
            Dialect::DuckDb | Dialect::Postgres => format!("CEIL({a})"),
            Dialect::Sqlite => format!("(ROUND({a}) + (ROUND({a}) < {a}))"),
        }
    }

    /// Columns that there may be at most between two steps.
    pub(super) fn most_columns(self) -> usize {
        match self {
            Dialect::DuckDb => usize::MAX,
            // MaxTupleAttributeNumber of PostgreSQL, and SQLITE_MAX_COLUMN as SQLite comes.
            Dialect::Postgres => 1664,
            Dialect::Sqlite => 2000,
        }
    }

    /// A cell as a double, days for dates with or without a time, or text; NULL where it is missing.
    pub(super) fn cell(self, column: &str, holds: Holds) -> String {
        let double = self.double();
        match (self, holds) {
            (Dialect::DuckDb, Holds::Category) => format!("NULLIF(CAST({column} AS VARCHAR), '')"),
            (_, Holds::Category) => format!("NULLIF(CAST({column} AS TEXT), '')"),
            // Text in a column of numbers would be 0.
            (Dialect::Sqlite, Holds::Number | Holds::Duration) => format!(
                "CASE WHEN typeof({column}) IN ('integer', 'real') THEN CAST({column} AS REAL) WHEN json_valid({column}) THEN \
                 CASE WHEN json_type({column}) IN ('integer', 'real') THEN CAST({column} AS REAL) END END"
            ),
            (_, Holds::Number) => format!("NULLIF(CAST({column} AS {double}), CAST('NaN' AS {double}))"),
            (Dialect::Sqlite, Holds::TimeOfDay) => seconds_of_sqlite(&format!("'1970-01-01 ' || {column}")),
            (Dialect::Sqlite, Holds::Date | Holds::Timestamp | Holds::Instant) => {
                format!("({}) / 8.64e4", seconds_of_sqlite(column))
            }
            (_, Holds::Date | Holds::Timestamp) => format!("{} / 8.64e4", self.seconds(column, "TIMESTAMP")),
            (_, Holds::Instant) => format!("{} / 8.64e4", self.seconds(column, "TIMESTAMP WITH TIME ZONE")),
            (_, Holds::TimeOfDay) => self.seconds(column, "TIME"),
            (_, Holds::Duration) => self.seconds(column, "INTERVAL"),
        }
    }

    fn seconds(self, column: &str, of: &str) -> String {
        format!("CAST(EXTRACT(EPOCH FROM CAST({column} AS {of})) AS {})", self.double())
    }

    /// The place of a month, quarter or day of the week from 0 on.
    pub(super) fn place(self, days: &str, part: Part) -> String {
        match (self, part) {
            // 1970-01-01 was a Thursday.
            (_, Part::Weekday) => format!("FLOOR({days}) + 3e0 - 7e0 * FLOOR((FLOOR({days}) + 3e0) / 7e0)"),
            (Dialect::Sqlite, part) => {
                let month = format!("CAST(strftime('%m', FLOOR({days}) * 8.64e4, 'unixepoch') AS INTEGER) - 1");
                if part == Part::Quarter { format!("({month}) / 3") } else { month }
            }
            (_, part) => {
                let field = if part == Part::Quarter { "QUARTER" } else { "MONTH" };
                format!("EXTRACT({field} FROM DATE '1970-01-01' + CAST(FLOOR({days}) AS INTEGER)) - 1")
            }
        }
    }
}

/// To the millisecond: the whole seconds, and the fraction of the seconds of the minute.
fn seconds_of_sqlite(text: &str) -> String {
    format!("CAST(strftime('%s', {text}) AS REAL) + CAST(substr(strftime('%f', {text}), 3) AS REAL)")
}

/// A name between quotes.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text between quotes.
pub fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A double with all its digits. Without an exponent it would be a decimal to most databases.
pub fn number(number: f64) -> String {
    format!("{number:e}")
}
