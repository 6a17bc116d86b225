"""The names of inputs, asked for as scikit-learn asks for those of the frames that it knows."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from skiplayer._warnings import warn

# As many as scikit-learn tells.
_MOST_TOLD = 5


def check_names(estimator: Any, names: list[str], *, reset: bool) -> None:
    """Take the `names` of a frame, or compare them with those of the fit."""
    if reset:
        refuse_doubles(names)
        estimator.n_features_in_ = len(names)
        estimator.feature_names_in_ = np.array(names, dtype=object)
        return
    known = getattr(estimator, "feature_names_in_", None)
    if known is None:
        warn(
            f"X has feature names, but {type(estimator).__name__} was fitted without feature names: its columns are taken "
            "in their order",
            UserWarning,
        )
    elif list(known) != names:
        raise ValueError(_differences(list(known), names))
    if len(names) != estimator.n_features_in_:
        raise ValueError(
            f"X has {len(names)} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_features_in_} features as input."
        )


def refuse_doubles(names: list[str]) -> None:
    """Raises `ValueError` if two columns have one name: which of them is meant could not be said."""
    double = next((name for name, count in Counter(names).items() if count > 1), None)
    if double is not None:
        raise ValueError(f"X has several columns called {double!r}, expected names that differ: rename all but one of them.")


def _differences(known: list[str], names: list[str]) -> str:
    message = "The feature names should match those that were passed during fit.\n"
    parts = {
        "Feature names unseen at fit time:\n": sorted(set(names) - set(known)),
        "Feature names seen at fit time, yet now missing:\n": sorted(set(known) - set(names)),
    }
    for head, those in parts.items():
        if those:
            more = ["..."] if len(those) > _MOST_TOLD else []
            message += head + "".join(f"- {name}\n" for name in those[:_MOST_TOLD] + more)
    if not any(parts.values()):
        message += "Feature names must be in the same order as they were in fit.\n"
    return message
