//! ARFF, the format of Weka and OpenML: `@relation`, `@attribute` lines with a type, `@data`, and rows, dense or sparse.

use std::str;
use std::sync::Arc;

use skiplayer::{Error, Result};

use super::beginning::starts_with;
use super::cell;
use super::format::Format;
use super::gather::{Rows, gather_file};
use super::long::LongTable;
use super::names;
use super::numbers::Disk;
use super::options::ReadOptions;
use super::records::Record;
use super::source::Source;
use super::table_file::TableFile;

/// Reads the whole file. Nominal and text attributes are categories, `numeric`, `real` and `integer` are numbers, whatever
/// their cells look like.
pub fn read(source: &Source, options: &ReadOptions, disk: Option<&Arc<Disk>>) -> Result<TableFile<LongTable>> {
    let mut notes = Vec::new();
    let (attributes, skip) = attributes(source)?;
    let names = attributes.iter().map(|attribute| attribute.name.clone()).collect();
    let names = names::from_file(&source.name, names, &mut notes)?;
    let mut typed = options.clone();
    for (name, attribute) in names.iter().zip(&attributes) {
        let is_declared = options.categorical.contains(name) || options.numeric.contains(name);
        match attribute.kind {
            Kind::Category if !is_declared => typed.categorical.push(name.clone()),
            _ => {}
        }
    }
    let rows = ArffRows { source, attributes: &attributes, skip };
    gather_file(source, &rows, names, Format::Arff, &typed, disk, notes)
}

struct Attribute {
    name: String,
    kind: Kind,
    /// What a cell is that a sparse row leaves out: the first level, or zero.
    default: String,
}

#[derive(PartialEq)]
enum Kind {
    Number,
    Category,
    /// Dates are text for the rules of columns to look at.
    Open,
}

/// The attributes, and the number of the line `@data`.
fn attributes(source: &Source) -> Result<(Vec<Attribute>, usize)> {
    let mut attributes = Vec::new();
    let mut data_line = None;
    each_line(source, 0, &mut |number, line| {
        if starts_with(line.as_bytes(), "@data") {
            data_line = Some(number);
            return Ok(false);
        }
        if starts_with(line.as_bytes(), "@attribute") {
            attributes.push(attribute(&line["@attribute".len()..]).ok_or_else(|| {
                Error::input(format!("{}, line {number}", source.name), format!("the attribute {}", cell::quoted(line)))
                    .expected("a name and `numeric`, `string`, `date` or a list of values in braces")
            })?);
        }
        Ok(true)
    })?;
    match data_line {
        Some(line) if !attributes.is_empty() => Ok((attributes, line)),
        _ => Err(Error::input(&source.name, "an ARFF file without attributes or data")
            .expected("lines `@attribute name type`, `@data`, and rows")
            .hint("is the file cut off? Fetch or write it again")),
    }
}

/// `name type` behind `@attribute`.
fn attribute(text: &str) -> Option<Attribute> {
    let text = text.trim_start();
    let (name, rest) = word(text, |c| c.is_whitespace() || c == '{')?;
    let rest = rest.trim();
    if let Some(levels) = rest.strip_prefix('{') {
        let first = cells(levels.trim_end().trim_end_matches('}'))?.into_iter().next()?;
        return Some(Attribute { name, kind: Kind::Category, default: first });
    }
    let type_name = rest.split_whitespace().next()?.to_lowercase();
    let kind = match type_name.as_str() {
        "numeric" | "real" | "integer" => Kind::Number,
        "string" => Kind::Category,
        "date" => Kind::Open,
        _ => return None,
    };
    let default = if kind == Kind::Number { "0" } else { "" };
    Some(Attribute { name, kind, default: default.to_owned() })
}

struct ArffRows<'a> {
    source: &'a Source,
    attributes: &'a [Attribute],
    /// Lines above the rows.
    skip: usize,
}

impl Rows for ArffRows<'_> {
    fn each(&self, work: &mut dyn FnMut(&Record) -> Result<()>) -> Result<()> {
        each_line(self.source, self.skip, &mut |number, line| {
            let place = || format!("{}, line {number}", self.source.name);
            let found = match line.strip_prefix('{').and_then(|line| line.strip_suffix('}')) {
                Some(sparse) => self.sparse(sparse),
                None => {
                    let mut found = cells(line);
                    // A weight of the row may follow in braces.
                    if let Some(cells) = &mut found
                        && cells.len() == self.attributes.len() + 1
                        && cells.last().is_some_and(|last| last.starts_with('{') && last.ends_with('}'))
                    {
                        cells.pop();
                    }
                    found
                }
            };
            let cells = found.ok_or_else(|| {
                Error::input(place(), format!("the row {}", cell::quoted(line)))
                    .expected("cells separated by commas, or `{index value, …}` with indices of attributes from 0")
            })?;
            if cells.len() != self.attributes.len() {
                return Err(Error::input(place(), format!("{} cells", cells.len()))
                    .expected(format!("{}, one an attribute", self.attributes.len())));
            }
            work(&Record::of_cells(number, cells.iter().map(String::as_str)))?;
            Ok(true)
        })
    }
}

impl ArffRows<'_> {
    /// `index value` pairs; the rest is zero, or the first level.
    fn sparse(&self, text: &str) -> Option<Vec<String>> {
        let mut row: Vec<String> = self.attributes.iter().map(|attribute| attribute.default.clone()).collect();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (index, after) = rest.split_once(char::is_whitespace)?;
            let (value, after) = word(after.trim_start(), |c| c == ',')?;
            *row.get_mut(index.trim().parse::<usize>().ok()?)? = value;
            rest = after.trim_start().strip_prefix(',').unwrap_or("").trim_start();
        }
        Some(row)
    }
}

/// Cells between commas (or tabs), with or without quotes of either kind.
fn cells(text: &str) -> Option<Vec<String>> {
    let mut cells = Vec::new();
    let mut rest = text.trim();
    loop {
        let (cell, after) = word(rest.trim_start(), |c| c == ',' || c == '\t')?;
        cells.push(cell);
        let after = after.trim_start_matches(' ');
        match after.strip_prefix([',', '\t']) {
            Some(after) => rest = after,
            None if after.is_empty() => return Some(cells),
            None => return None,
        }
    }
}

/// The text up to what ends it, or between quotes, and the rest. A backslash keeps the next character.
fn word(text: &str, ends: impl Fn(char) -> bool) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let mut word = String::new();
    let mut characters = text.char_indices().skip(usize::from(quote.is_some()));
    while let Some((at, c)) = characters.next() {
        match quote {
            _ if c == '\\' => word.push(characters.next()?.1),
            Some(quote) if c == quote => return Some((word, &text[at + c.len_utf8()..])),
            None if ends(c) => return Some((word.trim_end().to_owned(), &text[at..])),
            _ => word.push(c),
        }
    }
    quote.is_none().then(|| (word.trim_end().to_owned(), ""))
}

/// Calls `work` with the number and text of every line after `skip` that is neither blank nor a comment, until it says that
/// no more are wanted.
fn each_line(source: &Source, skip: usize, work: &mut dyn FnMut(usize, &str) -> Result<bool>) -> Result<()> {
    source.each_line(&mut |number, bytes| {
        if number <= skip {
            return Ok(true);
        }
        let line = str::from_utf8(bytes)
            .map_err(|error| super::dialect::not_utf8(&source.name, number, &bytes[error.valid_up_to()..]))?
            .trim();
        if line.is_empty() || line.starts_with('%') { Ok(true) } else { work(number, line) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_cells_with_quotes() {
        assert_eq!(cells("1, 'a, b' ,\"say \\\"x\\\"\",?").unwrap(), ["1", "a, b", "say \"x\"", "?"]);
        assert_eq!(cells("it\\'s").unwrap(), ["it's"]);
        assert!(cells("'open").is_none());
        let attribute = attribute(" 'a name' {'first one', second}").unwrap();
        assert_eq!((attribute.name.as_str(), attribute.default.as_str()), ("a name", "first one"));
    }
}
