"""What a profile costs its target: goodput while py-spy samples it, beside the seconds before, in whole
sessions at full load. The same of seconds in which nothing is sampled shows what the machine's noise makes of
it."""

import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import mean, stdev

import anyio

from engine.answers.profile.figures import figures_of
from engine.metrics.profiles import Profiled
from engine.plan import commands
from engine.plan.plan import make_plan
from engine.session.profiler import goodputs
from engine.session.session import Session, opened
from tests.benchmarks.report import Options, Table
from tests.support.waiting import eventually

USERS = 10
SETTLES_S = 5
"""Before the first profile, and between two."""
CASES = (
    ("fastapi",),
    ("django-wsgi",),
    ("fastapi", "django-wsgi"),
    ("fastapi:workers=2", "django-wsgi:workers=2:threads=4", "django-asgi"),
)
ASKED = 0.05
"""A profile should cost less of goodput than this."""


@dataclass(frozen=True)
class Sampled:
    """One profile."""

    profiled: Profiled
    cpu_share: float
    """What py-spy used of one core meanwhile."""
    without: tuple[float, ...]
    """What the same comparison finds of each target just before, without sampling."""


def sampling(options: Options) -> Table:
    """A row for each set of targets."""
    rows, seconds = [], round(options.seconds)
    for targets in CASES:
        with home():
            found = anyio.run(_profiles, targets, options)
        costs = [each.cost for one in found for each in one.profiled.targets if each.cost is not None]
        samples = [figures_of(each).samples for one in found for each in one.profiled.targets]
        rows.append(
            (
                " + ".join(targets),
                str(found[0].profiled.rate_hz),
                _interval(costs),
                _interval([cost for one in found for cost in one.without]),
                f"{100 * mean(each.cpu_share for each in found):.1f} %",
                f"{mean(samples):.0f}",
                str(len(found)),
            )
        )
    return Table(
        "What a profile costs",
        (
            "targets at once",
            "looks/s",
            "goodput lost",
            "without sampling",
            "py-spy, of a core",
            "samples a target",
            "profiles",
        ),
        tuple(rows),
        (
            f"{USERS} users without think time; a profile takes {seconds} s; goodput beside that before it.",
            "Without sampling: the same of the seconds before, between which nothing happened.",
            f"Mean ± standard error over profiles and targets. Asked: less than {100 * ASKED:.0f} %.",
            "py-spy runs on the load workers' core, whose seconds do not count meanwhile.",
        ),
    )


def _interval(costs: list[float]) -> str:
    error = stdev(costs) / len(costs) ** 0.5 if len(costs) > 1 else float("nan")
    return f"{100 * mean(costs):.1f} ± {100 * error:.1f} %" if costs else "not known"


@contextmanager
def home() -> Iterator[None]:
    """Sessions go to a folder of their own."""
    before = os.environ.get("ABREAST_HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ABREAST_HOME"] = folder
        try:
            yield
        finally:
            os.environ.pop("ABREAST_HOME")
            if before is not None:
                os.environ["ABREAST_HOME"] = before


async def _profiles(targets: tuple[str, ...], options: Options) -> list[Sampled]:
    values = {
        "title": "What a profile costs",
        "targets": list(targets),
        "think_time": "none",
        "warm_up": "2 s",
        "stages": [{"users": USERS, "hold": "1 h"}],
    }
    async with opened(make_plan(values, where="benchmark"), open_ended=True) as session:
        await session.began.wait()
        found = []
        for _ in range(3 * options.rounds):
            await anyio.sleep(SETTLES_S + 2 * options.seconds)
            found.append(await _profile(session, round(options.seconds)))
        return found


async def _profile(session: Session, seconds: int) -> Sampled:
    before, last = _children_cpu_s(), session.snapshot.profiles[-1:]
    session.send(commands.ProfileTargets(None, seconds))
    await eventually(lambda: session.snapshot.profiles[-1:] != last, within_s=seconds + 60)
    profiled = session.snapshot.profiles[-1]
    lasted_s = profiled.until_s - profiled.t_s
    without = (
        goodputs(target.buckets, profiled.t_s - lasted_s, profiled.t_s)
        for target in session.recorder.timeline.targets.values()
    )
    return Sampled(
        profiled,
        (_children_cpu_s() - before) / lasted_s,
        tuple(1 - after / earlier for earlier, after in without if earlier and after is not None),
    )


def _children_cpu_s() -> float:
    """CPU time of this process's children that have ended: of py-spy, since targets go on."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
