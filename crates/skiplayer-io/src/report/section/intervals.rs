//! How far predictions can be trusted.

use super::Section;
use crate::report::ReportInput;
use crate::report::chart::Ink;
use crate::report::chart::strip::{Mark, Strip};
use crate::report::html::{Column, Table, cells, escape, note};
use crate::report::number::{number, percent};

/// The section.
pub fn section(input: &ReportInput) -> Option<Section> {
    let evaluation = input.evaluation?;
    let intervals = evaluation.intervals.as_ref()?;
    let is_classes = input.file.summary.task.is_classification();
    let rows = evaluation.rows.len();
    // Rows share fold models, so this is a guide only.
    let error = if rows > 0 { (intervals.coverage * (1.0 - intervals.coverage) / rows as f64).sqrt() } else { 0.0 };
    let (lo, hi) = (intervals.coverage - error, intervals.coverage + error);
    let strip = Strip::covering([lo, hi, intervals.level, 1.0, (2.0 * intervals.level - 1.0).max(0.0)])?;
    let mut table = Table::new(
        "Prediction intervals that travel with the model",
        [
            ("method".into(), Column::Text),
            ("level".into(), Column::Number),
            ("coverage".into(), Column::Number),
            (if is_classes { "classes in a set" } else { "mean width" }.into(), Column::Number),
            (strip.axis(&|v| format!("{:.0}%", 100.0 * v)), Column::Chart),
        ],
    );
    let description = format!("Coverage {} at level {}.", percent(intervals.coverage), percent(intervals.level));
    let marks =
        [Mark::Rule(intervals.level), Mark::Whisker(lo, hi, Ink::Network), Mark::Dot(intervals.coverage, Ink::Network)];
    table.row(cells![
        escape(&intervals.method),
        percent(intervals.level),
        format!("{:.1}%", 100.0 * intervals.coverage),
        intervals.mean_width.map_or_else(|| "none".to_owned(), number),
        strip.row("Coverage of the prediction intervals", &description, &marks),
    ]);
    let mut body = table.html();
    body += &note(
        "Dot and bar: coverage of rows that the fold models had not seen, and one standard error. Line: the level.",
    );
    if let Some(width) = intervals.plain_width {
        body += &note(&format!(
            "For comparison: the prediction plus and minus the quantile of the residuals out of fold is {} wide.",
            number(width)
        ));
    }
    if let Some(reading) = intervals.reading() {
        body += &note(&format!("Of these, {reading}."));
    }
    Some(Section { id: "intervals", title: "Prediction intervals", body })
}
