//! The linear part, largest first.

use skiplayer::explain::Coefficient;

use super::Section;
use crate::report::ReportInput;
use crate::report::chart::Ink;
use crate::report::chart::strip::{Mark, Strip};
use crate::report::html::{Column, Table, details, name, note};
use crate::report::number::number;

/// Rows before the rest is folded away.
const MOST_ROWS: usize = 30;

/// The section.
pub fn section(input: &ReportInput) -> Option<Section> {
    let explanation = &input.file.model.explanation;
    let mut coefficients: Vec<&Coefficient> = explanation.coefficients.iter().collect();
    if coefficients.is_empty() {
        return None;
    }
    coefficients.sort_by(|a, b| b.standardised.abs().total_cmp(&a.standardised.abs()));
    let has_output = explanation.outputs.len() > 1;
    let strip = Strip::covering(coefficients.iter().map(|c| c.standardised).chain([0.0]));
    let (first, rest) = coefficients.split_at(coefficients.len().min(MOST_ROWS));
    let has_units = input.file.summary.n_units > 0;
    let caption = if has_units { "The best line through the network" } else { "The linear model" };
    let mut body = table(caption, first, strip.as_ref(), has_output);
    if !rest.is_empty() {
        body += &details(&format!("{} smaller ones", rest.len()), &table(caption, rest, strip.as_ref(), has_output));
    }
    body += &intercepts(&explanation.outputs, &explanation.intercept);
    body += &note(
        "Standardised: what one standard deviation of the input moves, in standard deviations of a numeric target or on the \
         link scale. A category is compared with its reference level. Inputs that are not listed have coefficient zero. \
         Coefficients that survive a selection describe this model; they carry no standard errors.",
    );
    Some(Section { id: "coefficients", title: "Coefficients of the linear part", body })
}

fn table(caption: &str, coefficients: &[&Coefficient], strip: Option<&Strip>, has_output: bool) -> String {
    let mut columns = vec![("input".to_owned(), Column::Text)];
    if has_output {
        columns.push(("output".to_owned(), Column::Text));
    }
    columns.extend([
        ("coefficient".to_owned(), Column::Number),
        ("standardised".to_owned(), Column::Number),
        (strip.map(Strip::decimal_axis).unwrap_or_default(), Column::Chart),
    ]);
    let mut table = Table::new(caption, columns);
    for coefficient in coefficients {
        let description = format!("Standardised coefficient {}.", number(coefficient.standardised));
        let marks = [Mark::Bar(0.0, coefficient.standardised, Ink::Linear), Mark::Rule(0.0)];
        let mut cells = vec![name(&coefficient.input)];
        if has_output {
            cells.push(coefficient.output.as_deref().map(name).unwrap_or_default());
        }
        cells.extend([
            number(coefficient.value),
            number(coefficient.standardised),
            strip.map(|s| s.row(&coefficient.input, &description, &marks)).unwrap_or_default(),
        ]);
        table.row(cells);
    }
    table.html()
}

fn intercepts(outputs: &[String], intercepts: &[f64]) -> String {
    let each: Vec<String> = match intercepts {
        [one] => vec![number(*one)],
        _ => outputs.iter().zip(intercepts).map(|(output, b)| format!("{} {}", name(output), number(*b))).collect(),
    };
    format!("<p>Intercept: {}.</p>\n", each.join("; "))
}
