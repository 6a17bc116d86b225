"""A fit of rows that are with workers, by the estimators of tables in memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np

from skiplayer._callbacks import Listener
from skiplayer._checks import check_all
from skiplayer._classifier import SkipLayerClassifier
from skiplayer._column_rules import of_the_engine
from skiplayer._files import labels_of
from skiplayer._fitting import fitting
from skiplayer._names import refuse_doubles
from skiplayer._parts import Held, Part, RowEngine
from skiplayer._roles import Roles
from skiplayer._skiplayer import Model, fit_parts
from skiplayer._threads import n_threads


_MOST_TOLD = 10


class Rows(NamedTuple):
    """A table in parts."""

    parts: Sequence[Part]
    # What the cells of each column are: "truth_value", "integer", "number" or "text".
    kinds: dict[str, str]


class PartRoles(NamedTuple):
    """The columns that are no inputs."""

    label: str
    weight: str | None = None


def fit_to_parts(estimator: Any, rows: Rows, roles: PartRoles, engine: RowEngine, n_workers: int) -> None:
    """Fits `estimator`, which stays what it was if that fails. All workers are stopped in any case."""
    check_all(estimator.get_params(deep=False), estimator._rules, type(estimator).__name__)
    if getattr(estimator, "class_weight", None) is not None:
        raise ValueError(
            "class_weight: found weights of classes, expected None where rows are with workers; a weight_column may hold them."
        )
    if getattr(estimator, "classes", None) is not None and estimator.loss != "ordinal":
        raise ValueError('classes: found some, expected None, as only loss="ordinal" has an order of classes.')
    refuse_doubles(list(rows.kinds))
    if not rows.parts:
        raise ValueError("Found a data set without rows, expected some.")
    for role, name in zip(("label_column", "weight_column"), roles):
        if name is not None and name not in rows.kinds:
            raise ValueError(_no_such_column(role, name, list(rows.kinds)))
    names = [name for name in rows.kinds if name not in roles]
    with fitting(estimator) as draft, Listener(estimator, None, None, Roles()) as listener:
        with Held(engine, rows.parts, n_workers) as held:
            model = _model(draft, rows, roles, held, listener if listener.is_wanted else None)
        if isinstance(draft, SkipLayerClassifier):
            draft.classes_ = np.sort(labels_of(model))
        draft._take(model)
        draft.n_features_in_ = len(names)
        draft.feature_names_in_ = np.array(names, dtype=object)
        # The rows may come with label, weight and other columns besides.
        draft._takes_more_columns_ = True
        draft._tell(names)
        listener.fitted(draft)
    estimator._warn()


def _no_such_column(role: str, name: str, names: list[str]) -> str:
    near = get_close_matches(name, names, 1)
    listed = ", ".join(map(repr, names[:_MOST_TOLD])) + (", ..." if len(names) > _MOST_TOLD else "")
    asked = f"did you mean {near[0]!r}?" if near else f"expected one of {listed}."
    return f"{role}={name!r}: found no such column, {asked}"


def _model(estimator: Any, rows: Rows, roles: PartRoles, held: Held, listener: Any) -> Model:
    is_classifier = isinstance(estimator, SkipLayerClassifier)
    names = [name for name in rows.kinds if name not in roles]
    limit = None if estimator.max_seconds is None else float(estimator.max_seconds)
    return fit_parts(
        held.ask,
        roles.label,
        # Two of several classes are a binary task to the engine.
        "multiclass" if is_classifier else estimator._task(),
        json.dumps(estimator._engine_options(5)),
        rules=json.dumps(of_the_engine(estimator, names)),
        weight=roles.weight,
        labels=rows.kinds.get(roles.label) if is_classifier else None,
        n_threads=n_threads(estimator.n_jobs),
        max_seconds=limit,
        listener=listener,
        **estimator._loss(),
    )
