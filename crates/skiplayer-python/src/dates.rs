//! Dates in the columns of a fit, found as the reader of files finds them, so that a frame and its file are one table.

use skiplayer::table::dates::{self, DAY, FEWEST_COMPACT, Reading, UTC};
use skiplayer::table::{Column, MISSING, Meaning, Values};
use skiplayer_io::{DecimalMark, NumberSpelling};

use crate::meaning::{TEXT, WHOLE};

/// The column as it means: timestamps that are midnight throughout are dates, numbers such as 20240226 too, and so may text be.
///
/// `word` is what levels are; what is not obvious goes into `notes`.
pub fn found(mut column: Column, word: &str, notes: &mut Vec<String>) -> Column {
    let name = column.name.clone();
    let (values, meaning) = match (column.values, column.meaning) {
        (Values::Numeric(seconds), Meaning::Timestamp { zone, written })
            if zone.as_deref().is_none_or(|zone| zone == UTC) && all(&seconds, |second| second % DAY == 0.0) =>
        {
            column.origin.was_timestamp = true;
            let days = seconds.into_iter().map(|second| second / DAY).collect();
            (Values::Numeric(days), Meaning::Date { written })
        }
        (Values::Numeric(numbers), Meaning::Number) if are_compact(&numbers) => {
            let days: Vec<f64> = numbers.into_iter().map(|number| dates::compact(number).unwrap_or(f64::NAN)).collect();
            let first = days.iter().find(|day| !day.is_nan()).map_or_else(String::new, |day| dates::date_text(*day));
            notes.push(format!(
                "column `{name}`: numbers of eight digits that are all days of the calendar are read as dates, the first as \
                 {first}"
            ));
            (Values::Numeric(days), Meaning::Date { written: None })
        }
        (Values::Categorical { codes, levels }, Meaning::Category { is_ordered: false }) if word == TEXT => {
            match dates::read(levels.iter().map(String::as_str), None) {
                Reading::Times { values, meaning } => {
                    if let Some(order) = meaning.written() {
                        let (first, order) = (levels.first().map_or("", String::as_str), order.name());
                        let date = values.first().map_or_else(String::new, |value| meaning.text(*value));
                        notes.push(format!("column `{name}`: dates are read as {order}, `{first}` as {date}"));
                    }
                    let number = |code: u32| if code == MISSING { f64::NAN } else { values[code as usize] };
                    (Values::Numeric(codes.into_iter().map(number).collect()), meaning)
                }
                reading => {
                    match reading {
                        Reading::Ambiguous { example } => column.origin.ambiguous_date = Some(example),
                        _ => notes.extend(numbers_as_text(&name, &codes, &levels)),
                    }
                    (Values::Categorical { codes, levels }, Meaning::CATEGORY)
                }
            }
        }
        (Values::Categorical { codes, levels }, meaning) if word == WHOLE => {
            notes.push(format!(
                "column `{name}`: whole numbers beyond 2^53 such as {} are read as names (categories), as some would be equal \
                 as numbers",
                levels.first().map_or("", String::as_str)
            ));
            (Values::Categorical { codes, levels }, meaning)
        }
        as_it_is => as_it_is,
    };
    Column { name, values, meaning, origin: column.origin }
}

/// Whether the numbers are days such as 20240226, several of them.
fn are_compact(numbers: &[f64]) -> bool {
    let mut different: Vec<f64> = Vec::new();
    let are_dates = all(numbers, |number| {
        if different.len() < FEWEST_COMPACT && !different.contains(&number) {
            different.push(number);
        }
        dates::compact(number).is_some()
    });
    are_dates && different.len() == FEWEST_COMPACT
}

/// Whether `test` holds for all numbers that are there, and there is one.
fn all(numbers: &[f64], test: impl FnMut(f64) -> bool) -> bool {
    let mut present = numbers.iter().copied().filter(|number| !number.is_nan()).peekable();
    present.peek().is_some() && present.all(test)
}

/// What is said of text that is numbers: a file says so too, and text in a frame stays text there as well.
fn numbers_as_text(name: &str, codes: &[u32], levels: &[String]) -> Option<String> {
    let mut counts = vec![0; levels.len()];
    codes.iter().filter(|&&code| code != MISSING).for_each(|&code| counts[code as usize] += 1);
    let counted = || levels.iter().map(String::as_str).zip(counts.iter().copied());
    let spelling = NumberSpelling::of_most(counted(), DecimalMark::Point)?;
    let n_numbers: usize = counted().filter(|(text, _)| spelling.read(text).is_some()).map(|(_, n)| n).sum();
    let n: usize = counts.iter().sum();
    (n_numbers * 10 >= n * 9).then(|| {
        let how = if spelling.is_plain() { String::new() } else { format!(" with {}", spelling.describe()) };
        format!("column `{name}` is text, though {n_numbers} of {n} cells are numbers{how}: make it numbers if it is")
    })
}
