"""Every screen in every state, at five sizes: nothing is cut or covered, all that must be seen is seen and
can be read; with ASCII signs, and without colours, too."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from rich.segment import Segment
from textual.app import App
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, OptionList

from tests.support.contrast import contrast
from tests.support.screen_states import SIZES, SMALLEST, STATES, Terminal, settled
from tests.support.screen_text import text_of
from tui.look import Look
from tui.widgets.lane import NARROWEST, Lane
from tui.widgets.panel import Panel

pytestmark = [pytest.mark.anyio, pytest.mark.whole]

SCROLLING = (VerticalScroll, OptionList, Input)
"""What is in these may be out of sight."""


def parts(app: App[Any]) -> Iterator[Widget]:
    """The widgets that draw something of the screen in front; not messages that pass."""
    for widget in app.screen.walk_children(Widget):
        is_shown = all(each.display for each in widget.ancestors_with_self if isinstance(each, Widget))
        is_leaf = not any(each.display for each in widget.children) or isinstance(widget, SCROLLING)
        scrolls = any(isinstance(each, SCROLLING) for each in widget.ancestors)
        passes = any(type(each).__name__.startswith("Toast") for each in widget.ancestors_with_self)
        if is_shown and is_leaf and not scrolls and not passes:
            yield widget


def wrong_places(app: App[Any]) -> list[str]:
    """Parts that are not whole on the screen, and those that cover each other."""
    whole = Region(0, 0, *app.size)
    found, places = [], {widget: widget.region for widget in parts(app)}
    for widget, region in places.items():
        if not region.area:
            found.append(f"{widget!r} has no room")
        elif not whole.contains_region(region):
            found.append(f"{widget!r} is cut: {region}")
    for (one, its), (other, of_other) in combinations(places.items(), 2):
        if its.overlaps(of_other):
            found.append(f"{one!r} and {other!r} overlap")
    return found


def wrong_rows(app: App[Any]) -> list[str]:
    """Panels whose rows do not have their size, and lanes that are too small."""
    found = []
    for widget in parts(app):
        if not isinstance(widget, Panel):
            continue
        if len(widget.rows) > widget.size.height:
            found.append(f"{widget!r} has {len(widget.rows)} rows in {widget.size.height}")
        for row in widget.rows:
            cells = sum(len(span.text) for span in row)
            if row and cells != widget.size.width:
                found.append(f"{widget!r} is {widget.size.width} wide, a row {cells}")
        if isinstance(widget, Lane) and (widget.region.width < NARROWEST or len(widget.rows) < 7):
            found.append(f"{widget!r} is too small: {widget.region}")
    return found


def wrong_lines(app: App[Any], shows: tuple[str, ...]) -> list[str]:
    """Lines of another width than the terminal, and texts that are missing."""
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    text = text_of(app)
    found = [f"missing: {each}" for each in shows if each not in text]
    if [strip.cell_length for strip in strips] != [width] * height:
        found.append("lines of other widths")
    if not text.splitlines()[-1].strip():
        found.append("no keys below")
    return found


@pytest.mark.parametrize("name", STATES)
async def test_nothing_is_cut_or_covered_at_any_size(name: str) -> None:
    state = STATES[name]
    found: dict[tuple[int, int], list[str]] = {}
    async with state.open(Terminal(), SIZES[0]) as pilot:
        for size in (*SIZES, SMALLEST):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            await settled(pilot)
            found[size] = [
                *wrong_places(pilot.app),
                *wrong_rows(pilot.app),
                *wrong_lines(pilot.app, () if size == SMALLEST else state.shows),
            ]
    assert {size: wrong for size, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("name", STATES)
async def test_a_terminal_of_any_size_is_survived(name: str) -> None:
    state = STATES[name]
    async with state.open(Terminal(), SIZES[0]) as pilot:
        for size in ((6, 20), (1, 1), SIZES[0]):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            await settled(pilot)
        assert wrong_lines(pilot.app, state.shows) == []


LEAST_CONTRAST = 3.0
"""What WCAG 2 asks of large texts; on a projector all are."""


def in_front(app: App[Any]) -> Iterator[Segment]:
    """What is drawn of the screen, or of the page in front of it: what is behind that is faded."""
    is_page = isinstance(app.screen, ModalScreen)
    shown = app.screen.query_one(".dialog").region if is_page else Region(0, 0, *app.size)
    for strip in app.screen._compositor.render_strips()[shown.y : shown.bottom]:
        yield from strip.crop(shown.x, shown.right)


@pytest.mark.parametrize("look", ["dark", "light"])
@pytest.mark.parametrize("name", STATES)
async def test_texts_and_titles_can_be_read(name: str, look: str) -> None:
    async with STATES[name].open(Terminal(look=Look(look)), SIZES[0]) as pilot:
        unreadable = {
            segment.text.strip()
            for segment in in_front(pilot.app)
            if segment.style and segment.style.color and segment.style.bgcolor
            if any(each.isalnum() for each in segment.text)
            if contrast(segment.style.color.get_truecolor(), segment.style.bgcolor.get_truecolor())
            < LEAST_CONTRAST
        }
    assert unreadable == set()


@pytest.mark.parametrize("name", STATES)
async def test_a_terminal_with_nothing_but_ascii_is_enough(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    state = STATES[name]
    async with state.open(Terminal(look=Look(charts="ascii", signs="ascii")), SIZES[0]) as pilot:
        text = text_of(pilot.app)
        assert [line for line in text.splitlines() if not line.isascii()] == []
        assert [each for each in state.shows if each not in text] == []
        assert wrong_places(pilot.app) == []
        assert wrong_rows(pilot.app) == []
        for strip in pilot.app.screen._compositor.render_strips():
            colours = {
                colour.get_truecolor()
                for segment in strip
                if segment.style
                for colour in (segment.style.color, segment.style.bgcolor)
                if colour is not None
            }
            assert all(red == green == blue for red, green, blue in colours), "a colour"
