"""What is known of a recorded session without its figures: how long it is, where its events are. Pure.

**A second is complete** with the `GeneratorSecond` that closes it, the last record of that second. What the
screen shows at the end of second n is everything recorded up to there, at session time n. Where a damaged
journal has lost that record, the second ends with the first record of a later one.
"""

from dataclasses import dataclass, field

from engine.metrics.records import Began, Bucket, Ended, Event, GeneratorSecond, Header, Record

NOT_BEGUN = -1
"""The number of complete seconds before load begins."""


def complete_before(record: Record, complete: int) -> int:
    """How many seconds are complete before this record is applied, if `complete` were before."""
    return max(complete, record.second) if isinstance(record, Bucket | GeneratorSecond) else complete


def complete_after(record: Record, complete: int) -> int:
    """How many seconds are complete once this record is applied."""
    if isinstance(record, GeneratorSecond):
        return max(complete, record.second + 1)
    return max(complete, 0) if isinstance(record, Began) else complete_before(record, complete)


def is_stop(event: Event) -> bool:
    """Whether load stops with this event; the session's clock stands still from then on."""
    return event.kind == "end"


@dataclass(slots=True)
class Outline:
    """Grows with the records of a session. Mutable."""

    header: Header | None = None
    complete: int = NOT_BEGUN
    """The number of seconds that are complete."""
    marks: list[int] = field(default_factory=list)
    """The seconds at which an event is shown first, in order, each once."""
    ended: Ended | None = None
    stops_s: float | None = None
    """When load began to stop, in session time; None before."""

    def apply(self, record: Record) -> None:
        """Takes a record in."""
        match record:
            case Header():
                self.header = record
            case Event():
                mark = self.complete + 1
                if not self.marks or self.marks[-1] < mark:
                    self.marks.append(mark)
                if is_stop(record) and self.stops_s is None:
                    self.stops_s = record.t_s
            case Ended():
                self.ended = record
        self.complete = complete_after(record, self.complete)
