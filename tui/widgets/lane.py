"""A target's lane: its live figures, or why there are none."""

from engine.metrics.palette import MARKERS
from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from tui.views.target_lane import beside, lane_height, lane_rows, lane_titles
from tui.widgets.panel import Panel

NARROWEST = 26
"""Cells of a lane with its border."""


def height_in(snapshot: Snapshot) -> int:
    """Rows of a session's lanes, with their border."""
    return lane_height(is_open=snapshot.model == "open") + 2


class Lane(Panel):
    """One target, in a border of its colour; a heavy border if it is selected."""

    target_name = ""
    """The target that it shows."""

    def draw(
        self, target: TargetSnapshot, snapshot: Snapshot, *, selected: bool, changes: frozenset[str]
    ) -> None:
        """Shows a target of a session, and which of these commands help where it has no figures."""
        self.target_name = target.name
        self.set_class(selected, "-selected")
        for slot in range(len(MARKERS)):
            self.set_class(slot == target.slot % len(MARKERS), f"-slot{slot}")
        shown = beside(snapshot, target, changes)
        self.set_titles(*lane_titles(target, self.size.width, 0.0 if shown.duel else shown.window_s))
        self.show(lane_rows(target, self.size.width, shown))
