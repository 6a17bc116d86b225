//! What devices besides the processor compute, where the crate was built for them:
//! `CUBECL_AUTOTUNE_LEVEL=minimal cargo test -p skiplayer-deep --features wgpu --test devices -- --nocapture`.
//!
//! Without a graphics processor Mesa's software Vulkan will do (Debian's `mesa-vulkan-drivers`), for which kernels are not worth tuning. Not in
//! the usual suite: it needs a device, a hundred more crates and ten minutes.
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

/// One of each family, small. Where maps are one pixel, as in resnet-18 at this size, a batch norm sees as many numbers as there are images,
/// and ten steps make much of what is rounded otherwise.
const NETWORKS: [&str; 11] = [
    "mlp-4-64",
    "plain-8",
    "resnet-8",
    "resnet-14-sd",
    "preact-8",
    "wrn-10-2",
    "densenet-10-4",
    "densenet-bc-16-4",
    "highway-8",
    "rezero-8",
    "fixup-8",
];
const N_STEPS: usize = 10;
const N_IMAGES: usize = 4;
/// Length of a difference, over the length of what the processor has. Gradients of a rectifier that is a rounding error from zero are there on
/// one side only: with software Vulkan they were up to 0.003 apart, everything else up to 0.0001.
const TOLERANCE: f64 = 1e-2;

fn noise(n: usize, seed: u64) -> Vec<f32> {
    let mut stream = Stream::new(seed, Purpose::Noise, 0, 0);
    (0..n).map(|_| stream.normal() as f32).collect()
}

fn numbers_of<const D: usize>(tensor: &Tensor<D>) -> impl Iterator<Item = f64> + use<D> {
    numbers(tensor).unwrap().into_iter().map(f64::from)
}

/// Logits of an evaluation, the gradients of a pass of training by all parameters, and the losses of ten steps.
fn all_of(name: &str, device: &Device) -> [(&'static str, Vec<f64>); 3] {
    let [channels, height, width] = if name.starts_with("mlp") { [64, 1, 1] } else { [3, 32, 32] };
    let shape = Shape::new(channels, height, width);
    let architecture = name.parse::<Family>().unwrap().build(shape, 4).unwrap();
    let network = Network::new(architecture, 3, device).unwrap();
    let values = noise(N_IMAGES * shape.size() as usize, 7);
    let x = || Tensor::<4>::from_data(TensorData::new(values.clone(), [N_IMAGES, channels, height, width]), device);

    let (logits, _) = network.forward(x(), Pass::EVALUATION).unwrap();
    let logits = numbers_of(&logits).collect();

    let tracked = network.trainable();
    let (outputs, _) = tracked.forward(x().autodiff(), Pass::TRAINING).unwrap();
    let probe = TensorData::new(noise(outputs.dims().iter().product(), 9), outputs.dims());
    let backward = (outputs * Tensor::from_data(probe, device).autodiff()).sum().backward();
    // All together: some vanish, such as those of constants that a batch norm takes away.
    let of_parameters = tracked.parameters().values();
    let gradients = of_parameters.flat_map(|own| numbers_of(&own.value.grad(&backward).unwrap())).collect();

    let mut run = Run::new(network, OptimizerOptions::HE2015, Loss::CrossEntropy { smoothing: 0.0 }, 5).unwrap();
    let classes = (0..N_IMAGES).map(|i| (i % 4) as u16).collect();
    let batch = Batch { values: values.clone(), shape, targets: Targets::Classes(classes) };
    let losses = (0..N_STEPS).map(|_| run.take_step(&batch, 0.01).unwrap().loss).collect();
    [("logits", logits), ("gradients", gradients), ("losses of ten steps", losses)]
}

fn distance(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let squares: f64 = found.iter().zip(expected).map(|(a, b)| (a - b).powi(2)).sum();
    // Some networks begin with zeros.
    let size = expected.iter().map(|v| v * v).sum::<f64>().max(f64::MIN_POSITIVE);
    (squares / size).sqrt()
}

#[test]
fn devices_compute_what_the_processor_does() {
    let wrong = on_training_thread(|| {
        let mut wrong = Vec::new();
        for backend in Backend::ALL.into_iter().filter(|backend| *backend != Backend::Cpu && backend.is_built_in()) {
            let device = backend.device()?;
            for name in NETWORKS {
                for ((what, there), (_, here)) in all_of(name, &device).iter().zip(&all_of(name, &Device::flex())) {
                    let distance = distance(there, here);
                    eprintln!("{backend} {name}, {what}: {distance:.1e}");
                    if distance.is_nan() || distance > TOLERANCE {
                        wrong.push(format!("{backend} {name}: {what} differ by {distance:.1e}"));
                    }
                }
            }
        }
        Ok(wrong)
    });
    assert_eq!(wrong.unwrap(), Vec::<String>::new());
}
