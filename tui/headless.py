"""A run without a screen: a line a second on standard error, the summary on standard output."""

import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import orjson

from engine.archive import clean
from engine.export import check_writable, session_document, write_json
from engine.plan import Plan
from engine.session import Session, opened
from engine.snapshot import Snapshot, TargetSnapshot
from targets.errors import UsageError
from tui import numbers
from tui.signals import INTERRUPTED, ending_with

TARGET_FAILED, UNTRUSTED = 3, 4
DIRTY = "red"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done with the result."""

    export: Path | None = None
    as_json: bool = False
    """Standard output gets the session JSON alone."""
    strict: bool = False
    """A red light makes the run fail."""
    granted_hosts: tuple[str, ...] = ()
    """Hosts beyond this machine and private networks that the person allows load to go to."""


async def run(plan: Plan, wish: Wish) -> int:
    """Runs a plan to its end and says how it went; the exit code.

    Raises AbreastError where it cannot begin, or where the export cannot be written in the end.
    """
    if wish.export:
        check_writable(wish.export)
    interrupted = anyio.Event()
    with ending_with(interrupted.set):
        await anyio.to_thread.run_sync(clean)
        async with opened(plan, granted_hosts=wish.granted_hosts) as session:
            await _follow(session, interrupted)
    if session.error:
        raise session.error
    trouble = session.logbook.journal.trouble
    if trouble:
        say(f"abreast: {trouble}; what follows is of the seconds before that")
    result = session_document(session.logbook.journal.path)
    _hand_over(result, wish)
    return exit_code(session.outcome, result["health"]["light"], strict=wish.strict)


def exit_code(outcome: str, light: str, *, strict: bool) -> int:
    """What a run ends with: the first that applies."""
    if outcome == "interrupted":
        return INTERRUPTED
    if outcome == "failed":
        return TARGET_FAILED
    return UNTRUSTED if strict and light == DIRTY else 0


def say(text: str) -> None:
    """A line on standard error; silent where nobody reads it any longer."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _hand_over(result: dict[str, Any], wish: Wish) -> None:
    """Export first: a closed pipe must not cost the file. Raises UsageError where it cannot be written."""
    exported: UsageError | None = None
    if wish.export:
        try:
            write_json(wish.export, result)
            say(f"exported to {wish.export}")
        except UsageError as error:
            exported = error
    if wish.as_json:
        sys.stdout.buffer.write(orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE))
    else:
        print(summary_text(result))
    if exported:
        raise exported


async def _follow(session: Session, interrupted: anyio.Event) -> None:
    """Says how it goes until the session has finished; ends it where that is asked for."""

    async def end_when_asked() -> None:
        await interrupted.wait()
        say("stopping load and targets …")
        session.end("interrupted")

    async with anyio.create_task_group() as group:
        group.start_soon(end_when_asked)
        await _progress(session)
        group.cancel_scope.cancel()


async def _progress(session: Session) -> None:
    names = ", ".join(choice.name for choice in session.plan.targets)
    say(f"abreast: {session.plan.title}; session {session.id}")
    say(f"starting {names} ({session.cores.text})")
    await session.began.wait()
    for target in session.snapshot.targets:
        if target.state in {"failed", "died"}:
            say(f"{target.name} did not start: {target.trouble}")
        elif target.state == "ready":
            say(f"{target.name} is ready at http://{target.address} ({target.server})")
    shown = 0
    while not session.finished.is_set():
        with anyio.move_on_after(max(0.05, shown + 1.05 - session.now_s())):
            await session.finished.wait()
        if session.snapshot.phase == "running" and session.snapshot.now_s >= shown + 1:
            shown = int(session.snapshot.now_s)
            say(progress_line(session.snapshot))


def progress_line(snapshot: Snapshot) -> str:
    """One second of a run in one line."""
    parts = [f"{snapshot.now_s:4.0f} s", *(_target_text(target) for target in snapshot.targets)]
    return " │ ".join([*parts, f"generator {snapshot.health.light}"])


def _target_text(target: TargetSnapshot) -> str:
    if target.state != "ready":
        return f"{target.name} {target.state}"
    window = target.window
    p95 = numbers.duration(window.p95.value_ms)
    goodput = f"{numbers.rate(window.goodput)} ok/s"
    return f"{target.name} {target.users} users {goodput} p95 {p95} errors {window.error_rate:.1%}"


def summary_text(result: dict[str, Any]) -> str:
    """The comparison as a table, and whether it can be trusted."""
    if not result["targets"]:
        return f"{result['title']}: ended before any target started"
    heads = (
        "target",
        "ok/s",
        "vs first",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "max ms",
        "errors",
        "requests",
        "cpu %",
        "MB",
    )
    first = result["targets"][0]["summary"]["goodput"]
    rows = [_row(target, first) for target in result["targets"]]
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    table = [
        "  ".join(_cell(text, width, at) for at, (text, width) in enumerate(zip(row, widths, strict=True)))
        for row in (heads, *rows)
    ]
    window = next(
        (each["summary"]["window"] for each in result["targets"] if each["summary"]["window"]["seconds"]),
        None,
    )
    plan = result["plan"]
    span = f"{window['seconds']:g} s after warm-up" if window else "nothing measured"
    about = f"{result['title']}: workload {plan['workload']}, think time {plan['think_time']}, {span}"
    return "\n".join(
        [about, *(line.rstrip() for line in table), *_fairness(result), *_troubles(result), *_trust(result)]
    )


def _row(target: dict[str, Any], first: float) -> tuple[str, ...]:
    summary = target["summary"]
    latency = summary["latency_ms"]
    return (
        target["name"],
        f"{summary['goodput']:.1f}",
        f"{summary['goodput'] / first:.2f}×" if first else "·",
        *(_ms(latency[name]) for name in ("p50", "p95", "p99", "max")),
        f"{summary['error_rate']:.2%}",
        str(summary["requests"]),
        _plain(summary["cpu_pct"]["mean"], 0),
        _plain(summary["memory_mb"]["max"], 0),
    )


def _cell(text: str, width: int, at: int) -> str:
    return text.ljust(width) if at == 0 else text.rjust(width)


def _ms(value: float | None) -> str:
    return _plain(value, 2 if value is not None and value < 100 else 0)


def _plain(value: float | None, digits: int) -> str:
    return "·" if value is None else f"{value:.{digits}f}"


def _fairness(result: dict[str, Any]) -> list[str]:
    """What was not the same for all, and was meant to be so."""
    return [each["text"] for each in result["events"] if each["kind"] in {"difference", "settings"}]


def _troubles(result: dict[str, Any]) -> list[str]:
    lines = []
    for target in result["targets"]:
        errors = target["summary"]["errors"]
        if errors:
            kinds = ", ".join(
                f"{count} × {kind}" for kind, count in sorted(errors.items(), key=lambda each: -each[1])[:5]
            )
            lines.append(f"{target['name']}: {kinds}")
        if target["state"] in {"failed", "died"} or target["trouble"]:
            lines.append(f"{target['name']}: {target['trouble']}")
    return lines


def _trust(result: dict[str, Any]) -> list[str]:
    health = result["health"]
    cpu = _plain(health["generator_cpu_pct"], 0)
    lines = [f"generator: {health['light']} (load worker at {cpu} % of its core)"]
    lines += [f"  {reason}" for reason in health["reasons"]]
    if health["contended"]:
        lines.append("a race on shared processors: good for showing, no verdict on which is faster")
    return lines
