"""Fits of rows that are with actors of Ray, for growing tables and numbers of actors: seconds, memory, and whether bits are equal.

    python benchmarks/rows.py [ROWS ...]      # writes benchmarks/records/rows.json

Wants `skiplayer`, `ray[data]`, `psutil` and a machine with two processors at least. Memory is what all processes of the cluster hold beyond what
they held before the fit, without what they share (the object store is told apart).
"""

import hashlib
import json
import pathlib
import sys
import threading
import time
import warnings

import numpy as np
import psutil
import pyarrow
import ray
from provenance import provenance
from skiplayer import SkipLayerRegressor
from skiplayer.ray import RaySkipLayerRegressor

N_INPUTS = 20
RECORD = pathlib.Path(__file__).parent / "records" / "rows.json"


def block(first, n):
    """Rows `first` to `first + n`: 20 normal inputs of which two bend the target."""
    random = np.random.default_rng([7, first])
    x = random.normal(size=(n, N_INPUTS)).astype(np.float32)
    y = x[:, 0] - 0.5 * x[:, 1] + np.sin(2 * x[:, 2]) + 0.5 * x[:, 3] * x[:, 4] + 0.5 * random.normal(size=n)
    return pyarrow.table({**{f"x{j + 1}": x[:, j] for j in range(N_INPUTS)}, "y": y.astype(np.float32)})


def blocks(n, size=500_000):
    return [block(first, min(size, n - first)) for first in range(0, n, size)]


def private_bytes():
    """What the processes of this program hold and do not share."""
    me = psutil.Process()
    total = own = 0
    for process in [me, *me.children(recursive=True)]:
        try:
            if process.name().startswith(("raylet", "gcs_server", "plasma")):
                continue
            held = process.memory_info()
            total += held.rss - held.shared
            own = held.rss - held.shared if process.pid == me.pid else own
        except psutil.NoSuchProcess:
            pass
    return total, own


class Watched:
    """The seconds of a block and the most that processes held in it beyond what they held before."""

    def __enter__(self):
        self._before = private_bytes()
        self.most = [0, 0]
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        self._start = time.perf_counter()
        return self

    def _watch(self):
        while not self._done.wait(0.1):
            self.most = [max(most, now) for most, now in zip(self.most, private_bytes())]

    def __exit__(self, *raised):
        self.seconds = time.perf_counter() - self._start
        self._done.set()
        self._thread.join()
        self.megabytes, self.driver_megabytes = (
            round((most - before) / 1e6) for most, before in zip(self.most, self._before)
        )


def digest(model):
    return hashlib.sha256(model.model_.to_bytes()).hexdigest()[:16]


def described(watched, model):
    return {
        "seconds": round(watched.seconds, 1),
        "megabytes": watched.megabytes,
        "driver_megabytes": watched.driver_megabytes,
        "units": len(model.units_),
        "train_loss": model.record_["summary"]["train_loss"],
        "model": digest(model),
    }


def in_one_process(n):
    table = pyarrow.concat_tables(blocks(n))
    with Watched() as watched:
        model = SkipLayerRegressor(n_units=10, n_jobs=2).fit(table.drop_columns("y"), table["y"])
    return described(watched, model)


def with_actors(n, n_workers):
    dataset = ray.data.from_arrow(blocks(n)).materialize()
    with Watched() as watched:
        model = RaySkipLayerRegressor(n_units=10, n_jobs=2).fit(dataset, "y", n_workers=n_workers)
    return described(watched, model)


def main(sizes):
    warnings.simplefilter("ignore")
    found = []
    for n in sizes:
        row = {"rows": n, "matrix_megabytes": round(n * (N_INPUTS + 2) * 4 / 1e6), "one_process": in_one_process(n)}
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        row["actors"] = {str(k): with_actors(n, k) for k in (1, 2)}
        ray.shutdown()
        row["same_bits"] = len({own["model"] for own in row["actors"].values()}) == 1
        print(json.dumps(row), file=sys.stderr, flush=True)
        found.append(row)
    body = {"inputs": N_INPUTS, "ray": ray.__version__, "processors": psutil.cpu_count(), "fits": found}
    command = " ".join(["python benchmarks/rows.py", *map(str, sizes)])
    RECORD.write_text(json.dumps({**body, **provenance(command)}, indent=1) + "\n")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000_000, 4_000_000])
