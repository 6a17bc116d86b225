#!/bin/sh
# One column of 128-bit integers of polars makes a Parquet or Arrow file unreadable to pyarrow and pandas: all of its columns.
#
# Versions: polars 2.1.0, pyarrow 26.0.1, pandas 3.1.1, wheels from PyPI.
# Input: a frame with the columns `i` (Int128) and `y` (Float64), written by `write_parquet` and `write_ipc`.
# Behaviour: polars writes the type into the Arrow schema as an integer of 128 bits, which the Arrow format does not have
#   (https://github.com/apache/arrow/blob/main/format/Schema.fbs: Int, bitWidth of 8, 16, 32 or 64). pyarrow refuses the schema:
#   "Integers with more than 64 bits not implemented", even where only `y` is asked for. In Parquet the cells are 16 bytes each, and
#   the file could be read without the Arrow schema that is stored beside it.
# Seen: printed below. The script fails if pyarrow reads `y` from either file.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 pyarrow==26.0.1 pandas==3.1.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

frame = pl.DataFrame({"i": pl.Series([1, 2], dtype=pl.Int128), "y": [1.0, 2.0]})
frame.write_parquet("wide.parquet")
frame.write_ipc("wide.arrow")
assert pl.read_parquet("wide.parquet").equals(frame), "polars reads its own file"
ways = {
    "pyarrow, Parquet": lambda: pq.read_table("wide.parquet"),
    "pyarrow, Parquet, only y": lambda: pq.read_table("wide.parquet", columns=["y"]),
    "pandas, Parquet, only y": lambda: pd.read_parquet("wide.parquet", columns=["y"]),
    "pyarrow, Arrow IPC": lambda: pa.ipc.open_file("wide.arrow").read_all(),
}
for way, read in ways.items():
    try:
        read()
    except pa.ArrowNotImplementedError as error:
        print(f"{way}: {error}")
        assert "more than 64 bits" in str(error)
    else:
        raise AssertionError(f"{way}: is read now")
PYTHON
