//! Do probabilities keep their promise?

use super::ink::Ink;
use super::plot::{Axis, Drawn, Frame, Plot, covering, draw, whole_percent};
use crate::report::html::Html;
use crate::report::number::percent;

/// Groups of equal width between a half and one, and the rows below which one is left out.
const GROUPS: usize = 10;
const FEWEST_IN_GROUP: usize = 5;

/// A group of rows with about the same confidence.
struct Group {
    confidence: f64,
    right: f64,
    standard_error: f64,
}

/// For two classes: how often the likelier class was right, against the probability it was given.
///
/// `linear` and `network` are probabilities of the class that was there, so the likelier class is right where they exceed a
/// half.
pub fn draw_calibration(linear: &[f64], network: &[f64]) -> Option<Html> {
    let groups = [groups(linear), groups(network)];
    let worst = groups[1].iter().map(|g| (g.right - g.confidence).abs()).fold(0.0, f64::max);
    let description = format!(
        "The network's groups lie at most {} from the diagonal, where confidence and frequency agree.",
        percent(worst)
    );
    let title = "Share of right predictions against their probability";
    let frame = Frame { title, description: &description, width: 300.0, height: 220.0 };
    let lowest = groups.iter().flatten().map(|g| g.right - 2.0 * g.standard_error).fold(0.5, f64::min).max(0.0);
    let x = Axis { range: 0.48..1.02, name: "probability of the likelier class", ticks: 5, label: &whole_percent };
    let y = Axis { range: lowest - 0.02..1.02, name: "share right", ticks: 5, label: &whole_percent };
    draw(&frame, &x, &y, |plot| {
        plot.line([(0.5, 0.5), (1.0, 1.0)], Ink::Rule, 1.0)?;
        series(plot, &groups[0], Ink::Linear, false)?;
        series(plot, &groups[1], Ink::Network, true)
    })
}

fn series(plot: &Plot, groups: &[Group], ink: Ink, is_filled: bool) -> Drawn {
    // Side by side, so that neither hides the other's error bars.
    let shift = if is_filled { 0.003 } else { -0.003 };
    for group in groups {
        let (lo, hi) = (group.right - group.standard_error, group.right + group.standard_error);
        plot.line([(group.confidence + shift, lo.max(0.0)), (group.confidence + shift, hi.min(1.0))], ink, 1.4)?;
    }
    plot.dots(groups.iter().map(|g| (g.confidence + shift, g.right)), ink, 3.8, is_filled)
}

fn groups(probabilities: &[f64]) -> Vec<Group> {
    let mut members = vec![Vec::new(); GROUPS];
    for p in probabilities.iter().filter(|p| p.is_finite()) {
        let confidence = p.max(1.0 - p).clamp(0.5, 1.0);
        let group = ((confidence - 0.5) * 2.0 * GROUPS as f64) as usize;
        members[group.min(GROUPS - 1)].push((confidence, if *p >= 0.5 { 1.0 } else { 0.0 }));
    }
    members
        .iter()
        .filter(|rows| rows.len() >= FEWEST_IN_GROUP)
        .map(|rows| {
            let n = rows.len() as f64;
            let right = rows.iter().map(|(_, right)| right).sum::<f64>() / n;
            // Agresti and Coull (1998): a group that is always right has a standard error too.
            let centre = (right * n + 2.0) / (n + 4.0);
            Group {
                confidence: rows.iter().map(|(confidence, _)| confidence).sum::<f64>() / n,
                right,
                standard_error: (centre * (1.0 - centre) / (n + 4.0)).sqrt(),
            }
        })
        .collect()
}

/// How much probability the class that was there got: the rows in ten steps.
pub fn draw_probabilities(model: &str, probabilities: &[f64], most: f64, ink: Ink) -> Option<Html> {
    let shares = histogram(probabilities);
    let title = format!("Probability that the {model} gave to the class that was there");
    let description = format!(
        "Share of rows below a half: {}; above 90%: {}.",
        percent(shares[..GROUPS / 2].iter().sum()),
        percent(shares[GROUPS - 1])
    );
    let frame = Frame { title: &title, description: &description, width: 300.0, height: 220.0 };
    let up = covering([0.0, most])?;
    let x = Axis { range: 0.0..1.0, name: "probability", ticks: 5, label: &whole_percent };
    let y = Axis { range: 0.0..up.end, name: "share of rows", ticks: 4, label: &whole_percent };
    draw(&frame, &x, &y, |plot| {
        let width = 1.0 / GROUPS as f64;
        shares.iter().enumerate().try_for_each(|(g, share)| {
            let from = g as f64 * width;
            plot.bar((from + 0.006, 0.0), (from + width - 0.006, *share), ink)
        })
    })
}

/// Shares of `probabilities` in ten steps from zero to one.
pub fn histogram(probabilities: &[f64]) -> [f64; GROUPS] {
    let mut shares = [0.0; GROUPS];
    for p in probabilities.iter().filter(|p| p.is_finite()) {
        shares[((p * GROUPS as f64) as usize).min(GROUPS - 1)] += 1.0 / probabilities.len() as f64;
    }
    shares
}
