"""Strata: rows that are compared with each other only, and have a baseline hazard of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from skiplayer._columns import Cells, Coded, cells_of, column_of, n_cells, numbers_of
from skiplayer._roles import one_a_row


def named_column(strata: Any) -> str | None:
    """The column of X that `strata` names, if it is a name."""
    return strata if isinstance(strata, str) else None


def strata_cells(strata: Any, X: Any, n_samples: int) -> Cells:
    """The stratum of each row: `strata` itself, or the column of X that it names.

    Raises
    ------
    ValueError
        A column that is not there, another shape or length, or a missing cell.
    """
    name = named_column(strata)
    if name is None:
        return cells_of(one_a_row(strata, "strata", n_samples))
    cells = column_of(X, name)
    if cells is None:
        raise ValueError(f"strata: found no column {name!r} in X, expected the name of one, or one value a row.")
    gone = numbers_of(cells) < 0 if isinstance(cells, Coded) else np.isnan(numbers_of(cells))
    if gone.any():
        row = int(np.flatnonzero(gone)[0]) + 1
        raise ValueError(f"strata: found a missing value in row {row} of {name!r}, expected a value for every row.")
    return cells


def same_stratum(level: str, n_samples: int) -> Cells:
    """All rows in one stratum: for what does not depend on it."""
    return Coded(np.zeros(n_samples, np.int32), [level])


def numbered(cells: Cells) -> Any:
    """Whole numbers from 0 on, equal where cells are."""
    return np.unique(numbers_of(cells), return_inverse=True)[1].astype(np.int64).reshape(n_cells(cells))
