"""Which row of a data file a request is filled in with. Pure.

Rules of this file:
- all columns of a file are of the same row, in a request and in all steps of a journey;
- a target's requests count for themselves: every target gets the same rows.
"""

from collections.abc import Callable, Mapping, Sequence
from zlib import crc32

from engine.client.fill_context import FillContext
from engine.client.random_bits import number_drawer
from engine.protocol.rows import Table

RowOf = Callable[[FillContext], int]
"""The index of a request's row. Raises NoRowError."""


class NoRowError(ValueError):
    """There is no row for a user."""


class RowSource:
    """A table's rows, as one target's requests in one process use them."""

    __slots__ = ("columns", "most_users", "row_of", "rows")

    def __init__(self, table: Table, *, first_user: int = 0) -> None:
        """`first_user` is how many user numbers of each worker are not given out: a load worker that this one
        replaces may have used them."""
        self.columns: Mapping[str, Sequence[str]] = table.columns
        self.rows = table.rows
        self.most_users = table.rows if table.order == "unique" else None
        """How many users there may be at the same time; None: any number."""
        self.row_of: RowOf = _row_of(table, first_user)


def _row_of(table: Table, first_user: int) -> RowOf:
    name, rows, sharers = table.name, table.rows, table.sharers
    if table.order == "random":
        draw = number_drawer(crc32(f"data.{name}".encode()), 0, rows - 1)

        def drawn(context: FillContext) -> int:
            """The row that the request, or its journey, has already, or one that is drawn."""
            row = context.rows.get(name)
            if row is None:
                row = context.rows[name] = draw(context)
            return row

        return drawn
    if table.order == "unique":

        def own(context: FillContext) -> int:
            row = context.user // sharers - first_user
            if row >= rows:
                raise NoRowError(f"data.{name} has no row left for user {context.user}")
            return row

        return own
    used = 0

    def following(context: FillContext) -> int:
        """The row that the request, or its journey, has already, or the next one."""
        nonlocal used
        row = context.rows.get(name)
        if row is None:
            row = context.rows[name] = used % rows
            used += 1
        return row

    return following


def sources_of(tables: Mapping[str, Table], *, first_user: int = 0) -> dict[str, RowSource]:
    """A source for each table, at its beginning."""
    return {name: RowSource(table, first_user=first_user) for name, table in tables.items()}
