"""Endless responses of the engine: read in a thread, closed from outside."""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests


class Stream:
    """One endless response."""

    def __init__(self, response: "requests.Response") -> None:
        self._response = response
        self._closed = False

    def lines(self) -> Iterator[bytes]:
        """The lines as they arrive, until the engine or `close` ends the stream. Blocks. `close` ends it
        without an error."""
        rest = b""
        for chunk in self.chunks():
            *whole, rest = (rest + chunk).split(b"\n")
            yield from (line for line in whole if line.strip())
        if rest.strip():
            yield rest

    def chunks(self) -> Iterator[bytes]:
        """The data as it arrives, not split into lines."""
        try:
            yield from self._response.iter_content(None)
        except Exception:
            if not self._closed:
                raise

    def close(self) -> None:
        """Ends it, also while another thread reads. Never raises."""
        from docker.types import CancellableStream

        self._closed = True
        with suppress(Exception):  # over ssh there is no socket to shut down
            CancellableStream(iter(()), self._response).close()
        with suppress(Exception):
            self._response.close()
