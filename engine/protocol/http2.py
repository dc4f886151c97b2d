"""How users share connections of HTTP/2: plain data, sent in messages. Pure."""

from dataclasses import dataclass

DEFAULT_STREAMS = 100
"""Streams of a connection at once, as browsers and proxies use at most: what RFC 9113 (6.5.2) advises servers
to allow at least."""
MAX_STREAMS = 10_000
MAX_CONNECTIONS = 10_000


@dataclass(frozen=True, slots=True)
class Http2:
    """The connections of one target; a user's requests are streams of one of them."""

    connections: int = 1
    """Of all load workers together; each worker has at least one."""
    streams: int = DEFAULT_STREAMS
    """Requests in flight on one connection, at most; fewer if the server allows fewer."""

    def connections_of(self, worker: int, workers: int) -> int:
        """How many of the connections a load worker has, by its number from 0."""
        return max(1, self.connections // workers + (worker < self.connections % workers))
