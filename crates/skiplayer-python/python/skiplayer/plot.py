"""Pictures of fitted estimators; needs matplotlib (``pip install skiplayer[plot]``).

Every function draws into `ax`, or into a new figure, and returns the axes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["coefficients", "contenders", "path"]

# Colours that differ in lightness too, as seen without colour vision (Okabe & Ito 2008).
_BLUE, _ORANGE, _GREY = "#0072B2", "#D55E00", "#666666"


def path(estimator: Any, ax: Any = None) -> Any:
    """Draw the cross-validated loss and the number of hidden units along a regularisation path.

    Parameters
    ----------
    estimator : SkipLayerRegressor or SkipLayerClassifier
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
    points = estimator.path_
    if points is None:
        raise ValueError(f"path_ is None: fit with method='path', not method={estimator.method!r}.")
    ax = _axes(ax)
    ax.set_xscale("log")
    ax.errorbar(points.alpha, points.cv_loss, points.cv_standard_error, color=_BLUE, capsize=2, label="held-out rows")
    ax.plot(points.alpha, points.train_loss, color=_GREY, linestyle="--", label="training rows")
    if estimator.alpha_ is not None:
        ax.axvline(estimator.alpha_, color=_ORANGE, label="chosen")
    ax.set(xlabel="alpha, the price of weights", ylabel="loss a row, ± standard error")
    ax.xaxis.set_inverted(True)
    ax.legend()
    return ax


def contenders(estimator: Any, ax: Any = None) -> Any:
    """Draw the scores of mean, line, network without skip and skip-layer network over the same outer folds.

    Parameters
    ----------
    estimator : SkipLayerRegressor or SkipLayerClassifier
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
    if not hasattr(estimator, "evaluation_"):
        raise ValueError(f"This {type(estimator).__name__} was fitted without evaluation: call `evaluate` first.")
    entries = estimator.evaluation_.contenders
    places = np.arange(len(entries))[::-1]
    ax = _axes(ax)
    for place, entry in zip(places, entries):
        ax.plot(entry.folds, np.full(len(entry.folds), place), "|", color=_GREY, markersize=8)
        ax.errorbar(entry.mean, place, xerr=entry.se, fmt="o", color=_BLUE, capsize=3)
    ax.set_yticks(places, [entry.name for entry in entries])
    ax.set_xlabel(f"{entries[0].metric} out of fold, ± standard error; strokes are folds, smaller is better")
    ax.set_title(f"Verdict: {estimator.verdict_.replace('_', ' ')}")
    return ax


def coefficients(estimator: Any, ax: Any = None, *, output: int = 0) -> Any:
    """Draw the linear part with its standard errors, in original units.

    Parameters
    ----------
    estimator : SkipLayerRegressor or SkipLayerClassifier
        Fitted.
    ax : matplotlib.axes.Axes, optional
    output : int, default=0
        Which target or class, where there are several.

    Returns
    -------
    matplotlib.axes.Axes
    """
    coef = np.atleast_2d(estimator.coef_)[output]
    errors = np.atleast_2d(estimator.coef_standard_error_)[output]
    places = np.arange(len(coef))[::-1]
    ax = _axes(ax)
    ax.axvline(0, color=_GREY, linewidth=0.8)
    ax.errorbar(coef, places, xerr=np.nan_to_num(errors), fmt="o", color=_BLUE, capsize=3)
    ax.set_yticks(places, estimator.coef_names_)
    ax.set_xlabel("coefficient of the linear part, ± standard error")
    return ax


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(layout="constrained")[1]
