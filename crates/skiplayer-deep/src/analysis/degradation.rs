//! Many trainings, one question: does the training error rise with depth?
//!
//! A deeper network that holds the shallower one can do at least as well, so a training error that rises with depth is a failure of
//! training and not of generalisation: degradation (He, Zhang, Ren & Sun 2015, section 1). Test errors cannot show it.

use serde::{Deserialize, Serialize};
use skiplayer::stats::student_t_quantile;

use crate::train::Request;

/// Probability that the intervals cover.
pub const LEVEL: f64 = 0.95;

/// One training of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// As in [`Outcome`].
    pub family: String,
    pub depth: usize,
    pub request: Request,
}

/// A line of the record of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// Trainings that are finished with this one.
    pub step: u64,
    pub outcome: Outcome,
}

/// What one training came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Which kind of network: members of a family differ in depth.
    pub family: String,
    pub network: String,
    pub depth: usize,
    pub seed: u64,
    /// The folder of the training, inside of that of the study.
    #[serde(default)]
    pub run: String,
    /// Examples that it was trained on, and those that it was tested on; 0 if it is not known.
    #[serde(default)]
    pub n_train: usize,
    #[serde(default)]
    pub n_test: usize,
    pub n_parameters: u64,
    pub multiply_adds: u64,
    /// Of the finished network on the examples it was trained on, as they are: share of wrong classes, or mean squared error in
    /// units of the variance.
    pub train_error: f64,
    pub train_loss: f64,
    pub test_error: Option<f64>,
    pub test_loss: Option<f64>,
    pub minutes: f64,
    pub seconds_per_step: f64,
}

/// Mean over seeds, with a confidence interval where there is more than one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Mean {
    pub mean: f64,
    pub lo: Option<f64>,
    pub hi: Option<f64>,
    pub n: usize,
}

impl Mean {
    /// Student's interval at [`LEVEL`].
    pub fn of(values: &[f64]) -> Self {
        let Spread { mean, variance, n } = Spread::of(values);
        let half = (n > 1).then(|| quantile(n as f64 - 1.0) * (variance / n as f64).sqrt());
        Self { mean, lo: half.map(|half| mean - half), hi: half.map(|half| mean + half), n }
    }
}

/// How the training error of a family goes with depth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trend {
    pub family: String,
    pub depths: Vec<usize>,
    /// One a depth.
    pub train_error: Vec<Mean>,
    /// Change of the training error for every doubling of the depth, by least squares on the means.
    pub slope: f64,
    /// Interval by the spread between seeds (Welch & Satterthwaite); none for a single seed.
    pub interval: Option<(f64, f64)>,
    pub finding: Finding,
}

/// What the interval of a trend says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The training error rises with depth.
    Degradation,
    /// It falls.
    Improvement,
    /// The interval holds zero.
    NotShown,
    /// One seed, or one depth.
    Inconclusive,
}

/// One trend a family, in the order in which families first appear.
pub fn trends(outcomes: &[Outcome]) -> Vec<Trend> {
    let mut families: Vec<&str> = Vec::new();
    for outcome in outcomes {
        if !families.contains(&outcome.family.as_str()) {
            families.push(&outcome.family);
        }
    }
    families.into_iter().map(|family| trend(family, outcomes)).collect()
}

fn trend(family: &str, outcomes: &[Outcome]) -> Trend {
    let ours = || outcomes.iter().filter(|outcome| outcome.family == family);
    let mut depths: Vec<usize> = ours().map(|outcome| outcome.depth).collect();
    depths.sort_unstable();
    depths.dedup();
    let errors = |depth: usize| {
        ours().filter(|outcome| outcome.depth == depth).map(|outcome| outcome.train_error).collect::<Vec<_>>()
    };
    let errors: Vec<Vec<f64>> = depths.iter().map(|depth| errors(*depth)).collect();
    let spreads: Vec<Spread> = errors.iter().map(|errors| Spread::of(errors)).collect();
    let contrast = contrast(&depths);
    let slope = contrast.iter().zip(&spreads).map(|(c, spread)| c * spread.mean).sum();
    let interval = interval(slope, &contrast, &spreads);
    let finding = match interval {
        None => Finding::Inconclusive,
        Some((lo, _)) if lo > 0.0 => Finding::Degradation,
        Some((_, hi)) if hi < 0.0 => Finding::Improvement,
        Some(_) => Finding::NotShown,
    };
    let train_error = errors.iter().map(|errors| Mean::of(errors)).collect();
    Trend { family: family.to_owned(), depths, train_error, slope, interval, finding }
}

/// Weights that turn means into the slope over log2 of the depth.
fn contrast(depths: &[usize]) -> Vec<f64> {
    let at: Vec<f64> = depths.iter().map(|depth| (*depth as f64).log2()).collect();
    let middle = at.iter().sum::<f64>() / at.len().max(1) as f64;
    let square: f64 = at.iter().map(|at| (at - middle).powi(2)).sum();
    at.iter().map(|at| if square > 0.0 { (at - middle) / square } else { 0.0 }).collect()
}

fn interval(slope: f64, contrast: &[f64], spreads: &[Spread]) -> Option<(f64, f64)> {
    if contrast.len() < 2 || spreads.iter().any(|spread| spread.n < 2) {
        return None;
    }
    let parts = contrast.iter().zip(spreads).map(|(c, spread)| (c * c * spread.variance / spread.n as f64, spread.n));
    let (variance, squares) =
        parts.fold((0.0, 0.0), |(sum, squares), (part, n)| (sum + part, squares + part * part / (n as f64 - 1.0)));
    if variance == 0.0 {
        return Some((slope, slope));
    }
    let half = quantile(variance * variance / squares) * f64::sqrt(variance);
    Some((slope - half, slope + half))
}

fn quantile(degrees: f64) -> f64 {
    student_t_quantile(0.5 + LEVEL / 2.0, degrees)
}

/// Mean, unbiased variance, number.
struct Spread {
    mean: f64,
    variance: f64,
    n: usize,
}

impl Spread {
    fn of(values: &[f64]) -> Self {
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n.max(1) as f64;
        let square: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Self { mean, variance: square / n.saturating_sub(1).max(1) as f64, n }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(family: &str, depth: usize, seed: u64, train_error: f64) -> Outcome {
        Outcome {
            family: family.to_owned(),
            network: format!("{family}-{depth}"),
            depth,
            seed,
            run: format!("{family}-{depth}-seed-{seed}"),
            n_train: 100,
            n_test: 0,
            n_parameters: 1,
            multiply_adds: 1,
            train_error,
            train_loss: 0.0,
            test_error: None,
            test_loss: None,
            minutes: 0.0,
            seconds_per_step: 0.0,
        }
    }

    #[test]
    fn the_slope_is_a_least_squares_line_over_doublings() {
        let depths = [8, 16, 32, 64];
        let of = |family: &'static str, error: fn(f64, f64) -> f64| {
            depths.into_iter().flat_map(move |depth| {
                (0..3).map(move |seed| outcome(family, depth, seed, error((depth as f64).log2(), seed as f64 - 1.0)))
            })
        };
        let all: Vec<Outcome> = of("plain", |log, e| 0.05 * log + 0.01 * e)
            .chain(of("resnet", |log, e| 0.3 - 0.02 * log + 0.001 * e))
            .chain(of("noisy", |log, e| 0.3 + 0.001 * log + 0.1 * e))
            .collect();
        let trends = trends(&all);
        let names: Vec<&str> = trends.iter().map(|trend| trend.family.as_str()).collect();
        assert_eq!(names, ["plain", "resnet", "noisy"]);
        assert!((trends[0].slope - 0.05).abs() < 1e-12 && (trends[1].slope + 0.02).abs() < 1e-12);
        let findings: Vec<Finding> = trends.iter().map(|trend| trend.finding).collect();
        assert_eq!(findings, [Finding::Degradation, Finding::Improvement, Finding::NotShown]);
        // Variance 1e-4, three seeds, squared contrasts .09, .01, .01, .09: their sum is .2, and .2² / (sum of squares / 2) degrees.
        let (lo, hi) = trends[0].interval.unwrap();
        assert!((hi - lo - 2.0 * quantile(0.04 / 0.0082) * (1e-4_f64 / 15.0).sqrt()).abs() < 1e-7, "{lo} {hi}");
    }

    #[test]
    fn one_seed_or_one_depth_tells_nothing() {
        let one_seed = [outcome("a", 8, 1, 0.1), outcome("a", 16, 1, 0.9)];
        assert_eq!(trends(&one_seed)[0].finding, Finding::Inconclusive);
        let one_depth = [outcome("a", 8, 1, 0.1), outcome("a", 8, 2, 0.9)];
        assert_eq!(trends(&one_depth)[0].finding, Finding::Inconclusive);
        assert_eq!(trends(&one_depth)[0].slope, 0.0);
        let equal = [(8, 1), (8, 2), (16, 1), (16, 2)].map(|(depth, seed)| outcome("a", depth, seed, 0.0));
        assert_eq!(trends(&equal)[0].finding, Finding::NotShown);
        assert_eq!(Mean::of(&[2.0]), Mean { mean: 2.0, lo: None, hi: None, n: 1 });
    }
}
