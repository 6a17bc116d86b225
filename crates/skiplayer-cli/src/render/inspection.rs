//! What was seen in trained networks, in a table with a column for each.

use skiplayer_deep::analysis::inspection::{Inspection, Moment};
use skiplayer_deep::train::wilson;

use super::grid::{Align, Grid};
use super::number::{number, percent};
use super::page::Page;

/// All of `skiplayer deep inspect`.
pub fn inspections(inspections: &[Inspection]) -> String {
    let mut page = Page::for_stdout();
    let columns = inspections.iter().map(|inspection| (inspection.label.as_str(), Align::Left));
    let mut grid = Grid::new(&std::iter::once(("", Align::Left)).chain(columns).collect::<Vec<_>>());
    let mut row = |name: &str, value: &dyn Fn(&Inspection) -> Option<String>| {
        let values: Vec<Option<String>> = inspections.iter().map(value).collect();
        if values.iter().any(Option::is_some) {
            let cells = values.into_iter().map(|value| value.unwrap_or_else(|| "–".to_owned()));
            grid.row(std::iter::once(name.to_owned()).chain(cells));
        }
    };
    row("data", &|i| Some(i.data.clone()));
    row("examples", &|i| Some(i.n_examples.to_string()));
    row("steps", &|i| Some(i.step.to_string()));
    row("response, mean over 3x3 layers", &|i| {
        let responses = i.responses.as_ref()?;
        Some(number(responses.iter().map(|r| r.standard_deviation).sum::<f64>() / responses.len() as f64))
    });
    row("  largest difference from the closed form", &|i| {
        let off = |r: &skiplayer_deep::analysis::layer_response::Response| {
            Some((r.standard_deviation / r.closed_form? - 1.0).abs())
        };
        let worst = i.responses.as_ref()?.iter().filter_map(off).reduce(f64::max)?;
        Some(percent(worst))
    });
    row("gradient, first over last block, at the start", &|i| ratio(i, |m| m.step == 0 && !m.without_batch_norm));
    row("  at the start, without batch norm", &|i| ratio(i, |m| m.without_batch_norm));
    row("  now", &|i| ratio(i, |m| m.step == i.step && !m.without_batch_norm));
    row("correlation of neighbouring gradients", &|i| Some(number(*i.shattered.as_ref()?.autocorrelation.get(1)?)));
    row("error", &|i| Some(percent(i.lesions.as_ref()?.error)));
    row("  95% interval", &|i| {
        let (lo, hi) = wilson(i.lesions.as_ref()?.error, i.n_examples)?;
        Some(format!("{} to {}", percent(lo), percent(hi)))
    });
    row("  increase without one block, mean", &|i| Some(percent(i.lesions.as_ref()?.mean_increase()?)));
    row("  increase without one block, worst", &|i| {
        let lesions = i.lesions.as_ref()?;
        Some(percent(lesions.worst()?.1 - lesions.error))
    });
    row("  that block", &|i| Some(i.lesions.as_ref()?.worst()?.0.to_owned()));
    row("blocks crossed by gradients, mean", &|i| Some(number(i.paths.as_ref()?.effective_length)));
    row("  of all paths, mean", &|i| Some(number((i.paths.as_ref()?.lengths.len() - 1) as f64 / 2.0)));
    row("share of the last branch in the last input", &|i| {
        Some(percent(*i.mixing.as_ref()?.readers.last()?.shares.last()?))
    });
    row("loss at the corners of the landscape", &|i| {
        let heights = i.landscape.as_ref()?;
        let reach = heights.iter().map(|height| height.a).fold(0.0, f64::max);
        let corners: Vec<f64> =
            heights.iter().filter(|h| h.a.abs() == reach && h.b.abs() == reach).map(|h| h.loss).collect();
        Some(number(corners.iter().sum::<f64>() / corners.len() as f64))
    });
    row("  training examples used for it", &|i| i.landscape.as_ref().map(|_| i.n_landscape.to_string()));
    page.grid(&grid);
    page.finish()
}

fn ratio(inspection: &Inspection, which: impl Fn(&Moment) -> bool) -> Option<String> {
    let moment = inspection.gradients.iter().find(|moment| which(moment))?;
    moment.flow.first_over_last().map(number)
}
