//! Names of networks: `resnet-56`, `preact-1001`, `densenet-bc-100-12`, `unet`; what they mean, and the nearest for one that
//! means nothing.

use std::fmt;
use std::str::FromStr;

use skiplayer::{Error, Result};

use crate::describe::architecture::Architecture;
use crate::describe::architecture::dense::DenseNet;
use crate::describe::architecture::highway::Highway;
use crate::describe::architecture::mlp::Mlp;
use crate::describe::architecture::preact::PreAct;
use crate::describe::architecture::resnet::{Grid, ResNet, Shortcuts, Unit};
use crate::describe::architecture::unet::UNet;
use crate::describe::architecture::unnormalised::{Start, Unnormalised};
use crate::describe::cost::Cost;
use crate::describe::shape::Shape;

/// Depths, widths and growth rates beyond this are taken for typing errors.
const LARGEST: usize = 20_000;
/// Survival probability of the last branch that `-sd` stands for (Huang et al. 2016).
const SURVIVAL: f64 = 0.5;

/// One name of each kind, for messages and help.
pub const EXAMPLES: [&str; 19] = [
    "plain-20",
    "resnet-20",
    "resnet-110-sd",
    "resnet-18",
    "resnet-34-a",
    "resnet-50",
    "resnet-50-v1.5",
    "cifar-resnet-50",
    "preact-164",
    "wrn-28-10",
    "densenet-40-12",
    "densenet-bc-100-12",
    "densenet-121",
    "highway-32",
    "rezero-56",
    "fixup-110",
    "unet",
    "mlp-4-64",
    "resmlp-8-64",
];

/// A member of the family of networks, before it is made for an input.
///
/// ```
/// use skiplayer_deep::describe::family::Family;
///
/// let network = "resnet-110".parse::<Family>()?.build_default()?;
/// let cost = network.cost()?;
/// assert_eq!((cost.n_layers, cost.n_parameters), (110, 1_727_962));
/// let unknown = "resnet-111".parse::<Family>().unwrap_err().to_string();
/// assert!(unknown.contains("`resnet-110`"), "{unknown}");
/// # Ok::<(), skiplayer::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Family {
    pub kind: Kind,
    /// Survival probability of the last branch; 1: no branch is ever dropped.
    pub survival: f64,
}

/// The kinds of networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    ResNet(ResNet),
    PreAct(PreAct),
    DenseNet(DenseNet),
    Highway(Highway),
    Unnormalised(Unnormalised),
    UNet(UNet),
    Mlp(Mlp),
}

impl Family {
    /// The shape that the papers use: CIFAR, ImageNet, or what is usual.
    pub fn default_input(&self) -> Shape {
        match self.kind {
            Kind::ResNet(ResNet { grid: Grid::ImageNet, .. }) | Kind::DenseNet(DenseNet { is_imagenet: true, .. }) => {
                Shape::new(3, 224, 224)
            }
            Kind::UNet(_) => Shape::new(3, 256, 256),
            Kind::Mlp(_) => Shape::row(8),
            _ => Shape::new(3, 32, 32),
        }
    }

    /// Classes of CIFAR-10 or ImageNet; a foreground and a background; one number to predict from a table.
    pub fn default_outputs(&self) -> usize {
        match self.kind {
            Kind::ResNet(ResNet { grid: Grid::ImageNet, .. }) | Kind::DenseNet(DenseNet { is_imagenet: true, .. }) => {
                1000
            }
            Kind::UNet(_) => 2,
            Kind::Mlp(_) => 1,
            _ => 10,
        }
    }

    /// Whether it is a network for rows of a table, without convolutions.
    pub fn is_for_tables(&self) -> bool {
        matches!(self.kind, Kind::Mlp(_))
    }

    /// Learning rate of parameters that are one number for a whole map, relative to that of all others: 0.1 for Fixup (Zhang,
    /// Dauphin & Ma 2019, section 3).
    pub fn scalar_rate(&self) -> f64 {
        match self.kind {
            Kind::Unnormalised(Unnormalised { start: Start::Fixup, .. }) => 0.1,
            _ => 1.0,
        }
    }

    /// The network for one shape of input.
    ///
    /// # Errors
    /// The input is too small, or its sides do not divide evenly; no outputs.
    pub fn build(&self, input: Shape, n_outputs: usize) -> Result<Architecture> {
        input.check(&format!("input of {self}"))?;
        if !(1..=LARGEST).contains(&n_outputs) {
            return Err(Error::input(format!("outputs of {self}"), n_outputs.to_string())
                .expected(format!("a number from 1 to {LARGEST}")));
        }
        let mut architecture = match self.kind {
            Kind::ResNet(net) => net.build(input, n_outputs),
            Kind::PreAct(net) => net.build(input, n_outputs),
            Kind::DenseNet(net) => net.build(input, n_outputs),
            Kind::Highway(net) => net.build(input, n_outputs),
            Kind::Unnormalised(net) => net.build(input, n_outputs),
            Kind::UNet(net) => {
                net.check(input)?;
                net.build(input, n_outputs)
            }
            Kind::Mlp(net) => net.build(input, n_outputs),
        };
        if self.survival < 1.0 {
            architecture = architecture.with_stochastic_depth(self.survival)?;
        }
        architecture.name = self.to_string();
        architecture.output()?;
        Ok(architecture)
    }

    /// The network for the input and outputs that its paper uses.
    ///
    /// # Errors
    /// As [`Self::build`].
    pub fn build_default(&self) -> Result<Architecture> {
        self.build(self.default_input(), self.default_outputs())
    }

    /// The same kind of network at the depth, its first number, at which `measure` comes nearest to `wanted`; for inputs and outputs as
    /// in [`Self::build`]. `measure` has to grow with depth.
    ///
    /// # Errors
    /// A name without a number, or no depth at which the network can be built.
    ///
    /// # Complexity
    /// Builds the network at every depth up to the one that is too large.
    pub fn resized(&self, input: Shape, n_outputs: usize, wanted: u64, measure: impl Fn(&Cost) -> u64) -> Result<Self> {
        let name = self.to_string();
        let words: Vec<&str> = name.split('-').collect();
        let place = words.iter().position(|word| word.parse::<usize>().is_ok());
        let none = || Error::input(format!("size of {name}"), "no depth that fits").expected("a name with a depth");
        let place = place.ok_or_else(none)?;
        let at = |depth: usize| {
            let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            words[place] = depth.to_string();
            Self::read(&words.join("-"))
        };
        let mut nearest: Option<(u64, Self)> = None;
        for family in (1..=LARGEST).filter_map(at) {
            let Ok(cost) = family.build(input, n_outputs).and_then(|network| network.cost()) else { continue };
            let found = measure(&cost);
            let distance = found.abs_diff(wanted);
            if nearest.as_ref().is_none_or(|(least, _)| distance < *least) {
                nearest = Some((distance, family));
            }
            if found > wanted {
                break;
            }
        }
        nearest.map(|(_, family)| family).ok_or_else(none)
    }

    /// The family without drop of branches and shortcuts that `name` means, if it means one.
    fn read(name: &str) -> Option<Self> {
        let mut words: Vec<&str> = name.split('-').collect();
        let survival = words.last().and_then(|word| word.strip_prefix("sd")).map(|p| match p {
            "" => Some(SURVIVAL),
            p => p.parse().ok().filter(|p| *p > 0.0 && *p <= 1.0),
        });
        let survival = match survival {
            None => 1.0,
            Some(probability) => {
                words.pop();
                probability?
            }
        };
        let kind = Kind::read(&words)?;
        (survival == 1.0 || kind.has_residual_blocks()).then_some(Self { kind, survival })
    }

    /// The name that is most like `name`: with the nearest number in place of one that does not fit, or with few letters changed.
    fn nearest(name: &str) -> Option<String> {
        let words: Vec<&str> = name.split('-').collect();
        let numbers = words.iter().enumerate().filter_map(|(i, word)| Some((i, word.parse::<usize>().ok()?)));
        let mut candidates = Vec::new();
        for (i, number) in numbers.take(2) {
            let near = (1..=40).flat_map(|d| [number.checked_sub(d), number.checked_add(d)]).flatten();
            let with = |near: usize| {
                let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
                words[i] = near.to_string();
                words.join("-")
            };
            candidates.extend(near.map(with).find(|name| Self::read(name).is_some()));
        }
        candidates.into_iter().next().or_else(|| {
            let distance = |example: &&&str| edits(name, example);
            EXAMPLES.iter().min_by_key(distance).map(|example| (*example).to_owned())
        })
    }
}

impl Kind {
    fn read(words: &[&str]) -> Option<Self> {
        let number = |word: &str| -> Option<usize> {
            let is_plain = word.bytes().all(|b| b.is_ascii_digit());
            word.parse().ok().filter(|n| is_plain && (1..=LARGEST).contains(n))
        };
        Some(match *words {
            ["cifar", family @ ("resnet" | "plain"), depth, ref options @ ..] => {
                Self::ResNet(resnet(family, number(depth)?, true, options)?)
            }
            [family @ ("resnet" | "plain"), depth, ref options @ ..] => {
                Self::ResNet(resnet(family, number(depth)?, false, options)?)
            }
            ["preact", depth] => Self::PreAct(PreAct::new(number(depth)?, None)?),
            ["preact", depth, unit] => Self::PreAct(PreAct::new(number(depth)?, Some(self::unit(unit)?))?),
            ["wrn", depth, k] => Self::PreAct(PreAct::wide(number(depth)?, number(k)?)?),
            ["densenet", depth] => Self::DenseNet(DenseNet::imagenet(number(depth)?)?),
            ["densenet", "bc", depth, growth] => {
                Self::DenseNet(DenseNet::cifar(number(depth)?, number(growth)?, true)?)
            }
            ["densenet", depth, growth] => Self::DenseNet(DenseNet::cifar(number(depth)?, number(growth)?, false)?),
            ["highway", depth] => Self::Highway(Highway::new(number(depth)?)?),
            ["rezero", depth] => Self::Unnormalised(Unnormalised::new(Start::ReZero, number(depth)?)?),
            ["fixup", depth] => Self::Unnormalised(Unnormalised::new(Start::Fixup, number(depth)?)?),
            ["unet"] => Self::UNet(UNet::PAPER),
            ["unet", levels, width] => Self::UNet(UNet::new(number(levels)?, number(width)?)?),
            ["mlp", depth, width] => Self::Mlp(Mlp::new(number(depth)?, number(width)?, false)?),
            ["resmlp", depth, width] => Self::Mlp(Mlp::new(number(depth)?, number(width)?, true)?),
            _ => return None,
        })
    }

    fn has_residual_blocks(&self) -> bool {
        match self {
            Self::ResNet(net) => net.shortcuts != Shortcuts::None,
            Self::PreAct(_) | Self::Unnormalised(_) => true,
            Self::Mlp(net) => net.is_residual,
            Self::DenseNet(_) | Self::Highway(_) | Self::UNet(_) => false,
        }
    }
}

/// `-bottleneck`, `-basic`, `-v1.5`, `-a`, `-b`, `-c` after the depth, each at most once.
fn resnet(family: &str, depth: usize, is_cifar: bool, options: &[&str]) -> Option<ResNet> {
    let is_plain = family == "plain";
    let units: Vec<Unit> = options.iter().filter_map(|option| unit(option)).collect();
    let mut net = ResNet::new(depth, is_cifar, units.first().copied(), is_plain)?;
    for (i, option) in options.iter().enumerate() {
        match *option {
            _ if options[..i].contains(option) => return None,
            "a" if !is_plain => net.shortcuts = Shortcuts::A,
            "b" if !is_plain => net.shortcuts = Shortcuts::B,
            "c" if !is_plain => net.shortcuts = Shortcuts::C,
            // Without bottlenecks both versions are the same network.
            "v1.5" if net.unit == Unit::Bottleneck => net.stride_in_3x3 = true,
            option if unit(option).is_some() => {}
            _ => return None,
        }
    }
    let n_shortcuts = options.iter().filter(|option| ["a", "b", "c"].contains(option)).count();
    (units.len() <= 1 && n_shortcuts <= 1).then_some(net)
}

fn unit(word: &str) -> Option<Unit> {
    match word {
        "basic" => Some(Unit::Basic),
        "bottleneck" => Some(Unit::Bottleneck),
        _ => None,
    }
}

/// Letters to insert, delete or replace (Levenshtein 1966).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

impl FromStr for Family {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let name = text.trim().to_ascii_lowercase();
        Self::read(&name).ok_or_else(|| {
            // The longest name that is right has 30 letters; there is no use in measuring against a page of text.
            let shown: String = text.chars().take(60).collect();
            let short: String = name.chars().take(60).collect();
            let error = Error::input("name of a network", format!("`{shown}`"))
                .expected(format!("a name such as {}", EXAMPLES.join(", ")));
            match Self::nearest(&short) {
                Some(nearest) => error.hint(format!("the nearest is `{nearest}`")),
                None => error,
            }
        })
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::ResNet(net) => net.fmt(f)?,
            Kind::PreAct(net) => net.fmt(f)?,
            Kind::DenseNet(net) => net.fmt(f)?,
            Kind::Highway(net) => net.fmt(f)?,
            Kind::Unnormalised(net) => net.fmt(f)?,
            Kind::UNet(net) => net.fmt(f)?,
            Kind::Mlp(net) => net.fmt(f)?,
        }
        match self.survival {
            1.0 => Ok(()),
            SURVIVAL => write!(f, "-sd"),
            p => write!(f, "-sd{p}"),
        }
    }
}
