//! Bootstrap: residuals with random signs, or drawn from the classes' probabilities, refitted, and the statistics of all draws.
//!
//! e* = M (v o e / (1 - h)), with M the projection off the line, h the leverages and v = +-1 with equal odds, one sign a
//! cluster (Liu 1988; Davidson & Flachaire 2008). A studentised score of a direction g is
//! (g'e)^2 / sum_c (sum_{i in c} g_i e_i)^2 over clusters c, which are the rows themselves where these are independent.
//!
//! Two classes of independent rows need no signs. Under the null their probabilities p are those of the line, which says all of their
//! distribution: responses are drawn anew, and e* = M sqrt(w / p (1 - p)) (y* - p). Nor need variances be estimated: those of Pearson's
//! residuals are 1, and a score is (g'e)^2 / g'g, Rao's. With signs a class of one row in eight is found to
//! bend twice as often as the level says (`docs/results/calibration.md`). So it is with the rows below a quantile (`below_quantile`).
//!
//! Draws are made in chunks of fixed size, each from its own stream: results do not depend on the number of threads.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use super::directions::{Member, projected};
use super::line::Line;
use crate::matrix::Matrix;
use crate::random::{Purpose, Random};
use crate::stats::basis::project_off;

/// Draws in a task: wide enough for products of matrices, narrow enough to share 500 among some threads.
pub const CHUNK: usize = 32;

/// Directions whose scores are computed together; bounds the memory to this many columns.
const BLOCK: usize = 240;

/// Denominators at or below this share of the residuals' sum of squares are rounding errors.
const NO_VARIANCE: f64 = 1e-24;

/// Two statistics that differ by less than this share are equal: few clusters repeat the same signs.
const TIE: f64 = 1e-10;

/// Which rows share a sign: dense labels in non-decreasing order.
#[derive(Debug, Clone)]
pub struct Clusters {
    label: Vec<usize>,
    n_clusters: usize,
}

impl Clusters {
    /// From labels 0..n_clusters in non-decreasing order.
    pub fn new(label: Vec<usize>, n_clusters: usize) -> Self {
        Self { label, n_clusters }
    }

    /// The same signs for some of the rows, given in increasing order.
    pub fn select(&self, rows: &[usize]) -> Self {
        Self { label: rows.iter().map(|&i| self.label[i]).collect(), n_clusters: self.n_clusters }
    }

    /// Whether no two rows share a sign.
    pub fn single(&self) -> bool {
        self.label.windows(2).all(|pair| pair[0] != pair[1])
    }
}

/// Some draws side by side; the first of the first chunk is the observed response.
pub struct Chunk {
    /// (n, 32 or fewer)
    pub residuals: Mat<f64>,
    /// (rank, 32 or fewer), coordinates of what the signs move the fitted line by; 0 for the observed.
    pub moves: Mat<f64>,
}

/// The observed response and the bootstrap's.
pub struct Draws<'a> {
    clusters: &'a Clusters,
    single: bool,
    /// The variances (n) of responses that are drawn from what the line says of them.
    known: Option<&'a [f64]>,
    chunks: Vec<Chunk>,
}

impl<'a> Draws<'a> {
    /// `n_bootstrap` draws; equal seeds and clusters give equal signs for any line. O(n rank n_bootstrap).
    pub fn new(line: &'a Line, clusters: &'a Clusters, n_bootstrap: usize, seed: u64) -> Self {
        let n = line.root.len();
        let law = line.law.as_ref().filter(|_| clusters.single());
        let draw = |chunk: usize| {
            let first = chunk * CHUNK;
            let width = CHUNK.min(n_bootstrap + 1 - first);
            let mut random = Random::of(seed, Purpose::Bootstrap, chunk as u64);
            let mut residuals = Mat::zeros(n, width);
            for c in 0..width {
                let column = residuals.col_as_slice_mut(c);
                match law {
                    Some(law) => (0..n).for_each(|i| column[i] = law.draw(i, &mut random)),
                    None => {
                        let signs: Vec<f64> = (0..clusters.n_clusters).map(|_| random.sign()).collect();
                        (0..n).for_each(|i| column[i] = signs[clusters.label[i]] * line.donor[i]);
                    }
                }
            }
            let mut moves = project_off(&line.basis, residuals.as_mut());
            if chunk == 0 {
                residuals.col_as_slice_mut(0).copy_from_slice(&line.residual);
                moves.col_as_slice_mut(0).fill(0.0);
            }
            Chunk { residuals, moves }
        };
        let chunks = (0..(n_bootstrap + 1).div_ceil(CHUNK)).into_par_iter().map(draw).collect();
        Self { clusters, single: clusters.single(), known: law.map(|law| law.variance.as_slice()), chunks }
    }

    /// What `statistic` makes of each chunk: the observed value first, then one a draw.
    pub fn map(&self, statistic: impl Fn(&Chunk) -> Vec<f64> + Send + Sync) -> Vec<f64> {
        self.chunks.par_iter().flat_map_iter(statistic).collect()
    }

    /// The studentised squared score, or that of known variance, of one direction for one column of residuals (n each).
    pub fn score(&self, direction: &[f64], residual: &[f64]) -> f64 {
        if let Some(known) = self.known {
            let variance = direction.iter().zip(known).map(|(g, v)| g * g * v).sum::<f64>();
            let size = residual.iter().map(|e| e * e).sum::<f64>();
            let total = direction.iter().zip(residual).map(|(g, e)| g * e).sum::<f64>();
            return if variance > NO_VARIANCE * size { total * total / variance } else { 0.0 };
        }
        let (mut total, mut variance, mut size) = (0.0, 0.0, 0.0);
        let mut start = 0;
        for cluster in self.clusters.label.chunk_by(|a, b| a == b) {
            let rows = start..start + cluster.len();
            let sum: f64 = rows.clone().map(|i| direction[i] * residual[i]).sum();
            total += sum;
            variance += sum * sum;
            size += rows.map(|i| residual[i] * residual[i]).sum::<f64>();
            start += cluster.len();
        }
        if variance > NO_VARIANCE * size { total * total / variance } else { 0.0 }
    }

    /// Statistics of the members of a family: the largest a draw, and the member that leads on the observed response.
    ///
    /// `None` if the line contains all directions. O(n m n_bootstrap) for m directions.
    pub fn family(&self, members: &[Member], x: &Matrix, line: &Line) -> Option<(Vec<f64>, Member)> {
        let mut largest = vec![0.0f64; self.chunks.iter().map(|chunk| chunk.residuals.ncols()).sum()];
        let mut leader = None;
        for block in blocks(members) {
            let directions = projected(block, x, line);
            let squares = Mat::from_fn(directions.nrows(), directions.ncols(), |i, c| directions[(i, c)].powi(2));
            let shares: Vec<Vec<f64>> = block.iter().map(|member| member.shares()).collect();
            let of_members = |scores: &Mat<f64>, draw: usize| {
                let mut at = 0;
                let sum = |shares: &Vec<f64>| {
                    let sum = shares.iter().enumerate().map(|(s, share)| share * scores[(at + s, draw)]).sum::<f64>();
                    at += shares.len();
                    sum
                };
                shares.iter().map(sum).collect::<Vec<f64>>()
            };
            let best = self.map(|Chunk { residuals, .. }| {
                let scores = self.scores(&directions, &squares, residuals.as_ref());
                (0..residuals.ncols()).map(|draw| of_members(&scores, draw).into_iter().fold(0.0, f64::max)).collect()
            });
            if best[0] > largest[0] {
                let observed = self.chunks[0].residuals.subcols(0, 1);
                let values = of_members(&self.scores(&directions, &squares, observed), 0);
                leader = (0..block.len()).max_by(|&a, &b| values[a].total_cmp(&values[b])).map(|at| block[at]);
            }
            largest.iter_mut().zip(&best).for_each(|(largest, best)| *largest = largest.max(*best));
        }
        leader.map(|leader| (largest, leader))
    }

    /// Squared scores (m, c), studentised or of known variance, of `directions` (n, m) and their `squares` for `residuals` (n, c).
    fn scores(&self, directions: &Mat<f64>, squares: &Mat<f64>, residuals: MatRef<f64>) -> Mat<f64> {
        let (n, m, c) = (directions.nrows(), directions.ncols(), residuals.ncols());
        let mut scores = Mat::zeros(m, c);
        matmul(scores.as_mut(), Accum::Replace, directions.transpose(), residuals, 1.0, Par::Seq);
        let mut variance = Mat::zeros(m, c);
        if let Some(known) = self.known {
            let of = |at: usize| squares.col_as_slice(at).iter().zip(known).map(|(square, v)| square * v).sum();
            let of_directions: Vec<f64> = (0..m).map(of).collect();
            variance = Mat::from_fn(m, c, |at, _| of_directions[at]);
        } else if self.single {
            let squared = Mat::from_fn(n, c, |i, draw| residuals[(i, draw)].powi(2));
            matmul(variance.as_mut(), Accum::Replace, squares.transpose(), &squared, 1.0, Par::Seq);
        } else {
            let mut sum = Mat::<f64>::zeros(m, c);
            let mut start = 0;
            for cluster in self.clusters.label.chunk_by(|a, b| a == b) {
                let g = directions.subrows(start, cluster.len());
                let e = residuals.subrows(start, cluster.len());
                matmul(sum.as_mut(), Accum::Replace, g.transpose(), e, 1.0, Par::Seq);
                for draw in 0..c {
                    let terms = sum.col_as_slice(draw);
                    variance.col_as_slice_mut(draw).iter_mut().zip(terms).for_each(|(v, s)| *v += s * s);
                }
                start += cluster.len();
            }
        }
        for draw in 0..c {
            let size = (0..n).map(|i| residuals[(i, draw)].powi(2)).sum::<f64>();
            let column = scores.col_as_slice_mut(draw).iter_mut().zip(variance.col_as_slice(draw));
            column.for_each(|(score, v)| *score = if *v > NO_VARIANCE * size { *score * *score / v } else { 0.0 });
        }
        scores
    }
}

/// Consecutive members with at most `BLOCK` directions together.
fn blocks(members: &[Member]) -> Vec<&[Member]> {
    let mut blocks = Vec::new();
    let (mut start, mut width) = (0, 0);
    for (at, member) in members.iter().enumerate() {
        let own = member.shares().len();
        if width + own > BLOCK {
            blocks.push(&members[start..at]);
            (start, width) = (at, 0);
        }
        width += own;
    }
    blocks.push(&members[start..]);
    blocks
}

/// The share of statistics that are at least as large as each: a p-value for the observed, the first, and for every draw.
pub fn p_values(statistics: &[f64]) -> Vec<f64> {
    let mut sorted = statistics.to_vec();
    sorted.sort_by(f64::total_cmp);
    let share = |t: &f64| {
        let below = sorted.partition_point(|s| *s < t - TIE * t.abs());
        (sorted.len() - below) as f64 / sorted.len() as f64
    };
    statistics.iter().map(share).collect()
}

/// The p-value of a combination of several tests, calibrated by the draws they share: sum of tan(pi/2 (1 - p)), for the
/// observed p-values and for those of each draw.
///
/// The Cauchy combination (Liu & Xie 2020) folded at its median. Unfolded, a p-value of 1 takes away as much as the smallest
/// possible one gives: of sines that one family never missed at n = 400, the combination missed 3 in 1,000.
pub fn combine(tests: &[Vec<f64>]) -> f64 {
    let Some(first) = tests.first() else { return 1.0 };
    let half = 0.5 / first.len() as f64;
    let term = |p: f64| (std::f64::consts::FRAC_PI_2 * (1.0 - (p - half))).tan();
    let combined: Vec<f64> = (0..first.len()).map(|draw| tests.iter().map(|p| term(p[draw])).sum()).collect();
    p_values(&combined)[0]
}

#[cfg(test)]
mod tests {
    use faer::linalg::solvers::Solve;

    use super::*;
    use crate::loss::Loss;

    #[test]
    fn scores_are_those_of_plain_loops() {
        let mut random = Random::simulated(4);
        let (n, p) = (90, 3);
        let x = Matrix::from_fn(n, p, |_, _| random.normal());
        let y: Vec<f64> = (0..n).map(|i| x.get(i, 0) + random.normal()).collect();
        let weight: Vec<f64> = (0..n).map(|_| 0.5 + random.uniform()).collect();
        let line = Line::fit(&x, &y, &weight, Loss::Squared).expect("noise");
        let directions = projected(&[Member::Waves(1), Member::Product(0, 2), Member::Cube(1)], &x, &line);
        let squares = Mat::from_fn(n, directions.ncols(), |i, c| directions[(i, c)].powi(2));
        for size in [1, 7] {
            let cluster = |i: usize| i / size;
            let clusters = Clusters::new((0..n).map(cluster).collect(), n.div_ceil(size));
            let draws = Draws::new(&line, &clusters, 40, 1);
            for Chunk { residuals, .. } in &draws.chunks {
                let scores = draws.scores(&directions, &squares, residuals.as_ref());
                for (m, draw) in (0..directions.ncols()).flat_map(|m| (0..residuals.ncols()).map(move |c| (m, c))) {
                    let (g, e) = (directions.col_as_slice(m), residuals.col_as_slice(draw));
                    let mut sums = vec![0.0; clusters.n_clusters];
                    (0..n).for_each(|i| sums[cluster(i)] += g[i] * e[i]);
                    let slow = sums.iter().sum::<f64>().powi(2) / sums.iter().map(|s| s * s).sum::<f64>();
                    for fast in [scores[(m, draw)], draws.score(g, e)] {
                        assert!((fast - slow).abs() < 1e-9 * (1.0 + slow), "{fast} instead of {slow}");
                    }
                }
            }
        }
    }

    /// Rao (1948): U' I^-1 U, with score and information of the line and the square together, at the line.
    #[test]
    fn scores_of_two_classes_are_those_of_rao() {
        let mut random = Random::simulated(6);
        let n = 60;
        let x = Matrix::from_fn(n, 1, |_, _| random.normal());
        let y: Vec<f64> = (0..n).map(|i| f64::from(u8::from(x.get(i, 0) + random.normal() > 0.0))).collect();
        let line = Line::fit(&x, &y, &vec![1.0; n], Loss::Logistic).expect("two classes that overlap");
        let directions = projected(&[Member::Square(0)], &x, &line);
        let clusters = Clusters::new((0..n).collect(), n);
        let draws = Draws::new(&line, &clusters, 5, 1);
        let squares = Mat::from_fn(n, 1, |i, c| directions[(i, c)].powi(2));
        let residual = draws.chunks[0].residuals.subcols(0, 1);
        let found = draws.scores(&directions, &squares, residual)[(0, 0)];
        assert!((found - draws.score(directions.col_as_slice(0), &line.residual)).abs() < 1e-9);

        let p = &line.law.as_ref().expect("of two classes").probability;
        let column = |c: usize, i: usize| x.get(i, 0).powi(c as i32);
        let information =
            Mat::from_fn(3, 3, |a, b| (0..n).map(|i| p[i] * (1.0 - p[i]) * column(a, i) * column(b, i)).sum::<f64>());
        let score = Mat::from_fn(3, 1, |c, _| (0..n).map(|i| column(c, i) * (y[i] - p[i])).sum::<f64>());
        let rao = (score.transpose() * information.partial_piv_lu().solve(&score))[(0, 0)];
        assert!((found / rao - 1.0).abs() < 1e-5, "{found}, expected {rao}");
    }

    #[test]
    fn drawn_residuals_are_orthogonal_to_the_line() {
        let mut random = Random::simulated(5);
        let x = Matrix::from_fn(50, 4, |_, _| random.normal());
        let y: Vec<f64> = (0..50).map(|_| random.normal()).collect();
        let line = Line::fit(&x, &y, &[1.0; 50], Loss::Squared).expect("noise");
        let clusters = Clusters::new((0..50).collect(), 50);
        for chunk in &Draws::new(&line, &clusters, 70, 0).chunks {
            assert!((line.basis.transpose() * &chunk.residuals).norm_max() < 1e-12);
        }
    }

    #[test]
    fn p_values_count_and_combine() {
        assert_eq!(p_values(&[3.0, 1.0, 3.0, 5.0]), [0.75, 1.0, 0.75, 0.25]);
        // The smallest possible p-value in one test carries the combination.
        let strong: Vec<f64> = (0..100).map(|i| (i + 1) as f64 / 100.0).collect();
        let weak: Vec<f64> = (0..100).map(|i| ((i * 37 + 60) % 100 + 1) as f64 / 100.0).collect();
        assert!(combine(&[strong.clone(), weak]) <= 0.03);
        assert_eq!(combine(&[strong.clone(), strong]), 0.01);
    }

    #[test]
    fn blocks_hold_every_member_once() {
        let members: Vec<Member> = (0..100).map(Member::Waves).chain((0..300).map(Member::Square)).collect();
        let blocks = blocks(&members);
        assert!(blocks.iter().all(|block| block.iter().map(|m| m.shares().len()).sum::<usize>() <= BLOCK));
        assert_eq!(blocks.concat(), members);
    }
}
