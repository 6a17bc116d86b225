//! What was seen in trained networks, side by side.

use std::collections::BTreeSet;
use std::path::Path;

use skiplayer::Result;
use skiplayer_deep::analysis::inspection::{Inspection, Moment};
use skiplayer_deep::analysis::landscape::Height;
use skiplayer_deep::analysis::lesion::{Disturbance, Lesions};
use skiplayer_deep::train::wilson;

use super::{ink, legend};
use crate::report::chart::Ink;
use crate::report::chart::heat::draw_heat;
use crate::report::chart::lines::{Scale, Series, draw_lines};
use crate::report::html::{Column, Html, Table, cells, escape, figure, html, note, panels};
use crate::report::number::{percent, short};
use crate::report::page::{Frame, frame};
use crate::report::section::Section;
use crate::write_atomic;

/// Writes the page to `path`.
///
/// # Errors
/// Those of [`write_atomic`].
pub fn write_inspections(path: &Path, inspections: &[Inspection]) -> Result<()> {
    let sections: Vec<Section> = [networks, responses, gradients, shattered, lesions, paths, mixing, landscape]
        .iter()
        .filter_map(|s| s(inspections))
        .collect();
    let names: Vec<&str> = names(inspections).collect();
    let runs: Vec<&str> = inspections.iter().map(|inspection| inspection.run.as_str()).collect();
    let head = html!(
        "<header>\n<p class=\"subject\">Trained networks from the inside</p>\n<h1>What the skips do</h1>\n\
         <p class=\"lead\">{}</p>\n</header>\n",
        &names.join(", ")
    );
    let page = frame(&Frame {
        title: &names.join(", "),
        head: &head,
        sections: &sections,
        version: env!("CARGO_PKG_VERSION"),
        data: &runs.join(", "),
    });
    write_atomic(path, page.as_str().as_bytes())
}

fn names(inspections: &[Inspection]) -> impl Iterator<Item = &str> {
    inspections.iter().map(|inspection| inspection.label.as_str())
}

/// Values against their positions, from 1.
fn counted(values: impl IntoIterator<Item = f64>) -> Vec<(f64, f64)> {
    values.into_iter().enumerate().map(|(i, value)| (i as f64 + 1.0, value)).collect()
}

/// A curve for each network that has one.
fn curves(inspections: &[Inspection], points: impl Fn(&Inspection) -> Option<Vec<(f64, f64)>>) -> Vec<Series> {
    let all = inspections.iter().enumerate();
    all.filter_map(|(i, inspection)| Some(Series::curve(ink(i), points(inspection)?))).collect()
}

type Named<'a> = (&'a str, Scale);

fn chart(title: &str, description: &str, x: Named, y: Named, series: &[Series], rule: Option<f64>) -> Option<Html> {
    let svg = draw_lines(title, description, x, y, series, rule)?;
    Some(figure(&escape(title), &svg))
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    values.clone().sum::<f64>() / values.count().max(1) as f64
}

/// `plain-20 1.2; resnet-20 0.8`, of networks that have it.
fn by_label(inspections: &[Inspection], what: impl Fn(&Inspection) -> Option<String>) -> String {
    let parts = inspections.iter().filter_map(|inspection| Some(format!("{} {}", inspection.label, what(inspection)?)));
    parts.collect::<Vec<_>>().join("; ")
}

/// What was looked at, and how well each network does.
fn networks(inspections: &[Inspection]) -> Option<Section> {
    let mut table = Table::new(
        "What was looked at",
        [
            ("network", Column::Text),
            ("folder", Column::Text),
            ("data", Column::Text),
            ("steps", Column::Number),
            ("examples", Column::Number),
            ("error", Column::Number),
            ("95% interval", Column::Number),
            ("worst block to lose", Column::Text),
            ("error without it", Column::Number),
        ],
    );
    let none = || "–".to_owned();
    for inspection in inspections {
        let lesions = inspection.lesions.as_ref();
        let interval = lesions.and_then(|lesions| wilson(lesions.error, inspection.n_examples));
        let worst = lesions.and_then(Lesions::worst);
        table.row(cells![
            escape(&inspection.network),
            escape(&inspection.run),
            escape(&inspection.data),
            inspection.step.to_string(),
            inspection.n_examples.to_string(),
            lesions.map_or_else(none, |lesions| percent(lesions.error)),
            interval.map_or_else(none, |(lo, hi)| format!("{} to {}", percent(lo), percent(hi))),
            worst.map_or_else(none, |(block, _)| block.to_owned()),
            worst.map_or_else(none, |(_, error)| percent(error)),
        ]);
    }
    Some(Section { id: "networks", title: "Networks", body: table.html() })
}

fn responses(inspections: &[Inspection]) -> Option<Section> {
    let values = |inspection: &Inspection| -> Option<Vec<f64>> {
        Some(inspection.responses.as_ref()?.iter().map(|response| response.standard_deviation).collect())
    };
    let means = by_label(inspections, |inspection| Some(short(mean(values(inspection)?.into_iter()))));
    let description = format!("Means: {means}.");
    let ordered = curves(inspections, |inspection| Some(counted(values(inspection)?)));
    let sorted = curves(inspections, |inspection| {
        let mut values = values(inspection)?;
        values.sort_by(|a, b| b.total_cmp(a));
        Some(counted(values))
    });
    let y = ("standard deviation", Scale::Linear);
    let charts = [
        chart("In the order of the layers", &description, ("layer", Scale::Linear), y, &ordered, Some(0.0))?,
        chart("Sorted", &description, ("rank", Scale::Linear), y, &sorted, Some(0.0))?,
    ];
    let body = legend(names(inspections))
        + &panels(&charts)
        + &note(&format!(
            "Standard deviation of the output of each 3x3 layer, after batch norm, before the nonlinearity and the addition (He et al. \
             2015, figure 7). Means over layers: {means}. Where branches only correct what the shortcut brings, they respond less."
        ));
    Some(Section { id: "responses", title: "Layer responses", body })
}

/// Whether a moment is the one that is meant.
type Which = fn(&Inspection, &Moment) -> bool;

fn gradients(inspections: &[Inspection]) -> Option<Section> {
    let of = |which: Which| {
        curves(inspections, |inspection| {
            let moment = inspection.gradients.iter().find(|moment| which(inspection, moment))?;
            let last = moment.flow.signals.last()?.backward;
            Some(counted(moment.flow.signals.iter().map(|signal| signal.backward / last)))
        })
    };
    let moments: [(&str, Which); 3] = [
        ("At the start, without batch norm", |_, moment| moment.without_batch_norm),
        ("At the start", |_, moment| moment.step == 0 && !moment.without_batch_norm),
        ("Now", |inspection, moment| moment.step == inspection.step && !moment.without_batch_norm),
    ];
    let charts: Vec<Html> = moments
        .into_iter()
        .filter_map(|(title, which)| {
            let ratios = by_label(inspections, |inspection| {
                let moment = inspection.gradients.iter().find(|moment| which(inspection, moment))?;
                Some(short(moment.flow.first_over_last()?))
            });
            let description = format!("First over last: {ratios}.");
            let (x, y) = (("block", Scale::Linear), ("gradient, over that of the last", Scale::Log));
            chart(title, &description, x, y, &of(which), Some(1.0))
        })
        .collect();
    if charts.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "The product of all local derivatives: gradient at the first block over that at the last",
        [
            ("network", Column::Text),
            ("steps", Column::Number),
            ("batch norm", Column::Text),
            ("product", Column::Number),
        ],
    );
    for inspection in inspections {
        for moment in &inspection.gradients {
            let kept = if moment.without_batch_norm { "taken out" } else { "as it is" };
            let product = moment.flow.first_over_last().map_or("–".to_owned(), short);
            table.row(cells![escape(&inspection.label), moment.step.to_string(), kept, product]);
        }
    }
    let body = legend(names(inspections))
        + &panels(&charts)
        + &table.html()
        + &note(
            "Norm of the gradient of the loss at the output of the stem and of each block. Vanishing is one thing and degradation another: \
             a plain network with batch norm can have healthy gradients and train badly all the same.",
        );
    Some(Section { id: "gradients", title: "Gradient flow", body })
}

fn shattered(inspections: &[Inspection]) -> Option<Section> {
    let lags = |values: &[f64]| values.iter().enumerate().map(|(lag, value)| (lag as f64, *value)).collect();
    let mut series = curves(inspections, |inspection| Some(lags(&inspection.shattered.as_ref()?.autocorrelation)));
    let first = inspections.iter().find_map(|inspection| inspection.shattered.as_ref())?;
    series.push(Series::curve(Ink::Rule, lags(&first.brown)));
    let found =
        by_label(inspections, |inspection| Some(short(*inspection.shattered.as_ref()?.autocorrelation.get(1)?)));
    let description = format!("At lag 1: {found}; brown noise {}.", short(*first.brown.get(1)?));
    let (x, y) = (("lag", Scale::Linear), ("autocorrelation", Scale::Linear));
    let body = legend(names(inspections))
        + &panels(&[chart("Gradients along a line of inputs", &description, x, y, &series, Some(0.0))?])
        + &note(&format!(
            "Autocorrelation of the derivative of the outputs along {} random lines of {} inputs, at the start (Balduzzi et al. 2017). \
             Dotted: brown noise, which shallow networks resemble; white noise would be zero from lag 1 on. {description}",
            first.n_lines, first.n_points
        ));
    Some(Section { id: "shattered", title: "Shattered gradients", body })
}

fn lesions(inspections: &[Inspection]) -> Option<Section> {
    let single = curves(inspections, |inspection| {
        let lesions = inspection.lesions.as_ref()?;
        let points = lesions.single.iter().enumerate().filter_map(|(i, lesion)| Some((i as f64 + 1.0, lesion.error?)));
        Some(std::iter::once((0.0, lesions.error)).chain(points).collect())
    });
    let several = curves(inspections, |inspection| {
        let lesions = inspection.lesions.as_ref()?;
        Some(std::iter::once((0.0, lesions.error)).chain(by_number(&lesions.several)).collect())
    });
    let shuffled = curves(inspections, |inspection| {
        let mut points: Vec<(f64, f64)> =
            inspection.lesions.as_ref()?.shuffled.iter().map(|d| (d.kendall_tau, d.error)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Some(points)
    });
    let more = by_label(inspections, |inspection| Some(percent(inspection.lesions.as_ref()?.mean_increase()?)));
    let y = ("error", Scale::Linear);
    let dots = |series: Vec<Series>| series.into_iter().map(|s| Series { has_dots: true, ..s }).collect::<Vec<_>>();
    let cloud = |series| dots(series).into_iter().map(|s| Series { has_line: false, ..s }).collect::<Vec<_>>();
    let charts: Vec<Html> = [
        ("Without one block", ("block; 0: the whole network", Scale::Linear), dots(single)),
        ("Without several", ("blocks left out", Scale::Linear), dots(several)),
        ("In another order", ("Kendall's tau", Scale::Linear), cloud(shuffled)),
    ]
    .into_iter()
    .filter_map(|(title, x, series)| {
        chart(title, &format!("More error without one block, on average: {more}."), x, y, &series, Some(0.0))
    })
    .collect();
    if charts.is_empty() {
        return None;
    }
    let reshaping: BTreeSet<&str> = inspections
        .iter()
        .filter_map(|inspection| inspection.lesions.as_ref())
        .flat_map(|lesions| &lesions.single)
        .filter(|lesion| lesion.changes_shape)
        .map(|lesion| lesion.block.as_str())
        .collect();
    let reshaping: Vec<&str> = reshaping.into_iter().collect();
    let body = legend(names(inspections))
        + &panels(&charts)
        + &note(&format!(
            "Error after leaving blocks out, and after swapping blocks of one shape (Veit, Wilber & Belongie 2016). More error without one \
             block, on average: {more}. {}",
            match reshaping.is_empty() {
                true => String::new(),
                false => format!(
                    "Blocks that change the shape ({}) lose their branch only, and a plain one cannot be left out.",
                    reshaping.join(", ")
                ),
            }
        ));
    Some(Section { id: "lesions", title: "Lesions", body })
}

/// Mean error for each number of blocks.
fn by_number(disturbances: &[Disturbance]) -> Vec<(f64, f64)> {
    let groups = disturbances.chunk_by(|a, b| a.n == b.n);
    groups.map(|group| (group[0].n as f64, mean(group.iter().map(|d| d.error)))).collect()
}

fn paths(inspections: &[Inspection]) -> Option<Section> {
    let mut series = Vec::new();
    for (i, inspection) in inspections.iter().enumerate() {
        let Some(paths) = &inspection.paths else { continue };
        let points = |share: fn(&skiplayer_deep::analysis::paths::PathLength) -> f64| {
            paths.lengths.iter().map(|path| (path.length as f64, share(path))).collect::<Vec<_>>()
        };
        series.push(Series::curve(ink(i), points(|path| path.share_of_gradient)));
        series.push(Series::curve(Ink::Rule, points(|path| path.share_of_paths)));
    }
    let lengths = by_label(inspections, |inspection| Some(short(inspection.paths.as_ref()?.effective_length)));
    let description = format!("Mean length weighted by gradient: {lengths}.");
    let (x, y) = (("blocks on the path", Scale::Linear), ("share", Scale::Linear));
    let body = legend(names(inspections))
        + &panels(&[chart("Gradient by length of the path", &description, x, y, &series, None)?])
        + &note(&format!(
            "Unrolled, n residual blocks are 2^n paths. Dotted: how many there are of each length; lines: how much gradient they carry \
             (Veit, Wilber & Belongie 2016, section 5). {description} In a plain network every path crosses every block."
        ));
    Some(Section { id: "paths", title: "Paths", body })
}

fn mixing(inspections: &[Inspection]) -> Option<Section> {
    let mut maps = Vec::new();
    for inspection in inspections {
        let Some(mixing) = &inspection.mixing else { continue };
        let rows: Vec<Vec<Option<f64>>> =
            mixing.readers.iter().map(|reader| reader.shares.iter().map(|share| Some(*share)).collect()).collect();
        let last = mixing.readers.last().and_then(|reader| reader.shares.last()).copied().unwrap_or_default();
        let description = format!("Of what the head reads, {} is from the last branch.", percent(last));
        let svg = draw_heat(
            &inspection.label,
            &description,
            &rows,
            &[],
            "source: stem, then branches",
            "reader: blocks, then head",
        );
        maps.push(figure(&html!("{}<span class=\"sizes\">{}</span>", &inspection.label, &description), &svg?));
    }
    if maps.is_empty() {
        return None;
    }
    let body = panels(&maps)
        + &note(
            "How much the input of each block (row) holds of the stem and of what each earlier branch added (column): shares of a sum, \
             with what the shortcuts, rectifiers and gates in between let through. Strong is much; the other colour is what a branch \
             takes away. A plain network reads its last block only.",
        );
    Some(Section { id: "mixing", title: "Depth mixing", body })
}

fn landscape(inspections: &[Inspection]) -> Option<Section> {
    let all = || inspections.iter().filter_map(|inspection| inspection.landscape.as_ref()).flatten();
    let logs = || all().map(|height| height.loss.max(1e-12).log10()).filter(|log| log.is_finite());
    let (low, high) = (logs().reduce(f64::min)?, logs().reduce(f64::max)?);
    let shade = |loss: f64| ((loss.max(1e-12).log10() - low) / (high - low).max(1e-12)).clamp(0.0, 1.0);
    let mut maps = Vec::new();
    for inspection in inspections {
        let Some(heights) = &inspection.landscape else { continue };
        let rows: Vec<Vec<Option<f64>>> = heights
            .chunk_by(|p: &Height, q: &Height| p.a == q.a)
            .map(|row| row.iter().map(|height| height.loss.is_finite().then(|| shade(height.loss))).collect())
            .collect();
        let losses = heights.iter().map(|height| height.loss).filter(|loss| loss.is_finite());
        let (least, most) = (losses.clone().reduce(f64::min)?, losses.reduce(f64::max)?);
        let n = inspection.n_landscape;
        let description = format!("Loss of {n} training examples, from {} to {}.", short(least), short(most));
        let reach = heights.iter().map(|height| height.a).fold(f64::MIN_POSITIVE, f64::max);
        let track: Vec<(f64, f64)> = inspection
            .trajectory
            .iter()
            .flatten()
            .map(|(a, b)| (0.5 + 0.5 * a / reach, 0.5 + 0.5 * b / reach))
            .collect();
        let svg = draw_heat(&inspection.label, &description, &rows, &track, "second direction", "first direction");
        maps.push(figure(&html!("{}<span class=\"sizes\">{}</span>", &inspection.label, &description), &svg?));
    }
    let body = panels(&maps)
        + &note(
            "Training loss on a plane (Li et al. 2018) with the trained network in the middle: of two random directions from −1 to 1, each filter \
             as long as the network's own, or with a line for the training of the two directions in which it moved most. Logarithmic, on one \
             scale for all: the stronger the higher.",
        );
    Some(Section { id: "landscape", title: "Loss landscape", body })
}
