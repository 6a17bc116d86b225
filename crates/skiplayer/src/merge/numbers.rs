//! A number that members standardise differently.

use super::affine::{Affine, Own, indicator, of_indicators, shown};
use super::moments::{mean, scale};

use crate::encode::{InputEncoding, Part, Source, Standard};

/// One input for all members, and of each member its own features as functions of the new ones: the number, and if `has_gaps` whether it
/// is missing.
///
/// To a member a missing cell is its own mean; the new feature is then 0, and the indicator makes up for the distance.
pub fn numbers(own: &Own, name: String, source: Source, has_gaps: bool) -> (InputEncoding, Vec<Vec<Affine>>) {
    let first_day = match source.part {
        Part::DaysSince(first) => first,
        _ => 0.0,
    };
    let of = |input: &Option<&InputEncoding>| Number::of((*input)?, first_day);
    let numbers: Vec<Option<Number>> = own.iter().map(|(input, _)| of(input)).collect();
    let known = || numbers.iter().zip(own).filter_map(|(number, (_, share))| Some((number.as_ref()?, *share)));
    // Members in which all cells are missing know no mean and no range.
    let seen = || known().filter(|(number, _)| number.gaps < 1.0);
    let total: f64 = known().map(|(_, share)| share).sum();
    let mean = mean(seen().map(|(number, share)| (number.standard.mean, share * (1.0 - number.gaps))));
    // Members fill gaps with their means: those rows add no distance between means.
    let spread = known().map(|(number, share)| {
        let own = if number.varies() { number.standard.scale } else { 0.0 };
        let distance = (1.0 - number.gaps).sqrt() * (number.standard.mean - mean);
        (share / total).sqrt() * own.hypot(distance)
    });
    let standard = Standard { mean, scale: scale(spread.fold(0.0, f64::hypot)) };
    let low = seen().map(|(number, _)| number.range.0).fold(f64::INFINITY, f64::min);
    let high = seen().map(|(number, _)| number.range.1).fold(f64::NEG_INFINITY, f64::max);
    let range = if low < high { (low, high) } else { (standard.mean, standard.mean) };
    let missing = has_gaps.then(|| indicator(known().map(|(number, share)| share / total * number.gaps).sum()));

    let functions = numbers.iter().map(|number| {
        let Some(number) = number else { return Vec::new() };
        let (slope, there) = if number.varies() {
            (standard.scale / number.standard.scale, (standard.mean - number.standard.mean) / number.standard.scale)
        } else {
            (0.0, 0.0)
        };
        let gap = |value: f64| -> Vec<(usize, f64, Standard)> {
            missing.iter().map(|standard| (1, value, *standard)).collect()
        };
        let mut value = of_indicators(there, &gap(0.0));
        value.terms.extend((slope != 0.0).then_some((0, slope)));
        let of_missing = number.missing.map(|own| {
            let (no, yes) = shown(&own);
            of_indicators(no, &gap(yes))
        });
        [value].into_iter().chain(of_missing).collect()
    });
    let functions = functions.collect();
    (InputEncoding::Numeric { name, standard, missing, range, source }, functions)
}

/// How a member has the number, days counted as the merged model counts them.
struct Number {
    standard: Standard,
    missing: Option<Standard>,
    range: (f64, f64),
    /// Share of its rows in which it was missing.
    gaps: f64,
}

impl Number {
    fn of(input: &InputEncoding, first_day: f64) -> Option<Self> {
        let InputEncoding::Numeric { standard, missing, range, source, .. } = input else { return None };
        let shift = match source.part {
            Part::DaysSince(first) => first - first_day,
            _ => 0.0,
        };
        Some(Self {
            standard: Standard { mean: standard.mean + shift, ..*standard },
            missing: *missing,
            range: (range.0 + shift, range.1 + shift),
            gaps: missing.map_or(0.0, |standard| standard.mean.clamp(0.0, 1.0)),
        })
    }

    fn varies(&self) -> bool {
        self.range.0 < self.range.1
    }
}
