"""Words: new names and old ones, warnings of one category, messages without options of the command line."""

import inspect
import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.ensemble import BaggingRegressor
from sklearn.model_selection import GridSearchCV, LeaveOneOut, cross_val_score

from skiplayer import SkipLayerClassifier, SkipLayerCV, SkipLayerRegressor, SkipLayerWarning, load_model

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(120, 3))
Y = X @ [1.0, 2.0, 0.0] + 0.3 * RANDOM.normal(size=120)
LINE = {"method": "linear", "inner_folds": 3, "n_jobs": 1}


def test_old_names_are_understood_with_a_note():
    with pytest.warns(FutureWarning, match="Parameter 'n_init' is now called 'n_starts'"):
        model = SkipLayerRegressor(n_init=2, method="linear")
    assert model.n_starts == 2 and "n_init" not in model.get_params()
    with pytest.warns(FutureWarning, match="'cv' is now called 'inner_folds'"):
        model.set_params(cv=4)
    assert model.inner_folds == 4
    with pytest.warns(FutureWarning, match="'n_folds' is now called 'folds'"):
        assert model.evaluate(X, Y, n_folds=3, repeats=1).design.folds == 3
    with pytest.warns(FutureWarning, match="'n_repeats' is now called 'repeats'"):
        assert SkipLayerCV(model, n_repeats=3).repeats == 3
    with pytest.raises(TypeError, match="both 'n_starts' and 'n_init'"):
        SkipLayerRegressor(n_starts=2, n_init=3)
    assert "n_init" not in inspect.signature(SkipLayerRegressor).parameters
    for old, new in {"story_": "summary_", "messages_": "warnings_"}.items():
        with pytest.warns(FutureWarning, match=f"'{old}' is now called '{new}'"):
            assert getattr(model, old) == getattr(model, new)
    with pytest.warns(FutureWarning):
        assert model.shares_are_ == "out of fold"
    with pytest.raises(AttributeError, match="no attribute 'stories_'"):
        model.stories_


def test_old_names_reach_through_searches():
    with pytest.warns(FutureWarning, match="'n_init' is now called"):
        search = GridSearchCV(SkipLayerRegressor(**LINE), {"n_init": [1, 2]}, cv=2).fit(X, Y)
    assert search.best_estimator_.n_starts in (1, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clone(SkipLayerCV(SkipLayerRegressor(n_starts=2))).set_params(estimator__n_starts=3)


def count_warnings(work):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        work()
    return caught


def test_what_nobody_earned_is_no_warning():
    bags = BaggingRegressor(SkipLayerRegressor(**LINE), random_state=0)
    assert not count_warnings(lambda: bags.fit(X, Y))
    network = SkipLayerRegressor(n_units=3, n_starts=2, inner_folds=2, n_jobs=1)
    few = slice(0, 12)
    line = 2 * X[few, 0] + 0.5 * RANDOM.normal(size=12)
    scores = dict(cv=LeaveOneOut(), scoring="neg_mean_squared_error")
    assert not count_warnings(lambda: cross_val_score(network, X[few], line, **scores))


def test_warnings_have_one_category_and_point_at_their_caller():
    frame = pd.DataFrame({"a": X[:, 0], "copy": Y})
    caught = count_warnings(lambda: SkipLayerRegressor(**LINE).fit(frame, Y))
    assert caught and all(entry.category is SkipLayerWarning and entry.filename == __file__ for entry in caught)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", SkipLayerWarning)
        SkipLayerRegressor(**LINE).fit(frame, Y)


def regressor(**more):
    return SkipLayerRegressor(**LINE | more)


SAID = {
    "row numbers": lambda: regressor().fit(pd.DataFrame({"a": X[:, 0], "id": np.arange(120)}), Y),
    "numbers that are no counts": lambda: regressor(loss="poisson").fit(X, Y**2),
    "two counts": lambda: regressor(loss="poisson").fit(X, RANDOM.poisson(1, (120, 2))),
    "many classes": lambda: SkipLayerClassifier(**LINE).fit(X, np.arange(120)),
    "a copy of the target": lambda: regressor().fit(pd.DataFrame({"a": X[:, 0], "b": Y}), Y),
    "two columns of one name": lambda: regressor().fit(pa.table([X[:, 0], X[:, 1]], names=["a", "a"]), Y),
    "a frame after an array": lambda: regressor().fit(X, Y).predict(pl.DataFrame(X)),
    "groups with a gap": lambda: regressor().fit(X, Y, groups=np.r_[np.nan, np.ones(119)]),
    "one group": lambda: regressor().fit(X, Y, groups=np.ones(120)),
    "a group for every row": lambda: regressor().fit(X, Y, groups=np.arange(120)),
    "groups and times": lambda: regressor().evaluate(X, Y, groups=np.arange(120) // 5, times=np.arange(120)),
    "times that are no dates": lambda: regressor().evaluate(X, Y, times=["soon"] * 120),
    "one time": lambda: regressor().evaluate(X, Y, times=np.zeros(120)),
    "a penalty without a path": lambda: regressor(penalty="group", method="auto").fit(X, Y),
    "no skip and a linear model": lambda: regressor(skip=False).fit(X, Y),
    "a level between 0 and 1": lambda: regressor().fit(X, Y).predict_interval(X, 9),
    "no such model": lambda: load_model("nowhere.safetensors"),
    "time is up": lambda: SkipLayerRegressor(max_seconds=0.01, n_jobs=1).evaluate(X, Y),
    "few rows": lambda: regressor(inner_folds=2).fit(X[:4], Y[:4]),
}


@pytest.mark.parametrize("what", SAID)
def test_messages_are_in_words_of_python(what):
    def work():
        try:
            SAID[what]()
        except (TypeError, ValueError) as error:
            warnings.warn(str(error), UserWarning, stacklevel=1)

    said = " | ".join(str(entry.message) for entry in count_warnings(work))
    assert said
    assert not re.search(r"(?<!\w)--?[a-z]|the file\b|skiplayer fit|fit without evaluation|enum |PyO3", said), said
