//! One pass of each kind of network: outputs in evaluation and training, every gradient, running statistics.

use burn::tensor::{Tensor, TensorData};
use serde_json::Value;
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::network::{Mode, Network, Pass, Trace, Way};
use skiplayer_deep::tensor::numbers;

use crate::digest::*;

const TOLERANCE: f64 = 1e-4;

fn shape(expected: &Value) -> Shape {
    let [channels, height, width]: [usize; 3] = serde_json::from_value(expected["input"].clone()).unwrap();
    Shape::new(channels, height, width)
}

#[track_caller]
fn same_outputs(name: &str, y: &Tensor<4>, expected: &Value) {
    let theirs: Vec<f64> = serde_json::from_value(expected.clone()).unwrap();
    let scale = theirs.iter().map(|v| v.abs()).fold(0.0, f64::max);
    for (ours, theirs) in numbers(y).unwrap().iter().zip(&theirs) {
        assert!((f64::from(*ours) - theirs).abs() <= TOLERANCE * scale, "{name}: {ours}, PyTorch has {theirs}");
    }
}

fn training_pass(network: &Network, input: Shape) -> (Tensor<4>, Trace) {
    network.forward(images("input", input).autodiff(), Pass::TRAINING).unwrap()
}

#[test]
fn outputs_gradients_and_running_statistics_are_those_of_pytorch() {
    let networks = GOLDEN["networks"].as_object().unwrap();
    assert_eq!(networks.len(), 16);
    for (name, expected) in networks {
        let input = shape(expected);
        let mut network = network(name, input);
        let (y, trace) = network.forward(images("input", input), Pass::EVALUATION).unwrap();
        assert!(trace.batch_statistics.is_empty());
        same_outputs(name, &y, &expected["evaluation"]);

        let trainable = network.trainable();
        let (y, trace) = training_pass(&trainable, input);
        same_outputs(name, &y, &expected["training"]);
        let probe = TensorData::new(values("probe", y.dims().iter().product()), y.dims());
        let probe: Tensor<4> = Tensor::from_data(probe, &y.device());
        let gradients = (y * probe).sum().backward();
        let theirs = expected["gradients"].as_object().unwrap();
        assert_eq!(theirs.len(), trainable.parameters().len(), "{name}");
        let largest = theirs.values().map(|v| v[0].as_f64().unwrap()).fold(0.0, f64::max);
        for (parameter, expected) in theirs {
            let gradient = trainable.parameters()[parameter].value.grad(&gradients).unwrap();
            // Where batch norm follows a bias its gradient is zero up to rounding.
            same(name, parameter, &numbers(&gradient).unwrap(), expected, TOLERANCE, 1e-6 * largest);
        }

        network.update_statistics(&trace).unwrap();
        let arrays = network.to_arrays().unwrap();
        for (statistic, expected) in expected["statistics"].as_object().unwrap() {
            same(name, statistic, &arrays[statistic].values, expected, TOLERANCE, 0.0);
        }
    }
}

#[test]
fn a_clone_shares_no_state() {
    let mut network = network("resnet-8", Shape::new(3, 8, 8));
    let before = network.to_arrays().unwrap();
    let mut clone = network.clone();
    let (_, trace) = training_pass(&network.trainable(), Shape::new(3, 8, 8));
    clone.update_statistics(&trace).unwrap();
    clone.set("fc.bias", Tensor::zeros([CLASSES], network.device())).unwrap();
    assert_eq!(network.to_arrays().unwrap(), before);
    assert_ne!(clone.to_arrays().unwrap(), before);
    network.update_statistics(&trace).unwrap();
    assert_eq!(network.to_arrays().unwrap()["bn1.running_var"], clone.to_arrays().unwrap()["bn1.running_var"]);
}

#[test]
fn the_trace_holds_what_was_watched() {
    let network = network("resnet-8", Shape::new(3, 8, 8));
    let watch = |path: &str| path.ends_with(".bn2") || path == "layer3.0";
    let pass = Pass { watch: Some(&watch), ..Pass { mode: Mode::Evaluation, ..Pass::EVALUATION } };
    let (y, trace) = network.forward(images("input", Shape::new(3, 8, 8)), pass).unwrap();
    let found: Vec<&str> = trace.outputs.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(found, ["layer1.0.bn2", "layer2.0.bn2", "layer3.0.bn2", "layer3.0"]);
    assert_eq!(trace.outputs[3].1.dims(), [N, 64, 2, 2]);
    let (unwatched, _) = network.forward(images("input", Shape::new(3, 8, 8)), Pass::EVALUATION).unwrap();
    assert_eq!(numbers(&y).unwrap(), numbers(&unwatched).unwrap());
}

#[test]
fn a_branch_that_is_left_out_leaves_the_shortcut() {
    let network = network("resnet-14", Shape::new(3, 8, 8));
    let x = || images("input", Shape::new(3, 8, 8));
    let watch = |path: &str| path == "layer1.0" || path == "layer1.1";
    let without = [1.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    let pass = Pass { branches: Some(&without), watch: Some(&watch), ..Pass::EVALUATION };
    let (_, trace) = network.forward(x(), pass).unwrap();
    let [(_, first), (_, second)] = &trace.outputs[..] else { panic!("{:?}", trace.outputs.len()) };
    // What leaves the first block is not negative, so the ReLU after the missing branch changes nothing.
    assert_eq!(numbers(first).unwrap(), numbers(second).unwrap());
    let refused =
        |branches: &[f64]| network.forward(x(), Pass { branches: Some(branches), ..Pass::EVALUATION }).is_err();
    assert!(refused(&[1.0; 5]) && !refused(&[1.0; 6]));
    let plain = crate::digest::network("plain-8", Shape::new(3, 8, 8));
    let pass = Pass { branches: Some(&[1.0, 0.0, 1.0]), ..Pass::EVALUATION };
    assert!(plain.forward(x(), pass).unwrap_err().to_string().contains("block layer2.0"));
}

#[test]
fn evaluation_takes_branches_by_their_expectation() {
    let x = || images("input", Shape::new(3, 8, 8));
    let network = network("resnet-8-sd", Shape::new(3, 8, 8));
    let logits = |mode, branches: Option<&[f64]>| {
        let (y, _) = network.forward(x(), Pass { mode, branches, ..Pass::EVALUATION }).unwrap();
        numbers(&y).unwrap()
    };
    let survival = [1.0 - 0.5 / 3.0, 1.0 - 1.0 / 3.0, 0.5];
    assert_eq!(logits(Mode::Evaluation, None), logits(Mode::Evaluation, Some(&survival)));
    assert_ne!(logits(Mode::Evaluation, None), logits(Mode::Evaluation, Some(&[1.0; 3])));
    assert_eq!(logits(Mode::Training, None), logits(Mode::Training, Some(&[1.0; 3])));
}

#[test]
fn twins_start_at_the_same_weights() {
    let network = |name: &str, seed: u64| {
        let family: skiplayer_deep::describe::family::Family = name.parse().unwrap();
        let device = burn::tensor::Device::flex();
        Network::new(family.build(Shape::new(3, 8, 8), 10).unwrap(), seed, &device).unwrap().to_arrays().unwrap()
    };
    assert_eq!(network("plain-8", 1), network("resnet-8", 1));
    assert_ne!(network("plain-8", 1), network("plain-8", 2));
    let wide = &network("wrn-10-2", 1)["layer3.0.conv2.weight"];
    let variance = wide.values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / wide.values.len() as f64;
    // He: 2 / (9 * 128), here with 147,456 draws, so within four standard errors of 0.37%.
    assert!((variance * 9.0 * 128.0 / 2.0 - 1.0).abs() < 0.015, "{variance}");
    let fixup = network("fixup-20", 1);
    assert!(fixup["layer1.0.conv2.weight"].values.iter().all(|v| *v == 0.0));
    assert!(fixup["fc.weight"].values.iter().all(|v| *v == 0.0));
}

#[test]
fn weights_of_another_network_are_refused() {
    let small = network("resnet-8", Shape::new(3, 8, 8));
    let mut arrays = small.to_arrays().unwrap();
    let load = |arrays: &_| Network::from_arrays(small.architecture().clone(), arrays, small.device());
    assert!(load(&arrays).is_ok());
    let counted = skiplayer_deep::network::Array { shape: vec![], values: vec![7.0] };
    arrays.insert("bn1.num_batches_tracked".to_owned(), counted.clone());
    assert!(load(&arrays).is_ok());
    arrays.insert("extra".to_owned(), counted);
    assert!(load(&arrays).unwrap_err().to_string().contains("a tensor `extra`"));
    arrays.remove("extra");
    let fc = arrays.remove("fc.weight").unwrap();
    assert!(load(&arrays).unwrap_err().to_string().contains("no tensor `fc.weight`"));
    arrays.insert("fc.weight".to_owned(), skiplayer_deep::network::Array { shape: vec![64, 4], ..fc });
    assert!(load(&arrays).unwrap_err().to_string().contains("expected [4, 64]"));
    assert!(small.forward(images("input", Shape::new(1, 8, 8)), Pass::EVALUATION).is_err());
}

/// Veit et al. 2016: with n blocks there are 2^n paths, and the gradient is the sum over them.
#[test]
fn gradients_over_all_paths_add_up_to_the_gradient() {
    let gradient = |name: &str, ways: Option<&[Way]>| {
        let network = network(name, Shape::new(3, 8, 8)).trainable();
        let x = images("input", Shape::new(3, 8, 8)).autodiff().require_grad();
        let (y, _) = network.forward(x.clone(), Pass { ways, ..Pass::EVALUATION }).unwrap();
        let probe = TensorData::new(values("probe", N * CLASSES), [N, CLASSES, 1, 1]);
        let gradients = (y.clone() * Tensor::from_data(probe, &y.device())).sum().backward();
        numbers(&x.grad(&gradients).unwrap()).unwrap()
    };
    for name in ["resnet-8", "resnet-8-b", "preact-8", "wrn-10-2"] {
        let whole = gradient(name, None);
        let mut sum = vec![0.0; whole.len()];
        for path in 0..8 {
            let ways = [0, 1, 2].map(|block| if path >> block & 1 == 1 { Way::Branch } else { Way::Shortcut });
            for (sum, part) in sum.iter_mut().zip(gradient(name, Some(&ways))) {
                *sum += part;
            }
        }
        let scale = whole.iter().fold(0.0f32, |a, b| a.max(b.abs()));
        for (sum, whole) in sum.iter().zip(&whole) {
            assert!((sum - whole).abs() <= 1e-4 * scale, "{name}: {sum}, {whole}");
        }
    }
}

#[test]
fn exact_statistics_are_those_of_all_batches() {
    let network = network("resnet-8", Shape::new(3, 8, 8));
    let x = |name| images(name, Shape::new(3, 8, 8));
    let pass = |x| network.forward(x, Pass::TRAINING).unwrap();
    // With the statistics of one batch, evaluation does with that batch what training did.
    let (trained, trace) = pass(x("input"));
    let exact = network.with_exact_statistics(&[trace]).unwrap();
    let (evaluated, _) = exact.forward(x("input"), Pass::EVALUATION).unwrap();
    for (a, b) in numbers(&trained).unwrap().iter().zip(numbers(&evaluated).unwrap()) {
        assert!((a - b).abs() < 1e-5);
    }
    // The first batch norm sees the same values in two halves as in one batch.
    let both = Tensor::cat(vec![x("input"), x("other")], 0);
    let halves = network.with_exact_statistics(&[pass(x("input")).1, pass(x("other")).1]).unwrap().to_arrays().unwrap();
    let whole = network.with_exact_statistics(&[pass(both).1]).unwrap().to_arrays().unwrap();
    for name in ["bn1.running_mean", "bn1.running_var"] {
        for (a, b) in halves[name].values.iter().zip(&whole[name].values) {
            assert!((a - b).abs() <= 1e-5 * b.abs().max(0.1), "{name}: {a}, {b}");
        }
    }
    assert!(network.with_exact_statistics(&[]).is_err());
}
