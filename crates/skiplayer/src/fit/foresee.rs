//! How long a fit is likely to take, said before it begins.

use super::choices::Method;
use super::config::Config;
use super::contenders::dense;
use super::contenders::screen::MAX_UNIT_INPUTS;
use super::laplace::warm_start::Approach;
use super::laplace::work;
use super::large::stochastic;
use super::observer::{Event, Observer};
use super::outlook::Outlook;
use super::sample::Sample;
use super::select::plan::{Goal, Plan};
use crate::Result;
use crate::schema::Dataset;

/// Newton steps of a start, and of all that a sparse network tries in its growth. On most tables half as many are taken or twice.
const STEPS_OF_START: f64 = 120.0;
const STEPS_OF_GROWTH: f64 = 250.0;
/// Share of the weights that live while they are taken.
const LIVE: f64 = 0.6;
/// Inputs of a unit in a sparse network.
const INPUTS_OF_UNIT: usize = 3;
/// How far the truth may be from that, downwards and upwards. Where a line is enough networks lose their weights, and the race, at once.
const LEAST: f64 = 0.04;
const MOST: f64 = 2.2;
/// Seconds that anything takes.
const FLOOR: f64 = 0.1;

/// Rows, encoded inputs and outputs of a problem.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub rows: usize,
    pub inputs: usize,
    pub outputs: usize,
}

impl Size {
    pub fn of(sample: &Sample) -> Self {
        Self { rows: sample.n_rows(), inputs: sample.n_inputs(), outputs: sample.n_outputs() }
    }
}

impl Outlook {
    /// Of [`fit`](super::fit()) with `config`; `None` for paths, whose length nobody knows. On forty tables of R's packages 37 fits ended
    /// within it.
    ///
    /// # Errors
    /// Cells that cannot be used as given.
    pub fn of_fit(data: &Dataset, config: &Config) -> Result<Option<Self>> {
        let sample = data.encode(&data.all())?.sample;
        Ok(Self::of_size(Size::of(&sample), config, Goal::Deploy))
    }

    pub(crate) fn of_size(size: Size, config: &Config, goal: Goal) -> Option<Self> {
        let work = likely_work(size, config, goal)?;
        let seconds = work / work::A_SECOND;
        Some(Self { least: FLOOR.max(LEAST * seconds), most: FLOOR + MOST * seconds })
    }
}

/// Tells how long a fit of this size is likely to take, where that can be said.
pub(super) fn announce(size: Size, config: &Config, observer: &dyn Observer) {
    if let Some(outlook) = Outlook::of_size(size, config, Goal::Deploy) {
        observer.event(Event::Expected(outlook.on_cores(rayon::current_num_threads())));
    }
}

fn likely_work(size: Size, config: &Config, goal: Goal) -> Option<f64> {
    let Size { rows, inputs, outputs } = size;
    let plan = Plan::new(rows, inputs, outputs, config, goal);
    let width = plan.widths.last().copied().unwrap_or(0);
    let newton_steps = if plan.approach == Approach::Batches { 0.0 } else { STEPS_OF_START };
    let line = outputs * (inputs + 1);
    let weights = |width: usize, inputs: usize| {
        let blocks = (config.depth - 1) * 2 * width * width;
        width * (inputs + 1 + outputs) + blocks + if config.skip { line } else { outputs }
    };
    let offered = |width: usize| weights(width, inputs.min(MAX_UNIT_INPUTS));
    match config.method {
        Method::Path => return None,
        Method::Linear => return Some(STEPS_OF_START * work::of_step(rows as f64, line)),
        Method::Auto | Method::Evidence if config.is_stochastic(rows) => {
            return Some(stochastic::likely_work(rows, width, offered(width), config));
        }
        Method::Auto | Method::Evidence => {}
    }
    let start = |rows: f64, width: usize| {
        let weights = offered(width);
        let steps = newton_steps * work::of_step(rows, (LIVE * weights as f64) as usize);
        plan.approach.most_work(rows, weights) + steps.min(plan.limits.start)
    };
    let mut total = 0.0;
    if config.method == Method::Auto {
        let folds = plan.folds * plan.repeats;
        let training = rows as f64 * (1.0 - 1.0 / plan.folds.max(2) as f64);
        let of_start = start(training, width);
        let starts = work::affordable(of_start, (1, plan.fold_members), plan.limits.fold) * folds;
        let narrowing = plan.first_folds() * plan.widths.len().saturating_sub(1);
        total += (starts + narrowing) as f64 * of_start;
        if plan.grows(config) {
            let grown = work::of_step(training, weights(plan.max_units / 2, INPUTS_OF_UNIT));
            total += folds as f64 * (STEPS_OF_GROWTH * grown).min(plan.limits.growth);
        }
    }
    let of_start = start(rows as f64, width);
    let (starts, _) = dense::affordable(plan.members, plan.approach, plan.limits, of_start);
    Some(total + starts as f64 * of_start)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Size = Size { rows: 500, inputs: 10, outputs: 1 };

    #[test]
    fn more_of_anything_takes_longer_up_to_the_limits_of_work() {
        let most = |size: Size, config: &Config| Outlook::of_size(size, config, Goal::Deploy).unwrap().most;
        let config = Config::default();
        let small = most(SMALL, &config);
        assert!(most(Size { rows: 2_000, ..SMALL }, &config) > small);
        assert!(most(Size { inputs: 40, ..SMALL }, &config) > small);
        assert!(most(SMALL, &Config { n_starts: 100, ..config.clone() }) > small);
        assert!(most(SMALL, &Config { method: Method::Linear, ..config.clone() }) < small);
        // A table of 5,000 rows and 100 columns: ten seconds on two cores, and no more for the widest.
        let wide = most(Size { rows: 5_000, inputs: 1_000, outputs: 1 }, &config);
        assert!(wide < 4.0 * most(Size { rows: 5_000, inputs: 100, outputs: 1 }, &config));
        assert!(Outlook::of_size(SMALL, &Config { method: Method::Path, ..config }, Goal::Deploy).is_none());
    }
}
