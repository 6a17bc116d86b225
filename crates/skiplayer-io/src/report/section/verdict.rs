//! The answer, in words, before anything else.

use skiplayer::evaluate::{Evaluation, VerdictCode, disagreement};

use super::{measure, warnings};
use crate::report::ReportInput;
use crate::report::chart::shares::draw_shares;
use crate::report::html::{escape, facts, name, paragraph};
use crate::report::number::{count, number, p_value, percent, probability};

/// Names of inputs and targets in a sentence.
const MOST_NAMES: usize = 3;

/// The head of the page.
pub fn verdict(input: &ReportInput) -> String {
    let body = match input.evaluation {
        Some(evaluation) => evaluated(input, evaluation),
        None => fitted(input),
    };
    let warnings = match warnings(input).len() {
        0 => String::new(),
        n => format!(
            "<p class=\"notice\"><a href=\"#data\">{} to read before the figures</a></p>\n",
            count(n, "warning")
        ),
    };
    format!("<header>\n<p class=\"subject\">{}</p>\n{body}{warnings}</header>\n", subject(input))
}

/// What is predicted from which data.
fn subject(input: &ReportInput) -> String {
    let (target, summary) = (&input.file.model.target, &input.file.summary);
    let shown: Vec<String> = target.names.iter().take(MOST_NAMES).map(|target| name(target)).collect();
    let more = match target.names.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!(
        "{} of {}{more} on {}, {}, from {}",
        match summary.task.name() {
            "regression" => "Regression",
            "count" => "Regression of counts",
            _ => "Classification",
        },
        shown.join(", "),
        count(summary.n_inputs, "input"),
        count(summary.n_rows, "row"),
        name(&input.file.provenance.data)
    )
}

fn evaluated(input: &ReportInput, evaluation: &Evaluation) -> String {
    let summary = &input.file.summary;
    let verdict = &evaluation.verdict;
    let (linear, nonlinear) = (evaluation.linear_share, evaluation.nonlinear_share);
    let mut html = format!("<h1>{}</h1>\n<p class=\"lead\">{}</p>\n", headline(verdict.code), escape(&verdict.text));
    if let Some(sentence) = disagreement(summary, evaluation) {
        html += &paragraph(&sentence);
    }
    let mut pairs =
        vec![(dot("linear", "linear share"), percent(linear)), (dot("network", "nonlinear share"), percent(nonlinear))];
    if let Some(gain) = &evaluation.gain {
        pairs.push(("gain over the line".into(), percent(gain.mean)));
        pairs.push(("network is better".into(), probability(gain.p_better)));
    }
    if let Some(p) = evaluation.curvature.p_value {
        pairs.push(("test of curvature".into(), p_value(p)));
    }
    html += &facts("figures", &pairs);
    html += &format!("<div class=\"wide\">{}</div>\n", draw_shares(linear, nonlinear).unwrap_or_default());
    html += &format!(
        "<p class=\"note\">Shares of the {} around the mean, measured out of fold: on rows that the model had not seen.</p>\n",
        measure(summary.task)
    );
    if !verdict.reasons.is_empty() {
        let reasons: String = verdict.reasons.iter().map(|r| format!("<li>{}</li>\n", escape(r))).collect();
        html += &format!("<h2 id=\"reasons\">How it was decided</h2>\n<ol class=\"reasons\">\n{reasons}</ol>\n");
    }
    html
}

fn fitted(input: &ReportInput) -> String {
    let summary = &input.file.summary;
    let headline = match summary.n_units {
        0 => "The fitted model is linear".to_owned(),
        n => format!("A linear model plus {}", count(n, "hidden unit")),
    };
    let mut html = format!("<h1>{headline}</h1>\n<p class=\"lead\">{}</p>\n", escape(&summary.headline));
    let (linear, nonlinear) = (summary.linear_share_in_sample, summary.nonlinear_share_in_sample);
    html += &facts(
        "figures",
        &[
            (dot("linear", "linear share, in sample"), percent(linear)),
            (dot("network", "nonlinear share, in sample"), percent(nonlinear)),
            ("inputs used".into(), format!("{} of {}", summary.inputs_used.len(), summary.n_inputs)),
            ("weights".into(), summary.n_weights.to_string()),
            ("training loss".into(), number(summary.train_loss)),
        ],
    );
    html += &format!("<div class=\"wide\">{}</div>\n", draw_shares(linear, nonlinear).unwrap_or_default());
    html + &paragraph(
        "This fit was not evaluated: the shares are those of the rows that it was fitted to, which flatter the hidden units. \
         Whether they pay on rows that the model has not seen is a question for nested cross-validation.",
    )
}

fn headline(code: VerdictCode) -> &'static str {
    match code {
        VerdictCode::Linear => "A linear model is enough",
        VerdictCode::LinearPlusUnits => "A linear model plus a perturbation that pays",
        VerdictCode::Nonlinear => "The problem is nonlinear",
        VerdictCode::NoSignal => "No signal was found",
        VerdictCode::Undecided => "Undecided",
    }
}

/// A name with its colour beside it.
fn dot(class: &str, text: &str) -> String {
    format!("<span class=\"key key-{class}\" aria-hidden=\"true\"></span>{text}")
}
