"""Fit and evaluation in one estimator."""

import pickle

import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skiplayer import SkipLayerClassifier, SkipLayerCV, SkipLayerRegressor

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(120, 3))
Y = X @ [1.0, 2.0, 0.0] + 0.1 * RANDOM.normal(size=120)


def test_it_is_the_evaluation_of_its_estimator():
    inner = SkipLayerRegressor(method="linear")
    cv = SkipLayerCV(inner, folds=4, repeats=1, level=0.8).fit(X, Y)
    evaluation = inner.evaluate(X, Y, folds=4, repeats=1, level=0.8)
    assert cv.evaluation_ == evaluation and cv.verdict_ == inner.verdict_ == "linear"
    assert cv.linear_share_ == inner.linear_share_ and cv.estimator is not cv.estimator_
    np.testing.assert_array_equal(cv.predict(X), inner.predict(X))
    np.testing.assert_array_equal(cv.predict_interval(X), inner.predict_interval(X, 0.8))
    assert cv.score(X, Y) == inner.score(X, Y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(cv)).predict_interval(X, 0.5), inner.predict_interval(X, 0.5))


def test_it_is_what_its_estimator_is():
    regressor, classifier = (SkipLayerCV(kind(method="linear"), folds=3, repeats=1) for kind in (SkipLayerRegressor, SkipLayerClassifier))
    assert is_regressor(regressor) and is_classifier(classifier)
    assert not hasattr(regressor, "predict_proba") and not hasattr(classifier, "predict_interval")
    labels = np.where(Y + RANDOM.normal(size=120) > 0, "up", "down")
    classifier.fit(X, labels)
    assert list(classifier.classes_) == ["down", "up"] and classifier.predict_set(X).shape == (120, 2)
    np.testing.assert_array_equal(classifier.predict_proba(X), classifier.estimator_.predict_proba(X))
    with pytest.raises(NotFittedError, match="SkipLayerCV instance is not fitted yet"):
        regressor.predict(X)


def test_pipelines_and_searches_end_in_a_verdict():
    cv = SkipLayerCV(SkipLayerRegressor(method="linear"), folds=3, repeats=1)
    pipeline = make_pipeline(StandardScaler(), cv).fit(X, Y, skiplayercv__groups=np.arange(120) // 6)
    assert pipeline[-1].verdict_ and pipeline[-1].evaluation_.design.split == "grouped"
    search = GridSearchCV(cv, {"estimator__alpha_choice": ["min", "1se"]}, cv=2).fit(X, Y)
    assert search.best_estimator_.verdict_ == "linear"


@pytest.mark.parametrize("wrong", [{"folds": 1}, {"level": 90}, {"rope": -1.0}, {"repeats": 0}])
def test_parameters_that_cannot_be_meant(wrong):
    with pytest.raises(ValueError, match=f"The '{next(iter(wrong))}' parameter of SkipLayerCV must be"):
        SkipLayerCV(SkipLayerRegressor(), **wrong).fit(X, Y)
