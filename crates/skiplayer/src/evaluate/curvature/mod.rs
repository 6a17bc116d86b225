//! Is there curvature? A battery of score tests, calibrated by a wild bootstrap, and classical tests beside it.
//!
//! Residuals e of the linear model are asked whether they still correlate with directions that a line cannot follow: smooth
//! functions of one input (*coord*), products and powers (*poly*), powers of the fitted values (*reset*, after Ramsey 1969).
//! Each score is studentised by the residuals themselves, and signs drawn at random say what the statistics are worth without
//! curvature (wild bootstrap: Wu 1986; Liu 1988), so that neither heteroscedastic nor heavy-tailed noise is mistaken for it.
//! The three p-values are combined by Cauchy's distribution (Liu & Xie 2020), the combination calibrated by the same draws.

mod bootstrap;
mod classical;
mod directions;
mod linear_fit;
mod sensitivity;

use super::record::{Curvature, Test};
use crate::fit::{Sample, Scheme};
use bootstrap::Signs;
use directions::Families;
use linear_fit::LinearFit;

pub use classical::reference_tests;
pub use sensitivity::sensitivity;

/// Bootstrap draws: the smallest p-value is 1/500.
const DRAWS: usize = 499;
/// Rows that are looked at.
const MAX_ROWS: usize = 20_000;
/// Degrees of freedom that the linear model must leave.
const MIN_FREEDOM: usize = 10;

/// The battery on the rows of `sample`, whose inputs are called `names`, with one sign a group or a stretch of time where `scheme` has these.
///
/// O(n d B) for d directions (at most a few hundred) and B = 499 draws.
pub fn battery(sample: &Sample, names: &[String], scheme: &Scheme, seed: u64) -> Curvature {
    let every = sample.n_rows().div_ceil(MAX_ROWS).max(1);
    let rows: Vec<usize> = (0..sample.n_rows()).step_by(every).collect();
    let note = (every > 1).then(|| format!("on every {every}th row"));
    let chosen = select(sample, &rows);
    let signs = Signs::new(scheme, &rows);
    let untested = |note: &str| Curvature {
        p_value: None,
        tests: Vec::new(),
        n_bootstrap: 0,
        slopes: None,
        note: Some(note.into()),
    };
    let Some(fit) = LinearFit::new(&chosen) else {
        return untested("the linear model fits without error, or not at all");
    };
    let slopes = bootstrap::slopes(&chosen, &signs, seed);
    if chosen.n_rows() < fit.rank() + MIN_FREEDOM {
        let note = format!("{} rows leave too little freedom beside {} coefficients", chosen.n_rows(), fit.rank());
        return Curvature { slopes, ..untested(&note) };
    }
    let families = Families::new(&chosen, &fit);
    if families.is_empty() {
        // Every function of binary inputs without products is linear.
        return Curvature { slopes, ..untested("no direction is left that a line could not follow") };
    }
    let (tests, p_value) = bootstrap::battery(&fit, &families, &signs, names, seed);
    Curvature { p_value: Some(p_value), tests, n_bootstrap: DRAWS, slopes, note }
}

fn select(sample: &Sample, rows: &[usize]) -> Sample {
    Sample {
        x: sample.x.select_rows(rows),
        y: sample.y.select_rows(rows),
        weight: rows.iter().map(|&i| sample.weight[i]).collect(),
        loss: sample.loss,
    }
}

fn test(name: &str, statistic: f64, p_value: f64, note: Option<String>) -> Test {
    Test { name: name.into(), statistic, p_value, note }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Matrix;
    use crate::loss::Loss;
    use crate::random::Random;

    fn sample(n: usize, p: usize, seed: u64, y: impl Fn(&[f64], &mut Random) -> f64) -> Sample {
        let mut random = Random::new(seed, 9);
        let rows: Vec<Vec<f64>> = (0..n).map(|_| (0..p).map(|_| random.normal()).collect()).collect();
        let response: Vec<f64> = rows.iter().map(|x| y(x, &mut random)).collect();
        Sample {
            x: Matrix::from_fn(n, p, |i, j| rows[i][j]),
            y: Matrix::from_columns(n, &[response]),
            weight: vec![1.0; n],
            loss: Loss::Squared,
        }
    }

    fn names(sample: &Sample) -> Vec<String> {
        (1..=sample.n_inputs()).map(|j| format!("x{j}")).collect()
    }

    fn p(sample: &Sample) -> f64 {
        battery(sample, &names(sample), &Scheme::Strata(vec![0; sample.n_rows()]), 1).p_value.expect("enough rows")
    }

    #[test]
    fn holds_its_size_also_where_the_noise_is_uneven() {
        for uneven in [false, true] {
            let rejected = (0..200)
                .filter(|&seed| {
                    let linear = |x: &[f64], random: &mut Random| {
                        let scale = if uneven { 0.3 + x[0].abs() } else { 1.0 };
                        x[0] - 0.5 * x[1] + scale * random.normal()
                    };
                    p(&sample(60, 3, seed, linear)) < 0.05
                })
                .count();
            assert!((1..=22).contains(&rejected), "uneven {uneven}: {rejected} of 200");
        }
    }

    #[test]
    fn finds_products_bends_and_waves() {
        let truths: [fn(&[f64]) -> f64; 3] = [
            |x| 2.0 * x[0] - x[1] + 0.3 * x[0] * x[1],
            |x| (2.0 * x[0]).tanh() - x[1],
            |x| 2.0 * x[0] - x[1] + 0.5 * (3.0 * x[2]).sin(),
        ];
        for (at, truth) in truths.into_iter().enumerate() {
            let found = (0..20).filter(|&seed| p(&sample(400, 5, seed, |x, r| truth(x) + 0.5 * r.normal())) < 0.05);
            assert!(found.count() >= 17, "truth {at}");
        }
    }

    #[test]
    fn a_line_more_changes_nothing_and_threads_do_not_either() {
        let bent = sample(150, 4, 3, |x, r| x[0] * x[0] + r.normal());
        let mut tilted = bent.clone();
        for i in 0..150 {
            tilted.y.column_mut(0)[i] += 5.0 + 7.0 * bent.x.get(i, 1) - 3.0 * bent.x.get(i, 2);
        }
        let plain = Scheme::Strata(vec![0; 150]);
        let (a, b) = (battery(&bent, &names(&bent), &plain, 1), battery(&tilted, &names(&bent), &plain, 1));
        // reset looks along the fitted values, which the line changes.
        for (a, b) in a.tests.iter().zip(&b.tests).filter(|(a, _)| a.name != "reset") {
            assert!((a.statistic - b.statistic).abs() < 1e-6 && a.p_value == b.p_value, "{a:?} {b:?}");
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("threads");
        assert_eq!(pool.install(|| battery(&bent, &names(&bent), &plain, 1)), a);
    }

    #[test]
    fn classes_and_counts_too() {
        let mut linear = 0;
        let mut bent = 0;
        for seed in 0..40 {
            for curved in [false, true] {
                let mut random = Random::new(seed, 5);
                let mut sample = sample(300, 3, seed, |x, _| if curved { 1.5 * x[0] * x[1] } else { x[0] });
                sample.loss = Loss::Logistic;
                for i in 0..300 {
                    let chance = 1.0 / (1.0 + (-sample.y.get(i, 0)).exp());
                    sample.y.column_mut(0)[i] = f64::from(u8::from(random.uniform() < chance));
                }
                let found = usize::from(p(&sample) < 0.05);
                if curved { bent += found } else { linear += found }
            }
        }
        assert!(linear <= 7 && bent >= 36, "{linear} {bent} of 40");
    }

    #[test]
    fn degenerate_samples_are_not_tested() {
        let tiny = sample(8, 5, 1, |x, _| x[0]);
        assert!(battery(&tiny, &names(&tiny), &Scheme::Strata(vec![0; 8]), 1).p_value.is_none());
        let mut flat = sample(50, 2, 1, |_, _| 1.0);
        let plain = Scheme::Strata(vec![0; 50]);
        assert!(battery(&flat, &names(&flat), &plain, 1).p_value.is_none_or(|p| p > 0.05));
        // Binary inputs leave products only.
        for i in 0..50 {
            for j in 0..2 {
                flat.x.column_mut(j)[i] = f64::from(u8::from((i >> j) & 1 == 1));
            }
        }
        assert!(battery(&flat, &names(&flat), &plain, 1).p_value.is_none_or(|p| p > 0.05));
    }
}
