//! The network on one tile: one forward pass, whose trace the backward passes read.

use pulp::Simd;

use super::outer::{LaneSums, Turned, outer, sums};
use super::tiled::Design;
use crate::loss::Loss;
use crate::net::activation::Activation;
use crate::net::layout::Layout;
use crate::simd::Scalar;
use crate::simd::dispatch::dispatch;
use crate::simd::lanes::{LANES, Lanes};
use crate::simd::products::{Start, accumulate, accumulate_times, flat, flat_mut};
use std::ops::Range;

/// What a forward pass leaves behind on one tile, and room for the backward pass. Allocated once, used for every tile.
#[derive(Debug, Clone)]
pub struct Trace<T> {
    /// h after the first layer and after each block: (1 + blocks, H).
    hidden: Vec<Lanes<T>>,
    /// act' of the first layer (H).
    slope: Vec<Lanes<T>>,
    /// Units of the blocks and their slopes, block after block.
    block_value: Vec<Lanes<T>>,
    block_slope: Vec<Lanes<T>>,
    /// Linear predictors (K).
    pub eta: Vec<Lanes<T>>,
    /// Derivatives with respect to eta (K), to h (H), and to the widest block (M).
    pub eta_delta: Vec<Lanes<T>>,
    hidden_delta: Vec<Lanes<T>>,
    block_delta: Vec<Lanes<T>>,
}

impl<T: Scalar> Trace<T> {
    pub fn new(layout: &Layout) -> Self {
        let zeros = |count| vec![Lanes([T::ZERO; LANES]); count];
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
    pub fn last_hidden(&self, layout: &Layout) -> &[Lanes<T>] {
        &self.hidden[self.hidden.len() - layout.width..]
    }
}

/// A likelihood over a design: what the passes below evaluate.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a, T = f64> {
    pub layout: &'a Layout,
    pub design: &'a Design<T>,
    pub loss: Loss,
    /// Factor of the loss of each output (K): 1/variance for squared error, 1 otherwise.
    pub precision: &'a [f64],
}

#[inline(always)]
fn activate<T: Scalar, S: Simd>(activation: Activation, value: &mut [Lanes<T>], slope: &mut [Lanes<T>]) {
    // A loop for each activation: with the choice inside, the loop does not become vector instructions.
    match activation {
        Activation::Tanh => activate_with::<T, S>(Activation::Tanh, value, slope),
        Activation::Relu => activate_with::<T, S>(Activation::Relu, value, slope),
        Activation::Gelu => activate_with::<T, S>(Activation::Gelu, value, slope),
    }
}

#[inline(always)]
fn activate_with<T: Scalar, S: Simd>(activation: Activation, value: &mut [Lanes<T>], slope: &mut [Lanes<T>]) {
    for (value, slope) in value.iter_mut().zip(slope) {
        for l in 0..LANES {
            (value[l], slope[l]) = activation.value_slope::<T, S>(value[l]);
        }
    }
}

/// eta = b + A x + V h for the tile `x` (p).
#[inline(always)]
pub fn forward<T: Scalar, S: Simd>(simd: S, layout: &Layout, theta: &[T], x: &[Lanes<T>], trace: &mut Trace<T>) {
    let (p, width) = (layout.n_inputs, layout.width);
    let bias = |range: &Range<usize>| Start::Bias(&theta[range.clone()]);
    accumulate(simd, &theta[layout.skip.range()], (p, 1), x, bias(&layout.output_bias), &mut trace.eta);
    if width == 0 {
        return;
    }
    accumulate(simd, &theta[layout.input.range()], (p, 1), x, bias(&layout.hidden_bias), &mut trace.hidden[..width]);
    activate::<T, S>(layout.activation, &mut trace.hidden[..width], &mut trace.slope);
    let mut unit = 0;
    for (l, block) in layout.blocks.iter().enumerate() {
        let (before, after) = trace.hidden[l * width..(l + 2) * width].split_at_mut(width);
        let value = &mut trace.block_value[unit..unit + block.width];
        accumulate(simd, &theta[block.input.range()], (width, 1), before, bias(&block.bias), value);
        activate::<T, S>(layout.activation, value, &mut trace.block_slope[unit..unit + block.width]);
        after.copy_from_slice(before);
        accumulate(simd, &theta[block.output.range()], (block.width, 1), value, Start::There, after);
        unit += block.width;
    }
    let last = trace.hidden.len() - width;
    accumulate(simd, &theta[layout.head.range()], (width, 1), &trace.hidden[last..], Start::There, &mut trace.eta);
}

/// The linear predictors of a tile of a pass, its offset included.
#[inline(always)]
fn predictors<T: Scalar, S: Simd>(simd: S, pass: &Pass<T>, theta: &[T], tile: usize, trace: &mut Trace<T>) {
    forward(simd, pass.layout, theta, pass.design.x(tile), trace);
    if let (Some(offset), [eta]) = (pass.design.offset(tile), &mut trace.eta[..]) {
        for l in 0..LANES {
            eta[l] += offset[l];
        }
    }
}

/// Receives, for each weight matrix or bias, its range, the derivative on its output side and the values on its input side
/// (none for a bias). A trait and not a closure: only methods can be told to be inlined into the code for a processor.
trait Visit<T> {
    fn visit(&mut self, range: &Range<usize>, delta: &[Lanes<T>], input: Option<&[Lanes<T>]>);
}

/// From `eta_delta` back to the inputs.
#[inline(always)]
fn backward<T: Scalar, S: Simd>(
    simd: S,
    layout: &Layout,
    theta: &[T],
    x: &[Lanes<T>],
    trace: &mut Trace<T>,
    visitor: &mut impl Visit<T>,
) {
    let width = layout.width;
    visitor.visit(&layout.output_bias, &trace.eta_delta, None);
    visitor.visit(&layout.skip.range(), &trace.eta_delta, Some(x));
    if width == 0 {
        return;
    }
    let last = trace.hidden.len() - width;
    visitor.visit(&layout.head.range(), &trace.eta_delta, Some(&trace.hidden[last..]));
    let head = &theta[layout.head.range()];
    // The last product that adds to the derivatives of the first layer takes the slope along.
    let slope = |is_last: bool| if is_last { &trace.slope[..] } else { &[] };
    let factor = slope(layout.blocks.is_empty());
    accumulate_times(simd, head, (1, width), &trace.eta_delta, Start::Zero, factor, &mut trace.hidden_delta);
    let mut unit = trace.block_value.len();
    for (l, block) in layout.blocks.iter().enumerate().rev() {
        unit -= block.width;
        let value = &trace.block_value[unit..unit + block.width];
        visitor.visit(&block.output.range(), &trace.hidden_delta, Some(value));
        let delta = &mut trace.block_delta[..block.width];
        let (weights, factor) = (&theta[block.output.range()], &trace.block_slope[unit..unit + block.width]);
        accumulate_times(simd, weights, (1, block.width), &trace.hidden_delta, Start::Zero, factor, delta);
        visitor.visit(&block.bias, delta, None);
        visitor.visit(&block.input.range(), delta, Some(&trace.hidden[l * width..(l + 1) * width]));
        let (weights, factor) = (&theta[block.input.range()], slope(l == 0));
        accumulate_times(simd, weights, (1, width), delta, Start::There, factor, &mut trace.hidden_delta);
    }
    visitor.visit(&layout.hidden_bias, &trace.hidden_delta, None);
    visitor.visit(&layout.input.range(), &trace.hidden_delta, Some(x));
}

#[inline(always)]
fn scale_by<T: Scalar>(delta: &mut [Lanes<T>], slope: &[Lanes<T>]) {
    for (delta, slope) in delta.iter_mut().zip(slope) {
        for l in 0..LANES {
            delta[l] *= slope[l];
        }
    }
}

#[inline(always)]
fn multiply(a: &Lanes<f64>, b: &Lanes<f64>, out: &mut Lanes<f64>) {
    for l in 0..LANES {
        out[l] = a[l] * b[l];
    }
}

/// act'' in place.
#[inline(always)]
fn second<S: Simd>(activation: Activation, lanes: &mut Lanes<f64>) {
    match activation {
        Activation::Tanh => {
            for a in &mut lanes.0 {
                *a = Activation::Tanh.second::<S>(*a);
            }
        }
        Activation::Relu => lanes.0.fill(0.0),
        Activation::Gelu => {
            for a in &mut lanes.0 {
                *a = Activation::Gelu.second::<S>(*a);
            }
        }
    }
}

/// Adds the losses of `tiles` to `losses` (one an output where each has a noise precision, all in the first otherwise).
#[inline(always)]
fn loss_of_tile<T: Scalar, S: Simd>(pass: &Pass<T>, tile: usize, trace: &mut Trace<T>, losses: &mut [f64]) {
    let (y, weight) = (pass.design.y(tile), pass.design.weight(tile));
    if pass.loss.has_noise_precision() {
        for k in 0..y.len() {
            let loss = pass.loss.of_output(k);
            losses[k] += loss.value_gradient::<T, S>(&trace.eta[k].0, &y[k].0, &weight.0, &mut trace.eta_delta[k].0);
            for delta in &mut trace.eta_delta[k].0 {
                *delta *= T::of(pass.precision[k]);
            }
        }
    } else {
        let (eta, delta) = (flat(&trace.eta), flat_mut(&mut trace.eta_delta));
        losses[0] += pass.loss.value_gradient::<T, S>(eta, flat(y), &weight.0, delta);
    }
}

#[inline(always)]
fn value_body<T: Scalar, S: Simd>(simd: S, pass: &Pass<T>, theta: &[T], tiles: Range<usize>, losses: &mut [f64]) {
    let mut trace = Trace::new(pass.layout);
    for tile in tiles {
        predictors(simd, pass, theta, tile, &mut trace);
        loss_of_tile::<T, S>(pass, tile, &mut trace, losses);
    }
}

/// Room for a forward and a backward pass over a tile, used again for the next.
#[derive(Debug, Clone)]
pub struct Room<T> {
    trace: Trace<T>,
    turned: Turned<T>,
    sums: LaneSums<T>,
}

impl<T: Scalar> Room<T> {
    pub fn new(layout: &Layout) -> Self {
        Self { trace: Trace::new(layout), turned: Turned::default(), sums: LaneSums::default() }
    }
}

#[inline(always)]
fn gradient_body<T: Scalar, S: Simd>(
    simd: S,
    pass: &Pass<T>,
    theta: &[T],
    tiles: Range<usize>,
    room: &mut Room<T>,
    losses: &mut [f64],
    gradient: &mut [T],
) {
    let Room { trace, turned, sums } = room;
    for tile in tiles {
        sums.next_tile();
        let x = pass.design.x(tile);
        predictors(simd, pass, theta, tile, trace);
        loss_of_tile::<T, S>(pass, tile, trace, losses);
        backward(simd, pass.layout, theta, x, trace, &mut Add { simd, gradient, turned, sums });
    }
    sums.finish(simd, gradient);
}

/// Adds derivatives up over the lanes.
struct Add<'a, T, S> {
    simd: S,
    gradient: &'a mut [T],
    turned: &'a mut Turned<T>,
    sums: &'a mut LaneSums<T>,
}

impl<T: Scalar, S: Simd> Visit<T> for Add<'_, T, S> {
    #[inline(always)]
    fn visit(&mut self, range: &Range<usize>, delta: &[Lanes<T>], input: Option<&[Lanes<T>]>) {
        match input {
            Some(input) => outer(self.simd, delta, input, range.start, self.gradient, self.turned, self.sums),
            None => sums(self.simd, delta, range.start, self.sums),
        }
    }
}

/// For root r of the information: writes the rows root_r * d eta / d theta, times the square root of row weight and
/// precision, into `rows`, which is (live parameters, roots x tiles x 64) with rows contiguous.
#[inline(always)]
fn jacobian_body<S: Simd>(simd: S, pass: &Pass, theta: &[f64], slots: &[u32], tiles: Range<usize>, rows: &mut [f64]) {
    let mut trace = Trace::new(pass.layout);
    let n_outputs = pass.layout.n_outputs;
    let stride = n_outputs * tiles.len() * LANES;
    let mut roots = vec![Lanes([0.0; LANES]); n_outputs * n_outputs];
    for (t, tile) in tiles.enumerate() {
        let x = pass.design.x(tile);
        predictors(simd, pass, theta, tile, &mut trace);
        curvature_roots(pass, tile, &trace.eta, &mut roots);
        for r in 0..n_outputs {
            trace.eta_delta.copy_from_slice(&roots[r * n_outputs..(r + 1) * n_outputs]);
            let at = (t * n_outputs + r) * LANES;
            backward(simd, pass.layout, theta, x, &mut trace, &mut Keep { slots, rows, stride, at });
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

impl Visit<f64> for Keep<'_> {
    #[inline(always)]
    fn visit(&mut self, range: &Range<usize>, delta: &[Lanes<f64>], input: Option<&[Lanes<f64>]>) {
        let mut parameter = range.start;
        for delta in delta {
            for i in 0..input.map_or(1, <[Lanes<f64>]>::len) {
                let slot = self.slots[parameter];
                parameter += 1;
                if slot == u32::MAX {
                    continue;
                }
                let start = slot as usize * self.stride + self.at;
                let row: &mut [f64; LANES] = (&mut self.rows[start..][..LANES]).try_into().expect("a tile");
                match input {
                    None => *row = delta.0,
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

/// Square roots of the curvature of each row's loss, with its weight and the precision of the outputs.
fn curvature_roots(pass: &Pass, tile: usize, eta: &[Lanes<f64>], roots: &mut [Lanes<f64>]) {
    let n_outputs = eta.len();
    let (weight, y) = (pass.design.weight(tile), pass.design.y(tile));
    let mut eta_of_row = vec![0.0; n_outputs];
    let mut y_of_row = vec![0.0; n_outputs];
    let mut root = vec![0.0; n_outputs * n_outputs];
    for l in 0..LANES {
        for o in 0..n_outputs {
            eta_of_row[o] = eta[o][l];
            y_of_row[o] = y[o][l];
        }
        pass.loss.curvature_root(&eta_of_row, &y_of_row, &mut root);
        let weight = weight[l].sqrt();
        for (at, (lanes, root)) in roots.iter_mut().zip(&root).enumerate() {
            lanes[l] = root * weight * pass.precision[at / n_outputs].sqrt();
        }
    }
}

/// Linear predictors (K) of each tile of `x` into `out`.
#[inline(always)]
fn predict_body<S: Simd>(
    simd: S,
    layout: &Layout,
    theta: &[f64],
    x: &[Lanes<f64>],
    hidden: bool,
    out: &mut [Lanes<f64>],
) {
    let mut trace = Trace::new(layout);
    let wide = if hidden { layout.width } else { layout.n_outputs };
    for (t, out) in out.chunks_exact_mut(wide.max(1)).enumerate() {
        forward(simd, layout, theta, &x[t * layout.n_inputs..][..layout.n_inputs], &mut trace);
        out.copy_from_slice(if hidden { trace.last_hidden(layout) } else { &trace.eta });
    }
}

dispatch! {
    /// Adds the losses of `tiles` to `losses`.
    pub fn value<T>(pass: &Pass<T>, theta: &[T], tiles: Range<usize>, losses: &mut [f64]) = value_body
}
dispatch! {
    /// Adds losses and gradient of `tiles`.
    pub fn gradient<T>(
        pass: &Pass<T>, theta: &[T], tiles: Range<usize>, room: &mut Room<T>, losses: &mut [f64], gradient: &mut [T],
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
/// - `across`: (K H, q + 1), outgoing weight by incoming weight and bias.
///
/// Of the inputs only the q in `chosen` are looked at.
#[inline(always)]
fn residual_curvature_body<S: Simd>(
    simd: S,
    pass: &Pass,
    theta: &[f64],
    chosen: &[usize],
    tiles: Range<usize>,
    among_inputs: &mut [f64],
    across: &mut [f64],
) {
    let layout = pass.layout;
    let (p, k, width) = (layout.n_inputs, layout.n_outputs, layout.width);
    let pairs = input_pairs(chosen.len());
    let mut trace = Trace::new(layout);
    let mut losses = vec![0.0; k];
    let mut bend = vec![Lanes([0.0; LANES]); width];
    let mut inputs = vec![Lanes([1.0; LANES]); chosen.len() + 1];
    let mut products = vec![Lanes([0.0; LANES]); PAIRS.min(pairs.len())];
    let mut turned = Turned::default();
    let (mut sums_among, mut sums_across) = (LaneSums::default(), LaneSums::default());
    let mut outgoing = vec![Lanes([0.0; LANES]); k * width];
    for tile in tiles {
        let x = pass.design.x(tile);
        predictors(simd, pass, theta, tile, &mut trace);
        loss_of_tile::<f64, S>(pass, tile, &mut trace, &mut losses);
        let head = &theta[layout.head.range()];
        accumulate(simd, head, (1, width), &trace.eta_delta, Start::Zero, &mut trace.hidden_delta);
        let bias = Start::Bias(&theta[layout.hidden_bias.clone()]);
        accumulate(simd, &theta[layout.input.range()], (p, 1), x, bias, &mut bend);
        for bend in &mut bend {
            second::<S>(layout.activation, bend);
        }
        scale_by(&mut bend, &trace.hidden_delta);
        inputs.iter_mut().zip(chosen).for_each(|(input, &j)| *input = x[j]);
        sums_among.next_tile();
        sums_across.next_tile();
        for (c, chunk) in pairs.chunks(PAIRS).enumerate() {
            let products = &mut products[..chunk.len()];
            for (&(i, j), product) in chunk.iter().zip(products.iter_mut()) {
                multiply(&inputs[i], &inputs[j], product);
            }
            outer(simd, &bend, products, c * width * PAIRS, among_inputs, &mut turned, &mut sums_among);
        }
        for (at, outgoing) in outgoing.iter_mut().enumerate() {
            multiply(&trace.eta_delta[at / width], &trace.slope[at % width], outgoing);
        }
        outer(simd, &outgoing, &inputs, 0, across, &mut turned, &mut sums_across);
    }
    sums_among.finish(simd, among_inputs);
    sums_across.finish(simd, across);
}

dispatch! {
    /// Adds what the Gauss-Newton matrix leaves out of the Hessian. One hidden layer only.
    pub fn residual_curvature(
        pass: &Pass, theta: &[f64], chosen: &[usize], tiles: Range<usize>, among_inputs: &mut [f64], across: &mut [f64],
    ) = residual_curvature_body
}
dispatch! {
    /// Linear predictors, or outputs of the hidden layer, of all tiles of `x`.
    pub fn predict(layout: &Layout, theta: &[f64], x: &[Lanes<f64>], hidden: bool, out: &mut [Lanes<f64>])
        = predict_body
}
