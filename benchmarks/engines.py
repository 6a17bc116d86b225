"""Outer folds as tasks: an evaluation of concrete with one and two workers, and whether the bits are the same; and what inner folds and
starts of a single fit could gain as tasks.

    python benchmarks/engines.py [--rounds N] [--ways WAY ...] [--record FILE]      # writes benchmarks/records/engines.json

Wants `skiplayer`, `ray` and `distributed`, and a machine with two processors at rest for a quarter of an hour. The record is written after
each time that is taken.
"""

import argparse
import logging
import os
import pathlib
import statistics
import sys
import time
import warnings
from contextlib import contextmanager
from importlib.metadata import version

import distributed
import joblib
import numpy as np
import pandas as pd
import psutil
import ray

from common import HERE, Record
from skiplayer import SkipLayerRegressor
from skiplayer._engines import engine_of


def concrete():
    table = pd.read_csv(HERE.parent / "data" / "concrete.csv")
    return table.drop(columns="compressive_strength"), table.compressive_strength


def simulated(n):
    """20 normal inputs of which two bend the target."""
    random = np.random.default_rng(1)
    X = random.normal(size=(n, 20))
    return X, X[:, 0] - 0.5 * X[:, 1] + np.sin(2 * X[:, 2]) + 0.5 * X[:, 3] * X[:, 4] + 0.5 * random.normal(size=n)


@contextmanager
def workers(way, n):
    """A place of `n` workers with a thread each."""
    if way == "ray":
        ray.init(num_cpus=n, include_dashboard=False, log_to_driver=False)
        yield
        ray.shutdown()
    elif way == "dask":
        with (
            distributed.LocalCluster(n_workers=n, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.ERROR) as cluster,
            distributed.Client(cluster),
        ):
            yield
    else:
        with joblib.parallel_config(backend="loky", n_jobs=n, inner_max_num_threads=1):
            yield


def nothing(shared, item):
    return b""


def evaluated(way, n):
    """Seconds of an evaluation, once workers are there; seconds until they are, of a first task and of a later one; and the model."""
    X, y = concrete()
    model = SkipLayerRegressor(n_jobs=n)
    start = time.perf_counter()
    with workers(way, n):
        tasks = {}
        if way is not None:
            engine = engine_of(way, n)
            handle = engine.scatter(None) if way != "dask" else engine.scatter(0)
            list(engine.run(nothing, handle, range(n)))
            ready = time.perf_counter()
            list(engine.run(nothing, handle, [0] if way == "joblib" else range(n)))
            tasks = {"start": ready - start, "task": time.perf_counter() - ready}
            engine.drop(handle)
        start = time.perf_counter()
        model.evaluate(X, y, repeats=1, engine=way)
        seconds = time.perf_counter() - start
    return seconds, tasks, bytes(model.model_.to_bytes())


def of_rounds(found, overhead, bits):
    """What the rounds so far say."""
    fastest = {way: min(times) for way, times in found.items()}
    ways = [key.removesuffix(", 2") for key in fastest if key.endswith(", 2")]
    two_over_one = {way: round(fastest[f"{way}, 1"] / fastest[f"{way}, 2"], 2) for way in ways}
    return {
        "seconds": found,
        "two workers over one": two_over_one,
        "different models": len(bits),
        "seconds until workers have answered, and of an empty task then": {
            name: {"median": statistics.median(times), "all": times} for name, times in overhead.items()
        },
    }


def rounds(n_rounds, ways, record):
    """Each way in turns."""
    found, overhead, bits = {}, {}, set()
    for _ in range(n_rounds):
        for way in (None, *ways):
            for n in (1, 2):
                seconds, tasks, model = evaluated(way, n)
                found.setdefault(f"{way or 'threads'}, {n}", []).append(round(seconds, 2))
                for name, own in tasks.items():
                    overhead.setdefault(f"{way}, {name}", []).append(round(own, 4))
                bits.add(model)
                record.save(**of_rounds(found, overhead, bits))
                print(way, n, round(seconds, 2), tasks, file=sys.stderr, flush=True)


def fits(n_rounds):
    """Single fits with one and two threads in turns, and the processor seconds that they take."""
    tables = {"concrete": concrete(), "5000 x 20": simulated(5_000), "18000 x 20": simulated(18_000)}
    found = {}
    for name, (X, y) in tables.items():
        own = {"1": [], "2": [], "processor": []}
        for _ in range(n_rounds):
            for n in (1, 2):
                start, used = time.perf_counter(), time.process_time()
                SkipLayerRegressor(n_jobs=n).fit(X, y)
                own[str(n)].append(round(time.perf_counter() - start, 2))
                own["processor"].append(round(time.process_time() - used, 2))
        one, two = min(own["1"]), min(own["2"])
        # Amdahl: the time of two is one * (1 - share / 2).
        own["share that runs in parallel"] = round(2 * (1 - two / one), 2)
        found[name] = own
        print(name, own, file=sys.stderr, flush=True)
    return found


def main(n_rounds, ways, path):
    warnings.simplefilter("ignore")
    # By default Ray lets workers have only what other programs leave, which is unfair beside one process.
    os.environ["RAY_worker_niceness"] = "0"
    versions = {name: version(name) for name in ("skiplayer", "ray", "distributed", "joblib", "scikit-learn")}
    what = "concrete, ten outer folds, one repeat: seconds of clock of evaluate(), each way in turns, after the workers have started"
    record = Record(path, versions, what=what)
    loads = [round(psutil.getloadavg()[0], 1)]
    rounds(n_rounds, ways, record)
    record.save(**{"single fits, seconds with one and two threads": fits(n_rounds)})
    record.save(**{"load before and after": [*loads, round(psutil.getloadavg()[0], 1)], "complete": True})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--ways", nargs="*", choices=["joblib", "ray", "dask"], default=["joblib", "ray", "dask"])
    parser.add_argument("--record", type=pathlib.Path, default=HERE / "records" / "engines.json")
    given = parser.parse_args()
    main(given.rounds, given.ways, given.record)
