//! The network, written out.

use super::Section;
use crate::report::ReportInput;
use crate::report::html::{Html, details, html};

/// Units that are shown without asking.
const MOST_UNITS: usize = 12;

/// The section.
pub fn section(input: &ReportInput) -> Option<Section> {
    let explanation = &input.file.model.explanation;
    if explanation.formulas.is_empty() {
        return None;
    }
    let units: Vec<&str> = explanation.units.iter().map(|unit| unit.text.as_str()).collect();
    let (first, rest) = units.split_at(units.len().min(MOST_UNITS));
    let outputs = explanation.formulas.iter().map(String::as_str);
    let mut body = formulas(outputs.chain(first.iter().copied()));
    if !rest.is_empty() {
        body += &details(&format!("{} more", rest.len()), &formulas(rest.iter().copied()));
    }
    Some(Section { id: "formulas", title: "The model as formulas", body })
}

fn formulas<'a>(texts: impl Iterator<Item = &'a str>) -> Html {
    let items: Html = texts.map(|text| html!("<li><code>{}</code></li>\n", text)).collect();
    html!("<ul class=\"formulas\">\n{}</ul>\n", items)
}
