"""Regression, counts, amounts, and successes out of trials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import d2_tweedie_score, r2_score
from sklearn.utils.validation import check_is_fitted

from skiplayer._base import SkipLayerEstimator
from skiplayer._checks import NONE, Choice, Number
from skiplayer._columns import Columns
from skiplayer._labels import regression_targets
from skiplayer._parameters import documented
from skiplayer._progress import Progress
from skiplayer._renamed import OF_A_FIT, renamed_parameters
from skiplayer._roles import known_beforehand
from skiplayer._threads import n_threads

# What the target is by the loss.
_LOSSES = {
    "squared_error": "regression",
    "huber": "regression",
    "poisson": "count",
    "negative_binomial": "count",
    "gamma": "amount",
    "tweedie": "amount",
    "binomial": "successes",
}


@documented
class SkipLayerRegressor(RegressorMixin, SkipLayerEstimator):  # type: ignore[misc]
    """Linear regression plus hidden units that are kept only if they improve it.

    Fits ``f(x) = b + A x + V act(W x + c)`` by squared error or, for counts and amounts, by the deviance of their
    likelihood. Inputs and targets are standardised inside; everything that is told is in original units.

    Parameters
    ----------
    loss : {"squared_error", "huber", "poisson", "negative_binomial", "gamma", "tweedie", "binomial"}, \
            default="squared_error"
        "huber" is for numbers of which a few are wild: squared error up to 1.345 robust standard deviations of the
        residuals, absolute error beyond. "poisson" and "negative_binomial" are for counts: y holds 0, 1, 2, ... and
        the mean is the exponential of f; the variance is the mean, or mean + mean^2 / theta with theta by likelihood.
        "gamma" is for amounts above 0 and "tweedie" for amounts of 0 or more, with the exponential of f as their mean
        and mean^2 or mean^power as their variance, up to a factor. "binomial" is for successes out of trials: y counts them,
        `trials` of `fit` says out of how many, and f is the log odds of one.
    power : float, default=None
        Of loss="tweedie", between 1 and 2; None is 1.5.
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    References
    ----------
    %(references)s

    Examples
    --------
    >>> import numpy as np
    >>> from skiplayer import SkipLayerRegressor
    >>> random = np.random.default_rng(0)
    >>> X = random.normal(size=(200, 2))
    >>> y = 1 + 2 * X[:, 0] + np.sin(X[:, 0] * 3) + 0.1 * random.normal(size=200)
    >>> len(SkipLayerRegressor().fit(X, y).units_) > 0
    True
    """

    _rules = {
        "loss": [Choice(*_LOSSES)],
        "power": [Number(1.0, 2.0), NONE],
        **SkipLayerEstimator._rules,
    }

    @renamed_parameters(OF_A_FIT)
    def __init__(
        self,
        *,
        loss: str = "squared_error",
        power: float | None = None,
        method: str = "auto",
        penalty: str = "l1",
        path_start: str = "dense",
        alpha_choice: str = "min",
        n_units: int | None = None,
        depth: int = 1,
        activation: str = "tanh",
        skip: bool = True,
        n_starts: int = 8,
        inner_folds: Any = 5,
        stochastic_above: int = 20_000,
        inference: str = "whole",
        monotone: Any = None,
        unpenalized: Any = None,
        penalty_factor: Any = None,
        interactions: Any = None,
        max_seconds: float | None = None,
        n_jobs: int | None = None,
        random_state: Any = 1,
        verbose: int = 0,
        callback: Callable[[Progress], object] | None = None,
    ) -> None:
        super().__init__(
            method=method,
            penalty=penalty,
            path_start=path_start,
            alpha_choice=alpha_choice,
            n_units=n_units,
            depth=depth,
            activation=activation,
            skip=skip,
            n_starts=n_starts,
            inner_folds=inner_folds,
            stochastic_above=stochastic_above,
            inference=inference,
            monotone=monotone,
            unpenalized=unpenalized,
            penalty_factor=penalty_factor,
            interactions=interactions,
            max_seconds=max_seconds,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
            callback=callback,
        )
        self.loss = loss
        self.power = power

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = self.loss == "squared_error"
        tags.target_tags.positive_only = self.loss not in ("squared_error", "huber")
        return tags

    def _task(self) -> str:
        return _LOSSES[self.loss]

    def _loss(self) -> dict[str, Any]:
        name = "squared" if self.loss == "squared_error" else self.loss
        return {"loss": name, "power": None if self.power is None else float(self.power)}

    def _targets(self, y: Any, taken: list[str], sample_weight: Any, n_samples: int) -> Columns:
        return regression_targets(y, taken, n_samples, self)

    def _of_outputs(self, values: Any) -> Any:
        if len(values) > 1:
            return values
        return values[0] if values.ndim > 1 else float(values[0])

    def __call__(self, X: Any) -> NDArray[np.float64]:
        check_is_fitted(self)
        known = self._without_offset()
        if self.record_["task"] == "regression":
            return self.predict(X, **known)
        inputs = self._inputs_beside(X, known.get("offset"), known.get("exposure"))
        return self.model_.linear_predictor(inputs, n_threads(self.n_jobs))[0]

    def predict(
        self, X: Any, *, offset: Any = None, exposure: Any = None, trials: Any = None
    ) -> NDArray[np.float64]:
        """Predict the target, the mean of counts and amounts, or the probability of a success.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        offset, exposure : array of shape (n_samples,) or float, optional
            As in `fit`, where the model was fitted with them.
        trials : array of shape (n_samples,) or float, optional
            Of loss="binomial": then the expected number of successes out of so many trials is predicted.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_targets)
        """
        columns = self._predicted(X, offset, exposure)
        if trials is not None:
            return np.asarray(columns[0] * self._trials(trials, len(columns[0])))
        return columns[0] if len(columns) == 1 else np.column_stack(columns)

    def _trials(self, trials: Any, n_samples: int) -> NDArray[np.float64]:
        if self.record_["task"] != "successes":
            raise ValueError('trials: found some, expected None, as only loss="binomial" has them.')
        if trials is None:
            raise ValueError("trials: found None, expected one value a row; a number stands for all rows.")
        return known_beforehand(trials, "trials", n_samples)

    def score(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        offset: Any = None,
        exposure: Any = None,
        trials: Any = None,
    ) -> float:
        """The share of the deviance that predictions explain, D²; of squared error and Huber's loss that is R².

        The deviance of counts is Poisson's, that of amounts gamma's or Tweedie's, and that of successes the binomial's; without the
        model stands the mean of `y`, of successes their share of all trials.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        y : array of shape (n_samples,) or (n_samples, n_targets)
        sample_weight : array of shape (n_samples,), optional
        offset, exposure : array of shape (n_samples,) or float, optional
            As in `fit`, where the model was fitted with them.
        trials : array of shape (n_samples,) or float, optional
            As in `fit`, of loss="binomial".

        Returns
        -------
        float
            1 at best; 0 for the mean.
        """
        predicted = self.predict(X, offset=offset, exposure=exposure)
        if self.record_["task"] == "successes" or trials is not None:
            return _share_of_deviance(y, self._trials(trials, len(predicted)), predicted, sample_weight)
        powers = {"count": 1.0, "amount": self.model_.loss()[1] or 2.0}
        power = powers.get(self.record_["task"])
        if power is None:
            return float(r2_score(y, predicted, sample_weight=sample_weight))
        return float(d2_tweedie_score(y, predicted, sample_weight=sample_weight, power=power))

    def predict_interval(
        self, X: Any, level: float = 0.9, *, offset: Any = None, exposure: Any = None
    ) -> NDArray[np.float64]:
        """Prediction intervals by CV+, from models that did not see the row; needs `evaluate` before.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        level : float, default=0.9
            Coverage, between 0 and 1. Guaranteed is 1 - 2 (1 - level); usual is `level` or more.
        offset, exposure : array of shape (n_samples,) or float, optional
            As in `fit`, where the model was fitted with them.

        Returns
        -------
        ndarray of shape (n_samples, 2) or (n_samples, n_targets, 2)
            Lower and upper ends; infinite where there are too few rows for the level.

        References
        ----------
        Barber, Candes, Ramdas & Tibshirani (2021), Predictive inference with the jackknife+, Annals of Statistics 49.
        """
        inputs = self._inputs_beside(X, offset, exposure)
        level = self._level(level, "predict_interval")
        ends = np.column_stack(self.model_.predict_interval(inputs, level, n_threads(self.n_jobs)))
        return ends if ends.shape[1] == 2 else ends.reshape(len(ends), -1, 2)


def _share_of_deviance(
    y: Any, trials: NDArray[np.float64], probability: NDArray[np.float64], sample_weight: Any
) -> float:
    """Of successes out of trials, what the probabilities explain of the deviance of the share of all trials."""
    successes = np.asarray(y, dtype=np.float64)
    weight = np.ones(len(successes)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    failures = trials - successes

    def deviance(p: Any) -> float:
        parts = _log_ratio(successes, trials * p) + _log_ratio(failures, trials * (1 - p))
        return float(2 * (weight * parts).sum())

    return 1 - deviance(probability) / deviance((weight * successes).sum() / (weight * trials).sum())


def _log_ratio(count: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """count ln(count / expected), 0 at 0."""
    return np.asarray(count * np.log(np.where(count > 0, count, expected) / expected))
