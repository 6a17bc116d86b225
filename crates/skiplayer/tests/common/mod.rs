//! Data for tests of losses, and the comparison with what R has.

use std::fs;
use std::path::Path;

use serde_json::Value;
use skiplayer::table::{Table, Values};

/// Columns of `data/diabetes.csv`, the progression last.
pub fn diabetes() -> Vec<Vec<f64>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/diabetes.csv");
    let text = fs::read_to_string(path).unwrap();
    let rows: Vec<Vec<f64>> =
        text.lines().skip(1).map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
    (0..rows[0].len()).map(|j| rows.iter().map(|row| row[j]).collect()).collect()
}

pub fn standardised(values: &[f64]) -> Vec<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    values.iter().map(|v| (v - mean) / deviation).collect()
}

/// Uniform numbers from 0 to 1, the same every time.
pub fn uniform(i: usize, stream: usize) -> f64 {
    let mut z = ((i as u64) << 20 | stream as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

pub fn exponential(i: usize, stream: usize) -> f64 {
    -(1.0 - uniform(i, stream)).ln()
}

pub fn poisson(mean: f64, i: usize, stream: usize) -> f64 {
    let (mut left, mut count) = (mean, 0);
    loop {
        left -= exponential(i, stream + count);
        if left < 0.0 || count > 200 {
            return count as f64;
        }
        count += 1;
    }
}

pub fn numbers(table: &Table, name: &str) -> Vec<f64> {
    match &table.column(name).unwrap().values {
        Values::Numeric(values) => values.clone(),
        Values::Categorical { .. } => panic!("`{name}` is no number"),
    }
}

/// Numbers that R has found, to a relative `tolerance` (absolute below 1).
pub fn agree(what: &str, found: &[f64], expected: &Value, tolerance: f64) {
    let expected: Vec<f64> = match expected {
        Value::Array(values) => values.iter().map(|value| value.as_f64().unwrap()).collect(),
        value => vec![value.as_f64().unwrap()],
    };
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{what}: {found}, R has {expected}");
    }
}
