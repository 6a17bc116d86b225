"""Old names of parameters and attributes: understood, with a note that tells the new one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ClassVar, ParamSpec, TypeVar

from skiplayer._warnings import warn

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# Of the estimators, and of `evaluate` and `SkipLayerCV`.
OF_A_FIT = {"n_init": "n_starts", "cv": "inner_folds"}
OF_AN_EVALUATION = {"n_folds": "folds", "n_repeats": "repeats"}


def renamed_parameters(
    new_names: dict[str, str],
) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Decorates a function so that old keywords are taken for the new ones, with a `FutureWarning`.

    The signature stays that of the function: `get_params`, documentation and completion know the new names only.
    """

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        @functools.wraps(function)
        def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            found = [old for old in new_names if old in kwargs]
            for old in found:
                new = new_names[old]
                if new in kwargs:
                    raise TypeError(f"Found both {new!r} and {old!r}, its old name, expected one of them.")
                kwargs[new] = kwargs.pop(old)
            if found:
                renamed = ", ".join(f"{old!r} is now called {new_names[old]!r}" for old in found)
                warn(f"Parameter {renamed}.", FutureWarning)
            return function(*args, **kwargs)

        return call

    return decorate


class RenamedAttributes:
    """Attributes that had another name once; only looked for where there is no attribute of that name."""

    _renamed_attributes: ClassVar[dict[str, str]] = {
        "story_": "summary_",
        "messages_": "warnings_",
        "shares_are_": "explained_variance_share_.rows",
    }

    def __getattr__(self, name: str) -> Any:
        new = type(self)._renamed_attributes.get(name)
        first = new.partition(".")[0] if new else ""
        if new is None or first not in self.__dict__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        warn(f"Attribute {name!r} is now called {new!r}.", FutureWarning)
        return functools.reduce(getattr, new.split("."), self)
