"""The events of a fit for whoever listens: `verbose`, `callback`, and the callbacks of scikit-learn 1.9 and newer."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from skiplayer._fitting import fitted_attributes
from skiplayer._progress import Progress

try:
    from sklearn.callback import CallbackSupportMixin as CallbackSupportMixin
    from sklearn.callback import with_callbacks as _with_callbacks
except ImportError:  # before scikit-learn 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """There is nothing to support."""

    def _with_callbacks(method: Any) -> Any:
        return method


Method = TypeVar("Method", bound=Callable[..., Any])


def with_callbacks(method: Method) -> Method:
    """Decorates a method that fits, so that scikit-learn's callbacks hear of its end, however it ends."""
    decorated: Method = _with_callbacks(method)
    return decorated


class Listener:
    """Counts the engine's events and hands them on; a listener that answers True stops the fit with the best model at hand."""

    def __init__(self, estimator: Any, X: Any, y: Any, roles: Any) -> None:
        self._estimator = estimator
        self._verbose = int(estimator.verbose)
        self._callback = estimator.callback
        self._now = Progress("", 0, 0)
        metadata = {name: values for name, values in roles._asdict().items() if values is not None}
        self._data = {"X": X, "y": y, "metadata": metadata or None}
        self._root: Any = None
        self._stage: Any = None

    @property
    def is_wanted(self) -> bool:
        """Whether anybody wants to hear of events."""
        return self._verbose > 0 or self._callback is not None or bool(getattr(self._estimator, "_skl_callbacks", None))

    def __enter__(self) -> Listener:
        if hasattr(self._estimator, "_init_callback_context"):
            self._root = self._estimator._init_callback_context(max_subtasks=None)
            self._root.call_on_fit_task_begin(estimator=self._estimator, **self._data)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # scikit-learn's decorator tells its callbacks that the fit has ended, however it did.
        self._root = self._stage = None

    def __call__(self, kind: str, text: str, steps: int) -> bool:
        stop = False
        if kind == "expected":
            least, most = map(float, text.split())
            self._now = self._now._replace(expected_seconds=(least, most))
            if self._verbose > 0:
                print(f"[skiplayer] expected to take {least:.2g} to {most:.2g} s")
            return False
        if kind == "stage":
            self._now = Progress(text, 0, steps, expected_seconds=self._now.expected_seconds)
            if self._verbose > 0:
                print(f"[skiplayer] {text}")
            self._begin_stage()
        elif kind == "step":
            self._now = self._now._replace(step=self._now.step + 1)
            if self._verbose > 1:
                print(f"[skiplayer] {self._now.stage}: {self._now.step} of {self._now.n_steps}")
            stop = self._take_step()
        if self._callback is not None:
            said = self._callback(self._now._replace(warning=text) if kind == "warning" else self._now)
            stop = stop or said is True
        return stop

    def fitted(self, draft: Any) -> None:
        """Tell that the fit is done: `draft` has the fitted attributes."""
        self._end_stage()
        if self._root is not None:
            self._root.call_on_fit_task_end(
                estimator=self._estimator, reconstruction_attributes=lambda: fitted_attributes(draft), **self._data
            )

    def _begin_stage(self) -> None:
        self._end_stage()
        if self._root is not None:
            self._stage = self._root.subcontext(task_name=self._now.stage, max_subtasks=self._now.n_steps or None)
            self._stage.call_on_fit_task_begin(estimator=self._estimator, **self._data)

    def _take_step(self) -> bool:
        # A stage may have steps that it did not announce.
        if self._stage is None or 0 < self._now.n_steps < self._now.step:
            return False
        step = self._stage.subcontext(task_name="step")
        step.call_on_fit_task_begin(estimator=self._estimator, **self._data)
        return bool(step.call_on_fit_task_end(estimator=self._estimator, **self._data))

    def _end_stage(self) -> None:
        if self._stage is not None:
            self._stage.call_on_fit_task_end(estimator=self._estimator, **self._data)
            self._stage = None
