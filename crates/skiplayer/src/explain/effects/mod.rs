//! What each input does: the linear line and the perturbation around it.

mod accumulated;
mod compute;
mod grid;
mod interaction;
mod partial;
mod record;

use crate::Model;
use crate::linear_part::linear_part;
use crate::schema::Dataset;
use crate::table::Table;
use crate::{Error, Result};
use compute::EffectsComputation;

pub(super) use compute::draw;

pub use record::{Curve, Effect, Effects, EffectsOptions, Interaction};

impl Effects {
    /// Effects over the usable rows of `data` with their weights; see [`compute`](Self::compute).
    ///
    /// # Errors
    /// Those of [`compute`](Self::compute).
    pub fn of(model: &Model, data: &Dataset, options: &EffectsOptions) -> Result<Self> {
        let schema = data.schema();
        Self::compute(model, data.table(), &schema.rows, &schema.weight, options)
    }

    /// Effects of every input in use over `rows` of `table` with their weights: the training rows, or others like them.
    ///
    /// Numbers: accumulated local effects, partial dependence and some rows' own curves at quantiles. Categories: partial
    /// dependence at each level. Pairs: Friedman and Popescu's H statistic of the pairs that a screening leaves. All of it on
    /// the scale of the linear predictor, in units of the target for regression; scores of several classes are centred.
    ///
    /// # Errors
    /// Those of [`Encoding::apply`](crate::encode::Encoding::apply), no rows, rows that the table does not have, and weights that
    /// are not one positive number a row.
    ///
    /// # Complexity
    /// Does not grow with the number of rows beyond `options.n_rows`; about 10^10 multiplications at most for networks that
    /// are not huge.
    pub fn compute(
        model: &Model,
        table: &Table,
        rows: &[usize],
        weight: &[f64],
        options: &EffectsOptions,
    ) -> Result<Self> {
        table.check_rows(rows)?;
        if rows.is_empty() || weight.len() != rows.len() || !weight.iter().all(|w| *w > 0.0 && w.is_finite()) {
            return Err(Error::input("rows of the effects", format!("{} rows, {} weights", rows.len(), weight.len()))
                .expected("at least one row, and for each a weight above zero"));
        }
        let chosen = draw(rows.len(), options.n_rows);
        let weight: Vec<f64> = chosen.iter().map(|&i| weight[i]).collect();
        let chosen: Vec<usize> = chosen.into_iter().map(|i| rows[i]).collect();
        let (x, _) = model.encoding.apply(table, &chosen)?;
        let part = match model.own_linear_part() {
            Some(part) => part.clone(),
            None => linear_part(&model.network, &x, &weight, model.target.loss()),
        };
        Ok(EffectsComputation::new(model, &part, x, weight, options).effects())
    }
}
