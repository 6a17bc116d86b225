//! Statistics that know nothing of networks.

pub(crate) mod distributions;
pub(crate) mod gamma_function;

pub use distributions::student_t_quantile;
