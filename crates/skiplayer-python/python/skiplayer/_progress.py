"""What a fit tells while it runs."""

from __future__ import annotations

from collections.abc import Callable
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
    """

    stage: str
    step: int
    n_steps: int
    warning: str | None = None


class Listener:
    """Counts the engine's events and hands them on."""

    def __init__(self, verbose: int, callback: Callable[[Progress], object] | None) -> None:
        self._verbose = verbose
        self._callback = callback
        self._now = Progress("", 0, 0)

    def __call__(self, kind: str, text: str, steps: int) -> None:
        if kind == "stage":
            self._now = Progress(text, 0, steps)
            if self._verbose > 0:
                print(f"[skiplayer] {text}")
        elif kind == "step":
            self._now = self._now._replace(step=self._now.step + 1)
            if self._verbose > 1:
                print(f"[skiplayer] {self._now.stage}: {self._now.step} of {self._now.n_steps}")
        if self._callback is not None:
            self._callback(self._now._replace(warning=text) if kind == "warning" else self._now)


def listener(verbose: int, callback: Callable[[Progress], object] | None) -> Listener | None:
    """Somebody to tell, if anybody wants to know."""
    return Listener(verbose, callback) if verbose or callback is not None else None
