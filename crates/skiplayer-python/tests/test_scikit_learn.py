"""The conventions of scikit-learn, as its own checks and tools see them."""

import inspect
import multiprocessing
import pickle
import warnings

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from skiplayer import SkipLayerClassifier, SkipLayerCV, SkipLayerQuantileRegressor, SkipLayerRegressor, SkipLayerSurvival

# Weights are precisions: only their ratios matter. A row of weight 2 is one observation, two equal rows are two: they
# count twice in the evidence, and may fall into two folds of the inner cross-validation.
PRECISION_WEIGHTS = "weights are precision weights, not numbers of repetitions"
EXPECTED_FAILURES = {"check_sample_weight_equivalence_on_dense_data": PRECISION_WEIGHTS}
# These checks fit whatever numbers they like, whatever the tags of a regressor say of its target.
COUNTS = "y has to hold counts, 0, 1, 2, ..."
EXPECTED_FAILURES_OF_COUNTS = EXPECTED_FAILURES | {
    check: COUNTS
    for check in (
        "check_fit_check_is_fitted",
        "check_fit_idempotent",
        "check_n_features_in",
        "check_n_features_in_after_fitting",
        "check_regressor_data_not_an_array",
        "check_regressors_no_decision_function",
        "check_regressors_train",
    )
}

# Classes in order: text has none, and the blobs of this check are in no order.
EXPECTED_FAILURES_OF_ORDER = EXPECTED_FAILURES | {
    "check_classifiers_classes": "text has no order",
    "check_classifiers_train": "one score does not tell classes apart that are in no order",
}


def expected_failures(estimator):
    of_loss = {"poisson": EXPECTED_FAILURES_OF_COUNTS, "ordinal": EXPECTED_FAILURES_OF_ORDER}
    return of_loss.get(getattr(estimator, "loss", ""), EXPECTED_FAILURES)


@parametrize_with_checks(
    [
        SkipLayerRegressor(n_jobs=1),
        SkipLayerClassifier(n_jobs=1),
        SkipLayerClassifier(loss="ordinal", method="linear", n_jobs=1),
        SkipLayerRegressor(loss="poisson", method="linear", n_jobs=1),
        SkipLayerRegressor(loss="huber", method="linear", n_jobs=1),
        SkipLayerQuantileRegressor(n_units=2, n_starts=1, n_jobs=1),
        SkipLayerSurvival(n_units=2, n_starts=1, n_jobs=1),
        SkipLayerCV(SkipLayerRegressor(method="linear", n_jobs=1), folds=2, repeats=1),
        SkipLayerCV(SkipLayerClassifier(method="linear", n_jobs=1), folds=2, repeats=1),
    ],
    expected_failed_checks=expected_failures,
)
def test_scikit_learns_own_checks(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    X = random.normal(size=(120, 3))
    return X, X @ [1.0, 2.0, 0.0] + 0.1 * random.normal(size=120)


def test_in_pipelines_searches_and_other_processes(data):
    X, y = data
    search = GridSearchCV(
        make_pipeline(StandardScaler().set_output(transform="pandas"), SkipLayerRegressor(method="linear")),
        {"skiplayerregressor__alpha_choice": ["min", "1se"]},
        cv=3,
    ).fit(X, y)
    assert search.best_score_ > 0.9
    pipeline = make_pipeline(StandardScaler(), SkipLayerRegressor(method="linear")).set_output(transform="pandas").fit(X, y)
    assert list(pipeline[-1].feature_names_in_) == ["x0", "x1", "x2"]
    scores = cross_validate(SkipLayerRegressor(n_units=2), X, y, cv=2, n_jobs=2)["test_score"]
    np.testing.assert_array_equal(scores, cross_validate(SkipLayerRegressor(n_units=2), X, y, cv=2)["test_score"])


def test_copies_predict_the_same_bits(data, tmp_path):
    X, y = data
    model = SkipLayerClassifier(n_starts=2).fit(X, y > 0)
    joblib.dump(model, tmp_path / "model.joblib")
    for copy in (pickle.loads(pickle.dumps(model)), joblib.load(tmp_path / "model.joblib"), clone(model).fit(X, y > 0)):
        np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))
        assert copy.units_ == model.units_


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="processes are not forked here")
def test_forked_processes_have_threads_of_their_own(data):
    X, y = data
    model = SkipLayerRegressor(n_units=2, n_starts=2, inner_folds=2).fit(X, y)
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=lambda: answers.put(clone(model).fit(X, y).predict(X)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other libraries of this process may have threads
        child.start()
    np.testing.assert_array_equal(answers.get(timeout=60), model.predict(X))
    child.join()


ESTIMATORS = [
    SkipLayerRegressor(),
    SkipLayerClassifier(),
    SkipLayerClassifier(loss="ordinal"),
    SkipLayerQuantileRegressor(),
    SkipLayerSurvival(),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
def test_before_fitting_every_method_that_takes_rows_says_so(estimator):
    methods = [name for name in ["__call__", *dir(estimator)] if name == "__call__" or not name.startswith("_")]
    asked = 0
    for name in methods:
        method = getattr(estimator, name, None)
        needed = _required(method) if callable(method) else []
        if name in ("fit", "evaluate") or "X" not in needed:
            continue
        values = {"X": [[1.0]], "y": [1.0], "times": [1.0]}
        with pytest.raises(NotFittedError, match="not fitted yet"):
            method(*(values[parameter] for parameter in needed))
        asked += 1
    assert asked >= 5


def _required(method):
    """Names of the parameters without a default."""
    parameters = inspect.signature(method).parameters.values()
    of_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [one.name for one in parameters if one.default is one.empty and one.kind in of_position]
