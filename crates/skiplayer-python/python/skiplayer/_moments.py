"""Dates, instants, times of day and durations as numbers, the same from every library: days of dates, seconds of all others."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_DAY = datetime.date(1970, 1, 1)
_EPOCH = datetime.datetime(1970, 1, 1)
_SECOND = datetime.timedelta(seconds=1)
# Units of NumPy that hold whole seconds or days, and the one that they are turned into.
_COARSE = {"h": "s", "m": "s", "W": "D", "M": "D", "Y": "D"}
_TICKS = {"s": 1.0, "ms": 1e3, "us": 1e6}


class Moments(NamedTuple):
    """Days or seconds since 1970, since midnight, or of a length; NaN where a cell is missing."""

    values: NDArray[np.float64]
    # "date", "timestamp", "time_of_day" or "duration".
    meaning: str
    # Of a timestamp, whose values are seconds of UTC; None where nobody has said which clock it is.
    zone: str | None = None


def of_array(array: NDArray[Any], zone: str | None = None) -> Moments:
    """`datetime64` or `timedelta64` of any unit."""
    kind = "timestamp" if array.dtype.kind == "M" else "duration"
    unit, step = np.datetime_data(array.dtype)
    if unit in _COARSE or step != 1:
        unit = _COARSE.get(unit, unit)
        array = array.astype(f"{array.dtype.kind}8[{unit}]")
    if unit not in (*_TICKS, "ns", "D"):  # finer ones, which no library of frames has
        unit, array = "ns", array.astype(f"{array.dtype.kind}8[ns]")
    ticks = array.astype(np.int64)
    values: NDArray[Any]
    if unit == "D" and kind == "timestamp":
        kind, values = "date", ticks.astype(np.float64)
    elif unit == "D":
        values = ticks * 86400.0
    elif unit == "ns":
        # Whole microseconds fit a float where their nanoseconds do not: an instant is one number in whichever unit.
        values = np.where(ticks % 1000 == 0, (ticks // 1000) / 1e6, ticks / 1e9)
    else:
        values = ticks / _TICKS[unit]
    return Moments(np.where(np.isnat(array), np.nan, values), kind, zone)


def of_objects(cells: list[Any]) -> Moments | None:
    """Objects of the module `datetime`, all of one kind but for None; None if they are something else.

    Raises
    ------
    TypeError
        Instants with a time zone beside others without: nobody knows how far they are apart.
    """
    present = [cell for cell in cells if cell is not None]
    for belongs, meaning, number in _KINDS:
        if present and all(map(belongs, present)):
            values = np.array([np.nan if cell is None else number(cell) for cell in cells], dtype=np.float64)
            return Moments(values, meaning, _zone(present) if meaning == "timestamp" else None)
    return None


def moment_word(moment: datetime.date | datetime.time) -> str:
    """A date or time as a level: `2024-02-26`, `2024-02-26 17:30`, to the second or below where there are any."""
    if isinstance(moment, datetime.time):
        return _clock(moment)
    if not isinstance(moment, datetime.datetime):
        return moment.isoformat()
    moment = _universal(moment)
    midnight = datetime.time()
    return moment.date().isoformat() + ("" if moment.time() == midnight else f" {_clock(moment.time())}")


def _clock(time: datetime.time) -> str:
    detail = "microseconds" if time.microsecond else "seconds" if time.second else "minutes"
    return time.replace(tzinfo=None).isoformat(detail)


def _zone(instants: list[datetime.datetime]) -> str | None:
    zones = {instant.tzinfo for instant in instants}
    if None in zones and len(zones) > 1:
        raise TypeError("found timestamps with a time zone beside others without one")
    names = {str(zone) for zone in zones if zone is not None}
    return names.pop() if len(names) == 1 else "several time zones" if names else None


def _universal(instant: datetime.datetime) -> datetime.datetime:
    """The clock of UTC, or the only clock that there is."""
    return instant if instant.tzinfo is None else instant.astimezone(datetime.timezone.utc).replace(tzinfo=None)


def _seconds(instant: datetime.datetime) -> float:
    return float((_universal(instant) - _EPOCH) / _SECOND)


def _seconds_of_day(time: datetime.time) -> float:
    return ((time.hour * 3600 + time.minute * 60 + time.second) * 1_000_000 + time.microsecond) / 1e6


# What objects may be, the engine's word for it, and the number that stands for one of them.
_KINDS: list[tuple[Callable[[Any], bool], str, Callable[[Any], float]]] = [
    (lambda cell: isinstance(cell, datetime.datetime), "timestamp", _seconds),
    (lambda cell: type(cell) is datetime.date, "date", lambda date: float((date - _DAY).days)),
    (lambda cell: isinstance(cell, datetime.time), "time_of_day", _seconds_of_day),
    (lambda cell: isinstance(cell, datetime.timedelta), "duration", datetime.timedelta.total_seconds),
]
