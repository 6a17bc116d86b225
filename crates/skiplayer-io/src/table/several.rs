//! One table in several files: named one by one, or all those of a folder, whose names may say more (`year=2024/part.parquet`).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use skiplayer::table::{Meaning, RowLines};
use skiplayer::{Error, Result};

use super::cell::{CellRules, DecimalMark};
use super::column::{GrowingColumn, Wanted};
use super::finish::finish;
use super::logarithms::take_logarithms;
use super::long::LongTable;
use super::numbers::Disk;
use super::stored::Stored;
use super::{ReadOptions, TableFile, read_one};

/// Endings of files that are taken from a folder; what is inside is told by the bytes, as always.
const ENDINGS: [&str; 13] =
    ["parquet", "pq", "arrow", "feather", "ipc", "csv", "tsv", "txt", "data", "jsonl", "ndjson", "arff", "svmlight"];
/// Endings of compressed files.
const PACKED: [&str; 5] = ["gz", "bz2", "xz", "zst", "br"];
/// What Hive and Spark write for a partition without a value.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// A file, and the columns that the folders above it stand for.
struct Part {
    path: PathBuf,
    partition: Vec<(String, String)>,
    /// So many of these are written in the path that was given: folders that may have another purpose.
    n_above: usize,
}

/// Reads all files into one table, in the order given; those of a folder by their names. Logarithms are taken of the whole.
pub fn read(paths: &[PathBuf], options: &ReadOptions, disk: Option<&Arc<Disk>>) -> Result<TableFile<LongTable>> {
    let mut read = read_as_stored(paths, options, disk)?;
    let listed: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    take_logarithms(&mut read, &options.logarithms, &listed.join(", "))?;
    Ok(read)
}

fn read_as_stored(paths: &[PathBuf], options: &ReadOptions, disk: Option<&Arc<Disk>>) -> Result<TableFile<LongTable>> {
    let parts = parts(paths)?;
    if let [only] = &parts[..]
        && only.partition.is_empty()
    {
        return read_one(&only.path, options, disk);
    }
    let read_all = |options: &ReadOptions| -> Result<Vec<TableFile<LongTable>>> {
        parts.iter().map(|part| read_one(&part.path, options, disk)).collect()
    };
    // Names that the folders stand for are in no file: options that speak of them are kept from the files.
    let partition: Vec<String> = parts[0].partition.iter().map(|(name, _)| name.clone()).collect();
    let mut of_files = options.clone();
    for list in [&mut of_files.categorical, &mut of_files.numeric, &mut of_files.known] {
        list.retain(|name| !partition.contains(name));
    }
    let mut files = read_all(&of_files)?;
    check_columns(&parts, &files)?;
    let differing = differing(&files);
    if !differing.is_empty() {
        of_files.categorical.extend(differing);
        files = read_all(&of_files)?;
    }
    put_together(&parts, files, options, disk)
}

/// The files that `paths` stand for.
fn parts(paths: &[PathBuf]) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut above: Vec<Vec<(String, String)>> = paths.iter().map(|path| levels_above(path)).collect();
    if !above.iter().all(|levels| levels.iter().map(|(key, _)| key).eq(above[0].iter().map(|(key, _)| key))) {
        // Folders that only some of the paths have say nothing of the others.
        above.iter_mut().for_each(Vec::clear);
    }
    for (path, mut partition) in paths.iter().zip(above) {
        if !path.is_dir() {
            let n_above = partition.len();
            parts.push(Part { path: path.clone(), partition, n_above });
            continue;
        }
        let before = parts.len();
        find(path, partition.len(), &mut partition, &mut parts)?;
        if parts.len() == before {
            return Err(Error::input(path.display().to_string(), "a folder without a table")
                .expected(format!("files whose names end in {}", ENDINGS.join(", ")))
                .hint("name the file inside it"));
        }
    }
    let names = |part: &Part| part.partition.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    if let Some(other) = parts.iter().find(|part| names(part) != names(&parts[0])) {
        let listed = |part: &Part| format!("the folders {:?}", names(part));
        return Err(Error::input(other.path.display().to_string(), listed(other)).expected(format!(
            "{} as for {}",
            listed(&parts[0]),
            parts[0].path.display()
        )));
    }
    Ok(parts)
}

/// What the folders that are named in `path` stand for: itself, and those above as far as they are written.
fn levels_above(path: &Path) -> Vec<(String, String)> {
    let folder = if path.is_dir() { Some(path) } else { path.parent() };
    let names = folder.into_iter().flat_map(Path::components).map(|folder| folder.as_os_str().to_string_lossy());
    names.filter_map(|name| level(&name)).collect()
}

/// The column and its value that a folder called `name` stands for, if it does.
fn level(name: &str) -> Option<(String, String)> {
    name.split_once('=').map(|(key, value)| (key.to_owned(), decoded(value)))
}

/// Files below `folder`, by name; hidden ones and those of the writer (`_SUCCESS`) are none.
fn find(folder: &Path, n_above: usize, partition: &mut Vec<(String, String)>, parts: &mut Vec<Part>) -> Result<()> {
    let unreadable = |error: std::io::Error| {
        Error::input(folder.display().to_string(), format!("a folder that cannot be read ({error})"))
            .expected("a readable folder")
    };
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(unreadable)?;
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(['.', '_']) {
            continue;
        }
        if path.is_dir() {
            let n = partition.len();
            partition.extend(level(&name));
            find(&path, n_above, partition, parts)?;
            partition.truncate(n);
        } else if is_table(&name) {
            parts.push(Part { path, partition: partition.clone(), n_above });
        }
    }
    Ok(())
}

fn is_table(name: &str) -> bool {
    let mut endings = name.rsplit('.').map(str::to_lowercase);
    let last = endings.next().unwrap_or_default();
    let last = if PACKED.contains(&last.as_str()) { endings.next().unwrap_or_default() } else { last };
    name.contains('.') && ENDINGS.contains(&last.as_str())
}

/// `%3A` in the name of a folder is `:`.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Whether all files have the columns of the first.
fn check_columns(parts: &[Part], files: &[TableFile<LongTable>]) -> Result<()> {
    let names =
        |file: &TableFile<LongTable>| -> BTreeSet<String> { file.table.column_names().map(str::to_owned).collect() };
    let first = names(&files[0]);
    for (part, file) in parts.iter().zip(files).skip(1) {
        let own = names(file);
        let place = || part.path.display().to_string();
        if let Some(missing) = first.difference(&own).next() {
            return Err(Error::input(place(), format!("no column `{missing}`"))
                .expected(format!("the columns of {}", parts[0].path.display())));
        }
        if let Some(more) = own.difference(&first).next() {
            return Err(Error::input(place(), format!("the column `{more}`"))
                .expected(format!("the columns of {} and no others", parts[0].path.display())));
        }
    }
    Ok(())
}

/// Columns that are numbers in one file and categories in another.
fn differing(files: &[TableFile<LongTable>]) -> Vec<String> {
    let kinds = |name: &str| files.iter().map(|file| file.table.is_numeric(name)).collect::<BTreeSet<_>>();
    files[0].table.column_names().filter(|name| kinds(name).len() > 1).map(str::to_owned).collect()
}

fn put_together(
    parts: &[Part],
    files: Vec<TableFile<LongTable>>,
    options: &ReadOptions,
    disk: Option<&Arc<Disk>>,
) -> Result<TableFile<LongTable>> {
    let counts: Vec<usize> = files.iter().map(|file| file.table.len()).collect();
    let mut notes = Vec::new();
    if files.len() > 1 {
        notes.push(format!(
            "{} files make up the table, from {} ({} rows) to {} ({} rows)",
            files.len(),
            parts[0].path.display(),
            counts[0],
            parts[parts.len() - 1].path.display(),
            counts[counts.len() - 1]
        ));
    }
    let mut files = files.into_iter();
    let mut whole = files.next().ok_or_else(|| Error::failure("reading", "no file"))?;
    // What holds of all files is said once.
    let mut said: BTreeSet<String> = whole.notes.iter().cloned().collect();
    notes.append(&mut whole.notes);
    for (file, part) in files.zip(&parts[1..]) {
        let units = file.rules.clone();
        let names: Vec<String> = whole.table.column_names().map(str::to_owned).collect();
        whole.rules.check_units(&units, &part.path.display().to_string(), &names)?;
        whole.table.append(file.table)?;
        for note in file.notes {
            if said.insert(note.clone()) {
                notes.push(format!("{}: {note}", part.path.display()));
            }
        }
        whole.fingerprint =
            super::source::fingerprint_of(whole.fingerprint.as_bytes().iter().chain(file.fingerprint.as_bytes()));
    }
    let rules = Arc::new(CellRules::new(None, Some(DecimalMark::Point)));
    for (k, (name, _)) in parts[0].partition.iter().enumerate() {
        if k < parts[0].n_above && whole.table.is_numeric(name).is_some() {
            continue;
        }
        notes.push(format!("column `{name}` is made of the names of the folders"));
        let wanted = if options.categorical.contains(name) { Wanted::Categories } else { Wanted::Either };
        let mut column = GrowingColumn::new(wanted, wanted != Wanted::Either, &rules, disk);
        let mut push = |again: bool| {
            for (part, &count) in parts.iter().zip(&counts) {
                let value = match part.partition[k].1.as_str() {
                    NO_VALUE => "",
                    value => value,
                };
                (0..count).for_each(|_| if again { column.push_again(value) } else { column.push_text(value) });
            }
            column.needs_second_reading().then(|| column.start_second_reading()).is_some()
        };
        if push(false) {
            push(true);
        }
        let stored = if wanted == Wanted::Either { Stored::Text } else { Stored::As(Meaning::CATEGORY) };
        let (place, lines) = ("the names of folders", RowLines::default());
        let (column, _) = finish(place, name.clone(), column, &stored, options.dates, &lines, &mut notes)?;
        whole.table.add(column)?;
    }
    whole.lines = RowLines::default();
    whole.notes = notes;
    Ok(whole)
}
