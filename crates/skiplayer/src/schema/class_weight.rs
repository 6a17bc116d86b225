//! Weights of classes: how much more a row of a rare or a costly class counts.

use super::options::CLASS_WEIGHT;
use crate::encode::Task;
use crate::error::Place;
use crate::table::cell::{Cell, as_levels};
use crate::table::{Column, listed, nearest_name};
use crate::{Error, Result, message};

/// What each row's weight is multiplied by, for its class.
#[derive(Debug, Clone, PartialEq)]
pub enum ClassWeight {
    /// Rows over (classes times rows of the class), so that every class weighs the same (King & Zeng 2001).
    Balanced,
    /// These factors; 1 for classes that are not named.
    Given(Vec<(String, f64)>),
}

impl ClassWeight {
    /// The word for [`Balanced`](Self::Balanced).
    pub const BALANCED: &'static str = "balanced";

    /// Multiplies `weight`, one for each of `rows`, and scales it to a mean of 1.
    pub(super) fn apply(
        &self,
        target: &Column,
        task: Task,
        classes: &[String],
        rows: &[usize],
        weight: &mut [f64],
    ) -> Result<()> {
        if !task.is_classification() {
            let found = format!("weights of classes for {}", Place::of_target(&target.name));
            return Err(Error::input(&CLASS_WEIGHT, found).expected(format!("classes, not the task {}", task.name())));
        }
        let known: Vec<&str> = classes.iter().map(String::as_str).collect();
        let class: Vec<usize> = as_levels(target, rows, &known)
            .into_iter()
            .filter_map(|cell| if let Cell::Known(k) = cell { Some(k) } else { None })
            .collect();
        let factors = self.factors(&class, &known)?;
        weight.iter_mut().zip(&class).for_each(|(weight, class)| *weight *= factors[*class]);
        let mean = weight.iter().sum::<f64>() / weight.len().max(1) as f64;
        weight.iter_mut().for_each(|weight| *weight /= mean);
        Ok(())
    }

    fn factors(&self, class: &[usize], classes: &[&str]) -> Result<Vec<f64>> {
        let given = match self {
            ClassWeight::Balanced => {
                let mut counts = vec![0usize; classes.len()];
                class.iter().for_each(|&k| counts[k] += 1);
                let balanced = |count: &usize| class.len() as f64 / (classes.len() * (*count).max(1)) as f64;
                return Ok(counts.iter().map(balanced).collect());
            }
            ClassWeight::Given(given) => given,
        };
        let mut factors = vec![1.0; classes.len()];
        for (at, (name, factor)) in given.iter().enumerate() {
            let place = CLASS_WEIGHT.to(name);
            let Some(k) = classes.iter().position(|class| class == name) else {
                let error = Error::input(place, "no such class").expected(format!("one of {}", listed(classes)));
                return Err(error.did_you_mean(nearest_name(name, classes.to_vec())));
            };
            if !(factor.is_finite() && *factor > 0.0) {
                return Err(Error::input(place, factor.to_string())
                    .expected("a number above 0")
                    .hint("leave out the rows of a class that is not to count"));
            }
            if given[..at].iter().any(|(other, _)| other == name) {
                return Err(Error::input(place, message!["two weights"]).expected("one"));
            }
            factors[k] = *factor;
        }
        Ok(factors)
    }
}
