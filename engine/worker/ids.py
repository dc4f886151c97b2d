"""The numbers of one target's requests and users in one load worker. Pure."""

import heapq
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.protocol.messages import Begin


class IdAllocator:
    """Takes every `workers`th number, so that no two workers give the same.

    It outlives the target's crew: a target that comes back goes on where it was.
    """

    def __init__(self, begin: "Begin") -> None:
        self.requests = count(begin.worker + begin.first_number * begin.workers, begin.workers)
        """Gives each request, or journey, a number that no other of the session has."""
        self._next_user = begin.worker + begin.first_user * begin.workers
        self._step = begin.workers
        self._left: list[int] = []
        """Numbers of users who have left, a heap."""

    def user_comes(self) -> int:
        """A number that no other user has at the same time: the lowest that was left, or the next."""
        if self._left:
            return heapq.heappop(self._left)
        number, self._next_user = self._next_user, self._next_user + self._step
        return number

    def user_leaves(self, number: int) -> None:
        """A user's number may be given again."""
        heapq.heappush(self._left, number)
