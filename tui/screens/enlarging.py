"""Parts of a session's screen that fill it for a while: the presenter, a lane, a chart, the events.

Steering goes on as before: only what is drawn changes.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from textual import events, on
from textual.widget import Widget

from engine.answers.hints import Hint
from engine.answers.moments import Moment, Noticed, notice
from engine.answers.podium import Podium, podiums
from engine.metrics.snapshot import Snapshot
from tui.screens.page import Page
from tui.widgets.chart import Chart
from tui.widgets.event_log import EventLog
from tui.widgets.lane import Lane
from tui.widgets.panel import Panel
from tui.widgets.presenter import Presenter

Enlarged = Literal["", "presenter", "right", "left", "lane", "events"]

ZOOMED: tuple[Enlarged, ...] = ("right", "left", "lane", "events", "")
"""What `z` shows one after another."""

NOTICE_EACH_S = 0.9
"""How often it is looked whether something happened, as long as there is no new event."""

PODIUM_S = 12.0
"""How long a podium stays in the presenter while the session runs."""


class EnlargingScreen(Page):
    """A session's screen with parts that can fill it."""

    PARTS: ClassVar[tuple[Enlarged, ...]] = ("presenter", "right", "left", "lane", "events")

    enlarged: Enlarged = ""
    """The part that fills the screen; empty: none."""
    selected: str
    _noticed: Noticed | None = None
    _event_count = -1
    _will_draw = False

    def redraw(self) -> None:
        """Draws the shown snapshot again."""
        raise NotImplementedError

    def action_present(self) -> None:
        """Shows the presenter, or ends it."""
        self.enlarge("" if self.enlarged == "presenter" else "presenter")

    def action_zoom(self) -> None:
        """Fills the screen with the next part; after the last one shows all again."""
        at = ZOOMED.index(self.enlarged) + 1 if self.enlarged in ZOOMED[:-1] else 0
        self.enlarge(ZOOMED[at])

    def enlarge(self, part: Enlarged) -> None:
        """Fills the screen with a part, or shows all."""
        self.enlarged = part
        for each in self.PARTS:
            self.set_class(each == part, f"-only-{each}")
        self.set_class(part in ("presenter", "lane"), "-big")
        self.call_after_refresh(self.redraw)

    @on(Panel.Resized)
    def _draw_to_size(self) -> None:
        """Draws parts again whose size changed, as those of the presenter do with what they show."""
        if self.enlarged and not self._will_draw:
            self._will_draw = True
            self.call_after_refresh(self._draw_once)

    def _draw_once(self) -> None:
        self._will_draw = False
        self.redraw()

    def action_command(self, name: str) -> None:
        """Runs a command; where a part fills the screen, leaving first shows all again."""
        if name == "leave" and self.enlarged and not self.is_leaving:
            self.enlarge("")
        else:
            super().action_command(name)

    def on_click(self, event: events.Click) -> None:
        """A click on a lane selects its target; a double click on a lane or a chart enlarges it, or shows all
        again."""
        if isinstance(event.widget, Lane) and event.widget.target_name:
            self.selected = event.widget.target_name
            self.redraw()
        if event.chain != 2 or event.widget is None:
            return
        if self.enlarged:
            self.enlarge("")
        elif part := self._part_of(event.widget):
            self.enlarge(part)

    def _part_of(self, widget: Widget) -> Enlarged:
        """What a double click on a widget enlarges."""
        if isinstance(widget, Lane):
            return "lane"
        if isinstance(widget, EventLog):
            return "events"
        if isinstance(widget, Chart):
            return "left" if widget.id == "left" else "right"
        return ""

    # ------------------------------------------------------------ moments

    def fresh_moment(self, snapshot: Snapshot, hints: Sequence[Hint]) -> Moment | None:
        """What just happened, while it is fresh. `hints` are the snapshot's."""
        before = self._noticed
        is_new = len(snapshot.events) != self._event_count
        if before is None or is_new or not 0 <= snapshot.now_s - before.at_s < NOTICE_EACH_S:
            self._noticed = notice(before, snapshot, hints)
            self._event_count = len(snapshot.events)
        return None if self._noticed is None else self._noticed.caption(snapshot.now_s)

    def draw_enlarged(self, snapshot: Snapshot, moment: Moment | None) -> None:
        """Draws the presenter, of all targets or the selected one, if it is shown."""
        if not self.has_class("-big"):
            return
        is_alone = self.enlarged == "lane"
        targets = tuple(each for each in snapshot.targets if not is_alone or each.name == self.selected)
        caption = moment.text if moment is not None else snapshot.caption or snapshot.question
        self.query_one(Presenter).draw(
            snapshot, targets, caption=caption, podium=None if is_alone else _podium(snapshot)
        )


def _podium(snapshot: Snapshot) -> Podium | None:
    """The newest podium: for a while once all have recovered, and at the end."""
    decided = [each for each in podiums(snapshot) if each.is_decided and any(p.took_s for p in each.places)]
    if not decided:
        return None
    newest = decided[-1]
    ended_s = newest.began_s + max(each.took_s or 0 for each in newest.places)
    is_fresh = snapshot.now_s - ended_s < PODIUM_S
    return newest if is_fresh or snapshot.phase == "ended" else None
