//! The question of curvature asked again under other conditions.

use super::{LinearFit, battery, select};
use crate::data::{Prepared, Table, Task, Values};
use crate::evaluate::record::Sensitivity;
use crate::fit::{Sample, Scheme};

const LEVEL: f64 = 0.05;
/// Skewness from which the scale of a positive target is doubted.
const SKEWED: f64 = 1.0;

/// Without the rows of highest leverage, and for log y where y is positive and skewed.
pub fn sensitivity(
    sample: &Sample,
    names: &[String],
    scheme: &Scheme,
    table: &Table,
    prepared: &Prepared,
    p_value: Option<f64>,
    seed: u64,
) -> Vec<Sensitivity> {
    let Some(p) = p_value else { return Vec::new() };
    let mut found = Vec::new();
    let mut ask = |condition: &str, sample: &Sample, scheme: &Scheme| {
        let again = battery(sample, names, scheme, seed).p_value;
        let text = match again {
            None => "not tested".to_owned(),
            Some(again) if (again < LEVEL) == (p < LEVEL) => "the answer stays the same".to_owned(),
            Some(again) if again < LEVEL => format!("curvature is seen here (p = {again:.3})"),
            Some(again) => format!("no curvature is seen here (p = {again:.3})"),
        };
        found.push(Sensitivity { condition: condition.into(), curvature_p_value: again, text });
    };
    let n = sample.n_rows();
    if n >= 100
        && let Some(fit) = LinearFit::new(sample)
    {
        let leverage = &fit.outputs[0].leverage;
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| leverage[a].total_cmp(&leverage[b]));
        let mut kept = order[..n - n.div_ceil(100)].to_vec();
        kept.sort_unstable();
        ask("without the 1% of rows with the highest leverage", &select(sample, &kept), &thinned(scheme, &kept));
    }
    if let Some(logs) = logs(table, prepared) {
        let mut of_log = sample.clone();
        of_log.y.column_mut(0).copy_from_slice(&logs);
        ask("for the logarithm of the target", &of_log, scheme);
    }
    found
}

fn thinned(scheme: &Scheme, kept: &[usize]) -> Scheme {
    match scheme {
        Scheme::Strata(strata) => Scheme::Strata(kept.iter().map(|&i| strata[i]).collect()),
        Scheme::Groups(groups) => Scheme::Groups(kept.iter().map(|&i| groups[i]).collect()),
        Scheme::Time(time) => Scheme::Time(kept.iter().map(|&i| time[i]).collect()),
    }
}

/// log y of a single regression target that is positive and skewed.
fn logs(table: &Table, prepared: &Prepared) -> Option<Vec<f64>> {
    if prepared.task != Task::Regression || prepared.targets.len() != 1 {
        return None;
    }
    let Values::Numeric(values) = &table.column(&prepared.targets[0])?.values else { return None };
    let y: Vec<f64> = prepared.rows.iter().map(|&i| values[i]).collect();
    let n = y.len() as f64;
    let mean = y.iter().sum::<f64>() / n;
    let moment = |k: i32| y.iter().map(|y| (y - mean).powi(k)).sum::<f64>() / n;
    let skewness = moment(3) / moment(2).powf(1.5);
    (y.iter().all(|y| *y > 0.0) && skewness > SKEWED).then(|| y.iter().map(|y| y.ln()).collect())
}
