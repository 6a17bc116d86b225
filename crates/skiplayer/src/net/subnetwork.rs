//! Some of the inputs and units of a network, and where their parameters are in the whole.

use super::architecture::Architecture;
use super::layout::Layout;
use super::matrix_view::MatrixRange;

/// A network that is a part of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnetwork {
    pub layout: Layout,
    /// Where each of its parameters is in the whole network.
    places: Vec<usize>,
}

/// The inputs and units that a [`Subnetwork`] consists of: indices in the whole network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    pub inputs: Vec<usize>,
    /// Of the hidden layer. Without any of these there are no blocks either.
    pub units: Vec<usize>,
    /// Of each residual block; a block without any is left out.
    pub blocks: Vec<Vec<usize>>,
}

impl Members {
    /// All inputs and units of `layout`.
    pub fn all(layout: &Layout) -> Self {
        let blocks = layout.blocks.iter().map(|block| (0..block.width).collect()).collect();
        Self { inputs: (0..layout.n_inputs).collect(), units: (0..layout.width).collect(), blocks }
    }
}

impl Subnetwork {
    /// `members` of the network `whole`, with all weights among them, and its outputs.
    ///
    /// # Panics
    /// If `whole` has no such inputs or units.
    pub fn new(whole: &Layout, members: &Members) -> Self {
        let Members { inputs, units, blocks } = members;
        let kept = || {
            let blocks = if units.is_empty() { &[] } else { &blocks[..] };
            blocks.iter().zip(&whole.blocks).filter(|(own, _)| !own.is_empty())
        };
        let width = (!units.is_empty()).then_some(units.len());
        let layout = Layout::new(&Architecture {
            n_inputs: inputs.len(),
            n_outputs: whole.n_outputs,
            hidden: width.into_iter().chain(kept().map(|(own, _)| own.len())).collect(),
            activation: whole.activation,
        });
        // In the order of the buffer.
        let outputs: Vec<usize> = (0..whole.n_outputs).collect();
        let mut places = Vec::with_capacity(layout.n_parameters());
        places.extend(whole.output_bias.clone());
        places.extend(entries(whole.skip, &outputs, inputs));
        places.extend(entries(whole.input, units, inputs));
        places.extend(units.iter().map(|h| whole.hidden_bias.start + h));
        for (own, block) in kept() {
            places.extend(entries(block.input, own, units));
            places.extend(own.iter().map(|m| block.bias.start + m));
            places.extend(entries(block.output, units, own));
        }
        places.extend(entries(whole.head, &outputs, units));
        Self { layout, places }
    }

    /// Its parameters, in its order, among those of the whole network.
    pub fn gather<T: Copy>(&self, whole: &[T]) -> Vec<T> {
        self.places.iter().map(|&i| whole[i]).collect()
    }

    /// Puts its parameters where they are in the whole network; all others stay as they are.
    pub fn scatter<T: Copy>(&self, own: &[T], whole: &mut [T]) {
        self.places.iter().zip(own).for_each(|(&i, value)| whole[i] = *value);
    }
}

/// The places of the entries in some rows and columns, row after row.
fn entries(matrix: MatrixRange, rows: &[usize], columns: &[usize]) -> impl Iterator<Item = usize> {
    rows.iter().flat_map(move |&row| columns.iter().map(move |&column| matrix.index(row, column)))
}
