"""Starts real fronts, waits for what they do, and checks what they leave behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import orjson
import psutil

from engine.metrics.records import Record
from engine.recording import journal
from tests.support import waiting
from tests.support.waiting import Seen as Seen

ABREAST = (str(Path(sys.executable).with_name("abreast")),)
"""The command as it is installed."""
RUNNER = (sys.executable, "-m", "tests.support.counting_runner")
"""The same with the tests' targets."""
WITHIN_S = 60.0
"""A limit for slow machines; nothing should take this long."""

Kind = TypeVar("Kind", bound=Record)


def until(look: Callable[[], Seen], what: str, within_s: float = WITHIN_S) -> Seen:
    """The first true result of `look`. Fails if there is none in time."""
    return waiting.until(look, what, within_s)


@dataclass(frozen=True)
class Front:
    """A running `abreast` whose output goes to files."""

    process: "subprocess.Popen[bytes]"
    home: Path
    folder: Path
    """Its output is in `out` and `err` here; it is also its working folder."""

    @property
    def out(self) -> str:
        """Its standard output so far."""
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        """Its standard error so far."""
        return (self.folder / "err").read_text(errors="replace")

    @property
    def json(self) -> dict[str, Any]:
        """Its standard output, which is one JSON document."""
        document: dict[str, Any] = orjson.loads(self.out)
        return document

    @property
    def session_id(self) -> str:
        """The session that it reports."""
        return self.err.split("; session ", 1)[1].split(maxsplit=1)[0]

    def wait(self, within_s: float = WITHIN_S) -> int:
        """Its exit code."""
        return self.process.wait(within_s)

    def says(self, text: str) -> None:
        """Waits until this is on its standard error."""

        def look() -> bool:
            assert text in self.err or self.process.poll() is None, f"ended without {text!r}: {self.err}"
            return text in self.err

        until(look, f"it says {text!r}")

    def loads(self) -> None:
        """Waits until load begins."""
        self.says("   1 s │")

    def processes(self) -> list[psutil.Process]:
        """Every living process of its session."""
        return marked(self.session_id)

    def records(self, kind: type[Kind]) -> list[Kind]:
        """The records of one kind in its journal."""
        return records(self.home / "sessions" / self.session_id, kind)


@contextmanager
def started(
    folder: Path,
    *arguments: str,
    home: Path | None = None,
    command: Sequence[str] = ABREAST,
    environment: dict[str, str] | None = None,
) -> Iterator[Front]:
    """A front that runs in `folder`. Whatever the test does, it and its session are gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    home = home or folder / "home"
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=folder,
            env=os.environ | {"ABREAST_HOME": str(home), "PYTHONWARNINGS": "error"} | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    front = Front(process, home, folder)
    try:
        yield front
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait(WITHIN_S)
        if "; session " in front.err:
            until(lambda: not front.processes(), "the guard has ended the session")


def marked(session_id: str) -> list[psutil.Process]:
    """Every living process that is marked, by its environment, as one of the session."""
    found = []
    for process in psutil.process_iter():
        try:
            mark = process.environ().get("ABREAST_SESSION")
            if mark == session_id and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def target_of(process: psutil.Process) -> str:
    """The target that a marked process belongs to; empty for a load worker, and one that has just ended."""
    try:
        return process.environ().get("ABREAST_TARGET", "")
    except (psutil.Error, OSError):
        return ""


def records(folder: Path, kind: type[Kind]) -> list[Kind]:
    """The records of one kind in the journal of a session's folder."""
    return [each for each in journal.read(folder / journal.FILE_NAME) if isinstance(each, kind)]
