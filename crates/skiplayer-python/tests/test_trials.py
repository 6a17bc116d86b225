"""Successes out of trials: an argument of a fit, probabilities and expected counts."""

import duckdb
import numpy as np
import onnxruntime
import pandas as pd
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate

from skiplayer import SkipLayerClassifier, SkipLayerCV, SkipLayerRegressor, load_model

RANDOM = np.random.default_rng(5)
X = pd.DataFrame(RANDOM.normal(size=(300, 2)), columns=["a", "b"])
TRIALS = RANDOM.integers(1, 20, size=300)
P = 1 / (1 + np.exp(0.4 - 0.9 * X["a"].to_numpy()))
SUCCESSES = RANDOM.binomial(TRIALS, P)


def line(**parameters):
    return SkipLayerRegressor(method="linear", loss="binomial", **parameters)


def test_the_line_is_that_of_the_trials_one_by_one():
    model = SkipLayerRegressor(loss="binomial", method="evidence", n_units=0, unpenalized=["a", "b"])
    model.fit(X, SUCCESSES, trials=TRIALS)
    rows = np.repeat(np.arange(300), 2)
    weight = np.column_stack([TRIALS - SUCCESSES, SUCCESSES]).ravel()
    single = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(X.iloc[rows], np.tile([0, 1], 300), sample_weight=weight)
    np.testing.assert_allclose(model.coef_, single.coef_[0], rtol=1e-4)
    np.testing.assert_allclose(model.intercept_, single.intercept_[0], rtol=1e-4)
    assert model.formulas_[0].startswith("logit(y / trials) = ")


def test_probabilities_counts_and_scores():
    model = line()
    model.evaluate(X, SUCCESSES, trials=TRIALS, folds=4)
    p = model.predict(X)
    np.testing.assert_allclose(1 / (1 + np.exp(-model(X))), p, rtol=1e-12)
    np.testing.assert_array_equal(model.predict(X, trials=TRIALS), p * TRIALS)
    np.testing.assert_array_equal(model.predict(X, trials=10), p * 10)
    ends = model.predict_interval(X)
    assert (ends[:, 0] >= 0).all() and (ends[:, 1] <= 1).all() and (ends[:, 0] <= p).all() and (p <= ends[:, 1]).all()
    assert {score.metric for score in model.evaluation_.contenders[0].scores} == {"deviance", "log loss", "MAE"}

    def deviance(p):
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = [np.where(k > 0, k * np.log(k / e), 0) for k, e in [(SUCCESSES, TRIALS * p), (TRIALS - SUCCESSES, TRIALS * (1 - p))]]
        return 2 * np.sum(parts)

    expected = 1 - deviance(p) / deviance(SUCCESSES.sum() / TRIALS.sum())
    assert model.score(X, SUCCESSES, trials=TRIALS) == pytest.approx(expected, rel=1e-12) and expected > 0.4
    # A count out of one trial is a class.
    classes = (RANDOM.uniform(size=300) < P).astype(int)
    one = line().fit(X, classes, trials=1)
    other = SkipLayerClassifier(method="linear").fit(X, classes)
    np.testing.assert_allclose(one.predict(X), other.predict_proba(X)[:, 1], atol=0.05)


def test_a_file_knows_what_it_is_of(tmp_path):
    model = line().fit(X, SUCCESSES, trials=TRIALS)
    model.save(tmp_path / "m.safetensors")
    loaded = load_model(tmp_path / "m.safetensors")
    assert loaded.loss == "binomial"
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert loaded.score(X, SUCCESSES, trials=TRIALS) == model.score(X, SUCCESSES, trials=TRIALS)
    model.report(tmp_path / "m.html", X, SUCCESSES)
    assert "Regression of successes" in (tmp_path / "m.html").read_text()
    assert model.effects(X).inputs[0].unit == "log odds of y"


def test_exports_predict_probabilities(tmp_path):
    model = line().fit(X, SUCCESSES, trials=TRIALS)
    p = model.predict(X)
    model.export(tmp_path / "m.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    feed = {entry.name: X[[entry.name]].to_numpy() for entry in session.get_inputs()}
    np.testing.assert_allclose(session.run(["prediction"], feed)[0][:, 0], p, rtol=1e-12)
    model.export(tmp_path / "m.sql", table="plots", key=["row"])
    connection = duckdb.connect()
    connection.register("plots", X.assign(row=range(len(X))))
    rows = connection.execute((tmp_path / "m.sql").read_text()).df().sort_values("row")
    np.testing.assert_allclose(rows["prediction"].to_numpy(float), p, rtol=1e-12)


def test_trials_go_through_cross_validation():
    cv = SkipLayerCV(line(), folds=3).fit(X, SUCCESSES, trials=TRIALS)
    np.testing.assert_array_equal(cv.predict(X, trials=TRIALS), cv.estimator_.predict(X) * TRIALS)
    with sklearn.config_context(enable_metadata_routing=True):
        model = line().set_fit_request(trials=True).set_score_request(trials=True)
        scores = cross_validate(model, X, SUCCESSES, params={"trials": TRIALS}, cv=3)["test_score"]
    assert (scores > 0.3).all()


@pytest.mark.parametrize(
    "y, trials, words",
    [
        (SUCCESSES, np.where(np.arange(300) == 4, 0, TRIALS), "0 in row 5"),
        (SUCCESSES, np.where(np.arange(300) == 4, np.nan, TRIALS), "missing value in row 5"),
        (SUCCESSES, TRIALS[:9], "inconsistent numbers of samples"),
        (np.where(np.arange(300) == 4, 50, SUCCESSES), TRIALS, "50 of .* in row 5"),
        (np.where(np.arange(300) == 4, 0.5, SUCCESSES), TRIALS, "0.5 in row 5"),
        (SUCCESSES, None, "no column of trials"),
    ],
)
def test_bad_counts_are_named(y, trials, words):
    with pytest.raises(ValueError, match=words):
        line().fit(X, y, trials=trials)


def test_trials_that_are_missing_or_not_wanted():
    model = line().fit(X, SUCCESSES, trials=TRIALS)
    with pytest.raises(ValueError, match="trials: found None"):
        model.score(X, SUCCESSES)
    numbers = SkipLayerRegressor(method="linear")
    with pytest.raises(ValueError, match="beside a target of the task regression"):
        numbers.fit(X, SUCCESSES, trials=TRIALS)
    with pytest.raises(ValueError, match="trials: found some"):
        numbers.fit(X, SUCCESSES).predict(X, trials=TRIALS)
