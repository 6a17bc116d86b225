"""What is asked of single columns: directions, penalties, and which of them hidden units may combine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from skiplayer._checks import NONE, Fulfils, Rules, is_truth

_NONE_AT_ALL = "none"


def _is_column(column: Any) -> bool:
    return isinstance(column, str) or (isinstance(column, Integral) and not is_truth(column))


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)


def _one_a_column(allows: Any) -> Any:
    """A mapping from columns, or a value for each column in turn, of values that `allows` says yes to."""

    def holds(value: Any) -> bool:
        if isinstance(value, Mapping):
            return all(_is_column(column) for column in value) and all(map(allows, value.values()))
        return _is_list(value) and all(map(allows, value))

    return holds


def _is_direction(value: Any) -> bool:
    return isinstance(value, Real) and not is_truth(value) and value in (-1, 0, 1)


def _is_factor(value: Any) -> bool:
    return isinstance(value, Real) and not is_truth(value) and 0 < float(value) < float("inf")


def _are_groups(value: Any) -> bool:
    if isinstance(value, str):
        return value == _NONE_AT_ALL
    return _is_list(value) and all(_is_list(group) and all(map(_is_column, group)) for group in value)


COLUMN_RULES: Rules = {
    "monotone": [
        Fulfils("a dict from columns to -1, 0 or 1, an array of these, one for each column", _one_a_column(_is_direction)),
        NONE,
    ],
    "unpenalized": [Fulfils("a list of columns", lambda value: _is_list(value) and all(map(_is_column, value))), NONE],
    "penalty_factor": [
        Fulfils("a dict from columns to numbers above 0, an array of these, one for each column", _one_a_column(_is_factor)),
        NONE,
    ],
    "interactions": [Fulfils("'none', a list of groups of columns", _are_groups), NONE],
}


def of_the_engine(estimator: Any, names: Sequence[str]) -> dict[str, Any]:
    """The rules of `estimator` as the engine takes them; empty without any. `names` are its columns.

    Raises
    ------
    ValueError
        A column that is not there, or arrays of another length.
    """
    rules: dict[str, Any] = {}
    monotone = _pairs(estimator.monotone, "monotone", names)
    if directions := [(name, "+" if way > 0 else "-") for name, way in monotone if way != 0]:
        rules["monotone"] = directions
    if estimator.unpenalized is not None:
        rules["unpenalized"] = [_name(column, "unpenalized", names) for column in estimator.unpenalized]
    # A factor of 1 asks nothing.
    if factors := [pair for pair in _pairs(estimator.penalty_factor, "penalty_factor", names) if pair[1] != 1]:
        rules["penalty_factor"] = factors
    if estimator.interactions is not None:
        groups = [] if isinstance(estimator.interactions, str) else estimator.interactions
        rules["interactions"] = [[_name(column, "interactions", names) for column in group] for group in groups]
    return rules


def parameters_of(rules: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that rules of the engine stand for."""
    groups = rules.get("interactions")
    return {
        "monotone": {name: 1 if way == "+" else -1 for name, way in rules["monotone"]} if "monotone" in rules else None,
        "unpenalized": rules.get("unpenalized"),
        "penalty_factor": dict(rules["penalty_factor"]) if "penalty_factor" in rules else None,
        "interactions": _NONE_AT_ALL if groups == [] else groups,
    }


def _pairs(value: Any, parameter: str, names: Sequence[str]) -> list[tuple[str, float]]:
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [(_name(column, parameter, names), float(number)) for column, number in value.items()]
    numbers = np.asarray(value, dtype=np.float64)
    if len(numbers) != len(names):
        raise ValueError(f"{parameter}: found {len(numbers)} values, expected {len(names)}, one for each column of X.")
    return list(zip(names, numbers.tolist()))


def _name(column: Any, parameter: str, names: Sequence[str]) -> str:
    """The engine's name of a column that is given by its name or its place."""
    if isinstance(column, str):
        return column
    if not -len(names) <= column < len(names):
        raise ValueError(f"{parameter}: found the column {column}, expected one from 0 to {len(names) - 1}.")
    return str(names[column])
