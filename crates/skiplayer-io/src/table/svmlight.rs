//! svmlight, also called libsvm: `label index:value index:value …`, what is left out is zero.

use std::str;
use std::sync::Arc;

use skiplayer::{Error, Result};

use super::beginning::pair;
use super::cell;
use super::format::Format;
use super::gather::{Rows, gather_file};
use super::long::LongTable;
use super::numbers::Disk;
use super::options::ReadOptions;
use super::records::Record;
use super::source::Source;
use super::table_file::TableFile;

/// More columns than this are a sparse matrix, not a table.
const MOST_COLUMNS: usize = 100_000;

/// Reads the whole file. The label is the column `target`, the others are called `x1`, `x2`, … by their indices.
pub fn read(source: &Source, options: &ReadOptions, disk: Option<&Arc<Disk>>) -> Result<TableFile<LongTable>> {
    let mut notes = Vec::new();
    let (mut smallest, mut largest) = (usize::MAX, 0);
    each_row(source, &mut |_, _, pairs| {
        for &(index, _) in pairs {
            (smallest, largest) = (smallest.min(index), largest.max(index));
        }
        Ok(())
    })?;
    if largest > MOST_COLUMNS {
        return Err(Error::input(&source.name, format!("the index {largest}"))
            .expected(format!("at most {MOST_COLUMNS} columns"))
            .hint("choose columns before fitting"));
    }
    // Indices start at 1, or in some programs at 0.
    let first = smallest.min(1);
    let names: Vec<String> =
        std::iter::once("target".to_owned()).chain((first..=largest).map(|index| format!("x{index}"))).collect();
    notes.push(format!("svmlight: the label is the column `target`, the others are `x{first}` to `x{largest}`"));
    let rows = SvmRows { source, first, n: names.len() - 1 };
    gather_file(source, &rows, names, Format::Svmlight, options, disk, notes)
}

struct SvmRows<'a> {
    source: &'a Source,
    first: usize,
    n: usize,
}

impl Rows for SvmRows<'_> {
    fn each(&self, work: &mut dyn FnMut(&Record) -> Result<()>) -> Result<()> {
        each_row(self.source, &mut |line, label, pairs| {
            let mut cells = vec!["0"; self.n];
            for &(index, value) in pairs {
                cells[index - self.first] = value;
            }
            work(&Record::of_cells(line, std::iter::once(label).chain(cells)))
        })
    }
}

/// Line, label, and indices with their values.
type Work<'a> = &'a mut dyn FnMut(usize, &str, &[(usize, &str)]) -> Result<()>;

fn each_row(source: &Source, work: Work) -> Result<()> {
    source.each_line(&mut |line, bytes| {
        let row = bytes.split(|&byte| byte == b'#').next().unwrap_or_default().trim_ascii();
        if row.is_empty() {
            return Ok(true);
        }
        let wrong = |word: &[u8]| {
            Error::input(format!("{}, line {line}", source.name), cell::quoted(&String::from_utf8_lossy(word)))
                .expected("a label and `index:value`, with indices that are whole numbers")
        };
        let mut words = row.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let label = words.next().unwrap_or_default();
        let label = str::from_utf8(label).map_err(|_| wrong(label))?;
        let mut pairs = Vec::new();
        // A query identifier, which ranking programs write, is no column.
        for word in words.filter(|word| !word.starts_with(b"qid:")) {
            pairs.push(pair(word).ok_or_else(|| wrong(word))?);
        }
        work(line, label, &pairs)?;
        Ok(true)
    })
}
