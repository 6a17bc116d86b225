from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

__all__ = ["PART_ROWS", "Fit", "Model", "Shard", "__version__", "arrow_columns", "concordance", "fit_parts", "settings"]

PART_ROWS: int

__version__: str

_Cells = (
    NDArray[np.float64] | tuple[NDArray[np.float64], str, str | None] | tuple[NDArray[np.int32], list[str], str]
)
_Columns = Sequence[tuple[str, _Cells]]

def settings() -> str: ...
def arrow_columns(data: Any) -> list[tuple[str, _Cells]]: ...
def concordance(
    time: NDArray[np.float64],
    event: NDArray[np.float64],
    risk: NDArray[np.float64],
    weight: NDArray[np.float64],
    stratum: NDArray[np.int64],
) -> float: ...

def fit_parts(
    ask: Callable[[bytes], Sequence[bytes]],
    target: str,
    task: str,
    options: str,
    *,
    loss: str | None = None,
    power: float | None = None,
    rules: str | None = None,
    weight: str | None = None,
    labels: str | None = None,
    n_threads: int | None = None,
    max_seconds: float | None = None,
    listener: Callable[[str, str, int], bool] | None = None,
) -> Model: ...

@final
class Shard:
    def __new__(cls) -> Shard: ...
    @staticmethod
    def reads_rows(request: bytes) -> bool: ...
    def read(self, request: bytes, number: int, start: int, columns: _Columns) -> bytes: ...
    def answer(self, request: bytes, n_threads: int | None = None) -> list[bytes]: ...

@final
class Fit:
    def __new__(
        cls,
        columns: _Columns,
        targets: Sequence[str],
        task: str,
        options: str,
        *,
        loss: str | None = None,
        classes: Sequence[str] | None = None,
        power: float | None = None,
        quantiles: Sequence[float] | None = None,
        event: str | None = None,
        strata: str | None = None,
        ties: str | None = None,
        rules: str | None = None,
        evaluation: str | None = None,
        weight: str | None = None,
        offset: str | None = None,
        exposure: str | None = None,
        trials: str | None = None,
        group: str | None = None,
        time: str | None = None,
        labels: str | None = None,
        inner_fold: Sequence[int] | None = None,
    ) -> Fit: ...
    def run(
        self,
        n_threads: int | None = None,
        max_seconds: float | None = None,
        listener: Callable[[str, str, int], bool] | None = None,
        outer_folds: Sequence[bytes] | None = None,
    ) -> Model: ...
    def n_outer_folds(self) -> int: ...
    def outer_fold(self, fold: int, n_threads: int | None = None) -> bytes: ...

@final
class Model:
    def __new__(cls, bytes: bytes) -> Model: ...
    @staticmethod
    def load(path: str | PathLike[str]) -> Model: ...
    def save(self, path: str | PathLike[str]) -> None: ...
    def to_bytes(self) -> bytes: ...
    def merge(self, others: Sequence[Model]) -> Model: ...
    def export(self, to: str, dialect: str, table: str, key: Sequence[str], level: float | None = None, path: str | PathLike[str] | None = None) -> bytes: ...
    def __reduce__(self) -> tuple[Any, tuple[bytes]]: ...
    def record(self) -> str: ...
    def loss(self) -> tuple[str, float | None]: ...
    def labels(self) -> tuple[list[str], str | None] | None: ...
    def predict(self, columns: _Columns, n_threads: int | None = None) -> tuple[list[NDArray[Any]], list[str]]: ...
    def predict_survival(self, columns: _Columns, times: Sequence[float], n_threads: int | None = None) -> tuple[NDArray[np.float64], NDArray[np.float64], list[NDArray[np.float64]], list[str]]: ...
    def linear_predictor(self, columns: _Columns, n_threads: int | None = None) -> list[NDArray[np.float64]]: ...
    def predict_interval(self, columns: _Columns, level: float, n_threads: int | None = None) -> list[NDArray[np.float64]]: ...
    def least_probability(self, level: float) -> float | None: ...
    def explain(self, columns: _Columns, n_threads: int | None = None) -> str: ...
    def effects(self, columns: _Columns, weight: Sequence[float], n_threads: int | None = None) -> str: ...
    def report(self, path: str | PathLike[str], command: str, columns: _Columns | None = None, weight: str | None = None, n_threads: int | None = None) -> None: ...
