//! Is there curvature? A wild-bootstrap battery of scores, whose size holds for unequal variances and heavy tails.
//!
//! ```text
//!  sample ──> part: one response ──> line: residuals, leverages ──> bootstrap: draws x directions ──> p-values
//!  (rows)     (classes: in pairs)                                   coord, poly, reset               combined
//! ```
//!
//! Each family of directions (`directions`) gives the largest studentised score of its members. The same draws calibrate
//! every family and their combination, so that the search over directions costs nothing in honesty: whatever is
//! looked at is looked at in every draw as well. Several responses or classes share their draws; the largest statistic counts.
//!
//! `slopes` asks whether there is any linear signal, by the same draws or, for classes, by permutation; `classical` holds tests for comparison.
//! Sizes and powers: `docs/results/calibration.md`, made by `examples/calibration.rs`.

mod below_quantile;
mod bootstrap;
mod classical;
mod data;
mod directions;
mod line;
mod question;
mod reset;
mod sample;
mod slopes;
mod working;

use crate::evaluate::record::{Curvature, Test};
use bootstrap::{Draws, combine, p_values};
use directions::{PRODUCT_INPUTS, polynomials, waves};
use sample::Sample;

pub use data::{Dependence, LinearityData};
pub use question::{Question, influences, is_saturated, leverages, share_off_line};

/// The battery with `n_bootstrap` draws (499), and the test of all slopes.
///
/// Never fails: where no test can be made, `p_value` is `None` and `note` says why. Equal seeds give equal results for any
/// number of threads. O(n m n_bootstrap) for m directions: 6 an input, 2 powers an input, up to 496 products. More than
/// 20,000 rows are thinned at random.
pub fn curvature_battery(data: &LinearityData, n_bootstrap: usize, seed: u64) -> Curvature {
    let mut out = Curvature { p_value: None, tests: Vec::new(), n_bootstrap, slopes: None, note: None };
    let sample = match Sample::new(data, seed) {
        Ok(sample) => sample,
        Err(reason) => return Curvature { note: Some(reason), ..out },
    };
    let parts = sample.parts();
    out.slopes = slopes::statistics(&sample, &parts, n_bootstrap, seed).map(|statistics| Test {
        name: "slopes".into(),
        statistic: statistics[0],
        p_value: p_values(&statistics)[0],
        note: None,
    });
    let mut notes = sample.notes;

    let mut families: [Family; 3] = Default::default();
    let mut lines = 0;
    for part in &parts {
        let line = match part.line() {
            Ok(line) => line,
            Err(reason) => {
                notes.push(reason);
                continue;
            }
        };
        lines += 1;
        let draws = Draws::new(&line, &part.clusters, n_bootstrap, seed);
        let (polynomials, reduced) = polynomials(&part.x, &line);
        if reduced {
            notes.push(format!(
                "products only among the {PRODUCT_INPUTS} inputs that are most correlated with the fitted values"
            ));
        }
        let [coord, poly, reset] = &mut families;
        for (family, members) in [(coord, waves(&part.x)), (poly, polynomials)] {
            if let Some((statistics, leader)) = draws.family(&members, &part.x, &line) {
                family.widen(statistics, leader.describe(&|input| data.name(input)));
            }
        }
        if !reset::affordable(&line) {
            let least = reset::MIN_ROWS_PER_COEFFICIENT;
            notes.push(format!("no test along the fitted values, which needs {least} rows for each coefficient"));
        } else if let Some(statistics) = reset::statistics(&draws, &line) {
            reset.widen(statistics, "fitted values squared and cubed".into());
        }
    }
    let tested: Vec<(Test, Vec<f64>)> =
        families.into_iter().zip(["coord", "poly", "reset"]).filter_map(|(family, name)| family.test(name)).collect();
    let (tests, p_values): (Vec<Test>, Vec<Vec<f64>>) = tested.into_iter().unzip();
    out.p_value = (!tests.is_empty()).then(|| combine(&p_values));
    out.tests = tests;
    if out.p_value.is_none() && lines > 0 {
        notes.push(
            "no curvature is possible: no input has more than two values, and products of inputs add nothing".into(),
        );
    }
    notes.dedup();
    out.note = (!notes.is_empty()).then(|| notes.join("; "));
    out
}

/// RESET and Terasvirta's test for squared error with one response; none for other losses, where they are not classical.
pub fn linearity_tests(data: &LinearityData) -> Vec<Test> {
    let Ok(sample) = Sample::new(data, 0) else { return Vec::new() };
    match sample.parts().as_slice() {
        [part] if data.loss.is_quadratic() => part.line().map_or_else(
            |_| Vec::new(),
            |line| [classical::reset(&line), classical::terasvirta(&part.x, &line)].into_iter().flatten().collect(),
        ),
        _ => Vec::new(),
    }
}

/// A statistic for the observed response and every draw, the largest over the parts.
#[derive(Default)]
struct Family {
    statistics: Vec<f64>,
    leader: String,
}

impl Family {
    /// Takes in the statistics of another part.
    fn widen(&mut self, statistics: Vec<f64>, leader: String) {
        if self.statistics.first().is_none_or(|observed| statistics[0] > *observed) {
            self.leader = leader;
        }
        if self.statistics.is_empty() {
            self.statistics = statistics;
        } else {
            self.statistics.iter_mut().zip(statistics).for_each(|(own, other)| *own = own.max(other));
        }
    }

    /// The record, and the p-value of every draw; `None` where no part could be tested.
    fn test(self, name: &str) -> Option<(Test, Vec<f64>)> {
        let statistic = *self.statistics.first()?;
        let p_values = p_values(&self.statistics);
        let test = Test {
            name: name.into(),
            statistic,
            p_value: p_values[0],
            note: Some(format!("largest for {}", self.leader)),
        };
        Some((test, p_values))
    }
}

#[cfg(test)]
mod tests;
