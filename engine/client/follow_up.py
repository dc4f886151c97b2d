"""The request that follows a response at once."""

from collections.abc import Callable

FollowUp = Callable[[int, int], bytes | None]
"""Takes the status of a response, and when it ended (nanoseconds of the monotonic clock); returns the request
to send at once (never a HEAD), or None if the task that awaits the response should continue. What captures
the next response is then the connection's `next_capture`."""


def no_follow_up(status: int, ended_ns: int) -> None:
    """Leaves every response to the task that awaits it."""
