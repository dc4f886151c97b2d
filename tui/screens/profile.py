"""The profiles of a session: layers and functions of targets side by side, and their call trees."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult

from engine.metrics.profiles import Profiled
from engine.metrics.snapshot import Snapshot
from engine.plan import commands
from tui.availability import Now, now_of
from tui.commands.key_command import bindings
from tui.commands.profile import PROFILE, VIEWS, next_view
from tui.screens.page import PageOver
from tui.session_api import ShownSession
from tui.views.call_tree import call_tree_rows
from tui.views.profile import Who, profile_page, sampling_text
from tui.views.rows import Row, Span, fit, wrapped
from tui.widgets.key_bar import KeyBar
from tui.widgets.load_bar import LoadBar
from tui.widgets.panel import Panel

LENGTHS_S = (2, 5, 10, 30)
"""How long targets can be sampled."""
DEFAULT_S = 5

NOTHING = (
    "No target was profiled so far. y samples what the targets' Python code does under their load, and shows "
    "in which layers and functions their time goes."
)


class ProfileScreen(PageOver):
    """Over the live screen or a recorded session; the newest profile first."""

    TABLE = PROFILE
    BINDINGS: ClassVar = bindings(PROFILE, priority=frozenset({"next_view"}))
    PULL_S: ClassVar = 0.2

    def __init__(
        self,
        session_api: ShownSession,
        target: str | None = None,
        *,
        can_sample: bool = True,
        at_once: bool = False,
    ) -> None:
        """`target` is what `y` samples, None for all; `at_once`: sample it right away. `can_sample` is False
        for a recorded session."""
        super().__init__()
        self._can_sample = can_sample
        self.session_api = session_api
        self._target = target
        self._at_once = at_once
        self._seconds = DEFAULT_S
        self._first = 0
        """The number of the target that comes first."""
        self._back = 0
        """How many profiles before the newest."""
        self._view = VIEWS[0]
        self._shown: Snapshot | None = None
        self._page_key: tuple[object, ...] = ()
        """What the page was made from."""

    def compose(self) -> ComposeResult:
        """All parts, from top to bottom."""
        yield LoadBar(id="load", mode=self.charts, steers=False)
        yield Panel(id="profile")
        yield KeyBar(self.TABLE)
        yield self.too_small_notice()

    def on_mount(self) -> None:
        """Starts to pull, and to sample if that was asked for."""
        if self._at_once:
            self.action_sample()
        self.set_interval(self.PULL_S, self.pull)
        self.call_after_refresh(self.redraw)

    def on_resize(self, event: events.Resize) -> None:
        """Draws again for the new size."""
        super().on_resize(event)
        self.call_after_refresh(self.redraw)

    @on(Panel.Resized)
    def _lay_out(self) -> None:
        self.call_after_refresh(self.redraw)

    # ------------------------------------------------------------ what there is

    def _snapshot(self) -> Snapshot | None:
        return self.session_api.snapshot()

    def _profile(self) -> Profiled | None:
        """The profile that is shown."""
        snapshot = self._snapshot()
        if snapshot is None or not snapshot.profiles:
            return None
        return snapshot.profiles[max(len(snapshot.profiles) - 1 - self._back, 0)]

    def now(self) -> Now:
        """The session's state, and what can be shown."""
        found = now_of(self._snapshot(), self._target or "")
        shown = self._profile()
        return found.with_profile(
            seconds=self._seconds if self._can_sample else 0,
            sampled=len(shown.targets) if shown else 0,
            pane=self._view,
        )

    # ------------------------------------------------------------ drawing

    def pull(self) -> None:
        """Draws the newest state if there is a newer one, and shows messages."""
        if self.is_leaving:
            return
        for notice in self.session_api.notices():
            self.show_notice(notice)
        if self._snapshot() is not self._shown:
            self.redraw()

    def redraw(self) -> None:
        """Draws what changed; the page only if it shows another profile, or another view of one."""
        snapshot = self._snapshot()
        if snapshot is None or self.is_leaving:
            return
        self._shown = snapshot
        with self.app.batch_update():
            self.query_one(KeyBar).draw(self.now())
            self.query_one("#load", LoadBar).draw(snapshot, "", frozen=False)
            self._draw_page(snapshot)

    def _draw_page(self, snapshot: Snapshot) -> None:
        panel, where = self.query_one("#profile", Panel), self._where(snapshot)
        who = tuple((target.name, target.label, target.slot) for target in snapshot.targets)
        page_key = (snapshot.profiles, where, who, panel.size, self._view, self._first, self._back)
        if page_key != self._page_key:
            self._page_key = page_key
            panel.set_titles("profile", where)
            panel.show(tuple(self._rows(snapshot, panel.size.width, panel.size.height)))

    def _where(self, snapshot: Snapshot) -> str:
        parts = [sampling_text(snapshot.sampling, snapshot.now_s)] if snapshot.sampling else []
        if (count := len(snapshot.profiles)) > 1:
            parts.append(f"{count - min(self._back, count - 1)} of {count}")
        return " · ".join(parts)

    def _rows(self, snapshot: Snapshot, width: int, height: int) -> list[Row]:
        profile = self._profile()
        if profile is None:
            text = sampling_text(snapshot.sampling, snapshot.now_s) if snapshot.sampling else NOTHING
            return [fit((Span(f" {line}"),), width) for line in ["", *wrapped(text, width - 2, 8)]][:height]
        targets = {target.name: Who(target.label, target.slot) for target in snapshot.targets}
        shown = profile.targets[min(self._first, len(profile.targets) - 1)]
        if self._view == "call tree" and not shown.trouble:
            who = targets.get(shown.target, Who(shown.target, 0))
            return call_tree_rows(shown, who, width, height)
        with_layers = self._view == "layers"
        page = profile_page(profile, targets, width, height, self._first, with_layers=with_layers)
        return page[:height]

    # ------------------------------------------------------------ keys

    def action_sample(self) -> None:
        """Samples the targets."""
        self._back = 0
        self.session_api.send(commands.ProfileTargets(self._target, self._seconds))

    def action_length(self) -> None:
        """Switches to the next length."""
        longer = [seconds for seconds in LENGTHS_S if seconds > self._seconds]
        self._seconds = (longer or LENGTHS_S)[0]
        self.redraw()

    def action_next_target(self, step: int = 1) -> None:
        """Begins with the next target; after the last comes the first."""
        if (profile := self._profile()) is not None:
            self._first = (self._first + step) % len(profile.targets)
            self.redraw()

    def action_previous_target(self) -> None:
        """Begins with the target before."""
        self.action_next_target(-1)

    def action_next_view(self) -> None:
        """Shows the next view."""
        self._view = next_view(self._view)
        self.redraw()

    def action_older(self, step: int = 1) -> None:
        """Shows the profile before; before the oldest comes the newest."""
        if (snapshot := self._snapshot()) is not None and snapshot.profiles:
            self._back = (self._back + step) % len(snapshot.profiles)
            self.redraw()

    def action_newer(self) -> None:
        """Shows the next profile."""
        self.action_older(-1)

    def action_leave(self) -> None:
        """Goes back to the session."""
        self.dismiss()
