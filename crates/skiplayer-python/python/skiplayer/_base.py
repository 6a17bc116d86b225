"""What regressor and classifier share: parameters, the fit, and what it says."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Bunch, check_random_state
from sklearn.utils.validation import check_is_fitted

from skiplayer import _results
from skiplayer._callbacks import CallbackSupportMixin, Listener, with_callbacks
from skiplayer._checks import (
    CALLABLE,
    INTEGER,
    NONE,
    SEED,
    Number,
    Rules,
    Truth,
    Whole,
    check,
    check_all,
    rules_of_the_engine,
)
from skiplayer._column_rules import COLUMN_RULES, of_the_engine
from skiplayer._columns import Columns, as_trained, columns_of, n_cells, unused
from skiplayer._engines import ENGINE, FitRequest, engine_of, outer_folds
from skiplayer._explanations import Explanations
from skiplayer._fitting import fitting, unfitted
from skiplayer._merge import check_others, merged_names
from skiplayer._progress import Progress
from skiplayer._renamed import OF_A_FIT, OF_AN_EVALUATION, RenamedAttributes, renamed_parameters
from skiplayer._roles import Roles, checked_weight, offset_columns
from skiplayer._skiplayer import Model
from skiplayer._splits import SPLITS, SPLITTER, InnerFolds, inner_folds
from skiplayer._strata import named_column, strata_cells
from skiplayer._threads import n_threads
from skiplayer._warnings import warn

# Our names beside the engine's; those left out are the same.
_ENGINE_NAMES = {"alpha_choice": "lambda_choice"}
_OPTIONS = [
    "method",
    "penalty",
    "path_start",
    "alpha_choice",
    "n_units",
    "depth",
    "activation",
    "skip",
    "n_starts",
    "inner_folds",
    "stochastic_above",
    "inference",
]

# Ends of a fit that were meant: rows that were held out have judged the network.
_PLANNED_ENDS = ("work_limit",)
_ENGINE = rules_of_the_engine()
EVALUATION_RULES: Rules = {
    "rope": [Number(0)],
    "level": [Number(0, 1)],
    **{name: _ENGINE[name] for name in ("folds", "repeats", "learning_curve")},
}


class SkipLayerEstimator(RenamedAttributes, CallbackSupportMixin, BaseEstimator):  # type: ignore[misc]
    """Base of the estimators; use :class:`SkipLayerRegressor` or :class:`SkipLayerClassifier`."""

    _rules: Rules = {
        **{name: _ENGINE[name] for name in _OPTIONS},
        "inner_folds": [*_ENGINE["inner_folds"], SPLITTER, SPLITS],
        **COLUMN_RULES,
        "max_seconds": [Number(0), NONE],
        "n_jobs": [INTEGER, NONE],
        "random_state": [SEED, NONE],
        "verbose": [Whole(0, 100), Truth()],
        "callback": [CALLABLE, NONE],
    }

    def __init__(
        self,
        *,
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
        self.method = method
        self.penalty = penalty
        self.path_start = path_start
        self.alpha_choice = alpha_choice
        self.n_units = n_units
        self.depth = depth
        self.activation = activation
        self.skip = skip
        self.n_starts = n_starts
        self.inner_folds = inner_folds
        self.stochastic_above = stochastic_above
        self.inference = inference
        self.monotone = monotone
        self.unpenalized = unpenalized
        self.penalty_factor = penalty_factor
        self.interactions = interactions
        self.max_seconds = max_seconds
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.callback = callback

    @renamed_parameters(OF_A_FIT)
    def set_params(self, **params: Any) -> Any:
        """Set parameters by their names.

        Parameters
        ----------
        **params : dict
            Names and values.

        Returns
        -------
        self
        """
        return super().set_params(**params)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def __getattr__(self, name: str) -> Any:
        if name in ("coef_", "coef_standard_error_") and "record_" in self.__dict__:
            why = _results.why_no_coefficients(self.record_)
            raise AttributeError(f"There is no {name}, as this model {why}; linear_part_ holds its linear part.")
        return super().__getattr__(name)

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
    ) -> Any:
        """Fit the model; seconds at most for tables of a few thousand rows.

        An exception leaves the estimator as it was before.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
            Numbers, NaN where missing. Frames of pandas, polars or Arrow may also hold text, categories, truth values, dates
            and times.
        y : array of shape (n_samples,), or (n_samples, n_targets) for regression
            What to predict; no missing values.
        sample_weight : array of shape (n_samples,), optional
            Precision weights: only their ratios matter, and rows of weight zero are left out. A weight of 2 is
            therefore not the same as a row that is there twice, which would be two observations.
        groups : array of shape (n_samples,), optional
            Rows of equal groups are never on both sides of a fold.
        offset : array of shape (n_samples,) or float, optional
            What is added to the linear predictor as it is: with a log link a logarithm, for numbers in units of the target.
        exposure : array of shape (n_samples,) or float, optional
            What counts and amounts are proportional to: years insured, population, area.
        trials : array of shape (n_samples,) or float, optional
            Of loss="binomial": out of how many trials y counts the successes.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Input or parameters that cannot be used as they are; the message says what was found and expected.
        """
        self._train(X, y, Roles(sample_weight, groups, None, offset, exposure, trials), None)
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
    ) -> Bunch | None:
        """Fit the model and find out whether it helps: nested cross-validation, tests of curvature, a verdict.

        Parameters
        ----------
        X, y, sample_weight, groups, offset, exposure, trials
            As for `fit`.
        times : array of shape (n_samples,), optional
            Numbers or dates: folds are periods of time, evaluated forward. Not together with `groups`.
        folds : int, default=10
            Outer folds.
        repeats : int, optional
            Repeats of the outer folds; more where there are few rows by default.
        rope : float, default=0.01
            Half-width of the region of practical equivalence, relative to the loss of the linear model.
        level : float, default=0.9
            Coverage that the intervals are summarised for; `predict_interval` takes any.
        learning_curve : bool, default=False
            Whether the contenders are also trained on growing parts of the rows.
        engine : {"joblib", "ray", "dask"} or Engine, optional
            Where outer folds run, with the same result to the bit: as tasks of joblib's active backend (processes by
            default), of Ray or of Dask. None: in threads of this process. Not together with `max_seconds`.

        Returns
        -------
        sklearn.utils.Bunch or None
            ``verdict`` (code, text, reasons), ``curvature``, ``gain``, ``contenders``, ``comparisons``, ``intervals``,
            ... Also kept as `evaluation_`; `linear_share_` and `nonlinear_share_` are then out of fold. None, with a
            warning, where `max_seconds` ended before two folds did: the model is fitted all the same.

        References
        ----------
        Nadeau & Bengio (2003), Inference for the generalization error. Barber, Candes, Ramdas & Tibshirani (2021),
        Predictive inference with the jackknife+.
        """
        options = {
            "folds": folds,
            "repeats": repeats,
            "rope": rope,
            "level": level,
            "learning_curve": learning_curve,
        }
        return self._evaluate(X, y, Roles(sample_weight, groups, times, offset, exposure, trials), options, engine)

    def _evaluate(self, X: Any, y: Any, roles: Roles, options: dict[str, Any], engine: Any) -> Bunch | None:
        check_all({**options, "engine": engine}, {**EVALUATION_RULES, "engine": ENGINE}, f"{type(self).__name__}.evaluate")
        if engine is not None and self.max_seconds is not None:
            raise ValueError("engine: found one together with max_seconds, expected one of the two: tasks run to their end.")
        self._train(X, y, roles, plain(options), engine)
        found: Bunch | None = self.evaluation_
        return found

    def _train(
        self, X: Any, y: Any, roles: Roles, evaluation: dict[str, Any] | None, engine: Any = None
    ) -> None:
        check_all(self.get_params(deep=False), self._rules, type(self).__name__)
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y is None."
            )
        with fitting(self) as draft, Listener(self, X, y, roles) as listener:
            draft._learn(X, y, roles, evaluation, engine, listener)
            listener.fitted(draft)
        self._warn()
        if evaluation is not None and self.evaluation_ is None:
            warn(
                "The time of max_seconds ended before two folds were evaluated: the model is fitted, without a verdict and "
                "without intervals. More time or fewer folds give them."
            )

    def _warn(self) -> None:
        """Say what the fit has to say."""
        for message in dict.fromkeys(self.warnings_):
            warn(message)
        reason = self.record_["summary"]["termination"]["reason"]
        if not self.converged_ and reason not in _PLANNED_ENDS:
            warn(
                f"The optimality conditions hold to {self.record_['summary']['kkt']:.1e} only (reason: {reason}).",
                ConvergenceWarning,
            )

    def _learn(
        self, X: Any, y: Any, roles: Roles, evaluation: dict[str, Any] | None, engine: Any, listener: Listener
    ) -> None:
        """Fit this estimator, which nobody has seen yet."""
        self._strata_column_ = named_column(roles.strata)
        inputs = columns_of(self, X, reset=True, leaving=self._strata_column_)
        n_samples = n_cells(inputs[0][1])
        if n_samples < 2:
            raise ValueError(f"Found array with {n_samples} sample(s), expected more than 1 sample: n_samples=1.")
        if evaluation is not None and evaluation["folds"] > n_samples:
            raise ValueError(
                f"Cannot have number of splits folds={evaluation['folds']} greater than the number of samples: "
                f"n_samples={n_samples}."
            )
        names = [name for name, _ in inputs]
        weight = self._weight(y, checked_weight(roles.sample_weight, n_samples), n_samples)
        targets = self._targets(y, names, weight, n_samples)
        columns: Columns = inputs + targets
        folds = InnerFolds(5) if self.method == "evidence" else inner_folds(self.inner_folds, n_samples, y, roles.groups)
        given: dict[str, Any] = {}
        for role, cells in roles.columns(weight, n_samples).items():
            given[role] = unused(role, (name for name, _ in columns))
            columns.append((given[role], cells))
        if roles.strata is not None:
            given["strata"] = unused(self._strata_column_ or "strata", (name for name, _ in columns))
            columns.append((given["strata"], strata_cells(roles.strata, X, n_samples)))
        request = FitRequest(
            columns,
            {
                "targets": [name for name, _ in targets],
                "task": self._task(),
                **self._loss(),
                "options": json.dumps(self._engine_options(folds.number)),
                "rules": json.dumps(of_the_engine(self, names)),
                "evaluation": None if evaluation is None else json.dumps(evaluation),
                "labels": self._label_kind(),
                "inner_fold": folds.of_rows,
                **given,
            },
        )
        heard = listener if listener.is_wanted else None
        fit, run_elsewhere = request.fit(), None
        if engine is not None:
            run_elsewhere = outer_folds(request, fit.n_outer_folds(), engine_of(engine, self.n_jobs), heard)
            # Somebody has stopped them: the model is fitted all the same.
            fit = fit if run_elsewhere is not None else request.without_evaluation().fit()
        limit = None if self.max_seconds is None else float(self.max_seconds)
        model = fit.run(n_threads(self.n_jobs), limit, heard, run_elsewhere)
        # What rows count: each trial is an observation.
        self._sample_weight_ = weight if roles.trials is None else np.asarray(roles.trials) * np.ones(n_samples)
        if roles.trials is not None and weight is not None:
            self._sample_weight_ = self._sample_weight_ * weight
        self._take(model)
        self._tell(names)

    def _weight(self, y: Any, sample_weight: Any, n_samples: int) -> Any:
        """The weights that the fit uses."""
        return sample_weight

    def _targets(self, y: Any, taken: list[str], sample_weight: Any, n_samples: int) -> Columns:
        raise NotImplementedError

    def _task(self) -> str:
        raise NotImplementedError

    def _loss(self) -> dict[str, Any]:
        """The loss if it is not that of the task."""
        return {}

    def _label_kind(self) -> str | None:
        return None

    def _engine_options(self, n_folds: int) -> dict[str, Any]:
        options = {_ENGINE_NAMES.get(name, name): getattr(self, name) for name in _OPTIONS}
        options["inner_folds"] = n_folds
        state = self.random_state
        seed = state if isinstance(state, Integral) else check_random_state(state).randint(2**31 - 1)
        return plain(options | {"seed": seed})

    @staticmethod
    def _params_of(options: dict[str, Any]) -> dict[str, Any]:
        """The parameters that the engine's options stand for."""
        params = {name: options[_ENGINE_NAMES.get(name, name)] for name in _OPTIONS}
        return params | {"random_state": options["seed"]}

    def _take(self, model: Model) -> None:
        self.model_ = model
        self.record_ = json.loads(model.record())

    def _tell(self, names: list[str]) -> None:
        """The record as fitted attributes."""
        record, summary, explanation = self.record_, self.record_["summary"], self.record_["explanation"]
        self.linear_part_ = _results.linear_part(record)
        self.coef_names_ = names
        if _results.why_no_coefficients(record) is None:
            self.coef_, self.coef_standard_error_ = map(self._of_outputs, _results.coefficients(record, names))
        self.intercept_ = self._of_outputs(np.array(explanation["intercept"]))
        if record["importances"] is not None:
            self.feature_importances_ = _results.importances(record, names)
        self.units_ = [unit["text"] for unit in explanation["units"]]
        self.formulas_ = list(explanation["formulas"])
        self.n_iter_ = max(1, summary["termination"]["iterations"])
        self.converged_ = summary["converged"]
        self.evidence_ = summary["evidence"]
        self.alpha_ = summary["lambda"]
        self.summary_ = summary["headline"]
        self.warnings_ = list(summary["warnings"])
        self.path_ = _results.path(summary["path"])
        self.linear_share_ = summary["linear_share_in_sample"]
        self.nonlinear_share_ = summary["nonlinear_share_in_sample"]
        rows = "in sample"
        self.evaluation_ = _results.bunch(record["evaluation"])
        self.verdict_ = None
        if self.evaluation_ is not None:
            self.verdict_ = self.evaluation_.verdict.code
            self.linear_share_ = self.evaluation_.linear_share
            self.nonlinear_share_ = self.evaluation_.nonlinear_share
            rows = "out of fold"
        self.explained_variance_share_ = Bunch(linear=self.linear_share_, nonlinear=self.nonlinear_share_, rows=rows)

    def _of_outputs(self, values: Any) -> Any:
        """Values of all outputs, in the shape of scikit-learn's linear models of the kind."""
        return values

    def _inputs(self, X: Any, leaving: str | None = None) -> Columns:
        """The inputs of X, which may also have a column `leaving`, or the one of strata that the fit had."""
        check_is_fitted(self)
        known = _results.meanings(self.record_)
        leaving = leaving or getattr(self, "_strata_column_", None)
        columns = columns_of(self, X, reset=False, leaving=leaving)
        return [(name, as_trained(cells, known.get(name))) for name, cells in columns]

    def _inputs_beside(self, X: Any, offset: Any, exposure: Any, leaving: str | None = None) -> Columns:
        """Inputs, and what was known beforehand."""
        inputs = self._inputs(X, leaving)
        return inputs + offset_columns(self.record_["offset"], offset, exposure, n_cells(inputs[0][1]))

    def _predicted(self, X: Any, offset: Any = None, exposure: Any = None) -> list[Any]:
        inputs = self._inputs_beside(X, offset, exposure)
        columns, messages = self.model_.predict(inputs, n_threads(self.n_jobs))
        for message in messages:
            warn(message)
        return columns

    def __call__(self, X: Any) -> NDArray[np.float64]:
        """The function f that the network is: predictions, or what the link makes predictions of.

        This is what `shap.Explainer` and other tools take for the model.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Targets, log odds (of successes, too) or scores of classes, or logarithms of mean counts; without an offset, for an exposure of 1.
        """
        raise NotImplementedError

    def _without_offset(self) -> dict[str, float]:
        """Offsets that change nothing, where the model wants some."""
        check_is_fitted(self)
        return {role: {"offset": 0.0, "exposure": 1.0}[role] for role in self.record_["offset"]}

    def explain(self, X: Any, *, offset: Any = None, exposure: Any = None) -> Explanations:
        """Take predictions apart: a baseline, and what each input and each hidden unit adds to it.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        offset, exposure : array of shape (n_samples,) or float, optional
            As in `fit`, where the model was fitted with them.

        Returns
        -------
        Explanations
            ``outputs``, one for each target or class with ``baseline`` (float), ``input_names``,
            ``input_contributions`` (n_samples, inputs in use), ``unit_names``, ``unit_contributions``
            (n_samples, units), ``linear_predictor`` and ``prediction`` (n_samples,); ``outside``, cells unlike those of the training rows;
            ``notes``. Contributions and baseline add up to the linear predictor. ``to_shap()`` gives them as a `shap.Explanation`.
        """
        inputs = self._inputs_beside(X, offset, exposure)
        return Explanations.of(json.loads(self.model_.explain(inputs, n_threads(self.n_jobs))))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to a file that the command line, Rust and `load_model` read.

        Parameters
        ----------
        path : str or path-like
            A new name, or an older model to replace.
        """
        check_is_fitted(self)
        self.model_.save(path)

    def merge(self, others: Sequence[Any]) -> Any:
        """Make one model of this one and of others that were fitted on other rows: the mean of what they predict.

        On the scale of the link (the target itself, log odds, log mean counts) the model predicts the mean of what its members predict,
        weighted by their training rows. For members without hidden units its coefficients are therefore the means of theirs.
        Rows need not be at one place: only models come together. Columns of frames are united by name; a category, a missing cell or
        a column that only one member knows is to the others what a new one is.

        Parameters
        ----------
        others : sequence of estimators
            Fitted estimators of the same kind, with the same target and classes.

        Returns
        -------
        SkipLayerRegressor or SkipLayerClassifier
            A new estimator with the parameters of this one. It has no standard errors and no intervals, which are of each member alone.

        Raises
        ------
        ValueError
            Members of different targets, classes, columns of an array or activations, or whose columns mean different things.
        """
        check_is_fitted(self)
        check_others(self, others)
        names = merged_names(self, others)
        merged = unfitted(self)
        if hasattr(self, "classes_"):
            merged.classes_ = self.classes_
        merged.n_features_in_ = len(names)
        if hasattr(self, "feature_names_in_"):
            merged.feature_names_in_ = np.array(names, dtype=object)
            merged._takes_more_columns_ = True
        merged._take(self.model_.merge([other.model_ for other in others]))
        merged._tell(names)
        for message in merged.warnings_:
            warn(message)
        return merged

    def export(
        self,
        path: str | PathLike[str],
        *,
        to: str | None = None,
        dialect: str = "duckdb",
        table: str = "input",
        key: Sequence[str] = (),
        level: float | None = None,
    ) -> None:
        """Write the model for other programs: as ONNX, SQL or JSON.

        Parameters
        ----------
        path : str or path-like
            Where to write it. A file that is there is replaced.
        to : {"onnx", "sql", "json"}, optional
            The format; by default what the ending of `path` says. ONNX has one input of shape (n, 1) for each column that the model
            uses, and the outputs ``prediction``, or ``label`` and ``probability``, in double precision. SQL is one SELECT.
        dialect : {"duckdb", "postgres", "sqlite"}, default="duckdb"
            The database that the query is for.
        table : str, default="input"
            What stands behind FROM in the query.
        key : sequence of str, default=()
            Columns of the table that the query hands through.
        level : float, optional
            Also intervals that cover this share of new rows, or for classes the set that does and calibrated probabilities.
            Wants a model that was evaluated.
        """
        check_is_fitted(self)
        to = Path(path).suffix.lstrip(".").lower() if to is None else to
        level = None if level is None else self._level(level, "export")
        self.model_.export(to, dialect, table, list(key), level, path)

    def effects(self, X: Any, sample_weight: Any = None) -> Bunch:
        """What each input does to the output: the line, and the perturbation of the hidden units around it.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
            The data of the fit, or other rows that stand for those that the effects are meant for.
        sample_weight : array of shape (n_samples,), optional
            Weights of the rows of X; by default those of the fit, if X has as many rows.

        Returns
        -------
        sklearn.utils.Bunch
            ``inputs``, strongest first, one for each input in use and output, with ``input``, ``output`` (None where there
            is one), ``unit``, ``linear_size``, ``nonlinear_size`` (standard deviations over the rows) and ``curve``. A curve
            of ``kind`` "numeric" has ``at``, ``line``, ``accumulated``, ``partial`` (all of shape (n_points,)),
            ``individual`` (n_rows, n_points) and ``deciles``; one of "levels" has ``levels``, ``counts``, ``line`` and
            ``partial``. All are centred and include the line. ``interactions`` holds pairs of inputs that act together:
            ``a``, ``b``, ``output``, ``size``, ``share``, ``h_squared``. `skiplayer.plot.effects` draws it.

        References
        ----------
        Apley & Zhu (2020), Visualizing the effects of predictor variables in black box supervised learning models, JRSS B
        82. Friedman (2001), Greedy function approximation, Annals of Statistics 29. Friedman & Popescu (2008), Predictive
        learning via rule ensembles, Annals of Applied Statistics 2.
        """
        columns = self._inputs(X)
        n_samples = n_cells(columns[0][1])
        weight = self._weight_of(sample_weight, n_samples)
        weight = np.ones(n_samples) if weight is None else weight
        told = _results.bunch(json.loads(self.model_.effects(columns, weight.tolist(), n_threads(self.n_jobs))))
        for effect in told.inputs:
            effect.setdefault("output", None)
            lists = {name: part for name, part in effect.curve.items() if name not in ("kind", "levels")}
            effect.curve.update({name: np.array(part) for name, part in lists.items()})
        for pair in told.interactions:
            pair.setdefault("output", None)
        return told

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
        check_is_fitted(self)
        if (X is None) != (y is None):
            raise ValueError("X and y go together: give both, or neither.")
        if sample_weight is not None and X is None:
            raise ValueError("sample_weight weighs the rows of X: give X and y too.")
        columns, weight = None, None
        if X is not None:
            columns = self._inputs(X)
            names = [name for name, _ in columns]
            n_samples = n_cells(columns[0][1])
            sample_weight = self._weight_of(sample_weight, n_samples)
            # Finding the classes of y must leave those of the fit alone.
            targets = unfitted(self)._targets(y, names, sample_weight, n_samples)
            names = [*self.record_["targets"], *filter(None, [self.record_["event"]])]
            columns += [(name, cells) for name, (_, cells) in zip(names, targets)]
            if sample_weight is not None:
                weight = unused("weight", (name for name, _ in columns))
                columns.append((weight, sample_weight))
        estimator = " ".join(repr(self).split())
        method = "fit" if self.evaluation_ is None else "evaluate"
        self.model_.report(path, f"{estimator}.{method}(X, y)", columns, weight, n_threads(self.n_jobs))

    def _weight_of(self, sample_weight: Any, n_samples: int) -> Any:
        """The weights that are given, or else those of the fit."""
        if sample_weight is not None:
            return checked_weight(sample_weight, n_samples)
        # A model from a file comes without its rows.
        weight = getattr(self, "_sample_weight_", None)
        if weight is not None and len(weight) != n_samples:
            raise ValueError(
                f"The fit had weights for {len(weight)} rows, but X has {n_samples}: give the weights of these rows as "
                "sample_weight, np.ones if they count alike."
            )
        return weight

    def _level(self, level: float, method: str) -> float:
        check(level, "level", [Number(0, 1)], f"{type(self).__name__}.{method}")
        if not self.record_["has_intervals"]:
            name = type(self).__name__
            raise ValueError(f"This {name} was fitted without evaluation: call `evaluate` for intervals.")
        return float(level)


def plain(options: dict[str, Any]) -> dict[str, Any]:
    """Numbers of NumPy as Python's, which JSON can write."""
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in options.items()}
