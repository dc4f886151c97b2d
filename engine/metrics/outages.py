"""Outages of abreast's helper processes: figures from these times do not count for any target. Pure.

A second is spoiled if a helper was down during it. Later seconds are spoiled as well while a request is in
flight that began before the helper was back, because its result may still reflect the outage.
"""

from dataclasses import dataclass, field

SAMPLED = "py-spy samples the targets"
"""The text of a stretch that abreast spoils on purpose, for a profile."""

IN_DUEL = "a duel was held"
"""The text of a stretch in which a race was a duel."""

DEALT_ANEW = "the users were dealt anew to the load workers"
"""The text of a stretch without users, because another load worker got a share of them."""

CAME_BACK = "the users of a load worker that was missing came back"
"""The text of a stretch in which the load rose to what was asked for."""

ON_PURPOSE = frozenset({SAMPLED, IN_DUEL, DEALT_ANEW, CAME_BACK})

SETTLES_WITHIN_S = 10.0
"""After this time, requests that began in an outage count like any other, because a stream may last
minutes."""
REMEMBERED_S = 60.0


@dataclass(slots=True, eq=False)
class Outage:
    """One helper's outage, from when it last worked for certain until it works again, in session time."""

    text: str
    """What happened, as shown to the user: `the delay proxy of fastapi ended`."""
    from_s: float
    until_s: float | None = None
    """None while it lasts."""
    settled_s: float | None = None
    """From this time on, no request that the outage affected is in flight."""

    def end(self, until_s: float) -> None:
        """Ends the outage: the helper is back. An outage that ended before load began spoils nothing."""
        self.until_s = until_s
        if until_s <= 0:
            self.settled_s = 0.0

    def overlaps(self, begin_s: float, end_s: float) -> bool:
        """Whether the helper was down during any part of this time."""
        return self.from_s < end_s and (self.until_s is None or begin_s < self.until_s)

    def spoils(self, begin_s: float, end_s: float) -> bool:
        """Whether what ended in this time may reflect the outage."""
        return self.from_s < end_s and (self.settled_s is None or begin_s < self.settled_s)


@dataclass(slots=True)
class Outages:
    """A session's outages. Mutable."""

    _outages: list[Outage] = field(default_factory=list)

    def begin(self, text: str, from_s: float) -> Outage:
        """Begins an outage of a helper; the caller must end it when the helper is back."""
        outage = Outage(text, from_s)
        self._outages.append(outage)
        return outage

    def spoiling(self, begin_s: float, end_s: float) -> str:
        """Why requests that ended in this time do not count for any target; empty if nothing was wrong. An
        outage comes before what was asked for."""
        found = [each.text for each in self._outages if each.spoils(begin_s, end_s)]
        return min(found, key=lambda text: text in ON_PURPOSE, default="")

    def of(self, second: int) -> tuple[str, ...]:
        """The texts of all outages in this second."""
        return tuple(each.text for each in self._outages if each.overlaps(second, second + 1))

    def settle(self, second: int, oldest_in_flight_s: float) -> None:
        """Settles outages whose requests have all ended, given a closed second and the age of the oldest
        request in flight at its end. Drops outages that settled long ago."""
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
