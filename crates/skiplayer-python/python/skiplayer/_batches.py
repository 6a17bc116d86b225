"""Predictions for rows that are with workers, batch by batch: Arrow tables with more columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from skiplayer._classifier import SkipLayerClassifier
from skiplayer._columns import unused, word
from skiplayer._regressor import SkipLayerRegressor

PREDICTION = "prediction"


def of_one_thread(estimator: Any) -> Any:
    """The ordinary estimator with the same model, as a task takes it."""
    kind = SkipLayerClassifier if isinstance(estimator, SkipLayerClassifier) else SkipLayerRegressor
    local = object.__new__(kind)
    local.__dict__.update(vars(estimator), n_jobs=1, callback=None, verbose=0)
    return local


def with_predictions(estimator: Any, batch: Any) -> Any:
    """The batch with the column `prediction`."""
    predicted = estimator.predict(batch) if batch.num_rows > 0 else _none(estimator)
    values = predicted if predicted.ndim == 1 else list(predicted)
    return batch.append_column(unused(PREDICTION, batch.column_names), _arrow(values))


def with_probabilities(estimator: Any, batch: Any) -> Any:
    """The batch with a column for each class."""
    classes = estimator.classes_.tolist()
    probable = estimator.predict_proba(batch).T if batch.num_rows > 0 else np.empty((len(classes), 0))
    for label, column in zip(classes, probable):
        name = unused(f"probability of {word(label)}", batch.column_names)
        batch = batch.append_column(name, _arrow(column))
    return batch


def _none(estimator: Any) -> Any:
    return estimator.classes_[:0] if hasattr(estimator, "classes_") else np.empty(0)


def _arrow(values: Any) -> Any:
    import pyarrow

    return pyarrow.array(np.ascontiguousarray(values) if isinstance(values, np.ndarray) else values)
