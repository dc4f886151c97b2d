"""Connections of HTTP/2 are shared out over load workers."""

import pytest

from engine.protocol.http2 import Http2


@pytest.mark.parametrize(
    ("connections", "workers", "each"), [(4, 1, [4]), (5, 2, [3, 2]), (2, 2, [1, 1]), (1, 3, [1, 1, 1])]
)
def test_each_worker_has_its_part_and_at_least_one(connections: int, workers: int, each: list[int]) -> None:
    http2 = Http2(connections)
    assert [http2.connections_of(worker, workers) for worker in range(workers)] == each
