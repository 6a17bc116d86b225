//! How effects are computed: every input along its grid, and the pairs that are worth it.
//!
//! Everything is computed for the perturbation (network minus projected line), and the line is added afterwards: accumulated
//! local effects and partial dependence of a line are the line.

use std::ops::Range;

use rayon::prelude::*;

use super::accumulated::{accumulated, centre};
use super::grid::{Grid, Kind, interpolate};
use super::interaction;
use super::interaction::Pair;
use super::partial;
use super::record::{Curve, Effect, Effects, EffectsOptions, Interaction};
use crate::Model;
use crate::explain::on_link_scale::{Surface, unit_of_effects};
use crate::linear_part::LinearPart;
use crate::matrix::Matrix;
use crate::random::{Purpose, Random};

/// Inputs that are shown; the strongest where there are more.
const MOST_INPUTS: usize = 100;
/// Multiplications that partial dependence may take: rows are fewer where networks are wide.
const MOST_WORK: usize = 10_000_000_000;
/// Rows behind a partial dependence whatever it takes, and at most.
const ROWS_OF_PARTIAL: Range<usize> = 40..500;
/// Rows of the screening of pairs; inputs and pairs that stay after it.
const SCREENING_ROWS: usize = 64;
const SCREENED_INPUTS: usize = 30;
const SCREENED_PAIRS: usize = 12;
/// Rows of the H statistic, whose cost is their square, and the multiplications that it may take. From draw to draw of normal rows the
/// statistic of tanh x1 + x2 + c x1 x2 + x3^2, c .2 to 2, varies by 8% to 11% of itself with 100 rows, by 5% to 8% with 300.
const ROWS_OF_PAIRS: Range<usize> = 80..300;
const WORK_OF_PAIRS: usize = 3_000_000_000;
/// Pairs that are told for each output.
const MOST_PAIRS: usize = 5;
/// A joint effect below this share of the perturbation's standard deviation is rounding.
const ROUNDING: f64 = 1e-10;

/// At most `most` of 0..n, in order, the same every time.
pub fn draw(n: usize, most: usize) -> Vec<usize> {
    if n <= most {
        return (0..n).collect();
    }
    let mut chosen = Random::of(0, Purpose::EffectRows, 0).permutation(n);
    chosen.truncate(most);
    chosen.sort_unstable();
    chosen
}

/// Everything that the effects of one model share.
pub struct EffectsComputation<'a> {
    model: &'a Model,
    surface: Surface<'a>,
    x: Matrix,
    weight: Vec<f64>,
    /// Of inputs in use that vary.
    grids: Vec<Grid>,
    n_left_out: usize,
    options: &'a EffectsOptions,
}

impl<'a> EffectsComputation<'a> {
    /// Of the rows `x` with their weights.
    pub fn new(model: &'a Model, part: &LinearPart, x: Matrix, weight: Vec<f64>, options: &'a EffectsOptions) -> Self {
        let surface = Surface::new(model, part);
        let mut is_used = vec![false; x.n_columns()];
        model.network.inputs_in_use().into_iter().for_each(|j| is_used[j] = true);
        let mut grids: Vec<Grid> = Grid::all(&model.encoding, &x, options.n_points).into_iter().flatten().collect();
        grids.retain(|grid| grid.features.clone().any(|j| is_used[j]));
        let mut computation = Self { model, surface, x, weight, grids, n_left_out: 0, options };
        if computation.grids.len() > MOST_INPUTS {
            computation.keep_strongest();
        }
        computation
    }

    fn keep_strongest(&mut self) {
        let (x, donors) = self.rows_and_donors();
        let function = |x: &Matrix| self.surface.perturbation(x);
        let strength = |grid: &Grid| {
            let slopes = grid.features.clone().flat_map(|j| (0..self.surface.n_outputs()).map(move |o| (o, j)));
            let line = slopes.map(|(o, j)| self.surface.slope(o, j).powi(2)).sum::<f64>();
            line + interaction::total_importance(&function, &x, &donors, &grid.features)
        };
        let strengths: Vec<f64> = self.grids.par_iter().map(strength).collect();
        let kept = strongest(&strengths, MOST_INPUTS);
        self.n_left_out = self.grids.len() - kept.len();
        self.grids = kept.into_iter().map(|i| self.grids[i].clone()).collect();
    }

    /// A few rows, and the same rows in another order, which lend them their cells.
    fn rows_and_donors(&self) -> (Matrix, Matrix) {
        let rows = draw(self.x.n_rows(), SCREENING_ROWS);
        let shifted: Vec<usize> = (0..rows.len()).map(|i| rows[(i + rows.len() / 2) % rows.len()]).collect();
        (self.x.select_rows(&rows), self.x.select_rows(&shifted))
    }

    /// All of them.
    pub fn effects(&self) -> Effects {
        let of_inputs: Vec<Vec<Effect>> = self.grids.par_iter().map(|grid| self.effect(grid)).collect();
        let mut inputs = Vec::new();
        for o in 0..self.surface.n_outputs() {
            let mut of_output: Vec<&Effect> = of_inputs.iter().map(|effects| &effects[o]).collect();
            let size = |effect: &Effect| effect.linear_size.hypot(effect.nonlinear_size);
            of_output.sort_by(|a, b| size(b).total_cmp(&size(a)));
            inputs.extend(of_output.into_iter().cloned());
        }
        Effects { inputs, interactions: self.interactions(), n_left_out: self.n_left_out }
    }

    /// The effect of one input on each output.
    fn effect(&self, grid: &Grid) -> Vec<Effect> {
        let function = |x: &Matrix| self.surface.perturbation(x);
        let at = grid.of_rows(&self.x);
        let present: Vec<usize> = (0..at.len()).filter(|&i| at[i].is_some()).collect();
        let weight: Vec<f64> = present.iter().map(|&i| self.weight[i]).collect();
        let at: Vec<f64> = at.into_iter().flatten().collect();
        let centred = |mut curve: Vec<f64>| {
            centre(&mut curve, &at, &weight);
            curve
        };
        let spread = |curve: &[f64]| {
            let squares = at.iter().zip(&weight).map(|(p, w)| w * interpolate(curve, *p).powi(2));
            (squares.sum::<f64>() / weight.iter().sum::<f64>()).sqrt()
        };
        let rows = draw(self.x.n_rows(), self.rows_of_partial(grid.settings.len()));
        let own = {
            let features: Vec<usize> = grid.features.clone().collect();
            partial::individual(&function, &self.x.select_rows(&rows), &features, &grid.settings)
        };
        let row_weight: Vec<f64> = rows.iter().map(|&i| self.weight[i]).collect();
        let partial = partial::dependence(&own, &row_weight);
        let local = match grid.kind {
            Kind::Numeric { .. } => accumulated(&function, &self.x, &self.weight, grid),
            Kind::Levels { .. } => partial.clone(),
        };
        let names = self.model.target.output_names();
        let of_output = |o: usize| {
            let height = |setting: &Vec<f64>| {
                grid.features.clone().zip(setting).map(|(j, value)| self.surface.slope(o, j) * value).sum::<f64>()
            };
            let line = centred(grid.settings.iter().map(height).collect());
            let with_line = |curve: &[f64]| curve.iter().zip(&line).map(|(c, l)| c + l).collect::<Vec<f64>>();
            let local = centred(local[o].clone());
            let (linear_size, nonlinear_size) = (spread(&line), spread(&local));
            let partial = with_line(&centred(partial[o].clone()));
            let curve = match &grid.kind {
                Kind::Numeric { at, deciles } => {
                    let shown = draw(rows.len(), self.options.n_curves);
                    let row = |i: usize| with_line(&centred(own.iter().map(|m| m.get(i, o)).collect()));
                    Curve::Numeric {
                        at: at.clone(),
                        accumulated: with_line(&local),
                        partial,
                        individual: shown.into_iter().map(row).collect(),
                        deciles: deciles.clone(),
                        line,
                    }
                }
                Kind::Levels { names } => {
                    let count = |level: usize| at.iter().filter(|point| **point == level as f64).count();
                    Curve::Levels {
                        levels: names.clone(),
                        counts: (0..names.len()).map(count).collect(),
                        line,
                        partial,
                    }
                }
            };
            let (input, output, unit) =
                (grid.name.clone(), self.output(o), unit_of_effects(self.model.task, &names[o]));
            Effect { input, output, unit, curve, linear_size, nonlinear_size }
        };
        (0..self.surface.n_outputs()).map(of_output).collect()
    }

    fn rows_of_partial(&self, n_points: usize) -> usize {
        let a_row = self.grids.len() * n_points * self.model.network.parameters.len();
        (MOST_WORK / a_row.max(1)).clamp(ROWS_OF_PARTIAL.start, ROWS_OF_PARTIAL.end)
    }

    fn output(&self, o: usize) -> Option<String> {
        (self.surface.n_outputs() > 1).then(|| self.model.target.output_names()[o].clone())
    }

    /// The strongest pairs of each output.
    fn interactions(&self) -> Vec<Interaction> {
        if self.model.network.n_units() == 0 {
            return Vec::new();
        }
        let function = |x: &Matrix| self.surface.perturbation(x);
        let pairs = self.screened_pairs();
        let mut inputs: Vec<usize> = pairs.iter().flat_map(|&(a, b)| [a, b]).collect();
        inputs.sort_unstable();
        inputs.dedup();
        let of_one = (pairs.len() + inputs.len()) * self.model.network.parameters.len();
        let affordable = (WORK_OF_PAIRS / of_one.max(1)).isqrt().clamp(ROWS_OF_PAIRS.start, ROWS_OF_PAIRS.end);
        let rows = draw(self.x.n_rows(), affordable);
        let x = self.x.select_rows(&rows);
        let weight: Vec<f64> = rows.iter().map(|&i| self.weight[i]).collect();
        let alone = |i: &usize| interaction::at_rows(&function, &x, &weight, &self.features(&[*i]));
        let alone: Vec<Vec<Vec<f64>>> = inputs.par_iter().map(alone).collect();
        let of_input = |i: usize| &alone[inputs.partition_point(|&other| other < i)];
        let together = |&(a, b): &(usize, usize)| {
            let both = interaction::at_rows(&function, &x, &weight, &self.features(&[a, b]));
            let line = |o: usize| {
                let features = self.features(&[a, b]);
                let mut line: Vec<f64> = vec![0.0; x.n_rows()];
                for j in features {
                    line.iter_mut().zip(x.column(j)).for_each(|(l, x)| *l += self.surface.slope(o, j) * x);
                }
                let mean = line.iter().zip(&weight).map(|(l, w)| l * w).sum::<f64>() / weight.iter().sum::<f64>();
                line.iter_mut().for_each(|l| *l -= mean);
                line
            };
            let of_output =
                |o: usize| interaction::joint(&both[o], &of_input(a)[o], &of_input(b)[o], &line(o), &weight);
            (0..self.surface.n_outputs()).map(of_output).collect::<Vec<_>>()
        };
        let joint: Vec<Vec<interaction::Joint>> = pairs.par_iter().map(together).collect();
        let whole = function(&x);
        let mut told = Vec::new();
        for o in 0..self.surface.n_outputs() {
            let variance = variance(whole.column(o), &weight);
            let sizes: Vec<f64> = joint.iter().map(|outputs| outputs[o].beyond).collect();
            let real = |i: &usize| sizes[*i] > (ROUNDING * ROUNDING) * variance.max(f64::MIN_POSITIVE);
            for i in strongest(&sizes, MOST_PAIRS).into_iter().filter(real) {
                let interaction::Joint { beyond, joint } = joint[i][o];
                told.push(Interaction {
                    a: self.grids[pairs[i].0].name.clone(),
                    b: self.grids[pairs[i].1].name.clone(),
                    output: self.output(o),
                    size: beyond.sqrt(),
                    share: beyond / variance,
                    h_squared: if joint > 0.0 { beyond / joint } else { 0.0 },
                });
            }
        }
        told
    }

    fn features(&self, inputs: &[usize]) -> Vec<usize> {
        inputs.iter().flat_map(|&i| self.grids[i].features.clone()).collect()
    }

    /// Pairs of inputs that are likely to act together most.
    fn screened_pairs(&self) -> Vec<(usize, usize)> {
        let function = |x: &Matrix| self.surface.perturbation(x);
        let (x, donors) = self.rows_and_donors();
        let alone = |grid: &Grid| interaction::total_importance(&function, &x, &donors, &grid.features);
        let alone: Vec<f64> = self.grids.par_iter().map(alone).collect();
        let inputs = strongest(&alone, SCREENED_INPUTS);
        let mut pairs = Vec::new();
        for (at, &a) in inputs.iter().enumerate() {
            pairs.extend(inputs[..at].iter().map(|&b| (a.min(b), a.max(b))));
        }
        let together = |&(a, b): &(usize, usize)| {
            let pair = Pair { a: &self.grids[a].features, b: &self.grids[b].features };
            interaction::superset_importance(&function, &x, &donors, pair)
        };
        let together: Vec<f64> = pairs.par_iter().map(together).collect();
        strongest(&together, SCREENED_PAIRS).into_iter().map(|i| pairs[i]).collect()
    }
}

/// Indices of the `most` largest of `sizes`, largest first.
fn strongest(sizes: &[f64], most: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|&a, &b| sizes[b].total_cmp(&sizes[a]));
    order.truncate(most);
    order
}

fn variance(values: &[f64], weight: &[f64]) -> f64 {
    let total: f64 = weight.iter().sum();
    let mean = values.iter().zip(weight).map(|(v, w)| v * w).sum::<f64>() / total;
    values.iter().zip(weight).map(|(v, w)| w * (v - mean).powi(2)).sum::<f64>() / total
}
