"""Durations, in the forms that callers have, and as the command line has them."""

import os
import subprocess

import numpy as np
import pandas as pd
import pytest
from skiplayer import SkipLayerSurvival, load_model
from skiplayer._skiplayer import concordance


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    random = np.random.default_rng(3)
    table = pd.DataFrame(random.normal(size=(240, 2)), columns=["a", "b"])
    end = random.exponential(np.exp(-0.8 * table.a))
    censored = random.exponential(2.0, size=240)
    table["months"] = np.round(np.minimum(end, censored), 2) + 0.01
    table["died"] = end <= censored
    return table


def line(**parameters: object) -> SkipLayerSurvival:
    return SkipLayerSurvival(n_units=0, **parameters)


def forms(frame: pd.DataFrame) -> dict[str, object]:
    time, event = frame.months.to_numpy(), frame.died.to_numpy()
    structured = np.empty(len(frame), dtype=[("event", bool), ("time", float)])
    structured["event"], structured["time"] = event, time
    return {
        "a frame": frame[["months", "died"]],
        "a frame the other way round, in numbers": frame[["died", "months"]].astype(float),
        "a structured array": structured,
        "an array": np.column_stack([event, time]),
        "an array the other way round": np.column_stack([time, event]),
    }


def test_every_form_of_the_target_is_the_same_fit(frame: pd.DataFrame) -> None:
    X = frame[["a", "b"]]
    risks = {name: line().fit(X, y).predict(X) for name, y in forms(frame).items()}
    first = risks.pop("a frame")
    for name, risk in risks.items():
        assert np.array_equal(risk, first), name
    # Larger where events come sooner, and 0 on average.
    assert np.corrcoef(first, frame.a)[0, 1] > 0.9 and abs(first.mean()) < 1e-12


def test_curves_fall_and_medians_are_where_they_reach_a_half(frame: pd.DataFrame) -> None:
    X, y = frame[["a", "b"]], frame[["months", "died"]]
    model = line().fit(X, y)
    times = np.array([0.0, 0.5, 1.0, 2.0])
    curves = model.predict_survival_function(X, times)
    assert curves.shape == (240, 4) and (curves[:, 0] == 1).all() and (np.diff(curves, axis=1) <= 0).all()
    median = model.predict_median(X)
    assert np.array_equal(median <= 1.0, curves[:, 2] <= 0.5)
    assert np.isnan(model.predict_survival_function(X, [1e6])).all()
    order = np.argsort(model.predict(X))
    assert (np.diff(curves[order, 2]) <= 1e-15).all()


def share_in_order(frame: pd.DataFrame, risk: np.ndarray, weight: np.ndarray, stratum: np.ndarray) -> float:
    """Harrell's C by its definition."""
    time, event = frame.months.to_numpy(), frame.died.to_numpy()
    pairs = ordered = 0.0
    for i in np.flatnonzero(event):
        for j in np.flatnonzero(stratum == stratum[i]):
            if time[j] > time[i] or (time[j] == time[i] and not event[j]):
                pairs += weight[i] * weight[j]
                ordered += weight[i] * weight[j] * (1.0 if risk[i] > risk[j] else 0.5 * (risk[i] == risk[j]))
    return ordered / pairs


def test_score_is_the_share_of_pairs_in_order(frame: pd.DataFrame) -> None:
    X, y = frame[["a", "b"]], frame[["months", "died"]]
    model = line().fit(X, y)
    risk, event = model.predict(X), frame.died.to_numpy()
    ones, zeros = np.ones(len(risk)), np.zeros(len(risk), dtype=np.int64)
    assert model.score(X, y) == pytest.approx(share_in_order(frame, risk, ones, zeros))
    weight = np.random.default_rng(4).uniform(size=len(risk))
    assert model.score(X, y, weight) == pytest.approx(share_in_order(frame, risk, weight, zeros))
    stratum, time = np.arange(len(risk)) % 3, frame.months.to_numpy()
    within = concordance(time, event.astype(float), risk, weight, stratum)
    assert within == pytest.approx(share_in_order(frame, risk, weight, stratum))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.score(X, y, weight[1:])
    with pytest.raises(ValueError, match="call `evaluate` for intervals"):
        model.predict_lower_bound(X)
    found = model.evaluate(X, y, folds=3, repeats=1)
    lower = [model.predict_lower_bound(X, level) for level in (0.5, 0.9)]
    assert (lower[1] <= lower[0]).all() and (lower[1] < model.predict_median(X)).mean() > 0.9
    assert found.intervals.method == "lower bounds by weights" and found.intervals.mean_width is None
    scores = {score.metric: score.mean for score in found.contenders[-1].scores}
    assert 0.6 < scores["C"] < 0.9 and scores["IBS"] < 0.25 and found.survival.n_events == event.sum()


def test_a_file_and_the_command_line(frame: pd.DataFrame, tmp_path: object) -> None:
    X = frame[["a", "b"]]
    model = line(ties="breslow").fit(X, frame[["months", "died"]])
    model.save(f"{tmp_path}/model.safetensors")
    again = load_model(f"{tmp_path}/model.safetensors")
    assert isinstance(again, SkipLayerSurvival) and again.ties == "breslow"
    assert np.array_equal(again.predict(X), model.predict(X))
    command = os.environ.get("SKIPLAYER_COMMAND")
    if command is None:
        pytest.skip("SKIPLAYER_COMMAND is not set")
    frame.to_csv(f"{tmp_path}/table.csv", index=False)
    fit = "fit table.csv --target months --event died --ties breslow --units 0 --no-evaluate -q -o other.safetensors"
    subprocess.run([command, *fit.split()], cwd=tmp_path, check=True)
    other = load_model(f"{tmp_path}/other.safetensors")
    assert np.array_equal(other.predict(X), model.predict(X))


def test_what_is_no_duration(frame: pd.DataFrame) -> None:
    X, time, event = frame[["a", "b"]], frame.months.to_numpy(), frame.died.to_numpy()
    with pytest.raises(ValueError, match="found the time -1.0 in row 3, expected durations of 0 or more"):
        line().fit(X, np.column_stack([event, np.where(np.arange(240) == 2, -1.0, time)]))
    with pytest.raises(ValueError, match="found no column of events .*0.0, 1.0, 2.0.*expected two columns"):
        line().fit(X, np.column_stack([event.astype(float) + (np.arange(240) == np.flatnonzero(event)[0]), time]))
    with pytest.raises(ValueError, match="all are censored"):
        line().fit(X, np.column_stack([0 * event, time]))
    with pytest.raises(ValueError, match="found 3 columns"):
        line().fit(X, np.column_stack([event, time, time]))
    with pytest.raises(ValueError, match="fitted without"):
        line().fit(X, frame[["months", "died"]]).predict(X, strata=np.zeros(240))
