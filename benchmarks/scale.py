"""Time and memory of whole commands on long tables: 20 inputs, and rows from a hundred thousand to ten million.

    cargo build --release -p skiplayer-cli --no-default-features
    python benchmarks/scale.py --bin target/release/skiplayer [--sizes 100000 1000000 10000000] [--work DIR]

Tables are y = x1 + tanh(2 x2) + x3 x4 / 2 + 15 inputs that do nothing + noise, in double precision, four decimals, as Parquet
and as CSV. DIR (the folder for temporary files if it is not given) needs 3 GB for ten million rows, and the folder for
temporary files 2 GB more, where the program sets the numbers aside while it learns their scales.

Peak memory is VmHWM of the process, read from /proc until it ends: the pages that it had in memory at once, without those
that the system keeps of files. It is told beside the matrix of inputs in single precision, 80 bytes a row.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from common import Cli, Record, add_common, markdown

INPUTS = 20
BLOCK = 250_000


def blocks(rows, seed=1):
    rng = np.random.default_rng(seed)
    for start in range(0, rows, BLOCK):
        x = rng.standard_normal((min(BLOCK, rows - start), INPUTS))
        y = x[:, 0] + np.tanh(2 * x[:, 1]) + 0.5 * x[:, 2] * x[:, 3] + 0.5 * rng.standard_normal(len(x))
        columns = {f"x{j + 1}": np.round(x[:, j], 4) for j in range(INPUTS)}
        yield pa.table({**columns, "y": np.round(y, 4)})


def write(rows, folder):
    parquet, csv = folder / f"{rows}.parquet", folder / f"{rows}.csv"
    if not (parquet.exists() and csv.exists()):
        schema = next(blocks(1)).schema
        with pa.parquet.ParquetWriter(parquet, schema) as to_parquet, pa.csv.CSVWriter(csv, schema) as to_csv:
            for block in blocks(rows):
                to_parquet.write_table(block)
                to_csv.write_table(block)
    return parquet, csv


def peak_of(pid):
    """Kilobytes; None once the process is gone."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) if found else None
    except FileNotFoundError:
        return None


def run(*command):
    """Seconds of a command and its peak memory in bytes."""
    start = time.perf_counter()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    peak = 0
    while process.poll() is None:
        peak = max(peak, peak_of(process.pid) or 0)
        time.sleep(0.005)
    seconds = time.perf_counter() - start
    if process.returncode != 0:
        raise RuntimeError(process.stderr.read()[-500:])
    return seconds, 1024 * peak


def jobs(a, rows, folder):
    parquet, csv = write(rows, folder)
    model, out = folder / "m.safetensors", folder / "p.csv"
    fit = lambda file, *more: (a.bin, "fit", file, "--target", "y", "-o", model, "--quiet", *more)  # noqa: E731
    yield "fit, Parquet, no evaluation", fit(parquet, "--no-evaluate")
    yield "fit, CSV, no evaluation", fit(csv, "--no-evaluate")
    yield "predict, Parquet to CSV", (a.bin, "predict", model, parquet, "-o", out, "--quiet")
    if rows <= a.evaluate_up_to:
        yield "fit, Parquet, with evaluation", fit(parquet)


def table_of(results):
    rows = []
    for r in results:
        ratio = r["peak_bytes"] / (4 * INPUTS * r["rows"])
        rows.append([r["job"], f"{r['rows']:,}", f"{r['seconds']:.3g}", f"{1e6 * r['seconds'] / r['rows']:.3g}",
                     f"{r['peak_bytes'] / 1e6:.0f}", f"{ratio:.2f}"])  # fmt: skip
    return markdown(["job", "rows", "s", "µs a row", "peak MB", "peak / f32 matrix"], rows)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(ap, "scale.json", data=False)
    ap.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    ap.add_argument("--evaluate-up-to", type=int, default=1_000_000, help="largest table that is evaluated too")
    ap.add_argument("--work", help="where the tables are written, and kept for the next time")
    a = ap.parse_args()
    record = Record(a.record, {"skiplayer": Cli(a.bin).version()}, threads=os.cpu_count(), inputs=INPUTS, about=__doc__.split("\n\n", 2)[2].strip())
    results = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(a.work or temporary)
        for rows in a.sizes:
            for job, command in jobs(a, rows, folder):
                seconds, peak = run(*command)
                results.append({"job": job, "rows": rows, "seconds": seconds, "peak_bytes": peak})
                record.save(results=results, table=table_of(results))
                print(table_of(results[-1:]).splitlines()[-1], file=sys.stderr, flush=True)
    record.save(complete=True)
    print(table_of(results))


if __name__ == "__main__":
    main()
