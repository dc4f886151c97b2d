"""Load workers share the rows of a data file: each has its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol.load_shape import share
from engine.protocol.rows import RowOrder, Table


def table(rows: int, order: RowOrder = "in-order") -> Table:
    return Table("users", order, {"id": tuple(map(str, range(rows))), "x": ("x",) * rows}, rows)


@given(st.integers(1, 50), st.integers(1, 8))
def test_no_row_is_in_two_shares(rows: int, workers: int) -> None:
    shares = [table(rows, "unique").share(worker, workers) for worker in range(workers)]
    found = [value for each in shares for value in each.columns["id"]]
    assert sorted(found, key=int) == list(map(str, range(rows)))
    for worker, each in enumerate(shares):
        assert each.rows == len(each.columns["id"]) == len(each.columns["x"]) == share(rows, worker, workers)
        assert each.sharers == workers


@pytest.mark.parametrize("order", ["in-order", "random"])
def test_few_rows_are_for_all(order: RowOrder) -> None:
    assert table(3, order).share(3, 4) == table(3, order)
    assert table(4, order).share(3, 4).columns["id"] == ("3",)
