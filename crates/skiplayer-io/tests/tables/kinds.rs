//! Numbers, categories, truth values and missing cells.

use skiplayer::table::{MISSING, Values};
use skiplayer_io::ReadOptions;
use skiplayer_io::table::MISSING_WORDS;

use crate::files::*;

fn column(cells: &[&str]) -> (Values, Vec<String>) {
    let read = read(format!("x,k\n{}\n", cells.iter().map(|cell| format!("{cell},0")).collect::<Vec<_>>().join("\n")));
    let read = read.unwrap();
    (read.table.columns()[0].values.clone(), read.notes)
}

#[test]
fn missing_words_are_missing_among_numbers_and_among_text() {
    for word in MISSING_WORDS.into_iter().chain(["nan", "-NaN"]) {
        let (numbers, notes) = column(&["1", word, "3"]);
        assert!(matches!(numbers, Values::Numeric(v) if v[1].is_nan() && v[2] == 3.0), "{word}");
        assert!(notes.is_empty());
        assert_eq!(column(&["u", word, "v"]).0, Values::from_text([Some("u"), None, Some("v")]), "{word}");
    }
    assert!(matches!(column(&["1", "none", "3"]).0, Values::Numeric(v) if v[1].is_nan()));
    assert_eq!(column(&["u", "none"]).0, Values::from_text([Some("u"), Some("none")]));
    assert_eq!(column(&["none", "1", "u"]).0, Values::from_text([Some("none"), Some("1"), Some("u")]));
}

#[test]
fn numbers_of_all_spellings() {
    let (values, _) = column(&["1", "-2.5", "+3", ".5", "5.", "1e300", "-1E-5", " 7 ", "007"]);
    assert_eq!(values, Values::Numeric(vec![1.0, -2.5, 3.0, 0.5, 5.0, 1e300, -1e-5, 7.0, 7.0]));
}

#[test]
fn truth_values_are_two_levels_in_one_order() {
    let levels = vec!["false".to_owned(), "true".to_owned()];
    let expected = Values::Categorical { codes: vec![1, 0, MISSING, 1], levels };
    assert_eq!(column(&["true", "false", "", "true"]).0, expected);
    assert_eq!(column(&["TRUE", "False", "NA", "True"]).0, expected);
}

#[test]
fn a_few_words_among_numbers_are_noted_with_the_first_cell() {
    let (values, notes) = column(&["1", "2.50", "n/k", "4", "old"]);
    assert_eq!(values, Values::from_text(["1", "2.50", "n/k", "4", "old"].map(Some)));
    assert_eq!(
        notes,
        [
            "column `x`: 2 of 5 cells are not numbers, e.g. `n/k` in row 3 (line 4): read as categories; declare it numeric if they are missing"
        ]
    );
}

#[test]
fn lines_are_counted_inside_quotes() {
    let read = read("x,note\n1,\"a\nb\"\n2,c\nold,d\n").unwrap();
    assert!(read.notes[0].contains("`old` in row 3 (line 5)"), "{:?}", read.notes);
}

#[test]
fn declared_columns_are_what_they_are_declared_to_be() {
    let options = ReadOptions::default().with_categorical(["zip"]).with_numeric(["y"]);
    let read = read_with("zip,y\n00501,1\n10001,NA\n", &options).unwrap();
    assert_eq!(show(&read.table), ["category zip: 00501 10001", "number y: 1 -"]);
    assert!(read.notes.is_empty());
}

#[test]
fn a_column_without_values_is_numeric() {
    assert_eq!(show(&read("a,b\n,1\nNA,2\n").unwrap().table), ["number a: - -", "number b: 1 2"]);
}
