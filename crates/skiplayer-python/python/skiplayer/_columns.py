"""Arrays and data frames as the engine's columns: numbers with NaN, or text with None, where a cell is missing."""

from __future__ import annotations

import datetime
import numbers
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import validate_data

Cells = NDArray[np.float64] | list[str | None]
Columns = list[tuple[str, Cells]]


def columns_of(estimator: Any, X: Any, *, reset: bool) -> Columns:
    """The columns of `X`, checked as scikit-learn checks them; frames may hold categories and missing values.

    A NumPy array is not copied here. Columns without a name are called x1, x2, ... as in a file without a header.
    """
    frame = _frame(X)
    if frame is None:
        matrix = validate_data(estimator, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")
        return list(zip(input_names(estimator, matrix.shape[1]), matrix.T))
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    if len(X) == 0:
        raise ValueError(
            f"Found array with 0 sample(s) (shape={X.shape}) while a minimum of 1 is required by "
            f"{type(estimator).__name__}."
        )
    columns = list(zip(input_names(estimator, len(frame)), map(_cells, frame)))
    for name, cells in columns:
        if not isinstance(cells, list) and np.isinf(cells).any():
            raise ValueError(f"Input X contains infinity or a value too large for dtype('float64'): column {name!r}.")
    return columns


def input_names(estimator: Any, n_features: int) -> list[str]:
    """The names of the inputs in model files and formulas."""
    names = getattr(estimator, "feature_names_in_", None)
    return [f"x{j + 1}" for j in range(n_features)] if names is None else [str(name) for name in names]


def cells_of(values: Any) -> Cells:
    """A column beside the inputs (classes, groups, times): numbers where they are numbers, text otherwise."""
    array = np.asarray(values)
    if array.dtype.kind in "iuf":
        return array.astype(np.float64)
    if array.dtype.kind == "M":
        return _seconds(array)
    return _text(array.tolist())


def unused(name: str, taken: Iterable[str]) -> str:
    """`name`, or something like it that is not taken."""
    names = set(taken)
    while name in names:
        name += "_"
    return name


def _frame(X: Any) -> list[Any] | None:
    """The columns of a data frame, or None for anything else."""
    library = type(X).__module__.partition(".")[0]
    if library == "pandas" and hasattr(X, "iloc") and X.ndim == 2:
        return [X.iloc[:, j] for j in range(X.shape[1])]
    if library == "polars" and hasattr(X, "get_columns"):
        return list(X.get_columns())
    if library == "pyarrow" and hasattr(X, "column_names"):
        return [X.column(j) for j in range(X.num_columns)]
    if library == "polars" and hasattr(X, "collect"):
        raise TypeError("X is a polars LazyFrame, expected data that is there: call `.collect()` first.")
    return None


def _cells(column: Any) -> Cells:
    library = type(column).__module__.partition(".")[0]
    return {"pandas": _from_pandas, "polars": _from_polars, "pyarrow": _from_arrow}[library](column)


def _from_pandas(column: Any) -> Cells:
    from pandas.api import types

    if types.is_numeric_dtype(column.dtype) and not types.is_bool_dtype(column.dtype):
        if types.is_complex_dtype(column.dtype):
            raise ValueError(f"Complex data not supported\n{column.dtype}")
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if types.is_datetime64_any_dtype(column.dtype):
        zone = getattr(column.dtype, "tz", None)
        return _seconds((column if zone is None else column.dt.tz_convert(None)).to_numpy())
    return _objects([None if gap else cell for cell, gap in zip(column.tolist(), column.isna().tolist())])


def _from_polars(column: Any) -> Cells:
    import polars

    if column.dtype.is_numeric():
        return np.asarray(column.cast(polars.Float64).fill_null(float("nan")).to_numpy())
    if column.dtype == polars.Date:
        return _days(column.to_numpy())
    if column.dtype == polars.Datetime:
        return _seconds(column.cast(polars.Datetime("us")).to_numpy())
    return _objects(column.to_list())


def _from_arrow(column: Any) -> Cells:
    import pyarrow

    kind = column.type
    if pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind) or pyarrow.types.is_decimal(kind):
        return np.asarray(column.cast(pyarrow.float64()).to_numpy(), dtype=np.float64)
    if pyarrow.types.is_date(kind):
        return _days(np.asarray(column))
    if pyarrow.types.is_timestamp(kind):
        return _seconds(np.asarray(column.cast(pyarrow.timestamp("us"))))
    return _objects(column.to_pylist())


def _objects(cells: list[Any]) -> Cells:
    """Python objects: a column of nothing but numbers is numeric, whatever its frame calls it."""
    present = [cell for cell in cells if cell is not None]
    if present and all(isinstance(cell, numbers.Real) and not isinstance(cell, bool | np.bool_) for cell in present):
        return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
    return _text(cells)


def _text(cells: list[Any]) -> list[str | None]:
    return [None if cell is None else _word(cell) for cell in cells]


def _word(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, numbers.Real):
        # Written as the engine writes numbers: 3, not 3.0.
        number = float(cell)
        return str(int(number)) if number.is_integer() else repr(number)
    if isinstance(cell, datetime.date):
        return str(cell)
    raise TypeError(f"argument must be a string or a number, not {type(cell).__name__!r}")


def _days(dates: NDArray[Any]) -> NDArray[np.float64]:
    """Days since 1970, as dates in files are read."""
    return _seconds(dates) / 86400.0


def _seconds(times: NDArray[Any]) -> NDArray[np.float64]:
    """Seconds since 1970, as times in files are read."""
    seconds = times.astype("datetime64[us]").astype(np.float64) / 1e6
    return np.where(np.isnat(times), np.nan, seconds)
