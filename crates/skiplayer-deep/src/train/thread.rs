//! The threads that training runs on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::ThreadPoolBuilder;
use skiplayer::{Error, Result};

/// Burn frees the graph of a pass that no backward pass followed by recursion: a thousand layers do not fit into the 2 MiB that a
/// thread gets by default.
const STACK: usize = 64 << 20;

/// Runs `work` on a thread with 64 MiB of stack, and waits for it. It is one of as many threads as the caller has, which share what is divided
/// among threads: one that waited for them outside would have to be woken hundreds of times a step.
///
/// # Errors
/// Those of `work`; no thread can be had; or a panic below us, which becomes a failure.
pub fn on_training_thread<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let failed = |what: String| Error::failure("training thread", what);
    let pool = ThreadPoolBuilder::new()
        .num_threads(rayon::current_num_threads())
        .thread_name(|_| "training".to_owned())
        .stack_size(STACK)
        .build()
        .map_err(|error| failed(error.to_string()))?;
    catch_unwind(AssertUnwindSafe(|| pool.install(work))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Err(failed(text.unwrap_or("it panicked").to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_recursion_fits_and_panics_become_errors() {
        #[inline(never)]
        fn depth(n: usize) -> usize {
            let frame = std::hint::black_box([n as u8; 1024]);
            if n == 0 { usize::from(frame[0]) } else { 1 + depth(n - 1) }
        }
        // 20,000 frames of 1 KiB are ten times the default stack.
        assert_eq!(on_training_thread(|| Ok(depth(20_000))), Ok(20_000));
        let error = on_training_thread::<()>(|| panic!("shapes {}", 7)).unwrap_err();
        assert_eq!(error.to_string(), "training thread: shapes 7");
    }
}
