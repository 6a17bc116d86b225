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

/// `1 row`, `2 rows`.
pub fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
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
}
