//! Numbers of a column as they come in; those of long tables wait on a disk until they are asked for.

use std::collections::HashSet;
use std::env;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use skiplayer::table::{CHUNK, dates};
use skiplayer::{Error, Result};

/// Bytes of a number.
const SIZE: usize = size_of::<f64>();

/// A temporary file that blocks of numbers are appended to. It is made when the first block comes, has no name, and is gone with
/// the process.
#[derive(Debug, Default)]
pub struct Disk(Mutex<Option<File>>);

impl Disk {
    /// Where the block starts.
    fn append(&self, block: &[f64]) -> io::Result<u64> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        let start = file.seek(SeekFrom::End(0))?;
        file.write_all(bytemuck::cast_slice(block))?;
        Ok(start)
    }

    /// Appends the `count` numbers that start at byte `start` to `out`.
    fn read(&self, start: u64, count: usize, out: &mut Vec<f64>) -> io::Result<()> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let file = file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        file.seek(SeekFrom::Start(start))?;
        let before = out.len();
        out.resize(before + count, 0.0);
        file.read_exact(bytemuck::cast_slice_mut(&mut out[before..]))
    }
}

/// What stored numbers become on their way out.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    #[default]
    None,
    /// Seconds to days.
    Days,
    /// Numbers such as 20240226 to days since 1970-01-01.
    CompactDates,
}

impl Conversion {
    fn apply(self, numbers: &mut [f64]) {
        match self {
            Conversion::None => {}
            Conversion::Days => numbers.iter_mut().for_each(|number| *number /= dates::DAY),
            Conversion::CompactDates => {
                numbers.iter_mut().for_each(|number| *number = dates::compact(*number).unwrap_or(f64::NAN));
            }
        }
    }
}

/// A growing list of numbers.
#[derive(Debug, Default)]
pub struct Numbers {
    /// What is done to the numbers that are handed out.
    pub conversion: Conversion,
    /// Whether their logarithms are handed out.
    pub in_logarithms: bool,
    /// Where each block of [`CHUNK`] numbers starts.
    blocks: Vec<u64>,
    /// The numbers after them.
    tail: Vec<f64>,
    disk: Option<Arc<Disk>>,
    failure: Option<io::Error>,
}

impl Numbers {
    /// An empty list, whose full blocks go to `disk` if there is one.
    pub fn new(disk: Option<&Arc<Disk>>) -> Self {
        Self { disk: disk.cloned(), ..Self::default() }
    }

    /// Nothing but missing cells.
    pub fn missing(n: usize) -> Self {
        Self { tail: vec![f64::NAN; n], ..Self::default() }
    }

    pub fn push(&mut self, number: f64) {
        self.tail.push(number);
        if self.tail.len() == CHUNK
            && let Some(disk) = &self.disk
        {
            match disk.append(&self.tail) {
                Ok(start) => {
                    self.blocks.push(start);
                    self.tail.clear();
                }
                // Told at the end: the numbers stay here until then.
                Err(error) => (self.disk, self.failure) = (None, Some(error)),
            }
        }
    }

    /// What is handed out for the numbers that are stored.
    fn convert(&self, numbers: &mut [f64]) {
        self.conversion.apply(numbers);
        if self.in_logarithms {
            numbers.iter_mut().for_each(|number| *number = number.ln());
        }
    }

    /// Adds the numbers of another list with the same conversion, as they are stored.
    pub fn append(&mut self, other: &Numbers) -> Result<()> {
        for start in (0..other.len()).step_by(CHUNK) {
            let part = other.stored(start..other.len().min(start + CHUNK))?;
            part.into_iter().for_each(|number| self.push(number));
        }
        Ok(())
    }

    pub fn len(&self) -> usize {
        self.blocks.len() * CHUNK + self.tail.len()
    }

    /// Whether the first [`CHUNK`] numbers have at most `most` different values.
    pub fn has_few_values(&self, most: usize) -> bool {
        let mut different = HashSet::new();
        self.range(0..self.len().min(CHUNK)).is_ok_and(|first| {
            first.iter().filter(|value| !value.is_nan()).all(|value| {
                different.insert(value.to_bits());
                different.len() <= most
            })
        })
    }

    /// All numbers, to keep.
    pub fn into_memory(mut self) -> Result<Vec<f64>> {
        if !self.blocks.is_empty() {
            return self.range(0..self.len());
        }
        let mut numbers = std::mem::take(&mut self.tail);
        self.convert(&mut numbers);
        Ok(numbers)
    }

    /// What kept numbers from being written.
    pub fn check(&mut self) -> Result<()> {
        self.failure.take().map_or(Ok(()), |error| Err(cannot(&error)))
    }

    /// The numbers of `rows`.
    pub fn range(&self, rows: Range<usize>) -> Result<Vec<f64>> {
        let mut out = self.stored(rows)?;
        self.convert(&mut out);
        Ok(out)
    }

    fn stored(&self, rows: Range<usize>) -> Result<Vec<f64>> {
        let mut out = Vec::with_capacity(rows.len());
        let on_disk = self.blocks.len() * CHUNK;
        let mut at = rows.start;
        while at < rows.end.min(on_disk) {
            let (block, within) = (at / CHUNK, at % CHUNK);
            let count = (CHUNK - within).min(rows.end - at);
            let start = self.blocks[block] + (within * SIZE) as u64;
            self.disk
                .as_ref()
                .map_or(Ok(()), |disk| disk.read(start, count, &mut out))
                .map_err(|error| cannot(&error))?;
            at += count;
        }
        if at < rows.end {
            out.extend_from_slice(&self.tail[at - on_disk..rows.end - on_disk]);
        }
        Ok(out)
    }
}

fn cannot(error: &io::Error) -> Error {
    let place = format!("setting a long table aside in {}", env::temp_dir().display());
    Error::failure(place, error.to_string()).hint("8 bytes a number are needed there; TMPDIR names another folder")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_the_disk_as_they_went() {
        let disk = Arc::new(Disk::default());
        let (mut kept, mut set_aside, mut other) =
            (Numbers::new(None), Numbers::new(Some(&disk)), Numbers::new(Some(&disk)));
        let n = 2 * CHUNK + 123;
        for i in 0..n {
            let number = if i % 1000 == 7 { f64::NAN } else { (i as f64).sqrt() };
            kept.push(number);
            set_aside.push(number);
            other.push(-number);
        }
        let bits = |numbers: &[f64]| numbers.iter().map(|v| v.to_bits()).collect::<Vec<u64>>();
        assert_eq!((kept.blocks.len(), set_aside.blocks.len()), (0, 2));
        for range in [0..n, 0..1, CHUNK - 1..CHUNK + 1, CHUNK..2 * CHUNK, 2 * CHUNK - 5..n, n..n] {
            let (a, b) = (kept.range(range.clone()).unwrap(), set_aside.range(range.clone()).unwrap());
            assert_eq!(bits(&a), bits(&b), "{range:?}");
            assert_eq!(other.range(range).unwrap().len(), a.len());
        }
        assert_eq!(bits(&set_aside.into_memory().unwrap()), bits(&kept.into_memory().unwrap()));
    }
}
