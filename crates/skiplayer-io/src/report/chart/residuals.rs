//! What a model leaves over, row by row.

use skiplayer::evaluate::RowPrediction;

use super::ink::Ink;
use super::plot::{Axis, Frame, covering, decimal, draw};
use crate::report::html::Html;
use crate::report::number::number;

/// Rows that are drawn: more make a file large and a cloud black.
pub const MOST_ROWS: usize = 1500;
/// Groups of rows whose mean residual is drawn.
const GROUPS: usize = 10;
/// Rows below which a group's mean says nothing.
const FEWEST_IN_GROUP: usize = 5;

/// Fitted value and residual of each row.
pub type Cloud = Vec<(f64, f64)>;

/// Residuals against fitted values; `all` also holds the other model's, for a common scale.
pub fn draw_residuals(model: &str, cloud: &Cloud, all: &Cloud, ink: Ink) -> Option<Html> {
    let across = covering(all.iter().map(|(fitted, _)| *fitted))?;
    let up = covering(all.iter().map(|(_, residual)| *residual).chain([0.0]))?;
    let means = group_means(cloud);
    let largest = means.iter().map(|(_, mean)| mean.abs()).fold(0.0, f64::max);
    let title = format!("Residuals of the {model} against its fitted values");
    let description = format!(
        "{} rows. Means of residuals in {} groups of equal size by fitted value; the largest is {} from zero.",
        cloud.len(),
        means.len(),
        number(largest)
    );
    let frame = Frame { title: &title, description: &description, width: 300.0, height: 240.0 };
    let x = Axis { range: across.clone(), name: "fitted", ticks: 5, label: &decimal(&across) };
    let y = Axis { range: up.clone(), name: "residual", ticks: 5, label: &decimal(&up) };
    draw(&frame, &x, &y, |plot| {
        plot.line([(across.start, 0.0), (across.end, 0.0)], Ink::Rule, 1.0)?;
        plot.dots(thinned(cloud), Ink::Faint, 2.2, false)?;
        plot.line(means.iter().copied(), ink, 2.0)?;
        plot.dots(means.iter().copied(), ink, 3.6, true)
    })
}

/// Observed against predicted values of the network.
pub fn draw_predicted(rows: &[RowPrediction]) -> Option<Html> {
    let cloud: Cloud = rows.iter().map(|row| (row.network, row.observed)).collect();
    let range = covering(cloud.iter().flat_map(|(a, b)| [*a, *b]))?;
    let description = format!("{} rows; on the diagonal, prediction and observation agree.", rows.len());
    let title = "Observed against predicted values of the network";
    let frame = Frame { title, description: &description, width: 300.0, height: 240.0 };
    let x = Axis { range: range.clone(), name: "predicted", ticks: 5, label: &decimal(&range) };
    let y = Axis { range: range.clone(), name: "observed", ticks: 5, label: &decimal(&range) };
    draw(&frame, &x, &y, |plot| {
        plot.line([(range.start, range.start), (range.end, range.end)], Ink::Rule, 1.0)?;
        plot.dots(thinned(&cloud), Ink::Network, 2.2, false)
    })
}

/// At most [`MOST_ROWS`] of them, evenly through the table.
fn thinned(cloud: &Cloud) -> impl Iterator<Item = (f64, f64)> {
    cloud.iter().step_by(cloud.len().div_ceil(MOST_ROWS).max(1)).copied()
}

/// Mean fitted value and residual in groups of neighbours.
fn group_means(cloud: &Cloud) -> Cloud {
    let mut sorted: Cloud = cloud.iter().filter(|(a, b)| a.is_finite() && b.is_finite()).copied().collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let size = sorted.len().div_ceil(GROUPS).max(FEWEST_IN_GROUP);
    let mean =
        |group: &[(f64, f64)], part: fn(&(f64, f64)) -> f64| group.iter().map(part).sum::<f64>() / group.len() as f64;
    sorted
        .chunks(size)
        .filter(|group| group.len() >= FEWEST_IN_GROUP)
        .map(|group| (mean(group, |point| point.0), mean(group, |point| point.1)))
        .collect()
}
