"""The command ``python -m skiplayer.dask fit``."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dask.config
import dask.dataframe
import distributed

from skiplayer._cluster_command import run
from skiplayer.dask import DaskSkipLayerClassifier, DaskSkipLayerRegressor

_frames: Any = dask.dataframe
_distributed: Any = distributed


class DaskCluster:
    """Dask, for the command."""

    name, module = "Dask", "skiplayer.dask"
    address, address_help = "--scheduler", "a cluster; the one of DASK_SCHEDULER_ADDRESS or processes of this machine by default"
    regressor, classifier = DaskSkipLayerRegressor, DaskSkipLayerClassifier

    @contextmanager
    def connected(self, address: str | None) -> Iterator[None]:
        address = address or dask.config.get("scheduler-address", None)
        here: dict[str, Any] = {} if address else {"dashboard_address": ":0", "silence_logs": logging.ERROR}
        with _distributed.Client(address, **here):
            yield

    def read(self, paths: list[str], kind: str) -> Any:
        if kind == "parquet":
            return _frames.read_parquet(paths)
        files = [file for path in paths for file in _files(path, kind)]
        return _frames.read_csv(files) if kind == "csv" else _frames.read_json(files, orient="records", lines=True)

    def types(self, rows: Any) -> dict[str, str]:
        return {name: str(cells) for name, cells in rows.dtypes.items()}

    def without(self, rows: Any, names: list[str]) -> Any:
        return rows.drop(columns=names)


def _files(path: str, kind: str) -> list[str]:
    """The files of a folder in the order of their names (Dask itself finds those of Parquet, and no others), or the file."""
    from fsspec.core import url_to_fs

    places, there = url_to_fs(path)
    if not places.isdir(there):
        return [path]
    found = [places.unstrip_protocol(file) for file in sorted(places.find(there)) if f".{kind}" in file.rpartition("/")[2]]
    if not found:
        raise FileNotFoundError(f"{path}: found no file with '.{kind}' in its name, expected some.")
    return found


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command."""
    return run(DaskCluster(), words)
