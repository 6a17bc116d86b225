//! The texts that stand for a level.

use crate::table::cell::{Cell, as_levels, number_text, parse_number};
use crate::table::{Column, Values};

/// Words of truth values in the cases that programs write them in.
const TRUTH: [&str; 24] = [
    "true", "True", "TRUE", "t", "T", "yes", "Yes", "YES", "y", "Y", "1", "1.0", "false", "False", "FALSE", "f", "F",
    "no", "No", "NO", "n", "N", "0", "0.0",
];

/// For each of the levels `known` the texts that [`as_levels`] takes for it, its own first, as far as programs write such: a number with
/// and without a fraction, truth values in their words.
pub fn spellings(known: &[&str]) -> Vec<Vec<String>> {
    let mut texts: Vec<String> = known.iter().map(|level| (*level).to_owned()).collect();
    for number in known.iter().filter_map(|level| parse_number(level)) {
        // 7 as an integer, and as the float of a column with gaps.
        texts.extend([number_text(number), format!("{number:?}")]);
    }
    texts.extend(TRUTH.map(str::to_owned));
    let mut seen = std::collections::HashSet::new();
    texts.retain(|text| seen.insert(text.clone()));
    let rows: Vec<usize> = (0..texts.len()).collect();
    let column = Column::new("level", Values::from_text(texts.iter().map(|text| Some(text.as_str()))));
    let mut found = vec![Vec::new(); known.len()];
    for (text, cell) in texts.into_iter().zip(as_levels(&column, &rows, known)) {
        if let Cell::Known(level) = cell {
            found[level].push(text);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_the_spellings_that_programs_write() {
        assert_eq!(spellings(&["red", "blue"]), [["red"], ["blue"]]);
        assert_eq!(spellings(&["7", "2.5"]), [vec!["7", "7.0"], vec!["2.5"]]);
        assert_eq!(spellings(&["7", "007"]), [vec!["7", "7.0"], vec!["007"]], "told apart");
        assert_eq!(spellings(&["007"]), [["007", "7", "7.0"]]);
        let truth = spellings(&["false", "true"]);
        assert_eq!(truth[1][0], "true");
        for word in ["True", "TRUE", "1", "1.0", "yes"] {
            assert!(truth[1].iter().any(|own| own == word), "{word}");
        }
        assert!(truth[0].iter().all(|word| !truth[1].contains(word)) && truth[0].contains(&"0".to_owned()));
    }
}
