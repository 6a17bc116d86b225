//! What devices besides the processor compute, where the crate was built for them: `cargo test -p skiplayer-deep --features wgpu --test devices`.
//! Without a graphics processor Mesa's software Vulkan will do (Debian's `mesa-vulkan-drivers`). Not in the usual suite: a device is
//! needed, and a hundred more crates.
#![cfg(any(feature = "wgpu", feature = "cuda"))]

use burn::tensor::{Device, Tensor, TensorData};
use skiplayer_deep::backend::Backend;
use skiplayer_deep::data::{Batch, Targets};
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::network::{Network, Pass};
use skiplayer_deep::recipe::OptimizerOptions;
use skiplayer_deep::rng::{Purpose, Stream};
use skiplayer_deep::tensor::numbers;
use skiplayer_deep::train::{Loss, Run, on_training_thread};

/// One of each kind, small.
const NETWORKS: [&str; 14] = [
    "plain-8",
    "resnet-8",
    "resnet-14-sd",
    "resnet-18",
    "resnet-50",
    "preact-11",
    "wrn-10-2",
    "densenet-10-4",
    "densenet-bc-16-4",
    "highway-8",
    "rezero-8",
    "fixup-8",
    "unet-2-4",
    "mlp-4-64",
];
const N_STEPS: usize = 10;
const N_IMAGES: usize = 4;

fn noise(n: usize, seed: u64) -> Vec<f32> {
    let mut stream = Stream::new(seed, Purpose::Noise, 0, 0);
    (0..n).map(|_| stream.normal() as f32).collect()
}

/// Logits of an evaluation, then the gradients of a pass of training by all parameters, then the losses of ten steps.
fn all_of(name: &str, device: &Device) -> Vec<(String, Vec<f64>)> {
    let shape = Shape::new(3, 32, 32);
    let architecture = name.parse::<Family>().unwrap().build(shape, 4).unwrap();
    let positions = architecture.output().unwrap().positions() as usize;
    let network = Network::new(architecture, 3, device).unwrap();
    let values = noise(N_IMAGES * shape.size() as usize, 7);
    let x = || Tensor::<4>::from_data(TensorData::new(values.clone(), [N_IMAGES, 3, 32, 32]), device);
    let wide = |values: Vec<f32>| values.into_iter().map(f64::from).collect::<Vec<f64>>();

    let (logits, _) = network.forward(x(), Pass::EVALUATION).unwrap();
    let mut all = vec![("logits".to_owned(), wide(numbers(&logits).unwrap()))];

    let tracked = network.trainable();
    let (outputs, _) = tracked.forward(x().autodiff(), Pass::TRAINING).unwrap();
    let probe = TensorData::new(noise(outputs.dims().iter().product(), 9), outputs.dims());
    let gradients = (outputs * Tensor::from_data(probe, device).autodiff()).sum().backward();
    for (name, parameter) in tracked.parameters() {
        let gradient = parameter.value.grad(&gradients).unwrap();
        all.push((format!("gradient of {name}"), wide(numbers(&gradient).unwrap())));
    }

    let mut run = Run::new(network, OptimizerOptions::HE2015, Loss::CrossEntropy { smoothing: 0.0 }, 5).unwrap();
    let classes = (0..N_IMAGES * positions).map(|i| (i % 4) as u16).collect();
    let batch = Batch { values: values.clone(), shape, targets: Targets::Classes(classes) };
    let losses = (0..N_STEPS).map(|_| run.take_step(&batch, 0.01).unwrap().loss).collect();
    all.push(("losses of ten steps".to_owned(), losses));
    all
}

/// Largest distance from the processor, over the largest number of the same tensor.
fn distance(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let size = expected.iter().fold(1e-3f64, |size, v| size.max(v.abs()));
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / size
}

#[test]
fn devices_compute_what_the_processor_does() {
    let found = on_training_thread(|| {
        let mut wrong = Vec::new();
        for backend in Backend::ALL.into_iter().filter(|backend| *backend != Backend::Cpu && backend.is_built_in()) {
            let device = backend.device()?;
            for name in NETWORKS {
                let (there, here) = (all_of(name, &device), all_of(name, &Device::flex()));
                let mut worst = ("", 0.0);
                for ((what, there), (_, here)) in there.iter().zip(&here) {
                    let distance = distance(there, here);
                    // A distance that is no number is the worst.
                    if !(distance <= worst.1) {
                        worst = (what.as_str(), distance);
                    }
                }
                eprintln!("{backend} {name}: {:.1e} ({})", worst.1, worst.0);
                if !(worst.1 <= 2e-3) {
                    wrong.push(format!("{backend} {name}: {} differ by {:.1e}", worst.0, worst.1));
                }
            }
        }
        Ok(wrong)
    });
    assert_eq!(found.unwrap(), Vec::<String>::new());
}
