//! What the rows of a part say of a column. Summaries of parts are put together in the order of the parts, so that what is
//! learned from them depends on the parts and not on who made them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::standardise::power_of_two_below;
use crate::error::Place;
use crate::table::{Column, MISSING, Meaning, Values};
use crate::{Error, Result};

/// Cells of text that are all different are counted, not kept, where a part has so many: they name the rows.
const MANY_DIFFERENT: usize = 10_000;

/// What the usable rows of a part, or of parts together, say of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnSummary {
    pub name: String,
    pub meaning: Meaning,
    /// Missing cells, and the weight of their rows.
    pub missing: (usize, f64),
    pub cells: Cells,
}

/// What is said of the cells that are not missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cells {
    Numbers(Numbers),
    Levels(Levels),
}

/// Numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    pub n: usize,
    /// The smallest and the largest, each with the first row that has it.
    pub range: Option<[(f64, usize); 2]>,
    /// The first that is not whole, and its row.
    pub fraction: Option<(f64, usize)>,
    pub has_zero: bool,
    pub spread: Spread,
    /// Of a column that counts the rows of the table, what it would give row 0.
    pub counts_from: Option<f64>,
    /// Different numbers with their rows, in order, where they were asked for.
    pub values: Vec<(f64, usize)>,
}

/// Categories, texts and truth values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Levels {
    /// Rows and weight of each.
    pub levels: BTreeMap<String, (usize, f64)>,
    /// Cells of parts that hold many and no two alike.
    pub all_different: usize,
}

impl ColumnSummary {
    /// Of the cells in `rows` (with their weights) of a part that begins at row `start` of the table; `is_class` asks for all
    /// different numbers.
    ///
    /// # Errors
    /// Infinite numbers.
    pub fn of(column: &Column, rows: &[usize], weight: &[f64], start: usize, is_class: bool) -> Result<Self> {
        let gaps = rows.iter().zip(weight).filter(|(row, _)| column.values.is_missing(**row));
        let missing = gaps.fold((0, 0.0), |(n, sum), (_, weight)| (n + 1, sum + weight));
        let present =
            || rows.iter().copied().zip(weight.iter().copied()).filter(|(r, _)| !column.values.is_missing(*r));
        let cells = match &column.values {
            Values::Numeric(values) => {
                if let Some((row, _)) = present().find(|(row, _)| values[*row].is_infinite()) {
                    let found = format!("{} in row {}", values[row], start + row + 1);
                    return Err(Error::input(Place::of_column(&column.name), found).expected("finite numbers"));
                }
                Cells::Numbers(Numbers::of(values, present, start, is_class))
            }
            Values::Categorical { codes, levels } => Cells::Levels(Levels::of(codes, levels, present)),
        };
        Ok(Self { name: column.name.clone(), meaning: column.meaning.clone(), missing, cells })
    }

    /// Cells that are not missing.
    pub fn n_present(&self) -> usize {
        match &self.cells {
            Cells::Numbers(own) => own.n,
            Cells::Levels(own) => own.all_different + own.levels.values().map(|(n, _)| n).sum::<usize>(),
        }
    }

    /// Adds what the next part says. Parts in which all cells are missing may be of any type.
    ///
    /// # Errors
    /// A column of another name or type.
    pub fn add(&mut self, next: Self, start: usize) -> Result<()> {
        let differs = |found: String, expected: String| {
            Error::input(Place::of_column(&self.name), format!("{found} from row {} on", start + 1))
                .expected(format!("{expected}, as in the rows before"))
                .hint("give all files the same columns, in the same order and of the same types")
        };
        if next.name != self.name {
            return Err(differs(format!("column `{}` in its place", next.name), format!("`{}`", self.name)));
        }
        self.missing = (self.missing.0 + next.missing.0, self.missing.1 + next.missing.1);
        if next.n_present() == 0 {
            return Ok(());
        }
        if self.n_present() == 0 {
            (self.cells, self.meaning) = (next.cells, next.meaning);
            return Ok(());
        }
        match (&mut self.cells, next.cells) {
            (Cells::Numbers(own), Cells::Numbers(next_cells)) if self.meaning == next.meaning => own.add(next_cells),
            (Cells::Levels(own), Cells::Levels(next_cells)) => {
                // A part may happen to hold words for truth only.
                if self.meaning != next.meaning {
                    self.meaning = Meaning::CATEGORY;
                }
                own.add(next_cells);
            }
            (own, next_cells) => {
                let (own, next) = (type_of(own, &self.meaning), type_of(&next_cells, &next.meaning));
                return Err(differs(next.to_owned(), own.to_owned()));
            }
        }
        Ok(())
    }
}

fn type_of(cells: &Cells, meaning: &Meaning) -> &'static str {
    match (cells, meaning) {
        (Cells::Levels(_), _) => "text or categories",
        (_, meaning) if meaning.is_calendar() => "dates",
        (_, Meaning::TimeOfDay) => "times of day",
        (_, Meaning::Duration) => "durations",
        _ => "numbers",
    }
}

impl Numbers {
    fn of<I: Iterator<Item = (usize, f64)>>(
        values: &[f64],
        present: impl Fn() -> I,
        start: usize,
        is_class: bool,
    ) -> Self {
        let mut range: Option<[(f64, usize); 2]> = None;
        for (row, _) in present() {
            let cell = (values[row], start + row);
            let [low, high] = range.get_or_insert([cell; 2]);
            if cell.0 < low.0 {
                *low = cell;
            }
            if cell.0 > high.0 {
                *high = cell;
            }
        }
        let fraction = present().map(|(row, _)| (values[row], start + row)).find(|(value, _)| value.fract() != 0.0);
        let first = values.first().map(|first| first - start as f64);
        let counts = |first: &f64| values.iter().enumerate().all(|(i, v)| *v == first + (start + i) as f64);
        let mut different: Vec<(f64, usize)> = Vec::new();
        if is_class {
            let mut sorted: Vec<f64> = present().map(|(row, _)| values[row]).collect();
            sorted.sort_by(f64::total_cmp);
            different = sorted.chunk_by(|a, b| a == b).map(|run| (run[0], run.len())).collect();
        }
        Self {
            n: present().count(),
            range,
            fraction,
            has_zero: present().any(|(row, _)| values[row] == 0.0),
            spread: Spread::of(|| present().map(|(row, weight)| (values[row], weight))),
            counts_from: first.filter(counts),
            values: different,
        }
    }

    fn add(&mut self, next: Self) {
        self.n += next.n;
        if let (Some([low, high]), Some([next_low, next_high])) = (&mut self.range, next.range) {
            if next_low.0 < low.0 {
                *low = next_low;
            }
            if next_high.0 > high.0 {
                *high = next_high;
            }
        }
        self.fraction = self.fraction.or(next.fraction);
        self.has_zero |= next.has_zero;
        self.spread.add(&next.spread);
        self.counts_from = self.counts_from.filter(|from| next.counts_from == Some(*from));
        for (value, n) in next.values {
            match self.values.binary_search_by(|(own, _)| own.total_cmp(&value)) {
                Ok(at) => self.values[at].1 += n,
                Err(at) => self.values.insert(at, (value, n)),
            }
        }
    }
}

impl Levels {
    fn of<I: Iterator<Item = (usize, f64)>>(codes: &[u32], levels: &[String], present: impl Fn() -> I) -> Self {
        let mut counts = vec![(0usize, 0.0); levels.len()];
        for (row, weight) in present().filter(|(row, _)| codes[*row] != MISSING) {
            let count = &mut counts[codes[row] as usize];
            *count = (count.0 + 1, count.1 + weight);
        }
        let n = present().count();
        if n >= MANY_DIFFERENT && counts.iter().all(|(count, _)| *count <= 1) {
            return Self { levels: BTreeMap::new(), all_different: n };
        }
        let held = levels.iter().cloned().zip(counts).filter(|(_, (count, _))| *count > 0);
        Self { levels: held.collect(), all_different: 0 }
    }

    fn add(&mut self, next: Self) {
        self.all_different += next.all_different;
        for (level, (n, weight)) in next.levels {
            let own = self.levels.entry(level).or_insert((0, 0.0));
            *own = (own.0 + n, own.1 + weight);
        }
    }
}

/// Weight, mean and sum of squared deviations, in a unit near the largest number so that 1e300 can be squared, and from an origin among
/// the numbers so that large ones close together keep their digits.
///
/// Chan, Golub & LeVeque (1983), Algorithms for computing the sample variance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// A power of two.
    unit: f64,
    origin: f64,
    weight: f64,
    /// From the origin.
    mean: f64,
    squares: f64,
}

impl Spread {
    /// Of numbers with their weights.
    pub fn of<I: Iterator<Item = (f64, f64)>>(numbers: impl Fn() -> I) -> Self {
        let largest = numbers().map(|(value, _)| value.abs()).fold(0.0, f64::max);
        let unit = power_of_two_below(largest);
        let origin = numbers().next().map_or(0.0, |(value, _)| value / unit);
        let weight: f64 = numbers().map(|(_, weight)| weight).sum();
        let sum = numbers().map(|(value, weight)| weight * (value / unit - origin)).sum::<f64>();
        let mean = if weight > 0.0 { sum / weight } else { 0.0 };
        let squares = numbers().map(|(value, weight)| weight * (value / unit - origin - mean).powi(2)).sum();
        Self { unit, origin, weight, mean, squares }
    }

    fn in_unit(&self, unit: f64) -> Self {
        let ratio = self.unit / unit;
        let (origin, mean, squares) = (self.origin * ratio, self.mean * ratio, self.squares * ratio * ratio);
        Self { unit, origin, weight: self.weight, mean, squares }
    }

    /// Adds that of other numbers.
    pub fn add(&mut self, next: &Self) {
        if next.weight == 0.0 {
            return;
        }
        if self.weight == 0.0 {
            *self = *next;
            return;
        }
        let unit = self.unit.max(next.unit);
        let (own, next) = (self.in_unit(unit), next.in_unit(unit));
        let weight = own.weight + next.weight;
        let apart = (next.origin - own.origin) + (next.mean - own.mean);
        let mean = own.mean + apart * (next.weight / weight);
        let squares = own.squares + next.squares + apart * apart * (own.weight / weight) * next.weight;
        *self = Self { unit, origin: own.origin, weight, mean, squares };
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        (self.origin + self.mean) * self.unit
    }

    /// The standard deviation over a total `weight`, of which what is not here lies at the mean.
    pub fn deviation(&self, weight: f64) -> f64 {
        (self.squares / weight).sqrt() * self.unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn spreads_of_parts_are_that_of_the_whole() {
        for (offset, unit) in [(0.0, 1.0), (1e9, 1.0), (0.0, 1e300), (0.0, 1e-300)] {
            let mut random = Random::simulated(3);
            let rows: Vec<(f64, f64)> =
                (0..1000).map(|_| ((offset + random.normal()) * unit, 0.5 + random.uniform())).collect();
            let whole = Spread::of(|| rows.iter().copied());
            let mut together = Spread::of(std::iter::empty);
            for part in rows.chunks(77) {
                together.add(&Spread::of(|| part.iter().copied()));
            }
            let total: f64 = rows.iter().map(|(_, weight)| weight).sum();
            assert!((whole.mean() - together.mean()).abs() <= 1e-12 * whole.mean().abs().max(unit));
            assert!((whole.deviation(total) / together.deviation(total) - 1.0).abs() < 1e-9, "{offset} {unit}");
        }
    }
}
