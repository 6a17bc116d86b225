"""Two tables by the Python package: the UCI regression sets beside published figures, and skiplayer beside other programs.

    python benchmarks/tables.py uci --data DIR [--sets yacht wine] [--splits 20] [--resume]
    python benchmarks/tables.py peers --data data [--repeats 5] [--rscript Rscript] [--skip lassonet]

uci: DIR holds <set>.csv (columns x1.., y) and <set>.splits.json ({"n_rows", "n_splits", "test": [[row indices], ...]}). Every split
is learned from its training rows (in file order); ordinary least squares sees the same rows. `uci_table.py` says how it is judged.

peers: DIR holds concrete.csv and diabetes.csv (the project's data/). Repeat r holds out a random tenth, NumPy default_rng(r), and is
seed r of every program; all programs see the same rows. Medians over the repeats are shown, all values are in the record.

`programs.py` says what is compared. Everything runs on --threads threads, where a program obeys OMP_NUM_THREADS or its own setting.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import sys
import warnings


def rows_of(folder, name):
    return read_csv(pathlib.Path(folder, f"{name}.csv"))


def result_of(program, rows, test, seed):
    """What a program did on a split; failing is a result too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            prediction, told = program(programs.Split.of(rows, test, seed))
            return {**told, "rmse": rmse(rows[test, -1], prediction)}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}


def uci(a, record):
    program = programs.skiplayer(**a.params, n_jobs=a.threads)
    results, summaries = record.body["splits"], record.body["summaries"]
    for name in a.sets:
        header, rows = rows_of(a.data, name)
        splits = json.loads(pathlib.Path(a.data, f"{name}.splits.json").read_text())
        if splits["n_rows"] != len(rows) or header[-1] != "y":
            raise SystemExit(f"{name}: splits are for {splits['n_rows']} rows, the file has {len(rows)}; last column {header[-1]}")
        mine = results.setdefault(name, {})
        for i, test in enumerate(splits["test"][: a.splits]):
            if "rmse" in mine.get(str(i), {}):
                continue
            plain = result_of(programs.least_squares, rows, test, 1)
            r = mine[str(i)] = result_of(program, rows, test, 1) | {"ols_rmse": plain["rmse"]}
            r["seconds"] = r.pop("fit_seconds", None)
            summaries[name] = uci_table.summary(name, list(mine.values()))
            record.save()
            say(f"{name} split {i}: {r.get('error') or number(r['rmse'])} (OLS {number(r['ols_rmse'])})")
    text = uci_table.tables(summaries)
    if a.splits < 20:
        text += f"\n\nOnly the first {a.splits} splits: the published means are over 20, so the comparison is rough."
    return text + "\n\n" + uci_table.ABOUT


def peers(a, record):
    found = record.body["versions"]
    rivals = programs.peers(a.params, a.rscript, a.threads, a.skip, found)
    results = record.body["results"]
    for name in a.sets:
        mine = results[name] = {program: [] for program in rivals}
        _, rows = rows_of(a.data, name)
        for repeat in range(1, a.repeats + 1):
            order = np.random.default_rng(repeat).permutation(len(rows))
            test = np.sort(order[: round(len(rows) / 10)])
            for program, run in rivals.items():
                r = {"repeat": repeat} | result_of(run, rows, test, repeat)
                mine[program].append(r)
                record.save()
                say(f"{name} {repeat} {program}: {r.get('error') or number(r['rmse'])}")
    return peers_table.table_of(results)


def say(text):
    print(f"# {text}", file=sys.stderr, flush=True)


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tables = ap.add_subparsers(dest="table", required=True)
    for name in ("uci", "peers"):
        table = tables.add_parser(name)
        table.add_argument("--data", required=True, help="folder with the data files")
        table.add_argument("--params", type=json.loads, default={}, help="""parameters of SkipLayerRegressor: '{"cv": 3}'""")
        table.add_argument("--threads", type=int, default=1)
        table.add_argument("--record", default=str(HERE / "records" / f"{name}.json"), help="JSON record to write")
        if name == "uci":
            table.add_argument("--sets", nargs="+", default=list(uci_table.PUBLISHED), help="names of the sets")
            table.add_argument("--splits", type=int, default=20, help="use the first N splits")
            table.add_argument("--resume", action="store_true", help="keep finished splits of an earlier record of the same parameters")
        else:
            table.add_argument("--sets", nargs="+", default=["concrete", "diabetes"], help="CSV files, target in the last column")
            table.add_argument("--repeats", type=int, default=5)
            table.add_argument("--rscript", default="Rscript")
            table.add_argument("--skip", nargs="*", default=[], choices=["nnet", "mlp", "lassonet"], help="programs to leave out")
    return ap.parse_args()


def main():
    a = arguments()
    versions = {"skiplayer": importlib.metadata.version("skiplayer")}
    about = (uci_table if a.table == "uci" else programs).__doc__.split("\n\n", 1)[1].strip()
    own = {"reference_columns": uci_table.ABOUT, "summaries": {}, "splits": {}} if a.table == "uci" else {"results": {}}
    record = Record(a.record, versions, params=a.params, threads=a.threads, about=about, **own)
    if a.table == "uci" and a.resume and pathlib.Path(a.record).exists():
        old = json.loads(pathlib.Path(a.record).read_text())
        same = old["versions"].get("skiplayer") == versions["skiplayer"] and old.get("params") == a.params
        record.body["splits"] = old["splits"] if same else {}
        record.body["summaries"] = old["summaries"] if same else {}
    text = {"uci": uci, "peers": peers}[a.table](a, record)
    record.save(complete=True, table=text)
    print(text)


def set_threads():
    """Before NumPy and PyTorch are loaded: they read these once."""
    n = "1"
    for i, word in enumerate(sys.argv):
        if word.startswith("--threads"):
            n = word.split("=", 1)[1] if "=" in word else sys.argv[i + 1]
    for key in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[key] = n


set_threads()
import numpy as np  # noqa: E402
import peers_table  # noqa: E402
import programs  # noqa: E402
import uci_table  # noqa: E402
from common import HERE, Record, number, read_csv, rmse  # noqa: E402

if __name__ == "__main__":
    main()
