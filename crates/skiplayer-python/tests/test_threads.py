"""Threads keep to the share of whoever runs the fit."""

import os
import subprocess
import sys

import joblib
import numpy as np
import pytest

from skiplayer import SkipLayerRegressor
from skiplayer._threads import n_threads


def test_a_number_of_jobs_is_the_number_of_threads(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert [n_threads(n) for n in (1, 2)] == [1, 2]
    assert n_threads(-1) == joblib.cpu_count()


@pytest.mark.parametrize(("told", "found"), [("3", 3), ("2,1", 2), ("", None), ("none", None), ("0", None)])
def test_what_openmp_is_told_holds_for_us(monkeypatch, told, found):
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    assert n_threads(None) == found


def test_workers_of_joblib_keep_to_their_share(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        assert joblib.Parallel(n_jobs=2)(joblib.delayed(n_threads)(None) for _ in range(2)) == [1, 1]
    with joblib.parallel_config(backend="threading"):
        assert joblib.Parallel(n_jobs=2)(joblib.delayed(n_threads)(None) for _ in range(2)) == [1, 1]
    assert joblib.Parallel(n_jobs=1)([joblib.delayed(n_threads)(None)]) == [None]


# Counts the threads of a process as Linux lists them, while `work` runs.
MOST_THREADS = """
import os, threading, time, numpy as np
from skiplayer import SkipLayerRegressor
X = np.random.default_rng(0).normal(size=(3000, 4)); y = np.sin(2 * X[:, 0]) + X[:, 1]
at_first = len(os.listdir("/proc/self/task"))
def most_threads(work):
    # Threads of a pool that is no longer needed leave in their own time, on a busy machine after the next has begun.
    for _ in range(1000):
        if len(os.listdir("/proc/self/task")) <= at_first:
            break
        time.sleep(0.01)
    most, done = 0, threading.Event()
    def watch():
        nonlocal most
        while not done.is_set():
            most = max(most, len(os.listdir("/proc/self/task")))
    watcher = threading.Thread(target=watch)
    before = len(os.listdir("/proc/self/task")) + 1
    watcher.start()
    work()
    done.set()
    watcher.join()
    return most - before
"""


def printed_by(program, environment):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    return int(done.stdout)


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="threads are counted as Linux lists them")
@pytest.mark.parametrize("n_jobs", [1, 3])
def test_every_method_starts_as_many_threads_as_it_may(n_jobs):
    program = f"""{MOST_THREADS}
model = SkipLayerRegressor(method="evidence", n_units=3, n_starts=2, n_jobs={n_jobs})
methods = [lambda: model.fit(X, y), lambda: model.predict(X), lambda: model.explain(X), lambda: model.effects(X), lambda: model(X)]
print(max(most_threads(method) for method in methods))
"""
    # The fit itself has one more thread, which waits.
    assert printed_by(program, {**os.environ, "OMP_NUM_THREADS": "8", "OPENBLAS_NUM_THREADS": "1"}) <= n_jobs + 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors are assigned as on Linux")
def test_a_fit_keeps_to_the_processors_of_its_process():
    program = f"""{MOST_THREADS}
os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}})
print(most_threads(lambda: SkipLayerRegressor(method="linear").fit(X, y)))
"""
    left_alone = {name: value for name, value in os.environ.items() if name not in ("OMP_NUM_THREADS", "RAYON_NUM_THREADS")}
    # One thread works, and the one of the fit waits.
    assert printed_by(program, left_alone | {"OPENBLAS_NUM_THREADS": "1"}) <= 2


def test_fits_in_threads_are_those_of_one():
    from concurrent.futures import ThreadPoolExecutor

    X = np.random.default_rng(0).normal(size=(150, 3))
    y = np.sin(2 * X[:, 0]) + X[:, 1]
    model = SkipLayerRegressor(n_units=2, n_starts=2, inner_folds=2, n_jobs=1).fit(X, y)
    with ThreadPoolExecutor(4) as pool:
        fits = list(pool.map(lambda _: SkipLayerRegressor(**model.get_params()).fit(X, y).predict(X), range(4)))
    for predicted in fits:
        np.testing.assert_array_equal(predicted, model.predict(X))
