//! Rows on many machines: workers hold them as parts of fixed rows, and the process that fits sends questions and adds up answers.
//!
//! ```text
//!  shards.rs    the trait that reaches all parts: bytes out, bytes of every part back, in order
//!  request.rs   what is asked: a summary, the encoding, sums, some rows
//!  part.rs      encoded rows of one part, and its answers
//!  shard.rs     the parts of one worker
//!  remote.rs    sums over all parts, as solvers ask for them
//!  fit.rs       the whole fit: START HERE
//! ```
//!
//! Parts answer in any order on any machine and are added in order, so results depend on rows and seed and on nothing else.

mod fit;
mod part;
mod remote;
mod request;
mod shard;
mod shards;
#[cfg(test)]
mod tests;

pub use fit::fit_parts;
pub use shard::{Shard, reads_rows};
pub use shards::Shards;

/// Rows of a part: as many as are looked at together elsewhere.
pub const PART_ROWS: usize = crate::table::CHUNK;
