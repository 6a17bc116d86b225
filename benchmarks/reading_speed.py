"""Time to read a long table, beside other readers and an older build.

    python benchmarks/reading_speed.py --bin target/release/skiplayer [--before OLD] [--rows 10000000] [--work DIR]

A table of two numbers, a category of eight words and a target is written as CSV and as Parquet by pyarrow. `inspect` reads all of it and
summarises every column; polars and pyarrow read it into memory and take the smallest, largest and mean of every number and the counts of the
words. With `--before` both builds also predict from a linear model that the older one wrote, which is reading and little else. All take
the threads that they like and take turns, and the fastest of the repeats counts: compare ratios. Needs pyarrow and polars.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from common import HERE, Cli, Record

BLOCK = 250_000
WORDS = np.array(["amber", "blue", "cyan", "green", "ochre", "pink", "red", "white"])

PEERS = {
    "polars": """
import sys, polars as pl
path = sys.argv[1]
frame = pl.read_parquet(path) if path.endswith("parquet") else pl.read_csv(path)
numbers = frame.select(pl.col(pl.Float64).min().name.suffix("a"), pl.col(pl.Float64).max().name.suffix("b"), pl.col(pl.Float64).mean())
print(numbers, frame["g"].value_counts())
""",
    "pyarrow": """
import sys, pyarrow.compute as pc, pyarrow.csv, pyarrow.parquet, pyarrow as pa
path = sys.argv[1]
table = pa.parquet.read_table(path) if path.endswith("parquet") else pa.csv.read_csv(path)
for name in ("x", "z", "y"):
    print(pc.min_max(table[name]), pc.mean(table[name]))
print(pc.value_counts(table["g"]))
""",
}  # fmt: skip


def blocks(rows):
    rng = np.random.default_rng(1)
    for start in range(0, rows, BLOCK):
        n = min(BLOCK, rows - start)
        x, z, g = rng.standard_normal(n), rng.uniform(0, 1000, n), rng.integers(0, 8, n)
        y = 2 * x - z / 500 + g / 4 + 0.1 * rng.standard_normal(n)
        yield pa.table({"x": np.round(x, 4), "z": np.round(z, 2), "g": WORDS[g], "y": np.round(y, 4)})


def write(rows, folder):
    files = {"CSV": folder / f"{rows}.csv", "Parquet": folder / f"{rows}.parquet"}
    if not all(path.exists() for path in files.values()):
        schema = next(blocks(1)).schema
        with pa.csv.CSVWriter(files["CSV"], schema) as text, pa.parquet.ParquetWriter(files["Parquet"], schema) as stored:
            for block in blocks(rows):
                text.write_table(block)
                stored.write_table(block)
    return files


def seconds(command):
    start = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True, help="the skiplayer program")
    parser.add_argument("--before", help="an older build")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--work", help="folder for the tables")
    parser.add_argument("--note", default="")
    args = parser.parse_args()
    import polars

    versions = {"polars": polars.__version__, "pyarrow": pa.__version__, "skiplayer": Cli(args.bin).version()}
    path = HERE / "records" / "reading_speed.json"
    record = Record(path, versions, rows=args.rows, repeats=args.repeats, note=args.note, about=__doc__.split("\n\n")[2])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(args.work or temporary)
        results = []
        for kind, file in write(args.rows, folder).items():
            jobs = {"inspect": [args.bin, "inspect", file]}
            jobs |= {name: [sys.executable, "-c", code, file] for name, code in PEERS.items()}
            if args.before:
                small = write(20_000, folder)[kind]
                model = folder / "m.safetensors"
                fit = ["fit", small, "--target", "y", "--method", "linear", "--no-evaluate", "--quiet", "-o", model]
                seconds([args.before, *fit])
                for name, program in (("predict", args.bin), ("predict, before", args.before)):
                    jobs[name] = [program, "predict", model, file, "-o", folder / "p.csv"]
            best = dict.fromkeys(jobs, float("inf"))
            for _ in range(args.repeats):
                for name, command in jobs.items():
                    best[name] = min(best[name], seconds(command))
            ratios = {f"inspect / {name}": best["inspect"] / best[name] for name in PEERS}
            if args.before:
                ratios["predict / before"] = best["predict"] / best["predict, before"]
            results.append({"file": kind, "megabytes": file.stat().st_size / 1e6, "seconds": best, "ratios": ratios})
            record.save(results=results)
            print(kind, {name: round(value, 2) for name, value in (best | ratios).items()}, flush=True)
    record.save(complete=True)


if __name__ == "__main__":
    main()
