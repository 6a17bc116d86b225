"""Are calibrated probabilities better on rows that nobody has seen?

    python benchmarks/probabilities.py --data DIR [--splits 10]

DIR holds SAheart.csv (target chd) and breast_cancer.csv (the project's data/, target diagnosis). In each split a random fifth of the rows, NumPy default_rng(split), is
held out; SkipLayerClassifier is fitted and evaluated (five folds, one repeat) on the others. Log loss of the probabilities as they are
and as `predict_proba(calibrated=True)` gives them, and the power to which calibration raises them.
"""

import argparse
import importlib.metadata
import pathlib

import numpy as np
import pandas as pd
from common import HERE, Record, markdown, number
from sklearn.metrics import log_loss
from skiplayer import SkipLayerClassifier

SETS = {"SAheart": ("chd", ["row.names"]), "breast_cancer": ("diagnosis", [])}


def one_split(table, target, seed, threads):
    is_test = np.zeros(len(table), dtype=bool)
    is_test[np.random.default_rng(seed).permutation(len(table))[: len(table) // 5]] = True
    train, test = table[~is_test], table[is_test]
    model = SkipLayerClassifier(n_jobs=threads)
    model.evaluate(train.drop(columns=target), train[target].astype(str), folds=5, repeats=1)
    plain, calibrated = (model.predict_proba(test.drop(columns=target), calibrated=c) for c in (False, True))
    unsure = (plain > 0).all(axis=1)
    odds = [np.log(p[unsure, 0] / p[unsure, 1]) for p in (plain, calibrated)]
    truth = test[target].astype(str)
    return {
        "plain": log_loss(truth, plain, labels=model.classes_),
        "calibrated": log_loss(truth, calibrated, labels=model.classes_),
        "power": float(np.median(odds[1] / odds[0])),
        "n_units": len(model.units_),
    }


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--data", type=pathlib.Path, required=True)
    ap.add_argument("--splits", type=int, default=10)
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--record", default=str(HERE / "records" / "probabilities.json"))
    a = ap.parse_args()
    versions = {name: importlib.metadata.version(name) for name in ("skiplayer", "scikit-learn")}
    record, results, rows = Record(a.record, versions, about=__doc__), {}, []
    for name, (target, drop) in SETS.items():
        table = pd.read_csv(a.data / f"{name}.csv").drop(columns=drop)
        mine = results[name] = [one_split(table, target, seed, a.threads) for seed in range(a.splits)]
        gain = np.array([r["plain"] - r["calibrated"] for r in mine])
        means = [np.mean([r[key] for r in mine]) for key in ("plain", "calibrated", "power")]
        se = gain.std(ddof=1) / len(gain) ** 0.5
        rows.append([name, len(mine), *(number(m) for m in means[:2]), f"{gain.mean():.4f} ± {se:.4f}", number(means[2])])
        record.save(results=results)
    text = markdown(["set", "splits", "log loss", "calibrated", "fall", "power, mean"], rows)
    record.save(complete=True, table=text)
    print(text)


if __name__ == "__main__":
    main()
