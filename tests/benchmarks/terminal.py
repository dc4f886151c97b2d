"""A program in a terminal of its own, as a person would start it, and when it shows what."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

ESCAPES = re.compile(
    r"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_].*?\x1b\\|.)", re.DOTALL
)
COLUMNS, ROWS = 120, 40


class Terminal:
    """The program's terminal."""

    def __init__(self, descriptor: int, child: int) -> None:
        self.child = child
        """The id of the program's process."""
        self._descriptor = descriptor
        self._output = b""

    def press(self, keys: str) -> float:
        """Sends keys; when they were sent, on the monotonic clock."""
        os.write(self._descriptor, keys.encode())
        return time.monotonic()

    def forget(self) -> None:
        """Looks only at what comes from now on."""
        self._output = b""

    def when(self, pattern: str, within_s: float) -> float:
        """When a text was there, without colours and movements, on the monotonic clock. Raises
        RuntimeError if it does not come."""
        until_s = time.monotonic() + within_s
        while not re.search(pattern, self.text):
            left_s = until_s - time.monotonic()
            if left_s < 0 or not self._take(left_s):
                raise RuntimeError(f"{pattern} was not shown:\n{self.text[-2000:]}")
        return time.monotonic()

    @property
    def text(self) -> str:
        """What was shown so far, one output after another."""
        return ESCAPES.sub("", self._output.decode(errors="replace"))

    def read_for(self, seconds: float) -> None:
        """Takes all that comes in this time, as a terminal does, and keeps none of it."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            self._take(left_s)
            self.forget()

    def rest(self) -> None:
        """Takes all that comes until the program ends."""
        while self._take(30.0):
            pass

    def _take(self, within_s: float) -> bool:
        """Whether something came."""
        if not select.select([self._descriptor], [], [], within_s)[0]:
            return False
        try:
            data = os.read(self._descriptor, 1 << 16)
        except OSError:  # the program has ended
            return False
        self._output += data
        return bool(data)


@contextmanager
def in_terminal(
    command: Sequence[str], environment: Mapping[str, str], size: tuple[int, int] = (COLUMNS, ROWS)
) -> Iterator[Terminal]:
    """Runs a command in a terminal while the block lasts; then it is ended."""
    child, descriptor = pty.fork()
    if not child:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        os.execve(command[0], list(command), dict(environment))
    try:
        terminal = Terminal(descriptor, child)
        yield terminal
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
        terminal.rest()
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(descriptor)
