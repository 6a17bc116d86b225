"""Rows that are with workers, here threads: one result for any number of them, lost or not."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow
import pytest
from skiplayer import SkipLayerClassifier, SkipLayerRegressor, load_model
from skiplayer._fit_parts import PartRoles, Rows, fit_to_parts
from skiplayer._parts import Held, Lost, Part, Worker, parts_of, shares

PART = 1_500


class Threads:
    """An engine of rows in this process, which loses a worker whenever it is told to."""

    def __init__(self, losses: Sequence[int] = ()) -> None:
        self._losses = set(losses)
        self.n_passes = self.n_running = 0

    def scatter(self, parts: list[Part]) -> Worker:
        self.n_running += 1
        return Worker(parts, 1)

    def run(self, workers: Sequence[Worker], request: bytes) -> list[list[bytes] | Lost]:
        self.n_passes += 1
        with ThreadPoolExecutor() as pool:
            answers: list[list[bytes] | Lost] = list(pool.map(lambda worker: worker.run(request, lambda block: block), workers))
        if self.n_passes in self._losses:
            answers[-1] = Lost("told to")
        return answers

    def drop(self, worker: Worker) -> None:
        self.n_running -= 1


def table(n: int = 7_000, bend: float = 0.0) -> pyarrow.Table:
    random = np.random.default_rng(3)
    a, b = random.normal(size=n), random.normal(size=n)
    hue = random.choice(["red", "blue", "green"], size=n)
    y = 4 + 2 * a - b + (hue == "red") + bend * np.sin(3 * a) + 0.5 * random.normal(size=n)
    b[::50] = np.nan
    columns = {"a": a, "b": pyarrow.array(b, from_pandas=True), "hue": hue, "w": np.tile([1.0, 0.5], n // 2), "y": y}
    return pyarrow.table({**columns, "above": y > 4, "digit": random.integers(0, 3, size=n) + 7})


def rows(of: pyarrow.Table, block_rows: int, part_rows: int = PART) -> Rows:
    blocks = [of.slice(start, block_rows) for start in range(0, of.num_rows, block_rows)]
    parts = parts_of(((block, block.num_rows) for block in blocks), part_rows)
    kinds = {"bool": "truth_value", "int64": "integer", "double": "number"}
    return Rows(parts, {field.name: kinds.get(str(field.type), "text") for field in of.schema})


def quick(kind: Any = SkipLayerRegressor, **parameters: Any) -> Any:
    return kind(n_units=3, n_starts=2, stochastic_above=1000, **parameters)


def fitted(of: pyarrow.Table, n_workers: int, engine: Any = None, model: Any = None, **given: Any) -> Any:
    model = model or quick()
    roles = PartRoles(given.get("label", "y"), given.get("weight"))
    fit_to_parts(model, rows(of, given.get("block_rows", 1_000)), roles, engine or Threads(), n_workers)
    return model


def test_parts_are_fixed_rows() -> None:
    parts = parts_of([("a", 5), ("b", 1), ("c", 7)], 4)
    assert [(part.number, part.start) for part in parts] == [(0, 0), (1, 4), (2, 8), (3, 12)]
    assert parts[1].pieces == [("a", 4, 5), ("b", 0, 1), ("c", 0, 2)]
    assert [len(share) for share in shares(parts, 3)] == [1, 1, 2]
    assert [len(share) for share in shares(parts, 9)] == [1, 1, 1, 1]


@pytest.mark.filterwarnings("ignore::skiplayer.SkipLayerWarning")
def test_workers_and_blocks_do_not_matter(tmp_path: Any) -> None:
    data = table(bend=1.0).drop_columns(["above", "digit"])
    one = fitted(data, 1, weight="w")
    assert len(one.units_) > 0
    for n_workers, block_rows in [(2, 1_000), (4, 333)]:
        other = fitted(data, n_workers, weight="w", block_rows=block_rows)
        assert other.model_.to_bytes() == one.model_.to_bytes()
    one.save(tmp_path / "y.model")
    loaded = load_model(tmp_path / "y.model")
    assert np.array_equal(loaded.predict(data), one.predict(data))
    assert one.feature_names_in_.tolist() == ["a", "b", "hue"]


@pytest.mark.filterwarnings("ignore::skiplayer.SkipLayerWarning")
def test_a_line_is_that_of_the_ordinary_fit() -> None:
    data = table().drop_columns(["above", "digit", "w"])
    parts = fitted(data, 3)
    ordinary = quick().fit(data.drop_columns("y"), data["y"])
    assert len(parts.units_) == len(ordinary.units_) == 0
    slopes = [[term.coefficient for term in model.linear_part_] for model in (parts, ordinary)]
    assert np.allclose(*slopes, atol=1e-6, rtol=0)


@pytest.mark.filterwarnings("ignore::skiplayer.SkipLayerWarning")
@pytest.mark.parametrize(("label", "classes"), [("above", [False, True]), ("digit", [7, 8, 9]), ("hue", ["blue", "green", "red"])])
def test_labels_of_each_kind(label: str, classes: list[Any]) -> None:
    data = table().drop_columns([name for name in ("above", "digit", "w") if name != label])
    model = fitted(data, 2, model=quick(SkipLayerClassifier), label=label)
    assert model.classes_.tolist() == classes
    assert set(model.predict(data).tolist()) <= set(classes)
    assert model.predict_proba(data).shape == (data.num_rows, len(classes))


@pytest.mark.filterwarnings("ignore::skiplayer.SkipLayerWarning")
def test_lost_workers_are_replaced() -> None:
    data = table(bend=1.0).drop_columns(["above", "digit"])
    whole, lossy = Threads(), Threads(losses=range(1, 60, 3))
    one, other = fitted(data, 2, whole), fitted(data, 2, lossy)
    assert lossy.n_passes > whole.n_passes + 5
    assert other.model_.to_bytes() == one.model_.to_bytes()
    assert whole.n_running == lossy.n_running == 0


def test_a_worker_that_is_lost_again_and_again_ends_the_fit() -> None:
    engine, model = Threads(losses=range(1, 1000)), quick()
    with pytest.raises(RuntimeError, match=r"rows from 3001 on was lost 5 times in a row \(told to\)"):
        fitted(table(), 2, engine, model)
    assert engine.n_running == 0 and not hasattr(model, "model_")


def test_what_a_worker_raises_is_raised() -> None:
    class Failing(Threads):
        def run(self, workers: Sequence[Worker], request: bytes) -> list[list[bytes] | Lost]:
            raise OSError("no way to the workers")

    engine = Failing()
    with pytest.raises(OSError, match="no way to the workers"):
        fitted(table(), 2, engine)
    assert engine.n_running == 0
    with pytest.raises(OSError, match="no room"), Held(_without_room(), rows(table(), 500).parts, 3):
        pass


def _without_room() -> Any:
    class Full(Threads):
        def scatter(self, parts: list[Part]) -> Worker:
            if self.n_running == 2:
                raise OSError("no room")
            return super().scatter(parts)

    return Full()


def test_bad_columns_are_named() -> None:
    data = table()
    with pytest.raises(ValueError, match="label_column='yy': found no such column, did you mean 'y'"):
        fitted(data, 2, label="yy")
    with pytest.raises(ValueError, match="weight_column='weight': found no such column, expected one of 'a', 'b'"):
        fitted(data, 2, weight="weight")
    with pytest.raises(ValueError, match="class_weight"):
        fitted(data, 2, model=quick(SkipLayerClassifier, class_weight="balanced"), label="hue")
    with pytest.raises(ValueError, match='classes: found some, expected None, as only loss="ordinal"'):
        fitted(data, 2, model=quick(SkipLayerClassifier, classes=["red", "green", "blue"]), label="hue")
    with pytest.raises(ValueError, match="target `hue`: found text such as `blue`"):
        fitted(data, 2, label="hue")
    with pytest.raises(ValueError, match="found 7000 usable, expected more than `stochastic_above=20000`"):
        fitted(data, 2, model=SkipLayerRegressor())
    with pytest.raises(ValueError, match="method"):
        fitted(data, 2, model=quick(method="path"))
    days = data.append_column("day", pyarrow.array(np.arange(data.num_rows), pyarrow.int32()).cast(pyarrow.date32()))
    with pytest.raises(ValueError, match="column `day`: found dates, expected numbers"):
        fitted(days, 2)
    gone = data.set_column(4, "y", pyarrow.nulls(data.num_rows, pyarrow.float64()))
    with pytest.raises(ValueError, match="0 of 7000 usable"):
        fitted(gone, 2)


@pytest.mark.filterwarnings("ignore::skiplayer.SkipLayerWarning")
def test_progress_is_told() -> None:
    seen: list[Any] = []
    fitted(table(bend=1.0), 2, model=quick(callback=lambda progress: seen.append(progress.stage)))
    assert any("starts" in stage for stage in seen) and seen[-1] == "all rows, quasi-Newton"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("loss", ["poisson", "gamma", "tweedie", "negative_binomial", "huber"])
def test_lines_of_other_losses_are_those_of_one_process(loss: str) -> None:
    random = np.random.default_rng(11)
    a, b, n = random.normal(size=7_000), random.normal(size=7_000), 7_000
    mean = np.exp(1 + 0.4 * a - 0.3 * b)
    y = {
        "poisson": random.poisson(mean),
        "gamma": mean * random.gamma(2.0, 0.5, size=n),
        "tweedie": np.where(random.uniform(size=n) < 0.3, 0.0, mean * random.gamma(2.0, 0.5, size=n)),
        "negative_binomial": random.poisson(mean * random.gamma(2.0, 0.5, size=n)),
        "huber": np.log(mean) + random.standard_t(2, size=n),
    }[loss].astype(float)
    data = pyarrow.table({"a": a, "b": b, "y": y})
    one, three = [fitted(data, k, model=quick(loss=loss)) for k in (1, 3)]
    assert one.model_.to_bytes() == three.model_.to_bytes()
    ordinary = SkipLayerRegressor(loss=loss, n_units=0, stochastic_above=1000).fit(data.drop_columns("y"), data["y"])
    line = fitted(data, 3, model=SkipLayerRegressor(loss=loss, n_units=0, stochastic_above=1000))
    assert len(line.units_) == 0
    slopes = [[*model.coef_, model.intercept_] for model in (line, ordinary)]
    assert np.allclose(*slopes, rtol=0, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_max_seconds_ends_the_passes() -> None:
    data, engine, hurried = table(bend=1.0), Threads(), Threads()
    columns = data.drop_columns(["above", "digit"])
    fitted(columns, 2, engine)
    model = fitted(columns, 2, hurried, quick(max_seconds=0.001))
    assert hurried.n_passes < engine.n_passes / 2 and hurried.n_running == 0
    assert model.predict(columns).shape == (columns.num_rows,)
    one_shard_without_labels = columns.set_column(
        columns.column_names.index("y"), "y", pyarrow.array(np.where(np.arange(7_000) < 3_000, np.nan, columns["y"]), from_pandas=True)
    )
    left = fitted(one_shard_without_labels, 4)
    assert any("3000 rows without a target left out, the first is row 1" in said for said in left.warnings_)
