//! Parquet and Arrow IPC files as batches of rows.

use std::fs::File;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Type as PhysicalType;
use parquet::errors::ParquetError;
use skiplayer::{Error, Result};

use crate::foreign::guarded;

use super::format::Format;
use super::source::Source;
use super::wide::{amended, declared};

/// Cells of a batch: enough for speed, little in memory even where a column is wide text.
const BATCH_CELLS: usize = 1 << 18;

pub type Batches = Box<dyn Iterator<Item = std::result::Result<RecordBatch, ArrowError>>>;

/// Opens the file, asks `choose` which columns of its schema are wanted, and reads those, in file order.
pub fn open(source: &Source, format: Format, choose: impl FnOnce(&Schema) -> Result<Vec<usize>>) -> Result<Batches> {
    let file = source.file()?;
    let failed = |error: ArrowError| damaged(source, format, &error.to_string());
    match format {
        Format::ArrowFile => {
            let (file, columns) = amended(file).map_err(|error| source.cannot_read(error))?;
            let schema = FileReader::try_new_buffered(file, None).map_err(failed)?.schema();
            let kept = choose(&declared(&schema, &columns))?;
            let (file, _) = amended(source.file()?).map_err(|error| source.cannot_read(error))?;
            Ok(Box::new(FileReader::try_new_buffered(file, Some(kept)).map_err(failed)?))
        }
        Format::ArrowStream => {
            let (file, columns) = amended(file).map_err(|error| source.cannot_read(error))?;
            let schema = StreamReader::try_new_buffered(file, None).map_err(failed)?.schema();
            let kept = choose(&declared(&schema, &columns))?;
            let (file, _) = amended(source.file()?).map_err(|error| source.cannot_read(error))?;
            Ok(Box::new(StreamReader::try_new_buffered(file, Some(kept)).map_err(failed)?))
        }
        _ => {
            let failed = |error: ParquetError| damaged(source, format, &error.to_string());
            let (schema, metadata) = parquet_metadata(&file).map_err(failed)?;
            let kept = choose(&schema)?;
            let batch_size = (BATCH_CELLS / kept.len().max(1)).clamp(64, 8192);
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
            let mask = ProjectionMask::roots(builder.parquet_schema(), kept);
            let reader = builder.with_projection(mask).with_batch_size(batch_size).build();
            Ok(Box::new(reader.map_err(failed)?))
        }
    }
}

/// The error of a file that its decoder gave up on.
pub fn damaged(source: &Source, format: Format, why: &str) -> Error {
    let kind = if format == Format::Parquet { "Parquet" } else { "Arrow IPC" };
    let error = Error::input(&source.name, format!("{kind} data that cannot be read ({why})"))
        .expected(format!("a whole {kind} file"));
    // A codec that this program was built without says so itself.
    let is_codec = why.contains("Disabled feature") || why.contains("compress") || why.contains("not implemented");
    error.hint(if is_codec {
        "the file may be whole: write it again with another compression (snappy, zstd), or by another program"
    } else {
        "is the file cut off? Fetch or write it again"
    })
}

/// The schema as its writer declared it, and what the file is to be read by: the same but for what the decoder would get wrong.
fn parquet_metadata(file: &File) -> std::result::Result<(Arc<Schema>, ArrowReaderMetadata), ParquetError> {
    let load = |options| ArrowReaderMetadata::load(file, options);
    // Arrow types that are newer than this program are described beside the columns, which can be read without.
    let own = match guarded(|| load(ArrowReaderOptions::new())) {
        Some(Ok(own)) => own,
        _ => load(ArrowReaderOptions::new().with_skip_arrow_metadata(true))?,
    };
    let declared = own.schema().clone();
    let leaves = own.metadata().file_metadata().schema_descr_ptr();
    let is_int96 = |root: usize| {
        (0..leaves.num_columns()).any(|leaf| {
            leaves.get_column_root_idx(leaf) == root && leaves.column(leaf).physical_type() == PhysicalType::INT96
        })
    };
    let fields: Vec<FieldRef> =
        declared.fields().iter().enumerate().map(|(root, field)| readable(field, is_int96(root))).collect();
    if fields.iter().zip(declared.fields()).all(|(readable, own)| Arc::ptr_eq(readable, own)) {
        return Ok((declared, own));
    }
    let schema = Arc::new(Schema::new_with_metadata(fields, declared.metadata().clone()));
    let options = ArrowReaderOptions::new().with_schema(schema);
    let metadata = ArrowReaderMetadata::try_new(own.metadata().clone(), options)?;
    Ok((declared, metadata))
}

/// `field` as the decoder reads it right.
fn readable(field: &FieldRef, is_int96: bool) -> FieldRef {
    let with_type = |kind: DataType| Arc::new(Field::clone(field).with_data_type(kind));
    match field.data_type() {
        // Nanoseconds, the default, wrap in the years 1677 and 2262.
        DataType::Timestamp(TimeUnit::Nanosecond, None) if is_int96 => {
            with_type(DataType::Timestamp(TimeUnit::Microsecond, None))
        }
        // The decoder packs numbers and text again, and asserts that there is nothing else (truth values, dates).
        DataType::Dictionary(_, values) if !matches!(**values, DataType::Utf8 | DataType::LargeUtf8) => {
            with_type(DataType::clone(values))
        }
        _ => field.clone(),
    }
}
