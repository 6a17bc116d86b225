//! The regularisation path.

use skiplayer::fit::PathPoint;

use super::Section;
use crate::report::ReportInput;
use crate::report::chart::path::{draw_loss, draw_weights};
use crate::report::html::{Column, Html, Table, cells, details, figure, html, note, panels};
use crate::report::number::{number, rough};

/// The section.
pub fn section(input: &ReportInput) -> Option<Section> {
    let summary = &input.file.summary;
    if summary.path.is_empty() {
        return None;
    }
    let charts = [
        ("Loss in the inner cross-validation", draw_loss(&summary.path, summary.lambda)),
        ("Weights that are not zero", draw_weights(&summary.path, summary.lambda)),
    ];
    let figures: Vec<Html> = charts
        .into_iter()
        .filter_map(|(caption, svg)| Some(figure(&html!("<strong>{}</strong>", caption), &svg?)))
        .collect();
    let chosen = match summary.lambda {
        Some(lambda) => format!("The vertical line is the chosen lambda, {}. ", number(lambda)),
        None => String::new(),
    };
    let mut body = panels(&figures);
    body += &note(&format!(
        "{chosen}The band is one standard error; the horizontal line is the smallest loss plus one standard error."
    ));
    body += &details(&format!("All {} points", summary.path.len()), &table(&summary.path, summary.lambda));
    Some(Section { id: "path", title: "The regularisation path", body })
}

fn table(path: &[PathPoint], chosen: Option<f64>) -> Html {
    let columns = [
        ("lambda", Column::Number),
        ("inputs", Column::Number),
        ("units", Column::Number),
        ("weights", Column::Number),
        ("training loss", Column::Number),
        ("cross-validated loss", Column::Number),
        ("±\u{a0}s.e.", Column::Number),
        ("", Column::Text),
    ];
    let mut table = Table::new("Points of the path", columns);
    for point in path {
        let is_chosen = chosen == Some(point.lambda);
        table.row(cells![
            number(point.lambda),
            point.n_inputs.to_string(),
            point.n_units.to_string(),
            point.n_weights.to_string(),
            number(point.train_loss),
            number(point.cv_loss),
            rough(point.cv_standard_error),
            if is_chosen { "chosen" } else { "" }.to_owned(),
        ]);
    }
    table.html()
}
