//! The verdict and what it rests on.

use skiplayer::evaluate::{
    ContenderScores, Evaluation, LearningCurve, QuantileScores, RiskGroup, SplitKind, SurvivalEvaluation, p_value_text,
};

use super::grid::{Align, Grid};
use super::number::{number, percent};
use super::page::Page;

/// Columns of the chart beside the contenders.
const CHART: usize = 20;

/// Why the verdict is what it is, and the contenders with a chart.
pub fn evaluation(page: &mut Page, evaluation: &Evaluation) {
    let verdict = &evaluation.verdict;
    page.heading(&format!("Verdict: {}", verdict.code.words()));
    verdict.reasons.iter().for_each(|reason| page.paragraph(reason));
    page.heading(&format!("Contenders on held-out rows, {}", design(evaluation)));
    contenders(page, &evaluation.contenders);
    page.gap();
    let tests = evaluation.curvature.tests.iter();
    let tests: Vec<String> = tests
        .map(|test| {
            let driver = test.note.as_ref().map_or(String::new(), |note| format!(" ({note})"));
            format!("{} p = {}{driver}", test.name, p_value_text(test.p_value))
        })
        .collect();
    if !tests.is_empty() {
        page.fact("curvature tests", &tests.join(", "));
    }
    page.fact(
        "shares",
        &format!(
            "linear {}, nonlinear {}, on held-out rows",
            percent(evaluation.linear_share),
            percent(evaluation.nonlinear_share)
        ),
    );
    if let Some(calibration) = evaluation.contenders.last().and_then(|network| network.calibration) {
        let (slope, se) = (calibration.slope, calibration.slope_se);
        page.fact(
            "calibration",
            &format!("slope {slope:.2} ± {se:.2} of the log odds; 1 is ideal, below 1 is overconfident"),
        );
    }
    if let Some(quantiles) = evaluation.contenders.last().and_then(|network| network.quantiles.as_ref()) {
        self::quantiles(page, quantiles);
    }
    if let Some(survival) = &evaluation.survival {
        self::survival(page, survival);
    }
    if let Some(intervals) = &evaluation.intervals {
        let size = if intervals.method == "LAC" { "mean number of classes" } else { "mean width" };
        let size = intervals.mean_width.map(|width| format!(", {size} {}", number(width))).unwrap_or_default();
        let reading = intervals.reading().map(|text| format!("; {text}")).unwrap_or_default();
        page.fact(
            "intervals",
            &format!(
                "{} at {}: {} of held-out rows covered{size}{reading}",
                intervals.method,
                percent(intervals.level),
                percent(intervals.coverage),
            ),
        );
    }
    if let Some(curve) = &evaluation.learning_curve {
        learning_curve(page, curve);
    }
    for sensitivity in &evaluation.sensitivity {
        page.fact("sensitivity", &format!("{}: {}", sensitivity.condition, sensitivity.text));
    }
}

/// The quantiles of the network by level.
fn quantiles(page: &mut Page, QuantileScores { levels, between }: &QuantileScores) {
    for of in levels {
        let (below, se) = (percent(of.below), percent(of.below_se));
        let label = format!("quantile {}", of.level);
        page.fact(&label, &format!("{below} ± {se} of held-out rows at or below, pinball loss {}", number(of.pinball)));
    }
    if let Some(between) = between {
        page.fact(
            "between the outermost",
            &format!(
                "{} ± {} of held-out rows ({} is ideal), mean width {}",
                percent(between.coverage),
                percent(between.coverage_se),
                percent(between.level),
                number(between.width)
            ),
        );
    }
}

/// Of durations: up to when scores look, groups of predicted risk, and whether hazards are proportional.
fn survival(page: &mut Page, found: &SurvivalEvaluation) {
    let end = number(found.horizon);
    page.fact(
        "scores",
        &format!(
            "C is Harrell's concordance; Uno's C and the integrated Brier score (IBS) are up to {end}, when a tenth of the rows were \
             still watched; {} events",
            found.n_events
        ),
    );
    let groups: Vec<String> = found.groups.iter().map(risk_group).collect();
    page.fact("risk groups", &format!("thirds of the held-out rows by predicted hazard: {}", groups.join("; ")));
    if let Some(test) = &found.proportional {
        let least = test.coefficients.iter().min_by(|a, b| a.p_value.total_cmp(&b.p_value));
        let least = least.map_or_else(String::new, |own| {
            format!(", least for {} (p = {})", own.coefficient, p_value_text(own.p_value))
        });
        page.fact(
            "proportionality",
            &format!("test that no coefficient changes with time, p = {}{least}", p_value_text(test.p_value)),
        );
    }
}

fn risk_group(group: &RiskGroup) -> String {
    let median = group.median.map_or_else(|| "not reached".to_owned(), number);
    format!("{} events of {}, median {median}", group.n_events, group.n_rows)
}

/// All comparisons and the classical tests, for those who want all of it.
pub fn details(page: &mut Page, evaluation: &Evaluation) {
    if evaluation.comparisons.is_empty() {
        return;
    }
    page.heading("Comparisons");
    let mut grid = Grid::new(&[
        ("contender", Align::Left),
        ("against", Align::Left),
        ("gain", Align::Point),
        ("95% interval", Align::Left),
        ("better / equal / worse", Align::Left),
        ("corrected t", Align::Point),
        ("p", Align::Point),
    ]);
    for c in &evaluation.comparisons {
        let gain = &c.gain;
        let optional = |value: Option<f64>, digits: usize| value.map(|v| format!("{v:.digits$}")).unwrap_or_default();
        grid.row([
            c.b.clone(),
            c.a.clone(),
            percent(gain.mean),
            format!("{} to {}", percent(gain.lo), percent(gain.hi)),
            format!("{:.2} / {:.2} / {:.2}", gain.p_better, gain.p_equal, gain.p_worse),
            optional(c.t, 2),
            optional(c.p_value, 3),
        ]);
    }
    page.grid(&grid);
    for test in &evaluation.linearity_tests {
        let note = test.note.as_deref().unwrap_or_default();
        page.fact("for reference", &format!("{}: p = {} ({note})", test.name, p_value_text(test.p_value)));
    }
}

fn design(evaluation: &Evaluation) -> String {
    let design = &evaluation.design;
    let column = design.column.as_deref().unwrap_or_default();
    let folds = match design.split {
        SplitKind::Plain => format!("{} folds", design.folds),
        SplitKind::Stratified => format!("{} stratified folds", design.folds),
        SplitKind::Grouped => format!("{} folds of whole groups of `{column}`", design.folds),
        SplitKind::ForwardInTime => format!("{} periods forward in `{column}`", design.folds),
    };
    match design.repeats {
        1 => folds,
        repeats => format!("{repeats} repeats of {folds}"),
    }
}

fn contenders(page: &mut Page, contenders: &[ContenderScores]) {
    let Some(first) = contenders.first() else { return };
    let others: Vec<&str> = first.scores.iter().skip(1).map(|score| score.metric.as_str()).collect();
    let mut columns = vec![("contender", Align::Left), (first.metric.as_str(), Align::Point), ("± se", Align::Point)];
    columns.extend(others.iter().map(|metric| (*metric, Align::Point)));
    columns.extend([("units", Align::Right), ("smaller is better", Align::Left)]);
    let mut grid = Grid::new(&columns);
    let ends = |c: &ContenderScores| (c.mean - c.se, c.mean + c.se);
    let low = contenders.iter().map(|c| ends(c).0).fold(f64::INFINITY, f64::min);
    let high = contenders.iter().map(|c| ends(c).1).fold(f64::NEG_INFINITY, f64::max);
    for contender in contenders {
        let others = contender.scores.iter().skip(1).map(|score| number(score.mean));
        let mut cells = vec![contender.name.clone(), number(contender.mean), number(contender.se)];
        cells.extend(others);
        // Contenders of other metrics (no AUC where a fold has one class only) keep their columns.
        cells.resize(columns.len() - 2, String::new());
        let (fewest, most) = (contender.units.iter().min(), contender.units.iter().max());
        cells.push(match (fewest, most) {
            (Some(fewest), Some(most)) if fewest != most => format!("{fewest} to {most}"),
            (Some(fewest), _) => fewest.to_string(),
            _ => String::new(),
        });
        cells.push(whisker(contender.mean, ends(contender), (low, high)));
        grid.row(cells);
    }
    page.grid(&grid);
}

/// A row a contender, a column a size.
fn learning_curve(page: &mut Page, curve: &LearningCurve) {
    page.heading(&format!("{} by training rows", curve.metric));
    let sizes: Vec<String> = curve.n_train.iter().map(usize::to_string).collect();
    let mut columns = vec![("contender", Align::Left)];
    columns.extend(sizes.iter().map(|size| (size.as_str(), Align::Point)));
    let mut grid = Grid::new(&columns);
    for line in &curve.contenders {
        let cells = std::iter::once(line.name.clone()).chain(line.mean.iter().map(|&mean| number(mean)));
        grid.row(cells.collect::<Vec<String>>());
    }
    page.grid(&grid);
    page.gap();
}

/// A mean between its ends on a scale from `low` to `high`.
fn whisker(mean: f64, (from, to): (f64, f64), (low, high): (f64, f64)) -> String {
    let place = |value: f64| {
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        (share * (CHART - 1) as f64).round().clamp(0.0, (CHART - 1) as f64) as usize
    };
    let (from, to, mean) = (place(from), place(to), place(mean));
    let symbol = |at: usize| match at {
        at if at == mean => '●',
        at if at == from => '├',
        at if at == to => '┤',
        at if at > from && at < to => '─',
        _ => ' ',
    };
    (0..CHART).map(symbol).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whiskers_stay_on_the_chart() {
        let whole = whisker(0.5, (0.0, 1.0), (0.0, 1.0));
        assert!(whole.starts_with('├') && whole.ends_with('┤') && whole.chars().count() == CHART);
        assert_eq!(whisker(0.0, (0.0, 0.0), (0.0, 1.0)), "●");
        assert_eq!(whisker(2.0, (2.0, 2.0), (2.0, 2.0)).trim_start(), "●");
        assert_eq!(whisker(f64::NAN, (f64::NAN, f64::NAN), (0.0, 1.0)).trim(), "●");
    }
}
