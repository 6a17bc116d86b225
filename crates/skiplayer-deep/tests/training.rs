//! Runs: they learn, they resume bit for bit, and what is damaged is refused.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;
use skiplayer::{Error, Result};
use skiplayer_deep::data::{Batch, Targets};
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::network::{Array, Mode, Network, Pass};
use skiplayer_deep::precision::Precision;
use skiplayer_deep::recipe::{Decays, OptimizerOptions, Rule, Velocity};
use skiplayer_deep::rng::{Purpose, Stream};
use skiplayer_deep::tensor::numbers;
use skiplayer_deep::train::{BatchSource, Loss, Run, evaluate, on_training_thread};

const SHAPE: Shape = Shape::new(3, 8, 8);

/// Four classes: a bright corner each, under noise.
struct Corners;

impl BatchSource for Corners {
    fn batch(&self, step: u64) -> Result<Batch> {
        let mut stream = Stream::new(7, Purpose::Noise, step as u32, 0);
        let mut values = Vec::new();
        let mut classes = Vec::new();
        for _ in 0..8 {
            let class = stream.below(4) as usize;
            classes.push(class as u16);
            for _ in 0..SHAPE.channels {
                for pixel in 0..64 {
                    let corner = 2 * usize::from(pixel / 8 >= 4) + usize::from(pixel % 8 >= 4);
                    let bright = if corner == class { 1.0 } else { 0.0 };
                    values.push((bright + stream.normal()) as f32);
                }
            }
        }
        Ok(Batch { values, shape: SHAPE, targets: Targets::Classes(classes) })
    }
}

fn start(name: &str, options: OptimizerOptions) -> Run {
    let architecture = name.parse::<Family>().unwrap().build(SHAPE, 4).unwrap();
    let network = Network::new(architecture, 3, &Device::flex()).unwrap();
    Run::new(network, options, Loss::CrossEntropy { smoothing: 0.1 }, 5).unwrap()
}

/// All of a run; numbers by their bits, which tell 0 from -0.
fn bits(run: &Run) -> (Value, BTreeMap<String, Vec<u32>>) {
    let (head, arrays) = run.to_parts().unwrap();
    let bits = arrays.into_iter().map(|(name, array)| (name, array.values.into_iter().map(f32::to_bits).collect()));
    (head, bits.collect())
}

fn train(run: &mut Run, until: u64, rate: f64) -> Vec<f64> {
    let mut losses = Vec::new();
    let mut observe = |_: &Run, record: skiplayer_deep::train::StepRecord| {
        losses.push(record.loss);
        true
    };
    run.train(&Corners, until, &mut |step| if step < 20 { rate } else { rate / 10.0 }, &mut observe).unwrap();
    losses
}

#[test]
fn thirty_steps_are_seventeen_and_thirteen_bit_for_bit() {
    let nesterov = OptimizerOptions {
        rule: Rule::Sgd { momentum: 0.9, nesterov: true, velocity: Velocity::Steps },
        decays: Decays::All,
        ..OptimizerOptions::HE2015
    };
    let fixup = OptimizerOptions { scalar_rate: 0.1, ..OptimizerOptions::ADAMW };
    for (name, options, rate, precision) in [
        ("resnet-14-sd", OptimizerOptions::HE2015, 0.1, Precision::F32),
        ("resnet-14-sd", OptimizerOptions::HE2015, 0.1, Precision::Bf16),
        ("densenet-bc-16-4", nesterov, 0.05, Precision::F32),
        ("fixup-8", fixup, 1e-3, Precision::F32),
        ("fixup-8", fixup, 1e-3, Precision::Bf16),
    ] {
        let begin = || {
            let mut run = start(name, options);
            run.parts = if name == "densenet-bc-16-4" { 2 } else { 1 };
            run.precision = precision;
            run
        };
        let mut whole = begin();
        let losses = train(&mut whole, 30, rate);
        let mut first = begin();
        let mut again = train(&mut first, 17, rate);
        let (head, arrays) = first.to_parts().unwrap();
        drop(first);
        // As a file would hold it.
        let head = serde_json::from_str(&head.to_string()).unwrap();
        let mut second = Run::from_parts(head, arrays, &Device::flex()).unwrap();
        assert_eq!(second.step, 17);
        again.extend(train(&mut second, 30, rate));
        assert_eq!(
            losses.iter().map(|v| v.to_bits()).collect::<Vec<_>>(),
            again.iter().map(|v| v.to_bits()).collect::<Vec<_>>()
        );
        assert_eq!(bits(&whole), bits(&second), "{name}");
    }
}

/// A convolution sums over channels, and batch norm works on each alone: no concatenation is needed.
#[test]
fn dense_networks_that_keep_each_map_once_are_those_that_concatenate() {
    let shape = Shape::new(3, 8, 8);
    let mut stream = Stream::new(5, Purpose::Noise, 0, 0);
    let values: Vec<f32> = (0..6 * shape.size()).map(|_| stream.normal() as f32).collect();
    let x: Tensor<4> = Tensor::from_data(TensorData::new(values, [6, 3, 8, 8]), &Device::flex());
    // With and without bottlenecks; two dense stages and what is between them.
    for name in ["densenet-bc-16-4", "densenet-10-4"] {
        let architecture = name.parse::<Family>().unwrap().build(shape, 4).unwrap();
        let network = Network::new(architecture, 3, &Device::flex()).unwrap().trainable();
        let pass = |memory_efficient: bool| {
            let pass = Pass { memory_efficient, ..Pass::TRAINING };
            let (y, trace) = network.forward(x.clone().autodiff(), pass).unwrap();
            let gradients = y.clone().square().sum().backward();
            let mut all = BTreeMap::from([("output".to_owned(), numbers(&y.inner()).unwrap())]);
            for (name, parameter) in network.parameters() {
                all.insert(name.clone(), numbers(&parameter.value.grad(&gradients).unwrap()).unwrap());
            }
            for (path, batch) in trace.batch_statistics {
                assert_eq!(batch.mean.dims(), batch.biased_variance.dims());
                all.insert(format!("{path} mean"), numbers(&batch.mean.inner()).unwrap());
                all.insert(format!("{path} variance"), numbers(&batch.biased_variance.inner()).unwrap());
            }
            all
        };
        let (once, concatenated) = (pass(true), pass(false));
        assert!(once.keys().eq(concatenated.keys()));
        for (what, expected) in &concatenated {
            let size = expected.iter().fold(1e-3f32, |size, v| size.max(v.abs()));
            let close = |(a, b): (&f32, &f32)| (a - b).abs() < 2e-4 * size;
            assert_eq!(once[what].len(), expected.len(), "{name}, {what}");
            assert!(once[what].iter().zip(expected).all(close), "{name}, {what}");
        }
    }
}

/// Families differ in what is between their convolutions, and all of it meets maps of 16 bits.
#[test]
fn networks_of_16_bits_are_those_of_single_precision_but_for_rounding() {
    let shape = Shape::new(3, 16, 16);
    let mut stream = Stream::new(5, Purpose::Noise, 0, 0);
    let values: Vec<f32> = (0..8 * shape.size()).map(|_| stream.normal() as f32).collect();
    let x: Tensor<4> = Tensor::from_data(TensorData::new(values, [8, 3, 16, 16]), &Device::flex());
    let norm = |values: &[f32]| values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    let distance = |found: &[f32], expected: &[f32]| {
        assert_eq!(found.len(), expected.len());
        norm(&found.iter().zip(expected).map(|(a, b)| a - b).collect::<Vec<f32>>()) / norm(expected)
    };
    let names = [
        "plain-8",
        "resnet-8",
        "cifar-resnet-50",
        "preact-8",
        "wrn-10-2",
        "densenet-bc-10-4",
        "densenet-7-4",
        "highway-8",
        "rezero-8",
        "unet-2-4",
    ];
    for name in names {
        let architecture = name.parse::<Family>().unwrap().build(shape, 4).unwrap();
        let network = Network::new(architecture, 3, &Device::flex()).unwrap();
        let evaluated = |precision: Precision| {
            let pass = Pass { precision, ..Pass::EVALUATION };
            numbers(&network.forward(x.clone(), pass).unwrap().0).unwrap()
        };
        let trained = |precision: Precision| {
            let pass = Pass { precision, ..Pass::TRAINING };
            let network = network.trainable();
            let (y, _) = network.forward(x.clone().autodiff(), pass).unwrap();
            let gradients = y.clone().square().sum().backward();
            let gradient = |(_, parameter): (_, &skiplayer_deep::network::Parameter)| {
                parameter.value.grad(&gradients).map_or_else(Vec::new, |g| numbers(&g).unwrap())
            };
            (numbers(&y.inner()).unwrap(), network.parameters().iter().flat_map(gradient).collect::<Vec<f32>>())
        };
        let (f32s, halves) = (evaluated(Precision::F32), evaluated(Precision::Bf16));
        let off = distance(&halves, &f32s);
        assert!(0.0 < off && off < 0.05, "{name}: outputs of evaluation are off by {off}");
        let ((y, gradient), (half_y, half_gradient)) = (trained(Precision::F32), trained(Precision::Bf16));
        let (outputs, gradients) = (distance(&half_y, &y), distance(&half_gradient, &gradient));
        assert!(0.0 < outputs && outputs < 0.05, "{name}: outputs are off by {outputs}");
        assert!(0.0 < gradients && gradients < 0.3, "{name}: gradients are off by {gradients}");
    }
}

#[test]
fn a_network_of_16_bits_learns() {
    let mut run = start("resnet-8", OptimizerOptions::HE2015);
    run.precision = Precision::Bf16;
    let losses = train(&mut run, 30, 0.1);
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    assert!(mean(&losses[25..]) < 0.8 * mean(&losses[..5]), "{losses:?}");
    // What was learned does not hang on the precision.
    let score = |precision: Precision| {
        let pass = Pass { precision, mode: Mode::Training, ..Pass::EVALUATION };
        evaluate(&run.network, run.loss, (30..34).map(|step| Corners.batch(step)), pass).unwrap().loss
    };
    let (single, half) = (score(Precision::F32), score(Precision::Bf16));
    assert!((single - half).abs() < 0.05 * single, "{single} {half}");
}

/// Sums over rows do not care in how many parts they are taken. Batch norm does, which normalises by the part.
#[test]
fn parts_of_a_batch_are_the_batch_but_for_batch_norm() {
    let trained = |name: &str, parts: usize| {
        let mut run = start(name, OptimizerOptions::HE2015);
        run.parts = parts;
        let losses = train(&mut run, 4, 0.05);
        (losses, run.network.to_arrays().unwrap())
    };
    let distance = |name: &str, parts: usize| {
        let ((whole, weights), (parted, others)) = (trained(name, 1), trained(name, parts));
        let losses = whole.iter().zip(&parted).map(|(a, b)| (a - b).abs() / a).fold(0.0, f64::max);
        let pairs = weights.iter().flat_map(|(name, array)| array.values.iter().zip(&others[name].values));
        pairs.map(|(a, b)| f64::from((a - b).abs())).fold(losses, f64::max)
    };
    // Eight rows: in twos, in threes and a two, one by one.
    for parts in [4, 3, 8] {
        assert!(distance("fixup-8", parts) < 1e-5, "{parts}: {}", distance("fixup-8", parts));
    }
    assert!(distance("resnet-8", 4) > 1e-3);
}

#[test]
fn networks_learn_what_can_be_learned() {
    let batches = || (1000..1016).map(|step| Corners.batch(step));
    for (name, options, rate) in
        [("resnet-8", OptimizerOptions::HE2015, 0.05), ("highway-5", OptimizerOptions::ADAMW, 3e-3)]
    {
        let mut run = start(name, options);
        let before = evaluate(&run.network, run.loss, batches(), Pass::EVALUATION).unwrap();
        train(&mut run, 30, rate);
        let after = evaluate(&run.network, run.loss, batches(), Pass::EVALUATION).unwrap();
        assert_eq!((before.n, after.n), (128, 128));
        // One in four by chance.
        assert!(after.n_correct > Some(100) && after.loss < 0.8 * before.loss, "{name}: {before:?}, {after:?}");
    }
}

#[test]
fn stochastic_depth_drops_by_seed_and_step() {
    let seeded = |seed| {
        let mut run = start("resnet-14-sd", OptimizerOptions::HE2015);
        run.seed = seed;
        train(&mut run, 6, 0.1)
    };
    assert_eq!(seeded(1), seeded(1));
    assert_ne!(seeded(1), seeded(2));
}

#[test]
fn incomplete_and_foreign_checkpoints_are_refused() {
    let mut run = start("resnet-8", OptimizerOptions::HE2015);
    run.take_step(&Corners.batch(0).unwrap(), 0.1).unwrap();
    let (head, arrays) = run.to_parts().unwrap();
    let refused = |head: &Value, arrays: &BTreeMap<String, Array>| {
        Run::from_parts(head.clone(), arrays.clone(), &Device::flex()).unwrap_err().to_string()
    };
    assert!(refused(&Value::Null, &arrays).contains("another header"));
    let mut newer = head.clone();
    newer["schema"] = 2.into();
    assert!(refused(&newer, &arrays).contains("schema 2"));
    for name in ["conv1.weight", "bn1.running_var", "optimizer/velocity/conv1.weight"] {
        let mut fewer = arrays.clone();
        assert!(fewer.remove(name).is_some(), "{name}: {:?}", arrays.keys());
        let name = name.trim_start_matches("optimizer/velocity/");
        assert!(refused(&head, &fewer).contains(name), "{name}: {}", refused(&head, &fewer));
    }
}

#[test]
fn a_run_that_has_not_begun_stores_its_weights_only_and_begins_the_same() {
    let mut run = start("resnet-8", OptimizerOptions::HE2015);
    let (head, arrays) = run.to_parts().unwrap();
    assert!(!arrays.keys().any(|name| name.starts_with("optimizer/")), "{:?}", arrays.keys());
    let mut loaded = Run::from_parts(head, arrays, &Device::flex()).unwrap();
    for run in [&mut run, &mut loaded] {
        run.take_step(&Corners.batch(0).unwrap(), 0.1).unwrap();
    }
    assert_eq!(bits(&run), bits(&loaded));
}

#[test]
fn batches_that_do_not_fit_are_refused() {
    let mut run = start("resnet-8", OptimizerOptions::HE2015);
    let before = bits(&run);
    let good = || Corners.batch(0).unwrap();
    let other = Batch { targets: Targets::Classes(vec![4; 8]), ..good() };
    assert!(run.take_step(&other, 0.1).unwrap_err().to_string().contains("label of image 0: found class 4"));
    for n in [7, 9] {
        let targets = Targets::Classes(vec![1; n]);
        assert!(
            run.take_step(&Batch { targets, ..good() }, 0.1).unwrap_err().to_string().contains("targets of a batch")
        );
    }
    let torn = Batch { values: vec![0.0; 8 * 192 - 1], ..good() };
    assert!(run.take_step(&torn, 0.1).is_err());
    let grey = Batch { shape: Shape::new(1, 8, 8), values: vec![0.0; 8 * 64], ..good() };
    assert!(run.take_step(&grey, 0.1).unwrap_err().to_string().contains("expected at least one of 3x8x8"));
    assert_eq!(bits(&run), before);
    let mut maps = start("unet-2-4", OptimizerOptions::HE2015);
    assert!(maps.take_step(&good(), 0.1).unwrap_err().to_string().contains("found 8, expected 512"));
}

/// Folds, restarts and lesions share a network across threads.
#[test]
fn networks_and_runs_may_cross_threads() {
    fn may_cross<T: Send + Sync>() {}
    may_cross::<Network>();
    may_cross::<Run>();
}

#[test]
fn losses_that_are_no_numbers_stop_a_run() {
    let mut run = start("fixup-8", OptimizerOptions::HE2015);
    let end = run.train(&Corners, 60, &mut |_| 1e30, &mut |_, _| true);
    assert!(end.unwrap_err().to_string().contains("try a smaller learning rate"));
    assert!(run.step < 60);
    let mut stopped = start("resnet-8", OptimizerOptions::HE2015);
    stopped.train(&Corners, 60, &mut |_| 0.1, &mut |run, _| run.step < 3).unwrap();
    assert_eq!(stopped.step, 3);
}

#[test]
fn a_thousand_layers_train_on_their_thread() {
    // Narrow images: what is tried is the depth of the graph, also where an abandoned one is freed.
    let step = on_training_thread(|| {
        let architecture = "rezero-1202".parse::<Family>()?.build(Shape::new(1, 4, 4), 2)?;
        let network = Network::new(architecture, 1, &Device::flex())?;
        let mut run = Run::new(network, OptimizerOptions::HE2015, Loss::CrossEntropy { smoothing: 0.0 }, 1)?;
        let batch = Batch { values: vec![0.5; 16], shape: Shape::new(1, 4, 4), targets: Targets::Classes(vec![1]) };
        let first = run.take_step(&batch, 0.1)?;
        let between = evaluate(&run.network, run.loss, [Ok(batch.clone())], Pass::EVALUATION)?;
        let second = run.take_step(&batch, 0.1)?;
        if second.loss < first.loss && between.loss < first.loss {
            Ok(run.step)
        } else {
            Err(Error::failure("test", "the loss did not fall"))
        }
    });
    assert_eq!(step, Ok(2));
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    // Large enough that every kernel of the backend divides its work.
    let shape = Shape::new(3, 32, 32);
    let batch = |step: u64| {
        let mut stream = Stream::new(11, Purpose::Noise, step as u32, 0);
        let classes = (0..32).map(|_| stream.below(4) as u16).collect();
        let values = (0..32 * shape.size()).map(|_| stream.normal() as f32).collect();
        Batch { values, shape, targets: Targets::Classes(classes) }
    };
    for name in ["resnet-8", "densenet-bc-16-4", "highway-5"] {
        let trained = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let architecture = name.parse::<Family>().unwrap().build(shape, 4).unwrap();
                let network = Network::new(architecture, 3, &Device::flex()).unwrap();
                let loss = Loss::CrossEntropy { smoothing: 0.0 };
                let mut run = Run::new(network, OptimizerOptions::HE2015, loss, 5).unwrap();
                for step in 0..2 {
                    run.take_step(&batch(step), 0.1).unwrap();
                }
                bits(&run)
            })
        };
        let one = trained(1);
        assert!(one == trained(2) && one == trained(5), "{name}");
    }
}

/// What is computed again is what was not kept.
#[test]
fn less_memory_gives_the_same_bits() {
    for name in ["resnet-8", "preact-8", "unet-1-4"] {
        for precision in [Precision::F32, Precision::Bf16] {
            let [kept, computed] = [false, true].map(|memory_efficient| {
                let shape = Shape::new(3, 8, 8);
                let architecture = name.parse::<Family>().unwrap().build(shape, 4).unwrap();
                let positions = architecture.output().unwrap().positions() as usize;
                let network = Network::new(architecture, 3, &Device::flex()).unwrap();
                let loss = Loss::CrossEntropy { smoothing: 0.0 };
                let mut run = Run::new(network, OptimizerOptions::HE2015, loss, 5).unwrap();
                (run.memory_efficient, run.precision) = (memory_efficient, precision);
                for step in 0..3 {
                    let batch = Corners.batch(step).unwrap();
                    let classes = (0..8 * positions).map(|i| (i % 4) as u16).collect();
                    run.take_step(&Batch { targets: Targets::Classes(classes), ..batch }, 0.1).unwrap();
                }
                bits(&run).1
            });
            assert!(kept == computed, "{name}, {precision:?}");
        }
    }
}
