//! Is there curvature? Tests, and the same question under other conditions.

use skiplayer::evaluate::{Curvature, Sensitivity, Test};

use super::Section;
use crate::report::ReportInput;
use crate::report::html::{Column, Html, Table, cells, escape, html, name, note, paragraph};
use crate::report::number::{p_alone, p_value, short};

/// The section.
pub fn section(input: &ReportInput) -> Option<Section> {
    let evaluation = input.evaluation?;
    let curvature = &evaluation.curvature;
    let mut body = html!("<p>{}</p>\n", combined(curvature));
    if let Some(remark) = &curvature.note {
        body += &paragraph(remark);
    }
    let slopes = curvature.slopes.iter();
    let tests: Vec<&Test> = curvature.tests.iter().chain(slopes).chain(&evaluation.linearity_tests).collect();
    if !tests.is_empty() {
        body += &table(&tests);
    }
    if !evaluation.sensitivity.is_empty() {
        body += &conditions(&evaluation.sensitivity);
    }
    Some(Section { id: "curvature", title: "Is there curvature?", body })
}

fn combined(curvature: &Curvature) -> String {
    match curvature.p_value {
        Some(p) => format!(
            "Score tests for departures from the linear model, with {} wild bootstrap samples; combined {}.",
            curvature.n_bootstrap,
            p_value(p)
        ),
        None => "The tests for departures from the linear model could not be made.".to_owned(),
    }
}

fn table(tests: &[&Test]) -> Html {
    let columns =
        [("test", Column::Text), ("statistic", Column::Number), ("p", Column::Number), ("remark", Column::Text)];
    let mut table = Table::new("Tests of linearity", columns);
    for test in tests {
        let remark = test.note.as_deref().map(escape).unwrap_or_default();
        table.row(cells![name(&test.name), short(test.statistic), p_alone(test.p_value), remark]);
    }
    table.html()
}

fn conditions(sensitivity: &[Sensitivity]) -> Html {
    let columns = [("condition", Column::Text), ("p", Column::Number), ("what it changes", Column::Text)];
    let mut table = Table::new("The same question under other conditions", columns);
    for other in sensitivity {
        let p = other.curvature_p_value.map(p_alone).unwrap_or_else(|| "–".into());
        table.row(cells![name(&other.condition), p, escape(&other.text)]);
    }
    table.html() + &note("p is that of the combined curvature test under the condition.")
}
