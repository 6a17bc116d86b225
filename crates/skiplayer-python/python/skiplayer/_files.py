"""Models that were written to files, by whichever front end."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np

from skiplayer._classifier import SkipLayerClassifier
from skiplayer._column_rules import parameters_of
from skiplayer._columns import input_names
from skiplayer._quantile_regressor import SkipLayerQuantileRegressor
from skiplayer._regressor import SkipLayerRegressor
from skiplayer._skiplayer import Model
from skiplayer._survival import SkipLayerSurvival


def load_model(path: str | PathLike[str]) -> SkipLayerRegressor | SkipLayerClassifier | SkipLayerSurvival:
    """Read a model file, written here, by the command line or by the Rust library.

    Parameters
    ----------
    path : str or path-like
        A file that `save` or ``skiplayer fit`` wrote.

    Returns
    -------
    SkipLayerRegressor, SkipLayerClassifier or SkipLayerSurvival
        Fitted. `feature_names_in_` (absent where they are x1, x2, ...) are the columns that the file names, in its order:
        those that were set aside in the fit (constants, identifiers) are not among them. Frames may have these and others
        besides, in any order. Classes are of the kind that they
        had in the fit; of files of the command line they are text, or integers where all of them are written so.

    Raises
    ------
    ValueError
        The file is missing, damaged, of another program, or of a newer version.
    """
    model = Model.load(path)
    labels = model.labels()
    loss, power = model.loss()
    kinds: dict[str, Any] = {"quantile": SkipLayerQuantileRegressor, "cox": SkipLayerSurvival}
    numbers = kinds.get(loss, SkipLayerRegressor)
    estimator: Any = numbers() if labels is None else SkipLayerClassifier()
    if labels is not None:
        estimator.classes_ = np.sort(labels_of(model))
    estimator._take(model)
    names = estimator.record_["columns"]
    estimator.n_features_in_ = len(names)
    # Inputs that are numbered never had names.
    if names != input_names(None, len(names)):
        estimator.feature_names_in_ = np.array(names, dtype=object)
        estimator._takes_more_columns_ = True
    estimator.set_params(**estimator._params_of(estimator.record_["provenance"]["options"]))
    estimator.set_params(**parameters_of(estimator.record_["summary"].get("rules", {})))
    if isinstance(estimator, SkipLayerQuantileRegressor):
        estimator.set_params(quantiles=estimator.record_["summary"]["loss"]["quantile"]["levels"])
    elif isinstance(estimator, SkipLayerSurvival):
        estimator.set_params(ties=estimator.record_["ties"])
        estimator._strata_column_ = estimator.record_["strata"]
    elif isinstance(estimator, SkipLayerClassifier) and loss == "ordinal":
        order = [engine for _, engine in sorted(zip(estimator._class_order_, estimator.classes_.tolist()))]
        estimator.set_params(loss="ordinal", classes=order)
    elif isinstance(estimator, SkipLayerRegressor) and loss != "squared":
        estimator.set_params(loss=loss.replace("-", "_"), power=power)
    estimator._tell(names)
    loaded: SkipLayerRegressor | SkipLayerClassifier | SkipLayerSurvival = estimator
    return loaded


def labels_of(model: Model) -> Any:
    """The labels of a model of classes, in the order of the engine."""
    labels = model.labels()
    assert labels is not None, "a classifier has labels"
    return _classes(*labels)


def _classes(classes: list[str], kind: str | None) -> Any:
    """The labels as they were. Where that is not known they are integers if they are written so, and text otherwise."""
    if kind is None:
        whole = all(label.removeprefix("-").isdecimal() and str(int(label)) == label for label in classes)
        kind = "integer" if whole else "text"
    if kind == "truth_value":
        return np.array([label == "true" for label in classes])
    if kind == "integer":
        return np.array([int(label) for label in classes])
    return np.array([float(label) for label in classes] if kind == "number" else classes)
