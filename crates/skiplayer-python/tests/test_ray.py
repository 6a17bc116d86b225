"""Rows and predictions on a Ray cluster of this machine."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

ray = pytest.importorskip("ray")
pytest.importorskip("ray.data")

from skiplayer import SkipLayerRegressor, load_model  # noqa: E402
from skiplayer.ray import RaySkipLayerClassifier, RaySkipLayerRegressor  # noqa: E402
from test_parts import quick, table  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=200_000_000)
    yield
    ray.shutdown()


def data(n: int = 150_000) -> pyarrow.Table:
    return table(n, bend=1.0).drop_columns(["above", "digit"])


def dataset(of: pyarrow.Table, n_blocks: int) -> Any:
    n = -(-of.num_rows // n_blocks)
    return ray.data.from_arrow([of.slice(start, n) for start in range(0, of.num_rows, n)])


def living() -> list[Any]:
    from ray.util.state import list_actors

    return [actor for actor in list_actors() if actor.state in ("ALIVE", "PENDING_CREATION", "RESTARTING")]


def fit(rows: Any, n_workers: int, kind: Any = RaySkipLayerRegressor, label: str = "y", **given: Any) -> Any:
    return quick(kind).fit(rows, label, n_workers=n_workers, **given)


def test_one_and_two_actors_give_the_same_bits(tmp_path: Any) -> None:
    rows = data()
    one = fit(dataset(rows, 3), 1, weight_column="w")
    two = fit(dataset(rows, 7), 2, weight_column="w")
    assert one.model_.to_bytes() == two.model_.to_bytes()
    two.save(tmp_path / "y.model")
    expected = load_model(tmp_path / "y.model").predict(rows)
    predicted = two.predict(dataset(rows, 4))
    assert predicted.schema().names == [*rows.column_names, "prediction"]
    found = pyarrow.concat_tables(ray.get(predicted.to_arrow_refs()))
    order = np.lexsort((found["a"].to_numpy(), found["w"].to_numpy()))
    own = np.lexsort((rows["a"].to_numpy(), rows["w"].to_numpy()))
    assert np.array_equal(found["prediction"].to_numpy()[order], expected[own])


def test_classes_of_a_folder_of_files(tmp_path: Any) -> None:
    rows = table(30_000)
    for k in range(3):
        pyarrow.parquet.write_table(rows.slice(10_000 * k, 10_000), tmp_path / f"{k}.parquet")
    model = fit(ray.data.read_parquet(str(tmp_path)), 2, RaySkipLayerClassifier, "hue")
    assert model.classes_.tolist() == ["blue", "green", "red"]
    probable = model.predict_proba(dataset(rows, 2)).take(1)[0]
    assert abs(sum(probable[f"probability of {hue}"] for hue in model.classes_) - 1) < 1e-12


def test_actors_that_are_killed_are_replaced() -> None:
    rows = data()
    expected = fit(dataset(rows, 3), 2).model_.to_bytes()
    done, killed = threading.Event(), []

    def kill() -> None:
        from ray.util.state import list_actors

        while not done.is_set():
            for actor in list_actors(filters=[("class_name", "=", "Worker"), ("state", "=", "ALIVE")]):
                if len(killed) < 3 and actor.actor_id not in killed:
                    killed.append(actor.actor_id)
                    _kill(actor.actor_id)
            time.sleep(0.2)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        model = fit(dataset(rows, 3), 2)
    finally:
        done.set()
        thread.join()
    assert killed and model.model_.to_bytes() == expected


def _kill(actor_id: str) -> None:
    import os
    import signal

    from ray.util.state import get_actor

    pid = get_actor(actor_id).pid
    if pid:
        os.kill(pid, signal.SIGKILL)


def test_nothing_is_left_running() -> None:
    rows = data(80_000)
    with pytest.raises(ValueError, match="did you mean 'y'"):
        fit(dataset(rows, 2), 2, label="yy")
    with pytest.raises(ValueError, match="column `far`: found inf in row 70001"):
        far = np.where(np.arange(rows.num_rows) == 70_000, np.inf, 1.0)
        fit(dataset(rows.append_column("far", pyarrow.array(far)), 2), 2)
    time.sleep(1)
    assert living() == []


def test_blocks_that_differ_are_refused() -> None:
    rows = table(2_000)
    others = {
        "found string from row 2001 on, expected double": rows.set_column(0, "a", pyarrow.array(["x"] * 2_000)),
        "found it from row 2001 on where 'a' is": rows.select(["b", "a", *rows.column_names[2:]]),
        "Found 6 columns from row 2001 on": rows.drop_columns("digit"),
    }
    for said, other in others.items():
        with pytest.raises(ValueError, match=said):
            fit(ray.data.from_arrow([rows, other]), 1)
    with pytest.raises(TypeError, match=r"Found a Table, expected a ray.data.Dataset"):
        fit(rows, 1)


def test_workers_that_cannot_start_are_told_of() -> None:
    with pytest.raises(TimeoutError, match="have not answered for 3 seconds. Each asks for 9 processors; the cluster has 2"):
        fit(dataset(table(30_000), 1), 1, cpus_per_worker=9, timeout=3)
    time.sleep(1)
    assert living() == []


def test_an_ordinary_estimator_with_the_same_parameters() -> None:
    model = RaySkipLayerRegressor(n_units=3)
    assert model.get_params() == SkipLayerRegressor(n_units=3).get_params()
