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

from skiplayer import SkipLayerRegressor, _versions, load_model  # noqa: E402
from skiplayer.ray import RayRows, RaySkipLayerClassifier, RaySkipLayerRegressor  # noqa: E402
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


@pytest.fixture
def actors(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The actors that hold rows at the moment."""
    there: list[Any] = []
    scatter, drop = RayRows.scatter, RayRows.drop

    def scattered(engine: RayRows, parts: Any) -> Any:
        there.append(scatter(engine, parts))
        return there[-1]

    def dropped(engine: RayRows, worker: Any) -> None:
        there.remove(worker)
        drop(engine, worker)

    monkeypatch.setattr(RayRows, "scatter", scattered)
    monkeypatch.setattr(RayRows, "drop", dropped)
    return there


def nothing_runs() -> bool:
    """Whether all processors are free again, which takes a moment."""
    for _ in range(100):
        if ray.available_resources().get("CPU") == 2:
            return True
        time.sleep(0.1)
    return False


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


def test_actors_that_are_killed_are_replaced(actors: list[Any]) -> None:
    rows = data()
    expected = fit(dataset(rows, 3), 2).model_.to_bytes()
    done = threading.Event()
    killed = []

    def kill() -> None:
        while not done.wait(0.3):
            for actor in [actor for actor in actors if actor not in killed][: 3 - len(killed)]:
                killed.append(actor)
                ray.kill(actor)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        model = fit(dataset(rows, 3), 2)
    finally:
        done.set()
        thread.join()
    assert len(killed) == 3 and model.model_.to_bytes() == expected
    assert actors == [] and nothing_runs()


def test_nothing_is_left_running(actors: list[Any]) -> None:
    rows = data(80_000)
    with pytest.raises(ValueError, match="did you mean 'y'"):
        fit(dataset(rows, 2), 2, label="yy")
    with pytest.raises(ValueError, match="column `far`: found inf in row 70001"):
        far = np.where(np.arange(rows.num_rows) == 70_000, np.inf, 1.0)
        fit(dataset(rows.append_column("far", pyarrow.array(far)), 2), 2)
    assert actors == [] and nothing_runs()


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


def test_workers_that_cannot_start_are_told_of(actors: list[Any]) -> None:
    with pytest.raises(TimeoutError, match="have not answered for 3 seconds. Each asks for 9 processors; the cluster has 2"):
        fit(dataset(table(30_000), 1), 1, cpus_per_worker=9, timeout=3)
    assert actors == [] and nothing_runs()


@pytest.mark.parametrize(
    ("reported", "error", "said"),
    [
        ("__import__('skiplayer').__version__ + '.1'", RuntimeError, r"of Ray \(.*\) has skiplayer (.*)\.1, expected \1 as in .* Install it"),
        ("__import__('skiplayer_of_nobody')", ModuleNotFoundError, r"of Ray \(.*\) has no package 'skiplayer' .* expected .* as in this"),
    ],
    ids=["another", "none"],
)
def test_nodes_with_another_version(monkeypatch: pytest.MonkeyPatch, reported: str, error: Any, said: str) -> None:
    monkeypatch.setattr(_versions, "_ASKED", reported)
    with pytest.raises(error, match=said):
        fit(dataset(table(2_000), 1), 1)
    with pytest.raises(error, match=said):
        SkipLayerRegressor().evaluate(np.arange(80.0).reshape(40, 2) ** 2, np.arange(40.0) % 7, engine="ray")
    assert nothing_runs()


def test_an_ordinary_estimator_with_the_same_parameters() -> None:
    model = RaySkipLayerRegressor(n_units=3)
    assert model.get_params() == SkipLayerRegressor(n_units=3).get_params()


def test_the_command_writes_a_model(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from skiplayer._ray_command import main

    (tmp_path / "rows").mkdir()
    rows = table(24_000)
    for k in range(2):
        pyarrow.parquet.write_table(rows.slice(12_000 * k, 12_000), tmp_path / "rows" / f"{k}.parquet")
    words = ["fit", str(tmp_path / "rows"), "--target", "hue", "--drop", "digit", "--n-units", "1", "--model", str(tmp_path / "m")]
    assert main(words) == 0
    assert f"model: {tmp_path / 'm'}" in capsys.readouterr().out
    assert load_model(tmp_path / "m").classes_.tolist() == ["blue", "green", "red"]
    words[3] = "hues"
    assert main(words) == 2
    assert "label_column='hues': found no such column, did you mean 'hue'?" in capsys.readouterr().err


def test_what_a_cluster_lacks_is_one_line_of_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from skiplayer import _cluster_command, _ray_command

    def lacking(*given: Any) -> None:
        raise ModuleNotFoundError("A worker of Ray has no package 'skiplayer'")

    monkeypatch.setattr(_cluster_command, "_fit", lacking)
    assert _ray_command.main(["fit", "folder", "--target", "y", "--model", "m"]) == 2
    assert capsys.readouterr().err == "error: A worker of Ray has no package 'skiplayer'\n"


def test_a_full_store_is_said_in_one_line() -> None:
    from skiplayer.ray import _no_room

    said = str(_no_room(ray.exceptions.OutOfDiskError("Local disk is full: /tmp/ray")))
    assert "The object store of Ray has no room for the data set" in said and "Local disk is full" in said and "\n" not in said
