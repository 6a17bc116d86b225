//! Analyses agree with what can be told without them.

use burn::tensor::{Device, Tensor};
use skiplayer::random::Random;
use skiplayer_deep::analysis::gradient_flow::gradient_flow;
use skiplayer_deep::analysis::layer_response::layer_responses;
use skiplayer_deep::family::Family;
use skiplayer_deep::network::{Mode, Network, flat};
use skiplayer_deep::shape::Shape;
use skiplayer_deep::train::{Batch, Decays, Loss, OptimizerOptions, Rule, Run, Targets, Velocity};

const SHAPE: Shape = Shape::new(3, 8, 8);

fn network(name: &str) -> Network {
    Network::new(name.parse::<Family>().unwrap().build(SHAPE, 4).unwrap(), 1, &Device::flex()).unwrap()
}

fn batch(seed: u64) -> Batch {
    let mut random = Random::new(seed, 0);
    let values = (0..8 * SHAPE.size()).map(|_| random.normal() as f32).collect();
    Batch { values, shape: SHAPE, targets: Targets::Classes((0..8).map(|i| i % 4).collect()) }
}

fn images() -> Tensor<4> {
    batch(2).tensor(&Device::flex()).unwrap()
}

/// Channel c of a batch norm has mean beta_c and standard deviation |gamma_c| over the batch that it normalises by.
#[test]
fn responses_are_told_by_scales_and_shifts() {
    let mut network = network("resnet-14");
    let mut random = Random::new(3, 0);
    let names: Vec<String> = network.parameters().keys().filter(|name| name.contains("bn")).cloned().collect();
    for name in &names {
        let values = (0..network.parameters()[name].shape[0]).map(|_| random.normal() as f32).collect();
        network.set(name, flat(values, &Device::flex())).unwrap();
    }
    let responses = layer_responses(&network, images(), Mode::Training).unwrap();
    assert_eq!(responses.len(), 13);
    assert_eq!((responses[0].path.as_str(), responses[12].path.as_str()), ("bn1", "layer3.1.bn2"));
    let arrays = network.to_arrays().unwrap();
    for response in &responses {
        let values = |kind: &str| {
            arrays[&format!("{}.{kind}", response.path)].values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>()
        };
        let (scale, shift) = (values("weight"), values("bias"));
        let n = scale.len() as f64;
        let mean = shift.iter().sum::<f64>() / n;
        let expected = (scale.iter().map(|v| v * v).sum::<f64>() / n
            + shift.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n)
            .sqrt();
        let ours = response.standard_deviation;
        assert!((ours - expected).abs() < 1e-3 * expected, "{}: {ours}, {expected}", response.path);
    }
}

#[test]
fn every_3x3_layer_is_looked_at_once() {
    for (name, n, first) in [
        ("plain-14", 13, "bn1"),
        ("preact-14", 13, "layer1.0.bn1"),
        ("highway-8", 7, "conv1"),
        ("densenet-bc-16-4", 7, "features.conv0"),
    ] {
        let responses = layer_responses(&network(name), images(), Mode::Evaluation).unwrap();
        assert_eq!((responses.len(), responses[0].path.as_str()), (n, first), "{name}");
        assert!(responses.iter().all(|response| response.standard_deviation > 0.0), "{name}");
    }
}

/// A step of plain gradient descent moves every weight by rate times its gradient.
#[test]
fn gradients_are_what_a_step_goes_by() {
    let loss = Loss::CrossEntropy { smoothing: 0.0 };
    let network = network("resnet-8");
    let flows = gradient_flow(&network, loss, &batch(2)).unwrap();
    assert_eq!(flows.len(), 8);
    assert_eq!((flows[0].name.as_str(), flows[7].name.as_str()), ("conv1.weight", "fc.weight"));
    let plain = OptimizerOptions {
        rule: Rule::Sgd { momentum: 0.0, nesterov: false, velocity: Velocity::Gradients },
        weight_decay: 0.0,
        decays: Decays::All,
        scalar_rate: 1.0,
    };
    let mut run = Run::new(network.clone(), plain, loss, 0).unwrap();
    run.take_step(&batch(2), 0.5).unwrap();
    let (before, after) = (network.to_arrays().unwrap(), run.network.to_arrays().unwrap());
    for flow in &flows {
        let pairs = before[&flow.name].values.iter().zip(&after[&flow.name].values);
        let moved = pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt() / 0.5;
        assert!((flow.gradient - moved).abs() < 1e-3 * moved, "{flow:?}, moved by {moved}");
        let length = before[&flow.name].values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
        assert!((flow.weights - length).abs() < 1e-9 && length > 0.0);
    }
}
