//! Libraries of PyTorch whose networks take our weights as they are.

use skiplayer::error::{Choice, Choices};
use skiplayer::{Error, Result};

use super::by_order::expected;
use crate::describe::architecture::Architecture;
use crate::describe::architecture::resnet::{Grid, ResNet, Shortcuts, Unit};
use crate::describe::family::{Family, Kind};
use crate::options::NAMES;

/// Whose names weights have, and in whose networks they then are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Names {
    /// Those of the run: of PyTorch for layers that both know.
    #[default]
    Run,
    Torchvision,
    Timm,
}

impl Names {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Names::Run => "run",
            Names::Torchvision => "torchvision",
            Names::Timm => "timm",
        }
    }

    /// What the network `architecture` is called in the library, which calls its tensors as we do; `None` for names of the run.
    ///
    /// # Errors
    /// The library has no such network, or one of the same names and shapes that computes something else.
    pub fn in_library(self, architecture: &Architecture) -> Result<Option<String>> {
        if self == Names::Run {
            return Ok(None);
        }
        let place = || NAMES.to(self.name());
        let other = |found: String| {
            Error::input(place(), found)
                .expected("resnet-18, -34, -50-v1.5, -101-v1.5, -152-v1.5, densenet-121, -161, -169 or -201")
                .hint(skiplayer::message!["other networks have the names of the run: ", NAMES.to(Names::Run.name())])
        };
        let family: Family = architecture.name.parse()?;
        let name = match family.kind {
            Kind::ResNet(ResNet { grid: Grid::ImageNet, unit: Unit::Bottleneck, stride_in_3x3: false, .. }) => {
                return Err(other(format!(
                    "{family}, whose bottlenecks halve the image in a 1x1 convolution, where those of {} do in the 3x3: names and shapes are the same, and outputs would not be",
                    self.name()
                )));
            }
            Kind::ResNet(ResNet { depth, grid: Grid::ImageNet, shortcuts: Shortcuts::B, .. }) => {
                format!("resnet{depth}")
            }
            Kind::DenseNet(dense) if dense.is_imagenet => family.to_string().replace('-', ""),
            _ => return Err(other(format!("{family}, which {} does not have", self.name()))),
        };
        // Branches that were pruned are missing there.
        let whole = Family { survival: 1.0, ..family }.build(architecture.input, architecture.n_outputs)?;
        if expected(&whole)? != expected(architecture)? {
            return Err(other(format!("{family} with other layers than {} has", self.name())));
        }
        Ok(Some(name))
    }
}

impl Choices for Names {
    const ALL: &'static [Self] = &[Self::Run, Self::Torchvision, Self::Timm];
    const CHOICES: &'static [Choice] = NAMES_OF;

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|names| names.name() == name)
    }
}

/// The words of [`NAMES`].
pub const NAMES_OF: &[Choice] = &[
    Choice { name: "run", help: "Those of the run" },
    Choice { name: "torchvision", help: "torchvision, if it has the network" },
    Choice { name: "timm", help: "timm, if it has the network" },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surgery::prune::pruned;

    #[test]
    fn networks_of_the_libraries_are_known_and_others_refused() {
        let of = |name: &str| Names::Timm.in_library(&name.parse::<Family>().unwrap().build_default().unwrap());
        assert_eq!(of("resnet-34").unwrap().as_deref(), Some("resnet34"));
        assert_eq!(of("resnet-50-v1.5").unwrap().as_deref(), Some("resnet50"));
        assert_eq!(of("densenet-121").unwrap().as_deref(), Some("densenet121"));
        let said = |name: &str| of(name).unwrap_err().to_string();
        assert!(said("resnet-50").contains("outputs would not be"), "{}", said("resnet-50"));
        assert!(said("resnet-20").contains("found resnet-20, which timm does not have"), "{}", said("resnet-20"));
        assert!(of("resnet-34-a").is_err() && of("unet").is_err() && of("plain-18").is_err());
        let whole = "resnet-18".parse::<Family>().unwrap().build_default().unwrap();
        let less = pruned(&whole, &["layer1.1"]).unwrap();
        assert!(Names::Torchvision.in_library(&less).unwrap_err().to_string().contains("with other layers"));
        assert_eq!(Names::Run.in_library(&less).unwrap(), None);
    }
}
