//! What came out, in words.

use super::summary::{Form, Summary};

/// One or two sentences for the top of a report.
pub fn headline(summary: &Summary) -> String {
    let inputs = format!("uses {} of {} inputs", summary.inputs_used.len(), summary.n_inputs);
    let what = summary.loss().kind().measure();
    if summary.inputs_used.is_empty() {
        return format!("The fitted model is a constant: none of the {} inputs predicts the target.", summary.n_inputs);
    }
    if summary.n_units == 0 {
        let units = match summary.n_units_offered {
            0 => String::new(),
            offered => format!(" and none of {offered} hidden units"),
        };
        let share = percent(summary.linear_share_in_sample);
        return format!(
            "The fitted model is linear: it {inputs}{units}, and explains {share} of the {what} (in sample)."
        );
    }
    let units = if summary.n_units == 1 { "the hidden unit explains" } else { "the hidden units explain" };
    let mut headline = format!(
        "The fitted model {inputs} and {}: the linear part explains {} of the {what}, {units} {} more (in sample).",
        counted(summary.n_units),
        percent(summary.linear_share_in_sample),
        percent(summary.nonlinear_share_in_sample)
    );
    if matches!(summary.form, Form::Dense | Form::DenseWithoutSkip | Form::Stochastic) && summary.members.len() > 1 {
        headline += " It is the mean of several networks.";
    }
    headline
}

fn counted(n_units: usize) -> String {
    format!("{n_units} hidden unit{}", if n_units == 1 { "" } else { "s" })
}

fn percent(share: f64) -> String {
    format!("{:.0}%", 100.0 * share)
}
