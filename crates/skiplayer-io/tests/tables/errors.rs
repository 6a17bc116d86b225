//! What is not a table, and what the error says.

use std::fs;

use arrow_array::*;
use skiplayer::ErrorKind;
use skiplayer_io::{ReadOptions, read_table};

use crate::files::*;

fn default_message(bytes: impl AsRef<[u8]>) -> String {
    message(bytes, &ReadOptions::default())
}

#[test]
fn a_file_that_is_not_there() {
    let there = file("houses.csv", "a\n1\n");
    let folder = there.path.parent().unwrap();
    let text = |name: &str| read_table(&folder.join(name), &ReadOptions::default()).unwrap_err();
    assert!(text("house.csv").to_string().contains("found no such file"));
    assert!(text("house.csv").to_string().ends_with(&format!("did you mean `{}`?", there.path.display())));
    assert!(text("zebra.parquet").to_string().ends_with("check the spelling and the folder"));
    assert!(text("no folder/houses.csv").to_string().contains("found no such file"));
    assert!(text("houses.csv/inside").to_string().contains("found no such file"));
    fs::create_dir(folder.join("empty")).unwrap();
    assert!(text("empty").to_string().contains("found a folder without a table, expected files"));
    assert_eq!(text("house.csv").kind(), ErrorKind::Input);
}

#[test]
fn one_message_for_each_mistake_in_a_text() {
    let no_header = ReadOptions::default().with_header(false);
    let numeric = |name: &str| ReadOptions::default().with_numeric([name]);
    let default = ReadOptions::default();
    let cases: [(&[u8], &ReadOptions, &str); 25] = [
        (b"", &default, "t.csv: found an empty file, expected a table"),
        (b"\n\r\n\n", &default, "t.csv: found nothing but empty lines"),
        (b"\xef\xbb\xbf", &default, "t.csv: found nothing but empty lines"),
        (b"age,sex\n", &default, "t.csv: found the names of the columns and nothing below them"),
        (b"a,b\n1,2\n3\n", &default, "t.csv, line 3: found 1 cell between `,`, expected 2 cells as in line 1"),
        (b"a,b\n1,2\n\n3,4,5\n", &default, "t.csv, line 4: found 3 cells between `,`, expected 2 cells as in line 1"),
        (b"a\tb\n1\t2\n3\n", &default, "t.csv, line 3: found 1 cell between `\\t`"),
        (b"a,b\n1,\"2\n3,4\n", &default, "t.csv, line 2: found a quote that is never closed"),
        (b"a,b\n1,2\n\"3,4\n5,6\"\n", &default, "t.csv, lines 3 to 4: found 1 cell"),
        (b"a,b,a\n1,2,3\n", &default, "t.csv, names of the columns: found `a` for both column 1 and column 3"),
        (b"a, a\n1,2\n", &default, "found `a` for both column 1 and column 2"),
        (b"a,b\n1,x\n", &numeric("b"), "t.csv, column `b`, row 1 (line 2): found the text `x`, expected a number"),
        (b"age,b\n1,2\n", &numeric("agee"), "t.csv, option `numeric`: found `agee`, which is not in the file"),
        (b"age,b\n1,2\n", &numeric("agee"), "did you mean `age`?"),
        (b"age,b\n1,2\n", &numeric("weight"), "the columns are `age`, `b`"),
        (b"a,b\n1,2\n-inf,3\n", &default, "t.csv, column `a`, row 2 (line 3): found the infinite number `-inf`"),
        (b"a,b\n1,2\n3,1e999\n", &default, "t.csv, column `b`, row 2 (line 3): found the infinite number `1e999`"),
        (
            b"a,b\n1,caf\xe9\n",
            &default,
            "t.csv, line 2: found the byte 0xE9, which is not UTF-8, expected text in UTF-8",
        ),
        (b"a,b\n1,2\n3,\xc3", &default, "t.csv, line 3: found the byte 0xC3, which is not UTF-8"),
        (b"a,b\n\x00\x01\x02\x03,2\n", &default, "t.csv: found binary data"),
        (b"\x01\x02\x03\x04\x05", &default, "t.csv: found binary data"),
        (b"a\x00,\x00b\x00\n\x001\x00", &default, "t.csv: found text in UTF-16"),
        (b"PK\x03\x04 and so on", &default, "t.csv: found a ZIP archive or an Excel workbook"),
        (b"x\ny\n", &no_header, ""),
        (b"\x89HDF\r\n\x1a\n", &default, "t.csv: found an HDF5 file"),
    ];
    for (bytes, options, expected) in cases {
        if expected.is_empty() {
            assert!(read_with(bytes, options).is_ok());
            continue;
        }
        let message = message(bytes, options);
        assert!(message.contains(expected), "{:?}\n{message}", String::from_utf8_lossy(bytes));
        assert!(!message.contains('\n'));
    }
}

#[test]
fn a_far_away_byte_that_is_not_utf8_is_found_with_its_line() {
    let mut text = b"a,b\n".to_vec();
    for _ in 0..300_000 {
        text.extend_from_slice(b"1,word\n");
    }
    text.extend_from_slice(b"1,\xff\n");
    assert!(default_message(&text).starts_with("t.csv, line 300002: found the byte 0xFF"));
}

#[test]
fn options_that_contradict_the_file_or_each_other() {
    let both = ReadOptions::default().with_categorical(["a"]).with_numeric(["a"]);
    assert!(message("a,b\n1,2\n", &both).contains("options `categorical` and `numeric`: found `a` in both"));
    let three = ReadOptions::default().with_columns(["u", "v", "w"]);
    assert!(message("1,2\n", &three).contains("option `columns`: found 3 names, expected 2"));
    let twice = ReadOptions::default().with_columns(["u", "u"]);
    assert!(message("1,2\n", &twice).contains("`u` for both column 1 and column 2"));
    let quote = ReadOptions::default().with_delimiter(b'"');
    assert!(message("1,2\n", &quote).starts_with("option `delimiter`: found the byte 34"));
}

#[test]
fn gzip_that_is_cut_off_or_holds_something_else() {
    let whole = gzip("a,b\n1,2\n".repeat(100));
    assert!(default_message(&whole[..whole.len() / 2]).contains("is the file cut off?"));
    assert!(default_message(&whole[..4]).contains("is the file cut off?"));
    assert!(default_message(gzip("")).contains("found nothing but empty lines"));
    assert!(default_message(gzip("PAR1")).contains("Parquet data that cannot be read"));
    assert!(default_message(gzip([0_u8; 99])).contains("found binary data"));
    let mut damaged = whole.clone();
    let middle = damaged.len() - 6;
    damaged[middle] ^= 0xff;
    assert!(default_message(damaged).contains("bytes that cannot be read"));
}

#[test]
fn parquet_and_arrow_with_mistakes() {
    let infinite = batch(vec![("x", array(Float64Array::from(vec![1.0, 2.0, f64::INFINITY])))]);
    let words = batch(vec![("x", array(StringArray::from(vec!["1", "old"])))]);
    let no_number = batch(vec![("x", array(StringArray::from(vec!["old", "new"])))]);
    let no_rows = batch(vec![("x", array(Float64Array::from(Vec::<f64>::new())))]);
    let blob = batch(vec![("x", array(BinaryArray::from(vec![&b"1"[..]])))]);
    let numeric = ReadOptions::default().with_numeric(["x"]);
    let default = ReadOptions::default();
    let writers: [fn(&RecordBatch) -> Vec<u8>; 3] = [parquet, arrow_file, arrow_stream];
    for write in writers {
        let expected = "t.csv, column `x`, row 3: found the infinite number `inf`, expected a finite number";
        assert!(message(write(&infinite), &default).starts_with(expected));
        let told = read_with(write(&words), &numeric).unwrap();
        assert_eq!(show(&told.table), ["number x: 1 -"]);
        assert_eq!(told.notes, ["column `x`: 1 cell is no number and read as missing among 1: `old` in row 2"]);
        let expected = "t.csv, column `x`, row 1: found the text `old`, expected a number";
        assert!(message(write(&no_number), &numeric).starts_with(expected));
        assert!(message(write(&no_rows), &default).contains("columns without any row"));
        assert!(message(write(&blob), &default).contains("no column of numbers or text"));
        let unknown = ReadOptions::default().with_categorical(["xx"]);
        assert!(message(write(&words), &unknown).contains("did you mean `x`?"));
        let whole = write(&infinite);
        assert!(message(&whole[..whole.len() / 2], &default).contains("that cannot be read"));
    }
}

#[test]
fn duplicate_names_in_arrow() {
    let twice = batch(vec![("x", array(Int32Array::from(vec![1]))), ("x", array(Int32Array::from(vec![2])))]);
    assert!(default_message(arrow_file(&twice)).contains("`x` for both column 1 and column 2"));
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let secret = file("secret.csv", "a\n1\n");
    fs::set_permissions(&secret.path, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser reads it all the same.
    if fs::File::open(&secret.path).is_err() {
        let error = read_table(&secret.path, &ReadOptions::default()).unwrap_err();
        assert!(error.to_string().contains("no permission to read it"));
    }
}
