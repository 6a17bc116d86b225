//! How long a training step takes on the CPU and how much memory the process has had, on images of noise:
//!
//! ```text
//! cargo run --release -p skiplayer-deep --example step -- resnet-20 128 [steps, rate, memory-efficient]
//! ```

use std::str::FromStr;
use std::time::Instant;
use std::{env, fs};

use burn::tensor::Device;
use skiplayer::{Error, Result};
use skiplayer_deep::data::{Batch, Targets};
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::network::Network;
use skiplayer_deep::recipe::OptimizerOptions;
use skiplayer_deep::rng::{Purpose, Stream};
use skiplayer_deep::train::{Loss, Run, on_training_thread};

/// As in the command: maps of many megabytes come and go in every layer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Steps that are told of where nothing else is asked for. One before them warms caches up.
const N_STEPS: u64 = 5;

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or("resnet-20".to_owned());
    let n: usize = number("size of the batch", arguments.next(), 128)?;
    let n_steps = number("steps", arguments.next(), N_STEPS)?;
    let rate = number("learning rate", arguments.next(), 0.01)?;
    let memory_efficient = arguments.next().is_some_and(|word| word == "memory-efficient");
    on_training_thread(|| {
        let family: Family = name.parse()?;
        let architecture = family.build_default()?;
        let (shape, n_outputs) = (architecture.input, architecture.n_outputs);
        let network = Network::new(architecture, 0, &Device::flex())?;
        let mut run = Run::new(network, OptimizerOptions::HE2015, Loss::CrossEntropy { smoothing: 0.0 }, 0)?;
        run.memory_efficient = memory_efficient;
        let mut stream = Stream::new(0, Purpose::Noise, 0, 0);
        let values = (0..n as u64 * shape.size()).map(|_| stream.normal() as f32).collect();
        let classes = (0..n).map(|_| stream.below(n_outputs as u32) as u16).collect();
        let batch = Batch { values, shape, targets: Targets::Classes(classes) };
        run.take_step(&batch, rate)?;
        for _ in 0..n_steps {
            let start = Instant::now();
            let record = run.take_step(&batch, rate)?;
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "{name}, batch of {n}: {seconds:.3} s a step, {:.0} images a second, loss {:.4}",
                n as f64 / seconds,
                record.loss
            );
        }
        // By the process itself: what others are told may be inherited from whoever started it.
        if let Some(peak) = peak_memory() {
            println!("{name}, batch of {n}: {peak} of memory at most");
        }
        Ok(())
    })
}

fn number<N: FromStr>(what: &str, word: Option<String>, usual: N) -> Result<N> {
    let Some(word) = word else { return Ok(usual) };
    word.parse().map_err(|_| Error::input(what, format!("`{word}`")).expected("a number"))
}

/// The largest resident set so far; where Linux tells it.
fn peak_memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(|size| size.trim().to_owned())
}
