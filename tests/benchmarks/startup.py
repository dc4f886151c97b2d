"""How long it takes until something can be used."""

import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from engine.protocol.messages import Hello, decode
from tests.benchmarks.generators import children_cpu_s
from tests.benchmarks.report import Options, Table
from tests.benchmarks.terminal import in_terminal


def startup(options: Options) -> Table:
    """How long it takes until something can be used."""
    repeats = max(3, options.rounds)
    rows = [_worker_startup(repeats)]
    command = Path(sys.executable).with_name("abreast")
    if command.exists() and find_spec("tui.cli.main"):
        rows.append(_help_startup(command, repeats))
        rows += screen_startup(command, repeats)
    return Table("Start-up", ("what", "wall", "CPU"), tuple(rows), (f"Medians of {repeats}.",))


def _help_startup(command: Path, repeats: int) -> tuple[str, ...]:
    walls_s, cpus_s = [], []
    for _ in range(repeats):
        before_s, began_s = children_cpu_s(), time.monotonic()
        subprocess.run([command, "--help"], stdout=subprocess.DEVNULL, check=True)
        walls_s.append(time.monotonic() - began_s)
        cpus_s.append(children_cpu_s() - before_s)
    return "`abreast --help`", f"{median(walls_s):.2f} s", f"{median(cpus_s):.2f} s"


def _worker_startup(repeats: int) -> tuple[str, ...]:
    """A worker from being started to its hello."""
    walls_s, cpus_s = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-P", "-m", "engine.worker.process", "--log", f"{folder}/log"]
            before_s, began_s = children_cpu_s(), time.monotonic()
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
                assert process.stdout is not None
                assert isinstance(decode(process.stdout.readline()), Hello)
                walls_s.append(time.monotonic() - began_s)
                process.communicate()
            cpus_s.append(children_cpu_s() - before_s)
    return "load worker, to its hello", f"{median(walls_s):.2f} s", f"{median(cpus_s):.2f} s"


LOBBY = "presets"
"""A title in the lobby."""
MOVING = r"[1-9][0-9.]*(?: k)? ok/s"
"""A lane's first figure that is not a dot."""
WITHIN_S = 60.0


def screen_startup(command: Path, repeats: int) -> list[tuple[str, ...]]:
    """The lobby from the command to its first picture, and from Enter to the first figure of `hello`."""
    paints_s, figures_s = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as home:
            environment = os.environ | {"ABREAST_HOME": home, "TERM": "xterm-256color"}
            began_s = time.monotonic()
            with in_terminal([str(command)], environment) as terminal:
                paints_s.append(terminal.when(LOBBY, WITHIN_S) - began_s)
                terminal.when("enter|⏎", WITHIN_S)
                time.sleep(1.0)  # a person looks before pressing a key
                terminal.forget()
                pressed_s = terminal.press("\r")
                figures_s.append(terminal.when(MOVING, WITHIN_S) - pressed_s)
    return [
        ("`abreast`, to the first picture", f"{median(paints_s):.2f} s", ""),
        ("Enter on `hello`, to the first figure", f"{median(figures_s):.2f} s", ""),
    ]
