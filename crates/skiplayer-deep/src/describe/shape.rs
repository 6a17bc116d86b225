//! The shape of one image's feature map.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use skiplayer::{Error, Result};

/// Sides and channels beyond this are taken for typing errors.
const LARGEST: usize = 1 << 15;

/// Channels, height and width of one image or feature map; a row of a table has its features as channels and sides of 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
}

impl Shape {
    /// `channels` maps of `height` times `width`.
    pub const fn new(channels: usize, height: usize, width: usize) -> Self {
        Self { channels, height, width }
    }

    /// One row of a table.
    pub const fn row(n_features: usize) -> Self {
        Self::new(n_features, 1, 1)
    }

    /// Numbers in it.
    pub fn size(self) -> u64 {
        (self.channels as u64).saturating_mul(self.positions())
    }

    /// Pixels of one channel.
    pub fn positions(self) -> u64 {
        self.height as u64 * self.width as u64
    }

    /// The same pixels with other channels.
    #[must_use]
    pub const fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// # Errors
    /// A side of 0, or one that no image has.
    pub fn check(self, place: &str) -> Result<()> {
        if [self.channels, self.height, self.width].iter().all(|side| (1..=LARGEST).contains(side)) {
            return Ok(());
        }
        Err(Error::input(place, format!("the shape {self}")).expected(format!("sides from 1 to {LARGEST}")))
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { channels, height: 1, width: 1 } => write!(f, "{channels}"),
            Self { channels, height, width } => write!(f, "{channels}x{height}x{width}"),
        }
    }
}

impl FromStr for Shape {
    type Err = Error;

    /// `3x32x32` is channels, height and width; `12` is a row of 12 features.
    fn from_str(text: &str) -> Result<Self> {
        let sides: Vec<Option<usize>> = text.split('x').map(|side| side.trim().parse().ok()).collect();
        let shape = match sides[..] {
            [Some(channels), Some(height), Some(width)] => Self::new(channels, height, width),
            [Some(n_features)] => Self::row(n_features),
            _ => {
                return Err(Error::input("shape", format!("`{text}`"))
                    .expected("channels, height and width like 3x32x32, or a number of features like 12"));
            }
        };
        shape.check("shape")?;
        Ok(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let shape: Shape = "3x32x48".parse().unwrap();
        assert_eq!((shape, shape.size()), (Shape::new(3, 32, 48), 3 * 32 * 48));
        assert_eq!(shape.to_string(), "3x32x48");
        assert_eq!("12".parse::<Shape>().unwrap(), Shape::row(12));
        assert_eq!(Shape::row(12).to_string(), "12");
        for text in ["", "3x32", "3x0x32", "ax1x1", "3x99999x1", "-1"] {
            assert!(text.parse::<Shape>().is_err(), "{text}");
        }
    }
}
