//! How much of the loss of the mean the linear part and the units take away.

use super::ink::Ink;
use super::plot::{Axis, Frame, draw, whole_percent};
use crate::report::html::Html;
use crate::report::number::percent;

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 44.0;

/// A bar from nothing to everything; a share below zero is left to the words beside it.
pub fn draw_shares(linear: f64, nonlinear: f64) -> Option<Html> {
    let description = format!(
        "Of the loss of predicting the mean, the linear part takes away {}, the hidden units {} more.",
        percent(linear),
        percent(nonlinear)
    );
    let frame = Frame { title: "Linear and nonlinear share", description: &description, width: WIDTH, height: HEIGHT };
    let x = Axis { range: -0.03..1.04, name: "", ticks: 5, label: &whole_percent };
    let y = Axis { range: 0.0..1.0, name: "", ticks: 0, label: &|_| String::new() };
    let line = linear.clamp(0.0, 1.0);
    let both = (linear + nonlinear).clamp(0.0, 1.0);
    draw(&frame, &x, &y, |plot| {
        plot.bar((0.0, 0.15), (1.0, 1.0), Ink::Region)?;
        plot.bar((0.0, 0.15), (line, 1.0), Ink::Linear)?;
        if both > line { plot.bar((line, 0.15), (both, 1.0), Ink::Network) } else { Ok(()) }
    })
}
