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

try:
    import ray
    from ray import exceptions
except ImportError:
    raise ImportError("skiplayer.ray: found no 'ray', expected it to be installed: pip install 'ray[data]'") from None

from skiplayer._batches import of_one_thread, with_predictions, with_probabilities
from skiplayer._blocks import described_block, rows_of_blocks
from skiplayer._callbacks import with_callbacks
from skiplayer._classifier import SkipLayerClassifier
from skiplayer._fit_parts import PartRoles, Rows, fit_to_parts
from skiplayer._parts import Lost, Part, Worker
from skiplayer._regressor import SkipLayerRegressor
from skiplayer._skiplayer import PART_ROWS
from skiplayer._versions import check_ray, no_package_on_ray

__all__ = ["RayRows", "RaySkipLayerClassifier", "RaySkipLayerRegressor"]

# Some of its functions have no types.
_ray: Any = ray
# A worker, or its machine, is gone; another may do.
_LOSSES = (
    exceptions.RayActorError,
    exceptions.ObjectLostError,
    exceptions.OutOfMemoryError,
    exceptions.NodeDiedError,
    exceptions.WorkerCrashedError,
)

_FULL = (exceptions.ObjectStoreFullError, exceptions.OutOfDiskError)
_NO_PACKAGE = "No module named 'skiplayer'"


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
        return self._actor.options(**options).remote(parts, self._cpus)

    def run(self, workers: Sequence[Any], request: bytes) -> list[list[bytes] | Lost]:
        """Asks all actors at once."""
        asked = [worker.run.remote(request, _fetched) for worker in workers]
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
                raise no_package_on_ray(_NO_PACKAGE) from None
            return Lost(type(error).__name__)
        except (exceptions.RayTaskError, exceptions.RaySystemError) as error:
            raise _cause(error) from None


def _has_no_package(error: Any) -> bool:
    return _NO_PACKAGE in str(error)


def _no_room(error: Any) -> MemoryError:
    # The lines before are where it was raised.
    said = next((line for line in str(error).splitlines() if "disk" in line.lower() or "full" in line.lower()), type(error).__name__)
    return MemoryError(
        "The object store of Ray has no room for the data set, nor has the disk that it spills to. Read fewer columns "
        f"(read_parquet(columns=...)), or give it more (ray.init(object_store_memory=...)): {said}"
    )


def _cause(error: Any) -> BaseException:
    """What was raised where a task ran."""
    if _has_no_package(error):
        return no_package_on_ray(_NO_PACKAGE)
    cause = getattr(error, "cause", None)
    if isinstance(cause, _FULL):
        return _no_room(cause)
    return cause if isinstance(cause, BaseException) else RuntimeError(str(error))


def _fetched(block: Any) -> Any:
    return ray.get(block[0])


def _processors(free: bool = False) -> str:
    resources = _ray.available_resources() if free else _ray.cluster_resources()
    return f"{resources.get('CPU', 0):g}"


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
    check_ray(ray, timeout)
    # Without it blocks come in the order in which they are ready.
    dataset.context.execution_options.preserve_order = True
    with _room():
        blocks = dataset.materialize().to_arrow_refs()
        describe = ray.remote(num_cpus=0)(described_block)
        try:
            described = ray.get([describe.remote(block) for block in blocks], timeout=timeout)
        except exceptions.GetTimeoutError:
            raise TimeoutError(f"The blocks of the data set were not there after {timeout:g} seconds.") from None
    # In a list, as Ray puts the table in place of a reference that stands alone.
    return rows_of_blocks(([block], *told) for block, told in zip(blocks, described))


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
            return X.map_batches(functools.partial(with_predictions, of_one_thread(self)), batch_format="pyarrow", batch_size=PART_ROWS)
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
            work = functools.partial(with_probabilities, of_one_thread(self))
            return X.map_batches(work, batch_format="pyarrow", batch_size=PART_ROWS)
        return super().predict_proba(X, *args, **known)


if __name__ == "__main__":
    import sys

    from skiplayer._ray_command import main

    sys.exit(main())
