//! The linear part, largest first.

use skiplayer::linear_part::{Coefficient, SplitInference};

use super::Section;
use crate::report::ReportInput;
use crate::report::chart::Ink;
use crate::report::chart::strip::{Mark, Strip};
use crate::report::html::{Column, Html, Table, cells, details, html, name, note};
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
    let reach = coefficients.iter().flat_map(|c| ends(c).unwrap_or([c.standardised; 2]));
    let strip = Strip::covering(reach.chain([0.0]));
    let (first, rest) = coefficients.split_at(coefficients.len().min(MOST_ROWS));
    let has_units = input.file.summary.n_units > 0;
    let caption = if has_units { "The best line through the network" } else { "The linear model" };
    let shown = Shown { has_output, has_errors: explanation.standard_errors.is_some() };
    let mut body = table(caption, first, strip.as_ref(), shown);
    if !rest.is_empty() {
        body += &details(&format!("{} smaller ones", rest.len()), &table(caption, rest, strip.as_ref(), shown));
    }
    body += &intercepts(&explanation.outputs, &explanation.intercept);
    body += &note(
        "Standardised: what one standard deviation of the input moves, in standard deviations of a numeric target or on the \
         link scale. A category is compared with its reference level. Inputs that are not listed have coefficient zero.",
    );
    for sentence in &explanation.reading {
        body += &note(&format!("{sentence}."));
    }
    body += &note(&match explanation.standard_errors.as_deref() {
        Some(method) => format!(
            "Standard errors are {}, robust to unequal variances{}. They are those of an unpenalised fit on these inputs and \
             do not account for the selection of inputs or for shrinkage. Whiskers reach one standard error.",
            method,
            if method.starts_with("CR") { " and to dependence within groups" } else { "" }
        ),
        None => "These coefficients describe the model; there are no standard errors for them.".to_owned(),
    });
    if let Some(split) = &explanation.split {
        body += &split_inference(split, &explanation.outputs);
    }
    Some(Section { id: "coefficients", title: "Coefficients of the linear part", body })
}

/// The line whose inputs other rows have chosen.
fn split_inference(split: &SplitInference, outputs: &[String]) -> Html {
    let mut coefficients: Vec<&Coefficient> = split.coefficients.iter().collect();
    coefficients.sort_by(|a, b| b.standardised.abs().total_cmp(&a.standardised.abs()));
    let strip = Strip::covering(coefficients.iter().flat_map(|c| ends(c).unwrap_or([c.standardised; 2])).chain([0.0]));
    let shown = Shown { has_output: outputs.len() > 1, has_errors: split.standard_errors.is_some() };
    let caption = format!(
        "Linear model on {} rows, with inputs selected on the other {} rows",
        split.n_estimation, split.n_selection
    );
    let mut body = table(&caption, &coefficients, strip.as_ref(), shown);
    body += &intercepts(outputs, &split.intercept);
    body += &note(
        "These standard errors are valid after the selection of inputs: other rows selected them, and there is no penalty.",
    );
    split.notes.iter().for_each(|sentence| body += &note(&format!("{sentence}.")));
    body
}

/// Columns that not every model has.
#[derive(Clone, Copy)]
struct Shown {
    has_output: bool,
    has_errors: bool,
}

fn table(caption: &str, coefficients: &[&Coefficient], strip: Option<&Strip>, shown: Shown) -> Html {
    let mut columns = vec![("input".into(), Column::Text)];
    if shown.has_output {
        columns.push(("output".into(), Column::Text));
    }
    columns.push(("coefficient".into(), Column::Number));
    if shown.has_errors {
        columns.push(("± se".into(), Column::Number));
    }
    columns.extend([
        ("standardised".into(), Column::Number),
        (strip.map(Strip::decimal_axis).unwrap_or_default(), Column::Chart),
    ]);
    let mut table = Table::new(caption, columns);
    for coefficient in coefficients {
        let description = format!("Standardised coefficient {}.", number(coefficient.standardised));
        let mut marks = vec![Mark::Bar(0.0, coefficient.standardised, Ink::Linear), Mark::Rule(0.0)];
        marks.extend(ends(coefficient).map(|[lo, hi]| Mark::Whisker(lo, hi, Ink::Axis)));
        let mut cells = vec![name(&coefficient.input)];
        if shown.has_output {
            cells.push(coefficient.output.as_deref().map(name).unwrap_or_default());
        }
        cells.push(number(coefficient.value).into());
        if shown.has_errors {
            cells.push(coefficient.standard_error.map(number).unwrap_or_default().into());
        }
        cells.extend(cells![
            number(coefficient.standardised),
            strip.map(|s| s.row(&coefficient.input, &description, &marks)).unwrap_or_default(),
        ]);
        table.row(cells);
    }
    table.html()
}

/// One standard error to either side, on the standardised scale.
fn ends(coefficient: &Coefficient) -> Option<[f64; 2]> {
    let error = coefficient.standard_error? * coefficient.standardised / coefficient.value;
    let ends = [coefficient.standardised - error.abs(), coefficient.standardised + error.abs()];
    ends.iter().all(|end| end.is_finite()).then_some(ends)
}

fn intercepts(outputs: &[String], intercepts: &[f64]) -> Html {
    let each: Vec<Html> = match intercepts {
        [one] => vec![number(*one).into()],
        _ => outputs.iter().zip(intercepts).map(|(output, b)| html!("{} {}", name(output), number(*b))).collect(),
    };
    html!("<p>Intercept: {}.</p>\n", Html::join(&each, "; "))
}
