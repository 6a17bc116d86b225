//! Where the way through a network forks into branch and shortcut, gradients of both come together. The graph would add them by an operation
//! that knows neither the pool of buffers nor threads; here the sum with the shortcut hands its gradient over, and it is added in place.

use std::sync::{Arc, Mutex};

use burn::backend::flex::FlexTensor;
use burn::tensor::bf16;
use rayon::prelude::*;

use super::half::number::{rounded, wide};
use super::pool::TASK;
use super::tensors::{changed, changed_halves, channels_last, contiguous, give_back, halves, is_half, slice, widened};
use super::vectors::in_vectors;

/// What a shortcut hands over from its end to its beginning.
#[derive(Debug, Clone, Default)]
pub struct Handed(Arc<Mutex<Option<FlexTensor>>>);

impl Handed {
    pub fn give(&self, gradient: FlexTensor) {
        // Nothing is done while it is locked but this.
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(gradient);
    }

    pub fn take(&self) -> Option<FlexTensor> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take()
    }
}

/// Both gradients in one, made of what `a` is made of.
pub fn sum(a: FlexTensor, b: FlexTensor) -> FlexTensor {
    if is_half(&a) {
        let b = channels_last(b);
        let (sum, ()) = changed_halves(a, |a| {
            a.par_chunks_mut(TASK).zip(halves(&b).par_chunks(TASK)).for_each(|(a, b)| add_halves(a, b));
        });
        give_back(b);
        return sum;
    }
    let b = if is_half(&b) { widened(b) } else { contiguous(b) };
    let (sum, ()) = changed(a, |a| {
        a.par_chunks_mut(TASK).zip(slice(&b).par_chunks(TASK)).for_each(|(a, b)| add(a, b));
    });
    give_back(b);
    sum
}

in_vectors! {
    fn add(a: &'a mut [f32], b: &'a [f32]) -> () {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    }

    fn add_halves(a: &'a mut [bf16], b: &'a [bf16]) -> () {
        a.iter_mut().zip(b).for_each(|(a, b)| *a = rounded(wide(*a) + wide(*b)));
    }
}
