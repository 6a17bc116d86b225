//! Days and times as numbers, and how they are written.

use jiff::civil;
use serde::{Deserialize, Serialize};

/// Seconds of a day.
pub const DAY: f64 = 86_400.0;
/// Numbers such as 20240226 are dates if so many of them differ and all are days of the calendar: of numbers of eight digits
/// that are nothing of the kind one in 27 is.
pub const FEWEST_COMPACT: usize = 5;
/// Years in which eight digits may be a date.
const COMPACT_YEARS: std::ops::RangeInclusive<i64> = 1800..=2199;

/// Seconds of so many nanoseconds.
///
/// Whole microseconds fit a float where their nanoseconds do not: so an instant is one number in whichever unit it is stored.
pub fn seconds(nanoseconds: i128) -> f64 {
    if nanoseconds % 1000 == 0 { (nanoseconds / 1000) as f64 / 1e6 } else { nanoseconds as f64 / 1e9 }
}

/// What comes first in dates such as 03/04/2024.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayOrder {
    DayMonth,
    MonthDay,
}

impl DayOrder {
    /// `day/month/year` or `month/day/year`.
    pub fn name(self) -> &'static str {
        match self {
            DayOrder::DayMonth => "day/month/year",
            DayOrder::MonthDay => "month/day/year",
        }
    }
}

/// The name of universal time.
pub const UTC: &str = "UTC";

/// The zone as it is compared: names of universal time are one.
pub fn zone(name: &str) -> String {
    let is_utc = ["utc", "etc/utc", "gmt", "etc/gmt", "z", "+00:00", "+0000", "+00", "utc+0"];
    if is_utc.contains(&name.to_ascii_lowercase().as_str()) { UTC.to_owned() } else { name.to_owned() }
}

/// Days since 1970-01-01 of a number such as 20240226, if it is a day of the calendar.
pub fn compact(number: f64) -> Option<f64> {
    if !(1e7..1e8).contains(&number) || number.fract() != 0.0 {
        return None;
    }
    let digits = number as i64;
    let (year, month, day) = (digits / 10_000, digits / 100 % 100, digits % 100);
    if !COMPACT_YEARS.contains(&year) {
        return None;
    }
    day_number(year, month, day).map(|days| days as f64)
}

/// Days since 1970-01-01 of a day of the Gregorian calendar, if there is that day.
pub fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    // Years begin in March, so that the leap day is the last.
    let year = if month > 2 { year } else { year - 1 };
    let month = (month + 9) % 12;
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(days + (306 * month + 5) / 10 + day - 1 - 719_468)
}

/// The day of the calendar `days` after 1970-01-01; `None` beyond the years -9999 to 9999.
pub fn calendar(days: f64) -> Option<civil::Date> {
    if !days.is_finite() || days.abs() > 5e6 {
        return None;
    }
    // Gauss's cycle of 400 years, from 0000-03-01.
    let days = days.floor() as i64 + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// `2024-02-26`, or the number of days where the calendar ends.
pub fn date_text(days: f64) -> String {
    calendar(days).map_or_else(|| format!("day {days} from 1970-01-01"), |date| date.to_string())
}

/// `2024-02-26 17:30`, to the second or below where there are any; a date where it is midnight.
pub fn timestamp_text(seconds: f64) -> String {
    let days = (seconds / DAY).floor();
    match calendar(days) {
        Some(date) if seconds % DAY == 0.0 => date.to_string(),
        Some(date) => format!("{date} {}", time_text(seconds - days * DAY)),
        None => format!("{seconds} s from 1970-01-01"),
    }
}

/// `17:30`, to the second or below where there are any.
pub fn time_text(seconds: f64) -> String {
    let whole = seconds.floor();
    let (hour, minute, second) = ((whole / 3600.0).floor(), (whole / 60.0).floor() % 60.0, whole % 60.0);
    let fraction = ((seconds - whole) * 1e6).round() / 1e6;
    match (second, fraction) {
        (0.0, 0.0) => format!("{hour:02}:{minute:02}"),
        (_, 0.0) => format!("{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{hour:02}:{minute:02}:{:09.6}", second + fraction),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn eight_digits_may_be_a_day() {
        assert_eq!(compact(20_240_226.0).map(date_text), Some("2024-02-26".to_owned()));
        for none in [20_240_231.0, 20_241_301.0, 99_990_101.0, 20_240_226.5, 2_024_022.0, f64::NAN] {
            assert_eq!(compact(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn days_go_to_the_calendar_and_back(days in -3_000_000_i64..2_900_000) {
            let date = calendar(days as f64).unwrap();
            prop_assert_eq!(day_number(date.year().into(), date.month().into(), date.day().into()), Some(days));
            let epoch = civil::Date::new(1970, 1, 1).unwrap();
            prop_assert_eq!(i64::from(epoch.until(date).unwrap().get_days()), days, "as jiff counts them");
        }
    }
}
