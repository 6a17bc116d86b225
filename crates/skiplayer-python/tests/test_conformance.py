"""One model, three front ends: the cases of tests/conformance, which the tests of the command line read too."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skiplayer import SkipLayerClassifier, SkipLayerRegressor, load_model

CASES_FOLDER = Path(__file__).resolve().parents[3] / "tests" / "conformance"
CASES = json.loads((CASES_FOLDER / "cases.json").read_text())
# `make python` builds the command and says where it is; otherwise it is the one on the path.
COMMAND = os.environ.get("SKIPLAYER_COMMAND", "skiplayer")


def fitted(case):
    frame = pd.read_csv(CASES_FOLDER / case["table"], float_precision="round_trip")
    roles = {"groups": case.get("group"), "sample_weight": case.get("weight")}
    targets = case["target"].split(",")
    y = frame[targets[0]] if len(targets) == 1 else frame[targets]
    given = {role: None if column is None else frame[column] for role, column in roles.items()}
    inputs = frame.drop(columns=targets + [column for column in roles.values() if column is not None])
    estimator = (SkipLayerClassifier if case["classes"] else SkipLayerRegressor)(**case["python"])
    return estimator.fit(inputs, y, **given), inputs


def numbers(model, X):
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


def test_a_model_of_an_array_is_one_of_arrays_again(tmp_path, recwarn):
    X = np.random.default_rng(0).normal(size=(60, 2))
    y = np.where(X[:, 0] + np.sin(np.arange(60)) > 0, 3, 8)
    model = SkipLayerClassifier(method="linear").fit(X, y)
    model.save(tmp_path / "model.safetensors")
    recwarn.clear()
    np.testing.assert_array_equal(load_model(tmp_path / "model.safetensors").predict(X), model.predict(X))
    assert not recwarn.list


@pytest.mark.filterwarnings("ignore")
def test_the_command_line_fits_and_predicts_the_same_bits(case, tmp_path):
    def run(*args):
        done = subprocess.run([COMMAND, *map(str, args)], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def predicted(model):
        told = json.loads(run("predict", model, CASES_FOLDER / case["table"], "--json"))
        columns = ["prediction"]
        if case["classes"]:
            columns = [f"p_{label}" for label in ours.classes_]
        elif "," in case["target"]:
            columns = [f"prediction_{target}" for target in case["target"].split(",")]
        return np.column_stack([told[name] for name in columns])

    ours, frame = fitted(case)
    ours.save(tmp_path / "ours.safetensors")
    roles = [word for role in ("group", "weight") if role in case for word in (f"--{role}", case[role])]
    fit = ["fit", CASES_FOLDER / case["table"], "--target", case["target"], "--no-evaluate", "-q", "-o", "theirs.safetensors"]
    run(*fit, *roles, *case["command"])
    theirs = load_model(tmp_path / "theirs.safetensors")
    np.testing.assert_array_equal(numbers(theirs, frame), predicted("theirs.safetensors"))
    np.testing.assert_array_equal(numbers(ours, frame), predicted("ours.safetensors"))
    np.testing.assert_array_equal(numbers(ours, frame), numbers(theirs, frame))
    assert ours.formulas_ == theirs.formulas_
