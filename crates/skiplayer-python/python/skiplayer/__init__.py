"""Neural networks with skip connections for tables.

A model is a linear model that can be read plus hidden units that have to pay for themselves::

    f(x) = b + A x + V act(W x + c)

Start with :class:`SkipLayerRegressor` or :class:`SkipLayerClassifier`; ``evaluate`` answers whether the units help.
"""

from skiplayer._classifier import SkipLayerClassifier
from skiplayer._cv import SkipLayerCV
from skiplayer._files import load_model
from skiplayer._progress import Progress
from skiplayer._regressor import SkipLayerRegressor
from skiplayer._skiplayer import __version__

__all__ = ["Progress", "SkipLayerCV", "SkipLayerClassifier", "SkipLayerRegressor", "__version__", "load_model"]
