"""Labels and targets keep their names and their kind, in memory, in files and however large they are."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skiplayer import SkipLayerClassifier, SkipLayerRegressor, load_model

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(120, 3))
Y = X @ [1.0, 2.0, 0.0] + RANDOM.normal(size=120)
LINE = {"method": "linear", "inner_folds": 3, "n_jobs": 1}

KINDS = {
    "truth values": np.array([False, True]),
    "text": np.array(["no", "yes"]),
    "text of digits": np.array(["0", "1"]),
    "text of truth values": np.array(["false", "true"]),
    "whole numbers": np.array([3, 10]),
    "numbers below zero": np.array([-1, 1]),
    "short whole numbers": np.array([0, 1], dtype=np.uint8),
    "numbers with a point": np.array([2.0, 10.0]),
    "numbers of 64 bits": np.array([2**53, 2**53 + 1]),
    "three of 64 bits": np.array([-(2**60) - 1, 2**60, 2**60 + 1]),
    "objects": np.array(["b", "a"], dtype=object),
}


@pytest.mark.parametrize("what", KINDS)
def test_labels_come_back_as_they_were(what, tmp_path):
    labels = KINDS[what][np.digitize(Y, [0.0, 1.0][: len(KINDS[what]) - 1])]
    classifier = SkipLayerClassifier(**LINE).fit(X, labels)
    predicted = classifier.predict(X)
    assert predicted.dtype == labels.dtype and list(classifier.classes_) == sorted(set(labels.tolist()))
    assert (predicted == labels).mean() > 0.6
    assert (predicted == classifier.classes_[classifier.predict_proba(X).argmax(1)]).all()
    scores = classifier.decision_function(X)
    best = scores.argmax(1) if scores.ndim > 1 else (scores > 0).astype(int)
    assert (predicted == classifier.classes_[best]).all()
    classifier.save(tmp_path / "model.safetensors")
    loaded = load_model(tmp_path / "model.safetensors")
    assert loaded.classes_.dtype.kind == np.array(labels.tolist()).dtype.kind
    np.testing.assert_array_equal(loaded.predict(X), predicted)
    np.testing.assert_array_equal(loaded.predict_proba(X), classifier.predict_proba(X))
    assert loaded.score(X, labels) == classifier.score(X, labels)


@pytest.mark.parametrize(
    "targets",
    [
        pd.DataFrame({"u": Y, "v": -Y**2}),
        pl.DataFrame({"u": Y, "v": -Y**2}),
        pa.table({"u": Y, "v": -Y**2}),
        pa.table({"u": Y, "v": -Y**2}).to_batches()[0],
    ],
    ids=["pandas", "polars", "Arrow", "record batch"],
)
def test_targets_have_the_names_of_their_frame(targets):
    assert SkipLayerRegressor(**LINE).fit(X, targets).record_["targets"] == ["u", "v"]


def test_targets_of_one_name_stay_apart():
    assert SkipLayerRegressor(**LINE).fit(X, pa.table([Y, -Y], names=["u", "u"])).record_["targets"] == ["u", "u_"]


def test_groups_of_64_bits_stay_apart():
    groups = 1382016600011617669 + np.arange(120) // 4
    names = np.array([f"subject {group}" for group in groups])
    wide, named = (SkipLayerRegressor(**LINE).fit(X, Y, groups=given) for given in (groups, names))
    np.testing.assert_array_equal(wide.coef_standard_error_, named.coef_standard_error_)
    for frame in (pd.Series(groups), pl.Series(groups), pa.array(groups), groups.astype(object)):
        np.testing.assert_array_equal(SkipLayerRegressor(**LINE).fit(X, Y, groups=frame).coef_, wide.coef_)
