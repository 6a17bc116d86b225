//! Where weights come from, and the conventions that are kept there.

use skiplayer::error::{Choice, Choices};

use crate::describe::architecture::resnet::{Grid, ResNet, Shortcuts};
use crate::describe::family::{Family, Kind};

/// Mean and standard deviation of the channels of ImageNet (`torchvision.transforms`, presets of its weights).
const IMAGENET: [(f64, f64); 3] = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)];

/// A program that writes weights of networks that are known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// torchvision, and timm, which has its names: `layer1.0.conv1`, `downsample.0`, `fc`.
    Torchvision,
    /// Re-implementations of the networks for CIFAR in PyTorch: `layer1.0.conv1`, `shortcut.0`, `linear`.
    Cifar,
    /// transformers of Hugging Face: `resnet.encoder.stages.0.layers.0.layer.0.convolution`.
    HuggingFace,
    /// This program.
    Own,
}

impl Source {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Source::Torchvision => "torchvision",
            Source::Cifar => "cifar",
            Source::HuggingFace => "huggingface",
            Source::Own => "own",
        }
    }

    /// Whether shortcuts without parameters put the new channels on both sides of the old ones, a half on each, and not behind them.
    pub fn pads_both_sides(self) -> bool {
        self == Source::Cifar
    }

    /// Whether bottlenecks halve the image in their 3x3 convolution.
    pub fn has_stride_in_3x3(self) -> bool {
        self != Source::Own
    }

    /// Mean and standard deviation of the channels of its images, where all its networks share them.
    pub fn mean_std(self, family: &Family, n_channels: usize) -> Option<Vec<(f64, f64)>> {
        // The re-implementation of the networks for CIFAR normalises by ImageNet too.
        let is_known = match self {
            Source::Torchvision | Source::HuggingFace => family.default_outputs() == 1000,
            Source::Cifar => true,
            Source::Own => false,
        };
        (is_known && n_channels == IMAGENET.len()).then(|| IMAGENET.to_vec())
    }

    /// What was taken for granted, in words.
    pub fn conventions(self, family: &Family) -> Vec<String> {
        let mut told = Vec::new();
        if let Kind::ResNet(ResNet { grid, shortcuts, stride_in_3x3, unit, .. }) = family.kind {
            if shortcuts == Shortcuts::A {
                told.push(match self.pads_both_sides() {
                    true => "shortcuts pad with zeros on both sides of the channels, which were reordered".to_owned(),
                    false => "shortcuts pad with zeros behind the channels".to_owned(),
                });
            }
            if grid == Grid::ImageNet && unit.n_layers() == 3 {
                let place = if stride_in_3x3 { "3x3" } else { "first 1x1" };
                told.push(format!("bottlenecks halve the image in their {place} convolution"));
            }
        }
        told.push("epsilon of batch norms 1e-5".to_owned());
        told
    }
}

impl Choices for Source {
    const ALL: &'static [Self] = &[Self::Torchvision, Self::Cifar, Self::HuggingFace, Self::Own];
    const CHOICES: &'static [Choice] = &[
        Choice { name: "torchvision", help: "torchvision and timm" },
        Choice {
            name: "cifar",
            help: "Re-implementations of the networks for CIFAR, whose shortcuts pad on both sides",
        },
        Choice { name: "huggingface", help: "transformers" },
        Choice { name: "own", help: "This program" },
    ];

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|source| source.name() == name)
    }
}
