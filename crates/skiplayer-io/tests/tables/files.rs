//! Files to read, written into a temporary folder.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use skiplayer::Result;
use skiplayer::table::{MISSING, Table, Values};
use skiplayer_io::{ReadOptions, TableFile, read_table};
use tempfile::TempDir;

/// A file in a folder of its own, both gone when dropped.
pub struct OneFile {
    _folder: TempDir,
    pub path: PathBuf,
}

pub fn file(name: &str, bytes: impl AsRef<[u8]>) -> OneFile {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    OneFile { _folder: folder, path }
}

/// Reads `bytes` as a file, deciding everything from them.
pub fn read(bytes: impl AsRef<[u8]>) -> Result<TableFile> {
    read_with(bytes, &ReadOptions::default())
}

pub fn read_with(bytes: impl AsRef<[u8]>, options: &ReadOptions) -> Result<TableFile> {
    read_table(&file("table.data", bytes).path, options)
}

/// The message of the error, without the folder, which differs from run to run.
pub fn message(bytes: impl AsRef<[u8]>, options: &ReadOptions) -> String {
    let file = file("t.csv", bytes);
    let message = read_table(&file.path, options).unwrap_err().to_string();
    message.replace(&file.path.display().to_string(), "t.csv")
}

pub fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

pub fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, cells)| (name, cells, true))).unwrap()
}

pub fn array(cells: impl arrow_array::Array + 'static) -> ArrayRef {
    Arc::new(cells)
}

/// In batches of two rows, so that columns are put together from parts.
fn parts(batch: &RecordBatch) -> impl Iterator<Item = RecordBatch> + '_ {
    (0..batch.num_rows()).step_by(2).map(|row| batch.slice(row, 2.min(batch.num_rows() - row)))
}

pub fn parquet(batch: &RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    parts(batch).for_each(|part| writer.write(&part).unwrap());
    writer.close().unwrap();
    bytes
}

pub fn arrow_file(batch: &RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = arrow_ipc::writer::FileWriter::try_new(&mut bytes, &batch.schema()).unwrap();
    parts(batch).for_each(|part| writer.write(&part).unwrap());
    writer.finish().unwrap();
    drop(writer);
    bytes
}

pub fn arrow_stream(batch: &RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
    parts(batch).for_each(|part| writer.write(&part).unwrap());
    writer.finish().unwrap();
    drop(writer);
    bytes
}

/// Name and cells of every column as text, `-` for a missing cell and the kind in front: tables compared at a glance.
pub fn show(table: &Table) -> Vec<String> {
    let column = |name: &str, values: &Values| {
        let cells: Vec<String> = match values {
            Values::Numeric(v) => v.iter().map(|v| if v.is_nan() { "-".into() } else { v.to_string() }).collect(),
            Values::Categorical { codes, levels } => {
                let cell = |&code: &u32| if code == MISSING { "-" } else { &levels[code as usize] }.to_owned();
                codes.iter().map(cell).collect()
            }
        };
        let kind = if matches!(values, Values::Numeric(_)) { "number" } else { "category" };
        format!("{kind} {name}: {}", cells.join(" "))
    };
    table.columns().iter().map(|c| column(&c.name, &c.values)).collect()
}
