"""Rows that are with workers: how a table is divided, who holds which part, and what happens when one of them is lost.

A part is 65,536 rows by the order of the table, whoever holds it. Workers answer the engine's requests part by part; the engine adds
the answers in the order of the parts, so that no result depends on how many workers there are or on which of them was lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from skiplayer._columns import Columns, arrow_columns_of
from skiplayer._skiplayer import PART_ROWS, Shard

Fetch = Callable[[Any], Any]

# A worker that is lost so often in a row will be lost again.
_MOST_LOSSES = 4


class Piece(NamedTuple):
    """Rows `start` to `stop` of a block."""

    block: Any
    start: int
    stop: int


class Part(NamedTuple):
    """Rows of the table from row `start` on, in pieces of the blocks that hold them."""

    number: int
    start: int
    pieces: list[Piece]


def parts_of(blocks: Iterable[tuple[Any, int]], part_rows: int = PART_ROWS) -> list[Part]:
    """The parts of a table whose blocks have so many rows each."""
    parts: list[Part] = []
    room = start = 0
    for block, n_rows in blocks:
        taken = 0
        while taken < n_rows:
            if room == 0:
                parts.append(Part(len(parts), start, []))
                room = part_rows
            n = min(room, n_rows - taken)
            parts[-1].pieces.append(Piece(block, taken, taken + n))
            taken, room, start = taken + n, room - n, start + n
    return parts


def shares(parts: Sequence[Part], n_workers: int) -> list[list[Part]]:
    """Runs of parts, one for each worker, as even as they can be; no empty ones."""
    n = min(n_workers, len(parts))
    ends = [len(parts) * k // n for k in range(n + 1)]
    return [list(parts[start:stop]) for start, stop in zip(ends, ends[1:])]


class Worker:
    """What a worker holds: its parts as the engine keeps them. Blocks are read and forgotten."""

    def __init__(self, parts: Sequence[Part], n_threads: int | None = None) -> None:
        self._parts = list(parts)
        self._n_threads = n_threads
        self._shard = Shard()

    @staticmethod
    def reads_rows(request: bytes) -> bool:
        """Whether the blocks are needed for it."""
        return Shard.reads_rows(request)

    def run(self, request: bytes, fetch: Fetch) -> list[bytes]:
        """The answers of all parts, in order; `fetch` is the way from a block to its rows, an Arrow table."""
        if not self.reads_rows(request):
            return self._shard.answer(request, self._n_threads)
        return [self._shard.read(request, part.number, part.start, _columns(part, fetch)) for part in self._parts]


def _columns(part: Part, fetch: Fetch) -> Columns:
    import pyarrow

    pieces = [fetch(piece.block).slice(piece.start, piece.stop - piece.start) for piece in part.pieces]
    return arrow_columns_of(pyarrow.concat_tables(pieces, promote_options="permissive"))


@dataclass(frozen=True)
class Lost:
    """In place of answers: a worker that is gone, and what is known of it."""

    why: str


class RowEngine(Protocol):
    """What a place that holds rows has to do; a further one is a class with these verbs."""

    def scatter(self, parts: list[Part]) -> Any:
        """Starts a worker that holds `parts`; returns its handle."""

    def run(self, workers: Sequence[Any], request: bytes) -> list[list[bytes] | Lost]:
        """``Worker.run(request, fetch)`` of all workers at once, in their order. Raises what a worker raises."""

    def drop(self, worker: Any) -> None:
        """Stops a worker, if it still is there."""


class Held:
    """Parts with their workers. Who is lost is replaced by another that reads the same blocks."""

    def __init__(self, engine: RowEngine, parts: Sequence[Part], n_workers: int) -> None:
        self._engine = engine
        self._shares = shares(parts, n_workers)
        self._workers: list[Any] = []
        # What a worker must have been told before it can answer anything else.
        self._told: bytes | None = None
        self.n_lost = 0

    def __enter__(self) -> Held:
        try:
            for share in self._shares:
                self._workers.append(self._engine.scatter(share))
        except BaseException:
            self.drop()
            raise
        return self

    def __exit__(self, *raised: Any) -> None:
        self.drop()

    def drop(self) -> None:
        """Stops all workers."""
        for worker in self._workers:
            self._engine.drop(worker)
        self._workers = []

    def ask(self, request: bytes) -> list[bytes]:
        """The answers of all parts, in order."""
        answers: list[bytes] = []
        for at, found in enumerate(self._run(self._workers, request)):
            answers += self._asked_again(at, request, found) if isinstance(found, Lost) else found
        if Worker.reads_rows(request):
            self._told = request
        return answers

    def _run(self, workers: list[Any], request: bytes) -> list[list[bytes] | Lost]:
        found = self._engine.run(workers, request)
        n_parts = {id(worker): len(share) for worker, share in zip(self._workers, self._shares)}
        return [
            # Whoever made it anew was not told the encoding.
            own if isinstance(own, Lost) or len(own) == n_parts[id(worker)] else Lost("its rows are gone")
            for worker, own in zip(workers, found)
        ]

    def _asked_again(self, at: int, request: bytes, lost: Lost) -> list[bytes]:
        share = self._shares[at]
        for _ in range(_MOST_LOSSES):
            self.n_lost += 1
            self._engine.drop(self._workers[at])
            self._workers[at] = self._engine.scatter(share)
            found = self._told_and_asked(self._workers[at], request)
            if not isinstance(found, Lost):
                return found
            lost = found
        first = share[0].start + 1
        raise RuntimeError(
            f"The worker that holds the rows from {first} on was lost {_MOST_LOSSES + 1} times in a row ({lost.why}). Is there memory "
            "for its rows? More workers hold fewer rows each."
        )

    def _told_and_asked(self, worker: Any, request: bytes) -> list[bytes] | Lost:
        if self._told is not None and self._told != request:
            told = self._run([worker], self._told)[0]
            if isinstance(told, Lost):
                return told
        return self._run([worker], request)[0]
