//! Starting points.

use super::layout::Layout;
use crate::random::Random;

/// A dense random start for standardised inputs.
///
/// First-layer rows have length about 1 to 2 whatever p is, and biases spread the bends over the data, so that units start
/// curved where rows are; output weights are small, so that the start is close to the linear part already there.
pub fn dense_start(layout: &Layout, random: &mut Random) -> Vec<f64> {
    let mut theta = vec![0.0; layout.n_parameters()];
    let p = layout.n_inputs.max(1);
    for h in 0..layout.width {
        let length = (1.0 + random.uniform()) / (p as f64).sqrt();
        for w in &mut theta[layout.input.start + h * layout.n_inputs..][..layout.n_inputs] {
            *w = length * random.normal();
        }
        theta[layout.hidden_bias.start + h] = random.normal();
    }
    let inward = 1.0 / (layout.width.max(1) as f64).sqrt();
    for block in &layout.blocks {
        theta[block.input.clone()].fill_with(|| inward * random.normal());
        theta[block.bias.clone()].fill_with(|| 0.5 * random.normal());
        let outward = 0.3 / (block.width.max(1) as f64).sqrt();
        theta[block.output.clone()].fill_with(|| outward * random.normal());
    }
    theta[layout.head.clone()].fill_with(|| 0.3 * inward * random.normal());
    theta
}
