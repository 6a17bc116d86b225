//! A tile of the table: 64 rows side by side, a lane each.

use std::ops::{Deref, DerefMut};

/// Rows of the table in a tile: four or eight AVX-512 registers; a tile of twenty inputs is well inside L1.
pub const LANES: usize = 64;

/// One value for each row of a tile. No vector of it crosses a line of the cache.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub struct Lanes<T>(pub [T; LANES]);

impl<T> Deref for Lanes<T> {
    type Target = [T; LANES];

    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> DerefMut for Lanes<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
