//! Targets of which a model leaves almost nothing: which inputs determine them.

use super::candidate::Candidate;
use super::sample::Sample;
use super::summary::Form;
use crate::encode::Encoding;
use crate::error::Message;

/// Share of the loss of a constant that is left where a target is nearly determined: a hundredth of its spread.
const ALMOST_NOTHING: f64 = 1e-4;
/// Share of the loss of a constant that a column which helps to determine the target is worth.
const MATTERS: f64 = 0.01;
/// Columns that are named.
const MOST_NAMED: usize = 4;

/// That few columns nearly determine the target, on rows that inner folds left out and in sample. One column that does so alone is found
/// by [`leaks`](crate::evaluate::leaks), also without a network. O(n W) for each input in use.
pub fn remark(sample: &Sample, encoding: &Encoding, solution: &Candidate, unexplained: f64) -> Option<Message> {
    let held_out = |form: Form| solution.contenders.iter().find(|c| c.form == form).map(|c| c.cv_loss);
    let chosen = solution.contenders.iter().find(|c| c.chosen)?.cv_loss;
    let constant = held_out(Form::Constant)?;
    if !sample.loss.is_quadratic() || unexplained > ALMOST_NOTHING || chosen > ALMOST_NOTHING * constant {
        return None;
    }
    let input_of = encoding.input_of_feature();
    let full = sample.mean_loss(&solution.network.forward(&sample.x));
    let worth = |at: usize| {
        // Features are standardised: at zero the column is at its mean.
        let mut x = sample.x.clone();
        (0..x.n_columns()).filter(|&j| input_of[j] == at).for_each(|j| x.column_mut(j).fill(0.0));
        sample.mean_loss(&solution.network.forward(&x)) - full
    };
    let mut columns: Vec<(f64, &str)> =
        encoding.inputs.iter().enumerate().map(|(at, input)| (worth(at), input.column())).collect();
    columns.retain(|(worth, _)| *worth > MATTERS * constant);
    columns.sort_by(|a, b| b.0.total_cmp(&a.0));
    let names: Vec<String> = columns.iter().take(MOST_NAMED).map(|(_, name)| format!("`{name}`")).collect();
    let (last, first) = names.split_last()?;
    if first.is_empty() {
        return None;
    }
    let percent = 100.0 * (chosen / constant).sqrt();
    Some(
        format!(
            "the target is nearly determined by {} and {last}: what is left is {percent:.1}% of its spread; is it computed from them?",
            first.join(", ")
        )
        .into(),
    )
}
