//! How maps lie in memory, for what does the same at each of their numbers.

use super::half::number::Number;

/// Maps (outer, height, width, inner): single precision has all channels outside, 16 bits have them inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    pub outer: usize,
    pub height: usize,
    pub width: usize,
    pub inner: usize,
}

impl Grid {
    /// Of maps of `T` whose shape is (n, channels, height, width).
    pub fn of<T: Number>([n, channels, height, width]: [usize; 4]) -> Self {
        let (outer, inner) = if T::CHANNELS_LAST { (n, channels) } else { (n * channels, 1) };
        Self { outer, height, width, inner }
    }

    /// Numbers of a row of pixels.
    pub fn row(&self) -> usize {
        self.width * self.inner
    }

    /// Numbers of all rows that belong together.
    pub fn plane(&self) -> usize {
        self.height * self.row()
    }
}
