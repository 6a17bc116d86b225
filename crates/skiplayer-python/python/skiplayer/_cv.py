"""Fitting and evaluating in one: for pipelines and searches, which only know `fit`."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils import Bunch, get_tags
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted


Method = TypeVar("Method", bound=Callable[..., Any])


def _has(name: str) -> Callable[[Method], Method]:
    """Whether the estimator inside has the method: an AttributeError of its own says why not."""

    def check(self: Any) -> bool:
        return getattr(getattr(self, "estimator_", self.estimator), name, None) is not None

    decorator: Callable[[Method], Method] = available_if(check)
    return decorator


class SkipLayerCV(MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc]
    """An estimator whose `fit` ends in a verdict: nested cross-validation, tests of curvature, prediction intervals.

    What ``estimator.evaluate(X, y)`` does, as an estimator, so that it can stand at the end of a pipeline or in a search.

    Parameters
    ----------
    estimator : SkipLayerRegressor or SkipLayerClassifier
        What to fit and evaluate; it is cloned.
    n_folds : int, default=10
        Outer folds.
    n_repeats : int, optional
        Repeats of the outer folds; more where there are few rows by default.
    rope : float, default=0.01
        Half-width of the region of practical equivalence, relative to the loss of the linear model.
    level : float, default=0.9
        Coverage that the intervals are summarised for; `predict_interval` takes any.

    Attributes
    ----------
    estimator_ : SkipLayerRegressor or SkipLayerClassifier
        Fitted on all rows, with ``coef_``, ``units_`` and everything else that it tells.
    evaluation_ : sklearn.utils.Bunch
        ``verdict`` (code, text, reasons), ``curvature``, ``gain``, ``contenders``, ``comparisons``, ``intervals``, ...
    verdict_ : str
        "linear", "linear_plus_units", "nonlinear", "no_signal" or "undecided".
    linear_share_, nonlinear_share_ : float
        Shares of the variance (or deviance) out of fold.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only where X is a frame with names.
    classes_ : ndarray of shape (n_classes,)
        Only of a classifier.

    References
    ----------
    Nadeau & Bengio (2003), Inference for the generalization error. Barber, Candes, Ramdas & Tibshirani (2021),
    Predictive inference with the jackknife+.

    Examples
    --------
    >>> import numpy as np
    >>> from skiplayer import SkipLayerCV, SkipLayerRegressor
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> y = X[:, 0] + 0.1 * X[:, 1]
    >>> SkipLayerCV(SkipLayerRegressor(method="linear"), n_folds=3, n_repeats=1).fit(X, y).verdict_
    'linear'
    """

    _parameter_constraints = {
        "estimator": [HasMethods(["fit", "predict", "evaluate"])],
        "n_folds": [Interval(Integral, 2, 100, closed="both")],
        "n_repeats": [Interval(Integral, 1, 100, closed="both"), None],
        "rope": [Interval(Real, 0, None, closed="neither")],
        "level": [Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        n_folds: int = 10,
        n_repeats: int | None = None,
        rope: float = 0.01,
        level: float = 0.9,
    ) -> None:
        self.estimator = estimator
        self.n_folds = n_folds
        self.n_repeats = n_repeats
        self.rope = rope
        self.level = level

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        for name in ("estimator_type", "classifier_tags", "regressor_tags", "target_tags", "input_tags"):
            setattr(tags, name, getattr(inner, name))
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None, times: Any = None) -> SkipLayerCV:
        """Fit the estimator to all rows, and evaluate how it was fitted.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        y : array of shape (n_samples,), or (n_samples, n_targets) for regression
        sample_weight : array of shape (n_samples,), optional
            Precision weights: only their ratios matter.
        groups : array of shape (n_samples,), optional
            Rows of equal groups are never on both sides of a fold.
        times : array of shape (n_samples,), optional
            Numbers or dates: folds are stretches of time, evaluated forward. Not together with `groups`.

        Returns
        -------
        self
        """
        self._validate_params()
        estimator = clone(self.estimator)
        self.evaluation_: Bunch = estimator.evaluate(
            X,
            y,
            sample_weight,
            groups,
            times,
            n_folds=self.n_folds,
            n_repeats=self.n_repeats,
            rope=self.rope,
            level=self.level,
        )
        self.estimator_ = estimator
        for name in ("verdict_", "linear_share_", "nonlinear_share_", "n_features_in_", "feature_names_in_", "classes_"):
            self.__dict__.pop(name, None)
            if hasattr(estimator, name):
                setattr(self, name, getattr(estimator, name))
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict as the fitted estimator does.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_targets)
        """
        return np.asarray(self._fitted().predict(X))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Score predictions as the fitted estimator does.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        y : array of shape (n_samples,) or (n_samples, n_targets)
        sample_weight : array of shape (n_samples,), optional

        Returns
        -------
        float
            R², or the accuracy of a classifier.
        """
        return float(self._fitted().score(X, y, sample_weight))

    @_has("predict_proba")
    def predict_proba(self, X: Any, calibrated: bool = False) -> NDArray[np.float64]:
        """Predict probabilities.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        calibrated : bool, default=False
            Make them as sure as those out of fold turned out to be right.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        return np.asarray(self._fitted().predict_proba(X, calibrated))

    @_has("predict_log_proba")
    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """Predict the logarithms of probabilities.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return np.asarray(self._fitted().predict_log_proba(X))

    @_has("decision_function")
    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Log odds of the second class, or the score of each of several.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        return np.asarray(self._fitted().decision_function(X))

    @_has("predict_interval")
    def predict_interval(self, X: Any, level: float | None = None) -> NDArray[np.float64]:
        """Prediction intervals by CV+, from models that did not see the row.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        level : float, optional
            Coverage; by default that of the evaluation.

        Returns
        -------
        ndarray of shape (n_samples, 2) or (n_samples, n_targets, 2)
            Lower and upper ends.
        """
        return np.asarray(self._fitted().predict_interval(X, self.level if level is None else level))

    @_has("predict_set")
    def predict_set(self, X: Any, level: float | None = None) -> NDArray[np.bool_]:
        """Sets of classes that hold the right one in a share `level` of rows.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        level : float, optional
            Coverage; by default that of the evaluation.

        Returns
        -------
        ndarray of bool, shape (n_samples, n_classes)
        """
        return np.asarray(self._fitted().predict_set(X, self.level if level is None else level))

    def _fitted(self) -> Any:
        check_is_fitted(self, "estimator_")
        return self.estimator_
