//! Parquet and Arrow IPC into a table, one batch at a time. The stored type and the remarks of the writer decide what a column
//! means.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrowPrimitiveType};
use arrow_schema::{DataType, Schema, TimeUnit};
use skiplayer::table::{Meaning, Origin, RowLines, RowNames, cell, dates};
use skiplayer::{Error, Result};

use super::batches::{self, damaged};
use super::cell::CellRules;
use super::cell::DecimalMark;
use super::column::{GrowingColumn, Wanted};
use super::finish::finish;
use super::format::Format;
use super::long::LongTable;
use super::names;
use super::numbers::Disk;
use super::options::missing_words;
use super::options::{ReadOptions, ReadingRules};
use super::source::Source;
use super::stored::{Pandas, Stored, way_out};
use super::table_file::TableFile;
use crate::foreign::guarded;

/// Reads the whole file.
pub fn read(
    source: &Source,
    format: Format,
    options: &ReadOptions,
    disk: Option<&Arc<Disk>>,
) -> Result<TableFile<LongTable>> {
    let columns = read_columns(source, format, options, disk, &HashSet::new())?;
    // Whole numbers that a float cannot hold are names: those columns are read once more, as text.
    let exact: HashSet<String> =
        columns.growing.iter().filter(|column| column.cells.is_exact()).map(|c| c.name.clone()).collect();
    let columns = if exact.is_empty() { columns } else { read_columns(source, format, options, disk, &exact)? };
    let mut notes = columns.notes;
    let lines = RowLines::default();
    let mut spellings = BTreeMap::new();
    let finished = columns
        .growing
        .into_iter()
        .map(|column| {
            let ReadColumn { name, stored, cells, row_names } = column;
            let is_exact = exact.contains(&name);
            let (mut finished, spelling) =
                finish(&source.name, name, cells, &stored, options.dates, &lines, &mut notes)?;
            spellings.extend(spelling.map(|spelling| (finished.name.clone(), spelling)));
            if is_exact {
                notes.push(finished.note_of_levels());
            }
            finished.origin = Origin { row_names, ..finished.origin };
            Ok(finished)
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(TableFile {
        table: LongTable::new(finished)?,
        format,
        has_header: true,
        lines,
        rules: ReadingRules { missing: missing_words(options), spellings, ..ReadingRules::default() },
        notes,
        fingerprint: source.fingerprint()?,
    })
}

/// Columns as they are after the last batch.
struct Columns {
    growing: Vec<ReadColumn>,
    notes: Vec<String>,
}

/// A column on its way in.
struct ReadColumn {
    name: String,
    stored: Stored,
    cells: GrowingColumn,
    row_names: Option<RowNames>,
}

/// Reads the cells; those of the columns named in `exact` as text, whatever they are.
fn read_columns(
    source: &Source,
    format: Format,
    options: &ReadOptions,
    disk: Option<&Arc<Disk>>,
    exact: &HashSet<String>,
) -> Result<Columns> {
    // The decoders check most of what they read and assert the rest: a damaged file is an error here, whichever it was.
    guarded(|| {
        let mut notes = Vec::new();
        let mut growing = Vec::new();
        let on_schema = |schema: &Schema| {
            let (kept, columns) = plan(source, schema, options, disk, exact, &mut notes)?;
            growing = columns;
            Ok(kept)
        };
        let batches = batches::open(source, format, on_schema)?;
        let mut n_rows = 0;
        for batch in batches {
            let batch = batch.map_err(|error| damaged(source, format, &error.to_string()))?;
            n_rows += batch.num_rows();
            for (column, array) in growing.iter_mut().zip(batch.columns()) {
                append(column, array.as_ref());
            }
        }
        if n_rows == 0 {
            return Err(Error::input(&source.name, "columns without any row").expected("at least one row of data"));
        }
        Ok(Columns { growing, notes })
    })
    .unwrap_or_else(|| Err(damaged(source, format, "its parts contradict each other")))
}

/// Which columns to read, by their number in the schema, and the empty columns they go into.
fn plan(
    source: &Source,
    schema: &Schema,
    options: &ReadOptions,
    disk: Option<&Arc<Disk>>,
    exact: &HashSet<String>,
    notes: &mut Vec<String>,
) -> Result<(Vec<usize>, Vec<ReadColumn>)> {
    let pandas = Pandas::of(schema);
    let found = schema.fields().iter().map(|field| field.name().clone()).collect();
    let names = names::from_file(&source.name, found, notes)?;
    let wanted = names::wanted(&source.name, &names, options)?;
    let rules = Arc::new(CellRules::new(missing_words(options), Some(DecimalMark::Point)));
    let mut kept = Vec::new();
    let mut columns = Vec::new();
    for (j, ((name, wanted), field)) in names.into_iter().zip(wanted).zip(schema.fields()).enumerate() {
        let declared = wanted != Wanted::Either;
        let stored = Stored::of(field, &pandas);
        if stored == Stored::Unreadable {
            let kind = field.data_type();
            if declared {
                return Err(Error::input(
                    format!("{}, column `{name}`", source.name),
                    format!("the type {kind}, though an option names the column"),
                )
                .expected("numbers or text")
                .hint(way_out(kind)));
            }
            notes.push(format!(
                "column `{name}` is set aside: {kind} is neither number nor text; to use it, {}",
                way_out(kind)
            ));
            continue;
        }
        let is_text = matches!(stored, Stored::Text | Stored::As(Meaning::Truth | Meaning::Category { .. }));
        let wanted = match wanted {
            Wanted::Either if is_text || exact.contains(&name) => Wanted::Categories,
            wanted => wanted,
        };
        let row_names = if pandas.is_index(field.name()) {
            Some(RowNames::Declared)
        } else {
            (j == 0 && field.name().trim().is_empty()).then_some(RowNames::Unnamed)
        };
        // Numbers that the file declares as categories are no text that looks like numbers.
        let is_category = matches!(stored, Stored::As(Meaning::Category { .. }));
        let mut cells = GrowingColumn::new(wanted, declared || is_category || exact.contains(&name), &rules, disk);
        if wanted == Wanted::Numbers && is_text {
            cells.keep_text();
        }
        // Whoever says what a column is knows better than its type.
        let stored = match (declared, wanted) {
            (true, Wanted::Categories) => Stored::As(Meaning::CATEGORY),
            (true, _) => Stored::As(Meaning::Number),
            (false, _) => stored,
        };
        kept.push(j);
        columns.push(ReadColumn { name, stored, cells, row_names });
    }
    if kept.is_empty() {
        let error = Error::input(&source.name, "no column of numbers or text").expected("at least one");
        return Err(if notes.is_empty() { error } else { error.hint(notes.join("; ")) });
    }
    Ok((kept, columns))
}

/// Pushes every cell of `array`. A column of numbers parses the text it gets: decimals come as text.
fn append(column: &mut ReadColumn, array: &dyn Array) {
    let ReadColumn { cells, stored, .. } = column;
    let as_text = cells.wanted() == Wanted::Categories;
    if let (Stored::As(Meaning::Category { is_ordered: true }), Some(dictionary)) =
        (&*stored, array.as_any_dictionary_opt())
    {
        // The order is that of the dictionary, not that of the rows.
        each_cell(dictionary.values(), &mut |cell| {
            if let Cell::Text(level) = cell {
                cells.expect_level(&level);
            }
        });
    }
    let moments = moment_text(array.data_type());
    each_cell(array, &mut |cell| match cell {
        Cell::Missing => cells.push_missing(),
        Cell::Text(text) => cells.push_text(&text),
        Cell::Whole(number) if as_text => cells.push_text(&number.to_string()),
        Cell::Whole(number) => cells.push_whole(number),
        Cell::Number(number) if as_text && number.is_nan() => cells.push_missing(),
        Cell::Number(number) if as_text => cells.push_text(&moments(number)),
        Cell::Number(number) => cells.push_number(number),
    });
}

/// How cells of a type of floats and times are written where they name something, so that they are equal in every format.
fn moment_text(stored: &DataType) -> fn(f64) -> String {
    use DataType::*;
    match stored {
        Date32 | Date64 => dates::date_text,
        Timestamp(..) => dates::timestamp_text,
        Time32(_) | Time64(_) => dates::time_text,
        Dictionary(_, values) => moment_text(values),
        _ => cell::number_text,
    }
}

enum Cell<'a> {
    Missing,
    /// Apart from other numbers, because identifiers beyond 2^53 are categories that must not merge.
    Whole(i128),
    Number(f64),
    Text(Cow<'a, str>),
}

/// Calls `work` with the cells of a column that [`Stored`] calls readable; one of another type counts as missing.
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
        Timestamp(Nanosecond, _) => nanoseconds::<TimestampNanosecondType>(array, work),
        Time32(Second) => time::<Time32SecondType>(array, 1.0, work),
        Time32(_) => time::<Time32MillisecondType>(array, 1e3, work),
        Time64(Microsecond) => time::<Time64MicrosecondType>(array, 1e6, work),
        Time64(_) => nanoseconds::<Time64NanosecondType>(array, work),
        Duration(Second) => time::<DurationSecondType>(array, 1.0, work),
        Duration(Millisecond) => time::<DurationMillisecondType>(array, 1e3, work),
        Duration(Microsecond) => time::<DurationMicrosecondType>(array, 1e6, work),
        Duration(Nanosecond) => nanoseconds::<DurationNanosecondType>(array, work),
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

fn nanoseconds<T: ArrowPrimitiveType<Native: Into<i64>>>(array: &dyn Array, work: &mut dyn FnMut(Cell)) {
    primitive::<T>(array, |v| Cell::Number(dates::seconds(v.into().into())), work);
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
        work(match values.get(key).filter(|_| !array.is_null(row)) {
            Some(Cell::Text(text)) => Cell::Text(Cow::Borrowed(text)),
            Some(Cell::Whole(number)) => Cell::Whole(*number),
            Some(Cell::Number(number)) => Cell::Number(*number),
            Some(Cell::Missing) | None => Cell::Missing,
        });
    }
}
