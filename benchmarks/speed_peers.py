"""Lasso paths of scikit-learn and adelie, for speed.py. One JSON object.

    python speed_peers.py sklearn|adelie|adelie-cov FILE TOLERANCE REPEATS

FILE: numbers with a header line, target last; everything is standardised here. A program of its own because adelie needs
NumPy 1, which the other peers have left behind: `pip install -r requirements-adelie.txt` into another environment.
"""

import json
import sys
import time

import numpy as np


def main():
    program, file, tolerance, repeats = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    data = np.loadtxt(file, delimiter=",", skiprows=1)
    data = (data - data.mean(0)) / data.std(0)
    x, y = np.asfortranarray(data[:, :-1]), data[:, -1].copy()
    n, p = x.shape
    ratio = 1e-3 if n > p else 1e-2
    if program == "sklearn":
        import sklearn
        from sklearn.linear_model import lasso_path

        def run():
            # `precompute="auto"` is its Gram matrix where rows are many.
            lambdas, coef, _ = lasso_path(x, y, eps=ratio, alphas=100, tol=tolerance, max_iter=100_000)
            return lambdas, coef.T

        version = sklearn.__version__
    else:
        import adelie

        # Two threads as everybody; on these sizes its products are too small to use them.
        path = {"min_ratio": ratio, "lmda_path_size": 100, "tol": tolerance, "n_threads": 2, "early_exit": False,
                "progress_bar": False}  # fmt: skip

        def run():
            if program == "adelie":
                state = adelie.grpnet(adelie.matrix.dense(x, method="naive", n_threads=2), adelie.glm.gaussian(y), **path)
            else:
                products = adelie.matrix.dense(np.asfortranarray(x.T @ x / n), method="cov", n_threads=2)
                state = adelie.gaussian_cov(products, x.T @ y / n, **path)
            return np.asarray(state.lmdas), state.betas.toarray()

        version = adelie.__version__
    lambdas, coef = run()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    largest = np.abs(x.T @ y).max() / n
    worst = 0.0
    for strength, b in zip(lambdas, coef):
        # Columns and target have mean zero, so the constant is zero too.
        slope = x.T @ (y - x @ b) / n
        off = np.where(b == 0, np.maximum(np.abs(slope) - strength, 0), np.abs(slope - strength * np.sign(b)))
        worst = max(worst, off.max())
    print(json.dumps({"seconds": seconds, "kkt": worst / largest, "lambdas": len(lambdas), "last": lambdas[-1] / largest, "version": version}))


if __name__ == "__main__":
    main()
