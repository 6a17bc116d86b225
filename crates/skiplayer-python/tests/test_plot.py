"""Pictures say what the attributes hold."""

import matplotlib

matplotlib.use("agg")

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from skiplayer import SkipLayerClassifier, SkipLayerRegressor, plot


@pytest.fixture(autouse=True)
def no_figures_are_left():
    yield
    pyplot.close("all")


X = np.random.default_rng(0).normal(size=(80, 3))
Y = X @ [1.0, -2.0, 0.0] + 0.1 * np.random.default_rng(1).normal(size=80)


def test_a_path():
    model = SkipLayerRegressor(method="path", n_units=1, inner_folds=3).fit(X, Y)
    ax = plot.path(model)
    assert any(np.array_equal(line.get_xdata(), model.path_.alpha) for line in ax.get_lines())
    assert ax.xaxis.get_inverted() and ax.get_xscale() == "log"
    (units,) = [twin for twin in ax.figure.axes if twin is not ax]
    assert any(np.array_equal(line.get_ydata(), model.path_.n_units) for line in units.get_lines())
    with pytest.raises(ValueError, match="method='path'"):
        plot.path(SkipLayerRegressor().fit(X, Y))


def test_contenders_and_coefficients_in_given_axes(tmp_path):
    model = SkipLayerRegressor(method="linear").fit(X, Y)
    with pytest.raises(ValueError, match="call `evaluate` first"):
        plot.contenders(model)
    model.evaluate(X, Y, folds=3, repeats=1)
    figure, (left, right) = pyplot.subplots(2)
    assert plot.contenders(model, left) is left and plot.coefficients(model, right) is right
    names = [contender.name for contender in model.evaluation_.contenders]
    assert [label.get_text() for label in left.get_yticklabels()] == names and "skip-layer network" in names
    assert [label.get_text() for label in right.get_yticklabels()] == ["x1", "x2", "x3"]
    figure.savefig(tmp_path / "both.png")


@pytest.fixture(scope="module")
def bend():
    random = np.random.default_rng(2)
    X = pd.DataFrame({"a": random.normal(size=200), "b": random.normal(size=200), "c": np.array(["x", "y"])[np.arange(200) % 2]})
    y = np.sin(2 * X["a"]) + X["b"] + (X["c"] == "y") + 0.1 * random.normal(size=200)
    return SkipLayerRegressor(n_starts=4, inner_folds=3).fit(X, y), X


def test_effects_are_line_and_perturbation(bend):
    model, X = bend
    told = model.effects(X)
    a, b = (next(effect for effect in told.inputs if effect.input == name) for name in "ab")
    assert a.output is None and a.curve.accumulated.shape == a.curve.at.shape and a.curve.individual.shape[1] == len(a.curve.at)
    # The line has the slope of its coefficient, and b does nothing else.
    slopes = np.diff(b.curve.line) / np.diff(b.curve.at)
    np.testing.assert_allclose(slopes, next(term.coefficient for term in model.linear_part_ if term.input == "b"))
    assert b.nonlinear_size < 0.1 * b.linear_size and a.nonlinear_size > 0.3
    # What is accumulated is the sine, up to its mean.
    inner = np.abs(a.curve.at) < 1.5
    truth = np.sin(2 * a.curve.at[inner])
    assert np.corrcoef(a.curve.accumulated[inner], truth)[0, 1] > 0.98


def test_effects_are_drawn(bend, tmp_path):
    model, X = bend
    axes = plot.effects(model, X)
    assert {ax.get_xlabel() for ax in axes} == {"a", "b", "c"}
    told = {effect.input: effect for effect in model.effects(X).inputs}
    for ax in axes:
        curve = told[ax.get_xlabel()].curve
        drawn = curve.accumulated if curve.kind == "numeric" else curve.partial
        for heights in (drawn, curve.line):
            assert any(np.array_equal(line.get_ydata(), heights) for line in ax.get_lines())
        if curve.kind == "numeric":
            assert sum(len(line.get_ydata()) == len(curve.at) for line in ax.get_lines()) == 2 + len(curve.individual)
    axes[0].figure.savefig(tmp_path / "effects.png")
    figure, ax = pyplot.subplots()
    assert list(plot.effects(model, X, ax, inputs=["b"])) == [ax] and ax.get_xlabel() == "b"
    with pytest.raises(ValueError, match="inputs: found 'd', expected inputs that the model uses: .*b"):
        plot.effects(model, X, inputs=["d"])
    with pytest.raises(ValueError, match="ax: found 1 axes, expected 3"):
        plot.effects(model, X, ax)


def test_effects_of_classes_and_weights(bend):
    _, X = bend
    y = np.array(["l", "m", "n"])[np.digitize(X["a"] + 0.3 * np.random.default_rng(3).normal(size=200), [-0.5, 0.5])]
    weight = np.where(X["b"] > 0, 1.0, 3.0)
    model = SkipLayerClassifier(method="linear").fit(X, y, sample_weight=weight)
    told = model.effects(X)
    assert {effect.output for effect in told.inputs} == {"l", "m", "n"}
    assert plot.effects(model, X, output=2)[0].get_ylabel().startswith("effect on")
    # The weights of the fit are remembered: effects are centred by them.
    a = next(effect.curve for effect in told.inputs if effect.input == "a")
    same = next(effect.curve for effect in model.effects(X, weight).inputs if effect.input == "a")
    plain = next(effect.curve for effect in model.effects(X, np.ones(200)).inputs if effect.input == "a")
    np.testing.assert_array_equal(a.line, same.line)
    assert (a.line != plain.line).any()
    with pytest.raises(ValueError, match="weights for 200 rows, but X has 50"):
        model.effects(X.head(50))


@pytest.mark.filterwarnings("ignore::skiplayer.SkipLayerWarning")
def test_dates_are_drawn_in_the_order_of_the_calendar_and_long_names_keep_their_levels():
    day = pd.date_range("2021-01-04", periods=200, freq="5D")
    shop = "a column with a name that is longer than the picture is wide"
    X = pd.DataFrame({"day": day, shop: np.array(["north", "south", "west"])[np.arange(200) % 3]})
    y = 0.02 * np.arange(200) + day.dayofweek + (X[shop] == "west") + 0.1 * np.random.default_rng(0).normal(size=200)
    model = SkipLayerRegressor(method="linear").fit(X, y)
    week, trend = plot.effects(model, X, inputs=["day weekday", "day"])
    assert [label.get_text() for label in week.get_xticklabels()] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    heights = next(line for line in week.get_lines() if line.get_label() == "line").get_ydata()
    assert (np.diff(heights) > 0).all(), "the heights are in the order of their labels"
    assert trend.get_xlabel() == "day, days since 2021-01-04"
    labels = [label.get_text() for label in plot.coefficients(model).get_yticklabels()]
    assert any(label.endswith("…=west") for label in labels) and max(map(len, labels)) <= 32
