//! Would another start have found another network?

use super::Section;
use crate::report::ReportInput;
use crate::report::chart::Ink;
use crate::report::chart::strip::{Mark, Strip};
use crate::report::html::{Column, Table, cells, note};
use crate::report::number::count;
use skiplayer::solve::Reason;

/// The section.
pub fn section(input: &ReportInput) -> Option<Section> {
    let members = &input.file.summary.members;
    if members.is_empty() {
        return None;
    }
    let strip = Strip::covering(members.iter().filter_map(|member| member.evidence));
    let mut table = Table::new(
        format!("{}, those kept first", count(members.len(), "start")),
        [
            ("network".into(), Column::Text),
            ("units".into(), Column::Number),
            ("weights".into(), Column::Number),
            ("optimality".into(), Column::Number),
            ("−log evidence".into(), Column::Number),
            (strip.as_ref().map(Strip::decimal_axis).unwrap_or_default(), Column::Chart),
        ],
    );
    for (i, member) in members.iter().enumerate() {
        let start = format!("start {}", i + 1);
        let evidence = member.evidence.map(|nats| format!("{nats:.1}").replace('-', "−"));
        let picture = strip.as_ref().zip(member.evidence).map(|(strip, nats)| {
            let description = format!("−log evidence {nats:.1} nats.");
            strip.row(&start, &description, &[Mark::Dot(nats, Ink::Network)])
        });
        let kkt = format!("{:.0e}", member.termination.kkt).replace('-', "−");
        table.row(cells![
            start.clone(),
            member.n_units.to_string(),
            member.n_weights.to_string(),
            match member.termination.reason {
                Reason::Converged => kkt,
                Reason::Enough => format!("{kkt}, left out"),
                Reason::WorkLimit => format!("{kkt}, at its limit of work"),
                _ => format!("{kkt}, not converged"),
            },
            evidence.unwrap_or_else(|| "–".into()),
            picture.unwrap_or_default(),
        ]);
    }
    let body = table.html()
        + &note(
            "−log evidence in nats, smaller is better; optimality is the largest violation of the optimality conditions, in \
             units of lambda. Starts that are left out were stopped early, near their optima.",
        );
    Some(Section { id: "restarts", title: "Spread of the restarts", body })
}
