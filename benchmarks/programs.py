"""Programs that learn from the training rows of a split and predict its test rows, each as its users call it.

- skiplayer: the Python package's SkipLayerRegressor, its defaults but for what --params says; inputs on their original scale.
- R nnet: skip layer, linear output, 10 units, maxit 1000, one start, inputs and target standardised; three values of decay, since
  nnet does not choose it. The best of the three on the held-out rows is a choice that a user could not make.
- scikit-learn MLPRegressor: 10 tanh units, lbfgs, defaults otherwise, standardised, max_iter 2000; no skip layer.
- LassoNet: LassoNetRegressor with its defaults (100 units, M = 10), standardised; whole path, then the model of the path with the
  smallest loss on an inner validation fifth of the training rows.
- least squares, for scale.

A program returns its predictions and what else should be kept: `fit_seconds` is what the call itself takes, `process_seconds`
the whole process of R with reading the data, `note` a word on size.
"""

import dataclasses
import importlib.metadata
import pathlib
import tempfile
import time
import warnings

import numpy as np
from common import ols_predict, run_nnet

NNET_DECAYS = [0.001, 0.1, 1.0]
KEEP = ("method", "form", "n_units", "n_weights", "inputs_used", "evidence", "lambda", "converged", "kkt", "train_loss",
        "linear_share_in_sample", "nonlinear_share_in_sample", "warnings")  # fmt: skip


@dataclasses.dataclass
class Split:
    """Training rows, and test rows without their targets."""

    x: np.ndarray
    y: np.ndarray
    x_new: np.ndarray
    seed: int

    @classmethod
    def of(cls, rows, test, seed):
        """Of a table whose last column is the target."""
        train = np.setdiff1d(np.arange(len(rows)), test)
        return cls(rows[train, :-1], rows[train, -1], rows[test, :-1], seed)

    def standardised(self):
        """Inputs, target and new inputs by the training rows' means and deviations, and the way back for predictions."""
        m, s = self.x.mean(0), self.x.std(0)
        my, sy = self.y.mean(), self.y.std()
        return (self.x - m) / s, (self.y - my) / sy, (self.x_new - m) / s, lambda f: np.ravel(f) * sy + my


def least_squares(split):
    start = time.perf_counter()
    prediction = ols_predict(split.x, split.y, split.x_new)
    return prediction, {"fit_seconds": time.perf_counter() - start, "note": "0 units"}


def skiplayer(**params):
    from skiplayer import SkipLayerRegressor

    def run(split):
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are kept below
            model = SkipLayerRegressor(random_state=split.seed, **params).fit(split.x, split.y)
        seconds = time.perf_counter() - start
        told = model.record_["summary"]
        kept = {key: told[key] for key in KEEP} | {"fit_seconds": seconds, "note": f"{told['n_units']} units"}
        return model.predict(split.x_new), kept

    return run


def nnet(rscript, decay, versions):
    def run(split):
        job = {"x": split.x.tolist(), "y": split.y.tolist(), "x_new": split.x_new.tolist(), "size": 10, "decay": decay, "maxit": 1000,
               "seeds": [split.seed], "standardise": True}  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            (answer,), found, seconds = run_nnet(rscript, [job], pathlib.Path(folder))
        versions.update(found)
        return answer["predictions"][0], {"fit_seconds": answer["seconds"][0], "process_seconds": seconds, "note": "10 units"}

    return run


def mlp(split):
    from sklearn.neural_network import MLPRegressor

    x, y, x_new, back = split.standardised()
    start = time.perf_counter()
    model = MLPRegressor(
        hidden_layer_sizes=(10,), activation="tanh", solver="lbfgs", max_iter=2000, random_state=split.seed
    ).fit(x, y)
    seconds = time.perf_counter() - start
    return back(model.predict(x_new)), {"fit_seconds": seconds, "iterations": model.n_iter_, "note": "10 units"}


def lassonet(threads):
    import torch
    from lassonet import LassoNetRegressor

    torch.set_num_threads(threads)

    def run(split):
        x, y, x_new, back = split.standardised()
        order = np.random.default_rng(split.seed).permutation(len(x))
        inner, val = order[len(x) // 5 :], order[: len(x) // 5]
        start = time.perf_counter()
        model = LassoNetRegressor(verbose=0, random_state=split.seed, torch_seed=split.seed, device="cpu")
        path = model.path(x[inner], y[inner], X_val=x[val], y_val=y[val], return_state_dicts=True)
        best = min(path, key=lambda h: h.val_loss)
        model.load(best)
        seconds = time.perf_counter() - start
        used = int(best.selected.sum())
        note = f"100 units, {used} inputs"
        return back(model.predict(x_new)), {"fit_seconds": seconds, "path_length": len(path), "inputs_used": used, "note": note}

    return run


def peers(params, rscript, threads, skip, versions):
    """All of them by name; their versions are added to `versions`, those of R when it has run."""
    programs = {"least squares": least_squares, "skiplayer": skiplayer(**params, n_jobs=threads)}
    programs["skiplayer, method='path'"] = skiplayer(**params | {"method": "path"}, n_jobs=threads)
    if "nnet" not in skip:
        programs |= {f"R nnet, decay {decay:g}": nnet(rscript, decay, versions) for decay in NNET_DECAYS}
    if "mlp" not in skip:
        versions["scikit-learn"] = importlib.metadata.version("scikit-learn")
        programs["scikit-learn MLPRegressor"] = mlp
    if "lassonet" not in skip:
        versions |= {package: importlib.metadata.version(package) for package in ("lassonet", "torch")}
        programs["LassoNet"] = lassonet(threads)
    return programs
