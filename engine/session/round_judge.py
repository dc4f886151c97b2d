"""The verdicts that end turns and duels: those on the rounds so far, computed once for each new round."""

from dataclasses import replace

from engine.answers.verdicts.verdict import Verdict, verdicts
from engine.metrics.session_result import session_result
from engine.recording.recorder import Recorder


class RoundJudge:
    """Judges the rounds of one session as far as the newest snapshot has them."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._judged = (0, 0, "")
        """What was judged last: a series, how many of its rounds, and the baseline."""
        self._found: tuple[Verdict, ...] = ()

    def verdicts(self, series: int = 1) -> tuple[Verdict, ...]:
        """The verdicts on the rounds of a series (see `Round.series`); empty without rounds."""
        snapshot = self._recorder.snapshot
        rounds = tuple(each for each in snapshot.rounds if each.series == series)
        wanted = (series, len(rounds), snapshot.baseline)
        if wanted != self._judged:
            self._judged = wanted
            self._found = verdicts(session_result(replace(snapshot, rounds=rounds)))
        return self._found
