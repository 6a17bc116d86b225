//! Charts as SVG. `plot` (axes and marks) and `ink` (colours) know nothing about models; each of the others is one chart.
//!
//! Names from the data never go into a chart: they are text of the page, where they wrap.

pub mod calibration;
pub mod effect;
pub mod gain;
#[cfg(feature = "deep")]
pub mod heat;
mod ink;
pub mod learning;
#[cfg(feature = "deep")]
pub mod lines;
pub mod path;
mod plot;
pub mod residuals;
pub mod shares;
pub mod strip;
pub mod survival;

pub use ink::Ink;
