"""What is predicted: numbers or classes, of any library."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from skiplayer._columns import Coded, Columns, array_like, names_of, unused, word


def regression_targets(y: Any, taken: list[str], n_samples: int, estimator: Any) -> Columns:
    """Columns of numbers, named as in `y` but for names in `taken`.

    Raises
    ------
    ValueError
        Cells that are missing, infinite or no numbers, or not one row for each of X.
    """
    names = names_of(y) or ["y"]
    values = check_array(array_like(y), ensure_2d=False, dtype=np.float64, input_name="y", estimator=estimator)
    if values.ndim == 2 and values.shape[1] == 1:
        values = column_or_1d(values, warn=True)
    check_consistent_length(np.empty(n_samples), values)
    columns = values.reshape(len(values), -1).T
    if len(columns) != len(names):
        names = [f"y{k + 1}" for k in range(len(columns))]
    targets: Columns = []
    for name, cells in zip(names, columns):
        targets.append((unused(name, [*taken, *(name for name, _ in targets)]), cells))
    return targets


def labels(y: Any, n_samples: int, estimator: Any) -> NDArray[Any]:
    """One label a row.

    Raises
    ------
    ValueError
        Missing labels, numbers that are no classes, several columns, or not one row for each of X.
    """
    given = check_array(array_like(y), ensure_2d=False, dtype=None, input_name="y", estimator=estimator)
    given = column_or_1d(given, warn=True)
    check_consistent_length(np.empty(n_samples), given)
    check_classification_targets(given)
    return np.asarray(given)


def label_column(y: Any, given: NDArray[Any], taken: list[str]) -> Columns:
    """The labels as a column: numbers, which the engine sorts by size, or text.

    Integers that 64-bit floats cannot tell apart are text too.
    """
    name = unused((names_of(y) or ["y"])[0], taken)
    numbers = given.astype(np.float64) if given.dtype.kind in "iuf" else None
    if numbers is not None and len(np.unique(numbers)) == len(np.unique(given)):
        return [(name, numbers)]
    classes, codes = np.unique(given, return_inverse=True)
    return [(name, Coded(codes.astype(np.int32), [word(label) for label in classes.tolist()]))]


def ordered_categories(y: Any) -> list[Any] | None:
    """The categories of a column of pandas or polars whose order was declared, the lowest first."""
    dtype: Any = getattr(y, "dtype", None)
    if getattr(dtype, "ordered", False):
        return list(dtype.categories)
    if type(dtype).__name__ == "Enum":
        return list(dtype.categories)
    return None
