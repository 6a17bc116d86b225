"""What cannot be used is refused in scikit-learn's words and by its types."""

import numpy as np
import pandas as pd
import pytest

from skiplayer import SkipLayerClassifier, SkipLayerRegressor, load_model

X = np.random.default_rng(0).normal(size=(30, 2))
Y = X[:, 0] + 0.1 * X[:, 1] ** 2


def with_cell(array, value):
    array = array.astype(type(value) if isinstance(value, str) else float).astype(object)
    array.flat[3] = value
    return array


@pytest.mark.parametrize(
    ("estimator", "data", "kind", "words"),
    [
        (SkipLayerRegressor(), (X[:20], Y), ValueError, "inconsistent numbers of samples"),
        (SkipLayerRegressor(), (X[:, 0], Y), ValueError, "Expected 2D array, got 1D array"),
        (SkipLayerRegressor(), (X, with_cell(Y, np.nan)), ValueError, "Input y contains NaN"),
        (SkipLayerRegressor(), (X, with_cell(Y, np.inf)), ValueError, "Input y contains infinity"),
        (SkipLayerRegressor(), (with_cell(X, np.inf), Y), ValueError, "Input X contains infinity"),
        (SkipLayerRegressor(), (pd.DataFrame(with_cell(X, np.inf), dtype=float), Y), ValueError, "contains infinity"),
        (SkipLayerRegressor(), (with_cell(X, "old"), Y), ValueError, "could not convert string to float: 'old'"),
        (SkipLayerRegressor(), (X, None), ValueError, "the target y is None"),
        (SkipLayerRegressor(), (X[:4], Y[:4]), ValueError, "number of splits inner_folds=5 greater than the number of samples: n_sam"),
        (SkipLayerRegressor(inner_folds=31), (X, Y), ValueError, "inner_folds=31 greater than the number of samples: n_samples=30"),
        (SkipLayerRegressor(method="evidence"), (X[:4], Y[:4]), ValueError, "at least 5"),
        (SkipLayerRegressor(), (X[:1], Y[:1]), ValueError, "n_samples=1"),
        (SkipLayerRegressor(), (X, np.ones(30)), ValueError, "a target that varies"),
        (SkipLayerRegressor(), (np.ones((30, 2)), Y), ValueError, "at least one that varies"),
        (SkipLayerRegressor(loss="poisson"), (X, Y), ValueError, "counts"),
        (SkipLayerRegressor(method="best"), (X, Y), ValueError, "The 'method' parameter of SkipLayerRegressor must be"),
        (SkipLayerRegressor(n_units=-1), (X, Y), ValueError, "The 'n_units' parameter"),
        (SkipLayerRegressor(penalty="group"), (X, Y), ValueError, "penalty: found"),
        (SkipLayerRegressor(skip=False, n_units=0), (X, Y), ValueError, "skip=False"),
        (SkipLayerClassifier(), (X, Y), ValueError, "Unknown label type: continuous"),
        (SkipLayerClassifier(), (X, np.zeros(30)), ValueError, "at least 2 classes, but y holds one class"),
    ],
)
def test_fits_that_cannot_be_meant(estimator, data, kind, words):
    with pytest.raises(kind, match=words):
        estimator.fit(*data)


def test_weights_and_groups_that_cannot_be_meant():
    with pytest.raises(ValueError, match="[Nn]egative values"):
        SkipLayerRegressor().fit(X, Y, sample_weight=-np.ones(30))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        SkipLayerRegressor().fit(X, Y, groups=np.arange(7))
    with pytest.raises(ValueError, match="groups.*at least two"):
        SkipLayerRegressor().fit(X, Y, groups=np.zeros(30))


def test_evaluations_that_cannot_be_meant():
    with pytest.raises(ValueError, match="The .folds. parameter of SkipLayerRegressor.evaluate must be an int in the range"):
        SkipLayerRegressor().evaluate(X, Y, folds=1)
    with pytest.raises(ValueError, match="folds=40 greater than the number of samples: n_samples=30"):
        SkipLayerRegressor().evaluate(X, Y, folds=40)
    with pytest.raises(ValueError, match="call `evaluate`"):
        SkipLayerRegressor(method="linear").fit(X, Y).predict_interval(X)
    model = SkipLayerRegressor(method="linear")
    model.evaluate(X, Y, folds=3, repeats=1)
    with pytest.raises(ValueError, match=r"'level' parameter .* must be a float in the range \(0, 1\). Got 90"):
        model.predict_interval(X, 90)


def test_predictions_that_cannot_be_meant():
    model = SkipLayerRegressor(method="linear").fit(X, Y)
    with pytest.raises(ValueError, match="X has 3 features, but SkipLayerRegressor is expecting 2 features"):
        model.predict(np.ones((2, 3)))


def test_files_that_are_no_models(tmp_path):
    with pytest.raises(ValueError, match="no such file, expected a model that `save` wrote"):
        load_model(tmp_path / "none.safetensors")
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="not in the safetensors format"):
        load_model(tmp_path / "table.csv")
    with pytest.raises(ValueError, match="not a skiplayer model"):
        SkipLayerRegressor(method="linear").fit(X, Y).save(tmp_path / "table.csv")
