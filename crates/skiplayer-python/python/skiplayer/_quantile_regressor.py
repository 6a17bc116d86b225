"""Quantiles of a number."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any

import numpy as np
from sklearn.metrics import d2_pinball_score

from skiplayer._base import SkipLayerEstimator
from skiplayer._checks import Fulfils, is_truth
from skiplayer._parameters import documented
from skiplayer._progress import Progress
from skiplayer._regressor import SkipLayerRegressor
from skiplayer._renamed import OF_A_FIT, renamed_parameters


def _is_level(value: Any) -> bool:
    return isinstance(value, Real) and not is_truth(value) and 0 < float(value) < 1


def _are_levels(value: Any) -> bool:
    if not isinstance(value, Iterable) or isinstance(value, str):
        return False
    levels = list(value)
    return 0 < len(levels) <= 9 and all(map(_is_level, levels)) and all(a < b for a, b in zip(levels, levels[1:]))


@documented
class SkipLayerQuantileRegressor(SkipLayerRegressor):
    """Quantiles by linear regression plus hidden units that are kept only if they improve it.

    Minimises the pinball loss of one or several quantiles, each a line of its own and hidden units that all share. The
    quantiles of a row never cross: they are put in order.

    Parameters
    ----------
    quantiles : float or increasing list of up to nine floats, default=0.5
        Levels between 0 and 1.
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    References
    ----------
    Koenker & Bassett (1978), Regression quantiles, Econometrica 46. He, Pan, Tan & Zhou (2023), Smoothed quantile
    regression with large-scale inference, Journal of Econometrics 232. Chernozhukov, Fernandez-Val & Galichon (2010),
    Quantile and probability curves without crossing, Econometrica 78. %(references)s

    Examples
    --------
    >>> import numpy as np
    >>> from skiplayer import SkipLayerQuantileRegressor
    >>> random = np.random.default_rng(0)
    >>> X = random.uniform(size=(200, 1))
    >>> y = 2 * X[:, 0] + X[:, 0] * random.normal(size=200)
    >>> model = SkipLayerQuantileRegressor(quantiles=[0.1, 0.9], n_units=0).fit(X, y)
    >>> low, high = model.predict([[0.9]])[0]
    >>> bool(low < 1.8 < high)
    True
    """

    # What the base asks of every regressor.
    loss = "quantile"
    power = None
    _rules = {
        "quantiles": [
            Fulfils("a float in the range (0, 1)", _is_level),
            Fulfils("an increasing list of up to nine of them", _are_levels),
        ],
        **SkipLayerEstimator._rules,
    }

    @renamed_parameters(OF_A_FIT)
    def __init__(
        self,
        *,
        quantiles: Any = 0.5,
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
        SkipLayerEstimator.__init__(
            self,
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
        self.quantiles = quantiles

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = False
        return tags

    def _task(self) -> str:
        return "regression"

    def _loss(self) -> dict[str, Any]:
        return {"loss": "quantile", "quantiles": self._levels()}

    def _levels(self) -> list[float]:
        levels = self.quantiles if isinstance(self.quantiles, Iterable) else [self.quantiles]
        return [float(level) for level in levels]

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
        """The share of the pinball loss that predictions explain, D²; the mean over the levels.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        y : array of shape (n_samples,)
        sample_weight : array of shape (n_samples,), optional
        offset, exposure : array of shape (n_samples,) or float, optional
            As in `fit`, where the model was fitted with them.
        trials : None
            Successes out of trials have no quantiles here.

        Returns
        -------
        float
            1 at best; 0 for the quantiles of `y` alone.
        """
        if trials is not None:
            raise ValueError('trials: found some, expected none: for successes there is SkipLayerRegressor(loss="binomial").')
        predicted = self.predict(X, offset=offset, exposure=exposure).reshape(len(np.asarray(y)), -1)
        scores = [
            d2_pinball_score(y, predicted[:, k], sample_weight=sample_weight, alpha=level)
            for k, level in enumerate(self._levels())
        ]
        return float(np.mean(scores))
