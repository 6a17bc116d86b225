#!/bin/sh
# A declared category of integers loses its declaration on the way into polars, without a word: its codes become measurements.
#
# Versions: polars 2.1.0, pyarrow 26.0.1, pandas 3.1.1, wheels from PyPI.
# Input: postcodes as pandas.Categorical, as a dictionary of Arrow, and as the Parquet file that pandas writes of them.
# Behaviour: the categorical types of polars hold text only (https://docs.pola.rs/user-guide/expressions/categorical-data-and-enums/);
#   a dictionary of integers is decoded to Int64 by `from_pandas`, `from_arrow` and `read_parquet`. Categories of text stay
#   categorical. A model that treats declared categories as such gets one slope for the postcode instead of a level each.
# Seen: printed below. The script fails if any of the three keeps a categorical type.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 pyarrow==26.0.1 pandas==3.1.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import warnings

import pandas as pd
import polars as pl
import pyarrow as pa

warnings.simplefilter("error")
frame = pd.DataFrame({"postcode": pd.Categorical([10115, 20095, 10115]), "town": pd.Categorical(["b", "h", "b"])})
frame.to_parquet("towns.parquet")
ways = {
    "from_pandas": pl.from_pandas(frame),
    "from_arrow": pl.from_arrow(pa.Table.from_pandas(frame)),
    "read_parquet": pl.read_parquet("towns.parquet"),
}
for way, read in ways.items():
    print(f"{way}: {dict(read.schema)}")
    assert read.schema["postcode"] == pl.Int64, f"{way}: the declaration is kept now"
    assert isinstance(read.schema["town"], pl.Categorical | pl.Enum), way
PYTHON
