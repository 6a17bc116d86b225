"""Columns beside inputs and targets: weights, groups, times, offsets, trials and strata."""

from __future__ import annotations

from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array, check_consistent_length

from skiplayer._columns import Cells, array_like, cells_of


class Roles(NamedTuple):
    """What `fit` and `evaluate` are given beside X and y; one value a row, or None."""

    sample_weight: Any = None
    groups: Any = None
    times: Any = None
    offset: Any = None
    exposure: Any = None
    trials: Any = None
    strata: Any = None

    def columns(self, weight: Any, n_samples: int) -> dict[str, Cells]:
        """The columns of the engine by their roles; `weight` are the weights as the fit uses them."""
        found: dict[str, Cells] = {} if weight is None else {"weight": weight}
        if self.groups is not None:
            found["group"] = _numbered(one_a_row(self.groups, "groups", n_samples))
        if self.times is not None:
            found["time"] = cells_of(one_a_row(self.times, "times", n_samples))
        for name in ("offset", "exposure", "trials"):
            if getattr(self, name) is not None:
                found[name] = known_beforehand(getattr(self, name), name, n_samples)
        return found


def one_a_row(values: Any, name: str, n_samples: int) -> NDArray[Any]:
    """`values` as an array of `n_samples` present cells.

    Raises
    ------
    ValueError
        Another shape or length, or a missing cell.
    """
    array = np.asarray(array_like(values))
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"{name}: found an array of shape {array.shape}, expected one value a row, ({n_samples},).")
    check_consistent_length(np.empty(n_samples), array)
    missing = np.flatnonzero(_is_missing(array))
    if len(missing):
        raise ValueError(f"{name}: found a missing value in row {missing[0] + 1}, expected a value for every row.")
    return array


def known_beforehand(values: Any, name: str, n_samples: int) -> NDArray[np.float64]:
    """An offset, an exposure or trials: numbers, one a row or one for all.

    Raises
    ------
    ValueError
        Another shape or length, or what is no number; the engine looks at the numbers themselves.
    """
    if isinstance(values, Real):
        return np.full(n_samples, float(values))
    array = one_a_row(values, name, n_samples)
    try:
        return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: found cells of type {array.dtype}, expected numbers.") from None


def offset_columns(known: dict[str, str], offset: Any, exposure: Any, n_samples: int) -> list[tuple[str, Cells]]:
    """The columns that a model with the offsets `known`, column by role, takes beside its inputs.

    Raises
    ------
    ValueError
        One that is wanted and not given, or given and not wanted.
    """
    columns: list[tuple[str, Cells]] = []
    for role, values in (("offset", offset), ("exposure", exposure)):
        if role in known and values is None:
            raise ValueError(
                f"{role}: found None, expected one value a row, as the model was fitted with; a number stands for all rows."
            )
        if role not in known and values is not None:
            raise ValueError(f"{role}: found one, expected None, as the model was fitted without.")
        if values is not None:
            columns.append((known[role], known_beforehand(values, role, n_samples)))
    return columns


def checked_weight(sample_weight: Any, n_samples: int) -> Any:
    """Finite weights of zero or more, not all of them zero, one a row; None stays None.

    Raises
    ------
    ValueError
        What cannot be a weight.
    """
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real):
        sample_weight = np.full(n_samples, sample_weight)
    weight = check_array(array_like(sample_weight), ensure_2d=False, dtype=np.float64, input_name="sample_weight")
    if weight.ndim != 1:
        raise ValueError(f"Sample weights must be 1D array or scalar, got {weight.ndim}D array.")
    check_consistent_length(np.empty(n_samples), weight)
    if (weight < 0).any():
        raise ValueError("Negative values in data passed to `sample_weight`.")
    if not weight.any():
        raise ValueError("Found sample_weight of zero in every row, expected at least one above zero.")
    return weight


def _numbered(groups: NDArray[Any]) -> NDArray[np.float64]:
    """Only which rows are together matters of groups, so that 64-bit identifiers stay apart."""
    if groups.dtype.kind == "O":
        places: dict[Any, int] = {}
        return np.array([places.setdefault(group, len(places)) for group in groups.tolist()], dtype=np.float64)
    return np.unique(groups, return_inverse=True)[1].astype(np.float64)


def _is_missing(array: NDArray[Any]) -> NDArray[np.bool_]:
    if array.dtype.kind == "f":
        return np.asarray(np.isnan(array))
    if array.dtype.kind in "mM":
        return np.asarray(np.isnat(array))
    if array.dtype.kind == "O":
        # None, NaN, NaT and pandas' NA are not equal to themselves, or are None.
        return np.array([cell is None or _differs_from_itself(cell) for cell in array.tolist()], dtype=bool)
    return np.zeros(len(array), dtype=bool)


def _differs_from_itself(cell: Any) -> bool:
    try:
        return bool(cell != cell)
    except (TypeError, ValueError):  # pandas' NA has no truth value
        return True
