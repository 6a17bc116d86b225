"""A fit that succeeds or leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Estimator = TypeVar("Estimator")


@contextmanager
def fitting(estimator: Estimator) -> Iterator[Estimator]:
    """A draft of `estimator`, whose fitted attributes the estimator takes over at the end of the block.

    All of them are replaced at once: after refused input, an interrupt or an exception of a callback the estimator is what it
    was before, and other threads see the old fit or the new one.
    """
    draft = unfitted(estimator)
    yield draft
    estimator.__dict__ = vars(unfitted(estimator)) | fitted_attributes(draft)


def unfitted(estimator: Estimator) -> Estimator:
    """A copy with everything but the fitted attributes; parameters are shared, not copied."""
    copy = object.__new__(type(estimator))
    copy.__dict__.update((name, value) for name, value in vars(estimator).items() if not _is_fitted(name))
    return copy


def fitted_attributes(estimator: Any) -> dict[str, Any]:
    """What a fit has set."""
    return {name: value for name, value in vars(estimator).items() if _is_fitted(name)}


def _is_fitted(name: str) -> bool:
    return name.endswith("_") and not name.endswith("__")
