//! Numbers as people write them: `1,234.50`, `$12`, `36.5 %`, `3652.5 kg`, `(12.3)`, `12.3-`, `−12.3`.
//!
//! One spelling for a whole column, found by a majority of its cells: a cell that is written otherwise (`3.6 t` among `kg`)
//! is no number of that column. The decimal mark is no question here: it is settled for the whole file before.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::DecimalMark;

/// How the numbers of a column are written, apart from plain digits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NumberSpelling {
    /// What stands between whole and fraction.
    pub decimal: DecimalMark,
    /// What stands between groups of three digits: `,`, `.`, a blank or `'`.
    pub thousands: Option<char>,
    /// What stands before or behind the digits: a currency, `%` or a unit. Empty if nothing does.
    pub unit: String,
}

/// A cell taken apart.
struct Parts<'a> {
    negative: bool,
    digits: &'a str,
    unit: &'a str,
}

impl NumberSpelling {
    /// The number in a trimmed cell, if it is written like this. A currency may be left out, as may separators of thousands; a
    /// percent sign or a unit only at zero, because `12` beside `12%` may be either.
    pub fn read(&self, cell: &str) -> Option<f64> {
        let parts = take_apart(cell)?;
        let (value, separator) = value(parts.digits, self.decimal)?;
        let fits = separator.is_none_or(|found| Some(found) == self.thousands)
            && (parts.unit == self.unit || (parts.unit.is_empty() && (value == 0.0 || is_currency(&self.unit))));
        fits.then_some(if parts.negative { -value } else { value })
    }

    /// Whether computers write numbers like this.
    pub fn is_plain(&self) -> bool {
        self.thousands.is_none() && self.unit.is_empty()
    }

    /// The spelling of most cells, each with the number of its rows; `None` if no cell is a number.
    pub fn of_most<'a>(cells: impl Iterator<Item = (&'a str, usize)>, decimal: DecimalMark) -> Option<Self> {
        let mut units: HashMap<&str, usize> = HashMap::new();
        let mut separators: HashMap<char, usize> = HashMap::new();
        for (cell, n_rows) in cells {
            let Some(parts) = take_apart(cell) else { continue };
            let Some((number, separator)) = value(parts.digits, decimal) else { continue };
            if number != 0.0 || !parts.unit.is_empty() {
                *units.entry(parts.unit).or_default() += n_rows;
            }
            if let Some(separator) = separator {
                *separators.entry(separator).or_default() += n_rows;
            }
        }
        // A currency decides even if it stands in few cells only, as it may be left out. Ties go to the first in the alphabet.
        let rank = |unit: &str, n: usize| (n, std::cmp::Reverse(unit.to_owned()));
        let most = |currency: bool| {
            let of_kind = units.iter().filter(|(unit, _)| is_currency(unit) == currency);
            of_kind.max_by_key(|(unit, n)| rank(unit, **n)).map(|(unit, n)| (*unit, *n))
        };
        let unit = match (most(false), most(true)) {
            (Some((unit, n)), Some((currency, m))) => {
                if unit.is_empty() || m > n {
                    currency
                } else {
                    unit
                }
            }
            (Some((unit, _)), None) | (None, Some((unit, _))) => unit,
            (None, None) if separators.is_empty() => return None,
            (None, None) => "",
        };
        let thousands =
            separators.into_iter().max_by_key(|&(separator, n)| (n, separator)).map(|(separator, _)| separator);
        Some(Self { decimal, thousands, unit: unit.to_owned() })
    }

    /// "thousands commas and `$`", for a message.
    pub fn describe(&self) -> String {
        let thousands = self.thousands.map(|separator| match separator {
            ',' => "thousands commas".to_owned(),
            '.' => "thousands points".to_owned(),
            ' ' => "blanks between thousands".to_owned(),
            other => format!("`{other}` between thousands"),
        });
        let unit = (!self.unit.is_empty()).then(|| format!("`{}`", self.unit));
        let parts: Vec<String> = thousands.into_iter().chain(unit).collect();
        match (parts.is_empty(), self.decimal) {
            (false, _) => parts.join(" and "),
            (true, DecimalMark::Comma) => "decimal commas".to_owned(),
            (true, DecimalMark::Point) => "signs that computers do not write".to_owned(),
        }
    }
}

/// Whether a cell that does not parse may be a number in some spelling.
pub fn may_be_number(cell: &str, decimal: DecimalMark) -> bool {
    take_apart(cell).is_some_and(|parts| value(parts.digits, decimal).is_some())
}

/// Which decimal mark a cell can have only, if it shows one: `12,5` and `0,125` a comma, `1,234` either.
pub fn shown_mark(cell: &str) -> Option<DecimalMark> {
    let digits = take_apart(cell)?.digits;
    let as_point = value(digits, DecimalMark::Point);
    let as_comma = value(digits, DecimalMark::Comma);
    match (as_point, as_comma) {
        (Some(_), None) => Some(DecimalMark::Point),
        (None, Some(_)) => Some(DecimalMark::Comma),
        _ => None,
    }
}

/// What stands for no cents.
const DASHES: [char; 3] = ['-', '\u{2013}', '\u{2014}'];

fn take_apart(cell: &str) -> Option<Parts<'_>> {
    let mut rest = cell.trim();
    // The quick way out for nearly all text.
    if !rest.bytes().any(|byte| byte.is_ascii_digit()) || rest.len() > 40 {
        return None;
    }
    let (mut n_signs, mut negative) = (0, false);
    if let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (n_signs, negative, rest) = (1, true, inner.trim());
    }
    let mut take_sign = |text: &mut &str, behind: bool| {
        let found = if behind { text.chars().next_back() } else { text.chars().next() };
        let Some(sign) = found.filter(|sign| matches!(sign, '-' | '+' | '\u{2212}')) else { return };
        let cut = if behind { &text[..text.len() - sign.len_utf8()] } else { &text[sign.len_utf8()..] };
        *text = cut.trim();
        n_signs += 1;
        negative = sign != '+';
    };
    take_sign(&mut rest, false);
    let first = rest.find(|c: char| c.is_ascii_digit())?;
    // `.5` and `,5`, but not the point of `Rs.5`.
    let mark_before = matches!(rest[..first].chars().next_back(), Some('.' | ','))
        && !rest[..first - 1].ends_with(char::is_alphabetic);
    let (before, from) = rest.split_at(if mark_before { first - 1 } else { first });
    let mut before = before.trim();
    take_sign(&mut before, true);
    let (mut digits, behind) = from.split_at(end_of_digits(from));
    let mut behind = behind.trim();
    // `12.-` and `12,-` are whole amounts of money, not less than nothing.
    if digits.ends_with(['.', ',']) && behind.starts_with(DASHES) {
        digits = &digits[..digits.len() - 1];
        behind = behind.trim_start_matches(DASHES).trim();
    }
    if let Some(rest) = behind.strip_prefix(['-', '\u{2212}']) {
        (n_signs, negative, behind) = (n_signs + 1, true, rest.trim());
    }
    if n_signs > 1 {
        return None;
    }
    let unit = match (before.is_empty(), behind.is_empty()) {
        (true, true) => "",
        (false, true) if is_currency(before) => before,
        (true, false) if is_currency(behind) || is_unit(behind) => behind,
        _ => return None,
    };
    Some(Parts { negative, digits, unit })
}

/// Where digits, marks, separators and an exponent end.
fn end_of_digits(text: &str) -> usize {
    let mut characters = text.char_indices().peekable();
    let mut end = 0;
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map(|&(_, next)| next);
        let belongs = match c {
            '0'..='9' | '.' | ',' => true,
            _ if separator(c).is_some() => next.is_some_and(|next| next.is_ascii_digit()),
            'e' | 'E' => {
                let exponent = text[at + 1..].trim_start_matches(['-', '+']);
                let n_digits = exponent.bytes().take_while(u8::is_ascii_digit).count();
                if n_digits > 0 && text.len() - at - 1 - exponent.len() <= 1 {
                    return text.len() - exponent.len() + n_digits;
                }
                false
            }
            _ => false,
        };
        if !belongs {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

/// The separator of thousands that a character other than `,` and `.` is, in one spelling.
fn separator(c: char) -> Option<char> {
    match c {
        ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' => Some(' '),
        '\'' | '\u{2019}' => Some('\''),
        _ => None,
    }
}

/// The number that digits, marks and separators write, and the separator of thousands among them.
fn value(digits: &str, decimal: DecimalMark) -> Option<(f64, Option<char>)> {
    let (mark, other) = match decimal {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => (&digits[..at], &digits[at..]),
        None => (digits, ""),
    };
    let (whole, fraction) = mantissa.split_once(mark).unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let found = whole.chars().find(|c| !c.is_ascii_digit());
    let found = match found {
        Some(c) if c == other => Some(other),
        Some(c) => Some(separator(c)?),
        None => None,
    };
    let plain: String = if let Some(found) = found {
        let is_separator = |c: char| c == found || separator(c) == Some(found);
        let groups: Vec<&str> = whole.split(is_separator).collect();
        let (first, last) = (groups.first()?, groups.last()?);
        // In India groups before the last have two digits.
        let fits = |group: &&&str| group.len() == 3 || (found == ',' && group.len() == 2);
        let middle = &groups[1..groups.len() - 1];
        let well_formed = groups.iter().all(|group| all_digits(group))
            && (1..=3).contains(&first.len())
            && !first.starts_with('0')
            && last.len() == 3
            && middle.iter().all(|group| fits(&group));
        if !well_formed {
            return None;
        }
        groups.concat()
    } else {
        whole.to_owned()
    };
    let value: f64 = format!("{plain}.{fraction}{exponent}").parse().ok()?;
    value.is_finite().then_some((value, found))
}

/// Signs and short names of money: those of the currencies that most of the world's money is in.
pub fn is_currency(text: &str) -> bool {
    const NAMES: [&str; 41] = [
        "USD", "EUR", "GBP", "JPY", "CNY", "INR", "CHF", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF",
        "RUB", "BRL", "MXN", "ZAR", "KRW", "TRY", "SGD", "HKD", "TWD", "THB", "IDR", "ILS", "RMB", "US$", "A$", "C$",
        "R$", "HK$", "NZ$", "S$", "kr", "kr.", "Rs", "Rs.", "Fr.",
    ];
    let mut characters = text.chars();
    let is_sign = |c: char| matches!(c, '$' | '¢' | '£' | '¤' | '¥' | '\u{20a0}'..='\u{20c0}');
    match (characters.next(), characters.next()) {
        (Some(only), None) => is_sign(only),
        _ => NAMES.contains(&text),
    }
}

/// `%`, `kg`, `m/s`, `m²`, `°C`: letters and signs, with a digit at most at the end; not the endings of ordinal numbers.
fn is_unit(text: &str) -> bool {
    let is_ordinal = ["st", "nd", "rd", "th"].iter().any(|ending| text.eq_ignore_ascii_case(ending));
    let body = text.strip_suffix(['2', '3']).unwrap_or(text);
    let is_sign = |c: char| matches!(c, '%' | '‰' | '°' | '/' | '·' | '^' | '²' | '³');
    !is_ordinal
        && !body.is_empty()
        && text.chars().count() <= 12
        && !text.starts_with(['/', '·', '^'])
        && body.chars().all(|c| c.is_alphabetic() || is_sign(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cells: &[&str], decimal: DecimalMark) -> Vec<Option<f64>> {
        let spelling = NumberSpelling::of_most(cells.iter().map(|cell| (*cell, 1)), decimal).unwrap();
        cells.iter().map(|cell| spelling.read(cell)).collect()
    }

    #[test]
    fn numbers_in_every_dress_are_read() {
        use DecimalMark::{Comma, Point};
        let cases: [(DecimalMark, &[&str], &[f64]); 18] = [
            (Point, &["3,652.50", "189.90", "1,234,567", "12"], &[3652.5, 189.9, 1_234_567.0, 12.0]),
            (Point, &["$3,652.50", "-$189.90", "$-1", "0"], &[3652.5, -189.9, -1.0, 0.0]),
            (Point, &["36.52%", "5 %", "0"], &[36.52, 5.0, 0.0]),
            (Point, &["3652.5 kg", "12 kg", "1e3 kg"], &[3652.5, 12.0, 1000.0]),
            (Point, &["(12.3)", "4.5", "(1,000)"], &[-12.3, 4.5, -1000.0]),
            (Point, &["12.3-", "4.5"], &[-12.3, 4.5]),
            (Point, &["\u{2212}12.3", "4.5"], &[-12.3, 4.5]),
            (Point, &["1 234.5", "1\u{a0}234", "1\u{202f}234\u{202f}567"], &[1234.5, 1234.0, 1_234_567.0]),
            (Point, &["1'234.50", "1’234"], &[1234.5, 1234.0]),
            (Point, &["12,34,567", "1,234"], &[1_234_567.0, 1234.0]),
            (Point, &["Rs.500", "Rs.1,500"], &[500.0, 1500.0]),
            (Point, &["12 USD", "3 USD"], &[12.0, 3.0]),
            (Point, &[".5 m/s", "5. m/s"], &[0.5, 5.0]),
            (Comma, &["3.652,50 €", "189,9 €", "7"], &[3652.5, 189.9, 7.0]),
            (Comma, &["1.234", "12.500", "7"], &[1234.0, 12500.0, 7.0]),
            (Comma, &["12,5", "3652,5", ",5"], &[12.5, 3652.5, 0.5]),
            (Point, &["CHF 14'162.-", "CHF 950.50", "CHF 12.--"], &[14162.0, 950.5, 12.0]),
            (Comma, &["1.234,- €", "12,– €", "7,50 €"], &[1234.0, 12.0, 7.5]),
        ];
        for (decimal, cells, values) in cases {
            assert_eq!(read(cells, decimal), values.iter().map(|v| Some(*v)).collect::<Vec<_>>(), "{cells:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        let words = [
            "2024-02-26",
            "26-Feb-2024",
            "12:30",
            "1/2",
            "10-20",
            "0x1F",
            "Q1",
            "A12",
            "1st",
            "2nd",
            "1.2.3",
            "12,34",
            "0,123",
            "1,2345",
            "--5",
            "(-5)",
            "-5-",
            "<500",
            "12 34",
            "5 ft 3",
            "$",
            "%",
            "",
            "e5",
            "1 000 00",
            "192.168.0.1",
            "3+",
        ];
        for word in words {
            assert!(!may_be_number(word, DecimalMark::Point), "{word}");
        }
    }

    #[test]
    fn spellings_are_described_by_what_is_odd_about_them() {
        let described = |cells: &[&str], mark| {
            NumberSpelling::of_most(cells.iter().map(|cell| (*cell, 1)), mark).unwrap().describe()
        };
        assert_eq!(described(&["12,5", "3652,5"], DecimalMark::Comma), "decimal commas");
        assert_eq!(described(&["1.234,5 kg", "12,5 kg"], DecimalMark::Comma), "thousands points and `kg`");
    }

    #[test]
    fn a_percent_sign_or_a_unit_is_not_left_out_and_does_not_mix() {
        assert_eq!(read(&["12%", "13%", "12"], DecimalMark::Point), [Some(12.0), Some(13.0), None]);
        assert_eq!(read(&["3 kg", "4 kg", "5 t"], DecimalMark::Point), [Some(3.0), Some(4.0), None]);
        assert_eq!(read(&["$3", "$4", "€5"], DecimalMark::Point), [Some(3.0), Some(4.0), None]);
    }

    #[test]
    fn marks_are_shown_where_one_reading_only_is_left() {
        use DecimalMark::{Comma, Point};
        let cases = [
            ("12,5", Some(Comma)),
            ("0,125", Some(Comma)),
            ("1.234,5", Some(Comma)),
            ("1.234.567", Some(Comma)),
            ("12.5", Some(Point)),
            ("0.125", Some(Point)),
            ("1,234.5", Some(Point)),
            ("1,234,567", Some(Point)),
            ("1,234", None),
            ("1.234", None),
            ("12", None),
            ("word", None),
            ("12,5 %", Some(Comma)),
        ];
        for (cell, expected) in cases {
            assert_eq!(shown_mark(cell), expected, "{cell}");
        }
    }
}
