//! What one numeric input does: the line, and the line with its perturbation.

use std::ops::Range;

use skiplayer::explain::{Curve, Effect};

use super::ink::Ink;
use super::plot::{Axis, Frame, covering, decimal, draw};
use crate::report::html::Html;
use crate::report::number::short;

/// Curves of single rows: more are a blot.
const MOST_CURVES: usize = 30;

/// Whether there is a perturbation to show.
pub fn is_bent(effect: &Effect) -> bool {
    effect.nonlinear_size > 0.0
}

/// A scale for the curves of several inputs, so that their sizes can be compared.
pub fn common_range<'a>(effects: impl IntoIterator<Item = &'a Effect>) -> Option<Range<f64>> {
    covering(effects.into_iter().flat_map(|effect| match &effect.curve {
        Curve::Numeric { line, accumulated, individual, .. } => {
            let individual = individual.iter().take(MOST_CURVES).flatten();
            line.iter().chain(accumulated).chain(individual).copied().collect::<Vec<_>>()
        }
        Curve::Levels { line, partial, .. } => line.iter().chain(partial).copied().collect(),
    }))
}

/// The chart of a numeric input; `None` for categories, which are a table.
pub fn draw_effect(effect: &Effect, range: &Range<f64>) -> Option<Html> {
    let Curve::Numeric { at, line, accumulated, individual, deciles, .. } = &effect.curve else { return None };
    let title = format!("Effect of {} on {}", effect.input, effect.unit);
    let ends = |values: &[f64]| match values {
        [first, .., last] => format!("from {} to {}", short(*first), short(*last)),
        _ => "at one place only".to_owned(),
    };
    let description = format!(
        "Over values {}, the line goes {}, the line with its perturbation {}. Standard deviation over the rows: line {}, \
         perturbation {}.",
        ends(at),
        ends(line),
        ends(accumulated),
        short(effect.linear_size),
        short(effect.nonlinear_size)
    );
    let frame = Frame { title: &title, description: &description, width: 300.0, height: 205.0 };
    let across = covering(at.iter().chain(deciles).copied())?;
    let x = Axis { range: across.clone(), name: "", ticks: 5, label: &decimal(&across) };
    let y = Axis { range: range.clone(), name: "", ticks: 5, label: &decimal(range) };
    let height = range.end - range.start;
    let curve = |values: &[f64]| at.iter().copied().zip(values.iter().copied()).collect::<Vec<_>>();
    draw(&frame, &x, &y, |plot| {
        plot.line([(across.start, 0.0), (across.end, 0.0)], Ink::Rule, 0.8)?;
        if is_bent(effect) {
            for values in individual.iter().take(MOST_CURVES) {
                plot.line(curve(values), Ink::Faint, 0.7)?;
            }
        }
        for decile in deciles {
            plot.line([(*decile, range.start), (*decile, range.start + 0.035 * height)], Ink::Axis, 1.0)?;
        }
        // The dashes on top: where the perturbation is small, both are seen.
        if is_bent(effect) {
            plot.line(curve(accumulated), Ink::Network, 2.6)?;
        }
        plot.line(curve(line), Ink::Line, 1.6)
    })
}
