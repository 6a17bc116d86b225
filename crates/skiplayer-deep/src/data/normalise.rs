//! From bytes to numbers around zero, by what the training images say.

use serde::{Deserialize, Serialize};
use skiplayer::{Error, Result};

use super::{Images, Shape};

/// What is subtracted and divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standard {
    /// Each channel has mean 0 and standard deviation 1 over all pixels of all training images.
    Channel,
    /// Intensities from 0 to 1 minus the mean image (He, Zhang, Ren & Sun 2015, section 4.2: "the per-pixel mean subtracted").
    PixelMean,
}

/// value = gain\[channel\] * byte - offset\[channel, or value of the image\]. Learned from training images; it belongs to the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Normalisation {
    shape: Shape,
    /// One a channel.
    gain: Vec<f32>,
    /// One a channel, or one a value of an image.
    offset: Vec<f32>,
}

impl Normalisation {
    /// What the images `training` say. Sums are integers, and so exact in any order.
    ///
    /// A channel that never changes keeps its intensities from 0 to 1, minus the mean.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if there is no training image.
    ///
    /// # Complexity
    /// One pass over the training images.
    pub fn fit(standard: Standard, images: &Images, training: &[u32]) -> Result<Self> {
        if training.is_empty() {
            return Err(Error::input("normalisation", "no training images").expected("at least one"));
        }
        let shape = images.shape();
        let n = training.len();
        match standard {
            Standard::Channel => {
                let n = (n * shape.height * shape.width) as f64;
                let (mut sums, mut squares) = (vec![0u64; shape.channels], vec![0u64; shape.channels]);
                for &i in training {
                    for pixel in images.image(i).chunks_exact(shape.channels) {
                        for (c, &byte) in pixel.iter().enumerate() {
                            sums[c] += u64::from(byte);
                            squares[c] += u64::from(byte).pow(2);
                        }
                    }
                }
                let moments = sums.iter().zip(&squares).map(|(&sum, &squares)| {
                    let mean = sum as f64 / n;
                    // The sums are exact, so that what cancels is lost by two roundings only.
                    let variance = (squares as f64 / n - mean * mean).max(0.0);
                    (mean, if variance < 1e-6 { 255.0 } else { variance.sqrt() })
                });
                let (gain, offset) = moments.map(|(mean, std)| ((1.0 / std) as f32, (mean / std) as f32)).unzip();
                Ok(Self { shape, gain, offset })
            }
            Standard::PixelMean => {
                let mut sums = vec![0u64; shape.size() as usize];
                for &i in training {
                    sums.iter_mut().zip(images.image(i)).for_each(|(sum, &byte)| *sum += u64::from(byte));
                }
                let offset = sums.iter().map(|&sum| (sum as f64 / n as f64 / 255.0) as f32).collect();
                Ok(Self { shape, gain: vec![1.0 / 255.0; shape.channels], offset })
            }
        }
    }

    /// With the mean and the standard deviation of each channel on the scale from 0 to 1, as tables of data sets give them.
    ///
    /// # Panics
    /// If there is not one pair for each channel of `shape`.
    pub fn of_channels(shape: Shape, mean_std: &[(f64, f64)]) -> Self {
        assert_eq!(mean_std.len(), shape.channels, "one mean and one deviation for each channel");
        let (gain, offset) =
            mean_std.iter().map(|(mean, std)| ((1.0 / (255.0 * std)) as f32, (mean / std) as f32)).unzip();
        Self { shape, gain, offset }
    }

    /// For rows of tables, whose numbers are standardised when they are read: it changes nothing.
    pub fn none(shape: Shape) -> Self {
        Self { shape, gain: vec![1.0; shape.channels], offset: vec![0.0; shape.channels] }
    }

    /// Of the images that it is for.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The number that stands for `byte` at value `position` (height, width, channels) of an image.
    #[inline]
    pub fn apply(&self, byte: u8, position: usize) -> f32 {
        let channel = position % self.shape.channels;
        let offset = if self.offset.len() == self.shape.channels { channel } else { position };
        self.gain[channel] * f32::from(byte) - self.offset[offset]
    }

    /// Mean and standard deviation of each channel on the scale from 0 to 1, as tables of data sets give them; the deviation is
    /// 1 where nothing is divided by it.
    pub fn mean_std(&self) -> Vec<(f64, f64)> {
        let n_pixels = self.offset.len() / self.shape.channels;
        (0..self.shape.channels)
            .map(|c| {
                let scale = 1.0 / f64::from(self.gain[c]) / 255.0;
                let offsets = self.offset.iter().skip(c).step_by(self.shape.channels);
                (offsets.map(|&offset| f64::from(offset)).sum::<f64>() / n_pixels as f64 * scale, scale)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three images 1x2x2; the last is not for training.
    fn images() -> Images {
        let shape = Shape { height: 1, width: 2, channels: 2 };
        let pixels = vec![0, 10, 4, 10, 2, 10, 6, 10, 200, 255, 99, 1];
        Images::new(shape, pixels, vec![0; 3], vec!["all".to_owned()]).unwrap()
    }

    #[test]
    fn channels_have_mean_zero_and_deviation_one() {
        let images = images();
        let normal = Normalisation::fit(Standard::Channel, &images, &[0, 1]).unwrap();
        let first = |i| [0, 2].map(|position: usize| normal.apply(images.image(i)[position], position));
        let values = [first(0), first(1)].concat();
        assert!(values.iter().sum::<f32>().abs() < 1e-6);
        assert!((values.iter().map(|x| x * x).sum::<f32>() / 4.0 - 1.0).abs() < 1e-6);
        let (mean, std) = normal.mean_std()[0];
        assert!((mean * 255.0 - 3.0).abs() < 1e-6 && (std * 255.0 - 5f64.sqrt()).abs() < 1e-6);
        // The second channel is constant: no division by zero.
        assert!(normal.apply(10, 1).abs() < 1e-6 && (normal.apply(255, 1) - 245.0 / 255.0).abs() < 1e-6);
    }

    #[test]
    fn published_channels_are_what_they_say() {
        let known = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)];
        let normal = Normalisation::of_channels(Shape::new(3, 4, 4), &known);
        for ((mean, std), (a, b)) in known.iter().zip(normal.mean_std()) {
            assert!((mean - a).abs() < 1e-6 && (std - b).abs() < 1e-6);
        }
        assert!((f64::from(normal.apply(255, 3)) - (1.0 - 0.485) / 0.229).abs() < 1e-5);
    }

    #[test]
    fn the_mean_image_is_subtracted() {
        let images = images();
        let normal = Normalisation::fit(Standard::PixelMean, &images, &[0, 1]).unwrap();
        let expected = [-1.0, 0.0, -1.0, 0.0].map(|x| x / 255.0);
        for (position, expected) in expected.into_iter().enumerate() {
            assert!((normal.apply(images.image(0)[position], position) - expected).abs() < 1e-7);
        }
        assert!(Normalisation::fit(Standard::PixelMean, &images, &[]).is_err());
    }

    #[test]
    fn only_training_images_count_and_their_order_does_not() {
        let images = images();
        for standard in [Standard::Channel, Standard::PixelMean] {
            let fit = |training: &[u32]| Normalisation::fit(standard, &images, training).unwrap();
            assert_eq!(fit(&[0, 1]), fit(&[1, 0]));
            assert_ne!(fit(&[0, 1]), fit(&[0, 1, 2]));
        }
    }
}
