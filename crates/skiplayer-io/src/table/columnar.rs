//! Parquet and Arrow IPC into a table, one batch at a time. The stored type decides between numbers and categories.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrowPrimitiveType, RecordBatch};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, DataType, Schema, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use skiplayer::table::RowLines;
use skiplayer::{Error, Result};

use super::cell::CellRules;
use super::column::{GrowingColumn, Wanted};
use super::long::LongTable;
use super::numbers::Disk;
use super::options::missing_words;
use super::source::Source;
use super::{DecimalMark, Format, NumberSpelling, ReadOptions, ReadingRules, TableFile, names};
use crate::foreign::guarded;

/// Cells of a batch: enough for speed, little in memory even where a column is wide text.
const BATCH_CELLS: usize = 1 << 18;

/// Reads the whole file.
pub fn read(
    source: &Source,
    format: Format,
    options: &ReadOptions,
    disk: Option<&Arc<Disk>>,
) -> Result<TableFile<LongTable>> {
    // The decoders check most of what they read and assert the rest: a damaged file is an error here, whichever it was.
    let table = guarded(|| read_columns(source, format, options, disk))
        .unwrap_or_else(|| Err(damaged(source, format, "its parts contradict each other")))?;
    let (table, spellings, notes) = table;
    let rules = ReadingRules { missing: missing_words(options), spellings, ..ReadingRules::default() };
    let lines = RowLines::default();
    Ok(TableFile { table, format, has_header: true, lines, rules, notes, fingerprint: source.fingerprint()? })
}

fn read_columns(
    source: &Source,
    format: Format,
    options: &ReadOptions,
    disk: Option<&Arc<Disk>>,
) -> Result<(LongTable, BTreeMap<String, NumberSpelling>, Vec<String>)> {
    let mut notes = Vec::new();
    let mut growing = Vec::new();
    let on_schema = |schema: &Schema| {
        let (kept, columns) = plan(source, schema, options, disk, &mut notes)?;
        growing = columns;
        Ok(kept)
    };
    let batches = open(source, format, on_schema)?;
    let mut n_rows = 0;
    for batch in batches {
        let batch = batch.map_err(|error| damaged(source, format, &error.to_string()))?;
        n_rows += batch.num_rows();
        for ((_, column), array) in growing.iter_mut().zip(batch.columns()) {
            append(column, array.as_ref());
        }
    }
    if n_rows == 0 {
        return Err(Error::input(&source.name, "columns without any row").expected("at least one row of data"));
    }
    let mut spellings = BTreeMap::new();
    let finish = |(name, column): NamedColumn| {
        let finished = column.finish(&source.name, &name, &RowLines::default(), &mut notes)?;
        spellings.extend(finished.spelling.map(|spelling| (name.clone(), spelling)));
        Ok((name, finished.cells))
    };
    let columns = growing.into_iter().map(finish).collect::<Result<Vec<_>>>()?;
    Ok((LongTable::new(columns)?, spellings, notes))
}

type Batches = Box<dyn Iterator<Item = std::result::Result<RecordBatch, ArrowError>>>;

/// Opens the file, asks `choose` which columns of its schema are wanted, and reads those, in file order.
fn open(source: &Source, format: Format, choose: impl FnOnce(&Schema) -> Result<Vec<usize>>) -> Result<Batches> {
    let file = source.file()?;
    let failed = |error: ArrowError| damaged(source, format, &error.to_string());
    match format {
        Format::ArrowFile => {
            let schema = FileReader::try_new_buffered(file, None).map_err(failed)?.schema();
            let kept = choose(&schema)?;
            Ok(Box::new(FileReader::try_new_buffered(source.file()?, Some(kept)).map_err(failed)?))
        }
        Format::ArrowStream => {
            let schema = StreamReader::try_new_buffered(file, None).map_err(failed)?.schema();
            let kept = choose(&schema)?;
            Ok(Box::new(StreamReader::try_new_buffered(source.file()?, Some(kept)).map_err(failed)?))
        }
        _ => {
            let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| failed(error.into()))?;
            let kept = choose(builder.schema())?;
            let batch_size = (BATCH_CELLS / kept.len().max(1)).clamp(64, 8192);
            let mask = ProjectionMask::roots(builder.parquet_schema(), kept);
            let reader = builder.with_projection(mask).with_batch_size(batch_size).build();
            Ok(Box::new(reader.map_err(|error| failed(error.into()))?))
        }
    }
}

fn damaged(source: &Source, format: Format, why: &str) -> Error {
    let kind = if format == Format::Parquet { "Parquet" } else { "Arrow IPC" };
    Error::input(&source.name, format!("{kind} data that cannot be read ({why})"))
        .expected(format!("a whole {kind} file"))
        .hint("is the file cut off? Fetch or write it again")
}

type NamedColumn = (String, GrowingColumn);

/// Which columns to read, by their number in the schema, and the empty columns they go into.
fn plan(
    source: &Source,
    schema: &Schema,
    options: &ReadOptions,
    disk: Option<&Arc<Disk>>,
    notes: &mut Vec<String>,
) -> Result<(Vec<usize>, Vec<NamedColumn>)> {
    let found = schema.fields().iter().map(|field| field.name().clone()).collect();
    let names = names::from_file(&source.name, found, notes)?;
    let wanted = names::wanted(&source.name, &names, options)?;
    let rules = Arc::new(CellRules::new(missing_words(options), Some(DecimalMark::Point)));
    let mut kept = Vec::new();
    let mut columns = Vec::new();
    for (j, ((name, wanted), field)) in names.into_iter().zip(wanted).zip(schema.fields()).enumerate() {
        let declared = wanted != Wanted::Either;
        let stored = match meaning(field.data_type()) {
            Meaning::Number => Wanted::Either,
            Meaning::Time(unit) => {
                notes.push(format!("column `{name}`: {} are read as numbers, {unit}", field.data_type()));
                Wanted::Either
            }
            Meaning::Category => Wanted::Categories,
            Meaning::Unreadable if declared => {
                return Err(Error::input(
                    format!("{}, column `{name}`", source.name),
                    format!("the type {}, though an option names the column", field.data_type()),
                )
                .expected("numbers or text")
                .hint("drop the column, or split it into plain ones"));
            }
            Meaning::Unreadable => {
                notes.push(format!("column `{name}` is set aside: {} is neither number nor text", field.data_type()));
                continue;
            }
        };
        kept.push(j);
        let wanted = if declared { wanted } else { stored };
        let mut column = GrowingColumn::new(wanted, declared, &rules, disk);
        if wanted == Wanted::Numbers && stored == Wanted::Categories {
            column.keep_text();
        }
        columns.push((name, column));
    }
    if kept.is_empty() {
        return Err(Error::input(&source.name, "no column of numbers or text").expected("at least one"));
    }
    Ok((kept, columns))
}

enum Meaning {
    Number,
    /// A number in the unit named.
    Time(&'static str),
    Category,
    Unreadable,
}

fn meaning(stored: &DataType) -> Meaning {
    use DataType::*;
    match stored {
        Null | Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64 | Float16 | Float32 | Float64 => {
            Meaning::Number
        }
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => Meaning::Number,
        Date32 | Date64 => Meaning::Time("days since 1970-01-01"),
        Timestamp(..) => Meaning::Time("seconds since 1970-01-01"),
        Time32(_) | Time64(_) => Meaning::Time("seconds since midnight"),
        Duration(_) => Meaning::Time("seconds"),
        Boolean | Utf8 | LargeUtf8 | Utf8View => Meaning::Category,
        // One level of dictionary is what writers produce; keys into keys are not worth a rule.
        Dictionary(_, values) if !matches!(**values, Dictionary(..)) => meaning(values),
        _ => Meaning::Unreadable,
    }
}

/// Pushes every cell of `array`. A column of numbers parses the text it gets: decimals come as text.
fn append(column: &mut GrowingColumn, array: &dyn Array) {
    let as_text = column.wanted() == Wanted::Categories;
    each_cell(array, &mut |cell| match cell {
        Cell::Missing => column.push_missing(),
        Cell::Text(text) => column.push_text(&text),
        Cell::Whole(number) if as_text => column.push_text(&number.to_string()),
        Cell::Whole(number) => column.push_number(number as f64),
        Cell::Number(number) if as_text => column.push_text(&number.to_string()),
        Cell::Number(number) => column.push_number(number),
    });
}

#[derive(Clone)]
enum Cell<'a> {
    Missing,
    /// Apart from other numbers, because identifiers beyond 2^53 are categories that must not merge.
    Whole(i128),
    Number(f64),
    Text(Cow<'a, str>),
}

/// Calls `work` with the cells of a column that [`meaning`] calls readable; one of another type counts as missing.
fn each_cell(array: &dyn Array, work: &mut dyn FnMut(Cell)) {
    use DataType::*;
    use TimeUnit::*;
    const DAY: f64 = 86_400.0;
    match array.data_type() {
        Int8 => whole::<Int8Type>(array, work),
        Int16 => whole::<Int16Type>(array, work),
        Int32 => whole::<Int32Type>(array, work),
        Int64 => whole::<Int64Type>(array, work),
        UInt8 => whole::<UInt8Type>(array, work),
        UInt16 => whole::<UInt16Type>(array, work),
        UInt32 => whole::<UInt32Type>(array, work),
        UInt64 => whole::<UInt64Type>(array, work),
        Float16 => primitive::<Float16Type>(array, |v| Cell::Number(v.to_f64()), work),
        Float32 => primitive::<Float32Type>(array, |v| Cell::Number(v.into()), work),
        Float64 => primitive::<Float64Type>(array, Cell::Number, work),
        Decimal32(..) => decimal::<Decimal32Type>(array, work),
        Decimal64(..) => decimal::<Decimal64Type>(array, work),
        Decimal128(..) => decimal::<Decimal128Type>(array, work),
        Decimal256(..) => decimal::<Decimal256Type>(array, work),
        Date32 => time::<Date32Type>(array, 1.0, work),
        Date64 => time::<Date64Type>(array, 1e3 * DAY, work),
        Timestamp(Second, _) => time::<TimestampSecondType>(array, 1.0, work),
        Timestamp(Millisecond, _) => time::<TimestampMillisecondType>(array, 1e3, work),
        Timestamp(Microsecond, _) => time::<TimestampMicrosecondType>(array, 1e6, work),
        Timestamp(Nanosecond, _) => time::<TimestampNanosecondType>(array, 1e9, work),
        Time32(Second) => time::<Time32SecondType>(array, 1.0, work),
        Time32(_) => time::<Time32MillisecondType>(array, 1e3, work),
        Time64(Microsecond) => time::<Time64MicrosecondType>(array, 1e6, work),
        Time64(_) => time::<Time64NanosecondType>(array, 1e9, work),
        Duration(Second) => time::<DurationSecondType>(array, 1.0, work),
        Duration(Millisecond) => time::<DurationMillisecondType>(array, 1e3, work),
        Duration(Microsecond) => time::<DurationMicrosecondType>(array, 1e6, work),
        Duration(Nanosecond) => time::<DurationNanosecondType>(array, 1e9, work),
        Boolean => each(array.as_boolean(), |v| Cell::Text(if v { "true" } else { "false" }.into()), work),
        Utf8 => each(array.as_string::<i32>(), |v| Cell::Text(v.into()), work),
        LargeUtf8 => each(array.as_string::<i64>(), |v| Cell::Text(v.into()), work),
        Utf8View => each(array.as_string_view(), |v| Cell::Text(v.into()), work),
        Dictionary(..) => dictionary(array, work),
        _ => (0..array.len()).for_each(|_| work(Cell::Missing)),
    }
}

fn each<'a, T>(
    cells: impl IntoIterator<Item = Option<T>>,
    convert: impl Fn(T) -> Cell<'a>,
    work: &mut dyn FnMut(Cell),
) {
    cells.into_iter().for_each(|cell| work(cell.map_or(Cell::Missing, &convert)));
}

fn primitive<T: ArrowPrimitiveType>(
    array: &dyn Array,
    convert: impl Fn(T::Native) -> Cell<'static>,
    work: &mut dyn FnMut(Cell),
) {
    each(array.as_primitive::<T>(), convert, work);
}

fn whole<T: ArrowPrimitiveType<Native: Into<i128>>>(array: &dyn Array, work: &mut dyn FnMut(Cell)) {
    primitive::<T>(array, |v| Cell::Whole(v.into()), work);
}

fn time<T: ArrowPrimitiveType<Native: Into<i64>>>(array: &dyn Array, ticks: f64, work: &mut dyn FnMut(Cell)) {
    primitive::<T>(array, |v| Cell::Number(v.into() as f64 / ticks), work);
}

/// By way of text, whose parsing rounds once; dividing by a power of ten rounds twice.
fn decimal<T: DecimalType>(array: &dyn Array, work: &mut dyn FnMut(Cell)) {
    let array = array.as_primitive::<T>();
    for row in 0..array.len() {
        work(if array.is_null(row) { Cell::Missing } else { Cell::Text(array.value_as_string(row).into()) });
    }
}

fn dictionary(array: &dyn Array, work: &mut dyn FnMut(Cell)) {
    let array = array.as_any_dictionary();
    let mut values: Vec<Cell<'static>> = Vec::with_capacity(array.values().len());
    each_cell(array.values(), &mut |cell| {
        values.push(match cell {
            Cell::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Cell::Missing => Cell::Missing,
            Cell::Whole(number) => Cell::Whole(number),
            Cell::Number(number) => Cell::Number(number),
        });
    });
    // Without values there are no keys to normalise, only missing cells.
    let keys = if values.is_empty() { vec![0; array.len()] } else { array.normalized_keys() };
    for (row, key) in keys.into_iter().enumerate() {
        work(if array.is_null(row) { Cell::Missing } else { values.get(key).cloned().unwrap_or(Cell::Missing) });
    }
}
