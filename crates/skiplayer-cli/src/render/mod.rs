//! Results as text for people: at most 100 columns, colours only where a terminal shows them.
//!
//! `palette` (colours), `wrap` (paragraphs), `number` (digits), `grid` (aligned tables) and `page` (all of it together) know
//! nothing about models; `model` says which parts of a model go where, `parts`, `evaluation` and `explanation` what
//! each of them looks like. `network` and `drawing` show deep networks.

#[cfg(feature = "deep")]
mod confusion;
#[cfg(feature = "deep")]
mod drawing;
mod evaluation;
mod explanation;
mod grid;
#[cfg(feature = "deep")]
mod inspection;
mod model;
#[cfg(feature = "deep")]
mod network;
mod number;
mod page;
mod palette;
mod parts;
#[cfg(feature = "deep")]
mod pruning;
#[cfg(feature = "deep")]
mod rates;
#[cfg(feature = "deep")]
mod study;
mod table;
mod wrap;

#[cfg(feature = "deep")]
pub use confusion::confusion;
pub use explanation::{explained, outside};
#[cfg(feature = "deep")]
pub use inspection::inspections;
pub use model::{fitted, shell_word, shown};
#[cfg(feature = "deep")]
pub use network::network;
pub use number::count;
#[cfg(feature = "deep")]
pub use number::{duration, number, percent, with_interval};
pub use palette::Palette;
#[cfg(feature = "deep")]
pub use pruning::pruning;
#[cfg(feature = "deep")]
pub use rates::rates;
#[cfg(feature = "deep")]
pub use study::{comparison, degradation};
pub use table::inspected;
pub use wrap::wrap;
