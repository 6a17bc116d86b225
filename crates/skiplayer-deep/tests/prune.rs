//! A pruned network computes what the whole one computes with the same branches switched off.

use burn::tensor::{Device, Tensor, TensorData};
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::network::{Mode, Network, Pass};
use skiplayer_deep::rng::{Purpose, Stream};
use skiplayer_deep::surgery::prune::{folded, without_branches};
use skiplayer_deep::tensor::numbers;

const SHAPE: Shape = Shape::new(3, 8, 8);

fn network(name: &str) -> Network {
    let architecture = name.parse::<Family>().unwrap().build(SHAPE, 4).unwrap();
    let mut network = Network::new(architecture, 1, &Device::flex()).unwrap();
    // Branches that start as nothing would make every test pass.
    let scalars: Vec<String> = network.parameters().keys().filter(|name| name.ends_with("alpha")).cloned().collect();
    for name in scalars {
        network.set(&name, Tensor::ones([1], &Device::flex())).unwrap();
    }
    network
}

fn outputs(network: &Network, mode: Mode, branches: Option<&[f64]>) -> Vec<f32> {
    let mut stream = Stream::new(2, Purpose::Noise, 0, 0);
    let values: Vec<f32> = (0..4 * SHAPE.size()).map(|_| stream.normal() as f32).collect();
    let x = Tensor::from_data(TensorData::new(values, [4, 3, 8, 8]), &Device::flex());
    let (y, _) = network.forward(x, Pass { mode, branches, ..Pass::EVALUATION }).unwrap();
    numbers(&y).unwrap()
}

#[test]
fn forward_of_the_pruned_is_the_masked_forward() {
    for (name, out, n_left) in [
        ("resnet-20", &["layer1.0", "layer1.2", "layer2.1", "layer3.2"][..], 5),
        ("resnet-20", &["layer1.1"], 8),
        // The first activation stays where its block goes.
        ("preact-14", &["layer1.0", "layer2.1"], 5),
        ("rezero-14", &["layer1.0", "layer1.1", "layer3.1"], 3),
    ] {
        let network = network(name);
        let factor = |name: &String| if out.contains(&name.as_str()) { 0.0 } else { 1.0 };
        let names: Vec<String> = network.architecture().blocks().map(|block| block.name.clone()).collect();
        let mask: Vec<f64> = names.iter().map(factor).collect();
        let pruned = without_branches(&network, out).unwrap();
        assert_eq!(pruned.architecture().blocks().count(), n_left, "{name}");
        assert!(
            pruned.architecture().cost().unwrap().n_parameters < network.architecture().cost().unwrap().n_parameters
        );
        for mode in [Mode::Evaluation, Mode::Training] {
            let masked = outputs(&network, mode, Some(&mask));
            assert_eq!(outputs(&pruned, mode, None), masked, "{name}");
            assert_ne!(outputs(&network, mode, None), masked, "{name}");
        }
    }
}

#[test]
fn what_cannot_be_left_out_is_refused() {
    let refused = |name: &str, block: &str| without_branches(&network(name), &[block]).unwrap_err().to_string();
    assert!(refused("resnet-20", "layer2.0").contains("not the identity"));
    assert!(refused("densenet-10-4", "features.denseblock1.denselayer1").contains("not the identity, or is not added"));
    assert!(refused("resnet-20", "layer4.0").contains("no block `layer4.0`"));
    let whole = network("resnet-8");
    assert_eq!(without_branches(&whole, &[]).unwrap().to_arrays().unwrap(), whole.to_arrays().unwrap());
}

#[test]
fn scales_go_into_the_last_weights_of_their_branch() {
    for name in ["resnet-14", "preact-14", "rezero-14", "fixup-14"] {
        let network = network(name);
        let n = network.architecture().blocks().count();
        let residual: Vec<bool> = network
            .architecture()
            .blocks()
            .map(|block| block.shortcut == skiplayer_deep::describe::block::Shortcut::Identity)
            .collect();
        let scales: Vec<f64> = (0..n).map(|i| if residual[i] { [0.5, 0.0, 1.0, 0.25][i % 4] } else { 1.0 }).collect();
        let (small, masked) = (folded(&network, &scales).unwrap(), outputs(&network, Mode::Evaluation, Some(&scales)));
        assert!(small.architecture().blocks().count() < n, "{name}");
        for (a, b) in outputs(&small, Mode::Evaluation, None).iter().zip(&masked) {
            assert!((a - b).abs() < 1e-4 * b.abs().max(1.0), "{name}: {a} {b}");
        }
    }
    let network = network("resnet-8");
    assert!(folded(&network, &[1.0; 2]).is_err() && folded(&network, &[1.0, -1.0, 1.0]).is_err());
}
