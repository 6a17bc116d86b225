//! Lines that are no rows of the table, and the lines of those that are.

use skiplayer_io::{ReadOptions, TableFile};

use crate::files::*;

fn rows(n: usize) -> String {
    (0..n).map(|i| format!("{i}.5,{},{}\n", ["a", "b"][i % 2], i * i)).collect()
}

/// Reads a table of 20 rows with something above and below them.
fn around(above: &str, below: &str) -> TableFile {
    let read = read(format!("{above}{}{below}", rows(20))).unwrap();
    let names: Vec<&str> = read.table.columns().iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["x", "g", "y"], "{:?}", read.notes);
    read
}

#[test]
fn what_stands_above_the_table_is_passed_over_and_told() {
    let cases = [
        ("sep=,\nx,g,y\n", "line 1 says what separates cells", 3),
        ("# a comment, with a comma\nx,g,y\n", "line 1 (`# a comment with a comma`) stands above the table", 3),
        ("# one\n# two, three\n\nx,g,y\n", "lines 1 to 2 (`# one`) stand above the table and are passed over", 5),
        ("Sales of the year\nx,g,y\n", "line 1 (`Sales of the year`) stands above the table", 3),
        ("Sales of the year,,\n\nx,g,y\n", "line 1 (`Sales of the year`) stands above the table", 4),
    ];
    for (above, note, line) in cases {
        let read = around(above, "");
        assert_eq!((read.table.n_rows(), read.lines.of(0)), (20, Some(line)), "{above:?}");
        assert!(read.notes.len() == 1 && read.notes[0].starts_with(note), "{above:?} {:?}", read.notes);
    }
    let semicolons = read("sep=;\n\"x\";\"y\"\n0,5;1\n1,5;2\n").unwrap();
    assert_eq!(show(&semicolons.table), ["number x: 0.5 1.5", "number y: 1 2"]);
}

#[test]
fn lines_that_the_caller_skips_may_hold_anything() {
    let text = "any, thing; at \"all\n\tand more\nx,y\n1,2\n";
    let read = read_with(text, &ReadOptions::default().with_skip(2)).unwrap();
    assert_eq!(show(&read.table), ["number x: 1", "number y: 2"]);
    assert_eq!(read.lines.of(0), Some(4));
}

#[test]
fn units_below_the_names_are_no_row() {
    for units in ["[m],[1],[kg]\n", "m,,kg\n", "(m),-,(kg)\n"] {
        let read = around(&format!("x,g,y\n{units}"), "");
        assert_eq!((read.table.n_rows(), read.lines.of(0)), (20, Some(3)), "{units}");
        assert!(read.notes[0].starts_with("line 2 (`") && read.notes[0].contains("is taken for units and left out"));
    }
    let all = ReadOptions::default().with_all_rows();
    let told = read_with(format!("x,g,y\n[m],[1],[kg]\n{}", rows(20)), &all).unwrap();
    assert_eq!(told.table.n_rows(), 21);
}

#[test]
fn totals_and_footnotes_below_the_table_are_no_rows() {
    let cases = [
        ("190,Total,2470\n", 1, "line 22 (`190`) is taken for a total"),
        ("Sum:,,2470\n", 1, "line 22 (`Sum:`) is taken for a total"),
        ("Source: a census\n", 1, "line 22 (`Source: a census`) is taken for a footnote"),
        ("Source: a census of 1990,,\n", 1, "line 22 (`Source: a census of 1990`) is taken for a footnote"),
        ("Total,,2470\n\n* preliminary\nSource: a census\n", 3, "line 22 (`Total`) is taken for a total"),
    ];
    for (below, n, note) in cases {
        let read = around("x,g,y\n", below);
        assert_eq!(read.table.n_rows(), 20, "{below:?} {:?}", read.notes);
        assert!(read.notes.len() == n && read.notes[0].starts_with(note), "{below:?} {:?}", read.notes);
    }
}

#[test]
fn a_level_called_total_is_a_level() {
    let text: String = (0..20).map(|i| format!("{i},{},{i}\n", ["partial", "total"][i % 2])).collect();
    let read = read(format!("x,eclipse,y\n{text}")).unwrap();
    assert_eq!((read.table.n_rows(), read.notes.len()), (20, 0));
}

#[test]
fn the_names_again_and_comments_between_rows_are_no_rows() {
    let text = format!("x,g,y\n{}x,g,y\n# a remark\n{}", rows(3), rows(2));
    let read = read(text).unwrap();
    assert_eq!(read.table.n_rows(), 5);
    assert_eq!((0..5).map(|row| read.lines.of(row).unwrap()).collect::<Vec<_>>(), [2, 3, 4, 7, 8]);
    assert!(read.notes[0].starts_with("line 5 (`x`) is the names of the columns again"), "{:?}", read.notes);
    assert!(read.notes[1].starts_with("line 6 (`# a remark`) is taken for a comment"));
}

#[test]
fn a_remark_inside_the_table_is_an_error_with_its_line() {
    let message = message(format!("x,g,y\n{}a remark\n{}", rows(3), rows(2)), &ReadOptions::default());
    assert!(
        message.starts_with(
            "t.csv, line 5: found 1 cell between `,`, expected 3 cells as in line 1; it looks like a remark"
        )
    );
}

#[test]
fn delimiters_at_the_end_of_rows_and_names_of_rows_without_a_name() {
    let ends: String = rows(9).lines().map(|line| format!("{line},\n")).collect();
    let first_columns = |read: &TableFile| show(&read.table)[..2].to_vec();
    let plain = read(format!("x,g,y\n{}", rows(9))).unwrap();
    assert_eq!(first_columns(&read(format!("x,g,y\n{ends}")).unwrap()), first_columns(&plain));
    let named: String = rows(9).lines().enumerate().map(|(i, line)| format!("\"r{i}\",{line}\n")).collect();
    let read = read(format!("\"x\",\"g\",\"y\"\n{named}")).unwrap();
    assert_eq!(show(&read.table)[1..3], first_columns(&plain));
}

#[test]
fn a_first_line_with_the_name_that_is_known_is_a_header() {
    let text =
        format!("label,0,1\n{}", (0..9).map(|i| format!("{},0.{i},-0.{i}\n", ["a", "b"][i % 2])).collect::<String>());
    assert!(!read(&text).unwrap().has_header);
    let read = read_with(&text, &ReadOptions::default().with_known(["label"])).unwrap();
    assert!(read.has_header && read.table.column("1").is_some());
}

#[test]
fn lines_are_right_after_blank_lines_and_cells_of_several_lines() {
    let read = read("x,y\n1,2\n\n\n3,4\n\"a\nb\",5\n6,7\n").unwrap();
    assert_eq!((0..4).map(|row| read.lines.of(row).unwrap()).collect::<Vec<_>>(), [2, 5, 6, 8]);
}
