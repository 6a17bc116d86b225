//! Dates and times as people and programs write them: text to days and seconds, for whole columns at a time.
//!
//! One cell can be misread (is 03/04/2024 in March or in April?), so the cells of a column decide together: a thirteenth month
//! anywhere says that months stand in the second place everywhere. Impossible dates (2024-02-31) are no dates.

use super::meaning::Meaning;

pub use super::gregorian::{
    DAY, DayOrder, FEWEST_COMPACT, UTC, calendar, compact, date_text, day_number, seconds, time_text, timestamp_text,
    zone,
};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// Of a second.
const NANOSECONDS: i128 = 1_000_000_000;
const NANOSECONDS_OF_A_DAY: i128 = 86_400 * NANOSECONDS;
/// Two digits of a year from here on are of the last century, as in POSIX.
const LAST_CENTURY: i64 = 69;

/// What the texts of a column turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Not all of them are dates, times or durations.
    Text,
    /// One number a text.
    Times { values: Vec<f64>, meaning: Meaning },
    /// Dates whose day and month cannot be told apart in any text; the first of them.
    Ambiguous { example: String },
}

/// Reads all `texts` as dates, timestamps, times of day or durations, whichever they all are.
///
/// `order` settles dates whose day and month no text tells apart. Timestamps that are midnight throughout are dates.
///
/// # Complexity
/// Linear in the texts; the first that is none of these ends it.
pub fn read<'a>(texts: impl Iterator<Item = &'a str> + Clone, order: Option<DayOrder>) -> Reading {
    if texts.clone().next().is_none() {
        return Reading::Text;
    }
    // One digit an hour may be a score, `1:30`, where no other cell shows that it is not.
    if texts.clone().any(|text| text.trim().find(':') == Some(2))
        && let Some(values) = texts.clone().map(time_of_day).collect::<Option<Vec<f64>>>()
    {
        return Reading::Times { values, meaning: Meaning::TimeOfDay };
    }
    if let Some(values) = texts.clone().map(long_clock).collect::<Option<Vec<f64>>>() {
        let is_span = values.iter().any(|seconds| *seconds >= DAY);
        return Reading::Times { values, meaning: if is_span { Meaning::Duration } else { Meaning::TimeOfDay } };
    }
    if let Some(values) = texts.clone().map(duration).collect::<Option<Vec<f64>>>() {
        return Reading::Times { values, meaning: Meaning::Duration };
    }
    let Some(moments) = texts.clone().map(moment).collect::<Option<Vec<Moment>>>() else { return Reading::Text };
    let allows = |order| moments.iter().all(|moment| moment.date.day_number(order).is_some());
    let (day_month, month_day) = (allows(DayOrder::DayMonth), allows(DayOrder::MonthDay));
    let is_open = moments.iter().any(|moment| matches!(moment.date, Written::Open { .. }));
    let settled = match (day_month, month_day) {
        (false, false) => return Reading::Text,
        (true, false) => DayOrder::DayMonth,
        (false, true) => DayOrder::MonthDay,
        (true, true) => match order {
            Some(order) => order,
            None => {
                // Where both readings are one day nothing has to be asked.
                let differs = |moment: &Moment| {
                    moment.date.day_number(DayOrder::DayMonth) != moment.date.day_number(DayOrder::MonthDay)
                };
                if let Some(at) = moments.iter().position(differs) {
                    return Reading::Ambiguous { example: texts.clone().nth(at).unwrap_or_default().to_owned() };
                }
                DayOrder::DayMonth
            }
        },
    };
    let written = is_open.then_some(settled);
    let zoned = moments.iter().filter(|moment| moment.offset.is_some()).count();
    if zoned > 0 && zoned < moments.len() {
        return Reading::Text;
    }
    let days = |moment: &Moment| moment.date.day_number(settled).unwrap_or_default();
    if moments.iter().all(|moment| moment.clock.unwrap_or(0) == 0 && moment.offset.unwrap_or(0) == 0) {
        return Reading::Times {
            values: moments.iter().map(|moment| days(moment) as f64).collect(),
            meaning: Meaning::Date { written },
        };
    }
    // Whole nanoseconds until the end: so an instant is the same number as where it is not stored as text.
    let seconds = |moment: &Moment| {
        let local = i128::from(days(moment)) * NANOSECONDS_OF_A_DAY + moment.clock.unwrap_or(0);
        seconds(local - moment.offset.unwrap_or(0) * NANOSECONDS)
    };
    let zone = moments[0].offset.map(|first| {
        if moments.iter().all(|moment| moment.offset == Some(0)) {
            UTC.to_owned()
        } else if moments.iter().all(|moment| moment.offset == Some(first)) {
            format!("UTC{:+}", first as f64 / 3600.0)
        } else {
            "several offsets from UTC".to_owned()
        }
    });
    Reading::Times { values: moments.iter().map(seconds).collect(), meaning: Meaning::Timestamp { zone, written } }
}

/// Reads one text of a column that is known to be of `meaning`, and what the text is by itself.
pub fn read_as(text: &str, meaning: &Meaning) -> Option<(f64, Meaning)> {
    let is_alone = match meaning {
        Meaning::TimeOfDay => time_of_day(text),
        Meaning::Duration => long_clock(text),
        _ => None,
    };
    match is_alone {
        Some(seconds) => Some((seconds, meaning.clone())),
        None => match read(std::iter::once(text), meaning.written()) {
            Reading::Times { values, meaning } => values.first().map(|value| (*value, meaning)),
            _ => None,
        },
    }
}

/// Whether a text is a date, a time or a duration by itself.
pub fn is_time(text: &str) -> bool {
    is_date(text) || [time_of_day, long_clock, duration].iter().any(|read| read(text).is_some())
}

/// Whether a text is a date or a timestamp by itself.
pub fn is_date(text: &str) -> bool {
    moment(text).is_some_and(|moment| {
        [DayOrder::DayMonth, DayOrder::MonthDay].iter().any(|order| moment.date.day_number(*order).is_some())
    })
}

/// A date, and the time of day and offset beside it.
struct Moment {
    date: Written,
    /// Nanoseconds since midnight.
    clock: Option<i128>,
    /// Seconds that the clock is ahead of UTC.
    offset: Option<i128>,
}

/// A date as it is written.
#[derive(Clone, Copy)]
enum Written {
    Known(i64),
    /// Two numbers and a year, such as 03/04/2024.
    Open {
        first: i64,
        second: i64,
        year: i64,
    },
}

impl Written {
    fn day_number(self, order: DayOrder) -> Option<i64> {
        match (self, order) {
            (Written::Known(days), _) => Some(days),
            (Written::Open { first, second, year }, DayOrder::DayMonth) => day_number(year, second, first),
            (Written::Open { first, second, year }, DayOrder::MonthDay) => day_number(year, first, second),
        }
    }
}

fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    // Every date has a digit or a month in front; most text is sorted out here.
    if text.len() < 7 || text.len() > 40 || !text.is_ascii() {
        return None;
    }
    if let Some(date) = date(text) {
        return Some(Moment { date, clock: None, offset: None });
    }
    let at = text.find(':')?;
    let start = text[..at].rfind(['T', ' '])?;
    let (clock, offset) = clock_and_offset(text[start + 1..].trim())?;
    Some(Moment { date: date(text[..start].trim_end())?, clock: Some(clock), offset })
}

fn date(text: &str) -> Option<Written> {
    let separator = text.find(|c: char| !c.is_ascii_alphanumeric()).and_then(|at| text[at..].chars().next())?;
    let parts: Vec<&str> = match separator {
        '-' | '/' | '.' => text.split(separator).collect(),
        ' ' => text.split([' ', ',']).filter(|part| !part.is_empty()).collect(),
        _ => return None,
    };
    let whole = |part: &str| {
        let is_short = !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_short { part.parse::<i64>().ok() } else { None }
    };
    let known = |year, month, day| day_number(year, month, day).map(Written::Known);
    match parts[..] {
        [year, month] if separator == '-' && year.len() == 4 && month.len() == 2 => {
            known(whole(year)?, whole(month)?, 1)
        }
        [year, month, day] if year.len() == 4 && month.len() <= 2 && day.len() <= 2 && separator != ' ' => {
            known(whole(year)?, whole(month)?, whole(day)?)
        }
        [first, second, year] => {
            let of_year = match year.len() {
                4 => whole(year)?,
                // Two digits only beside the name of a month: among numbers they could be anything.
                2 if month_number(second).is_some() => {
                    let short = whole(year)?;
                    short + if short < LAST_CENTURY { 2000 } else { 1900 }
                }
                _ => return None,
            };
            if let Some(month) = month_number(second) {
                return known(of_year, month, whole(first)?);
            }
            if let Some(month) = month_number(first) {
                return known(of_year, month, whole(second)?);
            }
            let (first, second) = (whole(first)?, whole(second)?);
            match separator {
                // Points stand between day, month and year in that order.
                '.' => known(of_year, second, first),
                '/' | '-' if first <= 31 && second <= 31 => Some(Written::Open { first, second, year: of_year }),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `Feb`, `February`, `FEB.`
fn month_number(text: &str) -> Option<i64> {
    let text = text.trim_end_matches('.').to_ascii_lowercase();
    let is_month =
        |month: &str| (text.len() >= 3 && month.starts_with(&text)) || text == "sept" && month.starts_with("sep");
    MONTHS.iter().position(|month| is_month(month)).map(|at| at as i64 + 1)
}

/// `17:30`, `17:30:15.25`, `5:30 PM`, each with `Z`, ` UTC`, `+01:00`, `+0100`, `+01`.
fn clock_and_offset(text: &str) -> Option<(i128, Option<i128>)> {
    let upper = text.to_ascii_uppercase();
    for suffix in [" UTC", " GMT", "UTC", "Z"] {
        if let Some(clock) = upper.strip_suffix(suffix) {
            return Some((clock_of(clock)?, Some(0)));
        }
    }
    match text.rfind(['+', '-']) {
        None => Some((clock_of(&upper)?, None)),
        Some(at) => {
            let digits: String = text[at + 1..].chars().filter(|c| *c != ':').collect();
            let is_offset = matches!(digits.len(), 2 | 4) && digits.bytes().all(|byte| byte.is_ascii_digit());
            if !is_offset {
                return None;
            }
            let hours: i128 = digits[..2].parse().ok()?;
            let minutes: i128 = if digits.len() == 4 { digits[2..].parse().ok()? } else { 0 };
            let sign = if text.as_bytes()[at] == b'-' { -1 } else { 1 };
            if hours > 18 || minutes > 59 {
                return None;
            }
            Some((clock_of(upper[..at].trim_end())?, Some(sign * (3600 * hours + 60 * minutes))))
        }
    }
}

/// Nanoseconds since midnight.
fn clock_of(text: &str) -> Option<i128> {
    let (text, half) = match (text.strip_suffix("AM"), text.strip_suffix("PM")) {
        (Some(clock), _) => (clock.trim_end(), Some(0)),
        (_, Some(clock)) => (clock.trim_end(), Some(12)),
        _ => (text, None),
    };
    let mut parts = text.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next());
    let is_number = |part: &str, longest: usize| {
        (1..=longest).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if parts.next().is_some() || !is_number(hour, 2) || !is_number(minute, 2) {
        return None;
    }
    let (mut hour, minute): (i128, i128) = (hour.parse().ok()?, minute.parse().ok()?);
    if let Some(half) = half {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + half;
    }
    let nanoseconds: i128 = match second {
        None => 0,
        Some(second) => {
            let (whole, fraction) = second.split_once('.').unwrap_or((second, "0"));
            if !is_number(whole, 2) || !is_number(fraction, 9) {
                return None;
            }
            let fraction: i128 = format!("{fraction:0<9}").parse().ok()?;
            whole.parse::<i128>().ok()? * NANOSECONDS + fraction
        }
    };
    // A leap second is the first of the next minute, as in Unix time.
    let exists = hour < 24 && minute < 60 && nanoseconds < 61 * NANOSECONDS;
    exists.then_some((3600 * hour + 60 * minute) * NANOSECONDS + nanoseconds)
}

/// `17:30:00`, `9:53`: seconds since midnight. All but the hours and seconds have two digits.
fn time_of_day(text: &str) -> Option<f64> {
    let text = text.trim();
    let (hours, rest) = text.split_once(':')?;
    let is_clock = matches!(hours.len(), 1 | 2) && rest.find(':').unwrap_or(rest.len()) == 2;
    if is_clock && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.')) {
        clock_of(text).map(seconds)
    } else {
        None
    }
}

/// `9:05:30`, `25:30:00`, `107:00:00.5`: seconds. Hours that no clock shows are those of a duration; with hours, minutes and
/// seconds it is no score.
fn long_clock(text: &str) -> Option<f64> {
    let (hours, rest) = text.trim().split_once(':')?;
    let is_number = (1..=5).contains(&hours.len()) && hours.bytes().all(|byte| byte.is_ascii_digit());
    let is_clock =
        rest.find(':') == Some(2) && rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    if !is_number || !is_clock {
        return None;
    }
    let hours: i128 = hours.parse().ok()?;
    Some(seconds(3600 * hours * NANOSECONDS + clock_of(&format!("00:{rest}"))?))
}

/// `2 days 03:30:00.5` as pandas writes durations, or `PT1.5S` and `P2DT3H` of ISO 8601: seconds.
fn duration(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some((days, clock)) = text.split_once(" days").or_else(|| text.split_once(" day")) {
        let days = i128::from(days.parse::<i64>().ok()?);
        let clock = clock.trim();
        let (sign, clock) = match clock.strip_prefix(['+', '-']) {
            Some(rest) => (if clock.starts_with('-') { -1 } else { 1 }, rest),
            None => (1, clock),
        };
        let clock = if clock.is_empty() { 0 } else { clock_of(clock)? };
        return Some(seconds(days * NANOSECONDS_OF_A_DAY + sign * clock));
    }
    let body = text.strip_prefix('-').unwrap_or(text);
    if !body.starts_with('P') || body.len() < 3 {
        return None;
    }
    let span: jiff::Span = text.parse().ok()?;
    // Months and years have no length of their own.
    if span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let days = 7 * i128::from(span.get_weeks()) + i128::from(span.get_days());
    let clock =
        3600 * i128::from(span.get_hours()) + 60 * i128::from(span.get_minutes()) + i128::from(span.get_seconds());
    let small = 1_000_000 * i128::from(span.get_milliseconds())
        + 1000 * i128::from(span.get_microseconds())
        + i128::from(span.get_nanoseconds());
    Some(seconds(days * NANOSECONDS_OF_A_DAY + clock * NANOSECONDS + small))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dates(texts: &[&str]) -> Option<Vec<String>> {
        match read(texts.iter().copied(), None) {
            Reading::Times { values, meaning: Meaning::Date { .. } } => {
                Some(values.into_iter().map(date_text).collect())
            }
            _ => None,
        }
    }

    #[test]
    fn dates_in_the_ways_of_the_world_are_one_day() {
        for text in [
            "2024-02-26",
            "2024/2/26",
            "2024.02.26",
            "26.02.2024",
            "26.2.2024",
            "26/02/2024",
            "02/26/2024",
            "26-02-2024",
            "26-Feb-2024",
            "26-FEB-24",
            "26 February 2024",
            "Feb 26, 2024",
            "February 26 2024",
            "2024-02-26 00:00:00",
            "2024-02-26T00:00:00Z",
            "2024-02-26 00:00:00+00:00",
            "2024-02-26T00:00:00.000000+0000",
            "2024-02-26 00:00:00+00",
            "02/26/2024 12:00 AM",
        ] {
            assert_eq!(dates(&[text]), Some(vec!["2024-02-26".to_owned()]), "{text}");
        }
        assert_eq!(dates(&["2024-02"]), Some(vec!["2024-02-01".to_owned()]));
        assert_eq!(dates(&["9999-12-31", "0001-01-01"]), Some(vec!["9999-12-31".to_owned(), "0001-01-01".to_owned()]));
    }

    #[test]
    fn days_that_do_not_exist_and_other_text_are_no_dates() {
        for text in [
            "2024-02-31",
            "2023-02-29",
            "2024-13-01",
            "31.04.2024",
            "99/99/2024",
            "2024-01-01 45:00",
            "2024-01-01 10:60",
            "24-01-01",
            "1-2-3",
            "1.5",
            "2024",
            "May",
            "10-12",
            "555-1234",
            "2024-01-01 10:00 +99:00",
            "",
            "1.2.3",
            "12/2024",
        ] {
            assert_eq!(read([text].into_iter(), None), Reading::Text, "{text}");
        }
    }

    #[test]
    fn one_cell_settles_the_order_of_all_and_without_it_the_reader_is_asked() {
        assert_eq!(dates(&["03/04/2024", "13/04/2024"]).unwrap()[0], "2024-04-03");
        assert_eq!(dates(&["03/04/2024", "04/13/2024"]).unwrap()[0], "2024-03-04");
        assert_eq!(read(["13/04/2024", "04/13/2024"].into_iter(), None), Reading::Text);
        assert_eq!(read(["03/04/2024"].into_iter(), None), Reading::Ambiguous { example: "03/04/2024".into() });
        // Where both readings are one day nothing needs to be asked.
        assert!(dates(&["03/03/2024", "04/04/2024"]).is_some());
        let read = read(["03/04/2024"].into_iter(), Some(DayOrder::MonthDay));
        let meaning = Meaning::Date { written: Some(DayOrder::MonthDay) };
        assert_eq!(read, Reading::Times { values: vec![19_786.0], meaning });
    }

    #[test]
    fn timestamps_are_instants() {
        let seconds = |text: &str| match read([text].into_iter(), None) {
            Reading::Times { values, meaning: Meaning::Timestamp { zone, .. } } => (values[0], zone),
            other => panic!("{text}: {other:?}"),
        };
        let noon = 19_779.0 * DAY + 12.0 * 3600.0;
        assert_eq!(seconds("2024-02-26 12:00"), (noon, None));
        assert_eq!(seconds("2024-02-26T12:00:00Z"), (noon, Some("UTC".into())));
        assert_eq!(seconds("2024-02-26 13:00:00+01:00"), (noon, Some("UTC+1".into())));
        assert_eq!(seconds("26.02.2024 12:00:00.25").0, noon + 0.25);
        assert_eq!(seconds("2/26/2024 12:00:05 PM").0, noon + 5.0);
        assert_eq!(timestamp_text(noon), "2024-02-26 12:00");
        assert_eq!(timestamp_text(-0.5), "1969-12-31 23:59:59.500000");
    }

    #[test]
    fn times_of_day_and_durations_are_seconds() {
        let of = |texts: &[&str]| match read(texts.iter().copied(), None) {
            Reading::Times { values, meaning } => (values, meaning),
            other => panic!("{other:?}"),
        };
        assert_eq!(of(&["17:30", "00:00:01.5"]), (vec![63_000.0, 1.5], Meaning::TimeOfDay));
        let spans = of(&["1 days 02:00:00", "0 days 00:00:01.500000", "-1 days +23:00:00", "PT1.5S", "P1DT2H"]);
        assert_eq!(spans, (vec![93_600.0, 1.5, -3600.0, 1.5, 93_600.0], Meaning::Duration));
        assert_eq!(of(&["25:30:00", "107:00:00.5", "0:00:09"]), (vec![91_800.0, 385_200.5, 9.0], Meaning::Duration));
        assert_eq!(of(&["9:53", "13:30"]), (vec![35_580.0, 48_600.0], Meaning::TimeOfDay));
        assert_eq!(of(&["9:05:30", "7:30:00"]), (vec![32_730.0, 27_000.0], Meaning::TimeOfDay));
        assert_eq!(of(&["9:05:30", "17:30:00"]), (vec![32_730.0, 63_000.0], Meaning::TimeOfDay));
        assert_eq!(read(["1:30"].into_iter(), None), Reading::Text);
        assert_eq!(read(["1:30", "2:1"].into_iter(), None), Reading::Text);
        assert_eq!(read_as("9:53", &Meaning::TimeOfDay), Some((35_580.0, Meaning::TimeOfDay)));
        assert_eq!(read_as("1:30:00", &Meaning::Duration), Some((5400.0, Meaning::Duration)));
        assert_eq!(read(["25:30:00", "25:60:00"].into_iter(), None), Reading::Text);
        assert_eq!(read(["25:00"].into_iter(), None), Reading::Text);
    }

    proptest! {
        #[test]
        fn an_instant_in_words_is_the_number_of_its_microseconds(micros in -60_000_000_000_000_000_i64..250_000_000_000_000_000) {
            let days = micros.div_euclid(86_400_000_000);
            let clock = micros.rem_euclid(86_400_000_000);
            let (second, fraction) = (clock / 1_000_000, clock % 1_000_000);
            let clock = format!("{:02}:{:02}:{:02}.{fraction:06}", second / 3600, second / 60 % 60, second % 60);
            for text in [format!("{} {clock}", date_text(days as f64)), format!("{days} days +{clock}")] {
                match read([text.as_str()].into_iter(), None) {
                    Reading::Times { values, meaning } => {
                        let unit = if matches!(meaning, Meaning::Date { .. }) { DAY } else { 1.0 };
                        prop_assert_eq!(values[0] * unit, micros as f64 / 1e6, "{}", text);
                    }
                    other => prop_assert!(false, "{}: {:?}", text, other),
                }
            }
        }

        #[test]
        fn any_text_is_read_without_panic(text in "([0-9:+.TZ/ -]|Feb|AM|P|days){0,24}|\\PC{0,12}") {
            let _ = read([text.as_str()].into_iter(), None);
        }
    }
}
