//! What is asked of single inputs: how dear their weights are, in which direction predictions may follow them, and which of them a
//! hidden unit may combine.

use crate::net::{Layout, Role, Weights, WeightsMut};
use crate::random::Random;

/// Rules for the inputs (p) of a network. An empty field asks nothing.
///
/// **Directions.** The slope of the output of one hidden layer along input j is s_j + sum_h v_h w_hj act'(.). Where the activation never
/// falls, it keeps its sign everywhere, between the rows and beyond them, if s_j and all products v_h w_hj have that sign (Sill 1998,
/// "Monotonic networks"). So skip weights keep a sign, and weights into a unit one that depends on the sign of the weight out of it, which
/// stays what it was at the start.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InputRules {
    /// Factor of the penalty of the weights of each input; 0: its linear coefficient is not penalised and stays in the model.
    pub factor: Vec<f64>,
    /// 1: predictions never fall with this input, -1: they never rise, 0: both may be.
    pub direction: Vec<f64>,
    /// Sets of inputs, each in increasing order; a hidden unit has inputs of one set only.
    pub together: Vec<Vec<usize>>,
}

impl InputRules {
    /// No rules.
    pub const NONE: &'static Self = &Self { factor: Vec::new(), direction: Vec::new(), together: Vec::new() };

    /// Inputs whose linear coefficient is not penalised.
    pub fn free_inputs(&self) -> impl Iterator<Item = usize> {
        self.factor.iter().enumerate().filter(|(_, factor)| **factor == 0.0).map(|(j, _)| j)
    }

    /// Factor of the penalty of each parameter; 0 for those without one. An input whose linear coefficient is free is one like any other
    /// to hidden units: without a penalty on the way in, the one on the way out would mean nothing.
    pub fn factors(&self, layout: &Layout) -> Vec<f64> {
        let mut factors: Vec<f64> = layout.roles().map(|role| f64::from(u8::from(role.is_penalised()))).collect();
        if !self.factor.is_empty() {
            let mut weights = WeightsMut::new(layout, &mut factors);
            for o in 0..layout.n_outputs {
                weights.skip.row_mut(o).copy_from_slice(&self.factor);
            }
            for h in 0..layout.width {
                let of_unit = weights.input.row_mut(h).iter_mut().zip(&self.factor);
                of_unit.for_each(|(own, factor)| *own = if *factor > 0.0 { *factor } else { 1.0 });
            }
        }
        factors
    }

    /// 1 for parameters that may not be negative, -1 for those that may not be positive, else 0; empty without directions. Weights out
    /// of units keep the sign that they have in `theta`.
    pub fn sides(&self, layout: &Layout, theta: &[f64]) -> Vec<f64> {
        if self.direction.is_empty() {
            return Vec::new();
        }
        let outward: Vec<f64> = self.outward(layout, theta);
        let mut sides = vec![0.0; layout.n_parameters()];
        let mut own = WeightsMut::new(layout, &mut sides);
        for o in 0..layout.n_outputs {
            own.skip.row_mut(o).copy_from_slice(&self.direction);
        }
        for (h, outward) in outward.into_iter().enumerate() {
            own.input.row_mut(h).iter_mut().zip(&self.direction).for_each(|(side, d)| *side = d * outward);
            own.head.column_mut(h).for_each(|side| *side = outward);
        }
        sides
    }

    /// The sign of the weight out of each unit; where that is zero, the one that weights into the unit imply.
    fn outward(&self, layout: &Layout, theta: &[f64]) -> Vec<f64> {
        let Weights { input, head, .. } = Weights::new(layout, theta);
        let implied = |h: usize| {
            let products = input.row(h).iter().zip(&self.direction).map(|(w, d)| w * d);
            products.into_iter().find(|product| *product != 0.0).unwrap_or(1.0).signum()
        };
        let out = |h: usize| head.column(h).copied().find(|v| *v != 0.0);
        (0..layout.width).map(|h| out(h).map_or_else(|| implied(h), f64::signum)).collect()
    }

    /// Changes the weights of a random start so that the rules hold: each unit gets one of the sets, with weights as long as before.
    pub fn impose(&self, layout: &Layout, theta: &mut [f64], random: &mut Random) {
        if !self.together.is_empty() {
            let order = random.permutation(self.together.len());
            let mut weights = WeightsMut::new(layout, theta);
            for h in 0..layout.width {
                let set = &self.together[order[h % order.len()]];
                let row = weights.input.row_mut(h);
                let longer = (row.len() as f64 / set.len().max(1) as f64).sqrt();
                for (j, weight) in row.iter_mut().enumerate() {
                    *weight = if set.binary_search(&j).is_ok() { longer * *weight } else { 0.0 };
                }
            }
        }
        let sides = self.sides(layout, theta);
        theta.iter_mut().zip(&sides).filter(|(_, side)| **side != 0.0).for_each(|(w, side)| *w = side * w.abs());
    }

    /// Takes from `mask` the weights that units may not have beside those that they have in `theta`.
    pub fn restrict(&self, layout: &Layout, theta: &[f64], mask: &mut [bool]) {
        if self.together.is_empty() {
            return;
        }
        let input = Weights::new(layout, theta).input;
        let mut may_move = WeightsMut::new(layout, mask);
        for h in 0..layout.width {
            let live: Vec<usize> = (0..layout.n_inputs).filter(|&j| input[(h, j)] != 0.0).collect();
            let set = self.together.iter().find(|set| !live.is_empty() && is_within(&live, set));
            for (j, may_move) in may_move.input.row_mut(h).iter_mut().enumerate() {
                *may_move &= set.is_some_and(|set| set.binary_search(&j).is_ok());
            }
        }
    }

    /// Whether a unit with weights `w` (p) in and `v` (K) out may enter.
    pub fn allow_unit(&self, w: &[f64], v: &[f64]) -> bool {
        let live: Vec<usize> = (0..w.len()).filter(|&j| w[j] != 0.0).collect();
        let follows = |j: &usize| v.iter().all(|v| self.direction[*j] * v * w[*j] >= 0.0);
        (self.direction.is_empty() || live.iter().all(follows))
            && (self.together.is_empty() || self.together.iter().any(|set| is_within(&live, set)))
    }

    /// Whether `theta` keeps the rules.
    pub fn hold(&self, layout: &Layout, theta: &[f64]) -> bool {
        let Weights { skip, input, head, .. } = Weights::new(layout, theta);
        let units = |h: usize| self.allow_unit(input.row(h), &head.column(h).copied().collect::<Vec<f64>>());
        let skips = (0..layout.n_outputs).all(|o| skip.row(o).iter().zip(&self.direction).all(|(s, d)| s * d >= 0.0));
        skips && (0..layout.width).all(units)
    }

    /// What the logarithm of the prior density of each weight gains over that of one without rules, beside lambda |w|: ln of its factor,
    /// and ln 2 where only one sign is possible.
    pub fn log_densities(&self, layout: &Layout) -> Vec<f64> {
        let factors = self.factors(layout).into_iter();
        let mut gains: Vec<f64> = factors.map(|factor| if factor > 0.0 { factor.ln() } else { 0.0 }).collect();
        if !self.direction.is_empty() {
            let one_sided = |j: usize| if self.direction[j] == 0.0 { 0.0 } else { std::f64::consts::LN_2 };
            let p = layout.n_inputs;
            let own = gains.iter_mut().zip(layout.roles());
            let of_inputs = own.filter(|(_, role)| matches!(role, Role::Skip | Role::Input));
            // Rows of skip and of hidden weights are both p long.
            of_inputs.enumerate().for_each(|(at, (gain, _))| *gain += one_sided(at % p));
        }
        gains
    }
}

fn is_within(few: &[usize], set: &[usize]) -> bool {
    few.iter().all(|j| set.binary_search(j).is_ok())
}
