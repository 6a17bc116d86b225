//! Sizes of a convolution, and what follows from them.

use super::shifted::Shifted;

/// Multiply-adds that are worth the start of a task on another thread.
const TASK: usize = 1 << 18;

/// Sizes of one convolution with a square kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    pub n_images: usize,
    pub n_inputs: usize,
    pub height: usize,
    pub width: usize,
    pub n_outputs: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
}

impl Geometry {
    /// Height and width of the output.
    pub fn output(&self) -> (usize, usize) {
        let side = |side: usize| (side + 2 * self.padding - self.kernel) / self.stride + 1;
        (side(self.height), side(self.width))
    }

    /// Pixels of a map of the output.
    pub fn positions(&self) -> usize {
        let (height, width) = self.output();
        height * width
    }

    /// Weights of one output.
    pub fn n_weights(&self) -> usize {
        self.n_inputs * self.kernel * self.kernel
    }

    /// Numbers of an image of the input.
    pub fn image(&self) -> usize {
        self.n_inputs * self.height * self.width
    }

    /// Numbers of one of the output.
    pub fn map(&self) -> usize {
        self.n_outputs * self.positions()
    }

    /// Images that are worth the start of a task.
    pub fn images_of_a_task(&self) -> usize {
        (TASK / (self.map() * self.n_weights()).max(1)).max(1)
    }

    /// How the output reads the input.
    pub fn reading(&self) -> Shifted {
        let taps: Vec<isize> = (0..self.kernel).map(|k| k as isize - self.padding as isize).collect();
        Shifted::new(self.n_inputs, (self.height, self.width), self.output(), self.stride, &taps, &taps)
    }
}
