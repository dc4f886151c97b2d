"""Rows of data files on their way to a load worker: as many parts as they need. Pure."""

from collections.abc import Iterator, Mapping

from engine.protocol.rows import RowsPart, Table

PART_CHARACTERS = 256 * 1024
"""Of all values in one part, about: a load worker reads it in about a millisecond."""


def row_parts(table: Table) -> Iterator[RowsPart]:
    """The parts of a table, in order; one if it is empty."""
    columns, begin, size, number = list(table.columns.values()), 0, 0, 0
    for row in range(table.rows):
        size += sum(len(values[row]) for values in columns) + len(columns)
        if size >= PART_CHARACTERS:
            yield _part(table, number, begin, row + 1)
            number, begin, size = number + 1, row + 1, 0
    if begin < table.rows or not number:
        yield _part(table, number, begin, table.rows)


def _part(table: Table, number: int, begin: int, end: int) -> RowsPart:
    columns = {name: tuple(values[begin:end]) for name, values in table.columns.items()}
    return RowsPart(table.name, table.order, number, end - begin, table.sharers, columns)


class ReceivedRows:
    """The tables that have arrived in a load worker."""

    def __init__(self) -> None:
        self._columns: dict[str, dict[str, list[str]]] = {}
        self._tables: dict[str, Table] = {}

    def add(self, part: RowsPart) -> None:
        """Adds the next part; a table's first part replaces the table."""
        if part.number == 0:
            self._columns[part.name] = {name: [] for name in part.columns}
            self._tables.pop(part.name, None)
        columns = self._columns[part.name]
        for name, values in part.columns.items():
            columns[name] += values
        before = self._tables[part.name].rows if part.number else 0
        self._tables[part.name] = Table(part.name, part.order, columns, before + part.rows, part.sharers)

    @property
    def tables(self) -> Mapping[str, Table]:
        """All that have arrived, by name."""
        return self._tables
