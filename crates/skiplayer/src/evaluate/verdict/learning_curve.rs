//! The contenders at growing numbers of training rows: who is ahead where data are few, and who where they are many.

use crate::Result;
use crate::evaluate::compare::fold_scores::{FoldScores, Observed};
use crate::evaluate::compare::metrics::headline;
use crate::evaluate::record::{CurveLine, LearningCurve};
use crate::evaluate::resample::nested;
use crate::evaluate::resample::nested::ContenderKind;
use crate::evaluate::resample::split::{Split, splits};
use crate::fit::{Config, Event, Observer, Scheme};
use crate::random::{Purpose, Random};
use crate::schema::{Dataset, numbered};

/// Each size is half the next.
const SIZES: usize = 5;
/// Training rows below which nothing is learned about learning.
const MIN_TRAIN: usize = 20;
const FOLDS: usize = 5;

/// What a curve is made of.
pub struct LearningCurveRequest<'a> {
    pub data: &'a Dataset<'a>,
    pub scheme: &'a Scheme,
    /// Of copies, which stay in one fold.
    pub identity: Option<&'a [usize]>,
    pub kinds: &'a [ContenderKind],
    pub observed: &'a Observed,
    /// As in the outer folds.
    pub config: &'a Config,
    /// As asked for: gives the contenders their names.
    pub named: &'a Config,
}

/// Trains all contenders on nested parts of each training set of five folds, and tests each on the whole test set of its fold.
///
/// Sizes at which a contender cannot be fitted (a class is missing) are left out, as are those for which time runs out.
/// Costs about as much as ten outer folds.
pub fn learning_curve(request: &LearningCurveRequest, observer: &dyn Observer) -> Result<LearningCurve> {
    let whole = splits(request.scheme, request.identity, FOLDS, request.config.seed, usize::from(u16::MAX));
    let smallest_train = whole.iter().map(|s| s.train.len()).min().unwrap_or(0);
    let halvings = (0..SIZES).take_while(|h| smallest_train >> h >= MIN_TRAIN).collect::<Vec<_>>();
    let name = format!("learning curve: {} sizes, {} folds", halvings.len(), whole.len());
    observer.event(Event::Stage { name, steps: halvings.len() * whole.len() });
    let orders: Vec<Vec<usize>> = whole
        .iter()
        .enumerate()
        .map(|(f, split)| {
            order(&split.train, request.scheme, &mut Random::of(request.config.seed, Purpose::LearningCurve, f as u64))
        })
        .collect();
    let mut curve = LearningCurve {
        metric: headline(request.data.schema().task, request.data.schema().loss.levels()).into(),
        n_train: Vec::new(),
        contenders: request
            .kinds
            .iter()
            .map(|kind| CurveLine { name: kind.name(request.named), mean: Vec::new(), se: Vec::new() })
            .collect(),
    };
    // Networks of few rows are not worth stochastic steps, whatever the whole table is.
    let config = Config { stochastic_above: request.named.stochastic_above, ..request.config.clone() };
    for halving in halvings.into_iter().rev() {
        let part = |(split, order): (&Split, &Vec<usize>)| Split {
            train: first(order, split.train.len() >> halving, request.scheme),
            test: split.test.clone(),
        };
        let parts: Vec<Split> = whole.iter().zip(&orders).map(part).collect();
        let Ok(results) = nested::run(request.data, &parts, request.kinds, &config, observer) else { continue };
        if results.len() < parts.len() {
            break;
        }
        let scores = FoldScores {
            kinds: request.kinds,
            config: request.named,
            results: &results,
            observed: request.observed,
            loss: request.data.schema().loss,
            kept: None,
        };
        let n_train = parts.iter().map(|p| p.train.len()).sum::<usize>() as f64 / parts.len() as f64;
        curve.n_train.push(n_train.round() as usize);
        for (line, kind) in curve.contenders.iter_mut().zip(request.kinds) {
            let scores = scores.scores(*kind);
            line.mean.push(scores.mean);
            line.se.push(scores.se);
        }
    }
    Ok(curve)
}

/// Training rows in the order in which they come in: any beginning is a training set of the same kind.
///
/// Classes come in evenly, groups as a whole, and of a series the latest rows first.
fn order(train: &[usize], scheme: &Scheme, random: &mut Random) -> Vec<usize> {
    let shuffled: Vec<usize> = random.permutation(train.len()).into_iter().map(|at| train[at]).collect();
    let place: Vec<f64> = match scheme {
        Scheme::Strata(strata) => {
            let n_strata = strata.iter().max().map_or(0, |s| s + 1);
            let (mut size, mut seen) = (vec![0.0; n_strata], vec![0.0; n_strata]);
            shuffled.iter().for_each(|&i| size[strata[i]] += 1.0);
            let evenly = |i: usize| {
                let stratum = strata[i];
                seen[stratum] += 1.0;
                (seen[stratum] - 0.5) / size[stratum]
            };
            shuffled.iter().copied().map(evenly).collect()
        }
        Scheme::Groups(groups) => {
            numbered(shuffled.iter().map(|&i| groups[i])).into_iter().map(|turn| turn as f64).collect()
        }
        Scheme::Time(time) => shuffled.iter().map(|&i| -time[i]).collect(),
    };
    let mut order: Vec<usize> = (0..shuffled.len()).collect();
    order.sort_by(|&a, &b| place[a].total_cmp(&place[b]));
    order.into_iter().map(|at| shuffled[at]).collect()
}

/// About the first `n` rows of `order`, whole groups and whole times, in the order of the table.
fn first(order: &[usize], n: usize, scheme: &Scheme) -> Vec<usize> {
    let same = |a: usize, b: usize| match scheme {
        Scheme::Strata(_) => false,
        Scheme::Groups(groups) => groups[a] == groups[b],
        Scheme::Time(time) => time[a] == time[b],
    };
    let mut end = n.min(order.len());
    while end > 0 && end < order.len() && same(order[end - 1], order[end]) {
        end += 1;
    }
    let mut rows = order[..end].to_vec();
    rows.sort_unstable();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_beginning_has_the_classes_in_proportion() {
        let strata: Vec<usize> = (0..120).map(|i| usize::from(i % 4 == 0)).collect();
        let scheme = Scheme::Strata(strata.clone());
        let train: Vec<usize> = (0..120).collect();
        let order = order(&train, &scheme, &mut Random::simulated(1));
        for n in [20, 40, 80, 120] {
            let rare = first(&order, n, &scheme).iter().filter(|&&i| strata[i] == 1).count();
            assert!(rare.abs_diff(n / 4) <= 1, "{rare} of {n}");
        }
    }

    #[test]
    fn smaller_parts_lie_in_larger_ones_and_groups_stay_whole() {
        let groups: Vec<usize> = (0..90).map(|i| i / 6).collect();
        let scheme = Scheme::Groups(groups.clone());
        let train: Vec<usize> = (0..60).collect();
        let order = order(&train, &scheme, &mut Random::simulated(2));
        let mut smaller: Vec<usize> = Vec::new();
        for n in [7, 15, 30, 60] {
            let part = first(&order, n, &scheme);
            assert!(smaller.iter().all(|i| part.contains(i)) && part.len() >= n && part.len() < n + 6);
            for &i in &part {
                let all = (0..60).filter(|&j| groups[j] == groups[i]).count();
                assert_eq!(part.iter().filter(|&&j| groups[j] == groups[i]).count(), all);
            }
            smaller = part;
        }
    }

    #[test]
    fn of_a_series_the_latest_rows_are_kept() {
        let time: Vec<f64> = (0..40).map(f64::from).collect();
        let scheme = Scheme::Time(time);
        let train: Vec<usize> = (0..30).collect();
        let order = order(&train, &scheme, &mut Random::simulated(3));
        assert_eq!(first(&order, 10, &scheme), (20..30).collect::<Vec<_>>());
    }
}
