//! Statistics that know nothing of networks.

pub(crate) mod basis;
mod chi_squared;
pub(crate) mod distributions;
pub(crate) mod gamma_function;

pub use chi_squared::chi_squared_tail;
pub use distributions::student_t_quantile;
