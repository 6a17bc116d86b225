//! What is told about a merged model.

use super::member::Member;
use crate::Model;
use crate::encode::Task;
use crate::error::Message;
use crate::fit::{Form, Summary};
use crate::net::Network;
use crate::schema::ColumnRules;
use crate::solve::Termination;

/// What limits the reading of its coefficients.
pub fn notes(members: &[Member], network: &Network) -> Vec<String> {
    let mut notes = Vec::new();
    if members.iter().any(|member| member.model.explanation.standard_errors.is_some()) {
        notes.push("standard errors are known of the merged models only, each over its own rows".to_owned());
    }
    if network.n_units() > 0 {
        notes.push(
            "the linear part is the mean of those of the merged models, each the best line through its own network over its own rows"
                .to_owned(),
        );
    }
    notes
}

/// What a fit of the model would tell, as far as its members tell it: losses and shares are means of theirs, each over its own rows.
pub fn summary(members: &[Member], shares: &[f64], model: &Model, remarks: Vec<String>) -> Summary {
    let of_all = |value: &dyn Fn(&Member) -> f64| members.iter().zip(shares).map(|(m, share)| share * value(m)).sum();
    // Half the squared error over the variance of the merged target.
    let in_its_units = |member: &Member| match (member.model.task, &member.model.target.standard[..]) {
        (Task::Regression, [own]) => (own.scale / model.target.standard[0].scale).powi(2),
        _ => 1.0,
    };
    let groups: Option<Vec<usize>> = members.iter().map(|member| member.summary.n_groups).collect();
    let ends = || members.iter().map(|member| member.summary.termination);
    let first = members[0].summary;
    Summary {
        task: model.task,
        loss: model.target.loss,
        n_rows: members.iter().map(|member| member.summary.n_rows).sum(),
        n_groups: groups.map(|groups| groups.iter().sum()),
        // A mean keeps what all of its members keep.
        rules: if members.iter().all(|member| member.summary.rules == first.rules) {
            first.rules.clone()
        } else {
            ColumnRules::default()
        },
        n_inputs: model.encoding.inputs.len(),
        method: first.method,
        form: Form::Merged,
        n_units: model.network.n_units(),
        n_units_offered: members.iter().map(|member| member.summary.n_units_offered).sum(),
        inputs_used: model.inputs_used(),
        n_weights: model.network.n_weights(),
        train_loss: of_all(&|member| in_its_units(member) * member.summary.train_loss),
        evidence: None,
        lambda: None,
        l1_ratio: None,
        converged: members.iter().all(|member| member.summary.converged),
        kkt: members.iter().map(|member| member.summary.kkt).fold(0.0, f64::max),
        termination: Termination {
            reason: ends().map(|end| end.reason).max().unwrap_or(first.termination.reason),
            iterations: ends().map(|end| end.iterations).sum(),
            objective: of_all(&|member| member.summary.termination.objective),
            kkt: ends().map(|end| end.kkt).fold(0.0, f64::max),
        },
        linear_share_in_sample: of_all(&|member| member.summary.linear_share_in_sample),
        nonlinear_share_in_sample: of_all(&|member| member.summary.nonlinear_share_in_sample),
        coefficients: model.explanation.coefficients.clone(),
        intercept: model.explanation.intercept.clone(),
        members: Vec::new(),
        contenders: Vec::new(),
        path: Vec::new(),
        headline: headline(members, model),
        warnings: remarks.into_iter().map(Message::from).collect(),
    }
}

fn headline(members: &[Member], model: &Model) -> String {
    let rows: Vec<String> = members.iter().map(|member| member.summary.n_rows.to_string()).collect();
    let units = match model.network.n_units() {
        0 => "no hidden units, so its coefficients are the means of theirs".to_owned(),
        1 => "1 hidden unit".to_owned(),
        n => format!("all their {n} hidden units"),
    };
    format!(
        "The model is the mean of {} models, weighted by their {} rows; it uses {} of {} inputs and has {units}.",
        members.len(),
        rows.join(" and "),
        model.inputs_used().len(),
        model.encoding.inputs.len()
    )
}
