"""All targets in one table."""

from engine.metrics.snapshot import Snapshot
from tui.views.tables import scoreboard_rows, scoreboard_title
from tui.widgets.panel import Panel


class Scoreboard(Panel):
    """The targets' figures side by side. Replaces the lanes if there is no room for them."""

    def draw(self, snapshot: Snapshot, selected: str, *, steady: bool) -> None:
        """Shows the live window, or with `steady` the time since the last change of load."""
        self.set_titles(f"scoreboard · {scoreboard_title(snapshot, steady=steady)}")
        self.show(scoreboard_rows(snapshot, selected, self.size.width, steady=steady))
