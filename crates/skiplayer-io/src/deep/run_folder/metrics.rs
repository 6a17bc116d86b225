//! A file of JSON objects, one a line, that grows; and the same as a table for other programs.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use skiplayer::{Error, Result};

use super::missing::cannot_read;
use crate::table::{OutputColumn, to_csv};
use crate::write_atomic;

/// What every record has.
#[derive(Deserialize)]
struct Step {
    step: u64,
}

/// Adds one line, in one write. A torn line before it is ended first, so that it does not take the new one with it.
pub fn append(path: &Path, record: &impl Serialize) -> Result<()> {
    let failed = |error: String| Error::failure(format!("writing {}", path.display()), error);
    let mut line = serde_json::to_vec(record).map_err(|error| failed(error.to_string()))?;
    line.push(b'\n');
    let mut write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        if file.seek(SeekFrom::End(0))? > 0 {
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != [b'\n'] {
                line.insert(0, b'\n');
            }
        }
        file.write_all(&line)
    };
    write().map_err(|error| failed(error.to_string()))
}

/// All records.
pub fn read<R: DeserializeOwned>(path: &Path) -> Result<Vec<R>> {
    records(path, &text(path)?)?.into_iter().map(|(_, record)| Ok(record)).collect()
}

/// Leaves records up to `step`.
pub fn rewind(path: &Path, step: u64) -> Result<()> {
    let text = text(path)?;
    let kept: String = records::<Step>(path, &text)?
        .into_iter()
        .filter(|(_, record)| record.step <= step)
        .flat_map(|(line, _)| [line, "\n"])
        .collect();
    if kept == text { Ok(()) } else { write_atomic(path, kept.as_bytes()) }
}

/// Writes all records as CSV to `table`: a column for each field, fields of objects inside of records as `object.field`; cells are empty where
/// a record has none.
pub fn tabulate(path: &Path, table: &Path) -> Result<()> {
    let mut names: Vec<String> = Vec::new();
    let mut rows: Vec<Vec<(String, String)>> = Vec::new();
    for Fields(fields) in read::<Fields>(path)? {
        let cells: Vec<(String, String)> = fields.into_iter().flat_map(|(name, value)| cells(name, value)).collect();
        names.extend(
            cells.iter().map(|(name, _)| name).filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>(),
        );
        rows.push(cells);
    }
    let column = |name: String| {
        let cell =
            |row: &Vec<(String, String)>| row.iter().find(|(other, _)| *other == name).map(|(_, cell)| cell.clone());
        let cells = rows.iter().map(|row| cell(row).unwrap_or_default()).collect();
        (name, OutputColumn::Text(cells))
    };
    let columns: Vec<(String, OutputColumn)> = names.into_iter().map(column).collect();
    write_atomic(table, to_csv(&columns)?.as_bytes())
}

/// The fields of a record in the order in which they were written.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Fields, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}

fn cells(name: String, value: Value) -> Vec<(String, String)> {
    match value {
        Value::Null => vec![(name, String::new())],
        Value::String(text) => vec![(name, text)],
        Value::Object(fields) => {
            fields.into_iter().flat_map(|(field, value)| cells(format!("{name}.{field}"), value)).collect()
        }
        other => vec![(name, other.to_string())],
    }
}

fn text(path: &Path) -> Result<String> {
    match fs::read(path) {
        // Half a character can only be in a torn line.
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(cannot_read(path, &error)),
    }
}

/// Lines and what they say. A line that is not whole JSON was torn, and is passed over; one that is must make sense.
fn records<'a, R: DeserializeOwned>(path: &Path, text: &'a str) -> Result<Vec<(&'a str, R)>> {
    let mut records = Vec::new();
    for (i, line) in text.lines().enumerate() {
        match serde_json::from_str(line) {
            Ok(record) => records.push((line, record)),
            Err(error) if error.is_eof() => {}
            Err(error) => {
                return Err(Error::input(
                    format!("{}, line {}", path.display(), i + 1),
                    format!("a record that makes no sense ({error})"),
                )
                .expected("lines as they were written")
                .hint("was the file edited, or written by another version of the program? Delete that line"));
            }
        }
    }
    Ok(records)
}
