"""Durations until an event, some of them censored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch
from sklearn.utils.validation import check_is_fitted

from skiplayer._base import SkipLayerEstimator
from skiplayer._callbacks import with_callbacks
from skiplayer._checks import Choice
from skiplayer._columns import Cells, Columns, column_of, n_cells
from skiplayer._parameters import documented
from skiplayer._progress import Progress
from skiplayer._renamed import OF_A_FIT, OF_AN_EVALUATION, renamed_parameters
from skiplayer._roles import Roles, checked_weight
from skiplayer._skiplayer import concordance
from skiplayer._strata import named_column, numbered, same_stratum, strata_cells
from skiplayer._survival_targets import survival_targets
from skiplayer._threads import n_threads
from skiplayer._warnings import warn


@documented
class SkipLayerSurvival(SkipLayerEstimator):
    """Proportional hazards by a linear model plus hidden units that are kept only if they improve it.

    The hazard of a row is ``h0(t) exp(f(x))`` with ``f(x) = A x + V act(W x + c)``, by Cox's partial likelihood.

    Parameters
    ----------
    ties : {"efron", "breslow"}, default="efron"
        How events at the same time are counted.
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    References
    ----------
    Cox (1972), Regression models and life-tables, JRSS B 34. Johansen (1983), An extension of Cox's regression model,
    International Statistical Review 51. %(references)s

    Examples
    --------
    >>> import numpy as np
    >>> from skiplayer import SkipLayerSurvival
    >>> random = np.random.default_rng(0)
    >>> X = random.normal(size=(200, 2))
    >>> time, censored = random.exponential(np.exp(-X[:, 0])), random.exponential(2, size=200)
    >>> y = np.column_stack([time <= censored, np.minimum(time, censored)])
    >>> model = SkipLayerSurvival(n_units=0).fit(X, y)
    >>> bool(model.predict([[1.0, 0.0]])[0] > model.predict([[-1.0, 0.0]])[0])
    True
    """

    _rules = {"ties": [Choice("efron", "breslow")], **SkipLayerEstimator._rules}

    @renamed_parameters(OF_A_FIT)
    def __init__(
        self,
        *,
        ties: str = "efron",
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
        self.ties = ties

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.positive_only = True
        return tags

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        *,
        offset: Any = None,
        exposure: Any = None,
        trials: Any = None,
        strata: Any = None,
    ) -> SkipLayerSurvival:
        """Fit the model; seconds at most for tables of a few thousand rows.

        An exception leaves the estimator as it was before.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
            Numbers, NaN where missing. Frames of pandas, polars or Arrow may also hold text, categories, truth values, dates
            and times.
        y : structured array, frame or array of two columns
            Events (1 or true, 0 or false for a row that was censored) and times, in any order; or times alone, of shape
            (n_samples,), which all end with an event.
        sample_weight : array of shape (n_samples,), optional
            Precision weights: only their ratios matter, and rows of weight zero are left out.
        groups : array of shape (n_samples,), optional
            Rows of equal groups are never on both sides of a fold, and standard errors are Lin and Wei's.
        offset : array of shape (n_samples,) or float, optional
            Log hazards that are known, added as they are.
        exposure, trials : None
            Of counts; durations have neither.
        strata : array of shape (n_samples,) or str, optional
            The stratum of each row (centre, sex): numbers, text or categories, without gaps; or the name of a column of X
            that holds it, and is then no input. Rows are compared within their stratum, which has a baseline hazard of its own.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Input or parameters that cannot be used as they are; the message says what was found and expected.
        """
        self._train(X, y, Roles(sample_weight, groups, None, offset, exposure, trials, strata), None)
        return self

    @with_callbacks
    @renamed_parameters(OF_AN_EVALUATION)
    def evaluate(
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
        folds: int = 10,
        repeats: int | None = None,
        rope: float = 0.01,
        level: float = 0.9,
        learning_curve: bool = False,
        engine: Any = None,
        strata: Any = None,
    ) -> Bunch | None:
        """Fit the model and find out whether it helps: nested cross-validation, tests of curvature, a verdict.

        Parameters
        ----------
        X, y, sample_weight, groups, offset, exposure, trials, strata
            As for `fit`.
        times, folds, repeats, rope, level, learning_curve, engine
            As for `evaluate` of `SkipLayerRegressor`.

        Returns
        -------
        sklearn.utils.Bunch or None
            What `evaluate` of `SkipLayerRegressor` returns, and ``survival`` with the curves of held-out rows.
        """
        options = {
            "folds": folds,
            "repeats": repeats,
            "rope": rope,
            "level": level,
            "learning_curve": learning_curve,
        }
        return self._evaluate(X, y, Roles(sample_weight, groups, times, offset, exposure, trials, strata), options, engine)

    def _task(self) -> str:
        return "survival"

    def _targets(self, y: Any, taken: list[str], sample_weight: Any, n_samples: int) -> Columns:
        targets = survival_targets(y, taken, n_samples, self)
        self._target_names_ = [name for name, _ in targets]
        return targets

    def _loss(self) -> dict[str, Any]:
        time, event = self._target_names_
        return {"loss": "cox", "ties": self.ties, "targets": [time], "event": event}

    def _of_outputs(self, values: Any) -> Any:
        return values[0] if values.ndim > 1 else float(values[0])

    def __call__(self, X: Any) -> NDArray[np.float64]:
        inputs = self._inputs_beside(X, self._without_offset().get("offset"), None)
        return self.model_.linear_predictor(inputs, n_threads(self.n_jobs))[0]

    def predict(self, X: Any, *, offset: Any = None, strata: Any = None) -> NDArray[np.float64]:
        """Predict risks: log hazards, larger where events come sooner.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        offset : array of shape (n_samples,) or float, optional
            As in `fit`, where the model was fitted with one.
        strata : array of shape (n_samples,) or str, optional
            As in `fit`. Risks do not depend on it, and it may be left out; one that is given has to be one of the fit.

        Returns
        -------
        ndarray of shape (n_samples,)
            0 is the mean over the training rows; the exponential is the hazard ratio against it, among rows of one stratum.
        """
        return self._survival(X, [], offset, strata, is_needed=False)[0]

    def predict_survival_function(
        self, X: Any, times: Any, *, offset: Any = None, strata: Any = None
    ) -> NDArray[np.float64]:
        """Predict the probability that there is no event up to each of some times.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        times : array of shape (n_times,)
            In the units of the durations, 0 or more.
        offset : array of shape (n_samples,) or float, optional
            As in `fit`, where the model was fitted with one.
        strata : array of shape (n_samples,) or str, optional
            As in `fit`, where the model was fitted with strata: those of the fit. None is the column of X that the fit named.

        Returns
        -------
        ndarray of shape (n_samples, n_times)
            NaN beyond the longest time that a row of the fit, in the same stratum, was watched.
        """
        times = np.atleast_1d(np.asarray(times, dtype=np.float64))
        columns = self._survival(X, times.tolist(), offset, strata)[2]
        return np.column_stack(columns) if columns else np.empty((n_cells(self._inputs(X)[0][1]), 0))

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
            NaN where the curve stays above a half as long as rows were watched.
        """
        return self._survival(X, [], offset, strata)[1]

    def predict_lower_bound(
        self, X: Any, level: float = 0.9, *, offset: Any = None, strata: Any = None
    ) -> NDArray[np.float64]:
        """Predict times that a share `level` of rows exceed; needs `evaluate` before.

        Held-out events say how far the survival curves are to be believed, weighted so that they stand for censored rows
        too. That is right for rows from the same source whose censoring depends neither on the duration nor on inputs.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        level : float, default=0.9
            Coverage, between 0 and 1.
        offset, strata
            As for `predict_survival_function`.

        Returns
        -------
        ndarray of shape (n_samples,)
            0, which bounds nothing, where there are too few rows for the level.
        """
        check_is_fitted(self)
        level = self._level(level, "predict_lower_bound")
        rows = self._rows(X, offset, strata)
        return np.asarray(self.model_.predict_interval(rows, level, n_threads(self.n_jobs))[0])

    def score(self, X: Any, y: Any, sample_weight: Any = None, *, offset: Any = None, strata: Any = None) -> float:
        """Harrell's concordance of the predicted risks.

        Of pairs of rows of the same stratum of which one is known to have its event first, the share in which that is
        the one with the higher risk; pairs of equal risks count half.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        y : as in `fit`
        sample_weight : array of shape (n_samples,), optional
        offset : array of shape (n_samples,) or float, optional
            As in `fit`, where the model was fitted with one.
        strata : array of shape (n_samples,) or str, optional
            As in `fit`, where the model was fitted with strata; it may hold strata that the fit did not.

        Returns
        -------
        float
            1 at best; 0.5 without any information, and where there is no such pair.
        """
        named = named_column(strata)
        risk = self._survival(X, [], offset, None, is_needed=False, leaving=named)[0]
        (_, time), (_, event) = survival_targets(y, [], len(risk), self)
        weight = checked_weight(sample_weight, len(risk))
        weight = np.ones(len(risk)) if weight is None else weight
        # Rows of different strata have different baselines: their risks say nothing of who comes first.
        cells = self._strata(X, strata, len(risk), is_needed=True)
        stratum = np.zeros(len(risk), np.int64) if cells is None else numbered(cells)
        return concordance(np.asarray(time, np.float64), np.asarray(event, np.float64), risk, weight, stratum)

    def _strata(self, X: Any, strata: Any, n_samples: int, is_needed: bool) -> Cells | None:
        """The stratum of each row of X, if the model has strata; all the same one where it is not needed and not given."""
        if self.record_["strata"] is None:
            if strata is not None:
                raise ValueError("strata: found one, expected None, as the model was fitted without.")
            return None
        if strata is None and not is_needed:
            return same_stratum(self.record_["strata_levels"][0], n_samples)
        of_the_fit = getattr(self, "_strata_column_", None)
        if strata is None and of_the_fit is not None and column_of(X, of_the_fit) is not None:
            strata = of_the_fit
        if strata is None:
            raise ValueError(
                "strata: found None, expected one value a row or the name of a column of X, as the model was fitted with strata."
            )
        return strata_cells(strata, X, n_samples)

    def _rows(
        self, X: Any, offset: Any, strata: Any, *, is_needed: bool = True, leaving: str | None = None
    ) -> Columns:
        """Inputs and offsets, and strata where the model has some."""
        rows: Columns = self._inputs_beside(X, offset, None, leaving or named_column(strata))
        cells = self._strata(X, strata, n_cells(rows[0][1]), is_needed)
        return rows if cells is None else [*rows, (self.record_["strata"], cells)]

    def _survival(
        self,
        X: Any,
        times: list[float],
        offset: Any,
        strata: Any,
        *,
        is_needed: bool = True,
        leaving: str | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], list[NDArray[np.float64]]]:
        check_is_fitted(self)
        rows = self._rows(X, offset, strata, is_needed=is_needed, leaving=leaving)
        risk, median, survival, messages = self.model_.predict_survival(rows, times, n_threads(self.n_jobs))
        for message in messages:
            warn(message)
        return risk, median, survival
