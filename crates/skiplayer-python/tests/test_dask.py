"""Rows and predictions on a Dask cluster of this machine."""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")
frames = pytest.importorskip("dask.dataframe")

from dask.delayed import delayed  # noqa: E402
from skiplayer import SkipLayerRegressor, load_model  # noqa: E402
from skiplayer.dask import DaskRows, DaskSkipLayerClassifier, DaskSkipLayerRegressor  # noqa: E402
from test_parts import table  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


@contextmanager
def preloaded(*modules: str) -> Iterator[None]:
    # Dask has its own list, once.
    distributed.utils.get_mp_context().set_forkserver_preload(["distributed", *modules])
    yield


@contextmanager
def of_two_workers() -> Iterator[Any]:
    with (
        # Workers that are killed are soon there again: copies of a process that has imported everything.
        dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}),
        preloaded("dask.dataframe", "skiplayer.dask"),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=logging.CRITICAL
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with of_two_workers() as client:
        yield client


@pytest.fixture
def mortal() -> Iterator[Any]:
    """Of a cluster whose workers a test kills: not all of them may be there again afterwards."""
    with of_two_workers() as client:
        yield client


def frame(of: pyarrow.Table, n_partitions: int) -> Any:
    return frames.from_pandas(of.to_pandas(), npartitions=n_partitions, sort=False)


def fit(rows: Any, client: Any, n_workers: int, kind: Any = DaskSkipLayerRegressor, label: str = "y", **given: Any) -> Any:
    model = kind(n_units=2, n_starts=1, stochastic_above=1000)
    return model.fit(rows, label, client=client, n_workers=n_workers, **given)


@pytest.fixture(scope="module")
def data() -> pyarrow.Table:
    """Two parts, of which the second is a short one."""
    return table(70_000, bend=1.0).drop_columns(["above", "digit"])


@pytest.fixture(scope="module")
def expected(client: Any, data: pyarrow.Table) -> Any:
    """The model of one worker."""
    return fit(frame(data, 3), client, 1, weight_column="w")


def nothing_is_held(client: Any) -> bool:
    """Whether workers have forgotten all results, which takes a moment."""
    for _ in range(100):
        if not any(client.has_what().values()):
            return True
        time.sleep(0.1)
    return False


def test_any_workers_and_partitions_give_the_same_bits(client: Any, data: pyarrow.Table, expected: Any, tmp_path: Any) -> None:
    assert len(expected.units_) > 0
    pieces = [delayed(data.slice)(start, 30_000) for start in range(0, data.num_rows, 30_000)]
    for rows, n_workers in [(frame(data, 7), 2), (pieces, 2), (client.compute(pieces), 3)]:
        model = fit(rows, client, n_workers, weight_column="w")
        assert model.model_.to_bytes() == expected.model_.to_bytes()
    expected.save(tmp_path / "y.model")
    alone = load_model(tmp_path / "y.model").predict(data)
    predicted = expected.predict(frame(data, 4))
    assert list(predicted.columns) == [*data.column_names, "prediction"] and predicted.dtypes["prediction"] == float
    assert np.array_equal(predicted.compute()["prediction"], alone)
    tables = dask.compute(*expected.predict(pieces))
    assert np.array_equal(pyarrow.concat_tables(tables)["prediction"], alone)
    assert np.array_equal(expected.predict(data.to_pandas()), alone)
    del model, rows
    assert nothing_is_held(client)


def test_the_bits_are_those_of_ray(data: pyarrow.Table, expected: Any) -> None:
    ray = pytest.importorskip("ray")
    from skiplayer.ray import RaySkipLayerRegressor

    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, object_store_memory=200_000_000)
    try:
        model = RaySkipLayerRegressor(**expected.get_params()).fit(ray.data.from_arrow(data), "y", "w")
    finally:
        ray.shutdown()
    assert model.model_.to_bytes() == expected.model_.to_bytes()


def test_classes_of_categories(client: Any) -> None:
    rows = table(30_000).to_pandas()
    rows["hue"] = rows["hue"].astype("category")
    model = fit(frames.from_pandas(rows, npartitions=3), client, 2, DaskSkipLayerClassifier, "hue")
    assert model.classes_.tolist() == ["blue", "green", "red"]
    again = frames.from_pandas(rows, npartitions=2)
    probable = model.predict_proba(again).compute()
    assert np.allclose(probable[[f"probability of {hue}" for hue in model.classes_]].sum(axis=1), 1)
    assert set(model.predict(again).compute()["prediction"]) <= set(model.classes_)
    nothing = model.predict(again[again.a > 1e9]).compute()
    assert len(nothing) == 0 and nothing.columns[-1] == "prediction"


@pytest.mark.kills_workers
def test_twenty_workers_that_are_killed_are_replaced(
    mortal: Any, data: pyarrow.Table, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_passes, killed, pids = 0, [], {}
    run = DaskRows.run

    def killing(engine: DaskRows, workers: Any, request: bytes) -> Any:
        nonlocal n_passes
        # Those who are asked alone stand in for others.
        n_passes += len(workers) > 1
        # The first that had an address, as a process that is killed while it starts is not started again.
        for nanny in mortal.cluster.workers.values():
            pids.setdefault(nanny.worker_address, nanny.pid)
        victim = pids.get(workers[n_passes // 2 % len(workers)].address)
        wanted = len(workers) > 1 and n_passes % 2 == 0 and len(killed) < 20
        if wanted and victim is not None and victim not in killed:
            killed.append(victim)
            # Half of them do not come to the end of the pass; the others are somewhere in it, or have just ended it.
            if len(killed) % 2:
                os.kill(victim, signal.SIGSTOP)
            threading.Timer(0.005 * (len(killed) % 5), os.kill, (victim, signal.SIGKILL)).start()
        return run(engine, workers, request)

    monkeypatch.setattr(DaskRows, "run", killing)
    monkeypatch.setattr("skiplayer.dask._PATIENCE", 0.05)
    model = fit(frame(data, 3), mortal, 2, weight_column="w")
    assert len(killed) == 20
    assert model.model_.to_bytes() == expected.model_.to_bytes()
    assert nothing_is_held(mortal)


@pytest.mark.kills_workers
def test_partitions_that_cannot_be_computed_anew(mortal: Any, data: pyarrow.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    run = DaskRows.run

    def killing(engine: DaskRows, workers: Any, request: bytes) -> Any:
        for nanny in mortal.cluster.workers.values():
            os.kill(nanny.pid, signal.SIGKILL)
        monkeypatch.setattr(DaskRows, "run", run)
        return run(engine, workers, request)

    monkeypatch.setattr(DaskRows, "run", killing)
    with pytest.raises(RuntimeError, match="Partitions are gone that Dask cannot compute anew: client.scatter has put them there"):
        fit(mortal.scatter([data]), mortal, 2)
    assert nothing_is_held(mortal)


def test_nothing_is_left_after_a_failure(client: Any, data: pyarrow.Table) -> None:
    with pytest.raises(ValueError, match="label_column='yy': found no such column, did you mean 'y'"):
        fit(frame(data, 2), client, 2, label="yy")
    far = np.where(np.arange(data.num_rows) == 69_000, np.inf, 1.0)
    with pytest.raises(ValueError, match="column `far`: found inf in row 69001"):
        fit(frame(data.append_column("far", pyarrow.array(far)), 2), client, 2)
    assert nothing_is_held(client)


def test_partitions_that_differ_are_refused(client: Any) -> None:
    rows = table(2_000)
    others = {
        "found string from row 2001 on, expected double": rows.set_column(0, "a", pyarrow.array(["x"] * 2_000)),
        "found it from row 2001 on where 'a' is": rows.select(["b", "a", *rows.column_names[2:]]),
        "Found 6 columns from row 2001 on": rows.drop_columns("digit"),
    }
    for said, other in others.items():
        with pytest.raises(ValueError, match=said):
            fit([delayed(rows), delayed(other)], client, 1)
    with pytest.raises(TypeError, match=r"Found a Table, expected a Dask frame"):
        fit(rows, client, 1)
    with pytest.raises(ZeroDivisionError):
        fit([delayed(lambda: 1 / 0)()], client, 1)


def _hide_the_package() -> None:
    """In a worker: as if it were not installed."""
    sys.modules["skiplayer"] = None  # type: ignore[assignment]


def _make_it_old() -> None:
    sys.modules.pop("skiplayer")
    __import__("skiplayer").__version__ = "0.0.1"


def test_workers_without_the_package_and_workers_that_hang(data: pyarrow.Table) -> None:
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        pid = client.run(os.getpid).popitem()[1]
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(TimeoutError, match="Worker tcp://.* of Dask has not told its version of skiplayer for 1 seconds"):
            fit([delayed(data)], client, 1, timeout=1)
        os.kill(pid, signal.SIGCONT)
        client.run(_hide_the_package)
        with pytest.raises(ModuleNotFoundError, match="Worker tcp://.* has no package 'skiplayer' .*, expected .* as in this process"):
            fit([delayed(data)], client, 1, timeout=60)
        client.run(_make_it_old)
        with pytest.raises(RuntimeError, match=r"Worker tcp://.* of Dask has skiplayer 0\.0\.1, expected .* Install it there"):
            fit([delayed(data)], client, 1, timeout=60)
        with client.as_current(), pytest.raises(RuntimeError, match=r"of Dask has skiplayer 0\.0\.1, expected"):
            SkipLayerRegressor().evaluate(np.arange(80.0).reshape(40, 2) ** 2, np.arange(40.0) % 7, engine="dask")
        assert nothing_is_held(client)


def test_the_command_writes_a_model(client: Any, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from skiplayer._dask_command import main

    (tmp_path / "rows").mkdir()
    rows = table(24_000)
    for k in range(2):
        pyarrow.parquet.write_table(rows.slice(12_000 * k, 12_000), tmp_path / "rows" / f"{k}.parquet")
    words = ["fit", str(tmp_path / "rows"), "--scheduler", client.scheduler.address, "--drop", "digit", "--n-units", "1"]
    words += ["--model", str(tmp_path / "m"), "--target", "above"]
    assert main(words) == 0
    assert f"model: {tmp_path / 'm'}" in capsys.readouterr().out
    assert load_model(tmp_path / "m").classes_.tolist() == [False, True]
    assert main([*words[:-1], "abov"]) == 2
    assert "label_column='abov': found no such column, did you mean 'above'?" in capsys.readouterr().err
    assert main([*words, "--drop", "digits"]) == 2
    assert "error: --drop digits: found no such column, did you mean 'digit'?" in capsys.readouterr().err
    assert nothing_is_held(client)


@pytest.mark.parametrize(("kind", "write", "how"), [("csv", "to_csv", {"index": False}), ("json", "to_json", {"orient": "records"})])
def test_the_command_reads_folders(tmp_path: Any, kind: str, write: str, how: dict[str, Any]) -> None:
    from skiplayer._dask_command import DaskCluster

    rows = table(40).to_pandas()
    lines = {"lines": True} if kind == "json" else {}
    for k in range(2):
        getattr(rows[20 * k : 20 * (k + 1)], write)(tmp_path / f"{k}.{kind}", **how, **lines)
    cluster = DaskCluster()
    read = cluster.without(cluster.read([str(tmp_path)], kind), ["digit"])
    assert list(cluster.types(read)) == list(read.columns) == ["a", "b", "hue", "w", "y", "above"]
    assert np.allclose(read.compute(scheduler="sync")["y"], rows["y"])
    other = {"csv": "json", "json": "csv"}[kind]
    with pytest.raises(FileNotFoundError, match=f"found no file with '.{other}' in its name"):
        cluster.read([str(tmp_path)], other)


def test_no_client_and_no_workers() -> None:
    rows = pd.DataFrame({"a": np.arange(10.0), "y": np.arange(10.0)})
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=logging.CRITICAL, processes=False) as cluster,
        distributed.Client(cluster, set_as_default=False) as empty,
        pytest.raises(TimeoutError, match="had no worker for 1 seconds"),
    ):
        DaskSkipLayerRegressor().fit(frames.from_pandas(rows, npartitions=1), "y", client=empty, timeout=1)


def test_an_ordinary_estimator_with_the_same_parameters() -> None:
    assert DaskSkipLayerRegressor(n_units=3).get_params() == SkipLayerRegressor(n_units=3).get_params()
