"""The last error handler: an error that no command handled becomes one message, an exit code and a log.

Nothing here may fail itself: if abreast's home cannot be written, the log goes to the temporary folder.
"""

import errno
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from targets.errors import AbreastError
from targets.exit_codes import ExitCode
from targets.secrets import masked_text
from tui.cli.console import say

if TYPE_CHECKING:
    import threading

FOLDER = "errors"
"""The folder of the logs in abreast's home."""

SHORTAGES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO}
"""What the system may refuse to any program: not an error in abreast."""


def caught(error: BaseException) -> int:
    """Reports what ended a command; the exit code."""
    from asyncio import CancelledError

    leaves = list(_leaves(error))
    if any(isinstance(leaf, KeyboardInterrupt) for leaf in leaves):
        return ExitCode.INTERRUPTED
    unexpected = [leaf for leaf in leaves if not isinstance(leaf, AbreastError | CancelledError)]
    known = next((leaf for leaf in leaves if isinstance(leaf, AbreastError)), None)
    if unexpected:
        known = _shortage(unexpected[0])
    if known:
        say(f"abreast: {known}")
        return known.exit_code
    note(error, unexpected[0] if unexpected else error)
    return ExitCode.INTERNAL


def note(error: BaseException, first: BaseException | None = None) -> None:
    """Reports an error in abreast itself in one line, and writes its traceback to a log."""
    first = first or next(_leaves(error), error)
    log = _kept("".join(traceback.format_exception(error)))
    what = masked_text(f"{type(first).__name__}: {first}".partition("\n")[0].removesuffix(": "))
    where = f"details are in {log}" if log else f"it was raised {_place(first)}, and no log could be written"
    say(f"abreast: internal error: {what}; {where}; please report it to {_tracker()}")


def install() -> None:
    """Also reports uncaught errors of threads, callbacks and finalizers, and warnings, in one line each."""
    import logging
    import threading
    import warnings

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            error = record.exc_info[1] if record.exc_info else None
            if error is not None:
                note(error)
            else:
                say(f"abreast: {record.name}: {record.getMessage()}")

    def warned(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        say(f"abreast: {category.__name__}: {message}")

    def in_thread(args: "threading.ExceptHookArgs") -> None:
        if args.exc_value is not None:
            note(args.exc_value)

    def at_exit(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
        caught(error)

    logging.getLogger().addHandler(Handler(logging.WARNING))
    warnings.showwarning = warned
    threading.excepthook = in_thread
    sys.excepthook = at_exit
    sys.unraisablehook = lambda args: note(args.exc_value) if args.exc_value else None


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors of a group, however deep it is: task groups wrap what is raised in them."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


def _shortage(error: BaseException) -> AbreastError | None:
    if not isinstance(error, OSError) or error.errno not in SHORTAGES:
        return None
    return AbreastError(
        f"the system has run short: {error.strerror}",
        why=f"{error.filename}" if error.filename else "",
        hint="see: abreast doctor",
    )


def _kept(text: str) -> Path | None:
    """The log with a traceback; only its owner may read it."""
    now = datetime.now(UTC)
    name = f"{now:%Y%m%dT%H%M%S}.{now.microsecond:06}-{os.getpid()}.log"
    content = masked_text("\n".join([f"abreast {_metadata('Version')}, Python {sys.version}, {sys.platform}",
                                     " ".join(sys.argv), "", text]))  # fmt: skip
    for folder in _folders():
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            log = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(log, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(content)
        except (OSError, ValueError):
            continue
        return folder / name
    return None


def _folders() -> Iterator[Path]:
    from engine.machine.paths import home

    with suppress(Exception):  # the home may be what is wrong
        yield home() / FOLDER
    yield Path(tempfile.gettempdir())


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return (
        f"in {frames[-1].name}, {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
    )


def _tracker() -> str:
    """Where to report errors."""
    for entry in _metadata("Project-URL", every=True).splitlines():
        label, _, url = entry.partition(", ")
        if label.lower() in {"issues", "tracker", "issue tracker", "bug tracker"}:
            return url
    return "the project's issue tracker"


def _metadata(name: str, *, every: bool = False) -> str:
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        found = metadata("abreast").get_all(name) or []
    except PackageNotFoundError:
        found = []
    return "\n".join(found if every else found[:1])
