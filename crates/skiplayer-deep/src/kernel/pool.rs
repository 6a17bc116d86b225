//! Memory of maps that goes from one layer to the next instead of back to the system, which would clear it before it gives it out again:
//! a seventh of a training step.
//!
//! Operations take the memory of what they write from here, and give back what they are the last to read. What a step gave back serves the
//! next one. Nobody has to say when sizes change: new memory pushes out as much of what has been lying here the longest.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use burn::tensor::bf16;
use rayon::prelude::*;

/// Numbers that are worth the start of a task on another thread.
pub const TASK: usize = 1 << 15;

/// Numbers below which memory is not worth keeping.
const SMALL: usize = 1 << 12;

static SINGLES: Mutex<Pool<f32>> = Mutex::new(Pool { free: VecDeque::new() });
static HALVES: Mutex<Pool<bf16>> = Mutex::new(Pool { free: VecDeque::new() });

/// Numbers that there is a pool for.
pub trait Pooled: Copy + Default + 'static {
    fn pool() -> &'static Mutex<Pool<Self>>;

    /// Memory that the system has cleared, or clears when it is first written: by the threads that work in it.
    fn zeros(n: usize) -> Vec<Self>;
}

impl Pooled for f32 {
    fn pool() -> &'static Mutex<Pool<Self>> {
        &SINGLES
    }

    fn zeros(n: usize) -> Vec<Self> {
        vec![0.0; n]
    }
}

impl Pooled for bf16 {
    fn pool() -> &'static Mutex<Pool<Self>> {
        &HALVES
    }

    fn zeros(n: usize) -> Vec<Self> {
        rayon::iter::repeat_n(bf16::ZERO, n).with_min_len(TASK).collect()
    }
}

#[derive(Default)]
pub struct Pool<T> {
    /// From what came first to what came last.
    free: VecDeque<Vec<T>>,
}

impl<T> Pool<T> {
    /// The smallest that is large enough and not much too large.
    fn take(&mut self, n: usize) -> Option<Vec<T>> {
        let fits = |buffer: &Vec<T>| buffer.capacity() >= n && buffer.capacity() <= n + n / 8;
        let best = self.free.iter().enumerate().filter(|(_, buffer)| fits(buffer));
        let (i, _) = best.min_by_key(|(_, buffer)| buffer.capacity())?;
        self.free.remove(i)
    }

    /// What has been here the longest, as much as `n` numbers.
    fn push_out(&mut self, n: usize) -> Vec<Vec<T>> {
        let mut gone = Vec::new();
        let mut left = n;
        while left > 0 {
            let Some(oldest) = self.free.pop_front() else { break };
            left = left.saturating_sub(oldest.capacity());
            gone.push(oldest);
        }
        gone
    }
}

fn pool<T: Pooled>() -> MutexGuard<'static, Pool<T>> {
    // A list of buffers is whole at any time.
    T::pool().lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// `n` numbers that were left from something else: to be written before they are read.
pub fn take<T: Pooled>(n: usize) -> Vec<T> {
    if n < SMALL {
        return vec![T::default(); n];
    }
    let (found, gone) = {
        let mut pool = pool::<T>();
        let found = pool.take(n);
        let gone = if found.is_none() { pool.push_out(n) } else { Vec::new() };
        (found, gone)
    };
    // Outside of the lock: it takes the system a while.
    drop(gone);
    let Some(mut buffer) = found else { return T::zeros(n) };
    buffer.resize(n, T::default());
    buffer
}

/// Memory that nobody reads any more.
pub fn give_back<T: Pooled>(buffer: Vec<T>) {
    if buffer.capacity() >= SMALL {
        pool::<T>().free.push_back(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_back_and_what_is_not_used_goes() {
        let mut pool = Pool::default();
        pool.free.extend([vec![1.0; 1000], vec![2.0; 100], vec![3.0; 105]]);
        assert_eq!(pool.take(103), Some(vec![3.0; 105]));
        assert_eq!(pool.take(98), Some(vec![2.0; 100]));
        assert_eq!(pool.take(101), None);
        pool.free.extend([vec![4.0; 60], vec![5.0; 500]]);
        assert_eq!(pool.push_out(1030).len(), 2);
        assert_eq!(pool.free, [vec![5.0; 500]]);
        assert_eq!((pool.push_out(1).len(), pool.push_out(1).len()), (1, 0));
    }

    #[test]
    fn as_many_numbers_as_asked_for() {
        for n in [0, 1, SMALL, SMALL + 7, 2 * SMALL, SMALL] {
            let buffer = take::<f32>(n);
            assert_eq!(buffer.len(), n);
            give_back(buffer);
        }
    }
}
