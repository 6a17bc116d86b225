//! Ten training steps by each rule: losses on the way, weights and running statistics at the end; and the losses of fifty.

use serde_json::Value;
use skiplayer_deep::data::{Batch, Targets};
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::recipe::{Decays, OptimizerOptions, Rule, Velocity};
use skiplayer_deep::tensor::numbers;
use skiplayer_deep::train::{Loss, Run};

use crate::digest::*;

const IMAGE: Shape = Shape::new(3, 8, 8);

fn batch(step: usize) -> Batch {
    let values = numbers(&images(&format!("step{step}"), IMAGE)).unwrap();
    Batch {
        values,
        shape: IMAGE,
        targets: Targets::Classes((0..N).map(|i| ((step + 3 * i) % CLASSES) as u16).collect()),
    }
}

#[track_caller]
fn same_steps(method: &str, rate: f64, options: OptimizerOptions) {
    let expected = &GOLDEN["steps"][method];
    let loss = Loss::CrossEntropy { smoothing: 0.1 };
    let mut run = Run::new(network("resnet-8", IMAGE), options, loss, 0).unwrap();
    let theirs: Vec<f64> = serde_json::from_value(expected["losses"].clone()).unwrap();
    assert_eq!(theirs.len(), 10);
    for (step, theirs) in theirs.iter().enumerate() {
        let rate = if step < 5 { rate } else { rate / 10.0 };
        let ours = run.take_step(&batch(step), rate).unwrap().loss;
        assert!((ours - theirs).abs() <= 2e-4 * theirs, "{method}, step {step}: {ours}, PyTorch has {theirs}");
    }
    let arrays = run.network.to_arrays().unwrap();
    for kind in ["parameters", "statistics"] {
        let expected = expected[kind].as_object().unwrap();
        assert!(!expected.is_empty());
        for (name, expected) in expected as &serde_json::Map<String, Value> {
            same(method, name, &arrays[name].values, expected, 5e-4, 1e-6);
        }
    }
}

fn sgd(nesterov: bool, velocity: Velocity, decays: Decays) -> OptimizerOptions {
    OptimizerOptions {
        rule: Rule::Sgd { momentum: 0.9, nesterov, velocity },
        weight_decay: 1e-2,
        decays,
        scalar_rate: 1.0,
    }
}

#[test]
fn momentum_as_in_pytorch() {
    same_steps("sgd", 0.05, sgd(false, Velocity::Gradients, Decays::All));
}

/// Rounding grows from step to step: a tenth of a percent is left of the agreement.
#[test]
fn fifty_losses_as_in_pytorch() {
    let options = sgd(false, Velocity::Gradients, Decays::All);
    let loss = Loss::CrossEntropy { smoothing: 0.1 };
    let mut run = Run::new(network("resnet-8", IMAGE), options, loss, 0).unwrap();
    let theirs: Vec<f64> = serde_json::from_value(GOLDEN["curve"].clone()).unwrap();
    assert_eq!(theirs.len(), 50);
    for (step, theirs) in theirs.iter().enumerate() {
        let ours = run.take_step(&batch(step), if step < 5 { 0.05 } else { 0.005 }).unwrap().loss;
        assert!((ours - theirs).abs() <= 1e-3 * theirs, "step {step}: {ours}, PyTorch has {theirs}");
    }
}

#[test]
fn nesterov_as_in_pytorch() {
    same_steps("nesterov", 0.05, sgd(true, Velocity::Gradients, Decays::All));
}

#[test]
fn momentum_and_decay_as_in_the_papers() {
    same_steps("paper", 0.05, sgd(false, Velocity::Steps, Decays::Weights));
}

#[test]
fn adamw_as_in_pytorch() {
    same_steps("adamw", 2e-3, OptimizerOptions { decays: Decays::All, ..OptimizerOptions::ADAMW });
}
