"""Answers of the engine that do not end by themselves: read in a thread, closed from outside."""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests


class Stream:
    """One such answer, line by line."""

    def __init__(self, response: "requests.Response") -> None:
        self._response = response
        self._closed = False

    def lines(self) -> Iterator[bytes]:
        """The lines as they come, until the engine or `close` ends it. Blocks. Where it is cut off, that is
        its end."""
        rest = b""
        for chunk in self.chunks():
            *whole, rest = (rest + chunk).split(b"\n")
            yield from (line for line in whole if line.strip())
        if rest.strip():
            yield rest

    def chunks(self) -> Iterator[bytes]:
        """The same as it comes, lines or none."""
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
