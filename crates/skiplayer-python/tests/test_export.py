"""Models as ONNX, SQL and JSON: other programs predict what the model predicts."""

import datetime
import json
import sqlite3

import duckdb
import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from skl2onnx import to_onnx
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skiplayer.onnx  # noqa: F401
from skiplayer import SkipLayerClassifier, SkipLayerRegressor, SkipLayerSurvival
from test_conformance import CASES, fitted, mixed_table

CALENDAR = {"date": 86_400, "timestamp": 1, "instant": 1}


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case["name"])
def model_and_rows(request):
    """A model of each case, its rows and some with gaps and categories that training did not have."""
    model, frame = fitted(request.param)
    rows = frame.iloc[:40].copy().reset_index(drop=True)
    random = np.random.default_rng(1)
    for name in rows.columns:
        rows[name] = rows[name].astype(object).where(random.random(len(rows)) > 0.2, None)
    if "town" in rows:
        rows.loc[3:5, "town"] = "Atlantis"
    if "visits" in rows:
        rows["visits"] = rows["visits"].astype("float64")
    both = pd.concat([frame.astype(object), rows], ignore_index=True)
    for name in frame.columns:
        if pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name]):
            both[name] = both[name].astype("float64")
    return model, both


def steps_of(model, tmp_path, **options):
    model.export(tmp_path / "steps.json", **options)
    return json.loads((tmp_path / "steps.json").read_text())


def seconds(cell):
    """Of a date or a timestamp as the tables of the cases write them."""
    return datetime.datetime.fromisoformat(cell).replace(tzinfo=datetime.UTC).timestamp()


def is_gap(cell):
    return cell is None or cell != cell or cell is pd.NaT


def feed(frame, columns):
    """Cells as ONNX takes them."""
    arrays = {}
    for column in columns:
        cells, holds = frame[column["column"]].tolist(), column["holds"]
        if holds == "category":
            words = ["" if is_gap(cell) else str(cell) for cell in cells]
            arrays[column["name"]] = np.array(words, dtype=object).reshape(-1, 1)
            continue
        if holds in CALENDAR:
            cells = [np.nan if is_gap(cell) else seconds(cell) / CALENDAR[holds] for cell in cells]
        elif holds == "time_of_day":
            parts = [None if is_gap(cell) else datetime.time.fromisoformat(cell) for cell in cells]
            cells = [np.nan if part is None else 3600 * part.hour + 60 * part.minute + part.second for part in parts]
        arrays[column["name"]] = np.array([np.nan if is_gap(cell) else cell for cell in cells], dtype=float).reshape(-1, 1)
    return arrays


def run(path, frame, columns):
    session = onnxruntime.InferenceSession(path)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, feed(frame, columns))))


def assert_close(actual, expected):
    """To 1e-12 of what is large among the predictions; of probabilities, of one."""
    expected = np.asarray(expected, dtype=float)
    np.testing.assert_allclose(np.asarray(actual, dtype=float), expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


def means(model, frame):
    """What other programs predict: of durations the hazard ratio."""
    predicted = model.predict(frame)
    return (np.exp(predicted) if isinstance(model, SkipLayerSurvival) else predicted).reshape(len(frame), -1)


@pytest.mark.filterwarnings("ignore")
def test_onnx_runtime_predicts_what_the_model_predicts(model_and_rows, tmp_path):
    model, frame = model_and_rows
    model.export(tmp_path / "model.onnx")
    onnx.checker.check_model(tmp_path / "model.onnx", full_check=True)
    columns = steps_of(model, tmp_path)["columns"]
    told = run(tmp_path / "model.onnx", frame, columns)
    if isinstance(model, SkipLayerClassifier):
        assert_close(told["probability"], model.predict_proba(frame))
        np.testing.assert_array_equal(told["label"], model.predict(frame).astype(str))
    else:
        assert_close(told["prediction"], means(model, frame))
    one = run(tmp_path / "model.onnx", frame.iloc[:1], columns)
    assert all(len(values) == 1 for values in one.values())


TYPES = {
    "duckdb": {"category": "VARCHAR", "date": "TIMESTAMP", "timestamp": "TIMESTAMP", "time_of_day": "TIME", "number": "DOUBLE"},
    "sqlite": {},
    "postgres": {"category": "TEXT", "date": "DATE", "timestamp": "TIMESTAMP", "time_of_day": "TIME", "number": "FLOAT8"},
}


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """A server of the package pgserver, which has no wheels for all versions of Python: without it the tests are skipped."""
    server = pytest.importorskip("pgserver").get_server(tmp_path_factory.mktemp("postgres"))
    yield pytest.importorskip("psycopg2").connect(server.get_uri())
    server.cleanup()


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def database(request):
    """The name of a dialect, and a connection to a database of it."""
    if request.param == "postgres":
        return request.param, request.getfixturevalue("postgres")
    return request.param, duckdb.connect() if request.param == "duckdb" else sqlite3.connect(":memory:")


def select(database, frame, model, tmp_path, **options):
    """What the query of a model says of a frame in a table of a database, in the order of its rows."""
    dialect, connection = database
    columns = steps_of(model, tmp_path)["columns"]
    names = ['"' + column["name"].replace('"', '""') + '"' for column in columns]
    declared = [f"{name} {TYPES[dialect].get(column['holds'], '')}" for name, column in zip(names, columns)]
    cursor = connection.cursor()
    cursor.execute('DROP TABLE IF EXISTS "some rows"')
    cursor.execute(f'CREATE TABLE "some rows" ("row" INTEGER, {", ".join(declared)})')
    cells = [[None if is_gap(cell) else cell for cell in frame[column["name"]].tolist()] for column in columns]
    for own, column in zip(cells, columns):
        if column["holds"] == "category":
            own[:] = [None if cell is None else str(cell) for cell in own]
    marks = ", ".join(["%s" if dialect == "postgres" else "?"] * (len(columns) + 1))
    cursor.executemany(f'INSERT INTO "some rows" VALUES ({marks})', list(zip(range(len(frame)), *cells)))
    path = tmp_path / "query.sql"
    model.export(path, dialect=dialect, table='"some rows"', key=["row"], **options)
    cursor.execute(path.read_text())
    names = [column[0] for column in cursor.description]
    rows = sorted(cursor.fetchall())
    return dict(zip(names, map(list, zip(*rows))))


@pytest.mark.filterwarnings("ignore")
def test_databases_predict_what_the_model_predicts(model_and_rows, database, tmp_path):
    model, frame = model_and_rows
    told = select(database, frame, model, tmp_path)
    assert told.pop("row") == list(range(len(frame)))
    labels = told.pop("prediction") if isinstance(model, SkipLayerClassifier) else None
    numbers = np.column_stack(list(told.values()))
    if labels is None:
        assert_close(numbers, means(model, frame))
    else:
        assert list(told) == [f"p_{label}" for label in model.classes_]
        assert_close(numbers, model.predict_proba(frame))
        assert labels == model.predict(frame).astype(str).tolist()


def smooth(n, seed=0):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": random.normal(size=n), "b": random.normal(size=n), "c": random.choice(["u", "v", "w"], n)})
    frame.loc[::9, "a"] = np.nan
    return frame, np.nan_to_num(frame["a"]) + 2 * np.tanh(frame["b"]) + (frame["c"] == "u") + 0.3 * random.normal(size=n)


QUICK = {"n_units": 2, "n_starts": 2, "inner_folds": 2}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("task", ["numbers", "counts", "amounts", "two classes", "three classes", "in time", "counts in time"])
def test_intervals_and_sets_are_those_of_the_model(task, database, tmp_path):
    frame, y = smooth(150)
    times = np.arange(150.0)
    estimator = (SkipLayerClassifier if "classes" in task else SkipLayerRegressor)(**QUICK)
    if "counts" in task:
        estimator.set_params(loss="poisson")
    if task == "amounts":
        estimator.set_params(loss="gamma")
    targets = {
        "numbers": y, "in time": y, "counts": np.floor(np.exp(y / 2)), "counts in time": np.floor(np.exp(y / 2)), "amounts": np.exp(y / 2),
        "two classes": np.where(y > 0, "yes", "no"), "three classes": np.digitize(y, [-0.5, 0.7]),
    }[task]
    roles = {"times": times} if "in time" in task else {}
    estimator.evaluate(frame, targets, folds=3, repeats=1, **roles)
    new, _ = smooth(40, seed=1)
    estimator.export(tmp_path / "model.onnx", level=0.9)
    columns = steps_of(estimator, tmp_path, level=0.9)["columns"]
    told = run(tmp_path / "model.onnx", new, columns)
    if "classes" in task:
        np.testing.assert_array_equal(told["set"], estimator.predict_set(new, level=0.9))
        assert_close(told["calibrated"], estimator.predict_proba(new, calibrated=True))
    else:
        lower, upper = estimator.predict_interval(new, level=0.9).T
        assert_close(told["lower"][:, 0], lower)
        assert_close(told["upper"][:, 0], upper)
        assert ("counts" in task) == np.array_equal([lower, upper], np.round([lower, upper]))
    if task in ("numbers", "counts", "amounts"):
        with pytest.raises(ValueError, match='(?s)CV\\+ intervals, which rest on 3 more models.*to="onnx"'):
            estimator.export(tmp_path / "model.sql", level=0.9)
        assert not (tmp_path / "model.sql").exists()
        return
    rows = select(database, new, estimator, tmp_path, level=0.9)
    if "in time" in task:
        assert_close(rows["lower"], lower)
        assert_close(rows["upper"], upper)
    else:
        classes = [str(label) for label in estimator.classes_]
        assert_close(np.column_stack([rows[f"calibrated_{label}"] for label in classes]), told["calibrated"])
        sets = ["|".join(label for label, is_in in zip(classes, members) if is_in) for members in told["set"]]
        assert rows["set"] == sets


def test_what_cannot_be_exported_is_said(tmp_path):
    frame, y = smooth(60)
    model = SkipLayerRegressor(method="linear").fit(frame, y)
    with pytest.raises(ValueError, match="fitted without evaluation"):
        model.export(tmp_path / "m.onnx", level=0.9)
    with pytest.raises(ValueError, match='to: found "txt", expected one of "onnx", "sql", "json"'):
        model.export(tmp_path / "m.txt")
    with pytest.raises(ValueError, match="key: found `prediction`, which is the name of an output"):
        model.export(tmp_path / "m.sql", key=["prediction"])
    with pytest.raises(ValueError, match="found a folder"):
        model.export(tmp_path, to="onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("ignore")
def test_names_that_queries_have_to_quote(database, tmp_path):
    random = np.random.default_rng(2)
    frame = pd.DataFrame({'say "hi"': random.normal(size=80), "_x1": random.normal(size=80), "select": random.choice(["it's", "a;b"], 80)})
    y = frame['say "hi"'] - frame["_x1"] + 2 * (frame["select"] == "it's")
    model = SkipLayerRegressor(method="linear").fit(frame, y)
    assert_close(select(database, frame, model, tmp_path)["prediction"], model.predict(frame))


@pytest.mark.filterwarnings("ignore")
def test_a_query_reads_every_kind_of_column_of_a_file(tmp_path):
    table, sales = mixed_table()
    # A query takes dates from columns of dates, not from text or numbers that are written like them.
    table = table.drop_columns(["written", "eight_digits"])
    took, clock = (table[name].cast("int64", safe=False).to_numpy() / 6e7 for name in ("took", "clock"))
    sales = sales + took / 10 + clock / 100 + table["cost"].cast("float64").to_numpy()
    sales = sales + 2.0 * np.unique(table["identifier"].to_numpy(), return_inverse=True)[1]
    pyarrow.parquet.write_table(table.append_column("row", pa.array(np.arange(len(table)))), tmp_path / "table.parquet")
    model = SkipLayerRegressor(method="linear").fit(table, pd.Series(sales, name="sales"))
    # Parquet has durations of Arrow as whole numbers.
    rows = f"(SELECT * REPLACE (to_microseconds(took) AS took) FROM read_parquet('{tmp_path / 'table.parquet'}'))"
    model.export(tmp_path / "m.sql", table=rows, key=["row"])
    told = sorted(duckdb.connect().execute((tmp_path / "m.sql").read_text()).fetchall())
    holds = {column["holds"] for column in steps_of(model, tmp_path)["columns"]}
    assert holds >= {"date", "timestamp", "instant", "duration", "category", "number"}
    assert_close([prediction for _, prediction in told], model.predict(table))


def test_truth_values_are_recognised_in_the_words_of_programs(tmp_path):
    random = np.random.default_rng(2)
    frame = pd.DataFrame({"a": random.normal(size=80), "member": random.random(80) > 0.4})
    model = SkipLayerRegressor(method="linear").fit(frame, frame["a"] + frame["member"])
    model.export(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for yes, no in (("true", "false"), ("True", "False"), ("1", "0"), ("1.0", "0.0"), ("YES", "NO")):
        words = np.where(frame["member"], yes, no).astype(object).reshape(-1, 1)
        (told,) = session.run(None, {"a": frame[["a"]].to_numpy(), "member": words})
        assert_close(told[:, 0], model.predict(frame))


@pytest.mark.filterwarnings("ignore")
def test_pipelines_are_converted_with_their_last_step():
    X = np.random.default_rng(3).normal(size=(150, 3))
    y = X[:, 0] + np.tanh(2 * X[:, 1])
    numbers = make_pipeline(StandardScaler(), SkipLayerRegressor(**QUICK)).fit(X, y)
    session = onnxruntime.InferenceSession(to_onnx(numbers, X).SerializeToString())
    (told,) = session.run(None, {"X": X})
    assert_close(told[:, 0], numbers.predict(X))
    two = make_pipeline(StandardScaler(), SkipLayerRegressor(**QUICK)).fit(X, np.column_stack([y, -y]))
    (told,) = onnxruntime.InferenceSession(to_onnx(two, X).SerializeToString()).run(None, {"X": X})
    assert_close(told, two.predict(X))
    for labels in (np.digitize(y, [-0.5, 0.5]) + 7, np.where(y > 0, "yes", "no")):
        classes = make_pipeline(StandardScaler(), SkipLayerClassifier(**QUICK)).fit(X, labels)
        session = onnxruntime.InferenceSession(to_onnx(classes, X).SerializeToString())
        label, probabilities = session.run(None, {"X": X})
        np.testing.assert_array_equal(label, classes.predict(X))
        assert_close(probabilities, classes.predict_proba(X))


def test_a_category_inside_a_pipeline_is_refused():
    frame, y = smooth(60)
    model = SkipLayerRegressor(method="linear").fit(frame[["c"]], y)
    with pytest.raises(ValueError, match="Column 'c' is a category"):
        to_onnx(model, frame[["c"]].to_numpy(dtype=str))
