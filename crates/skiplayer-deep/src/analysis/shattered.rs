//! Shattered gradients (Balduzzi et al. 2017): how the gradient at one input resembles that at another close by. In deep plain
//! networks it becomes white noise; skips keep some of the structure of shallow ones, whose gradient is like brown noise.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};
use skiplayer::{Error, Result};

use crate::network::{Mode, Network, Pass};
use crate::rng::{Purpose, Stream};
use crate::tensor::numbers;

/// Autocorrelation of df/dt along lines of inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shattered {
    /// From lag 0 on, mean over lines.
    pub autocorrelation: Vec<f64>,
    /// What as many draws of brown noise give; white noise gives 1, then 0.
    pub brown: Vec<f64>,
    /// Points on a line.
    pub n_points: usize,
    pub n_lines: usize,
}

/// Looks along `n_lines` lines through the origin (the mean input) in random directions, from -2 to 2 standard deviations, at
/// `n_points` places, at the sum of the network's outputs with random signs. Batch norms take the statistics of the points of the
/// line, as they would at initialisation.
///
/// # Errors
/// Fewer than 8 points, or no line.
///
/// # Complexity
/// Two forward passes and a backward pass over `n_points` inputs for each line.
pub fn shattered(network: &Network, n_points: usize, n_lines: usize, seed: u64) -> Result<Shattered> {
    if n_points < 8 || n_lines == 0 {
        return Err(Error::input("shattered gradients", format!("{n_lines} lines of {n_points} points"))
            .expected("at least one line of 8 points"));
    }
    let n_lags = (n_points / 8).min(16);
    let (mut found, mut brown) = (vec![0.0; n_lags + 1], vec![0.0; n_lags + 1]);
    let mut stream = Stream::new(seed, Purpose::Lines, 0, 0);
    for _ in 0..n_lines {
        let along = derivative_along(network, n_points, &mut stream)?;
        add(&mut found, &autocorrelation(&along, n_lags));
        let mut walk = 0.0;
        let noise: Vec<f64> = (0..n_points)
            .map(|_| {
                walk += stream.normal();
                walk
            })
            .collect();
        add(&mut brown, &autocorrelation(&noise, n_lags));
    }
    let mean = |sum: Vec<f64>| sum.into_iter().map(|sum| sum / n_lines as f64).collect();
    Ok(Shattered { autocorrelation: mean(found), brown: mean(brown), n_points, n_lines })
}

/// df/dt at each point of one line.
fn derivative_along(network: &Network, n_points: usize, stream: &mut Stream) -> Result<Vec<f64>> {
    let input = network.architecture().input;
    let size = input.size() as usize;
    let direction: Vec<f64> = (0..size).map(|_| stream.normal()).collect();
    let signs: Vec<f32> = (0..network.architecture().n_outputs).map(|_| stream.sign() as f32).collect();
    let place = |i: usize| 4.0 * i as f64 / (n_points - 1) as f64 - 2.0;
    let values: Vec<f32> = (0..n_points).flat_map(|i| direction.iter().map(move |d| (place(i) * d) as f32)).collect();
    let device: &Device = network.device();
    let dims = [n_points, input.channels, input.height, input.width];
    let x = Tensor::<4>::from_data(TensorData::new(values, dims), device);
    // Statistics of the line, held fixed: then the outputs at one point depend on no other point.
    let (_, trace) = network.valid().forward(x.clone(), Pass { mode: Mode::Training, ..Pass::EVALUATION })?;
    let fixed =
        if trace.batch_statistics.is_empty() { network.valid() } else { network.with_exact_statistics(&[trace])? };
    let x = x.autodiff().require_grad();
    let (outputs, _) = fixed.trainable().forward(x.clone(), Pass::EVALUATION)?;
    let n_outputs = signs.len();
    let signs = Tensor::<2>::from_data(TensorData::new(signs, [1, n_outputs]), &outputs.device());
    let [n, channels, height, width] = outputs.dims();
    let sum = (outputs.reshape([n, channels * height * width]).slice([0..n, 0..n_outputs]) * signs).sum();
    let gradients = sum.backward();
    let gradient = x.grad(&gradients).map_or(Ok(vec![0.0; n_points * size]), |gradient| numbers(&gradient))?;
    let along = |row: &[f32]| row.iter().zip(&direction).map(|(g, d)| f64::from(*g) * d).sum();
    Ok(gradient.chunks_exact(size).map(along).collect())
}

fn autocorrelation(values: &[f64], n_lags: usize) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let square: f64 = centred.iter().map(|value| value * value).sum();
    let at = |lag: usize| centred.iter().zip(&centred[lag..]).map(|(a, b)| a * b).sum::<f64>();
    (0..=n_lags).map(|lag| if square > 0.0 { at(lag) / square } else { 0.0 }).collect()
}

fn add(sum: &mut [f64], values: &[f64]) {
    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_and_brown_noise_are_told_apart() {
        let mut stream = Stream::new(1, Purpose::Noise, 0, 0);
        let white: Vec<f64> = (0..4000).map(|_| stream.normal()).collect();
        let found = autocorrelation(&white, 4);
        assert!(found[0] == 1.0 && found[1..].iter().all(|c| c.abs() < 0.06), "{found:?}");
        let brown: Vec<f64> = white
            .iter()
            .scan(0.0, |sum, v| {
                *sum += v;
                Some(*sum)
            })
            .collect();
        assert!(autocorrelation(&brown, 4).iter().all(|c| *c > 0.95));
    }
}
