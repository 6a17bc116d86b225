//! A study of degradation: the training error by depth, and the curves behind it.

use std::path::Path;

use skiplayer::Result;
use skiplayer_deep::analysis::degradation::{Mean, Outcome, Trend};
use skiplayer_deep::train::{EpochRecord, wilson};

use super::{ink, legend};
use crate::report::chart::lines::{Scale, Series, draw_lines};
use crate::report::html::{Column, Html, Table, cells, escape, figure, html, name, note, panels};
use crate::report::number::percent;
use crate::report::page::{Frame, frame};
use crate::report::section::Section;
use crate::write_atomic;

/// What is on the page.
#[derive(Debug, Clone, Copy)]
pub struct StudyReport<'a> {
    /// Whether members of a family differ in depth; otherwise networks are only put beside each other.
    pub is_about_depth: bool,
    /// In words.
    pub verdict: &'a str,
    pub data: &'a str,
    pub outcomes: &'a [Outcome],
    pub trends: &'a [Trend],
    pub curves: &'a [Curve<'a>],
}

/// How one training went.
#[derive(Debug, Clone)]
pub struct Curve<'a> {
    pub family: &'a str,
    pub network: &'a str,
    pub epochs: Vec<EpochRecord>,
}

/// Writes the page to `path`.
///
/// # Errors
/// Those of [`write_atomic`].
pub fn write_study(path: &Path, report: &StudyReport) -> Result<()> {
    let (title, subject, question) = match report.is_about_depth {
        true => ("Degradation", "Training error against depth", "Does depth hurt training?"),
        false => ("Comparison", "Networks trained by one recipe", "Which network?"),
    };
    let depth = report.is_about_depth.then(|| depth(report));
    let sections: Vec<Section> = depth.into_iter().chain([curves(report), table(report)]).collect();
    let head = html!(
        "<header>\n<p class=\"subject\">{} on {}</p>\n<h1>{}</h1>\n<p class=\"lead\">{}</p>\n</header>\n",
        subject,
        name(report.data),
        question,
        report.verdict
    );
    let page = frame(&Frame {
        title,
        head: &head,
        sections: &sections,
        version: env!("CARGO_PKG_VERSION"),
        data: report.data,
    });
    write_atomic(path, page.as_str().as_bytes())
}

fn families<'a>(report: &StudyReport<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    report.trends.iter().map(|trend| trend.family.as_str())
}

fn depth(report: &StudyReport) -> Section {
    let depths = || report.outcomes.iter().map(|outcome| outcome.depth);
    let wide = depths().max().unwrap_or(1) >= 4 * depths().min().unwrap_or(1).max(1);
    let scale = if wide { Scale::Doublings } else { Scale::Linear };
    let chart = |title: &str, y: &str, error: fn(&Outcome) -> Option<f64>| {
        let series: Vec<Series> =
            report.trends.iter().enumerate().map(|(i, trend)| by_depth(i, trend, report, error)).collect();
        let ends: Vec<String> = report
            .trends
            .iter()
            .zip(&series)
            .filter_map(|(trend, series)| {
                let (first, last) = (series.points.first()?, series.points.last()?);
                Some(format!(
                    "{}: {} at {} layers, {} at {}",
                    trend.family,
                    percent(first.1),
                    first.0,
                    percent(last.1),
                    last.0
                ))
            })
            .collect();
        let description = format!("{}. Bars are 95% intervals over seeds.", ends.join("; "));
        let svg = draw_lines(title, &description, ("layers", scale), (y, Scale::Linear), &series, Some(0.0));
        figure(title, &svg.unwrap_or_default())
    };
    let charts = [
        chart("Training error", "error", |outcome| Some(outcome.train_error)),
        chart("Test error", "error", |outcome| outcome.test_error),
    ];
    let body = legend(families(report))
        + &panels(&charts)
        + &note(
            "Errors of the finished networks on the examples as they are: the share of wrong classes, or the mean squared error in units \
             of the variance. A deeper network can do what a shallower one does, so a training error that rises with depth is a failure \
             of training: degradation. The test error cannot distinguish it from overfitting.",
        );
    Section { id: "depth", title: "Error by depth", body }
}

fn by_depth(i: usize, trend: &Trend, report: &StudyReport, error: fn(&Outcome) -> Option<f64>) -> Series {
    let mut series = Series { has_dots: true, ..Series::curve(ink(i), Vec::new()) };
    for &depth in &trend.depths {
        let ours = report.outcomes.iter().filter(|o| o.family == trend.family && o.depth == depth);
        let errors: Vec<f64> = ours.filter_map(error).collect();
        if errors.is_empty() {
            continue;
        }
        let Mean { mean, lo, hi, .. } = Mean::of(&errors);
        series.points.push((depth as f64, mean));
        series.bars.push((lo.unwrap_or(mean).max(0.0), hi.unwrap_or(mean)));
    }
    series
}

/// Training loss by epoch, a panel a depth.
fn curves(report: &StudyReport) -> Section {
    let mut depths: Vec<usize> = report.trends.iter().flat_map(|trend| trend.depths.iter().copied()).collect();
    depths.sort_unstable();
    depths.dedup();
    let panel = |depth: usize| {
        let is_of =
            |network: &str| report.outcomes.iter().any(|outcome| outcome.network == network && outcome.depth == depth);
        let series: Vec<Series> = report
            .curves
            .iter()
            .filter(|curve| is_of(curve.network))
            .filter_map(|curve| {
                let i = families(report).position(|family| family == curve.family)?;
                let points = curve.epochs.iter().map(|epoch| (epoch.epoch, epoch.train_loss)).collect();
                Some(Series::curve(ink(i), points))
            })
            .collect();
        let description = format!("The training loss of each of {} trainings, epoch by epoch.", series.len());
        let title = if report.is_about_depth { format!("{depth} layers") } else { "Training loss".to_owned() };
        let svg =
            draw_lines(&title, &description, ("epoch", Scale::Linear), ("training loss", Scale::Log), &series, None);
        figure(&title, &svg.unwrap_or_default())
    };
    let charts: Vec<Html> = depths.into_iter().map(panel).collect();
    let body = legend(families(report))
        + &panels(&charts)
        + &note("Loss on the batches as they came, while the network moved; one line a seed.");
    Section { id: "curves", title: "How they trained", body }
}

/// An error and its 95% interval by the number of examples, where that is known.
fn with_interval(error: f64, n: usize) -> String {
    match wilson(error, n) {
        Some((lo, hi)) => format!("{} ({} to {})", percent(error), percent(lo), percent(hi)),
        None => percent(error),
    }
}

fn table(report: &StudyReport) -> Section {
    let mut table = Table::new(
        "Every training",
        [
            ("network", Column::Text),
            ("seed", Column::Number),
            ("parameters", Column::Number),
            ("training error", Column::Number),
            ("test error", Column::Number),
            ("minutes", Column::Number),
            ("folder", Column::Text),
        ],
    );
    for outcome in report.outcomes {
        table.row(cells![
            escape(&outcome.network),
            outcome.seed.to_string(),
            outcome.n_parameters.to_string(),
            with_interval(outcome.train_error, outcome.n_train),
            outcome.test_error.map_or("–".to_owned(), |error| with_interval(error, outcome.n_test)),
            format!("{:.2}", outcome.minutes),
            escape(&outcome.run),
        ]);
    }
    let body = table.html() + &note("In brackets 95% intervals by the number of examples (Wilson 1927).");
    Section { id: "trainings", title: "Trainings", body }
}
