"""Waits for the states of a running session, with a limit."""

from collections.abc import Callable

import anyio

from engine.session.session import Session
from tests.support.waiting import EVERY_S, WITHIN_S, in_vain


async def until(session: Session, is_so: Callable[[], object], within_s: float = WITHIN_S) -> None:
    """Waits until `is_so`. Fails if the session ends before that, or if it takes too long."""
    with anyio.move_on_after(within_s):
        while not is_so():
            assert not session.finished.is_set(), f"it ended before: {session.error}\n{told(session)}"
            await anyio.sleep(EVERY_S)
        return
    raise AssertionError(in_vain(is_so, "", within_s, lambda: told(session)))


async def begun(session: Session, within_s: float = WITHIN_S) -> None:
    """Waits until load begins, or cannot begin any more."""
    await _event(session, session.began, "it begins", within_s)


async def finished(session: Session, within_s: float = WITHIN_S) -> None:
    """Waits until everything is down. `within_s` must be longer than the plan."""
    await _event(session, session.finished, "it has finished", within_s)


async def _event(session: Session, event: anyio.Event, what: str, within_s: float) -> None:
    with anyio.move_on_after(within_s):
        await event.wait()
        return
    raise AssertionError(in_vain(event.is_set, what, within_s, lambda: told(session)))


def told(session: Session) -> str:
    """The session's newest snapshot in a few lines."""
    shown = session.snapshot
    lines = [f"{shown.phase} ({shown.outcome}) at {shown.now_s:.1f} s, generator {shown.health.light}"]
    lines += [
        f"{each.name}: {each.state} {each.trouble} users {each.load.users} ok {each.totals.ok} "
        f"errors {each.totals.errors}"
        for each in shown.targets
    ]
    lines += [f"{each.t_s:.1f} s {each.kind} {each.target} {each.text}" for each in shown.events[-20:]]
    return "\n".join(lines)
