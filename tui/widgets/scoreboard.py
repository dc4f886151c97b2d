"""All targets in one table, or the results of a session that has ended."""

from collections.abc import Sequence

from engine.answers.hints import Hint
from engine.metrics.session_result import SessionResult
from engine.metrics.snapshot import Snapshot
from tui.views.results import result_rows
from tui.views.tables import scoreboard_rows
from tui.widgets.panel import Panel


class Scoreboard(Panel):
    """The targets' figures side by side. Replaces the lanes if there is no room for them."""

    def draw(self, snapshot: Snapshot, selected: str, *, steady: bool) -> None:
        """Shows the live window, or with `steady` the time since the last change of load."""
        window = "since the last change of load" if steady else f"last {snapshot.window_asked_s:.0f} s"
        self.set_titles(f"scoreboard · {window}")
        self.show(scoreboard_rows(snapshot, selected, self.size.width, steady=steady))

    def draw_results(self, result: SessionResult, hints: Sequence[Hint], selected: str, height: int) -> None:
        """Shows what the session came to, in so many rows at most."""
        self.set_titles("results")
        self.show(result_rows(result, selected, self.size.width, height, hints))
