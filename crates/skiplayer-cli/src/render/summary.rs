//! The story of a fit.

use std::fmt::Write;
use std::path::Path;

use skiplayer::data::Task;
use skiplayer::explain::Coefficient;
use skiplayer::fit::{Form, Summary};
use skiplayer::solve::Reason;

use super::table::table;
use super::{Style, number, percent};

/// Coefficients that are listed.
const MAX_COEFFICIENTS: usize = 12;

/// What `skiplayer fit` prints.
pub fn text(summary: &Summary, path: &Path, seconds: f64) -> String {
    let style = Style::for_stdout();
    let mut out = String::new();
    let _ = writeln!(out, "{}\n", style.bold(&summary.story));
    let what = if summary.task == Task::Regression { "variance" } else { "deviance" };
    fact(&mut out, "data", &format!("{} rows, {} inputs, {}", summary.n_rows, summary.n_inputs, summary.task.name()));
    fact(
        &mut out,
        "network",
        &format!("{} hidden units, {} weights, {}", summary.n_units, summary.n_weights, form(summary.form)),
    );
    fact(
        &mut out,
        "in sample",
        &format!(
            "linear part {}, hidden units {} of the {what}",
            percent(summary.linear_share_in_sample),
            percent(summary.nonlinear_share_in_sample)
        ),
    );
    if let Some(lambda) = summary.lambda {
        fact(&mut out, "lambda", &number(lambda));
    }
    fact(&mut out, "solver", &solver(summary));
    members(&mut out, summary);
    contenders(&mut out, summary, style);
    coefficients(&mut out, summary, style);
    let _ = writeln!(out, "\nmodel written to {} in {seconds:.1} s", path.display());
    let _ = writeln!(out, "next: {}", style.dim(&format!("skiplayer show {}", path.display())));
    out
}

fn fact(out: &mut String, name: &str, value: &str) {
    let _ = writeln!(out, "  {name:<11} {value}");
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Linear => "a linear model",
        Form::Sparse => "units inserted one by one",
        Form::Dense => "the mean of networks from several starts",
        Form::Path => "a point of a regularisation path",
        Form::Stochastic => "the mean of networks fitted by stochastic steps",
    }
}

fn solver(summary: &Summary) -> String {
    let how = match summary.termination.reason {
        Reason::Converged => "converged",
        Reason::NoProgress => "stopped where no step helps",
        Reason::IterationLimit => "stopped at the limit of iterations",
        Reason::Interrupted => "interrupted",
    };
    format!("{how} after {} iterations, KKT residual {:.0e}", summary.termination.iterations, summary.kkt)
}

fn members(out: &mut String, summary: &Summary) {
    if summary.members.len() < 2 {
        return;
    }
    let units = summary.members.iter().map(|m| m.n_units);
    let (least, most) = (units.clone().min().unwrap_or(0), units.max().unwrap_or(0));
    let converged = summary.members.iter().filter(|m| m.termination.converged()).count();
    let evidence = summary.members.iter().filter_map(|m| m.evidence);
    let mut text = format!("{} starts, {converged} converged, {least} to {most} units", summary.members.len());
    if let (Some(best), Some(worst)) = (evidence.clone().reduce(f64::min), evidence.reduce(f64::max)) {
        let _ = write!(text, ", -log evidence {best:.0} to {worst:.0}");
    }
    fact(out, "restarts", &text);
}

fn contenders(out: &mut String, summary: &Summary, style: Style) {
    if summary.contenders.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", style.bold("cross-validated loss"));
    let rows: Vec<Vec<String>> = summary
        .contenders
        .iter()
        .map(|c| {
            let gain = match c.form {
                Form::Linear => String::new(),
                _ => format!("{} ± {}", number(c.gain_over_linear), number(c.gain_standard_error)),
            };
            let remark = match (c.chosen, c.converged) {
                (true, _) => "chosen",
                (false, false) => "not converged",
                _ => "",
            };
            vec![name(c.form).to_owned(), number(c.cv_loss), gain, remark.to_owned()]
        })
        .collect();
    out.push_str(&table(&["", "loss", "gain over linear", ""], &rows));
}

fn name(form: Form) -> &'static str {
    match form {
        Form::Linear => "linear",
        Form::Sparse => "sparse",
        Form::Dense => "dense",
        Form::Path => "path",
        Form::Stochastic => "stochastic",
    }
}

fn coefficients(out: &mut String, summary: &Summary, style: Style) {
    let mut sorted: Vec<&Coefficient> = summary.coefficients.iter().collect();
    sorted.sort_by(|a, b| b.standardised.abs().total_cmp(&a.standardised.abs()));
    if sorted.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", style.bold("linear part"));
    let rows: Vec<Vec<String>> =
        sorted.iter().take(MAX_COEFFICIENTS).map(|c| vec![label(c), number(c.value), number(c.standardised)]).collect();
    out.push_str(&table(&["", "per unit", "per sd"], &rows));
    if sorted.len() > MAX_COEFFICIENTS {
        let _ = writeln!(out, "  … and {} more, see `skiplayer show`", sorted.len() - MAX_COEFFICIENTS);
    }
}

/// The input, with its output where there are several.
pub fn label(coefficient: &Coefficient) -> String {
    match &coefficient.output {
        Some(output) => format!("{output}: {}", coefficient.input),
        None => coefficient.input.clone(),
    }
}
