//! The thread that training runs on.

use std::thread;

use skiplayer::{Error, Result};

/// Burn frees the graph of a pass that no backward pass followed by recursion: a thousand layers do not fit into the 2 MiB that a
/// thread gets by default.
const STACK: usize = 64 << 20;

/// Runs `work` on a thread with 64 MiB of stack, and waits for it.
///
/// # Errors
/// Those of `work`; no thread can be had; or a panic below us, which becomes a failure.
pub fn on_training_thread<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let failed = |what: String| Error::failure("training thread", what);
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("training".to_owned()).stack_size(STACK);
        let thread = builder.spawn_scoped(scope, work).map_err(|error| failed(error.to_string()))?;
        thread.join().unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            Err(failed(text.unwrap_or("it panicked").to_owned()))
        })
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
