"""Reference solutions of penalised linear problems, for the tests of the linear solvers.

    python make_fixtures.py --data ../../data --out ../../crates/skiplayer/tests/fixtures [--rscript Rscript]

Each solution comes from scikit-learn, NumPy or R's glmnet, is polished by Newton steps on its own active set and is
written only if its KKT residual in float64 is below KKT_LIMIT. All problems are convex, so a small KKT residual is the
proof that the stored point is the optimum, whichever program found it. What the programs gave before the polish is
recorded too (`raw_kkt_residual`, `raw_max_difference`).

Conventions, the same in every case: inputs standardised by column (mean 0, population standard deviation, ddof = 0,
never weighted), intercept not penalised, target as it is in the file or as `target_rule` says.
"""

import argparse
import csv
import json
import pathlib
import platform
import subprocess
import tempfile
import warnings

import numpy as np
import scipy
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge

KKT_LIMIT = 1e-9


def read_table(path):
    """Header, inputs as float64 and the last column as text."""
    with open(path, newline="") as f:
        header, *rows = csv.reader(f)
    return header, np.array([r[:-1] for r in rows], dtype=float), [r[-1] for r in rows]


def standardise(x):
    x = x - x.mean(0)
    return x / np.sqrt((x**2).mean(0))


# Likelihoods: mean loss, its first derivative (n x K) and second derivative (n x K x K) in the linear predictors.


def gaussian(eta, y):
    r = eta - y
    return 0.5 * (r**2).sum(1), r, np.ones((len(y), 1, 1))


def binomial(eta, y):
    mu = 1 / (1 + np.exp(-eta))
    return np.logaddexp(0, eta)[:, 0] - (y * eta)[:, 0], mu - y, (mu * (1 - mu))[:, :, None]


def poisson(eta, y):
    mu = np.exp(eta)
    return (mu - y * eta)[:, 0], mu - y, mu[:, :, None]


def softmax(eta, y):
    """y is one-hot (n x K); the Hessian is singular along equal shifts of all classes."""
    top = eta.max(1, keepdims=True)
    log_p = eta - top - np.log(np.exp(eta - top).sum(1, keepdims=True))
    p = np.exp(log_p)
    hess = p[:, :, None] * np.eye(p.shape[1]) - p[:, :, None] * p[:, None, :]
    return -(y * log_p).sum(1), p - y, hess


class Problem:
    """sum_i w_i loss_i / sum_i w_i + l1 |b|_1 + l2/2 |b|^2, K linear predictors, intercepts free."""

    def __init__(self, family, x, y, weights=None):
        self.family, self.x = family, x
        self.y = y.reshape(len(x), -1)
        w = np.ones(len(x)) if weights is None else weights
        self.w = w / w.sum()

    def parts(self, coef, intercept):
        return self.family(self.x @ coef.T + intercept, self.y)

    def value(self, coef, intercept, l1, l2):
        return self.w @ self.parts(coef, intercept)[0] + l1 * np.abs(coef).sum() + l2 / 2 * (coef**2).sum()

    def kkt(self, coef, intercept, l1, l2):
        """(largest violation of the optimality conditions, smallest slack l1 - |gradient| among the zeros)."""
        g = self.w[:, None] * self.parts(coef, intercept)[1]
        grad = g.T @ self.x + l2 * coef
        live = coef != 0
        worst = np.abs(g.sum(0)).max()
        if live.any():
            worst = max(worst, np.abs(grad + l1 * np.sign(coef))[live].max())
        slack = (l1 - np.abs(grad))[~live]
        if len(slack):
            worst = max(worst, -slack.min(), 0.0)
        return worst, (slack.min() if len(slack) else None)

    def polish(self, coef, intercept, l1, l2, steps=30):
        """Newton steps in the intercepts and the non-zero coefficients, signs held. Least-norm steps where singular."""
        coef, intercept = coef.copy(), intercept.copy()
        k, p = coef.shape
        live, signs = coef != 0, np.sign(coef)
        free = np.concatenate([np.ones(k, bool), live.ravel()])
        x1 = np.hstack([np.ones((len(self.x), 1)), self.x])
        best = (self.kkt(coef, intercept, l1, l2)[0], coef, intercept)
        for _ in range(steps):
            _, g, h = self.parts(coef, intercept)
            grad = np.concatenate([self.w @ g, (((self.w[:, None] * g).T @ self.x) + l2 * coef + l1 * signs).ravel()])
            full = np.einsum("n,nab,ni,nj->aibj", self.w, h, x1, x1, optimize=True)
            hess = np.empty((k + k * p, k + k * p))
            hess[:k, :k] = full[:, 0, :, 0]
            hess[:k, k:] = full[:, 0, :, 1:].reshape(k, k * p)
            hess[k:, :k] = hess[:k, k:].T
            hess[k:, k:] = full[:, 1:, :, 1:].reshape(k * p, k * p) + l2 * np.eye(k * p)
            step = np.linalg.lstsq(hess[np.ix_(free, free)], -grad[free], rcond=1e-13)[0]
            move = np.zeros(len(free))
            move[free] = step
            intercept = intercept + move[:k]
            coef = coef + move[k:].reshape(k, p)
            if k > 1:
                intercept = intercept - intercept.mean()
            now = self.kkt(coef, intercept, l1, l2)[0]
            if now < best[0]:
                best = (now, coef, intercept)
            if np.abs(move).max() <= 1e-15 * max(1.0, np.abs(coef).max()):
                break
        if not (np.sign(best[1]) == signs).all():
            raise SystemExit("a coefficient changed its sign: the starting support was wrong")
        return best[1], best[2]


def run_glmnet(rscript, requests):
    here = pathlib.Path(__file__).parent
    with tempfile.TemporaryDirectory() as tmp:
        ask, got = pathlib.Path(tmp, "request.json"), pathlib.Path(tmp, "answer.json")
        ask.write_text(json.dumps({"cases": requests}))
        subprocess.run([rscript, "--vanilla", str(here / "make_fixtures.R"), str(ask), str(got)], check=True)
        answer = json.loads(got.read_text())
    solutions = [
        [(np.array(c, dtype=float), np.array(b, dtype=float)) for c, b in zip(a["coef"], a["intercept"], strict=True)]
        for a in answer["cases"]
    ]
    return solutions, answer["versions"]


def max_difference(a, b):
    return max(max(np.abs(c1 - c2).max(), np.abs(b1 - b2).max()) for (c1, b1), (c2, b2) in zip(a, b, strict=True))


def fitted(model, x, y, **kw):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, y, **kw)
    return np.atleast_2d(model.coef_).astype(float), np.atleast_1d(model.intercept_).astype(float)


def one_key_a_line(record):
    """JSON with one line for each key and one for each row of `coef`."""
    lines = []
    for key, value in record.items():
        text = json.dumps(value)
        if key == "coef":
            text = "[\n  " + ",\n  ".join(json.dumps(row) for row in value) + "\n ]"
        lines.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


class Writer:
    def __init__(self, out, versions):
        self.out, self.versions = pathlib.Path(out), versions
        self.out.mkdir(parents=True, exist_ok=True)

    def write(self, case, data, header, rule, objective, source, problem, lambdas, l1_ratio, raw, notes="", **extra):
        """Polish, verify and store one case. Penalty: lambda (l1_ratio |b|_1 + (1 - l1_ratio)/2 |b|^2)."""
        solutions, residuals, raw_residuals, slacks, values = [], [], [], [], []
        for lam, (coef, intercept) in zip(lambdas, raw, strict=True):
            l1, l2 = lam * l1_ratio, lam * (1 - l1_ratio)
            raw_residuals.append(problem.kkt(coef, intercept, l1, l2)[0])
            coef, intercept = problem.polish(coef, intercept, l1, l2)
            residual, slack = problem.kkt(coef, intercept, l1, l2)
            if not residual < KKT_LIMIT:
                raise SystemExit(f"{case}: KKT residual {residual:.2e} at lambda {lam}")
            solutions.append((coef, intercept))
            residuals.append(residual)
            slacks.append(slack)
            values.append(problem.value(coef, intercept, l1, l2))
        single = solutions[0][0].shape[0] == 1
        record = {
            "case": case,
            "data": data,
            "inputs": header[:-1],
            "standardisation": "inputs: mean 0, population sd 1 (ddof 0), unweighted; target not standardised",
            "target_rule": rule,
            "objective": objective,
            "source": source,
            "notes": notes,
            "versions": self.versions,
            "lambdas": lambdas,
            "l1_ratio": l1_ratio,
            **extra,
            "coef": [(c[0] if single else c).tolist() for c, _ in solutions],
            "intercept": [(float(b[0]) if single else b.tolist()) for _, b in solutions],
            "n_nonzero": [int((c != 0).sum()) for c, _ in solutions],
            "objective_value": values,
            "kkt_residual": residuals,
            "smallest_slack_of_zeros": slacks,
            "raw_kkt_residual": raw_residuals,
            "raw_max_difference": max_difference(raw, solutions),
        }
        (self.out / f"{case}.json").write_text(one_key_a_line(record))
        print(
            f"{case:34s} KKT {max(residuals):.1e} (raw {max(raw_residuals):.1e}, moved {record['raw_max_difference']:.1e})"
            f"  non-zero {record['n_nonzero']}"
        )
        return solutions


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--data", required=True, help="folder with diabetes.csv and breast_cancer.csv")
    ap.add_argument("--out", required=True, help="folder for the fixtures")
    ap.add_argument("--rscript", default="Rscript")
    a = ap.parse_args()
    data = pathlib.Path(a.data).resolve()

    d_header, d_x, d_y = read_table(data / "diabetes.csv")
    d_x, d_y = standardise(d_x), np.array(d_y, dtype=float)
    c_header, c_x, c_y = read_table(data / "breast_cancer.csv")
    c_x, c_y = standardise(c_x), (np.array(c_y) == "malignant").astype(float)
    n = len(d_y)

    low, high = np.quantile(d_y, [1 / 3, 2 / 3])
    classes = np.where(d_y <= low, 0, np.where(d_y <= high, 1, 2))
    assert (low, high) == (100.0, 184.0)
    counts = np.rint(d_y / 25)

    lasso_l = [46.0, 30.0, 20.0, 12.0, 8.0, 5.0, 3.0, 1.5, 0.5, 0.05]
    net_l = [60.0, 20.0, 5.0, 1.0, 0.1]
    ridge_l = [1.0, 0.1, 0.01]
    weighted_lasso_l = [20.0, 5.0, 0.5]
    logit_l = [0.3, 0.1, 0.03, 0.01, 0.003]
    logit_ridge_l = [0.1, 0.01]
    softmax_l = [0.1, 0.03, 0.005]
    poisson_l = [1.0, 0.2, 0.02]

    def ask(csv_name, family, y, lambdas, alpha, thresh=1e-14):
        return {
            "csv": str(data / csv_name), "family": family, "y": list(y), "lambdas": lambdas, "alpha": alpha, "thresh": thresh,
        }

    (g_lasso, g_tight, g_logit, g_ridge, g_soft, g_pois), r_versions = run_glmnet(
        a.rscript,
        [
            ask("diabetes.csv", "gaussian", d_y.tolist(), lasso_l, 1),
            ask("diabetes.csv", "gaussian", d_y.tolist(), lasso_l, 1, 1e-22),
            ask("breast_cancer.csv", "binomial", c_y.tolist(), logit_l, 1),
            ask("breast_cancer.csv", "binomial", c_y.tolist(), logit_ridge_l, 0),
            ask("diabetes.csv", "multinomial", classes.tolist(), softmax_l, 1),
            ask("diabetes.csv", "poisson", counts.tolist(), poisson_l, 1),
        ],
    )
    versions = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
        **r_versions,
    }
    out = Writer(a.out, versions)
    lars = Problem(gaussian, d_x, d_y)
    as_is = "progression, as in the file"
    polish = ", then Newton steps on the active set"

    # Least squares.
    x1 = np.hstack([np.ones((n, 1)), d_x])
    b = np.linalg.lstsq(x1, d_y, rcond=None)[0]
    out.write(
        "diabetes_ols", "diabetes.csv", d_header, as_is, "1/(2n) sum r^2", "numpy.linalg.lstsq" + polish, lars, [0.0], 1.0,
        [(b[None, 1:], b[:1])],
    )

    # Lasso, by two programs.
    raw = [fitted(Lasso(alpha=lam, tol=1e-14, max_iter=1_000_000), d_x, d_y) for lam in lasso_l]
    text = "1/(2n) sum r^2 + lambda |b|_1"
    s_path = out.write(
        "diabetes_lasso", "diabetes.csv", d_header, as_is, text, "sklearn.linear_model.Lasso(tol=1e-14)" + polish, lars,
        lasso_l, 1.0, raw, notes="lambdas[0] is above lambda_max: the empty model",
        glmnet_max_difference=max_difference(raw, g_lasso),
    )
    g_path = out.write(
        "diabetes_lasso_glmnet", "diabetes.csv", d_header, as_is, text,
        "R glmnet(family = gaussian, standardize = FALSE, thresh = 1e-14)" + polish, lars, lasso_l, 1.0, g_lasso,
        notes="glmnet's lambda for the gaussian lasso is on the scale of the target as given: the same lambda as in the "
        "objective, no factor n. glmnet divides y by its population sd inside and lambda with it, which is exact for "
        "the lasso; for alpha < 1 it divides the ridge part by that sd once more, so that only the lasso is compared here. "
        "At thresh = 1e-14 glmnet stops short by raw_max_difference on these collinear inputs (worst at the smallest "
        "lambda); at 1e-22 it gives scikit-learn's coefficients before any polish.",
        sklearn_max_difference=max_difference(raw, g_lasso),
        sklearn_max_difference_at_thresh_1e_22=max_difference(raw, g_tight),
    )
    tight = max_difference(raw, g_tight)
    print(f"{'':34s} sklearn against glmnet at 1e-14 {max_difference(raw, g_lasso):.1e}, at 1e-22 {tight:.1e}, "
          f"polished {max_difference(s_path, g_path):.1e}")
    if not (tight < 1e-6 and max_difference(s_path, g_path) < 1e-9):
        raise SystemExit("glmnet and scikit-learn disagree on the lasso")

    # Elastic net and ridge.
    raw = [fitted(ElasticNet(alpha=lam, l1_ratio=0.5, tol=1e-14, max_iter=1_000_000), d_x, d_y) for lam in net_l]
    out.write(
        "diabetes_elastic_net", "diabetes.csv", d_header, as_is,
        "1/(2n) sum r^2 + lambda (l1_ratio |b|_1 + (1 - l1_ratio)/2 |b|^2)",
        "sklearn.linear_model.ElasticNet(tol=1e-14)" + polish, lars, net_l, 0.5, raw,
    )
    raw = [fitted(Ridge(alpha=n * lam, solver="cholesky"), d_x, d_y) for lam in ridge_l]
    out.write(
        "diabetes_ridge", "diabetes.csv", d_header, as_is, "1/(2n) sum r^2 + lambda/2 |b|^2",
        "sklearn.linear_model.Ridge(alpha = n lambda)" + polish, lars, ridge_l, 0.0, raw,
    )

    # With row weights.
    w = 1.0 + np.arange(n) % 3
    weighted = Problem(gaussian, d_x, d_y, w)
    rule = {"weights_rule": "w_i = 1 + (i mod 3), i = 0, 1, ... in file order; inputs standardised without weights"}
    b = np.linalg.lstsq(x1 * np.sqrt(w)[:, None], d_y * np.sqrt(w), rcond=None)[0]
    out.write(
        "diabetes_ols_weighted", "diabetes.csv", d_header, as_is, "sum w r^2 / (2 sum w)",
        "numpy.linalg.lstsq on rows times sqrt(w)" + polish, weighted, [0.0], 1.0, [(b[None, 1:], b[:1])], **rule,
    )
    raw = [fitted(Ridge(alpha=w.sum() * lam, solver="cholesky"), d_x, d_y, sample_weight=w) for lam in ridge_l]
    out.write(
        "diabetes_ridge_weighted", "diabetes.csv", d_header, as_is, "sum w r^2 / (2 sum w) + lambda/2 |b|^2",
        "sklearn.linear_model.Ridge(alpha = lambda sum w)" + polish, weighted, ridge_l, 0.0, raw, **rule,
    )
    raw = [
        fitted(Lasso(alpha=lam, tol=1e-14, max_iter=1_000_000), d_x, d_y, sample_weight=w) for lam in weighted_lasso_l
    ]
    out.write(
        "diabetes_lasso_weighted", "diabetes.csv", d_header, as_is, "sum w r^2 / (2 sum w) + lambda |b|_1",
        "sklearn.linear_model.Lasso(tol=1e-14)" + polish, weighted, weighted_lasso_l, 1.0, raw, **rule,
    )

    # Two classes.
    logit = Problem(binomial, c_x, c_y)
    rule = "1 where diagnosis is malignant, else 0"
    glm = "R glmnet(family = {}, standardize = FALSE, thresh = 1e-14)" + polish
    m = len(c_y)
    saga = [
        fitted(
            LogisticRegression(l1_ratio=1, C=1 / (m * lam), solver="saga", tol=1e-10, max_iter=20_000, random_state=0),
            c_x, c_y,
        )
        for lam in logit_l
    ]
    stored = out.write(
        "breast_cancer_logistic_lasso", "breast_cancer.csv", c_header, rule,
        "mean(log(1 + exp(eta)) - y eta) + lambda |b|_1", glm.format("binomial"), logit, logit_l, 1.0, g_logit,
        notes="stored: glmnet's solution after the polish; sklearn's saga (tol 1e-10, at most 20,000 epochs) is only "
        "compared, since it stops short on these collinear inputs",
        saga_max_difference=max_difference(saga, g_logit),
        saga_kkt_residual=[logit.kkt(c, b, lam, 0.0)[0] for lam, (c, b) in zip(logit_l, saga)],
    )
    print(f"{'':34s} saga against stored: {max_difference(saga, stored):.1e}")
    raw = [
        fitted(LogisticRegression(l1_ratio=0, C=1 / (m * lam), solver="newton-cholesky", tol=1e-12, max_iter=1000), c_x, c_y)
        for lam in logit_ridge_l
    ]
    out.write(
        "breast_cancer_logistic_ridge", "breast_cancer.csv", c_header, rule,
        "mean(log(1 + exp(eta)) - y eta) + lambda/2 |b|^2",
        "sklearn LogisticRegression(newton-cholesky, C = 1/(n lambda))" + polish, logit, logit_ridge_l, 0.0, raw,
        glmnet_max_difference=max_difference(raw, g_ridge),
    )

    # Three classes, counts.
    soft = Problem(softmax, d_x, np.eye(3)[classes])
    out.write(
        "diabetes_softmax_lasso", "diabetes.csv", d_header,
        "classes low, mid, high (0, 1, 2): progression <= q1, else <= q2, else above; q1, q2 = "
        "numpy.quantile(progression, [1/3, 2/3]), which are exactly 100 and 184",
        "mean(-log p[class]) + lambda sum_k |b_k|_1, p = softmax(eta), one coefficient vector per class (symmetric)",
        glm.format("multinomial, type.multinomial = ungrouped"), soft, softmax_l, 1.0, g_soft,
        notes="coef[i][k] belongs to class k, intercept[i] is shifted to sum 0 (equal shifts of all intercepts are free). "
        "The L1 price makes the coefficients unique: of the three coefficients of an input the median is 0.",
        quantiles=[low, high], class_counts=np.bincount(classes).tolist(),
    )
    out.write(
        "diabetes_poisson_lasso", "diabetes.csv", d_header, "round(progression / 25), no ties occur",
        "mean(mu - y log mu) + lambda |b|_1, mu = exp(eta)", glm.format("poisson"), Problem(poisson, d_x, counts),
        poisson_l, 1.0, g_pois, target_sum=float(counts.sum()),
    )
    size = sum(f.stat().st_size for f in out.out.glob("*.json"))
    print(f"{size / 1000:.0f} kB in all")


if __name__ == "__main__":
    main()
