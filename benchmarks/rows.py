"""Fits of rows that are with workers: seconds, memory, and whether bits are equal; what a distance to the workers costs; and xgboost.dask
on the same rows.

    python benchmarks/rows.py [--rows N] [--parts PART ...] [--record FILE]      # writes benchmarks/records/rows.json

Wants `skiplayer`, `ray[data]`, `distributed`, `dask[dataframe]`, `xgboost`, `psutil` and a machine with two processors at least that are
at rest, for a quarter of an hour. Each part runs in a process of its own, so that none finds memory that another has freed; the record is
written after each. With `--parts` the others stay as they are in the record. Memory is what all processes of the cluster hold beyond what
they held before the fit, without what they share (Ray's object store is told apart); and what the driver has in memory in all.
"""

import argparse
import hashlib
import json
import logging
import os
import pathlib
import subprocess
import sys
import threading
import time
import warnings
from importlib.metadata import version

import numpy as np
import psutil
import pyarrow
import ray
from common import HERE, Record
from skiplayer import SkipLayerRegressor
from skiplayer.ray import RayRows, RaySkipLayerRegressor

N_INPUTS = 20
RECORD = HERE / "records" / "rows.json"
DISTANT_ROWS = 1_000_000
DELAYS = (0.0, 0.001, 0.01, 0.05)
WORKERS = (1, 2, 4)


def block(first, n):
    """Rows `first` to `first + n`: 20 normal inputs of which two bend the target."""
    random = np.random.default_rng([7, first])
    x = random.normal(size=(n, N_INPUTS)).astype(np.float32)
    y = x[:, 0] - 0.5 * x[:, 1] + np.sin(2 * x[:, 2]) + 0.5 * x[:, 3] * x[:, 4] + 0.5 * random.normal(size=n)
    return pyarrow.table({**{f"x{j + 1}": x[:, j] for j in range(N_INPUTS)}, "y": y.astype(np.float32)})


def starts(n, size=500_000):
    return [(first, min(size, n - first)) for first in range(0, n, size)]


def private_bytes():
    """What the processes of this program hold and do not share; what this one does; and what it has in memory."""
    me = psutil.Process()
    total = own = resident = 0
    for process in [me, *me.children(recursive=True)]:
        try:
            if process.name().startswith(("raylet", "gcs_server", "plasma")):
                continue
            held = process.memory_info()
            total += held.rss - held.shared
            if process.pid == me.pid:
                own, resident = held.rss - held.shared, held.rss
        except psutil.NoSuchProcess:
            pass
    return total, own, resident


class Watched:
    """The seconds of a block and the most that processes held in it beyond what they held before."""

    def __enter__(self):
        self._before = private_bytes()
        self.most = [0, 0, 0]
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

    def told(self):
        beyond = [round((most - before) / 1e6) for most, before in zip(self.most, self._before)]
        return {
            "seconds": round(self.seconds, 1),
            "megabytes": beyond[0],
            "driver_megabytes": beyond[1],
            "driver_resident_megabytes_before_and_most": [round(self._before[2] / 1e6), round(self.most[2] / 1e6)],
        }


class Passes:
    """Passes of actors that are so many seconds away, counted. The first two start the actors and read the rows."""

    def __init__(self, delay=0.0):
        self._delay = delay
        self.seconds, self.sent, self.received = [], 0, 0

    def __enter__(self):
        self._run = run = RayRows.run

        def counted(engine, workers, request):
            start = time.perf_counter()
            time.sleep(self._delay)
            answers = run(engine, workers, request)
            self.seconds.append(time.perf_counter() - start)
            self.sent += len(request) * len(workers)
            self.received += sum(len(part) for answer in answers for part in answer)
            return answers

        RayRows.run = counted
        return self

    def __exit__(self, *raised):
        RayRows.run = self._run

    def told(self):
        later = self.seconds[2:]
        return {
            "passes": len(later),
            "seconds_of_passes": round(sum(later), 2),
            "seconds_of_start_and_reading": round(sum(self.seconds[:2]), 2),
            "kilobytes_sent": round(self.sent / 1e3),
            "kilobytes_received": round(self.received / 1e3),
        }


def digest(raw):
    return hashlib.sha256(raw).hexdigest()[:16]


def described(watched, model):
    loss = model.record_["summary"]["train_loss"]
    return {**watched.told(), "units": len(model.units_), "train_loss": loss, "model": digest(model.model_.to_bytes())}


def in_one_process(n):
    table = pyarrow.concat_tables([block(*own) for own in starts(n)])
    with Watched() as watched:
        model = SkipLayerRegressor(n_units=10, n_jobs=2).fit(table.drop_columns("y"), table["y"])
    return described(watched, model)


def with_actors(n, n_workers, delay=0.0):
    # Made by tasks, so that the driver never holds rows.
    make = ray.remote(block)
    dataset = ray.data.from_arrow_refs([make.remote(*own) for own in starts(n)]).materialize()
    with Watched() as watched, Passes(delay) as passes:
        model = RaySkipLayerRegressor(n_units=10, n_jobs=2).fit(dataset, "y", n_workers=n_workers)
    return {**described(watched, model), **passes.told()}


def of_model(workers, passes, latency, work, delay):
    """Seconds of passes: messages, and work that processors share. There are two of them."""
    return passes * (latency + delay) + work / min(workers, 2)


def distances():
    """Fits with delays put in; the model of costs, fitted to those without a delay; and what it says of the others."""
    fits = []
    for delay in DELAYS:
        for n_workers in WORKERS:
            found = with_actors(DISTANT_ROWS, n_workers, delay)
            fits.append({"delay": delay, "workers": n_workers, **found})
            print(fits[-1], file=sys.stderr, flush=True)
    near = [fit for fit in fits if fit["delay"] == 0]
    terms = [[fit["passes"], 1 / min(fit["workers"], 2)] for fit in near]
    latency, work = np.linalg.lstsq(terms, [fit["seconds_of_passes"] for fit in near], rcond=None)[0]
    for fit in fits:
        fit["seconds_of_passes_by_the_model"] = round(of_model(fit["workers"], fit["passes"], latency, work, fit["delay"]), 2)
    passes = near[0]["passes"]
    model = {
        "latency_milliseconds": round(1e3 * latency, 2),
        "microseconds_of_a_row_and_pass": round(1e6 * work / passes / DISTANT_ROWS, 4),
    }
    return {"rows": DISTANT_ROWS, "fits": fits, "model": model}


def with_dask(n, n_workers):
    """Our fit and that of xgboost on the same frame, which is in memory before."""
    # Here, so that drivers of Ray have no more in memory than they need.
    import dask.dataframe
    import distributed
    import xgboost.dask
    from dask.delayed import delayed
    from skiplayer.dask import DaskSkipLayerRegressor

    with (
        distributed.LocalCluster(
            n_workers=n_workers, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.ERROR, memory_limit=0
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        pieces = [delayed(lambda first, size: block(first, size).to_pandas(), pure=False)(*own) for own in starts(n)]
        frame = dask.dataframe.from_delayed(pieces, meta=block(0, 2).to_pandas()).persist()
        distributed.wait(frame)
        with Watched() as watched:
            model = DaskSkipLayerRegressor(n_units=10, n_jobs=2).fit(frame, "y")
        ours = described(watched, model)
        print("skiplayer", n_workers, ours, file=sys.stderr, flush=True)
        with Watched() as watched:
            rows = xgboost.dask.DaskQuantileDMatrix(client, frame.drop(columns="y"), frame["y"])
            trained = xgboost.dask.train(client, {"tree_method": "hist", "max_depth": 6, "seed": 1}, rows, num_boost_round=100)
        booster = trained["booster"]
        theirs = {**watched.told(), "model": digest(booster.save_raw("ubj"))}
        del rows
        new = block(10**9, 200_000)
        inputs = new.drop_columns("y").to_pandas()
        for own, predicted in ((ours, model.predict(new)), (theirs, booster.inplace_predict(inputs))):
            own["error_of_new_rows"] = round(float(np.mean((predicted - new["y"].to_numpy()) ** 2)), 5)
    return {"skiplayer": ours, "xgboost": theirs}


def on_ray(work, *given):
    """Work on a cluster of this machine."""
    # By default Ray lets workers have only what other programs leave, which is unfair beside one process.
    os.environ["RAY_worker_niceness"] = "0"
    # Four, so that four actors run on the two that there are.
    ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        return work(*given)
    finally:
        ray.shutdown()


PARTS = {
    **{f"ray {k}": lambda n, k=k: on_ray(with_actors, n, k) for k in WORKERS},
    "one process": in_one_process,
    **{f"dask {k}": lambda n, k=k: with_dask(n, k) for k in (1, 2)},
    "distances": lambda n: on_ray(distances),
}


IMPORTED = """
import importlib, json, psutil
found = {}
for name in ("numpy", "ray", "pyarrow", "ray.data", "sklearn.base", "skiplayer.ray"):
    importlib.import_module(name)
    found[name] = round(psutil.Process().memory_info().rss / 1e6)
print(json.dumps(found))
"""


def imports():
    """Megabytes that a driver has in memory after each of its imports, before there is a cluster."""
    return json.loads(subprocess.run([sys.executable, "-c", IMPORTED], stdout=subprocess.PIPE, text=True, check=True).stdout)


def of_part(name, n):
    """What a part finds, in a process of its own."""
    words = [sys.executable, __file__, "--rows", str(n), "--alone", name]
    start = time.perf_counter()
    printed = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout
    found = json.loads(printed.splitlines()[-1])
    found["seconds_of_this_part"] = round(time.perf_counter() - start)
    found["load_at_its_end"] = round(psutil.getloadavg()[0], 1)
    print(name, found, file=sys.stderr, flush=True)
    return found


def equal(parts, *path):
    """Whether the models of several parts have the same bits; None if there is only one."""
    found = []
    for part in parts:
        for step in (*path, "model"):
            part = part[step]
        found.append(part)
    return len(set(found)) == 1 if len(found) > 1 else None


def main(n, names, path):
    packages = ("skiplayer", "ray", "distributed", "dask", "pyarrow", "scikit-learn", "xgboost")
    versions = {name: version(name) for name in packages}
    before = json.loads(path.read_text()) if path.exists() else {}
    record = Record(path, versions, rows=n, inputs=N_INPUTS, matrix_megabytes=round(n * (N_INPUTS + 2) * 4 / 1e6))
    record.save(driver_megabytes_after_imports=imports())
    parts = {} if set(names) == set(PARTS) else before.get("parts", {})
    for name in names:
        parts[name] = {**of_part(name, n), **{key: record.body[key] for key in ("commit", "date")}}
        on = {place: [own for part, own in parts.items() if part.startswith(place)] for place in ("ray", "dask")}
        same = {
            "ray": equal(on["ray"]),
            "ray and dask": equal([*on["ray"], *(own["skiplayer"] for own in on["dask"])]),
            "xgboost": equal(on["dask"], "xgboost"),
        }
        record.save(parts=parts, same_bits_with_any_workers=same, complete=set(parts) == set(PARTS))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--record", type=pathlib.Path, default=RECORD)
    parser.add_argument("--alone", choices=list(PARTS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.alone:
        print(json.dumps(PARTS[given.alone](given.rows)))
    else:
        main(given.rows, given.parts, given.record)
