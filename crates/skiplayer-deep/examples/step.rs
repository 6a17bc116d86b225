//! How long a training step takes on the CPU, on images of noise:
//!
//! ```text
//! cargo run --release -p skiplayer-deep --example step -- resnet-20 128
//! ```

use std::env;
use std::time::Instant;

use burn::tensor::Device;
use skiplayer::random::Random;
use skiplayer::{Error, Result};
use skiplayer_deep::family::Family;
use skiplayer_deep::network::Network;
use skiplayer_deep::train::{Batch, Loss, OptimizerOptions, Run, Targets, on_training_thread};

/// As in the command: maps of many megabytes come and go in every layer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The first step warms caches up and is not counted.
const N_STEPS: usize = 5;

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or("resnet-20".to_owned());
    let batch = arguments.next().unwrap_or("128".to_owned());
    let n: usize = batch
        .parse()
        .map_err(|_| Error::input("size of the batch", format!("`{batch}`")).expected("a number such as 128"))?;
    on_training_thread(|| {
        let family: Family = name.parse()?;
        let architecture = family.build_default()?;
        let (shape, n_outputs) = (architecture.input, architecture.n_outputs);
        let network = Network::new(architecture, 0, &Device::flex())?;
        let mut run = Run::new(network, OptimizerOptions::HE2015, Loss::CrossEntropy { smoothing: 0.0 }, 0)?;
        let mut random = Random::new(0, 0);
        let values = (0..n as u64 * shape.size()).map(|_| random.normal() as f32).collect();
        let classes = (0..n).map(|_| random.below(n_outputs) as u16).collect();
        let batch = Batch { values, shape, targets: Targets::Classes(classes) };
        run.take_step(&batch, 0.01)?;
        for _ in 0..N_STEPS {
            let start = Instant::now();
            let record = run.take_step(&batch, 0.01)?;
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "{name}, batch of {n}: {seconds:.3} s a step, {:.0} images a second, loss {:.4}",
                n as f64 / seconds,
                record.loss
            );
        }
        Ok(())
    })
}
