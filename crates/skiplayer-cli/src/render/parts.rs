//! The parts of a report on a model.

use console::truncate_str;
use skiplayer::encode::Task;
use skiplayer::fit::{Form, LambdaChoice, Method, PathPoint, PathStart, Summary};
use skiplayer::linear_part::{Coefficient, Explanation, SplitInference};
use skiplayer::solve::Reason;
use skiplayer::table::Meaning;
use skiplayer_io::ModelFile;

use super::grid::{Align, Grid};
use super::number::{count, nats, number, order, percent};
use super::page::Page;
use crate::spelling::in_words;

/// Names in a list on one page.
const MOST_NAMES: usize = 15;
/// Columns for a name in a list.
const LONGEST_NAME: usize = 40;

/// What is predicted from which data.
pub fn task(page: &mut Page, file: &ModelFile) {
    let (target, summary) = (&file.model.target, &file.summary);
    let names = list(&target.names);
    let kind = match summary.task {
        Task::Binary => match &target.classes[..] {
            [not, event] => format!("{names}: {event} or {not}"),
            _ => names,
        },
        Task::Multiclass => format!("{names}: {} classes, {}", target.classes.len(), list(&target.classes)),
        Task::Regression => match &target.meanings[..] {
            [Meaning::Date { .. }] => format!("{names}, in days since 1970-01-01"),
            [Meaning::Timestamp { .. }] => format!("{names}, in seconds since 1970-01-01"),
            [Meaning::TimeOfDay] => format!("{names}, in seconds since midnight"),
            [Meaning::Duration] => format!("{names}, in seconds"),
            _ => names,
        },
        Task::Count | Task::Amount => names,
        Task::Ordinal => format!("{names}: {} ordered classes, {}", target.classes.len(), list(&target.classes)),
        Task::Successes => format!("{names} of {}", target.trials.as_deref().unwrap_or_default()),
        Task::Survival => target.survival.as_ref().map_or(names.clone(), |own| {
            let strata = own.strata.as_ref().map_or(String::new(), |strata| format!(", strata by {strata}"));
            format!("{names} until {}{strata}", own.event)
        }),
    };
    let loss = target.loss_in_words().map_or(String::new(), |words| format!(": {words}"));
    page.fact("target", &format!("{kind} ({}{loss})", summary.task.name()));
    if !target.offset.is_empty() {
        page.fact("offset", &target.offset.terms().join(" + "));
    }
    if !summary.rules.is_empty() {
        page.fact("rules", &summary.rules.in_words().join("; "));
    }
    let set_aside = match file.provenance.rows.checked_sub(summary.n_rows) {
        Some(0) | None => String::new(),
        Some(n) => format!(" used, {n} set aside"),
    };
    let groups = summary.n_groups.map_or(String::new(), |n| format!(", in {}", count(n, "group")));
    page.fact("data", &format!("{}, {}{set_aside}{groups}", file.provenance.data, count(summary.n_rows, "row")));
}

/// What is left of the network, and by which method.
pub fn network(page: &mut Page, file: &ModelFile) {
    let summary = &file.summary;
    let is_used = |name: &String| summary.inputs_used.contains(name);
    let unused: Vec<String> = file.model.encoding.inputs.iter().map(|input| input.name().to_owned()).collect();
    let unused: Vec<String> = unused.into_iter().filter(|name| !is_used(name)).collect();
    let mut inputs = format!("{} of {} used", summary.inputs_used.len(), summary.n_inputs);
    if !summary.inputs_used.is_empty() {
        inputs += &format!(": {}", list(&summary.inputs_used));
    }
    if !unused.is_empty() && !summary.inputs_used.is_empty() {
        inputs += &format!("; not used: {}", list(&unused));
    }
    page.fact("inputs", &inputs);
    if summary.n_units_offered > 0 || summary.n_units > 0 {
        let offered = match summary.n_units_offered {
            0 => String::new(),
            n => format!(" (each network could use up to {n})"),
        };
        page.fact("hidden units", &format!("{}{offered}", summary.n_units));
    }
    page.fact("nonzero weights", &summary.n_weights.to_string());
    page.fact("method", &method(file));
}

fn method(file: &ModelFile) -> String {
    let summary = &file.summary;
    let form = form(summary.form);
    let lambda = || {
        let choice = match file.provenance.options.lambda_choice {
            LambdaChoice::Min => "has the smallest cross-validated loss",
            LambdaChoice::OneStandardError => "is the largest within one standard error of the smallest loss",
        };
        let value = summary.lambda.map(number).unwrap_or_default();
        format!("lambda {value} {choice} of {}", summary.path.len())
    };
    match summary.method {
        _ if summary.form == Form::Merged => form.to_owned(),
        Method::Linear => format!("linear: lasso path, {}", lambda()),
        Method::Path => {
            let from = match file.provenance.options.path_start {
                PathStart::Dense => "from dense to sparse",
                PathStart::Linear => "from the linear model on",
            };
            format!("path: {from}, {}", lambda())
        }
        Method::Evidence => format!("evidence: {form}, by the smallest -log evidence"),
        Method::Auto if summary.contenders.is_empty() => format!("auto: {form}"),
        Method::Auto => {
            let mixture = summary.l1_ratio.map(|share| format!(" ({} of the price is L1)", percent(share)));
            format!("auto: {form}{}, by inner cross-validation", mixture.unwrap_or_default())
        }
    }
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Constant => "a constant",
        Form::Linear => "the linear model",
        Form::Lasso => "the linear model by the lasso",
        Form::ElasticNet => "the linear model by the elastic net",
        Form::Sparse => "a sparse network",
        Form::Dense => "the mean of dense networks",
        Form::DenseWithoutSkip => "the mean of dense networks without a skip",
        Form::Path => "a point of a path",
        Form::Stochastic => "networks fitted by stochastic steps",
        Form::Merged => "the mean of models that were fitted on different rows",
    }
}

fn form_name(form: Form) -> &'static str {
    match form {
        Form::Constant => "constant",
        Form::Linear => "linear",
        Form::Lasso => "lasso",
        Form::ElasticNet => "elastic net",
        Form::Sparse => "sparse",
        Form::Dense => "dense",
        Form::DenseWithoutSkip => "dense, no skip",
        Form::Path => "path",
        Form::Stochastic => "stochastic",
        Form::Merged => "merged",
    }
}

/// How much the linear part and the hidden units explain.
pub fn shares(page: &mut Page, summary: &Summary) {
    let what = summary.loss().kind().measure();
    let of_members = of_members(summary);
    page.fact(
        "linear share",
        &format!("{} of the {what}, in sample{of_members}", percent(summary.linear_share_in_sample)),
    );
    if summary.n_units > 0 {
        let share = percent(summary.nonlinear_share_in_sample);
        page.fact("nonlinear share", &format!("{share}, in sample{of_members}"));
    }
}

/// What numbers over rows are of, where the rows of a model are nowhere together.
fn of_members(summary: &Summary) -> &'static str {
    if summary.form == Form::Merged { " (mean of the merged models, each over its own rows)" } else { "" }
}

/// How the fit ended.
pub fn fit(page: &mut Page, summary: &Summary) {
    let loss = match summary.evidence {
        Some(evidence) => format!("{} per row, -log evidence {} nats", number(summary.train_loss), nats(evidence)),
        None => format!("{} per row{}", number(summary.train_loss), of_members(summary)),
    };
    page.fact("training loss", &loss);
    let end = summary.termination;
    let details =
        format!("optimality conditions hold to {}, {}", order(summary.kkt), count(end.iterations, "iteration"));
    let palette = page.palette;
    page.fact(
        "converged",
        &match end.reason {
            Reason::Converged => format!("{}: {details}", palette.green("yes")),
            // As planned, so nothing that anybody has to see to.
            Reason::WorkLimit => format!("not to the end: {} ({details})", why(end.reason)),
            reason => format!("{}: {} ({details})", palette.yellow("no"), why(reason)),
        },
    );
}

fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::Converged => "converged",
        Reason::Enough => "it was stopped early, near its optimum",
        Reason::WorkLimit => "it did the work that a start may take, and held-out rows judged it",
        Reason::NoProgress => "no step lowers the objective any more",
        Reason::IterationLimit => "it reached the limit on iterations",
        Reason::Interrupted => "it was stopped by the limit on time",
    }
}

/// The spread of the starts behind a mean of networks, in one line.
pub fn ensemble(page: &mut Page, summary: &Summary) {
    let members = &summary.members;
    let units = || members.iter().map(|member| member.n_units);
    let (Some(fewest), Some(most)) = (units().min(), units().max()) else { return };
    let mut text = format!("{} with {} hidden units", count(members.len(), "start"), range(fewest, most));
    let evidence = || members.iter().filter_map(|member| member.evidence);
    let (least, greatest) = (evidence().reduce(f64::min), evidence().reduce(f64::max));
    if let (Some(least), Some(greatest)) = (least, greatest) {
        text += &format!(", -log evidence {} to {}", nats(least), nats(greatest));
    }
    text += &format!(", {} converged", members.iter().filter(|member| member.termination.converged()).count());
    match members.iter().filter(|member| member.termination.reason == Reason::Enough).count() {
        0 => {}
        n_left => text += &format!(", {n_left} stopped early and left out"),
    }
    page.fact("ensemble", &text);
}

fn range(from: usize, to: usize) -> String {
    if from == to { from.to_string() } else { format!("{from} to {to}") }
}

/// What competed, by cross-validated loss.
pub fn contenders(page: &mut Page, summary: &Summary) {
    if summary.contenders.is_empty() {
        return;
    }
    page.heading("How the form was chosen (inner cross-validation)");
    let mut grid = Grid::new(&[
        ("form", Align::Left),
        ("cross-validated loss", Align::Point),
        ("gain over linear", Align::Point),
        ("± standard error", Align::Point),
        ("", Align::Left),
    ]);
    for contender in &summary.contenders {
        let gain = |value: f64| if contender.is_yardstick() { String::new() } else { number(value) };
        grid.row([
            form_name(contender.form).to_owned(),
            number(contender.cv_loss),
            gain(contender.gain_over_linear),
            gain(contender.gain_standard_error),
            contender.remark(),
        ]);
    }
    page.grid(&grid);
}

/// The linear part, largest standardised effect first, at most `limit` of them.
pub fn coefficients(page: &mut Page, file: &ModelFile, limit: usize, path: &str) {
    let explanation = &file.model.explanation;
    let has_units = file.summary.n_units > 0;
    page.heading(if has_units { "Linear part (the best line through the network)" } else { "Linear model" });
    let Explanation { coefficients, intercept, standard_errors, .. } = explanation;
    line(page, &explanation.outputs, coefficients, intercept, standard_errors.is_some(), limit);
    if let Some(method) = standard_errors.as_deref().filter(|_| !coefficients.is_empty()) {
        page.aside(&format!(
            "se: {}; they do not account for the selection of inputs or for shrinkage",
            kind_of_errors(method)
        ));
    }
    for sentence in explanation.reading.iter().take(MOST_NAMES) {
        page.aside(sentence);
    }
    // Why an error is missing belongs beside the place where it is missing.
    for note in explanation.notes.iter().filter(|note| note.starts_with("no standard error")) {
        page.aside(note);
    }
    let left = coefficients.len().saturating_sub(limit);
    if left > 0 {
        page.aside(&format!("… and {left} more, see `skiplayer show {path}`"));
    }
    if let Some(split) = &explanation.split {
        split_inference(page, split, &explanation.outputs, limit);
    }
}

/// Those of the partial likelihood are not robust.
fn kind_of_errors(method: &str) -> String {
    if method == "partial likelihood" { format!("of the {method}") } else { format!("{method} (robust)") }
}

/// The line whose inputs other rows have chosen.
fn split_inference(page: &mut Page, split: &SplitInference, outputs: &[String], limit: usize) {
    let SplitInference { n_selection, n_estimation, coefficients, intercept, standard_errors, notes } = split;
    page.heading(&format!("Linear model on {n_estimation} rows, with inputs selected on the other {n_selection} rows"));
    line(page, outputs, coefficients, intercept, standard_errors.is_some(), limit);
    if let Some(method) = standard_errors.as_deref().filter(|_| !coefficients.is_empty()) {
        page.aside(&format!("se: {}; valid after the selection of inputs, without a penalty", kind_of_errors(method)));
    }
    notes.iter().for_each(|note| page.aside(note));
}

/// Coefficients, largest standardised effect first, at most `limit` of them, and constants.
fn line(
    page: &mut Page,
    outputs: &[String],
    coefficients: &[Coefficient],
    intercept: &[f64],
    has_errors: bool,
    limit: usize,
) {
    let mut coefficients: Vec<&Coefficient> = coefficients.iter().collect();
    coefficients.sort_by(|a, b| b.standardised.abs().total_cmp(&a.standardised.abs()));
    let several = outputs.len() > 1;
    let mut columns = vec![("input", Align::Left), ("coefficient", Align::Point)];
    if has_errors {
        columns.push(("± se", Align::Point));
    }
    columns.push(("standardised", Align::Point));
    if several {
        columns.insert(0, ("output", Align::Left));
    }
    let mut grid = Grid::new(&columns);
    let mut add = |output: &str, name: &str, value: f64, error: Option<f64>, standardised: String| {
        let error = has_errors.then(|| error.map(number).unwrap_or_default());
        let cells = [name.to_owned(), number(value)].into_iter().chain(error).chain([standardised]);
        grid.row(several.then(|| output.to_owned()).into_iter().chain(cells));
    };
    for coefficient in coefficients.iter().take(limit) {
        let Coefficient { input, value, standardised, standard_error, output } = coefficient;
        add(output.as_deref().unwrap_or_default(), input, *value, *standard_error, number(*standardised));
    }
    for (output, value) in outputs.iter().zip(intercept).take(limit) {
        add(output, "(intercept)", *value, None, String::new());
    }
    page.grid(&grid);
}

/// Where the model comes from.
pub fn provenance(page: &mut Page, file: &ModelFile) {
    let from = &file.provenance;
    for member in &from.members {
        let rows = count(member.rows, "row");
        page.fact("member", &format!("{}, {rows}, with fingerprint {}", member.data, member.fingerprint));
    }
    if !from.members.is_empty() {
        page.fact("merged by", &format!("skiplayer {}", from.version));
        return;
    }
    page.fact(
        "fitted by",
        &format!("skiplayer {}, seed {}, from data with fingerprint {}", from.version, from.seed, from.fingerprint),
    );
}

/// The network as formulas.
pub fn formulas(page: &mut Page, explanation: &Explanation) {
    page.heading(if explanation.formulas.len() == 1 { "Formula" } else { "Formulas" });
    explanation.formulas.iter().for_each(|formula| page.formula(formula));
    explanation.units.iter().for_each(|unit| page.formula(&unit.text));
}

/// Every start behind a mean of networks.
pub fn members(page: &mut Page, summary: &Summary) {
    if summary.members.is_empty() {
        return;
    }
    page.heading("Ensemble (random starts; those kept come first)");
    let mut grid = Grid::new(&[
        ("start", Align::Right),
        ("hidden units", Align::Right),
        ("weights", Align::Right),
        ("-log evidence", Align::Point),
        ("optimality", Align::Right),
        ("", Align::Left),
    ]);
    for (i, member) in summary.members.iter().enumerate() {
        let end = member.termination;
        grid.row([
            (i + 1).to_string(),
            member.n_units.to_string(),
            member.n_weights.to_string(),
            member.evidence.map(nats).unwrap_or_default(),
            order(end.kkt),
            if end.converged() { String::new() } else { why(end.reason).to_owned() },
        ]);
    }
    page.grid(&grid);
}

/// The regularisation path where it changes.
pub fn path(page: &mut Page, summary: &Summary) {
    if summary.path.is_empty() {
        return;
    }
    page.heading("Path (where the number of inputs or hidden units changes)");
    let mut grid = Grid::new(&[
        ("lambda", Align::Point),
        ("inputs", Align::Right),
        ("hidden units", Align::Right),
        ("training loss", Align::Point),
        ("cross-validated loss", Align::Point),
        ("± standard error", Align::Point),
        ("", Align::Left),
    ]);
    let is_chosen = |point: &PathPoint| Some(point.lambda) == summary.lambda;
    let mut before = None;
    for point in &summary.path {
        let size = Some((point.n_inputs, point.n_units));
        if size != before || is_chosen(point) {
            grid.row([
                number(point.lambda),
                point.n_inputs.to_string(),
                point.n_units.to_string(),
                number(point.train_loss),
                number(point.cv_loss),
                number(point.cv_standard_error),
                if is_chosen(point) { "chosen".to_owned() } else { String::new() },
            ]);
        }
        before = size;
    }
    page.grid(&grid);
}

/// What limits the reading.
pub fn notes(page: &mut Page, file: &ModelFile) {
    let warnings = file.summary.warnings.iter().map(in_words);
    let notes: Vec<String> = file.model.explanation.notes.iter().cloned().chain(warnings).collect();
    if notes.is_empty() {
        return;
    }
    page.heading("Notes");
    notes.iter().take(MOST_NAMES).for_each(|note| page.paragraph(note));
    if notes.len() > MOST_NAMES {
        page.aside(&format!("… and {} more, see `--json`", notes.len() - MOST_NAMES));
    }
}

fn list(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMES).map(|name| truncate_str(name, LONGEST_NAME, "…"));
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if names.len() > MOST_NAMES {
        text += &format!(" and {} more", names.len() - MOST_NAMES);
    }
    text
}
