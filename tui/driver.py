"""A terminal driver that resumes only after a suspension, and reads Esc and a key after it as two keys.

Textual's driver enters application mode at every SIGCONT and starts another thread that reads keys, even if
nothing was suspended (a shell that ends sends SIGCONT with the hang-up), and after the app has ended. If the
terminal is gone, such a thread loops forever and keeps the process alive.

A terminal sends the same bytes for Esc and a key that follows quickly as for Alt and that key. abreast has no
keys with Alt, so it is Esc: otherwise `/blo`, Esc, `q` would write `bloq` into the search.
"""

import os
import selectors
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from contextlib import suppress

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

LOOKS_EVERY_S = 0.1
READ_BYTES = 4096

_INTRODUCERS = "[O"
"""An Esc before one of these begins a sequence of the terminal, even one that Textual does not know."""


class KeyParser(XTermParser):
    """Bytes of the terminal → keys."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        # Textual has names for some of them, which are other characters: Esc, `2` would be "™".
        if len(sequence) == 2 and sequence[0] == "\x1b" and sequence[1] not in _INTRODUCERS:
            alt, sequence = True, sequence[1]
        if alt and sequence not in _INTRODUCERS:
            yield events.Key("escape", "\x1b")
        yield from super()._sequence_to_key_events(sequence)


class TerminalDriver(LinuxDriver):
    """Textual's driver for terminals, with these two differences."""

    def _sigcont_application(self, *_: object) -> None:
        if self._must_signal_resume:
            super()._sigcont_application()

    def run_input_thread(self) -> None:
        """Reads keys until the app ends."""
        parser = KeyParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(LOOKS_EVERY_S):
                    self._read(parser, decode)
                for message in parser.tick():
                    self.process_message(message)
        with suppress(ParseError):
            for _ in parser.feed(""):
                pass

    def _read(self, parser: KeyParser, decode: Callable[[bytes], str]) -> None:
        content = os.read(self.fileno, READ_BYTES)
        if not content:  # the terminal is gone
            self.exit_event.wait(LOOKS_EVERY_S)
        if text := decode(content):
            for message in parser.feed(text):
                self.process_message(message)
