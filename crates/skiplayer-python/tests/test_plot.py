"""Pictures say what the attributes hold."""

import matplotlib

matplotlib.use("agg")

import numpy as np
import pytest
from matplotlib import pyplot

from skiplayer import SkipLayerRegressor, plot

X = np.random.default_rng(0).normal(size=(80, 3))
Y = X @ [1.0, -2.0, 0.0] + 0.1 * np.random.default_rng(1).normal(size=80)


def test_a_path():
    model = SkipLayerRegressor(method="path", n_units=1, cv=3).fit(X, Y)
    ax = plot.path(model)
    assert any(np.array_equal(line.get_xdata(), model.path_.alpha) for line in ax.get_lines())
    assert ax.xaxis.get_inverted() and ax.get_xscale() == "log"
    with pytest.raises(ValueError, match="method='path'"):
        plot.path(SkipLayerRegressor().fit(X, Y))


def test_contenders_and_coefficients_in_given_axes(tmp_path):
    model = SkipLayerRegressor(method="linear").fit(X, Y)
    with pytest.raises(ValueError, match="call `evaluate` first"):
        plot.contenders(model)
    model.evaluate(X, Y, n_folds=3, n_repeats=1)
    figure, (left, right) = pyplot.subplots(2)
    assert plot.contenders(model, left) is left and plot.coefficients(model, right) is right
    names = [contender.name for contender in model.evaluation_.contenders]
    assert [label.get_text() for label in left.get_yticklabels()] == names and "skip-layer network" in names
    assert [label.get_text() for label in right.get_yticklabels()] == ["x1", "x2", "x3"]
    figure.savefig(tmp_path / "both.png")
