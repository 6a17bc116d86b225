"""Fits of rows that are with workers: seconds, memory, and whether bits are equal; what a distance to the workers costs; and xgboost.dask
on the same rows.

    python benchmarks/rows.py [ROWS]      # writes benchmarks/records/rows.json

Wants `skiplayer`, `ray[data]`, `distributed`, `dask[dataframe]`, `xgboost`, `psutil` and a machine with two processors at least. Memory is
what all processes of the cluster hold beyond what they held before the fit, without what they share (Ray's object store is told apart).
"""

import hashlib
import json
import logging
import os
import pathlib
import sys
import threading
import time
import warnings
from importlib.metadata import version

import dask.dataframe
import distributed
import numpy as np
import psutil
import pyarrow
import ray
import xgboost.dask
from dask.delayed import delayed
from provenance import provenance
from skiplayer import SkipLayerRegressor
from skiplayer.dask import DaskSkipLayerRegressor
from skiplayer.ray import RayRows, RaySkipLayerRegressor

N_INPUTS = 20
RECORD = pathlib.Path(__file__).parent / "records" / "rows.json"
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

    def told(self):
        return {"seconds": round(self.seconds, 1), "megabytes": self.megabytes, "driver_megabytes": self.driver_megabytes}


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


def with_dask(n):
    """Our fit and that of xgboost with one and two workers on the same frame, which is in memory before."""
    found = {}
    for n_workers in (1, 2):
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
            print("dask", n_workers, ours, file=sys.stderr, flush=True)
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
            found[str(n_workers)] = {"skiplayer": ours, "xgboost": theirs}
            print("xgboost", n_workers, theirs, file=sys.stderr, flush=True)
    same = {name: len({own[name]["model"] for own in found.values()}) == 1 for name in ("skiplayer", "xgboost")}
    return {"rows": n, "workers": found, "one_and_two_workers_give_the_same_bits": same}


def on_ray(n):
    row = {"rows": n, "matrix_megabytes": round(n * (N_INPUTS + 2) * 4 / 1e6), "actors": {}}
    for n_workers in WORKERS:
        row["actors"][str(n_workers)] = with_actors(n, n_workers)
        print(row["actors"], file=sys.stderr, flush=True)
    row["same_bits"] = len({own["model"] for own in row["actors"].values()}) == 1
    return row


def write(body):
    body["load_at_the_end"] = round(psutil.getloadavg()[0], 1)
    RECORD.write_text(json.dumps(body, indent=1) + "\n")


def main(n):
    warnings.simplefilter("ignore")
    # By default Ray lets workers have only what other programs leave, which is unfair beside one process.
    os.environ["RAY_worker_niceness"] = "0"
    # Four, so that four actors run on the two that there are.
    ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    versions = {name: version(name) for name in ("skiplayer", "ray", "distributed", "dask", "xgboost")}
    body = {"inputs": N_INPUTS, "processors": psutil.cpu_count(), "versions": versions, **provenance(f"python benchmarks/rows.py {n}")}
    row = on_ray(n)
    body["fits"] = [row]
    write(body)
    body["distances"] = distances()
    ray.shutdown()
    write(body)
    # Last, as what this process holds then is much, and what is free again stays with it.
    row["one_process"] = in_one_process(n)
    write(body)
    body["beside_xgboost"] = with_dask(n)
    write(body)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
