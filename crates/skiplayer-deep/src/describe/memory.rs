//! Which maps are alive while one image is predicted: the input and the output of the layer at work, and what waits for a merge.

use skiplayer::Result;

use crate::describe::architecture::Architecture;
use crate::describe::block::{Block, Chain, Merge, Shortcut, Step};
use crate::describe::shape::Shape;
use crate::describe::traverse::{fits, zero_padded};

/// Numbers that are alive at the worst moment.
///
/// # Errors
/// Layers that do not fit together.
pub fn peak(architecture: &Architecture) -> Result<u64> {
    let mut memory = Memory { peak: architecture.input.size() };
    let mut live = Live { shape: architecture.input, held: 0, is_held: false };
    live = memory.chain(&architecture.stem, live)?;
    for block in architecture.blocks() {
        live = memory.block(block, live)?;
    }
    memory.chain(&architecture.head, live)?;
    Ok(memory.peak)
}

/// The worst moment so far.
struct Memory {
    peak: u64,
}

/// A map on its way through a chain.
#[derive(Clone, Copy)]
struct Live {
    shape: Shape,
    /// What else is alive: shortcuts that wait for their merge.
    held: u64,
    /// Is the map itself among `held`?
    is_held: bool,
}

impl Live {
    fn size(self) -> u64 {
        if self.is_held { 0 } else { self.shape.size() }
    }
}

impl Memory {
    fn chain(&mut self, chain: &Chain, mut live: Live) -> Result<Live> {
        for step in chain {
            live = match step {
                Step::Block(block) => self.block(block, live)?,
                Step::Layer(name, layer) => self.replace(live, fits(layer, name, live.shape)?),
            };
        }
        Ok(live)
    }

    fn block(&mut self, block: &Block, live: Live) -> Result<Live> {
        let start = self.chain(&block.entry, live)?;
        let waiting = Live { held: start.held.saturating_add(start.size()), is_held: true, ..start };
        let shortcut = match &block.shortcut {
            Shortcut::None | Shortcut::Identity => waiting,
            Shortcut::ZeroPad { stride, n_outputs } => {
                self.replace(waiting, zero_padded(start.shape, *stride, *n_outputs))
            }
            Shortcut::Projection(chain) => self.chain(chain, waiting)?,
        };
        let branch_start = match &block.shortcut {
            Shortcut::None => start,
            Shortcut::Identity => waiting,
            // The finished shortcut waits beside what the branch starts from.
            _ => Live { held: start.held.saturating_add(shortcut.shape.size()), ..start },
        };
        let branch = self.chain(&block.branch, branch_start)?;
        let merged = match (&block.shortcut, &block.merge) {
            (Shortcut::None, _) => branch,
            (_, Merge::Concat) => {
                let channels = shortcut.shape.channels + branch.shape.channels;
                self.replace(branch, branch.shape.with_channels(channels))
            }
            (_, Merge::Gate(_)) => {
                // The gate is a third map beside both ways.
                let gated = Live { held: branch.held.saturating_add(branch.size()), ..branch };
                self.replace(gated, branch.shape)
            }
            _ => self.replace(branch, branch.shape),
        };
        self.chain(&block.exit, Live { held: live.held, is_held: false, ..merged })
    }

    /// A layer writes `output` while its input is alive; then the input is dropped.
    fn replace(&mut self, live: Live, output: Shape) -> Live {
        self.peak = self.peak.max(live.held.saturating_add(live.size()).saturating_add(output.size()));
        Live { shape: output, is_held: false, ..live }
    }
}
