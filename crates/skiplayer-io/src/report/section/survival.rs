//! What became of rows with low, middle and high predicted hazards, and whether hazards are proportional.

use skiplayer::evaluate::{RiskGroup, SurvivalEvaluation};

use super::Section;
use crate::report::ReportInput;
use crate::report::chart::survival::draw_survival;
use crate::report::html::{Column, Html, Table, cells, escape, figure, note, panels};
use crate::report::number::{number, p_alone, short};

/// The section.
pub fn section(input: &ReportInput) -> Option<Section> {
    let found = input.evaluation?.survival.as_ref()?;
    let drawn = draw_survival(&found.groups).map(|chart| figure("Kaplan-Meier by predicted hazard", &chart));
    let figures: Vec<Html> = drawn.into_iter().collect();
    let remark =
        "Held-out rows in thirds by the hazard that the network predicted for them; the curves are Kaplan and Meier's.";
    let body = panels(&figures) + &groups(&found.groups) + &note(remark) + &proportional(found);
    Some(Section { id: "survival", title: "Survival by predicted hazard", body })
}

fn groups(groups: &[RiskGroup]) -> Html {
    let columns = [
        ("predicted hazard", Column::Text),
        ("rows", Column::Number),
        ("events", Column::Number),
        ("median time", Column::Number),
    ];
    let mut table = Table::new("Thirds of the held-out rows", columns);
    for (group, name) in groups.iter().zip(["lowest third", "middle third", "highest third"]) {
        let median = group.median.map_or_else(|| "not reached".to_owned(), number);
        table.row(cells![escape(name), group.n_rows.to_string(), group.n_events.to_string(), median]);
    }
    table.html()
}

/// Tests that no coefficient changes with time.
fn proportional(found: &SurvivalEvaluation) -> Html {
    let Some(test) = &found.proportional else { return Html::default() };
    let columns = [("coefficient", Column::Text), ("chi-squared", Column::Number), ("p", Column::Number)];
    let mut table = Table::new("Are the hazards proportional?", columns);
    table.row(cells![escape("all together"), short(test.statistic), p_alone(test.p_value)]);
    for own in &test.coefficients {
        table.row(cells![escape(&own.coefficient), short(own.statistic), p_alone(own.p_value)]);
    }
    table.html()
        + &note(
            "Grambsch and Therneau's tests (1994) on the linear model of all inputs: a small p says that the effect of an input on \
             the hazard changes with time.",
        )
}
