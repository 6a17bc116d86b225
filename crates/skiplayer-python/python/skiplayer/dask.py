"""Estimators for rows that a Dask cluster holds.

Partitions are divided into parts of 65,536 rows, which workers hold; the caller sends weights and receives sums::

    import dask.dataframe
    from dask.distributed import Client
    from skiplayer.dask import DaskSkipLayerRegressor

    client = Client("scheduler:8786")
    frame = dask.dataframe.read_parquet("folder")
    model = DaskSkipLayerRegressor().fit(frame, label_column="y")
    predicted = model.predict(frame)        # a Dask frame
    model.save("y.model")                   # an ordinary model file

Results depend on rows and seed, not on how many workers there are.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, wait
from contextlib import contextmanager
from itertools import chain
from typing import Any, NamedTuple
from uuid import uuid4

try:
    import distributed
    from dask.delayed import delayed
    from distributed.scheduler import KilledWorker
except ImportError:
    raise ImportError("skiplayer.dask: found no 'distributed', expected it to be installed: pip install distributed") from None

from skiplayer._batches import of_one_thread, with_predictions, with_probabilities
from skiplayer._blocks import Described, described_block, rows_of_blocks
from skiplayer._callbacks import with_callbacks
from skiplayer._classifier import SkipLayerClassifier
from skiplayer._fit_parts import PartRoles, fit_to_parts
from skiplayer._parts import Lost, Part, Worker
from skiplayer._regressor import SkipLayerRegressor
from skiplayer._versions import check_dask

__all__ = ["DaskRows", "DaskSkipLayerClassifier", "DaskSkipLayerRegressor"]

# Some of its functions have no types.
_distributed: Any = distributed
# Seconds after which somebody looks whether a worker that is silent still is there.
_PATIENCE = 0.5


class Holder(NamedTuple):
    """A :class:`Worker` that a process of Dask keeps, as long as somebody holds its future."""

    address: str
    worker: Any
    # Numbers of the blocks that it reads.
    blocks: list[int]


class DaskRows:
    """An engine of rows: objects that workers of Dask hold.

    Each is the result of a task, so that Dask forgets it with its future, even if the caller dies.

    Parameters
    ----------
    client : distributed.Client
    blocks : sequence of futures
        Arrow tables, by number. Dask computes anew what a lost worker held.
    timeout : float, default=600
        Seconds that workers have to answer a request before the fit is given up.
    """

    def __init__(self, client: Any, blocks: Sequence[Any], timeout: float = 600.0) -> None:
        self._client = client
        self._blocks = blocks
        self._timeout = timeout
        # Addresses by the name of what is held there.
        self._holders: dict[str, str] = {}

    def scatter(self, parts: list[Part]) -> Holder:
        """Starts an object on the worker with the fewest; of those, where its rows are."""
        blocks = sorted({piece.block for part in parts for piece in part.pieces})
        address = self._address(blocks)
        # A name of its own: another fit may hold the same parts.
        name = f"skiplayer-rows-{uuid4().hex}"
        worker = self._client.submit(_worker, _Sealed(parts), key=name, workers=[address])
        self._holders[name] = address
        return Holder(address, worker, blocks)

    def run(self, workers: Sequence[Holder], request: bytes) -> list[list[bytes] | Lost]:
        """Asks all of them at once."""
        deadline = time.monotonic() + self._timeout
        asked = [self._asked(worker, request) for worker in workers]
        try:
            return [self._answer(worker, answer, deadline) for worker, answer in zip(workers, asked)]
        finally:
            _release(asked)

    def drop(self, worker: Holder) -> None:
        """Has an object forgotten."""
        self._holders.pop(worker.worker.key, None)
        worker.worker.release()

    def _address(self, blocks: list[int]) -> str:
        there = dict.fromkeys(processors(self._client, self._timeout), 0)
        futures = [self._blocks[block] for block in blocks]
        with _of_blocks():
            replicas = self._client.who_has(futures).values()
        for address in chain.from_iterable(replicas):
            there[address] = there.get(address, 0) + 1
        held = list(self._holders.values())
        return min(there, key=lambda address: (held.count(address), -there[address], address))

    def _asked(self, holder: Holder, request: bytes) -> Any:
        # Blocks go to a worker only with a request that reads them.
        blocks = {number: self._blocks[number] for number in holder.blocks} if Worker.reads_rows(request) else {}
        return self._client.submit(_run, holder.worker, request, blocks, workers=[holder.address], pure=False)

    def _answer(self, holder: Holder, answer: Any, deadline: float) -> list[bytes] | Lost:
        # Not result(timeout=...): it breaks off what is on its way, after which Dask may give this client no results at all.
        arriving = asyncio.run_coroutine_threadsafe(self._client.gather(answer, asynchronous=True), self._client.loop.asyncio_loop)
        while not wait([arriving], _PATIENCE).done:
            # A task for a process that has gone waits for ever.
            if holder.address not in self._client.nthreads():
                return Lost("its process is gone")
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"The worker of Dask at {holder.address} has not answered for {self._timeout:g} seconds. Is it busy with other "
                    "tasks, or short of memory? A longer timeout, or more workers."
                )
        try:
            found: list[bytes] = arriving.result()
            return found
        except (KilledWorker, CancelledError) as error:
            return Lost(type(error).__name__)


class _Sealed:
    """Parts in which Dask does not look for tasks."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts


def _worker(sealed: _Sealed) -> Worker:
    return Worker(sealed.parts, distributed.get_worker().state.nthreads)


def _run(worker: Worker, request: bytes, blocks: dict[int, Any]) -> list[bytes]:
    return worker.run(request, blocks.__getitem__)


def processors(client: Any, timeout: float) -> dict[str, int]:
    """Addresses of the workers with their processors; waits for one if there is none."""
    if not client.nthreads():
        try:
            client.wait_for_workers(1, timeout)
        except distributed.TimeoutError:
            raise TimeoutError(f"The cluster of Dask had no worker for {timeout:g} seconds.") from None
    found: dict[str, int] = client.nthreads()
    return found


def _table(partition: Any) -> Any:
    """A partition, a frame of pandas or an Arrow table, as an Arrow table."""
    import pyarrow

    return partition if isinstance(partition, pyarrow.Table) else pyarrow.Table.from_pandas(partition, preserve_index=False)


def _partitions(data: Any) -> list[Any]:
    """The partitions of a Dask frame, or those that are given, as tasks."""
    if hasattr(data, "map_partitions") and getattr(data, "ndim", 0) == 2:
        found: list[Any] = data.to_delayed()
        return found
    if isinstance(data, Sequence) and data and all(hasattr(part, "key") for part in data):
        return list(data)
    raise TypeError(
        f"Found a {type(data).__name__}, expected a Dask frame (dask.dataframe.read_parquet(...)) or a list of Delayed or futures "
        "whose results are Arrow tables or frames of pandas."
    )


def _client(client: Any) -> Any:
    if client is not None:
        return client
    try:
        return _distributed.default_client()
    except ValueError:
        raise ValueError("client: found none, expected one of this process: client = dask.distributed.Client(...)") from None


@contextmanager
def _blocks(client: Any, data: Any, timeout: float) -> Iterator[list[Any]]:
    """Partitions as Arrow tables, which stay with the workers until the block ends."""
    partitions = _partitions(data)
    check_dask(client, processors(client, timeout), timeout)
    to_table = delayed(_table, pure=False)
    blocks: list[Any] = client.compute([to_table(part) for part in partitions])
    try:
        yield blocks
    finally:
        _release(blocks)


@contextmanager
def _of_blocks() -> Iterator[None]:
    try:
        yield
    except CancelledError:
        raise RuntimeError(
            "Partitions are gone that Dask cannot compute anew: client.scatter has put them there, or somebody has restarted the cluster. "
            "A Dask frame or a list of Delayed says how they are made."
        ) from None


def _release(futures: list[Any]) -> None:
    """Ends what still runs, and forgets the rest, even while somebody keeps an exception whose frames have these futures."""
    for future in futures:
        future.release()


def _described(client: Any, blocks: list[Any], timeout: float) -> list[tuple[int, Described]]:
    futures = client.map(described_block, blocks, pure=False)
    together = client.submit(list, futures, pure=False)
    try:
        with _of_blocks():
            found: list[tuple[int, Described]] = together.result(timeout=timeout)
            return found
    except distributed.TimeoutError:
        raise TimeoutError(
            f"The partitions were not there after {timeout:g} seconds. Have the workers memory for them, or are they busy with other "
            "tasks? A longer timeout, more workers, or fewer columns."
        ) from None
    finally:
        _release([together, *futures])


class _OfPartitions:
    """Fits of and predictions for partitions."""

    @with_callbacks
    def fit(
        self,
        data: Any,
        label_column: str,
        weight_column: str | None = None,
        *,
        client: Any = None,
        n_workers: int | None = None,
        timeout: float = 600.0,
    ) -> Any:
        """Fit the model to the rows of partitions, which stay with the workers.

        Parameters
        ----------
        data : dask.dataframe.DataFrame, or list of Delayed or futures
            Columns of numbers, text, categories and truth values; items of a list are Arrow tables or frames of pandas. The order
            decides which rows make a part. The index is left out.
        label_column : str
            What to predict. Rows where it is missing are left out.
        weight_column : str, optional
            Precision weights; rows of weight zero are left out.
        client : distributed.Client, optional
            None: the one of this process.
        n_workers : int, optional
            Objects that hold the rows, each with all threads of its worker. None: one a worker, at most one for each 65,536 rows.
        timeout : float, default=600
            Seconds that workers have to answer before the fit is given up.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Columns or parameters that cannot be used as they are.
        TimeoutError
            Workers that are not there or do not answer.
        """
        if n_workers is not None and n_workers < 1:
            raise ValueError(f"n_workers: found {n_workers}, expected 1 or more.")
        client = _client(client)
        with _blocks(client, data, timeout) as blocks:
            described = _described(client, blocks, timeout)
            rows = rows_of_blocks((number, *told) for number, told in enumerate(described))
            there = len(processors(client, timeout)) if n_workers is None else n_workers
            engine = DaskRows(client, blocks, timeout)
            fit_to_parts(self, rows, PartRoles(label_column, weight_column), engine, max(1, min(len(rows.parts), there)))
        return self

    def predict(self, X: Any, **known: Any) -> Any:
        """Predict the target, or the likeliest class.

        Parameters
        ----------
        X : dask.dataframe.DataFrame, list of Delayed or futures, array or data frame
            Rows with the columns of the fit, and others besides.

        Returns
        -------
        dask.dataframe.DataFrame, list of Delayed or ndarray
            Of a Dask frame its rows with one more column, `prediction`; of a list the same as Arrow tables. They are computed when they
            are asked for.
        """
        return _mapped(self, with_predictions, X, lambda: super(_OfPartitions, self).predict(X, **known))  # type: ignore[misc]


class DaskSkipLayerRegressor(_OfPartitions, SkipLayerRegressor):  # type: ignore[misc]
    """:class:`skiplayer.SkipLayerRegressor` for rows of a Dask cluster: the same parameters, attributes and model file."""


class DaskSkipLayerClassifier(_OfPartitions, SkipLayerClassifier):  # type: ignore[misc]
    """:class:`skiplayer.SkipLayerClassifier` for rows of a Dask cluster: the same parameters, attributes and model file."""

    def predict_proba(self, X: Any, *args: Any, **known: Any) -> Any:
        """Predict probabilities.

        Parameters
        ----------
        X : dask.dataframe.DataFrame, list of Delayed or futures, array or data frame

        Returns
        -------
        dask.dataframe.DataFrame, list of Delayed or ndarray
            Of partitions their rows with a column for each class, `probability of LABEL`.
        """
        return _mapped(
            self, with_probabilities, X, lambda: super(DaskSkipLayerClassifier, self).predict_proba(X, *args, **known)
        )


def _mapped(estimator: Any, work: Callable[[Any, Any], Any], X: Any, here: Callable[[], Any]) -> Any:
    """Partitions with more columns, when they are asked for; of other rows what `here` returns at once."""
    try:
        partitions = _partitions(X)
    except TypeError:
        return here()
    local = of_one_thread(estimator)
    if isinstance(X, Sequence):
        of_tables = delayed(_of_table, pure=False)
        return [of_tables(work, local, part) for part in partitions]
    return X.map_partitions(_of_frame, work, local, meta=_of_frame(X._meta, work, local))


def _of_table(work: Callable[[Any, Any], Any], estimator: Any, partition: Any) -> Any:
    return work(estimator, _table(partition))


def _of_frame(frame: Any, work: Callable[[Any, Any], Any], estimator: Any) -> Any:
    """The frame itself with the new columns, so that its index and types stay."""
    found = work(estimator, _table(frame))
    new = found.select(found.column_names[frame.shape[1] :]).to_pandas()
    return frame.assign(**{name: new[name].to_numpy() for name in new.columns})


if __name__ == "__main__":
    import sys

    from skiplayer._dask_command import main

    sys.exit(main())
