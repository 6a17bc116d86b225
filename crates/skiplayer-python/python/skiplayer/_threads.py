"""How many threads a piece of work may use."""

from __future__ import annotations

import os

from joblib import effective_n_jobs
from joblib.parallel import get_active_backend


def n_threads(n_jobs: int | None) -> int | None:
    """Threads for `n_jobs`; None leaves it to the engine, which takes all processors that this process may use.

    Nothing limits a Rust thread pool from outside as OpenMP's is limited, so that we read what others leave for OpenMP:
    joblib's loky workers (``inner_max_num_threads``, and by default the share of a worker), Dask, Ray and Spark all set
    ``OMP_NUM_THREADS``. Inside a task that joblib runs in a thread, one thread is the share. The engine follows
    ``RAYON_NUM_THREADS``, the affinity of the process and the limits of its control group.
    """
    if n_jobs is not None:
        return int(effective_n_jobs(n_jobs))
    told = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if told.isdecimal() and int(told) > 0:
        return int(told)
    backend, _ = get_active_backend()
    return 1 if getattr(backend, "nesting_level", 0) else None
