//! Which missing cells are an input of their own.

use crate::table::listed;

/// Missing cells that an indicator needs.
const FEWEST: usize = 5;

/// Whether so many missing cells of a column get an indicator. The coefficient of fewer is decided by single rows, however far off they take
/// it: of 228 rows of *lung* (R's survival) with one cell missing in two columns, and three in another, some folds predicted worse than a
/// constant.
pub fn are_told_apart(n_missing: usize) -> bool {
    n_missing >= FEWEST
}

/// What to say of columns whose missing cells are [not](are_told_apart); nothing if there are none.
pub fn filled(columns: &[impl AsRef<str>]) -> Option<String> {
    let many = if columns.len() > 1 { " each" } else { "" };
    let filled = "filled with the mean or the most frequent category, without an indicator";
    (!columns.is_empty()).then(|| format!("fewer than {FEWEST} missing cells{many} in {}: {filled}", listed(columns)))
}
