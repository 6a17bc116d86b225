//! Training under a Laplace prior on weights, whose evidence screens starts and decides which weights are dead.

pub(crate) mod eliminate;
pub(crate) mod evidence;
pub(crate) mod stochastic_steps;
pub(crate) mod train;
pub(crate) mod warm_start;
pub(crate) mod work;
