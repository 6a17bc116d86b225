//! A network that was grown computes what it computed before.

use burn::tensor::{Device, Tensor, TensorData};
use skiplayer_deep::data::{Batch, Targets};
use skiplayer_deep::describe::architecture::Architecture;
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::network::{Mode, Network, Pass};
use skiplayer_deep::recipe::OptimizerOptions;
use skiplayer_deep::rng::{Purpose, Stream};
use skiplayer_deep::surgery::grow::{NewBlocks, grown};
use skiplayer_deep::tensor::numbers;
use skiplayer_deep::train::{Loss, Run};

const SHAPE: Shape = Shape::new(3, 8, 8);

fn architecture(name: &str) -> Architecture {
    let shape = if name.starts_with("resmlp") { Shape::row(192) } else { SHAPE };
    name.parse::<Family>().unwrap().build(shape, 4).unwrap()
}

fn batch(architecture: &Architecture) -> Batch {
    let mut stream = Stream::new(2, Purpose::Noise, 0, 0);
    let values = (0..8 * architecture.input.size()).map(|_| stream.normal() as f32).collect();
    Batch { values, shape: architecture.input, targets: Targets::Classes((0..8).map(|i| i % 4).collect()) }
}

/// After some steps, so that no batch norm is as it began.
fn trained(name: &str) -> Run {
    let network = Network::new(architecture(name), 1, &Device::flex()).unwrap();
    let batch = batch(network.architecture());
    let mut run = Run::new(network, OptimizerOptions::HE2015, Loss::CrossEntropy { smoothing: 0.0 }, 1).unwrap();
    for _ in 0..3 {
        run.take_step(&batch, 0.05).unwrap();
    }
    run
}

fn difference(a: &Network, b: &Network, mode: Mode) -> f32 {
    let Batch { values, shape, .. } = batch(a.architecture());
    let dims = [8, shape.channels, shape.height, shape.width];
    let x: Tensor<4> = Tensor::from_data(TensorData::new(values, dims), &Device::flex());
    let outputs =
        |network: &Network| numbers(&network.forward(x.clone(), Pass { mode, ..Pass::EVALUATION }).unwrap().0).unwrap();
    outputs(a).iter().zip(outputs(b)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn residual_blocks_begin_as_the_identity() {
    for (name, deeper) in [
        ("resnet-8", "resnet-20"),
        ("preact-8", "preact-14"),
        ("rezero-8", "rezero-14"),
        ("resmlp-4-16", "resmlp-8-16"),
    ] {
        let run = trained(name);
        let grown = grown(&run.network, architecture(deeper), NewBlocks::Zero, 7).unwrap();
        for mode in [Mode::Evaluation, Mode::Training] {
            assert!(difference(&run.network, &grown, mode) < 1e-5, "{name} {mode:?}");
        }
        // What is new can learn.
        let batch = batch(grown.architecture());
        let mut on = Run::new(grown.clone(), OptimizerOptions::HE2015, run.loss, 1).unwrap();
        for _ in 0..2 {
            on.take_step(&batch, 0.05).unwrap();
        }
        let (before, after) = (grown.to_arrays().unwrap(), on.network.to_arrays().unwrap());
        assert!(before.iter().all(|(name, array)| array.values.len() == 1 || after[name] != *array), "{name}");
    }
}

#[test]
fn plain_blocks_hand_on_in_evaluation_only() {
    let run = trained("plain-8");
    let refused = grown(&run.network, architecture("plain-14"), NewBlocks::Zero, 7).unwrap_err().to_string();
    assert!(refused.contains("layer1.1") && refused.contains("NewBlocks::Dirac"), "{refused}");
    let grown = grown(&run.network, architecture("plain-14"), NewBlocks::Dirac, 7).unwrap();
    assert!(difference(&run.network, &grown, Mode::Evaluation) < 1e-4);
    assert!(difference(&run.network, &grown, Mode::Training) > 1e-2);
}

#[test]
fn only_deeper_networks_of_the_same_kind() {
    let network = Network::new(architecture("resnet-14"), 1, &Device::flex()).unwrap();
    for other in ["resnet-8", "resnet-14", "plain-20", "preact-20", "densenet-10-4", "resnet-20-b"] {
        assert!(grown(&network, architecture(other), NewBlocks::Zero, 1).is_err(), "{other}");
    }
    let dense = Network::new(architecture("densenet-10-4"), 1, &Device::flex()).unwrap();
    assert!(grown(&dense, architecture("densenet-16-4"), NewBlocks::Zero, 1).is_err());
}
