"""Checks of arguments, in scikit-learn's words: kind, range, NaN."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from skiplayer._skiplayer import settings


class Rule:
    """What an argument may be; `str` says it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def allows(self, value: Any) -> bool:
        raise NotImplementedError

    def __str__(self) -> str:
        return self._text


class Whole(Rule):
    """An integer from `low` to `high`, both included."""

    def __init__(self, low: int, high: int) -> None:
        super().__init__(f"an int in the range [{low}, {high}]")
        self._low, self._high = low, high

    def allows(self, value: Any) -> bool:
        return INTEGER.allows(value) and self._low <= int(value) <= self._high


class Number(Rule):
    """A finite number between `low` and `high`, both excluded."""

    def __init__(self, low: float, high: float = math.inf) -> None:
        super().__init__(f"a float in the range ({low}, {high})")
        self._low, self._high = low, high

    def allows(self, value: Any) -> bool:
        return isinstance(value, Real) and not is_truth(value) and self._low < float(value) < self._high


class Choice(Rule):
    """One of some words."""

    def __init__(self, *words: str) -> None:
        super().__init__(f"a str among {{{', '.join(map(repr, words))}}}")
        self._words = words

    def allows(self, value: Any) -> bool:
        return isinstance(value, str) and value in self._words


class Truth(Rule):
    """True or False."""

    def __init__(self) -> None:
        super().__init__("a bool")

    def allows(self, value: Any) -> bool:
        return is_truth(value)


class Fulfils(Rule):
    """Whatever a function says yes to."""

    def __init__(self, text: str, allows: Any) -> None:
        super().__init__(text)
        self._allows = allows

    def allows(self, value: Any) -> bool:
        return bool(self._allows(value))


NONE = Fulfils("None", lambda value: value is None)
INTEGER = Fulfils("an int", lambda value: isinstance(value, Integral) and not is_truth(value))
CALLABLE = Fulfils("callable", callable)
SEED = Fulfils(
    "an int from 0 on, a numpy.random.RandomState",
    lambda value: isinstance(value, np.random.RandomState) or (INTEGER.allows(value) and value >= 0),
)

Rules = Mapping[str, Sequence[Rule]]


def rules_of_the_engine() -> dict[str, list[Rule]]:
    """What the engine's table of options says of each parameter, by Python's names."""
    return {name: _rules_of(row) for name, row in json.loads(settings()).items()}


def _rules_of(row: dict[str, Any]) -> list[Rule]:
    rule: Rule
    if row["kind"] == "count":
        rule = Whole(row["least"], row["most"])
    elif row["kind"] == "number":
        rule = Number(row["above"], math.inf if row["below"] is None else row["below"])
    elif row["kind"] == "choice":
        rule = Choice(*row["choices"])
    elif row["kind"] == "switch":
        rule = Truth()
    else:
        rule = Fulfils("a str", lambda value: isinstance(value, str))
    return [rule, NONE] if row["default"] is None else [rule]


def is_truth(value: Any) -> bool:
    """Whether `value` is a bool of Python or NumPy, which are integers too."""
    return isinstance(value, bool | np.bool_)


def check(value: Any, name: str, rules: Sequence[Rule], of: str) -> None:
    """Refuses a `value` that none of the `rules` allows.

    Raises
    ------
    ValueError
        Names the parameter, its owner `of`, what is expected and what was found.
    """
    if any(rule.allows(value) for rule in rules):
        return
    texts = [str(rule) for rule in rules]
    expected = texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"
    raise ValueError(f"The {name!r} parameter of {of} must be {expected}. Got {value!r} instead.")


def check_all(values: Mapping[str, Any], rules: Rules, of: str) -> None:
    """Refuses the first of `values` that the rules of its name do not allow."""
    for name, of_name in rules.items():
        check(values[name], name, of_name, of)
