//! How long an evaluation is likely to take, said before it begins.

use super::options::EvaluationOptions;
use super::run::n_outer_folds;
use crate::Result;
use crate::fit::{Config, Goal, Method, Outlook, Size};
use crate::schema::Dataset;

/// Of [`evaluate`](super::evaluate()) with `config`; `None` for paths, whose length nobody knows.
///
/// # Errors
/// Those of [`n_outer_folds`].
pub fn outlook(data: &Dataset, config: &Config, options: &EvaluationOptions) -> Result<Option<Outlook>> {
    let n_folds = n_outer_folds(data, config, options)? as f64;
    let sample = data.encode(&data.all())?.sample;
    let rows = sample.n_rows();
    let size = Size { rows, inputs: sample.n_inputs(), outputs: sample.n_outputs() };
    let config = options.fold_config(config, rows);
    let network = Outlook::of_size(size, &config, Goal::Evaluate);
    let without_skip = Config { skip: false, method: Method::Evidence, ..config };
    let both = network.zip(Outlook::of_size(size, &without_skip, Goal::Evaluate)).map(|(one, other)| one.and(other));
    Ok(both.map(|of_fold| of_fold.repeated(n_folds)))
}
