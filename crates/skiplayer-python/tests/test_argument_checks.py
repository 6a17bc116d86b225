"""Arguments are checked everywhere alike: kind, range and NaN, in one form of words."""

import matplotlib

matplotlib.use("agg")

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from skiplayer import SkipLayerClassifier, SkipLayerCV, SkipLayerRegressor, plot

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(60, 2))
Y = X[:, 0] + 0.1 * RANDOM.normal(size=60)


@pytest.fixture(scope="module")
def model():
    model = SkipLayerRegressor(method="linear", n_jobs=1)
    model.evaluate(X, Y, folds=3, repeats=1)
    return model


@pytest.fixture(scope="module")
def classifier():
    classifier = SkipLayerClassifier(method="linear", n_jobs=1)
    classifier.evaluate(X, Y + RANDOM.normal(size=60) > 0, folds=3, repeats=1)
    return classifier


PARAMETERS = {
    "n_units": [-1, 1001, 2.0, "3", True, np.nan],
    "depth": [0, None, 1.5],
    "n_starts": [0, 101, None],
    "inner_folds": [1, 51],
    "max_seconds": [0, -1.0, np.nan, np.inf, "long"],
    "n_jobs": [1.5, "all"],
    "random_state": [-1, 1.5, "seed"],
    "skip": [1, "yes", None],
    "verbose": ["loud", -1],
    "callback": [3],
    "stochastic_above": [10, 1e5],
    "method": ["best", None],
    "inference": ["nested", None],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in PARAMETERS.items() for value in values])
def test_parameters(name, value):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of SkipLayerRegressor must be .* Got .* instead"):
        SkipLayerRegressor(**{name: value}).fit(X, Y)


OF_EVALUATE = {
    "folds": [1, 101, 2.5, None, np.nan, True],
    "repeats": [0, 101, 1.5],
    "rope": [0, -0.1, np.nan, "small", None],
    "level": [0, 1, 90, np.nan, None, True],
    "learning_curve": [None, 1, "yes"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in OF_EVALUATE.items() for value in values])
def test_arguments_of_an_evaluation(name, value):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of SkipLayerRegressor.evaluate must be"):
        SkipLayerRegressor().evaluate(X, Y, **{name: value})
    if name != "learning_curve":
        with pytest.raises(ValueError, match=f"The '{name}' parameter of SkipLayerCV must be"):
            SkipLayerCV(SkipLayerRegressor(), **{name: value}).fit(X, Y)


@pytest.mark.parametrize("level", [0, 1, -0.5, 90, np.nan, "0.9", None, True])
def test_levels(model, classifier, level):
    with pytest.raises(ValueError, match="The 'level' parameter of SkipLayerRegressor.predict_interval must be a float"):
        model.predict_interval(X, level)
    with pytest.raises(ValueError, match="The 'level' parameter of SkipLayerClassifier.predict_set must be a float"):
        classifier.predict_set(X, level)


def test_numbers_of_numpy_are_numbers(model):
    given = {"folds": np.int64(3), "repeats": np.int8(1), "rope": np.float32(0.5), "level": np.float64(0.8)}
    estimator = SkipLayerRegressor(method="linear", inner_folds=np.int32(3), n_jobs=np.int64(1), skip=np.True_)
    assert estimator.evaluate(X, Y, **given).design.folds == 3
    np.testing.assert_array_equal(model.predict_interval(X, np.float64(0.9)), model.predict_interval(X, 0.9))


SHAPES = {
    "groups of two columns": ({"groups": np.ones((60, 2))}, r"groups: found an array of shape \(60, 2\), expected one value a row"),
    "groups with a gap": ({"groups": [None, *range(59)]}, "groups: found a missing value in row 1"),
    "groups too short": ({"groups": np.arange(7)}, r"inconsistent numbers of samples: \[60, 7\]"),
    "weights with NaN": ({"sample_weight": np.r_[np.nan, np.ones(59)]}, "Input sample_weight contains NaN"),
    "weights below zero": ({"sample_weight": -np.ones(60)}, "Negative values"),
    "weights of two columns": ({"sample_weight": np.ones((60, 2))}, "Sample weights must be 1D"),
    "weights that are words": ({"sample_weight": ["heavy"] * 60}, "could not convert string to float"),
}


@pytest.mark.parametrize("what", SHAPES)
def test_columns_beside_the_inputs(what):
    given, words = SHAPES[what]
    with pytest.raises(ValueError, match=words):
        SkipLayerRegressor(method="linear").fit(X, Y, **given)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ((X, Y[1:]), r"inconsistent numbers of samples: \[60, 59\]$"),
        ((X, Y[None]), r"inconsistent numbers of samples: \[60, 1\]$"),
        ((pd.DataFrame(index=range(60)), Y), r"0 feature\(s\) \(shape=\(60, 0\)\)"),
        ((pd.DataFrame({"a": []}), Y), r"0 sample\(s\)"),
    ],
    ids=["a target short", "a row of targets", "no columns", "no rows"],
)
def test_shapes_of_data(data, words):
    with pytest.raises(ValueError, match=words):
        SkipLayerRegressor(method="linear").fit(*data)


def test_effects_and_reports(model, tmp_path):
    with pytest.raises(ValueError, match="Negative values"):
        model.effects(X, -np.ones(60))
    with pytest.raises(ValueError, match="sample_weight of zero in every row"):
        model.effects(X, np.zeros(60))
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[60, 7\]"):
        model.effects(X, np.ones(7))
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[60, 59\]"):
        model.report(tmp_path / "page.html", X, Y[1:])
    with pytest.raises(ValueError, match="X has 3 features"):
        model.report(tmp_path / "page.html", np.ones((60, 3)), Y)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("output", ["u", 1, -2, 0.0, None, True])
@pytest.mark.parametrize("picture", [lambda model, output: plot.effects(model, X, output=output), lambda model, output: plot.coefficients(model, output=output)])
def test_outputs_of_pictures(model, picture, output):
    with pytest.raises(ValueError, match="output: found .*, expected 0 or one of 'y'"):
        picture(model, output)
    pyplot.close("all")
