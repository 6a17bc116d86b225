//! One column while it is read: numbers until a cell says otherwise.

use std::collections::HashMap;

use skiplayer::table::MISSING;
use skiplayer::{Error, Result};

use super::cell::{self, DecimalMark};
use super::numbers::Numbers;

/// Whole numbers of so many digits are floats without loss.
const EXACT_DIGITS: usize = 15;

/// Whether the float nearest to a whole number is another number.
fn is_inexact(value: i128) -> bool {
    value.unsigned_abs() > 1 << 53 && (value as f64) as i128 != value
}

/// What a column may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Numbers if all cells are, categories otherwise.
    Either,
    /// Categories: declared, or stored as text.
    Categories,
    /// Numbers, or an error.
    Numbers,
}

/// Where a cell is, and its text.
#[derive(Debug, Clone)]
struct Seen {
    row: usize,
    line: Option<usize>,
    text: String,
}

impl Seen {
    fn place(&self) -> String {
        match self.line {
            Some(line) => format!("row {} (line {line})", self.row),
            None => format!("row {}", self.row),
        }
    }
}

#[derive(Debug)]
enum Gathered {
    Numbers(Numbers),
    Categories(Categories),
    /// Text came after numbers (or `none`), whose text is gone: the column has to be read again.
    Unknown,
}

/// The cells of a finished column.
#[derive(Debug)]
pub enum Cells {
    Numbers(Numbers),
    Categories {
        codes: Vec<u32>,
        levels: Vec<String>,
    },
    /// Numbers of which few differ, dates most of all: each cell an index into the values, or [`MISSING`].
    Coded {
        codes: Vec<u32>,
        values: Vec<f64>,
    },
}

/// Cells of one column, pushed row by row.
#[derive(Debug)]
pub struct GrowingColumn {
    wanted: Wanted,
    /// Some all-missing columns have a type nevertheless.
    declared: bool,
    decimal_mark: DecimalMark,
    gathered: Gathered,
    n_missing: usize,
    /// Missing cells that are categories if the column turns out to be text.
    n_none: usize,
    n_numbers: usize,
    n_text: usize,
    first_text: Option<Seen>,
    first_infinite: Option<Seen>,
    /// Whole numbers that a float would round: names, since nobody counts so far.
    n_inexact: usize,
    is_whole: bool,
    /// Words that were read as missing cells, with the number of their cells.
    missing_words: Vec<(String, usize)>,
}

impl GrowingColumn {
    /// An empty column. `declared`: the user said what it is. `decimal_comma`: whether `3,14` may be a number. `numbers`: where
    /// they go.
    pub fn new(wanted: Wanted, declared: bool, decimal_comma: bool, numbers: Numbers) -> Self {
        Self {
            wanted,
            declared,
            decimal_mark: if decimal_comma { DecimalMark::Open } else { DecimalMark::Point },
            gathered: match wanted {
                Wanted::Categories => Gathered::Categories(Categories::default()),
                Wanted::Either | Wanted::Numbers => Gathered::Numbers(numbers),
            },
            n_missing: 0,
            n_none: 0,
            n_numbers: 0,
            n_text: 0,
            first_text: None,
            first_infinite: None,
            n_inexact: 0,
            is_whole: true,
            missing_words: Vec::new(),
        }
    }

    fn n_rows(&self) -> usize {
        self.n_missing + self.n_numbers + self.n_text
    }

    /// What the column was told to be.
    pub fn wanted(&self) -> Wanted {
        self.wanted
    }

    /// Adds a cell of text.
    pub fn push_text(&mut self, text: &str, line: Option<usize>) {
        let text = text.trim();
        if cell::is_missing(text) {
            self.remember_missing(text);
            self.push_missing();
        } else if self.wanted == Wanted::Categories {
            self.n_text += 1;
            self.add_category(text);
        } else if let Some(value) = cell::number(text, &mut self.decimal_mark) {
            if text.len() > EXACT_DIGITS && text.parse().is_ok_and(is_inexact) {
                self.n_inexact += 1;
            }
            // In a column known to be text this number is a category too.
            self.add_number(value, || text.to_owned(), line);
        } else if self.first_text.is_none() && cell::is_missing_number(text) {
            self.n_none += 1;
            self.push_missing();
        } else {
            if self.first_text.is_none() {
                self.first_text = Some(Seen { row: self.n_rows() + 1, line, text: text.to_owned() });
                self.give_up_numbers();
            }
            self.n_text += 1;
            self.add_category(text);
        }
    }

    /// Adds a number; NaN is a missing cell.
    pub fn push_number(&mut self, value: f64) {
        if value.is_nan() {
            self.push_missing();
        } else {
            self.add_number(value, || value.to_string(), None);
        }
    }

    /// Adds a whole number.
    pub fn push_whole(&mut self, value: i128) {
        self.n_inexact += usize::from(is_inexact(value));
        self.push_number(value as f64);
    }

    /// Makes `level` known, so that levels are numbered in the order in which they are expected.
    pub fn expect_level(&mut self, level: &str) {
        if let Gathered::Categories(categories) = &mut self.gathered {
            categories.code(cell::category(level.trim()));
        }
    }

    /// The commonest word that was read as a missing cell, and how often.
    pub fn missing_word(&self) -> Option<(String, usize)> {
        self.missing_words.iter().max_by_key(|(_, count)| *count).cloned()
    }

    /// Whether the cells are whole numbers, and floats would make some of them equal.
    pub fn is_exact(&self) -> bool {
        self.n_inexact > 0 && self.is_whole && self.n_text == 0 && self.wanted == Wanted::Either
    }

    fn remember_missing(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        match self.missing_words.iter_mut().find(|(own, _)| own == word) {
            Some((_, count)) => *count += 1,
            None => self.missing_words.push((word.to_owned(), 1)),
        }
    }

    /// Adds a missing cell.
    pub fn push_missing(&mut self) {
        self.n_missing += 1;
        match &mut self.gathered {
            Gathered::Numbers(numbers) => numbers.push(f64::NAN),
            Gathered::Categories(categories) => categories.codes.push(MISSING),
            Gathered::Unknown => {}
        }
    }

    fn add_number(&mut self, value: f64, text: impl Fn() -> String, line: Option<usize>) {
        if value.is_infinite() && self.first_infinite.is_none() {
            self.first_infinite = Some(Seen { row: self.n_rows() + 1, line, text: text() });
        }
        self.n_numbers += 1;
        self.is_whole &= value.fract() == 0.0;
        match &mut self.gathered {
            Gathered::Numbers(numbers) => numbers.push(value),
            Gathered::Categories(categories) => categories.push(&text()),
            Gathered::Unknown => {}
        }
    }

    fn add_category(&mut self, text: &str) {
        if let Gathered::Categories(categories) = &mut self.gathered {
            categories.push(cell::category(text));
        }
    }

    /// The first text of a column: missing cells before it need no second reading, numbers do.
    fn give_up_numbers(&mut self) {
        self.gathered = if self.n_numbers + self.n_none == 0 {
            Gathered::Categories(Categories { codes: vec![MISSING; self.n_missing], ..Categories::default() })
        } else {
            Gathered::Unknown
        };
    }

    /// Whether the cells have to be pushed once more, through [`push_again`](Self::push_again).
    pub fn needs_second_reading(&self) -> bool {
        (matches!(self.gathered, Gathered::Unknown) && self.wanted == Wanted::Either) || self.is_exact()
    }

    /// Gets ready for the second reading.
    pub fn start_second_reading(&mut self) {
        self.gathered = Gathered::Categories(Categories::default());
    }

    /// Adds a cell of the second reading: the counts are known already.
    pub fn push_again(&mut self, text: &str) {
        let text = text.trim();
        if let Gathered::Categories(categories) = &mut self.gathered {
            if cell::is_missing(text) {
                categories.codes.push(MISSING);
            } else {
                categories.push(cell::category(text));
            }
        }
    }

    /// The finished cells of column `name` of `file`, with remarks on what was not obvious.
    pub fn finish(self, file: &str, name: &str, notes: &mut Vec<String>) -> Result<Cells> {
        let place = |seen: &Seen| format!("{file}, column `{name}`, {}", seen.place());
        if self.wanted == Wanted::Numbers
            && let Some(seen) = &self.first_text
        {
            return Err(Error::input(place(seen), format!("the text {}", cell::quoted(&seen.text)))
                .expected("a number, as the column is declared numeric")
                .hint("mend the cell, blank it if it is missing, or let the column be categories"));
        }
        match self.gathered {
            Gathered::Numbers(numbers) => {
                if let Some(seen) = &self.first_infinite {
                    return Err(Error::input(place(seen), format!("the infinite number {}", cell::quoted(&seen.text)))
                        .expected("a finite number")
                        .hint("blank the cell if it is missing, or drop the column"));
                }
                if self.decimal_mark == DecimalMark::Comma {
                    notes.push(format!("column `{name}`: commas are read as decimal commas"));
                }
                Ok(Cells::Numbers(numbers))
            }
            Gathered::Categories(categories) => {
                if let (Some(seen), true) = (&self.first_text, self.n_numbers > self.n_text) {
                    notes.push(format!(
                        "column `{name}`: {} of {} cells are not numbers, e.g. {} in {}: read as categories",
                        self.n_text,
                        self.n_text + self.n_numbers,
                        cell::quoted(&seen.text),
                        seen.place()
                    ));
                }
                if categories.levels.is_empty() && !self.declared {
                    return Ok(Cells::Numbers(Numbers::missing(self.n_missing)));
                }
                Ok(categories.finish())
            }
            // Only a column that must be numeric is left so, and its error came first.
            Gathered::Unknown => Err(Error::failure(format!("{file}, column `{name}`"), "it was not read to its end")),
        }
    }
}

/// Codes and levels as they grow. Levels are numbered in the order they appear.
#[derive(Debug, Default)]
struct Categories {
    codes: Vec<u32>,
    levels: HashMap<String, u32>,
}

impl Categories {
    fn push(&mut self, text: &str) {
        let code = self.code(text);
        self.codes.push(code);
    }

    /// The number of a level, a new one if it is new.
    fn code(&mut self, text: &str) -> u32 {
        match self.levels.get(text) {
            Some(&code) => code,
            None => {
                let code = self.levels.len() as u32;
                self.levels.insert(text.to_owned(), code);
                code
            }
        }
    }

    fn finish(self) -> Cells {
        let mut levels = vec![String::new(); self.levels.len()];
        for (level, code) in self.levels {
            levels[code as usize] = level;
        }
        let mut codes = self.codes;
        // Truth values have both levels in one order, whatever the file happens to hold.
        if !levels.is_empty() && levels.iter().all(|level| level == "false" || level == "true") {
            let new: Vec<u32> = levels.iter().map(|level| u32::from(level == "true")).collect();
            codes.iter_mut().filter(|code| **code != MISSING).for_each(|code| *code = new[*code as usize]);
            levels = vec!["false".to_owned(), "true".to_owned()];
        }
        Cells::Categories { codes, levels }
    }
}

#[cfg(test)]
mod tests {
    use skiplayer::table::Values;

    use super::*;

    fn read(wanted: Wanted, cells: &[&str]) -> (Result<Values>, Vec<String>) {
        let mut column = GrowingColumn::new(wanted, wanted != Wanted::Either, false, Numbers::default());
        cells.iter().zip(2..).for_each(|(text, line)| column.push_text(text, Some(line)));
        if column.needs_second_reading() {
            column.start_second_reading();
            cells.iter().for_each(|text| column.push_again(text));
        }
        let mut notes = Vec::new();
        let cells = column.finish("f.csv", "x", &mut notes).map(|cells| match cells {
            Cells::Numbers(numbers) => Values::Numeric(numbers.into_memory().unwrap()),
            Cells::Categories { codes, levels } => Values::Categorical { codes, levels },
            Cells::Coded { .. } => panic!("nothing is decoded here"),
        });
        (cells, notes)
    }

    #[test]
    fn text_after_numbers_keeps_the_text_of_the_numbers() {
        let (values, notes) = read(Wanted::Either, &["1.50", "NA", " 2 ", "abc", "inf"]);
        assert_eq!(values.unwrap(), Values::from_text([Some("1.50"), None, Some("2"), Some("abc"), Some("inf")]));
        assert_eq!(
            notes,
            ["column `x`: 1 of 4 cells are not numbers, e.g. `abc` in row 4 (line 5): read as categories"]
        );
    }

    #[test]
    fn truth_values_have_fixed_levels() {
        let (values, _) = read(Wanted::Either, &["TRUE", "?", "True"]);
        let levels = vec!["false".to_owned(), "true".to_owned()];
        assert_eq!(values.unwrap(), Values::Categorical { codes: vec![1, MISSING, 1], levels });
    }

    #[test]
    fn nothing_but_missing_cells_is_numeric_unless_declared() {
        assert!(matches!(read(Wanted::Either, &["", "NA"]).0, Ok(Values::Numeric(_))));
        assert!(matches!(read(Wanted::Categories, &["", "NA"]).0, Ok(Values::Categorical { .. })));
    }

    #[test]
    fn none_is_missing_among_numbers_and_a_category_among_text() {
        let (numbers, _) = read(Wanted::Either, &["none", "2"]);
        assert!(matches!(numbers.unwrap(), Values::Numeric(v) if v[0].is_nan() && v[1] == 2.0));
        let text = ["none", "NA", "mild", "none"];
        let expected = Values::from_text([Some("none"), None, Some("mild"), Some("none")]);
        assert_eq!(read(Wanted::Either, &text).0.unwrap(), expected);
        assert_eq!(read(Wanted::Categories, &text).0.unwrap(), expected);
    }

    #[test]
    fn text_in_a_declared_number_and_infinity_are_errors() {
        assert_eq!(
            read(Wanted::Numbers, &["1", "old"]).0.unwrap_err().to_string(),
            "f.csv, column `x`, row 2 (line 3): found the text `old`, expected a number, as the column is declared numeric; \
             mend the cell, blank it if it is missing, or let the column be categories"
        );
        assert_eq!(
            read(Wanted::Either, &["1", "1e999"]).0.unwrap_err().to_string(),
            "f.csv, column `x`, row 2 (line 3): found the infinite number `1e999`, expected a finite number; \
             blank the cell if it is missing, or drop the column"
        );
    }
}
