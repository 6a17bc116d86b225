"""Directions, penalties and interactions of columns."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from skiplayer import SkipLayerClassifier, SkipLayerRegressor, load_model

QUICK = {"method": "evidence", "n_units": 4, "n_starts": 2}


@pytest.fixture
def frame() -> pd.DataFrame:
    random = np.random.default_rng(3)
    table = pd.DataFrame(random.uniform(-2, 2, size=(150, 3)), columns=["a", "b", "c"])
    noise = 0.2 * random.normal(size=150)
    table["y"] = 0.8 * table.a + np.sin(2.5 * table.a) + table.b**2 + 0.7 * table.a * table.b + noise
    return table


def along(column: str, at: float) -> pd.DataFrame:
    steps = pd.DataFrame({name: np.full(300, at) for name in "abc"})
    steps[column] = np.linspace(-6, 6, 300)
    return steps


def test_directions_hold_everywhere(frame: pd.DataFrame) -> None:
    X, y = frame[["a", "b", "c"]], frame.y
    free = SkipLayerRegressor(**QUICK).fit(X, y)
    kept = SkipLayerRegressor(**QUICK, monotone={"a": 1}).fit(X, y)
    assert kept.units_
    falls = [[np.diff(model.predict(along("a", at))).min() for at in (-2, 0, 2)] for model in (free, kept)]
    assert min(falls[0]) < -1e-3 and min(falls[1]) > -1e-12


def test_names_places_and_arrays_are_the_same(frame: pd.DataFrame) -> None:
    X, y = frame[["a", "b", "c"]], frame.y
    rules = [{"a": 1, "b": 0}, {0: 1}, [1, 0, 0], np.array([1, 0, 0])]
    found = [SkipLayerRegressor(**QUICK, monotone=rule).fit(X, y).predict(X) for rule in rules]
    assert all(np.array_equal(found[0], other) for other in found[1:])
    unnamed = SkipLayerRegressor(**QUICK, monotone={"x1": 1}).fit(X.to_numpy(), y)
    assert np.array_equal(unnamed.predict(X.to_numpy()), found[0])


def test_interactions_and_penalties(frame: pd.DataFrame) -> None:
    X, y = frame[["a", "b", "c"]], frame.y
    alone = SkipLayerRegressor(**QUICK, interactions="none").fit(X, y)
    corners = [pd.DataFrame({"a": [a], "b": [b], "c": [0.3]}) for a in (-1.0, 1.5) for b in (-1.2, 0.9)]
    f = np.concatenate([alone.predict(corner) for corner in corners])
    assert alone.units_ and abs(f[0] - f[1] - f[2] + f[3]) < 1e-10
    pair = SkipLayerRegressor(**QUICK, interactions=[["a", 1]]).fit(X, y)
    f = np.concatenate([pair.predict(corner) for corner in corners])
    assert abs(f[0] - f[1] - f[2] + f[3]) > 0.1
    line = SkipLayerRegressor(n_units=0, unpenalized=["a", "b", "c"]).fit(X, y)
    ordinary = np.linalg.lstsq(np.column_stack([np.ones(len(X)), X]), y, rcond=None)[0]
    assert np.allclose(line.coef_, ordinary[1:], atol=1e-4)
    assert SkipLayerRegressor(n_units=0, penalty_factor={"a": 1e4}).fit(X, y).coef_[0] == 0


def test_a_file_keeps_them(frame: pd.DataFrame, tmp_path: object) -> None:
    X, y = frame[["a", "b", "c"]], (frame.y > 1).map({True: "high", False: "low"})
    rules = {"monotone": {"a": -1}, "unpenalized": ["b"], "penalty_factor": {"c": 2.0}, "interactions": "none"}
    model = SkipLayerClassifier(**QUICK, **rules).fit(X, y)
    assert clone(model).get_params()["monotone"] == {"a": -1}
    model.save(f"{tmp_path}/model.safetensors")
    again = load_model(f"{tmp_path}/model.safetensors")
    assert {name: again.get_params()[name] for name in rules} == rules
    text = model.record_["summary"]["rules"]
    assert text == {"monotone": [["a", "-"]], "unpenalized": ["b"], "penalty_factor": [["c", 2.0]], "interactions": []}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"monotone": {"a": 2}}, "'monotone' parameter"),
        ({"monotone": "a"}, "'monotone' parameter"),
        ({"monotone": [1, 0]}, "found 2 values, expected 3"),
        ({"monotone": {"aa": 1}}, "did you mean `a`"),
        ({"monotone": {7: 1}}, "found the column 7"),
        ({"monotone": {"a": 1}, "depth": 2}, "depth"),
        ({"monotone": {"a": 1}, "method": "path"}, "path"),
        ({"penalty_factor": {"a": 0}}, "'penalty_factor' parameter"),
        ({"unpenalized": "a"}, "'unpenalized' parameter"),
        ({"interactions": "all"}, "'interactions' parameter"),
        ({"interactions": [["a"]]}, "group of one"),
    ],
)
def test_what_cannot_be_meant(frame: pd.DataFrame, parameters: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SkipLayerRegressor(**parameters).fit(frame[["a", "b", "c"]], frame.y)
