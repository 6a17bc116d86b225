"""Time of the table engine's pieces beside other programs doing the same work, in the same run on the same machine.

    cargo build --release -p skiplayer --example speed
    cargo build --release -p skiplayer-cli --no-default-features
    python benchmarks/speed.py --data data --bin target/release/skiplayer --engine target/release/examples/speed [--power power.csv]

Medians of --repeats runs (three for paths and evaluation), two threads everywhere. Passes alternate between the programs; in the
other jobs a program's runs follow each other.

- gradient: loss and gradient over 20,000 normal rows of 20 inputs. PyTorch: what an expert writes by hand (float32, `set_to_none`,
  no data loader), once the network that skiplayer has, y = A x + V h with h = tanh(W x) and, for a second hidden layer, the residual block
  h + U tanh(W' h), and once the plain one, which has no A, and half the weights in its second layer.
- epoch: one pass of Adam over the same rows in batches of 256; also scikit-learn's MLPRegressor (adam, its defaults), which has neither
  the skip layer nor single precision, the time of ten epochs by ten.
- dense: one fit of a network of fixed size on standardised data, R nnet (skip layer, decay 1e-3, maxit 100) against our solvers from as
  many starts, which stop at the value that nnet reached (median of its seeds); starts that end above it are not in our median, and
  the note says how many reach it; scikit-learn's MLPRegressor (lbfgs, its defaults, tanh)
  against ours at its loss, which has no penalty on biases where ours has one.
- lasso: the path of 100 lambdas down to 1e-3 of the largest, 1e-2 unless n > p (glmnet stops early where little is left to explain), glmnet at its default threshold and at
  its most exact (1e-14); ours at the largest tolerance of 1e-1, 1e-2, ... that violates the optimality conditions no more than that
  (largest violation over the largest lambda; both are in the note). adelie down to the last lambda (`early_exit=False`), over rows and, where it can (n > p),
  over the products of columns, whose making is part of its time; scikit-learn's lasso_path with its own choice of the two.
- paths: the regularisation path of the network on diabetes, begun with a dense network or with the linear model, against a LassoNet path; and as
  a command that chooses lambda in five inner folds, against LassoNetRegressorCV with five.
- evaluation: that of four contenders on concrete in ten outer folds, against one LassoNet path, which chooses nothing.
- start: `skiplayer predict` on ten rows, whole process.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

THREADS = 2
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = str(THREADS)

import numpy as np  # noqa: E402

from common import Cli, Record, add_common, markdown, read_csv, write_csv  # noqa: E402

ROWS, INPUTS, BATCH = 20_000, 20, 256
DECAY = 1e-3
# What the command offers on the 442 rows of diabetes.
PATH_UNITS = 18
R_PEERS = pathlib.Path(__file__).with_name("speed_peers.R")
PYTHON_PEERS = pathlib.Path(__file__).with_name("speed_peers.py")


def lines(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stderr.strip()[-500:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


class Torch:
    """A network written by hand, and its passes: plain, or with the skip layer and the residual block that ours has."""

    def __init__(self, hidden, has_skips=False):
        import torch

        torch.set_num_threads(THREADS)
        torch.manual_seed(1)
        self.torch = torch
        self.x, self.y = torch.randn(ROWS, INPUTS), torch.randn(ROWS, 1)
        sizes = [INPUTS, *hidden]
        if has_skips:
            self.net = with_skips(torch, sizes)
        else:
            layers = [m for a, b in zip(sizes, sizes[1:]) for m in (torch.nn.Linear(a, b), torch.nn.Tanh())]
            self.net = torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], 1))
        self.adam = torch.optim.Adam(self.net.parameters(), lr=1e-3, fused=True)

    def gradient(self, x, y):
        self.adam.zero_grad(set_to_none=True)
        (0.5 * (self.net(x) - y).square().sum()).backward()

    def full(self):
        start = time.perf_counter()
        self.gradient(self.x, self.y)
        return time.perf_counter() - start

    def epoch(self):
        start = time.perf_counter()
        for at in range(0, ROWS, BATCH):
            self.gradient(self.x[at : at + BATCH], self.y[at : at + BATCH])
            self.adam.step()
        return time.perf_counter() - start


def with_skips(torch, sizes):
    """y = A x + V h, h = tanh(W x), and with a second size h <- h + U tanh(W' h)."""

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.skip, self.first = torch.nn.Linear(sizes[0], 1, bias=False), torch.nn.Linear(sizes[0], sizes[1])
            blocks = [(torch.nn.Linear(sizes[1], m), torch.nn.Linear(m, sizes[1], bias=False)) for m in sizes[2:]]
            self.blocks = torch.nn.ModuleList(torch.nn.Sequential(w, torch.nn.Tanh(), u) for w, u in blocks)
            self.out = torch.nn.Linear(sizes[1], 1)

        def forward(self, x):
            h = torch.tanh(self.first(x))
            for block in self.blocks:
                h = h + block(h)
            return self.skip(x) + self.out(h)

    return Net()


def passes(a):
    rows = []
    for name, hidden, epoch in [("20-64-1", [64], False), ("20-256-256-1", [256, 256], False), ("20-64-1", [64], True)]:
        torch, same = Torch(hidden), Torch(hidden, has_skips=True)
        run, run_same = (torch.epoch, same.epoch) if epoch else (torch.full, same.full)
        run(), run_same()
        job = "epoch of 256-row batches" if epoch else "full gradient"
        words = ["epoch", "T", ROWS, INPUTS, *hidden, BATCH] if epoch else ["gradient", "T", ROWS, INPUTS, *hidden]
        theirs, theirs_same, single, double = [], [], [], []
        for _ in range(a.repeats):
            theirs.append(statistics.median([run() for _ in range(7)]))
            theirs_same.append(statistics.median([run_same() for _ in range(7)]))
            for kind, out in (("single", single), ("double", double)):
                out.append(statistics.median(lines(a.engine, *[kind if w == "T" else w for w in words])[0]["seconds"]))
        for kind, own in (("f32", single), ("f64", double)):
            for peer, seconds in (("PyTorch, f32, the same network", theirs_same), ("PyTorch, f32, without skips", theirs)):
                rows.append({"job": f"{job}, {name}", "ours": f"skiplayer, {kind}", "peer": peer, "seconds": own, "peer_seconds": seconds})
        if epoch:
            adam = [sklearn_epoch(hidden) for _ in range(a.repeats)]
            for kind, own in (("f32", single), ("f64", double)):
                rows.append({"job": f"{job}, {name}", "ours": f"skiplayer, {kind}", "peer": "scikit-learn adam, f64, without skips",
                             "seconds": own, "peer_seconds": adam})  # fmt: skip
    return rows


def sklearn_epoch(hidden, epochs=10):
    import warnings
    from sklearn.neural_network import MLPRegressor

    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((ROWS, INPUTS)), rng.standard_normal(ROWS)
    model = MLPRegressor(hidden_layer_sizes=hidden, activation="tanh", solver="adam", batch_size=BATCH, max_iter=epochs,
                         n_iter_no_change=epochs, random_state=1)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # That ten epochs do not converge.
        start = time.perf_counter()
        model.fit(x, y)
    return (time.perf_counter() - start) / epochs


def dense(a, versions):
    from sklearn.neural_network import MLPRegressor

    rows = []
    files = [("concrete", pathlib.Path(a.data, "concrete.csv"), 10)] + ([("power", a.power, 30)] if a.power else [])
    for name, file, units in files:
        data = read_csv(file)[1]
        data = (data - data.mean(0)) / data.std(0)
        seeds = list(range(1, a.repeats + 1))
        nnet = lines(a.rscript, R_PEERS, "nnet", file, units, DECAY, 100, a.repeats)
        versions["nnet"] = nnet[0]["version"]
        mlp_seconds, mlp_values = [], []
        for seed in seeds:
            start = time.perf_counter()
            model = MLPRegressor(hidden_layer_sizes=(units,), activation="tanh", solver="lbfgs", random_state=seed).fit(data[:, :-1], data[:, -1])
            mlp_seconds.append(time.perf_counter() - start)
            mlp_values.append(model.loss_ * len(data))
        # nnet minimises a sum of squares and decay times a sum of squared weights: twice our value at the same decay.
        peers = [("R nnet", [f["seconds"] for f in nnet], statistics.median(f["value"] for f in nnet) / 2, DECAY),
                 ("scikit-learn lbfgs", mlp_seconds, statistics.median(mlp_values), 1e-4)]  # fmt: skip
        for peer, seconds, enough, decay in peers:
            for solver in ("quasi-newton", "newton"):
                fits = lines(a.engine, "dense", file, units, decay, enough, a.repeats, solver)
                done = [f["seconds"] for f in fits if f["reached"]]
                rows.append({"job": f"dense fit, {name}, {units} units", "ours": solver, "peer": peer, "seconds": done or [float("nan")],
                             "peer_seconds": seconds, "value": enough, "reached": f"{len(done)} of {len(fits)}"})  # fmt: skip
    return rows


def lasso(a, versions, folder):
    rng = np.random.default_rng(1)
    rows = []
    for n, p in ((500, 5000), (5000, 200), (442, 10)):
        file = folder / f"{n}x{p}.csv"
        if (n, p) == (442, 10):
            file = pathlib.Path(a.data, "diabetes.csv")
        else:
            x = rng.standard_normal((n, p))
            beta = np.zeros(p)
            beta[:20] = rng.standard_normal(20)
            write_csv(file, [f"x{j}" for j in range(p)] + ["y"], np.column_stack([x, x @ beta + rng.standard_normal(n)]))
        peers = [(f"glmnet, thresh {t:.0e}", (a.rscript, R_PEERS, "glmnet", file, t, 5 * a.repeats)) for t in (1e-7, 1e-14)]
        peers += [(f"scikit-learn, tol {t:.0e}", (sys.executable, PYTHON_PEERS, "sklearn", file, t, a.repeats)) for t in (1e-4, 1e-10)]
        if a.adelie_python:
            kinds = ["adelie"] + ["adelie-cov"] * (n > p)
            peers += [(f"{kind}, tol {t:.0e}", (a.adelie_python, PYTHON_PEERS, kind, file, t, 5 * a.repeats)) for kind in kinds for t in (1e-7, 1e-12)]
        for peer, command in peers:
            theirs = lines(*command)[0]
            for tolerance in (10.0**-d for d in range(1, 13)):
                ours = lines(a.engine, "lasso", file, tolerance)[0]
                if ours["kkt"] <= theirs["kkt"]:
                    break
            versions[peer.split(",")[0]] = theirs["version"]
            rows.append({"job": f"lasso path, {n} x {p}", "ours": f"tolerance {tolerance:.0e}", "peer": peer,
                         "seconds": ours["seconds"], "peer_seconds": theirs["seconds"], "kkt": ours["kkt"], "peer_kkt": theirs["kkt"],
                         "lambdas": ours["lambdas"], "peer_lambdas": theirs["lambdas"]})  # fmt: skip
    return rows


def lassonet(data, seed, folds=None):
    """Seconds of a path, and R2 on rows left out if there are folds."""
    import torch
    import warnings
    from lassonet import LassoNetRegressor, LassoNetRegressorCV

    torch.set_num_threads(THREADS)
    options = {"verbose": 0, "random_state": seed, "torch_seed": seed, "device": "cpu"}
    model = LassoNetRegressor(**options) if folds is None else LassoNetRegressorCV(cv=folds, **options)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.path(data[:, :-1], data[:, -1])
    return time.perf_counter() - start, None if folds is None else float(model.best_cv_score_)


def standardised(a, name):
    file = pathlib.Path(a.data, f"{name}.csv")
    header, data = read_csv(file)
    return file, header[-1], (data - data.mean(0)) / data.std(0)


def paths(a, cli, folder):
    file, target, data = standardised(a, "diabetes")
    seeds = range(1, 4)
    theirs = [lassonet(data, seed)[0] for seed in seeds]
    theirs_cv, r2_cv = zip(*(lassonet(data, seed, 5) for seed in seeds))
    rows = []
    for start in ("dense", "linear"):
        alone = [s for _ in seeds for s in lines(a.engine, "path", file, PATH_UNITS, start)[0]["seconds"]]
        fits = [cli.fit(file, target, folder / "m", "--method", "path", "--path-start", start, seed=seed) for seed in seeds]
        seconds = [fit["process_seconds"] for fit in fits]
        # Half squared errors of a target of variance 1.
        r2 = [1 - 2 * min(point["cv_loss"] for point in fit["path"]) for fit in fits]
        job = "regularisation path, diabetes"
        rows.append({"job": job, "ours": f"25 lambdas, {PATH_UNITS} units, start {start}", "peer": "one LassoNet path",
                     "seconds": alone, "peer_seconds": theirs})  # fmt: skip
        rows.append({"job": job, "ours": f"whole command, start {start}", "peer": "LassoNet with cross-validation", "seconds": seconds,
                     "peer_seconds": list(theirs_cv), "r2": r2, "peer_r2": list(r2_cv)})  # fmt: skip
    return rows


def evaluation(a, cli, folder):
    file, target, data = standardised(a, "concrete")
    own, theirs = [], []
    for seed in range(1, 4):
        command = ("fit", str(file), "--target", target, "-o", str(folder / "m"), "--json", "--quiet", "--folds", "10", "--seed", str(seed))
        own.append(cli._run(*command)[1])
        theirs.append(lassonet(data, seed)[0])
    return [{"job": "evaluation, ten folds, concrete", "ours": "whole command", "peer": "one LassoNet path", "seconds": own,
             "peer_seconds": theirs}]  # fmt: skip


def start_up(a, cli, folder):
    file = pathlib.Path(a.data, "concrete.csv")
    header, data = read_csv(file)
    cli._run("fit", str(file), "--target", header[-1], "-o", str(folder / "m"), "--no-evaluate", "--quiet")
    write_csv(folder / "ten.csv", header[:-1], data[:10, :-1])
    seconds = [cli._run("predict", str(folder / "m"), str(folder / "ten.csv"), "-o", str(folder / "out.csv"))[1] for _ in range(21)]
    return [{"job": "start: predict ten rows", "ours": "whole process", "peer": "", "seconds": seconds, "peer_seconds": None}]


def table_of(rows):
    out = []
    for r in rows:
        own = statistics.median(r["seconds"])
        theirs = statistics.median(r["peer_seconds"]) if r["peer_seconds"] else None
        note = ""
        if "reached" in r:
            note = f"{r['reached']} starts reach {r['value']:.4g}"
        elif "kkt" in r:
            note = f"KKT {r['kkt']:.0e}, {r['peer_kkt']:.0e}; {r['lambdas']}, {r['peer_lambdas']} lambdas"
        elif "r2" in r:
            note = f"R2 on rows left out {statistics.mean(r['r2']):.3f}, {statistics.mean(r['peer_r2']):.3f}"
        out.append([r["job"], r["ours"], r["peer"], f"{1000 * own:.3g}", f"{1000 * theirs:.3g}" if theirs else "",
                    f"{theirs / own:.3g}" if theirs else "", note])  # fmt: skip
    return markdown(["job", "ours", "peer", "ours ms", "peer ms", "times faster", "note"], out)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(ap, "speed.json")
    ap.add_argument("--engine", required=True, help="the example `speed`, built with --release")
    ap.add_argument("--power", help="CSV of the power plant data, target last; without it those jobs are left out")
    ap.add_argument("--repeats", type=int, default=5)
    ap.add_argument("--rscript", default="Rscript")
    ap.add_argument("--adelie-python", help="python of an environment with requirements-adelie.txt; without it adelie is left out")
    ap.add_argument("--jobs", nargs="+", default=["passes", "dense", "lasso", "start", "paths", "evaluation"])
    a = ap.parse_args()
    import sklearn
    import torch

    cli = Cli(a.bin)
    versions = {"skiplayer": cli.version(), "torch": torch.__version__, "scikit-learn": sklearn.__version__}
    record = Record(a.record, versions, threads=THREADS, about=__doc__.split("\n\n", 2)[2].strip())
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        jobs = {"passes": lambda: passes(a), "dense": lambda: dense(a, versions), "lasso": lambda: lasso(a, versions, folder),
                "start": lambda: start_up(a, cli, folder), "paths": lambda: paths(a, cli, folder), "evaluation": lambda: evaluation(a, cli, folder)}  # fmt: skip
        for name in a.jobs:
            rows += jobs[name]()
            record.body["versions"].update(versions)
            record.save(results=rows, table=table_of(rows))
            print(table_of(rows), file=sys.stderr, flush=True)
    record.save(complete=True)
    print(table_of(rows))


if __name__ == "__main__":
    main()
