//! A pass on its way: the network, what is asked of the pass, and what it has left so far.

use burn::tensor::Tensor;
use skiplayer::Result;

use super::pass::{Pass, Trace};
use super::tensors::Network;
use crate::kernel::widened;

/// One pass on its way.
pub(super) struct ForwardPass<'a> {
    pub network: &'a Network,
    pub pass: Pass<'a>,
    pub trace: Trace,
}

impl<'a> ForwardPass<'a> {
    pub fn new(network: &'a Network, pass: Pass<'a>) -> Self {
        Self { network, pass, trace: Trace::default() }
    }

    pub fn parameter(&self, path: &str, name: &str) -> Result<Tensor<1>> {
        self.network.value_of(&format!("{path}.{name}"))
    }

    pub fn is_seen(&self, path: &str) -> bool {
        [self.pass.watch, self.pass.tap].into_iter().flatten().any(|wants| wants(path))
    }

    /// Taps `y` where gradients are wanted, and leaves it in the trace where it is watched.
    pub fn see(&mut self, path: &str, mut y: Tensor<4>) -> Tensor<4> {
        if self.pass.tap.is_some_and(|tap| tap(path)) {
            y = widened(y);
            // Gradients can be asked for at leaves only.
            let zeros = Tensor::zeros(y.dims(), &y.device()).require_grad();
            self.trace.taps.push((path.to_owned(), zeros.clone()));
            y = y + zeros;
        }
        if self.pass.watch.is_some_and(|watch| watch(path)) {
            self.trace.outputs.push((path.to_owned(), widened(y.clone())));
        }
        y
    }
}
