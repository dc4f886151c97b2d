"""Numbers of requests and users, which no two workers give out twice."""

from itertools import islice

from engine.protocol.messages import Begin
from engine.worker.ids import IdAllocator


def test_workers_share_all_numbers() -> None:
    ids = [IdAllocator(Begin(0, worker, 3)) for worker in range(3)]
    assert sorted(number for each in ids for number in islice(each.requests, 4)) == list(range(12))
    assert sorted(each.take_user() for each in ids for _ in range(4)) == list(range(12))


def test_a_replacement_skips_what_may_have_been_used() -> None:
    ids = IdAllocator(Begin(0, worker=1, workers=3, first_number=100, first_user=10))
    assert (next(ids.requests), ids.take_user()) == (301, 31)


def test_the_lowest_free_user_number_is_used_again() -> None:
    ids = IdAllocator(Begin(0, 0, 1))
    assert [ids.take_user() for _ in range(4)] == [0, 1, 2, 3]
    ids.return_user(2)
    ids.return_user(1)
    assert [ids.take_user() for _ in range(3)] == [1, 2, 4]
