"""Fit time and held-out RMSE beside the programs that a user would otherwise take, on the same rows, machine and run.

    python benchmarks/peers.py --data DIR --bin skiplayer [--repeats 5] [--rscript Rscript] [--skip lassonet]

DIR holds concrete.csv and diabetes.csv (the project's data/). Repeat r holds out a random tenth, NumPy default_rng(r), and is seed r of
every program; all programs see the same rows. Medians over the repeats are shown, all values are in the record.

- skiplayer: its defaults; and --method path. Input is a CSV on its original scale.
- R nnet: skip layer, linear output, 10 units, maxit 1000, one start, inputs and target standardised; three values of decay, since
  nnet does not choose it. The best of the three on the held-out rows is a choice that a user could not make.
- scikit-learn MLPRegressor: 10 tanh units, lbfgs, defaults otherwise, standardised, max_iter 2000; no skip layer.
- LassoNet: LassoNetRegressor with its defaults (100 units, M = 10), standardised; whole path, then the model of the path with the
  smallest loss on an inner validation fifth of the training rows.
- least squares, for scale.

Seconds: `process` is the whole program from start to end with reading the data (skiplayer: fit only; nnet: R itself, fit and predict);
`fit` is what the program or the call itself takes. Everything runs on --threads threads (default 1), where a program obeys
OMP_NUM_THREADS, RAYON_NUM_THREADS or its own setting.
"""

import argparse
import os
import pathlib
import shlex
import statistics
import sys
import tempfile
import time
import warnings

KEEP = ("method", "n_units", "n_weights", "inputs_used", "evidence", "lambda", "converged", "kkt", "seconds", "process_seconds",
        "linear_share_in_sample", "nonlinear_share_in_sample", "warnings")  # fmt: skip
NNET_DECAYS = [0.001, 0.1, 1.0]


def scaled(train, other):
    """Both by the training rows' mean and standard deviation."""
    m, s = train.mean(0), train.std(0)
    return (train - m) / s, (other - m) / s


def by_skiplayer(cli, header, train, test, seed, folder, *extra):
    write_csv(folder / "train.csv", header, train)
    write_csv(folder / "test.csv", header[:-1], test[:, :-1])
    report = cli.fit(folder / "train.csv", header[-1], folder / "model", *extra, seed=seed)
    prediction = cli.predict(folder / "model", folder / "test.csv", folder / "out.csv")
    out = {k: report[k] for k in KEEP if k in report}
    out.update(fit_seconds=report.get("seconds"), note=f"{report.get('n_units')} units")
    return prediction, out


def by_nnet(rscript, versions, train, test, seed, folder, decay):
    job = {"x": train[:, :-1].tolist(), "y": train[:, -1].tolist(), "x_new": test[:, :-1].tolist(), "size": 10, "decay": decay,
           "maxit": 1000, "seeds": [seed], "standardise": True}  # fmt: skip
    (answer,), found, seconds = run_nnet(rscript, [job], folder)
    versions.update(found)
    return answer["predictions"][0], {"fit_seconds": answer["seconds"][0], "process_seconds": seconds, "note": "10 units"}


def by_mlp(train, test, seed):
    from sklearn.neural_network import MLPRegressor

    x, x_new = scaled(train[:, :-1], test[:, :-1])
    y, m, s = train[:, -1], train[:, -1].mean(), train[:, -1].std()
    start = time.perf_counter()
    model = MLPRegressor(hidden_layer_sizes=(10,), activation="tanh", solver="lbfgs", max_iter=2000, random_state=seed).fit(x, (y - m) / s)
    seconds = time.perf_counter() - start
    return model.predict(x_new) * s + m, {"fit_seconds": seconds, "iterations": model.n_iter_, "note": "10 units"}


def by_lassonet(train, test, seed, threads):
    import torch
    from lassonet import LassoNetRegressor

    torch.set_num_threads(threads)
    x, x_new = scaled(train[:, :-1], test[:, :-1])
    y, m, s = train[:, -1], train[:, -1].mean(), train[:, -1].std()
    order = np.random.default_rng(seed).permutation(len(x))
    inner, val = order[len(x) // 5 :], order[: len(x) // 5]
    start = time.perf_counter()
    model = LassoNetRegressor(verbose=0, random_state=seed, torch_seed=seed, device="cpu")
    path = model.path(x[inner], (y[inner] - m) / s, X_val=x[val], y_val=(y[val] - m) / s, return_state_dicts=True)
    best = min(path, key=lambda h: h.val_loss)
    model.load(best)
    seconds = time.perf_counter() - start
    used = int(best.selected.sum())
    note = f"100 units, {used} inputs"
    return model.predict(x_new).ravel() * s + m, {"fit_seconds": seconds, "path_length": len(path), "inputs_used": used, "note": note}


def by_ols(train, test):
    start = time.perf_counter()
    prediction = ols_predict(train[:, :-1], train[:, -1], test[:, :-1])
    return prediction, {"fit_seconds": time.perf_counter() - start, "note": "0 units"}


def table_of(results):
    rows = []
    for name, programs in results.items():
        for program, runs in programs.items():
            done = [r for r in runs if "rmse" in r]
            if not done:
                rows.append([name, program, f"failed: {runs[0]['error'][:80]}", "", "", "", ""])
                continue
            values = [r["rmse"] for r in done]

            def median(key, done=done):
                found = [r[key] for r in done if r.get(key) is not None]
                return f"{statistics.median(found):.3g}" if found else ""

            failed = f" ({len(runs) - len(done)} of {len(runs)} failed)" if len(done) < len(runs) else ""
            rows.append([name, program + failed, number(statistics.median(values)), f"{min(values):.3f} to {max(values):.3f}",
                         median("fit_seconds"), median("process_seconds"), counted(r["note"] for r in done)])  # fmt: skip
    return markdown(["set", "program", "RMSE (median)", "range", "fit s", "process s", "size: repeats"], rows)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(ap, "peers.json")
    ap.add_argument("--sets", nargs="+", default=["concrete", "diabetes"], help="names of CSV files in DIR, target in the last column")
    ap.add_argument("--repeats", type=int, default=5)
    ap.add_argument("--rscript", default="Rscript")
    ap.add_argument("--skip", nargs="*", default=[], choices=["nnet", "mlp", "lassonet"], help="programs to leave out")
    ap.add_argument("--threads", type=int, default=1)
    a = ap.parse_args()
    cli = Cli(a.bin, shlex.split(a.args))
    versions = {"skiplayer": cli.version()}
    programs = {
        "least squares": lambda tr, te, r, d: by_ols(tr, te),
        "skiplayer": lambda tr, te, r, d: by_skiplayer(cli, header, tr, te, r, d),
        "skiplayer --method path": lambda tr, te, r, d: by_skiplayer(cli, header, tr, te, r, d, "--method", "path"),
    }
    if "nnet" not in a.skip:
        for decay in NNET_DECAYS:
            programs[f"R nnet, decay {decay:g}"] = lambda tr, te, r, d, w=decay: by_nnet(a.rscript, versions, tr, te, r, d, w)
    if "mlp" not in a.skip:
        import sklearn

        versions["scikit-learn"] = sklearn.__version__
        programs["scikit-learn MLPRegressor"] = lambda tr, te, r, d: by_mlp(tr, te, r)
    if "lassonet" not in a.skip:
        import importlib.metadata

        versions |= {k: importlib.metadata.version(k) for k in ("lassonet", "torch")}
        programs["LassoNet"] = lambda tr, te, r, d: by_lassonet(tr, te, r, a.threads)

    results = {name: {p: [] for p in programs} for name in a.sets}
    record = Record(a.record, versions, args=a.args, threads=a.threads, about=__doc__.split("\n\n", 2)[2].strip())
    for name in a.sets:
        header, rows = read_csv(pathlib.Path(a.data, f"{name}.csv"))
        for r in range(1, a.repeats + 1):
            order = np.random.default_rng(r).permutation(len(rows))
            k = round(len(rows) / 10)
            test, train = rows[np.sort(order[:k])], rows[np.sort(order[k:])]
            for program, run in programs.items():
                with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    entry = {"repeat": r}
                    try:
                        prediction, more = run(train, test, r, pathlib.Path(folder))
                        entry.update(more, rmse=rmse(test[:, -1], prediction))
                    except Exception as e:  # a failing program is a result too
                        entry["error"] = f"{type(e).__name__}: {e}"
                results[name][program].append(entry)
                record.body["versions"].update(versions)
                record.save(results=results)
                print(f"# {name} {r} {program}: {entry.get('error') or number(entry['rmse'])}", file=sys.stderr, flush=True)
    text = table_of(results)
    record.save(complete=True, table=text)
    print(text)


def set_threads():
    """Before NumPy and PyTorch are loaded: they read these once."""
    for i, word in enumerate(sys.argv):
        if word.startswith("--threads"):
            n = word.split("=", 1)[1] if "=" in word else sys.argv[i + 1]
            break
    else:
        n = "1"
    for key in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[key] = n


set_threads()
import numpy as np  # noqa: E402
from common import Cli, Record, add_common, counted, markdown, number, ols_predict, read_csv, rmse, run_nnet, write_csv  # noqa: E402

if __name__ == "__main__":
    main()
