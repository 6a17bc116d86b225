//! One table written in every way: what its columns mean, and that fit and predict cross from one way to any other.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::{DataType, Field, Schema};
use skiplayer::Predictions;
use skiplayer::fit::{Config, Method, Silent, fit};
use skiplayer::schema::{ColumnRoles, Dataset, resolve};
use skiplayer::table::dates::date_text;
use skiplayer::table::{Column, Table};
use skiplayer_io::ReadOptions;

use crate::files::*;

const N: usize = 60;

/// A day every eleven, from 2020-01-01 on.
fn day(i: usize) -> i64 {
    18_262 + 11 * ((i * 37 % N) as i64)
}

fn target(i: usize) -> f64 {
    let flag = f64::from(u8::from(i.is_multiple_of(3)));
    let code = [0.0, 2.0, -1.0, 1.0][i * 7 % 4];
    let noise = (i * 29 % 17) as f64 / 170.0;
    0.01 * (day(i) - 18_262) as f64 + flag + code + (i * 13 % 24) as f64 / 12.0 + noise
}

/// A column in its ways of being written.
struct Ways {
    name: &'static str,
    meaning: &'static str,
    ways: Vec<ArrayRef>,
    /// The same as text.
    texts: Vec<Vec<String>>,
}

fn each<T>(cell: impl Fn(usize) -> T) -> Vec<T> {
    (0..N).map(cell).collect()
}

fn ways() -> Vec<Ways> {
    let text = |cell: &dyn Fn(usize) -> String| (0..N).map(cell).collect::<Vec<String>>();
    let micros = |zone: Option<&str>| {
        TimestampMicrosecondArray::from(each(|i| day(i) * 86_400_000_000)).with_timezone_opt(zone.map(str::to_owned))
    };
    let iso = |i: usize| date_text(day(i) as f64);
    let part = |i: usize, at: std::ops::Range<usize>| iso(i)[at].to_owned();
    let dates = Ways {
        name: "day",
        meaning: "dates",
        ways: vec![
            array(Date32Array::from(each(|i| day(i) as i32))),
            array(Date64Array::from(each(|i| day(i) * 86_400_000))),
            array(TimestampSecondArray::from(each(|i| day(i) * 86_400))),
            array(TimestampMillisecondArray::from(each(|i| day(i) * 86_400_000))),
            array(micros(None)),
            array(micros(Some("UTC"))),
            array(TimestampNanosecondArray::from(each(|i| day(i) * 86_400_000_000_000))),
            array(StringArray::from(text(&iso))),
            array(Int32Array::from(each(|i| iso(i).replace('-', "").parse::<i32>().unwrap()))),
        ],
        texts: vec![
            text(&iso),
            text(&|i| format!("{} 00:00:00", iso(i))),
            text(&|i| format!("{} 00:00:00+00:00", iso(i))),
            text(&|i| iso(i).replace('-', "")),
            text(&|i| format!("{}.{}.{}", part(i, 8..10), part(i, 5..7), part(i, 0..4))),
            text(&|i| format!("{}/{}/{}", part(i, 5..7), part(i, 8..10), part(i, 0..4))),
            text(&|i| format!("{}/{}/{}", part(i, 8..10), part(i, 5..7), part(i, 0..4))),
            text(&|i| {
                let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
                    [part(i, 5..7).parse::<usize>().unwrap() - 1];
                format!("{}-{month}-{}", part(i, 8..10), part(i, 0..4))
            }),
        ],
    };
    let flag = |i: usize| i.is_multiple_of(3);
    let words = |yes: &'static str, no: &'static str| text(&move |i| if flag(i) { yes } else { no }.to_owned());
    let truth = Ways {
        name: "flag",
        meaning: "truth values",
        ways: vec![array(BooleanArray::from(each(flag))), array(StringArray::from(words("True", "False")))],
        texts: vec![words("true", "false"), words("TRUE", "FALSE"), words("True", "False")],
    };
    let code = |i: usize| [100, 107, 114, 121][i * 7 % 4];
    let keys = || Int8Array::from(each(|i| (i * 7 % 4) as i8));
    let codes = Ways {
        name: "code",
        meaning: "categories",
        ways: vec![
            array(DictionaryArray::new(keys(), array(Int64Array::from(vec![100, 107, 114, 121])))),
            array(DictionaryArray::new(keys(), array(Int16Array::from(vec![100, 107, 114, 121])))),
            array(DictionaryArray::new(keys(), array(Float64Array::from(vec![100.0, 107.0, 114.0, 121.0])))),
            array(DictionaryArray::new(keys(), array(StringArray::from(vec!["100", "107", "114", "121"])))),
            array(StringArray::from(text(&|i| code(i).to_string()))),
        ],
        // The second as a program writes it whose column has gaps.
        texts: vec![text(&|i| code(i).to_string()), text(&|i| format!("{}.0", code(i)))],
    };
    let clock = |i: usize| (i * 13 % 24) as i64 * 3600 + 90;
    let clocks = Ways {
        name: "clock",
        meaning: "times of day",
        ways: vec![
            array(Time32SecondArray::from(each(|i| clock(i) as i32))),
            array(Time32MillisecondArray::from(each(|i| clock(i) as i32 * 1000))),
            array(Time64MicrosecondArray::from(each(|i| clock(i) * 1_000_000))),
            array(Time64NanosecondArray::from(each(|i| clock(i) * 1_000_000_000))),
        ],
        texts: vec![text(&|i| format!("{:02}:{:02}:{:02}", clock(i) / 3600, clock(i) / 60 % 60, clock(i) % 60))],
    };
    let spans = Ways {
        name: "span",
        meaning: "durations",
        ways: vec![
            array(DurationSecondArray::from(each(|i| (i * 31 % 50) as i64))),
            array(DurationMicrosecondArray::from(each(|i| (i * 31 % 50) as i64 * 1_000_000))),
            array(DurationNanosecondArray::from(each(|i| (i * 31 % 50) as i64 * 1_000_000_000))),
        ],
        texts: vec![text(&|i| format!("0 days 00:00:{:02}", i * 31 % 50)), text(&|i| format!("PT{}S", i * 31 % 50))],
    };
    let size = |i: usize| (i * 11 % 40) as f64 / 4.0;
    let numbers = Ways {
        name: "size",
        meaning: "numbers",
        ways: vec![
            array(Float64Array::from(each(size))),
            array(Float32Array::from(each(|i| size(i) as f32))),
            array(Decimal128Array::from(each(|i| (size(i) * 100.0) as i128)).with_precision_and_scale(10, 2).unwrap()),
        ],
        texts: vec![text(&|i| size(i).to_string()), text(&|i| format!("{:.2}", size(i)))],
    };
    vec![dates, truth, codes, clocks, spans, numbers]
}

/// The table with column `j` in way `way(j)`, in a columnar format.
fn stored(ways: &[Ways], way: impl Fn(usize, usize) -> usize) -> RecordBatch {
    let mut columns: Vec<(&str, ArrayRef)> = ways
        .iter()
        .enumerate()
        .map(|(j, column)| (column.name, column.ways[way(j, column.ways.len())].clone()))
        .collect();
    columns.push(("y", array(Float64Array::from(each(target)))));
    batch(columns)
}

fn text(ways: &[Ways], way: usize) -> String {
    let names: Vec<&str> = ways.iter().map(|column| column.name).chain(["y"]).collect();
    let line = |i: usize| {
        let cells = ways.iter().map(|column| column.texts[way % column.texts.len()][i].clone());
        cells.chain([target(i).to_string()]).collect::<Vec<_>>().join(",")
    };
    std::iter::once(names.join(",")).chain((0..N).map(line)).collect::<Vec<_>>().join("\n")
}

/// All files of the table: a word for each, and what is read.
fn files() -> Vec<(String, Table)> {
    let ways = ways();
    let most = ways.iter().map(|column| column.ways.len()).max().unwrap();
    let mut tables = Vec::new();
    for way in 0..most {
        let batch = stored(&ways, |_, n| way % n);
        for (format, bytes) in
            [("parquet", parquet(&batch)), ("feather", arrow_file(&batch)), ("stream", arrow_stream(&batch))]
        {
            tables.push((format!("{format} {way}"), read(bytes).unwrap().table));
        }
    }
    let declared = ReadOptions::default().with_categorical(["code"]);
    for way in 0..8 {
        tables.push((format!("csv {way}"), read_with(text(&ways, way), &declared).unwrap().table));
    }
    tables
}

fn spec() -> ColumnRoles {
    ColumnRoles::new("y")
}

fn bits(predictions: &Predictions) -> Vec<u64> {
    predictions.mean.values().iter().map(|v| v.to_bits()).collect()
}

#[test]
fn fits_and_predictions_are_the_same_bits_in_whichever_way_a_table_is_written() {
    let config = Config { method: Method::Linear, ..Config::default() };
    let files = files();
    for (name, table) in &files {
        for column in ways() {
            let found = table.column(column.name).unwrap();
            assert_eq!(found.meaning.to_string(), column.meaning, "{name}, {}", column.name);
        }
    }
    let fitted: Vec<_> = files
        .iter()
        .map(|(_, table)| fit(&Dataset::new(table, spec()).unwrap(), &config, &Silent).unwrap().model)
        .collect();
    let expected = bits(&fitted[0].predict(&files[0].1).unwrap());
    assert!(fitted[0].encoding.inputs.iter().any(|input| input.name() == "day weekday"), "{:?}", fitted[0].encoding);
    for (model, (from, _)) in fitted.iter().zip(&files) {
        for (to, table) in &files {
            let predictions = model.predict(table).unwrap_or_else(|error| panic!("{from} to {to}: {error}"));
            assert!(predictions.remarks.is_empty(), "{from} to {to}: {:?}", predictions.remarks);
            assert!(bits(&predictions) == expected, "{from} to {to}");
        }
    }
}

#[test]
fn truth_values_match_in_every_spelling() {
    let config = Config { method: Method::Linear, ..Config::default() };
    let table = |yes: &str, no: &str| {
        let line = |i: usize| format!("{},{},{}", if i.is_multiple_of(3) { yes } else { no }, i * 7 % 10, target(i));
        read(format!("flag,x,y\n{}", (0..N).map(line).collect::<Vec<_>>().join("\n"))).unwrap().table
    };
    let spellings =
        [("true", "false"), ("TRUE", "FALSE"), ("T", "F"), ("yes", "no"), ("Y", "N"), ("1", "0"), ("1.0", "0.0")];
    let model = fit(&Dataset::new(table("True", "False"), spec()).unwrap(), &config, &Silent).unwrap().model;
    let expected = model.predict(&table("True", "False")).unwrap();
    for (yes, no) in spellings {
        let predictions = model.predict(&table(yes, no)).unwrap();
        assert!(predictions.remarks.is_empty() && predictions == expected, "{yes} {no}");
    }
    let error = model.predict(&table("on", "off")).unwrap_err().to_string();
    assert!(error.contains("`flag`: found no category of training in 60 cells, the first is `on` in row 1"), "{error}");
    // Numbers in training are measured: a truth value is none.
    let numbers = fit(&Dataset::new(table("1", "0"), spec()).unwrap(), &config, &Silent).unwrap().model;
    let error = numbers.predict(&table("true", "false")).unwrap_err().to_string();
    assert!(error.contains("found truth values, expected numbers, as in training"), "{error}");
}

#[test]
fn what_cannot_be_compared_is_refused_with_both_meanings() {
    let config = Config { method: Method::Linear, ..Config::default() };
    let at = |zone: Option<&str>| {
        let times = each(|i| day(i) * 86_400_000_000 + i as i64 * 60_000_000);
        let times = TimestampMicrosecondArray::from(times).with_timezone_opt(zone.map(str::to_owned));
        let columns = vec![
            ("at", array(times)),
            ("x", array(Float64Array::from(each(|i| i as f64 % 7.0)))),
            ("y", array(Float64Array::from(each(target)))),
        ];
        read(parquet(&batch(columns))).unwrap().table
    };
    let local = fit(&Dataset::new(at(None), spec()).unwrap(), &config, &Silent).unwrap().model;
    let utc = local.predict(&at(Some("UTC"))).unwrap();
    assert!(bits(&utc) == bits(&local.predict(&at(None)).unwrap()), "a clock without a zone is taken for that of UTC");
    let error = local.predict(&at(Some("Europe/Berlin"))).unwrap_err().to_string();
    assert!(
        error.contains("column `at`: found timestamps in Europe/Berlin, expected timestamps without a time zone"),
        "{error}"
    );
    let zoned = fit(&Dataset::new(at(Some("Europe/Berlin")), spec()).unwrap(), &config, &Silent).unwrap().model;
    assert!(zoned.predict(&at(Some("America/New_York"))).is_ok(), "instants are instants");
    assert!(zoned.predict(&at(None)).is_err());
    let numbers = read("at,x,y\n1.5,2,3\n2.5,3,4\n").unwrap().table;
    let error = zoned.predict(&numbers).unwrap_err().to_string();
    assert!(error.contains("found numbers, expected timestamps in Europe/Berlin, as in training"), "{error}");
}

#[test]
fn int96_and_dates_beyond_nanoseconds_do_not_wrap() {
    use parquet::data_type::Int96;
    use parquet::file::writer::SerializedFileWriter;
    let days = [-719_162_i64, 0, 19_779, 2_932_896];
    let schema = Arc::new(
        parquet::schema::parser::parse_message_type("message m { required INT96 until; required double y; }").unwrap(),
    );
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let cells: Vec<Int96> = days
        .iter()
        .map(|day| {
            let mut cell = Int96::new();
            cell.set_data(0, 0, (day + 2_440_588) as u32);
            cell
        })
        .collect();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<parquet::data_type::Int96Type>().write_batch(&cells, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<parquet::data_type::DoubleType>().write_batch(&[1.0, 2.0, 3.0, 4.0], None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let spark = read(bytes).unwrap().table;
    let micros = TimestampMicrosecondArray::from(days.map(|day| day * 86_400_000_000).to_vec());
    let arrow = read(arrow_file(&batch(vec![("until", array(micros))]))).unwrap().table;
    for table in [&spark, &arrow] {
        let column = table.column("until").unwrap();
        assert_eq!(column.meaning.to_string(), "dates");
        let texts: Vec<String> = (0..4).map(|row| column.text(row)).collect();
        assert_eq!(texts, ["0001-01-01", "1970-01-01", "2024-02-26", "9999-12-31"]);
    }
}

#[test]
fn declared_categories_stay_categories() {
    let keys = || Int8Array::from(vec![0, 1, 1, 0]);
    let stored = batch(vec![
        ("truth", array(DictionaryArray::new(keys(), array(BooleanArray::from(vec![true, false]))))),
        ("day", array(DictionaryArray::new(keys(), array(Date32Array::from(vec![19_779, 19_780]))))),
        ("at", array(DictionaryArray::new(keys(), array(TimestampSecondArray::from(vec![0, 90]))))),
        ("small", array(DictionaryArray::new(keys(), array(Int8Array::from(vec![7, 9]))))),
        ("half", array(DictionaryArray::new(keys(), array(Float64Array::from(vec![0.5, 2.0]))))),
        ("word", array(DictionaryArray::new(keys(), array(StringArray::from(vec!["2024-02-26", "x"]))))),
    ]);
    let expected = [
        "category truth: true false false true",
        "category day: 2024-02-26 2024-02-27 2024-02-27 2024-02-26",
        "category at: 1970-01-01 1970-01-01 00:01:30 1970-01-01 00:01:30 1970-01-01",
        "category small: 7 9 9 7",
        "category half: 0.5 2 2 0.5",
        "category word: 2024-02-26 x x 2024-02-26",
    ];
    // Packed again row group by row group, as Parquet does.
    for bytes in [parquet(&stored), arrow_file(&stored), arrow_stream(&stored)] {
        let read = read(bytes).unwrap();
        assert_eq!(show(&read.table), expected);
        let meanings: Vec<String> = read.table.columns().iter().map(|column| column.meaning.to_string()).collect();
        assert_eq!(meanings[..2], ["truth values", "categories"]);
    }
}

#[test]
fn the_order_of_declared_levels_is_kept() {
    let keys = Int8Array::from(vec![2, 0, 2, 1]);
    let levels = DictionaryArray::new(keys, array(StringArray::from(vec!["low", "mid", "high"])));
    let ordered = Field::new("k", levels.data_type().clone(), true).with_dict_is_ordered(true);
    let enumeration = Field::new("k", levels.data_type().clone(), true)
        .with_metadata(HashMap::from([("_PL_ENUM_VALUES2".to_owned(), "3;low3;mid4;high".to_owned())]));
    for field in [ordered, enumeration] {
        let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![array(levels.clone())]).unwrap();
        for bytes in [arrow_file(&batch), arrow_stream(&batch)] {
            let table = read(bytes).unwrap().table;
            let column = table.column("k").unwrap();
            assert_eq!(column.meaning.to_string(), "ordered categories");
            assert!(
                matches!(&column.values, skiplayer::table::Values::Categorical { levels, .. } if *levels == ["low", "mid", "high"])
            );
        }
    }
}

#[test]
fn identifiers_of_64_bits_stay_apart() {
    let ids: Vec<i64> = (0..30).flat_map(|id| [1_382_016_600_011_617_669 + id; 3]).collect();
    let csv: Vec<String> =
        ids.iter().enumerate().map(|(i, id)| format!("{id},{},{}", i * 7 % 90, i * 11 % 13)).collect();
    let csv = format!("id,x,y\n{}\n", csv.join("\n"));
    let stored = batch(vec![
        ("id", array(Int64Array::from(ids.clone()))),
        ("x", array(Int64Array::from((0..90).map(|i| i * 7 % 90).collect::<Vec<_>>()))),
        ("y", array(Int64Array::from((0..90).map(|i| i * 11 % 13).collect::<Vec<_>>()))),
    ]);
    let unsigned = array(UInt64Array::from(ids.iter().map(|id| *id as u64).collect::<Vec<_>>()));
    let unsigned = batch(vec![("id", unsigned), ("x", stored.column(1).clone()), ("y", stored.column(2).clone())]);
    for bytes in [csv.clone().into_bytes(), parquet(&stored), arrow_file(&stored), parquet(&unsigned)] {
        let read = read(bytes).unwrap();
        assert!(
            read.notes[0].contains("`id`: whole numbers beyond 2^53 such as 1382016600011617669 are read as names"),
            "{:?}",
            read.notes
        );
        let spec = ColumnRoles { group: Some("id".into()), ..spec() };
        let groups = resolve(&read.table, &spec).unwrap().groups.unwrap();
        assert_eq!(groups.iter().max(), Some(&29));
        assert!(groups.chunks(3).all(|three| three.iter().all(|group| *group == three[0])));
    }
    // Declared numbers, and numbers that a float holds, stay numbers.
    let numeric = ReadOptions::default().with_numeric(["id"]);
    assert!(show(&read_with(&csv, &numeric).unwrap().table)[0].starts_with("number id"));
    assert_eq!(
        show(&read("ns,y\n1700000000000000000,1\n1700000001000000000,2\n").unwrap().table)[0],
        "number ns: 1700000000000000000 1700000001000000000"
    );
}

#[test]
fn the_index_of_a_data_frame_is_known_by_what_pandas_wrote() {
    let with = |metadata: &str, names: &[&str]| {
        let columns: Vec<ArrayRef> = (0..names.len())
            .map(|j| array(Int64Array::from((0..30).map(|i| i * (j as i64 * 2 + 3) % 31).collect::<Vec<_>>())))
            .collect();
        let fields: Vec<Field> = names.iter().map(|name| Field::new(*name, DataType::Int64, true)).collect();
        let schema = Schema::new(fields).with_metadata(HashMap::from([("pandas".to_owned(), metadata.to_owned())]));
        parquet(&RecordBatch::try_new(Arc::new(schema), columns).unwrap())
    };
    let set_aside = |bytes: Vec<u8>, keep: &[&str]| {
        let table = read(bytes).unwrap().table;
        let spec = ColumnRoles { keep: keep.iter().map(|name| (*name).to_owned()).collect(), ..spec() };
        let schema = resolve(&table, &spec).unwrap();
        (schema.inputs, schema.messages)
    };
    let unnamed = with(r#"{"index_columns": ["__index_level_0__"], "columns": []}"#, &["x", "y", "__index_level_0__"]);
    let (inputs, messages) = set_aside(unnamed.clone(), &[]);
    assert_eq!(inputs, ["x"]);
    assert!(
        messages.len() == 1 && messages[0].contains("`__index_level_0__` is set aside: the file says"),
        "{messages:?}"
    );
    assert_eq!(set_aside(unnamed, &["__index_level_0__"]).0, ["x", "__index_level_0__"]);
    let two = with(r#"{"index_columns": ["shop", "when"], "columns": []}"#, &["shop", "x", "when", "y"]);
    let (inputs, messages) = set_aside(two, &[]);
    assert_eq!(inputs, ["x"]);
    assert!(messages.len() == 1 && messages[0].contains("columns `shop`, `when` are set aside"), "{messages:?}");
    let counted = with(r#"{"index_columns": [{"kind": "range"}], "columns": []}"#, &["shop", "x", "y"]);
    assert_eq!(set_aside(counted, &[]).0, ["shop", "x"]);
}

#[test]
fn a_type_that_cannot_be_used_leaves_the_rest_of_the_table() {
    let stored = batch(vec![
        ("wide", array(FixedSizeBinaryArray::try_from_iter([[1_u8; 16], [2; 16]].into_iter()).unwrap())),
        ("list", array(ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)]), None]))),
        ("y", array(Int64Array::from(vec![3, 4]))),
    ]);
    for bytes in [parquet(&stored), arrow_file(&stored)] {
        let read = read(bytes).unwrap();
        assert_eq!(show(&read.table), ["number y: 3 4"]);
        assert!(read.notes[0].contains("`wide` is set aside") && read.notes[0].contains("cast it to 64-bit integers"));
        assert!(read.notes[1].contains("`list` is set aside") && read.notes[1].contains("each element as a column"));
    }
}

#[test]
fn a_table_in_code_has_meanings_too() {
    let column = Column::new("k", skiplayer::table::Values::from_text([Some("true"), Some("false")]));
    assert_eq!(column.meaning.to_string(), "truth values");
}
