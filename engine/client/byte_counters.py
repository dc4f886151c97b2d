"""Bytes that went over a target's connections. Pure."""


class ByteCounters:
    """Bytes that went over the connections that share it."""

    __slots__ = ("bytes_in", "bytes_out")

    def __init__(self) -> None:
        self.bytes_in = 0
        self.bytes_out = 0
        """What WebSockets sent; HTTP requests are counted where their lengths are known."""
