"""Quantiles: in order, near their levels, and as the command line has them."""

import json
import os
import subprocess

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import QuantileRegressor
from sklearn.metrics import d2_pinball_score
from skiplayer import SkipLayerQuantileRegressor, SkipLayerRegressor, load_model

LEVELS = [0.1, 0.5, 0.9]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    random = np.random.default_rng(2)
    table = pd.DataFrame(random.uniform(size=(200, 2)), columns=["a", "b"])
    table["y"] = 2 * table.a + (0.2 + table.a) * random.normal(size=200)
    return table


def line(**parameters: object) -> SkipLayerQuantileRegressor:
    return SkipLayerQuantileRegressor(n_units=0, **parameters)


def test_levels_are_columns_in_order_with_their_share_below(frame: pd.DataFrame) -> None:
    X, y = frame[["a", "b"]], frame.y
    model = line(quantiles=LEVELS).fit(X, y)
    predicted = model.predict(X)
    assert predicted.shape == (200, 3) and (np.diff(predicted, axis=1) >= 0).all()
    assert np.abs((y.to_numpy()[:, None] <= predicted).mean(axis=0) - LEVELS).max() < 0.03
    far = pd.DataFrame({"a": [-9.0, 9.0], "b": [9.0, -9.0]})
    assert (np.diff(model.predict(far), axis=1) >= 0).all()
    expected = np.mean([d2_pinball_score(y, predicted[:, k], alpha=level) for k, level in enumerate(LEVELS)])
    assert model.score(X, y) == pytest.approx(expected)
    assert line(quantiles=0.3).fit(X, y).predict(X).shape == (200,)


def test_an_unpenalised_line_is_that_of_the_linear_programme(frame: pd.DataFrame) -> None:
    X, y = frame[["a", "b"]], frame.y
    ours = line(quantiles=0.5, unpenalized=["a", "b"]).fit(X, y)
    theirs = QuantileRegressor(quantile=0.5, alpha=0).fit(X, y)
    loss = [np.abs(y - model.predict(X)).mean() for model in (ours, theirs)]
    assert loss[0] <= loss[1] * 1.002


def test_a_file_and_the_command_line(frame: pd.DataFrame, tmp_path: object) -> None:
    X, y = frame[["a", "b"]], frame.y
    model = line(quantiles=[0.2, 0.8]).fit(X, y)
    model.save(f"{tmp_path}/model.safetensors")
    again = load_model(f"{tmp_path}/model.safetensors")
    assert isinstance(again, SkipLayerQuantileRegressor) and again.quantiles == [0.2, 0.8]
    assert np.array_equal(again.predict(X), model.predict(X))
    command = os.environ.get("SKIPLAYER_COMMAND")
    if command is None:
        pytest.skip("SKIPLAYER_COMMAND is not set")
    frame.to_csv(f"{tmp_path}/table.csv", index=False)
    words = "fit table.csv --target y --loss quantile --quantile .2,.8 --units 0 --no-evaluate --json -o line.safetensors"
    told = subprocess.run([command, *words.split()], cwd=str(tmp_path), capture_output=True, text=True, check=True).stdout
    assert json.loads(told)["loss"]["quantile"]["levels"] == [0.2, 0.8]
    assert np.array_equal(load_model(f"{tmp_path}/line.safetensors").predict(X), model.predict(X))


def test_an_evaluation_covers(frame: pd.DataFrame) -> None:
    X, y = frame[["a", "b"]], frame.y
    model = line(quantiles=[0.1, 0.9])
    found = model.evaluate(X, y, folds=4, repeats=1)
    assert found is not None and found.verdict.code
    ends = model.predict_interval(X, 0.8)
    assert ends.shape == (200, 2) and ((ends[:, 0] <= y) & (y <= ends[:, 1])).mean() > 0.75


@pytest.mark.parametrize("quantiles", [0, 1.0, [], [0.9, 0.1], [0.5, 0.5], "half", [0.5, 2], True])
def test_levels_that_there_are_not(frame: pd.DataFrame, quantiles: object) -> None:
    with pytest.raises(ValueError, match="'quantiles' parameter"):
        line(quantiles=quantiles).fit(frame[["a", "b"]], frame.y)


def test_another_estimator_has_no_quantiles(frame: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="'loss' parameter"):
        SkipLayerRegressor(loss="quantile").fit(frame[["a", "b"]], frame.y)
