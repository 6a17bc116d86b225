"""The record of a fit as Python values."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch


class LinearTerm(NamedTuple):
    """A term of the linear part. A list of them is a table: ``pandas.DataFrame(model.linear_part_)``.

    Attributes
    ----------
    input : str
        The column.
    kind : {"number", "level", "other", "missing", "reference"}
        What is multiplied: the number itself, or 1 in rows of one level, of the rarer levels together, or of a missing cell.
        The reference level is what the others are compared with.
    level : str or None
        The level, where the term is that of one.
    part : str or None
        Of a column of dates, what of the date it is: "days since 2024-01-01", "month", "quarter", "weekday" or "hour".
    output : str or None
        The target or class, where there are several.
    coefficient : float
        What one unit more, or this level instead of the reference, adds to the output; for classes and counts on the scale of
        the link (log odds, log of the mean).
    standard_error : float
        Robust; NaN where there is none.
    """

    input: str
    kind: str
    level: str | None
    part: str | None
    output: str | None
    coefficient: float
    standard_error: float

    @property
    def name(self) -> str:
        """The input of the network: the column, or what of a date it is."""
        return self.input if self.part is None or self.part.startswith("days") else f"{self.input} {self.part}"

    def __str__(self) -> str:
        suffix = {"number": "", "missing": " missing", "other": "=other"}.get(self.kind, f"={self.level}")
        return f"{self.name}{suffix}"


def linear_part(record: dict[str, Any]) -> list[LinearTerm]:
    """The terms in the order of outputs and inputs; zero where the model does without the input."""
    outputs = record["outputs"]
    terms = []
    for o, output in enumerate(outputs):
        name = output if len(outputs) > 1 else None
        for j, term in enumerate(record["terms"]):
            value, error = 0.0, np.nan
            if term["feature"] is not None:
                value, error = record["coefficients"][o][term["feature"]]
            column = record["columns"][term["column"]]
            error = np.nan if error is None else error
            terms.append(LinearTerm(column, term["kind"], term["level"], term["part"], name, value, error))
    return terms


def meanings(record: dict[str, Any]) -> dict[str, str]:
    """Of each column: "truth", where its levels are true and false, or else "number", "category" or "date"."""
    levels: dict[str, set[str]] = {}
    dates = set()
    for term in record["terms"]:
        column = record["columns"][term["column"]]
        of_column = levels.setdefault(column, set())
        if term["level"] is not None:
            of_column.add(term["level"])
        if term["part"] is not None:
            dates.add(column)
    kinds = {name: "category" if found else "number" for name, found in levels.items()}
    kinds |= {name: "truth" for name, found in levels.items() if found == {"false", "true"}}
    return kinds | dict.fromkeys(dates, "date")


def why_no_coefficients(record: dict[str, Any]) -> str | None:
    """Why no vector of one number a column, times the columns, gives this model's predictions; None if one does."""
    n_units = record["summary"]["n_units"]
    if n_units:
        units = "a hidden unit" if n_units == 1 else f"{n_units} hidden units"
        return f"has {units}: coefficients alone do not give its predictions"
    for is_one, what in (
        (lambda term: term["part"] is not None, "has dates (%s), which have a coefficient for each of their parts"),
        (lambda term: term["kind"] == "reference", "has categories (%s), which have a coefficient for each level"),
    ):
        found = {term["column"] for term in record["terms"] if is_one(term)}
        if found:
            named = ", ".join(repr(record["columns"][j]) for j in sorted(found)[:3])
            return f"{what % named} and none of their own"
    return None


def coefficients(record: dict[str, Any], names: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slopes and their standard errors, both of shape (n_outputs, n_inputs); zero and NaN for columns not in use."""
    at = {name: j for j, name in enumerate(names)}
    shape = (len(record["outputs"]), len(names))
    coef, errors = np.zeros(shape), np.full(shape, np.nan)
    for term in record["terms"]:
        if term["kind"] == "number":
            j = at[record["columns"][term["column"]]]
            for o, of_output in enumerate(record["coefficients"]):
                value, error = of_output[term["feature"]]
                coef[o, j], errors[o, j] = value, np.nan if error is None else error
    return coef, errors


def importances(record: dict[str, Any], names: list[str]) -> NDArray[np.float64]:
    """One for each column, zero for those that were set aside."""
    found = dict(zip(record["columns"], record["importances"]))
    return np.array([found.get(name, 0.0) for name in names])


def path(points: list[dict[str, Any]]) -> Bunch | None:
    """A regularisation path as arrays."""
    if not points:
        return None
    fields = ["n_units", "n_inputs", "n_weights", "train_loss", "cv_loss", "cv_standard_error"]
    columns = {name: np.array([point[name] for point in points]) for name in fields}
    return Bunch(alpha=np.array([point["lambda"] for point in points]), **columns)


def bunch(value: Any) -> Any:
    """JSON whose objects have attributes."""
    if isinstance(value, dict):
        return Bunch(**{name: bunch(part) for name, part in value.items()})
    return [bunch(part) for part in value] if isinstance(value, list) else value
