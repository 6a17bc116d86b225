//! Units whose weights are all zero compute nothing, and passes leave them out.
//!
//! act(0) = 0 for every activation, so that such a unit adds nothing to the output, and all first derivatives by its weights are zero; so are
//! the second ones, but for that by a weight into it and one out of it.

use crate::net::architecture::Architecture;
use crate::net::layout::Layout;

/// The network without units that sleep.
pub struct Awake {
    pub layout: Layout,
    /// Where each of its parameters is in the whole network.
    places: Vec<usize>,
}

impl Awake {
    /// `None` where no unit sleeps, and for networks with residual blocks. Units with a parameter that `wakes` names stay.
    pub fn new(whole: &Layout, theta: &[f64], wakes: impl Fn(usize) -> bool) -> Option<Self> {
        if whole.width == 0 || !whole.blocks.is_empty() {
            return None;
        }
        let (p, k, width) = (whole.n_inputs, whole.n_outputs, whole.width);
        let stays = |i: usize| theta[i] != 0.0 || wakes(i);
        let is_awake = |&h: &usize| {
            let mut inputs = whole.input.start + h * p..whole.input.start + (h + 1) * p;
            (0..k).any(|o| stays(whole.head.start + o * width + h))
                || inputs.any(stays)
                || stays(whole.hidden_bias.start + h)
        };
        let units: Vec<usize> = (0..width).filter(is_awake).collect();
        if units.len() == width {
            return None;
        }
        let layout = Layout::new(&Architecture {
            n_inputs: p,
            n_outputs: k,
            hidden: if units.is_empty() { Vec::new() } else { vec![units.len()] },
            activation: whole.activation,
        });
        let mut places: Vec<usize> = (0..whole.input.start).collect();
        units.iter().for_each(|h| places.extend(whole.input.start + h * p..whole.input.start + (h + 1) * p));
        places.extend(units.iter().map(|h| whole.hidden_bias.start + h));
        (0..k).for_each(|o| places.extend(units.iter().map(|h| whole.head.start + o * width + h)));
        Some(Self { layout, places })
    }

    /// Its parameters among those of the whole network.
    pub fn gather<T: Copy>(&self, whole: &[T]) -> Vec<T> {
        self.places.iter().map(|&i| whole[i]).collect()
    }

    /// Puts `own` where they are in the whole network, and zeros for units that sleep.
    pub fn scatter(&self, own: &[f64], whole: &mut [f64]) {
        whole.fill(0.0);
        self.places.iter().zip(own).for_each(|(&i, value)| whole[i] = *value);
    }
}
