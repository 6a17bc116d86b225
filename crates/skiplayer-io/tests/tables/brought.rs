//! The files that people bring: blanks, JSON lines, ARFF, svmlight, workbooks, compressed files, several files, folders.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use arrow_array::*;
use skiplayer_io::{Format, ReadOptions, read_long_tables, read_table};

use crate::files::*;

const EXPECTED: [&str; 3] = ["number x: 0.5 - -2", "category k: u v, w u", "category b: true false true"];

#[test]
fn json_lines_are_a_table() {
    let text = "{\"x\": 0.5, \"k\": \"u\", \"b\": true}\n\n{\"b\": false, \"k\": \"v, w\", \"x\": null}\n{\"x\": -2, \"k\": \"u\", \"b\": true}\n";
    let found = read(text).unwrap();
    assert_eq!((show(&found.table), found.format), (EXPECTED.map(String::from).to_vec(), Format::JsonLines));
    assert_eq!((0..3).map(|row| found.lines.of(row).unwrap()).collect::<Vec<_>>(), [1, 3, 4]);
    let nested = read("{\"x\": 1, \"l\": [1]}\n{\"x\": 2}\n").unwrap();
    assert_eq!(show(&nested.table), ["number x: 1 2"]);
    assert!(nested.notes[0].starts_with("column `l` is set aside: line 1 holds a list"));
    let broken = message("{\"x\": 1}\n{\"x\": \n", &ReadOptions::default());
    assert!(broken.starts_with("t.csv, line 2: found what is no JSON object"), "{broken}");
}

#[test]
fn arff_dense_and_sparse() {
    let head = "% a comment\n@RELATION t\n\n@attribute x numeric\n@attribute 'k' {u, 'v, w'}\n@attribute b {true,false}\n@attribute zip {1,2}\n@data\n";
    let dense = read(format!("{head}0.5,u,true,1\n% another\n?,'v, w',false,2\n-2, \"u\" ,true,1\n")).unwrap();
    assert_eq!(show(&dense.table)[..3], EXPECTED);
    assert_eq!(show(&dense.table)[3], "category zip: 1 2 1");
    assert_eq!((dense.format, dense.lines.of(1)), (Format::Arff, Some(11)));
    let sparse = read(format!("{head}{{0 0.5}}\n{{0 ?, 1 'v, w', 2 false, 3 2}}\n{{ 0 -2 }}\n")).unwrap();
    assert_eq!(show(&sparse.table), show(&dense.table));
    let short = message(format!("{head}1,u\n"), &ReadOptions::default());
    assert!(short.starts_with("t.csv, line 9: found 2 cells, expected 4, one an attribute"), "{short}");
}

#[test]
fn svmlight_fills_in_zeros() {
    let found = read("1 1:0.5 3:2 # a comment\n-1 2:1e-3\n1 qid:7 3:-4\n").unwrap();
    assert_eq!(
        show(&found.table),
        ["number target: 1 -1 1", "number x1: 0.5 0 0", "number x2: 0 0.001 0", "number x3: 2 0 -4"]
    );
    assert_eq!(found.format, Format::Svmlight);
    assert!(message("1 1:0.5\n1 x:2\n", &ReadOptions::default()).starts_with("t.csv, line 2: found `x:2`"));
}

#[test]
fn blanks_between_cells_as_r_and_scientific_programs_write_them() {
    let rows: String = (1..9).map(|i| format!("\"{i}\" 0.{i} \"lo\" {i}.5\n")).collect();
    let found = read(format!("\"x\" \"s\" \"y\"\n{rows}")).unwrap();
    assert_eq!(found.format, Format::Delimited { delimiter: b' ' });
    assert_eq!(show(&found.table)[1], "number x: 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8");
    let uci: String = (1..9).map(|i| format!("{i}.0   8   307.{i}   70\t\"a car {i}\"\n")).collect();
    let found = read(&uci).unwrap();
    assert_eq!((found.table.columns().len(), found.table.n_rows(), found.has_header), (5, 8, false));
    // Few numbers among words, truth values and dates, and missing cells in the one column that is all numbers.
    let words: String = (1..9)
        .map(|i| format!("\"{i}\" {} \"lo\" TRUE 2020-01-0{i} \"\" \"u\"\n", if i == 3 { "NA" } else { "0.5" }))
        .collect();
    let found = read(format!("\"x\" \"s\" \"l\" \"d\" \"e\" \"f\"\n{words}")).unwrap();
    assert_eq!((found.format, found.table.columns().len()), (Format::Delimited { delimiter: b' ' }, 7));
    assert_eq!(show(&found.table)[1], "number x: 0.5 0.5 - 0.5 0.5 0.5 0.5 0.5");
    // Prose has blanks too, and a column of dates with times.
    assert_eq!(read("line\nin 1950 we met\nby 1960 he left\n").unwrap().table.columns().len(), 1);
    assert_eq!(read("words\none two\nthree four\n").unwrap().table.columns().len(), 1);
    assert_eq!(read("when\n2024-01-01 10:00:00\n2024-01-02 11:00:00\n").unwrap().table.columns().len(), 1);
}

#[test]
fn compressed_files_of_every_kind_are_unpacked() {
    let csv = "x,k\n0.5,u\n1.5,v\n".to_string();
    let bzip2 = {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(csv.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let xz = {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
        encoder.write_all(csv.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = zstd::encode_all(csv.as_bytes(), 1).unwrap();
    let expected = show(&read(&csv).unwrap().table);
    for packed in [gzip(&csv), bzip2.clone(), xz.clone(), zstd.clone()] {
        assert_eq!(show(&read(&packed).unwrap().table), expected);
    }
    for cut in [&bzip2[..20], &xz[..40], &zstd[..12]] {
        let message = message(cut, &ReadOptions::default());
        assert!(message.contains("bytes that cannot be read") && message.contains("is the file cut off?"), "{message}");
    }
    // `x,k` and two rows, by the reference encoder.
    let brotli = [
        0x8b, 0x07, 0x80, 0x78, 0x2c, 0x6b, 0x0a, 0x30, 0x2e, 0x35, 0x2c, 0x75, 0x0a, 0x31, 0x2e, 0x35, 0x2c, 0x76,
        0x0a, 0x03,
    ];
    let file = file("t.csv.br", brotli);
    assert_eq!(show(&read_table(&file.path, &ReadOptions::default()).unwrap().table), expected);
    // What is packed may be anything.
    let stored =
        batch(vec![("x", array(Float64Array::from(vec![0.5, 1.5]))), ("k", array(StringArray::from(vec!["u", "v"])))]);
    assert_eq!(show(&read(gzip(parquet(&stored))).unwrap().table), expected);
}

#[test]
fn files_of_other_programs_are_named_with_the_command_that_converts_them() {
    let cases: [(&[u8], &str, &str); 8] = [
        (b"$FL2@(#) SPSS DATA FILE", "an SPSS file", "pandas.read_spss('"),
        (b"<stata_dta><header>", "a Stata file", "pandas.read_stata('"),
        (&[114, 1, 1, 0, 9, 9], "a Stata file", "pandas.read_stata('"),
        (b"X\n\0\0\0\x03", "an R object (rds)", "readRDS('"),
        (&[0x80, 4, 0x95, 1], "a Python pickle", "pandas.read_pickle('"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "pandas.read_hdf('"),
        (b"HEADER RECORD*******LIBRARY HEADER", "a SAS transport file", "pandas.read_sas('"),
        (b"SQLite format 3\0", "an SQLite database", "sqlite3 -header -csv"),
    ];
    for (bytes, what, command) in cases {
        for bytes in [bytes.to_vec(), gzip(bytes)] {
            let message = message(bytes, &ReadOptions::default());
            assert!(message.starts_with(&format!("t.csv: found {what}")) && message.contains(command), "{message}");
        }
    }
}

/// A folder with files in it.
fn folder(files: &[(&str, &[u8])]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let path = folder.path().to_owned();
    (folder, path)
}

#[test]
fn several_files_are_one_table() {
    let (_keep, folder) =
        folder(&[("a.csv", b"x,k,n\n1,u,7\n2,v,8\n"), ("b.csv", b"k,n,x\nw,old,3\nu,9,4\n"), ("c.csv", b"x,k\n1,u\n")]);
    let paths = ["a.csv", "b.csv"].map(|name| folder.join(name));
    let read = read_long_tables(&paths, &ReadOptions::default()).unwrap();
    let table = read.table.into_table().unwrap();
    assert_eq!(show(&table), ["number x: 1 2 3 4", "category k: u v w u", "category n: 7 8 old 9"]);
    let error = read_long_tables(&[folder.join("a.csv"), folder.join("c.csv")], &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("c.csv: found no column `n`, expected the columns of"), "{error}");
}

#[test]
fn a_folder_of_parquet_with_partitions_in_its_names_is_one_table() {
    let part = |values: [f64; 2]| parquet(&batch(vec![("x", array(Float64Array::from(values.to_vec())))]));
    let (first, second) = (part([1.0, 2.0]), part([3.0, 4.0]));
    let (_keep, folder) = folder(&[
        ("year=2023/land=a%2Fb/part-0.parquet", first.as_slice()),
        ("year=2024/land=__HIVE_DEFAULT_PARTITION__/part-0.parquet", second.as_slice()),
        ("_SUCCESS", b""),
        (".part.crc", b"x"),
    ]);
    let read = read_table(&folder, &ReadOptions::default()).unwrap();
    assert_eq!(
        show(&read.table),
        ["number x: 1 2 3 4", "number year: 2023 2023 2024 2024", "category land: a/b a/b - -"]
    );
    let categorical = ReadOptions::default().with_categorical(["year"]);
    let table = read_table(&folder, &categorical).unwrap().table;
    assert_eq!(show(&table)[1], "category year: 2023 2023 2024 2024");
}

#[test]
fn folders_named_in_the_paths_are_columns_too() {
    let part = |values: [f64; 2]| parquet(&batch(vec![("x", array(Float64Array::from(values.to_vec())))]));
    let (first, second) = (part([1.0, 2.0]), part([3.0, 4.0]));
    let files = [("year=2023/a.parquet", first.as_slice()), ("year=2024/a.parquet", second.as_slice())];
    let (_keep, folder) =
        folder(&[files[0], files[1], ("more.csv", b"x\n5\n6\n"), ("year=2024/own.csv", b"x,year\n7,1\n8,2\n")]);
    let read = |names: &[&str]| {
        let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
        show(&read_long_tables(&paths, &ReadOptions::default()).unwrap().table.into_table().unwrap())
    };
    // As a shell makes them of `year=*/*.parquet`.
    for names in [["year=2023/a.parquet", "year=2024/a.parquet"], ["year=2023", "year=2024/a.parquet"]] {
        assert_eq!(read(&names), ["number x: 1 2 3 4", "number year: 2023 2023 2024 2024"]);
    }
    assert_eq!(read(&["year=2024/a.parquet"]), ["number x: 3 4", "number year: 2024 2024"]);
    // Only some files are in such a folder; a column of the file has the name.
    assert_eq!(read(&["more.csv", "year=2024/a.parquet"]), ["number x: 5 6 3 4"]);
    assert_eq!(read(&["year=2024/own.csv"]), ["number x: 7 8", "number year: 1 2"]);
}

#[test]
fn a_folder_without_tables_says_what_it_looks_for() {
    let (_keep, folder) = folder(&[("readme.md", b"x")]);
    let error = read_table(&folder, &ReadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("found a folder without a table, expected files whose names end in parquet"), "{error}");
}

#[test]
fn numbers_that_the_file_declares_as_categories_are_no_text_that_looks_like_numbers() {
    use arrow_array::types::Int8Type;
    let keys = Int8Array::from(vec![0, 1, 0, 1]);
    let numbers = DictionaryArray::<Int8Type>::new(keys.clone(), array(Int64Array::from(vec![10115, 80331])));
    let words = DictionaryArray::<Int8Type>::new(keys, array(StringArray::from(vec!["1", "2"])));
    let found = read(parquet(&batch(vec![("zip", array(numbers)), ("k", array(words))]))).unwrap();
    assert_eq!(show(&found.table), ["category zip: 10115 80331 10115 80331", "category k: 1 2 1 2"]);
    assert!(found.notes.is_empty(), "{:?}", found.notes);
}

#[test]
fn markup_and_json_of_other_shapes_are_refused_with_the_way_out() {
    let objects = "[\n {\"x\": 1, \"y\": 2},\n {\"x\": 3, \"y\": 4}\n]\n";
    let columns = "{\n \"x\": [1, 3],\n \"y\": [2, 4]\n}\n";
    for text in [objects, "[{\"x\":1},{\"x\":2}]", columns] {
        let said = message(text, &ReadOptions::default());
        assert!(
            said.starts_with("t.csv: found JSON that is not one object a line") && said.contains("jq -c '.[]' t.csv"),
            "{said}"
        );
    }
    for text in ["<!DOCTYPE html>\n<table>", " <table><tr><td>1", "<?xml version=\"1.0\"?><Workbook>"] {
        let said = message(text, &ReadOptions::default());
        assert!(said.starts_with("t.csv: found HTML or XML") && said.contains("read_html('t.csv')"), "{said}");
    }
    // Names in brackets are a header.
    assert_eq!(read("[m],{s}\n1,2\n3,4\n").unwrap().table.columns().len(), 2);
}

#[test]
fn numbers_as_fortran_prints_them_are_numbers() {
    let text: String = (1..9).map(|i| format!("  -0.{i}D+01   0.{i}D-02\n")).collect();
    let found = read(text).unwrap();
    assert_eq!(found.format, Format::Delimited { delimiter: b' ' });
    assert_eq!(show(&found.table)[0], "number x1: -1 -2 -3 -4 -5 -6 -7 -8");
}
