//! Arrow IPC files with integers of 128 bits, as polars writes them.
//!
//! The decoder refuses the whole file because of such a type. The bytes of the column are in the file like those of any other,
//! and a column that is not asked for is passed over by the number of its buffers alone: so the schema is shown to the decoder
//! with 64 bits in it, and the column is set aside.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use arrow_ipc::{Field, Int, root_as_footer, root_as_message};
use arrow_schema::{DataType, Schema};

/// Marks the start and the end of a file; streams have none.
const MAGIC: &[u8] = b"ARROW1";
const CONTINUATION: [u8; 4] = [0xff; 4];
/// Schemas are some kilobytes; more than this is damage.
const LONGEST: usize = 1 << 28;

/// A file of which a few single bytes are read as others.
#[derive(Debug)]
pub struct Amended {
    file: File,
    at: u64,
    /// Place and byte.
    bytes: Vec<(u64, u8)>,
}

impl Read for Amended {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(out)?;
        for (place, byte) in &self.bytes {
            if let Some(into) = place.checked_sub(self.at).and_then(|at| out[..n].get_mut(at as usize)) {
                *into = *byte;
            }
        }
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Amended {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

/// The file as the decoder can read it, and the numbers of the columns that it must not be asked for.
pub fn amended(mut file: File) -> io::Result<(Amended, Vec<usize>)> {
    let mut bytes = Vec::new();
    let mut columns = Vec::new();
    // What cannot be understood here is told by the decoder, which sees it as it is.
    let length = file.seek(SeekFrom::End(0))?;
    for (start, part) in [first_message(&mut file)?, footer(&mut file, length)?].into_iter().flatten() {
        let schema = root_as_message(&part).ok().and_then(|message| message.header_as_schema());
        let schema = match schema {
            Some(schema) => Some(schema),
            None => root_as_footer(&part).ok().and_then(|footer| footer.schema()),
        };
        for (column, field) in schema.and_then(|schema| schema.fields()).into_iter().flatten().enumerate() {
            let mut places = Vec::new();
            wide(&field, &mut places);
            if !places.is_empty() && !columns.contains(&column) {
                columns.push(column);
            }
            bytes.extend(places.into_iter().map(|place| (start + place as u64, 64)));
        }
    }
    file.rewind()?;
    Ok((Amended { file, at: 0, bytes }, columns))
}

/// The schema that the decoder saw, with the columns of 128 bits as what they are.
pub fn declared(schema: &Schema, columns: &[usize]) -> Arc<Schema> {
    let fields = schema.fields().iter().enumerate().map(|(column, field)| {
        if columns.contains(&column) {
            Arc::new(field.as_ref().clone().with_data_type(DataType::FixedSizeBinary(16)))
        } else {
            field.clone()
        }
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}

/// Where the numbers of bits of integers of 128 bits are, in `field` and what is inside it.
fn wide(field: &Field, places: &mut Vec<usize>) {
    if let Some(int) = field.type_as_int().filter(|int| int.bitWidth() == 128) {
        let place = int._tab.vtable().get(Int::VT_BITWIDTH);
        if place > 0 {
            places.push(int._tab.loc() + usize::from(place));
        }
    }
    for child in field.children().into_iter().flatten() {
        wide(&child, places);
    }
}

/// The first message, and where it starts.
fn first_message(file: &mut File) -> io::Result<Option<(u64, Vec<u8>)>> {
    let head = part(file, 0, 16)?;
    let start = if head.starts_with(MAGIC) { 8 } else { 0 };
    let Some(word) = head.get(start..start + 4) else { return Ok(None) };
    // Before Arrow 0.15 the length came without a mark in front.
    let start = if word == CONTINUATION { start + 4 } else { start };
    message(file, start as u64)
}

fn footer(file: &mut File, length: u64) -> io::Result<Option<(u64, Vec<u8>)>> {
    let end = 4 + MAGIC.len() as u64;
    if length < 2 * end || !part(file, length - MAGIC.len() as u64, MAGIC.len())?.starts_with(MAGIC) {
        return Ok(None);
    }
    let size = part(file, length - end, 4)?;
    let size = size.first_chunk().map_or(0, |size| u32::from_le_bytes(*size)) as u64;
    match (length - end).checked_sub(size) {
        Some(start) if size as usize <= LONGEST => Ok(Some((start, part(file, start, size as usize)?))),
        _ => Ok(None),
    }
}

/// What follows the length that is written at `place`.
fn message(file: &mut File, place: u64) -> io::Result<Option<(u64, Vec<u8>)>> {
    let size = part(file, place, 4)?;
    let size = size.first_chunk().map_or(0, |size| u32::from_le_bytes(*size)) as usize;
    if size > LONGEST { Ok(None) } else { Ok(Some((place + 4, part(file, place + 4, size)?))) }
}

/// At most `n` bytes from `start` on.
fn part(file: &mut File, start: u64, n: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(n as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use arrow_array::{Int64Array, RecordBatch};

    use super::*;
    use crate::table::{ReadOptions, read_table};

    /// A file or stream whose first column says that it is 128 bits wide.
    fn bytes(is_file: bool) -> Vec<u8> {
        let array = |cells: [i64; 3]| Arc::new(Int64Array::from(cells.to_vec())) as arrow_array::ArrayRef;
        let batch = RecordBatch::try_from_iter([("wide", array([7, 8, 9])), ("y", array([3, 4, 5]))]).unwrap();
        let mut bytes = Vec::new();
        if is_file {
            let mut writer = arrow_ipc::writer::FileWriter::try_new(&mut bytes, &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
        } else {
            let mut writer = arrow_ipc::writer::StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
        }
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let parts = [first_message(&mut file).unwrap(), footer(&mut file, bytes.len() as u64).unwrap()];
        for (start, part) in parts.into_iter().flatten() {
            let schema = root_as_message(&part).ok().and_then(|message| message.header_as_schema());
            let schema = schema.or_else(|| root_as_footer(&part).ok().and_then(|footer| footer.schema()));
            // A stream has no footer: what stands at its end is something else.
            let Some(schema) = schema else { continue };
            let int = schema.fields().unwrap().get(0).type_as_int().unwrap();
            let place = int._tab.loc() + usize::from(int._tab.vtable().get(Int::VT_BITWIDTH));
            bytes[start as usize + place] = 128;
        }
        bytes
    }

    #[test]
    fn a_column_of_128_bits_is_set_aside_and_the_others_are_read() {
        for is_file in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("t.arrow");
            std::fs::write(&path, bytes(is_file)).unwrap();
            let read = read_table(&path, &ReadOptions::default()).unwrap();
            assert_eq!(read.table.columns().len(), 1);
            assert!(
                matches!(&read.table.columns()[0].values, skiplayer::table::Values::Numeric(v) if *v == [3.0, 4.0, 5.0])
            );
            assert!(read.notes[0].contains("column `wide` is set aside"), "{:?}", read.notes);
        }
    }

    #[test]
    fn bytes_are_amended_wherever_a_read_begins() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        file.rewind().unwrap();
        let mut amended = Amended { file, at: 0, bytes: vec![(3, b'x'), (9, b'y')] };
        for start in 0..10 {
            amended.seek(SeekFrom::Start(start)).unwrap();
            let mut text = String::new();
            amended.read_to_string(&mut text).unwrap();
            assert_eq!(text, "012x45678y"[start as usize..]);
        }
    }
}
