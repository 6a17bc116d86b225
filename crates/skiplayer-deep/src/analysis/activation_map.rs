//! Where in an image a network sees a class (Zhou, Khosla, Lapedriza, Oliva & Torralba 2016, "Learning deep features for discriminative
//! localization", equation 2). A classifier that ends in the means of its last maps and a linear layer gives each pixel of these maps its own
//! score; the mean over pixels, with the bias, is the output of the network.

use burn::tensor::Tensor;
use skiplayer::{Error, Result};

use crate::data::{Images, Normalisation};
use crate::describe::architecture::Architecture;
use crate::describe::block::Step;
use crate::describe::layer::Layer;
use crate::network::{Network, Pass, STEM};
use crate::tensor::numbers;
use crate::train::plain_batch_of_images;

/// Images that go through the network together.
const TOGETHER: usize = 50;

/// What each pixel of the last maps adds to the output for one class.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivationMap {
    pub height: usize,
    pub width: usize,
    /// (height, width): their mean is the output without its bias.
    pub values: Vec<f32>,
}

/// The map of class `classes[i]` for every image i.
///
/// # Errors
/// A network that does not end in global means and a linear layer; images that do not fit it.
///
/// # Panics
/// If there is not one class for each image, or a class that the network does not have.
pub fn activation_maps(
    network: &Network,
    images: &Images,
    normalisation: &Normalisation,
    classes: &[usize],
) -> Result<Vec<ActivationMap>> {
    let (watched, linear) = ends(network.architecture())?;
    let network = network.valid();
    let place = || Error::input(&network.architecture().name, "no weights of the last layer");
    let weights = &network.parameters().get(&format!("{linear}.weight")).ok_or_else(place)?.value;
    let weights = numbers(weights)?;
    let n_channels = weights.len() / network.architecture().n_outputs;
    let watch = |path: &str| path == watched;
    let mut maps = Vec::new();
    for (chosen, classes) in images.indices().chunks(TOGETHER).zip(classes.chunks(TOGETHER)) {
        let x = plain_batch_of_images(images, normalisation, chosen).tensor(network.device())?;
        let (_, trace) = network.forward(x, Pass { watch: Some(&watch), ..Pass::EVALUATION })?;
        // Names of layers without parameters are not unique: the last one is the one before the means.
        let Some((_, features)) = trace.outputs.into_iter().next_back() else { return Err(place()) };
        maps.extend(of_batch(features, &weights, n_channels, classes)?);
    }
    Ok(maps)
}

/// Of the last maps, `(n, channels, height, width)`.
fn of_batch(features: Tensor<4>, weights: &[f32], n_channels: usize, classes: &[usize]) -> Result<Vec<ActivationMap>> {
    let [_, _, height, width] = features.dims();
    let values = numbers(&features)?;
    let image = |(features, &class): (&[f32], &usize)| {
        let mut sums = vec![0.0; height * width];
        let weights = &weights[class * n_channels..][..n_channels];
        for (map, weight) in features.chunks_exact(height * width).zip(weights) {
            sums.iter_mut().zip(map).for_each(|(sum, value)| *sum += weight * value);
        }
        ActivationMap { height, width, values: sums }
    };
    Ok(values.chunks_exact(n_channels * height * width).zip(classes).map(image).collect())
}

/// The path of what is averaged, and that of the linear layer behind it.
fn ends(architecture: &Architecture) -> Result<(String, String)> {
    let refused = || {
        Error::input("activation maps", format!("{}, which ends otherwise", architecture.name))
            .expected("a network that ends in global means and a linear layer, such as resnet-20")
    };
    let [before @ .., Step::Layer(_, Layer::GlobalAvgPool), Step::Layer(linear, Layer::Linear { .. })] =
        architecture.head.as_slice()
    else {
        return Err(refused());
    };
    let averaged = match before.last() {
        Some(Step::Layer(name, _)) => name.clone(),
        Some(Step::Block(block)) => block.name.clone(),
        None => architecture.blocks().last().map_or_else(|| STEM.to_owned(), |block| block.name.clone()),
    };
    Ok((averaged, linear.clone()))
}
