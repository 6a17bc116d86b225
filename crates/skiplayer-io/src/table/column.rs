//! One column while it is read: numbers until too many cells say otherwise.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;
use skiplayer::table::{MISSING, RowLines};
use skiplayer::{Error, Result};

use super::DecimalMark;
use super::cell::{self, CellRules};
use super::extremes::Extremes;
use super::numbers::{Disk, Numbers};
use super::spelling::{self, NumberSpelling};
use super::strays::{Known, Strays};

/// Up to so many different numbers, a text that comes again beside them is a level of its own (`0`, `1`, `2`, `3+`).
const FEW_VALUES: usize = 10;

/// So many cells without a repeated one are names.
const FEWEST_NAMES: usize = 20;
/// Levels that are compared with each other: more are free text.
const MOST_COMPARED: usize = 1000;

/// Whole numbers of so many digits are floats without loss.
const EXACT_DIGITS: usize = 15;

/// Whether the float nearest to a whole number is another number.
fn is_inexact(value: i128) -> bool {
    value.unsigned_abs() > 1 << 53 && (value as f64) as i128 != value
}

/// What a column may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Numbers if nearly all cells are, categories otherwise.
    Either,
    /// Categories: declared, or stored as text.
    Categories,
    /// Numbers: other cells are missing, and it is an error if none is a number.
    Numbers,
}

/// A cell that is told about: its row, counted from 0, and its text.
#[derive(Debug, Clone)]
struct Seen {
    row: usize,
    text: String,
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

/// A finished column.
#[derive(Debug)]
pub struct Finished {
    pub cells: Cells,
    /// How its numbers are written, if not plainly.
    pub spelling: Option<NumberSpelling>,
}

/// Cells of one column, pushed row by row.
#[derive(Debug)]
pub struct GrowingColumn {
    wanted: Wanted,
    /// Some all-missing columns have a type nevertheless.
    declared: bool,
    rules: Arc<CellRules>,
    /// The mark that the cells of the column have shown.
    decimal: Option<DecimalMark>,
    disk: Option<Arc<Disk>>,
    gathered: Gathered,
    n_missing: usize,
    n_numbers: usize,
    strays: Strays,
    /// Whole numbers with zeros in front, as codes have them: the first, and how many there are.
    zeros_in_front: Option<(Seen, usize)>,
    /// Cells that are missing by the word `None` or `NA`, which are names too.
    nameable: [Option<(usize, usize)>; 2],
    first_infinite: Option<Seen>,
    extremes: Extremes,
    /// Whole numbers that a float would round: names, since nobody counts so far.
    n_inexact: usize,
    is_whole: bool,
}

/// Missing words that are names elsewhere: of a class, and of Namibia.
const NAMEABLE: [&str; 2] = ["None", "NA"];

impl GrowingColumn {
    /// An empty column. `declared`: the user said what it is. `disk`: where the numbers of long tables go.
    pub fn new(wanted: Wanted, declared: bool, rules: &Arc<CellRules>, disk: Option<&Arc<Disk>>) -> Self {
        Self {
            wanted,
            declared,
            rules: Arc::clone(rules),
            decimal: rules.decimal,
            disk: disk.cloned(),
            gathered: match wanted {
                Wanted::Categories => Gathered::Categories(Categories::default()),
                Wanted::Either | Wanted::Numbers => Gathered::Numbers(Numbers::new(disk)),
            },
            n_missing: 0,
            n_numbers: 0,
            strays: Strays::default(),
            zeros_in_front: None,
            nameable: [None; 2],
            first_infinite: None,
            extremes: Extremes::default(),
            n_inexact: 0,
            is_whole: true,
        }
    }

    fn n_rows(&self) -> usize {
        self.n_missing + self.n_numbers + self.strays.n()
    }

    /// Keeps the text of all cells from the start: for files that are read only once.
    pub fn keep_text(&mut self) {
        self.gathered = Gathered::Categories(Categories::default());
    }

    /// What the column was told to be.
    pub fn wanted(&self) -> Wanted {
        self.wanted
    }

    /// Adds a cell of text.
    pub fn push_text(&mut self, text: &str) {
        let text = cell::trimmed(text);
        // Nearly every cell of text is one that came before.
        if let Gathered::Categories(categories) = &mut self.gathered
            && let Some(stray) = categories.push_known(text)
        {
            self.strays.add_again(stray);
            return;
        }
        if self.rules.is_missing(text) {
            if let Some(which) = NAMEABLE.iter().position(|word| *word == text) {
                let row = self.n_rows();
                self.nameable[which].get_or_insert((row, 0)).1 += 1;
            }
            self.push_missing();
        } else if self.wanted == Wanted::Categories {
            self.push_stray(text);
        } else if let Some(value) = cell::number(text, &mut self.decimal) {
            if text.len() > EXACT_DIGITS && text.parse().is_ok_and(is_inexact) {
                self.n_inexact += 1;
            }
            if text.starts_with('0') && text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_digit()) {
                let row = self.n_rows();
                self.zeros_in_front.get_or_insert_with(|| (Seen { row, text: text.to_owned() }, 0)).1 += 1;
            }
            // In a column known to be text this number is a category too.
            self.add_number(value, || text.to_owned());
        } else {
            self.push_stray(text);
        }
    }

    /// Adds a number; NaN is a missing cell.
    pub fn push_number(&mut self, value: f64) {
        self.add_number(value, || value.to_string());
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

    /// The commonest word that is a name too and was read as a missing cell, and how often.
    pub fn missing_word(&self) -> Option<(String, usize)> {
        let counted = NAMEABLE.iter().zip(self.nameable).filter_map(|(word, found)| Some((*word, found?.1)));
        counted.max_by_key(|(_, count)| *count).map(|(word, count)| (word.to_owned(), count))
    }

    /// Whether the cells are whole numbers, and floats would make some of them equal.
    pub fn is_exact(&self) -> bool {
        self.n_inexact > 0 && self.is_whole && self.strays.is_empty() && self.wanted == Wanted::Either
    }

    /// Adds a missing cell.
    pub fn push_missing(&mut self) {
        self.n_missing += 1;
        self.add_gap();
    }

    fn add_gap(&mut self) {
        match &mut self.gathered {
            Gathered::Numbers(numbers) => numbers.push(f64::NAN),
            Gathered::Categories(categories) => categories.codes.push(MISSING),
            Gathered::Unknown => {}
        }
    }

    fn add_number(&mut self, value: f64, text: impl Fn() -> String) {
        if self.rules.is_missing_number(value) {
            return self.push_missing();
        }
        if value.is_infinite() && self.first_infinite.is_none() {
            self.first_infinite = Some(Seen { row: self.n_rows(), text: text() });
        }
        self.n_numbers += 1;
        self.is_whole &= value.fract() == 0.0;
        match &mut self.gathered {
            Gathered::Numbers(numbers) => {
                self.extremes.add(value);
                numbers.push(value);
            }
            Gathered::Categories(categories) => categories.push(&text()),
            Gathered::Unknown => {}
        }
    }

    fn push_stray(&mut self, text: &str) {
        let is_plain_text = self.n_numbers == 0 && self.strays.is_empty() && !cell::is_no_number(text);
        let stray = self.strays.add(self.n_rows(), text, 1);
        match &mut self.gathered {
            // The first text of a column: missing cells before it need no second reading, numbers do.
            Gathered::Numbers(_) if is_plain_text => {
                let codes = vec![MISSING; self.n_missing];
                let mut categories = Categories { codes, ..Categories::default() };
                categories.push_stray(text, stray);
                self.gathered = Gathered::Categories(categories);
            }
            Gathered::Numbers(numbers) if self.strays.may_be_few_among(self.n_numbers) => numbers.push(f64::NAN),
            Gathered::Numbers(_) => self.gathered = Gathered::Unknown,
            Gathered::Categories(categories) => categories.push_stray(text, stray),
            Gathered::Unknown => {}
        }
    }

    /// Whether the cells have to be pushed once more, through [`push_again`](Self::push_again).
    pub fn needs_second_reading(&self) -> bool {
        match &self.gathered {
            Gathered::Unknown => true,
            Gathered::Numbers(_) if self.is_exact() => true,
            Gathered::Numbers(numbers) => !self.strays.is_empty() && !self.stays_numeric(numbers),
            Gathered::Categories(_) => false,
        }
    }

    /// Whether the texts among numbers are missing cells, rather than levels or numbers in another spelling.
    fn stays_numeric(&self, numbers: &Numbers) -> bool {
        let decimal = self.decimal.unwrap_or_default();
        if self.strays.texts().any(|text| spelling::may_be_number(text, decimal)) {
            return false;
        }
        let are_levels = || self.strays.come_again() && numbers.has_few_values(FEW_VALUES);
        self.wanted == Wanted::Numbers
            || self.only_known_strays()
            || (self.strays.are_few_among(self.n_numbers) && !are_levels())
    }

    fn only_known_strays(&self) -> bool {
        self.strays.texts().all(cell::is_no_number)
    }

    /// Gets ready for the second reading.
    pub fn start_second_reading(&mut self) {
        self.gathered = Gathered::Categories(Categories::default());
        self.extremes = Extremes::default();
    }

    /// Adds a cell of the second reading: the counts are known already.
    pub fn push_again(&mut self, text: &str) {
        let text = cell::trimmed(text);
        if let Gathered::Categories(categories) = &mut self.gathered {
            if self.rules.is_missing(text) {
                categories.codes.push(MISSING);
            } else {
                categories.push(cell::category(text));
            }
        }
    }

    /// The finished cells of column `name` of `file`, whose rows stand in `lines`, with remarks on what was not obvious.
    pub fn finish(mut self, file: &str, name: &str, lines: &RowLines, notes: &mut Vec<String>) -> Result<Finished> {
        let plain = |cells| Ok(Finished { cells, spelling: None });
        match std::mem::replace(&mut self.gathered, Gathered::Unknown) {
            Gathered::Numbers(numbers) => {
                if let Some(seen) = &self.first_infinite {
                    let place = format!("{file}, column `{name}`, {}", lines.name(seen.row));
                    return Err(Error::input(place, format!("the infinite number {}", cell::quoted(&seen.text)))
                        .expected("a finite number")
                        .hint("blank the cell if it is missing, or drop the column"));
                }
                if self.wanted == Wanted::Numbers && self.n_numbers == 0 && !self.strays.is_empty() {
                    return Err(self.no_number(file, name, lines));
                }
                self.note_numbers(name, lines, notes);
                plain(Cells::Numbers(numbers))
            }
            Gathered::Categories(categories) => {
                if categories.levels.is_empty() && !self.declared {
                    return plain(Cells::Numbers(Numbers::missing(self.n_missing)));
                }
                if self.is_exact() {
                    return plain(categories.finish());
                }
                let spelled = self.spelled_numbers(&categories);
                match spelled {
                    Some(spelled) if self.wanted != Wanted::Categories => {
                        return Ok(self.into_numbers(spelled, &categories, name, lines, notes));
                    }
                    Some(spelled) if !self.declared => notes.push(format!(
                        "column `{name}` is text in the file, though {} of {} cells are numbers{}: declare it numeric if it is",
                        spelled.n_numbers,
                        spelled.n_numbers + spelled.strays.n(),
                        if spelled.spelling.is_plain() { String::new() } else { format!(" with {}", spelled.spelling.describe()) },
                    )),
                    _ if self.wanted == Wanted::Numbers => return Err(self.no_number(file, name, lines)),
                    _ => self.note_categories(name, &categories, lines, notes),
                }
                plain(categories.finish())
            }
            Gathered::Unknown => Err(Error::failure(format!("{file}, column `{name}`"), "it was not read to its end")),
        }
    }

    fn no_number(&self, file: &str, name: &str, lines: &RowLines) -> Error {
        let (row, text) = self.strays.first().unwrap_or_default();
        Error::input(
            format!("{file}, column `{name}`, {}", lines.name(row)),
            format!("the text {}", cell::quoted(text)),
        )
        .expected("a number, as the column is declared numeric; none of its cells is one")
        .hint("mend the cells, or let the column be categories")
    }

    fn note_numbers(&self, name: &str, lines: &RowLines, notes: &mut Vec<String>) {
        if self.rules.decimal.is_none() && self.decimal == Some(DecimalMark::Comma) {
            notes.push(format!("column `{name}`: commas are read as decimal commas"));
        }
        if let (Some((seen, count)), Wanted::Either) = (&self.zeros_in_front, self.wanted) {
            notes.push(format!(
                "column `{name}`: {} written with a zero in front, as codes are, e.g. {} in {}: read as numbers; declare it categorical if \
                 they are names",
                are(*count),
                cell::quoted(&seen.text),
                lines.name(seen.row)
            ));
        }
        if !self.strays.is_empty() && self.strays.texts().any(|text| text != "none") {
            notes.push(format!(
                "column `{name}`: {} no number and read as missing among {}: {}",
                are(self.strays.n()),
                self.n_numbers,
                self.strays.note(lines)
            ));
        }
        if let Some((value, count, [from, to])) = self.extremes.stand_in() {
            notes.push(format!(
                "column `{name}`: {} {value}, far from the others ({from} to {to}): if that means missing, name {value} among the \
                 missing words",
                are(count)
            ));
        }
    }

    fn note_categories(&self, name: &str, categories: &Categories, lines: &RowLines, notes: &mut Vec<String>) {
        if let (Some((row, text)), true) = (self.strays.first(), self.n_numbers > self.strays.n()) {
            notes.push(format!(
                "column `{name}`: {} of {} cells are not numbers, e.g. {} in {}: read as categories; declare it numeric if they \
                 are missing",
                self.strays.n(),
                self.strays.n() + self.n_numbers,
                cell::quoted(text),
                lines.name(row)
            ));
        }
        let has = |mark| categories.levels.keys().any(|level| spelling::shown_mark(level) == Some(mark));
        if self.n_numbers > 0 && has(DecimalMark::Comma) && has(DecimalMark::Point) {
            notes.push(format!(
                "column `{name}` has decimal points and decimal commas: read as categories; say which is the decimal mark"
            ));
        }
        // Names of the rows are all different, whatever their case; a few cells may be so by chance.
        let n = categories.codes.len();
        let repeat = n < FEWEST_NAMES || categories.levels.len() < n;
        if let Some((one, other)) = categories.same_but_for_case().filter(|_| repeat) {
            notes.push(format!(
                "column `{name}`: {} and {} are two categories that differ in upper and lower case or a full stop only: write \
                 them alike if they are one",
                cell::quoted(one),
                cell::quoted(other)
            ));
        }
        let is_code = |level: &String| level.len() == 2 && level.bytes().all(|byte| byte.is_ascii_uppercase());
        let are_names = [true, categories.levels.keys().all(is_code)];
        for ((word, found), is_name) in NAMEABLE.iter().zip(self.nameable).zip(are_names) {
            if let (Some((row, count)), true) = (found, is_name) {
                notes.push(format!(
                    "column `{name}`: `{word}` in {count} {}, the first is {}, is read as missing: if it is a category, say which \
                     words are missing",
                    if count == 1 { "row" } else { "rows" },
                    lines.name(row)
                ));
            }
        }
    }

    /// The numbers that nearly all levels are in some spelling.
    fn spelled_numbers(&self, categories: &Categories) -> Option<Spelled> {
        // Long text in which half the cells have no digit is no column of numbers.
        let n_with_digits =
            categories.levels.keys().filter(|text| text.bytes().any(|byte| byte.is_ascii_digit())).count();
        if categories.levels.len() > 1000 && n_with_digits * 2 < categories.levels.len() {
            return None;
        }
        let rows = categories.rows_of_levels();
        let counted = || categories.levels.iter().map(|(text, code)| (text.as_str(), rows[*code as usize].1));
        let mark = self.decimal.or(self.rules.decimal);
        let shown = || {
            let shown = counted().filter_map(|(text, n)| spelling::shown_mark(text).map(|mark| (mark, n)));
            let n_comma: isize =
                shown.map(|(mark, n)| if mark == DecimalMark::Comma { n as isize } else { -(n as isize) }).sum();
            if n_comma > 0 { DecimalMark::Comma } else { DecimalMark::Point }
        };
        let other = |mark| if mark == DecimalMark::Point { DecimalMark::Comma } else { DecimalMark::Point };
        let mark = mark.unwrap_or_else(shown);
        // A column may contradict the file.
        [mark, other(mark)].into_iter().find_map(|mark| {
            let spelling = NumberSpelling::of_most(counted(), mark)?;
            let mut values = vec![f64::NAN; rows.len()];
            let (mut n_numbers, mut strays, mut different) = (0, Strays::default(), HashSet::new());
            let mut levels: Vec<(&String, u32)> = categories.levels.iter().map(|(text, code)| (text, *code)).collect();
            levels.sort_unstable_by_key(|&(_, code)| code);
            for (text, code) in levels {
                let (first, count) = rows[code as usize];
                match spelling.read(text) {
                    Some(value) => {
                        values[code as usize] = value;
                        n_numbers += count;
                        if different.len() <= FEW_VALUES {
                            different.insert(value.to_bits());
                        }
                    }
                    None => {
                        strays.add(first, text, count);
                    }
                }
            }
            let are_levels = strays.come_again() && different.len() <= FEW_VALUES;
            let fits = strays.are_few_among(n_numbers) && !are_levels;
            (fits || (self.wanted == Wanted::Numbers && n_numbers > 0)).then_some(Spelled {
                spelling,
                values,
                n_numbers,
                strays,
            })
        })
    }

    fn into_numbers(
        mut self,
        spelled: Spelled,
        categories: &Categories,
        name: &str,
        lines: &RowLines,
        notes: &mut Vec<String>,
    ) -> Finished {
        let Spelled { spelling, values, n_numbers, strays } = spelled;
        let mut numbers = Numbers::new(self.disk.as_ref());
        for &code in &categories.codes {
            let value = values.get(code as usize).copied().unwrap_or(f64::NAN);
            if self.rules.is_missing_number(value) {
                numbers.push(f64::NAN);
            } else {
                self.extremes.add(value);
                numbers.push(value);
            }
        }
        let read = categories.levels.iter().map(|(text, code)| (text, *code, values[*code as usize]));
        let odd = read.filter(|(text, _, value)| !value.is_nan() && text.parse::<f64>().is_err());
        let example = odd.min_by_key(|(_, code, _)| *code).map(|(text, _, value)| (text, value));
        if let Some((text, value)) = example {
            notes.push(format!(
                "column `{name}`: {n_numbers} of {} cells are numbers with {}, read as numbers ({} is {value})",
                n_numbers + strays.n(),
                spelling.describe(),
                cell::quoted(text)
            ));
        }
        if self.rules.decimal.is_some_and(|file| file != spelling.decimal) {
            notes.push(format!(
                "column `{name}` has decimal {}s, the rest of the file has decimal {}s: is that right? Declare it categorical if \
                 these are no numbers",
                spelling.decimal,
                self.rules.decimal.unwrap_or_default()
            ));
        }
        (self.n_numbers, self.strays) = (n_numbers, strays);
        self.decimal = None;
        self.note_numbers(name, lines, notes);
        Finished { cells: Cells::Numbers(numbers), spelling: (!spelling.is_plain()).then_some(spelling) }
    }
}

/// "1 cell is", "2 cells are".
fn are(n: usize) -> String {
    if n == 1 { "1 cell is".to_owned() } else { format!("{n} cells are") }
}

/// Levels that are numbers.
struct Spelled {
    spelling: NumberSpelling,
    /// One a level.
    values: Vec<f64>,
    n_numbers: usize,
    strays: Strays,
}

/// Codes and levels as they grow. Levels are numbered in the order they appear.
#[derive(Debug, Default)]
struct Categories {
    codes: Vec<u32>,
    levels: HashMap<String, u32, RandomState>,
    /// Of each level, in the order of the codes: what the column keeps of its text, if that is the level as it stands.
    strays: Vec<Option<Known>>,
}

impl Categories {
    fn push(&mut self, level: &str) {
        let code = self.code(level);
        self.codes.push(code);
    }

    /// Adds a text that is no number.
    fn push_stray(&mut self, text: &str, stray: Known) {
        let level = cell::category(text);
        let code = self.code(level);
        self.codes.push(code);
        if level == text {
            self.strays[code as usize] = Some(stray);
        }
    }

    /// Adds a text that was [pushed](Self::push_stray) before; `None` if it was not.
    fn push_known(&mut self, text: &str) -> Option<Known> {
        let &code = self.levels.get(text)?;
        let stray = self.strays[code as usize]?;
        self.codes.push(code);
        Some(stray)
    }

    /// The number of a level, a new one if it is new.
    fn code(&mut self, text: &str) -> u32 {
        match self.levels.get(text) {
            Some(&code) => code,
            None => {
                let code = self.levels.len() as u32;
                self.levels.insert(text.to_owned(), code);
                self.strays.push(None);
                code
            }
        }
    }

    /// The first two levels that are the same word but for upper and lower case or a full stop at the end. Dates and codes have their own
    /// rules.
    fn same_but_for_case(&self) -> Option<(&str, &str)> {
        let is_word = |level: &&str| !level.bytes().any(|byte| byte.is_ascii_digit());
        let mut levels: Vec<(u32, &str)> = self.levels.iter().map(|(level, &code)| (code, level.as_str())).collect();
        levels.sort_unstable();
        let mut seen: HashMap<String, &str> = HashMap::new();
        levels.into_iter().take(MOST_COMPARED).map(|(_, level)| level).filter(is_word).find_map(|level| {
            match seen.entry(level.trim_end_matches('.').to_lowercase()) {
                Entry::Occupied(first) => Some((*first.get(), level)),
                Entry::Vacant(place) => {
                    place.insert(level);
                    None
                }
            }
        })
    }

    /// First row and number of rows of each level.
    fn rows_of_levels(&self) -> Vec<(usize, usize)> {
        let mut rows = vec![(0, 0); self.levels.len()];
        for (row, &code) in self.codes.iter().enumerate() {
            if let Some((first, count)) = rows.get_mut(code as usize) {
                if *count == 0 {
                    *first = row;
                }
                *count += 1;
            }
        }
        rows
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
        let rules = Arc::new(CellRules::new(None, Some(DecimalMark::Point)));
        let mut column = GrowingColumn::new(wanted, wanted != Wanted::Either, &rules, None);
        cells.iter().for_each(|text| column.push_text(text));
        if column.needs_second_reading() {
            column.start_second_reading();
            cells.iter().for_each(|text| column.push_again(text));
        }
        let mut notes = Vec::new();
        let cells =
            column.finish("f.csv", "x", &RowLines::from_line(2), &mut notes).map(|finished| match finished.cells {
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
            [
                "column `x`: 1 of 4 cells are not numbers, e.g. `abc` in row 4 (line 5): read as categories; declare it numeric if they are missing"
            ]
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
    fn text_in_a_declared_number_is_missing_and_nothing_but_text_an_error() {
        let (values, notes) = read(Wanted::Numbers, &["1", "old", "$2,000", "old"]);
        assert!(matches!(values.unwrap(), Values::Numeric(v) if v[0] == 1.0 && v[1].is_nan() && v[2] == 2000.0));
        assert!(notes[1].ends_with("`old` in 2 rows, the first is row 2 (line 3)"), "{notes:?}");
        assert_eq!(
            read(Wanted::Numbers, &["", "old"]).0.unwrap_err().to_string(),
            "f.csv, column `x`, row 2 (line 3): found the text `old`, expected a number, as the column is declared numeric; \
             none of its cells is one; mend the cells, or let the column be categories"
        );
    }

    #[test]
    fn codes_with_zeros_in_front_and_words_in_two_cases_are_pointed_at() {
        let (numbers, notes) = read(Wanted::Either, &["01067", "10115", "0", "00501", "0.5"]);
        assert!(matches!(numbers.unwrap(), Values::Numeric(v) if v[0] == 1067.0));
        let said = "column `x`: 2 cells are written with a zero in front, as codes are, e.g. `01067` in row 1 (line 2): read as numbers; \
                    declare it categorical if they are names";
        assert_eq!(notes, [said]);
        assert!(
            read(Wanted::Numbers, &["01067", "10115"]).1.is_empty()
                && read(Wanted::Categories, &["01067", "x"]).1.is_empty()
        );
        let (_, notes) = read(Wanted::Either, &["Yes", "no", "No", "YES", "yes"]);
        assert!(notes.len() == 1 && notes[0].starts_with("column `x`: `no` and `No` are two categories"), "{notes:?}");
        let (_, notes) = read(Wanted::Either, &["male", "female", "male.", "female"]);
        assert!(
            notes.len() == 1 && notes[0].starts_with("column `x`: `male` and `male.` are two categories"),
            "{notes:?}"
        );
        assert!(read(Wanted::Either, &["26-Feb", "26-FEB", "True", "TRUE"]).1.is_empty());
    }

    #[test]
    fn infinity_is_an_error() {
        assert_eq!(
            read(Wanted::Either, &["1", "1e999"]).0.unwrap_err().to_string(),
            "f.csv, column `x`, row 2 (line 3): found the infinite number `1e999`, expected a finite number; \
             blank the cell if it is missing, or drop the column"
        );
    }
}
