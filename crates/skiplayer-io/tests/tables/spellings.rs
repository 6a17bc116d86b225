//! Numbers that are not written plainly, and words among numbers.

use skiplayer::table::Values;
use skiplayer_io::{DecimalMark, NumberSpelling, ReadOptions, TableFile};

use crate::files::*;

/// A table of `n` rows: `v` written by `cell`, a plain number, and a target.
fn table(n: usize, delimiter: char, cell: impl Fn(usize) -> String) -> String {
    let d = delimiter;
    let rows = (0..n).map(|i| {
        let cell = cell(i);
        let cell = if cell.contains(d) { format!("\"{cell}\"") } else { cell };
        format!("{cell}{d}{}{d}{}\n", i % 7, i * i)
    });
    format!("v{d}z{d}y\n{}", rows.collect::<String>())
}

fn numbers(read: &TableFile, name: &str) -> Vec<f64> {
    match &read.table.column(name).unwrap().values {
        Values::Numeric(values) => values.clone(),
        Values::Categorical { levels, .. } => panic!("{name} is categories: {:?}", &levels[..levels.len().min(5)]),
    }
}

fn grouped(value: usize, separator: &str) -> String {
    match value {
        0..1000 => value.to_string(),
        _ => format!("{}{separator}{:03}", grouped(value / 1000, separator), value % 1000),
    }
}

#[test]
fn thousands_currency_percent_and_units_are_numbers_with_one_message() {
    type Cell = fn(usize) -> String;
    let cases: [(Cell, &str); 10] = [
        (|i| format!("{}.50", grouped(37 * i, ",")), "thousands commas"),
        (|i| format!("{}.50", grouped(37 * i, "'")), "`'` between thousands"),
        (|i| format!("{}.50", grouped(37 * i, "\u{a0}")), "blanks between thousands"),
        (|i| format!("${}.50", grouped(37 * i, ",")), "thousands commas and `$`"),
        (|i| format!("{}.50 €", 37 * i), "`€`"),
        (|i| format!("{}.50%", 37 * i), "`%`"),
        (|i| format!("{}.50 kg", 37 * i), "`kg`"),
        (|i| format!("{}.50-", 37 * i), "signs that computers do not write"),
        (|i| format!("({}.50)", 37 * i), "signs that computers do not write"),
        (|i| format!("\u{2212}{}.50", 37 * i), "signs that computers do not write"),
    ];
    for (cell, what) in cases {
        let read = read(table(80, ',', cell)).unwrap();
        let sign = if what.starts_with("signs") { -1.0 } else { 1.0 };
        let expected: Vec<f64> = (0..80).map(|i| sign * (37.0 * f64::from(i) + 0.5)).collect();
        assert_eq!(numbers(&read, "v"), expected, "{what}");
        assert_eq!(read.notes.len(), 1, "{:?}", read.notes);
        assert!(
            read.notes[0].starts_with(&format!("column `v`: 80 of 80 cells are numbers with {what}")),
            "{:?}",
            read.notes
        );
    }
    let percent = read(table(80, ',', |i| format!("{i}%"))).unwrap();
    let spelling = NumberSpelling { unit: "%".into(), ..NumberSpelling::default() };
    assert_eq!(percent.rules.spellings.get("v"), Some(&spelling));
}

#[test]
fn one_word_among_many_numbers_is_a_missing_cell_with_its_line() {
    for word in ["-", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NV", "missing", "<500", "n/k", "12*"] {
        let read = read(table(80, ',', |i| if i == 41 { word.into() } else { format!("{i}.5") })).unwrap();
        let values = numbers(&read, "v");
        assert!(values[41].is_nan() && values.iter().filter(|v| v.is_nan()).count() == 1);
        assert_eq!(
            read.notes,
            [format!(
                "column `v`: 1 cell is no number and read as missing among 79: `{}` in row 42 (line 43)",
                word.escape_debug()
            )]
        );
    }
}

#[test]
fn a_word_in_the_first_cell_is_one_word_too() {
    let read = read(table(80, ',', |i| if i == 0 { "n/k".into() } else { format!("{i}.5") })).unwrap();
    assert!(numbers(&read, "v")[0].is_nan());
    assert!(read.notes[0].contains("`n/k` in row 1 (line 2)"), "{:?}", read.notes);
}

#[test]
fn more_than_one_word_in_ten_makes_categories_and_says_how_to_overrule_it() {
    let text = table(80, ',', |i| if i % 5 == 0 { format!("<{i}") } else { format!("{i}.5") });
    let found = read(&text).unwrap();
    assert!(matches!(found.table.column("v").unwrap().values, Values::Categorical { .. }));
    assert!(found.notes[0].contains("16 of 80 cells are not numbers, e.g. `<0` in row 1 (line 2): read as categories"));
    let told = read_with(&text, &ReadOptions::default().with_numeric(["v"])).unwrap();
    assert_eq!(numbers(&told, "v").iter().filter(|v| v.is_nan()).count(), 16);
    assert!(told.notes[0].contains("16 cells are no number and read as missing among 64: `<0` in row 1 (line 2)"));
}

#[test]
fn a_level_beside_few_numbers_stays_a_level() {
    let read = read(table(200, ',', |i| if i % 20 == 0 { "3+".into() } else { (i % 3).to_string() })).unwrap();
    assert!(matches!(&read.table.column("v").unwrap().values, Values::Categorical { levels, .. } if levels.len() == 4));
}

#[test]
fn the_decimal_mark_is_one_decision_for_the_whole_file() {
    // Decimal commas in a file with tabs, as a German spreadsheet writes it; thousands points then.
    let tabs = table(80, '\t', |i| if i % 2 == 0 { format!("{}.{:03},25", i + 1, i) } else { format!("{i},5") });
    let found = read(&tabs).unwrap();
    assert_eq!(numbers(&found, "v")[..2], [1000.25, 1.5]);
    assert_eq!(found.rules.decimal, Some(DecimalMark::Comma));
    assert_eq!(found.notes[0], "commas are read as decimal commas, in the whole file");
    // A column that could be either follows the others.
    let both = |decimal: &str| {
        let row = |i: usize| format!("{}{decimal}5;{}.{:03}\n", i, i + 1, i);
        format!("a;b\n{}", (0..40).map(row).collect::<String>())
    };
    assert_eq!(numbers(&read(both(",")).unwrap(), "b")[2], 3002.0);
    assert_eq!(numbers(&read(both(".")).unwrap(), "b")[2], 3.002);
    let commas = format!("x,h\n{}", (0..40).map(|i| format!("{i}.5,\"{},{:03}\"\n", i + 1, i)).collect::<String>());
    assert_eq!(numbers(&read(&commas).unwrap(), "h")[2], 3002.0);
    let told = read_with(&commas, &ReadOptions::default().with_decimal(DecimalMark::Comma)).unwrap();
    assert_eq!(numbers(&told, "h")[2], 3.002);
}

#[test]
fn a_column_with_another_mark_than_the_file_is_asked_about() {
    let rows: String = (0..40).map(|i| format!("{i},5;{i},25;{i}.75\n")).collect();
    let read = read(format!("a;b;c\n{rows}")).unwrap();
    assert_eq!(numbers(&read, "c")[3], 3.75);
    let asked = "column `c` has decimal points, the rest of the file has decimal commas: is that right?";
    assert!(read.notes.iter().any(|note| note.starts_with(asked)), "{:?}", read.notes);
}

#[test]
fn numbers_far_from_the_rest_that_may_mean_missing_are_pointed_at() {
    let text = table(80, ',', |i| if i % 10 == 0 { "-999".into() } else { format!("{i}.5") });
    let found = read(&text).unwrap();
    assert_eq!(
        found.notes,
        [
            "column `v`: 8 cells are -999, far from the others (1.5 to 79.5): if that means missing, name -999 among the missing words"
        ]
    );
    let told = read_with(&text, &ReadOptions::default().with_missing(["NA", "-999"])).unwrap();
    assert_eq!(numbers(&told, "v").iter().filter(|v| v.is_nan()).count(), 8);
    assert!(told.notes.is_empty() && told.rules.missing.is_some());
}

#[test]
fn missing_words_that_are_told_replace_the_usual_ones() {
    let text =
        format!("k,y\n{}", (0..40).map(|i| format!("{},{i}\n", ["None", "Grvl", "NA"][i % 3])).collect::<String>());
    let found = read(&text).unwrap();
    assert!(
        found.notes[0].starts_with("column `k`: `None` in 14 rows, the first is row 1 (line 2), is read as missing")
    );
    let told = read_with(&text, &ReadOptions::default().with_missing(["NA"])).unwrap();
    assert!(
        matches!(&told.table.column("k").unwrap().values, Values::Categorical { levels, .. } if levels == &["None", "Grvl"])
    );
}

#[test]
fn a_code_called_na_among_codes_is_pointed_at() {
    let text =
        format!("land,y\n{}", (0..40).map(|i| format!("{},{i}\n", ["DE", "NA", "FR"][i % 3])).collect::<String>());
    let notes = read(&text).unwrap().notes;
    assert!(notes[0].starts_with("column `land`: `NA` in 13 rows, the first is row 2 (line 3)"), "{notes:?}");
}
