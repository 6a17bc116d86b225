"""A fit that fails leaves the estimator as it was."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skiplayer import SkipLayerClassifier, SkipLayerCV, SkipLayerRegressor

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(120, 3))
Y = X @ [1.0, 2.0, 0.0] + 0.3 * RANDOM.normal(size=120)
YES = np.where(Y > 0.5, "yes", "no")
AWAY = np.where(X[:, 0] > 0, "away", "home")
LINE = {"method": "linear", "inner_folds": 3}


def interrupt(progress):
    raise KeyboardInterrupt


def state(estimator):
    """The fitted attributes, by identity."""
    return {name: id(value) for name, value in vars(estimator).items() if name.endswith("_")}


REFUSED = {
    "one class": (X, np.zeros(120)),
    "a missing target": (X, np.where(np.arange(120) == 5, np.nan, Y)),
    "fewer columns and a missing target": (X[:, :2], np.where(np.arange(120) == 5, np.nan, Y)),
    "rows missing": (X[:50], Y),
    "an infinite cell": (np.where(X == X[3, 1], np.inf, X), Y),
    "no column that varies": (np.ones((120, 2)), Y),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("kind", [SkipLayerRegressor, SkipLayerClassifier])
def test_refused_input_changes_nothing(kind, what):
    estimator = kind(**LINE).fit(X, Y if kind is SkipLayerRegressor else YES)
    before, predicted = state(estimator), estimator.predict(X)
    with pytest.raises(ValueError):
        estimator.fit(*REFUSED[what])
    assert state(estimator) == before
    np.testing.assert_array_equal(estimator.predict(X), predicted)


@pytest.mark.parametrize("method", ["fit", "evaluate"])
def test_an_interrupt_changes_nothing(method):
    classifier = SkipLayerClassifier(**LINE).fit(X, YES)
    before = state(classifier)
    with pytest.raises(KeyboardInterrupt):
        getattr(classifier.set_params(callback=interrupt), method)(X, AWAY)
    assert state(classifier) == before and set(classifier.predict(X)) <= {"yes", "no"}


def test_a_first_fit_that_fails_leaves_nothing():
    classifier = SkipLayerClassifier(**LINE, callback=interrupt)
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(X, YES)
    assert state(classifier) == {}
    with pytest.raises(NotFittedError):
        classifier.predict(X)


def test_fit_and_evaluation_in_one_change_nothing_either():
    cv = SkipLayerCV(SkipLayerClassifier(**LINE), folds=3, repeats=1).fit(X, YES)
    before = state(cv)
    with pytest.raises(KeyboardInterrupt):
        cv.set_params(estimator__callback=interrupt).fit(X, AWAY)
    with pytest.raises(ValueError):
        cv.set_params(estimator__callback=None).fit(X, np.zeros(120))
    assert state(cv) == before and set(cv.predict(X)) <= {"yes", "no"}


def test_what_the_next_fit_does_not_have_goes():
    import pandas as pd

    model = SkipLayerRegressor(**LINE)
    model.evaluate(pd.DataFrame(X, columns=["a", "b", "c"]), Y, folds=3, repeats=1)
    assert model.verdict_ and hasattr(model, "feature_names_in_")
    model.fit(X, Y)
    assert model.verdict_ is None and model.evaluation_ is None and not hasattr(model, "feature_names_in_")
