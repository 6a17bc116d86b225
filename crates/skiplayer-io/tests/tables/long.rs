//! Tables that wait on a disk.

use skiplayer::table::{CHUNK, Column, Table, TableSource};
use skiplayer_io::{ReadOptions, read_long_table, read_table};

use crate::files::*;

/// More than a chunk: numbers, gaps, categories, and a column that turns to text half way.
fn text() -> String {
    let mut text = String::from("a,kind,late\n");
    for i in 0..CHUNK + 1000 {
        let a = if i % 97 == 5 { String::new() } else { format!("{}", i as f64 / 8.0) };
        let late = if i >= CHUNK / 2 { format!("word{}", i % 3) } else { format!("{}", i % 10) };
        text.push_str(&format!("{a},{},{late}\n", ["x", "y", ""][i % 3]));
    }
    text
}

#[test]
fn a_long_table_holds_what_the_table_holds() {
    let file = file("t.csv", text());
    let whole = read_table(&file.path, &ReadOptions::default()).unwrap();
    let long = read_long_table(&file.path, &ReadOptions::default()).unwrap();
    assert_eq!((&whole.notes, &whole.fingerprint), (&long.notes, &long.fingerprint));
    assert_eq!((long.table.is_numeric("a"), long.table.is_numeric("late")), (Some(true), Some(false)));
    assert_eq!(long.table.is_numeric("none"), None);
    let (table, long) = (&whole.table, &long.table as &dyn TableSource);
    assert_eq!((table.n_rows(), long.names()), (long.n_rows(), vec!["a", "kind", "late"]));
    for (at, column) in table.columns().iter().enumerate() {
        let alone = |column: &Column| show(&Table::new(vec![column.clone()]).unwrap());
        assert!(alone(&long.column_at(at).unwrap()) == alone(column), "{}", column.name);
    }
    for rows in [0..10, CHUNK - 5..CHUNK + 5, CHUNK..CHUNK + 1000] {
        let part = long.rows(rows.clone(), &|name| name != "kind").unwrap();
        let expected = TableSource::rows(table, rows, &|name| name != "kind").unwrap();
        assert_eq!(part.columns().len(), 2);
        assert!(show(&part) == show(&expected));
    }
}

#[test]
fn a_short_table_touches_no_disk_and_comes_out_whole() {
    let file = file("t.csv", "a,b\n1,x\n2,y\n");
    let whole = read_table(&file.path, &ReadOptions::default()).unwrap();
    let long = read_long_table(&file.path, &ReadOptions::default()).unwrap();
    assert_eq!(long.table.into_table().unwrap(), whole.table);
}
