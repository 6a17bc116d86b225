//! Curves over one axis: errors by depth, gradients by layer, losses by epoch.

use std::ops::Range;

use super::ink::Ink;
use super::plot::{Axis, Frame, covering, decimal, draw, power_of_ten};
use crate::report::html::Html;

const WIDTH: f64 = 330.0;
const HEIGHT: f64 = 215.0;

/// One curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub ink: Ink,
    pub points: Vec<(f64, f64)>,
    /// Ends of error bars, one a point, or none.
    pub bars: Vec<(f64, f64)>,
    pub has_line: bool,
    pub has_dots: bool,
}

impl Series {
    /// A bare curve.
    pub fn curve(ink: Ink, points: Vec<(f64, f64)>) -> Self {
        Self { ink, points, bars: Vec::new(), has_line: true, has_dots: false }
    }
}

/// How an axis counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Linear,
    /// Ticks are whole powers of ten; what is not above zero is left out.
    Log,
    /// Doublings, told as numbers.
    Doublings,
}

impl Scale {
    fn place(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.log10(),
            Self::Doublings => value.log2(),
        }
    }

    /// What is written at a place of an axis over `range`.
    fn labels(self, range: &Range<f64>) -> impl Fn(f64) -> String + use<> {
        let plain = decimal(range);
        move |place| match self {
            Self::Linear => plain(place),
            Self::Log => power_of_ten(place),
            Self::Doublings => format!("{:.0}", place.exp2()),
        }
    }
}

/// A chart of `series`; `description` says in numbers what is seen. `rule`: a horizontal line to compare with.
pub fn draw_lines(
    title: &str,
    description: &str,
    (x_name, x_scale): (&str, Scale),
    (y_name, y_scale): (&str, Scale),
    series: &[Series],
    rule: Option<f64>,
) -> Option<Html> {
    let frame = Frame { title, description, width: WIDTH, height: HEIGHT };
    let xs = series.iter().flat_map(|series| &series.points).map(|(x, _)| x_scale.place(*x));
    let ends = series.iter().flat_map(|series| series.bars.iter().flat_map(|(lo, hi)| [*lo, *hi]));
    let ys = series.iter().flat_map(|series| series.points.iter().map(|(_, y)| *y)).chain(ends).chain(rule);
    let (across, up) = (covering(xs)?, covering(ys.map(|y| y_scale.place(y)))?);
    let (x_label, y_label) = (x_scale.labels(&across), y_scale.labels(&up));
    let x = Axis { range: across.clone(), name: x_name, ticks: 5, label: &x_label };
    let y = Axis { range: up, name: y_name, ticks: 5, label: &y_label };
    draw(&frame, &x, &y, |plot| {
        if let Some(rule) = rule {
            let at = y_scale.place(rule);
            plot.line([(across.start, at), (across.end, at)], Ink::Rule, 0.8)?;
        }
        for Series { ink, points, bars, has_line, has_dots } in series {
            let placed = || points.iter().map(|(x, y)| (x_scale.place(*x), y_scale.place(*y)));
            if *has_line {
                plot.line(placed(), *ink, 1.8)?;
            }
            if *has_dots {
                plot.dots(placed(), *ink, 3.2, true)?;
            }
            for ((x, _), (lo, hi)) in placed().zip(bars) {
                plot.line([(x, y_scale.place(*lo)), (x, y_scale.place(*hi))], *ink, 1.0)?;
            }
        }
        Ok(())
    })
}
