"""Offsets and exposures: arguments of a fit and of what predicts."""

import duckdb
import numpy as np
import onnxruntime
import pandas as pd
import pytest
import sklearn
from sklearn.linear_model import PoissonRegressor
from sklearn.metrics import d2_tweedie_score
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skiplayer import SkipLayerClassifier, SkipLayerCV, SkipLayerRegressor, load_model

RANDOM = np.random.default_rng(3)
X = pd.DataFrame(RANDOM.normal(size=(400, 2)), columns=["a", "b"])
YEARS = RANDOM.uniform(0.5, 4, size=400)
COUNTS = RANDOM.poisson(YEARS * np.exp(0.7 * X["a"]))


def line(**parameters):
    return SkipLayerRegressor(method="linear", **parameters)


def test_an_exposure_is_the_offset_of_its_logarithm():
    one = line(loss="poisson").fit(X, COUNTS, exposure=YEARS)
    other = line(loss="poisson").fit(X, COUNTS, offset=np.log(YEARS))
    # But for the last digit: NumPy and the engine take logarithms of their own.
    np.testing.assert_allclose(one.predict(X, exposure=YEARS), other.predict(X, offset=np.log(YEARS)), rtol=1e-12)
    np.testing.assert_allclose(one.predict(X, exposure=2), 2 * one.predict(X, exposure=1), rtol=1e-12)
    assert abs(one.coef_[0] - 0.7) < 0.1 and one.formulas_[0].endswith(" + log(exposure)")
    # A rate with the exposure as its weight has the same Poisson likelihood.
    rates = PoissonRegressor(alpha=0, tol=1e-10).fit(X[["a"]], COUNTS / YEARS, sample_weight=YEARS)
    alone = line(loss="poisson").fit(X[["a"]], COUNTS, exposure=YEARS)
    np.testing.assert_allclose(alone.coef_, rates.coef_, atol=5e-2)


def test_what_is_known_is_added_to_every_answer():
    model = line(loss="poisson")
    model.evaluate(X, COUNTS, exposure=YEARS, folds=4)
    mean = model.predict(X, exposure=YEARS)
    assert model.score(X, COUNTS, exposure=YEARS) == d2_tweedie_score(COUNTS, mean, power=1)
    told = model.explain(X, exposure=YEARS).outputs[0]
    assert told.input_names[-1] == "log(exposure)"
    total = told.baseline + told.input_contributions.sum(axis=1) + told.unit_contributions.sum(axis=1)
    np.testing.assert_allclose(np.exp(total), mean, rtol=1e-12)
    np.testing.assert_allclose(np.exp(model(X)), mean / YEARS, rtol=1e-12)
    ends = model.predict_interval(X, exposure=YEARS)
    assert (ends[:, 0] <= mean).all() and (mean <= ends[:, 1]).all()


def test_numbers_and_classes_have_offsets():
    known = 3 * X["b"]
    y = known + X["a"] + RANDOM.normal(size=400)
    model = line().fit(X, y, offset=known)
    np.testing.assert_allclose(model.predict(X, offset=known), model.predict(X, offset=0) + known, atol=1e-12)
    np.testing.assert_allclose(model(X), model.predict(X, offset=0))
    assert abs(model.coef_[0] - 1) < 0.2 and abs(model.coef_[1]) < 0.2
    labels = np.where(RANDOM.logistic(size=400) < known + X["a"], "yes", "no")
    classifier = SkipLayerClassifier(method="linear").fit(X, labels, offset=known)
    odds = classifier.decision_function(X, offset=known)
    np.testing.assert_allclose(odds, classifier(X) + known, atol=1e-12)
    np.testing.assert_allclose(classifier.predict_proba(X, offset=known)[:, 1], 1 / (1 + np.exp(-odds)))
    assert abs(classifier.coef_[0, 1]) < 0.5


def test_models_of_amounts_are_functions_of_the_logarithm_of_the_mean():
    amounts = 1000 * np.exp(0.5 * X["a"]) * RANDOM.gamma(2, size=400)
    model = line(loss="gamma").fit(X, amounts)
    np.testing.assert_allclose(np.exp(model(X)), model.predict(X), rtol=1e-12)


def test_a_file_knows_its_columns(tmp_path):
    model = line(loss="poisson").fit(X, COUNTS, exposure=YEARS)
    model.save(tmp_path / "m.safetensors")
    loaded = load_model(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(loaded.predict(X, exposure=YEARS), model.predict(X, exposure=YEARS))


def test_exports_take_it_off_its_column(tmp_path):
    model = line(loss="poisson").fit(X, COUNTS, exposure=YEARS)
    mean = model.predict(X, exposure=YEARS)
    model.export(tmp_path / "m.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    # Without its exposure nothing is predicted of a row.
    is_gap = np.arange(400) == 3
    table = X.assign(exposure=np.where(is_gap, np.nan, YEARS))
    expected = np.where(is_gap, np.nan, mean)
    feed = {entry.name: table[[entry.name]].to_numpy() for entry in session.get_inputs()}
    np.testing.assert_allclose(session.run(["prediction"], feed)[0][:, 0], expected, rtol=1e-12)
    model.export(tmp_path / "m.sql", table="portfolio", key=["row"])
    portfolio = table.assign(row=range(len(table)))
    connection = duckdb.connect()
    connection.register("portfolio", portfolio.replace(np.nan, None))
    rows = connection.execute((tmp_path / "m.sql").read_text()).df().sort_values("row")
    np.testing.assert_allclose(rows["prediction"].to_numpy(float), expected, rtol=1e-12)
    labels = np.where(COUNTS > 1, "some", "few")
    classifier = SkipLayerClassifier(method="linear").fit(X, labels, offset=np.log(YEARS))
    classifier.export(tmp_path / "c.sql", table="portfolio", key=["row"])
    portfolio["offset"] = np.log(portfolio["exposure"])
    connection.register("portfolio", portfolio.replace(np.nan, None))
    rows = connection.execute((tmp_path / "c.sql").read_text()).df().sort_values("row")
    expected = np.where(is_gap, np.nan, classifier.predict_proba(X, offset=np.log(YEARS))[:, 1])
    np.testing.assert_allclose(rows["p_some"].to_numpy(float), expected, rtol=1e-12)
    assert rows["prediction"].isna().sum() == 1


def test_cross_validation_hands_it_on():
    cv = SkipLayerCV(line(loss="poisson"), folds=3).fit(X, COUNTS, exposure=YEARS)
    np.testing.assert_array_equal(cv.predict(X, exposure=1), cv.estimator_.predict(X, exposure=1))


def test_metadata_is_routed():
    with sklearn.config_context(enable_metadata_routing=True):
        model = line(loss="poisson").set_fit_request(exposure=True).set_score_request(exposure=True)
        scores = cross_validate(model, X, COUNTS, params={"exposure": YEARS}, cv=3)["test_score"]
    assert (scores > 0.2).all()


def test_metadata_of_predictions_is_routed():
    cv = SkipLayerCV(line(loss="poisson"), folds=3, repeats=1)
    with sklearn.config_context(enable_metadata_routing=True):
        cv.set_fit_request(exposure=True).set_predict_request(exposure=True).set_score_request(exposure=True)
        pipeline = make_pipeline(StandardScaler(), cv).fit(X, COUNTS, exposure=YEARS)
        twice = pipeline.predict(X, exposure=2 * YEARS)
        np.testing.assert_allclose(twice, 2 * pipeline.predict(X, exposure=YEARS), rtol=1e-12)
        assert pipeline.score(X, COUNTS, exposure=YEARS) > 0.2
    with pytest.raises(ValueError, match="trials: found some"):
        pipeline[-1].predict(X, exposure=YEARS, trials=3)


@pytest.mark.parametrize(
    "given, words",
    [
        ({"exposure": np.where(np.arange(400) == 4, 0.0, YEARS)}, "0 in row 5"),
        ({"exposure": np.where(np.arange(400) == 4, np.nan, YEARS)}, "missing value in row 5"),
        ({"exposure": YEARS[:9]}, "inconsistent numbers of samples"),
        ({"offset": np.where(np.arange(400) == 4, np.inf, YEARS)}, "inf in row 5"),
        ({"offset": ["a"] * 400}, "expected numbers"),
    ],
)
def test_bad_offsets_are_named(given, words):
    with pytest.raises(ValueError, match=words):
        line(loss="poisson").fit(X, COUNTS, **given)


def test_offsets_that_are_missing_or_not_wanted():
    model = line(loss="poisson").fit(X, COUNTS, exposure=YEARS)
    with pytest.raises(ValueError, match="exposure: found None"):
        model.predict(X)
    with pytest.raises(ValueError, match="offset: found one"):
        model.predict(X, exposure=1, offset=1)
    with pytest.raises(ValueError, match="counts or amounts"):
        line().fit(X, X["a"], exposure=YEARS)
