//! The answer, in words, before anything else.

use skiplayer::encode::Task;
use skiplayer::evaluate::{Evaluation, VerdictCode, disagreement};

use super::warnings;
use crate::report::ReportInput;
use crate::report::chart::shares::draw_shares;
use crate::report::html::{Html, facts, html, name, paragraph};
use crate::report::number::{count, number, p_value, percent, probability};

/// Names of inputs and targets in a sentence.
const MOST_NAMES: usize = 3;

/// The head of the page.
pub fn verdict(input: &ReportInput) -> Html {
    let body = match input.evaluation {
        Some(evaluation) => evaluated(input, evaluation),
        None => fitted(input),
    };
    let warnings = match warnings(input).len() {
        0 => Html::default(),
        n => {
            html!("<p class=\"notice\"><a href=\"#data\">{} to read before the figures</a></p>\n", count(n, "warning"))
        }
    };
    html!("<header>\n<p class=\"subject\">{}</p>\n{}{}</header>\n", subject(input), body, warnings)
}

/// What is predicted from which data.
fn subject(input: &ReportInput) -> Html {
    let (target, summary) = (&input.file.model.target, &input.file.summary);
    let shown: Vec<Html> = target.names.iter().take(MOST_NAMES).map(|target| name(target)).collect();
    let more = match target.names.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let rules = match &summary.rules.in_words()[..] {
        [] => String::new(),
        rules => format!(" ({})", rules.join("; ")),
    };
    html!(
        "{} of {}{}{}{} on {}, {}, from {}{}",
        match summary.task {
            Task::Regression => "Regression",
            Task::Count => "Regression of counts",
            Task::Successes => "Regression of successes",
            Task::Amount => "Regression of amounts",
            Task::Survival => "Survival model",
            Task::Binary | Task::Multiclass => "Classification",
            Task::Ordinal => "Classification in order",
        },
        Html::join(&shown, ", "),
        more,
        target.loss_in_words().map_or(String::new(), |loss| format!(" ({loss})")),
        if target.offset.is_empty() {
            String::new()
        } else {
            format!(" beside {}", target.offset.terms().join(" and "))
        },
        count(summary.n_inputs, "input"),
        count(summary.n_rows, "row"),
        name(&input.file.provenance.data),
        rules
    )
}

fn evaluated(input: &ReportInput, evaluation: &Evaluation) -> Html {
    let summary = &input.file.summary;
    let verdict = &evaluation.verdict;
    let (linear, nonlinear) = (evaluation.linear_share, evaluation.nonlinear_share);
    let mut html = html!("<h1>{}</h1>\n<p class=\"lead\">{}</p>\n", headline(verdict.code), &verdict.text);
    if let Some(sentence) = disagreement(summary, evaluation) {
        html += &paragraph(&sentence);
    }
    let mut pairs = vec![
        (dot("linear", "linear share"), percent(linear).into()),
        (dot("network", "nonlinear share"), percent(nonlinear).into()),
    ];
    if let Some(gain) = &evaluation.gain {
        pairs.push(("gain over the linear model".into(), percent(gain.mean).into()));
        pairs.push(("network is better".into(), probability(gain.p_better).into()));
    }
    if let Some(p) = evaluation.curvature.p_value {
        pairs.push(("test of curvature".into(), p_value(p).into()));
    }
    html += &facts("figures", &pairs);
    html += &html!("<div class=\"wide\">{}</div>\n", draw_shares(linear, nonlinear).unwrap_or_default());
    html += &html!(
        "<p class=\"note\">Shares of the {} around the mean, measured on held-out rows, which the model had not seen.</p>\n",
        summary.loss().kind().measure()
    );
    if !verdict.reasons.is_empty() {
        let reasons: Html = verdict.reasons.iter().map(|r| html!("<li>{}</li>\n", r)).collect();
        html += &html!("<h2 id=\"reasons\">How it was decided</h2>\n<ol class=\"reasons\">\n{}</ol>\n", reasons);
    }
    html
}

fn fitted(input: &ReportInput) -> Html {
    let summary = &input.file.summary;
    let headline = match summary.n_units {
        0 => "The fitted model is linear".to_owned(),
        n => format!("A linear model plus {}", count(n, "hidden unit")),
    };
    let mut html = html!("<h1>{}</h1>\n<p class=\"lead\">{}</p>\n", headline, &summary.headline);
    let (linear, nonlinear) = (summary.linear_share_in_sample, summary.nonlinear_share_in_sample);
    html += &facts(
        "figures",
        &[
            (dot("linear", "linear share, in sample"), percent(linear).into()),
            (dot("network", "nonlinear share, in sample"), percent(nonlinear).into()),
            ("inputs used".into(), format!("{} of {}", summary.inputs_used.len(), summary.n_inputs).into()),
            ("weights".into(), summary.n_weights.to_string().into()),
            ("training loss".into(), number(summary.train_loss).into()),
        ],
    );
    html += &html!("<div class=\"wide\">{}</div>\n", draw_shares(linear, nonlinear).unwrap_or_default());
    html + &paragraph(
        "This fit was not evaluated: the shares are those of the training rows, where hidden units look better than they are. \
         Nested cross-validation tells whether they help on rows that the model has not seen.",
    )
}

fn headline(code: VerdictCode) -> &'static str {
    match code {
        VerdictCode::Linear => "A linear model is enough",
        VerdictCode::LinearPlusUnits => "Linear plus hidden units",
        VerdictCode::Nonlinear => "The problem is nonlinear",
        VerdictCode::NoSignal => "No signal was found",
        VerdictCode::Undecided => "Undecided",
    }
}

/// A name with its colour beside it.
fn dot(class: &str, text: &str) -> Html {
    html!("<span class=\"key key-{}\" aria-hidden=\"true\"></span>{}", class, text)
}
