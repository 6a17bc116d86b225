//! Does the network pay? The contenders on the same folds, and the gain.

use skiplayer::evaluate::{ContenderScores, CurveLine, Evaluation, Gain, LearningCurve, SplitKind};
use skiplayer::fit::{Contender, Form};

use super::Section;
use crate::report::ReportInput;
use crate::report::chart::Ink;
use crate::report::chart::gain::{draw_interval, draw_posterior};
use crate::report::chart::learning::draw_learning;
use crate::report::chart::strip::{Mark, Strip};
use crate::report::html::{Column, Html, Table, cells, details, escape, facts, figure, heading, html, note, paragraph};
use crate::report::number::{count, number, p_alone, percent, probability, rough};

/// The section.
pub fn section(input: &ReportInput) -> Option<Section> {
    let body = match input.evaluation {
        Some(evaluation) => evaluated(evaluation),
        None if input.file.summary.contenders.is_empty() => return None,
        None => inner(&input.file.summary.contenders),
    };
    Some(Section { id: "comparison", title: "Does the network predict better?", body })
}

fn evaluated(evaluation: &Evaluation) -> Html {
    let mut html = paragraph(&design(evaluation));
    if !evaluation.contenders.is_empty() {
        html += &contenders(&evaluation.contenders);
        let over = match evaluation.design.split {
            SplitKind::Plain | SplitKind::Stratified => "rows",
            SplitKind::Grouped => "groups",
            SplitKind::ForwardInTime => "periods of time",
        };
        html += &note(&format!(
            "Dot and bar: all test rows together, and one standard error over {over}; rings: single folds."
        ));
    }
    if let Some(gain) = &evaluation.gain {
        html += &posterior(gain);
    }
    if !evaluation.comparisons.is_empty() {
        html += &comparisons(evaluation);
    }
    if let Some(curve) = &evaluation.learning_curve {
        html += &learning(curve);
    }
    if evaluation.contenders.iter().any(|contender| contender.scores.len() > 1) {
        html += &details("All metrics of all contenders", &scores(&evaluation.contenders));
    }
    html
}

fn design(evaluation: &Evaluation) -> String {
    let design = &evaluation.design;
    let column = design.column.as_deref().map(|column| format!(" of `{column}`")).unwrap_or_default();
    let split = match design.split {
        SplitKind::Plain => "rows divided at random".to_owned(),
        SplitKind::Stratified => {
            "rows divided at random, with the same shares of classes or events in all folds".to_owned()
        }
        SplitKind::Grouped => format!("whole groups{column} left out"),
        SplitKind::ForwardInTime => format!("always forward in time{column}"),
    };
    let planned = design.folds * design.repeats;
    let finished = match design.finished {
        n if n < planned => format!("; time ran out after {n} of them"),
        _ => String::new(),
    };
    format!(
        "Nested cross-validation: {}, {}, {split}{finished}. Whatever is chosen was chosen inside the training part of each fold.",
        count(design.folds, "fold"),
        count(design.repeats, "repeat"),
    )
}

/// Ink by role: the linear model, what is evaluated, the rest.
fn ink(name: &str) -> Ink {
    match name {
        "linear" => Ink::Linear,
        "skip-layer network" => Ink::Network,
        _ => Ink::Other,
    }
}

fn contenders(contenders: &[ContenderScores]) -> Html {
    let metric = escape(contenders.first().map(|c| c.metric.as_str()).unwrap_or_default());
    let reach =
        |c: &ContenderScores| [c.mean - c.se, c.mean + c.se].into_iter().chain(c.folds.clone()).collect::<Vec<_>>();
    let strip = Strip::covering(contenders.iter().flat_map(reach));
    let axis = strip.as_ref().map(Strip::decimal_axis).unwrap_or_default();
    let mut table = Table::new(
        "Contenders on the same folds; smaller is better",
        [
            ("contender".into(), Column::Text),
            (metric.clone(), Column::Number),
            ("±\u{a0}s.e.".into(), Column::Number),
            ("units".into(), Column::Number),
            (axis, Column::Chart),
        ],
    );
    for contender in contenders {
        let ink = ink(&contender.name);
        let rings = contender.folds.iter().map(|fold| Mark::Ring(*fold, Ink::Faint));
        let (lo, hi) = (contender.mean - contender.se, contender.mean + contender.se);
        let marks: Vec<Mark> = rings.chain([Mark::Whisker(lo, hi, ink), Mark::Dot(contender.mean, ink)]).collect();
        let description = format!(
            "{} {}, standard error {}, over {}.",
            contender.metric,
            number(contender.mean),
            rough(contender.se),
            count(contender.folds.len(), "fold")
        );
        table.row(cells![
            escape(&contender.name),
            number(contender.mean),
            rough(contender.se),
            units(&contender.units),
            strip.as_ref().map(|s| s.row(&contender.name, &description, &marks)).unwrap_or_default(),
        ]);
    }
    table.html()
}

/// Hidden units over the folds: `3`, or `2 to 5`.
fn units(units: &[usize]) -> String {
    match (units.iter().min(), units.iter().max()) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        _ => "–".to_owned(),
    }
}

fn posterior(gain: &Gain) -> Html {
    let words =
        |class: &str, text: String| html!("<span class=\"key key-{}\" aria-hidden=\"true\"></span>{}", class, text);
    let pairs = [
        (words("linear", "worse than the linear model".into()), probability(gain.p_worse).into()),
        (words("other", format!("within ±{} of it", percent(gain.rope))), probability(gain.p_equal).into()),
        (words("network", "better".into()), probability(gain.p_better).into()),
    ];
    let mut html = heading("Gain over the linear model");
    html += &paragraph(&format!(
        "The network's loss is {} {} than that of the linear model; with 95% probability the gain lies between {} and {}.",
        percent(gain.mean.abs()),
        if gain.mean < 0.0 { "larger" } else { "smaller" },
        percent(gain.lo),
        percent(gain.hi)
    ));
    html += &html!("<div class=\"wide\">{}</div>\n", draw_interval(gain).unwrap_or_default());
    html += &facts("key", &pairs);
    html += &html!("<div class=\"wide\">{}</div>\n", draw_posterior(gain).unwrap_or_default());
    html + &note("Bayesian correlated t posterior; the shaded region is that of practical equivalence.")
}

fn comparisons(evaluation: &Evaluation) -> Html {
    let has_test = evaluation.comparisons.iter().any(|comparison| comparison.p_value.is_some());
    let mut columns = vec![
        ("comparison", Column::Text),
        ("gain", Column::Number),
        ("95% interval", Column::Number),
        ("worse", Column::Number),
        ("equal", Column::Number),
        ("better", Column::Number),
    ];
    if has_test {
        columns.push(("corrected t", Column::Number));
        columns.push(("p", Column::Number));
    }
    let mut table = Table::new("Pairs of contenders: the first against the second", columns);
    for comparison in &evaluation.comparisons {
        let gain = &comparison.gain;
        let mut cells = cells![
            format!("{} against {}", comparison.b, comparison.a),
            percent(gain.mean),
            format!("{} to {}", percent(gain.lo), percent(gain.hi)),
            probability(gain.p_worse),
            probability(gain.p_equal),
            probability(gain.p_better),
        ]
        .to_vec();
        if has_test {
            cells.push(comparison.t.map_or("–".into(), |t| rough(t).into()));
            cells.push(comparison.p_value.map_or("–".into(), |p| p_alone(p).into()));
        }
        table.row(cells);
    }
    table.html()
}

/// Who is ahead at which number of rows; the mean is told in the table only, as it would squeeze the others.
fn learning(curve: &LearningCurve) -> Html {
    let drawn = |name: &str| (name != "mean").then(|| ink(name));
    let caption = "Trained on growing parts of the training rows, tested on all test rows; bars are standard errors.";
    let mut html = heading("Learning curve");
    let key = |line: &CurveLine| {
        let class = match drawn(&line.name)? {
            Ink::Linear => "solid-linear",
            Ink::Network => "line-network",
            _ => "solid-other",
        };
        Some(html!("<li><span class=\"key {}\" aria-hidden=\"true\"></span>{}</li>", class, &line.name))
    };
    html += &html!("<ul class=\"legend\">{}</ul>\n", curve.contenders.iter().filter_map(key).collect::<Html>());
    html += &draw_learning(curve, drawn).map(|svg| figure(caption, &svg)).unwrap_or_default();
    let sizes = curve.n_train.iter().map(|n| (n.to_string(), Column::Number));
    let columns = std::iter::once(("contender".to_owned(), Column::Text)).chain(sizes);
    let mut table = Table::new(format!("{} by training rows", curve.metric), columns);
    for line in &curve.contenders {
        table.row(std::iter::once(escape(&line.name)).chain(line.mean.iter().map(|&mean| number(mean).into())));
    }
    html + &table.html()
}

fn scores(contenders: &[ContenderScores]) -> Html {
    let columns = [
        ("contender", Column::Text),
        ("metric", Column::Text),
        ("mean", Column::Number),
        ("±\u{a0}s.e.", Column::Number),
        ("better is", Column::Text),
    ];
    let mut table = Table::new("All test rows together", columns);
    for contender in contenders {
        for score in &contender.scores {
            table.row(cells![
                escape(&contender.name),
                escape(&score.metric),
                number(score.mean),
                rough(score.se),
                if score.larger_is_better { "larger" } else { "smaller" },
            ]);
        }
    }
    table.html()
}

/// What the fit itself compared, when nobody asked for an evaluation.
fn inner(contenders: &[Contender]) -> Html {
    let reach =
        |c: &Contender| [c.gain_over_linear - c.gain_standard_error, c.gain_over_linear + c.gain_standard_error];
    let strip = Strip::covering(contenders.iter().flat_map(reach).chain([0.0]));
    let axis = strip.as_ref().map(Strip::decimal_axis).unwrap_or_default();
    let mut table = Table::new(
        "Contenders in the inner cross-validation that chose the model",
        [
            ("form".into(), Column::Text),
            ("loss".into(), Column::Number),
            ("gain over linear".into(), Column::Number),
            ("±\u{a0}s.e.".into(), Column::Number),
            ("".into(), Column::Text),
            (axis, Column::Chart),
        ],
    );
    for contender in contenders {
        let (form, ink) = match contender.form {
            Form::Constant => ("constant", Ink::Linear),
            Form::Linear => ("linear", Ink::Linear),
            Form::Lasso => ("linear, by the lasso", Ink::Linear),
            Form::ElasticNet => ("linear, by the elastic net", Ink::Linear),
            Form::Sparse => ("sparse network", Ink::Network),
            Form::Dense => ("dense networks, averaged", Ink::Network),
            Form::DenseWithoutSkip => ("dense networks without a skip, averaged", Ink::Network),
            Form::Path => ("a point of a path", Ink::Network),
            Form::Stochastic => ("networks by stochastic steps", Ink::Network),
            Form::Merged => ("merged models", Ink::Network),
        };
        let (gain, se) = (contender.gain_over_linear, contender.gain_standard_error);
        let description = format!("Gain over the linear model {}, standard error {}.", number(gain), rough(se));
        let marks = [Mark::Rule(0.0), Mark::Whisker(gain - se, gain + se, ink), Mark::Dot(gain, ink)];
        let is_yardstick = contender.is_yardstick();
        table.row(cells![
            form,
            number(contender.cv_loss),
            if is_yardstick { "–".to_owned() } else { number(gain) },
            if is_yardstick { "–".to_owned() } else { rough(se) },
            contender.remark(),
            strip.as_ref().map(|s| s.row(form, &description, &marks)).unwrap_or_default(),
        ]);
    }
    table.html()
        + &note(
            "Dot and bar: gain in loss over the linear model, and one paired standard error. The model was chosen by this; it does not show how well it predicts.",
        )
}
