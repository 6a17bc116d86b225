"""Neural networks with skip connections for tables.

A model is a linear model that can be read plus hidden units that are kept only if they improve it::

    f(x) = b + A x + V act(W x + c)

Start with :class:`SkipLayerRegressor` or :class:`SkipLayerClassifier`; ``evaluate`` answers whether the units help.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skiplayer._classifier import SkipLayerClassifier
    from skiplayer._cv import SkipLayerCV
    from skiplayer._explanations import Explanations
    from skiplayer._files import load_model
    from skiplayer._progress import Progress
    from skiplayer._quantile_regressor import SkipLayerQuantileRegressor
    from skiplayer._regressor import SkipLayerRegressor
    from skiplayer._results import LinearTerm
    from skiplayer._skiplayer import __version__
    from skiplayer._survival import SkipLayerSurvival
    from skiplayer._warnings import SkipLayerWarning

__all__ = [
    "Explanations",
    "LinearTerm",
    "Progress",
    "SkipLayerCV",
    "SkipLayerClassifier",
    "SkipLayerQuantileRegressor",
    "SkipLayerRegressor",
    "SkipLayerSurvival",
    "SkipLayerWarning",
    "__version__",
    "load_model",
]

# Where names live. They are looked up when they are asked for, because scikit-learn takes seconds to import where pandas is
# installed.
_HOMES = {
    "Explanations": "_explanations",
    "LinearTerm": "_results",
    "Progress": "_progress",
    "SkipLayerCV": "_cv",
    "SkipLayerClassifier": "_classifier",
    "SkipLayerQuantileRegressor": "_quantile_regressor",
    "SkipLayerRegressor": "_regressor",
    "SkipLayerSurvival": "_survival",
    "SkipLayerWarning": "_warnings",
    "__version__": "_skiplayer",
    "load_model": "_files",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
