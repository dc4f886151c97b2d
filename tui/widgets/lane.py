"""A target's lane: its figures now, or plainly why there are none."""

from engine.snapshot import TargetSnapshot
from tui.view import MARKERS, lane_rows, lane_titles
from tui.widgets.panel import Panel

HEIGHT = 9
"""Rows of a lane with its border."""

NARROWEST = 26
"""Cells of a lane with its border."""


class Lane(Panel):
    """One target, in a border of its colour; a heavy border where it is the selected one."""

    def draw(self, target: TargetSnapshot, baseline: str, *, selected: bool) -> None:
        """Shows the target as it is in a snapshot."""
        self.set_class(selected, "-selected")
        self.set_class(target.state in ("failed", "died"), "-trouble")
        for slot in range(len(MARKERS)):
            self.set_class(slot == target.slot % len(MARKERS), f"-slot{slot}")
        self.entitle(*lane_titles(target, self.size.width))
        self.show(lane_rows(target, baseline, self.size.width))
