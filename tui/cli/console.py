"""Everything that a command prints goes through here: `out` to standard output, `say` to standard error.

Rules: no printed text can control the terminal, whoever wrote it (`targets.plain_text`); no character makes
printing fail in any encoding; a reader that has left is not an error; while load runs, a reader that does not
read blocks nothing (`without_waiting`).
"""

import codecs
import os
import select
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from targets.errors import UsageError, reason_of
from targets.json_text import encodable, json_escaped
from targets.plain_text import hanging, replaced, visible

LINES_KEPT = 1000
"""Lines that wait for a reader; later ones are dropped, and their number is printed once it reads again."""

WIDE = 160
"""Columns where there is no terminal, as in a log file."""

LAST_LINES_S = 2.0
"""How long the last lines wait for a reader."""


def prepare() -> None:
    """Prepares the standard streams: closed ones lead to /dev/null, non-blocking ones block, and characters
    that an encoding lacks are replaced."""
    _fill_closed_streams()
    codecs.register_error("abreast", replaced)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="abreast")
        with suppress(OSError, ValueError):
            os.set_blocking(stream.fileno(), True)


def out(text: str) -> None:
    """Lines on standard output; foreign ones must be indented already (`hanging`). Raises UsageError if it
    cannot be written, for example on a full disk."""
    _to_stdout(f"{visible(text)}\n")


def out_json(document: bytes) -> None:
    """JSON on standard output: the same data, with nothing that controls a terminal. Raises as `out`."""
    is_utf8 = codecs.lookup(sys.stdout.encoding or "utf-8").name == "utf-8"
    _to_stdout(json_escaped(document, ascii_only=not is_utf8).decode())


def out_document(document: Any) -> None:
    """Plain data as JSON on standard output, indented for people. Raises as `out`."""
    import orjson

    layout = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    out_json(orjson.dumps(encodable(document), option=layout))


def out_bytes(chunks: Iterable[bytes]) -> None:
    """A file on standard output, byte by byte as it is. Raises as `out`."""
    for chunk in chunks:
        _to_stdout(chunk)


def say(text: str) -> None:
    """One message on standard error; lines after the first are indented. Silent if nothing reads it."""
    line = f"{hanging(visible(text))}\n"
    if _waiting is not None:
        _waiting.put(line.encode(sys.stderr.encoding, "abreast"))
        return
    with suppress(OSError, ValueError):
        sys.stderr.write(line)
        sys.stderr.flush()


def replace_line(text: str) -> None:
    """A line on standard error that replaces the last one written so; where that is no terminal, a line."""
    if not (sys.stderr.isatty() and os.environ.get("TERM", "") not in {"", "dumb"}):
        say(text)
        return
    with suppress(OSError, ValueError):
        sys.stderr.write(f"\r{visible(text)[: width_of_messages() - 1]}\x1b[K")
        sys.stderr.flush()


def end_line() -> None:
    """Ends such a line; what is written next goes below it."""
    if sys.stderr.isatty():
        with suppress(OSError, ValueError):
            sys.stderr.write("\n")


def no_screen() -> str:
    """Why the screen cannot be shown: it needs a terminal to type in and draw on; empty if it can."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        return "no terminal"
    kind = os.environ.get("TERM", "")
    return (
        f"this terminal cannot show the screen (TERM is {kind or 'not set'})" if kind in {"", "dumb"} else ""
    )


def is_dumb() -> bool:
    """Whether a terminal can only print lines: then a run is reported in sentences."""
    return sys.stderr.isatty() and os.environ.get("TERM", "") in {"", "dumb"}


def can_ask() -> bool:
    """Whether there is a terminal to ask a question on."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def agrees(question: str) -> bool:
    """Asks on the terminal, where no answer is a no. Raises UsageError without one."""
    if not can_ask():
        raise UsageError(
            f"not done without your consent: {question}",
            why="there is no terminal to ask on",
            hint="agree with --yes",
        )
    say(f"{question} [y/N]")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def is_output_shown() -> bool:
    """Whether standard output is a terminal, which cannot show binary files."""
    return sys.stdout.isatty()


def width_of_messages() -> int:
    """Columns of the terminal that standard error goes to; `WIDE` without one."""
    return _width_of(sys.stderr)


def width_of_output() -> int:
    """The same of standard output."""
    return _width_of(sys.stdout)


def _width_of(stream: IO[str]) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or WIDE
    except (OSError, ValueError):
        return WIDE


def can_draw(text: str) -> bool:
    """Whether the terminal's encoding has these characters."""
    try:
        text.encode(sys.stderr.encoding)
    except UnicodeEncodeError:
        return False
    return True


# ---------------------------------------------------------------- readers that do not read


class _LineWriter:
    """Writes lines to a descriptor in a separate thread, past Python's buffers: their locks would keep the
    interpreter from ending while a write hangs."""

    def __init__(self, descriptor: int) -> None:
        from queue import Queue
        from threading import Thread

        self._descriptor = descriptor
        self._lines: Queue[bytes] = Queue(LINES_KEPT)
        self._dropped = 0
        Thread(target=self._write, name="standard error", daemon=True).start()

    def put(self, line: bytes) -> None:
        """Queues a line; drops it if too many wait."""
        from queue import Full

        if self._dropped:
            line = b"... %d lines are missing here: nothing read them in time\n" % self._dropped + line
        try:
            self._lines.put_nowait(line)
        except Full:
            self._dropped += 1
        else:
            self._dropped = 0

    def finish(self, within_s: float) -> bool:
        """Waits until all lines are written; whether they are."""
        if self._are_written(within_s) and self._dropped:
            self.put(b"")
        return self._are_written(within_s)

    def _are_written(self, within_s: float) -> bool:
        lines = self._lines
        with lines.all_tasks_done:
            return lines.all_tasks_done.wait_for(lambda: not lines.unfinished_tasks, within_s)

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            with suppress(OSError):
                self._write_whole(line)
            self._lines.task_done()

    def _write_whole(self, line: bytes) -> None:
        while line:
            try:
                line = line[os.write(self._descriptor, line) :]
            except BlockingIOError:  # the pipe was made non-blocking
                select.select((), (self._descriptor,), ())


_waiting: _LineWriter | None = None
"""Writes messages while load runs, and afterwards too if its last lines found no reader."""


@contextmanager
def without_waiting() -> Iterator[None]:
    """While the block lasts, `say` never waits for a reader: a pipe may be full, a terminal suspended."""
    global _waiting
    try:
        sys.stderr.flush()
        descriptor = sys.stderr.fileno()
    except (OSError, ValueError):  # no file, as in a test
        yield
        return
    _waiting = _waiting or _LineWriter(descriptor)
    try:
        yield
    finally:
        if _waiting.finish(LAST_LINES_S):
            _waiting = None


# ---------------------------------------------------------------- streams


def _to_stdout(content: str | bytes) -> None:
    if _waiting is not None:
        _waiting.finish(LAST_LINES_S)
    try:
        if isinstance(content, bytes) and hasattr(sys.stdout, "buffer"):
            sys.stdout.buffer.write(content)
        else:  # text, or a stream without bytes beneath it
            sys.stdout.write(content if isinstance(content, str) else content.decode(errors="replace"))
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has left: `abreast presets | head -1`
        _drop(sys.stdout)
    except OSError as error:
        _drop(sys.stdout)
        raise UsageError("cannot write the output", why=reason_of(error)) from None


def _drop(stream: IO[str]) -> None:
    """Discards what a stream has buffered, and what is written to it later."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _fill_closed_streams() -> None:
    """Opens /dev/null for each standard stream that the shell closed (`>&-`): otherwise the next file opened
    would get its number, and messages would go there."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))
