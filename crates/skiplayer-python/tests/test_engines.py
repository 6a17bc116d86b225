"""Outer folds as tasks elsewhere: the bits of one process."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from skiplayer import SkipLayerClassifier, SkipLayerCV, SkipLayerRegressor, __version__
from skiplayer._engines import run_fold

FOLDS = {"folds": 3, "repeats": 1}


@pytest.fixture
def frame() -> pd.DataFrame:
    random = np.random.default_rng(5)
    table = pd.DataFrame(random.normal(size=(90, 2)), columns=["a", "b"])
    table["hue"] = pd.Categorical(random.choice(["red", "blue"], size=90))
    table["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 300, size=90), unit="D")
    table["y"] = table.a + np.sin(2 * table.b) + 0.3 * random.normal(size=90)
    return table


def quick(**parameters: Any) -> SkipLayerRegressor:
    return SkipLayerRegressor(n_units=3, n_starts=2, inner_folds=2, **parameters)


def of_bytes(model: Any) -> bytes:
    return bytes(model.model_.to_bytes())


class Shuffled:
    """An engine that runs folds in another order, and counts what it is asked for."""

    def __init__(self) -> None:
        self.verbs: list[str] = []

    def scatter(self, shared: Any) -> Any:
        self.verbs.append("scatter")
        return shared

    def run(self, task: Any, handle: Any, items: Iterable[int]) -> Iterator[bytes]:
        self.verbs.append("run")
        items = list(items)
        found = {item: task(handle, item) for item in reversed(items)}
        return iter([found[item] for item in items])

    def drop(self, handle: Any) -> None:
        self.verbs.append("drop")


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_joblib_gives_the_same_bits(frame: pd.DataFrame, backend: str) -> None:
    X, y = frame.drop(columns="y"), frame.y
    here = quick()
    here.evaluate(X, y, **FOLDS)
    there = quick()
    with joblib.parallel_config(backend=backend, n_jobs=2):
        there.evaluate(X, y, **FOLDS, engine="joblib")
    assert of_bytes(there) == of_bytes(here)
    assert there.verdict_ == here.verdict_


def test_engines_of_others_and_roles_of_columns(frame: pd.DataFrame) -> None:
    X, y = frame[["a", "b", "hue"]], (frame.y > 0).map({True: "high", False: "low"})
    groups, weight = np.arange(90) % 15, np.linspace(0.5, 2, 90)
    engine = Shuffled()
    models = [SkipLayerClassifier(n_units=2, n_starts=2, inner_folds=2, monotone={"a": 1}) for _ in range(2)]
    for model, where in zip(models, (None, engine)):
        model.evaluate(X, y, weight, groups, **FOLDS, engine=where)
    assert of_bytes(models[0]) == of_bytes(models[1])
    assert engine.verbs == ["scatter", "run", "drop"]


def test_progress_is_told_and_may_stop(frame: pd.DataFrame) -> None:
    X, y = frame[["a", "b"]], frame.y
    seen: list[Any] = []
    model = quick(callback=lambda progress: seen.append(progress))
    model.evaluate(X, y, **FOLDS, engine=Shuffled())
    of_folds = [progress.step for progress in seen if progress.stage.startswith("evaluation: 3 outer folds, as tasks")]
    assert of_folds == [0, 1, 2, 3]
    stopped = quick(callback=lambda progress: progress.step == 1 and "as tasks" in progress.stage)
    engine = Shuffled()
    with pytest.warns(UserWarning, match="without a verdict"):
        stopped.evaluate(X, y, **FOLDS, engine=engine)
    assert stopped.evaluation_ is None and engine.verbs[-1] == "drop"
    assert stopped.n_features_in_ == 2


def test_what_fails_in_a_task_is_raised_and_leaves_nothing(frame: pd.DataFrame) -> None:
    class Failing(Shuffled):
        def run(self, task: Any, handle: Any, items: Iterable[int]) -> Iterator[bytes]:
            raise OSError("a worker is gone")

    engine, model = Failing(), quick()
    with pytest.raises(OSError, match="a worker is gone"):
        model.evaluate(frame[["a", "b"]], frame.y, **FOLDS, engine=engine)
    assert engine.verbs == ["scatter", "drop"] and not hasattr(model, "model_")


def test_what_is_no_exception_becomes_one_in_a_task() -> None:
    class Panic(BaseException):
        pass

    class Request:
        version = __version__

        def fit(self) -> None:
            raise Panic("out of order")

    request: Any = Request()
    with pytest.raises(RuntimeError, match="outer fold 3 failed in a worker: out of order"):
        run_fold(request, 2)


def test_tasks_of_another_version_are_refused(frame: pd.DataFrame) -> None:
    class Older(Shuffled):
        def scatter(self, shared: Any) -> Any:
            return super().scatter(shared._replace(version="0.0.1"))

    engine = Older()
    with pytest.raises(RuntimeError, match=r"A worker on .* has skiplayer .*, expected 0\.0\.1 as in the process that sends the tasks"):
        quick().evaluate(frame[["a", "b"]], frame.y, **FOLDS, engine=engine)
    assert engine.verbs == ["scatter", "run", "drop"]


def test_as_an_estimator(frame: pd.DataFrame) -> None:
    X, y = frame[["a", "b"]], frame.y
    here = SkipLayerCV(quick(), **FOLDS).fit(X, y)
    there = clone(SkipLayerCV(quick(), **FOLDS, engine="joblib")).fit(X, y)
    assert of_bytes(here.estimator_) == of_bytes(there.estimator_)


def test_bad_engines(frame: pd.DataFrame) -> None:
    X, y = frame[["a", "b"]], frame.y
    with pytest.raises(ValueError, match="'engine' parameter"):
        quick().evaluate(X, y, engine="spark")
    with pytest.raises(ValueError, match="max_seconds"):
        quick(max_seconds=5).evaluate(X, y, engine="joblib")


def test_ray_gives_the_same_bits(frame: pd.DataFrame) -> None:
    ray = pytest.importorskip("ray")
    X, y = frame.drop(columns="y"), frame.y
    here, there = quick(), quick()
    here.evaluate(X, y, **FOLDS)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        there.evaluate(X, y, **FOLDS, engine="ray")
        assert of_bytes(there) == of_bytes(here)
        with pytest.raises(ValueError, match="copies|rows|fold"):
            quick().evaluate(X[:4], y[:4], folds=2, engine="ray")
    finally:
        ray.shutdown()


def test_dask_gives_the_same_bits(frame: pd.DataFrame) -> None:
    distributed = pytest.importorskip("distributed")
    X, y = frame.drop(columns="y"), frame.y
    with pytest.raises(ValueError, match="found 'dask' without a client"):
        quick().evaluate(X, y, **FOLDS, engine="dask")
    here, there = quick(), quick()
    here.evaluate(X, y, **FOLDS)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
    ):
        there.evaluate(X, y, **FOLDS, engine="dask")
        assert of_bytes(there) == of_bytes(here)
        with pytest.raises(ValueError, match="copies|rows|fold"):
            quick().evaluate(X[:4], y[:4], folds=2, engine="dask")
        stopped = quick(callback=lambda progress: progress.step == 1 and "as tasks" in progress.stage)
        with pytest.warns(UserWarning, match="without a verdict"):
            stopped.evaluate(X, y, **FOLDS, engine="dask")
        for _ in range(100):
            if not any(client.has_what().values()):
                break
            time.sleep(0.1)
        assert not any(client.has_what().values())
