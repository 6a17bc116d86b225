//! U-Net (Ronneberger, Fischer & Brox 2015): long skips, joined by concatenation, around everything that is smaller.
//!
//! A level is one block whose branch holds the next level: halve the image, go down, double it. Convolutions are padded, so that
//! the output has the size of the input, and followed by batch norm; the paper has neither.

use std::fmt;

use skiplayer::{Error, Result, message};

use crate::describe::architecture::{Architecture, Stage};
use crate::describe::block::{Block, Chain, Merge, Shortcut, Step, conv, norm, relu, step};
use crate::describe::layer::{Conv, Layer};
use crate::describe::shape::Shape;
use crate::options::SIZE;

/// A U-Net whose first level has `width` channels, twice as many on each of `levels` below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UNet {
    pub levels: usize,
    pub width: usize,
}

impl UNet {
    /// The paper's size.
    pub const PAPER: Self = Self { levels: 4, width: 64 };

    /// `None` without levels or channels, or with more levels than any image has.
    pub fn new(levels: usize, width: usize) -> Option<Self> {
        ((1..=8).contains(&levels) && width > 0).then_some(Self { levels, width })
    }

    /// Whether every level can halve the image.
    ///
    /// # Errors
    /// A side that is no multiple of 2^levels, with the nearest size that is.
    pub fn check(&self, input: Shape) -> Result<()> {
        let step = 1 << self.levels;
        if input.height.is_multiple_of(step) && input.width.is_multiple_of(step) {
            return Ok(());
        }
        let near = |side: usize| step * ((side + step / 2) / step).max(1);
        let size = format!("{}x{}", near(input.height), near(input.width));
        Err(Error::input(format!("input of {self}"), input.to_string())
            .expected(format!("sides that are multiples of {step}: each of {} levels halves them", self.levels))
            .hint(message!["bring images and masks to the nearest such size with ", SIZE.to(size)]))
    }

    /// The description for images of shape `input`, whose sides 2^levels has to divide; one map of scores for each output.
    pub fn build(&self, input: Shape, n_outputs: usize) -> Architecture {
        let blocks = vec![self.level(0, input.channels)];
        let head = vec![conv("head", Conv::k1(self.width, n_outputs).bias(0.0))];
        let stages = vec![Stage { name: "levels".to_owned(), blocks }];
        Architecture { name: self.to_string(), input, n_outputs, stem: Vec::new(), stages, head }
    }

    fn level(&self, level: usize, n_inputs: usize) -> Block {
        let width = self.width << level;
        let mut branch: Chain = vec![step("pool", Layer::MaxPool { kernel: 2, stride: 2, padding: 0 })];
        if level + 1 < self.levels {
            // It hands back its own width, which is twice this one's.
            branch.push(Step::Block(Box::new(self.level(level + 1, width))));
        } else {
            branch.extend(twice("bottom", width, 2 * width));
        }
        branch.push(step("up", Layer::UpConv { n_inputs: 2 * width, n_outputs: width }));
        Block {
            shortcut: Shortcut::Identity,
            merge: Merge::Concat,
            ..Block::plain(format!("level{}", level + 1), branch).after(twice("down", n_inputs, width)).then(twice(
                "join",
                2 * width,
                width,
            ))
        }
    }
}

/// Two 3x3 convolutions with batch norm.
fn twice(name: &str, n_inputs: usize, width: usize) -> Chain {
    let layer = |i: usize, n_inputs: usize| {
        [conv(&format!("{name}.conv{i}"), Conv::k3(n_inputs, width)), norm(&format!("{name}.bn{i}"), width), relu()]
    };
    [layer(1, n_inputs), layer(2, width)].concat()
}

impl fmt::Display for UNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::PAPER => write!(f, "unet"),
            Self { levels, width } => write!(f, "unet-{levels}-{width}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_multiples_of_two_for_each_level() {
        UNet::PAPER.check(Shape::new(3, 96, 48)).unwrap();
        let message = UNet::PAPER.check(Shape::new(3, 100, 60)).unwrap_err().to_string();
        let words =
            "input of unet: found 3x100x60, expected sides that are multiples of 16: each of 4 levels halves them";
        assert!(message.starts_with(words) && message.contains("96x64"), "{message}");
        let message = UNet { levels: 4, width: 4 }.check(Shape::new(1, 8, 8)).unwrap_err().to_string();
        assert!(message.contains("16x16"), "{message}");
    }
}
