"""Fits, predictions and what is told about them."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from skiplayer import SkipLayerClassifier, SkipLayerRegressor


@pytest.fixture(scope="module")
def line():
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 3))
    return X, 1 + X @ [2.0, -1.0, 0.5] + 0.1 * random.normal(size=200)


@pytest.fixture(scope="module")
def bend():
    random = np.random.default_rng(1)
    X = random.normal(size=(300, 2))
    return X, X[:, 0] + np.sin(3 * X[:, 1]) + 0.1 * random.normal(size=300)


def test_a_line_is_a_line(line):
    X, y = line
    model = SkipLayerRegressor().fit(X, y)
    plain = LinearRegression().fit(X, y)
    np.testing.assert_allclose(model.coef_, plain.coef_, atol=0.01)
    assert model.units_ == [] and model.nonlinear_share_ == pytest.approx(0)
    np.testing.assert_allclose(model.predict(X), model.intercept_ + X @ model.coef_, atol=1e-10)
    assert (model.coef_standard_error_ > 0).all() and model.explained_variance_share_.rows == "in sample"


def test_a_bend_has_units(bend):
    X, y = bend
    model = SkipLayerRegressor().fit(X, y)
    assert model.units_ and model.score(X, y) > LinearRegression().fit(X, y).score(X, y) + 0.2
    explained = model.explain(X[:7]).outputs[0]
    parts = explained.input_contributions.sum(1) + explained.unit_contributions.sum(1)
    np.testing.assert_allclose(explained.baseline + parts, model.predict(X[:7]), atol=1e-9)


def test_long_tables_go_by_stochastic_steps():
    random = np.random.default_rng(3)
    X = random.normal(size=(1500, 1))
    y = np.sin(3 * X[:, 0]) + 0.1 * random.normal(size=1500)
    exact, stochastic = (SkipLayerRegressor(n_units=8, n_starts=1, method="evidence", stochastic_above=n) for n in (2000, 1000))
    assert exact.fit(X, y).evidence_ is not None and stochastic.fit(X, y).evidence_ is None
    assert stochastic.score(X, y) > 0.8


def test_several_targets(line):
    X, y = line
    model = SkipLayerRegressor(method="linear").fit(X, np.column_stack([y, -3 * y]))
    assert model.coef_.shape == (2, 3) and model.predict(X).shape == (200, 2)
    np.testing.assert_allclose(model.coef_[1], -3 * model.coef_[0], rtol=1e-6)


def test_counts():
    random = np.random.default_rng(2)
    X = random.normal(size=(300, 1))
    y = random.poisson(np.exp(0.5 + 0.7 * X[:, 0]))
    model = SkipLayerRegressor(loss="poisson", method="linear").fit(X, y)
    assert model.coef_[0] == pytest.approx(0.7, abs=0.1)
    np.testing.assert_allclose(np.log(model.predict(X)), model.intercept_ + X @ model.coef_, atol=1e-9)


@pytest.mark.parametrize("loss", ["negative_binomial", "gamma", "tweedie", "huber"])
def test_other_losses(loss):
    random = np.random.default_rng(4)
    X = random.normal(size=(400, 2))
    eta = 0.5 + X @ [0.6, -0.3]
    effect = random.gamma(2, 0.5, size=400)
    y = {
        "negative_binomial": lambda: random.poisson(3 * np.exp(eta) * effect),
        "gamma": lambda: np.exp(eta) * effect,
        "tweedie": lambda: np.array([random.exponential(size=k).sum() for k in random.poisson(np.exp(eta))]),
        "huber": lambda: eta + 0.1 * random.standard_t(2, size=400),
    }[loss]()
    model = SkipLayerRegressor(loss=loss, method="linear").fit(X, y)
    np.testing.assert_allclose(model.coef_, [0.6, -0.3], atol=0.12)
    linear = model.intercept_ + X @ model.coef_
    np.testing.assert_allclose(model.predict(X), linear if loss == "huber" else np.exp(linear), rtol=1e-9)
    assert model.explained_variance_share_.linear > 0.15


def test_the_power_is_that_of_tweedie():
    X = np.random.default_rng(5).normal(size=(120, 1))
    y = np.maximum(np.exp(X[:, 0]) - 0.5, 0)
    low, high = (SkipLayerRegressor(loss="tweedie", power=power, method="linear").fit(X, y) for power in (1.1, 1.9))
    assert low.coef_[0] != high.coef_[0]
    with pytest.raises(ValueError, match="power"):
        SkipLayerRegressor(loss="gamma", power=1.5).fit(X, y + 1)
    with pytest.raises(ValueError, match="power"):
        SkipLayerRegressor(loss="tweedie", power=2.0).fit(X, y)
    with pytest.raises(ValueError, match="tweedie"):
        SkipLayerRegressor(loss="gamma").fit(X, y)


@pytest.mark.parametrize("labels", [["no", "yes"], [False, True], [-1, 4], [2.0, 10.0]])
def test_two_classes(line, labels):
    X, y = line
    y = np.array(labels)[(y > 1).astype(int)]
    flipped = np.random.default_rng(3).random(200) < 0.1
    y = np.where(flipped, np.where(y == labels[0], labels[1], labels[0]), y)
    model = SkipLayerClassifier(method="linear").fit(X, y)
    assert list(model.classes_) == sorted(labels)
    assert set(model.predict(X)) <= set(labels)
    log_odds = model.decision_function(X)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], 1 / (1 + np.exp(-log_odds)), atol=1e-12)
    np.testing.assert_array_equal(model.predict(X), model.classes_[(log_odds > 0).astype(int)])
    assert model.score(X, y) >= LogisticRegression().fit(X, y).score(X, y) - 0.02


def test_several_classes():
    random = np.random.default_rng(4)
    X = random.normal(size=(300, 2))
    y = np.array(["c", "a", "b"])[np.argmax(X @ random.normal(size=(2, 3)) + random.gumbel(size=(300, 3)), axis=1)]
    model = SkipLayerClassifier(method="linear").fit(X, y)
    assert list(model.classes_) == ["a", "b", "c"]
    np.testing.assert_allclose(model.predict_proba(X).sum(1), 1)
    np.testing.assert_array_equal(model.predict(X), model.classes_[model.decision_function(X).argmax(1)])


def test_a_path_is_told(line):
    path = SkipLayerRegressor(method="path", n_units=2).fit(*line).path_
    assert len(path.alpha) > 10 and (np.diff(path.alpha) < 0).all() and path.cv_loss.shape == path.alpha.shape
    assert SkipLayerRegressor().fit(*line).path_ is None


def test_evaluation_ends_in_a_verdict(line):
    X, y = line
    model = SkipLayerRegressor()
    evaluation = model.evaluate(X, y, folds=4, repeats=1)
    assert model.verdict_ == evaluation.verdict.code == "linear" and model.explained_variance_share_.rows == "out of fold"
    bounds = model.predict_interval(X, 0.9)
    assert np.mean((bounds[:, 0] <= y) & (y <= bounds[:, 1])) > 0.85
    assert model.fit(X, y).verdict_ is None and model.evaluation_ is None


def test_sets_of_classes(line):
    X, y = line
    labels = np.where(y + np.random.default_rng(5).normal(size=200) > 1, "up", "down")
    model = SkipLayerClassifier(method="linear")
    model.evaluate(X, labels, folds=4, repeats=1)
    sets = model.predict_set(X, 0.9)
    assert np.mean(sets[np.arange(200), (labels == "up").astype(int)]) > 0.85
    assert (model.predict_set(X, 0.5).sum(1) <= sets.sum(1)).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_calibrated_probabilities(classes):
    random = np.random.default_rng(6)
    X = random.normal(size=(150, 6))
    labels = np.digitize(X[:, 0] + random.normal(size=150), [0.0, 0.8][: classes - 1])
    model = SkipLayerClassifier(method="linear")
    with pytest.raises(ValueError, match="fitted without evaluation"):
        model.fit(X, labels).predict_proba(X, calibrated=True)
    model.evaluate(X, labels, folds=4, repeats=1)
    plain, calibrated = model.predict_proba(X), model.predict_proba(X, calibrated=True)
    np.testing.assert_allclose(calibrated.sum(1), 1)
    np.testing.assert_array_equal(calibrated.argmax(1), plain.argmax(1))
    # All log odds are multiplied by one number.
    ratios = np.log(calibrated[:, 0] / calibrated[:, 1]) / np.log(plain[:, 0] / plain[:, 1])
    np.testing.assert_allclose(ratios, ratios[0])
    assert not np.allclose(calibrated, plain)


def test_weights_and_groups_reach_the_engine(line):
    X, y = line
    weight = np.where(np.arange(200) < 100, 0.0, 2.0)
    weighted = SkipLayerRegressor(method="linear").fit(X, y, sample_weight=weight)
    half = SkipLayerRegressor(method="linear").fit(X[100:], y[100:])
    np.testing.assert_allclose(weighted.coef_, half.coef_, rtol=1e-9)
    grouped = SkipLayerRegressor(method="linear").fit(X, y, groups=np.arange(200) // 20)
    assert grouped.record_["explanation"]["standard_errors"] == "CR3"


@pytest.mark.parametrize("kind", ["numbers", "datetime64", "dates"])
def test_times_are_evaluated_forward(line, kind):
    X, y = line
    days = np.datetime64("2024-01-01") + np.arange(200)
    times = {"numbers": np.arange(200), "datetime64": days, "dates": days.tolist()}[kind]
    evaluation = SkipLayerRegressor(method="linear").evaluate(X, y, times=times, folds=4)
    assert evaluation.design.split == "forward_in_time"


def test_threads_do_not_change_a_bit(bend):
    one, two = (SkipLayerRegressor(n_jobs=n).fit(*bend).predict(bend[0]) for n in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_the_report_is_a_page(line, tmp_path):
    X, y = line
    model = SkipLayerRegressor().fit(X, y)
    model.report(tmp_path / "bare.html")
    model.report(tmp_path / "full.html", X, y)
    bare, full = ((tmp_path / name).read_text() for name in ("bare.html", "full.html"))
    assert bare.startswith("<!DOCTYPE html>") and len(full) > len(bare) and "SkipLayerRegressor()" in full


def test_the_report_of_a_weighted_fit_weighs_its_effects(bend, tmp_path):
    X, y = bend
    weight = np.where(X[:, 0] > 0, 9.0, 1.0)
    model = SkipLayerRegressor(random_state=1).fit(X, y, sample_weight=weight)

    def effects(name, *data, **given):
        model.report(tmp_path / f"{name}.html", *data, **given)
        return _effects((tmp_path / f"{name}.html").read_text())

    weighted = effects("weighted", X, y, sample_weight=weight)
    assert "What each input does" in weighted
    assert effects("remembered", X, y) == weighted
    assert effects("plain", X, y, sample_weight=np.ones(len(y))) != weighted
    assert effects("constant", X, y, sample_weight=np.full(len(y), 2.0)) == effects("plain", X, y, sample_weight=np.ones(len(y)))
    with pytest.raises(ValueError, match="weights for 300 rows, but X has 100: give the weights"):
        model.report(tmp_path / "part.html", X[:100], y[:100])
    with pytest.raises(ValueError, match="give X and y too"):
        model.report(tmp_path / "bare.html", sample_weight=weight)
    model.fit(X, y)
    assert effects("refitted", X, y) != weighted


def _effects(page):
    return page.split('<section id="effects"')[1].split("</section>")[0]
