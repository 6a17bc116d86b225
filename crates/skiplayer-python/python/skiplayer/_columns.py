"""Arrays and data frames as the engine's columns: numbers with NaN, or codes and levels with -1, where a cell is missing."""

from __future__ import annotations

import datetime
import numbers
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import validate_data

from skiplayer._names import check_names
from skiplayer._skiplayer import arrow_columns

Coded = tuple[NDArray[np.int32], list[str]]
Cells = NDArray[np.float64] | Coded
Columns = list[tuple[str, Cells]]


def columns_of(estimator: Any, X: Any, *, reset: bool) -> Columns:
    """The columns of `X`, checked as scikit-learn checks them; frames may hold categories and missing values.

    A NumPy array of doubles is not copied here, nor is a pandas frame of nothing else. Columns without a name are called
    x1, x2, ... as in a file without a header.
    """
    if _is_pandas(X):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        columns = _from_pandas(estimator, X)
    elif _is_arrow(X):
        columns = _from_arrow(estimator, X, reset)
    elif type(X).__module__.startswith("polars") and hasattr(X, "collect"):
        raise TypeError("X is a polars LazyFrame, expected data that is there: call `.collect()` first.")
    else:
        matrix = validate_data(estimator, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")
        return list(zip(input_names(estimator, matrix.shape[1]), matrix.T))
    n_samples = n_cells(columns[0][1]) if columns else 0
    if n_samples == 0:
        raise ValueError(
            f"Found array with 0 sample(s) (shape=({n_samples}, {len(columns)})) while a minimum of 1 is required by "
            f"{type(estimator).__name__}."
        )
    for name, cells in columns:
        if isinstance(cells, np.ndarray) and np.isinf(cells).any():
            raise ValueError(f"Input X contains infinity or a value too large for dtype('float64'): column {name!r}.")
    return columns


def input_names(estimator: Any, n_features: int) -> list[str]:
    """The names of the inputs in model files and formulas."""
    names = getattr(estimator, "feature_names_in_", None)
    return [f"x{j + 1}" for j in range(n_features)] if names is None else [str(name) for name in names]


def n_cells(cells: Cells) -> int:
    """How many cells there are."""
    return len(cells if isinstance(cells, np.ndarray) else cells[0])


def cells_of(values: Any) -> Cells:
    """A column beside the inputs (classes, groups, times): numbers where they are numbers, text otherwise."""
    array = np.asarray(array_like(values))
    if array.dtype.kind in "iuf":
        return array.astype(np.float64)
    if array.dtype.kind == "M":
        return _seconds(array)
    return _coded(array.tolist())


def array_like(values: Any) -> Any:
    """`values`, or an array of them where their library speaks only Arrow."""
    if hasattr(values, "__array__") or not _is_arrow(values):
        return values
    columns = [cells for _, cells in arrow_columns(values)]
    arrays = [cells if isinstance(cells, np.ndarray) else _words(cells) for cells in columns]
    return arrays[0] if len(arrays) == 1 else np.column_stack(arrays)


def unused(name: str, taken: Iterable[str]) -> str:
    """`name`, or something like it that is not taken."""
    names = set(taken)
    while name in names:
        name += "_"
    return name


def _is_pandas(X: Any) -> bool:
    # A frame of pandas can only come from somebody who has imported it.
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(X, pandas.DataFrame)


def _is_arrow(X: Any) -> bool:
    return hasattr(X, "__arrow_c_stream__") or hasattr(X, "__arrow_c_array__")


def _from_arrow(estimator: Any, X: Any, reset: bool) -> Columns:
    columns = arrow_columns(X)
    names = [name for name, _ in columns]
    if names == [""]:
        raise ValueError(f"Expected 2D array, got 1D array instead:\narray={type(X).__name__}.")
    check_names(estimator, names, reset=reset)
    return columns


def _from_pandas(estimator: Any, X: Any) -> Columns:
    names = input_names(estimator, X.shape[1])
    kinds = list(X.dtypes)
    plain = [j for j, kind in enumerate(kinds) if isinstance(kind, np.dtype) and kind.kind in "iuf"]
    # Numbers all at once: a column of a frame costs as much as a thousand of its cells.
    block = X if len(plain) == len(kinds) else X.iloc[:, plain]
    cells: dict[int, Cells] = dict(zip(plain, block.to_numpy(dtype=np.float64).T))
    for j, kind in enumerate(kinds):
        if j not in cells:
            cells[j] = _pandas_cells(X.iloc[:, j], kind)
    return [(name, cells[j]) for j, name in enumerate(names)]


def _pandas_cells(column: Any, kind: Any) -> Cells:
    from pandas.api import types

    if isinstance(kind, sys.modules["pandas"].CategoricalDtype):
        return column.cat.codes.to_numpy(np.int32), [_word(level) for level in column.cat.categories.tolist()]
    if types.is_complex_dtype(kind):
        raise ValueError(f"Complex data not supported\n{kind}")
    if types.is_numeric_dtype(kind) and not types.is_bool_dtype(kind):
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if types.is_datetime64_any_dtype(kind):
        zone = getattr(kind, "tz", None)
        return _seconds((column if zone is None else column.dt.tz_convert(None)).to_numpy())
    if types.is_timedelta64_dtype(kind):
        return np.asarray(column.dt.total_seconds().to_numpy(dtype=np.float64))
    try:
        codes, levels = column.factorize()
    except TypeError:  # cells that have no hash: the first of them says what they are
        return _coded(column.tolist())
    levels = levels.tolist()
    # Objects that are all numbers or dates are that, whatever their frame calls them.
    if levels and all(isinstance(level, numbers.Real) and not isinstance(level, bool | np.bool_) for level in levels):
        return np.asarray(np.append(np.array(levels, dtype=np.float64), np.nan)[codes])
    if levels and all(type(level) is datetime.date for level in levels):
        days = np.array(levels, dtype="datetime64[D]").astype(np.float64)
        return np.asarray(np.append(days, np.nan)[codes])
    return codes.astype(np.int32), [_word(level) for level in levels]


def _coded(cells: list[Any]) -> Coded:
    """Python objects as text."""
    places: dict[str, int] = {}
    codes = [-1 if cell is None else places.setdefault(_word(cell), len(places)) for cell in cells]
    return np.array(codes, dtype=np.int32), list(places)


def _words(cells: Coded) -> NDArray[Any]:
    codes, levels = cells
    return np.array([*levels, None], dtype=object)[codes]


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


def _seconds(times: NDArray[Any]) -> NDArray[np.float64]:
    """Seconds since 1970, as times in files are read."""
    seconds = times.astype("datetime64[us]").astype(np.float64) / 1e6
    return np.where(np.isnat(times), np.nan, seconds)
