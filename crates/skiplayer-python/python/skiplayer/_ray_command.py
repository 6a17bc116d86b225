"""The command ``python -m skiplayer.ray fit``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import ray

from skiplayer._cluster_command import run
from skiplayer.ray import RaySkipLayerClassifier, RaySkipLayerRegressor


class RayCluster:
    """Ray, for the command."""

    name, module = "Ray", "skiplayer.ray"
    address, address_help = "--address", "a cluster; the one of RAY_ADDRESS or of this machine by default"
    regressor, classifier = RaySkipLayerRegressor, RaySkipLayerClassifier

    @contextmanager
    def connected(self, address: str | None) -> Iterator[None]:
        if not ray.is_initialized():
            ray.init(address, log_to_driver=False)
        yield

    def read(self, paths: list[str], kind: str) -> Any:
        return getattr(ray.data, f"read_{kind}")(paths)

    def types(self, rows: Any) -> dict[str, str]:
        schema = rows.schema()
        return {} if schema is None else dict(zip(schema.names, map(str, schema.types)))

    def without(self, rows: Any, names: list[str]) -> Any:
        return rows.drop_columns(names)


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command."""
    return run(RayCluster(), words)
