"""What a callback hears of a fit while it runs."""

from __future__ import annotations

from typing import NamedTuple


class Progress(NamedTuple):
    """Where a fit is.

    Attributes
    ----------
    stage : str
        What is being done, in words.
    step, n_steps : int
        Steps of the stage that are done, and how many it has.
    warning : str or None
        Something that the user should know.
    expected_seconds : (float, float) or None
        How long the fit, or the evaluation, is likely to take on the threads that it has: at least, and at most. None for
        regularisation paths, whose length is not known.
    """

    stage: str
    step: int
    n_steps: int
    warning: str | None = None
    expected_seconds: tuple[float, float] | None = None
