"""Are inputs found where there are none? `python benchmarks/noise.py [RUNS]`, 100 runs a cell by default.

Tables of independent normal numbers with more columns than rows, and a target that has nothing to do with them, are fitted as a user would,
without the evaluation. Needs the command `skiplayer` (or the path in $SKIPLAYER) and NumPy. Writes benchmarks/records/noise.json.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
from provenance import provenance

RECORD = Path(__file__).resolve().parent / "records" / "noise.json"
CELLS = [(80, 150, "number"), (80, 300, "number"), (80, 600, "number"), (60, 500, "two classes")]


def table(n: int, p: int, target: str, seed: int) -> str:
    random = numpy.random.default_rng(seed)
    inputs, noise = random.normal(size=(n, p)), random.normal(size=n)
    cells = [str(round(value, 3)) for value in noise] if target == "number" else ["a" if value < 0 else "b" for value in noise]
    header = ",".join([f"g{j}" for j in range(p)] + ["y"])
    rows = (",".join([*(f"{value:.3f}" for value in row), cell]) for row, cell in zip(inputs, cells))
    return "\n".join([header, *rows]) + "\n"


def main() -> None:
    command = os.environ.get("SKIPLAYER", "skiplayer")
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    source = provenance(f"python benchmarks/noise.py {runs}")
    cells = []
    for n, p, target in CELLS:
        used, began = [], time.process_time() + sum(os.times()[2:4])
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(runs):
                path = Path(folder) / "t.csv"
                path.write_text(table(n, p, target, seed))
                words = [command, "fit", str(path), "--target", "y", "--no-evaluate", "--json", "-o", f"{folder}/m.safetensors"]
                done = subprocess.run(words, capture_output=True, text=True, check=True)
                used.append(len(json.loads(done.stdout)["inputs_used"]))
        seconds = (time.process_time() + sum(os.times()[2:4]) - began) / runs
        cells.append(
            {
                "rows": n,
                "inputs": p,
                "target": target,
                "runs": runs,
                "without_inputs": sum(count == 0 for count in used),
                "inputs_of_the_others": sorted(count for count in used if count),
                "processor_seconds_a_fit": round(seconds, 2),
            }
        )
        print(cells[-1], flush=True)
        RECORD.write_text(json.dumps({**source, "cells": cells}, indent=1) + "\n")


if __name__ == "__main__":
    main()
