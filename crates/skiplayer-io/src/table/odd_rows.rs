//! Records of a text file that are no rows: the header again, a comment, a total below the table, a footnote.

use std::collections::HashSet;
use std::str;

use super::cell;
use super::records::Record;

/// Records at the end that are looked at together: more would be a table of their own.
pub const MOST_BELOW: usize = 8;
/// What the label of a row of totals says, in lower case.
const TOTALS: [&str; 22] = [
    "total",
    "totals",
    "grand total",
    "sum",
    "sums",
    "mean",
    "means",
    "average",
    "averages",
    "overall total",
    "summe",
    "gesamt",
    "gesamtsumme",
    "insgesamt",
    "mittelwert",
    "durchschnitt",
    "totale",
    "somme",
    "moyenne",
    "suma",
    "totaal",
    "media",
];

/// A record that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    pub line: usize,
    pub last_line: usize,
    pub what: What,
    /// Its first cell that is not empty.
    pub cell: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Rule,
    Units,
    RepeatedHeader,
    Comment,
    Total,
    Footnote,
}

impl LeftOut {
    pub fn new(record: &Record, what: What) -> Self {
        let cell = record
            .cells()
            .map(String::from_utf8_lossy)
            .map(|cell| cell.trim().to_owned())
            .find(|cell| !cell.is_empty());
        Self { line: record.line, last_line: record.last_line, what, cell: cell.unwrap_or_default() }
    }

    /// What is said of it.
    pub fn note(&self) -> String {
        let what = match self.what {
            What::Rule => "is taken for a rule under the names",
            What::Units => "is taken for units",
            What::RepeatedHeader => "is the names of the columns again",
            What::Comment => "is taken for a comment",
            What::Total => "is taken for a total of the rows above",
            What::Footnote => "is taken for a footnote",
        };
        format!(
            "line {} ({}) {what} and left out: if it is a row, say that all lines are rows",
            self.line,
            cell::quoted(&self.cell)
        )
    }
}

/// What a record of the right length is.
pub enum RowKind {
    Row,
    NoRow(What),
    /// A total or a footnote if nothing but those follow.
    Below(What),
}

/// Watches the records go by.
pub struct OddRows<'a> {
    header: Option<&'a Record>,
    below_names: Option<(usize, What)>,
    width: usize,
    /// Labels of totals that rows above have too: those are levels.
    seen: HashSet<(usize, &'static str)>,
}

impl<'a> OddRows<'a> {
    pub fn new(header: Option<&'a Record>, below_names: Option<(usize, What)>, width: usize) -> Self {
        Self { header, below_names, width, seen: HashSet::new() }
    }

    /// Looks at a record with as many cells as the table has columns.
    pub fn classify(&mut self, record: &Record) -> RowKind {
        if let Some((_, what)) = self.below_names.filter(|(line, _)| *line == record.line) {
            return RowKind::NoRow(what);
        }
        if self.header.is_some_and(|header| self.is_header(header, record)) {
            return RowKind::NoRow(What::RepeatedHeader);
        }
        match total_label(record) {
            Some(label) if !self.seen.contains(&label) => RowKind::Below(What::Total),
            Some(_) => RowKind::Row,
            None if is_footnote(record, self.width) => RowKind::Below(What::Footnote),
            None => RowKind::Row,
        }
    }

    /// A record that looked like a total is a row: others follow it.
    pub fn is_row(&mut self, record: &Record) {
        self.seen.extend(total_label(record));
    }

    /// Whether a record holds the names of the columns.
    fn is_header(&self, header: &Record, record: &Record) -> bool {
        let is_same = |column: usize| header.cell(column).trim_ascii() == record.cell(column).trim_ascii();
        // One name alone may be a word of a column of text.
        self.width > 1 && is_same(0) && (1..self.width).all(is_same)
    }
}

/// A record of another length that holds no cell of a table: one text, with nothing behind it.
pub fn is_remark(record: &Record) -> bool {
    let mut cells = record.cells().map(|cell| cell.trim_ascii()).filter(|cell| !cell.is_empty());
    let is_text = |cell: &[u8]| {
        str::from_utf8(cell).is_ok_and(|cell| cell.parse::<f64>().is_err() && cell.chars().any(char::is_alphabetic))
    };
    cells.next().is_some_and(is_text) && cells.next().is_none()
}

/// Whether a record of another length is a comment.
pub fn is_comment(record: &Record) -> bool {
    record.cell(0).trim_ascii_start().starts_with(b"#")
}

/// The column and the word that say "total".
fn total_label(record: &Record) -> Option<(usize, &'static str)> {
    record.cells().enumerate().find_map(|(column, cell)| {
        // Numbers, which most cells are, start with a digit or a sign.
        if cell.first().is_none_or(|first| *first <= b'9') || cell.len() > 24 {
            return None;
        }
        let word = str::from_utf8(cell).ok()?.trim().trim_end_matches([':', '.']);
        TOTALS.iter().find(|total| word.eq_ignore_ascii_case(total)).map(|total| (column, *total))
    })
}

/// A sentence in the first cell of three or more, and nothing behind it.
fn is_footnote(record: &Record, width: usize) -> bool {
    let first = record.cell(0).trim_ascii();
    width > 2
        && (first.contains(&b' ') || first.starts_with(b"*"))
        && record.cells().skip(1).all(|cell| cell.trim_ascii().is_empty())
        && is_remark(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(cells: &[&str]) -> Record {
        Record::of_cells(9, cells.iter().copied())
    }

    #[test]
    fn records_are_what_they_look_like() {
        let header = record(&["x", "g", "y"]);
        let mut odd = OddRows::new(Some(&header), Some((2, What::Units)), 3);
        assert!(matches!(odd.classify(&record(&["1", "a", "2"])), RowKind::Row));
        assert!(matches!(odd.classify(&record(&["x", " g", "y"])), RowKind::NoRow(What::RepeatedHeader)));
        assert!(matches!(odd.classify(&record(&["3", "Total:", "2"])), RowKind::Below(What::Total)));
        assert!(matches!(odd.classify(&record(&["3", "TOTAL.\u{a0}", "2"])), RowKind::Below(What::Total)));
        assert!(matches!(odd.classify(&record(&["Source: a census", "", ""])), RowKind::Below(What::Footnote)));
        assert!(matches!(odd.classify(&record(&["id17", "", ""])), RowKind::Row));
        odd.is_row(&record(&["3", "total", "2"]));
        assert!(matches!(odd.classify(&record(&["3", "Total:", "2"])), RowKind::Row));
        assert!(matches!(
            OddRows::new(None, Some((9, What::Units)), 3).classify(&record(&["m", "", "kg"])),
            RowKind::NoRow(What::Units)
        ));
    }

    #[test]
    fn remarks_are_one_text() {
        assert!(is_remark(&record(&["Source: a census"])) && is_remark(&record(&["Note", "", ""])));
        assert!(!is_remark(&record(&["3"])) && !is_remark(&record(&["a", "b"])) && !is_remark(&record(&["", ""])));
        assert!(is_comment(&record(&["# a", "b"])) && !is_comment(&record(&["a", "#"])));
    }
}
