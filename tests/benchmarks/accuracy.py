"""How true are the percentiles of load generators? Against a server that logs what it really did."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import anyio

from engine.protocol.histogram import Histogram
from engine.protocol.messages import TICK_S
from targets.errors import TargetError
from targets.runtime.ports import free_port
from tests.benchmarks.asking import exactly
from tests.benchmarks.generators import ABREAST, HEY, K9, LOCUST, WRK, Job
from tests.benchmarks.report import Options, Table
from tests.benchmarks.throughput import missing
from tests.benchmarks.truth_server import LONGEST_MS, MEDIAN_MS, SHARES, sleeps_ns
from tests.support.worker_process import get, target, working

FEW, MANY = 50, 250
"""Connections. Few send some 6,600 requests/s, at most half of what the slowest of the generators can; many
send 33,000, and the server is hardly faster."""
ERROR_ASKED, ERROR_AIM = 0.03, 0.01
ERROR_ASKED_MS = 0.2
HELD_UP = 1.05
"""A truth whose p50 is so many times the one that was drawn comes from a machine that was busy."""
PERCENTILES = ", ".join(f"p{share * 100:g}" for share in SHARES)


@dataclass(frozen=True)
class Told:
    """What a generator reported of one round."""

    count: int
    percentiles_ms: tuple[float, ...]
    """At `SHARES`."""
    at_most_ms: tuple[float, ...] = ()
    """Of the truth: the same, where nobody can tell exactly."""


@dataclass(frozen=True)
class Round:
    """What a generator reported beside what happened."""

    told: Told
    truth: Told

    @property
    def errors(self) -> list[float]:
        """By how much each percentile is off, as a share of the true one."""
        pairs = zip(self.told.percentiles_ms, self.truth.percentiles_ms, strict=True)
        return [told / truth - 1 for told, truth in pairs]

    @property
    def worst(self) -> float:
        """The largest error, whichever way."""
        return max(map(abs, self.errors))

    @property
    def together(self) -> float:
        """All errors, added up whichever way they go."""
        return sum(map(abs, self.errors))

    def is_within(self, share: float, ms: float) -> bool:
        """Whether each percentile is near enough, by share or by time."""
        pairs = zip(self.told.percentiles_ms, self.truth.percentiles_ms, strict=True)
        return all(abs(told - truth) <= max(share * truth, ms) for told, truth in pairs)

    def cells(self) -> tuple[str, ...]:
        """As a row's cells."""
        together = zip(self.told.percentiles_ms, self.truth.percentiles_ms, self.errors, strict=True)
        return (
            f"{self.told.count:,} of {self.truth.count:,}",
            *(f"{told:.2f} vs. {truth:.2f} ms ({error:+.1%})" for told, truth, error in together),
            f"{self.together:.1%}",
        )


class Truth:
    """The server that knows."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self._process = process
        self.port = port

    def of(self, run: Callable[[], Told]) -> Round:
        """One round: what a generator says, and what happened meanwhile."""
        self.begin()
        told = run()
        return Round(told, self._ask("end"))

    def between(self, begin_ns: int, end_ns: int) -> Told:
        """What was answered between two moments of the monotonic clock, since the last `begin`."""
        return self._ask(f"between {begin_ns} {end_ns}")

    def begin(self) -> None:
        """Forgets what was."""
        self._say("begin")

    def _ask(self, order: str) -> Told:
        self._say(order)
        did = json.loads(self._hear())
        least_ms, most_ms = (tuple(us / 1000 for us in did[key]) for key in ("percentiles_us", "at_most_us"))
        return Told(did["count"], least_ms, most_ms)

    def _say(self, order: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def truth_server(prefix: tuple[str, ...], median_ms: float = MEDIAN_MS) -> Iterator[Truth]:
    """A running server. Raises TargetError where it cannot be had."""
    port = free_port()
    program = [sys.executable, "-P", "-m", "tests.benchmarks.truth_server"]
    command = [*prefix, *program, str(port), str(median_ms)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            if process.stdout.readline() != "\n":
                raise TargetError("the server that logs the truth did not start", why="it needs epoll: Linux")
            yield Truth(process, port)
        finally:
            process.kill()


def with_few(options: Options) -> Table:
    """At a load that all generators can send with ease."""
    return accuracy(options, FEW)


def with_many(options: Options) -> Table:
    """At a load that is much for most."""
    return accuracy(options, MANY)


def accuracy(options: Options, connections: int) -> Table:
    """Percentiles of all generators that are installed, in turns."""
    typical = typical_rounds(options, connections)
    ours = typical[ABREAST.name]
    return Table(
        f"Truth, {connections} connections",
        (
            "generator",
            "requests",
            *(f"p{share * 100:g}, reported vs. true" for share in SHARES),
            "errors' sum",
        ),
        tuple((name, *each.cells()) for name, each in typical.items()),
        (
            "The server has a core of its own, sleeps before it answers, and logs what each request took it:",
            f"log-normal, median {MEDIAN_MS:g} ms, at most {LONGEST_MS:g} ms.",
            f"{options.rounds} rounds of {options.seconds:g} s, in turns; of each generator the middle one",
            "by its errors, beside the truth of that same round.",
            exactly(
                f"{PERCENTILES} within {ERROR_ASKED:.0%} or {ERROR_ASKED_MS:g} ms",
                holds=ours.is_within(ERROR_ASKED, ERROR_ASKED_MS),
            ),
            exactly(f"aim: within {ERROR_AIM:.0%}", holds=ours.worst <= ERROR_AIM),
            exactly("the smallest error of all", holds=is_most_exact(ours, typical)),
            *held_up(typical),
            *missing(tuple(TELLERS)),
        ),
    )


def typical_rounds(options: Options, connections: int) -> dict[str, Round]:
    """The middle round of each generator that is installed, by its errors; all have their turns."""
    tellers = {each: tell for each, tell in TELLERS.items() if each.is_installed()}
    rounds: dict[str, list[Round]] = {each.name: [] for each in tellers}
    with truth_server(options.cores.on_server()) as truth:
        job = Job(truth.port, connections, options.seconds, options.cores)
        for number in range(options.rounds):
            for each, tell in tellers.items():
                print(f"  round {number + 1} of {options.rounds}: {each.name}", file=sys.stderr)
                rounds[each.name].append(truth.of(partial(tell, job)))
    return {name: sorted(each, key=_together)[len(each) // 2] for name, each in rounds.items()}


def is_most_exact(ours: Round, typical: dict[str, Round]) -> bool:
    """Whether none has smaller errors."""
    return ours is min(typical.values(), key=_together)


def held_up(rounds: dict[str, Round]) -> list[str]:
    """A line where the server was held up: what generators then say, they say of the machine."""
    drawn_ms = median(sleeps_ns()) / 1e6
    disturbed = {
        name: each for name, each in rounds.items() if each.truth.percentiles_ms[0] > HELD_UP * drawn_ms
    }
    if not disturbed:
        return []
    beside = ", ".join(disturbed)
    return [
        f"Unreliable: the server overslept (its p50 should be {drawn_ms:.2f} ms) during the runs of {beside}."
    ]


def _together(each: Round) -> float:
    return each.together


# ---------------------------------------------------------------- what each generator reports


def tell_abreast(job: Job) -> Told:
    """Our worker's histograms, added up as a front adds them."""

    async def drive() -> Told:
        with tempfile.TemporaryDirectory() as folder:
            async with working(Path(folder), prefix=job.cores.on_generator()) as worker:
                await worker.begin()
                await worker.say(target(job.port, get(job.port, "/"), users=job.connections))
                await worker.until(lambda sample: sample.tick * TICK_S >= job.seconds)
                await worker.stop()
        assert not worker.errors, worker.errors
        ok = Histogram.of(tally.ok for sample in worker.samples for tally in sample.requests.values())
        return Told(ok.count, tuple(each / 1000 for each in ok.quantiles_us(*SHARES)))

    return anyio.run(drive)


def tell_locust(job: Job) -> Told:
    """Locust's FastHttpUser: whole milliseconds, and of longer times two digits."""
    said = json.loads(
        _run(
            job,
            sys.executable,
            "-m",
            "tests.benchmarks.locust_percentiles",
            f"http://127.0.0.1:{job.port}",
            str(job.connections),
            str(job.seconds),
        ).splitlines()[-1]
    )
    return Told(said["count"], tuple(said["ms"]))


def tell_wrk(job: Job) -> Told:
    """wrk's own percentiles, by its script interface, since it prints no p95."""
    script = Path(__file__).with_name("wrk_percentiles.lua")
    said = _run(
        job,
        *(
            "wrk",
            "--latency",
            "--threads",
            "1",
            "--connections",
            str(job.connections),
            "--script",
            str(script),
        ),
        *("--duration", f"{max(1, round(job.seconds))}s", f"http://127.0.0.1:{job.port}/"),
    )
    count = re.search(r"(\d+) requests in", said)
    percentiles_us = re.findall(r"^p\d+ (\d+)$", said, re.MULTILINE)
    assert count, said
    return Told(int(count[1]), tuple(int(each) / 1000 for each in percentiles_us))


def tell_hey(job: Job) -> Told:
    """hey's latency distribution: tenths of milliseconds."""
    said = _run(
        job,
        *("hey", "-cpus", "1", "-z", f"{job.seconds:g}s", "-c", str(job.connections)),
        f"http://127.0.0.1:{job.port}/",
    )
    by_percent = dict(re.findall(r"(\d+)%+ in ([\d.]+) secs", said))
    count = re.search(r"\[200\]\s+(\d+) responses", said)
    assert count, said
    return Told(int(count[1]), tuple(float(by_percent[f"{share * 100:g}"]) * 1000 for share in SHARES))


def tell_k9(job: Job) -> Told:
    """k9-load's declarative plan: the summary's http_req_duration."""
    with tempfile.TemporaryDirectory() as name:
        plan, summary = Path(name) / "plan.json", Path(name) / "summary.json"
        steps = [{"request": {"method": "GET", "url": f"http://127.0.0.1:{job.port}/"}}]
        options = {"vus": job.connections, "duration": f"{round(job.seconds * 1000)}ms"}
        plan.write_text(json.dumps({"options": options, "flows": {"default": steps}}))
        names = [f"p({share * 100:g})" for share in SHARES]
        _run(
            job,
            *(sys.executable, "-P", "-m", "k9", "run", "--quiet", "--summary-export", str(summary)),
            *("--summary-trend-stats", ",".join([*names, "count"]), str(plan)),
        )
        metrics = json.loads(summary.read_text())["metrics"]
    return Told(
        int(metrics["http_reqs"]["count"]), tuple(metrics["http_req_duration"][name] for name in names)
    )


def _run(job: Job, *command: str) -> str:
    """What a command prints that runs on the generator's core, with one thread of its language's runtime."""
    return subprocess.run(
        [*job.cores.on_generator(), *command],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"GOMAXPROCS": "1"},
    ).stdout


TELLERS = {ABREAST: tell_abreast, LOCUST: tell_locust, K9: tell_k9, HEY: tell_hey, WRK: tell_wrk}
"""In the order in which they have their turns."""
