"""Models that were fitted on different rows, as one: the mean of what they predict."""

import warnings

import numpy as np
import pandas as pd
import pytest

from skiplayer import SkipLayerClassifier, SkipLayerRegressor, SkipLayerWarning, load_model


def site(n, seed, towns):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"size": random.normal(10 * seed, 2, n), "age": random.uniform(20, 80, n)})
    frame["town"] = random.choice(towns, n)
    frame.loc[frame.index % 9 == seed, "age"] = np.nan
    y = frame["size"] - 0.1 * frame["age"].fillna(50) + 2 * (frame["town"] == "B") + random.normal(size=n)
    return frame, y.rename("y")


SITES = [site(80, 1, ["A", "B"]), site(120, 2, ["B", "C", "C"])]


def both():
    return pd.concat([frame for frame, _ in SITES], ignore_index=True)


@pytest.mark.parametrize("options", [{"method": "linear"}, {"n_starts": 3, "random_state": 2}])
def test_the_mean_of_regressions(options, tmp_path):
    first, second = (SkipLayerRegressor(**options).fit(X, y) for X, y in SITES)
    merged = first.merge([second])
    X = both()
    expected = (80 * first.predict(X) + 120 * second.predict(X)) / 200
    np.testing.assert_allclose(merged.predict(X), expected, rtol=1e-12)
    assert merged.get_params() == first.get_params() and merged.n_features_in_ == 3
    assert "mean of 2 models, weighted by their 80 and 120 rows" in merged.summary_
    merged.save(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(load_model(tmp_path / "m.safetensors").predict(X), merged.predict(X))
    told = merged.explain(X)
    total = told.outputs[0].baseline + told.outputs[0].input_contributions.sum(1)
    np.testing.assert_allclose(total + told.outputs[0].unit_contributions.sum(1), expected, rtol=1e-9)
    assert first.n_features_in_ == 3 and "mean of" not in first.summary_, "the members stay as they are"


@pytest.mark.parametrize("cut", [[15.0], [8.0, 17.0]])
def test_the_mean_of_log_odds_and_scores(cut):
    random = np.random.default_rng(3)
    models, frames = [], []
    for n in (90, 150):
        X = random.normal(size=(n, 3))
        labels = np.digitize(10 + 5 * X[:, 0] + 3 * random.normal(size=n), cut)
        models.append(SkipLayerClassifier(method="linear").fit(X, labels))
        frames.append(X)
    X = np.vstack(frames)
    merged = models[0].merge([models[1]])
    expected = (90 * models[0](X) + 150 * models[1](X)) / 240
    np.testing.assert_allclose(merged(X), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(merged.classes_, models[0].classes_)
    assert merged.predict(X).dtype == models[0].classes_.dtype
    if len(cut) == 1:
        np.testing.assert_allclose(merged.coef_, (90 * models[0].coef_ + 150 * models[1].coef_) / 240, rtol=1e-11)


def test_columns_of_frames_are_united_by_name():
    (X, y), (other, z) = SITES
    first = SkipLayerRegressor(method="linear").fit(X.drop(columns="age"), y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipLayerWarning)
        second = SkipLayerRegressor(method="linear").fit(other, z)
        merged = first.merge([second])
    assert list(merged.feature_names_in_) == ["size", "town", "age"]
    assert any("`age` is no input of self" in warning for warning in merged.warnings_)
    expected = (80 * first.predict(both().drop(columns="age")) + 120 * second.predict(both())) / 200
    np.testing.assert_allclose(merged.predict(both()), expected, rtol=1e-12)


def test_members_that_do_not_go_together():
    X = np.random.default_rng(1).normal(size=(60, 2))
    model = SkipLayerRegressor(method="linear").fit(X, X[:, 0])
    wide = SkipLayerRegressor(method="linear").fit(np.hstack([X, X]), X[:, 0])
    frame = SkipLayerRegressor(method="linear").fit(pd.DataFrame(X, columns=["a", "b"]), X[:, 0])
    counts = SkipLayerRegressor(method="linear", loss="poisson").fit(X, np.arange(60) % 4)
    classes = [SkipLayerClassifier(method="linear").fit(X, words) for words in (X[:, 0] > 0, np.where(X[:, 1] > 0, "a", "b"))]
    refusals = [
        (model, [], "one or more fitted estimators"),
        (model, model, "one or more fitted estimators"),
        (model, [wide], r"others\[0\] was fitted on an array of 4 columns, and self on one of 2"),
        (model, [frame], "on an array and on a frame"),
        (model, [model, counts], r"others\[1\]: found the task count, expected regression, as in self"),
        (model, [classes[0]], r"others\[0\] is a SkipLayerClassifier, which does not merge with a SkipLayerRegressor"),
        (classes[0], [classes[1]], r"others\[0\] was fitted on the classes \['a', 'b'\], and self on \[False, True\]"),
    ]
    for one, others, message in refusals:
        with pytest.raises(ValueError, match=message):
            one.merge(others)


def test_intervals_are_left_out_with_a_warning():
    X = np.random.default_rng(1).normal(size=(80, 2))
    y = X[:, 0] + np.random.default_rng(2).normal(size=80)
    model = SkipLayerRegressor(method="linear")
    model.evaluate(X, y, folds=3, repeats=1)
    with pytest.warns(SkipLayerWarning, match="left out, and with it prediction intervals"):
        merged = model.merge([SkipLayerRegressor(method="linear").fit(X, y)])
    with pytest.raises(ValueError, match="without evaluation"):
        merged.predict_interval(X)
