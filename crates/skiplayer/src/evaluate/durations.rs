//! What is told of durations besides scores: groups of predicted risk, and whether hazards are proportional.

use super::survival_record::{CoefficientTest, ProportionalHazards, RiskGroup, SurvivalEvaluation};
use crate::evaluate::compare::fold_scores::Observed;
use crate::evaluate::resample::nested::FoldResult;
use crate::fit::Sample;
use crate::survival::{KaplanMeier, partial_line, proportionality};

/// Groups of held-out rows by their predicted risk.
const GROUPS: usize = 3;
/// Points of a curve that are kept for plots.
const MOST_POINTS: usize = 200;
/// Events for each coefficient below which the line is not tested.
const EVENTS_PER_COEFFICIENT: usize = 5;
/// More coefficients than this are not tested: the time grows with the square of their number.
const MOST_COEFFICIENTS: usize = 100;

/// What is told of all usable rows `sample` and the folds of one repeat; `None` but for durations.
pub fn durations(
    sample: &Sample,
    names: &[String],
    observed: &Observed,
    first: &[&FoldResult],
) -> Option<SurvivalEvaluation> {
    let (own, horizon) = observed.durations.as_ref()?;
    let event = observed.response.column(0);
    let mut risks: Vec<(f64, usize)> = first
        .iter()
        .filter_map(|r| Some((r, &r.entries.last()?.mean)))
        .flat_map(|(r, mean)| r.split.test.iter().enumerate().map(|(t, &i)| (mean.get(t, 0), i)))
        .collect();
    risks.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let n = risks.len();
    let group = |g: usize| {
        let rows: Vec<usize> = risks[g * n / GROUPS..(g + 1) * n / GROUPS].iter().map(|(_, i)| *i).collect();
        let pick = |values: &[f64]| rows.iter().map(|&i| values[i]).collect::<Vec<f64>>();
        let events = pick(event);
        let curve = KaplanMeier::of_events(&pick(&own.time), &events, &pick(&observed.weight));
        let every = curve.time.len().div_ceil(MOST_POINTS).max(1);
        let thinned = |values: &[f64]| values.iter().copied().step_by(every).collect::<Vec<f64>>();
        RiskGroup {
            n_rows: rows.len(),
            n_events: events.iter().filter(|event| **event > 0.0).count(),
            median: curve.median(),
            time: thinned(&curve.time),
            survival: thinned(&curve.survival),
            error: thinned(&curve.error),
        }
    };
    Some(SurvivalEvaluation {
        n_events: event.iter().filter(|event| **event > 0.0).count(),
        horizon: horizon.end,
        groups: (0..GROUPS).map(group).collect(),
        proportional: proportional(sample, names),
    })
}

/// Of the line of largest partial likelihood on all inputs.
fn proportional(sample: &Sample, names: &[String]) -> Option<ProportionalHazards> {
    let (sets, durations) = sample.risk_sets()?;
    let event = sample.y.column(0);
    let (p, n_events) = (sample.n_inputs(), event.iter().filter(|event| **event > 0.0).count());
    if p == 0 || p > MOST_COEFFICIENTS || n_events < EVENTS_PER_COEFFICIENT * p {
        return None;
    }
    let eta = partial_line(&sets, &sample.x, event, &durations.offset, 0.0).eta;
    let found = proportionality(durations, event, &sample.weight, &sets, &sample.x, &eta)?;
    let finite = |test: &(f64, f64)| test.0.is_finite() && test.1.is_finite();
    if !finite(&found.all) || !found.each.iter().all(finite) {
        return None;
    }
    let test = |(name, (statistic, p_value)): (&String, (f64, f64))| CoefficientTest {
        coefficient: name.clone(),
        statistic,
        p_value,
    };
    Some(ProportionalHazards {
        p_value: found.all.1,
        statistic: found.all.0,
        coefficients: names.iter().zip(found.each).map(test).collect(),
    })
}
