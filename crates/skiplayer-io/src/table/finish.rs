//! A column that has been read to its end: what its cells mean, now that all of them are known.

use skiplayer::Result;
use skiplayer::table::{CHUNK, MISSING, Meaning, Origin, RowLines, dates, dates::DayOrder};

use super::cell;
use super::column::{Cells, Finished, GrowingColumn};
use super::numbers::{Conversion, Numbers};
use super::spelling::NumberSpelling;
use super::stored::Stored;

/// Texts that are looked at for dates among them.
const MOST_LOOKED_AT: usize = 1000;
/// Fewer texts show no rule that some of them break.
const FEWEST_TIMES: usize = 10;

/// A column that is complete.
#[derive(Debug)]
pub struct FinishedColumn {
    pub name: String,
    pub cells: Cells,
    pub meaning: Meaning,
    pub origin: Origin,
}

impl FinishedColumn {
    /// The remark on a column of whole numbers that are read as names.
    pub fn note_of_levels(&self) -> String {
        let example = match &self.cells {
            Cells::Categories { levels, .. } => levels.first().map_or("", String::as_str),
            _ => "",
        };
        format!(
            "column `{}`: whole numbers beyond 2^53 such as {example} are read as names (categories), as some would be equal as \
             numbers",
            self.name
        )
    }
}

/// The cells of column `name` of `file` with their meaning, and remarks on what was not obvious.
pub fn finish(
    file: &str,
    name: String,
    column: GrowingColumn,
    stored: &Stored,
    dates_are: Option<DayOrder>,
    lines: &RowLines,
    notes: &mut Vec<String>,
) -> Result<(FinishedColumn, Option<NumberSpelling>)> {
    let mut origin = Origin { missing_word: column.missing_word(), ..Origin::default() };
    let is_exact = column.is_exact();
    let Finished { cells, spelling } = column.finish(file, &name, lines, notes)?;
    let (cells, meaning) = match (cells, stored) {
        // Midnight of universal time is none elsewhere: instants of another zone stay instants.
        (Cells::Numbers(mut numbers), Stored::As(Meaning::Timestamp { zone, written }))
            if zone.as_deref().is_none_or(|zone| zone == dates::UTC) && is_midnight(&numbers)? =>
        {
            numbers.conversion = Conversion::Days;
            origin.was_timestamp = true;
            (Cells::Numbers(numbers), Meaning::Date { written: *written })
        }
        (Cells::Numbers(numbers), Stored::As(meaning)) if !is_levels(meaning) => {
            (Cells::Numbers(numbers), meaning.clone())
        }
        (Cells::Numbers(mut numbers), Stored::Numbers | Stored::Text) if are_compact_dates(&numbers)? => {
            let example = numbers.range(0..1)?.first().copied().and_then(dates::compact).map(dates::date_text);
            numbers.conversion = Conversion::CompactDates;
            notes.push(format!(
                "column `{name}`: numbers of eight digits that are all days of the calendar are read as dates{}",
                example.map_or_else(String::new, |date| format!(", the first as {date}"))
            ));
            (Cells::Numbers(numbers), Meaning::Date { written: None })
        }
        (Cells::Numbers(numbers), _) => (Cells::Numbers(numbers), Meaning::Number),
        (Cells::Categories { codes, levels }, _) if is_truth(&levels) => {
            (Cells::Categories { codes, levels }, Meaning::Truth)
        }
        (Cells::Categories { codes, levels }, Stored::Text) => {
            match dates::read(levels.iter().map(String::as_str), dates_are) {
                dates::Reading::Times { values, meaning } => {
                    if let Some(order) = meaning.written() {
                        let (first, example) = (order.name(), levels.first().map_or("", String::as_str));
                        let date = values.first().map_or_else(String::new, |value| meaning.text(*value));
                        notes.push(format!("column `{name}`: dates are read as {first}, `{example}` as {date}"));
                    }
                    (Cells::Coded { codes, values }, meaning)
                }
                reading => {
                    match reading {
                        dates::Reading::Ambiguous { example } => origin.ambiguous_date = Some(example),
                        _ => notes.extend(stray_among_times(&name, &levels)),
                    }
                    (Cells::Categories { codes, levels }, Meaning::CATEGORY)
                }
            }
        }
        (Cells::Categories { codes, levels }, Stored::As(Meaning::Category { is_ordered })) => {
            (Cells::Categories { codes, levels }, Meaning::Category { is_ordered: *is_ordered })
        }
        (cells, _) => (cells, Meaning::CATEGORY),
    };
    let column = FinishedColumn { name, cells, meaning, origin };
    if is_exact {
        notes.push(column.note_of_levels());
    }
    Ok((column, spelling))
}

/// What is said if nearly all of the texts are dates or times, so that a few of them, or two ways of writing, make the column
/// categories.
fn stray_among_times(name: &str, levels: &[String]) -> Option<String> {
    let some = &levels[..levels.len().min(MOST_LOOKED_AT)];
    let strays: Vec<&String> = some.iter().filter(|level| !dates::is_time(level)).collect();
    if some.len() < FEWEST_TIMES || strays.len() * 10 > some.len() {
        return None;
    }
    let what = match strays.first() {
        Some(stray) => format!(
            "{} of {} different texts are dates or times and the others, such as {}, are not: all are read as categories; mend \
             these cells or leave them empty",
            some.len() - strays.len(),
            some.len(),
            cell::quoted(stray)
        ),
        None => {
            let are_unlike = |first: &String, other: &String| {
                matches!(dates::read([first.as_str(), other.as_str()].into_iter(), None), dates::Reading::Text)
            };
            let unlike = |first| some.iter().find(|other| are_unlike(first, other)).map(|other| (first, other));
            let (first, other) = some.iter().find_map(unlike)?;
            format!(
                "dates or times are written in several ways, such as {} and {}: read as categories; write them alike",
                cell::quoted(first),
                cell::quoted(other)
            )
        }
    };
    Some(format!("column `{name}`: {what}"))
}

fn is_levels(meaning: &Meaning) -> bool {
    matches!(meaning, Meaning::Truth | Meaning::Category { .. })
}

fn is_truth(levels: &[String]) -> bool {
    !levels.is_empty() && levels.iter().all(|level| level == "true" || level == "false")
}

/// Whether all timestamps are midnight: those are dates, whichever program wrote them.
fn is_midnight(numbers: &Numbers) -> Result<bool> {
    all(numbers, |seconds| seconds % dates::DAY == 0.0)
}

/// Whether the numbers are days such as 20240226, several of them.
fn are_compact_dates(numbers: &Numbers) -> Result<bool> {
    let mut different: Vec<f64> = Vec::new();
    let are_dates = all(numbers, |number| {
        if different.len() < dates::FEWEST_COMPACT && !different.contains(&number) {
            different.push(number);
        }
        dates::compact(number).is_some()
    })?;
    Ok(are_dates && different.len() == dates::FEWEST_COMPACT)
}

/// Whether `test` holds for all numbers that are not missing, and there is one. Stops at the first that fails.
fn all(numbers: &Numbers, mut test: impl FnMut(f64) -> bool) -> Result<bool> {
    let mut any = false;
    for start in (0..numbers.len()).step_by(CHUNK) {
        let part = numbers.range(start..numbers.len().min(start + CHUNK))?;
        let mut present = part.into_iter().filter(|number| !number.is_nan()).peekable();
        any |= present.peek().is_some();
        if !present.all(&mut test) {
            return Ok(false);
        }
    }
    Ok(any)
}

/// The number of each coded cell.
pub fn decoded(codes: &[u32], values: &[f64]) -> Vec<f64> {
    let number =
        |&code: &u32| if code == MISSING { f64::NAN } else { values.get(code as usize).copied().unwrap_or(f64::NAN) };
    codes.iter().map(number).collect()
}
