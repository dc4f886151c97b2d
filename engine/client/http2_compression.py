"""HPACK (RFC 7541) for a client that sends and gets the same fields over and over. Pure.

`hpack` encodes and decodes each field by itself, in Python. What it made of a block is kept, and used again
as long as it would make the same of it. Only imported if a plan asks for HTTP/2.

Rules of this file:
- the dynamic tables are always those that `hpack` would have: what a block adds to them is added again;
- a block that refers to the dynamic table is only known while that table does not change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hpack import Decoder, Encoder, HeaderTuple
from hpack.table import HeaderTable, table_entry_size

KNOWN_BLOCKS = 256
"""So many are kept; then all are forgotten."""
LONGEST_BLOCK_BYTES = 4096
"""A longer one is not kept: few servers send them, and they could fill memory."""
_CHANGES_SIZE, _SIZE_PATTERN = 0b001, 5
"""The first three bits of a block that changes the table's size (6.3)."""


class NotedTable(HeaderTable):
    """A table that notes what is done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.version = 0
        """How many entries were added."""
        self.added: list[tuple[bytes, bytes]] = []
        """Those that were added since this was cleared."""
        self.has_looked_up = False
        """Whether a dynamic entry was looked up since this was reset."""

    def add(self, name: bytes, value: bytes) -> None:
        """Adds an entry, and removes old ones."""
        self.version += 1
        self.added.append((name, value))
        self.dynamic_entries.appendleft((name, value))
        self._current_size += table_entry_size(name, value)
        self._shrink()

    def _shrink(self) -> None:
        """Removes the oldest entries until the others fit (4.3); one that is too large goes as well."""
        while self._current_size > self._maxsize:
            self._current_size -= table_entry_size(*self.dynamic_entries.pop())

    def get_by_index(self, index: int) -> tuple[bytes, bytes]:
        """An entry. Raises InvalidTableIndex."""
        self.has_looked_up |= index > self.STATIC_TABLE_LENGTH
        return super().get_by_index(index)


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A block that was decoded."""

    fields: tuple[HeaderTuple, ...]
    added: tuple[tuple[bytes, bytes], ...]
    """What it adds to the dynamic table."""
    version: int | None
    """The table's version at which it means this; None: at any."""


class RememberingDecoder(Decoder):
    """A decoder that knows blocks again."""

    def __init__(self) -> None:
        super().__init__()
        self._table = self.header_table = NotedTable()
        self._known: dict[bytes, _Decoded] = {}

    def decode(self, data: bytes, raw: bool = False) -> Iterable[HeaderTuple]:
        """The fields of a block. Raises HPACKDecodingError."""
        table = self._table
        known = self._known.get(data) if raw and table.maxsize <= self.max_allowed_table_size else None
        if known is not None and known.version in {None, table.version}:
            for name, value in known.added:
                table.add(name, value)
            table.added.clear()
            return known.fields
        table.added.clear()
        table.has_looked_up, version = False, table.version
        fields = super().decode(data, raw)
        if raw:
            self._keep(data, tuple(fields), version)
        return fields

    def _keep(self, data: bytes, fields: tuple[HeaderTuple, ...], version: int) -> None:
        table = self._table
        if not data or data[0] >> _SIZE_PATTERN == _CHANGES_SIZE:
            self._known.clear()
            return
        if len(data) > LONGEST_BLOCK_BYTES or (table.has_looked_up and table.added):
            return
        if len(self._known) >= KNOWN_BLOCKS:
            self._known.clear()
        self._known[data] = _Decoded(fields, tuple(table.added), version if table.has_looked_up else None)


class RememberingEncoder(Encoder):
    """An encoder that knows requests again, once all that it indexes of them is in the dynamic table."""

    def __init__(self) -> None:
        super().__init__()
        self._table = self.header_table = NotedTable()
        self._known: dict[tuple[Any, ...], tuple[int, bytes]] = {}
        """By fields: the table's version, and the block."""

    @property
    def header_table_size(self) -> int:
        """The largest size of the dynamic table. The next block tells the peer of a new one."""
        return self._table.maxsize

    @header_table_size.setter
    def header_table_size(self, size_bytes: int) -> None:
        # hpack forgets a change that is not told yet if the same size is set once more.
        if size_bytes != self._table.maxsize:
            self._table.maxsize = size_bytes
            self.table_size_changes.append(size_bytes)

    def encode(self, headers: Any, huffman: bool = True) -> bytes:
        """The block of some fields. Whether a field is to be indexed must follow from its name and value."""
        table, fields = self._table, tuple(headers)
        if table.resized:  # this block tells the peer, and only this one
            self._known.clear()
            return super().encode(fields, huffman)
        if (known := self._known.get(fields)) and known[0] == table.version:
            return known[1]
        version = table.version
        block = super().encode(fields, huffman)
        table.added.clear()
        if table.version == version:
            if len(self._known) >= KNOWN_BLOCKS:
                self._known.clear()
            self._known[fields] = version, block
        return block
