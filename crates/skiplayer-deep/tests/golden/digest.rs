//! Numbers that both sides compute from names, and what is compared of a tensor.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;
use skiplayer_deep::describe::architecture::Architecture;
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::network::parameters::{batch_norms, parameters};
use skiplayer_deep::network::{Array, Network};

pub const N: usize = 4;
pub const CLASSES: usize = 4;

pub static GOLDEN: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(include_str!("golden.json")).unwrap());

/// FNV-1a.
pub fn name_hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// n numbers from -1/2 to 1/2, as `values` of the script.
pub fn values(name: &str, n: usize) -> Vec<f32> {
    let hash = name_hash(name);
    let value = |i: usize| {
        let mut z = hash.wrapping_add(i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 40) as f32 / (1u32 << 24) as f32 - 0.5
    };
    (0..n).map(value).collect()
}

/// The network `name` with the weights of the script.
pub fn network(name: &str, input: Shape) -> Network {
    let architecture = name.parse::<Family>().unwrap().build(input, CLASSES).unwrap();
    let arrays = arrays(&architecture);
    Network::from_arrays(architecture, &arrays, &Device::flex()).unwrap()
}

/// Names and shapes of all parameters and running statistics.
pub fn shapes(architecture: &Architecture) -> BTreeMap<String, Vec<usize>> {
    let norms = batch_norms(architecture).unwrap().into_iter().flat_map(|norm| [norm.mean, norm.variance]);
    parameters(architecture).unwrap().into_iter().chain(norms).map(|declared| (declared.name, declared.shape)).collect()
}

fn arrays(architecture: &Architecture) -> BTreeMap<String, Array> {
    let array = |(name, shape): (String, Vec<usize>)| {
        let mut raw = values(&name, shape.iter().product());
        let scale = match shape.len() {
            1 => 1.0,
            _ => (12.0 / shape[1..].iter().product::<usize>() as f64).sqrt() as f32,
        };
        let is_around_one = shape.len() == 1 && (name.ends_with("weight") || name.ends_with("running_var"));
        let shift = if is_around_one { 1.0 } else { 0.0 };
        raw.iter_mut().for_each(|value| *value = *value * scale + shift);
        (name, Array { shape, values: raw })
    };
    shapes(architecture).into_iter().map(array).collect()
}

/// Images or rows called `name`.
pub fn images(name: &str, shape: Shape) -> Tensor<4> {
    let raw = values(name, N * shape.size() as usize).into_iter().map(|v| 4.0 * v).collect::<Vec<_>>();
    Tensor::from_data(TensorData::new(raw, [N, shape.channels, shape.height, shape.width]), &Device::flex())
}

/// Length, and the product with a fixed vector.
pub fn digest(name: &str, tensor: &[f32]) -> [f64; 2] {
    let probe = values(&format!("{name}.probe"), tensor.len());
    let product: f64 = tensor.iter().zip(probe).map(|(a, b)| f64::from(*a) * f64::from(b)).sum();
    [tensor.iter().map(|a| f64::from(*a).powi(2)).sum::<f64>().sqrt(), product]
}

/// The digest of `tensor` is the expected one, up to `tolerance` times the lengths of tensor and probe.
#[track_caller]
pub fn same(what: &str, name: &str, tensor: &[f32], expected: &Value, tolerance: f64, floor: f64) {
    let ours = digest(name, tensor);
    let theirs: [f64; 2] = serde_json::from_value(expected.clone()).unwrap();
    let slack = tolerance * theirs[0] + floor;
    // Entries of the probe are below 1/2, with mean square 1/12.
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours - theirs).abs() <= slack, "{what}, {name}: {ours}, PyTorch has {theirs}");
    }
}
