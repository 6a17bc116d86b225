"""pandas, polars and whatever speaks Arrow say the same thing."""

import datetime
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from skiplayer import SkipLayerClassifier, SkipLayerRegressor, SkipLayerWarning
from skiplayer._skiplayer import arrow_columns


class Stream:
    """A frame of a library that nobody knows: it speaks Arrow, and nothing else."""

    def __init__(self, data):
        self._data = data

    def __arrow_c_stream__(self, requested_schema=None):
        return self._data.__arrow_c_stream__(requested_schema)


class Batch:
    """The same in one piece."""

    def __init__(self, data):
        self._data = data

    def __arrow_c_array__(self, requested_schema=None):
        return self._data.__arrow_c_array__(requested_schema)


def cells(n=80):
    random = np.random.default_rng(0)
    colour = [[None, "red", "green", "blue"][k] for k in random.integers(0, 4, n)]
    size = [None if k == 0 else float(k) for k in random.integers(0, 6, n)]
    flag = [bool(k) for k in random.integers(0, 2, n)]
    day = [datetime.date(2020, 1, 1) + datetime.timedelta(int(k)) for k in random.permutation(n) * 2]
    y = np.array([{"red": 3.0}.get(c, 0.0) + 2 * (s or 2.5) + f for c, s, f in zip(colour, size, flag)])
    return {"colour": colour, "size": size, "flag": flag, "day": day}, y + 0.1 * random.normal(size=n)


def frames():
    data, y = cells()
    del data["day"]
    table = pa.table(data)
    halves = pa.concat_tables([table.slice(0, 30), table.slice(30)])
    coded = [half.set_column(0, "colour", half["colour"].dictionary_encode()) for half in (halves[:30], halves[30:])]
    return {
        "pandas": (pd.DataFrame(data).astype({"colour": "category"}), y),
        "pandas, plain": (pd.DataFrame(data), y),
        "pandas, objects": (pd.DataFrame(data, dtype=object), y),
        "pandas, nullable": (pd.DataFrame(data).astype({"colour": "string", "size": "Float64", "flag": "boolean"}), y),
        "pandas, Arrow": (table.to_pandas(types_mapper=pd.ArrowDtype), y),
        "polars": (pl.DataFrame(data).with_columns(pl.col("colour").cast(pl.Categorical)), pl.Series(y)),
        "polars, plain": (pl.DataFrame(data), y),
        "Arrow": (table, pa.array(y)),
        "Arrow, in pieces": (halves, pa.chunked_array([y[:30], y[30:]])),
        "Arrow, dictionaries of their own": (pa.concat_tables(coded, promote_options="none"), y),
        "record batch": (table.to_batches()[0], y),
        "stream": (Stream(halves), Stream(pa.chunked_array([y[:30], y[30:]]))),
        "batch": (Batch(table.to_batches()[0]), Batch(pa.array(y))),
    }


@pytest.mark.parametrize("library", frames())
def test_categories_and_gaps_are_understood(library):
    X, y = frames()[library]
    model = SkipLayerRegressor(method="linear").fit(X, y)
    terms = {str(term) for term in model.linear_part_}
    assert {"size", "size missing", "colour missing", "flag=true", "flag=false"} <= terms
    reference = SkipLayerRegressor(method="linear").fit(*frames()["pandas"])
    np.testing.assert_array_equal(model.predict(X), reference.predict(frames()["pandas"][0]))
    assert reference.score(*frames()["pandas"]) > 0.95
    assert list(model.feature_names_in_) == ["colour", "size", "flag"]
    # A model does not care which library its next rows come from.
    np.testing.assert_array_equal(reference.predict(X), model.predict(X))


def test_a_reader_is_read_once():
    X, y = frames()["Arrow"]
    model = SkipLayerRegressor(method="linear").fit(X, y)
    reader = pa.RecordBatchReader.from_batches(X.schema, X.to_batches(max_chunksize=7))
    np.testing.assert_array_equal(model.predict(reader), model.predict(X))


DAY = 86400.0
NUMBERS = [
    (pa.array([1, None], pa.int8()), [1, np.nan]),
    (pa.array([2**40, None], pa.uint64()), [2.0**40, np.nan]),
    (pa.array([0.5, None], pa.float16()), [0.5, np.nan]),
    (pa.array([0.1, float("nan")]), [0.1, np.nan]),
    (pa.array([None, None]), [np.nan, np.nan]),
    (pa.array([decimal.Decimal("0.1"), None], pa.decimal128(9, 3)), [0.1, np.nan]),
    (pa.array([datetime.date(1970, 1, 3), None]), [2, np.nan]),
    (pa.array([datetime.date(1970, 1, 3), None], pa.date64()), [2, np.nan]),
    (pa.array([datetime.datetime(1970, 1, 2, 0, 0, 1), None], pa.timestamp("ns")), [DAY + 1, np.nan]),
    (pa.array([datetime.datetime(1970, 1, 2), None], pa.timestamp("ms", "Asia/Tokyo")), [DAY, np.nan]),
    (pa.array([datetime.time(1), None], pa.time32("s")), [3600, np.nan]),
    (pa.array([datetime.time(1), None], pa.time64("us")), [3600, np.nan]),
    (pa.array([datetime.timedelta(hours=1), None]), [3600, np.nan]),
]


@pytest.mark.parametrize(("array", "expected"), NUMBERS, ids=lambda part: str(getattr(part, "type", "")))
def test_numbers_of_arrow(array, expected):
    ((name, cells),) = arrow_columns(array)
    np.testing.assert_array_equal(cells[0] if isinstance(cells, tuple) else cells, np.array(expected, float))
    assert name == ""


TEXT = [
    (pa.array(["b", None, "a", "b"]), ["b", None, "a", "b"]),
    (pa.array(["b", None, ""], pa.large_string()), ["b", None, ""]),
    (pa.array(["longer than twelve bytes", None], pa.string_view()), ["longer than twelve bytes", None]),
    (pa.array([True, None, False]), ["true", None, "false"]),
    (pa.array(["b", None, "a"]).dictionary_encode(), ["b", None, "a"]),
    (pa.DictionaryArray.from_arrays([1, 0, None], pa.array(["a", None])), [None, "a", None]),
    # Whoever makes a dictionary of numbers means categories.
    (pa.array([7, 3, None]).dictionary_encode(), ["7", "3", None]),
    (pa.array([7.0, 2.5]).dictionary_encode(), ["7", "2.5"]),
    (pa.chunked_array([["a"], [], ["b", "a"]]), ["a", "b", "a"]),
]


@pytest.mark.parametrize(("array", "expected"), TEXT, ids=lambda part: str(getattr(part, "type", "")))
def test_text_of_arrow(array, expected):
    ((_, (codes, levels, _)),) = arrow_columns(array)
    assert [None if code < 0 else levels[code] for code in codes] == expected


def test_types_that_are_no_cells_are_named():
    with pytest.raises(TypeError, match='Column "pair" is of type .*List.*, expected numbers, text'):
        SkipLayerRegressor().fit(pa.table({"a": [1.0, 2.0], "pair": [[1], [2]]}), [1.0, 2.0])
    with pytest.raises(TypeError, match="must be a string or a number, not 'list'"):
        SkipLayerRegressor().fit(pd.DataFrame({"pair": [[1], [2]]}), [1.0, 2.0])
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        SkipLayerRegressor().fit(pa.array([1.0, 2.0]), [1.0, 2.0])
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        SkipLayerRegressor().fit(pl.Series([1.0, 2.0]), [1.0, 2.0])


@pytest.mark.parametrize("library", ["pandas", "Arrow"])
def test_declared_categories_are_categories_even_if_they_are_numbers(library):
    zone = np.arange(60) % 3 + 10
    y = np.array([0.0, 5.0, 1.0])[zone - 10] + 0.1 * np.random.default_rng(0).normal(size=60)
    frame = pd.DataFrame({"zone": pd.Categorical(zone)})
    frame = frame if library == "pandas" else pa.table({"zone": pa.array(zone).dictionary_encode()})
    model = SkipLayerRegressor(method="linear").fit(frame, y)
    kinds = {term.level: term.kind for term in model.linear_part_}
    assert kinds == {"10": "reference", "11": "level", "12": "level"} and model.score(frame, y) > 0.99


def test_classes_come_from_any_library():
    X, y = frames()["Arrow"]
    words = np.where(y > np.median(y), "dear", "cheap")
    reference = SkipLayerClassifier(method="linear").fit(X, words)
    for labels in (pa.array(words), pl.Series(words), pd.Series(words, dtype="category"), Stream(pa.chunked_array([words]))):
        model = SkipLayerClassifier(method="linear").fit(X, labels)
        assert list(model.classes_) == ["cheap", "dear"]
        np.testing.assert_array_equal(model.predict_proba(X), reference.predict_proba(X))


@pytest.mark.parametrize("convert", [lambda X: X, pl.from_pandas, pa.Table.from_pandas, lambda X: Stream(pa.table(X))])
def test_names_of_the_frame_are_asked_for(convert):
    X, y = frames()["pandas"]
    model = SkipLayerRegressor(method="linear").fit(X, y)
    with pytest.raises(ValueError, match="(?s)feature names.*unseen at fit time:\n- length\n.*now missing:\n- size\n"):
        model.predict(convert(X.rename(columns={"size": "length"})))
    with pytest.raises(ValueError, match="in the same order"):
        model.predict(convert(X[["size", "colour", "flag"]]))


def test_levels_that_training_did_not_have_are_said():
    X, y = frames()["pandas"]
    model = SkipLayerRegressor(method="linear").fit(X.dropna(), y[X.notna().all(axis=1)])
    strange = X.dropna().head(3).astype({"colour": object})
    strange.iloc[0, strange.columns.get_loc("colour")] = "mauve"
    with pytest.warns(UserWarning, match="mauve"):
        assert np.isfinite(model.predict(strange)).all()
    with pytest.raises(ValueError, match="no category of training"):
        model.predict(strange.assign(colour="mauve"))


def test_sparse_matrices_and_lazy_frames_get_a_clear_answer():
    with pytest.raises(TypeError, match="[Ss]parse.*dense data is required"):
        SkipLayerRegressor().fit(sparse.csr_matrix(np.eye(20)), np.arange(20.0))
    with pytest.raises(TypeError, match="collect"):
        SkipLayerRegressor().fit(pl.DataFrame({"a": np.arange(20.0)}).lazy(), np.arange(20.0))


def test_a_target_called_like_an_input_gets_another_name():
    X, y = frames()["pandas"]
    model = SkipLayerRegressor(method="linear").fit(X, pd.Series(y, name="size"))
    assert model.record_["targets"] == ["size_"]


def test_frames_after_an_array_are_taken_by_order():
    X = np.random.default_rng(0).normal(size=(60, 4))
    model = SkipLayerRegressor(method="linear").fit(X, X @ [1.0, -2.0, 3.0, 0.5])
    expected = model.predict(X)
    for names in (["x4", "x3", "x2", "x1"], list("abcd")):
        data = dict(zip(names, X.T))
        for frame in (pd.DataFrame(data), pl.DataFrame(data), pa.table(data), Stream(pa.table(data))):
            with pytest.warns(UserWarning, match="X has feature names, but SkipLayerRegressor was fitted without feature names"):
                np.testing.assert_array_equal(model.predict(frame), expected)
    with pytest.raises(ValueError, match="X has 3 features, but SkipLayerRegressor is expecting 4"), pytest.warns(UserWarning):
        model.predict(pl.DataFrame(X[:, :3]))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table, lambda data: Stream(pa.table(data))])
def test_columns_of_nothing_are_missing_cells(library):
    data, y = cells()
    colour = [c or "red" for c in data["colour"]]
    model = SkipLayerRegressor(method="linear").fit(library({"size": data["size"], "colour": colour}), y)
    gone = model.predict(library({"size": [2.0], "colour": [None]}))
    np.testing.assert_array_equal(gone, model.predict(pd.DataFrame({"size": [2.0], "colour": [np.nan]}, dtype=object)))
    with_nothing = SkipLayerRegressor(method="linear").fit(library({"size": data["size"], "none": [None] * len(y)}), y)
    assert with_nothing.predict(library({"size": [1.0], "none": [None]})).shape == (1,)


def objects():
    n = 80
    k = np.random.default_rng(1).integers(0, 9, n)
    return {
        "decimals": (pd.Series([decimal.Decimal(int(i)) for i in k], dtype=object), k),
        "times of day": (pd.Series([datetime.time(int(i)) for i in k], dtype=object), 3600 * k),
        "durations": (pd.Series([datetime.timedelta(hours=int(i)) for i in k], dtype=object), 3600 * k),
        "durations of pandas": (pd.Series(pd.to_timedelta(k, "h")), 3600 * k),
        "numbers as objects": (pd.Series(k.astype(float), dtype=object), k),
    }


@pytest.mark.parametrize("what", objects())
def test_objects_that_are_numbers_are_read_as_such(what):
    column, number = objects()[what]
    y = number / number.max() + 0.01 * np.random.default_rng(2).normal(size=len(number))
    model = SkipLayerRegressor(method="linear").fit(pd.DataFrame({"a": column}), y)
    plain = SkipLayerRegressor(method="linear").fit(pd.DataFrame({"a": number.astype(float)}), y)
    np.testing.assert_allclose(model.predict(pd.DataFrame({"a": column})), plain.predict(pd.DataFrame({"a": number.astype(float)})))


def test_whole_numbers_that_floats_cannot_tell_apart_are_names():
    ids = 1_382_016_600_011_617_669 + np.arange(60) % 3
    y = np.array([0.0, 5.0, 1.0])[np.arange(60) % 3] + 0.1 * np.random.default_rng(0).normal(size=60)
    frames = [pd.DataFrame({"id": ids}), pd.DataFrame({"id": pd.Series(ids, dtype="Int64")}), pl.DataFrame({"id": ids}), pa.table({"id": ids})]
    for frame in frames:
        with pytest.warns(UserWarning, match="whole numbers beyond 2\\^53 such as 1382016600011617669 are read as names"):
            model = SkipLayerRegressor(method="linear").fit(frame, y)
        assert model.score(frame, y) > 0.99
        for other in frames:
            np.testing.assert_array_equal(model.predict(other), model.predict(frame))


def test_intervals_are_categories():
    X = np.random.default_rng(0).normal(size=80)
    bins = pd.cut(X, [-9, -0.5, 0.5, 9])
    model = SkipLayerRegressor(method="linear").fit(pd.DataFrame({"bin": bins}), np.asarray(bins.codes, float))
    assert {term.level for term in model.linear_part_} == {"(-9.0, -0.5]", "(-0.5, 0.5]", "(0.5, 9.0]"}
    assert model.predict(pd.DataFrame({"bin": pd.cut([2.0], [-9, -0.5, 0.5, 9])}))[0] == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize("cell", [b"bytes", [1], {"a": 1}, 1j, object()])
def test_objects_that_are_no_cells_are_refused_by_column(cell):
    with pytest.raises((TypeError, ValueError), match="'odd'|Complex"):
        SkipLayerRegressor().fit(pd.DataFrame({"a": np.arange(9.0), "odd": [cell] * 9}), np.arange(9.0))


TRUTHS = {
    "bool": lambda truth: pd.Series(truth),
    "nullable": lambda truth: pd.Series(truth, dtype="boolean"),
    "Arrow": lambda truth: pd.Series(truth, dtype=pd.ArrowDtype(pa.bool_())),
    "objects": lambda truth: pd.Series(truth, dtype=object),
    "whole numbers": lambda truth: pd.Series(truth.astype(int)),
    "numbers": lambda truth: pd.Series(truth.astype(float)),
    "words": lambda truth: pd.Series(truth.astype(str)),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("fitted", TRUTHS.keys() - {"words"})
@pytest.mark.parametrize("new", TRUTHS)
def test_truth_values_are_the_same_content_however_they_are_written(fitted, new):
    if new == "words" and fitted in ("numbers", "whole numbers"):
        pytest.skip("words are no numbers")
    random = np.random.default_rng(0)
    truth, x = random.random(80) > 0.4, random.normal(size=80)
    frame = lambda kind: pd.DataFrame({"truth": TRUTHS[kind](truth), "x": x})
    model = SkipLayerRegressor(method="linear").fit(frame(fitted), 3.0 * truth + x)
    expected = model.predict(frame(fitted))
    np.testing.assert_allclose(model.predict(frame(new)), expected, atol=1e-12)
    if new != "Arrow":
        np.testing.assert_allclose(model.predict(pl.from_pandas(frame(new))), expected, atol=1e-12)


def test_text_that_is_numbers_is_said():
    prices = pd.DataFrame({"price": [f"${1000 + i % 20:,.2f}" for i in range(60)], "x": np.arange(60.0) ** 2 % 7})
    with pytest.warns(SkipLayerWarning, match=r"60 of 60 cells are numbers with thousands commas and `\$`: make it numbers"):
        SkipLayerRegressor(method="linear").fit(prices, np.arange(60.0) % 5)


def test_arrays_may_begin_anywhere_in_memory():
    def shifted(array):
        array = np.asarray(array)
        moved = np.frombuffer(b"\0" + array.tobytes(), dtype=array.dtype, offset=1).reshape(array.shape)
        assert not moved.flags.aligned
        return moved

    random = np.random.default_rng(0)
    X, weight = random.normal(size=(60, 2)), random.uniform(1, 2, size=60)
    y, groups = X[:, 0] + 0.1 * random.normal(size=60), np.arange(60) % 20
    fit = lambda *arrays: SkipLayerRegressor(method="linear").fit(*arrays)
    model = fit(X, y, weight, groups)
    moved = fit(*map(shifted, (X, y, weight, groups)))
    assert bytes(moved.model_.to_bytes()) == bytes(model.model_.to_bytes())
    np.testing.assert_array_equal(model.predict(shifted(X)), model.predict(X))


@pytest.mark.parametrize("kind", ["string", "large_string", "dictionary"])
def test_arrow_may_begin_anywhere_in_memory(kind):
    random = np.random.default_rng(0)
    hue = pa.array(random.choice(["red", "green", "blue"], size=60), pa.large_string() if kind == "large_string" else pa.string())
    x = pa.array(random.normal(size=60))
    y = np.asarray(x) + (np.asarray(hue) == "red") + 0.1 * random.normal(size=60)

    def shifted(array):
        if kind == "dictionary" and array is hue:
            coded = hue.dictionary_encode()
            return pa.DictionaryArray.from_arrays(moved(coded.indices), moved(coded.dictionary))
        return moved(array)

    def moved(array):
        buffers = [None if b is None else pa.py_buffer(b"\0" + b.to_pybytes()).slice(1) for b in array.buffers()]
        assert any(b is not None and b.address % 8 for b in buffers)
        return pa.Array.from_buffers(array.type, len(array), buffers)

    plain = pa.table({"hue": hue.dictionary_encode() if kind == "dictionary" else hue, "x": x})
    table = pa.table({"hue": shifted(hue), "x": shifted(x)})
    model = SkipLayerRegressor(method="linear").fit(plain, y)
    for other in (table, table.to_batches()[0]):
        again = SkipLayerRegressor(method="linear").fit(other, y)
        assert bytes(again.model_.to_bytes()) == bytes(model.model_.to_bytes())
        np.testing.assert_array_equal(model.predict(other), model.predict(plain))
