from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Model", "__version__"]

__version__: str

_Cells = NDArray[np.float64] | list[str | None]
_Columns = Sequence[tuple[str, _Cells]]

@final
class Model:
    @staticmethod
    def fit(
        columns: _Columns,
        targets: Sequence[str],
        task: str,
        options: str,
        *,
        evaluation: str | None = None,
        weight: str | None = None,
        group: str | None = None,
        time: str | None = None,
        n_threads: int | None = None,
        max_seconds: float | None = None,
        listener: Callable[[str, str, int], object] | None = None,
    ) -> Model: ...
    @staticmethod
    def load(path: str | PathLike[str]) -> Model: ...
    def save(self, path: str | PathLike[str]) -> None: ...
    @staticmethod
    def from_bytes(bytes: bytes) -> Model: ...
    def to_bytes(self) -> bytes: ...
    def __reduce__(self) -> tuple[Any, tuple[bytes]]: ...
    def record(self) -> str: ...
    def predict(self, columns: _Columns) -> tuple[list[NDArray[Any]], list[str]]: ...
    def linear_predictor(self, columns: _Columns) -> list[NDArray[np.float64]]: ...
    def predict_interval(self, columns: _Columns, level: float) -> list[NDArray[np.float64]]: ...
    def least_probability(self, level: float) -> float | None: ...
    def explain(self, columns: _Columns) -> str: ...
    def report(self, path: str | PathLike[str], command: str, columns: _Columns | None = None, weight: str | None = None) -> None: ...
