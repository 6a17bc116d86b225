//! One table in every format is one table.

use std::path::Path;

use arrow_array::types::*;
use arrow_array::*;
use skiplayer::table::Values;
use skiplayer_io::{Format, ReadOptions, read_table};

use crate::files::*;

const CSV: &str = "\
age,sex,smoker,note
39.5,m,true,\"a, b\"
,f,false,x
-1e300,m,,\"say \"\"hi\"\"\"
7,NA,TRUE,\"two
lines\"
0.1,f,false,é
";

fn same_as_batch() -> RecordBatch {
    batch(vec![
        ("age", array(Float64Array::from(vec![Some(39.5), None, Some(-1e300), Some(7.0), Some(0.1)]))),
        ("sex", array(StringArray::from(vec![Some("m"), Some("f"), Some("m"), None, Some("f")]))),
        ("smoker", array(BooleanArray::from(vec![Some(true), Some(false), None, Some(true), Some(false)]))),
        ("note", array(StringArray::from(vec!["a, b", "x", "say \"hi\"", "two\nlines", "é"]))),
    ])
}

fn text(delimiter: u8) -> Format {
    Format::Delimited { delimiter }
}

#[test]
fn csv_tsv_gzip_parquet_and_arrow_agree() {
    let tsv = CSV.replace(',', "\t").replace("a\t b", "a, b");
    let crlf = CSV.replace('\n', "\r\n").replace("two\r\nlines", "two\nlines");
    let marked = format!("\u{feff}{CSV}");
    let files = [
        (CSV.as_bytes().to_vec(), text(b',')),
        (tsv.as_bytes().to_vec(), text(b'\t')),
        (CSV.replace(',', ";").replace("a; b", "a, b").into(), text(b';')),
        (CSV.replace(',', "|").replace("a| b", "a, b").into(), text(b'|')),
        (crlf.into(), text(b',')),
        (CSV.trim_end().into(), text(b',')),
        (marked.as_bytes().to_vec(), text(b',')),
        (gzip(CSV), text(b',')),
        (gzip(&tsv), text(b'\t')),
        (gzip(&marked), text(b',')),
        // gzip files may be put one behind the other
        ([gzip(&CSV[..50]), gzip(&CSV[50..])].concat(), text(b',')),
        (parquet(&same_as_batch()), Format::Parquet),
        (arrow_file(&same_as_batch()), Format::ArrowFile),
        (arrow_stream(&same_as_batch()), Format::ArrowStream),
    ];
    let expected = read(CSV).unwrap().table;
    assert_eq!(
        show(&expected)[..3],
        [
            format!("number age: 39.5 - {} 7 0.1", -1e300),
            "category sex: m f m - f".into(),
            "category smoker: true false - true false".into()
        ]
    );
    for (bytes, format) in files {
        let read = read(bytes).unwrap();
        assert_eq!(read.format, format);
        // NaN is not equal to itself, so numbers are compared as they print.
        assert_eq!(show(&read.table), show(&expected), "{format:?}");
        assert!(read.has_header);
        assert_eq!(read.notes, Vec::<String>::new(), "{format:?}");
        assert_eq!(read.lines.of(0), matches!(format, Format::Delimited { .. }).then_some(2));
    }
}

#[test]
fn levels_are_numbered_as_they_appear_in_every_format() {
    let stored = batch(vec![("x", array(StringArray::from(vec!["b", "a", "b", "c"])))]);
    let expected = Values::Categorical { codes: vec![0, 1, 0, 2], levels: vec!["b".into(), "a".into(), "c".into()] };
    for bytes in [b"x\nb\na\nb\nc\n".to_vec(), parquet(&stored), arrow_file(&stored), arrow_stream(&stored)] {
        assert_eq!(read(bytes).unwrap().table.columns()[0].values, expected);
    }
}

#[test]
fn every_type_of_number_is_a_number() {
    let stored = batch(vec![
        ("i8", array(Int8Array::from(vec![-1, 2]))),
        ("i16", array(Int16Array::from(vec![-1, 2]))),
        ("i32", array(Int32Array::from(vec![-1, 2]))),
        ("i64", array(Int64Array::from(vec![-1, 2]))),
        ("u8", array(UInt8Array::from(vec![1, 2]))),
        ("u16", array(UInt16Array::from(vec![1, 2]))),
        ("u32", array(UInt32Array::from(vec![1, 2]))),
        ("u64", array(UInt64Array::from(vec![1, 2]))),
        ("f32", array(Float32Array::from(vec![0.5, f32::NAN]))),
        ("decimal", array(Decimal128Array::from(vec![-123, 5]).with_precision_and_scale(9, 2).unwrap())),
        ("nothing", array(NullArray::new(2))),
        ("coded", array([Some("u"), None].into_iter().collect::<DictionaryArray<Int32Type>>())),
        ("large", array(LargeStringArray::from(vec!["u", "v"]))),
        ("view", array(StringViewArray::from(vec!["u", "a text too long to be stored inline"]))),
    ]);
    let expected = [
        "number i8: -1 2",
        "number i16: -1 2",
        "number i32: -1 2",
        "number i64: -1 2",
        "number u8: 1 2",
        "number u16: 1 2",
        "number u32: 1 2",
        "number u64: 1 2",
        "number f32: 0.5 -",
        "number decimal: -1.23 0.05",
        "number nothing: - -",
        "category coded: u -",
        "category large: u v",
        "category view: u a text too long to be stored inline",
    ];
    for bytes in [parquet(&stored), arrow_file(&stored), arrow_stream(&stored)] {
        let read = read(bytes).unwrap();
        assert_eq!(show(&read.table), expected);
        assert!(read.notes.is_empty());
    }
}

#[test]
fn times_become_numbers_and_what_is_neither_is_set_aside() {
    let stored = batch(vec![
        ("day", array(Date32Array::from(vec![19_000, 19_001]))),
        ("at", array(TimestampMillisecondArray::from(vec![1_500, -500]))),
        ("blob", array(BinaryArray::from(vec![&b"1"[..], b"2"]))),
        ("list", array(ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)]), None]))),
        ("y", array(Int64Array::from(vec![3, 4]))),
    ]);
    for bytes in [parquet(&stored), arrow_file(&stored), arrow_stream(&stored)] {
        let read = read(&bytes).unwrap();
        assert_eq!(show(&read.table), ["number day: 19000 19001", "number at: 1.5 -0.5", "number y: 3 4"]);
        let meanings: Vec<String> = read.table.columns().iter().map(|column| column.meaning.to_string()).collect();
        assert_eq!(meanings, ["dates", "timestamps without a time zone", "numbers"]);
        assert_eq!(read.notes.len(), 2);
        assert!(read.notes[0].starts_with("column `blob` is set aside"));
        let named = ReadOptions::default().with_numeric(["list"]);
        assert!(read_with(bytes, &named).unwrap_err().to_string().contains("column `list`: found the type List"));
    }
}

#[test]
fn numbers_declared_categories_are_the_same_categories_in_every_format() {
    let stored = batch(vec![("id", array(Int64Array::from(vec![9_007_199_254_740_993, 9_007_199_254_740_992])))]);
    let options = ReadOptions::default().with_categorical(["id"]);
    let csv = "id\n9007199254740993\n9007199254740992\n";
    for bytes in [csv.as_bytes().to_vec(), parquet(&stored), arrow_file(&stored), arrow_stream(&stored)] {
        let read = read_with(bytes, &options).unwrap();
        assert_eq!(show(&read.table), ["category id: 9007199254740993 9007199254740992"]);
    }
}

#[test]
fn text_declared_numbers_is_parsed_in_every_format() {
    let stored = batch(vec![("x", array(StringArray::from(vec![Some("1.5"), None, Some("none")])))]);
    let options = ReadOptions::default().with_numeric(["x"]);
    for bytes in [b"x\n1.5\nNA\nnone\n".to_vec(), parquet(&stored), arrow_file(&stored), arrow_stream(&stored)] {
        assert_eq!(show(&read_with(bytes, &options).unwrap().table), ["number x: 1.5 - -"]);
    }
}

#[test]
fn compressed_arrow_and_parquet_are_read() {
    use arrow_ipc::CompressionType;
    use arrow_ipc::writer::*;
    use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
    let stored = same_as_batch();
    let expected = show(&read(CSV).unwrap().table);
    for compression in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        let options = IpcWriteOptions::default().try_with_compression(Some(compression)).unwrap();
        let mut bytes = Vec::new();
        let mut writer = FileWriter::try_new_with_options(&mut bytes, &stored.schema(), options).unwrap();
        writer.write(&stored).unwrap();
        writer.finish().unwrap();
        drop(writer);
        assert_eq!(show(&read(bytes).unwrap().table), expected);
    }
    let packed = [
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::LZ4_RAW,
        Compression::BROTLI(BrotliLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
    ];
    for compression in packed {
        let properties = parquet::file::properties::WriterProperties::builder().set_compression(compression).build();
        let mut bytes = Vec::new();
        let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, stored.schema(), Some(properties)).unwrap();
        writer.write(&stored).unwrap();
        writer.close().unwrap();
        assert_eq!(show(&read(bytes).unwrap().table), expected);
    }
}

#[test]
fn the_fingerprint_is_that_of_the_bytes() {
    let fingerprint = |bytes: &str| read(bytes).unwrap().fingerprint;
    assert_eq!(fingerprint("a,b\n1,2\n"), fingerprint("a,b\n1,2\n"));
    assert_ne!(fingerprint("a,b\n1,2\n"), fingerprint("a,b\r\n1,2\r\n"));
    // FNV-1a of the reference implementation.
    assert_eq!(fingerprint("1"), "af63ac4c86019afc");
}

#[test]
fn the_tables_of_the_project_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    for (name, n_rows, n_columns) in
        [("concrete.csv", 1030, 9), ("diabetes.csv", 442, 11), ("breast_cancer.csv", 569, 31)]
    {
        let read = read_table(&folder.join(name), &ReadOptions::default()).unwrap();
        assert_eq!((read.table.n_rows(), read.table.columns().len()), (n_rows, n_columns), "{name}");
        assert!(read.notes.is_empty());
        let categories = read.table.columns().iter().filter(|c| matches!(c.values, Values::Categorical { .. }));
        let expected: &[&str] = if name == "breast_cancer.csv" { &["diagnosis"] } else { &[] };
        assert_eq!(categories.map(|c| c.name.as_str()).collect::<Vec<_>>(), expected);
    }
}
