//! Rows ready for a network: standardised inputs, responses in network units, weights of mean 1 or of the trials that rows stand for.

use crate::linear_part::{LinearPart, linear_part, linear_part_of_durations};
use crate::loss::{Loss, RowTerms};
use crate::matrix::Matrix;
use crate::net::Network;
use crate::net::kernel::Design;
use crate::penalty::InputRules;
use crate::simd::Scalar;
use crate::survival::{Durations, RiskSets};

/// A table after encoding.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// (n, p)
    pub x: Matrix,
    /// (n, K)
    pub y: Matrix,
    /// (n), mean 1; of successes the trials of the rows, times weights of mean 1
    pub weight: Vec<f64>,
    /// (n), added to the linear predictors; empty without one, and where the link is the identity and responses are without it.
    pub offset: Vec<f64>,
    pub loss: Loss,
    /// What is asked of single inputs.
    pub rules: InputRules,
    /// Of durations their times and strata; y says which ended with an event, and the offset holds the exposures.
    pub durations: Option<Durations>,
}

impl Sample {
    pub fn n_rows(&self) -> usize {
        self.x.n_rows()
    }

    pub fn n_inputs(&self) -> usize {
        self.x.n_columns()
    }

    pub fn n_outputs(&self) -> usize {
        self.y.n_columns()
    }

    /// The given rows, in the given order; their weights as they are.
    #[must_use]
    pub fn select_rows(&self, rows: &[usize]) -> Self {
        Self {
            x: self.x.select_rows(rows),
            y: self.y.select_rows(rows),
            weight: rows.iter().map(|&i| self.weight[i]).collect(),
            offset: if self.offset.is_empty() { Vec::new() } else { rows.iter().map(|&i| self.offset[i]).collect() },
            loss: self.loss,
            rules: self.rules.clone(),
            durations: self.durations.as_ref().map(|own| own.select_rows(rows)),
        }
    }

    /// Who is at risk when, and the durations that say so; `None` but for durations. O(n log n).
    pub fn risk_sets(&self) -> Option<(RiskSets, &Durations)> {
        let (durations, ties) = (self.durations.as_ref()?, self.loss.ties()?);
        Some((RiskSets::new(durations, self.y.column(0), &self.weight, ties), durations))
    }

    /// The best line through `network` over these rows.
    pub fn linear_part(&self, network: &Network) -> LinearPart {
        match self.risk_sets() {
            Some((sets, durations)) => linear_part_of_durations(network, &self.x, &sets, durations),
            None => linear_part(network, &self.x, self.terms(), self.loss),
        }
    }

    /// In the layout and the scalar type of the kernels.
    pub fn design<T: Scalar>(&self) -> Design<T> {
        Design::new(&self.x, &self.y, self.terms())
    }

    /// Weights and offset.
    pub fn terms(&self) -> RowTerms<'_> {
        RowTerms { weight: &self.weight, offset: &self.offset }
    }

    /// With the offset added: what the loss takes.
    fn whole(&self, eta: &Matrix) -> Matrix {
        let mut whole = eta.clone();
        if !self.offset.is_empty() {
            self.terms().add_offset(whole.column_mut(0));
        }
        whole
    }

    /// Rows, which is also the sum of their weights, but of successes, whose weights add up to the trials.
    pub fn n(&self) -> f64 {
        self.n_rows() as f64
    }

    /// Predictors as the loss is told of them: with the offset, quantiles in order.
    fn told(&self, eta: &Matrix) -> Matrix {
        let mut whole = self.whole(eta);
        if !self.loss.levels().is_empty() {
            let mut values = whole.values().to_vec();
            self.loss.mean_in_place(&mut values, whole.n_rows());
            (0..whole.n_columns()).for_each(|o| {
                let n = whole.n_rows();
                whole.column_mut(o).copy_from_slice(&values[o * n..][..n]);
            });
        }
        whole
    }

    /// The loss of each row at the linear predictors `eta` (n, K) beside the offset, without its weight.
    pub fn row_losses(&self, eta: &Matrix) -> Vec<f64> {
        self.row_losses_by(self.loss, eta)
    }

    /// The same by a `loss` that has other parameters.
    pub fn row_losses_by(&self, loss: Loss, eta: &Matrix) -> Vec<f64> {
        let (k, eta, loss) = (self.n_outputs(), &self.told(eta), loss.exact());
        (0..self.n_rows())
            .map(|i| {
                let row = |m: &Matrix| (0..k).map(|o| m.get(i, o)).collect::<Vec<f64>>();
                loss.value(&row(eta), &row(&self.y), &[1.0])
            })
            .collect()
    }

    /// The loss of output `o` alone of each row, for losses whose outputs are independent.
    pub fn output_losses(&self, eta: &Matrix, o: usize) -> Vec<f64> {
        let (eta, loss) = (self.told(eta), self.loss.exact().of_output(o));
        let rows = eta.column(o).iter().zip(self.y.column(o));
        rows.map(|(eta, y)| loss.value(&[*eta], &[*y], &[1.0])).collect()
    }

    /// The loss of row `i` in a perfect fit, without its weight.
    pub fn saturated_loss(&self, i: usize) -> f64 {
        let y: Vec<f64> = (0..self.n_outputs()).map(|o| self.y.get(i, o)).collect();
        self.loss.saturated(&y)
    }

    /// Weighted mean of the rows' losses.
    pub fn mean_loss(&self, eta: &Matrix) -> f64 {
        self.loss.exact().value(self.told(eta).values(), self.y.values(), &self.weight) / self.n()
    }

    /// Negative gradient of the loss of each row with respect to eta (n, K), and the curvature of each row, its weight
    /// included: what an additional unit would have to explain.
    pub fn scores(&self, eta: &Matrix) -> (Matrix, Vec<f64>) {
        let (n, k, eta) = (self.n_rows(), self.n_outputs(), &self.whole(eta));
        let mut gradient = vec![0.0; n * k];
        self.loss.value_gradient::<f64, pulp::Scalar>(eta.values(), self.y.values(), &self.weight, &mut gradient);
        let score = Matrix::from_fn(n, k, |i, o| -gradient[o * n + i]);
        let curvature = (0..n)
            .map(|i| {
                let eta: Vec<f64> = (0..k).map(|o| eta.get(i, o)).collect();
                let mut root = vec![0.0; k * k];
                self.loss.information_root(&eta, &mut root);
                // The mean over outputs: exact for one output, good enough to rank candidates for several.
                self.weight[i] * root.iter().map(|r| r * r).sum::<f64>() / k as f64
            })
            .collect();
        (score, curvature)
    }
}
