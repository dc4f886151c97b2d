"""Ticks of turns → rounds: what each target did in the measured ticks of its turn (rule M10). Pure.

Rules of this file:
- a round is built once all that belongs to it is known: the ticks of its turns, the first ticks after it, in
  which the last target's requests end, and what the load workers did in all of its seconds;
- a turn is as long as its ticks really were: load workers close ticks up to some milliseconds late;
- CPU time is that of the whole turn, from when the target was idle to when its last request had ended,
  multiplied by the measured share of the requests that ended in that time: so it does not matter that a
  reading comes some milliseconds late. Between two turns of the same target it is interpolated;
- whatever disturbed a round taints it, in words; tainted rounds are kept, and count for nothing;
- that the load workers read responses late taints no round, since it changes some percentiles only: how late
  they were is kept with the round, and each percentile is judged by it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil

from engine.metrics.cpu_track import CpuTrack
from engine.metrics.records import GeneratorSecond
from engine.metrics.rounds import Round, Turn
from engine.protocol.histogram import Histogram, Latencies
from engine.protocol.tick_stats import TickStats
from engine.protocol.ticks import TICK_S
from engine.protocol.turns import Place, TurnSchedule
from targets.runtime import Reading

READINGS_KEPT = 2000
"""Readings of CPU time; several for each turn of a few rounds are needed."""
SECONDS_KEPT = 600


@dataclass(slots=True)
class TurnSums:
    """One target's turn so far. Mutable."""

    ticks: int = 0
    """Measured ones."""
    length_us: int = 0
    """Of the measured ticks."""
    ok: Histogram = field(default_factory=Histogram)
    failed: int = 0
    sent_late_us: int = 0
    noted: int = 0
    ended: int = 0
    """Requests that ended in all of its ticks, and in those in which its last requests ended."""

    def add(self, tick_stats: TickStats, *, is_measured: bool) -> None:
        """Adds a tick."""
        self.ended += ended_in(tick_stats)
        if is_measured:
            self.ticks += tick_stats.ticks
            self.sent_late_us += tick_stats.late_us
            self.noted += tick_stats.noted
            self.length_us += tick_stats.length_us or round(tick_stats.ticks * TICK_S * 1e6)
            for each in tick_stats.requests.values():
                self.ok.add(each.ok)
                self.failed += sum(each.errors.values())


@dataclass(slots=True)
class OpenRound:
    """A round of which not everything is known yet. Mutable."""

    turns: dict[str, TurnSums] = field(default_factory=dict)
    users: int = 0
    taints: dict[str, None] = field(default_factory=dict)
    """Why nothing may be concluded from it, in the order in which it was found."""
    overrun_ticks: int = 0
    """In how many measured ticks requests of another target were in flight."""


@dataclass(slots=True)
class RoundBuilder:
    """Builds the rounds of one schedule. Mutable."""

    schedule: TurnSchedule
    names: tuple[str, ...]
    """The targets, by their number in the schedule."""
    label_of: Callable[[str], str] = str
    _open: dict[int, OpenRound] = field(default_factory=dict)
    """By number."""
    _newest: dict[str, TurnSums] = field(default_factory=dict)
    """By target: its turn that goes on, or went on last."""
    _newest_tick: int = -1
    _cpu: dict[str, CpuTrack] = field(default_factory=dict)
    """By target."""
    _seconds: dict[int, GeneratorSecond] = field(default_factory=dict)
    """What the load workers did in each."""
    _next_round: int = 0

    def __post_init__(self) -> None:
        self._next_round = self.schedule.first_round

    # ------------------------------------------------------------ what arrives

    def take_ticks(self, all_tick_stats: Iterable[TickStats]) -> None:
        """Takes in complete ticks."""
        for tick_stats in all_tick_stats:
            if tick_stats.target in self.names:
                self._take(tick_stats)

    def take_cpu(self, name: str, t_s: float, cpu_ns: int | None) -> None:
        """Takes in a target's CPU time so far, in nanoseconds, at a session time; None if it is not counted
        exactly."""
        self._cpu.setdefault(name, CpuTrack(READINGS_KEPT)).add(t_s, cpu_ns)

    def take_second(self, second: GeneratorSecond) -> None:
        """Takes in what the load workers did in a second."""
        self._seconds[second.second] = second
        self._seconds.pop(second.second - SECONDS_KEPT, None)

    def _take(self, tick_stats: TickStats) -> None:
        first = tick_stats.tick - tick_stats.ticks + 1
        places = [self.schedule.place(tick) for tick in range(first, tick_stats.tick + 1)]
        self._newest_tick = max(self._newest_tick, tick_stats.tick)
        if len(set(_turns_of(places))) > 1:
            for number in {place.round for place in places if place is not None}:
                self._taint(number, "a load worker was held up, and reported several ticks as one")
        place = places[-1] if places else None
        if place is None:
            self._add_to_newest(tick_stats)
        elif self.names[place.target] == tick_stats.target:
            self._take_own(tick_stats, place)
        else:
            self._take_other(tick_stats, place)

    def _take_own(self, tick_stats: TickStats, place: Place) -> None:
        this = self._round(place.round)
        turn = this.turns.get(tick_stats.target)
        if turn is None:
            turn = TurnSums()
            this.turns[tick_stats.target] = self._newest[tick_stats.target] = turn
        turn.add(tick_stats, is_measured=place.is_measured)
        this.users = max(this.users, tick_stats.users)
        self._check(tick_stats, place.round)

    def _take_other(self, tick_stats: TickStats, place: Place) -> None:
        """A tick of another target's turn: its own last requests may end while that one settles."""
        self._add_to_newest(tick_stats)
        if place.is_measured and (tick_stats.in_flight or ended_in(tick_stats)):
            this = self._round(place.round)
            this.overrun_ticks += 1
            other = self.label_of(self.names[place.target])
            self._taint(
                place.round,
                f"requests of {self.label_of(tick_stats.target)} took longer than "
                f"{self.schedule.settling_s:g} s, into the turn of {other}",
            )
        self._check(tick_stats, place.round)

    def _add_to_newest(self, tick_stats: TickStats) -> None:
        if tick_stats.target in self._newest:
            self._newest[tick_stats.target].add(tick_stats, is_measured=False)

    def _check(self, tick_stats: TickStats, number: int) -> None:
        if tick_stats.paused:
            self._taint(number, "users were paused")

    def _taint(self, number: int, why: str) -> None:
        self._round(number).taints.setdefault(why)

    def _round(self, number: int) -> OpenRound:
        return self._open.setdefault(number, OpenRound())

    # ------------------------------------------------------------ what is built

    def complete(self, readings: Mapping[str, Reading]) -> list[tuple[Round, bool]]:
        """The rounds that became complete since the last call, oldest first, each with whether requests of
        one turn went on into the next. `readings` are the targets' newest, for their memory."""
        found = []
        while self._is_complete(self._next_round):
            this = self._open.pop(self._next_round, OpenRound())
            found.append((self._built(self._next_round, this, readings), this.overrun_ticks > 0))
            self._next_round += 1
        return found

    def _is_complete(self, number: int) -> bool:
        last = self.schedule.last_round
        ends = self.schedule.round_begins(number + 1)
        if (
            last is not None and number > last
        ) or self._newest_tick < ends + self.schedule.settling_ticks - 1:
            return False
        last_second = ceil(ends * TICK_S - 1e-9) - 1
        return bool(self._seconds) and max(self._seconds) >= last_second

    def _built(self, number: int, this: OpenRound, readings: Mapping[str, Reading]) -> Round:
        begins, ends = self.schedule.round_begins(number), self.schedule.round_begins(number + 1)
        turns = {}
        for position, target in enumerate(self.schedule.order(number)):
            name = self.names[target]
            sums = this.turns.get(name, TurnSums())
            if sums.ticks < self.schedule.measured_ticks:
                this.taints.setdefault(f"figures of {self.label_of(name)} are missing")
            turns[name] = Turn(
                seconds=sums.length_us / 1e6,
                ok=sums.ok.count,
                failed=sums.failed,
                latencies=sums.ok.as_run(),
                cpu_s=self._cpu_s(name, number, position, sums),
                memory_bytes=readings[name].memory_bytes if name in readings else None,
                sent_late_us=sums.sent_late_us,
                noted=sums.noted,
            )
        lag = self._check_generator(begins, ends, this)
        tainted = "; ".join(this.taints)
        from_s, to_s = round(begins * TICK_S, 6), round(ends * TICK_S, 6)
        return Round(number, "turns", from_s, to_s, turns, this.users, tainted, lag)

    def _check_generator(self, begins: int, ends: int, this: OpenRound) -> Latencies:
        """Taints the round if the load workers were overloaded or failing in its seconds. Returns how late
        their timers fired."""
        seconds = range(int(begins * TICK_S + 1e-9), ceil(ends * TICK_S - 1e-9))
        judged = [self._seconds[second] for second in seconds if second in self._seconds]
        if len(judged) < len(seconds):
            this.taints.setdefault("the generator was not judged")
        if why := next((each.distrust_text for each in judged if each.distrust_text), ""):
            this.taints.setdefault(f"the generator was red: {why}")
        return Histogram.of(each.lag for each in judged).as_run()

    def _cpu_s(self, name: str, number: int, position: int, sums: TurnSums) -> float | None:
        """CPU time of the measured requests of a turn; None if it was not counted exactly."""
        if not sums.ended:
            return None
        schedule = self.schedule
        begins = schedule.round_begins(number) + position * schedule.turn_ticks
        ends = begins + schedule.turn_ticks
        next_place = schedule.place(ends)
        if next_place is None or self.names[next_place.target] != name:
            ends += schedule.settling_ticks  # until its last requests have ended
        used_s = self._cpu.get(name, CpuTrack()).used_s(begins * TICK_S, ends * TICK_S)
        return None if used_s is None else used_s * (sums.ok.count + sums.failed) / sums.ended


def ended_in(tick_stats: TickStats) -> int:
    """Requests that ended, successfully or not."""
    return sum(each.ended for each in tick_stats.requests.values())


def _turns_of(places: Iterable[Place | None]) -> list[tuple[int, int, bool] | None]:
    """Whose turn each tick is in, and in which part of it."""
    return [None if place is None else (place.round, place.target, place.is_measured) for place in places]
