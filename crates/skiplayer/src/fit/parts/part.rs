//! The rows of one part, encoded, and what they answer.

use std::ops::Range;

use super::request::{Point, Preparation, Question, Request, Rows, What, of_numbers, of_singles};
use crate::fit::large::stored::Tiles;
use crate::fit::large::sums::{gauss_newton, gradient, moments};
use crate::net::kernel::Pass;
use crate::net::{Architecture, Layout, Network};
use crate::table::Table;
use crate::{Error, Result};

/// Encoded rows of a part; the tenth of its tiles that stands last is held out.
#[derive(Debug, Clone)]
pub struct Part {
    tiles: Tiles,
    n_train: usize,
}

impl Part {
    /// Encodes `table`, part `number`, which begins at row `start` of the whole.
    ///
    /// # Errors
    /// Cells that cannot be used as given.
    pub fn new(plan: &Preparation, number: usize, start: usize, table: &Table) -> Result<Self> {
        let Preparation { roles, encoding, target, weight: mean, seed } = plan;
        let chosen = roles.rows(table, start)?;
        let in_the_whole =
            |error: Error| error.and_hint(format!("rows are counted from row {} of the data", start + 1));
        let (x, _) = encoding.apply(table, &chosen.rows).map_err(in_the_whole)?;
        let y = target.encode(table, &chosen.rows).map_err(in_the_whole)?;
        let n = chosen.rows.len();
        let mut tiles = Tiles::of_part(n, encoding.n_features(), target.n_outputs(), target.loss(), (*seed, number));
        tiles.write(0, &x, &y, &[]);
        chosen.weight.iter().enumerate().for_each(|(row, weight)| tiles.set_weight(row, weight / mean));
        let n_tiles = tiles.n_tiles();
        Ok(Self { tiles, n_train: n_tiles - (n_tiles / 10).max(1) })
    }

    /// Rows, and the weights of those that train and that are held out.
    pub fn totals(&self) -> Vec<u8> {
        let [train, held_out] = [Rows::Train, Rows::HeldOut].map(|rows| self.tiles.total(self.range(rows)));
        of_numbers(&[self.tiles.n_rows() as f64, train, held_out])
    }

    fn range(&self, rows: Rows) -> Range<usize> {
        match rows {
            Rows::All => 0..self.tiles.n_tiles(),
            Rows::Train => 0..self.n_train,
            Rows::HeldOut => self.n_train..self.tiles.n_tiles(),
        }
    }

    /// The answer to a request that reads no rows; empty for the others.
    pub fn answer(&self, request: &Request) -> Vec<u8> {
        match request {
            Request::Summary(_) | Request::Encode(_) => Vec::new(),
            Request::Moments(rows) => {
                let (p, k) = (self.tiles.n_inputs(), self.tiles.n_outputs());
                let layout = Layout::new(&Architecture::linear(p, k));
                let sums =
                    self.tiles.sum_over(self.range(*rows), &layout, &vec![1.0; k], |pass| moments(pass, 1 + p + k));
                of_numbers(&triangle(&sums, 1 + p + k))
            }
            Request::Sums(question) => of_numbers(&self.sums(question)),
            Request::Gain { loss, linear, network } => {
                let mut held_out = self.tiles.sample(self.range(Rows::HeldOut)).0;
                held_out.loss = *loss;
                let weight = self.tiles.total(self.range(Rows::HeldOut)) / held_out.n().max(1.0);
                let losses = |point: &Point| {
                    let network = Network::new(point.architecture.clone(), point.theta.clone());
                    held_out.row_losses(&network.forward(&held_out.x))
                };
                let (linear, network) = (losses(linear), losses(network));
                let mut sums = [0.0; 6];
                for ((a, b), own) in linear.iter().zip(&network).zip(&held_out.weight) {
                    let (w, d) = (own * weight, a - b);
                    let terms = [w, w * a, w * b, w * w, w * w * d, w * w * d * d];
                    sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
                }
                of_numbers(&sums)
            }
            Request::Some { rows, share } => {
                let range = self.range(*rows);
                let n = ((range.len() as f64 * share).ceil() as usize).min(range.len());
                of_singles(&self.tiles.packed(range.start..range.start + n))
            }
        }
    }

    fn sums(&self, question: &Question) -> Vec<f64> {
        let Question { rows, loss, at: Point { architecture, theta }, precision, what } = question;
        let layout = &Layout::new(architecture);
        self.tiles.sum_over(self.range(*rows), layout, precision, |pass| {
            let pass = &Pass { loss: *loss, ..*pass };
            match what {
                What::Losses => pass.losses(theta),
                What::Gradient => gradient(pass, theta),
                What::GaussNewton(live) => triangle(&gauss_newton(pass, theta, live), live.len()),
            }
        })
    }
}

/// The lower triangle of a matrix (d, d; row-major), row by row.
pub fn triangle(matrix: &[f64], d: usize) -> Vec<f64> {
    (0..d).flat_map(|row| &matrix[row * d..=row * d + row]).copied().collect()
}

/// The matrix (d, d) whose lower triangle is given, with its mirror image.
pub fn square(triangle: &[f64], d: usize) -> Vec<f64> {
    let at = |a: usize, b: usize| triangle[a * (a + 1) / 2 + b];
    (0..d * d).map(|i| at((i / d).max(i % d), (i / d).min(i % d))).collect()
}
