"""What the live screen costs a session: processor time above a headless run, frames early and after an hour,
and how long a person waits."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import anyio
import psutil

from tests.benchmarks.frames import GOAL_MS, drawn, p95
from tests.benchmarks.machine import on_all
from tests.benchmarks.report import Options, Table
from tests.benchmarks.startup import MOVING, screen_startup
from tests.benchmarks.terminal import in_terminal

TARGETS = "fastapi,django-wsgi,django-asgi,fast-django-asgi"
SIZE = (160, 45)
SECONDS = 20
SETTLING_S = 3.0
WITHIN_S = 60.0
EARLY_S, LATE_S = 60, 3600


def screen(options: Options) -> Table:
    """The costs of the screen, each beside its goal."""
    seconds = max(3, min(SECONDS, 5 * round(options.seconds)))
    with on_all(options.cores):
        pairs = [(headless_pct(seconds), _on_screen(seconds)) for _ in range(max(1, options.rounds))]
    headless, on_screen = (median(each) for each in zip(*pairs, strict=True))
    command = Path(sys.executable).with_name("abreast")
    rows = [
        ("headless", f"{headless:.1f} % of a core", ""),
        ("on screen", f"{on_screen:.1f} % of a core", ""),
        ("above headless", f"{on_screen - headless:+.1f} % of a core", "6 %"),
    ]
    for name, length_s in (("early", EARLY_S), ("after an hour", LATE_S)):
        _, frame_ms = anyio.run(drawn, length_s, ())
        rows.append((f"frame {name}, p95", p95(frame_ms), f"{GOAL_MS:.0f} ms"))
    goals = ("0.7 s", "2 s")
    for (what, wall, _), goal in zip(screen_startup(command, options.rounds), goals, strict=True):
        rows.append((what, wall, goal))
    note = f"Four targets at {SIZE[0]}×{SIZE[1]}; processor time of the process with the screen,"
    rest = f"without load workers and targets, over {seconds} s of load; medians of {options.rounds}."
    return Table("The live screen", ("what", "measured", "goal"), tuple(rows), (note, rest))


def _command() -> list[str]:
    command = str(Path(sys.executable).with_name("abreast"))
    load = ["--targets", TARGETS, "--users", "10", "--think-time", "100 ms"]
    return [command, "run", "hello", *load, "--seconds", str(SECONDS + round(WITHIN_S))]


def headless_pct(seconds: float) -> float:
    """Processor time of a session without a screen, in per cent of a core."""
    with tempfile.TemporaryDirectory() as home:
        said = Path(home) / "said"
        with said.open("wb") as messages:
            process = subprocess.Popen(
                [*_command(), "--headless"],
                env=os.environ | {"ABREAST_HOME": home},
                stdout=messages,
                stderr=messages,
            )
            try:
                until_s = time.monotonic() + WITHIN_S
                while "users │" not in said.read_text():
                    if time.monotonic() > until_s:
                        raise RuntimeError(f"no load came:\n{said.read_text()}")
                    time.sleep(0.1)
                return _cpu_pct(process.pid, seconds)
            finally:
                process.terminate()
                process.wait(WITHIN_S)


def _on_screen(seconds: float) -> float:
    """The same with the live screen in a terminal, whose output is read all the time."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"ABREAST_HOME": home, "TERM": "xterm-256color"}
        with in_terminal(_command(), environment, SIZE) as terminal:
            terminal.when(MOVING, WITHIN_S)
            terminal.read_for(SETTLING_S)
            process = psutil.Process(terminal.child)
            before_s, began_s = sum(process.cpu_times()[:2]), time.monotonic()
            terminal.read_for(seconds)
            return 100 * (sum(process.cpu_times()[:2]) - before_s) / (time.monotonic() - began_s)


def _cpu_pct(pid: int, seconds: float) -> float:
    time.sleep(SETTLING_S)
    process = psutil.Process(pid)
    before_s, began_s = sum(process.cpu_times()[:2]), time.monotonic()
    time.sleep(seconds)
    return 100 * (sum(process.cpu_times()[:2]) - before_s) / (time.monotonic() - began_s)
