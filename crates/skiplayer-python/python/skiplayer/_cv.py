"""Fitting and evaluating in one: for pipelines and searches, which only know `fit`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils import Bunch, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skiplayer._base import EVALUATION_RULES
from skiplayer._callbacks import CallbackSupportMixin, with_callbacks
from skiplayer._checks import Fulfils, Rules, check_all
from skiplayer._explanations import Explanations
from skiplayer._engines import ENGINE
from skiplayer._fitting import fitting
from skiplayer._renamed import OF_AN_EVALUATION, renamed_parameters

Method = TypeVar("Method", bound=Callable[..., Any])


def _has(name: str) -> Callable[[Method], Method]:
    """Whether the estimator inside has the method: an AttributeError of its own says why not."""

    def check(self: Any) -> bool:
        return getattr(getattr(self, "estimator_", self.estimator), name, None) is not None

    decorator: Callable[[Method], Method] = available_if(check)
    return decorator


def _wanted(method: Callable[..., Any], **given: Any) -> dict[str, Any]:
    """What is given of what `method` takes besides X and y.

    Raises
    ------
    ValueError
        Something is given that it does not take.
    """
    found = {name: values for name, values in given.items() if values is not None}
    parameters = inspect.signature(method).parameters
    for name in found:
        if name not in parameters:
            kind = type(method.__self__).__name__ if hasattr(method, "__self__") else "the estimator"
            raise ValueError(f"{name}: found some, expected none: `{method.__name__}` of {kind} takes none.")
    return found


class SkipLayerCV(CallbackSupportMixin, MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc]
    """An estimator whose `fit` ends in a verdict: nested cross-validation, tests of curvature, prediction intervals.

    What ``estimator.evaluate(X, y)`` does, as an estimator, so that it can stand at the end of a pipeline or in a search.

    Parameters
    ----------
    estimator : SkipLayerRegressor or SkipLayerClassifier
        What to fit and evaluate; it is cloned.
    folds : int, default=10
        Outer folds.
    repeats : int, optional
        Repeats of the outer folds; more where there are few rows by default.
    rope : float, default=0.01
        Half-width of the region of practical equivalence, relative to the loss of the linear model.
    level : float, default=0.9
        Coverage that the intervals are summarised for; `predict_interval` takes any.
    engine : {"joblib", "ray", "dask"} or Engine, optional
        Where outer folds run, as in `evaluate` of the estimator.

    Attributes
    ----------
    estimator_ : SkipLayerRegressor or SkipLayerClassifier
        Fitted on all rows, with ``coef_``, ``units_`` and everything else that it tells.
    evaluation_ : sklearn.utils.Bunch or None
        ``verdict`` (code, text, reasons), ``curvature``, ``gain``, ``contenders``, ``comparisons``, ``intervals``, ... None
        where the estimator's `max_seconds` ended before two folds did.
    verdict_ : str or None
        "linear", "linear_plus_units", "nonlinear", "no_signal" or "undecided".
    linear_share_ : float
        Share of the variance (or deviance) that the linear part explains out of fold.
    nonlinear_share_ : float
        Share that the hidden units explain beyond it.
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
    >>> SkipLayerCV(SkipLayerRegressor(method="linear"), folds=3, repeats=1).fit(X, y).verdict_
    'linear'
    """

    _rules: Rules = {
        "estimator": [Fulfils("a SkipLayerRegressor or SkipLayerClassifier", lambda value: hasattr(value, "evaluate"))],
        **{name: rules for name, rules in EVALUATION_RULES.items() if name != "learning_curve"},
        "engine": ENGINE,
    }

    @renamed_parameters(OF_AN_EVALUATION)
    def __init__(
        self,
        estimator: Any,
        *,
        folds: int = 10,
        repeats: int | None = None,
        rope: float = 0.01,
        level: float = 0.9,
        engine: Any = None,
    ) -> None:
        self.estimator = estimator
        self.folds = folds
        self.repeats = repeats
        self.rope = rope
        self.level = level
        self.engine = engine

    @renamed_parameters(OF_AN_EVALUATION)
    def set_params(self, **params: Any) -> Any:
        """Set parameters by their names.

        Parameters
        ----------
        **params : dict
            Names and values; those of the estimator inside begin with ``estimator__``.

        Returns
        -------
        self
        """
        return super().set_params(**params)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        for name in ("estimator_type", "classifier_tags", "regressor_tags", "target_tags", "input_tags"):
            setattr(tags, name, getattr(inner, name))
        return tags

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        times: Any = None,
        *,
        offset: Any = None,
        exposure: Any = None,
        trials: Any = None,
        strata: Any = None,
    ) -> SkipLayerCV:
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
            Numbers or dates: folds are periods of time, evaluated forward. Not together with `groups`.
        offset, exposure : array of shape (n_samples,) or float, optional
            As for `fit` of the estimator; they go with every row that is predicted.
        trials : array of shape (n_samples,) or float, optional
            As for `fit` of the estimator.
        strata : array of shape (n_samples,) or str, optional
            Of a SkipLayerSurvival: as for its `fit`.

        Returns
        -------
        self
        """
        check_all(self.get_params(deep=False), self._rules, type(self).__name__)
        with fitting(self) as draft, self._telling(X, y) as estimator:
            draft.evaluation_ = estimator.evaluate(
                X,
                y,
                sample_weight,
                groups,
                times,
                **_wanted(estimator.evaluate, offset=offset, exposure=exposure, trials=trials, strata=strata),
                folds=self.folds,
                repeats=self.repeats,
                rope=self.rope,
                level=self.level,
                engine=self.engine,
            )
            draft.estimator_ = estimator
            for name in (
                "verdict_",
                "linear_share_",
                "nonlinear_share_",
                "n_features_in_",
                "feature_names_in_",
                "classes_",
            ):
                if hasattr(estimator, name):
                    setattr(draft, name, getattr(estimator, name))
        return self

    @contextmanager
    def _telling(self, X: Any, y: Any) -> Iterator[Any]:
        """A clone of the estimator, of whose fit scikit-learn's callbacks hear as of a part of this one."""
        estimator = clone(self.estimator)
        if not hasattr(self, "_init_callback_context"):  # before scikit-learn 1.9
            yield estimator
            return
        context = self._init_callback_context(max_subtasks=1)
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        part = context.subcontext(task_name="evaluate")
        with part.propagate_callback_context(estimator):
            yield estimator
        context.call_on_fit_task_end(estimator=self, X=X, y=y)

    def predict(
        self, X: Any, *, offset: Any = None, exposure: Any = None, trials: Any = None, strata: Any = None
    ) -> NDArray[Any]:
        """Predict as the fitted estimator does.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        offset, exposure : array of shape (n_samples,) or float, optional
            As in `fit`, where the estimator was fitted with them.
        trials : array of shape (n_samples,) or float, optional
            As for `predict` of the estimator.
        strata : array of shape (n_samples,) or str, optional
            As for `predict` of the estimator.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_targets)
        """
        predict = self._fitted().predict
        return np.asarray(predict(X, **_wanted(predict, offset=offset, exposure=exposure, trials=trials, strata=strata)))

    def score(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        offset: Any = None,
        exposure: Any = None,
        trials: Any = None,
        strata: Any = None,
    ) -> float:
        """Score predictions as the fitted estimator does.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        y : array of shape (n_samples,) or (n_samples, n_targets)
        sample_weight : array of shape (n_samples,), optional
        offset, exposure : array of shape (n_samples,) or float, optional
            As in `fit`, where the estimator was fitted with them.
        trials : array of shape (n_samples,) or float, optional
            As for `score` of the estimator.
        strata : array of shape (n_samples,) or str, optional
            As for `score` of the estimator.

        Returns
        -------
        float
            The share of the deviance that is explained (R² of numbers), the accuracy of a classifier, or the concordance of durations.
        """
        score = self._fitted().score
        known = _wanted(score, offset=offset, exposure=exposure, trials=trials, strata=strata)
        return float(score(X, y, sample_weight, **known))

    @_has("predict_proba")
    def predict_proba(
        self, X: Any, calibrated: bool = False, *, offset: Any = None, exposure: Any = None
    ) -> NDArray[np.float64]:
        """Predict probabilities.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        calibrated : bool, default=False
            Calibrate them by temperature scaling on out-of-fold predictions.
        offset, exposure : array of shape (n_samples,) or float, optional
            As in `fit`, where the estimator was fitted with them.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        predict_proba = self._fitted().predict_proba
        return np.asarray(predict_proba(X, calibrated, **_wanted(predict_proba, offset=offset, exposure=exposure)))

    @_has("predict_log_proba")
    def predict_log_proba(self, X: Any, *, offset: Any = None, exposure: Any = None) -> NDArray[np.float64]:
        """Predict the logarithms of probabilities.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        offset, exposure : array of shape (n_samples,) or float, optional
            As in `fit`, where the estimator was fitted with them.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        predict_log_proba = self._fitted().predict_log_proba
        return np.asarray(predict_log_proba(X, **_wanted(predict_log_proba, offset=offset, exposure=exposure)))

    @_has("decision_function")
    def decision_function(self, X: Any, *, offset: Any = None, exposure: Any = None) -> NDArray[np.float64]:
        """Log odds of the second class, or the score of each of several.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        offset, exposure : array of shape (n_samples,) or float, optional
            As in `fit`, where the estimator was fitted with them.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        decision_function = self._fitted().decision_function
        return np.asarray(decision_function(X, **_wanted(decision_function, offset=offset, exposure=exposure)))

    @_has("predict_interval")
    def predict_interval(
        self, X: Any, level: float | None = None, *, offset: Any = None, exposure: Any = None
    ) -> NDArray[np.float64]:
        """Prediction intervals by CV+, from models that did not see the row.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        level : float, optional
            Coverage; by default that of the evaluation.
        offset, exposure : array of shape (n_samples,) or float, optional
            As in `fit`, where the estimator was fitted with them.

        Returns
        -------
        ndarray of shape (n_samples, 2) or (n_samples, n_targets, 2)
            Lower and upper ends.
        """
        predict_interval = self._fitted().predict_interval
        known = _wanted(predict_interval, offset=offset, exposure=exposure)
        return np.asarray(predict_interval(X, self.level if level is None else level, **known))

    @_has("predict_survival_function")
    def predict_survival_function(
        self, X: Any, times: Any, *, offset: Any = None, strata: Any = None
    ) -> NDArray[np.float64]:
        """Predict the probability that there is no event up to each of some times.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        times : array of shape (n_times,)
            In the units of the durations.
        offset : array of shape (n_samples,) or float, optional
            As in `fit`, where the estimator was fitted with one.
        strata : array of shape (n_samples,) or str, optional
            As in `fit`, where the estimator was fitted with strata.

        Returns
        -------
        ndarray of shape (n_samples, n_times)
        """
        return np.asarray(self._fitted().predict_survival_function(X, times, offset=offset, strata=strata))

    @_has("predict_median")
    def predict_median(self, X: Any, *, offset: Any = None, strata: Any = None) -> NDArray[np.float64]:
        """Predict the first time at which the probability of no event is a half or less.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        offset, strata
            As for `predict_survival_function`.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        return np.asarray(self._fitted().predict_median(X, offset=offset, strata=strata))

    @_has("predict_lower_bound")
    def predict_lower_bound(
        self, X: Any, level: float | None = None, *, offset: Any = None, strata: Any = None
    ) -> NDArray[np.float64]:
        """Times that a share `level` of rows exceed, from events that the models did not see.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        level : float, optional
            Coverage; by default that of the evaluation.
        offset, strata
            As for `predict_survival_function`.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        level = self.level if level is None else level
        return np.asarray(self._fitted().predict_lower_bound(X, level, offset=offset, strata=strata))

    @_has("predict_set")
    def predict_set(self, X: Any, level: float | None = None, *, offset: Any = None, exposure: Any = None) -> NDArray[np.bool_]:
        """Sets of classes that hold the right one in a share `level` of rows.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        level : float, optional
            Coverage; by default that of the evaluation.
        offset, exposure : array of shape (n_samples,) or float, optional
            As in `fit`, where the estimator was fitted with them.

        Returns
        -------
        ndarray of bool, shape (n_samples, n_classes)
        """
        predict_set = self._fitted().predict_set
        known = _wanted(predict_set, offset=offset, exposure=exposure)
        return np.asarray(predict_set(X, self.level if level is None else level, **known))

    def explain(self, X: Any, *, offset: Any = None, exposure: Any = None) -> Explanations:
        """Take predictions apart, as the fitted estimator does.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        offset, exposure : array of shape (n_samples,) or float, optional
            As in `fit`, where the estimator was fitted with them.

        Returns
        -------
        Explanations
        """
        explain = self._fitted().explain
        explained: Explanations = explain(X, **_wanted(explain, offset=offset, exposure=exposure))
        return explained

    def effects(self, X: Any, sample_weight: Any = None) -> Bunch:
        """What each input does to the output, as the fitted estimator says.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        sample_weight : array of shape (n_samples,), optional
            Weights of the rows of X; by default those of the fit, if X has as many rows.

        Returns
        -------
        sklearn.utils.Bunch
            ``inputs`` and ``interactions``.
        """
        return self._fitted().effects(X, sample_weight)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted estimator to a file that the command line, Rust and `load_model` read.

        Parameters
        ----------
        path : str or path-like
            A new name, or an older model to replace.
        """
        self._fitted().save(path)

    def report(
        self, path: str | PathLike[str], X: Any = None, y: Any = None, sample_weight: Any = None
    ) -> None:
        """Write what was found as one HTML page that opens without a network.

        Parameters
        ----------
        path : str or path-like
        X, y : optional
            The data of the fit: with them the page also shows what each column holds and what each input does.
        sample_weight : array of shape (n_samples,), optional
            Weights of the rows of X; by default those of the fit, if X has as many rows.
        """
        self._fitted().report(path, X, y, sample_weight)

    def _fitted(self) -> Any:
        check_is_fitted(self, "estimator_")
        return self.estimator_
