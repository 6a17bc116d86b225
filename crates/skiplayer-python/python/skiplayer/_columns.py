"""Arrays and data frames as the engine's columns: numbers with NaN, or codes and levels with -1, where a cell is missing.

The engine decides what they are: whether text is dates, and what of a date is an input. `_moments` has the times.
"""

from __future__ import annotations

import datetime
import decimal
import numbers
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import validate_data

from skiplayer._moments import Moments, moment_word, of_array, of_objects
from skiplayer._names import check_names, refuse_doubles
from skiplayer._skiplayer import arrow_columns


class Coded(NamedTuple):
    """Levels, and which of them each cell is."""

    codes: NDArray[np.int32]
    levels: list[str]
    # "text" may be dates, "whole" numbers are too large for floats to tell apart; "category" and "ordered" are declared.
    meaning: str = "category"


Cells = NDArray[np.float64] | Coded | Moments
Columns = list[tuple[str, Cells]]

# Beyond it not every whole number is a 64-bit float.
_EXACT = 2.0**53
_TRUTHS = {"false": "false", "true": "true", "0": "false", "1": "true"}
_EXPECTED = "numbers, text, truth values, categories, dates, times or durations"


def columns_of(estimator: Any, X: Any, *, reset: bool, leaving: str | None = None) -> Columns:
    """The columns of `X`, checked as scikit-learn checks them; frames may hold categories and missing values.

    A NumPy array of doubles is not copied here, nor is a pandas frame of nothing else. Columns without a name are called
    x1, x2, ... as in a file without a header. A frame may have a column `leaving`, which is no input.
    """
    if _is_pandas(X):
        X = X.drop(columns=leaving) if leaving in X.columns else X
        X = X[wanted] if (wanted := _wanted(estimator, X.columns, reset)) else X
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        columns = _from_pandas(estimator, X)
    elif _is_arrow(X):
        columns = _from_arrow(estimator, X, reset, leaving)
    elif type(X).__module__.startswith("polars") and hasattr(X, "collect"):
        raise TypeError("X is a polars LazyFrame, expected data that is there: call `.collect()` first.")
    else:
        matrix = validate_data(estimator, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")
        return list(zip(input_names(estimator, matrix.shape[1]), matrix.T))
    if not columns:
        shape = (len(X), 0) if hasattr(X, "__len__") else (0, 0)
        raise ValueError(f"Found array with 0 feature(s) (shape={shape}) while a minimum of 1 is required.")
    n_samples = n_cells(columns[0][1])
    if n_samples == 0:
        raise ValueError(
            f"Found array with 0 sample(s) (shape=({n_samples}, {len(columns)})) while a minimum of 1 is required by "
            f"{type(estimator).__name__}."
        )
    for name, cells in columns:
        if isinstance(cells, np.ndarray) and np.isinf(cells).any():
            raise ValueError(f"Input X contains infinity or a value too large for dtype('float64'): column {name!r}.")
    return columns


def column_of(X: Any, name: str) -> Cells | None:
    """The column of a frame that has this name; None where there is none, and of an array."""
    if _is_pandas(X):
        return _pandas_cells(X[name], X.dtypes[name]) if list(X.columns).count(name) == 1 else None
    return dict(_arrow_columns(X)).get(name) if _is_arrow(X) else None


def arrow_columns_of(table: Any) -> Columns:
    """The columns of a table that speaks Arrow, by their own names, as they are."""
    return _arrow_columns(table)


def as_trained(cells: Cells, meaning: str | None) -> Cells:
    """Truth values as the fit had them: 0 and 1, False and True, and the words for these are the same content."""
    if meaning == "truth" and isinstance(cells, np.ndarray):
        if np.isin(cells[~np.isnan(cells)], (0.0, 1.0)).all():
            return Coded(np.where(np.isnan(cells), -1, cells).astype(np.int32), ["false", "true"])
    elif meaning == "truth" and isinstance(cells, Coded):
        return cells._replace(levels=[_TRUTHS.get(level.strip().lower(), level) for level in cells.levels])
    elif meaning == "number" and isinstance(cells, Coded):
        if cells.levels and set(cells.levels) <= {"false", "true"}:
            return np.array([*(float(level == "true") for level in cells.levels), np.nan])[cells.codes]
    return cells


def _wanted(estimator: Any, names: Iterable[Any], reset: bool) -> list[str] | None:
    """The columns to take by their names, of a model from a file, which does not know what the fit had besides."""
    known = getattr(estimator, "feature_names_in_", None)
    if reset or known is None or not getattr(estimator, "_takes_more_columns_", False) or not set(known) <= set(names):
        return None
    return list(known)


def input_names(estimator: Any, n_features: int) -> list[str]:
    """The names of the inputs in model files and formulas."""
    names = getattr(estimator, "feature_names_in_", None)
    return [f"x{j + 1}" for j in range(n_features)] if names is None else [str(name) for name in names]


def names_of(y: Any) -> list[str] | None:
    """The names that the columns of `y` have, if they have any."""
    name = getattr(y, "name", None)
    if isinstance(name, str) and name:
        return [name]
    names = getattr(y, "column_names", None)  # pyarrow calls the cells `columns`
    if names is None:
        names = getattr(y, "columns", None)
    return None if names is None else [str(name) for name in names]


def numbers_of(cells: Cells) -> NDArray[Any]:
    """The numbers or codes."""
    return cells if isinstance(cells, np.ndarray) else cells[0]


def n_cells(cells: Cells) -> int:
    """How many cells there are."""
    return len(numbers_of(cells))


def cells_of(values: Any) -> Cells:
    """A column beside the inputs, such as times: numbers where they are numbers, text otherwise."""
    array = np.asarray(array_like(values))
    if array.dtype.kind in "iuf":
        return array.astype(np.float64)
    return of_array(array) if array.dtype.kind in "mM" else _from_objects(array.tolist())


def array_like(values: Any) -> Any:
    """`values`, or an array of them where their library speaks only Arrow."""
    # A table of pyarrow is an array to NumPy, but not to scikit-learn where two of its columns have one name.
    is_table = hasattr(values, "column_names")
    if not _is_arrow(values) or (hasattr(values, "__array__") and not is_table):
        return values
    columns = [cells for _, cells in _arrow_columns(values)]
    arrays = [_words(cells) if isinstance(cells, Coded) else np.asarray(numbers_of(cells)) for cells in columns]
    return arrays[0] if len(arrays) == 1 else np.column_stack(arrays)


def unused(name: str, taken: Iterable[str]) -> str:
    """`name`, or something like it that is not taken."""
    names = set(taken)
    while name in names:
        name += "_"
    return name


def word(cell: Any) -> str:
    """A cell as the engine writes it: `3`, not `3.0`."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, numbers.Integral):
        return str(int(cell))
    if isinstance(cell, numbers.Real):
        number = float(cell)
        return str(int(number)) if number.is_integer() else repr(number)
    if isinstance(cell, datetime.date | datetime.time):
        return moment_word(cell)
    if type(cell).__name__ in ("Interval", "Period"):
        return str(cell)
    raise TypeError(f"argument must be a string or a number, not {type(cell).__name__!r}")


def _is_pandas(X: Any) -> bool:
    # A frame of pandas can only come from somebody who has imported it.
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(X, pandas.DataFrame)


def _is_arrow(X: Any) -> bool:
    return hasattr(X, "__arrow_c_stream__") or hasattr(X, "__arrow_c_array__")


def _readable(X: Any) -> Any:
    """A frame of polars without columns of its type Null: it hands them over with a buffer that Arrow does not know."""
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(X, polars.DataFrame) and polars.Null in X.dtypes:
        return X.cast({polars.Null: polars.Float64})
    return X


def _arrow_columns(X: Any) -> Columns:
    def stated(cells: Any) -> Cells:
        if isinstance(cells, np.ndarray):
            return cells
        return Coded(*cells) if isinstance(cells[1], list) else Moments(*cells)

    return [(name, stated(cells)) for name, cells in arrow_columns(_aligned(_readable(X)))]


def _aligned(X: Any) -> Any:
    """Data of pyarrow, copied if some of it begins at no multiple of eight bytes, as in a message of Dask: Rust's Arrow reads where texts end
    without asking."""
    arrow = sys.modules.get("pyarrow")
    if arrow is None or not isinstance(X, arrow.Table | arrow.RecordBatch | arrow.Array | arrow.ChunkedArray):
        return X
    if isinstance(X, arrow.Array | arrow.ChunkedArray):
        return _aligned(arrow.table({"": X})).column(0)
    table = X if isinstance(X, arrow.Table) else arrow.Table.from_batches([X])
    pieces = [piece for column in table.columns for piece in column.chunks]
    pieces += [piece.dictionary for piece in pieces if arrow.types.is_dictionary(piece.type)]
    buffers = (buffer for piece in pieces for buffer in piece.buffers())
    if all(buffer is None or buffer.address % 8 == 0 for buffer in buffers):
        return X
    message = arrow.BufferOutputStream()
    with arrow.ipc.new_stream(message, table.schema) as stream:
        stream.write_table(table)
    return arrow.ipc.open_stream(message.getvalue()).read_all()


def _from_arrow(estimator: Any, X: Any, reset: bool, leaving: str | None) -> Columns:
    columns = [(name, cells) for name, cells in _arrow_columns(X) if name != leaving]
    if wanted := _wanted(estimator, [name for name, _ in columns], reset):
        of_name = dict(columns)
        columns = [(name, of_name[name]) for name in wanted]
    names = [name for name, _ in columns]
    if names == [""]:
        raise ValueError(f"Expected 2D array, got 1D array instead:\narray={type(X).__name__}.")
    if columns:
        check_names(estimator, names, reset=reset)
    # The model's own names: a fit without names takes columns as they come.
    return list(zip(input_names(estimator, len(names)), (cells for _, cells in columns)))


def _from_pandas(estimator: Any, X: Any) -> Columns:
    names = input_names(estimator, X.shape[1])
    refuse_doubles(names)
    kinds = list(X.dtypes)
    plain = [j for j, kind in enumerate(kinds) if isinstance(kind, np.dtype) and kind.kind in "iuf"]
    # Numbers all at once: a column of a frame costs as much as a thousand of its cells.
    block = (X if len(plain) == len(kinds) else X.iloc[:, plain]).to_numpy(dtype=np.float64)
    cells: dict[int, Cells] = dict(zip(plain, block.T))
    for j in [plain[k] for k in np.flatnonzero((np.abs(block) >= _EXACT).any(axis=0))]:
        if kinds[j].kind in "iu":
            cells[j] = _whole(X.iloc[:, j])
    for j, kind in enumerate(kinds):
        if j not in cells:
            try:
                cells[j] = _pandas_cells(X.iloc[:, j], kind)
            except TypeError as error:
                raise TypeError(f"Column {names[j]!r} of X: {error}, expected {_EXPECTED}.") from None
    return [(name, cells[j]) for j, name in enumerate(names)]


def _pandas_cells(column: Any, kind: Any) -> Cells:
    pandas = sys.modules["pandas"]
    types = pandas.api.types
    if isinstance(kind, pandas.CategoricalDtype):
        levels = [word(level) for level in column.cat.categories.tolist()]
        return Coded(column.cat.codes.to_numpy(np.int32), levels, "ordered" if kind.ordered else "category")
    if types.is_complex_dtype(kind):
        raise ValueError(f"Complex data not supported\n{kind}")
    if isinstance(kind, pandas.ArrowDtype):
        return _arrow_columns(column.array.__arrow_array__())[0][1]
    if types.is_integer_dtype(kind):
        return _whole(column)
    if types.is_numeric_dtype(kind) and not types.is_bool_dtype(kind):
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if types.is_datetime64_any_dtype(kind):
        zone = getattr(kind, "tz", None)
        instants = column if zone is None else column.dt.tz_convert(None)
        return of_array(instants.to_numpy(), None if zone is None else str(zone))
    if types.is_timedelta64_dtype(kind):
        return of_array(column.to_numpy())
    if isinstance(kind, pandas.PeriodDtype):
        return of_array(column.dt.to_timestamp().to_numpy())
    if types.is_bool_dtype(kind) or isinstance(kind, pandas.StringDtype):
        codes, levels = column.factorize()
        meaning = "category" if types.is_bool_dtype(kind) else "text"
        return Coded(codes.astype(np.int32), [word(level) for level in levels.tolist()], meaning)
    missing = column.isna().to_numpy()
    return _from_objects([None if gone else cell for cell, gone in zip(column.tolist(), missing)])


def _whole(column: Any) -> Cells:
    """Integers as numbers, or as levels where 64-bit floats would make some of them equal to others."""
    present = column.dropna()
    if any(int(float(cell)) != cell for cell in present.unique().tolist()):
        codes, levels = column.factorize()
        return Coded(codes.astype(np.int32), [word(level) for level in levels.tolist()], "whole")
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


def _from_objects(cells: list[Any]) -> Cells:
    """Python objects: numbers or times where all are of one such kind, text otherwise."""
    present = [cell for cell in cells if cell is not None]
    if present and all(map(_is_number, present)):
        return np.array([np.nan if cell is None else float(cell) for cell in cells], dtype=np.float64)
    if (moments := of_objects(cells)) is not None:
        return moments
    places: dict[str, int] = {}
    codes = [-1 if cell is None else places.setdefault(word(cell), len(places)) for cell in cells]
    is_text = all(isinstance(cell, str) for cell in present)
    return Coded(np.array(codes, dtype=np.int32), list(places), "text" if is_text else "category")


def _is_number(cell: Any) -> bool:
    return isinstance(cell, numbers.Real | decimal.Decimal) and not isinstance(cell, bool | np.bool_)


def _words(cells: Coded) -> NDArray[Any]:
    return np.array([*cells.levels, None], dtype=object)[cells.codes]
