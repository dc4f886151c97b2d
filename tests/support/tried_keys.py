"""Tries the keys of a page: each acts, or shows why it does not work now."""

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from tui.availability.search import in_search
from tui.commands.key_command import KeyCommand
from tui.screens.page import Page

Opened = Callable[[], AbstractAsyncContextManager[Pilot[Any]]]
"""Starts an app, and shows the page under test."""

ENDS_SCROLL = {"scroll_up", "scroll_down", "page_up", "page_down", "up", "down", "to_start", "to_end"}
"""They have nothing to do where a page ends."""


TURNS = 30
"""So often a key's effect is looked for, before it counts as none."""

IN_LIST = {"search_down", "search_up"}
"""Keys that the list in the lobby takes outside the search."""


@dataclass
class Told:
    """What was said."""

    said: list[tuple[str, str]] = field(default_factory=list)
    """Titles and messages."""


async def faults(
    opened: Opened,
    kind: type[Page],
    told: Told,
    sent: list[Any],
    *,
    all_keys: bool = False,
    anew: Callable[[Pilot[Any]], Awaitable[None]] | None = None,
) -> list[str]:
    """Presses the first key of each command of the page, or each key; what was wrong. The app starts again
    after one that leaves. `anew` brings the page into its state again before each key."""
    wrong: list[str] = []
    waiting = deque(
        (command, key) for command in kind.TABLE for key in command.keys[: None if all_keys else 1]
    )
    while waiting:
        async with opened() as pilot:
            current: object = pilot.app.screen
            assert isinstance(current, kind)
            shown: Page = current
            while waiting and pilot.app.is_running and pilot.app.screen is shown and not shown.is_leaving:
                command, key = waiting.popleft()
                if anew is not None:
                    await anew(pilot)
                searched = bool(in_search(shown.now()))
                if why := await _fault(pilot, shown, command, key, told, sent):
                    wrong.append(f"{command.id}, {key}: {why}")
                await _closed(pilot, shown, searched=searched)
    return wrong


async def _fault(
    pilot: Pilot[Any], shown: Page, command: KeyCommand, key: str, told: Told, sent: list[Any]
) -> str:
    """Presses one key; what was wrong, if anything."""
    told.said.clear()
    refusal, searches = command.why_not(shown.state()), bool(in_search(shown.now()))
    before, sent_before = _seen(pilot.app), len(sent)
    await pilot.press(key)
    for _ in range(1 if command.id in ENDS_SCROLL else TURNS):
        if told.said or len(sent) > sent_before or not pilot.app.is_running or _seen(pilot.app) != before:
            break
        if not any(each.has_class("-leaving") for each in pilot.app.screen_stack):  # what stops it goes on
            await pilot.app.workers.wait_for_complete()
        await pilot.pause(0.05)
    acted = len(sent) > sent_before or not pilot.app.is_running or _seen(pilot.app) != before
    if refusal:
        reason = (f"{command.shown} does not work now", refusal)
        if not told.said and acted and (command.id in IN_LIST or searches):
            return ""
        if told.said != [reason]:
            return f"refused ({refusal}), but it said {told.said}"
        return "refused, but it acted" if acted else ""
    if any("does not work now" in title for title, _ in told.said):
        return f"offered, but refused: {told.said}"
    return "" if acted or told.said or command.id in ENDS_SCROLL else "nothing happened"


def _seen(app: App[Any]) -> object:
    """All that is on the screen, with its colours."""
    screen = app.screen
    return id(screen), [list(strip) for strip in screen._compositor.render_strips()]


async def _closed(pilot: Pilot[Any], shown: Page, *, searched: bool) -> None:
    """Closes what the command has opened in front of the page, and a search that it has begun."""
    for _ in range(4):
        if not pilot.app.is_running or shown not in pilot.app.screen_stack:
            return
        if pilot.app.screen is shown and (searched or not in_search(shown.now())):
            return
        await pilot.press("escape")
        await pilot.pause()
