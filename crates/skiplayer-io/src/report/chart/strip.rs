//! A row of a table as a picture: marks on an axis that all rows share.

use std::ops::Range;

use super::ink::Ink;
use super::plot::{Axis, Frame, covering, decimal, draw};
use crate::report::html::Html;

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 22.0;
/// Half of the height of a bar, of a tick, and of the jitter of dots, with the row reaching from -1 to 1.
const BAR: f64 = 0.35;
const TICK: f64 = 0.6;
const JITTER: [f64; 5] = [-0.25, 0.2, -0.05, 0.35, -0.4];

/// What is drawn in a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mark {
    /// Small and open: one of many.
    Ring(f64, Ink),
    Dot(f64, Ink),
    /// As large as a dot, so that the dot of another model can lie inside it.
    Hollow(f64, Ink),
    Whisker(f64, f64, Ink),
    Bar(f64, f64, Ink),
    /// A vertical line: zero, the nominal level.
    Rule(f64),
}

/// The axis that the rows of a table share.
pub struct Strip {
    range: Range<f64>,
}

impl Strip {
    /// An axis over the values that are finite.
    pub fn covering(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        covering(values).map(|range| Self { range })
    }

    /// The axis, for the head of the table.
    pub fn axis(&self, label: &dyn Fn(f64) -> String) -> Html {
        let (from, to) = (label(self.range.start), label(self.range.end));
        let description = format!("The axis of the charts below, from {from} to {to}.");
        let frame = Frame { title: "Axis", description: &description, width: WIDTH, height: HEIGHT + 3.0 };
        let x = Axis { range: self.range.clone(), name: "", ticks: 5, label };
        draw(&frame, &x, &hidden(), |_| Ok(())).unwrap_or_default()
    }

    /// The axis with decimal numbers.
    pub fn decimal_axis(&self) -> Html {
        self.axis(&decimal(&self.range))
    }

    /// A row.
    pub fn row(&self, title: &str, description: &str, marks: &[Mark]) -> Html {
        let frame = Frame { title, description, width: WIDTH, height: HEIGHT };
        let x = Axis { range: self.range.clone(), name: "", ticks: 0, label: &|_| String::new() };
        let mut jitter = JITTER.iter().cycle();
        draw(&frame, &x, &hidden(), |plot| {
            for mark in marks {
                match *mark {
                    Mark::Ring(at, ink) => {
                        plot.dots([(at, *jitter.next().unwrap_or(&0.0))], ink, 2.6, false)?;
                    }
                    Mark::Dot(at, ink) => plot.dots([(at, 0.0)], ink, 4.2, true)?,
                    Mark::Hollow(at, ink) => plot.dots([(at, 0.0)], ink, 5.4, false)?,
                    Mark::Whisker(lo, hi, ink) => {
                        plot.line([(lo, 0.0), (hi, 0.0)], ink, 2.0)?;
                        plot.line([(lo, -TICK), (lo, TICK)], ink, 1.4)?;
                        plot.line([(hi, -TICK), (hi, TICK)], ink, 1.4)?;
                    }
                    Mark::Bar(from, to, ink) => plot.bar((from, -BAR), (to, BAR), ink)?,
                    Mark::Rule(at) => plot.line([(at, -1.0), (at, 1.0)], Ink::Rule, 1.0)?,
                }
            }
            Ok(())
        })
        .unwrap_or_default()
    }
}

fn hidden() -> Axis<'static> {
    Axis { range: -1.0..1.0, name: "", ticks: 0, label: &|_| String::new() }
}
