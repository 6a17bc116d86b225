"""Inner folds by number, by a splitter, or as a list."""

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold, LeaveOneGroupOut, PredefinedSplit, ShuffleSplit, StratifiedKFold, TimeSeriesSplit

from skiplayer import SkipLayerClassifier, SkipLayerRegressor

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(60, 3))
Y = X @ [1.0, 2.0, 0.0] + 0.3 * RANDOM.normal(size=60)
FOLD = RANDOM.permutation(60) % 4
SPLITS = [(np.flatnonzero(fold != FOLD), np.flatnonzero(fold == FOLD)) for fold in range(4)]
LINE = {"method": "linear", "n_jobs": 1}

SAME = {
    "a list": SPLITS,
    "masks": [(FOLD != fold, FOLD == fold) for fold in range(4)],
    "lists of lists": [(train.tolist(), test.tolist()) for train, test in SPLITS],
    "predefined": PredefinedSplit(FOLD),
}


@pytest.mark.parametrize("method", ["linear", "auto", "path"])
@pytest.mark.parametrize("how", SAME)
def test_equal_folds_are_equal_fits(how, method):
    options = {"method": method, "n_units": 2, "n_starts": 1, "n_jobs": 1}
    reference = SkipLayerRegressor(inner_folds=SPLITS, **options).fit(X, Y)
    model = SkipLayerRegressor(inner_folds=SAME[how], **options).fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), reference.predict(X))
    # Folds are no groups: standard errors are those of independent rows.
    assert model.record_["explanation"]["standard_errors"] == "HC3"


def test_the_folds_are_those_that_were_given():
    path = SkipLayerRegressor(inner_folds=SPLITS, **LINE).fit(X, Y).path_
    others = SkipLayerRegressor(inner_folds=4, **LINE).fit(X, Y).path_
    assert len(path.alpha) == len(others.alpha) and (path.cv_loss != others.cv_loss).any()


def test_splitters_of_scikit_learn():
    groups = np.arange(60) // 6
    for splitter in (KFold(3, shuffle=True, random_state=0), GroupKFold(3), LeaveOneGroupOut()):
        assert SkipLayerRegressor(inner_folds=splitter, **LINE).fit(X, Y, groups=groups).coef_.shape == (3,)
    model = SkipLayerClassifier(inner_folds=StratifiedKFold(3), **LINE)
    model.evaluate(X, Y > 0, folds=3, repeats=1)
    assert model.verdict_


WRONG = {
    "random parts": (ShuffleSplit(3, random_state=0), "expected every row in one"),
    "times": (TimeSeriesSplit(3), "evaluate.times"),
    "a row left out": ([(np.arange(1, 60), np.arange(30)), (np.arange(30), np.arange(31, 60))], "training rows|no test part"),
    "one split": (SPLITS[:1], "no test part|found 1 splits"),
    "rows that there are not": ([(np.arange(30), np.arange(30, 61))] * 2, "expected numbers of rows from 0 to 59"),
    "words": ("five", "must be an int in the range"),
    "too many": (61, "must be an int in the range"),
}


@pytest.mark.parametrize("what", WRONG)
def test_designs_that_the_engine_does_not_have(what):
    given, words = WRONG[what]
    with pytest.raises(ValueError, match=words):
        SkipLayerRegressor(inner_folds=given, **LINE).fit(X, Y)
