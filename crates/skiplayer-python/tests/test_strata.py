"""Strata of durations: an argument of a fit and of what needs a baseline, and the same model as the command line's."""

import os
import pickle
import subprocess

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn
from sklearn.model_selection import cross_validate

from skiplayer import SkipLayerCV, SkipLayerRegressor, SkipLayerSurvival, load_model

RANDOM = np.random.default_rng(7)
N = 240
FRAME = pd.DataFrame(RANDOM.normal(size=(N, 2)), columns=["a", "b"])
FRAME["centre"] = RANDOM.choice(["north", "south", "west"], size=N)
# Centres differ far more in their baselines than rows do in their inputs.
_END = RANDOM.exponential(np.exp(-0.7 * FRAME.a)) * FRAME.centre.map({"north": 1.0, "south": 6.0, "west": 0.2})
_CENSORED = RANDOM.exponential(4.0, size=N)
FRAME["months"] = np.round(np.minimum(_END, _CENSORED), 2) + 0.01
FRAME["died"] = _END <= _CENSORED
X, Y, CENTRE = FRAME[["a", "b"]], FRAME[["months", "died"]], FRAME["centre"]
TIMES = [0.1, 0.5]


def line(**parameters):
    return SkipLayerSurvival(n_units=0, **parameters)


def same(one, other, **strata):
    np.testing.assert_array_equal(one.coef_, other.coef_)
    ours = one.predict_survival_function(X, TIMES, strata=CENTRE)
    np.testing.assert_array_equal(other.predict_survival_function(X, TIMES, **strata), ours)


def test_every_form_of_strata_is_the_same_fit():
    model = line().fit(X, Y, strata=CENTRE)
    same(model, line().fit(X, Y, strata=CENTRE.to_numpy()), strata=CENTRE)
    same(model, line().fit(X, Y, strata=CENTRE.astype("category")), strata=CENTRE.astype("category"))
    same(model, line().fit(X, Y, strata=pl.Series(CENTRE.tolist())), strata=CENTRE.tolist())
    numbers = CENTRE.map({"north": 1, "south": 2, "west": 3})
    same(model, line().fit(X, Y, strata=numbers), strata=numbers.to_numpy(float))


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_column_of_the_frame_is_no_input(library):
    frame = library(FRAME[["a", "centre", "b"]].to_dict("list"))
    by_name = line().fit(frame, Y, strata="centre")
    assert by_name.n_features_in_ == 2 and list(by_name.feature_names_in_) == ["a", "b"]
    by_values = line().fit(X, Y, strata=CENTRE)
    np.testing.assert_array_equal(by_name.coef_, by_values.coef_)
    curves = by_values.predict_survival_function(X, TIMES, strata=CENTRE)
    np.testing.assert_array_equal(by_name.predict_survival_function(frame, TIMES), curves)
    np.testing.assert_array_equal(by_name.predict_survival_function(frame, TIMES, strata="centre"), curves)
    np.testing.assert_array_equal(by_values.predict_survival_function(frame, TIMES, strata="centre"), curves)
    np.testing.assert_array_equal(by_name.predict_survival_function(X, TIMES, strata=CENTRE), curves)
    np.testing.assert_array_equal(by_name.predict_median(frame), by_values.predict_median(X, strata=CENTRE))
    assert by_name.score(frame, Y) == by_values.score(X, Y, strata=CENTRE) == by_values.score(frame, Y, strata="centre")
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(by_name)).predict_median(frame), by_name.predict_median(frame))
    # What has no use for strata takes X with them or without.
    for rows in (frame, X):
        np.testing.assert_array_equal(by_name.predict(rows), by_values.predict(X))
        np.testing.assert_allclose(by_name(rows), by_name.predict(X), rtol=1e-12)
        assert by_name.explain(rows).outputs[0].input_names == ["a"]
        assert by_name.effects(rows).inputs[0].input == "a"


def test_the_command_line_has_the_same_strata(tmp_path):
    model = line().fit(FRAME[["a", "b", "centre"]], Y, strata="centre")
    model.save(tmp_path / "model.safetensors")
    again = load_model(tmp_path / "model.safetensors")
    same(model, again, strata=CENTRE)
    curves = model.predict_survival_function(FRAME[["a", "b", "centre"]], TIMES)
    np.testing.assert_array_equal(again.predict_survival_function(FRAME, TIMES), curves)
    model.report(tmp_path / "model.html", FRAME[["a", "b", "centre"]], Y)
    assert "within the strata of" in (tmp_path / "model.html").read_text()
    command = os.environ.get("SKIPLAYER_COMMAND")
    if command is None:
        pytest.skip("SKIPLAYER_COMMAND is not set")
    FRAME.to_csv(tmp_path / "table.csv", index=False)
    words = "fit table.csv --target months --event died --strata centre --units 0 --no-evaluate -q -o other.safetensors"
    subprocess.run([command, *words.split()], cwd=tmp_path, check=True)
    other = load_model(tmp_path / "other.safetensors")
    same(model, other, strata=CENTRE)
    np.testing.assert_array_equal(other.predict_median(FRAME), model.predict_median(X, strata=CENTRE))
    for file in ("model", "other"):
        words = f"predict {file}.safetensors table.csv --times 0.1,0.5 -o {file}.csv"
        subprocess.run([command, *words.split()], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "model.csv").read_text() == (tmp_path / "other.csv").read_text()
    told = pl.read_csv(tmp_path / "other.csv").to_pandas()
    np.testing.assert_array_equal(told[["survival_0.1", "survival_0.5"]].to_numpy(), curves)


def test_strata_keep_centres_apart():
    apart, together = line().fit(X, Y, strata=CENTRE), line().fit(X, Y)
    assert abs(apart.coef_[0] - 0.7) < 0.2 < together.coef_[0]
    curves = apart.predict_survival_function(X.iloc[[0, 0, 0]], [0.3], strata=["west", "north", "south"])[:, 0]
    assert (np.diff(curves) > 0.1).all()
    # Pairs within strata only: risks of others are not compared.
    shifted = apart.predict(X) + CENTRE.map({"north": 0.0, "south": 100.0, "west": -100.0})
    pairs = ordered = 0.0
    time, event = FRAME.months.to_numpy(), FRAME.died.to_numpy()
    for i in np.flatnonzero(event):
        after = (CENTRE == CENTRE[i]) & ((time > time[i]) | ((time == time[i]) & ~event))
        pairs += after.sum()
        ordered += (shifted[after] < shifted[i]).sum() + 0.5 * (shifted[after] == shifted[i]).sum()
    assert apart.score(X, Y, strata=CENTRE) == pytest.approx(ordered / pairs)


def test_evaluations_and_cross_validation_hand_them_on():
    inner = line()
    found = inner.evaluate(X, Y, folds=3, repeats=1, strata=CENTRE)
    assert inner.evaluate(FRAME[["a", "b", "centre"]], Y, folds=3, repeats=1, strata="centre") == found
    scores = {score.metric: score.mean for score in found.contenders[-1].scores}
    assert 0.55 < scores["C"] < 0.8
    cv = SkipLayerCV(line(), folds=3, repeats=1).fit(X, Y, strata=CENTRE)
    assert cv.evaluation_ == found
    ours = cv.estimator_.predict_survival_function(X, TIMES, strata=CENTRE)
    np.testing.assert_array_equal(cv.predict_survival_function(X, TIMES, strata=CENTRE), ours)
    np.testing.assert_array_equal(cv.predict_median(X, strata=CENTRE), cv.estimator_.predict_median(X, strata=CENTRE))
    assert cv.score(X, Y, strata=CENTRE) == cv.estimator_.score(X, Y, strata=CENTRE)
    with pytest.raises(ValueError, match="strata: found some, expected none: `evaluate` of SkipLayerRegressor takes none"):
        SkipLayerCV(SkipLayerRegressor()).fit(X, FRAME.months, strata=CENTRE)


@pytest.mark.parametrize("strata", [CENTRE, "centre"], ids=["values", "a name"])
@pytest.mark.parametrize("wrap", [lambda model: model, lambda model: SkipLayerCV(model, folds=2, repeats=1)], ids=["alone", "CV"])
def test_metadata_is_routed(wrap, strata):
    rows = FRAME[["a", "b", "centre"]] if isinstance(strata, str) else X
    with sklearn.config_context(enable_metadata_routing=True):
        model = wrap(line()).set_fit_request(strata=True).set_score_request(strata=True)
        scores = cross_validate(model, rows, Y, params={"strata": strata}, cv=3)["test_score"]
    assert (scores > 0.55).all()


@pytest.mark.parametrize(
    "strata, words",
    [
        (CENTRE[:9], "inconsistent numbers of samples"),
        (CENTRE.where(np.arange(N) != 4), "strata: found a missing value in row 5"),
        (np.where(np.arange(N) == 4, np.nan, 1.0), "strata: found a missing value in row 5"),
        (np.ones((N, 2)), r"strata: found an array of shape \(240, 2\)"),
        ("city", "strata: found no column 'city' in X"),
    ],
)
def test_bad_strata_are_named(strata, words):
    with pytest.raises(ValueError, match=words):
        line().fit(X, Y, strata=strata)


def test_gaps_in_a_column_of_strata_are_named():
    frame = FRAME[["a", "b", "centre"]].copy()
    frame.loc[4, "centre"] = None
    with pytest.raises(ValueError, match="strata: found a missing value in row 5 of 'centre'"):
        line().fit(frame, Y, strata="centre")
    with pytest.raises(ValueError, match="found no column 'centre' in X"):
        line().fit(X.to_numpy(), Y, strata="centre")


def test_strata_that_are_missing_unknown_or_not_wanted():
    model = line().fit(X, Y, strata=CENTRE)
    for method, more in ((model.predict_survival_function, [TIMES]), (model.predict_median, []), (model.score, [Y])):
        with pytest.raises(ValueError, match="strata: found None, expected one value a row"):
            method(X, *more)
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            method(X, *more, strata=CENTRE[1:])
    with pytest.raises(ValueError, match="`east` in row 2, expected one of those of training: `north`, `south`, `west`"):
        model.predict_survival_function(X[:3], TIMES, strata=["north", "east", "west"])
    # Who comes first among rows of a new stratum does not depend on its baseline.
    assert model.score(X, Y, strata=np.full(N, "east")) > 0.5
    with pytest.raises(ValueError, match="strata: found one, expected None"):
        line().fit(X, Y).predict_median(X, strata=CENTRE)
    with pytest.raises(TypeError, match="strata"):
        SkipLayerRegressor().fit(X, FRAME.months, strata=CENTRE)
