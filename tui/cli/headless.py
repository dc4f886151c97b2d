"""A headless run: a line a second on standard error, the results on standard output."""

from collections import deque
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import orjson

from engine.answers.capacity.result import Capacity, capacity_of
from engine.answers.hints import hints_of
from engine.answers.verdicts.wording import said_beforehand
from engine.export.session_json import json_text
from engine.export.writing import AGAIN, check_writable, write
from engine.hosting.cleanup import clean_at_start, in_lines
from engine.hosting.database_choice import offer_text, published_kind
from engine.hosting.database_servers import engine_answers
from engine.metrics.outcomes import UNTRUSTED
from engine.metrics.palette import marker
from engine.metrics.sentences import quick_in_full
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
from tui.cli.round_text import round_lines
from tui.cli.signals import ending_with, never_suspended
from tui.cli.visitors_text import report_visitors
from tui.views.capacity import beginning_text, now_text, trial_lines
from tui.views.results import result_lines
from tui.views.rows import stage_and_left

if TYPE_CHECKING:
    from tui.cli.live_metrics import LiveMetrics

EVENTS_OF_TARGETS = frozenset({"fault", "recovery", "left-out", "profile", "profiled", "setup", "teardown"})
EVENTS_OF_ABREAST = frozenset({"trouble", "helper", "health", "turns", "cluster"})
"""Kinds of events that are printed."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a headless run does with its result."""

    export: Path | None = None
    replace: bool = False
    """An export replaces a file that exists."""
    as_json: bool = False
    """Standard output gets only the session JSON."""
    plain: bool = False
    """Progress and results are sentences."""
    strict: bool = False
    """The run fails if its result is doubtful: the generator's light was red, or a search for capacity ended
    before it was decided."""
    live: "LiveMetrics | None" = None
    """Where figures go while it runs."""


async def run(plan: Plan, output: Output, granted_hosts: tuple[str, ...] = ()) -> int:
    """Runs a plan to its end and prints its results; the exit code.

    `granted_hosts` are hosts outside this machine and private networks that load may go to. Raises
    AbreastError if the run cannot begin, or the export cannot be written at the end.
    """
    if output.export:
        check_writable(output.export, replace=output.replace)
    interrupted = anyio.Event()
    running: list[Session] = []
    with ending_with(interrupted.set), never_suspended(say), console.without_waiting():
        async with AsyncExitStack() as stack:
            if output.live:
                from tui.cli.live_metrics import sharing

                await stack.enter_async_context(sharing(output.live, lambda: next(iter(running), None)))
            await clean_up(interrupted)
            await _offer_database(plan)
            session = await stack.enter_async_context(opened(plan, granted_hosts=granted_hosts))
            running.append(session)
            await follow(session, interrupted, plain=output.plain)
            result = session.document() if session.error is None else {}
    if session.error:
        raise session.error
    trouble = session.recorder.journal.trouble
    if trouble:
        say(f"abreast: {trouble}; the result is complete, but the journal of this session is not")
    _hand_over(result, session.snapshot, output)
    is_trusted = not trouble and not (output.strict and _is_doubtful(session.snapshot, result))
    return exit_code(session.outcome, is_trusted=is_trusted)


def _is_doubtful(ended: Snapshot, result: dict[str, Any]) -> bool:
    """Whether the generator could not be trusted; in a search for capacity, whether it was not decided."""
    if (capacity := capacity_of(session_result(ended))) is not None:
        return not all(target.ended in {"decided", "most", "none"} for target in capacity.targets)
    return bool(result["health"]["light"] == "red")


def exit_code(outcome: str, *, is_trusted: bool) -> int:
    """A run's exit code: the first one that applies."""
    if outcome == "interrupted":
        return ExitCode.INTERRUPTED
    if outcome == "failed":
        return ExitCode.TARGET_FAILED
    if not is_trusted or outcome == UNTRUSTED:
        return ExitCode.UNTRUSTED
    return ExitCode.THRESHOLD if outcome == "threshold" else ExitCode.DONE


def say_second(snapshot: Snapshot) -> None:
    """A second, on standard error."""
    for line in progress_lines(snapshot, console.width_of_messages()):
        say(line)


def _hand_over(result: dict[str, Any], ended: Snapshot, output: Output) -> None:
    """Exports first: a closed pipe must not cost the file. Raises UsageError if that cannot be written."""
    exported: UsageError | None = None
    if output.export:
        try:
            write(output.export, [json_text(result)], replace=output.replace, hint=AGAIN)
            say(f"exported to {output.export}")
        except UsageError as error:
            exported = error
    if output.as_json:
        out_json(orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE))
    else:
        out("\n".join(_result_lines(ended, output)))
    if exported:
        raise exported


def _result_lines(ended: Snapshot, output: Output) -> list[str]:
    """The results as they are printed."""
    result, hints = session_result(ended), hints_of(ended)
    if output.plain:
        from tui.cli.plain_result import plain_result_lines

        return plain_result_lines(result, hints)
    return result_lines(result, console.width_of_output(), hints)


async def clean_up(interrupted: anyio.Event) -> None:
    """Ends and reports what interrupted sessions left behind; a signal stops this."""

    async def give_up() -> None:
        await interrupted.wait()
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(give_up)
        for line in in_lines(await clean_at_start()):
            say(f"abreast: from an earlier session: {line}")
        group.cancel_scope.cancel()


async def _offer_database(plan: Plan) -> None:
    """Says how to use the database that the plan was published with, where a Docker Engine can start it."""
    if not (kind := published_kind(plan)):
        return
    if await anyio.to_thread.run_sync(engine_answers, abandon_on_cancel=True):
        say(f"abreast: {offer_text(kind)}")


async def follow(session: Session, interrupted: anyio.Event, *, plain: bool = False) -> None:
    """Reports progress until the session has finished, in sentences if `plain`; ends it on a signal."""

    async def end_on_signal() -> None:
        await interrupted.wait()
        say("stopping load and targets…")
        session.end("interrupted")

    async with anyio.create_task_group() as group:
        group.start_soon(end_on_signal)
        if plain:
            from tui.cli.plain import narrate
            from tui.cli.plain_text import sentence

            group.start_soon(report_visitors, session.folder, lambda text: say(sentence(text)))
            await narrate(session)
        else:
            group.start_soon(report_visitors, session.folder, lambda text: say(f"       │ {text}"))
            await _progress(session)
        group.cancel_scope.cancel()


async def _progress(session: Session) -> None:
    labels = ", ".join(labels_of(session.plan.targets, session.plan.runtime).values())
    say(f"abreast: {session.snapshot.title}; session {session.id}")
    say(f"starting {labels} ({session.cores.text})")
    await _report_until_began(session)
    _report_targets(session)
    began, reported_s, stage, rounds = session.snapshot, 0.0, "", 0
    if quick := quick_in_full(began.plan):
        say(quick)
    if session.plan.capacity:
        await _search_progress(session)
        return
    if text := legend(began, console.width_of_messages()):
        say(text)
    if text := said_beforehand(began.schedule, len(began.targets), began.noise_floor):
        say(text)
    closed: deque[Snapshot] = deque()
    session.recorder.after_second.append(closed.append)
    news: object = None
    while not session.finished.is_set():
        news = await _news_after(session, news)
        reported_s = _report_events(session.snapshot, reported_s)
        rounds = _report_rounds(session.snapshot, rounds)
        stage = report_seconds(closed, stage)
    report_seconds(closed, stage)


async def _news_after(session: Session, news: object) -> object:
    """Waits until there is something else to print, or the session has finished; returns what is new."""
    while session.news == news and not session.finished.is_set():
        with anyio.move_on_after(TICK_S):
            await session.finished.wait()
    return session.news


async def _search_progress(session: Session) -> None:
    """Reports every trial of a search for capacity, and what is known when all targets had one."""
    reported, reported_s = 0, 0.0
    capacity = _capacity_now(session)
    if capacity is not None and session.snapshot.phase == "running":
        say(beginning_text(capacity))
    while not session.finished.is_set():
        with anyio.move_on_after(TICK_S):
            await session.finished.wait()
        reported_s = _report_events(session.snapshot, reported_s)
        trials = session.snapshot.trials
        capacity = _capacity_now(session) if len(trials) > reported else None
        if capacity is not None:
            for line in trial_lines(capacity, trials[reported:], console.width_of_messages()):
                say(line)
            reported = len(trials)
            if reported % len(capacity.targets) == 0 and capacity.next is not None:
                say(f"       │ {now_text(capacity)}")


def _capacity_now(session: Session) -> Capacity | None:
    return capacity_of(session_result(session.snapshot, unfinished="running"))


def _report_targets(session: Session) -> None:
    """Reports which targets are ready, and why others did not start."""
    troubles: dict[str, list[str]] = {}
    encrypted = {
        each.name for each in session.plan.targets if each.custom is not None and each.custom.is_https
    }
    for target in session.snapshot.targets:
        if target.state in {"failed", "died"}:
            troubles.setdefault(target.trouble, []).append(f"{marker(target.slot)} {target.label}")
        elif target.state == "ready":
            say(f"{marker(target.slot)} {ready_text(target, is_https=target.name in encrypted)}")
    for trouble, labels in troubles.items():
        say(f"{', '.join(labels)} did not start: {trouble}")


def report_seconds(closed: "deque[Snapshot]", stage: str) -> str:
    """Reports the seconds that have closed; in turns, a round says more. Of a plan with levels, each stage
    has a heading above its seconds. The stage of the newest second; `stage` is that of the one before."""
    while closed:
        second = closed.popleft()
        if second.left_s is not None and second.stage_text != stage:
            stage = second.stage_text
            before = replace(second, now_s=second.now_s - 1, left_s=second.left_s + 1 - TICK_S)
            say(f"{before.now_s:4.0f} s │ {stage_and_left(before)}")
        if second.stage_kind != "turns":
            say_second(second)
    return stage


def _report_rounds(snapshot: Snapshot, reported: int) -> int:
    """Reports the rounds after so many; how many there are now."""
    for each in snapshot.rounds[reported:]:
        for line in round_lines(each, snapshot, console.width_of_messages()):
            say(line)
    return len(snapshot.rounds)


def _report_events(snapshot: Snapshot, since_s: float) -> float:
    """Reports faults, recoveries and troubles since then; the time of the newest event. In a search for
    capacity not the light: every trial is judged by itself."""
    kinds = EVENTS_OF_TARGETS | EVENTS_OF_ABREAST
    if snapshot.schedule == "capacity":
        kinds -= {"health"}
    for event in snapshot.events:
        if event.kind in kinds and event.t_s > since_s:
            all_targets = "all targets" if event.kind in EVENTS_OF_TARGETS else ""
            target = snapshot.label_of(event.target) or all_targets
            text = event.text.partition("\n")[0]
            say(f"{event.t_s:4.0f} s │ {': '.join(filter(None, [event.kind, target, text]))}")
    return max([since_s, *(event.t_s for event in snapshot.events)])


async def _report_until_began(session: Session) -> None:
    """Reports what happens while targets start: building their image takes a minute or two."""
    reported = 0
    while True:
        with anyio.move_on_after(0.2):
            await session.began.wait()
        snapshot = session.snapshot
        events = snapshot.events
        for event in events[reported:]:
            label = snapshot.label_of(event.target)
            if event.kind in {"image", "waiting"} or (event.kind in EVENTS_OF_ABREAST and not event.target):
                say(f"  {' '.join(filter(None, [label, event.text]))}")
            elif event.kind == "setup":
                say(f"  setup: {label}: {event.text}")
        reported = len(events)
        if session.began.is_set():
            return
