"""The linear part by inputs and levels: terms are structured, and what is called `coef_` are slopes of columns."""

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import RFE, RFECV, SelectFromModel

from skiplayer import LinearTerm, SkipLayerClassifier, SkipLayerRegressor

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(200, 4))
COLOUR = RANDOM.choice(["red", "green", "blue"], 200, p=[0.2, 0.3, 0.5])
GAPS = np.where(RANDOM.random(200) < 0.2, np.nan, X[:, 0])
LINE = {"method": "linear", "inner_folds": 3, "n_jobs": 1}


def terms(model):
    return {(term.input, term.kind, term.level): term.coefficient for term in model.linear_part_}


def test_a_column_called_like_the_indicator_of_missing_cells_is_another():
    frame = pd.DataFrame({"a missing": X[:, 1], "a": GAPS, "w": X[:, 3]})
    model = SkipLayerRegressor(**LINE).fit(frame, 5 * X[:, 1])
    assert model.coef_.shape == (3,) and model.coef_names_ == ["a missing", "a", "w"]
    np.testing.assert_allclose(model.coef_, [5, 0, 0], atol=0.02)
    found = terms(model)
    assert found["a missing", "number", None] == pytest.approx(5, abs=0.02)
    assert found["a", "missing", None] == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("order", [["c", "c=red", "z"], ["z", "c", "c=red"], ["c=red", "z", "c"]])
def test_a_column_called_like_a_level_is_another(order):
    frame = pd.DataFrame({"c": COLOUR, "c=red": X[:, 0], "z": X[:, 1]})[order]
    model = SkipLayerRegressor(**LINE).fit(frame, 5 * X[:, 0] + 2 * (COLOUR == "red") + X[:, 1])
    found = terms(model)
    assert found["c=red", "number", None] == pytest.approx(5, abs=0.05)
    assert found["c", "level", "red"] == pytest.approx(2, abs=0.05)
    assert found["c", "level", "green"] == pytest.approx(0, abs=0.05)
    assert found["c", "reference", "blue"] == 0.0


def test_terms_are_a_table():
    frame = pd.DataFrame({"c": COLOUR, "z": GAPS})
    model = SkipLayerRegressor(**LINE).fit(frame, X[:, 1] + (COLOUR == "red"))
    table = pd.DataFrame(model.linear_part_)
    assert list(table.columns) == list(LinearTerm._fields)
    assert list(table.kind) == ["reference", "level", "level", "number", "missing"]
    assert [str(term) for term in model.linear_part_] == ["c=blue", *[f"c={c}" for c in table.level[1:3]], "z", "z missing"]
    assert "c=red" in [str(term) for term in model.linear_part_]


def test_slopes_are_only_there_where_they_are_the_model():
    bent = SkipLayerRegressor(n_units=3, n_starts=2, inner_folds=2, n_jobs=1).fit(X, np.sin(3 * X[:, 0]) + X[:, 1])
    assert bent.units_ and len(bent.linear_part_) == 4
    with pytest.raises(AttributeError, match="hidden units?: coefficients alone do not give its predictions; linear_part_ holds"):
        bent.coef_
    levels = SkipLayerRegressor(**LINE).fit(pd.DataFrame({"c": COLOUR, "z": X[:, 1]}), X[:, 1] + (COLOUR == "red"))
    with pytest.raises(AttributeError, match="has categories .'c'."):
        levels.coef_
    assert not hasattr(SkipLayerRegressor(), "coef_")


def test_slopes_of_several_outputs():
    model = SkipLayerRegressor(**LINE).fit(X, X @ RANDOM.normal(size=(4, 2)))
    assert model.coef_.shape == (2, 4) and model.coef_standard_error_.shape == (2, 4)
    np.testing.assert_allclose(model.predict(X), model.intercept_ + X @ model.coef_.T, atol=1e-9)
    names = np.array(["a", "b", "c"])
    classes = names[np.argmax(X[:, :3] + RANDOM.gumbel(size=(200, 3)), axis=1)]
    classifier = SkipLayerClassifier(**LINE).fit(X, classes)
    assert classifier.coef_.shape == (3, 4)
    np.testing.assert_allclose(classifier.decision_function(X), classifier.intercept_ + X @ classifier.coef_.T, atol=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("select", [RFE, RFECV, SelectFromModel])
def test_inputs_are_selected_although_cells_are_missing(select):
    gaps = X.copy()
    gaps[::9, 1] = np.nan
    y = X @ [1.0, 2.0, 0.0, 0.0] + 0.1 * RANDOM.normal(size=200)
    options = {"n_features_to_select": 2} if select is RFE else {"cv": 2} if select is RFECV else {}
    selected = select(SkipLayerRegressor(**LINE), **options).fit(gaps, y)
    assert selected.get_support()[1] and selected.transform(gaps).shape[0] == 200


@pytest.mark.filterwarnings("ignore")
def test_an_input_that_only_bends_is_selected():
    network = SkipLayerRegressor(n_units=4, n_starts=2, inner_folds=2, n_jobs=1)
    y = 3 * X[:, 2] ** 2 + 0.3 * X[:, 0] + 0.1 * RANDOM.normal(size=200)
    importances = network.fit(X, y).feature_importances_
    assert importances.shape == (4,) and importances.sum() == pytest.approx(1) and importances.argmax() == 2
    assert list(RFE(network, n_features_to_select=1).fit(X, y).get_support()) == [False, False, True, False]
