"""Times in which a helper of abreast was not at work: what was measured then is a measure of no target. Pure.

A second is spoiled where a helper was out in it, and for as long after that as a request is in flight that
began before the helper was back: its result may still reflect the outage.
"""

from dataclasses import dataclass, field

SETTLES_WITHIN_S = 10.0
"""After so long a request that began in an outage counts as any other: a stream may last for minutes."""
REMEMBERED_S = 60.0


@dataclass(slots=True, eq=False)
class Outage:
    """One helper, from when it was last known to work until it works again. Session time."""

    text: str
    """What happened, for people: `the delay proxy of fastapi ended`."""
    from_s: float
    until_s: float | None = None
    """None while it lasts."""
    settled_s: float | None = None
    """From here on nothing of it is in flight any more."""

    def end(self, until_s: float) -> None:
        """The helper is back. An outage from before load flowed spoils nothing."""
        self.until_s = until_s
        if until_s <= 0:
            self.settled_s = 0.0

    def overlaps(self, begin_s: float, end_s: float) -> bool:
        """Whether the helper was out in some of this time."""
        return self.from_s < end_s and (self.until_s is None or begin_s < self.until_s)

    def spoils(self, begin_s: float, end_s: float) -> bool:
        """Whether what ended in this time may reflect the outage."""
        return self.from_s < end_s and (self.settled_s is None or begin_s < self.settled_s)


@dataclass(slots=True)
class Outages:
    """Those of a session. Mutable."""

    _outages: list[Outage] = field(default_factory=list)

    def begin(self, text: str, from_s: float) -> Outage:
        """A helper is out; whoever says so ends the outage when it is back."""
        outage = Outage(text, from_s)
        self._outages.append(outage)
        return outage

    def spoiling(self, begin_s: float, end_s: float) -> str:
        """Why what ended in this time counts for no target; empty where nothing was the matter."""
        return next((each.text for each in self._outages if each.spoils(begin_s, end_s)), "")

    def of(self, second: int) -> tuple[str, ...]:
        """Every outage in this second."""
        return tuple(each.text for each in self._outages if each.overlaps(second, second + 1))

    def settle(self, second: int, oldest_in_flight_s: float) -> None:
        """This second is closed, and at its end the oldest request was in flight for so long."""
        end_s = second + 1.0
        for outage in self._outages:
            if outage.until_s is None or outage.settled_s is not None or outage.until_s > end_s:
                continue
            since_s = end_s - outage.until_s
            if oldest_in_flight_s <= since_s or since_s > SETTLES_WITHIN_S:
                outage.settled_s = end_s
        self._outages = [
            each for each in self._outages if each.settled_s is None or each.settled_s > end_s - REMEMBERED_S
        ]
