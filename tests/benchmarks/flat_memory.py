"""Does memory stay flat? `abreast run --headless` as people start it, with NGINX as the plan's own target,
over ten million requests: the front and its load worker are weighed from outside, once a second."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import orjson
import psutil

from engine.recording.journal import FILE_NAME
from targets.errors import LoadError
from tests.benchmarks.asking import exactly, shortened
from tests.benchmarks.machine import Cores
from tests.benchmarks.memory import memory_bytes
from tests.benchmarks.null_server import null_server
from tests.benchmarks.report import Options, Table

REQUESTS = 10_000_000
USERS = 50
LONGEST_S = 1200
"""The load shape holds for so long; the run is ended when it has sent enough."""
SETTLED_S = 60.0
"""Windows and logs are full after the first minute."""
GROWTH_BYTES, GROWTH_SHARE = 2_000_000, 0.02
"""Memory is flat where it grows by less than the one or the other."""
SMOOTHED = 5
"""So many readings are taken as one, by their median."""

_PLAN = """
title = "Memory"
think_time = "none"
warm_up = "none"

[[target]]
name = "nginx"
url = "http://127.0.0.1:{port}"

[[request]]
path = "/"

[[stages]]
users = {users}
hold = "{seconds} s"
"""


@dataclass(frozen=True)
class Weighed:
    """One reading."""

    at_s: float
    requests: int
    front_bytes: int
    worker_bytes: int


class Journal:
    """How many requests a running session's journal tells of."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._read_bytes = 0
        self.requests = 0

    def read_on(self) -> None:
        """Takes in the records that are there since the last time."""
        path = next(self._home.glob(f"sessions/*/{FILE_NAME}"), None)
        if path is None:
            return
        with path.open("rb") as file:
            file.seek(self._read_bytes)
            whole = file.read().rpartition(b"\n")[0]
        self._read_bytes += len(whole) + bool(whole)
        for line in whole.splitlines():
            if line.startswith(b'["Bucket"'):
                tallies = orjson.loads(line)[1]["tick_stats"]["requests"].values()
                self.requests += sum(sum(tally["ok"]["counts"].values()) for tally in tallies)


def flat_memory(options: Options) -> Table:
    """Front and worker over all the requests; `settled` is the end of the first minute, or, in a shortened
    run, of its first half."""
    wanted = round(shortened(options, REQUESTS))
    # abreast deals out the cores itself, and gives load the last one.
    with null_server(options.cores.on_generator()) as port:
        weighed = list(_weigh(port, wanted, options.cores))
    settled_s = min(SETTLED_S, weighed[-1].at_s / 2)
    is_short = settled_s < SETTLED_S
    after = [each for each in weighed if each.at_s >= settled_s]
    rows, flat = [], True
    for name in ("front", "worker"):
        settled, end = _smoothed(after[:SMOOTHED], name), _smoothed(after[-SMOOTHED:], name)
        is_flat = end - settled < max(GROWTH_BYTES, GROWTH_SHARE * settled)
        flat = flat and is_flat
        rows.append(
            (
                name,
                f"{_smoothed(weighed[:1], name) / 1e6:.1f} MB",
                f"{settled / 1e6:.1f} MB",
                f"{end / 1e6:.1f} MB",
                f"{max(getattr(each, f'{name}_bytes') for each in weighed) / 1e6:.1f} MB",
                f"{(end - settled) / 1e6:+.2f} MB",
            )
        )
    return Table(
        f"Memory over {weighed[-1].requests:,} requests",
        ("process", "as load begins", f"after {settled_s:.0f} s", "at the end", "most", "growth"),
        tuple(rows),
        (
            (
                f"`abreast run --headless`, {USERS} users without think time against NGINX, "
                f"for {weighed[-1].at_s:.0f} s; proportional set sizes, from outside."
            ),
            exactly(
                f"flat after the first minute: less than {GROWTH_BYTES / 1e6:g} MB or {GROWTH_SHARE:.0%}",
                holds=flat,
            ),
            *(["A shortened run: what is kept of the last minute is still filling."] if is_short else []),
        ),
    )


def _smoothed(weighed: list[Weighed], name: str) -> float:
    return median(float(getattr(each, f"{name}_bytes")) for each in weighed)


def _weigh(port: int, wanted: int, cores: Cores) -> Iterator[Weighed]:
    """A session that is weighed once a second until it has sent as many requests as wanted."""
    with tempfile.TemporaryDirectory() as name:
        home, plan = Path(name) / "home", Path(name) / "plan.toml"
        plan.write_text(_PLAN.format(port=port, users=USERS, seconds=LONGEST_S))
        command = [str(Path(sys.executable).with_name("abreast")), "run", str(plan), "--headless"]
        with (
            (Path(name) / "said").open("w+") as said,
            subprocess.Popen(
                [*cores.on_both(), *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=os.environ | {"ABREAST_HOME": str(home)},
            ) as front,
        ):
            try:
                journal, began_s = Journal(home), 0.0
                while journal.requests < wanted:
                    time.sleep(1.0)
                    if front.poll() is not None:
                        said.seek(0)
                        raise LoadError("the session ended by itself", why=said.read()[-500:])
                    journal.read_on()
                    worker = _worker_of(front.pid)
                    if journal.requests and worker:
                        began_s = began_s or time.monotonic()
                        yield Weighed(
                            time.monotonic() - began_s,
                            journal.requests,
                            memory_bytes(front.pid),
                            memory_bytes(worker),
                        )
            finally:
                front.terminate()


def _worker_of(front: int) -> int | None:
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(front).children():
            if "engine.worker.process" in child.cmdline():
                return child.pid
    return None
