//! Numbers as text.

/// Four significant digits.
pub fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    // Formatting rounds 9.9996 up to the next power of ten, as the exponent must know.
    let scientific = format!("{value:.3e}");
    let exponent: i32 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    match exponent {
        -4..=5 => format!("{value:.*}", usize::try_from(3 - exponent).unwrap_or(0)),
        _ => scientific,
    }
}

/// A share of one as a percentage.
pub fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

/// A size that only matters by its order.
pub fn order(value: f64) -> String {
    format!("{value:.1e}")
}

/// One decimal, for values in nats.
pub fn nats(value: f64) -> String {
    format!("{value:.1}")
}

/// How long something took.
pub fn seconds(value: f64) -> String {
    if value < 10.0 { format!("{value:.2} s") } else { format!("{value:.0} s") }
}

/// A time that is left, by its order: `40 s`, `12 min`, `3.5 h`.
#[cfg(feature = "deep")]
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 90.0 * 60.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// `5.0% (2.2% to 11.2%)`: an error with its interval, where it has one.
#[cfg(feature = "deep")]
pub fn with_interval(error: f64, interval: Option<(f64, f64)>) -> String {
    match interval {
        Some((lo, hi)) => format!("{} ({} to {})", percent(error), percent(lo), percent(hi)),
        None => percent(error),
    }
}

/// `1 row`, `2 rows`.
pub fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// `1,727,962`.
#[cfg(feature = "deep")]
pub fn whole(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Four digits and a unit of thousands: `40.55 M`.
#[cfg(feature = "deep")]
pub fn si(value: u64) -> String {
    scaled(value, 1000.0, &["", " k", " M", " G", " T", " P", " E"])
}

/// Four digits and a unit of 1024: `1.029 MiB`.
#[cfg(feature = "deep")]
pub fn bytes(value: u64) -> String {
    scaled(value, 1024.0, &[" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"])
}

#[cfg(feature = "deep")]
fn scaled(value: u64, step: f64, units: &[&str]) -> String {
    let mut scaled = value as f64;
    let mut unit = 0;
    // 999.96 would be rounded up to four digits before the point.
    while scaled >= 0.99995 * step && unit + 1 < units.len() {
        scaled /= step;
        unit += 1;
    }
    if unit == 0 { format!("{value}{}", units[0]) } else { format!("{}{}", number(scaled), units[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits() {
        let cases = [
            (0.0, "0"),
            (3.0, "3.000"),
            (-0.012_345_6, "-0.01235"),
            (9.999_96, "10.00"),
            (123_456.7, "123457"),
            (999_999.9, "1.000e6"),
            (1.5e-9, "1.500e-9"),
            (f64::NAN, "NaN"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }

    #[cfg(feature = "deep")]
    #[test]
    fn times_that_are_left() {
        assert_eq!(
            [duration(0.4), duration(89.0), duration(720.0), duration(12_600.0)],
            ["0 s", "89 s", "12 min", "3.5 h"]
        );
    }

    #[cfg(feature = "deep")]
    #[test]
    fn large_counts() {
        assert_eq!([whole(0), whole(999), whole(1_727_962)], ["0", "999", "1,727,962"]);
        let cases = [(0, "0"), (999, "999"), (40_551_040, "40.55 M"), (999_999, "1.000 M"), (u64::MAX, "18.45 E")];
        for (value, text) in cases {
            assert_eq!(si(value), text);
        }
        assert_eq!([bytes(1023), bytes(1024), bytes(1536 * 1024)], ["1023 B", "1.000 KiB", "1.500 MiB"]);
    }
}
