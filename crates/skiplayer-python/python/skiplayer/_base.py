"""What regressor and classifier share: parameters, the fit, and what it tells."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from numbers import Integral, Real
from os import PathLike
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Bunch, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_consistent_length, check_is_fitted

from skiplayer._columns import Columns, cells_of, columns_of, n_cells, unused
from skiplayer._progress import Progress, listener
from skiplayer._skiplayer import Model

# Our names beside the engine's; those left out are the same.
_ENGINE_NAMES = {"alpha_choice": "lambda_choice", "n_init": "n_starts", "cv": "inner_folds"}
_OPTIONS = [
    "method",
    "penalty",
    "path_start",
    "alpha_choice",
    "n_units",
    "depth",
    "activation",
    "skip",
    "n_init",
    "cv",
    "stochastic_above",
]


class SkipLayerEstimator(BaseEstimator):  # type: ignore[misc]
    """Base of the estimators; use :class:`SkipLayerRegressor` or :class:`SkipLayerClassifier`."""

    _parameter_constraints = {
        "method": [StrOptions({"auto", "evidence", "path", "linear"})],
        "penalty": [StrOptions({"l1", "group", "hierarchical"})],
        "path_start": [StrOptions({"dense", "linear"})],
        "alpha_choice": [StrOptions({"min", "1se"})],
        "n_units": [Interval(Integral, 0, 1000, closed="both"), None],
        "depth": [Interval(Integral, 1, 20, closed="both")],
        "activation": [StrOptions({"tanh", "relu", "gelu"})],
        "skip": ["boolean"],
        "n_init": [Interval(Integral, 1, 100, closed="both")],
        "cv": [Interval(Integral, 2, 50, closed="both")],
        "stochastic_above": [Interval(Integral, 1000, 1_000_000_000, closed="both")],
        "max_seconds": [Interval(Real, 0, None, closed="neither"), None],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "callback": [callable, None],
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
        n_init: int = 8,
        cv: int = 5,
        stochastic_above: int = 20_000,
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
        self.n_init = n_init
        self.cv = cv
        self.stochastic_above = stochastic_above
        self.max_seconds = max_seconds
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.callback = callback

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Any:
        """Fit the model; seconds at most for tables of a few thousand rows.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
            Numbers, NaN where missing. Frames of pandas, polars or Arrow may also hold text, categories and booleans.
        y : array of shape (n_samples,), or (n_samples, n_targets) for regression
            What to predict; no missing values.
        sample_weight : array of shape (n_samples,), optional
            Precision weights: only their ratios matter, and rows of weight zero are left out. A weight of 2 is
            therefore not the same as a row that is there twice, which would be two observations.
        groups : array of shape (n_samples,), optional
            Rows of equal groups are never on both sides of a fold.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Input or parameters that cannot be used as they are; the message says what was found and expected.
        """
        return self._train(X, y, sample_weight, groups, None, None)

    def evaluate(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        times: Any = None,
        *,
        n_folds: int = 10,
        n_repeats: int | None = None,
        rope: float = 0.01,
        level: float = 0.9,
        learning_curve: bool = False,
    ) -> Bunch:
        """Fit the model and find out whether it helps: nested cross-validation, tests of curvature, a verdict.

        Parameters
        ----------
        X, y, sample_weight, groups
            As for `fit`.
        times : array of shape (n_samples,), optional
            Numbers or dates: folds are stretches of time, evaluated forward. Not together with `groups`.
        n_folds : int, default=10
            Outer folds.
        n_repeats : int, optional
            Repeats of the outer folds; more where there are few rows by default.
        rope : float, default=0.01
            Half-width of the region of practical equivalence, relative to the loss of the linear model.
        level : float, default=0.9
            Coverage that the intervals are summarised for; `predict_interval` takes any.
        learning_curve : bool, default=False
            Whether the contenders are also trained on growing parts of the rows.

        Returns
        -------
        sklearn.utils.Bunch
            ``verdict`` (code, text, reasons), ``curvature``, ``gain``, ``contenders``, ``comparisons``, ``intervals``,
            ... Also kept as `evaluation_`; `linear_share_` and `nonlinear_share_` are then out of fold.

        References
        ----------
        Nadeau & Bengio (2003), Inference for the generalization error. Barber, Candes, Ramdas & Tibshirani (2021),
        Predictive inference with the jackknife+.
        """
        options = {
            "folds": n_folds,
            "repeats": n_repeats,
            "rope": rope,
            "level": level,
            "learning_curve": learning_curve,
        }
        self._train(X, y, sample_weight, groups, times, options)
        return self.evaluation_

    def _train(self, X: Any, y: Any, sample_weight: Any, groups: Any, times: Any, evaluation: Any) -> Any:
        self._validate_params()
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y is None."
            )
        inputs = columns_of(self, X, reset=True)
        n_samples = n_cells(inputs[0][1])
        if n_samples < 2:
            raise ValueError(f"Found array with {n_samples} sample(s), expected more than 1 sample: n_samples=1.")
        self._check_folds(n_samples, evaluation)
        names = [name for name, _ in inputs]
        sample_weight = _checked_weight(sample_weight, n_samples)
        targets = self._targets(y, names, sample_weight)
        columns: Columns = inputs + targets
        roles = {"weight": sample_weight, "group": groups, "time": times}
        given: dict[str, str] = {}
        for role, values in roles.items():
            if values is not None:
                given[role] = unused(role, (name for name, _ in columns))
                columns.append((given[role], cells_of(values)))
        _check_lengths(columns)
        model = Model.fit(
            columns,
            [name for name, _ in targets],
            self._task(),
            json.dumps(self._engine_options()),
            evaluation=None if evaluation is None else json.dumps(evaluation),
            n_threads=_n_threads(self.n_jobs),
            max_seconds=None if self.max_seconds is None else float(self.max_seconds),
            listener=listener(self.verbose, self.callback),
            **given,
        )
        self._sample_weight = sample_weight
        self._take(model)
        self._tell(names)
        self._warn()
        return self

    def _check_folds(self, n_samples: int, evaluation: Any) -> None:
        inner = {} if self.method == "evidence" else {"cv": self.cv}
        outer = {} if evaluation is None else {"n_folds": evaluation["folds"]}
        for name, n_folds in (inner | outer).items():
            if n_folds > n_samples:
                raise ValueError(
                    f"Cannot have number of splits {name}={n_folds} greater than the number of samples: "
                    f"n_samples={n_samples}."
                )

    def _targets(self, y: Any, taken: list[str], sample_weight: Any) -> Columns:
        raise NotImplementedError

    def _task(self) -> str:
        raise NotImplementedError

    def _engine_options(self) -> dict[str, Any]:
        options = {_ENGINE_NAMES.get(name, name): getattr(self, name) for name in _OPTIONS}
        options["skip"] = bool(self.skip)
        for name, value in options.items():
            if isinstance(value, Integral) and not isinstance(value, bool):
                options[name] = int(value)
        state = self.random_state
        seed = state if isinstance(state, Integral) else check_random_state(state).randint(2**31 - 1)
        return options | {"seed": int(seed)}

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
        self.coef_names_ = _coefficient_names(names, record)
        self._coefficients(explanation)
        self.units_ = [unit["text"] for unit in explanation["units"]]
        self.formulas_ = list(explanation["formulas"])
        self.n_iter_ = max(1, summary["termination"]["iterations"])
        self.converged_ = summary["converged"]
        self.evidence_ = summary["evidence"]
        self.alpha_ = summary["lambda"]
        self.story_ = summary["story"]
        self.messages_ = list(summary["warnings"])
        self.path_ = _path(summary["path"])
        self.linear_share_ = summary["linear_share_in_sample"]
        self.nonlinear_share_ = summary["nonlinear_share_in_sample"]
        self.shares_are_ = "in sample"
        for name in ("evaluation_", "verdict_"):
            if hasattr(self, name):
                delattr(self, name)
        if record["evaluation"] is not None:
            self.evaluation_ = _bunch(record["evaluation"])
            self.verdict_ = self.evaluation_.verdict.code
            self.linear_share_ = self.evaluation_.linear_share
            self.nonlinear_share_ = self.evaluation_.nonlinear_share
            self.shares_are_ = "out of fold"

    def _coefficients(self, explanation: dict[str, Any]) -> None:
        outputs = explanation["outputs"]
        at = {name: j for j, name in enumerate(self.coef_names_)}
        coef = np.zeros((len(outputs), len(at)))
        errors = np.full(coef.shape, np.nan)
        for term in explanation["coefficients"]:
            o = 0 if term.get("output") is None else outputs.index(term["output"])
            coef[o, at[term["input"]]] = term["value"]
            if term.get("standard_error") is not None:
                errors[o, at[term["input"]]] = term["standard_error"]
        self.coef_ = coef
        self.coef_standard_error_ = errors
        self.intercept_: Any = np.array(explanation["intercept"])

    def _warn(self) -> None:
        for message in dict.fromkeys(self.messages_):
            warnings.warn(message, UserWarning, stacklevel=4)
        if not self.converged_:
            warnings.warn(
                f"The optimality conditions hold to {self.record_['summary']['kkt']:.1e} only "
                f"(reason: {self.record_['summary']['termination']['reason']}).",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _inputs(self, X: Any) -> Columns:
        check_is_fitted(self)
        return columns_of(self, X, reset=False)

    def _predicted(self, X: Any) -> list[Any]:
        inputs = self._inputs(X)
        columns, messages = self.model_.predict(inputs)
        for message in messages:
            warnings.warn(message, UserWarning, stacklevel=3)
        return columns

    def explain(self, X: Any) -> Bunch:
        """Take predictions apart: a baseline, and what each input and each hidden unit adds to it.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)

        Returns
        -------
        sklearn.utils.Bunch
            ``outputs``, one for each target or class with ``baseline`` (float), ``input_names``,
            ``input_contributions`` (n_samples, inputs in use), ``unit_names``, ``unit_contributions``
            (n_samples, units), ``linear_predictor`` and ``prediction`` (n_samples,); ``outside``, cells unlike those of the training rows;
            ``notes``. Contributions and baseline add up to the linear predictor.
        """
        inputs = self._inputs(X)
        told = json.loads(self.model_.explain(inputs))
        outputs = []
        for output in told["outputs"]:
            n_samples = len(output["prediction"])
            parts = {
                f"{part}_contributions": np.array([c["values"] for c in output[f"{part}s"]]).reshape(-1, n_samples).T
                for part in ("input", "unit")
            }
            names = {f"{part}_names": [c["name"] for c in output[f"{part}s"]] for part in ("input", "unit")}
            arrays = {name: np.array(output[name]) for name in ("linear_predictor", "prediction")}
            head = {"name": output.get("output"), "unit": output["unit"], "baseline": output["baseline"]}
            outputs.append(Bunch(**head, **names, **parts, **arrays))
        return Bunch(outputs=outputs, outside=_bunch(told["outside"]), notes=told["notes"])

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to a file that the command line, Rust and `load_model` read.

        Parameters
        ----------
        path : str or path-like
            A new name, or an older model to replace.
        """
        check_is_fitted(self)
        self.model_.save(path)

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
        told = _bunch(json.loads(self.model_.effects(columns, weight.tolist())))
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
            sample_weight = self._weight_of(sample_weight, n_cells(columns[0][1]))
            targets = self._targets(y, names, sample_weight)
            columns += [(name, cells) for name, (_, cells) in zip(self.record_["targets"], targets)]
            if sample_weight is not None:
                weight = unused("weight", (name for name, _ in columns))
                columns.append((weight, sample_weight))
            _check_lengths(columns)
        estimator = " ".join(repr(self).split())
        method = "evaluate" if hasattr(self, "verdict_") else "fit"
        self.model_.report(path, f"{estimator}.{method}(X, y)", columns, weight)

    def _weight_of(self, sample_weight: Any, n_samples: int) -> Any:
        """The weights that are given, or else those of the fit."""
        if sample_weight is not None:
            return _checked_weight(sample_weight, n_samples)
        # A model from a file comes without its rows.
        weight = getattr(self, "_sample_weight", None)
        if weight is not None and len(weight) != n_samples:
            raise ValueError(
                f"The fit had weights for {len(weight)} rows, but X has {n_samples}: give the weights of these rows as "
                "sample_weight, np.ones if they count alike."
            )
        return weight

    def _level(self, level: float) -> float:
        if not 0 < level < 1:
            raise ValueError(f"level: found {level!r}, expected a share between 0 and 1, such as 0.9")
        if not self.record_["has_intervals"]:
            name = type(self).__name__
            raise ValueError(f"This {name} was fitted without evaluation: call `evaluate` for intervals.")
        return float(level)


def _check_lengths(columns: Columns) -> None:
    check_consistent_length(*(cells if isinstance(cells, np.ndarray) else cells[0] for _, cells in columns))


def _checked_weight(sample_weight: Any, n_samples: int) -> Any:
    if sample_weight is None:
        return None
    return _check_sample_weight(
        sample_weight, np.empty((n_samples, 1)), dtype=np.float64, ensure_non_negative=True
    )


def _n_threads(n_jobs: int | None) -> int | None:
    """Threads of one fit; OMP_NUM_THREADS is what joblib tells its workers."""
    if n_jobs is not None:
        return int(effective_n_jobs(n_jobs))
    told = os.environ.get("OMP_NUM_THREADS", "")
    return int(told) if told.isdecimal() and int(told) > 0 else None


def _coefficient_names(names: list[str], record: dict[str, Any]) -> list[str]:
    """One name a coefficient, in the order of the inputs; an input that was set aside keeps its place."""
    features: dict[str, list[str]] = {}
    for feature, i in zip(record["features"], record["input_of_feature"]):
        features.setdefault(record["inputs"][i], []).append(feature)
    return [feature for name in names for feature in features.get(name, [name])]


def _path(points: list[dict[str, Any]]) -> Bunch | None:
    if not points:
        return None
    fields = ["n_units", "n_inputs", "n_weights", "train_loss", "cv_loss", "cv_standard_error"]
    columns = {name: np.array([point[name] for point in points]) for name in fields}
    return Bunch(alpha=np.array([point["lambda"] for point in points]), **columns)


def _bunch(value: Any) -> Any:
    if isinstance(value, dict):
        return Bunch(**{name: _bunch(part) for name, part in value.items()})
    return [_bunch(part) for part in value] if isinstance(value, list) else value
