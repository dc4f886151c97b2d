"""A terminal driver that is suspended only if the app agrees, resumes only then, reads Esc and a key after it
as two keys, and never waits for a terminal that does not read.

Textual's driver enters application mode at every SIGCONT and starts another thread that reads keys, even if
nothing was suspended (a shell that ends sends SIGCONT with the hang-up), and after the app has ended. If the
terminal is gone, such a thread loops forever and keeps the process alive.

Textual's driver stops its own process only, with SIGSTOP. `make run` or `uv run abreast` would then wait for
it, and the shell for them; and without a shell it would stand still for ever. Here the whole process group
gets SIGTSTP, as from a terminal, which the kernel drops where no shell could let the group go on.

A terminal sends the same bytes for Esc and a key that follows quickly as for Alt and that key. abreast has no
keys with Alt, so it is Esc: otherwise `/blo`, Esc, `q` would write `bloq` into the search.

Behind a connection that stands still, or while text is being selected in some windows, a terminal reads
nothing. Textual's driver then waits, and with it the event loop: the session would be neither steered nor
recorded nor ended. Here frames are dropped, and the whole screen is drawn once the terminal reads again.
"""

import os
import selectors
import signal
import threading
import time
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from queue import Full
from types import FrameType
from typing import Any

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

LOOKS_EVERY_S = 0.1
READ_BYTES = 4096
LAST_OUTPUT_WITHIN_S = 2.0
"""How long the end waits for a terminal to take the last output, which leaves the alternate screen."""

LOOKS_FOR_SIGNALS, BETWEEN_LOOKS_S = 50, 0.005
"""How often, and how far apart: another thread may take a signal, and Python's handler runs after that. They
are counted, since a clock goes on while the process is stopped."""

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_Handler = Callable[[int, FrameType | None], Any]

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
    """Textual's driver for terminals, with these differences."""

    _is_behind = False
    """Whether frames were dropped."""
    _is_away = False
    """Whether the terminal was given back: the kernel would stop a process in the background that sets it."""
    _gives_up_s: float | None = None
    """By the monotonic clock, once it is ending: until when output is waited for."""

    class SuspensionAsked(events.Event):
        """SIGTSTP came from outside."""

    def _sigtstp_application(self, *_: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: it is about to exit
            self._loop.call_soon_threadsafe(self._app.post_message, self.SuspensionAsked())

    def suspend(self) -> bool:
        """Gives the terminal back and stops the process group; returns once it goes on in the foreground, or
        once a signal asks it to end: then the terminal stays the shell's. Whether it was stopped: without a
        shell that could let it go on, it is not."""
        self.suspend_application_mode()
        self._is_away = True
        went_on, asked_to_end = self._stop()
        if not asked_to_end:
            self.resume_application_mode()
        return went_on or asked_to_end

    def _stop(self) -> tuple[bool, bool]:
        """Stops until it is in front; whether it was let go on, and whether it was asked to end."""
        counts: Counter[int] = Counter()

        def counted(handler: _Handler) -> _Handler:
            def take(number: int, frame: FrameType | None) -> None:
                counts[number] += 1
                handler(number, frame)

            return take

        handlers = ((each, signal.getsignal(each)) for each in (*_ENDING, signal.SIGTSTP, signal.SIGCONT))
        before = {number: handler for number, handler in handlers if callable(handler)}

        def is_ending() -> bool:
            return any(counts[number] for number in _ENDING)

        def more_than(seen: int) -> Callable[[], bool]:
            return lambda: counts.total() > seen

        try:
            for number, handler in before.items():
                signal.signal(number, counted(handler))
            while not is_ending():
                has_news = more_than(counts.total())
                _stop_group()
                if not _comes(has_news):
                    break
                # `kill %1` lets it go on in the background, for the signal: it may be seen a little later
                _comes(lambda: self._is_in_front or is_ending())
                if self._is_in_front:
                    break
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return counts[signal.SIGCONT] > 0, is_ending()

    @property
    def _is_in_front(self) -> bool:
        """Whether the terminal is this process group's; after `bg` it is not."""
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:
            return True

    def write(self, data: str) -> None:
        """Hands output to the thread that writes it; drops it if the terminal does not read."""
        if not self._was_put(data):
            self._is_behind = True

    def start_application_mode(self) -> None:
        """As in Textual."""
        self._is_behind, self._is_away, self._gives_up_s = False, False, None
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def disable_input(self) -> None:
        """As in Textual; what is written from now on is waited for a while."""
        self._wait_a_while()
        if not self._is_away:
            super().disable_input()

    def stop_application_mode(self) -> None:
        """As in Textual; what is written from now on is waited for a while."""
        self._wait_a_while()
        if not self._is_away:
            super().stop_application_mode()

    def close(self) -> None:
        """Ends the thread that writes, unless the terminal does not read."""
        self._wait_a_while()  # anew: what is printed next must not overtake the last output
        if self._writer_thread is not None and self._was_put(None):
            self._writer_thread.join(self._patience_s)

    def _wait_a_while(self) -> None:
        self._gives_up_s = time.monotonic() + LAST_OUTPUT_WITHIN_S

    @property
    def _patience_s(self) -> float:
        return 0.0 if self._gives_up_s is None else max(0.0, self._gives_up_s - time.monotonic())

    def _was_put(self, data: str | None) -> bool:
        writer = self._writer_thread
        assert writer is not None, "it has started"
        within_s = self._patience_s if writer.is_alive() else 0.0
        try:
            writer._queue.put(data, block=within_s > 0, timeout=within_s)
        except Full:
            return False
        return True

    def _catch_up(self) -> None:
        """Draws the whole screen once the terminal has read all that was kept for it."""
        if self._is_behind and self._writer_thread is not None and self._writer_thread._queue.empty():
            self._is_behind = False
            draw = partial(self._app.refresh, layout=True)
            self._loop.call_soon_threadsafe(self._app.call_later, draw)

    def _sigcont_application(self, *_: object) -> None:
        """Nothing: `suspend` sees to it."""

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
                self._catch_up()
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


def _stop_group() -> None:
    """Stops this process and all others of its group; returns once it goes on, or at once where nothing could
    let it go on."""
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    os.killpg(os.getpgrp(), signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    # What is sent to the group any thread may take, later; what is sent to this thread it takes at once.
    signal.pthread_kill(threading.get_ident(), signal.SIGTSTP)


def _comes(is_there: Callable[[], bool]) -> bool:
    """Whether it comes within a few looks."""
    for _ in range(LOOKS_FOR_SIGNALS):
        if is_there():
            return True
        time.sleep(BETWEEN_LOOKS_S)
    return is_there()
