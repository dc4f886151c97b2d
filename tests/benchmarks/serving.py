"""What ten people who watch in a browser cost a session: the goodput of its targets with and without them.

`abreast serve` runs beside it in either case.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, stdev
from threading import Thread

import orjson
import psutil

from tests.benchmarks.machine import on_all
from tests.benchmarks.report import Options, Table

VISITORS = 10
TARGETS = "fastapi,django-wsgi"
ROUNDS = 5
SECONDS = 20
WITHIN_S = 60.0


@dataclass
class Round:
    """One session."""

    goodput: dict[str, float]
    """Successful requests per second, by target."""
    cpu_s: float = 0.0
    """CPU time of the server of the page."""
    messages: int = 0
    """What the visitors got."""


@dataclass
class Visitors:
    """Threads that read the stream as a browser does."""

    url: str
    core: int | None
    """The targets' core: they must not disturb the load worker on the other one."""
    messages: int = 0
    _threads: list[Thread] = field(default_factory=list)

    def come(self, count: int) -> None:
        """So many open the page's stream."""
        self._threads += [Thread(target=self._read, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def leave(self) -> None:
        """Waits until all streams have ended."""
        for thread in self._threads:
            thread.join(WITHIN_S)

    def _read(self) -> None:
        if self.core is not None:
            os.sched_setaffinity(0, {self.core})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with suppress(OSError), opener.open(f"{self.url}events", timeout=WITHIN_S) as stream:
            for line in stream:
                self.messages += line.startswith(b"data:")


def serving(options: Options) -> Table:
    """Goodput without visitors and with ten, in alternating sessions."""
    rounds, seconds = max(ROUNDS, options.rounds), max(5, min(SECONDS, 5 * round(options.seconds)))
    without: list[Round] = []
    watched: list[Round] = []
    with on_all(options.cores):
        for number in range(rounds):
            for is_watched in (False, True) if number % 2 else (True, False):
                found = _session(seconds, options.cores.generator, VISITORS if is_watched else 0)
                (watched if is_watched else without).append(found)
    columns = ("", *TARGETS.split(","), "server's CPU", "messages")
    rows = (
        _row("no visitors", without, seconds),
        _row(f"{VISITORS} visitors", watched, seconds),
        _difference(without, watched),
    )
    how = f"`abreast serve` beside `abreast run hello --targets {TARGETS} --users 10 --think-time none`"
    what = f"ok/s, mean ± standard deviation of {rounds} sessions of {seconds} s each; CPU in % of one core"
    notes = (f"{how}; {what}.",)
    return Table("A session that is watched in browsers", columns, rows, notes)


def _row(what: str, rounds: list[Round], seconds: int) -> tuple[str, ...]:
    figures = (_spread([each.goodput[name] for each in rounds]) for name in TARGETS.split(","))
    cpu = f"{100 * fmean(each.cpu_s for each in rounds) / seconds:.1f} %"
    return what, *figures, cpu, f"{fmean(each.messages for each in rounds):.0f}"


def _spread(values: list[float]) -> str:
    return f"{fmean(values):,.0f} ± {stdev(values):,.0f}"


def _difference(without: list[Round], watched: list[Round]) -> tuple[str, ...]:
    """By how much the mean differs, in per cent; and what one standard error of that is."""
    texts = []
    for name in TARGETS.split(","):
        before, after = ([each.goodput[name] for each in rounds] for rounds in (without, watched))
        error = (stdev(before) ** 2 / len(before) + stdev(after) ** 2 / len(after)) ** 0.5
        share = 100 * (fmean(after) / fmean(before) - 1)
        texts.append(f"{share:+.1f} % (standard error {100 * error / fmean(before):.1f} %)")
    return "difference", *texts, "", ""


def _session(seconds: int, core: int | None, visitors: int) -> Round:
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"ABREAST_HOME": home}
        command = str(Path(sys.executable).with_name("abreast"))
        run = [command, "run", "hello", "--headless", "--json", "--targets", TARGETS]
        run += ["--users", "10", "--think-time", "none", "--seconds", str(seconds)]
        out, said = Path(home) / "out", Path(home) / "said"
        with out.open("wb") as output, said.open("wb") as messages:
            front = subprocess.Popen(run, env=environment, stdout=output, stderr=messages)
            serve = [command, "serve", _found(said, r"; session (\S+)"), "--port", "0"]
            watching = _watched(serve, environment, front, home, core, visitors)
            front.wait(seconds + WITHIN_S)
        document = orjson.loads(out.read_bytes())
    for target in document["targets"]:
        watching.goodput[target["name"]] = target["summary"]["ok"] / seconds
    return watching


def _watched(
    command: list[str],
    environment: dict[str, str],
    front: "subprocess.Popen[bytes]",
    home: str,
    core: int | None,
    count: int,
) -> Round:
    """Serves the session, with so many visitors, until it has ended."""
    said = Path(home) / "serving"
    with said.open("wb") as messages:
        server = subprocess.Popen(command, env=environment, stderr=messages)
        try:
            visitors = Visitors(_found(said, r"(http://\S+/)"), core)
            process = psutil.Process(server.pid)
            before_s = sum(process.cpu_times()[:2])
            visitors.come(count)
            front.wait(SECONDS + WITHIN_S)
            cpu_s = sum(process.cpu_times()[:2]) - before_s
        finally:
            server.terminate()
            server.wait(WITHIN_S)
        visitors.leave()
    return Round({}, cpu_s, visitors.messages)


def _found(file: Path, pattern: str) -> str:
    """What a program has printed, once it has."""
    until_s = time.monotonic() + WITHIN_S
    while not (found := re.search(pattern, file.read_text())):
        if time.monotonic() > until_s:
            raise RuntimeError(f"{pattern} is not in:\n{file.read_text()}")
        time.sleep(0.05)
    return found[1]
