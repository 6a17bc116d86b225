//! JSON lines: one object a line, whose keys are the columns.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use skiplayer::{Error, Result};

use super::format::Format;
use super::gather::{Rows, gather_file};
use super::json_object::Object;
use super::long::LongTable;
use super::names;
use super::numbers::Disk;
use super::options::ReadOptions;
use super::records::Record;
use super::source::Source;
use super::table_file::TableFile;

/// Reads the whole file. Columns come in the order in which their keys appear; a key that a line lacks is a missing cell.
pub fn read(source: &Source, options: &ReadOptions, disk: Option<&Arc<Disk>>) -> Result<TableFile<LongTable>> {
    let mut notes = Vec::new();
    let (keys, nested) = keys(source)?;
    for (key, line, what) in &nested {
        notes.push(format!(
            "column `{key}` is set aside: line {line} holds {what} in it, which is neither number nor text"
        ));
    }
    let names = names::from_file(&source.name, keys.clone(), &mut notes)?;
    let rows = JsonLines { source, keys: &keys, index: keys.iter().map(String::as_str).zip(0..).collect() };
    gather_file(source, &rows, names, Format::JsonLines, options, disk, notes)
}

struct JsonLines<'a> {
    source: &'a Source,
    keys: &'a [String],
    /// Number of the column of each key.
    index: HashMap<&'a str, usize>,
}

impl Rows for JsonLines<'_> {
    fn each(&self, work: &mut dyn FnMut(&Record) -> Result<()>) -> Result<()> {
        each_object(self.source, &mut |line, object| {
            let mut cells = vec![Cow::Borrowed(""); self.keys.len()];
            for (key, value) in object {
                if let Some(&column) = self.index.get(key.as_str()) {
                    cells[column] = cell(value);
                }
            }
            work(&Record::of_cells(line, cells.iter().map(Cow::as_ref)))
        })
    }
}

/// A key, the line of a value of it that is no cell, and what that is.
type NoCell = (String, usize, &'static str);

/// What is done with an object: its line and members.
type Work<'a> = dyn FnMut(usize, &[(String, Value)]) -> Result<()> + 'a;

/// The keys of all objects, and those set aside, with a line and the kind of value that is no cell.
fn keys(source: &Source) -> Result<(Vec<String>, Vec<NoCell>)> {
    let mut keys: Vec<String> = Vec::new();
    let mut index: HashMap<String, Option<(usize, &'static str)>> = HashMap::new();
    each_object(source, &mut |line, object| {
        for (key, value) in object {
            let what = match value {
                Value::Array(_) => Some((line, "a list")),
                Value::Object(_) => Some((line, "an object")),
                _ => None,
            };
            match index.get_mut(key) {
                Some(known) => *known = known.or(what),
                None => {
                    index.insert(key.clone(), what);
                    keys.push(key.clone());
                }
            }
        }
        Ok(())
    })?;
    let nested = |key: &String| index.get(key).copied().flatten().map(|(line, what)| (key.clone(), line, what));
    let set_aside: Vec<_> = keys.iter().filter_map(nested).collect();
    keys.retain(|key| nested(key).is_none());
    if keys.is_empty() {
        return Err(Error::input(&source.name, "objects without a number or text").expected("at least one column"));
    }
    Ok((keys, set_aside))
}

fn each_object(source: &Source, work: &mut Work) -> Result<()> {
    source.each_line(&mut |line, bytes| {
        if bytes.trim_ascii().is_empty() {
            return Ok(true);
        }
        let Object(object) = serde_json::from_slice(bytes).map_err(|error| {
            Error::input(format!("{}, line {line}", source.name), format!("what is no JSON object ({error})"))
                .expected("one object a line, such as {\"x\": 1.5, \"kind\": \"a\"}")
        })?;
        work(line, &object)?;
        Ok(true)
    })
}

fn cell(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Null => Cow::Borrowed(""),
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        other => Cow::Owned(other.to_string()),
    }
}
