//! A network with its batch norms in the convolutions before them computes the same.

use burn::tensor::{Device, Tensor, TensorData};
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::network::{Network, Pass};
use skiplayer_deep::rng::{Purpose, Stream};
use skiplayer_deep::surgery::fold::with_folded_norms;
use skiplayer_deep::tensor::numbers;

const SHAPE: Shape = Shape::new(3, 32, 32);

/// With scales, shifts and statistics that are not those of the start.
fn network(name: &str) -> Network {
    let architecture = name.parse::<Family>().unwrap().build(SHAPE, 4).unwrap();
    let mut arrays = Network::new(architecture.clone(), 1, &Device::flex()).unwrap().to_arrays().unwrap();
    let mut stream = Stream::new(3, Purpose::Noise, 0, 0);
    for (name, array) in arrays.iter_mut().filter(|(_, array)| array.shape.len() == 1) {
        let around = if name.ends_with("running_var") || name.ends_with("weight") { 1.0 } else { 0.0 };
        array.values.iter_mut().for_each(|value| *value = (around + (0.5 * stream.normal()).tanh() * 0.8) as f32);
    }
    Network::from_arrays(architecture, &arrays, &Device::flex()).unwrap()
}

fn outputs(network: &Network) -> Vec<f32> {
    let mut stream = Stream::new(2, Purpose::Noise, 0, 0);
    let values: Vec<f32> = (0..2 * SHAPE.size()).map(|_| stream.normal() as f32).collect();
    let x = Tensor::from_data(TensorData::new(values, [2, 3, 32, 32]), &Device::flex());
    let (y, _) = network.forward(x, Pass::EVALUATION).unwrap();
    numbers(&y).unwrap()
}

#[test]
fn the_folded_network_computes_the_same_function() {
    for (name, n_left) in [
        ("resnet-8", 0),
        ("resnet-14-b", 0),
        ("resnet-8-sd", 0),
        // 64 and 128 channels and projections.
        ("resnet-18", 0),
        // Before each convolution one stays; the one behind the last block too.
        ("preact-8", 4),
        ("densenet-bc-16-4", 9),
        ("unet-2-4", 0),
        ("rezero-8", 0),
    ] {
        let whole = network(name);
        let folded = with_folded_norms(&whole).unwrap();
        assert_eq!(folded.statistics().len(), n_left, "{name} of {}", whole.statistics().len());
        let (ours, expected) = (outputs(&folded), outputs(&whole));
        let scale = expected.iter().map(|v| v.abs()).fold(0.0, f32::max);
        for (a, b) in ours.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-5 * scale, "{name}: {a}, expected {b}");
        }
    }
}
