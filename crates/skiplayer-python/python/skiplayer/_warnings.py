"""What a user should know of a fit or a prediction, as warnings of one category."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

_PACKAGE = str(Path(__file__).parent)


class SkipLayerWarning(UserWarning):
    """Something about the data or the result that is worth a look.

    ``warnings.simplefilter("ignore", skiplayer.SkipLayerWarning)`` silences all of them; ``"error"`` makes them errors.
    """


def warn(message: str, category: type[Warning] = SkipLayerWarning) -> None:
    """A warning that points at the line outside this package that called it."""
    frame = sys._getframe(1)
    level = 2
    while frame.f_back is not None and _is_ours(frame.f_code.co_filename):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _is_ours(file: str) -> bool:
    # scikit-learn's decorator of methods that tell callbacks stands between our methods and their callers.
    return file.startswith(_PACKAGE) or file.endswith("_callback_support.py")
