"""One model, four front ends: the cases of tests/conformance, which the tests of the command line read too."""

import datetime
import decimal
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

from skiplayer import (
    SkipLayerClassifier,
    SkipLayerQuantileRegressor,
    SkipLayerRegressor,
    SkipLayerSurvival,
    load_model,
)

CASES_FOLDER = Path(__file__).resolve().parents[3] / "tests" / "conformance"
CASES = json.loads((CASES_FOLDER / "cases.json").read_text())
# `make python` builds the command and says where it is; otherwise it is the one on the path.
COMMAND = os.environ.get("SKIPLAYER_COMMAND", "skiplayer")


def fitted(case):
    frame = pd.read_csv(CASES_FOLDER / case["table"], float_precision="round_trip")
    roles = {"groups": case.get("group"), "sample_weight": case.get("weight")}
    targets = case["target"].split(",") + ([case["event"]] if "event" in case else [])
    y = frame[targets[0]] if len(targets) == 1 else frame[targets]
    given = {role: None if column is None else frame[column] for role, column in roles.items()}
    inputs = frame.drop(columns=targets + [column for column in roles.values() if column is not None])
    # A column of strata stays where it is: it is named, and no input.
    given |= {"strata": case["strata"]} if "strata" in case else {}
    return estimator_of(case)(**case["python"]).fit(inputs, y, **given), inputs


def estimator_of(case):
    if case["classes"]:
        return SkipLayerClassifier
    if "event" in case:
        return SkipLayerSurvival
    return SkipLayerQuantileRegressor if "quantiles" in case["python"] else SkipLayerRegressor


def numbers(model, X):
    if isinstance(model, SkipLayerSurvival):
        curves = model.predict_survival_function(X, [5, 20])
        return np.column_stack([model.predict(X), model.predict_median(X), curves])
    if isinstance(model, SkipLayerClassifier):
        return model.predict_proba(X)
    return model.predict(X).reshape(len(X), -1)


@pytest.fixture(params=CASES, ids=lambda case: case["name"])
def case(request):
    return request.param


@pytest.mark.filterwarnings("ignore")
def test_a_saved_model_predicts_the_same_bits(case, tmp_path):
    model, frame = fitted(case)
    model.save(tmp_path / "model.safetensors")
    loaded = load_model(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(numbers(loaded, frame), numbers(model, frame))
    np.testing.assert_array_equal(loaded.predict(frame), model.predict(frame))
    assert [term[:5] for term in loaded.linear_part_] == [term[:5] for term in model.linear_part_]
    errors = [[term.standard_error for term in fit.linear_part_] for fit in (loaded, model)]
    np.testing.assert_array_equal(*errors)
    assert {name: loaded.get_params()[name] for name in case["python"]} == case["python"]


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_model_from_a_file_takes_the_frame_that_it_was_fitted_to(library, tmp_path):
    random = np.random.default_rng(0)
    data = {"id": [f"p{i}" for i in range(60)], "a": random.normal(size=60), "one": np.ones(60), "b": random.normal(size=60)}
    y = data["a"] + 2 * data["b"]
    with pytest.warns(UserWarning, match="set aside"):
        model = SkipLayerRegressor(method="linear").fit(library(data), y)
    model.save(tmp_path / "model.safetensors")
    loaded = load_model(tmp_path / "model.safetensors")
    assert list(loaded.feature_names_in_) == ["a", "b"]
    np.testing.assert_array_equal(loaded.predict(library(data)), model.predict(library(data)))
    swapped = library({"b": data["b"], "a": data["a"]})
    np.testing.assert_array_equal(loaded.predict(swapped), model.predict(library(data)))
    with pytest.raises(ValueError, match="(?s)now missing:\n- b"):
        loaded.predict(library({"a": data["a"], "c": data["b"]}))


def test_a_model_of_an_array_is_one_of_arrays_again(tmp_path, recwarn):
    X = np.random.default_rng(0).normal(size=(60, 2))
    y = np.where(X[:, 0] + np.sin(np.arange(60)) > 0, 3, 8)
    model = SkipLayerClassifier(method="linear").fit(X, y)
    model.save(tmp_path / "model.safetensors")
    recwarn.clear()
    np.testing.assert_array_equal(load_model(tmp_path / "model.safetensors").predict(X), model.predict(X))
    assert not recwarn.list


def run(folder, *args):
    done = subprocess.run([COMMAND, *map(str, args)], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.filterwarnings("ignore")
def test_the_command_line_fits_and_predicts_the_same_bits(case, tmp_path):
    def predicted(model):
        times = ["--times", "5,20"] if "event" in case else []
        told = json.loads(run(tmp_path, "predict", model, CASES_FOLDER / case["table"], "--json", *times))
        columns = ["prediction"]
        if "event" in case:
            columns = ["log_hazard", "median", "survival_5", "survival_20"]
        elif case["classes"]:
            columns = [f"p_{label}" for label in ours.classes_]
        elif "," in case["target"]:
            columns = [f"prediction_{target}" for target in case["target"].split(",")]
        return np.column_stack([np.array(told[name], dtype=float) for name in columns])

    ours, frame = fitted(case)
    ours.save(tmp_path / "ours.safetensors")
    roles = [word for role in ("group", "weight", "event", "strata") if role in case for word in (f"--{role}", case[role])]
    fit = ["fit", CASES_FOLDER / case["table"], "--target", case["target"], "--no-evaluate", "-q", "-o", "theirs.safetensors"]
    run(tmp_path, *fit, *roles, *case["command"])
    theirs = load_model(tmp_path / "theirs.safetensors")
    np.testing.assert_array_equal(numbers(theirs, frame), predicted("theirs.safetensors"))
    np.testing.assert_array_equal(numbers(ours, frame), predicted("ours.safetensors"))
    np.testing.assert_array_equal(numbers(ours, frame), numbers(theirs, frame))
    assert ours.formulas_ == theirs.formulas_


def mixed_table():
    """One column of every kind that a frame and a Parquet file can both hold."""
    random = np.random.default_rng(5)
    n = 120
    days = [datetime.date(2022, 3, 1) + datetime.timedelta(days=9 * i) for i in range(n)]
    hours = random.integers(6, 20, n)
    opened = [datetime.datetime.combine(day, datetime.time(int(hour), 30)) for day, hour in zip(days, hours)]
    columns = {
        "day": pa.array(days),
        "opened": pa.array([None if i == 7 else instant for i, instant in enumerate(opened)], pa.timestamp("us")),
        "seen": pa.array(opened, pa.timestamp("ns", "Asia/Tokyo")),
        "midnight": pa.array([datetime.datetime.combine(day, datetime.time()) for day in days], pa.timestamp("ms", "UTC")),
        "clock": pa.array([instant.time() for instant in opened], pa.time64("us")),
        "took": pa.array([datetime.timedelta(minutes=int(minutes)) for minutes in random.integers(1, 90, n)]),
        "written": pa.array([day.strftime("%d.%m.%Y") for day in random.permutation(days)]),
        "eight_digits": pa.array([int(day.strftime("%Y%m%d")) for day in random.permutation(days)]),
        "identifier": pa.array(1_382_016_600_011_617_669 + random.integers(0, 3, n)),
        # A category, whatever is written in it: it is declared.
        "release": pa.array([f"2024-01-0{k}" for k in random.integers(1, 4, n)]).dictionary_encode(),
        "member": pa.array([None if i == 3 else bool(truth) for i, truth in enumerate(random.random(n) > 0.5)]),
        "cost": pa.array([decimal.Decimal(int(cents)) / 100 for cents in random.integers(100, 999, n)]),
        "visits": pa.array(random.integers(0, 50, n), pa.int16()),
    }
    sales = hours + 0.01 * np.arange(n) + 0.1 * columns["visits"].to_numpy() + random.normal(size=n)
    return pa.table(columns), sales


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("library", ["pyarrow", "polars", "pandas", "pandas, Arrow"])
def test_a_frame_of_every_kind_of_column_is_its_file(library, tmp_path):
    table, sales = mixed_table()
    pyarrow.parquet.write_table(table.append_column("sales", pa.array(sales)), tmp_path / "table.parquet")
    run(tmp_path, "fit", "table.parquet", "--target", "sales", "--no-evaluate", "-q", "--method", "linear", "-o", "theirs.safetensors")
    told = json.loads(run(tmp_path, "predict", "theirs.safetensors", "table.parquet", "--json"))["prediction"]
    frame = {
        "pyarrow": lambda: table,
        "polars": lambda: pl.from_arrow(table),
        "pandas": table.to_pandas,
        "pandas, Arrow": lambda: table.to_pandas(types_mapper=pd.ArrowDtype),
    }[library]()
    ours = SkipLayerRegressor(method="linear").fit(frame, pd.Series(sales, name="sales"))
    theirs = load_model(tmp_path / "theirs.safetensors")
    assert ours.formulas_ == theirs.formulas_
    np.testing.assert_array_equal(ours.predict(frame), told)
    np.testing.assert_array_equal(theirs.predict(frame), told)
