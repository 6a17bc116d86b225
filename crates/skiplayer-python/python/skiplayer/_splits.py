"""Inner folds as a number, as a splitter of scikit-learn, or as a list of splits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skiplayer._checks import Fulfils, Whole

MOST_FOLDS = 50
NUMBER = Whole(2, MOST_FOLDS)
SPLITTER = Fulfils("a splitter of scikit-learn", lambda value: hasattr(value, "split") and not isinstance(value, str))
SPLITS = Fulfils(
    "an iterable of pairs of training and test rows",
    lambda value: isinstance(value, Iterable) and not isinstance(value, str | dict),
)


class InnerFolds(NamedTuple):
    """How many folds there are, and the fold of each row where it is not for the engine to choose."""

    number: int
    of_rows: list[int] | None = None


def inner_folds(given: Any, n_samples: int, y: Any, groups: NDArray[Any] | None) -> InnerFolds:
    """What `given` means for so many rows.

    The engine tests each row in one fold and trains on the others, so that other designs are refused.

    Raises
    ------
    ValueError
        More folds than rows, rows that are tested never or twice, or a training part that is not all the others.
    """
    if NUMBER.allows(given):
        _check_number(int(given), n_samples)
        return InnerFolds(int(given))
    splits = given.split(np.empty((n_samples, 1)), y, groups) if SPLITTER.allows(given) else given
    fold = np.full(n_samples, -1)
    number = 0
    for number, (train, test) in enumerate(splits, 1):
        train, test = _rows(train, n_samples), _rows(test, n_samples)
        if (fold[test] >= 0).any():
            row = test[fold[test] >= 0][0]
            raise ValueError(f"inner_folds: found row {row} in two test parts, expected every row in one.")
        fold[test] = number - 1
        rest = np.setdiff1d(np.arange(n_samples), test)
        if not np.array_equal(np.unique(train), rest):
            raise ValueError(
                f"inner_folds: found {len(train)} training rows in split {number}, expected the {len(rest)} rows that it does "
                "not test. Splits of time are what `evaluate(times=...)` makes."
            )
    if (fold < 0).any():
        raise ValueError(f"inner_folds: found row {np.flatnonzero(fold < 0)[0]} in no test part, expected every row in one.")
    if not 2 <= number <= MOST_FOLDS:
        raise ValueError(f"inner_folds: found {number} splits, expected 2 to {MOST_FOLDS}.")
    return InnerFolds(number, fold.tolist())


def _rows(rows: Any, n_samples: int) -> NDArray[np.intp]:
    rows = np.asarray(rows)
    if rows.dtype == bool and rows.shape == (n_samples,):
        rows = np.flatnonzero(rows)
    if rows.ndim != 1 or rows.dtype.kind not in "iu" or (len(rows) and not 0 <= rows.min() <= rows.max() < n_samples):
        raise ValueError(f"inner_folds: found {rows!r}, expected numbers of rows from 0 to {n_samples - 1}.")
    found: NDArray[np.intp] = rows.astype(np.intp)
    return found


def _check_number(number: int, n_samples: int) -> None:
    if number > n_samples:
        raise ValueError(
            f"Cannot have number of splits inner_folds={number} greater than the number of samples: n_samples={n_samples}."
        )
