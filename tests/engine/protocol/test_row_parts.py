"""Rows reach a load worker in parts, as many as they need."""

from hypothesis import given
from hypothesis import strategies as st

from engine.protocol.messages import RowsPart, decode, encode
from engine.protocol.row_parts import PART_CHARACTERS, ReceivedRows, row_parts
from engine.protocol.rows import Table

LENGTHS = st.lists(st.sampled_from([0, 1, 50, PART_CHARACTERS // 2, PART_CHARACTERS + 1]), max_size=12)


def table(lengths: list[int], name: str = "users") -> Table:
    columns = {"a": tuple("é" * length for length in lengths), "b": tuple(map(str, lengths))}
    return Table(name, "random", columns, len(lengths), sharers=3)


@given(LENGTHS, LENGTHS)
def test_parts_come_together_as_they_were(lengths: list[int], before: list[int]) -> None:
    received = ReceivedRows()
    for part in [*row_parts(table(before)), *row_parts(table(lengths)), *row_parts(table([7], "other"))]:
        read = decode(encode(part))
        assert isinstance(read, RowsPart)
        received.add(read)
    found, expected = received.tables["users"], table(lengths)
    assert {name: tuple(values) for name, values in found.columns.items()} == expected.columns
    assert (found.order, found.rows, found.sharers) == ("random", len(lengths), 3)
    assert received.tables["other"].rows == 1


@given(LENGTHS)
def test_a_part_is_no_larger_than_one_row_needs(lengths: list[int]) -> None:
    for part in row_parts(table(lengths)):
        sizes = [sum(map(len, row)) for row in zip(*part.columns.values(), strict=True)]
        assert sum(sizes[:-1]) < PART_CHARACTERS


def test_a_table_without_columns_that_are_used_has_its_rows_still() -> None:
    received = ReceivedRows()
    for part in row_parts(Table("users", "unique", {}, 5)):
        received.add(part)
    assert received.tables["users"].rows == 5
