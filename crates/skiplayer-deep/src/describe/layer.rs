//! One operation: what it does to a shape, how many parameters it has, and how many multiply-adds it takes.

use serde::{Deserialize, Serialize};

use crate::describe::shape::Shape;

/// Added to the variances of batch norms, as in PyTorch.
pub const EPSILON: f64 = 1e-5;

/// A two-dimensional convolution with a square kernel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Conv {
    pub n_inputs: usize,
    pub n_outputs: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    /// `None`: no bias, as before a batch norm. Otherwise what it is at the start.
    pub bias: Option<f64>,
    /// Times the standard deviation of He et al. (2015) at the start; 0 starts at nothing.
    pub gain: f64,
}

impl Conv {
    /// 3x3, padded so that the size stays, no bias.
    pub fn k3(n_inputs: usize, n_outputs: usize) -> Self {
        Self { n_inputs, n_outputs, kernel: 3, stride: 1, padding: 1, bias: None, gain: 1.0 }
    }

    /// 1x1, no bias.
    pub fn k1(n_inputs: usize, n_outputs: usize) -> Self {
        Self { kernel: 1, padding: 0, ..Self::k3(n_inputs, n_outputs) }
    }

    /// Every `stride`-th position of every row and column.
    #[must_use]
    pub fn stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// With a bias that starts at `start`.
    #[must_use]
    pub fn bias(self, start: f64) -> Self {
        Self { bias: Some(start), ..self }
    }

    /// See [`Conv::gain`](Self#structfield.gain).
    #[must_use]
    pub fn gain(self, gain: f64) -> Self {
        Self { gain, ..self }
    }

    fn n_weights(self) -> u64 {
        (self.n_inputs * self.n_outputs * self.kernel * self.kernel) as u64
    }
}

/// One operation on feature maps. Counts of networks that nobody could build saturate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Layer {
    Conv(Conv),
    /// Transposed convolution with kernel and stride 2 and a bias: doubles both sides.
    UpConv {
        n_inputs: usize,
        n_outputs: usize,
    },
    BatchNorm {
        channels: usize,
    },
    Relu,
    MaxPool {
        kernel: usize,
        stride: usize,
        padding: usize,
    },
    /// Means of `kernel` times `kernel` pixels that do not overlap.
    AvgPool {
        kernel: usize,
    },
    /// Means of whole channels.
    GlobalAvgPool,
    /// With a bias, on shapes whose sides are 1. `gain` as in [`Conv`].
    Linear {
        n_inputs: usize,
        n_outputs: usize,
        gain: f64,
    },
    /// Times one learned number.
    Scale {
        start: f64,
    },
    /// Plus one learned number, which starts at 0.
    Shift,
}

/// A shape that a layer cannot work on: what it expects instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch(pub String);

impl Layer {
    /// The shape that comes out where `input` goes in.
    ///
    /// # Errors
    /// The layer is made for other channels, or the image is too small for it.
    pub fn output(&self, input: Shape) -> Result<Shape, Mismatch> {
        let channels = |expected: usize| match expected == input.channels {
            true => Ok(()),
            false => Err(Mismatch(format!("{expected} channels"))),
        };
        let slide = |kernel: usize, stride: usize, padding: usize| {
            if kernel == 0 || stride == 0 {
                return Err(Mismatch("a kernel and a stride of at least 1".to_owned()));
            }
            let side = |side: usize| (side + 2 * padding).checked_sub(kernel).map(|room| room / stride + 1);
            match (side(input.height), side(input.width)) {
                (Some(height), Some(width)) => Ok(Shape::new(input.channels, height, width)),
                _ => Err(Mismatch(format!("sides of at least {}", kernel - 2 * padding))),
            }
        };
        match *self {
            Self::Conv(conv) => {
                channels(conv.n_inputs)?;
                Ok(slide(conv.kernel, conv.stride, conv.padding)?.with_channels(conv.n_outputs))
            }
            Self::UpConv { n_inputs, n_outputs } => {
                channels(n_inputs)?;
                Ok(Shape::new(n_outputs, 2 * input.height, 2 * input.width))
            }
            Self::BatchNorm { channels: expected } => channels(expected).map(|()| input),
            Self::MaxPool { kernel, stride, padding } => slide(kernel, stride, padding),
            Self::AvgPool { kernel } => slide(kernel, kernel, 0),
            Self::GlobalAvgPool => Ok(Shape::row(input.channels)),
            Self::Linear { n_inputs, n_outputs, .. } => {
                channels(n_inputs)?;
                if input.positions() != 1 {
                    return Err(Mismatch("sides of 1".to_owned()));
                }
                Ok(Shape::row(n_outputs))
            }
            Self::Relu | Self::Scale { .. } | Self::Shift => Ok(input),
        }
    }

    /// Learned numbers. Running statistics of batch norm are not learned, and PyTorch does not count them either.
    pub fn n_parameters(&self) -> u64 {
        match *self {
            Self::Conv(conv) => conv.n_weights() + conv.bias.map_or(0, |_| conv.n_outputs as u64),
            Self::UpConv { n_inputs, n_outputs } => (4 * n_inputs * n_outputs + n_outputs) as u64,
            Self::BatchNorm { channels } => 2 * channels as u64,
            Self::Linear { n_inputs, n_outputs, .. } => (n_inputs * n_outputs + n_outputs) as u64,
            Self::Scale { .. } | Self::Shift => 1,
            Self::Relu | Self::MaxPool { .. } | Self::AvgPool { .. } | Self::GlobalAvgPool => 0,
        }
    }

    /// Multiply-adds of one image, as the papers count them: convolutions and linear layers only, without biases.
    pub fn multiply_adds(&self, input: Shape, output: Shape) -> u64 {
        match *self {
            Self::Conv(conv) => conv.n_weights().saturating_mul(output.positions()),
            // Each output pixel is touched by one of the four positions of the kernel.
            Self::UpConv { n_inputs, n_outputs } => {
                ((4 * n_inputs * n_outputs) as u64).saturating_mul(input.positions())
            }
            Self::Linear { n_inputs, n_outputs, .. } => (n_inputs * n_outputs) as u64,
            _ => 0,
        }
    }

    /// Is it one of the layers that "a network with 110 layers" counts?
    pub fn is_weighted(&self) -> bool {
        matches!(self, Self::Conv(_) | Self::UpConv { .. } | Self::Linear { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let image = Shape::new(3, 33, 32);
        let conv = Layer::Conv(Conv { padding: 3, kernel: 7, ..Conv::k3(3, 8).stride(2) });
        assert_eq!(conv.output(image), Ok(Shape::new(8, 17, 16)));
        assert_eq!(conv.output(image.with_channels(4)), Err(Mismatch("3 channels".to_owned())));
        assert!(Layer::Conv(Conv::k3(3, 8).stride(0)).output(image).is_err());
        let pool = Layer::AvgPool { kernel: 2 };
        assert_eq!(pool.output(image), Ok(Shape::new(3, 16, 16)));
        assert_eq!(pool.output(Shape::row(3)), Err(Mismatch("sides of at least 2".to_owned())));
        assert_eq!(Layer::UpConv { n_inputs: 3, n_outputs: 5 }.output(image), Ok(Shape::new(5, 66, 64)));
        let linear = Layer::Linear { n_inputs: 3, n_outputs: 2, gain: 1.0 };
        assert_eq!(linear.output(Shape::row(3)), Ok(Shape::row(2)));
        assert!(linear.output(image).is_err());
    }

    #[test]
    fn counts() {
        let image = Shape::new(16, 8, 8);
        let conv = Layer::Conv(Conv::k3(16, 32).stride(2).bias(0.0));
        assert_eq!(conv.n_parameters(), 16 * 32 * 9 + 32);
        assert_eq!(conv.multiply_adds(image, conv.output(image).unwrap()), 16 * 32 * 9 * 4 * 4);
        assert_eq!(Layer::BatchNorm { channels: 16 }.n_parameters(), 32);
    }
}
