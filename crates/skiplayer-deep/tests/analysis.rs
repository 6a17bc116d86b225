//! Analyses agree with what is known without them.

use burn::tensor::{Device, Tensor};
use skiplayer::Result;
use skiplayer_deep::analysis::activation_map::activation_maps;
use skiplayer_deep::analysis::gradient_flow::gradient_flow;
use skiplayer_deep::analysis::landscape::{Direction, Trajectory, grid, moved};
use skiplayer_deep::analysis::layer_response::layer_responses;
use skiplayer_deep::analysis::lesion::{lesions, n_scores};
use skiplayer_deep::analysis::mixing::mixing;
use skiplayer_deep::analysis::paths::paths;
use skiplayer_deep::analysis::shattered::shattered;
use skiplayer_deep::data::{Batch, Images, Normalisation, Standard, Targets};
use skiplayer_deep::describe::block::Shortcut;
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::network::{Mode, Network, Pass, branch_path};
use skiplayer_deep::options::KEEP;
use skiplayer_deep::recipe::{Decays, OptimizerOptions, Rule, Velocity};
use skiplayer_deep::rng::{Purpose, Stream};
use skiplayer_deep::tensor::{flat, numbers};
use skiplayer_deep::train::{Loss, Run, Score, evaluate, plain_batch_of_images};

const SHAPE: Shape = Shape::new(3, 8, 8);

fn network(name: &str) -> Network {
    Network::new(name.parse::<Family>().unwrap().build(SHAPE, 4).unwrap(), 1, &Device::flex()).unwrap()
}

fn batch(seed: u64) -> Batch {
    let mut stream = Stream::new(seed, Purpose::Noise, 0, 0);
    let values = (0..8 * SHAPE.size()).map(|_| stream.normal() as f32).collect();
    Batch { values, shape: SHAPE, targets: Targets::Classes((0..8).map(|i| i % 4).collect()) }
}

fn images() -> Tensor<4> {
    batch(2).tensor(&Device::flex()).unwrap()
}

/// Channel c of a batch norm has mean beta_c and standard deviation |gamma_c| over the batch that it normalises by.
#[test]
fn responses_are_told_by_scales_and_shifts() {
    let mut network = network("resnet-14");
    let mut stream = Stream::new(3, Purpose::Noise, 0, 0);
    let names: Vec<String> = network.parameters().keys().filter(|name| name.contains("bn")).cloned().collect();
    for name in &names {
        let values = (0..network.parameters()[name].shape[0]).map(|_| stream.normal() as f32).collect();
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
        assert!((response.closed_form.unwrap() - expected).abs() < 1e-9);
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
    let flows = gradient_flow(&network, loss, &batch(2)).unwrap().weights;
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

const ENTROPY: Loss = Loss::CrossEntropy { smoothing: 0.0 };

fn score(network: &Network, pass: Pass<'_>) -> Result<Score> {
    evaluate(network, ENTROPY, [Ok(batch(5))], pass)
}

/// The shift of a batch norm moves all of its output alike: its gradient is the sum of the gradient there.
#[test]
fn a_tap_gives_the_gradient_of_what_it_is_added_to() {
    let network = network("resnet-8").trainable();
    let path = branch_path("layer2.0");
    let at = |name: &str| name == path;
    let x = images().autodiff();
    let (outputs, trace) = network.forward(x, Pass { tap: Some(&at), watch: Some(&at), ..Pass::TRAINING }).unwrap();
    let expected = ENTROPY.expected_outputs(&batch(2).targets, 8, Shape::row(4)).unwrap();
    let gradients = ENTROPY.value(outputs, expected).unwrap().backward();
    let (_, zeros) = &trace.taps[0];
    assert_eq!((trace.taps.len(), trace.outputs.len()), (1, 1));
    let tapped = zeros.grad(&gradients).unwrap();
    let [n, channels, height, width] = tapped.dims();
    let sums = numbers(&tapped.swap_dims(0, 1).reshape([channels, n * height * width]).sum_dim(1)).unwrap();
    let shifts = numbers(&network.parameters()["layer2.0.bn2.bias"].value.grad(&gradients).unwrap()).unwrap();
    for (sum, shift) in sums.iter().zip(&shifts) {
        assert!((sum - shift).abs() < 1e-5 * shift.abs().max(1e-2), "{sum} {shift}");
    }
}

/// Branches that are nothing hand on every gradient as it is.
#[test]
fn identities_keep_gradients() {
    let flow = gradient_flow(&network("rezero-14"), ENTROPY, &batch(2)).unwrap();
    let names: Vec<&str> = flow.signals.iter().map(|signal| signal.path.as_str()).collect();
    assert_eq!(names[..3], ["stem", "layer1.0", "layer1.1"]);
    assert_eq!(flow.signals[0].backward, flow.signals[1].backward);
    assert_eq!(flow.signals[0].forward, flow.signals[1].forward);
    let last = flow.signals.len() - 1;
    let product: f64 = (0..last).map(|i| flow.signals[i].backward / flow.signals[i + 1].backward).product();
    assert!((flow.first_over_last().unwrap() - product).abs() < 1e-9 * product);
    let bare = network("plain-14").architecture().without_batch_norm().unwrap();
    assert_eq!(bare.cost().unwrap().n_layers, 14);
    let bare = gradient_flow(&Network::new(bare, 1, &Device::flex()).unwrap(), ENTROPY, &batch(2)).unwrap();
    assert_eq!(bare.signals.len(), 7);
}

#[test]
fn lesions_are_passes_without_branches() {
    let network = network("resnet-14");
    let mut n = 0;
    let mut counted = |network: &Network, pass: Pass<'_>| {
        n += 1;
        score(network, pass)
    };
    let found = lesions(&network, 2, 1, &mut counted).unwrap();
    assert_eq!(n, n_scores(&network, 2).unwrap());
    assert_eq!(found.loss, score(&network, Pass::EVALUATION).unwrap().loss);
    assert_eq!(found.single.len(), 6);
    let changes: Vec<bool> = found.single.iter().map(|lesion| lesion.changes_shape).collect();
    assert_eq!(changes, [false, false, true, false, true, false]);
    for (i, lesion) in found.single.iter().enumerate() {
        let mut branches = [1.0; 6];
        branches[i] = 0.0;
        let masked = score(&network, Pass { branches: Some(&branches), ..Pass::EVALUATION }).unwrap();
        assert_eq!(lesion.loss, Some(masked.loss), "{}", lesion.block);
    }
    // Four blocks keep the shape, and only those of the first stage can change places.
    assert_eq!(found.several.iter().map(|several| several.n).max(), Some(4));
    assert!(found.shuffled.iter().all(|shuffled| [1.0, 1.0 - 2.0 / 15.0].contains(&shuffled.kendall_tau)));
    assert!(found.shuffled.iter().any(|shuffled| shuffled.kendall_tau < 1.0 && shuffled.loss != found.loss));
}

#[test]
fn plain_blocks_go_altogether_or_not_at_all() {
    let network = network("plain-14");
    let found = lesions(&network, 1, 1, &mut score).unwrap();
    let without = network.arranged(&[0, 2, 3, 4, 5]).unwrap();
    assert_eq!(found.single[1].loss, Some(score(&without, Pass::EVALUATION).unwrap().loss));
    assert_eq!((found.single[2].error, found.single[4].error), (None, None));
    assert!(network.arranged(&[2, 0, 1, 3, 4, 5]).is_err());
    assert!(network.arranged(&[0, 6]).is_err());
}

#[test]
fn gradients_come_by_paths_of_every_length() {
    let mut seen = Vec::new();
    let observe = &mut |done, of| seen.push((done, of));
    let found = paths(&network("resnet-14"), ENTROPY, &batch(2), 2, 1, observe).unwrap();
    assert_eq!(seen, (0..14).map(|done| (done, 14)).collect::<Vec<_>>());
    assert_eq!(found.lengths.len(), 7);
    let sum =
        |share: fn(&skiplayer_deep::analysis::paths::PathLength) -> f64| found.lengths.iter().map(share).sum::<f64>();
    assert!((sum(|path| path.share_of_paths) - 1.0).abs() < 1e-12);
    assert!((sum(|path| path.share_of_gradient) - 1.0).abs() < 1e-12);
    assert!(found.effective_length > 0.0 && found.effective_length < 6.0);
    assert!(
        paths(&network("plain-8"), ENTROPY, &batch(2), 1, 1, &mut |_, _| {})
            .unwrap_err()
            .to_string()
            .contains("plain-8")
    );
}

#[test]
fn what_a_block_reads_is_made_of_what_was_before_it() {
    for name in ["plain-14", "resnet-14", "preact-14", "rezero-14", "highway-8", "densenet-10-4", "resmlp-8-6"] {
        let (network, x) = match name {
            "resmlp-8-6" => {
                let shape = Shape::row(12);
                let net = name.parse::<Family>().unwrap().build(shape, 4).unwrap();
                (Network::new(net, 1, &Device::flex()).unwrap(), images().reshape([8 * 16, 12, 1, 1]))
            }
            _ => (network(name), images()),
        };
        let found = mixing(&network, &x).unwrap();
        let is_plain: Vec<bool> =
            network.architecture().blocks().map(|block| block.shortcut == Shortcut::None).collect();
        assert_eq!(found.readers.len(), network.architecture().blocks().count() + 1, "{name}");
        for (i, reader) in found.readers.iter().enumerate() {
            assert_eq!(reader.shares.len(), i + 1, "{name}");
            let sum: f64 = reader.shares.iter().sum();
            assert!((sum - 1.0).abs() < 1e-4, "{name}, {}: {:?}", reader.reader, reader.shares);
            let last = reader.shares[i];
            if name == "rezero-14" {
                // Nothing but the stem: all branches are nothing.
                assert!((reader.shares[0] - 1.0).abs() < 1e-5);
            } else if i > 0 {
                // A plain block leaves nothing of what was before it.
                assert_eq!(
                    is_plain[i - 1],
                    (last - 1.0).abs() < 1e-5,
                    "{name}, {}: {:?}",
                    reader.reader,
                    reader.shares
                );
            }
        }
    }
}

#[test]
fn skips_keep_gradients_from_shattering() {
    let at_lag_1 = |name: &str| shattered(&network(name), 64, 4, 1).unwrap().autocorrelation[1];
    let (plain, residual) = (at_lag_1("plain-26"), at_lag_1("resnet-26"));
    assert!(residual > plain + 0.1, "{plain} {residual}");
    assert!(shattered(&network("plain-8"), 7, 1, 1).is_err());
}

#[test]
fn a_landscape_is_centred_and_its_directions_are_as_long_as_the_filters() {
    let network = network("resnet-8");
    let directions = [Direction::random(&network, 1, 0).unwrap(), Direction::random(&network, 1, 1).unwrap()];
    assert_eq!(moved(&network, &directions, 0.0, 0.0).unwrap().to_arrays().unwrap(), network.to_arrays().unwrap());
    let there = moved(&network, &directions, 1.0, 0.0).unwrap().to_arrays().unwrap();
    let here = network.to_arrays().unwrap();
    for (name, array) in &here {
        let moved = array.values.iter().zip(&there[name].values).map(|(a, b)| f64::from(b - a));
        if !name.ends_with("conv1.weight") && !name.ends_with("conv2.weight") && name != "fc.weight" {
            assert!(moved.clone().all(|change| change == 0.0), "{name}");
            continue;
        }
        let per_filter = array.values.len() / array.shape[0];
        let moved: Vec<f64> = moved.collect();
        for (change, filter) in moved.chunks(per_filter).zip(array.values.chunks(per_filter)) {
            let (new, own): (f64, f64) =
                (change.iter().map(|d| d * d).sum(), filter.iter().map(|w| f64::from(*w).powi(2)).sum());
            assert!((new / own - 1.0).abs() < 1e-4, "{name}: {new} {own}");
        }
    }
    let places = grid(3, 0.5);
    assert_eq!((places[0], places[4], places[8], places.len()), ((-0.5, -0.5), (0.0, 0.0), (0.5, 0.5), 9));
}

/// Three states span a plane: all of the training lies in it, and moving back along it leads to the states.
#[test]
fn a_trajectory_is_found_on_its_plane() {
    let end = network("resnet-8");
    let directions = [Direction::random(&end, 1, 0).unwrap(), Direction::random(&end, 1, 1).unwrap()];
    let at = |a: f64, b: f64| moved(&end, &directions, a, b).unwrap();
    let states = [at(1.0, 0.2), at(0.4, 0.3), at(0.1, -0.2), end.clone()];
    let found = Trajectory::of(&states).unwrap();
    assert!((found.share - 1.0).abs() < 1e-6, "{}", found.share);
    assert_eq!(found.places.len(), 4);
    assert_eq!(found.places[3], (0.0, 0.0));
    assert!(found.places.iter().all(|(a, b)| a.abs() <= 1.0 + 1e-9 && b.abs() <= 1.0 + 1e-9));
    let (a, b) = found.places[1];
    let back = moved(&end, &found.directions, a, b).unwrap().to_arrays().unwrap();
    let there = states[1].to_arrays().unwrap();
    for (name, array) in &there {
        for (x, y) in array.values.iter().zip(&back[name].values) {
            assert!((x - y).abs() < 1e-4, "{name}: {x} {y}");
        }
    }
    let refused = Trajectory::of(&states[2..]).unwrap_err();
    assert!(refused.advice().unwrap().mentions().any(|mention| KEEP.is_in(mention)));
}

/// Zhou et al. 2016: the output for a class is the mean of its map, and the bias.
#[test]
fn outputs_are_means_of_activation_maps() {
    let pixels = (0..5 * SHAPE.size()).map(|i| (i * 7919 % 251) as u8).collect();
    let classes = (0..4).map(|class| class.to_string()).collect();
    let images = Images::new(SHAPE, pixels, vec![0; 5], classes).unwrap();
    let normalisation = Normalisation::fit(Standard::Channel, &images, &images.indices()).unwrap();
    let x = plain_batch_of_images(&images, &normalisation, &images.indices()).tensor(&Device::flex()).unwrap();
    for name in ["resnet-8", "preact-8", "plain-8", "densenet-10-4", "rezero-8"] {
        let network = network(name);
        let outputs = numbers(&network.forward(x.clone(), Pass::EVALUATION).unwrap().0).unwrap();
        let arrays = network.to_arrays().unwrap();
        let bias = arrays.iter().find(|(name, _)| name.starts_with("fc") && name.ends_with("bias"));
        let bias = bias.or(arrays.iter().find(|(name, _)| name.starts_with("classifier") && name.ends_with("bias")));
        let bias = &bias.unwrap().1.values;
        let chosen = [0, 3, 1, 2, 3];
        let maps = activation_maps(&network, &images, &normalisation, &chosen).unwrap();
        for (i, (map, class)) in maps.iter().zip(chosen).enumerate() {
            assert_eq!(map.values.len(), map.height * map.width);
            let mean = map.values.iter().sum::<f32>() / map.values.len() as f32;
            let output = outputs[4 * i + class];
            assert!((mean + bias[class] - output).abs() < 1e-4 * output.abs().max(1.0), "{name}: {mean}, {output}");
        }
    }
    let refused = activation_maps(&network("unet-2-4"), &images, &normalisation, &[0; 5]).unwrap_err().to_string();
    assert!(refused.contains("unet-2-4, which ends otherwise"), "{refused}");
}
