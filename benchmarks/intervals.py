"""Coverage of prediction intervals on the UCI regression sets: rows that neither the model nor its calibration has seen.

    python benchmarks/intervals.py --data DIR --bin skiplayer [--sets yacht wine] [--splits 5]

DIR as for uci.py. For each of the first splits the program fits and evaluates on the training rows (one repeat of ten folds, as
the intervals need) and predicts the test rows with `--interval LEVEL`. Beside it stands what a user without an evaluation would
do: the prediction of the full fit, plus and minus the quantile of its own residuals on the training rows. Coverage is pooled over
the test rows of all splits; splits overlap in their rows, so its binomial standard error is a guide only.
"""

import argparse
import json
import math
import pathlib
import shlex
import tempfile

import numpy as np
from common import Cli, CliError, Record, add_common, markdown, number, read_csv, standard_error, write_csv

SETS = ["boston", "concrete", "energy", "wine", "yacht"]


def one_split(cli, header, rows, test, level, tmp):
    """Covered rows and widths of both kinds of intervals on the test rows."""
    train = np.setdiff1d(np.arange(len(rows)), test)
    y = rows[:, -1]
    with tempfile.TemporaryDirectory(dir=tmp) as folder:
        folder = pathlib.Path(folder)
        write_csv(folder / "train.csv", header, rows[train])
        write_csv(folder / "test.csv", header[:-1], rows[test][:, :-1])
        told, seconds = cli._run(
            "fit", folder / "train.csv", "--target", header[-1], "--task", "regression", "--quiet", "--json", "-o",
            folder / "model", *cli.args,
        )  # fmt: skip
        cli._run("predict", folder / "model", folder / "test.csv", "--interval", level, "-o", folder / "out.csv")
        names, out = read_csv(folder / "out.csv")
        ours = {name: out[:, names.index(name)] for name in ("prediction", "lower", "upper")}
        fitted = cli.predict(folder / "model", folder / "train.csv", folder / "fitted.csv")
    residuals = np.sort(np.abs(y[train] - fitted))
    reach = residuals[min(math.ceil(level * (len(train) + 1)), len(train)) - 1]
    return {
        "n_test": len(test),
        "covered": int(np.sum((ours["lower"] <= y[test]) & (y[test] <= ours["upper"]))),
        "width": float(np.mean(ours["upper"] - ours["lower"])),
        "plain_covered": int(np.sum(np.abs(y[test] - ours["prediction"]) <= reach)),
        "plain_width": float(2 * reach),
        "told": json.loads(told)["intervals"],
        "process_seconds": seconds,
    }


def summary(splits):
    done = [s for s in splits if "error" not in s]
    if not done:
        return {"failed": len(splits)}
    rows = sum(s["n_test"] for s in done)
    out = {"splits": len(done), "failed": len(splits) - len(done), "test_rows": rows}
    for key in ("", "plain_"):
        share = sum(s[f"{key}covered"] for s in done) / rows
        widths = [s[f"{key}width"] for s in done]
        out[f"{key}coverage"] = share
        out[f"{key}coverage_se"] = math.sqrt(share * (1 - share) / rows)
        out[f"{key}width"], out[f"{key}width_se"] = float(np.mean(widths)), standard_error(widths)
    return out


def table(summaries):
    head = ["set", "splits", "test rows", "coverage of CV+", "its width", "coverage of fit ± quantile", "its width"]
    rows = [
        [name, s["splits"], s["test_rows"], f"**{number(s['coverage'])}** ± {number(s['coverage_se'])}",
         f"{s['width']:.3g}", f"{number(s['plain_coverage'])} ± {number(s['plain_coverage_se'])}", f"{s['plain_width']:.3g}"]
        for name, s in summaries.items() if "coverage" in s
    ]  # fmt: skip
    return markdown(head, rows)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(ap, "intervals.json")
    ap.add_argument("--sets", nargs="+", default=SETS)
    ap.add_argument("--splits", type=int, default=5)
    ap.add_argument("--level", type=float, default=0.9)
    a = ap.parse_args()
    cli = Cli(a.bin, ["--repeats", "1", *shlex.split(a.args)])
    results = {name: [] for name in a.sets}
    record = Record(a.record, {"skiplayer": cli.version()}, args=a.args, about=__doc__, level=a.level)
    with tempfile.TemporaryDirectory() as tmp:
        for name in a.sets:
            header, rows = read_csv(pathlib.Path(a.data) / f"{name}.csv")
            tests = json.loads((pathlib.Path(a.data) / f"{name}.splits.json").read_text())["test"]
            for s, test in enumerate(tests[: a.splits]):
                try:
                    results[name].append(one_split(cli, header, rows, np.array(test), a.level, tmp))
                except (CliError, OSError, ValueError, KeyError) as e:
                    results[name].append({"error": f"{type(e).__name__}: {e}"})
                print(f"# {name} {s + 1}: {results[name][-1]}", flush=True)
                record.save(results=results)
    summaries = {name: summary(splits) for name, splits in results.items()}
    text = table(summaries)
    record.save(complete=True, summaries=summaries, table=text)
    print("\n" + text)


if __name__ == "__main__":
    main()
