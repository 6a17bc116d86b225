"""pandas, polars and Arrow say the same thing."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from skiplayer import SkipLayerRegressor


def cells(n=80):
    random = np.random.default_rng(0)
    colour = [[None, "red", "green", "blue"][k] for k in random.integers(0, 4, n)]
    size = [None if k == 0 else float(k) for k in random.integers(0, 6, n)]
    flag = [bool(k) for k in random.integers(0, 2, n)]
    day = [datetime.date(2020, 1, 1) + datetime.timedelta(int(k)) for k in random.permutation(n) * 2]
    y = np.array([{"red": 3.0}.get(c, 0.0) + 2 * (s or 2.5) + f for c, s, f in zip(colour, size, flag)])
    return {"colour": colour, "size": size, "flag": flag, "day": day}, y + 0.1 * random.normal(size=n)


def frames():
    data, y = cells()
    kinds = {"colour": "category"}
    return {
        "pandas": (pd.DataFrame(data).drop(columns="day").astype(kinds), y),
        "polars": (pl.DataFrame(data).drop("day").with_columns(pl.col("colour").cast(pl.Categorical)), y),
        "arrow": (pa.table(data).drop_columns("day"), y),
    }


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
def test_categories_and_gaps_are_understood(library):
    X, y = frames()[library]
    model = SkipLayerRegressor(method="linear").fit(X, y)
    names = model.coef_names_
    assert {"size", "size missing", "colour missing", "flag=true"} <= set(names) or "flag=false" in names
    assert model.score(X, y) > 0.95
    reference = SkipLayerRegressor(method="linear").fit(*frames()["pandas"])
    np.testing.assert_array_equal(model.predict(X), reference.predict(frames()["pandas"][0]))
    assert list(model.feature_names_in_) == ["colour", "size", "flag"]


def test_dates_are_days_in_every_library():
    data, y = cells()
    days = [(day - datetime.date(1970, 1, 1)).days for day in data["day"]]
    y = y + 0.1 * np.array(days)
    numeric = SkipLayerRegressor(method="linear").fit(pd.DataFrame({"day": np.array(days, float)}), y)
    for frame in (pl.DataFrame({"day": data["day"]}), pa.table({"day": data["day"]})):
        np.testing.assert_array_equal(SkipLayerRegressor(method="linear").fit(frame, y).coef_, numeric.coef_)


def test_names_of_the_frame_are_asked_for():
    X, y = frames()["pandas"]
    model = SkipLayerRegressor(method="linear").fit(X, y)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(X.rename(columns={"size": "length"}))


def test_levels_that_training_did_not_have_are_said():
    X, y = frames()["pandas"]
    model = SkipLayerRegressor(method="linear").fit(X.dropna(), y[X.notna().all(axis=1)])
    strange = X.dropna().head(3).astype({"colour": object}).assign(colour="mauve")
    with pytest.warns(UserWarning, match="mauve"):
        assert np.isfinite(model.predict(strange)).all()


def test_sparse_matrices_and_lazy_frames_get_a_clear_answer():
    with pytest.raises(TypeError, match="[Ss]parse.*dense data is required"):
        SkipLayerRegressor().fit(sparse.csr_matrix(np.eye(20)), np.arange(20.0))
    with pytest.raises(TypeError, match="collect"):
        SkipLayerRegressor().fit(pl.DataFrame({"a": np.arange(20.0)}).lazy(), np.arange(20.0))


def test_a_target_called_like_an_input_gets_another_name():
    X, y = frames()["pandas"]
    model = SkipLayerRegressor(method="linear").fit(X, pd.Series(y, name="size"))
    assert model.record_["targets"] == ["size_"]
