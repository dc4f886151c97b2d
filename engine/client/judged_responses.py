"""Responses that come again byte for byte to the same request: what was found about them is known.

Whether a response passes its checks, and which values are taken from it, follows only from its bytes, apart
from what depends on cookies or on the request. Working it out again would cost a load worker as much as the
rest of its own code for a request.
"""

from engine.client.known_responses import MOST_RESPONSES
from engine.client.response_capture import BODY_LIMIT_BYTES, Judgement, ResponseCapture


class JudgedCapture(ResponseCapture):
    """A capture that knows responses again; of those, nothing is captured."""

    __slots__ = ("_whole", "judged")

    def __init__(self, judged: dict[bytes, Judgement], limit_bytes: int = BODY_LIMIT_BYTES) -> None:
        """`judged` is what is known, of all responses to the same request."""
        super().__init__(limit_bytes)
        self.judged = judged
        self._whole: tuple[bytes, int] | None = None

    def take_known(self, response: bytes) -> int:
        """Its status if this read is a response that is known, else 0."""
        judgement = self.judgement = self.judged.get(response)
        return 0 if judgement is None else judgement.status

    def take_read(self, data: bytes, arrived_ns: int = 0) -> None:
        """A read of a response that is not known."""
        self.judgement = None
        super().take_read(data, arrived_ns)

    def note_whole(self, response: bytes, status: int) -> None:
        """The read that was taken last was the whole response, and nothing else; its connection is kept."""
        self._whole = response, status

    def keep(self, values: dict[str, str]) -> None:
        """The response has passed all checks, and these are the values that are taken from it."""
        if self._whole is not None:
            if len(self.judged) >= MOST_RESPONSES:
                self.judged.clear()
            response, status = self._whole
            self.judged[response] = Judgement(status, values)
