//! Threads for a piece of work, which end with it.

use rayon::{ThreadPool, ThreadPoolBuilder};
use skiplayer::{Error, Result};

/// So many threads; 0: as many as there are processors.
///
/// The pool that rayon shares within a process is never used: its threads would be missing in a process that R forks
/// (`parallel::mclapply`), which would wait for them for ever.
pub fn pool(n_threads: usize) -> Result<ThreadPool> {
    let pool = ThreadPoolBuilder::new().num_threads(n_threads).build();
    pool.map_err(|error| Error::failure("threads", error.to_string()))
}

/// Fewer rows than this are not worth the making of threads, and the engine would not divide them.
const WORTH_THREADS: usize = 1024;

/// Runs `work` over so many rows.
pub fn run<T: Send>(n_threads: usize, n_rows: usize, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    pool(if n_rows < WORTH_THREADS { 1 } else { n_threads })?.install(work)
}
