"""Blocks of rows on other machines become the parts of one table: what their columns are, and whether they are the same in all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from skiplayer._fit_parts import Rows
from skiplayer._parts import parts_of

# Names of columns and types of cells.
Described = list[tuple[str, str]]
_NOTHING = "null"


def described_block(table: Any) -> tuple[int, Described]:
    """Rows of an Arrow table and its columns; asked where the table is."""
    return table.num_rows, [(field.name, _type(field.type)) for field in table.schema]


def rows_of_blocks(blocks: Iterable[tuple[Any, int, Described]]) -> Rows:
    """The rows of blocks in order: each with its number of rows and its columns."""
    held = [block for block in blocks if block[1] > 0]
    start = 0
    known: Described = []
    for _, n_rows, columns in held:
        known = known or columns
        _check(known, columns, start)
        known = [own if own[1] != _NOTHING else new for own, new in zip(known, columns)]
        start += n_rows
    parts = parts_of((block, n_rows) for block, n_rows, _ in held)
    return Rows(parts, {name: _kind(cells) for name, cells in known})


def _type(cells: Any) -> str:
    """Codes of categories may be of other sizes in other files, and text of long or short offsets: the cells are the same."""
    cells = getattr(cells, "value_type", cells) if str(cells).startswith("dictionary") else cells
    return str(cells).removeprefix("large_").removesuffix("_view")


def _check(known: Described, columns: Described, start: int) -> None:
    """Files of other columns, of another order or of other types: to put them right is not for us to guess."""
    if len(known) != len(columns):
        names = {name for name, _ in known} ^ {name for name, _ in columns}
        raise ValueError(
            f"Found {len(columns)} columns from row {start + 1} on, expected {len(known)} as in the rows before; "
            f"only some of the files have {', '.join(map(repr, sorted(names)))}."
        )
    for (name, cells), (new_name, new_cells) in zip(known, columns):
        if name != new_name:
            raise ValueError(
                f"Column {new_name!r}: found it from row {start + 1} on where {name!r} is in the rows before, expected the same "
                "columns in the same order in all files."
            )
        if cells != new_cells and _NOTHING not in (cells, new_cells):
            raise ValueError(
                f"Column {name!r}: found {new_cells} from row {start + 1} on, expected {cells} as in the rows before; cast the columns "
                "of one of the files."
            )


def _kind(cells: str) -> str:
    """What labels of a type are."""
    if cells == "bool":
        return "truth_value"
    if cells.startswith(("int", "uint")):
        return "integer"
    return "number" if cells in ("float", "double", "halffloat") or cells.startswith("decimal") else "text"
