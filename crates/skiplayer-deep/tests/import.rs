//! Networks of other programs compute here what they compute there.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::import::{Imported, Settings, Source, import};
use skiplayer_deep::network::{Array, Network, Pass};
use skiplayer_deep::rng::{Purpose, Stream};
use skiplayer_deep::tensor::numbers;

type Arrays = Vec<(String, Array)>;
/// What a source calls a tensor that torchvision calls so.
type Rename<'a> = &'a dyn Fn(&str) -> String;

/// A network with batch norms that do something.
fn network(name: &str, side: usize) -> Network {
    let family: Family = name.parse().unwrap();
    let mut input = family.default_input();
    (input.height, input.width) = (side, side);
    let fresh = Network::new(family.build(input, 5).unwrap(), 3, &Device::flex()).unwrap();
    let mut random = Stream::new(7, Purpose::Weights, 0, 0);
    let mut arrays = fresh.to_arrays().unwrap();
    for (name, array) in &mut arrays {
        let is_norm = array.shape.len() == 1 && !name.starts_with("fc.");
        for value in array.values.iter_mut().filter(|_| is_norm) {
            *value += 0.5 * random.uniform() as f32;
        }
    }
    Network::from_arrays(fresh.architecture().clone(), &arrays, &Device::flex()).unwrap()
}

fn logits(network: &Network) -> Vec<f32> {
    let input = network.architecture().input;
    let n = 2 * input.size() as usize;
    let values: Vec<f32> = (0..n).map(|i| ((i * 37 % 101) as f32) / 50.0 - 1.0).collect();
    let x = Tensor::<1>::from_floats(&values[..], &Device::flex());
    let x = x.reshape([2, input.channels, input.height, input.width]);
    numbers(&network.forward(x, Pass::EVALUATION).unwrap().0).unwrap()
}

fn assert_close(ours: &[f32], theirs: &[f32]) {
    let scale = theirs.iter().fold(0.0f32, |scale, value| scale.max(value.abs()));
    assert!(scale > 0.01);
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() <= 1e-5 * scale, "{ours:?}, expected {theirs:?}");
    }
}

fn renamed(network: &Network, rename: impl Fn(&str) -> String) -> Arrays {
    network.to_arrays().unwrap().into_iter().map(|(name, array)| (rename(&name), array)).collect()
}

fn imported(name: &str, arrays: Arrays, settings: Settings) -> Result<Imported, String> {
    import(arrays, &name.parse().unwrap(), &settings).map_err(|error| error.to_string())
}

fn built(imported: &Imported) -> Network {
    Network::from_arrays(imported.architecture.clone(), &imported.arrays, &Device::flex()).unwrap()
}

fn sized(side: usize) -> Settings {
    Settings { size: Some([side, side]), ..Settings::default() }
}

/// A shortcut that pads on both sides is a projection by a matrix of zeros and ones, which option B can hold.
#[test]
fn shortcuts_that_pad_on_both_sides_compute_the_same_after_their_channels_are_reordered() {
    let theirs = network("resnet-14-b", 16);
    let mut with_padding = theirs.to_arrays().unwrap();
    for (stage, n_inputs) in [("layer2.0", 16), ("layer3.0", 32)] {
        let (n_outputs, padding) = (2 * n_inputs, n_inputs / 2);
        let projection = with_padding.get_mut(&format!("{stage}.downsample.0.weight")).unwrap();
        projection.values.fill(0.0);
        (0..n_inputs).for_each(|channel| projection.values[(channel + padding) * n_inputs + channel] = 1.0);
        for (what, value) in [("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0 - 1e-5)] {
            let array = with_padding.get_mut(&format!("{stage}.downsample.1.{what}")).unwrap();
            assert_eq!(array.shape, [n_outputs]);
            array.values.fill(value);
        }
    }
    let reference = Network::from_arrays(theirs.architecture().clone(), &with_padding, &Device::flex()).unwrap();
    let of_file: Arrays = with_padding
        .into_iter()
        .filter(|(name, _)| !name.contains("downsample"))
        .map(|(name, array)| (format!("module.{}", name.replace("fc.", "linear.")), array))
        .collect();
    let ours = imported("resnet-14", of_file.clone(), sized(16)).unwrap();
    assert_eq!((ours.source, ours.prefix.as_str()), (Source::Cifar, "module."));
    assert!(ours.conventions[0].contains("on both sides"), "{:?}", ours.conventions);
    assert_close(&logits(&built(&ours)), &logits(&reference));
    // Taken for a file that pads behind, it would load as well, and be wrong.
    let own = Settings { source: Some(Source::Own), mean_std: Some(vec![(0.5, 0.2); 3]), ..sized(16) };
    let renamed = of_file.into_iter().map(|(name, array)| (name.replace("linear.", "fc."), array)).collect();
    let wrong = logits(&built(&imported("resnet-14", renamed, own).unwrap()));
    let right = logits(&reference);
    assert!(
        wrong.iter().zip(&right).any(|(a, b)| (a - b).abs() > 0.01 * right.iter().fold(0.0f32, |m, v| m.max(v.abs())))
    );
}

#[test]
fn names_of_all_sources_lead_to_the_same_network() {
    let own = network("resnet-50-v1.5", 32);
    let expected = logits(&own);
    let hugging_face = |name: &str| {
        let words: Vec<&str> = name.split('.').collect();
        match words[..] {
            ["conv1", what] => format!("resnet.embedder.embedder.convolution.{what}"),
            ["bn1", what] => format!("resnet.embedder.embedder.normalization.{what}"),
            ["fc", what] => format!("classifier.1.{what}"),
            [stage, block, "downsample", layer, what] => {
                let stage: usize = stage.trim_start_matches("layer").parse::<usize>().unwrap() - 1;
                let layer = if layer == "0" { "convolution" } else { "normalization" };
                format!("resnet.encoder.stages.{stage}.layers.{block}.shortcut.{layer}.{what}")
            }
            [stage, block, layer, what] => {
                let stage: usize = stage.trim_start_matches("layer").parse::<usize>().unwrap() - 1;
                let (kind, at) = match layer.strip_prefix("conv") {
                    Some(at) => ("convolution", at),
                    None => ("normalization", layer.trim_start_matches("bn")),
                };
                let at: usize = at.parse::<usize>().unwrap() - 1;
                format!("resnet.encoder.stages.{stage}.layers.{block}.layer.{at}.{kind}.{what}")
            }
            _ => panic!("{name}"),
        }
    };
    let names: [(Source, Rename<'_>); 4] = [
        (Source::Torchvision, &|name| name.to_owned()),
        (Source::Torchvision, &|name| format!("module._orig_mod.{name}")),
        (Source::Cifar, &|name| name.replace("downsample", "shortcut").replace("fc.", "linear.")),
        (Source::HuggingFace, &hugging_face),
    ];
    for (source, rename) in names {
        let ours = imported("resnet-50-v1.5", renamed(&own, rename), sized(32)).unwrap();
        assert_eq!((ours.source, ours.by_order.is_none()), (source, true));
        assert_eq!(logits(&built(&ours)), expected);
    }
    let message = imported("resnet-50", renamed(&own, str::to_owned), sized(32)).unwrap_err();
    assert!(message.contains("expected resnet-50-v1.5, which does so too"), "{message}");
}

/// In the order in which PyTorch writes them, which is that of its modules.
#[test]
fn tensors_without_names_are_matched_by_order_and_shape() {
    let own = network("resnet-8-b", 8);
    let arrays = own.to_arrays().unwrap();
    let mut order: Vec<String> = Vec::new();
    let norm = |path: &str| ["weight", "bias", "running_mean", "running_var"].map(|what| format!("{path}.{what}"));
    order.push("conv1.weight".to_owned());
    order.extend(norm("bn1"));
    for stage in 1..=3 {
        let block = format!("layer{stage}.0");
        for at in [1, 2] {
            order.push(format!("{block}.conv{at}.weight"));
            order.extend(norm(&format!("{block}.bn{at}")));
        }
        if stage > 1 {
            order.push(format!("{block}.downsample.0.weight"));
            order.extend(norm(&format!("{block}.downsample.1")));
        }
    }
    order.extend(["fc.weight".to_owned(), "fc.bias".to_owned()]);
    let nameless: Arrays =
        order.iter().enumerate().map(|(at, name)| (format!("p{at}"), arrays[name].clone())).collect();
    let settings = Settings { mean_std: Some(vec![(0.5, 0.25); 3]), ..sized(8) };
    let ours = imported("resnet-8-b", nameless, settings).unwrap();
    assert_eq!(ours.by_order.unwrap()[0], ("p0".to_owned(), "conv1.weight".to_owned()));
    assert_eq!(ours.arrays, arrays);
    assert!((ours.normalisation.mean_std()[2].1 - 0.25).abs() < 1e-6);
}

#[test]
fn what_does_not_match_is_listed_and_the_right_network_named() {
    let arrays = renamed(&network("resnet-20", 8), str::to_owned);
    let message = imported("resnet-32", arrays.clone(), sized(8)).unwrap_err();
    assert!(message.contains("missing: layer1.3.conv1.weight"), "{message}");
    assert!(message.contains("they are those of resnet-20"), "{message}");
    let mut without: BTreeMap<String, Array> = arrays.iter().cloned().collect();
    without.remove("bn1.bias");
    without.insert("extra".to_owned(), Array { shape: vec![1], values: vec![0.0] });
    let other = Array { shape: vec![16, 16, 1, 1], values: vec![0.0; 256] };
    without.insert("layer1.0.conv2.weight".to_owned(), other);
    let message = imported("resnet-20", without.into_iter().collect(), sized(8)).unwrap_err();
    for words in [
        "1 missing: bn1.bias",
        "1 unexpected: extra",
        "1 of another shape: layer1.0.conv2.weight [16, 16, 1, 1] for [16, 16, 3, 3]",
    ] {
        assert!(message.contains(words), "{message}");
    }
    let message = imported("resnet-20", arrays, sized(8)).unwrap_err();
    assert!(message.contains("no normalisation of the images"), "{message}");
    assert!(imported("resnet-20", Vec::new(), Settings::default()).is_err());
}
