//! What came out, in words.

use super::summary::{Form, Summary};

/// One or two sentences for the top of a report.
pub fn headline(summary: &Summary) -> String {
    let inputs = format!("{} of {} inputs", summary.inputs_used.len(), summary.n_inputs);
    let what = if summary.task == crate::encode::Task::Regression { "variance" } else { "deviance" };
    if summary.inputs_used.is_empty() {
        return format!("0 of {} inputs: no input predicts the target, the model is a constant", summary.n_inputs);
    }
    if summary.n_units == 0 {
        let units = match summary.n_units_offered {
            0 => String::new(),
            offered => format!(", 0 of {offered} hidden units"),
        };
        let share = percent(summary.linear_share_in_sample);
        return format!("{inputs}{units}: the model is linear; it explains {share} of the {what} in sample");
    }
    let units = match summary.n_units {
        1 => "1 hidden unit explains".to_owned(),
        n => format!("{n} hidden units explain"),
    };
    let mut headline = format!(
        "{inputs}: linear part explains {} of the {what}, {units} {} more, in sample",
        percent(summary.linear_share_in_sample),
        percent(summary.nonlinear_share_in_sample)
    );
    if matches!(summary.form, Form::Dense | Form::DenseWithoutSkip | Form::Stochastic) && summary.members.len() > 1 {
        headline += " (mean of several networks, as one)";
    }
    headline
}

fn percent(share: f64) -> String {
    format!("{:.0}%", 100.0 * share)
}
