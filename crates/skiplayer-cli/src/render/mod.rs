//! Results as text for people: at most 100 columns, colours only where a terminal shows them.
//!
//! `palette` (colours), `wrap` (paragraphs), `number` (digits), `grid` (aligned tables) and `page` (all of it together) know
//! nothing about models; `model` says which parts of a model go where, `parts`, `evaluation` and `explanation` what
//! each of them looks like.

mod evaluation;
mod explanation;
mod grid;
mod model;
mod number;
mod page;
mod palette;
mod parts;
mod wrap;

pub use explanation::{explained, outside};
pub use model::{fitted, shell_word, shown};
pub use palette::Palette;
pub use wrap::wrap;
