"""Pictures of fitted estimators; needs matplotlib (``pip install skiplayer[plot]``).

Every function draws into `ax`, or into a new figure, and returns the axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["coefficients", "contenders", "effects", "path"]

# Colours that differ in lightness too, as seen without colour vision (Okabe & Ito 2008).
_BLUE, _ORANGE, _GREY = "#0072B2", "#D55E00", "#666666"
# Panels of effects that are drawn unless others are asked for.
_MOST_PANELS = 6


def effects(
    estimator: Any,
    X: Any,
    ax: Any = None,
    *,
    inputs: Sequence[str] | None = None,
    output: int = 0,
    sample_weight: Any = None,
) -> Any:
    """Draw what each input does: the line, and around it accumulated local effects and single rows.

    Parameters
    ----------
    estimator : SkipLayerRegressor or SkipLayerClassifier
        Fitted.
    X : array or data frame of shape (n_samples, n_features)
        The data of the fit, or other rows that the effects are meant for.
    ax : matplotlib.axes.Axes or sequence of them, optional
        One for each panel.
    inputs : sequence of str, optional
        Names of inputs; by default the six that do most. Arrays have x1, x2, ...
    output : int, default=0
        Which target or class, where there are several.
    sample_weight : array of shape (n_samples,), optional
        As for the estimator's `effects`, which has the numbers.

    Returns
    -------
    ndarray of matplotlib.axes.Axes
        One a panel.

    Raises
    ------
    ValueError
        An input that the model does not use.

    References
    ----------
    Apley & Zhu (2020), Visualizing the effects of predictor variables in black box supervised learning models, JRSS B 82.
    Goldstein, Kapelner, Bleich & Pitkin (2015), Peeking inside the black box, JCGS 24.
    """
    told = estimator.effects(X, sample_weight).inputs
    of_output = _outputs(told)[output] if told else None
    found = {effect.input: effect for effect in told if effect.output == of_output}
    names = list(found)[:_MOST_PANELS] if inputs is None else list(inputs)
    for name in names:
        if name not in found:
            raise ValueError(f"inputs: found {name!r}, expected inputs that the model uses: {', '.join(found) or 'none'}")
    panels = _panels(len(names)) if ax is None else np.atleast_1d(ax)
    if len(panels) != len(names):
        raise ValueError(f"ax: found {len(panels)} axes, expected {len(names)}, one for each of {', '.join(names)}")
    for panel, name in zip(panels, names):
        (_levels if found[name].curve.kind == "levels" else _curve)(panel, found[name].curve)
        panel.set_xlabel(name)
    if names:
        panels[0].set_ylabel(f"effect on {found[names[0]].unit}")
        panels[0].legend()
    return panels


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
    units = ax.twinx()
    units.step(points.alpha, points.n_units, where="mid", color=_GREY, linewidth=0.8, label="hidden units (right)")
    units.set_ylabel("hidden units")
    units.yaxis.get_major_locator().set_params(integer=True)
    handles = [handle for axes in (ax, units) for handle in axes.get_legend_handles_labels()[0]]
    ax.legend(handles=handles)
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


def _curve(ax: Any, curve: Any) -> None:
    for k, row in enumerate(curve.individual):
        ax.plot(curve.at, row, color=_GREY, linewidth=0.5, alpha=0.4, label="single rows" if k == 0 else None)
    ax.plot(curve.at, curve.accumulated, color=_BLUE, linewidth=2, label="line and hidden units")
    ax.plot(curve.at, curve.line, color=_ORANGE, linestyle="--", label="line")
    ax.plot(curve.deciles, np.zeros(len(curve.deciles)), "|", color="black", transform=ax.get_xaxis_transform())


def _levels(ax: Any, curve: Any) -> None:
    places = np.arange(len(curve.levels))
    ax.plot(places, curve.partial, "o", color=_BLUE, label="line and hidden units")
    ax.plot(places, curve.line, "_", color=_ORANGE, markersize=14, label="line")
    ax.set_xticks(places, curve.levels, rotation=30 if len(curve.levels) > 4 else 0)
    ax.margins(x=0.2)


def _outputs(told: Any) -> list[Any]:
    """Targets or classes, in the model's order."""
    return list(dict.fromkeys(effect.output for effect in told))


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


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(layout="constrained")[1]
