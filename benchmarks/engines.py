"""Outer folds as tasks: an evaluation of concrete with one and two workers, and whether the bits are the same; and what inner folds and
starts of a single fit could gain as tasks.

python benchmarks/engines.py benchmarks/records/engines.json [ROUNDS [WAY ...]]   (needs skiplayer, ray and distributed, and a machine with two processors)
"""

import json
import logging
import os
import platform
import statistics
import sys
import time
import warnings
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import distributed
import joblib
import numpy as np
import pandas as pd
import psutil
import ray

from provenance import provenance
from skiplayer import SkipLayerRegressor
from skiplayer._engines import engine_of

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 2
WAYS = [None, *(sys.argv[3:] or ["joblib", "ray", "dask"])]


def concrete():
    table = pd.read_csv(ROOT / "data" / "concrete.csv")
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


def rounds():
    """Each way in turns."""
    found, overhead, bits = {}, {}, set()
    for _ in range(ROUNDS):
        for way in WAYS:
            for n in (1, 2):
                seconds, tasks, model = evaluated(way, n)
                found.setdefault(f"{way or 'threads'}, {n}", []).append(round(seconds, 2))
                for name, own in tasks.items():
                    overhead.setdefault(f"{way}, {name}", []).append(round(own, 4))
                bits.add(model)
                print(way, n, round(seconds, 2), tasks, file=sys.stderr, flush=True)
    return found, overhead, len(bits)


def fits():
    """Single fits with one and two threads in turns, and the processor seconds that they take."""
    tables = {"concrete": concrete(), "5000 x 20": simulated(5_000), "18000 x 20": simulated(18_000)}
    found = {}
    for name, (X, y) in tables.items():
        own = {"1": [], "2": [], "processor": []}
        for _ in range(ROUNDS):
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


def main():
    warnings.simplefilter("ignore")
    # By default Ray lets workers have only what other programs leave, which is unfair beside one process.
    os.environ["RAY_worker_niceness"] = "0"
    before = psutil.getloadavg()
    of_fits = fits()
    seconds, overhead, n_models = rounds()
    fastest = {way: min(times) for way, times in seconds.items()}
    record = {
        **provenance(" ".join(["python", "benchmarks/engines.py", *sys.argv[1:]])),
        "what": "concrete, ten outer folds, one repeat: seconds of clock of evaluate(), each way in turns, after the workers have started",
        "seconds": seconds,
        "two workers over one": {
            name: round(fastest[f"{name}, 1"] / fastest[f"{name}, 2"], 2) for name in ("threads", *WAYS[1:])
        },
        "different models": n_models,
        "seconds until workers have answered, and of an empty task then": {
            name: {"median": statistics.median(times), "all": times} for name, times in overhead.items()
        },
        "single fits, seconds with one and two threads": of_fits,
        "load before and after": [round(load[0], 1) for load in (before, psutil.getloadavg())],
        "versions": {name: version(name) for name in ("skiplayer", "ray", "distributed", "joblib", "scikit-learn")},
        "machine": platform.processor() or platform.machine(),
    }
    Path(sys.argv[1]).write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
