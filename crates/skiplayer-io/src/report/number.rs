//! Numbers as text, with a true minus sign.

use skiplayer::evaluate::p_value_text;

/// `value` with `digits` significant digits, in powers of ten where it would be long.
fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}").replace('-', "−");
    }
    // Formatting rounds 9.9996 up to the next power of ten, as the exponent must know.
    let scientific = format!("{value:.*e}", digits - 1);
    let exponent: i32 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let text = match exponent {
        -4..=5 => format!("{value:.*}", usize::try_from(digits as i32 - 1 - exponent).unwrap_or(0)),
        _ => scientific,
    };
    text.replace('-', "−")
}

/// Four significant digits.
pub fn number(value: f64) -> String {
    significant(value, 4)
}

/// Three significant digits, for sizes that are compared.
pub fn short(value: f64) -> String {
    significant(value, 3)
}

/// Two significant digits, for standard errors.
pub fn rough(value: f64) -> String {
    significant(value, 2)
}

/// A share of one as a percentage.
pub fn percent(share: f64) -> String {
    let decimals = if share.abs() >= 0.0995 { 0 } else { 1 };
    let text = format!("{:.decimals$}%", 100.0 * share);
    // Not "−0.0%".
    if text.trim_start_matches('-') == "0.0%" { "0.0%".to_owned() } else { text.replace('-', "−") }
}

/// A posterior probability: never a certainty that rounding invents.
pub fn probability(p: f64) -> String {
    match p {
        p if p < 0.005 => "< 1%".to_owned(),
        p if p > 0.995 => "> 99%".to_owned(),
        p => format!("{:.0}%", 100.0 * p),
    }
}

/// `p = 0.034`, `p < 0.001`, never broken between lines.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "p\u{a0}<\u{a0}0.001".to_owned() } else { format!("p\u{a0}=\u{a0}{}", p_digits(p)) }
}

/// The same without the letter.
pub fn p_alone(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { p_digits(p) }
}

fn p_digits(p: f64) -> String {
    if p < 0.1 { p_value_text(p) } else { format!("{p:.2}") }
}

/// `1 row`, `2 rows`.
pub fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// The label of a tick on an axis that is `span` long.
pub fn tick(value: f64, span: f64) -> String {
    let largest = value.abs().max(span);
    if value.abs() < 1e-9 * span {
        return "0".to_owned();
    }
    if !(1e-4..1e6).contains(&largest) {
        let text = format!("{value:.1e}").replace(".0e", "e");
        return text.replace('-', "−");
    }
    // Ticks are at least a tenth of the span apart.
    let decimals = (1.0 - span.log10().floor()).clamp(0.0, 6.0) as usize;
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits() {
        let cases = [(0.0, "0"), (3.0, "3.000"), (-0.012_345_6, "−0.01235"), (9.999_96, "10.00"), (1.5e-9, "1.500e−9")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!(percent(-0.0001), "0.0%");
        assert_eq!(percent(0.534), "53%");
        assert_eq!(p_value(0.0001), "p\u{a0}<\u{a0}0.001");
        assert_eq!(probability(0.999), "> 99%");
    }

    #[test]
    fn ticks() {
        let cases = [
            ((0.5, 2.0), "0.5"),
            ((1500.0, 4000.0), "1500"),
            ((-0.2, 1.0), "−0.2"),
            ((1e-17, 1.0), "0"),
            ((2e7, 8e7), "2e7"),
            ((0.012, 0.02), "0.012"),
        ];
        for ((value, span), text) in cases {
            assert_eq!(tick(value, span), text);
        }
    }
}
