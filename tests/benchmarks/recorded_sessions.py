"""How fast recorded sessions are: an hour of six targets at 5,000 requests/s each, made by calculation.

Commands are started as people start them, and their memory is the maximum that the operating system reports.
Jumps are measured where the screen makes them, without the screen.
"""

import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import median

from engine.metrics.timeline import View
from engine.playback.recorded_session import RecordedSession
from engine.recording import journal
from tests.benchmarks.report import Options, Table
from tests.support.browser import NAMES as BROWSERS
from tests.support.browser import opened_browser
from tests.support.made_sessions import TARGETS, Shape, write

HOUR_S = 3600
RPS = 5000
PATTERNS = 20
"""How many seconds of a target and level differ."""
JUMPS = 30
LISTED = 1000
LONGEST_S = 60
OPENINGS = 5
OPENED_MS = (
    "Math.max(performance.getEntriesByType('navigation')[0].loadEventEnd,"
    " ...performance.getEntriesByType('paint').map(each => each.startTime))"
)
SHOWN = b"fastapi"
"""Part of the first frame."""


def recorded_sessions(options: Options) -> Table:
    """Size, reports, watching and the list; `--seconds 1` makes a quarter of an hour."""
    seconds = min(HOUR_S, round(HOUR_S * options.seconds / 4))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        path = write(home / "one", Shape(seconds=seconds, targets=TARGETS, rps=RPS, patterns=PATTERNS))
        rows = [
            ("journal", f"{path.stat().st_size / 1e6:.1f} MB", "60 MB", "", ""),
            _report(path, "json", "2 s"),
            _report(path, "html", "5 s"),
            _opening(path.with_name("out.html"), home),
            ("first frame of `watch`", f"{_first_frame_s(path):.2f} s", "1 s", "", ""),
            *_jumps(path),
            _listing(home / "many"),
        ]
    note = f"{seconds} s of {len(TARGETS)} targets at {RPS} requests/s each; goals are for 3,600 s."
    head = ("what", "measured", "goal", "CPU", "most memory")
    return Table("Recorded sessions", head, tuple(rows), (note,))


def _report(path: Path, form: str, goal: str) -> tuple[str, ...]:
    out = path.with_name(f"out.{form}")
    run = _run(["report", str(path), "--format", form, "--out", str(out), "--force"])
    return f"`report --format {form}`", run[0], goal, *run[1:]


def _opening(page: Path, home: Path) -> tuple[str, ...]:
    """How large the page is, and how long a browser takes from the navigation to the first picture and the
    end of loading."""
    size = f"{page.stat().st_size / 1e6:.2f} MB"
    if not any(map(shutil.which, BROWSERS)):
        return "the page in Chromium", f"{size}; Chromium is not installed", "2 MB, 1 s", "", ""
    taken_ms = []
    with opened_browser(home) as browser:
        for _ in range(OPENINGS):
            browser.open(page)
            taken_ms.append(browser.run(OPENED_MS))
    opened = f"median {median(taken_ms) / 1000:.2f} s, at most {max(taken_ms) / 1000:.2f} s"
    return "the page in Chromium", f"{size}; {opened}", "2 MB, 1 s", "", ""


def _run(arguments: Sequence[str], home: Path | None = None) -> tuple[str, str, str]:
    """How long a command takes, how much CPU time it uses, and at most how much memory."""
    environment = os.environ | ({"ABREAST_HOME": str(home)} if home else {})
    began_s = time.monotonic()
    process = subprocess.Popen([_abreast(), *arguments], env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    taken_s, cpu_s = time.monotonic() - began_s, usage.ru_utime + usage.ru_stime
    return f"{taken_s:.2f} s", f"{cpu_s:.2f} s", f"{usage.ru_maxrss / 1024:.0f} MB"


def _first_frame_s(path: Path) -> float:
    """From the command to the first frame with a target."""
    front, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 80))
    began_s = time.monotonic()
    command = [_abreast(), "watch", str(path)]
    watching = subprocess.Popen(command, stdin=end, stdout=end, stderr=end, start_new_session=True)
    os.close(end)
    try:
        shown = b""
        while SHOWN not in shown:
            if not select.select([front], [], [], LONGEST_S)[0]:
                raise TimeoutError("watch shows nothing")
            shown += os.read(front, 65_536)
        return time.monotonic() - began_s
    finally:
        watching.kill()
        watching.wait()
        os.close(front)


def _jumps(path: Path) -> list[tuple[str, ...]]:
    """Jumps to any second, once all is folded, and how long that takes in the background."""
    random = Random(1)
    with journal.opened(path) as file:
        session = RecordedSession(file, path)
        session.look()
        began_s = time.monotonic()
        session.prepare()
        folded_s = time.monotonic() - began_s
        taken_s = []
        for _ in range(JUMPS):
            began_s = time.monotonic()
            session.snapshot_at(random.randrange(session.state.newest), View())
            taken_s.append(time.monotonic() - began_s)
    jump = f"median {median(taken_s):.2f} s, at most {max(taken_s):.2f} s"
    return [
        ("jump to any second", jump, "0.3 s", "", ""),
        ("before that, in the background", f"{folded_s:.1f} s", "", "", ""),
    ]


def _listing(home: Path) -> tuple[str, ...]:
    for number in range(LISTED):
        write(home / "sessions", Shape(seconds=2, rps=20, session_id=f"20250101-120000-hello-{number:04x}"))
    run = _run(["sessions"], home)
    return f"`sessions`, {LISTED} of them", run[0], "0.5 s", *run[1:]


def _abreast() -> str:
    return str(Path(sys.executable).with_name("abreast"))
