"""The verdicts of rounds while they go on: an interval for each metric, which narrows from round to round."""

from collections.abc import Sequence

from engine.answers.verdicts.verdict import Verdict, is_decided, verdicts
from engine.answers.verdicts.wording import NAMES, said_beforehand, undecided_text
from engine.metrics.rounds import Round
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import Snapshot
from tui.views.verdicts import live_rows, with_text
from tui.widgets.panel import Panel


class Verdicts(Panel):
    """Judges anew only when there is another round."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  so named in Textual
        super().__init__(id=id)
        self._judged_of: tuple[object, ...] = ()
        self.found: tuple[Verdict, ...] = ()
        """What is shown."""

    def draw(self, snapshot: Snapshot, selected: str) -> None:
        """Shows what the rounds so far say."""
        key = (snapshot.session_id, len(snapshot.rounds), snapshot.baseline, len(snapshot.targets))
        if key != self._judged_of:
            self._judged_of = key
            self.found = verdicts(session_result(snapshot, unfinished="running"))
        slots = {target.name: target.slot for target in snapshot.targets}
        self.set_titles(f"verdicts · {_counted(snapshot.rounds)}", _state(self.found))
        rows = live_rows(self.found, slots, selected, self.size.width, self.size.height)
        waiting = not any(each.interval for each in self.found)
        text = said_beforehand(_pairing(snapshot), len(snapshot.targets), snapshot.noise_floor)
        self.show(with_text(rows, text if waiting else "", self.size.width, self.size.height))


def _counted(rounds: Sequence[Round]) -> str:
    """How many rounds there are, and how many of them count."""
    clean = sum(not each.tainted for each in rounds)
    if clean < len(rounds):
        return f"{clean} of {len(rounds)} rounds count"
    return f"{clean} round{'' if clean == 1 else 's'}"


def _pairing(snapshot: Snapshot) -> str:
    return snapshot.rounds[-1].pairing if snapshot.rounds else ""


def _state(found: Sequence[Verdict]) -> str:
    """Whether it is decided, or how far that is."""
    if is_decided(found):
        return "decided"
    waiting = [each for each in found if each.outcome == "undecided" and each.metric != "memory"]
    known = [each for each in waiting if each.more_rounds is not None]
    if not known or len(known) < len(waiting):
        return "95 % intervals"
    last = max(known, key=lambda each: each.more_rounds or 0)
    return f"{NAMES[last.metric]}: {undecided_text(last)}"
