"""Pictures of fitted estimators; needs matplotlib (``pip install skiplayer[plot]``).

Every function draws into `ax`, or into a new figure, and returns the axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

__all__ = ["coefficients", "contenders", "effects", "path"]

# Colours that differ in lightness too, as seen without colour vision (Okabe & Ito 2008).
_BLUE, _ORANGE, _GREY = "#0072B2", "#D55E00", "#666666"
# Panels of effects that are drawn unless others are asked for.
_MOST_PANELS = 6
# Characters of a name, and of all labels beside each other in a panel.
_LONGEST = 32
_ROOM = 24
# Terms that are drawn even where they are zero.
_MOST_ZEROS = 30
# Levels of the parts of dates that have an order of their own.
_CALENDAR = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Jan-Mar Apr-Jun Jul-Sep Oct-Dec Mon Tue Wed Thu Fri Sat Sun".split()


def effects(
    estimator: Any,
    X: Any,
    ax: Any = None,
    *,
    inputs: Sequence[str] | None = None,
    output: int | str = 0,
    sample_weight: Any = None,
) -> Any:
    """Draw what each input does: the line, and around it accumulated local effects and single rows.

    Parameters
    ----------
    estimator : SkipLayerRegressor, SkipLayerClassifier or SkipLayerCV
        Fitted.
    X : array or data frame of shape (n_samples, n_features)
        The data of the fit, or other rows that the effects are meant for.
    ax : matplotlib.axes.Axes or sequence of them, optional
        One for each panel.
    inputs : sequence of str, optional
        Names of inputs; by default the six that do most. Arrays have x1, x2, ...
    output : int or str, default=0
        Which target or class, where there are several: its place or its name.
    sample_weight : array of shape (n_samples,), optional
        As for the estimator's `effects`, which has the numbers.

    Returns
    -------
    ndarray of matplotlib.axes.Axes
        One a panel.

    Raises
    ------
    ValueError
        An input that the model does not use, or an output that it does not have.

    References
    ----------
    Apley & Zhu (2020), Visualizing the effects of predictor variables in black box supervised learning models, JRSS B 82.
    Goldstein, Kapelner, Bleich & Pitkin (2015), Peeking inside the black box, JCGS 24.
    """
    estimator = _inner(estimator)
    told = estimator.effects(X, sample_weight).inputs
    of_output = _name_of_output(estimator, output)
    found = {effect.input: effect for effect in told if effect.output == of_output}
    names = list(found)[:_MOST_PANELS] if inputs is None else _listed(inputs)
    for name in names:
        if name not in found:
            raise ValueError(f"inputs: found {name!r}, expected inputs that the model uses: {', '.join(found) or 'none'}")
    panels = _panels(len(names)) if ax is None else np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    if len(panels) != len(names):
        raise ValueError(f"ax: found {len(panels)} axes, expected {len(names)}, one for each of {', '.join(names)}")
    parts = {term.name: term.part for term in estimator.linear_part_}
    for panel, name in zip(panels, names):
        (_levels if found[name].curve.kind == "levels" else _curve)(panel, found[name].curve)
        part = parts.get(name) or ""
        panel.set_xlabel(f"{_short(name)}, {part}" if part.startswith("days") else _short(name))
    if names:
        panels[0].set_ylabel(f"effect on {found[names[0]].unit}")
        panels[0].legend()
    return panels


def path(estimator: Any, ax: Any = None) -> Any:
    """Draw the cross-validated loss and the number of hidden units along a regularisation path.

    Parameters
    ----------
    estimator : SkipLayerRegressor, SkipLayerClassifier or SkipLayerCV
        Fitted with ``method="path"`` or ``method="linear"``.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        The fit was not along a path.
    """
    estimator = _inner(estimator)
    points = estimator.path_
    if points is None:
        raise ValueError(f"path_ is None: fit with method='path', not method={estimator.method!r}.")
    ax = _axes(ax)
    ax.set_xscale("log")
    ax.errorbar(points.alpha, points.cv_loss, points.cv_standard_error, color=_BLUE, capsize=2, label="held-out rows")
    ax.plot(points.alpha, points.train_loss, color=_GREY, linestyle="--", label="training rows")
    if estimator.alpha_ is not None:
        ax.axvline(estimator.alpha_, color=_ORANGE, label="chosen")
    ax.set(xlabel="alpha, the penalty on weights", ylabel="loss a row, ± standard error")
    ax.xaxis.set_inverted(True)
    units = ax.twinx()
    units.step(points.alpha, points.n_units, where="mid", color=_GREY, linewidth=0.8, label="hidden units (right)")
    units.set_ylabel("hidden units")
    units.yaxis.get_major_locator().set_params(integer=True)
    # Above the axes: inside them it would lie on the steps, which are of other axes.
    handles = [handle for axes in (ax, units) for handle in axes.get_legend_handles_labels()[0]]
    ax.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    return ax


def contenders(estimator: Any, ax: Any = None) -> Any:
    """Draw the scores of mean, line, network without skip and skip-layer network over the same outer folds.

    Parameters
    ----------
    estimator : SkipLayerRegressor, SkipLayerClassifier or SkipLayerCV
        After `evaluate`.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        There was no evaluation.
    """
    estimator = _inner(estimator)
    if estimator.evaluation_ is None:
        raise ValueError(f"This {type(estimator).__name__} was fitted without evaluation: call `evaluate` first.")
    entries = estimator.evaluation_.contenders
    places = np.arange(len(entries))[::-1]
    ax = _axes(ax)
    for place, entry in zip(places, entries):
        ax.plot(entry.folds, np.full(len(entry.folds), place), "|", color=_GREY, markersize=8)
        ax.errorbar(entry.mean, place, xerr=entry.se, fmt="o", color=_BLUE, capsize=3)
    ax.set_yticks(places, [entry.name for entry in entries])
    ax.set_xlabel(f"{entries[0].metric} out of fold, ± standard error\n(strokes are folds, smaller is better)")
    ax.set_title(f"Verdict: {estimator.verdict_.replace('_', ' ')}")
    return ax


def coefficients(estimator: Any, ax: Any = None, *, output: int | str = 0) -> Any:
    """Draw the linear part with its standard errors, in original units.

    Where there are more than 30 terms, those that are zero are left out.

    Parameters
    ----------
    estimator : SkipLayerRegressor, SkipLayerClassifier or SkipLayerCV
        Fitted.
    ax : matplotlib.axes.Axes, optional
    output : int or str, default=0
        Which target or class, where there are several: its place or its name.

    Returns
    -------
    matplotlib.axes.Axes
    """
    estimator = _inner(estimator)
    of_output = _name_of_output(estimator, output)
    terms = [term for term in estimator.linear_part_ if term.output == of_output and term.kind != "reference"]
    n_terms = len(terms)
    if n_terms > _MOST_ZEROS:
        terms = [term for term in terms if term.coefficient != 0]
    places = np.arange(len(terms))[::-1]
    ax = _axes(ax, n_lines=len(terms))
    ax.axvline(0, color=_GREY, linewidth=0.8)
    errors = np.nan_to_num([term.standard_error for term in terms])
    ax.errorbar([term.coefficient for term in terms], places, xerr=errors, fmt="o", color=_BLUE, capsize=3)
    ax.set_yticks(places, [_term(term) for term in terms])
    ax.set_ylim(-0.6, len(terms) - 0.4)
    zeros = f"\n({n_terms - len(terms)} terms that are zero are left out)" if len(terms) < n_terms else ""
    ax.set_xlabel(f"coefficient of the linear part, ± standard error{zeros}")
    return ax


def _curve(ax: Any, curve: Any) -> None:
    for k, row in enumerate(curve.individual):
        ax.plot(curve.at, row, color=_GREY, linewidth=0.5, alpha=0.4, label="single rows" if k == 0 else None)
    ax.plot(curve.at, curve.accumulated, color=_BLUE, linewidth=2, label="line and hidden units")
    ax.plot(curve.at, curve.line, color=_ORANGE, linestyle="--", label="line")
    ax.plot(curve.deciles, np.zeros(len(curve.deciles)), "|", color="black", transform=ax.get_xaxis_transform())


def _levels(ax: Any, curve: Any) -> None:
    order = np.arange(len(curve.levels))
    if set(curve.levels) <= set(_CALENDAR):
        order = np.argsort([_CALENDAR.index(level) for level in curve.levels])
    places = np.arange(len(order))
    ax.plot(places, curve.partial[order], "o", color=_BLUE, label="line and hidden units")
    ax.plot(places, curve.line[order], "_", color=_ORANGE, markersize=14, label="line")
    labels = [_short(curve.levels[k]) for k in order]
    ax.set_xticks(places, labels)
    if sum(map(len, labels)) > _ROOM:
        # Turned about their ends, so that each ends at its place.
        ax.tick_params(axis="x", labelrotation=90 if len(labels) > 8 else 40)
        for label in ax.get_xticklabels():
            label.set(rotation_mode="anchor", horizontalalignment="right", verticalalignment="center")
    ax.margins(x=0.2)


def _inner(estimator: Any) -> Any:
    """The estimator that was fitted: that inside a SkipLayerCV."""
    check_is_fitted(estimator)
    return getattr(estimator, "estimator_", estimator)


def _name_of_output(estimator: Any, output: Any) -> str | None:
    """The name of the target or class that is asked for; None where there is only one output."""
    names = estimator.record_["outputs"]
    # Labels are text in a model, whatever they are outside.
    place = names.index(str(output)) if isinstance(output, str) and output in names else output
    if not isinstance(place, Integral) or isinstance(place, bool) or not -len(names) <= int(place) < len(names):
        expected = "0" if len(names) == 1 else f"0 to {len(names) - 1}"
        raise ValueError(f"output: found {output!r}, expected {expected} or one of {', '.join(map(repr, names))}.")
    return names[int(place)] if len(names) > 1 else None


def _listed(inputs: Any) -> list[str]:
    if isinstance(inputs, str):
        raise ValueError(f"inputs: found {inputs!r}, expected a list of names: [{inputs!r}].")
    return list(inputs)


def _short(name: str, longest: int = _LONGEST) -> str:
    """A name that leaves room for the picture."""
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def _term(term: Any) -> str:
    """A term that leaves room for the picture; its level can still be told."""
    level = _short(str(term).removeprefix(term.input), _LONGEST // 2)
    return _short(term.input, _LONGEST - len(level)) + level


def _panels(n: int) -> Any:
    from matplotlib import pyplot

    n_columns = min(max(n, 1), 3)
    n_rows = -(-n // n_columns) or 1
    figure, grid = pyplot.subplots(
        n_rows, n_columns, sharey=True, squeeze=False, layout="constrained", figsize=(3.4 * n_columns, 2.8 * n_rows)
    )
    for spare in grid.ravel()[n:]:
        spare.remove()
    return grid.ravel()[:n]


def _axes(ax: Any, n_lines: int = 0) -> Any:
    """`ax`, or those of a new figure that is high enough for so many labelled lines."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    height = max(4.8 if n_lines == 0 else 1.6, 0.9 + 0.3 * n_lines)
    return pyplot.subplots(layout="constrained", figsize=(6.4, height))[1]
