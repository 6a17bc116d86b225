//! The network on one tile: one forward pass, whose trace the backward passes read.

use super::design::Design;
use super::dispatch::dispatch;
use super::products::{LANES, Lanes, accumulate, outer, sums};
use crate::loss::Loss;
use crate::net::{Activation, Layout};
use std::ops::Range;

/// What a forward pass leaves behind on one tile, and room for the backward pass. Allocated once, used for every tile.
#[derive(Debug, Clone)]
pub struct Trace {
    /// h after the first layer and after each block: (1 + blocks, H).
    hidden: Vec<Lanes>,
    /// act' of the first layer (H).
    slope: Vec<Lanes>,
    /// Units of the blocks and their slopes, block after block.
    block_value: Vec<Lanes>,
    block_slope: Vec<Lanes>,
    /// Linear predictors (K).
    pub eta: Vec<Lanes>,
    /// Derivatives with respect to eta (K), to h (H), and to the widest block (M).
    pub eta_delta: Vec<Lanes>,
    hidden_delta: Vec<Lanes>,
    block_delta: Vec<Lanes>,
}

impl Trace {
    pub fn new(layout: &Layout) -> Self {
        let zeros = |count| vec![[0.0; LANES]; count];
        let block_units = layout.blocks.iter().map(|b| b.width).sum();
        Self {
            hidden: zeros(layout.width * (1 + layout.blocks.len())),
            slope: zeros(layout.width),
            block_value: zeros(block_units),
            block_slope: zeros(block_units),
            eta: zeros(layout.n_outputs),
            eta_delta: zeros(layout.n_outputs),
            hidden_delta: zeros(layout.width),
            block_delta: zeros(layout.blocks.iter().map(|b| b.width).max().unwrap_or(0)),
        }
    }

    /// Hidden outputs after the last block (H).
    pub fn last_hidden(&self, layout: &Layout) -> &[Lanes] {
        &self.hidden[self.hidden.len() - layout.width..]
    }
}

/// A likelihood over a design: what the passes below evaluate.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a> {
    pub layout: &'a Layout,
    pub design: &'a Design,
    pub loss: Loss,
    /// Factor of the loss of each output (K): 1/variance for squared error, 1 otherwise.
    pub precision: &'a [f64],
}

#[inline(always)]
fn biases(bias: &[f64], out: &mut [Lanes]) {
    for (b, lanes) in bias.iter().zip(out) {
        *lanes = [*b; LANES];
    }
}

#[inline(always)]
fn activate<const FMA: bool>(activation: Activation, value: &mut [Lanes], slope: &mut [Lanes]) {
    for (value, slope) in value.iter_mut().zip(slope) {
        for l in 0..LANES {
            (value[l], slope[l]) = activation.value_slope::<FMA>(value[l]);
        }
    }
}

/// eta = b + A x + V h for the tile `x` (p).
#[inline(always)]
pub fn forward<const FMA: bool>(layout: &Layout, theta: &[f64], x: &[Lanes], trace: &mut Trace) {
    let (p, width) = (layout.n_inputs, layout.width);
    biases(&theta[layout.output_bias.clone()], &mut trace.eta);
    accumulate::<FMA>(&theta[layout.skip.clone()], p, 1, x, &mut trace.eta);
    if width == 0 {
        return;
    }
    biases(&theta[layout.hidden_bias.clone()], &mut trace.hidden[..width]);
    accumulate::<FMA>(&theta[layout.input.clone()], p, 1, x, &mut trace.hidden[..width]);
    activate::<FMA>(layout.activation, &mut trace.hidden[..width], &mut trace.slope);
    let mut unit = 0;
    for (l, block) in layout.blocks.iter().enumerate() {
        let (before, after) = trace.hidden[l * width..(l + 2) * width].split_at_mut(width);
        let value = &mut trace.block_value[unit..unit + block.width];
        biases(&theta[block.bias.clone()], value);
        accumulate::<FMA>(&theta[block.input.clone()], width, 1, before, value);
        activate::<FMA>(layout.activation, value, &mut trace.block_slope[unit..unit + block.width]);
        after.copy_from_slice(before);
        accumulate::<FMA>(&theta[block.output.clone()], block.width, 1, value, after);
        unit += block.width;
    }
    let last = trace.hidden.len() - width;
    accumulate::<FMA>(&theta[layout.head.clone()], width, 1, &trace.hidden[last..], &mut trace.eta);
}

/// Receives, for each weight matrix or bias, its range, the derivative on its output side and the values on its input side
/// (none for a bias). A trait and not a closure: only methods can be told to be inlined into the code for a processor.
trait Visit<const FMA: bool> {
    fn visit(&mut self, range: &Range<usize>, delta: &[Lanes], input: Option<&[Lanes]>);
}

/// From `eta_delta` back to the inputs.
#[inline(always)]
fn backward<const FMA: bool>(
    layout: &Layout,
    theta: &[f64],
    x: &[Lanes],
    trace: &mut Trace,
    visitor: &mut impl Visit<FMA>,
) {
    let width = layout.width;
    visitor.visit(&layout.output_bias, &trace.eta_delta, None);
    visitor.visit(&layout.skip, &trace.eta_delta, Some(x));
    if width == 0 {
        return;
    }
    let last = trace.hidden.len() - width;
    visitor.visit(&layout.head, &trace.eta_delta, Some(&trace.hidden[last..]));
    trace.hidden_delta.fill([0.0; LANES]);
    accumulate::<FMA>(&theta[layout.head.clone()], 1, width, &trace.eta_delta, &mut trace.hidden_delta);
    let mut unit = trace.block_value.len();
    for (l, block) in layout.blocks.iter().enumerate().rev() {
        unit -= block.width;
        let value = &trace.block_value[unit..unit + block.width];
        visitor.visit(&block.output, &trace.hidden_delta, Some(value));
        let delta = &mut trace.block_delta[..block.width];
        delta.fill([0.0; LANES]);
        accumulate::<FMA>(&theta[block.output.clone()], 1, block.width, &trace.hidden_delta, delta);
        scale_by(delta, &trace.block_slope[unit..unit + block.width]);
        visitor.visit(&block.bias, delta, None);
        visitor.visit(&block.input, delta, Some(&trace.hidden[l * width..(l + 1) * width]));
        accumulate::<FMA>(&theta[block.input.clone()], 1, width, delta, &mut trace.hidden_delta);
    }
    scale_by(&mut trace.hidden_delta, &trace.slope);
    visitor.visit(&layout.hidden_bias, &trace.hidden_delta, None);
    visitor.visit(&layout.input, &trace.hidden_delta, Some(x));
}

#[inline(always)]
fn scale_by(delta: &mut [Lanes], slope: &[Lanes]) {
    for (delta, slope) in delta.iter_mut().zip(slope) {
        for l in 0..LANES {
            delta[l] *= slope[l];
        }
    }
}

#[inline(always)]
fn multiply(a: &Lanes, b: &Lanes, out: &mut Lanes) {
    for l in 0..LANES {
        out[l] = a[l] * b[l];
    }
}

/// act'' in place. A loop for each activation: with the choice inside, the loop does not become vector instructions.
#[inline(always)]
fn second<const FMA: bool>(activation: Activation, lanes: &mut Lanes) {
    match activation {
        Activation::Tanh => {
            for a in lanes {
                *a = Activation::Tanh.second::<FMA>(*a);
            }
        }
        Activation::Relu => lanes.fill(0.0),
        Activation::Gelu => {
            for a in lanes {
                *a = Activation::Gelu.second::<FMA>(*a);
            }
        }
    }
}

/// Adds the losses of `tiles` to `losses` (one an output for squared error, all in the first otherwise).
#[inline(always)]
fn loss_of_tile<const FMA: bool>(pass: &Pass, tile: usize, trace: &mut Trace, losses: &mut [f64]) {
    let (y, weight) = (pass.design.y(tile), pass.design.weight(tile));
    if pass.loss == Loss::Squared {
        for k in 0..y.len() {
            losses[k] += pass.loss.value_gradient::<FMA>(&trace.eta[k], &y[k], weight, &mut trace.eta_delta[k]);
            for delta in &mut trace.eta_delta[k] {
                *delta *= pass.precision[k];
            }
        }
    } else {
        let (eta, delta) = (trace.eta.as_flattened(), trace.eta_delta.as_flattened_mut());
        losses[0] += pass.loss.value_gradient::<FMA>(eta, y.as_flattened(), weight, delta);
    }
}

#[inline(always)]
fn value_body<const FMA: bool>(pass: &Pass, theta: &[f64], tiles: Range<usize>, losses: &mut [f64]) {
    let mut trace = Trace::new(pass.layout);
    for tile in tiles {
        forward::<FMA>(pass.layout, theta, pass.design.x(tile), &mut trace);
        loss_of_tile::<FMA>(pass, tile, &mut trace, losses);
    }
}

#[inline(always)]
fn gradient_body<const FMA: bool>(
    pass: &Pass,
    theta: &[f64],
    tiles: Range<usize>,
    losses: &mut [f64],
    gradient: &mut [f64],
) {
    let mut trace = Trace::new(pass.layout);
    for tile in tiles {
        let x = pass.design.x(tile);
        forward::<FMA>(pass.layout, theta, x, &mut trace);
        loss_of_tile::<FMA>(pass, tile, &mut trace, losses);
        backward::<FMA>(pass.layout, theta, x, &mut trace, &mut Add { gradient });
    }
}

/// Adds derivatives up over the lanes.
struct Add<'a> {
    gradient: &'a mut [f64],
}

impl<const FMA: bool> Visit<FMA> for Add<'_> {
    #[inline(always)]
    fn visit(&mut self, range: &Range<usize>, delta: &[Lanes], input: Option<&[Lanes]>) {
        let gradient = &mut self.gradient[range.clone()];
        match input {
            Some(input) => outer::<FMA>(delta, input, gradient),
            None => sums(delta, gradient),
        }
    }
}

/// For root r of the information: writes the rows root_r * d eta / d theta, times the square root of row weight and
/// precision, into `rows`, which is (live parameters, roots x tiles x 64) with rows contiguous.
#[inline(always)]
fn jacobian_body<const FMA: bool>(pass: &Pass, theta: &[f64], slots: &[u32], tiles: Range<usize>, rows: &mut [f64]) {
    let mut trace = Trace::new(pass.layout);
    let n_outputs = pass.layout.n_outputs;
    let stride = n_outputs * tiles.len() * LANES;
    let mut roots = vec![[0.0; LANES]; n_outputs * n_outputs];
    for (t, tile) in tiles.enumerate() {
        let x = pass.design.x(tile);
        forward::<FMA>(pass.layout, theta, x, &mut trace);
        information_roots(pass, tile, &trace.eta, &mut roots);
        for r in 0..n_outputs {
            trace.eta_delta.copy_from_slice(&roots[r * n_outputs..(r + 1) * n_outputs]);
            let at = (t * n_outputs + r) * LANES;
            backward::<FMA>(pass.layout, theta, x, &mut trace, &mut Keep { slots, rows, stride, at });
        }
    }
}

/// Keeps derivatives lane by lane: `rows[slot * stride + at..]` for the parameters that have a slot.
struct Keep<'a> {
    slots: &'a [u32],
    rows: &'a mut [f64],
    stride: usize,
    at: usize,
}

impl<const FMA: bool> Visit<FMA> for Keep<'_> {
    #[inline(always)]
    fn visit(&mut self, range: &Range<usize>, delta: &[Lanes], input: Option<&[Lanes]>) {
        let mut parameter = range.start;
        for delta in delta {
            for i in 0..input.map_or(1, <[Lanes]>::len) {
                let slot = self.slots[parameter];
                parameter += 1;
                if slot == u32::MAX {
                    continue;
                }
                let start = slot as usize * self.stride + self.at;
                let row: &mut Lanes = (&mut self.rows[start..][..LANES]).try_into().expect("a tile");
                match input {
                    None => *row = *delta,
                    Some(input) => {
                        for l in 0..LANES {
                            row[l] = delta[l] * input[i][l];
                        }
                    }
                }
            }
        }
    }
}

fn information_roots(pass: &Pass, tile: usize, eta: &[Lanes], roots: &mut [Lanes]) {
    let n_outputs = eta.len();
    let weight = pass.design.weight(tile);
    let mut eta_of_row = vec![0.0; n_outputs];
    let mut root = vec![0.0; n_outputs * n_outputs];
    for l in 0..LANES {
        for (own, eta) in eta_of_row.iter_mut().zip(eta) {
            *own = eta[l];
        }
        pass.loss.information_root(&eta_of_row, &mut root);
        let weight = weight[l].sqrt();
        for (at, (lanes, root)) in roots.iter_mut().zip(&root).enumerate() {
            lanes[l] = root * weight * pass.precision[at / n_outputs].sqrt();
        }
    }
}

/// Linear predictors (K) of each tile of `x` into `out`.
#[inline(always)]
fn predict_body<const FMA: bool>(layout: &Layout, theta: &[f64], x: &[Lanes], hidden: bool, out: &mut [Lanes]) {
    let mut trace = Trace::new(layout);
    let wide = if hidden { layout.width } else { layout.n_outputs };
    for (t, out) in out.chunks_exact_mut(wide.max(1)).enumerate() {
        forward::<FMA>(layout, theta, &x[t * layout.n_inputs..][..layout.n_inputs], &mut trace);
        out.copy_from_slice(if hidden { trace.last_hidden(layout) } else { &trace.eta });
    }
}

dispatch! {
    /// Adds the losses of `tiles` to `losses`.
    pub fn value(pass: &Pass, theta: &[f64], tiles: Range<usize>, losses: &mut [f64]) = value_body
}
dispatch! {
    /// Adds losses and gradient of `tiles`.
    pub fn gradient(
        pass: &Pass, theta: &[f64], tiles: Range<usize>, losses: &mut [f64], gradient: &mut [f64],
    ) = gradient_body
}
dispatch! {
    /// The square root of the Gauss-Newton matrix over `tiles`, for the parameters that have a slot.
    pub fn jacobian(pass: &Pass, theta: &[f64], slots: &[u32], tiles: Range<usize>, rows: &mut [f64])
        = jacobian_body
}
/// Pairs (i, j), i <= j, of the inputs and the constant 1 that comes after them, in the order of the residual curvature.
pub fn input_pairs(n_inputs: usize) -> Vec<(usize, usize)> {
    (0..=n_inputs).flat_map(|i| (i..=n_inputs).map(move |j| (i, j))).collect()
}

/// Products of inputs that are held at once: 24 kB, inside L1.
pub const PAIRS: usize = 48;

/// Adds what the Gauss-Newton matrix leaves out: sum_i dL/d eta . d2 eta / d theta d theta. Only weights of the same unit
/// couple, because eta is linear in skip and output weights:
/// - `among_inputs`: for each chunk of [`PAIRS`] of [`input_pairs`], unit by pair (H, pairs): incoming weights and bias;
/// - `across`: (K H, p + 1), outgoing weight by incoming weight and bias.
#[inline(always)]
fn residual_curvature_body<const FMA: bool>(
    pass: &Pass,
    theta: &[f64],
    tiles: Range<usize>,
    among_inputs: &mut [f64],
    across: &mut [f64],
) {
    let layout = pass.layout;
    let (p, k, width) = (layout.n_inputs, layout.n_outputs, layout.width);
    let pairs = input_pairs(p);
    let mut trace = Trace::new(layout);
    let mut losses = vec![0.0; k];
    let mut bend = vec![[0.0; LANES]; width];
    let mut inputs = vec![[1.0; LANES]; p + 1];
    let mut products = vec![[0.0; LANES]; PAIRS.min(pairs.len())];
    let mut outgoing = vec![[0.0; LANES]; k * width];
    for tile in tiles {
        let x = pass.design.x(tile);
        forward::<FMA>(layout, theta, x, &mut trace);
        loss_of_tile::<FMA>(pass, tile, &mut trace, &mut losses);
        trace.hidden_delta.fill([0.0; LANES]);
        accumulate::<FMA>(&theta[layout.head.clone()], 1, width, &trace.eta_delta, &mut trace.hidden_delta);
        biases(&theta[layout.hidden_bias.clone()], &mut bend);
        accumulate::<FMA>(&theta[layout.input.clone()], p, 1, x, &mut bend);
        for bend in &mut bend {
            second::<FMA>(layout.activation, bend);
        }
        scale_by(&mut bend, &trace.hidden_delta);
        inputs[..p].copy_from_slice(x);
        for (chunk, sums) in pairs.chunks(PAIRS).zip(among_inputs.chunks_mut(width * PAIRS)) {
            let products = &mut products[..chunk.len()];
            for (&(i, j), product) in chunk.iter().zip(products.iter_mut()) {
                multiply(&inputs[i], &inputs[j], product);
            }
            outer::<FMA>(&bend, products, sums);
        }
        for (at, outgoing) in outgoing.iter_mut().enumerate() {
            multiply(&trace.eta_delta[at / width], &trace.slope[at % width], outgoing);
        }
        outer::<FMA>(&outgoing, &inputs, across);
    }
}

dispatch! {
    /// Adds what the Gauss-Newton matrix leaves out of the Hessian. One hidden layer only.
    pub fn residual_curvature(
        pass: &Pass, theta: &[f64], tiles: Range<usize>, among_inputs: &mut [f64], across: &mut [f64],
    ) = residual_curvature_body
}
dispatch! {
    /// Linear predictors, or outputs of the hidden layer, of all tiles of `x`.
    pub fn predict(layout: &Layout, theta: &[f64], x: &[Lanes], hidden: bool, out: &mut [Lanes])
        = predict_body
}
