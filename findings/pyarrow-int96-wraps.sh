#!/bin/sh
# pyarrow reads far dates that are stored as INT96, as Spark and Hive store timestamps, as other dates, without a word.
#
# Versions: pyarrow 26.0.1, polars 2.1.0, CPython's wheels from PyPI.
# Input: two timestamps in microseconds, 9999-12-31 and 2024-01-01, written to Parquet as INT96, which holds both exactly
#   (a day number and nanoseconds of the day: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift).
# Behaviour: `pyarrow.parquet.read_table` (and pandas through it) converts to 64-bit nanoseconds, which end in 2262, and wraps:
#   9999-12-31 comes back as 1816-03-29 05:56:08.066277376. `coerce_int96_timestamp_unit='us'` reads the right date, and so does
#   polars, which reads microseconds. 9999-12-31 is the usual "until further notice" of databases.
# Seen: printed below. The script fails if pyarrow reads the date right, refuses it, or wraps to another one.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1 polars==2.1.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import datetime

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

dates = [datetime.datetime(9999, 12, 31), datetime.datetime(2024, 1, 1)]
table = pa.table({"until": pa.array(dates, pa.timestamp("us"))})
pq.write_table(table, "until.parquet", use_deprecated_int96_timestamps=True)

wrapped = pq.read_table("until.parquet")["until"].cast(pa.int64()).to_pylist()
exact = pq.read_table("until.parquet", coerce_int96_timestamp_unit="us")["until"].to_pylist()
by_polars = pl.read_parquet("until.parquet")["until"].to_list()
first = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=wrapped[0] // 1000)
print("written:", dates[0])
print("pyarrow", pa.__version__, "reads:", first)
print("pyarrow with microseconds reads:", exact[0])
print("polars", pl.__version__, "reads:", by_polars[0])
assert first == datetime.datetime(1816, 3, 29, 5, 56, 8, 66277), first
assert exact == dates and by_polars == dates
PYTHON
