//! What the table holds, and what to be careful about.

use skiplayer::table::Meaning;

use super::{Section, warnings};
use crate::report::ReportInput;
use crate::report::columns::{ColumnKind, ColumnSummary};
use crate::report::html::{Column, Html, Table, cells, details, heading, html, list, name};
use crate::report::number::{count, number};

/// Columns that are shown without asking.
const MOST_COLUMNS: usize = 30;

/// The section.
pub fn section(input: &ReportInput) -> Option<Section> {
    let (from, summary) = (&input.file.provenance, &input.file.summary);
    let set_aside = match from.rows.saturating_sub(summary.n_rows) {
        0 => String::new(),
        n => format!(", {n} of them set aside"),
    };
    let mut body = html!("<p>{} holds {}{}.</p>\n", name(&from.data), count(from.rows, "row"), set_aside);
    let warnings = warnings(input);
    if !warnings.is_empty() {
        body += &html!("<div class=\"warnings\">\n{}{}</div>\n", heading("Warnings"), list(&warnings));
    }
    let (first, rest) = input.columns.split_at(input.columns.len().min(MOST_COLUMNS));
    if !first.is_empty() {
        body += &table(first, input);
    }
    if !rest.is_empty() {
        body += &details(&count(rest.len(), "more column"), &table(rest, input));
    }
    Some(Section { id: "data", title: "The data", body })
}

fn table(columns: &[ColumnSummary], input: &ReportInput) -> Html {
    let heads = [
        ("column", Column::Text),
        ("role", Column::Text),
        ("missing", Column::Number),
        ("smallest", Column::Number),
        ("median", Column::Number),
        ("mean", Column::Number),
        ("largest", Column::Number),
    ];
    let mut table = Table::new("Columns of the table", heads);
    let mut categories = Table::new(
        "Columns of categories",
        [
            ("column", Column::Text),
            ("role", Column::Text),
            ("missing", Column::Number),
            ("levels", Column::Number),
            ("most frequent", Column::Text),
        ],
    );
    let (mut has_numbers, mut has_categories) = (false, false);
    for column in columns {
        let head = cells![name(&column.name), role(&column.name, input), column.missing.to_string()];
        match &column.kind {
            ColumnKind::Number { min, median, mean, max } => {
                has_numbers = true;
                let text = |value: f64| match &column.meaning {
                    Meaning::Number | Meaning::Unstated | Meaning::Duration => number(value),
                    meaning => meaning.text(value.round()),
                };
                table.row(head.into_iter().chain([*min, *median, *mean, *max].map(|value| text(value).into())));
            }
            ColumnKind::Category { most_frequent, n_levels } => {
                has_categories = true;
                let levels: Vec<Html> = most_frequent.iter().map(|(l, n)| html!("{} ({})", name(l), n)).collect();
                categories.row(head.into_iter().chain(cells![n_levels.to_string(), Html::join(&levels, ", ")]));
            }
            ColumnKind::Empty => {
                has_categories = true;
                categories.row(head.into_iter().chain(cells!["0", "no cell is filled"]));
            }
        }
    }
    let tables = [has_numbers.then(|| table.html()), has_categories.then(|| categories.html())];
    tables.into_iter().flatten().collect()
}

/// What a column is to the model.
fn role(column: &str, input: &ReportInput) -> &'static str {
    let model = &input.file.model;
    if model.target.names.iter().any(|target| target == column) {
        "target"
    } else {
        // A date may be several inputs: its trend, the month, the day of the week.
        let own: Vec<&str> =
            model.encoding.inputs.iter().filter(|input| input.column() == column).map(|input| input.name()).collect();
        if input.file.summary.inputs_used.iter().any(|used| own.contains(&used.as_str())) {
            "input"
        } else if own.is_empty() {
            "set aside"
        } else {
            "input, not used"
        }
    }
}
