//! Statistics that know nothing of networks.

pub(crate) mod distributions;

pub use distributions::student_t_quantile;
