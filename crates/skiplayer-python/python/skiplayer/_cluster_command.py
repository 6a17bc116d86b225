"""The command ``fit`` of clusters, ``python -m skiplayer.ray fit`` and ``python -m skiplayer.dask fit``: a folder becomes a model file."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager
from difflib import get_close_matches
from typing import Any, Protocol

from skiplayer._warnings import SkipLayerWarning

_KINDS = ("parquet", "csv", "json")
_LOSSES = {"regression": "squared_error", "count": "poisson", "amount": "gamma"}
_NUMBERS = ("int", "uint", "float", "double", "halffloat", "decimal")


class Cluster(Protocol):
    """What the command has to know of a cluster."""

    # "Ray", and the module that is run.
    name: str
    module: str
    # The option that says where it is, and what holds without it.
    address: str
    address_help: str
    regressor: Any
    classifier: Any

    def connected(self, address: str | None) -> AbstractContextManager[Any]:
        """The cluster at an address, or another, for as long as the command runs."""

    def read(self, paths: list[str], kind: str) -> Any:
        """The rows of files of a kind, "parquet", "csv" or "json", as the estimators take them."""

    def types(self, rows: Any) -> dict[str, str]:
        """Names of the columns and types of their cells."""

    def without(self, rows: Any, names: list[str]) -> Any:
        """The rows without some columns."""


def run(cluster: Cluster, words: Sequence[str] | None = None) -> int:
    """Runs the command; 2 for what the caller can mend, as the command ``skiplayer``."""
    given = _parser(cluster).parse_args(words)
    try:
        with cluster.connected(given.address):
            _fit(cluster, given)
    except (ValueError, TypeError, OSError, ImportError, MemoryError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser(cluster: Cluster) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {cluster.module}", description="Fits to rows that stay with workers.")
    fit = parser.add_subparsers(dest="command", required=True, metavar="fit").add_parser(
        "fit", help=f"fit a model to rows that stay with workers of {cluster.name}"
    )
    fit.add_argument("path", nargs="+", help=f"files or folders, here or on a file system that {cluster.name} reads, such as s3://")
    fit.add_argument("--target", required=True, metavar="NAME", help="the column to predict")
    fit.add_argument("--weight", metavar="NAME", help="a column of weights")
    fit.add_argument("--drop", nargs="+", default=[], metavar="NAME", help="columns that are no inputs")
    fit.add_argument("--task", choices=["regression", "classes", "count", "amount"], help="text and truth values are classes by default")
    fit.add_argument("--model", required=True, metavar="FILE", help="the model file to write")
    fit.add_argument("--read", choices=_KINDS, default="parquet", help="what the files are")
    fit.add_argument(cluster.address, dest="address", metavar="ADDRESS", help=cluster.address_help)
    fit.add_argument("--workers", type=int, metavar="N", help="how many hold rows; all that there are by default")
    fit.add_argument("--n-units", type=int, metavar="N", help="hidden units that are offered")
    fit.add_argument("--seed", type=int, default=1)
    return parser


def _fit(cluster: Cluster, given: argparse.Namespace) -> None:
    rows = cluster.read(given.path, given.read)
    types = cluster.types(rows)
    for name in given.drop:
        if name not in types:
            near = [f", did you mean {found!r}?" for found in get_close_matches(name, types, 1)]
            raise ValueError(f"--drop {name}: found no such column{near[0] if near else ', expected one of the files'}")
    if given.drop:
        rows = cluster.without(rows, given.drop)
    model = _estimator(cluster, given, types)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", SkipLayerWarning)
        model.fit(rows, given.target, given.weight, n_workers=given.workers)
    for warning in said:
        print(f"note: {warning.message}", file=sys.stderr)
    model.save(given.model)
    print(model.summary_)
    print(f"model: {given.model}")


def _estimator(cluster: Cluster, given: argparse.Namespace, types: dict[str, str]) -> Any:
    options = {"n_units": given.n_units, "random_state": given.seed}
    task = given.task
    if task is None:
        is_number = types.get(given.target, "double").lower().startswith(_NUMBERS)
        task = "regression" if is_number else "classes"
    return cluster.classifier(**options) if task == "classes" else cluster.regressor(loss=_LOSSES[task], **options)
