//! Cells that are no numbers in a column of numbers.

use skiplayer::table::RowLines;

use super::cell;

/// Different texts that are kept.
const MOST_WORDS: usize = 24;
/// Texts that are told.
const MOST_TOLD: usize = 3;
/// Strays that are waited for before a column of numbers is given up.
const PATIENCE: usize = 16;

/// The cells of a column that are no numbers: what `-` and `#DIV/0!` stand for is known, others are one in ten at most.
#[derive(Debug, Default)]
pub struct Strays {
    words: Vec<Stray>,
    /// Cells whose text says that there is no number.
    n_saying_so: usize,
    n_others: usize,
}

#[derive(Debug)]
struct Stray {
    text: String,
    /// Counted from 0.
    first_row: usize,
    count: usize,
    says_so: bool,
}

/// A text that was added.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its number among the words that are kept.
    word: Option<usize>,
    says_so: bool,
}

impl Strays {
    /// `count` cells with this text, the first in `row`, counted from 0.
    pub fn add(&mut self, row: usize, text: &str, count: usize) -> Known {
        let says_so = cell::is_no_number(text);
        *self.n_of(says_so) += count;
        let mut word = self.words.iter().position(|word| word.text == text);
        if let Some(word) = word {
            self.words[word].count += count;
        } else if self.words.len() < MOST_WORDS {
            word = Some(self.words.len());
            self.words.push(Stray { text: text.to_owned(), first_row: row, count, says_so });
        }
        Known { word, says_so }
    }

    /// One more cell with a text that was added before.
    pub fn add_again(&mut self, Known { word, says_so }: Known) {
        *self.n_of(says_so) += 1;
        if let Some(word) = word {
            self.words[word].count += 1;
        }
    }

    fn n_of(&mut self, says_so: bool) -> &mut usize {
        if says_so { &mut self.n_saying_so } else { &mut self.n_others }
    }

    pub fn is_empty(&self) -> bool {
        self.n_saying_so + self.n_others == 0
    }

    /// The first text.
    pub fn first(&self) -> Option<(usize, &str)> {
        self.words.iter().min_by_key(|word| word.first_row).map(|word| (word.first_row, word.text.as_str()))
    }

    /// Texts that are kept.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| word.text.as_str())
    }

    /// Whether nine tenths are numbers.
    pub fn are_few_among(&self, n_numbers: usize) -> bool {
        n_numbers > 0 && self.n_others * 9 <= n_numbers
    }

    /// Whether nine tenths may still turn out to be numbers.
    pub fn may_be_few_among(&self, n_numbers: usize) -> bool {
        self.n_others <= PATIENCE + n_numbers / 8
    }

    /// Whether a text that is not known to mean "no number" comes again: `3+` among 0, 1 and 2 is a level.
    pub fn come_again(&self) -> bool {
        self.words.iter().any(|word| !word.says_so && word.count > 1)
    }

    /// How many there are, and the first.
    pub fn note(&self, lines: &RowLines) -> String {
        let mut words: Vec<&Stray> = self.words.iter().collect();
        words.sort_by_key(|word| word.first_row);
        let place = |word: &&Stray| match word.count {
            1 => format!("{} in {}", cell::quoted(&word.text), lines.name(word.first_row)),
            n => format!("{} in {n} rows, the first is {}", cell::quoted(&word.text), lines.name(word.first_row)),
        };
        let mut told: Vec<String> = words.iter().take(MOST_TOLD).map(place).collect();
        if words.len() > MOST_TOLD {
            told.push("…".to_owned());
        }
        told.join("; ")
    }

    /// Cells of all kinds.
    pub fn n(&self) -> usize {
        self.n_saying_so + self.n_others
    }
}
