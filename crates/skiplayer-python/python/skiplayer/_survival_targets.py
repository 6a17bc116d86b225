"""Durations and how they end, in the forms that callers have."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array, check_consistent_length

from skiplayer._columns import Columns, array_like, names_of, unused

_EXPECTED = "expected two columns: one that is 1 or true for an event and 0 or false for a row that was censored, one of times"


def survival_targets(y: Any, taken: list[str], n_samples: int, estimator: Any) -> Columns:
    """The columns of times and of events, in this order.

    `y` is a structured array or a frame of two columns, of which one holds truth values or nothing but 0 and 1, an array of
    shape (n, 2) of such columns, or an array of shape (n,) of times that all end with an event.

    Raises
    ------
    ValueError
        Other columns, cells that are missing or infinite, negative times, or not one row for each of X.
    """
    names, columns = _columns(y)
    if len(columns) == 1:
        names, columns = [names[0], "event"], [columns[0], np.ones(len(columns[0]))]
        event = 1
    elif len(columns) == 2:
        event = _place_of_event(columns)
    else:
        raise ValueError(f"y: found {len(columns)} columns, {_EXPECTED}.")
    checked = [
        check_array(column, ensure_2d=False, dtype=np.float64, input_name="y", estimator=estimator) for column in columns
    ]
    time, ends = checked[1 - event], checked[event]
    check_consistent_length(np.empty(n_samples), time)
    if (time < 0).any():
        row = int(np.flatnonzero(time < 0)[0])
        raise ValueError(f"y: found the time {time[row]} in row {row + 1}, expected durations of 0 or more.")
    time_name = unused(names[1 - event], taken)
    return [(time_name, time), (unused(names[event], [*taken, time_name]), ends)]


def _columns(y: Any) -> tuple[list[str], list[NDArray[Any]]]:
    """The columns of `y` with their names."""
    fields = getattr(getattr(y, "dtype", None), "names", None)
    if fields:
        return list(fields), [np.asarray(y[name]).ravel() for name in fields]
    given = array_like(y)
    array = np.asarray(given)
    names = names_of(y)
    if array.ndim > 2:
        raise ValueError(f"y: found an array of shape {array.shape}, {_EXPECTED}.")
    if array.ndim < 2 or array.shape[1] == 1:
        return names or ["time"], [array.reshape(-1)]
    columns = list(array.T)
    return names or (["event", "time"] if len(columns) == 2 else [f"y{k + 1}" for k in range(len(columns))]), columns


def _place_of_event(columns: list[NDArray[Any]]) -> int:
    """Which of two columns says how times end: truth values first, then nothing but 0 and 1, the first of two."""
    for place, column in enumerate(columns):
        if column.dtype.kind == "b" or (column.dtype.kind == "O" and all(isinstance(cell, bool | np.bool_) for cell in column)):
            return place
    for place, column in enumerate(columns):
        numbers = _numbers(column)
        if numbers is not None and np.isin(numbers, (0.0, 1.0)).all():
            return place
    values = [np.unique(column.astype(str)) for column in columns]
    place = int(np.argmin([len(own) for own in values]))
    shown = ", ".join(values[place][:5])
    raise ValueError(f"y: found no column of events (the one with fewest values has {shown}), {_EXPECTED}.")


def _numbers(column: NDArray[Any]) -> NDArray[np.float64] | None:
    try:
        return np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError):
        return None
