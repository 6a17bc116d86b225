"""Test RMSE on the UCI regression sets, on the 20 usual 90/10 splits, beside published figures.

    python benchmarks/uci.py --data DIR --bin skiplayer [--sets yacht wine] [--splits 20] [--jobs 2] [--args "..."]

DIR holds <set>.csv (columns x1.., y) and <set>.splits.json ({"n_rows", "n_splits", "test": [[row indices], ...]}). For each
split the program sees a CSV of the training rows only (in file order) and predicts a CSV of the test rows. Ordinary least
squares is computed here, on the same rows.

The judgement: our mean is "at or below" if it does not exceed the best of the neural columns and OLS by more than one
standard error. Against OLS that is the paired one (of the differences by split). Published means have no values by split, so
against them it is the standard error of our own mean over the splits, with the published mean taken as a constant. Splits
overlap in their training rows, so either one describes the spread over splits; it is not an exact error of the mean.
"""

import argparse
import concurrent.futures
import json
import math
import pathlib
import shlex
import tempfile

import numpy as np
from common import (
    Cli, CliError, Record, add_common, counted, markdown, number, ols_predict, read_csv, rmse, standard_error, write_csv,
)  # fmt: skip

COLUMNS = ["PBP", "MC dropout", "deep ens.", "MC-grid", "OLS published", "nnet skip", "LightGBM", "LightGBM linear_tree"]
NEURAL = ["PBP", "MC dropout", "deep ens.", "MC-grid", "nnet skip"]
PUBLISHED = {
    "boston": [3.01, 2.97, 3.28, 2.90, 4.59, 3.15, 3.02, 2.83],
    "concrete": [5.67, 5.23, 6.03, 4.82, 10.31, 5.41, 4.59, 5.50],
    "energy": [1.80, 1.66, 2.09, 0.54, 3.06, 0.483, 0.559, 0.413],
    "power": [4.12, 4.02, 4.11, 4.01, 4.59, 4.00, None, None],
    "wine": [0.64, 0.62, 0.64, 0.62, 0.665, 0.651, 0.595, 0.595],
    "yacht": [1.02, 1.11, 1.58, 0.67, 8.97, 0.525, 1.44, 0.444],
}
ABOUT = (
    "PBP: Hernandez-Lobato & Adams 2015; MC dropout: Gal & Ghahramani 2016; deep ens.: Lakshminarayanan et al. 2017; MC-grid: "
    "MC dropout with tuned hyperparameters, rerun of 2018 (Mukhoti et al.); OLS published, nnet skip (R nnet with skip layer) and "
    "LightGBM: earlier measurements of this project on the same splits. Means over 20 splits."
)
KEEP = ("method", "n_units", "n_weights", "inputs_used", "evidence", "lambda", "converged", "kkt", "seconds", "process_seconds",
        "train_loss", "linear_share_in_sample", "nonlinear_share_in_sample", "warnings")  # fmt: skip


def one_split(cli, header, rows, test, tmp):
    """Fit, predict and score one split; OLS on the same rows."""
    x, y = rows[:, :-1], rows[:, -1]
    train = np.setdiff1d(np.arange(len(rows)), test)
    result = {
        "ols_rmse": rmse(y[test], ols_predict(x[train], y[train], x[test])),
        "mean_rmse": rmse(y[test], np.full(len(test), y[train].mean())),
    }
    with tempfile.TemporaryDirectory(dir=tmp) as folder:
        folder = pathlib.Path(folder)
        write_csv(folder / "train.csv", header, rows[train])
        write_csv(folder / "test.csv", header[:-1], x[test])
        try:
            report = cli.fit(folder / "train.csv", header[-1], folder / "model")
            result.update({k: report[k] for k in KEEP if k in report})
            result["rmse"] = rmse(y[test], cli.predict(folder / "model", folder / "test.csv", folder / "out.csv"))
        except (CliError, ValueError, KeyError, OSError) as e:
            result["error"] = f"{type(e).__name__}: {e}"
    return result


def summary(name, splits):
    """Means, standard errors and the judgement for one set, from the splits that succeeded."""
    done = [s for s in splits if "rmse" in s]
    out = {"splits_done": len(done), "splits_failed": len(splits) - len(done)}
    if not done:
        return out
    ours, ols = np.array([s["rmse"] for s in done]), np.array([s["ols_rmse"] for s in done])
    reference = dict(zip(COLUMNS, PUBLISHED[name], strict=True)) if name in PUBLISHED else {}
    out.update(
        rmse_mean=float(ours.mean()),
        rmse_se=standard_error(ours),
        ols_mean=float(ols.mean()),
        ols_se=standard_error(ols),
        minus_ols_mean=float((ours - ols).mean()),
        minus_ols_paired_se=standard_error(ours - ols),
        seconds_median=float(np.median([s.get("seconds", np.nan) for s in done])),
        process_seconds_median=float(np.median([s["process_seconds"] for s in done])),
        units_median=float(np.median([s.get("n_units", np.nan) for s in done])),
        units=[s.get("n_units") for s in done],
        methods=counted(s.get("method") for s in done),
        not_converged=sum(not s.get("converged", True) for s in done),
        reference=reference,
    )
    rivals = {k: reference[k] for k in NEURAL if k in reference} | {"OLS": out["ols_mean"]}
    best = min(rivals, key=rivals.get)
    se = out["minus_ols_paired_se"] if best == "OLS" else out["rmse_se"]
    gap = out["rmse_mean"] - rivals[best]
    verdict = "below" if gap <= 0 else "not at or below"
    if gap > 0 and math.isfinite(se) and gap <= se:
        verdict = "within one standard error"
    out.update(best_rival=best, best_rival_rmse=rivals[best], gap=gap, gap_se=se,
               gap_se_kind="paired over splits" if best == "OLS" else "of our mean over splits, published value a constant",
               verdict=verdict)  # fmt: skip
    return out


def tables(summaries):
    rows, judged = [], []
    for name, s in summaries.items():
        if "rmse_mean" not in s:
            rows.append([name, f"0 (+{s['splits_failed']} failed)"] + [""] * (len(COLUMNS) + 5))
            continue
        digits = 3 if s["rmse_mean"] < 1 else 2
        failed = f" (+{s['splits_failed']} failed)" if s["splits_failed"] else ""
        rows.append(
            [name, f"{s['splits_done']}{failed}", f"**{number(s['rmse_mean'], digits)}** +- {number(s['rmse_se'], digits)}",
             number(s["ols_mean"], digits), number(s["units_median"], 0), number(s["seconds_median"], 2), s["methods"]]
            + [("" if v is None else f"{v:g}") for v in s["reference"].values()]
        )  # fmt: skip
        judged.append(
            [name, f"{s['best_rival']} {s['best_rival_rmse']:.3f}", f"{s['gap']:+.3f}", number(s["gap_se"]), s["gap_se_kind"], s["verdict"]]
        )
    head = ["set", "splits", "skiplayer RMSE", "OLS", "units", "s/fit", "method", *COLUMNS]
    first = markdown(head, rows)
    second = markdown(["set", "best of the neural columns and OLS", "ours minus it", "SE", "which SE", "ours is"], judged)
    return f"{first}\n\n{second}"


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(ap, "uci.json")
    ap.add_argument("--sets", nargs="+", default=list(PUBLISHED), help="names of the sets")
    ap.add_argument("--splits", type=int, default=20, help="use the first N splits")
    ap.add_argument("--jobs", type=int, default=1, help="splits run at the same time (times are then not comparable)")
    ap.add_argument("--resume", action="store_true", help="keep finished splits of an earlier record of the same version and --args")
    a = ap.parse_args()
    cli = Cli(a.bin, shlex.split(a.args))
    version = cli.version()

    results, earlier = {}, {}
    if a.resume and pathlib.Path(a.record).exists():
        old = json.loads(pathlib.Path(a.record).read_text())
        if old["versions"].get("skiplayer") == version and old["args"] == a.args:
            earlier = old["splits"]
    record = Record(a.record, {"skiplayer": version}, args=a.args, jobs=a.jobs, about=__doc__.split("\n\n", 2)[2].strip(),
                    reference_columns=ABOUT, summaries={}, splits=results)  # fmt: skip
    summaries = {}
    with tempfile.TemporaryDirectory() as tmp, concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for name in a.sets:
            header, rows = read_csv(pathlib.Path(a.data, f"{name}.csv"))
            splits = json.loads(pathlib.Path(a.data, f"{name}.splits.json").read_text())
            if splits["n_rows"] != len(rows) or header[-1] != "y":
                raise SystemExit(f"{name}: splits are for {splits['n_rows']} rows, the file has {len(rows)}; last column {header[-1]}")
            tests = splits["test"][: a.splits]
            mine = results[name] = {}
            for i, r in earlier.get(name, {}).items():
                if int(i) < len(tests) and "rmse" in r:
                    mine[i] = r
            todo = {pool.submit(one_split, cli, header, rows, t, tmp): i for i, t in enumerate(tests) if str(i) not in mine}
            for future in concurrent.futures.as_completed(todo):
                r = mine[str(todo[future])] = future.result()
                results[name] = mine = dict(sorted(mine.items(), key=lambda kv: int(kv[0])))
                summaries[name] = summary(name, list(mine.values()))
                record.save(summaries=summaries, splits=results)
                print(f"# {name} split {todo[future]}: {r.get('error') or number(r['rmse'])} (OLS {number(r['ols_rmse'])})", flush=True)
            summaries[name] = summary(name, list(mine.values()))
            record.save(summaries=summaries, splits=results)
    text = tables(summaries)
    if a.splits < 20:
        text += f"\n\nOnly the first {a.splits} splits: the published means are over 20, so the comparison is rough."
    record.save(complete=True, table=text)
    print("\n" + text + "\n\n" + ABOUT)


if __name__ == "__main__":
    main()
