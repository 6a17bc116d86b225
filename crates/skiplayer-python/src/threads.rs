//! Threads for a piece of work, which end with it.

use pyo3::PyResult;
use pyo3::exceptions::PyRuntimeError;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// `None`: as many as there are processors, or RAYON_NUM_THREADS.
///
/// The pool that rayon shares within a process is never used: its threads would be missing in a process that Python forks,
/// which would wait for them for ever.
pub fn pool(n_threads: Option<usize>) -> PyResult<ThreadPool> {
    let pool = ThreadPoolBuilder::new().num_threads(n_threads.unwrap_or(0)).build();
    pool.map_err(|error| PyRuntimeError::new_err(format!("no threads: {error}")))
}
