"""Packages that take scikit-learn's estimators take ours: intervals, resampling, searches, explanations, clusters.

    python -m venv ecosystem && ecosystem/bin/pip install -r benchmarks/ecosystem/requirements.txt target/wheels/skiplayer-*.whl
    ecosystem/bin/python benchmarks/ecosystem/check.py

Each check compares with what the package or the model itself says, prints a line, and fails if they differ. It takes a minute.
"""

import importlib.metadata
import os
import warnings

import numpy as np
import pandas as pd
from sklearn.ensemble import StackingRegressor, VotingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score

from skiplayer import SkipLayerClassifier, SkipLayerRegressor, SkipLayerWarning

RANDOM = np.random.default_rng(0)
X = pd.DataFrame(RANDOM.normal(size=(400, 4)), columns=["a", "b", "c", "d"])
Y = X["a"] + 2 * np.tanh(3 * X["b"]) + 0.3 * RANDOM.normal(size=400)
TRAIN, TEST = slice(0, 300), slice(300, 400)
NET = {"n_units": 3, "n_starts": 2, "inner_folds": 2, "n_jobs": 1}


def mapie():
    """Intervals of another package around our predictions cover as they should."""
    from mapie.regression import CrossConformalRegressor, SplitConformalRegressor

    split = SplitConformalRegressor(SkipLayerRegressor(**NET).fit(X[:200], Y[:200]), confidence_level=0.9, prefit=True)
    _, bounds = split.conformalize(X[200:300], Y[200:300]).predict_interval(X[TEST])
    cross = CrossConformalRegressor(SkipLayerRegressor(**NET), confidence_level=0.9, cv=3)
    _, plus = cross.fit_conformalize(X[TRAIN], Y[TRAIN]).predict_interval(X[TEST])
    covered = [np.mean((ends[:, 0, 0] <= Y[TEST]) & (Y[TEST] <= ends[:, 1, 0])) for ends in (bounds, plus)]
    assert min(covered) > 0.8, covered
    return f"intervals at 0.9 cover {covered[0]:.2f} (split) and {covered[1]:.2f} (cross) of 100 new rows"


def imbalanced_learn():
    """Pipelines that resample end in our classifier."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline

    rare = (X["a"] + 0.5 * RANDOM.normal(size=400) > 1.3).astype(int)
    plain = SkipLayerClassifier(method="linear", n_jobs=1).fit(X, rare)
    resampled = make_pipeline(SMOTE(random_state=0), SkipLayerClassifier(method="linear", n_jobs=1)).fit(X, rare)
    found = [model.predict(X)[rare == 1].mean() for model in (plain, resampled)]
    assert found[1] > found[0], found
    return f"of the rare class {found[0]:.2f} are found without resampling, {found[1]:.2f} with it"


def optuna():
    """A study tunes our parameters."""
    import optuna as package

    package.logging.set_verbosity(package.logging.ERROR)

    def loss(trial):
        model = SkipLayerRegressor(
            method=trial.suggest_categorical("method", ["linear", "evidence"]), n_units=3, n_starts=2, n_jobs=1
        )
        return -cross_val_score(model, X, Y, cv=2, scoring="neg_mean_squared_error").mean()

    study = package.create_study(sampler=package.samplers.RandomSampler(seed=0))
    study.optimize(loss, n_trials=4)
    assert study.best_params["method"] == "evidence", study.best_params
    return f"the best of 4 trials is {study.best_params}"


def dalex():
    """Explanations of another package: permutation importance agrees, contributions add up."""
    import dalex as package

    model = SkipLayerRegressor(**NET).fit(X, Y)
    explainer = package.Explainer(model, X, Y, verbose=False)
    parts = explainer.model_parts(random_state=0).result
    strongest = parts[~parts.variable.str.startswith("_")].sort_values("dropout_loss").variable.iloc[-1]
    assert strongest == X.columns[model.feature_importances_.argmax()], strongest
    down = explainer.predict_parts(X.iloc[[0]]).result
    assert np.isclose(down.cumulative.iloc[-1], model.predict(X.iloc[[0]])[0])
    return f"the strongest input is {strongest!r} by both, and contributions end at the prediction"


def shap():
    """Values add up, for frames with more inputs than the exact algorithm takes too."""
    import shap as package

    wide = pd.concat([X, pd.DataFrame(RANDOM.normal(size=(400, 10))).add_prefix("z")], axis=1)
    model = SkipLayerRegressor(**NET).fit(wide, Y)
    values = package.Explainer(model, wide[:50])(wide[:10])
    difference = np.abs(values.values.sum(1) + values.base_values - model.predict(wide[:10])).max()
    assert difference < 1e-9
    return f"{type(values).__name__} of 14 inputs, values and base differ from predictions by {difference:.0e} at most"


def scikit_learn():
    """Stacks, votes and searches."""
    stack = StackingRegressor([("ours", SkipLayerRegressor(**NET)), ("line", LinearRegression())], cv=2)
    score = stack.fit(X[TRAIN], Y[TRAIN]).score(X[TEST], Y[TEST])
    vote = VotingClassifier([("ours", SkipLayerClassifier(**NET)), ("line", LogisticRegression())], voting="soft")
    share = vote.fit(X[TRAIN], Y[TRAIN] > 0).score(X[TEST], Y[TEST] > 0)
    assert score > 0.8 and share > 0.8
    return f"a stack has R2 {score:.2f}, a vote is right in {share:.2f}"


def dask():
    """Workers of a cluster fit with one thread each unless they have more."""
    import joblib
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        told = client.submit(lambda: os.environ.get("OMP_NUM_THREADS")).result()
        with joblib.parallel_config(backend="dask"):
            search = GridSearchCV(SkipLayerRegressor(**NET), {"n_units": [0, 3]}, cv=2).fit(X, Y)
    assert search.best_params_ == {"n_units": 3}
    return f"workers say OMP_NUM_THREADS={told}; the search finds {search.best_params_}"


CHECKS = {
    "scikit-learn": scikit_learn,
    "shap": shap,
    "mapie": mapie,
    "imbalanced-learn": imbalanced_learn,
    "optuna": optuna,
    "dalex": dalex,
    "distributed": dask,
}


def main():
    warnings.simplefilter("ignore", SkipLayerWarning)
    for package, check in CHECKS.items():
        print(f"{package} {importlib.metadata.version(package)}: {check()}", flush=True)


if __name__ == "__main__":
    main()
