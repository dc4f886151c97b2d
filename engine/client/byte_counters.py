"""Bytes that went over a target's connections, and responses whose arrival is not known. Pure."""


class ByteCounters:
    """Bytes that went over the connections that share it."""

    __slots__ = ("bytes_in", "bytes_out", "unnoted")

    def __init__(self) -> None:
        self.bytes_in = 0
        self.bytes_out = 0
        """What WebSockets sent; HTTP requests are counted where their lengths are known."""
        self.unnoted = 0
        """Responses over HTTP/1.1 whose latency a late load worker may have lengthened: when they arrived is
        not known, or it was late to read something before."""
