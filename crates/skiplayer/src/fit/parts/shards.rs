//! The way to all parts.

use crate::Result;

/// Whoever can reach all parts of a table, by [`Shard`](super::Shard)s that hold some of them each.
pub trait Shards: Sync {
    /// Asks every part, and returns the answers in the order of the parts. A request is a pure question: whoever is in doubt may
    /// ask again.
    ///
    /// # Errors
    /// What a part refuses, and parts that cannot be reached.
    fn pass(&self, request: &[u8]) -> Result<Vec<Vec<u8>>>;
}
