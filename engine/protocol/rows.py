"""Rows of data files that requests are filled in with: plain data, and how load workers share them. Pure.

Rules of this file: only the standard library; load workers import it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

RowOrder = Literal["in-order", "random", "unique"]
"""Which row a request gets: the next one, any one, or the one that belongs to its user only."""


@dataclass(frozen=True, slots=True)
class Table:
    """A data file's rows, by column, or those of them that one load worker has."""

    name: str
    """The name in the plan: `users` for `data.users`."""
    order: RowOrder
    columns: Mapping[str, Sequence[str]]
    """The columns that requests use; all have the same length."""
    rows: int
    """How many rows it has."""
    sharers: int = 1
    """How many load workers share the file's rows: every so manyth of them is in this table."""

    def share(self, worker: int, workers: int) -> "Table":
        """The rows of load worker number `worker` of `workers`: no two have the same one.

        If there are fewer rows than workers, all get all of them, unless a row belongs to one user only.
        """
        if workers == 1 or (self.rows < workers and self.order != "unique"):
            return self
        columns = {name: values[worker::workers] for name, values in self.columns.items()}
        return Table(self.name, self.order, columns, len(range(worker, self.rows, workers)), workers)


@dataclass(frozen=True, slots=True)
class RowsPart:
    """Some rows of a table; a message to a load worker, which gets all parts of a table one after another."""

    name: str
    order: RowOrder
    number: int
    """From 0, which starts anew."""
    rows: int
    sharers: int = 1
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
