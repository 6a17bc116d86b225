//! The width of the normal prior of a line's coefficients, which the rows tell (MacKay 1992).

/// More inputs than this have no line: its information would take longer than the fits.
pub const MOST_INPUTS: usize = 500;
/// Turns of fit and width.
pub const MAX_TURNS: usize = 30;
/// Beyond this penalty of standardised inputs there is no line.
pub const NO_LINE: f64 = 1e7;
/// Relative change of the penalty that ends the turns.
const STILL: f64 = 1e-3;

/// The penalty that suits a fit by `precision`: as many coefficients as the rows determine, over the sum of their squares. `inverse` is the
/// diagonal of the inverse of the penalised information, at the coefficients that have the prior, `coef`.
pub fn next_precision(precision: f64, coef: &[f64], inverse: &[f64]) -> f64 {
    let determined = coef.len() as f64 - precision * inverse.iter().sum::<f64>();
    let squares: f64 = coef.iter().map(|b| b * b).sum();
    determined.max(0.0) / squares.max(f64::MIN_POSITIVE)
}

/// Whether a change of the penalty is none.
pub fn is_still(precision: f64, next: f64) -> bool {
    (next - precision).abs() <= STILL * precision
}
