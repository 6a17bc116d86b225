//! Starting points.

use super::layout::Layout;
use super::weights::WeightsMut;
use crate::random::Random;

/// A dense random start for standardised inputs.
///
/// First-layer rows have length about 1 to 2 whatever p is, and biases spread the bends over the data, so that units start
/// curved where rows are; output weights are small, so that the start is close to the linear part already there.
pub fn dense_start(layout: &Layout, random: &mut Random) -> Vec<f64> {
    let mut theta = vec![0.0; layout.n_parameters()];
    let mut weights = WeightsMut::new(layout, &mut theta);
    let p = layout.n_inputs.max(1);
    for h in 0..layout.width {
        let length = (1.0 + random.uniform()) / (p as f64).sqrt();
        weights.input.row_mut(h).fill_with(|| length * random.normal());
        weights.hidden_bias[h] = random.normal();
    }
    let inward = 1.0 / (layout.width.max(1) as f64).sqrt();
    for block in &mut weights.blocks {
        block.input.values_mut().fill_with(|| inward * random.normal());
        block.bias.fill_with(|| 0.5 * random.normal());
        let outward = 0.3 / (block.bias.len().max(1) as f64).sqrt();
        block.output.values_mut().fill_with(|| outward * random.normal());
    }
    weights.head.values_mut().fill_with(|| 0.3 * inward * random.normal());
    theta
}
