//! A regularisation path: loss and number of weights as lambda rises.

use skiplayer::fit::PathPoint;

use super::ink::Ink;
use super::plot::{Axis, Frame, covering, decimal, draw, power_of_ten};
use crate::report::html::Html;
use crate::report::number::number;

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 215.0;

/// Cross-validated loss against lambda, with a band of one standard error, the smallest loss and the chosen lambda.
pub fn draw_loss(path: &[PathPoint], chosen: Option<f64>) -> Option<Html> {
    let points = sorted(path);
    let ink = ink(&points);
    let at: Vec<f64> = points.iter().map(|point| point.lambda.log10()).collect();
    let loss: Vec<f64> = points.iter().map(|point| point.cv_loss).collect();
    let lo: Vec<f64> = points.iter().map(|point| point.cv_loss - point.cv_standard_error).collect();
    let hi: Vec<f64> = points.iter().map(|point| point.cv_loss + point.cv_standard_error).collect();
    let best = points.iter().min_by(|a, b| a.cv_loss.total_cmp(&b.cv_loss))?;
    let description = format!(
        "Smallest loss {} at lambda {}, with {} weights; the band is one standard error.",
        number(best.cv_loss),
        number(best.lambda),
        best.n_weights
    );
    let title = "Cross-validated loss against lambda";
    let frame = Frame { title, description: &description, width: WIDTH, height: HEIGHT };
    let (across, up) = (covering(at.iter().copied())?, covering(lo.iter().chain(&hi).chain(&loss).copied())?);
    let x = Axis { range: across.clone(), name: "lambda", ticks: 5, label: &power_of_ten };
    let y = Axis { range: up.clone(), name: "cross-validated loss", ticks: 5, label: &decimal(&up) };
    draw(&frame, &x, &y, |plot| {
        plot.band(&at, &lo, &hi, Ink::Region)?;
        let limit = best.cv_loss + best.cv_standard_error;
        plot.line([(across.start, limit), (across.end, limit)], Ink::Rule, 0.8)?;
        if let Some(lambda) = chosen {
            plot.line([(lambda.log10(), up.start), (lambda.log10(), up.end)], Ink::Axis, 1.2)?;
        }
        plot.line(at.iter().copied().zip(loss.iter().copied()), ink, 2.0)?;
        plot.dots([(best.lambda.log10(), best.cv_loss)], ink, 4.0, true)
    })
}

/// Number of weights against lambda, as steps.
pub fn draw_weights(path: &[PathPoint], chosen: Option<f64>) -> Option<Html> {
    let points = sorted(path);
    let ink = ink(&points);
    let (first, last) = (points.first()?, points.last()?);
    let description = format!(
        "From {} weights at lambda {} to {} at lambda {}.",
        first.n_weights,
        number(first.lambda),
        last.n_weights,
        number(last.lambda)
    );
    let frame =
        Frame { title: "Number of weights against lambda", description: &description, width: WIDTH, height: HEIGHT };
    let across = covering(points.iter().map(|point| point.lambda.log10()))?;
    let up = covering(points.iter().map(|point| point.n_weights as f64).chain([0.0]))?;
    let x = Axis { range: across, name: "lambda", ticks: 5, label: &power_of_ten };
    let y = Axis { range: up.clone(), name: "weights", ticks: 5, label: &decimal(&up) };
    draw(&frame, &x, &y, |plot| {
        if let Some(lambda) = chosen {
            plot.line([(lambda.log10(), up.start), (lambda.log10(), up.end)], Ink::Axis, 1.2)?;
        }
        let steps = points.windows(2).flat_map(|pair| {
            let weights = pair[0].n_weights as f64;
            [(pair[0].lambda.log10(), weights), (pair[1].lambda.log10(), weights)]
        });
        plot.line(steps.chain([(last.lambda.log10(), last.n_weights as f64)]), ink, 2.0)
    })
}

/// The colour of what the path leads to.
fn ink(points: &[&PathPoint]) -> Ink {
    if points.iter().any(|point| point.n_units > 0) { Ink::Network } else { Ink::Linear }
}

/// By lambda, without those that have no logarithm.
fn sorted(path: &[PathPoint]) -> Vec<&PathPoint> {
    let is_drawn = |point: &&PathPoint| point.lambda > 0.0 && point.lambda.is_finite();
    let mut points: Vec<&PathPoint> = path.iter().filter(is_drawn).collect();
    points.sort_by(|a, b| a.lambda.total_cmp(&b.lambda));
    points
}
