//! Many rows: encoded part by part into one matrix of single precision, fitted by stochastic steps.

mod fit;
pub(crate) mod line;
pub(crate) mod moments;
pub(crate) mod stochastic;
pub(crate) mod stored;
pub(crate) mod sums;

pub(crate) use fit::fit;
