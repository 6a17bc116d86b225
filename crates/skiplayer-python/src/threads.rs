//! Threads for a piece of work, which end with it.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// `None`: as many as there are processors, or RAYON_NUM_THREADS.
///
/// The pool that rayon shares within a process is never used: its threads would be missing in a process that Python forks,
/// which would wait for them for ever.
pub fn pool(n_threads: Option<usize>) -> PyResult<ThreadPool> {
    let pool = ThreadPoolBuilder::new().num_threads(n_threads.unwrap_or(0)).build();
    pool.map_err(|error| PyRuntimeError::new_err(format!("no threads: {error}")))
}

/// Fewer rows than this are not worth the making of threads, and the engine would not divide them.
const WORTH_THREADS: usize = 1024;

/// Runs `work` over so many rows without the interpreter, on `n_threads`.
pub fn run<T: Send>(
    py: Python<'_>,
    n_threads: Option<usize>,
    n_rows: usize,
    work: impl FnOnce() -> T + Send,
) -> PyResult<T> {
    let n_threads = if n_rows < WORTH_THREADS { Some(1) } else { n_threads };
    let pool = pool(n_threads)?;
    Ok(py.detach(|| pool.install(work)))
}
