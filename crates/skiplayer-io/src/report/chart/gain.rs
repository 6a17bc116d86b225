//! The posterior of the gain: an interval beside the region of practical equivalence, and three probabilities.

use skiplayer::evaluate::Gain;

use super::ink::Ink;
use super::plot::{Axis, Frame, covering, draw};
use crate::report::html::Html;
use crate::report::number::{percent, tick};

const WIDTH: f64 = 560.0;

/// The 95% interval of the gain in percent, with the region of practical equivalence behind it.
pub fn draw_interval(gain: &Gain) -> Option<Html> {
    let description = format!(
        "Gain {}, 95% interval {} to {}; practically equal from {} to {}.",
        percent(gain.mean),
        percent(gain.lo),
        percent(gain.hi),
        percent(-gain.rope),
        percent(gain.rope)
    );
    let frame = Frame { title: "Gain over the linear model", description: &description, width: WIDTH, height: 52.0 };
    let range = covering([gain.lo, gain.hi, -1.5 * gain.rope, 1.5 * gain.rope])?;
    let span = 100.0 * (range.end - range.start);
    let label = |v: f64| tick(100.0 * v, span) + "%";
    let x = Axis { range, name: "", ticks: 7, label: &label };
    let y = Axis { range: -1.0..1.0, name: "", ticks: 0, label: &|_| String::new() };
    draw(&frame, &x, &y, |plot| {
        plot.bar((-gain.rope, -1.0), (gain.rope, 1.0), Ink::Region)?;
        plot.line([(0.0, -1.0), (0.0, 1.0)], Ink::Rule, 1.0)?;
        plot.line([(gain.lo, 0.0), (gain.hi, 0.0)], Ink::Network, 3.0)?;
        plot.line([(gain.lo, -0.4), (gain.lo, 0.4)], Ink::Network, 2.0)?;
        plot.line([(gain.hi, -0.4), (gain.hi, 0.4)], Ink::Network, 2.0)?;
        plot.dots([(gain.mean, 0.0)], Ink::Network, 5.5, true)
    })
}

/// Worse, practically equal, better: one bar in three parts, with gaps between them.
pub fn draw_posterior(gain: &Gain) -> Option<Html> {
    let description = format!(
        "Probability that the network is worse {}, practically equal {}, better {}.",
        percent(gain.p_worse),
        percent(gain.p_equal),
        percent(gain.p_better)
    );
    let frame = Frame { title: "Posterior of the gain", description: &description, width: WIDTH, height: 26.0 };
    let x = Axis { range: 0.0..1.0, name: "", ticks: 0, label: &|_| String::new() };
    let y = Axis { range: 0.0..1.0, name: "", ticks: 0, label: &|_| String::new() };
    const GAP: f64 = 0.004;
    draw(&frame, &x, &y, |plot| {
        let mut from = 0.0;
        for (p, ink) in [(gain.p_worse, Ink::Linear), (gain.p_equal, Ink::Other), (gain.p_better, Ink::Network)] {
            if p > GAP {
                plot.bar((from, 0.0), (from + p - GAP, 1.0), ink)?;
            }
            from += p;
        }
        Ok(())
    })
}
