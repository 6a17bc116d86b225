//! A learning curve: the loss of contenders against the number of training rows.

use skiplayer::evaluate::LearningCurve;

use super::ink::Ink;
use super::plot::{Axis, Frame, covering, decimal, draw};
use crate::report::html::Html;
use crate::report::number::number;

const WIDTH: f64 = 330.0;
const HEIGHT: f64 = 215.0;

/// A line a contender, with standard errors; `ink` tells the colour of a contender, or that it is not drawn.
pub fn draw_learning(curve: &LearningCurve, ink: impl Fn(&str) -> Option<Ink>) -> Option<Html> {
    let at: Vec<f64> = curve.n_train.iter().map(|n| (*n as f64).log2()).collect();
    let lines: Vec<_> = curve.contenders.iter().filter_map(|line| Some((line, ink(&line.name)?))).collect();
    let ends = lines
        .iter()
        .flat_map(|(line, _)| line.mean.iter().zip(&line.se).flat_map(|(mean, se)| [mean - se, mean + se]))
        .collect::<Vec<f64>>();
    let told: Vec<String> = lines
        .iter()
        .filter_map(|(line, _)| {
            let (first, last) = (line.mean.first()?, line.mean.last()?);
            Some(format!("{}: from {} to {}", line.name, number(*first), number(*last)))
        })
        .collect();
    let description = format!("{}. Bars are standard errors.", told.join("; "));
    let frame = Frame { title: "Loss against training rows", description: &description, width: WIDTH, height: HEIGHT };
    let up = covering(ends)?;
    let rows = |log: f64| format!("{:.0}", log.exp2());
    let x = Axis { range: covering(at.iter().copied())?, name: "training rows", ticks: at.len(), label: &rows };
    let y = Axis { range: up.clone(), name: &curve.metric, ticks: 5, label: &decimal(&up) };
    draw(&frame, &x, &y, |plot| {
        for (line, ink) in lines {
            let points = || at.iter().copied().zip(line.mean.iter().copied());
            plot.line(points(), ink, 2.0)?;
            plot.dots(points(), ink, 3.5, true)?;
            for ((at, mean), se) in points().zip(&line.se) {
                plot.line([(at, mean - se), (at, mean + se)], ink, 1.0)?;
            }
        }
        Ok(())
    })
}
