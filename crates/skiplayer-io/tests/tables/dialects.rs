//! Delimiters, headers, quotes and line ends that have to be guessed.

use skiplayer_io::{Format, ReadOptions};

use crate::files::*;

fn delimiter(text: &str) -> char {
    match read(text).unwrap().format {
        Format::Delimited { delimiter } => delimiter.into(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_delimiter_is_the_one_that_fits() {
    let cases = [
        ("a,b\n1,2\n", ','),
        ("a;b\n1;2\n", ';'),
        ("a\tb\n1\t2\n", '\t'),
        ("a|b\n1|2\n", '|'),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ';'),
        ("1,5;2,5\n3,5;4,5\n", ';'),
        ("name\tprose\nx\tone, two, three\ny\tone; two\n", '\t'),
        ("id,note\n1,a; b\n2,c; d\n", ','),
        ("id,\"note; long\"\n1,\"a; b\"\n2,\"c; d\"\n", ','),
        ("id;\"note, long\"\n1;\"a, b\"\n2;\"c, d\"\n", ';'),
        ("id,\"note\tlong\"\n1,\"a\tb\"\n", ','),
        ("other,\"n|\"\n0,\"|\"\"|\"\n", ','),
        ("x\n1\n2\n", ','),
    ];
    for (text, expected) in cases {
        assert_eq!(delimiter(text), expected, "{text:?}");
    }
    let spaces = ReadOptions::default().with_delimiter(b' ');
    assert_eq!(show(&read_with("a b\n1 2\n", &spaces).unwrap().table), ["number a: 1", "number b: 2"]);
}

#[test]
fn the_header_is_found_or_not() {
    let cases: [(&str, bool, &[&str]); 8] = [
        ("a,b\n1,2\n", true, &["number a: 1", "number b: 2"]),
        ("1,2\n3,4\n", false, &["number x1: 1 3", "number x2: 2 4"]),
        ("5", false, &["number x1: 5"]),
        ("1,\n3,4\n", false, &["number x1: 1 3", "number x2: - 4"]),
        // names that are years, above numbers
        (
            "place,1999,2000\nu,1,2\nv,3,4\n",
            false,
            &["category x1: place u v", "number x2: 1999 1 3", "number x3: 2000 2 4"],
        ),
        ("\"\",b\n1,2\n3,4\n", true, &["number x1: 1 3", "number b: 2 4"]),
        ("x,none\nu,none\nv,1\n", true, &["category x: u v", "number none: - 1"]),
        ("name,kind\nu,p\nv,q\n", true, &["category name: u v", "category kind: p q"]),
    ];
    for (text, has_header, columns) in cases {
        let read = read(text).unwrap();
        assert_eq!(show(&read.table), columns, "{text:?}");
        assert_eq!(read.has_header, has_header, "{text:?}");
        assert_eq!(read.lines.of(0), Some(if has_header { 2 } else { 1 }));
    }
}

#[test]
fn a_guess_that_could_be_wrong_is_noted() {
    assert!(read("name,kind\nu,p\nv,q\n").unwrap().notes[0].starts_with("line 1 is taken for the names"));
    assert!(read("place,1999\nu,1\n").unwrap().notes[0].contains("is taken for data"));
    let no = ReadOptions::default().with_header(false);
    let read = read_with("u,p\nv,q\n", &no).unwrap();
    assert_eq!(show(&read.table), ["category x1: u v", "category x2: p q"]);
    assert!(read.notes.is_empty());
}

#[test]
fn the_options_decide_the_header_and_the_names() {
    let yes = ReadOptions::default().with_header(true);
    assert_eq!(show(&read_with("1,2\n3,4\n", &yes).unwrap().table), ["number 1: 3", "number 2: 4"]);
    let named = ReadOptions::default().with_columns(["u", "v"]);
    assert_eq!(show(&read_with("1,2\n3,4\n", &named).unwrap().table), ["number u: 1 3", "number v: 2 4"]);
    let read = read_with("a,b\n3,4\n", &named).unwrap();
    assert_eq!(show(&read.table), ["number a: 3", "number b: 4"]);
    assert!(read.notes[0].contains("those given are not used"));
}

#[test]
fn one_column_is_a_table() {
    assert_eq!(show(&read("x\n1\n2\n").unwrap().table), ["number x: 1 2"]);
    assert_eq!(show(&read("x\r\n1\r\n\"\"\r\n3").unwrap().table), ["number x: 1 - 3"]);
    assert_eq!(show(&read("word\nu\nv\n").unwrap().table), ["category word: u v"]);
    assert_eq!(show(&read("1\n2\n").unwrap().table), ["number x1: 1 2"]);
}

#[test]
fn line_ends_and_blank_lines_of_all_kinds() {
    for text in ["a,b\n1,2\n3,4", "a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4\r", "\n\na,b\n\n1,2\n3,4\n\n\n"] {
        assert_eq!(show(&read(text).unwrap().table), ["number a: 1 3", "number b: 2 4"], "{text:?}");
    }
    assert_eq!(read("\n\na,b\n\n1,2\n").unwrap().lines.of(0), Some(5));
}

#[test]
fn decimal_commas_where_semicolons_separate() {
    let read = read("a;b;c\n1,5;2;3.5\n-2,5e-1;3;4,5\n").unwrap();
    assert_eq!(show(&read.table), ["number a: 1.5 -0.25", "number b: 2 3", "category c: 3.5 4,5"]);
    assert_eq!(read.notes[0], "commas are read as decimal commas, in the whole file");
    assert_eq!(
        read.notes[1],
        "column `c` has decimal points and decimal commas: read as categories; say which is the decimal mark"
    );
}

#[test]
fn a_header_longer_than_the_sample() {
    // 200 columns with long names and cells: a record of well over a megabyte.
    let long = "n".repeat(10_000);
    let names: Vec<String> = (0..200).map(|j| format!("{long}{j}")).collect();
    let row = vec!["1"; 200].join(";");
    let read = read(format!("{}\n{row}\n{row}\n", names.join(";"))).unwrap();
    assert_eq!((read.table.columns().len(), read.table.n_rows()), (200, 2));
    assert_eq!(read.table.columns()[199].name, names[199]);
}

#[test]
fn a_file_of_unnamed_columns_is_read_in_linear_time() {
    let n = 200_000;
    let read = read(format!("a{}\n{}\n", ",".repeat(n), ",1".repeat(n))).unwrap();
    assert_eq!(read.table.columns().len(), n + 1);
    assert_eq!(read.table.columns()[n].name, format!("x{}", n + 1));
}

#[test]
fn a_table_of_markdown_has_a_frame_and_a_rule() {
    let rows: String = (0..9).map(|i| format!("| {i}.5 | {} | {} |\n", ["a", "b"][i % 2], i * i)).collect();
    for rule in ["|---|:---:|---:|", "| --- | :--- | --- |"] {
        let read = read(format!("| x | g | y |\n{rule}\n{rows}")).unwrap();
        assert_eq!(show(&read.table)[0], "number x: 0.5 1.5 2.5 3.5 4.5 5.5 6.5 7.5 8.5");
        assert_eq!(show(&read.table)[1], "category g: a b a b a b a b a");
        assert_eq!((read.table.columns().len(), read.lines.of(0)), (3, Some(3)));
        assert!(
            read.notes.len() == 1 && read.notes[0].contains("is taken for a rule under the names"),
            "{:?}",
            read.notes
        );
    }
    // Without a frame at both ends of every line the outer cells are cells.
    let open = read("|x|y\n|1|2\n|3|4\n").unwrap();
    assert_eq!(open.table.columns().len(), 3);
}

#[test]
fn a_column_of_row_names_without_a_name_makes_no_header_doubtful() {
    let read = read("\"\",\"x\",\"g\"\n\"1\",0.5,\"a\"\n\"4\",1.5,\"b\"\n").unwrap();
    assert!(read.has_header && read.notes.is_empty(), "{:?}", read.notes);
}

#[test]
fn one_text_that_is_no_time_among_times_is_named() {
    let cell = |i: usize| if i == 7 { "9.12".to_owned() } else { format!("{}:{:02}", 8 + i % 9, i) };
    let rows: String = (0..40).map(|i| format!("{},{i}.5\n", cell(i))).collect();
    let read = read(format!("caught,y\n{rows}")).unwrap();
    assert!(show(&read.table)[0].starts_with("category caught: 8:00"));
    assert!(read.notes[0].contains("39 of 40 different texts are dates or times"), "{:?}", read.notes);
    assert!(read.notes[0].contains("such as `9.12`"), "{:?}", read.notes);
    let mixed: String =
        (0..40).map(|i| if i == 7 { "22:07,1\n".into() } else { format!("{i}:30:00,{i}.5\n") }).collect();
    let mixed = crate::files::read(format!("t,y\n{mixed}")).unwrap();
    assert!(mixed.notes[0].contains("written in several ways, such as `22:07` and `24:30:00`"), "{:?}", mixed.notes);
}

#[test]
fn spans_of_a_day_and_more_are_durations() {
    use skiplayer::table::Meaning;
    let rows: String = (0..30).map(|i| format!("{}:30:00,{i}.5\n", 10 + i)).collect();
    let read = read(format!("t,y\n{rows}")).unwrap();
    let column = read.table.column("t").unwrap();
    assert_eq!(column.meaning, Meaning::Duration);
    assert!(show(&read.table)[0].starts_with("number t: 37800 41400 45000"));
}
