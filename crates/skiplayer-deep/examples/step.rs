//! How long a training step takes on the CPU, or a pass of evaluation, and how much memory the process has had, on images of noise:
//!
//! ```text
//! cargo run --release -p skiplayer-deep --example step -- resnet-20 128 [steps, rate, words]
//! ```
//!
//! Words: memory-efficient, bf16, evaluate, and a number for the side of the images.

use std::str::FromStr;
use std::time::Instant;
use std::{env, fs};

use burn::tensor::Device;
use skiplayer::{Error, Result};
use skiplayer_deep::data::{Batch, Targets};
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::network::{Network, Pass};
use skiplayer_deep::precision::Precision;
use skiplayer_deep::recipe::OptimizerOptions;
use skiplayer_deep::rng::{Purpose, Stream};
use skiplayer_deep::tensor::numbers;
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
    let (mut memory_efficient, mut precision, mut evaluates, mut side) = (false, Precision::F32, false, None);
    for word in arguments {
        match word.as_str() {
            "memory-efficient" => memory_efficient = true,
            "evaluate" => evaluates = true,
            "f32" | "bf16" => precision = word.parse()?,
            _ => side = Some(number("side of the images", Some(word), 32)?),
        }
    }
    on_training_thread(|| {
        let family: Family = name.parse()?;
        let usual = family.build_default()?;
        let architecture = match side {
            Some(side) => family.build(Shape::new(usual.input.channels, side, side), usual.n_outputs)?,
            None => usual,
        };
        let (shape, n_outputs) = (architecture.input, architecture.n_outputs);
        let network = Network::new(architecture, 0, &Device::flex())?;
        let mut run = Run::new(network, OptimizerOptions::HE2015, Loss::CrossEntropy { smoothing: 0.0 }, 0)?;
        (run.memory_efficient, run.precision) = (memory_efficient, precision);
        let mut stream = Stream::new(0, Purpose::Noise, 0, 0);
        let values = (0..n as u64 * shape.size()).map(|_| stream.normal() as f32).collect();
        let n_answers = n as u64 * run.network.architecture().output()?.positions();
        let classes = (0..n_answers).map(|_| stream.below(n_outputs as u32) as u16).collect();
        let batch = Batch { values, shape, targets: Targets::Classes(classes) };
        let work = |run: &mut Run| -> Result<f64> {
            if !evaluates {
                return Ok(run.take_step(&batch, rate)?.loss);
            }
            let pass = Pass { precision, ..Pass::EVALUATION };
            let network = run.network.valid();
            let (outputs, _) = network.forward(batch.tensor(network.device())?, pass)?;
            Ok(numbers(&outputs)?.into_iter().map(f64::from).sum())
        };
        work(&mut run)?;
        for _ in 0..n_steps {
            let (start, before) = (Instant::now(), processor_seconds());
            let value = work(&mut run)?;
            let seconds = start.elapsed().as_secs_f64();
            let processors = processor_seconds() - before;
            println!(
                "{name}, batch of {n}: {seconds:.4} s a step, {:.0} images a second, {processors:.4} s of processors, loss {value:.4}",
                n as f64 / seconds,
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

/// What all threads of this process have spent on processors; 0 where Linux does not tell it.
fn processor_seconds() -> f64 {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return 0.0 };
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let spent = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        spent.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e9
}

/// The largest resident set so far; where Linux tells it.
fn peak_memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(|size| size.trim().to_owned())
}
