//! From a random start to the neighbourhood of a minimum where rows are many: proximal steps on batches of rows.
//!
//! A batch says almost as much about the way down as all rows do, and the noise of the steps leads past minima that do not hold on other
//! rows. Lambda and precision follow by the evidence after every epoch.

use super::evidence::{self, n_weights, precision, weight_sums};
use super::work;
use crate::fit::objective::usual_ridge;
use crate::loss::Loss;
use crate::net::Layout;
use crate::net::kernel::{Batch, Design, Pass};
use crate::penalty::{InputRules, L1Weights};
use crate::simd::lanes::LANES;
use crate::solve::prox_adam::ProxAdam;

/// Tiles of 64 rows in a step.
const BATCH: usize = 4;
const FIRST_RATE: f64 = 5e-3;
const LAST_RATE: f64 = 2e-5;

/// A point, its lambda and the precision of each output.
pub struct Iterate {
    pub theta: Vec<f64>,
    pub lambda: f64,
    pub precision: Vec<f64>,
    /// The [work](work) that it took.
    pub work: f64,
}

/// What steps are made over.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// Rows in an order that says nothing.
    pub design: &'a Design<f32>,
    /// The first tiles, which batches are made of; no others weigh anything.
    pub n_tiles: usize,
    pub loss: Loss,
    /// Rows, or the sum of their weights.
    pub n: f64,
    pub rules: &'a InputRules,
}

/// Moves the parameters in `mask` from `theta`, the others being zero, for `epochs`, at rates that fall along a cosine (Loshchilov &
/// Hutter 2017). Ends early where `goes_on`, called after each epoch, says so.
pub fn descend(
    rows: Rows,
    layout: &Layout,
    mask: &[bool],
    mut theta: Vec<f64>,
    epochs: usize,
    goes_on: &dyn Fn() -> bool,
) -> Iterate {
    let Rows { design, n_tiles, loss, n, rules } = rows;
    let (factor, sides) = (rules.factors(layout), rules.sides(layout, &theta));
    theta.iter_mut().zip(mask).for_each(|(t, live)| *t = if *live { *t } else { 0.0 });
    let (mut lambda, mut beta) = (1.0, vec![1.0; layout.n_outputs]);
    let mut adam = ProxAdam::new(theta.len());
    let ridge = usual_ridge(layout, rules);
    let mut batch = Batch::new(layout);
    let mut gradient = vec![0.0; theta.len()];
    let n_batches = n_tiles.div_ceil(BATCH);
    let total = (epochs * n_batches) as f64;
    let mut done = 0;
    while done < epochs {
        let pass = Pass { layout, design, loss, precision: &beta };
        let mut prices = L1Weights::scaled(&factor, lambda / n, mask).lambda;
        prices.iter_mut().zip(mask).for_each(|(price, live)| *price = if *live { *price } else { f64::INFINITY });
        for step in 0..n_batches {
            let tiles = step * BATCH..((step + 1) * BATCH).min(n_tiles);
            let share = 1.0 / (tiles.len() * LANES) as f64;
            batch.gradient(&pass, &theta, tiles, &mut gradient);
            for i in 0..theta.len() {
                gradient[i] = gradient[i] * share + ridge[i] * theta[i] / n;
            }
            let progress = (done * n_batches + step) as f64 / total;
            let rate = LAST_RATE + 0.5 * (FIRST_RATE - LAST_RATE) * (1.0 + (std::f64::consts::PI * progress).cos());
            adam.step(&mut theta, &gradient, &prices, rate);
            let wrong = |(theta, side): &(&mut f64, &f64)| **theta * **side < 0.0;
            theta.iter_mut().zip(&sides).filter(wrong).for_each(|(theta, _)| *theta = 0.0);
        }
        let losses = pass.losses(&theta);
        let (n_priced, sum) = weight_sums(&factor, &theta);
        beta = precision(loss, &losses, n, n_weights(layout, &theta));
        lambda = evidence::lambda_for(n_priced, sum);
        done += 1;
        if !goes_on() {
            break;
        }
    }
    let n_live = mask.iter().filter(|may_move| **may_move).count();
    Iterate { theta, lambda, precision: beta, work: work::of_passes(done, n, n_live) }
}
