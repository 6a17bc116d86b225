"""Estimators for rows that a Ray cluster holds.

A data set of Ray is divided into parts of 65,536 rows, which actors hold; the caller sends weights and receives sums::

    import ray
    from skiplayer.ray import RaySkipLayerRegressor

    dataset = ray.data.read_parquet("folder")
    model = RaySkipLayerRegressor().fit(dataset, label_column="y")
    predicted = model.predict(dataset)      # a data set
    model.save("y.model")                   # an ordinary model file

Results depend on rows and seed, not on how many actors there are.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

try:
    import ray
    from ray import exceptions
except ImportError:
    raise ImportError("skiplayer.ray: found no 'ray', expected it to be installed: pip install 'ray[data]'") from None

from skiplayer._callbacks import with_callbacks
from skiplayer._classifier import SkipLayerClassifier
from skiplayer._columns import unused, word
from skiplayer._fit_parts import PartRoles, Rows, fit_to_parts
from skiplayer._parts import Lost, Part, Worker, parts_of
from skiplayer._regressor import SkipLayerRegressor
from skiplayer._skiplayer import PART_ROWS

__all__ = ["RayRows", "RaySkipLayerClassifier", "RaySkipLayerRegressor"]

# Some of its functions have no types.
_ray: Any = ray
_PREDICTION = "prediction"
# A worker, or its machine, is gone; another may do.
_LOSSES = (
    exceptions.RayActorError,
    exceptions.ObjectLostError,
    exceptions.OutOfMemoryError,
    exceptions.NodeDiedError,
    exceptions.WorkerCrashedError,
)

_FULL = (exceptions.ObjectStoreFullError, exceptions.OutOfDiskError)


class RayRows:
    """An engine of rows: actors of Ray.

    Parameters
    ----------
    cpus_per_worker : int, default=1
        Processors that each actor asks for, and threads that it uses.
    timeout : float, default=600
        Seconds that actors have to start or to answer a request before the fit is given up.
    """

    def __init__(self, cpus_per_worker: int = 1, timeout: float = 600.0) -> None:
        self._cpus = cpus_per_worker
        self._timeout = timeout
        self._actor = ray.remote(Worker)

    def scatter(self, parts: list[Part]) -> Any:
        """Starts an actor. Ray does not restart it: whoever asks it notices, and starts another with the same parts."""
        options = {"num_cpus": self._cpus, "max_restarts": 0, "max_task_retries": 0}
        return self._actor.options(**options).remote(parts, _fetched, self._cpus)

    def run(self, workers: Sequence[Any], request: bytes) -> list[list[bytes] | Lost]:
        """Asks all actors at once."""
        asked = [worker.run.remote(request) for worker in workers]
        _, late = ray.wait(asked, num_returns=len(asked), timeout=self._timeout)
        if late:
            for answer in late:
                ray.cancel(answer, force=False)
            raise TimeoutError(
                f"{len(late)} of {len(asked)} workers have not answered for {self._timeout:g} seconds. Each asks for {self._cpus} "
                f"processors; the cluster has {_processors()}, of which {_processors(free=True)} are free. Fewer workers "
                "(n_workers), or a longer timeout."
            )
        return [self._answer(answer) for answer in asked]

    def drop(self, worker: Any) -> None:
        """Ends an actor."""
        ray.kill(worker, no_restart=True)

    def _answer(self, answer: Any) -> list[bytes] | Lost:
        try:
            found: list[bytes] = ray.get(answer, timeout=self._timeout)
            return found
        except _LOSSES as error:
            if _has_no_package(error):
                raise ModuleNotFoundError(_NO_PACKAGE) from None
            return Lost(type(error).__name__)
        except (exceptions.RayTaskError, exceptions.RaySystemError) as error:
            raise _cause(error) from None


_NO_PACKAGE = (
    "A worker of Ray has no package 'skiplayer', expected the version of this process on every machine: install it there, or start with "
    'ray.init(runtime_env={"pip": ["skiplayer"]}).'
)


def _has_no_package(error: Any) -> bool:
    return "No module named 'skiplayer'" in str(error)


def _no_room(error: Any) -> MemoryError:
    return MemoryError(
        "The object store of Ray has no room for the data set, nor has the disk that it spills to. Read fewer columns "
        f"(read_parquet(columns=...)), or give it more (ray.init(object_store_memory=...)): {str(error).splitlines()[0]}"
    )


def _cause(error: Any) -> BaseException:
    """What was raised where a task ran."""
    if _has_no_package(error):
        return ModuleNotFoundError(_NO_PACKAGE)
    cause = getattr(error, "cause", None)
    if isinstance(cause, _FULL):
        return _no_room(cause)
    return cause if isinstance(cause, BaseException) else RuntimeError(str(error))


def _fetched(block: Any) -> Any:
    return ray.get(block[0])


def _processors(free: bool = False) -> str:
    resources = _ray.available_resources() if free else _ray.cluster_resources()
    return f"{resources.get('CPU', 0):g}"


def _described(table: Any) -> tuple[int, list[tuple[str, str]]]:
    """Rows of a block, and its columns with their types; in a task of its own where the block is."""
    return table.num_rows, [(field.name, str(field.type)) for field in table.schema]


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except _FULL as error:
        raise _no_room(error) from None
    except (exceptions.RayTaskError, exceptions.RaySystemError) as error:
        raise _cause(error) from None


def _rows(dataset: Any, timeout: float) -> Rows:
    """The parts of a data set of Ray, in its order."""
    if not isinstance(dataset, ray.data.Dataset):
        raise TypeError(
            f"Found a {type(dataset).__name__}, expected a ray.data.Dataset: ray.data.read_parquet(...), or ray.data.from_arrow(...)."
        )
    # Without it blocks come in the order in which they are ready.
    dataset.context.execution_options.preserve_order = True
    with _room():
        blocks = dataset.materialize().to_arrow_refs()
        describe = ray.remote(num_cpus=0)(_described)
        try:
            described = ray.get([describe.remote(block) for block in blocks], timeout=timeout)
        except exceptions.GetTimeoutError:
            raise TimeoutError(f"The blocks of the data set were not there after {timeout:g} seconds.") from None
    held = [(block, n_rows, columns) for block, (n_rows, columns) in zip(blocks, described) if n_rows > 0]
    start = 0
    known: list[tuple[str, str]] = []
    for _, n_rows, columns in held:
        known = known or columns
        _check_columns(known, columns, start)
        known = [own if own[1] != "null" else new for own, new in zip(known, columns)]
        start += n_rows
    # In a list, as Ray puts the table in place of a reference that stands alone.
    parts = parts_of(([block], n_rows) for block, n_rows, _ in held)
    return Rows(parts, {name: _kind(cells) for name, cells in known})


def _check_columns(known: list[tuple[str, str]], columns: list[tuple[str, str]], start: int) -> None:
    """Files of other columns, of another order or of other types: to put them right is not for us to guess."""
    if len(known) != len(columns):
        names = {name for name, _ in known} ^ {name for name, _ in columns}
        raise ValueError(
            f"Found {len(columns)} columns from row {start + 1} on, expected {len(known)} as in the rows before; "
            f"only some of the files have {', '.join(map(repr, sorted(names)))}."
        )
    for (name, cells), (new_name, new_cells) in zip(known, columns):
        if name != new_name:
            raise ValueError(
                f"Column {new_name!r}: found it from row {start + 1} on where {name!r} is in the rows before, expected the same "
                "columns in the same order in all files."
            )
        if cells != new_cells and "null" not in (cells, new_cells):
            raise ValueError(
                f"Column {name!r}: found {new_cells} from row {start + 1} on, expected {cells} as in the rows before; cast the columns "
                "of one of the files."
            )


def _kind(cells: str) -> str:
    """What labels of a type are."""
    if cells == "bool":
        return "truth_value"
    if cells.startswith(("int", "uint")):
        return "integer"
    return "number" if cells in ("float", "double", "halffloat") or cells.startswith("decimal") else "text"


def _n_workers(asked: int | None, cpus: int, n_parts: int) -> int:
    there = int(_ray.cluster_resources().get("CPU", 1)) // cpus
    if asked is not None and asked < 1:
        raise ValueError(f"n_workers: found {asked}, expected 1 or more.")
    return max(1, min(n_parts, there if asked is None else asked))


class _OfDatasets:
    """Fits of and predictions for data sets of Ray."""

    @with_callbacks
    def fit(
        self,
        dataset: Any,
        label_column: str,
        weight_column: str | None = None,
        *,
        n_workers: int | None = None,
        cpus_per_worker: int = 1,
        timeout: float = 600.0,
    ) -> Any:
        """Fit the model to the rows of a data set, which stay with the workers.

        Parameters
        ----------
        dataset : ray.data.Dataset
            Columns of numbers, text, categories and truth values. Its order decides which rows make a part.
        label_column : str
            What to predict. Rows where it is missing are left out.
        weight_column : str, optional
            Precision weights; rows of weight zero are left out.
        n_workers : int, optional
            Actors that hold the rows. None: as many as the cluster has room for, at most one for each 65,536 rows.
        cpus_per_worker : int, default=1
            Processors for each actor.
        timeout : float, default=600
            Seconds that actors have to answer before the fit is given up.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Columns or parameters that cannot be used as they are.
        TimeoutError
            Workers that do not start or do not answer.
        """
        rows = _rows(dataset, timeout)
        engine = RayRows(cpus_per_worker, timeout)
        workers = _n_workers(n_workers, cpus_per_worker, len(rows.parts))
        fit_to_parts(self, rows, PartRoles(label_column, weight_column), engine, workers)
        return self

    def predict(self, X: Any, **known: Any) -> Any:
        """Predict the target, or the likeliest class.

        Parameters
        ----------
        X : ray.data.Dataset, array or data frame
            Rows with the columns of the fit, and others besides.

        Returns
        -------
        ray.data.Dataset or ndarray
            Of a data set its rows with one more column, `prediction`. It is computed when it is asked for, batch by batch.
        """
        if isinstance(X, ray.data.Dataset):
            return X.map_batches(functools.partial(_with_predictions, _local(self)), batch_format="pyarrow", batch_size=PART_ROWS)
        return super().predict(X, **known)  # type: ignore[misc]


class RaySkipLayerRegressor(_OfDatasets, SkipLayerRegressor):  # type: ignore[misc]
    """:class:`skiplayer.SkipLayerRegressor` for a data set of Ray: the same parameters, attributes and model file."""


class RaySkipLayerClassifier(_OfDatasets, SkipLayerClassifier):  # type: ignore[misc]
    """:class:`skiplayer.SkipLayerClassifier` for a data set of Ray: the same parameters, attributes and model file."""

    def predict_proba(self, X: Any, *args: Any, **known: Any) -> Any:
        """Predict probabilities.

        Parameters
        ----------
        X : ray.data.Dataset, array or data frame

        Returns
        -------
        ray.data.Dataset or ndarray
            Of a data set its rows with a column for each class, `probability of LABEL`.
        """
        if isinstance(X, ray.data.Dataset):
            work = functools.partial(_with_probabilities, _local(self))
            return X.map_batches(work, batch_format="pyarrow", batch_size=PART_ROWS)
        return super().predict_proba(X, *args, **known)


def _local(estimator: Any) -> Any:
    """The estimator for one thread, as a task takes it."""
    kind = SkipLayerClassifier if isinstance(estimator, SkipLayerClassifier) else SkipLayerRegressor
    local = object.__new__(kind)
    local.__dict__.update(vars(estimator), n_jobs=1, callback=None, verbose=0)
    return local


def _with_predictions(estimator: Any, batch: Any) -> Any:
    predicted = estimator.predict(batch)
    values = predicted if predicted.ndim == 1 else list(predicted)
    return batch.append_column(unused(_PREDICTION, batch.column_names), _arrow(values))


def _with_probabilities(estimator: Any, batch: Any) -> Any:
    for label, column in zip(estimator.classes_.tolist(), estimator.predict_proba(batch).T):
        name = unused(f"probability of {word(label)}", batch.column_names)
        batch = batch.append_column(name, _arrow(column))
    return batch


def _arrow(values: Any) -> Any:
    import pyarrow

    return pyarrow.array(np.ascontiguousarray(values) if isinstance(values, np.ndarray) else values)


if __name__ == "__main__":
    import sys

    from skiplayer._ray_command import main

    sys.exit(main())
