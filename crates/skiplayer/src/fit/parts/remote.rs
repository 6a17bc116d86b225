//! Sums over all parts, as solvers ask for them.

use std::sync::Mutex;

use super::part::square;
use super::request::{Point, Question, Request, Rows, What, numbers, singles, to_bytes};
use super::shards::Shards;
use crate::fit::large::stored::Tiles;
use crate::fit::large::sums::Sums;
use crate::fit::sample::Sample;
use crate::loss::Loss;
use crate::matrix::Matrix;
use crate::net::{Architecture, Layout};
use crate::penalty::InputRules;
use crate::{Error, Result};

/// Encoded rows of all parts.
pub struct Remote<'a> {
    pub shards: &'a dyn Shards,
    pub n_inputs: usize,
    pub n_outputs: usize,
    pub loss: Loss,
    pub rules: InputRules,
    /// Rows of all parts.
    pub n_rows: usize,
    /// Weights of the rows that train and that are held out.
    pub weights: [f64; 2],
    /// The first thing that went wrong while a solver, to which nothing can go wrong, asked for sums.
    pub failure: Mutex<Option<Error>>,
}

impl Remote<'_> {
    /// The answers of all parts.
    ///
    /// # Errors
    /// What a part refuses, and parts that cannot be reached.
    pub fn ask(&self, request: &Request) -> Result<Vec<Vec<u8>>> {
        self.shards.pass(&to_bytes(request)?)
    }

    /// The answers of all parts, vectors of `length` numbers, added in order.
    ///
    /// # Errors
    /// As [`ask`](Self::ask), and answers of another length.
    pub fn sum(&self, request: &Request, length: usize) -> Result<Vec<f64>> {
        let mut total = vec![0.0; length];
        for answer in self.ask(request)? {
            let part = numbers(&answer);
            if part.len() != length {
                return Err(Error::failure("a part of the rows", format!("{} numbers in its answer", part.len()))
                    .expected(format!("{length}")));
            }
            total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
        }
        Ok(total)
    }

    /// About `n` of the rows, taken at random: numbers of one after the other (inputs, responses, weight).
    fn packed(&self, rows: Rows, n: usize) -> Result<Vec<Vec<f32>>> {
        let share = (n as f64 / (self.weight_of(rows)).max(1.0)).min(1.0);
        Ok(self.ask(&Request::Some { rows, share })?.iter().map(|answer| singles(answer)).collect())
    }

    fn weight_of(&self, rows: Rows) -> f64 {
        match rows {
            Rows::All => self.weights[0] + self.weights[1],
            Rows::Train => self.weights[0],
            Rows::HeldOut => self.weights[1],
        }
    }

    /// About `n` of the rows, in double precision, with weights of mean 1.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn sample(&self, rows: Rows, n: usize) -> Result<Sample> {
        let (p, k) = (self.n_inputs, self.n_outputs);
        let packed = self.packed(rows, n)?.concat();
        let row = |i: usize| &packed[i * (p + k + 1)..][..p + k + 1];
        let n = packed.len() / (p + k + 1);
        let mut weight: Vec<f64> = (0..n).map(|i| f64::from(row(i)[p + k])).collect();
        let mean = weight.iter().sum::<f64>() / n.max(1) as f64;
        weight.iter_mut().for_each(|weight| *weight /= mean);
        Ok(Sample {
            x: Matrix::from_fn(n, p, |i, j| row(i)[j].into()),
            y: Matrix::from_fn(n, k, |i, o| row(i)[p + o].into()),
            weight,
            offset: Vec::new(),
            loss: self.loss,
            rules: self.rules.clone(),
            durations: None,
        })
    }

    /// About `n` of the rows, as they lie in memory where a network is trained.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn tiles(&self, rows: Rows, n: usize, seed: u64) -> Result<Tiles> {
        let (p, k) = (self.n_inputs, self.n_outputs);
        let parts = self.packed(rows, n)?;
        let n = parts.iter().map(|part| part.len() / (p + k + 1)).sum();
        let mut tiles = Tiles::with_room(n, p, k, self.loss, seed);
        tiles.set_rules(self.rules.clone());
        let mut first = 0;
        for part in parts {
            let row = |i: usize| &part[i * (p + k + 1)..][..p + k + 1];
            let n = part.len() / (p + k + 1);
            let x = Matrix::from_fn(n, p, |i, j| row(i)[j].into());
            let y = Matrix::from_fn(n, k, |i, o| row(i)[p + o].into());
            tiles.write(first, &x, &y, &[]);
            (0..n).for_each(|i| tiles.set_weight(first + i, row(i)[p + k].into()));
            first += n;
        }
        Ok(tiles)
    }

    /// What went wrong while a solver ran.
    ///
    /// # Errors
    /// That.
    pub fn check(&self) -> Result<()> {
        let failure = self.failure.lock().map_or(None, |mut failure| failure.take());
        failure.map_or(Ok(()), Err)
    }

    fn has_failed(&self) -> bool {
        self.failure.lock().map_or(true, |failure| failure.is_some())
    }
}

/// Some of the rows.
pub struct Among<'a> {
    pub remote: &'a Remote<'a>,
    pub rows: Rows,
}

impl Among<'_> {
    /// A sum at a point; infinite where it cannot be had, so that no solver goes there.
    fn at(&self, layout: &Layout, precision: &[f64], theta: &[f64], what: What, length: usize) -> Vec<f64> {
        let nowhere = vec![f64::INFINITY; length];
        if self.remote.has_failed() || theta.iter().any(|weight| !weight.is_finite()) {
            return nowhere;
        }
        let question = Question {
            rows: self.rows,
            loss: self.remote.loss,
            at: Point { architecture: architecture(layout), theta: theta.to_vec() },
            precision: precision.to_vec(),
            what,
        };
        match self.remote.sum(&Request::Sums(question), length) {
            Ok(sums) => sums,
            Err(error) => {
                if let Ok(mut failure) = self.remote.failure.lock() {
                    failure.get_or_insert(error);
                }
                nowhere
            }
        }
    }
}

/// What has this layout.
fn architecture(layout: &Layout) -> Architecture {
    let first = (layout.width > 0).then_some(layout.width);
    Architecture {
        n_inputs: layout.n_inputs,
        n_outputs: layout.n_outputs,
        hidden: first.into_iter().chain(layout.blocks.iter().map(|block| block.width)).collect(),
        activation: layout.activation,
    }
}

impl Sums for Among<'_> {
    fn n_inputs(&self) -> usize {
        self.remote.n_inputs
    }

    fn n_outputs(&self) -> usize {
        self.remote.n_outputs
    }

    fn loss(&self) -> Loss {
        self.remote.loss
    }

    fn rules(&self) -> &InputRules {
        &self.remote.rules
    }

    fn weight(&self) -> f64 {
        self.remote.weight_of(self.rows)
    }

    fn some_rows(&self, n: usize) -> Result<Sample> {
        self.remote.sample(self.rows, n)
    }

    fn moments(&self) -> Result<Vec<f64>> {
        let d = 1 + self.n_inputs() + self.n_outputs();
        Ok(square(&self.remote.sum(&Request::Moments(self.rows), d * (d + 1) / 2)?, d))
    }

    fn losses(&self, layout: &Layout, precision: &[f64], theta: &[f64]) -> Vec<f64> {
        self.at(layout, precision, theta, What::Losses, layout.n_outputs)
    }

    fn losses_gradient(&self, layout: &Layout, precision: &[f64], theta: &[f64]) -> Vec<f64> {
        self.at(layout, precision, theta, What::Gradient, layout.n_outputs + theta.len())
    }

    fn gauss_newton(&self, layout: &Layout, precision: &[f64], theta: &[f64], live: &[usize]) -> Vec<f64> {
        let l = live.len();
        square(&self.at(layout, precision, theta, What::GaussNewton(live.to_vec()), l * (l + 1) / 2), l)
    }

    fn has_failed(&self) -> bool {
        self.remote.has_failed()
    }
}
