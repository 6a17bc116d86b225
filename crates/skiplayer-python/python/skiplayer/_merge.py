"""Which estimators can be merged, and which columns the model that they make takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from skiplayer._columns import input_names


def check_others(estimator: Any, others: Any) -> None:
    """Raises `ValueError` unless `others` are fitted estimators of the kind of `estimator`, with the same classes."""
    if not isinstance(others, Sequence) or not others:
        raise ValueError(f"others has to be a list of one or more fitted estimators, got {others!r}.")
    for i, other in enumerate(others):
        if not hasattr(type(other), "merge") or is_classifier(other) != is_classifier(estimator):
            raise ValueError(
                f"others[{i}] is a {type(other).__name__}, which does not merge with a {type(estimator).__name__}."
            )
        check_is_fitted(other)
        if is_classifier(estimator) and estimator.classes_.tolist() != other.classes_.tolist():
            raise ValueError(
                f"others[{i}] was fitted on the classes {other.classes_.tolist()}, and self on {estimator.classes_.tolist()}: a mean is "
                "of the same classes."
            )


def merged_names(estimator: Any, others: Sequence[Any]) -> list[str]:
    """The columns of all members, those of the first in front.

    Raises `ValueError` for arrays of different widths, and an array beside a frame.
    """
    names = input_names(estimator, estimator.n_features_in_)
    for i, other in enumerate(others):
        if hasattr(other, "feature_names_in_") != hasattr(estimator, "feature_names_in_"):
            raise ValueError(
                f"self and others[{i}] were fitted on an array and on a frame: without names nobody knows which columns are the same."
            )
        own = input_names(other, other.n_features_in_)
        if len(own) != len(names) and not hasattr(estimator, "feature_names_in_"):
            raise ValueError(
                f"others[{i}] was fitted on an array of {len(own)} columns, and self on one of {len(names)}: columns without names have "
                "to be the same."
            )
        names += [name for name in own if name not in names]
    return names
