//! The mean of models that were fitted on different rows is one model.
//!
//! ```text
//!  members ─┬─ units.rs ──────> features that can say what those of every member say, and each member's as functions of them
//!           │    numbers.rs, levels.rs, by affine.rs
//!           ├─ targets.rs ────> one scale of the target
//!           └─ network.rs ────> the members in these units, side by side with their shares
//! ```
//!
//! On the scale of the link the model predicts the mean of what its members predict, weighted by their rows. For members without
//! hidden units its coefficients are therefore the weighted means of theirs. Rows need not be at one place: what is exchanged is
//! models.

mod affine;
mod levels;
mod meaning;
mod member;
mod moments;
mod network;
mod numbers;
mod record;
mod targets;
mod units;

use crate::encode::{TargetEncoding, Task};
use crate::fit::Fitted;
use crate::linear_part::readable;
use crate::loss::Loss;
use crate::{Error, Model, Result};

pub use member::Member;

/// The mean of `members` on the scale of the link, weighted by their training rows, as one model; exact but for rounding.
///
/// Exact for every cell of a kind that some member was trained with: a category that only one of them knows is to the others what a
/// new category is to them, and likewise missing cells and columns. What no member knows, the model remarks on and takes for the most
/// frequent category or the mean, as models do, of the rows of all members. So it does with missing cells that no member has an indicator
/// for, as where each was trained with fewer than five.
///
/// Columns are united by name. The standard errors of members are left out, as is all that rests on rows: the best line through a network is the
/// mean of the members' lines, each over its own rows.
///
/// # Errors
/// Fewer than two members; members of different tasks, targets or classes, whose columns mean different things, or whose hidden units
/// have different activations.
///
/// # Complexity
/// Linear in the size of the models; the model has the hidden units of all members.
pub fn merge(members: &[Member]) -> Result<Fitted> {
    let [first, others @ ..] = members else { return Err(too_few(0)) };
    if others.is_empty() {
        return Err(too_few(1));
    }
    check_tasks(first, others)?;
    network::check_activations(members)?;
    let shares = shares(members);
    let (target, outputs) = targets::unite(members, &shares)?;
    let units::United { encoding, maps, remarks } = units::unite(members, &shares)?;
    let network = network::unite(members, &maps, &outputs);
    let linear_part = network::linear_part(members, &maps, &outputs, &network);
    let notes = record::notes(members, &network);
    let explanation = readable(&network, &linear_part, &encoding, &target, notes);
    // Beside members without one, the line is that of the skip, which is no projection.
    let linear_part = members.iter().all(|member| member.model.own_linear_part().is_some()).then_some(linear_part);
    let model = Model { task: target.task, encoding, target, network, explanation, linear_part };
    let summary = record::summary(members, &shares, &model, remarks);
    Ok(Fitted { model, summary })
}

fn too_few(n: usize) -> Error {
    Error::input("models to merge", format!("{n}")).expected("two or more")
}

/// What each member counts: its part of all rows.
fn shares(members: &[Member]) -> Vec<f64> {
    let total: f64 = members.iter().map(|member| member.summary.n_rows as f64).sum();
    members.iter().map(|member| member.summary.n_rows as f64 / total).collect()
}

fn check_tasks(first: &Member, others: &[Member]) -> Result<()> {
    let said = |member: &Member| {
        let task = member.model.task;
        let classes = &member.model.target.classes;
        match task {
            Task::Binary | Task::Multiclass | Task::Ordinal => {
                format!(
                    "{} of {}",
                    task.name(),
                    crate::table::listed(&classes.iter().map(String::as_str).collect::<Vec<_>>())
                )
            }
            task => task.name().to_owned(),
        }
    };
    if first.model.task == Task::Survival {
        return Err(Error::input(first.place(), "a model of durations")
            .expected("models of other targets: baseline hazards of different rows have no mean")
            .hint("fit one model to the rows of all, with strata where their hazards differ"));
    }
    for other in others {
        let (own, new) = (&first.model.target, &other.model.target);
        if own.names != new.names {
            let listed = |names: &[String]| crate::table::listed(&names.iter().map(String::as_str).collect::<Vec<_>>());
            return Err(Error::input(other.place(), format!("a model of the target {}", listed(&new.names)))
                .expected(format!("the target {}, as in {}", listed(&own.names), first.name)));
        }
        if first.model.task != other.model.task || own.classes != new.classes {
            return Err(Error::input(other.place(), format!("the task {}", said(other)))
                .expected(format!(
                    "{}, as in {}: a mean is of one loss and of the same classes",
                    said(first),
                    first.name
                ))
                .hint("fit one of them again, with the task and the classes of the other"));
        }
        if own.trials != new.trials {
            let said =
                |target: &TargetEncoding| format!("trials in `{}`", target.trials.as_deref().unwrap_or_default());
            return Err(Error::input(other.place(), said(new))
                .expected(format!("{}, as in {}", said(own), first.name))
                .hint("fit one of them again, with the column called as in the other"));
        }
        if own.offset != new.offset {
            let said = |target: &TargetEncoding| match target.offset.terms() {
                terms if terms.is_empty() => "no offset".to_owned(),
                terms => format!("the offset {}", terms.join(" + ")),
            };
            return Err(Error::input(other.place(), said(new))
                .expected(format!("{}, as in {}: a mean is of one scale", said(own), first.name))
                .hint("fit one of them again, with the offset of the other"));
        }
        let is_other_power = matches!(own.loss(), Loss::Tweedie(_)) && own.loss != new.loss
            || own.loss().levels() != new.loss().levels();
        if own.loss().kind() != new.loss().kind() || is_other_power {
            let said = |target: &TargetEncoding| target.loss().in_words();
            return Err(Error::input(other.place(), format!("the loss {}", said(new)))
                .expected(format!("{}, as in {}: a mean is of one loss", said(own), first.name))
                .hint("fit one of them again, with the loss of the other"));
        }
    }
    Ok(())
}
