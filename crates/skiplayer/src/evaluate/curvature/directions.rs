//! Directions in which a regression can bend.
//!
//! | family | member | directions g, and their share in the member's statistic |
//! |---|---|---|
//! | coord | an input | cos(pi k rank(x_j) / n) / k, k = 2..7: bends and waves of one input, smooth ones first |
//! | poly | a product, square or cube | x_i x_j, x_j^2, x_j^3 |
//!
//! A member's statistic is the sum of its directions' squared studentised scores times their shares, a family's the largest
//! of its members. (`reset` has the third family, which depends on the response.)

use std::ops::Range;

use faer::Mat;

use super::line::Line;
use crate::matrix::Matrix;
use crate::stats::basis::{COLLINEAR, norm, normalise, project_off};

/// Frequencies of the cosines; the first would be nearly a line.
const FREQUENCIES: Range<usize> = 2..8;

/// All products are offered among this many inputs (496 of them); of more inputs, among those whose correlation with the
/// fitted line is largest.
pub const PRODUCT_INPUTS: usize = 32;

/// Where a departure from the line may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    Waves(usize),
    Product(usize, usize),
    Square(usize),
    Cube(usize),
}

impl Member {
    /// The share of each direction.
    pub fn shares(self) -> Vec<f64> {
        match self {
            Member::Waves(_) => FREQUENCIES.map(|k| 1.0 / k as f64).collect(),
            _ => vec![1.0],
        }
    }

    /// In words, for the reader of a result.
    pub fn describe(self, name: &dyn Fn(usize) -> String) -> String {
        match self {
            Member::Waves(j) => name(j),
            Member::Product(i, j) => format!("{} * {}", name(i), name(j)),
            Member::Square(j) => format!("{}^2", name(j)),
            Member::Cube(j) => format!("{}^3", name(j)),
        }
    }

    /// Directions (n each) for standardised inputs `x` (n, p).
    fn directions(self, x: &Matrix) -> Vec<Vec<f64>> {
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<f64>>();
        match self {
            Member::Waves(j) => {
                let ranks = ranks(x.column(j));
                let wave = |k: usize| ranks.iter().map(|r| (std::f64::consts::PI * k as f64 * r).cos()).collect();
                FREQUENCIES.map(wave).collect()
            }
            Member::Product(i, j) => vec![product(x.column(i), x.column(j))],
            Member::Square(j) => vec![product(x.column(j), x.column(j))],
            Member::Cube(j) => vec![product(&product(x.column(j), x.column(j)), x.column(j))],
        }
    }
}

/// Inputs with at least three values, for which alone a square differs from a line.
fn bendable(x: &Matrix) -> Vec<usize> {
    let many = |column: &[f64]| {
        let first = column[0];
        match column.iter().find(|&&v| v != first) {
            Some(&second) => column.iter().any(|&v| v != first && v != second),
            None => false,
        }
    };
    (0..x.n_columns()).filter(|&j| many(x.column(j))).collect()
}

/// Members of coord.
pub fn waves(x: &Matrix) -> Vec<Member> {
    bendable(x).into_iter().map(Member::Waves).collect()
}

/// Members of poly, and whether products were left out.
///
/// The choice of inputs is a function of x and the fitted line, not of the residuals: the bootstrap need not repeat it.
pub fn polynomials(x: &Matrix, line: &Line) -> (Vec<Member>, bool) {
    let inputs = relevant(x, line, PRODUCT_INPUTS);
    let all = (0..x.n_columns()).filter(|&j| norm(x.column(j)) > 0.0).count() <= PRODUCT_INPUTS;
    let bendable = bendable(x);
    let powers = bendable.iter().flat_map(|&j| [Member::Square(j), Member::Cube(j)]);
    let pairs = inputs.iter().enumerate().flat_map(|(at, &i)| inputs[at + 1..].iter().map(move |&j| (i, j)));
    (powers.chain(pairs.map(|(i, j)| Member::Product(i, j))).collect(), !all)
}

/// The `count` inputs that vary and correlate most with the fitted line, in their order.
pub fn relevant(x: &Matrix, line: &Line, count: usize) -> Vec<usize> {
    let mut inputs: Vec<usize> = (0..x.n_columns()).filter(|&j| norm(x.column(j)) > 0.0).collect();
    if inputs.len() > count {
        let with_line = |j: usize| {
            let column = x.column(j).iter().zip(&line.root).zip(&line.predictor);
            column.map(|((x, root), predictor)| root * root * x * predictor).sum::<f64>().abs()
        };
        let relevance: Vec<f64> = (0..x.n_columns()).map(with_line).collect();
        inputs.sort_by(|&a, &b| relevance[b].total_cmp(&relevance[a]));
        inputs.truncate(count);
        inputs.sort_unstable();
    }
    inputs
}

/// The members' directions one after the other (n, m), scaled by the root of each row, projected off the line, of length 1:
/// or 0 if the line contains them.
pub fn projected(members: &[Member], x: &Matrix, line: &Line) -> Mat<f64> {
    let n = line.root.len();
    let raw: Vec<Vec<f64>> = members.iter().flat_map(|member| member.directions(x)).collect();
    let mut columns = Mat::from_fn(n, raw.len(), |i, c| line.root[i] * raw[c][i]);
    let lengths: Vec<f64> = (0..raw.len()).map(|c| norm(columns.col_as_slice(c))).collect();
    project_off(&line.basis, columns.as_mut());
    for c in 0..raw.len() {
        normalise(columns.col_as_slice_mut(c), COLLINEAR * lengths[c]);
    }
    columns
}

/// Ranks divided by the number of rows, inside (0, 1); ties share their mean.
fn ranks(column: &[f64]) -> Vec<f64> {
    let n = column.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| column[a].total_cmp(&column[b]));
    let mut ranks = vec![0.0; n];
    let mut below = 0;
    for tied in order.chunk_by(|&a, &b| column[a] == column[b]) {
        let rank = (below as f64 + 0.5 * tied.len() as f64) / n as f64;
        tied.iter().for_each(|&i| ranks[i] = rank);
        below += tied.len();
    }
    ranks
}
