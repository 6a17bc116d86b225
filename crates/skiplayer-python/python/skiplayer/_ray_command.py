"""The command ``python -m skiplayer.ray fit``: a folder of files, wherever Ray reads it from, becomes a model file."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import ray

from skiplayer._warnings import SkipLayerWarning
from skiplayer.ray import RaySkipLayerClassifier, RaySkipLayerRegressor

_READERS = {"parquet": "read_parquet", "csv": "read_csv", "json": "read_json"}
_LOSSES = {"regression": "squared_error", "count": "poisson", "amount": "gamma"}


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command; 2 for what the caller can mend, as the command ``skiplayer``."""
    given = _parser().parse_args(words)
    try:
        _fit(given)
    except (ValueError, TypeError, OSError, ImportError, MemoryError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m skiplayer.ray", description=__doc__)
    fit = parser.add_subparsers(dest="command", required=True, metavar="fit").add_parser(
        "fit", help="fit a model to rows that stay with actors of Ray"
    )
    fit.add_argument("path", nargs="+", help="files or folders, here or on a file system that Ray reads, such as s3://")
    fit.add_argument("--target", required=True, metavar="NAME", help="the column to predict")
    fit.add_argument("--weight", metavar="NAME", help="a column of weights")
    fit.add_argument("--drop", nargs="+", default=[], metavar="NAME", help="columns that are no inputs")
    fit.add_argument("--task", choices=["regression", "classes", "count", "amount"], help="text and truth values are classes by default")
    fit.add_argument("--model", required=True, metavar="FILE", help="the model file to write")
    fit.add_argument("--read", choices=list(_READERS), default="parquet", help="what the files are")
    fit.add_argument("--address", help="a cluster; the one of RAY_ADDRESS or of this machine by default")
    fit.add_argument("--workers", type=int, metavar="N", help="actors that hold rows; as many as there are processors by default")
    fit.add_argument("--n-units", type=int, metavar="N", help="hidden units that are offered")
    fit.add_argument("--seed", type=int, default=1)
    return parser


def _fit(given: argparse.Namespace) -> None:
    if not ray.is_initialized():
        ray.init(given.address, log_to_driver=False)
    dataset = getattr(ray.data, _READERS[given.read])(given.path)
    if given.drop:
        dataset = dataset.drop_columns(given.drop)
    model = _estimator(given, dataset)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", SkipLayerWarning)
        model.fit(dataset, given.target, given.weight, n_workers=given.workers)
    for warning in said:
        print(f"note: {warning.message}", file=sys.stderr)
    model.save(given.model)
    print(model.summary_)
    print(f"model: {given.model}")


def _estimator(given: argparse.Namespace, dataset: Any) -> Any:
    options = {"n_units": given.n_units, "random_state": given.seed}
    task = given.task
    if task is None:
        schema = dataset.schema()
        types = {} if schema is None else dict(zip(schema.names, map(str, schema.types)))
        is_number = types.get(given.target, "double").startswith(("int", "uint", "float", "double", "halffloat", "decimal"))
        task = "regression" if is_number else "classes"
    return RaySkipLayerClassifier(**options) if task == "classes" else RaySkipLayerRegressor(loss=_LOSSES[task], **options)
