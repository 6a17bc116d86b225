//! Where each weight of a network lives in one flat buffer. Gradients, masks and prices share the layout.

use std::ops::Range;

use super::activation::Activation;
use super::architecture::Architecture;

/// What a parameter does; decides whether and how it is priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// b: the constant of an output. Free.
    OutputBias,
    /// A: input to output, the linear part.
    Skip,
    /// W: input to hidden unit.
    Input,
    /// c: the constant inside a hidden unit.
    HiddenBias,
    /// W_l: first layer's width to the units of a residual block.
    BlockIn,
    /// U_l: units of a residual block back to the first layer's width.
    BlockOut,
    /// V: hidden unit to output.
    Head,
}

impl Role {
    /// Whether the weight carries the price (biases do not).
    pub fn is_priced(self) -> bool {
        !matches!(self, Role::OutputBias | Role::HiddenBias)
    }
}

/// Named ranges of the flat buffer. Every matrix is row-major, its shape in the comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub n_inputs: usize,
    pub n_outputs: usize,
    /// H, the width of the first hidden layer; 0 for a linear model.
    pub width: usize,
    pub activation: Activation,
    /// b (K)
    pub output_bias: Range<usize>,
    /// A (K, p)
    pub skip: Range<usize>,
    /// W (H, p)
    pub input: Range<usize>,
    /// c (H)
    pub hidden_bias: Range<usize>,
    pub blocks: Vec<BlockLayout>,
    /// V (K, H)
    pub head: Range<usize>,
}

/// The ranges of one residual block h <- h + U act(W h + c) with M units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockLayout {
    pub width: usize,
    /// W (M, H)
    pub input: Range<usize>,
    /// c (M)
    pub bias: Range<usize>,
    /// U (H, M)
    pub output: Range<usize>,
}

impl Layout {
    /// The layout of `architecture`.
    pub fn new(architecture: &Architecture) -> Self {
        let (p, k) = (architecture.n_inputs, architecture.n_outputs);
        let width = architecture.hidden.first().copied().unwrap_or(0);
        let mut end = 0;
        let mut take = |count: usize| {
            let range = end..end + count;
            end += count;
            range
        };
        let output_bias = take(k);
        let skip = take(k * p);
        let input = take(width * p);
        let hidden_bias = take(width);
        let blocks = architecture
            .hidden
            .iter()
            .skip(1)
            .map(|&m| BlockLayout { width: m, input: take(m * width), bias: take(m), output: take(width * m) })
            .collect();
        let head = take(k * width);
        let activation = architecture.activation;
        Self { n_inputs: p, n_outputs: k, width, activation, output_bias, skip, input, hidden_bias, blocks, head }
    }

    /// Number of parameters.
    pub fn n_parameters(&self) -> usize {
        self.head.end
    }

    /// The tensors with their names and shapes, in buffer order.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>, Range<usize>)> {
        let (p, k, h) = (self.n_inputs, self.n_outputs, self.width);
        let mut tensors = vec![
            ("output.bias".to_owned(), vec![k], self.output_bias.clone()),
            ("skip.weight".to_owned(), vec![k, p], self.skip.clone()),
            ("hidden.weight".to_owned(), vec![h, p], self.input.clone()),
            ("hidden.bias".to_owned(), vec![h], self.hidden_bias.clone()),
        ];
        for (l, block) in self.blocks.iter().enumerate() {
            let name = |part: &str| format!("block.{}.{part}", l + 2);
            tensors.push((name("in.weight"), vec![block.width, h], block.input.clone()));
            tensors.push((name("in.bias"), vec![block.width], block.bias.clone()));
            tensors.push((name("out.weight"), vec![h, block.width], block.output.clone()));
        }
        tensors.push(("output.weight".to_owned(), vec![k, h], self.head.clone()));
        tensors
    }

    /// The role of every parameter, in buffer order.
    pub fn roles(&self) -> Vec<Role> {
        let mut roles = vec![Role::Head; self.n_parameters()];
        roles[self.output_bias.clone()].fill(Role::OutputBias);
        roles[self.skip.clone()].fill(Role::Skip);
        roles[self.input.clone()].fill(Role::Input);
        roles[self.hidden_bias.clone()].fill(Role::HiddenBias);
        for block in &self.blocks {
            roles[block.input.clone()].fill(Role::BlockIn);
            roles[block.bias.clone()].fill(Role::HiddenBias);
            roles[block.output.clone()].fill(Role::BlockOut);
        }
        roles
    }
}
