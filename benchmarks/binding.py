"""What it costs to predict from Python: 1000 rows of 20 columns from arrays and data frames.

    python benchmarks/binding.py [--rows 1000] [--columns 20] [--repeats 300]

The model is linear, so that the time is that of the way in and out: checking names and cells, copying columns, and handing back an
array; what a network computes comes on top and is timed for a small one. Medians and the least of single calls.
"""

import argparse
import importlib.metadata
import time

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from common import HERE, Record, markdown
from skiplayer import SkipLayerRegressor


def inputs(n_rows, n_columns):
    """The same numbers in every container; then frames with two text columns in place of two of numbers."""
    x = np.random.default_rng(0).normal(size=(n_rows, n_columns))
    names = [f"column {j}" for j in range(n_columns)]
    frame = pd.DataFrame(x, columns=names)
    words = np.array(["red", "green", "blue"])[np.arange(n_rows) % 3]
    mixed = frame.assign(**{names[0]: words, names[1]: pd.Categorical(words)})
    integers = frame.assign(**{names[2]: np.arange(n_rows) % 7, names[3]: frame[names[3]].astype(np.float32)})
    return {
        "NumPy": x,
        "NumPy, Fortran order": np.asfortranarray(x),
        "pandas": frame,
        "pandas, several types of numbers": integers,
        "polars": pl.from_pandas(frame),
        "Arrow": pa.Table.from_pandas(frame, preserve_index=False),
        "pandas, two columns of text": mixed,
        "polars, two columns of text": pl.from_pandas(mixed),
        "Arrow, two columns of text": pa.Table.from_pandas(mixed, preserve_index=False),
    }


def timed(model, x, repeats):
    """Time on the wall, and of the processor: prediction is one thread's work, so that the second holds on a busy machine too."""
    wall, processor = [], []
    for _ in range(repeats + 10):
        starts = time.perf_counter(), time.thread_time()
        model.predict(x)
        wall.append(1e3 * (time.perf_counter() - starts[0]))
        processor.append(1e3 * (time.thread_time() - starts[1]))
    times = {"wall": wall[10:], "processor": processor[10:]}
    told = {"median": np.median, "least": np.min}
    return {f"{name}_{word}_ms": float(of(values)) for name, values in times.items() for word, of in told.items()}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--rows", type=int, default=1000)
    ap.add_argument("--columns", type=int, default=20)
    ap.add_argument("--repeats", type=int, default=300)
    ap.add_argument("--note", default="", help="what should be known about the machine and the build")
    ap.add_argument("--record", default=str(HERE / "records" / "binding.json"), help="JSON record to write")
    a = ap.parse_args()
    packages = ("skiplayer", "scikit-learn", "pandas", "polars", "pyarrow")
    versions = {package: importlib.metadata.version(package) for package in packages}
    record = Record(a.record, versions, shape=[a.rows, a.columns], repeats=a.repeats, note=a.note, about=__doc__.split("\n\n", 2)[2].strip())
    containers = inputs(a.rows, a.columns)
    y = containers["NumPy"][:, 2:] @ np.ones(a.columns - 2) + np.random.default_rng(1).normal(size=a.rows)
    results = {}
    for name, x in containers.items():
        results[name] = timed(SkipLayerRegressor(method="linear").fit(x, y), x, a.repeats)
        record.save(results=results)
    x = containers["NumPy"][:, :3]
    network = SkipLayerRegressor(method="evidence", n_units=5, n_starts=2).fit(x[:200], np.sin(2 * x[:200, 0]) + x[:200, 1])
    results[f"NumPy, three columns, {len(network.units_)} hidden units"] = timed(network, x, a.repeats)
    columns = ["processor_median_ms", "processor_least_ms", "wall_median_ms", "wall_least_ms"]
    rows = [[name, *(f"{r[column]:.2f}" for column in columns)] for name, r in results.items()]
    table = markdown(["predict from", *(column.replace("_", " ").replace(" ms", ", ms") for column in columns)], rows)
    record.save(results=results, complete=True, table=table)
    print(table)


if __name__ == "__main__":
    main()
