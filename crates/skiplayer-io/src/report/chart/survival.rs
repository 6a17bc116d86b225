//! Kaplan and Meier's curves of groups of rows.

use skiplayer::evaluate::RiskGroup;

use super::ink::Ink;
use super::plot::{Axis, Frame, covering, decimal, draw, whole_percent};
use crate::report::html::Html;
use crate::report::number::number;

const WIDTH: f64 = 330.0;
const HEIGHT: f64 = 215.0;
/// From the lowest predicted hazard to the highest.
const INKS: [Ink; 3] = [Ink::Linear, Ink::Other, Ink::Network];

/// A step function for each group, the lowest predicted hazard first.
pub fn draw_survival(groups: &[RiskGroup]) -> Option<Html> {
    let last = groups.iter().flat_map(|group| &group.time).copied().fold(0.0, f64::max);
    let median = |group: &RiskGroup| group.median.map_or_else(|| "not reached".to_owned(), number);
    let medians: Vec<String> = groups.iter().map(median).collect();
    let description =
        format!("Median times of the thirds, from the lowest predicted hazard to the highest: {}.", medians.join(", "));
    let title = "Share without an event, by thirds of the predicted hazard";
    let frame = Frame { title, description: &description, width: WIDTH, height: HEIGHT };
    let across = covering([0.0, last])?;
    let x = Axis { range: across.clone(), name: "time", ticks: 5, label: &decimal(&across) };
    let y = Axis { range: -0.02..1.02, name: "without an event", ticks: 5, label: &whole_percent };
    draw(&frame, &x, &y, |plot| {
        groups.iter().zip(INKS.into_iter().cycle()).try_for_each(|(group, ink)| plot.line(steps(group), ink, 2.0))
    })
}

/// The corners of the curve, from 1 at the beginning.
fn steps(group: &RiskGroup) -> Vec<(f64, f64)> {
    let mut at = 1.0;
    let mut corners = vec![(0.0, at)];
    for (time, survival) in group.time.iter().zip(&group.survival) {
        corners.push((*time, at));
        corners.push((*time, *survival));
        at = *survival;
    }
    corners
}
