//! Whether the model that was written is of the kind that the folds have judged.

use super::record::{Evaluation, VerdictCode};
use crate::evaluate::resample::nested::ContenderKind;
use crate::fit::Summary;

/// One sentence where the deployed model is not what the verdict suggests, and why; `None` where both say the same.
pub fn disagreement(summary: &Summary, evaluation: &Evaluation) -> Option<String> {
    let found_units = matches!(evaluation.verdict.code, VerdictCode::LinearPlusUnits | VerdictCode::Nonlinear);
    let n_units = summary.n_units;
    if found_units && n_units == 0 {
        return Some(
            "The model in the file has no hidden units: on all rows inner cross-validation preferred the linear form, so the gain above \
             is not this model's (another seed, more starts or a smaller number of inputs may keep the units)."
                .into(),
        );
    }
    if n_units > 0 && matches!(evaluation.verdict.code, VerdictCode::Linear | VerdictCode::NoSignal) {
        return Some(format!(
            "The model in the file has {n_units} hidden unit{} all the same, which inner cross-validation on all rows preferred by a \
             little; with no hidden units offered the linear model is fitted.",
            plural(n_units)
        ));
    }
    let folds = evaluation.contenders.iter().find(|c| is_deployed_procedure(&c.name))?;
    let (fewest, most) = (folds.units.iter().min()?, folds.units.iter().max()?);
    (n_units > 0 && n_units > 2 * most).then(|| {
        format!(
            "The model in the file has {n_units} hidden unit{}, those of the folds had {fewest} to {most}: it averages more networks, of \
             more rows.",
            plural(n_units)
        )
    })
}

fn is_deployed_procedure(name: &str) -> bool {
    let config = crate::fit::Config::default();
    name.starts_with(&ContenderKind::Network.name(&config))
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}
