//! What the columns of a table are taken for.

use skiplayer::table::Meaning;
use skiplayer_io::{ColumnKind, ColumnSummary};

use super::grid::{Align, Grid};
use super::number::{count, number};
use super::page::Page;
use crate::inspect::Inspection;

/// The page of `skiplayer inspect`.
pub fn inspected(inspection: &Inspection) -> String {
    let mut page = Page::for_stdout();
    page.headline(&format!("{}: {}, {}", inspection.files, inspection.format, count(inspection.n_rows, "row")));
    let mut grid = Grid::new(&[
        ("column", Align::Left),
        ("taken for", Align::Left),
        ("missing", Align::Right),
        ("values", Align::Left),
    ]);
    for summary in &inspection.columns {
        grid.row([summary.name.clone(), kind(inspection, summary), summary.missing.to_string(), values(summary)]);
    }
    page.grid(&grid);
    if let Some(roles) = &inspection.roles {
        page.gap();
        page.fact("task", roles.task);
        page.fact("rows used", &roles.n_rows.to_string());
        if let Some(n_groups) = roles.n_groups {
            page.fact("groups", &n_groups.to_string());
        }
        page.fact("inputs", &roles.inputs.join(", "));
    } else if !inspection.set_aside.is_empty() {
        page.gap();
    }
    for (name, reason) in &inspection.set_aside {
        page.fact("set aside", &format!("{name}: {reason}"));
    }
    page.gap();
    page.aside(
        "If something is read wrongly, correct it with --categorical and --numeric COLS, --missing WORDS, --decimal, --delimiter, \
         --skip N, --header, --no-header, --sheet or --all-rows, here and in fit; predict then reads new files in the same way.",
    );
    page.finish()
}

fn kind(inspection: &Inspection, summary: &ColumnSummary) -> String {
    match &summary.kind {
        ColumnKind::Number { .. } => match inspection.rules.spellings.get(&summary.name) {
            Some(spelling) => format!("numbers with {}", spelling.describe()),
            None => summary.meaning.to_string(),
        },
        ColumnKind::Category { n_levels, .. } => match &summary.meaning {
            Meaning::Truth => summary.meaning.to_string(),
            _ if *n_levels == 1 => "1 category".to_owned(),
            meaning => format!("{n_levels} {meaning}"),
        },
        ColumnKind::Empty => "nothing".to_owned(),
    }
}

fn values(summary: &ColumnSummary) -> String {
    match &summary.kind {
        ColumnKind::Number { min, median, max, .. } => {
            let text = |value: f64| match &summary.meaning {
                Meaning::Number | Meaning::Unstated | Meaning::Duration => number(value),
                meaning => meaning.text(value.round()),
            };
            format!("{} to {}, median {}", text(*min), text(*max), text(*median))
        }
        ColumnKind::Category { most_frequent, n_levels } => {
            let levels = most_frequent.iter().map(|(level, n)| format!("{} ({n})", level));
            let mut text = levels.collect::<Vec<_>>().join(", ");
            if most_frequent.len() < *n_levels {
                text.push_str(", …");
            }
            text
        }
        ColumnKind::Empty => String::new(),
    }
}
