//! What a column of the table holds, in a line.

use skiplayer::table::{Column, MISSING, Meaning, Values};

/// Levels that are named.
const MOST_LEVELS: usize = 4;

/// A column of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnSummary {
    pub name: String,
    pub kind: ColumnKind,
    /// What the cells mean: dates and times are numbers that are shown in words.
    pub meaning: Meaning,
    /// Empty cells.
    pub missing: usize,
}

/// What the cells are.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnKind {
    Number {
        min: f64,
        median: f64,
        mean: f64,
        max: f64,
    },
    /// The most frequent levels with their cells, and how many levels there are.
    Category {
        most_frequent: Vec<(String, usize)>,
        n_levels: usize,
    },
    /// Nothing but missing cells.
    Empty,
}

impl ColumnSummary {
    /// Counts and quantiles of `column`.
    ///
    /// # Complexity
    /// O(n log n) in its cells.
    pub fn of(column: &Column) -> Self {
        let (kind, missing) = match &column.values {
            Values::Numeric(values) => numbers(values),
            Values::Categorical { codes, levels } => categories(codes, levels),
        };
        Self { name: column.name.clone(), kind, meaning: column.meaning.clone(), missing }
    }
}

fn numbers(values: &[f64]) -> (ColumnKind, usize) {
    let mut present: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    let missing = values.len() - present.len();
    present.sort_by(f64::total_cmp);
    let (Some(&min), Some(&max)) = (present.first(), present.last()) else { return (ColumnKind::Empty, missing) };
    let middle = |from: usize| 0.5 * present[from];
    let n = present.len();
    let median = middle((n - 1) / 2) + middle(n / 2);
    // Divided first: the sum of huge numbers would not be finite.
    let mean = present.iter().map(|v| v / n as f64).sum();
    (ColumnKind::Number { min, median, mean, max }, missing)
}

fn categories(codes: &[u32], levels: &[String]) -> (ColumnKind, usize) {
    let mut counts = vec![0; levels.len()];
    for code in codes.iter().filter(|code| **code != MISSING) {
        if let Some(count) = counts.get_mut(*code as usize) {
            *count += 1;
        }
    }
    let missing = codes.len() - counts.iter().sum::<usize>();
    let mut found: Vec<(String, usize)> = levels.iter().cloned().zip(counts).filter(|(_, n)| *n > 0).collect();
    if found.is_empty() {
        return (ColumnKind::Empty, missing);
    }
    let n_levels = found.len();
    found.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    found.truncate(MOST_LEVELS);
    (ColumnKind::Category { most_frequent: found, n_levels }, missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_categories_and_nothing() {
        let of = |values| ColumnSummary::of(&Column::new("x", values));
        let numeric = of(Values::Numeric(vec![3.0, f64::NAN, 1.0, 2.0, 10.0]));
        assert_eq!(numeric.kind, ColumnKind::Number { min: 1.0, median: 2.5, mean: 4.0, max: 10.0 });
        assert_eq!(numeric.missing, 1);
        let text = of(Values::from_text([Some("b"), Some("a"), None, Some("a")]));
        let most_frequent = vec![("a".to_owned(), 2), ("b".to_owned(), 1)];
        assert_eq!(text.kind, ColumnKind::Category { most_frequent, n_levels: 2 });
        assert_eq!(of(Values::Numeric(vec![f64::NAN])).kind, ColumnKind::Empty);
    }
}
