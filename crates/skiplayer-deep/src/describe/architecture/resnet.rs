//! Residual networks and their plain twins (He, Zhang, Ren & Sun 2015), with the names of torchvision.

use std::fmt;

use crate::describe::architecture::{Architecture, Stage};
use crate::describe::block::{Block, Chain, Shortcut, conv, norm, relu, step};
use crate::describe::layer::{Conv, Layer};
use crate::describe::shape::Shape;

/// Numbers of blocks in the four stages of the networks for ImageNet, with two or three layers in a block (Table 1).
const IMAGENET: [(usize, [usize; 4], Unit); 5] = [
    (18, [2, 2, 2, 2], Unit::Basic),
    (34, [3, 4, 6, 3], Unit::Basic),
    (50, [3, 4, 6, 3], Unit::Bottleneck),
    (101, [3, 4, 23, 3], Unit::Bottleneck),
    (152, [3, 8, 36, 3], Unit::Bottleneck),
];

/// What is inside a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Two 3x3 convolutions.
    Basic,
    /// 1x1, 3x3, 1x1 with four times the channels at both ends.
    Bottleneck,
}

impl Unit {
    /// Convolutions in a branch.
    pub fn n_layers(self) -> usize {
        match self {
            Self::Basic => 2,
            Self::Bottleneck => 3,
        }
    }

    /// Channels that leave a block, for each channel of its 3x3 convolution.
    pub fn expansion(self) -> usize {
        match self {
            Self::Basic => 1,
            Self::Bottleneck => 4,
        }
    }
}

/// The images that stem and widths are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grid {
    /// 3x3 stem, three stages of 16, 32 and 64 channels.
    Cifar,
    /// 7x7 stem of stride 2, max pooling, four stages of 64 to 512 channels.
    ImageNet,
}

/// Shortcuts where the shape changes, and where it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortcuts {
    /// No shortcuts at all: a plain network.
    None,
    /// Zero padding, identity.
    A,
    /// Projection, identity.
    B,
    /// Projection, projection.
    C,
}

/// One of the networks of He et al. (2015).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResNet {
    pub depth: usize,
    pub grid: Grid,
    pub unit: Unit,
    pub shortcuts: Shortcuts,
    /// Bottlenecks halve the image in their 3x3 convolution ("v1.5", as torchvision does) instead of in the first 1x1.
    pub stride_in_3x3: bool,
}

impl ResNet {
    /// Depths with a network for ImageNet.
    pub fn is_imagenet_depth(depth: usize) -> bool {
        IMAGENET.iter().any(|(known, ..)| *known == depth)
    }

    /// The network that the paper calls by this depth: for ImageNet where there is one, unless `is_cifar`; `None` if no
    /// number of blocks gives it.
    pub fn new(depth: usize, is_cifar: bool, unit: Option<Unit>, is_plain: bool) -> Option<Self> {
        let imagenet = IMAGENET.iter().find(|(known, ..)| *known == depth && !is_cifar);
        let (grid, usual, unit) = match imagenet {
            Some((.., usual)) => (Grid::ImageNet, *usual, unit.unwrap_or(*usual)),
            None => (Grid::Cifar, Unit::Basic, unit.unwrap_or(Unit::Basic)),
        };
        let fits = match grid {
            Grid::ImageNet => unit == usual,
            Grid::Cifar => depth > 2 && (depth - 2).is_multiple_of(3 * unit.n_layers()),
        };
        let shortcuts = if is_plain { Shortcuts::None } else { Self::usual_shortcuts(grid) };
        fits.then_some(Self { depth, grid, unit, shortcuts, stride_in_3x3: false })
    }

    fn usual_shortcuts(grid: Grid) -> Shortcuts {
        match grid {
            Grid::Cifar => Shortcuts::A,
            Grid::ImageNet => Shortcuts::B,
        }
    }

    /// Blocks in each stage.
    fn blocks(&self) -> Vec<usize> {
        match (self.grid, IMAGENET.iter().find(|(depth, ..)| *depth == self.depth)) {
            (Grid::ImageNet, Some((_, blocks, _))) => blocks.to_vec(),
            _ => vec![(self.depth - 2) / (3 * self.unit.n_layers()); 3],
        }
    }

    /// The description for images of shape `input`.
    pub fn build(&self, input: Shape, n_outputs: usize) -> Architecture {
        let (stem, width) = match self.grid {
            Grid::Cifar => (vec![conv("conv1", Conv::k3(input.channels, 16)), norm("bn1", 16), relu()], 16),
            Grid::ImageNet => {
                let wide = Conv { kernel: 7, padding: 3, ..Conv::k3(input.channels, 64).stride(2) };
                let pool = step("maxpool", Layer::MaxPool { kernel: 3, stride: 2, padding: 1 });
                (vec![conv("conv1", wide), norm("bn1", 64), relu(), pool], 64)
            }
        };
        let mut channels = width;
        let mut stages = Vec::new();
        for (s, n_blocks) in self.blocks().into_iter().enumerate() {
            let name = format!("layer{}", s + 1);
            let mut blocks = Vec::new();
            for b in 0..n_blocks {
                let stride = if s > 0 && b == 0 { 2 } else { 1 };
                blocks.push(self.block(format!("{name}.{b}"), channels, width << s, stride));
                channels = (width << s) * self.unit.expansion();
            }
            stages.push(Stage { name, blocks });
        }
        let head = classifier("fc", channels, n_outputs);
        Architecture { name: self.to_string(), input, n_outputs, stem, stages, head }
    }

    fn block(&self, name: String, n_inputs: usize, width: usize, stride: usize) -> Block {
        let n_outputs = width * self.unit.expansion();
        let branch = match self.unit {
            Unit::Basic => vec![
                conv("conv1", Conv::k3(n_inputs, width).stride(stride)),
                norm("bn1", width),
                relu(),
                conv("conv2", Conv::k3(width, width)),
                norm("bn2", width),
            ],
            Unit::Bottleneck => {
                let (first, second) = if self.stride_in_3x3 { (1, stride) } else { (stride, 1) };
                vec![
                    conv("conv1", Conv::k1(n_inputs, width).stride(first)),
                    norm("bn1", width),
                    relu(),
                    conv("conv2", Conv::k3(width, width).stride(second)),
                    norm("bn2", width),
                    relu(),
                    conv("conv3", Conv::k1(width, n_outputs)),
                    norm("bn3", n_outputs),
                ]
            }
        };
        let changes = n_inputs != n_outputs || stride != 1;
        let projection = || {
            let project = Conv::k1(n_inputs, n_outputs).stride(stride);
            Shortcut::Projection(vec![conv("downsample.0", project), norm("downsample.1", n_outputs)])
        };
        let shortcut = match self.shortcuts {
            Shortcuts::None => return Block::plain(name, branch).then(vec![relu()]),
            Shortcuts::C => projection(),
            Shortcuts::B if changes => projection(),
            Shortcuts::A if changes => Shortcut::ZeroPad { stride, n_outputs },
            _ => Shortcut::Identity,
        };
        Block::residual(name, shortcut, branch).then(vec![relu()])
    }
}

/// Means of channels, then a linear layer.
pub fn classifier(name: &str, channels: usize, n_outputs: usize) -> Chain {
    vec![step("avgpool", Layer::GlobalAvgPool), step(name, Layer::Linear { n_inputs: channels, n_outputs, gain: 1.0 })]
}

impl fmt::Display for ResNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.grid == Grid::Cifar && Self::is_imagenet_depth(self.depth) {
            write!(f, "cifar-")?;
        }
        let family = if self.shortcuts == Shortcuts::None { "plain" } else { "resnet" };
        write!(f, "{family}-{}", self.depth)?;
        if self.grid == Grid::Cifar && self.unit == Unit::Bottleneck {
            write!(f, "-bottleneck")?;
        }
        if self.stride_in_3x3 {
            write!(f, "-v1.5")?;
        }
        match self.shortcuts {
            _ if self.shortcuts == Self::usual_shortcuts(self.grid) => Ok(()),
            Shortcuts::None => Ok(()),
            Shortcuts::A => write!(f, "-a"),
            Shortcuts::B => write!(f, "-b"),
            Shortcuts::C => write!(f, "-c"),
        }
    }
}
