"""Unique numbers for one target's requests and users in one load worker. Pure."""

import heapq
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.protocol.messages import Begin


class IdAllocator:
    """Gives out every `workers`th number, so that no two workers give out the same.

    It outlives the target's user pool: a target that comes back continues where it was.
    """

    def __init__(self, begin: "Begin") -> None:
        self.requests = count(begin.worker + begin.first_number * begin.workers, begin.workers)
        """Gives each request, or journey, a number that no other of the session has."""
        self._next_user = begin.worker + begin.first_user * begin.workers
        self._step = begin.workers
        self._free: list[int] = []
        """Numbers of users that have left, as a heap."""

    def take_user(self) -> int:
        """A number that no other user has at the same time: the lowest that is free again, or the next."""
        if self._free:
            return heapq.heappop(self._free)
        number, self._next_user = self._next_user, self._next_user + self._step
        return number

    def return_user(self, number: int) -> None:
        """A user's number may be used again."""
        heapq.heappush(self._free, number)
