"""Classes in order: proportional odds."""

import duckdb
import numpy as np
import onnxruntime
import pandas as pd
import pytest

from skiplayer import SkipLayerClassifier, load_model

RANDOM = np.random.default_rng(7)
X = pd.DataFrame(RANDOM.normal(size=(400, 2)), columns=["a", "b"])
LATENT = 1.3 * X["a"].to_numpy() + RANDOM.logistic(size=400)
CODES = np.digitize(LATENT, [-1.5, 0.2, 1.4])
WORDS = ["poor", "fair", "good", "best"]
GRADES = np.array(WORDS)[CODES]


def line(**parameters):
    return SkipLayerClassifier(method="linear", loss="ordinal", **parameters)


def test_probabilities_follow_from_score_and_thresholds():
    model = line(classes=WORDS).fit(X, GRADES)
    assert model.classes_.tolist() == sorted(WORDS) and len(model.thresholds_) == 3
    score = model.latent_score(X)
    assert score.shape == (400,) and abs(score.mean()) < 1e-9
    below = 1 / (1 + np.exp(score[:, None] - model.thresholds_))
    expected = np.diff(np.column_stack([np.zeros(400), below, np.ones(400)]), axis=1)
    found = model.predict_proba(X)
    np.testing.assert_allclose(found[:, [sorted(WORDS).index(word) for word in WORDS]], expected, atol=1e-12)
    np.testing.assert_array_equal(model.predict(X), np.array(sorted(WORDS))[found.argmax(axis=1)])
    np.testing.assert_allclose(model.decision_function(X), np.log(found))
    assert 1.0 < model.coef_[0, 0] < 1.6


def test_orders_that_are_the_same():
    by_numbers = line().fit(X, CODES)
    by_words = line(classes=WORDS).fit(X, GRADES)
    by_categories = line().fit(X, pd.Series(pd.Categorical(GRADES, categories=WORDS, ordered=True)))
    for other in (by_words, by_categories):
        np.testing.assert_array_equal(other.coef_, by_numbers.coef_)
        np.testing.assert_array_equal(other.thresholds_, by_numbers.thresholds_)
    # The other way round scores change their sign.
    free = {"loss": "ordinal", "method": "evidence", "n_units": 0, "unpenalized": ["a", "b"]}
    forth, back = (SkipLayerClassifier(classes=order, **free).fit(X, GRADES) for order in (WORDS, WORDS[::-1]))
    np.testing.assert_allclose(back.coef_, -forth.coef_, rtol=1e-6)
    np.testing.assert_allclose(back.thresholds_[::-1], -forth.thresholds_, rtol=1e-6)


def test_it_is_evaluated_and_kept_in_a_file(tmp_path):
    model = line(classes=WORDS)
    model.evaluate(X, GRADES, folds=4)
    assert {score.metric for score in model.evaluation_.contenders[0].scores} == {"log loss", "accuracy", "Brier", "RPS", "MAE"}
    assert model.evaluation_.curvature.p_value is not None
    assert model.predict_set(X, 0.9).any(axis=1).mean() > 0.9
    model.save(tmp_path / "m.safetensors")
    loaded = load_model(tmp_path / "m.safetensors")
    assert loaded.loss == "ordinal" and loaded.classes == WORDS
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    model.report(tmp_path / "m.html", X, GRADES)
    assert "Classification in order" in (tmp_path / "m.html").read_text()


def test_exports_have_the_probabilities(tmp_path):
    model = line(classes=WORDS).fit(X, GRADES)
    expected = model.predict_proba(X)[:, [sorted(WORDS).index(word) for word in WORDS]]
    model.export(tmp_path / "m.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    feed = {entry.name: X[[entry.name]].to_numpy() for entry in session.get_inputs()}
    label, probability = session.run(["label", "probability"], feed)
    np.testing.assert_allclose(probability, expected, atol=1e-12)
    np.testing.assert_array_equal(label, model.predict(X))
    model.export(tmp_path / "m.sql", table="rows", key=["row"])
    connection = duckdb.connect()
    connection.register("rows", X.assign(row=range(len(X))))
    rows = connection.execute((tmp_path / "m.sql").read_text()).df().sort_values("row")
    np.testing.assert_allclose(rows[[f"p_{word}" for word in WORDS]].to_numpy(float), expected, atol=1e-12)


def test_two_classes_in_order_have_the_log_odds_of_the_second():
    model = line(classes=["poor", "best"]).fit(X, np.where(CODES > 1, "best", "poor"))
    odds = model.decision_function(X)
    assert model.classes_.tolist() == ["best", "poor"] and odds.shape == (400,)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], 1 / (1 + np.exp(-odds)))
    np.testing.assert_array_equal(model.predict(X), model.classes_[(odds > 0).astype(int)])


def test_orders_that_are_missing_or_wrong():
    with pytest.raises(ValueError, match="no row of the class `superb`"):
        line(classes=[*WORDS, "superb"]).fit(X, GRADES)
    with pytest.raises(ValueError, match='expected "ordinal"'):
        SkipLayerClassifier(method="linear").fit(X, GRADES).latent_score(X)
    with pytest.raises(ValueError, match="without an order"):
        line().fit(X, GRADES)
    with pytest.raises(ValueError, match="the class `poor`"):
        line(classes=WORDS[1:]).fit(X, GRADES)
    with pytest.raises(ValueError, match="only loss=\"ordinal\""):
        SkipLayerClassifier(classes=WORDS).fit(X, GRADES)
