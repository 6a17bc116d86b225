//! Whatever the bytes, there is a table or an error; whatever the cells, they come back.

use std::panic::catch_unwind;

use arrow_array::*;
use proptest::prelude::*;
use skiplayer::table::{MISSING, Values};
use skiplayer_io::table::MISSING_WORDS;
use skiplayer_io::{OutputColumn, ReadOptions, read_table, to_csv};

use crate::files::*;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn stored() -> RecordBatch {
    batch(vec![
        ("x", array(Float64Array::from(vec![Some(1.5), None, Some(-2.0), Some(1e300), Some(0.0)]))),
        ("k", array(StringArray::from(vec![Some("u"), Some("v"), None, Some("u"), Some("w, z")]))),
        ("b", array(BooleanArray::from(vec![true, false, true, true, false]))),
        ("d", array(["p", "q", "p", "q", "q"].into_iter().collect::<DictionaryArray<types::Int8Type>>())),
    ])
}

/// A table whose columns are as long as its rows are many, or an error of one line.
fn is_total(bytes: &[u8], options: &ReadOptions) {
    let file = file("any", bytes);
    match read_table(&file.path, options) {
        Ok(read) => {
            assert!(read.table.n_rows() > 0 && !read.table.columns().is_empty());
            for column in read.table.columns() {
                match &column.values {
                    Values::Numeric(v) => assert!(v.iter().all(|v| !v.is_infinite())),
                    Values::Categorical { codes, levels } => {
                        assert!(codes.iter().all(|&code| code == MISSING || (code as usize) < levels.len()));
                    }
                }
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        is_total(&bytes, &ReadOptions::default());
    }

    #[test]
    fn arbitrary_bytes_behind_a_magic_number(
        magic in prop::sample::select(vec![
            &b"PAR1"[..], b"ARROW1\0\0", b"\xff\xff\xff\xff", b"\x1f\x8b", b"\x1f\x8b\x08\0\0\0\0\0\0\x03", b"\xef\xbb\xbf",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..100),
        end in prop::sample::select(vec![&b""[..], b"PAR1", b"ARROW1"]),
    ) {
        is_total(&[magic, &bytes, end].concat(), &ReadOptions::default());
    }

    #[test]
    fn arbitrary_text(
        text in "([ab1-3é.,;|\t\"\r\n ]|NA|inf|1e999|none|true){0,60}",
        header in any::<Option<bool>>(),
        delimiter in prop::option::of(prop::sample::select(b",;\t| x".to_vec())),
        packed in any::<bool>(),
    ) {
        let mut options = ReadOptions::default();
        (options.header, options.delimiter) = (header, delimiter);
        let bytes = if packed { gzip(&text) } else { text.into_bytes() };
        is_total(&bytes, &options);
    }

    #[test]
    fn damaged_columnar_files(
        format in 0_usize..3,
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = [parquet, arrow_file, arrow_stream][format](&stored());
        for (place, byte) in places {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        // A panic that escapes is the failure looked for; one inside a decoder is an error by then.
        prop_assert!(catch_unwind(|| is_total(&bytes, &ReadOptions::default())).is_ok());
    }

    #[test]
    fn cells_written_as_csv_come_back(
        (numbers, texts) in (1_usize..12).prop_flat_map(|n| (
            prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL, n),
            prop::collection::vec("(\\PC|[,;|\t\"\r\n .'-]|NA|true|\u{feff}){0,8}", n),
        )),
        name in "(\\PC|[,;|\t\"\r\n .'-]|\u{feff}){1,8}",
        text_first in any::<bool>(),
        guess_header in any::<bool>(),
    ) {
        let name = format!("n{}", name.trim());
        let mut columns = vec![
            ("other".to_owned(), OutputColumn::Numeric(numbers.clone())),
            (name.clone(), OutputColumn::Text(texts.clone())),
        ];
        if text_first {
            columns.reverse();
        }
        let written = to_csv(&columns).unwrap();
        // Random punctuation may look like columns under another delimiter, and a random text like a total or a footnote.
        let mut options = ReadOptions::default().with_categorical([&name]).with_delimiter(b',').with_all_rows();
        options.header = (!guess_header).then_some(true);
        let read = read_with(&written, &options).unwrap().table;
        // Signs of zero included.
        let bits = |v: &[f64]| v.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        prop_assert!(matches!(&read.column("other").unwrap().values, Values::Numeric(v) if bits(v) == bits(&numbers)));
        let Values::Categorical { codes, levels } = &read.column(&name).unwrap().values else { panic!("declared") };
        for (text, &code) in texts.iter().zip(codes) {
            let text = text.trim();
            let is_missing = MISSING_WORDS.contains(&text) || text.parse().is_ok_and(f64::is_nan);
            let folded = if text.eq_ignore_ascii_case("true") { "true" } else { text };
            let expected = (!is_missing).then_some(folded);
            prop_assert_eq!((code != MISSING).then(|| levels[code as usize].as_str()), expected, "{}", &written);
        }
    }

    #[test]
    fn a_table_of_random_kinds_in_any_dialect_comes_back_as_what_was_written(
        columns in prop::collection::vec((kind(), prop::collection::vec(prop::option::weighted(0.9, -9_999_999_i64..10_000_000), 25)), 2..5),
        dialect in dialect(),
    ) {
        let written = write(&columns, &dialect);
        let mut options = ReadOptions::default();
        if dialect.delimiter == ' ' {
            options = options.with_delimiter(b' ');
        }
        let read = read_with(&written, &options).unwrap();
        prop_assert_eq!(read.table.columns().len(), columns.len(), "{}", &written);
        for (column, (kind, cells)) in read.table.columns().iter().zip(&columns) {
            match (&column.values, kind) {
                (Values::Categorical { codes, levels }, Kind::Word) => {
                    let found = codes.iter().map(|&code| levels.get(code as usize).map(String::as_str));
                    let expected = cells.iter().map(|cell| cell.map(word));
                    prop_assert!(found.eq(expected), "{}", &written);
                }
                (Values::Numeric(values), Kind::Number { .. }) => {
                    for (value, cell) in values.iter().zip(cells) {
                        let expected = cell.map_or(f64::NAN, |cents| cents as f64 / 100.0);
                        prop_assert!(*value == expected || (value.is_nan() && expected.is_nan()), "{} {}", value, &written);
                    }
                }
                _ => prop_assert!(false, "{:?}\n{}\n{:?}", kind, &written, read.notes),
            }
        }
        prop_assert_eq!(read.table.n_rows(), 25);
    }
}

/// What a column holds, and how its numbers are dressed.
#[derive(Debug, Clone)]
enum Kind {
    Word,
    Number { grouped: bool, before: &'static str, behind: &'static str, sign: usize },
}

/// How the text is written.
#[derive(Debug, Clone)]
struct Dialect {
    delimiter: char,
    decimal: char,
    separator: char,
    line_end: &'static str,
    quote_all: bool,
    mark: bool,
}

fn kind() -> impl Strategy<Value = Kind> {
    let dress = prop::sample::select(vec![("", ""), ("", ""), ("$", ""), ("", " EUR"), ("", "%"), ("", " kg")]);
    prop_oneof![
        Just(Kind::Word),
        (any::<bool>(), dress, 0_usize..4).prop_map(|(grouped, (before, behind), sign)| Kind::Number {
            grouped,
            before,
            behind,
            sign
        }),
    ]
}

fn dialect() -> impl Strategy<Value = Dialect> {
    let delimiter = prop::sample::select(vec![',', ';', '\t', '|', ' ']);
    let decimal = prop::sample::select(vec!['.', ',']);
    let separator = prop::sample::select(vec!['x', '\'', '\u{a0}']);
    let line_end = prop::sample::select(vec!["\n", "\r\n"]);
    (delimiter, decimal, separator, line_end, any::<bool>(), any::<bool>()).prop_map(
        |(delimiter, decimal, separator, line_end, quote_all, mark)| Dialect {
            delimiter,
            decimal,
            // The mark that is not the decimal one, or another separator.
            separator: if separator == 'x' { if decimal == '.' { ',' } else { '.' } } else { separator },
            line_end,
            quote_all,
            mark,
        },
    )
}

fn word(cents: i64) -> &'static str {
    ["red", "light green", "blue", "x1", "no; yes, or\ttab"][cents.unsigned_abs() as usize % 5]
}

fn write(columns: &[(Kind, Vec<Option<i64>>)], dialect: &Dialect) -> String {
    let quoted = |cell: String| {
        let special = [dialect.delimiter, ';', ',', '\t', '|', ' ', '"'];
        if dialect.quote_all || cell.contains(special) { format!("\"{cell}\"") } else { cell }
    };
    let header: Vec<String> = (0..columns.len()).map(|j| quoted(format!("c{j}"))).collect();
    let mut lines = vec![header];
    for row in 0..columns[0].1.len() {
        let cell = |(kind, cells): &(Kind, Vec<Option<i64>>)| match (kind, cells[row]) {
            (_, None) => "NA".to_owned(),
            (Kind::Word, Some(cents)) => word(cents).to_owned(),
            (Kind::Number { grouped, before, behind, sign }, Some(cents)) => {
                let separator = if *grouped { dialect.separator.to_string() } else { String::new() };
                let whole = group(cents.unsigned_abs() / 100, &separator);
                let digits = format!("{before}{whole}{}{:02}{behind}", dialect.decimal, cents.unsigned_abs() % 100);
                match (cents < 0, sign) {
                    (false, _) => digits,
                    // A minus behind a unit is no way to write a number.
                    (true, 3) if behind.is_empty() => format!("{digits}-"),
                    (true, 1) => format!("\u{2212}{digits}"),
                    (true, 2) => format!("({digits})"),
                    (true, _) => format!("-{digits}"),
                }
            }
        };
        lines.push(columns.iter().map(|column| quoted(cell(column))).collect());
    }
    let lines: Vec<String> = lines.iter().map(|cells| cells.join(&dialect.delimiter.to_string())).collect();
    format!("{}{}{}", if dialect.mark { "\u{feff}" } else { "" }, lines.join(dialect.line_end), dialect.line_end)
}

/// Groups of three digits.
fn group(value: u64, separator: &str) -> String {
    match value {
        0..1000 => value.to_string(),
        _ => format!("{}{separator}{:03}", group(value / 1000, separator), value % 1000),
    }
}
