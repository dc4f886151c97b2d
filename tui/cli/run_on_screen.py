"""A run on screen: signals outside, the session in the middle, the app innermost.

Once the screen is closed, the result of the last session is printed as a headless run prints it. After a
signal there is no end card, since it might wait for a key forever (docs/decisions/0022-endings.md).
"""

from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.metrics.outcomes import UNTRUSTED, outcome_text
from engine.plan.commands import Choice
from engine.plan.plan import Plan
from targets.errors import UsageError
from targets.exit_codes import ExitCode
from tui.app import AbreastApp
from tui.cli import console
from tui.cli.console import say
from tui.cli.signals import ending_with, never_suspended
from tui.session_host import SessionHost

if TYPE_CHECKING:
    from tui.cli.live_metrics import LiveMetrics
    from tui.look import Look


async def show(
    choice: Choice | None,
    overrides: dict[str, Any],
    look: "Look",
    granted_hosts: tuple[str, ...] = (),
    plan: Plan | None = None,
    live: "LiveMetrics | None" = None,
) -> int:
    """Shows the app until the person quits or a signal comes, and stops everything; the exit code.

    `plan` is the plan that the choice names if that is not a preset. `live` says where figures go.

    Raises the error that ended the screen, or that kept the last session from running.
    """
    interrupted = False
    async with AsyncExitStack() as stack:
        session_host = await stack.enter_async_context(SessionHost.opened(overrides, granted_hosts, plan))
        if live:
            from tui.cli.live_metrics import sharing

            sharing_with = sharing(live, lambda: session_host.session, partial(session_host.warn, "metrics"))
            await stack.enter_async_context(sharing_with)
        if choice is not None:
            session_host.offer_database(choice)
        app = AbreastApp(session_host, choice, look=look, first_drawn=session_host.first_drawn)
        session_host.on_crash = app.exit

        def end() -> None:
            nonlocal interrupted
            interrupted = True
            session_host.end("interrupted")
            app.exit()

        with ending_with(end):
            await app.run_async()
            with never_suspended(say):  # only now: the app's driver puts a handler of its own in place
                if session_host.is_busy and not interrupted:
                    say("abreast: stopping load and targets…")
                await session_host.stop()
    _say_ended(session_host)
    if crash := app.crash or session_host.crash:
        raise crash
    if interrupted:
        return ExitCode.INTERRUPTED
    if session_host.error:
        raise session_host.error
    return _exit_code({outcome for _, outcome in session_host.ended}, is_recorded=not session_host.unrecorded)


def _say_ended(session_host: SessionHost) -> None:
    """Prints how every session ended, and the whole result of the last one."""
    snapshot = session_host.snapshot()
    is_shown = snapshot is not None and snapshot.has_result
    for session_id, outcome in session_host.ended[: -1 if is_shown else None]:
        say(f"session {session_id}: {outcome_text(outcome)}")
    if session_host.unrecorded:
        say(f"abreast: {session_host.unrecorded}; the journal of that session is incomplete")
    if snapshot is not None and snapshot.has_result:
        from engine.answers.hints import hints_of
        from engine.metrics.session_result import session_result
        from tui.views.results import result_lines

        lines = result_lines(session_result(snapshot), console.width_of_output(), hints_of(snapshot))
        with suppress(UsageError):  # the terminal is gone: the session is recorded
            console.out("\n".join(lines))


def _exit_code(outcomes: set[str], *, is_recorded: bool) -> int:
    """The first one that applies."""
    if "failed" in outcomes:
        return ExitCode.TARGET_FAILED
    if not is_recorded or UNTRUSTED in outcomes:
        return ExitCode.UNTRUSTED
    return ExitCode.THRESHOLD if "threshold" in outcomes else ExitCode.DONE
