//! Weights that a training begins with in place of random ones: those of another training, or of a file that PyTorch or torchvision wrote.

use std::collections::BTreeMap;

use burn::tensor::Device;
use serde_json::Value;
use skiplayer::{Error, Result};

use super::kept::{output_names, trained};
use crate::data::Normalisation;
use crate::describe::architecture::Architecture;
use crate::describe::architecture::resnet::{ResNet, Unit};
use crate::describe::block::Step;
use crate::describe::family::{Family, Kind};
use crate::describe::shape::Shape;
use crate::network::parameters::parameters;
use crate::network::{Array, Network};
use crate::weights::Weights;

/// Mean and standard deviation of the channels of ImageNet, by which the networks of torchvision were trained
/// (`torchvision.transforms`, presets of its weights).
const IMAGENET: [(f64, f64); 3] = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)];

/// A trained network, and what is known about it.
#[derive(Debug, Clone)]
pub struct Start {
    pub network: Network,
    /// None if the weights do not say how images have to be normalised.
    pub normalisation: Option<Normalisation>,
    /// Names of the outputs, where they are known.
    pub outputs: Option<Vec<String>>,
}

impl Start {
    /// What the parts of a session came to.
    ///
    /// # Errors
    /// As [`trained`].
    pub fn of_training(state: Value, arrays: BTreeMap<String, Array>, device: &Device) -> Result<Self> {
        let outputs = output_names(&state);
        let (network, normalisation) = trained(state, arrays, device)?;
        Ok(Self { network, normalisation: Some(normalisation), outputs })
    }

    /// The weights in the bytes of a safetensors file, of a network `family` for images of `height` and `width`.
    ///
    /// # Errors
    /// No such file, or weights of another network. A network of the paper's first version whose names and shapes are those of
    /// torchvision's, and whose strides are not: nothing in the file would tell them apart.
    pub fn of_file(bytes: &[u8], family: &Family, [height, width]: [usize; 2], device: &Device) -> Result<Self> {
        let Weights { arrays, note } = Weights::from_bytes(bytes)?;
        if !note.is_empty() {
            return Err(Error::input("weights", "a checkpoint of this program")
                .expected("its run folder, which also knows its classes"));
        }
        if let Kind::ResNet(ResNet { unit: Unit::Bottleneck, stride_in_3x3: false, .. }) = family.kind {
            return Err(Error::input(
                format!("weights for {family}"),
                "a file of PyTorch, whose bottlenecks halve the image in their 3x3 convolution",
            )
            .expected(format!("{family}-v1.5, which does so too"))
            .hint(format!(
                "{family} halves it in a 1x1 convolution: names and shapes are the same, and its outputs would be wrong"
            )));
        }
        let some = family.build(Shape::new(3, height, width), 2)?;
        let n_channels = first_shape(&some, &arrays).and_then(|shape| shape.get(1).copied()).unwrap_or(3);
        let n_outputs = last_shape(&some, &arrays).and_then(|shape| shape.first().copied()).unwrap_or(2);
        let architecture = family.build(Shape::new(n_channels, height, width), n_outputs)?;
        let input = architecture.input;
        let network = Network::from_arrays(architecture, &arrays, device)?;
        let is_imagenet = family.default_outputs() == 1000 && n_channels == IMAGENET.len();
        let normalisation = is_imagenet.then(|| Normalisation::of_channels(input, &IMAGENET));
        Ok(Self { network, normalisation, outputs: None })
    }

    /// The network with its weights in `architecture`, which may differ in its last layer, if it is for other outputs: that one is as `fresh`
    /// has it. And whether it is.
    ///
    /// # Errors
    /// Another network.
    pub fn in_place_of(&self, fresh: &Network) -> Result<(Network, bool)> {
        let (ours, theirs) = (fresh.architecture(), self.network.architecture());
        if (&ours.stem, &ours.stages) != (&theirs.stem, &theirs.stages) {
            return Err(Error::input("start of a training", format!("weights of {}", theirs.name))
                .expected(format!("those of {}", ours.name)));
        }
        if ours.head == theirs.head {
            return Ok((self.network.clone(), false));
        }
        let mut arrays = self.network.to_arrays()?;
        let head = head_names(ours);
        for (name, array) in fresh.to_arrays()? {
            let is_in_head = head.iter().any(|layer| name.starts_with(layer.as_str()));
            if is_in_head && arrays.get(&name).is_none_or(|known| known.shape != array.shape) {
                arrays.insert(name, array);
            }
        }
        Ok((Network::from_arrays(ours.clone(), &arrays, fresh.device())?, true))
    }
}

/// What the names of all parameters in the head begin with.
fn head_names(architecture: &Architecture) -> Vec<String> {
    let name = |step: &Step| match step {
        Step::Layer(name, _) => format!("{name}."),
        Step::Block(block) => format!("{}.", block.name),
    };
    architecture.head.iter().map(name).collect()
}

/// The shape that the first parameter has in the file.
fn first_shape<'a>(architecture: &Architecture, arrays: &'a BTreeMap<String, Array>) -> Option<&'a [usize]> {
    let declared = parameters(architecture).ok()?.into_iter().next()?;
    arrays.get(&declared.name).map(|array| array.shape.as_slice())
}

/// The shape that the last parameter has in the file: outputs come first.
fn last_shape<'a>(architecture: &Architecture, arrays: &'a BTreeMap<String, Array>) -> Option<&'a [usize]> {
    let declared = parameters(architecture).ok()?.pop()?;
    arrays.get(&declared.name).map(|array| array.shape.as_slice())
}
