"""Other packages see what they expect: SHAP, skops, and scikit-learn's callbacks, routing and pictures of estimators."""

import re

import numpy as np
import pandas as pd
import pytest
import shap
import sklearn
import skops.io
from sklearn.callback import ScoringMonitor
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.model_selection import GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skiplayer import SkipLayerClassifier, SkipLayerCV, SkipLayerRegressor

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(150, 3))
Y = X @ [1.0, 2.0, 0.0] + 3 * np.tanh(3 * X[:, 0]) + 0.3 * RANDOM.normal(size=150)
LINE = {"method": "linear", "inner_folds": 3, "n_jobs": 1}
NET = {"n_units": 3, "n_starts": 2, "inner_folds": 2, "n_jobs": 1}

FITTED = {
    "a network": lambda: SkipLayerRegressor(**NET).fit(X, Y),
    "classes by a network": lambda: SkipLayerClassifier(**NET).fit(X, np.where(np.abs(X[:, 0]) > 0.7, "a", "b")),
    "a line": lambda: SkipLayerRegressor(**LINE).fit(X, Y),
    "counts": lambda: SkipLayerRegressor(loss="poisson", **NET).fit(X, RANDOM.poisson(np.exp(np.tanh(X[:, 0])))),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", FITTED)
def test_shap_values_add_up_to_the_model(what):
    model = FITTED[what]()
    values = shap.Explainer(model, X)(X[:20])
    function = model(X[:20])
    np.testing.assert_allclose(values.values.sum(1) + values.base_values, function, atol=1e-9)
    explained = model.explain(X[:20])
    own = explained.to_shap()
    np.testing.assert_allclose(own.values.sum(1) + own.base_values, explained.outputs[0].linear_predictor, atol=1e-9)
    assert own.values.shape == (20, len(own.feature_names))
    np.testing.assert_allclose(function, explained.outputs[0].linear_predictor, atol=1e-9)


def test_shap_explains_one_output_of_several():
    model = SkipLayerRegressor(**LINE).fit(X, np.column_stack([Y, X[:, 2]]))
    explained = model.explain(X)
    np.testing.assert_allclose(explained.to_shap(1).values.sum(1) + explained.outputs[1].baseline, model.predict(X)[:, 1])
    with pytest.raises(ValueError, match="output: found 2, expected one of 0 to 1"):
        explained.to_shap(2)


@pytest.mark.parametrize("what", ["a network", "classes by a network"])
def test_skops_reads_what_it_writes(what):
    model = FITTED[what]()
    written = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=written)
    assert all(name.startswith(("skiplayer.", "sklearn.")) for name in unknown), unknown
    read = skops.io.loads(written, trusted=unknown)
    np.testing.assert_array_equal(read.predict(X), model.predict(X))
    assert read.units_ == model.units_ and read.get_params() == model.get_params()


def test_inspection_of_scikit_learn():
    model = FITTED["a network"]()
    assert permutation_importance(model, X, Y, n_repeats=2).importances_mean.argmax() == 0
    assert np.isfinite(partial_dependence(model, X, [0]).average).all()


class Recorder:
    """A callback by scikit-learn's protocol."""

    def __init__(self, stop_after=None):
        self.began, self.ended, self.events = 0, 0, []
        self.stop_after = stop_after

    def setup(self, estimator, context):
        self.began += 1

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.events.append((type(estimator).__name__, context.task_name, fitted_estimator))
        return self.stop_after is not None and len(self.events) >= self.stop_after

    def teardown(self, estimator, context):
        self.ended += 1


class Propagated(Recorder):
    max_propagation_depth = None


def test_callbacks_of_scikit_learn_hear_stages_and_the_fitted_estimator():
    recorder = Recorder()
    model = SkipLayerRegressor(**NET).set_callbacks(recorder).fit(X, Y)
    assert recorder.began == recorder.ended == 1
    names = [name for _, name, _ in recorder.events]
    assert names.count("step") > 3 and names[-1] == "fit" and len(set(names)) > 2
    np.testing.assert_array_equal(recorder.events[-1][2].predict(X), model.predict(X))


def test_callbacks_end_with_a_fit_that_fails():
    recorder = Recorder()
    with pytest.raises(ValueError):
        SkipLayerRegressor().set_callbacks(recorder).fit(X, np.ones(150))
    assert recorder.began == recorder.ended == 1


@pytest.mark.filterwarnings("ignore")
def test_a_callback_that_says_so_stops_a_fit_with_a_model():
    model = SkipLayerRegressor(n_jobs=1).set_callbacks(Recorder(stop_after=1)).fit(X, Y)
    assert np.isfinite(model.predict(X)).all()
    heard = []
    stopped = SkipLayerRegressor(n_jobs=1, callback=lambda progress: heard.append(progress) or True).fit(X, Y)
    assert heard and np.isfinite(stopped.predict(X)).all()


def test_a_fit_says_how_long_it_is_likely_to_take(capsys):
    heard = []
    SkipLayerRegressor(n_starts=1, n_jobs=1, callback=heard.append, verbose=1).fit(X, Y)
    [(least, most)] = {progress.expected_seconds for progress in heard if progress.stage}
    assert 0 < least < most
    assert "[skiplayer] expected to take " in capsys.readouterr().out


def test_callbacks_reach_into_pipelines_and_evaluations():
    recorder = Propagated()
    cv = SkipLayerCV(SkipLayerRegressor(**LINE), folds=3, repeats=1)
    pipeline = make_pipeline(StandardScaler(), cv).set_callbacks(recorder).fit(X, Y)
    assert {"StandardScaler", "SkipLayerCV", "SkipLayerRegressor"} <= {who for who, _, _ in recorder.events}
    assert recorder.began == recorder.ended == 1 and pipeline[-1].verdict_


def test_scores_are_monitored():
    monitor = ScoringMonitor(scoring="r2")
    SkipLayerRegressor(**LINE).set_callbacks(monitor).fit(X, Y)


def test_groups_and_weights_are_routed():
    groups, weight = np.arange(150) // 10, RANDOM.uniform(0.5, 2, 150)
    with sklearn.config_context(enable_metadata_routing=True):
        model = SkipLayerRegressor(**LINE).set_fit_request(groups=True, sample_weight=True)
        model.set_score_request(sample_weight=True)
        routed = cross_validate(
            model,
            X,
            Y,
            cv=GroupKFold(3),
            params={"groups": groups, "sample_weight": weight},
            return_estimator=True,
        )
        assert all(fit.record_["explanation"]["standard_errors"] == "CR3" for fit in routed["estimator"])
        cv = SkipLayerCV(SkipLayerRegressor(**LINE), folds=3, repeats=1).set_fit_request(groups=True)
        pipeline = make_pipeline(StandardScaler(), cv).fit(X, Y, groups=groups)
    assert pipeline[-1].evaluation_.design.split == "grouped"


def test_class_weights_multiply_weights():
    labels = np.where(X[:, 0] + RANDOM.normal(size=150) > 1, "rare", "usual")
    counts = {label: (labels == label).sum() for label in ("rare", "usual")}
    weight = np.array([150 / 2 / counts[label] for label in labels])
    balanced = SkipLayerClassifier(class_weight="balanced", **LINE).fit(X, labels)
    np.testing.assert_array_equal(balanced.coef_, SkipLayerClassifier(**LINE).fit(X, labels, weight).coef_)
    own = SkipLayerClassifier(class_weight={"rare": 3.0, "usual": 1.0}, **LINE).fit(X, labels, weight)
    threefold = weight * np.where(labels == "rare", 3.0, 1.0)
    np.testing.assert_array_equal(own.coef_, SkipLayerClassifier(**LINE).fit(X, labels, threefold).coef_)
    assert balanced.predict(X).tolist().count("rare") > SkipLayerClassifier(**LINE).fit(X, labels).predict(X).tolist().count("rare")
    with pytest.raises(ValueError, match="The 'class_weight' parameter of SkipLayerClassifier must be"):
        SkipLayerClassifier(class_weight="fair", **LINE).fit(X, labels)


@pytest.mark.parametrize("kind", [SkipLayerRegressor, SkipLayerClassifier])
def test_the_picture_in_a_notebook_lists_documented_attributes(kind):
    model = kind(**LINE).fit(pd.DataFrame(X, columns=["a", "b", "<c>"]), Y if kind is SkipLayerRegressor else Y > 0)
    page = model._repr_html_()
    assert "Fitted attributes" in page and "n_init" not in page and "story_" not in page
    shown = {name for name in vars(model) if name.endswith("_") and not name.startswith("_")}
    documented = set(re.findall(r"^    (\w+_) : ", kind.__doc__, flags=re.MULTILINE))
    assert shown <= documented, shown - documented
    assert all(f">{name}<" in re.sub(r"\s", "", page) for name in shown)
