//! What is left over, row by row: residuals for numbers, calibration for classes.

use skiplayer::encode::{TargetEncoding, Task};
use skiplayer::evaluate::RowPrediction;

use super::Section;
use crate::report::ReportInput;
use crate::report::chart::Ink;
use crate::report::chart::calibration::{draw_calibration, draw_probabilities, histogram};
use crate::report::chart::residuals::{Cloud, MOST_ROWS, draw_predicted, draw_residuals};
use crate::report::html::{Column, Html, Table, cells, escape, figure, html, note, panels};
use crate::report::number::{number, rough};

/// The section.
pub fn section(input: &ReportInput) -> Option<Section> {
    let rows = &input.evaluation?.rows;
    // Of durations nobody knows what is left over where rows were censored.
    if rows.is_empty() || input.file.summary.task == Task::Survival {
        return None;
    }
    let task = input.file.summary.task;
    let (figures, remark) =
        if task.is_classification() { classes(rows, task) } else { numbers(rows, &input.file.model.target) };
    if figures.is_empty() {
        return None;
    }
    let thinned = if rows.len() > MOST_ROWS && !task.is_classification() {
        note(&format!("Every {}th of the {} rows is drawn.", rows.len().div_ceil(MOST_ROWS), rows.len()))
    } else {
        Html::default()
    };
    let body = panels(&figures) + &note(remark) + &calibrated(input) + &quantiles(input) + &thinned;
    Some(Section { id: "diagnostics", title: "Residuals and calibration", body })
}

/// The slope of calibration of each contender that has one.
fn calibrated(input: &ReportInput) -> Html {
    let contenders = input.evaluation.map_or(&[][..], |evaluation| &evaluation.contenders);
    let columns = [("contender", Column::Text), ("slope", Column::Number), ("±\u{a0}s.e.", Column::Number)];
    let mut table = Table::new("Calibration of probabilities", columns);
    let slopes: Vec<_> = contenders.iter().filter_map(|c| Some((c, c.calibration?))).collect();
    for (contender, calibration) in &slopes {
        table.row(cells![escape(&contender.name), number(calibration.slope), rough(calibration.slope_se)]);
    }
    if slopes.is_empty() {
        return Html::default();
    }
    table.html()
        + &note(
            "Slope of a logistic regression of what happened on the log odds that were predicted (Cox 1958): 1 is ideal, below \
             1 is overconfident, above 1 underconfident.",
        )
}

/// Of each contender that predicts quantiles, by level.
fn quantiles(input: &ReportInput) -> Html {
    let contenders = input.evaluation.map_or(&[][..], |evaluation| &evaluation.contenders);
    let columns = [
        ("contender", Column::Text),
        ("level", Column::Number),
        ("rows at or below", Column::Number),
        ("±\u{a0}s.e.", Column::Number),
        ("pinball loss", Column::Number),
    ];
    let mut table = Table::new("Quantiles by level", columns);
    let mut is_empty = true;
    for contender in contenders {
        for of in contender.quantiles.iter().flat_map(|scores| &scores.levels) {
            is_empty = false;
            table.row(cells![
                escape(&contender.name),
                number(of.level),
                number(of.below),
                rough(of.below_se),
                number(of.pinball)
            ]);
        }
    }
    if is_empty {
        return Html::default();
    }
    table.html() + &note("Out of fold. The share of the rows at or below a quantile is ideally its level.")
}

fn numbers(rows: &[RowPrediction], target: &TargetEncoding) -> (Vec<Html>, &'static str) {
    let (task, loss, scale) = (target.task, target.loss(), target.unit(0).scale);
    let residual = |observed: f64, fitted: f64| match task {
        // Pearson's: the variance of counts and amounts grows with their mean.
        Task::Count | Task::Amount => {
            (observed - fitted) / scale / loss.variance(fitted / scale).max(f64::MIN_POSITIVE).sqrt()
        }
        _ => observed - fitted,
    };
    let linear: Cloud = rows.iter().map(|row| (row.linear, residual(row.observed, row.linear))).collect();
    let network: Cloud = rows.iter().map(|row| (row.network, residual(row.observed, row.network))).collect();
    let both: Cloud = linear.iter().chain(&network).copied().collect();
    let figures = [
        ("Linear model: residuals", draw_residuals("linear model", &linear, &both, Ink::Linear)),
        ("Network: residuals", draw_residuals("network", &network, &both, Ink::Network)),
        ("Network: observed against predicted", draw_predicted(rows)),
    ];
    let remark = match task {
        Task::Count | Task::Amount => {
            "Predictions out of fold. Pearson residuals; dots joined by a line are means of a tenth of the rows: a curve \
             there shows what the model has missed."
        }
        _ => {
            "Predictions out of fold. Dots joined by a line are means of a tenth of the rows: a curve there shows what the \
             model has missed."
        }
    };
    (drawn(figures), remark)
}

fn classes(rows: &[RowPrediction], task: Task) -> (Vec<Html>, &'static str) {
    let linear: Vec<f64> = rows.iter().map(|row| row.linear).collect();
    let network: Vec<f64> = rows.iter().map(|row| row.network).collect();
    let most = histogram(&linear).into_iter().chain(histogram(&network)).fold(0.0, f64::max);
    // With more classes the probability of the likeliest one is not in the record.
    let calibration = if task == Task::Binary { draw_calibration(&linear, &network) } else { None };
    let figures = [
        ("Calibration (hollow: linear model, filled: network)", calibration),
        ("Linear model: probability of what was there", draw_probabilities("linear model", &linear, most, Ink::Linear)),
        ("Network: probability of what was there", draw_probabilities("network", &network, most, Ink::Network)),
    ];
    (drawn(figures), "Predictions out of fold; bars on the calibration dots are one standard error.")
}

fn drawn<const N: usize>(figures: [(&str, Option<Html>); N]) -> Vec<Html> {
    figures
        .into_iter()
        .filter_map(|(caption, svg)| Some(figure(&html!("<strong>{}</strong>", caption), &svg?)))
        .collect()
}
