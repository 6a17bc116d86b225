//! Memory of maps that goes from one layer to the next instead of back to the system, which would clear it before it gives it out again:
//! a seventh of a training step.
//!
//! Operations take the memory of what they write from here, and give back what they are the last to read. What a step gave back serves the
//! next one. Nobody has to say when sizes change: new memory pushes out as much of what has been lying here the longest.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

/// Numbers below which memory is not worth keeping.
const SMALL: usize = 1 << 12;

static POOL: Mutex<Pool> = Mutex::new(Pool { free: VecDeque::new() });

#[derive(Default)]
struct Pool {
    /// From what came first to what came last.
    free: VecDeque<Vec<f32>>,
}

impl Pool {
    /// The smallest that is large enough and not much too large.
    fn take(&mut self, n: usize) -> Option<Vec<f32>> {
        let fits = |buffer: &Vec<f32>| buffer.capacity() >= n && buffer.capacity() <= n + n / 8;
        let best = self.free.iter().enumerate().filter(|(_, buffer)| fits(buffer));
        let (i, _) = best.min_by_key(|(_, buffer)| buffer.capacity())?;
        self.free.remove(i)
    }

    /// What has been here the longest, as much as `n` numbers.
    fn push_out(&mut self, n: usize) -> Vec<Vec<f32>> {
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

fn pool() -> MutexGuard<'static, Pool> {
    // A list of buffers is whole at any time.
    POOL.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// `n` numbers that were left from something else: to be written before they are read.
pub fn take(n: usize) -> Vec<f32> {
    if n < SMALL {
        return vec![0.0; n];
    }
    let (found, gone) = {
        let mut pool = pool();
        let found = pool.take(n);
        let gone = if found.is_none() { pool.push_out(n) } else { Vec::new() };
        (found, gone)
    };
    // Outside of the lock: it takes the system a while.
    drop(gone);
    let mut buffer = found.unwrap_or_default();
    buffer.resize(n, 0.0);
    buffer
}

/// Memory that nobody reads any more.
pub fn give_back(buffer: Vec<f32>) {
    if buffer.capacity() >= SMALL {
        pool().free.push_back(buffer);
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
            let buffer = take(n);
            assert_eq!(buffer.len(), n);
            give_back(buffer);
        }
    }
}
