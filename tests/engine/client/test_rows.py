"""Which row of a data file a request gets."""

from collections import Counter

import pytest

from engine.client.rows import NoRowError, RowSource, sources_of
from engine.client.template_fill import FillContext
from engine.protocol.rows import RowOrder, Table


def source(order: RowOrder, rows: int = 3, *, sharers: int = 1, first_user: int = 0) -> RowSource:
    values = tuple(map(str, range(rows)))
    return RowSource(Table("users", order, {"id": values}, rows, sharers), first_user=first_user)


def test_rows_in_order_follow_each_other_over_and_over() -> None:
    made = source("in-order")
    rows = [made.row_of(FillContext(0, 0, number, {})) for number in (5, 9, 0, 2)]
    assert rows == [0, 1, 2, 0], "whatever the requests' numbers are"


def test_a_request_and_a_journey_keep_their_row() -> None:
    made, rows = source("in-order"), dict[str, int]()
    assert [made.row_of(FillContext(0, 0, 1, {}, rows=rows)) for _ in range(3)] == [0, 0, 0]
    rows.clear()
    assert made.row_of(FillContext(0, 0, 2, {}, rows=rows)) == 1


def test_drawn_rows_depend_on_the_seed_and_the_number() -> None:
    made = source("random", rows=10)
    rows = [made.row_of(FillContext(7, 0, number, {})) for number in range(10_000)]
    assert rows == [source("random", rows=10).row_of(FillContext(7, 3, n, {})) for n in range(10_000)]
    assert all(900 < times < 1100 for times in Counter(rows).values())
    assert rows != [made.row_of(FillContext(8, 0, number, {})) for number in range(10_000)]


def test_a_drawn_row_is_drawn_once_for_all_its_columns() -> None:
    made, context = source("random", rows=10), FillContext(7, 0, 3, {})
    row = made.row_of(context)
    assert context.rows == {"users": row}
    assert made.row_of(context) == row


def test_a_row_belongs_to_one_user() -> None:
    made = source("unique", sharers=2)  # users 1, 3, 5 of worker 1
    assert [made.row_of(FillContext(0, user, 99, {})) for user in (1, 3, 5)] == [0, 1, 2]
    with pytest.raises(NoRowError, match=r"data\.users has no row left for user 7"):
        made.row_of(FillContext(0, 7, 0, {}))
    assert made.most_users == 3
    assert source("random").most_users is None


def test_a_worker_that_replaces_another_begins_with_the_first_row() -> None:
    made = source("unique", sharers=2, first_user=10_000)
    assert [made.row_of(FillContext(0, user, 0, {})) for user in (20_001, 20_003)] == [0, 1]


def test_every_target_counts_for_itself() -> None:
    table = Table("users", "in-order", {"id": ("a", "b")}, 2)
    one, other = sources_of({"users": table}), sources_of({"users": table})
    assert one["users"].row_of(FillContext(0, 0, 0, {})) == 0
    assert one["users"].row_of(FillContext(0, 0, 0, {})) == 1
    assert other["users"].row_of(FillContext(0, 0, 0, {})) == 0
