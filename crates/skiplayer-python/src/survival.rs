//! How good predictions of durations are, by the engine that evaluates them.

use pyo3::prelude::*;
use skiplayer::survival;
use skiplayer::survival::Durations;

use crate::numbers::Numbers;

/// Harrell's C of rows with a time, an event (1 or 0), a risk, a weight and the number of a stratum; 1/2 without a pair. Arrays (n).
#[pyfunction]
pub fn concordance(
    time: Numbers<'_, f64>,
    event: Numbers<'_, f64>,
    risk: Numbers<'_, f64>,
    weight: Numbers<'_, f64>,
    stratum: Numbers<'_, i64>,
) -> PyResult<f64> {
    let stratum = stratum.as_array().iter().map(|number| usize::try_from(*number)).collect::<Result<_, _>>()?;
    let [time, event, risk, weight] = [time, event, risk, weight].map(|array| array.as_array().to_vec());
    let durations = Durations { time, stratum, offset: Vec::new() };
    Ok(survival::concordance(&durations, &event, &weight, &risk, |_| 1.0).map_or(0.5, |found| found.share))
}
