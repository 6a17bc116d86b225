//! The parameters of a network by name: views over the flat buffer, and over whatever else has a value for each parameter.

use super::layout::{BlockLayout, Layout};
use super::matrix_view::{MatrixRange, MatrixView, MatrixViewMut};

/// The parameters of a network, or a mask, gradient or penalty of each; see [`Layout`].
#[derive(Debug, Clone)]
pub struct Weights<'a, T = f64> {
    /// b (K)
    pub output_bias: &'a [T],
    /// A (K, p)
    pub skip: MatrixView<'a, T>,
    /// W (H, p)
    pub input: MatrixView<'a, T>,
    /// c (H)
    pub hidden_bias: &'a [T],
    pub blocks: Vec<BlockWeights<'a, T>>,
    /// V (K, H)
    pub head: MatrixView<'a, T>,
}

/// The parameters of one residual block h <- h + U act(W h + c).
#[derive(Debug, Clone)]
pub struct BlockWeights<'a, T = f64> {
    /// W (M, H)
    pub input: MatrixView<'a, T>,
    /// c (M)
    pub bias: &'a [T],
    /// U (H, M)
    pub output: MatrixView<'a, T>,
}

impl<'a, T> Weights<'a, T> {
    /// What `buffer` holds at the places of `layout`.
    ///
    /// # Panics
    /// If `buffer` is shorter.
    pub fn new(layout: &Layout, buffer: &'a [T]) -> Self {
        let block = |block: &BlockLayout| BlockWeights {
            input: block.input.of(buffer),
            bias: &buffer[block.bias.clone()],
            output: block.output.of(buffer),
        };
        Self {
            output_bias: &buffer[layout.output_bias.clone()],
            skip: layout.skip.of(buffer),
            input: layout.input.of(buffer),
            hidden_bias: &buffer[layout.hidden_bias.clone()],
            blocks: layout.blocks.iter().map(block).collect(),
            head: layout.head.of(buffer),
        }
    }
}

/// As [`Weights`], to write into.
#[derive(Debug)]
pub struct WeightsMut<'a, T = f64> {
    /// b (K)
    pub output_bias: &'a mut [T],
    /// A (K, p)
    pub skip: MatrixViewMut<'a, T>,
    /// W (H, p)
    pub input: MatrixViewMut<'a, T>,
    /// c (H)
    pub hidden_bias: &'a mut [T],
    pub blocks: Vec<BlockWeightsMut<'a, T>>,
    /// V (K, H)
    pub head: MatrixViewMut<'a, T>,
}

/// As [`BlockWeights`], to write into.
#[derive(Debug)]
pub struct BlockWeightsMut<'a, T = f64> {
    /// W (M, H)
    pub input: MatrixViewMut<'a, T>,
    /// c (M)
    pub bias: &'a mut [T],
    /// U (H, M)
    pub output: MatrixViewMut<'a, T>,
}

impl<'a, T> WeightsMut<'a, T> {
    /// What `buffer` holds at the places of `layout`.
    ///
    /// # Panics
    /// If `buffer` is shorter.
    pub fn new(layout: &Layout, buffer: &'a mut [T]) -> Self {
        // In the order of the buffer, which the test below compares with that of the layout.
        let mut rest = buffer;
        let output_bias = take(&mut rest, layout.output_bias.len());
        let skip = take_matrix(&mut rest, layout.skip);
        let input = take_matrix(&mut rest, layout.input);
        let hidden_bias = take(&mut rest, layout.hidden_bias.len());
        let block = |block: &BlockLayout| BlockWeightsMut {
            input: take_matrix(&mut rest, block.input),
            bias: take(&mut rest, block.bias.len()),
            output: take_matrix(&mut rest, block.output),
        };
        let blocks = layout.blocks.iter().map(block).collect();
        Self { output_bias, skip, input, hidden_bias, blocks, head: take_matrix(&mut rest, layout.head) }
    }
}

impl<T: Copy> WeightsMut<'_, T> {
    /// Writes unit `h` of the hidden layer: its weights from the inputs (p), its bias, its weights to the outputs (K).
    pub fn set_unit(&mut self, h: usize, input: &[T], bias: T, head: &[T]) {
        self.input.row_mut(h).copy_from_slice(input);
        self.hidden_bias[h] = bias;
        self.head.column_mut(h).zip(head).for_each(|(own, value)| *own = *value);
    }
}

/// Takes the first `count` values off `rest`.
fn take<'a, T>(rest: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    let (first, others) = std::mem::take(rest).split_at_mut(count);
    *rest = others;
    first
}

fn take_matrix<'a, T>(rest: &mut &'a mut [T], place: MatrixRange) -> MatrixViewMut<'a, T> {
    MatrixRange { start: 0, ..place }.of_mut(take(rest, place.range().len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::net::activation::Activation;
    use crate::net::architecture::Architecture;

    proptest! {
        /// Of a buffer that holds its own indices.
        #[test]
        fn both_kinds_of_views_show_what_is_at_the_places_of_the_layout(
            n_inputs in 0usize..5,
            n_outputs in 1usize..4,
            hidden in prop::collection::vec(1usize..5, 0..4),
        ) {
            let layout = Layout::new(&Architecture { n_inputs, n_outputs, hidden, activation: Activation::Tanh });
            let mut buffer: Vec<usize> = (0..layout.n_parameters()).collect();
            let mut other = buffer.clone();
            let weights = Weights::new(&layout, &buffer);
            let writable = WeightsMut::new(&layout, &mut other);
            let is_at = |values: &[usize], place: std::ops::Range<usize>| values.iter().copied().eq(place);
            prop_assert!(is_at(weights.output_bias, layout.output_bias.clone()));
            prop_assert!(is_at(weights.skip.values(), layout.skip.range()));
            prop_assert!(is_at(weights.input.values(), layout.input.range()));
            prop_assert!(is_at(weights.hidden_bias, layout.hidden_bias.clone()));
            prop_assert!(is_at(weights.head.values(), layout.head.range()));
            prop_assert_eq!(weights.output_bias, &*writable.output_bias);
            prop_assert_eq!(weights.skip, writable.skip.as_ref());
            prop_assert_eq!(weights.input, writable.input.as_ref());
            prop_assert_eq!(weights.hidden_bias, &*writable.hidden_bias);
            prop_assert_eq!(weights.head, writable.head.as_ref());
            prop_assert_eq!((weights.blocks.len(), writable.blocks.len()), (layout.blocks.len(), layout.blocks.len()));
            for ((block, writable), place) in weights.blocks.iter().zip(&writable.blocks).zip(&layout.blocks) {
                prop_assert!(is_at(block.input.values(), place.input.range()));
                prop_assert!(is_at(block.bias, place.bias.clone()));
                prop_assert!(is_at(block.output.values(), place.output.range()));
                prop_assert_eq!(block.input, writable.input.as_ref());
                prop_assert_eq!(block.bias, &*writable.bias);
                prop_assert_eq!(block.output, writable.output.as_ref());
            }

            for h in 0..layout.width {
                let into = vec![1_000; n_inputs];
                let out = vec![1_000; n_outputs];
                WeightsMut::new(&layout, &mut buffer).set_unit(h, &into, 1_000, &out);
                prop_assert!(layout.unit_weights(h).all(|i| buffer[i] == 1_000));
                let written = buffer.iter().filter(|value| **value == 1_000).count();
                prop_assert_eq!(written, (h + 1) * (n_inputs + 1 + n_outputs));
            }
        }
    }
}
