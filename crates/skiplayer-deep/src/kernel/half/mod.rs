//! Operations on maps of 16 bits (bfloat16), with sums in single precision: in half the memory, and where the processor has tiles in much
//! less time.
//!
//! ```text
//!  conv ── lays out copies with borders (layout) or planes (planes) ── products ──> tiles of the processor, or loops
//!  normalise, join: loops over numbers
//! ```
//!
//! Maps are stored channel by channel of each pixel. What is computed does not depend on the processor (but for numbers below 2^-126): every
//! sum has its order, and roundings are to the nearest everywhere.

pub mod conv;
mod layout;
mod loops;
pub mod maps;
pub mod normalise;
pub mod number;
mod planes;
mod product;
mod sums;
pub mod tiles;
