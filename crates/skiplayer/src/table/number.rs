//! Numbers as text, and text as numbers.

/// The text of a number as a class or level: `3`, not `3.0`, and `0`, not `-0`.
pub fn number_text(value: f64) -> String {
    format!("{}", value + 0.0)
}

/// A computed number as it is told to people, with six digits at most: `-0.017625`, and `2.5e-310` where zeros would fill the line.
pub fn short_text(value: f64) -> String {
    const WITHOUT_EXPONENT: std::ops::Range<f64> = 1e-6..1e15;
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    if rounded == 0.0 || WITHOUT_EXPONENT.contains(&rounded.abs()) {
        number_text(rounded)
    } else {
        format!("{rounded:e}")
    }
}

/// The finite number that `text` writes.
pub fn parse_number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|v| v.is_finite()).map(|v| v + 0.0)
}
