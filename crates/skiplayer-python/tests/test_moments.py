"""Dates, instants, times of day and durations are the same inputs from whichever library they come."""

import datetime
import warnings
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skiplayer import SkipLayerRegressor, load_model

N = 160
RANDOM = np.random.default_rng(4)
DAYS = [datetime.date(2021, 1, 4) + datetime.timedelta(days=6 * i) for i in range(N)]
CLOCKS = [datetime.time(int(h), int(m), 0, int(u)) for h, m, u in zip(RANDOM.integers(7, 19, N), RANDOM.integers(0, 60, N), RANDOM.integers(0, 999_999, N))]
INSTANTS = [datetime.datetime.combine(day, clock) for day, clock in zip(DAYS, CLOCKS)]
BERLIN = ZoneInfo("Europe/Berlin")
KINDS = {
    "dates": DAYS,
    "midnights": [datetime.datetime.combine(day, datetime.time()) for day in DAYS],
    "timestamps": INSTANTS,
    "timestamps in UTC": [instant.replace(tzinfo=datetime.timezone.utc) for instant in INSTANTS],
    "timestamps in Berlin": [instant.replace(tzinfo=BERLIN) for instant in INSTANTS],
    "times of day": CLOCKS,
    "durations": [datetime.timedelta(days=i % 3, hours=clock.hour, microseconds=clock.microsecond) for i, clock in enumerate(CLOCKS)],
}
KINDS = {kind: [None if i == 9 else cell for i, cell in enumerate(cells)] for kind, cells in KINDS.items()}
Y = np.array([0.02 * i + 0.3 * clock.hour + (day.weekday() == 5) for i, (day, clock) in enumerate(zip(DAYS, CLOCKS))])
Y += 0.1 * RANDOM.normal(size=N)


def pandas_column(cells):
    if isinstance(cells[0], datetime.time):
        return pd.Series(cells, dtype=object)
    return pd.Series(pd.to_timedelta(cells) if isinstance(cells[0], datetime.timedelta) else pd.to_datetime(cells))


def nanoseconds(cells):
    column = pandas_column(cells)
    return column if column.dtype == object else column.dt.as_unit("ns")


def text(cells):
    if isinstance(cells[0], datetime.timedelta):
        return pd.Series([None if cell is None else str(pd.Timedelta(cell)) for cell in cells])
    return pd.Series([None if cell is None else str(cell) for cell in cells])


def arrow_backed(cells):
    array = pa.array(cells)
    return pd.Series(array, dtype=pd.ArrowDtype(array.type))


LIBRARIES = {
    "pandas": lambda cells: pd.DataFrame({"at": pandas_column(cells)}),
    "pandas, nanoseconds": lambda cells: pd.DataFrame({"at": nanoseconds(cells)}),
    "pandas, objects": lambda cells: pd.DataFrame({"at": pd.Series(cells, dtype=object)}),
    "pandas, Arrow": lambda cells: pd.DataFrame({"at": arrow_backed(cells)}),
    "polars": lambda cells: pl.DataFrame({"at": cells}),
    "pyarrow": lambda cells: pa.table({"at": pa.array(cells)}),
    "text": lambda cells: pd.DataFrame({"at": text(cells)}),
}


@pytest.mark.filterwarnings("ignore::skiplayer.SkipLayerWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_what_one_library_fitted_every_library_predicts_to_the_same_bits(kind):
    frames = {library: frame(KINDS[kind]) for library, frame in LIBRARIES.items()}
    models = {library: SkipLayerRegressor(method="linear").fit(frame, Y) for library, frame in frames.items()}
    expected = models["pyarrow"].predict(frames["pyarrow"])
    assert np.ptp(expected) > 0.1, "the column is in use"
    for fitted, model in models.items():
        for library, frame in frames.items():
            np.testing.assert_array_equal(model.predict(frame), expected, err_msg=f"fitted from {fitted}, rows of {library}")


@pytest.mark.filterwarnings("ignore::skiplayer.SkipLayerWarning")
def test_a_date_is_a_trend_and_what_comes_again():
    frame = pd.DataFrame({"at": KINDS["timestamps"], "x": RANDOM.normal(size=N)})
    model = SkipLayerRegressor(method="linear").fit(frame, Y)
    parts = dict.fromkeys((term.input, term.part) for term in model.linear_part_)
    assert list(parts) == [("at", "days since 2021-01-04"), ("at", "month"), ("at", "weekday"), ("at", "hour"), ("x", None)]
    assert {str(term) for term in model.linear_part_} >= {"at", "at weekday=Sat", "at hour", "x"}
    assert model.feature_importances_.shape == (2,) and model.feature_importances_[0] > 0.9
    with pytest.raises(AttributeError, match="has dates \\('at'\\), which have a coefficient for each of their parts"):
        model.coef_


@pytest.mark.filterwarnings("ignore::skiplayer.SkipLayerWarning")
def test_a_model_of_dates_comes_back_from_its_file(tmp_path):
    frame = LIBRARIES["polars"](KINDS["timestamps"])
    model = SkipLayerRegressor(n_units=2, n_starts=2, inner_folds=3).fit(frame, Y)
    model.save(tmp_path / "model.safetensors")
    loaded = load_model(tmp_path / "model.safetensors")
    assert loaded.n_features_in_ == 1 and list(loaded.feature_names_in_) == ["at"]
    np.testing.assert_array_equal(loaded.predict(frame), model.predict(frame))


def test_what_is_read_as_a_date_is_said():
    compact = [int(day.strftime("%Y%m%d")) for day in DAYS]
    with pytest.warns(UserWarning, match="numbers of eight digits that are all days of the calendar are read as dates"):
        of_numbers = SkipLayerRegressor(method="linear").fit(pd.DataFrame({"at": compact}), Y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dates = pl.DataFrame({"at": DAYS})
        of_dates = SkipLayerRegressor(method="linear").fit(dates, Y)
        expected = of_dates.predict(dates)
        for model in (of_dates, of_numbers):
            for frame in (dates, pd.DataFrame({"at": compact}), pd.DataFrame({"at": [day.strftime("%d.%m.%Y") for day in DAYS]})):
                np.testing.assert_array_equal(model.predict(frame), expected)


@pytest.mark.filterwarnings("ignore::skiplayer.SkipLayerWarning")
def test_clocks_that_cannot_be_compared_are_refused():
    naive, berlin = (pl.DataFrame({"at": KINDS[kind]}) for kind in ("timestamps", "timestamps in Berlin"))
    model = SkipLayerRegressor(method="linear").fit(naive, Y)
    with pytest.raises(ValueError, match="found timestamps in Europe/Berlin, expected timestamps without a time zone"):
        model.predict(berlin)
    with pytest.raises(ValueError, match="column `at`: found numbers, expected timestamps"):
        model.predict(pl.DataFrame({"at": np.arange(3.0)}))
    mixed = pd.DataFrame({"at": pd.Series([KINDS["timestamps"][0], KINDS["timestamps in Berlin"][0]] * 9, dtype=object)})
    with pytest.raises(TypeError, match="Column 'at' of X: found timestamps with a time zone beside others without one"):
        SkipLayerRegressor().fit(mixed, np.arange(18.0))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns", "m", "h", "D"])
def test_an_instant_is_one_number_in_whichever_unit(unit):
    hours = np.arange("2021-01-04", "2021-03-15", 24 if unit == "D" else 7, dtype="datetime64[h]")[:70]
    frame = pd.DataFrame({"at": hours.astype(f"datetime64[{unit}]")})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = np.arange(70.0) + np.sin(np.arange(70.0))
        model = SkipLayerRegressor(method="linear").fit(frame, y)
        reference = SkipLayerRegressor(method="linear").fit(pd.DataFrame({"at": hours.astype("datetime64[s]")}), y)
        np.testing.assert_array_equal(model.predict(frame), reference.predict(frame))


@pytest.mark.filterwarnings("ignore::skiplayer.SkipLayerWarning")
def test_dates_that_are_declared_categories_are_levels():
    days = pd.Categorical(pd.to_datetime(DAYS).to_period("Q").to_timestamp())
    y = days.codes + 0.1 * RANDOM.normal(size=N)
    model = SkipLayerRegressor(method="linear").fit(pd.DataFrame({"quarter": days}), y)
    assert {"2021-01-01", "2021-04-01"} <= {term.level for term in model.linear_part_}
    coded = pa.table({"quarter": pa.array(days.astype(object), pa.timestamp("us")).dictionary_encode()})
    np.testing.assert_array_equal(SkipLayerRegressor(method="linear").fit(coded, y).predict(coded), model.predict(coded))


@pytest.mark.filterwarnings("ignore::skiplayer.SkipLayerWarning")
def test_times_of_folds_are_of_any_kind():
    x = np.arange(float(N))[:, None] % 7
    told = []
    for times in (DAYS, pd.Series(pd.to_datetime(DAYS)), pl.Series(DAYS), pa.array(DAYS), [str(day) for day in DAYS], pd.Series(pd.to_datetime(DAYS, utc=True))):
        evaluation = SkipLayerRegressor(method="linear").evaluate(x, Y, times=times, folds=3)
        told.append([entry.mean for entry in evaluation.contenders])
    assert all(scores == told[0] for scores in told)
