"""A run without a screen: a line a second on standard error, the summary on standard output."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio
import orjson

from engine.export import check_writable, write_json
from engine.hosting.cleanup import clean_at_start, in_lines
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import Snapshot
from engine.plan.labels import labels_of
from engine.plan.plan import Plan
from engine.protocol.messages import TICK_S
from engine.session.session import Session, opened
from targets.errors import UsageError
from targets.exit_codes import ExitCode
from tui.cli import console
from tui.cli.console import out, out_json, say
from tui.cli.progress_text import legend, progress_lines, ready_text
from tui.cli.signals import ending_with
from tui.views.results import result_lines
from tui.views.rows import marker

DIRTY = "red"
TOLD_OF_TARGETS = frozenset({"fault", "recovery", "left-out"})
TOLD_OF_US = frozenset({"trouble", "helper", "health"})
"""Kinds of events that get a line of their own."""


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
    with ending_with(interrupted.set), console.without_waiting():
        await _clean_up(interrupted)
        async with opened(plan, granted_hosts=wish.granted_hosts) as session:
            await _follow(session, interrupted)
            result = session.document() if session.error is None else {}
    if session.error:
        raise session.error
    trouble = session.recorder.journal.trouble
    if trouble:
        say(f"abreast: {trouble}; the result is whole, but of this session the journal holds only a part")
    _hand_over(result, session.snapshot, wish)
    is_trusted = not trouble and not (wish.strict and result["health"]["light"] == DIRTY)
    return exit_code(session.outcome, is_trusted=is_trusted)


def exit_code(outcome: str, *, is_trusted: bool) -> int:
    """What a run ends with: the first that applies."""
    if outcome == "interrupted":
        return ExitCode.INTERRUPTED
    if outcome == "failed":
        return ExitCode.TARGET_FAILED
    if not is_trusted:
        return ExitCode.UNTRUSTED
    return ExitCode.THRESHOLD if outcome == "threshold" else ExitCode.DONE


def say_second(snapshot: Snapshot) -> None:
    """How it goes, on standard error."""
    for line in progress_lines(snapshot, console.width_of_messages()):
        say(line)


def _hand_over(result: dict[str, Any], ended: Snapshot, wish: Wish) -> None:
    """Export first: a closed pipe must not cost the file. Raises UsageError where it cannot be written."""
    exported: UsageError | None = None
    if wish.export:
        try:
            write_json(wish.export, result)
            say(f"exported to {wish.export}")
        except UsageError as error:
            exported = error
    if wish.as_json:
        out_json(orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE))
    else:
        out("\n".join(result_lines(session_result(ended), console.width_of_output())))
    if exported:
        raise exported


async def _clean_up(interrupted: anyio.Event) -> None:
    """Ends what sessions that were cut off left behind, and says so, until that is done or a signal comes."""

    async def give_up() -> None:
        await interrupted.wait()
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(give_up)
        for line in in_lines(await clean_at_start()):
            say(f"abreast: of earlier sessions: {line}")
        group.cancel_scope.cancel()


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
    labels = ", ".join(labels_of(session.plan.targets, session.plan.runtime).values())
    say(f"abreast: {session.snapshot.title}; session {session.id}")
    say(f"starting {labels} ({session.cores.text})")
    await _tell_until_began(session)
    troubles: dict[str, list[str]] = {}
    encrypted = {
        each.name for each in session.plan.targets if each.custom is not None and each.custom.is_https
    }
    for target in session.snapshot.targets:
        if target.state in {"failed", "died"}:
            troubles.setdefault(target.trouble, []).append(f"{marker(target.slot)} {target.label}")
        elif target.state == "ready":
            say(f"{marker(target.slot)} {ready_text(target, is_https=target.name in encrypted)}")
    for trouble, whose in troubles.items():
        say(f"{', '.join(whose)} did not start: {trouble}")
    shown, running, told_s = 0, session.snapshot, 0.0
    if text := legend(running, console.width_of_messages()):
        say(text)
    while not session.finished.is_set():
        with anyio.move_on_after(TICK_S):
            await session.finished.wait()
        told_s = _tell_events(session.snapshot, told_s)
        if session.snapshot.phase == "running":
            running = session.snapshot
            if running.now_s >= shown + 1:
                shown = int(running.now_s)
                say_second(running)
    ended = session.snapshot
    seconds = int(ended.length_s or 0)
    if shown < seconds and ended.seconds and ended.seconds[-1] >= seconds:
        say_second(replace(running, now_s=seconds))


def _tell_events(snapshot: Snapshot, since_s: float) -> float:
    """Says what was done to targets since then, who has recovered, what went wrong; until when that is."""
    for event in snapshot.events:
        if event.kind in TOLD_OF_TARGETS | TOLD_OF_US and event.t_s > since_s:
            whose = snapshot.label_of(event.target) or (
                "all targets" if event.kind in TOLD_OF_TARGETS else ""
            )
            what = event.text.partition("\n")[0]
            say(f"{event.t_s:4.0f} s │ {': '.join(filter(None, [event.kind, whose, what]))}")
    return max([since_s, *(event.t_s for event in snapshot.events)])


async def _tell_until_began(session: Session) -> None:
    """Says what happens while targets are made ready: to build their image takes a minute or two."""
    told = 0
    while True:
        with anyio.move_on_after(0.2):
            await session.began.wait()
        snapshot = session.snapshot
        events = snapshot.events
        for event in events[told:]:
            if event.kind in {"image", "waiting"} or (event.kind in TOLD_OF_US and not event.target):
                say(
                    f"  {snapshot.label_of(event.target)} {event.text}" if event.target else f"  {event.text}"
                )
        told = len(events)
        if session.began.is_set():
            return
