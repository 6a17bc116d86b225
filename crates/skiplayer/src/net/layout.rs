//! Where each weight of a network lives in one flat buffer. Gradients, masks and penalties share the layout.

use std::iter::repeat_n;
use std::ops::Range;

use super::activation::Activation;
use super::architecture::Architecture;
use super::matrix_view::MatrixRange;

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
    /// Whether the weight carries the penalty (biases do not).
    pub fn is_penalised(self) -> bool {
        !matches!(self, Role::OutputBias | Role::HiddenBias)
    }
}

/// The places of all parameters in the flat buffer, in its order. [`Weights`](super::Weights) shows what is there.
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
    pub skip: MatrixRange,
    /// W (H, p)
    pub input: MatrixRange,
    /// c (H)
    pub hidden_bias: Range<usize>,
    pub blocks: Vec<BlockLayout>,
    /// V (K, H)
    pub head: MatrixRange,
}

/// The places of one residual block h <- h + U act(W h + c) with M units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockLayout {
    /// M
    pub width: usize,
    /// W (M, H)
    pub input: MatrixRange,
    /// c (M)
    pub bias: Range<usize>,
    /// U (H, M)
    pub output: MatrixRange,
}

impl Layout {
    /// The layout of `architecture`.
    pub fn new(architecture: &Architecture) -> Self {
        let (p, k, width) = (architecture.n_inputs, architecture.n_outputs, architecture.width());
        let mut end = 0;
        let mut take = |n_rows, n_columns| {
            let matrix = MatrixRange { start: end, n_rows, n_columns };
            end = matrix.range().end;
            matrix
        };
        let output_bias = take(k, 1).range();
        let skip = take(k, p);
        let input = take(width, p);
        let hidden_bias = take(width, 1).range();
        let block = |&m: &usize| BlockLayout {
            width: m,
            input: take(m, width),
            bias: take(m, 1).range(),
            output: take(width, m),
        };
        let blocks = architecture.blocks().iter().map(block).collect();
        let head = take(k, width);
        let activation = architecture.activation;
        Self { n_inputs: p, n_outputs: k, width, activation, output_bias, skip, input, hidden_bias, blocks, head }
    }

    /// The shape of the network that is laid out.
    pub fn architecture(&self) -> Architecture {
        let mut hidden = Vec::new();
        if self.width > 0 {
            hidden.push(self.width);
            hidden.extend(self.blocks.iter().map(|block| block.width));
        }
        Architecture { n_inputs: self.n_inputs, n_outputs: self.n_outputs, hidden, activation: self.activation }
    }

    /// Number of parameters.
    pub fn n_parameters(&self) -> usize {
        self.head.range().end
    }

    /// The tensors with their names and shapes, in buffer order.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>, Range<usize>)> {
        let matrix = |name: String, matrix: MatrixRange| (name, vec![matrix.n_rows, matrix.n_columns], matrix.range());
        let vector = |name: String, range: &Range<usize>| (name, vec![range.len()], range.clone());
        let mut tensors = vec![
            vector("output.bias".into(), &self.output_bias),
            matrix("skip.weight".into(), self.skip),
            matrix("hidden.weight".into(), self.input),
            vector("hidden.bias".into(), &self.hidden_bias),
        ];
        for (l, block) in self.blocks.iter().enumerate() {
            let name = |part: &str| format!("block.{}.{part}", l + 2);
            tensors.push(matrix(name("in.weight"), block.input));
            tensors.push(vector(name("in.bias"), &block.bias));
            tensors.push(matrix(name("out.weight"), block.output));
        }
        tensors.push(matrix("output.weight".into(), self.head));
        tensors
    }

    /// The role of every parameter, in buffer order.
    pub fn roles(&self) -> impl Iterator<Item = Role> {
        let of_block = |block: &BlockLayout| {
            repeat_n(Role::BlockIn, block.input.range().len())
                .chain(repeat_n(Role::HiddenBias, block.width))
                .chain(repeat_n(Role::BlockOut, block.output.range().len()))
        };
        repeat_n(Role::OutputBias, self.n_outputs)
            .chain(repeat_n(Role::Skip, self.skip.range().len()))
            .chain(repeat_n(Role::Input, self.input.range().len()))
            .chain(repeat_n(Role::HiddenBias, self.width))
            .chain(self.blocks.iter().flat_map(of_block))
            .chain(repeat_n(Role::Head, self.head.range().len()))
    }

    /// The role of one parameter.
    ///
    /// # Panics
    /// If there are no more than `parameter`.
    pub fn role(&self, parameter: usize) -> Role {
        assert!(parameter < self.n_parameters(), "parameter {parameter} of {}", self.n_parameters());
        let ends = [
            (self.output_bias.end, Role::OutputBias),
            (self.skip.range().end, Role::Skip),
            (self.input.range().end, Role::Input),
            (self.hidden_bias.end, Role::HiddenBias),
        ];
        let of_block = |block: &BlockLayout| {
            let ends = [(block.input.range().end, Role::BlockIn), (block.bias.end, Role::HiddenBias)];
            ends.into_iter().chain([(block.output.range().end, Role::BlockOut)])
        };
        let mut ends = ends.into_iter().chain(self.blocks.iter().flat_map(of_block));
        ends.find(|(end, _)| parameter < *end).map_or(Role::Head, |(_, role)| role)
    }

    /// Where the weights between inputs, unit `h` of the hidden layer and outputs are: a row of W and a column of V. (Its bias and its
    /// weights in residual blocks are not among them.)
    pub fn unit_weights(&self, h: usize) -> impl Iterator<Item = usize> + Clone + use<> {
        self.input.row(h).chain(self.head.column(h))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_parameter_has_one_place_and_one_role(
            n_inputs in 0usize..5,
            n_outputs in 1usize..4,
            hidden in prop::collection::vec(1usize..5, 0..4),
        ) {
            let architecture = Architecture { n_inputs, n_outputs, hidden, activation: Activation::Tanh };
            let layout = Layout::new(&architecture);
            prop_assert_eq!(&layout.architecture(), &architecture);
            let mut end = 0;
            for (name, shape, range) in layout.tensors() {
                prop_assert_eq!((range.start, range.len()), (end, shape.iter().product::<usize>()), "{}", name);
                end = range.end;
            }
            prop_assert_eq!(end, layout.n_parameters());

            let mut expected = vec![Role::Head; layout.n_parameters()];
            expected[layout.output_bias.clone()].fill(Role::OutputBias);
            expected[layout.skip.range()].fill(Role::Skip);
            expected[layout.input.range()].fill(Role::Input);
            expected[layout.hidden_bias.clone()].fill(Role::HiddenBias);
            for block in &layout.blocks {
                expected[block.input.range()].fill(Role::BlockIn);
                expected[block.bias.clone()].fill(Role::HiddenBias);
                expected[block.output.range()].fill(Role::BlockOut);
            }
            prop_assert!(layout.roles().eq(expected.iter().copied()));
            prop_assert!((0..end).all(|i| layout.role(i) == expected[i]));

            // With one hidden layer its units and the linear part are all there is.
            let units = (0..layout.width).flat_map(|h| layout.unit_weights(h).chain([layout.hidden_bias.start + h]));
            let blocks = layout.blocks.iter().flat_map(|b| b.input.start..b.output.range().end);
            let mut all: Vec<usize> = (0..layout.input.start).chain(units).chain(blocks).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..end).collect::<Vec<_>>());
        }
    }
}
