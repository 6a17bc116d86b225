//! Batch norm (Ioffe & Szegedy 2015) without hidden state: statistics of a batch go out with the result, and running statistics
//! change only where the caller says so.

use burn::tensor::module::batch_norm;
use burn::tensor::{Device, Tensor};

use crate::describe::layer::EPSILON;
use crate::kernel::{self, After};

/// Weight of the new batch in running statistics, as in PyTorch.
pub const MOMENTUM: f64 = 0.1;

/// Running mean and variance of each channel, which evaluation uses.
#[derive(Debug, Clone)]
pub struct Statistics {
    /// `(channels)`
    pub mean: Tensor<1>,
    /// `(channels)`
    pub variance: Tensor<1>,
}

/// What a batch norm saw in one batch.
#[derive(Debug, Clone)]
pub struct BatchStatistics {
    /// `(channels)`
    pub mean: Tensor<1>,
    /// `(channels)`, divided by the number of values.
    pub biased_variance: Tensor<1>,
    /// Values of one channel: images times pixels.
    pub n_values: usize,
}

impl Statistics {
    /// Mean 0 and variance 1.
    pub fn new(channels: usize, device: &Device) -> Self {
        Self { mean: Tensor::zeros([channels], device), variance: Tensor::ones([channels], device) }
    }

    /// Moves towards `batch` by [`MOMENTUM`]. As in PyTorch the running variance is the unbiased one, n / (n - 1) times what the
    /// batch was normalised by; a single value has no variance to learn from and stays biased.
    #[must_use]
    pub fn updated(&self, batch: &BatchStatistics) -> Self {
        let n = batch.n_values as f64;
        let unbiased = if batch.n_values > 1 { n / (n - 1.0) } else { 1.0 };
        let mix = |old: &Tensor<1>, new: &Tensor<1>, factor: f64| {
            old.clone().mul_scalar(1.0 - MOMENTUM) + new.clone().inner().mul_scalar(MOMENTUM * factor)
        };
        Self {
            mean: mix(&self.mean, &batch.mean, 1.0),
            variance: mix(&self.variance, &batch.biased_variance, unbiased),
        }
    }
}

impl Statistics {
    /// Mean and biased variance of all values of `batches` together; `None` without any.
    pub fn pooled<'a>(batches: impl Iterator<Item = &'a BatchStatistics> + Clone) -> Option<Self> {
        let total: usize = batches.clone().map(|batch| batch.n_values).sum();
        let share = |batch: &BatchStatistics| batch.n_values as f64 / total as f64;
        let mean =
            batches.clone().map(|batch| batch.mean.clone().inner().mul_scalar(share(batch))).reduce(|a, b| a + b)?;
        // Within batches and between them; the mean square minus the squared mean would cancel.
        let around = |batch: &BatchStatistics| {
            let between = (batch.mean.clone().inner() - mean.clone()).square();
            (batch.biased_variance.clone().inner() + between).mul_scalar(share(batch))
        };
        let variance = batches.map(around).reduce(|a, b| a + b)?;
        Some(Self { mean, variance })
    }
}

/// Normalises by the statistics of `x` itself, `(n, channels, h, w)`, with what comes `after`.
pub fn normalise_by_batch(
    x: Tensor<4>,
    scale: Tensor<1>,
    shift: Tensor<1>,
    after: After,
) -> (Tensor<4>, BatchStatistics) {
    let [n, _, height, width] = x.dims();
    let (output, mean, biased_variance) = kernel::batch_norm(x, scale, shift, after);
    (output, BatchStatistics { mean, biased_variance, n_values: n * height * width })
}

/// Normalises by running statistics, `(n, channels, h, w)`, with what comes `after`.
pub fn normalise_by_running(
    x: Tensor<4>,
    scale: Tensor<1>,
    shift: Tensor<1>,
    running: &Statistics,
    after: After,
) -> Tensor<4> {
    let Statistics { mean, variance } = running.clone();
    if kernel::is_ours(&x) && !x.is_autodiff() {
        let moments = Tensor::stack(vec![mean, variance], 0);
        return kernel::normalise(x, kernel::Norm { moments, gamma: scale, beta: shift }, after);
    }
    let x = kernel::widened(x);
    let (mean, variance) = if x.is_autodiff() { (mean.autodiff(), variance.autodiff()) } else { (mean, variance) };
    after.applied(batch_norm(x, scale, shift, mean, variance, EPSILON))
}
