//! Random crops and flips of training images.

use serde::{Deserialize, Serialize};
use skiplayer::{Error, Result};

use super::Shape;
use crate::rng::{Purpose, Stream};

/// How training images vary. For CIFAR the paper pads by 4, crops 32x32 at random and flips (He, Zhang, Ren & Sun 2015,
/// "Deep residual learning for image recognition", section 4.2); here for any size, the crop being as large as the image was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augment {
    /// Pixels added on each side before cropping; 0 shifts nothing.
    pub pad: usize,
    pub padding: Padding,
    /// Left to right, every second time. Wrong for digits and letters.
    pub flip: bool,
}

/// What is outside an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    /// Zero after normalisation, which is the mean of the training images.
    Zero,
    /// The image mirrored at its outermost pixels, which are not repeated.
    Reflect,
}

/// Where one image goes: output (y, x) is pixel (y + top - pad, x' + left - pad), x' being x, or width - 1 - x if flipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// From 0 to 2 pad.
    pub top: usize,
    /// From 0 to 2 pad.
    pub left: usize,
    pub flipped: bool,
}

impl Augment {
    /// Images as they are.
    pub const NONE: Self = Self { pad: 0, padding: Padding::Zero, flip: false };
    /// The paper's: pad 4, random crop, flip.
    pub const HE_2015: Self = Self { pad: 4, padding: Padding::Zero, flip: true };

    /// What was meant for photographs of 32 pixels, for images of `shape`: padding in proportion, and no flips of grey images, which
    /// are characters more often than not.
    #[must_use]
    pub fn suited(self, shape: Shape) -> Self {
        let smallest = shape.height.min(shape.width);
        Self { pad: (self.pad * smallest + 16) / 32, flip: self.flip && shape.channels > 1, ..self }
    }

    /// Whether images of `shape` can be varied like this.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if the padding is as large as the image.
    pub fn check(&self, shape: Shape) -> Result<()> {
        let smallest = shape.height.min(shape.width);
        if self.pad >= smallest {
            return Err(Error::input("augment.pad", format!("{} for images of {shape}", self.pad))
                .expected(format!("at most {}", smallest.saturating_sub(1)))
                .hint("an eighth of the image is usual"));
        }
        Ok(())
    }

    /// What epoch `epoch` does with image `image`: offsets uniform on 0..=2 pad, flipped with probability 1/2. The same whatever
    /// the batch, the step or the thread is.
    pub fn placement(&self, seed: u64, epoch: u32, image: u32) -> Placement {
        let mut stream = Stream::new(seed, Purpose::Augment, epoch, image);
        let n_offsets = 2 * self.pad as u32 + 1;
        let (top, left) = (stream.below(n_offsets) as usize, stream.below(n_offsets) as usize);
        Placement { top, left, flipped: self.flip && stream.word() & 1 == 1 }
    }

    /// The image in the middle, as tests see it.
    pub fn centre(&self) -> Placement {
        Placement { top: self.pad, left: self.pad, flipped: false }
    }

    /// The pixel of 0..`size` that output pixel `to`, shifted by `offset`, is taken from; none outside the image.
    pub(crate) fn source(&self, to: usize, offset: usize, size: usize) -> Option<usize> {
        let padded = to + offset;
        match self.padding {
            Padding::Zero => padded.checked_sub(self.pad).filter(|&from| from < size),
            Padding::Reflect => {
                let from = padded.abs_diff(self.pad);
                Some(if from < size { from } else { 2 * (size - 1) - from })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: u64 = 20_151_210;

    #[test]
    fn small_and_grey_images_are_varied_less() {
        let paper = Augment::HE_2015;
        assert_eq!(paper.suited(Shape::new(3, 32, 32)), paper);
        assert_eq!(paper.suited(Shape::new(1, 8, 8)), Augment { pad: 1, flip: false, ..paper });
        assert_eq!(paper.suited(Shape::new(3, 224, 256)).pad, 28);
        assert_eq!(Augment::NONE.suited(Shape::new(1, 28, 28)), Augment::NONE);
    }

    #[test]
    fn offsets_and_flips_are_uniform_and_independent() {
        let mut counts = [[[0u32; 2]; 9]; 9];
        let n = 162 * 200;
        for image in 0..n {
            let placement = Augment::HE_2015.placement(SEED, 3, image);
            counts[placement.top][placement.left][usize::from(placement.flipped)] += 1;
        }
        let cells = counts.as_flattened().as_flattened();
        let chi_square: f64 = cells.iter().map(|&c| (f64::from(c) - 200.0).powi(2) / 200.0).sum();
        // 161 degrees of freedom: mean 161, standard deviation 17.9.
        assert!((100.0..222.0).contains(&chi_square), "{chi_square}");
    }

    /// Results of old runs depend on these: they may never change.
    #[test]
    fn placements_stay_what_they_are() {
        let place = |epoch, image| {
            let Placement { top, left, flipped } = Augment::HE_2015.placement(SEED, epoch, image);
            (top, left, flipped)
        };
        assert_eq!(
            [place(0, 0), place(0, 1), place(1, 0), place(181, 49_999)],
            [(2, 3, false), (5, 2, true), (8, 6, false), (1, 5, true)]
        );
    }

    #[test]
    fn no_augmentation_places_every_image_in_the_middle() {
        for image in 0..100 {
            assert_eq!(Augment::NONE.placement(SEED, 0, image), Augment::NONE.centre());
        }
    }

    #[test]
    fn pixels_outside() {
        let zero = Augment { pad: 2, ..Augment::HE_2015 };
        let reflect = Augment { padding: Padding::Reflect, ..zero };
        let row = |augment: &Augment, offset| -> Vec<Option<usize>> {
            (0..4).map(|to| augment.source(to, offset, 4)).collect()
        };
        assert_eq!(row(&zero, 0), [None, None, Some(0), Some(1)]);
        assert_eq!(row(&zero, 4), [Some(2), Some(3), None, None]);
        assert_eq!(row(&reflect, 0), [2, 1, 0, 1].map(Some));
        assert_eq!(row(&reflect, 2), [0, 1, 2, 3].map(Some));
        assert_eq!(row(&reflect, 4), [2, 3, 2, 1].map(Some));
    }

    #[test]
    fn padding_as_large_as_the_image_is_refused() {
        let shape = Shape { height: 8, width: 4, channels: 1 };
        assert!(Augment { pad: 3, ..Augment::NONE }.check(shape).is_ok());
        let error = Augment::HE_2015.check(shape).unwrap_err().to_string();
        assert_eq!(
            error,
            "augment.pad: found 4 for images of 1x8x4, expected at most 3; an eighth of the image is usual"
        );
    }
}
