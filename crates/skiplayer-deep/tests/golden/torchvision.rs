//! Names, shapes and logits are those of torchvision: its weights can be loaded, and ours there.

use std::sync::LazyLock;

use burn::tensor::Device;
use serde_json::Value;
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::network::{Network, Pass};
use skiplayer_deep::tensor::numbers;
use skiplayer_deep::train::Start;
use skiplayer_deep::weights::Weights;

use crate::digest::*;

static TORCHVISION: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(include_str!("torchvision.json")).unwrap());

#[test]
fn names_and_shapes() {
    let networks = TORCHVISION.as_object().unwrap();
    assert_eq!(networks.len(), 9);
    for (name, expected) in networks {
        let architecture = name.parse::<Family>().unwrap().build(Shape::new(3, 64, 64), CLASSES).unwrap();
        let shapes = shapes(&architecture);
        let lines: Vec<String> = shapes.iter().map(|(name, shape)| format!("{name} {shape:?}\n")).collect();
        assert_eq!(lines.len() as u64, expected["n_tensors"], "{name}");
        assert_eq!(format!("{:016x}", name_hash(&lines.concat())), expected["names"], "{name}");
    }
}

#[test]
fn logits() {
    for name in ["resnet-18", "resnet-50-v1.5", "densenet-121"] {
        let network = network(name, Shape::new(3, 64, 64));
        let (y, _) = network.forward(images("input", Shape::new(3, 64, 64)), Pass::EVALUATION).unwrap();
        let theirs: Vec<f64> = serde_json::from_value(TORCHVISION[name]["logits"].clone()).unwrap();
        let ours = numbers(&y).unwrap();
        assert_eq!(ours.len(), theirs.len());
        let scale = theirs.iter().map(|v| v.abs()).fold(0.0, f64::max);
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert!((f64::from(*ours) - theirs).abs() <= 1e-4 * scale, "{name}: {ours}, torchvision has {theirs}");
        }
    }
}

/// Names and shapes of resnet-50 are those of torchvision, and its strides are those of the paper.
#[test]
fn files_of_torchvision_begin_networks_with_its_strides_only() {
    let start = |name: &str, written: &str| {
        let written = network(written, Shape::new(3, 64, 64));
        let bytes = Weights { arrays: written.to_arrays().unwrap(), note: String::new() }.to_bytes().unwrap();
        let start = Start::of_file(&bytes, &name.parse().unwrap(), [64, 48], &Device::flex());
        start.map(|start| (start, written))
    };
    let (begun, written) = start("resnet-18", "resnet-18").unwrap();
    assert_eq!(begun.network.to_arrays().unwrap(), written.to_arrays().unwrap());
    assert_eq!((begun.network.architecture().input, begun.outputs), (Shape::new(3, 64, 48), None));
    let means: Vec<f64> = begun.normalisation.unwrap().mean_std().iter().map(|(mean, _)| *mean).collect();
    assert!(means.iter().zip([0.485, 0.456, 0.406]).all(|(a, b)| (a - b).abs() < 1e-6), "{means:?}");
    let message = start("resnet-50", "resnet-50-v1.5").unwrap_err().to_string();
    assert!(message.contains("expected resnet-50-v1.5, which does so too"), "{message}");
    assert!(start("resnet-50-v1.5", "resnet-50-v1.5").is_ok());
    assert!(start("resnet-34", "resnet-18").unwrap_err().to_string().contains("no tensor `layer1.2.conv1.weight`"));
}

#[test]
fn a_network_survives_its_file() {
    let network = network("densenet-bc-16-4", Shape::new(3, 8, 8));
    let bytes = Weights { arrays: network.to_arrays().unwrap(), note: String::new() }.to_bytes().unwrap();
    let read = Weights::from_bytes(&bytes).unwrap().arrays;
    let again = Network::from_arrays(network.architecture().clone(), &read, &Device::flex()).unwrap();
    let logits = |network: &Network| {
        let (y, _) = network.forward(images("input", Shape::new(3, 8, 8)), Pass::EVALUATION).unwrap();
        numbers(&y).unwrap()
    };
    assert_eq!(logits(&network), logits(&again));
}
