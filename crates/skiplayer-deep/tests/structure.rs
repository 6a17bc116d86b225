//! Theorems about descriptions: twins, survival probabilities, memory, and what does not fit together.

use skiplayer_deep::describe::architecture::Architecture;
use skiplayer_deep::describe::block::{Block, Merge, Shortcut, Step, conv};
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::describe::layer::Conv;
use skiplayer_deep::describe::shape::Shape;

fn network(name: &str) -> Architecture {
    name.parse::<Family>().unwrap().build_default().unwrap()
}

#[test]
fn a_plain_twin_has_the_same_parameters_and_multiply_adds() {
    for (name, plain) in [
        ("resnet-20", Some("plain-20")),
        ("resnet-110", Some("plain-110")),
        ("resnet-34-a", Some("plain-34")),
        ("resnet-50-a", Some("plain-50")),
        ("resmlp-8-64", Some("mlp-8-64")),
        ("preact-110", None),
        ("rezero-20", None),
        ("fixup-20", None),
        ("resnet-56-sd", Some("plain-56")),
    ] {
        let (net, twin) = (network(name), network(name).plain_twin().unwrap());
        let (ours, theirs) = (net.cost().unwrap(), twin.cost().unwrap());
        assert_eq!((ours.n_parameters, ours.multiply_adds), (theirs.n_parameters, theirs.multiply_adds), "{name}");
        assert!(twin.blocks().all(|block| block.shortcut == Shortcut::None && block.survival == 1.0));
        assert!(theirs.maps_in_training < ours.maps_in_training, "{name}");
        if let Some(plain) = plain {
            assert_eq!(twin.stages, network(plain).stages, "{name}");
        }
    }
    for name in ["resnet-34", "wrn-16-4", "highway-20", "densenet-40-12", "unet"] {
        let message = network(name).plain_twin().unwrap_err().to_string();
        assert!(message.contains("has weights or widens"), "{message}");
    }
}

#[test]
fn branches_survive_with_the_probabilities_of_the_paper() {
    let net = network("resnet-110-sd");
    let survival: Vec<f64> = net.blocks().map(|block| block.survival).collect();
    assert_eq!(survival.len(), 54);
    for (l, p) in survival.iter().enumerate() {
        assert!((p - (1.0 - (l + 1) as f64 / 54.0 * 0.5)).abs() < 1e-12);
    }
    assert!(network("densenet-40-12").with_stochastic_depth(0.5).is_err());
    assert!(network("resnet-20").with_stochastic_depth(f64::NAN).is_err());
}

#[test]
fn memory_of_a_network_that_can_be_counted_by_hand() {
    // 2 channels of 4x4 = 32 numbers; one residual convolution; a linear layer does not follow.
    let block = Block::residual("b", Shortcut::Identity, vec![conv("c", Conv::k3(2, 2))]);
    let mut net = network("resnet-20");
    net.input = Shape::new(2, 4, 4);
    (net.stem, net.head) = (Vec::new(), Vec::new());
    net.stages.truncate(1);
    net.stages[0].blocks = vec![block];
    let cost = net.cost().unwrap();
    // Input, output of the convolution, sum.
    assert_eq!((cost.maps_in_training, cost.maps_in_prediction), (96, 96));
    net.stages[0].blocks[0].merge = Merge::Concat;
    assert_eq!(net.output().unwrap(), Shape::new(4, 4, 4));
    assert_eq!(net.cost().unwrap().maps_in_prediction, 32 + 32 + 64);
    // Shortcut, branch, the gate before and after its sigmoid.
    net.stages[0].blocks[0].merge = Merge::Gate(Conv::k3(2, 2).bias(0.0));
    assert_eq!(net.cost().unwrap().maps_in_prediction, 4 * 32);
    net.stages[0].blocks[0] = Block::plain("b", vec![conv("c", Conv::k3(2, 2))]);
    assert_eq!(net.cost().unwrap().maps_in_prediction, 64);
    // A projected shortcut, a branch and their sum have twice as many channels.
    let projection = Shortcut::Projection(vec![conv("p", Conv::k1(2, 4))]);
    net.stages[0].blocks[0] = Block::residual("b", projection, vec![conv("c", Conv::k3(2, 4))]);
    assert_eq!(net.cost().unwrap().maps_in_prediction, 3 * 64);
}

#[test]
fn dense_networks_keep_quadratically_many_maps_where_concatenation_copies() {
    let maps = |name: &str| network(name).cost().unwrap().maps_in_training as f64;
    let ratio = maps("densenet-100-12") / maps("densenet-40-12");
    // 32 layers a block instead of 12, and as many times the channels.
    assert!(ratio > 5.0, "{ratio}");
    let ratio = maps("resnet-110") / maps("resnet-56");
    assert!((ratio - 2.0).abs() < 0.1, "{ratio}");
}

#[test]
fn what_does_not_fit_together_is_an_error_with_a_place() {
    let with = |block: Block| {
        let mut net = network("resnet-20");
        net.stages[0].blocks[0] = block;
        net.output().unwrap_err().to_string()
    };
    let branch = |n_inputs, n_outputs, stride| vec![conv("conv1", Conv::k3(n_inputs, n_outputs).stride(stride))];
    let cases = [
        (Block::plain("p", branch(8, 16, 1)), "layer p.conv1: found the shape 16x32x32, expected 8 channels"),
        (
            Block::residual("p", Shortcut::Identity, branch(16, 16, 2)),
            "block p: found a shortcut of 16x32x32 and a branch of",
        ),
        (Block::residual("p", Shortcut::None, branch(16, 16, 1)), "block p: found no shortcut"),
        (
            Block { merge: Merge::Concat, ..Block::residual("p", Shortcut::Identity, branch(16, 16, 2)) },
            "expected the same height and width",
        ),
        (
            Block::residual("p", Shortcut::ZeroPad { stride: 1, n_outputs: 8 }, branch(16, 8, 1)),
            "expected at least the 16 that come in",
        ),
    ];
    for (block, words) in cases {
        let message = with(block);
        assert!(message.contains(words), "`{words}` is missing from: {message}");
    }
    let family: Family = "unet".parse().unwrap();
    assert!(family.build(Shape::new(3, 100, 100), 2).unwrap_err().to_string().contains("multiples of 16"));
    assert!(family.build(Shape::new(3, 160, 96), 2).is_ok());
    let tiny: Family = "densenet-121".parse().unwrap();
    assert!(tiny.build(Shape::new(3, 16, 16), 2).unwrap_err().to_string().contains("larger input"));
    assert!(tiny.build(Shape::new(3, 64, 64), 0).is_err());
    assert!("mlp-4-64".parse::<Family>().unwrap().build(Shape::new(3, 4, 4), 1).is_err());
}

#[test]
fn names_of_parameters_are_those_of_torchvision() {
    let names = |name: &str| {
        let net = network(name);
        let mut names = Vec::new();
        net.traverse(&mut |visit| {
            if let skiplayer_deep::describe::traverse::Visit::Layer { path, layer, .. } = visit
                && layer.n_parameters() > 0
            {
                names.push(path);
            }
        })
        .unwrap();
        names
    };
    let resnet = names("resnet-50-v1.5");
    for name in ["conv1", "bn1", "layer1.0.conv3", "layer1.0.downsample.0", "layer4.2.bn3", "fc"] {
        assert!(resnet.iter().any(|found| found == name), "{name}");
    }
    let dense = names("densenet-121");
    for name in [
        "features.conv0",
        "features.denseblock4.denselayer16.norm2",
        "features.transition3.conv",
        "features.norm5",
        "classifier",
    ] {
        assert!(dense.iter().any(|found| found == name), "{name}");
    }
    for name in skiplayer_deep::describe::family::EXAMPLES {
        let mut sorted = names(name);
        let n = sorted.len();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), n, "{name} has two parameters of one name");
    }
}

#[test]
fn a_branch_may_hold_blocks() {
    let net = network("unet");
    let mut depth = 0;
    let mut block = net.blocks().next();
    while let Some(level) = block {
        depth += 1;
        block = level.branch.iter().find_map(|step| match step {
            Step::Block(block) => Some(&**block),
            Step::Layer(..) => None,
        });
    }
    assert_eq!((depth, net.output().unwrap()), (4, Shape::new(2, 256, 256)));
}
