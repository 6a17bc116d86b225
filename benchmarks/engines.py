"""Outer folds as tasks: an evaluation of concrete with one and two workers, and whether the bits are the same.

python benchmarks/engines.py benchmarks/records/engines.json   (needs skiplayer and ray installed, and a machine with two processors at rest)
"""

import json
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

import joblib
import pandas as pd
import ray

from provenance import provenance
from skiplayer import SkipLayerRegressor

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3


def timed(engine, jobs):
    """Seconds of an evaluation, and its bytes."""
    table = pd.read_csv(ROOT / "data" / "concrete.csv")
    X, y = table.drop(columns="compressive_strength"), table.compressive_strength
    model = SkipLayerRegressor(n_jobs=jobs)
    start = time.perf_counter()
    if engine == "joblib":
        with joblib.parallel_config(backend="loky", n_jobs=jobs, inner_max_num_threads=1):
            model.evaluate(X, y, repeats=1, engine="joblib")
    else:
        model.evaluate(X, y, repeats=1, engine=engine)
    return time.perf_counter() - start, bytes(model.model_.to_bytes())


def rounds():
    """Each way in turns."""
    found, bits = {}, set()
    for _ in range(ROUNDS):
        for workers in (1, 2):
            ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False)
            for engine in (None, "joblib", "ray"):
                seconds, model = timed(engine, workers)
                found.setdefault(f"{engine or 'threads'}, {workers}", []).append(round(seconds, 2))
                bits.add(model)
            ray.shutdown()
    return found, len(bits)


def main():
    seconds, n_models = rounds()
    fastest = {way: min(times) for way, times in seconds.items()}
    record = {
        **provenance("python benchmarks/engines.py benchmarks/records/engines.json"),
        "what": "concrete, ten outer folds, one repeat: seconds of clock of evaluate(), each way in turns",
        "seconds": seconds,
        "two workers over one": {
            engine: round(fastest[f"{engine}, 1"] / fastest[f"{engine}, 2"], 2) for engine in ("threads", "joblib", "ray")
        },
        "different models": n_models,
        "versions": {name: version(name) for name in ("skiplayer", "ray", "joblib", "scikit-learn")},
        "machine": platform.processor() or platform.machine(),
    }
    Path(sys.argv[1]).write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
