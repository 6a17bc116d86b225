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
            "The saved model has no hidden units, because on all rows inner cross-validation chose the linear form: it does not have \
             the gain above. Another seed, more starts or fewer inputs may keep hidden units."
                .into(),
        );
    }
    if n_units > 0 && matches!(evaluation.verdict.code, VerdictCode::Linear | VerdictCode::NoSignal) {
        return Some(format!(
            "The saved model has {n_units} hidden unit{} all the same: inner cross-validation on all rows slightly preferred it. To get \
             the linear model, allow no hidden units.",
            plural(n_units)
        ));
    }
    let folds = evaluation.contenders.iter().find(|c| is_deployed_procedure(&c.name))?;
    let (fewest, most) = (folds.units.iter().min()?, folds.units.iter().max()?);
    (n_units > 0 && n_units > 2 * most).then(|| {
        format!(
            "The saved model has {n_units} hidden unit{}, the models of the folds had {fewest} to {most}: it averages more networks and \
             is fitted on more rows.",
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
