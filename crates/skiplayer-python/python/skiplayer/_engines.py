"""Where the outer folds of an evaluation run: as tasks of joblib's backends, of Ray or of Dask, with the bits of one process."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol, runtime_checkable

from joblib import Parallel, delayed
from joblib.parallel import get_active_backend

from skiplayer._checks import NONE, Choice, Fulfils
from skiplayer._columns import Columns
from skiplayer._skiplayer import Fit, __version__
from skiplayer._threads import n_threads
from skiplayer._versions import check_dask, check_ray, refuse_others

Task = Callable[[Any, int], bytes]


@runtime_checkable
class Engine(Protocol):
    """What a place that runs tasks has to do; a further one is a class with these verbs."""

    def scatter(self, shared: Any) -> Any:
        """Sends `shared`, once, to where tasks can take it; returns what stands for it."""

    def run(self, task: Task, handle: Any, items: Iterable[int]) -> Iterator[bytes]:
        """Runs ``task(shared, item)`` for all items at once, and yields the results in the order of the items."""

    def drop(self, handle: Any) -> None:
        """Forgets what was sent, and stops what still runs."""


class JoblibEngine:
    """Tasks of joblib's active backend: processes by default, others within ``joblib.parallel_config(backend=...)``."""

    def __init__(self, n_jobs: int | None = None) -> None:
        self._n_jobs = n_jobs

    def scatter(self, shared: Any) -> Any:
        return shared

    def run(self, task: Task, handle: Any, items: Iterable[int]) -> Iterator[bytes]:
        backend, _ = get_active_backend()
        as_they_come = getattr(backend, "supports_return_generator", False)
        workers = Parallel(n_jobs=self._n_jobs, return_as="generator" if as_they_come else "list")
        return iter(workers(delayed(task)(handle, item) for item in items))

    def drop(self, handle: Any) -> None:
        pass


class RayEngine:
    """Tasks of Ray, on the cluster that ``ray.init`` has connected to, or on one of this machine."""

    def __init__(self) -> None:
        try:
            import ray
        except ImportError:
            raise ImportError("engine: found 'ray', expected it to be installed: pip install ray") from None
        self._ray = ray
        self._running: list[Any] = []

    def scatter(self, shared: Any) -> Any:
        if not self._ray.is_initialized():
            self._ray.init(log_to_driver=False)
        check_ray(self._ray)
        return self._ray.put(shared)

    def run(self, task: Task, handle: Any, items: Iterable[int]) -> Iterator[bytes]:
        remote = self._ray.remote(task)
        self._running = [remote.remote(handle, item) for item in items]
        for result in list(self._running):
            try:
                yield self._ray.get(result)
            except self._ray.exceptions.RayTaskError as error:
                # What the task raised, as on one machine.
                raise _cause_of(error) from None
            self._running.remove(result)

    def drop(self, handle: Any) -> None:
        # Ray frees what was put once nobody holds its reference.
        for result in self._running:
            self._ray.cancel(result)
        self._running = []


class DaskEngine:
    """Tasks of Dask, by the client of this process."""

    def __init__(self) -> None:
        try:
            import distributed
        except ImportError:
            raise ImportError("engine: found 'dask', expected it to be installed: pip install distributed") from None
        dask: Any = distributed
        try:
            self._client = dask.default_client()
        except ValueError:
            raise ValueError(
                "engine: found 'dask' without a client, expected one of this process: client = dask.distributed.Client(...)"
            ) from None
        self._running: list[Any] = []

    def scatter(self, shared: Any) -> Any:
        check_dask(self._client, self._client.nthreads())
        # To all of them: what only one had would be lost with it.
        return self._client.scatter([shared], broadcast=True, hash=False)[0]

    def run(self, task: Task, handle: Any, items: Iterable[int]) -> Iterator[bytes]:
        self._running = [self._client.submit(task, handle, item, pure=False) for item in items]
        for result in self._running:
            yield result.result()

    def drop(self, handle: Any) -> None:
        for result in self._running:
            result.release()
        self._running = []
        handle.release()


def _cause_of(error: Any) -> BaseException:
    cause = error.as_instanceof_cause()
    return cause if isinstance(cause, BaseException) else RuntimeError(str(error))


ENGINE = [Choice("joblib", "ray", "dask"), Fulfils("an Engine", lambda value: isinstance(value, Engine)), NONE]


def engine_of(engine: Any, n_jobs: int | None) -> Engine:
    """What the parameter `engine` stands for."""
    if engine == "joblib":
        return JoblibEngine(n_jobs)
    if engine == "dask":
        return DaskEngine()
    return RayEngine() if engine == "ray" else engine


class FitRequest(NamedTuple):
    """A fit on its way to wherever it is made."""

    columns: Columns
    arguments: dict[str, Any]
    # Of the package that made it.
    version: str = __version__

    def fit(self) -> Fit:
        """The fit, in this process."""
        return Fit(self.columns, **self.arguments)

    def without_evaluation(self) -> FitRequest:
        """The fit alone."""
        return self._replace(arguments={**self.arguments, "evaluation": None})


def run_fold(request: FitRequest, fold: int) -> bytes:
    """One outer fold, in whichever process this is."""
    refuse_others({f"A worker on {platform.node()}": __version__}, expected=request.version)
    try:
        return request.fit().outer_fold(fold, n_threads(None))
    except (Exception, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as fault:
        # A panic of the engine is no Exception, and not every scheduler passes on what is none: the caller would wait for ever.
        raise RuntimeError(f"outer fold {fold + 1} failed in a worker: {fault}") from None


def outer_folds(
    request: FitRequest, n_folds: int, engine: Engine, listener: Callable[[str, str, int], bool] | None
) -> list[bytes] | None:
    """All outer folds of an evaluation, by `engine`. A listener that wants to stop ends them: None."""
    if listener is not None:
        listener("stage", f"evaluation: {n_folds} outer folds, as tasks", n_folds)
    handle = engine.scatter(request)
    try:
        found = []
        for fold in engine.run(run_fold, handle, range(n_folds)):
            found.append(fold)
            if listener is not None and listener("step", "", 1):
                return None
        return found
    finally:
        engine.drop(handle)
