"""Rounds are built of the measured ticks of their turns, and whatever disturbed one is said."""

from dataclasses import replace

import pytest

from engine.metrics.round_builder import RoundBuilder
from engine.metrics.rounds import Round, Turn
from engine.metrics.snapshot import Light
from engine.protocol.tick_stats import TickStats
from engine.protocol.turns import TurnSchedule
from targets.runtime import NO_READING
from tests.support.recording import generator_second, tally, tick_stats

SCHEDULE = TurnSchedule(seed=3, targets=2, from_tick=10, settling_ticks=1, measured_ticks=3)
NAMES = ("a", "b")
MEMORY = {"a": replace(NO_READING, memory_bytes=7_000_000)}


def tick_of(name: str, tick: int, *, schedule: TurnSchedule = SCHEDULE) -> TickStats:
    """What a target does in a tick: 10 requests if it has its turn, and nothing else."""
    place = schedule.place(tick)
    is_own = place is not None and NAMES[place.target] == name
    idle = tick_stats(tick, name, users=4)
    if not is_own:
        return replace(idle, in_flight=0, requests={})
    return replace(
        idle, in_flight=4, requests={"hello": tally([1000] * 10, **{"status 500": 1})}, length_us=201_000
    )


def play(
    builder: RoundBuilder,
    *changes: TickStats,
    rounds: int = 2,
    lights: dict[int, Light] | None = None,
    distrust: str = "overloaded",
) -> list[Round]:
    """Plays so many rounds, in which these ticks are different; `distrust` is why lights are red."""
    different = {(each.target, each.tick): each for each in changes}
    last = builder.schedule.round_begins(rounds + 1) + builder.schedule.settling_ticks
    for tick in range(last + 1):
        ticks = [tick_of(name, tick, schedule=builder.schedule) for name in NAMES]
        builder.take_ticks(different.get((each.target, each.tick), each) for each in ticks)
    for second in range(last // 5 + 1):
        light: Light = (lights or {}).get(second, "green")
        why = distrust if light == "red" else ""
        builder.take_second(replace(generator_second(second), light=light, reasons=("late",), distrust=why))
    return [each for each, _ in builder.complete(MEMORY)]


def own_ticks(name: str, number: int = 1) -> list[int]:
    """The ticks of a target's turn."""
    begins = SCHEDULE.round_begins(number)
    return [
        tick
        for tick in range(begins, begins + SCHEDULE.round_ticks)
        if (place := SCHEDULE.place(tick)) and NAMES[place.target] == name
    ]


def test_a_turn_is_the_sum_of_its_measured_ticks() -> None:
    first, second = play(RoundBuilder(SCHEDULE, NAMES))
    assert (first.number, first.pairing, first.from_s, first.to_s) == (1, "turns", 2.0, 3.6)
    assert (second.number, second.from_s, second.to_s) == (2, 3.6, 5.2)
    assert (first.users, first.tainted) == (4, "")
    turn = first.turns["a"]
    assert (turn.seconds, turn.ok, turn.failed, turn.latencies.count) == (0.603, 30, 3, 30)
    assert turn.goodput == pytest.approx(30 / 0.603)
    assert (turn.memory_bytes, first.turns["b"].memory_bytes) == (7_000_000, None)


def test_turns_are_in_the_order_of_the_round() -> None:
    for each in play(RoundBuilder(SCHEDULE, NAMES), rounds=6):
        assert list(each.turns) == [NAMES[target] for target in SCHEDULE.order(each.number)]


def test_a_round_waits_for_its_ticks_and_its_lights() -> None:
    builder = RoundBuilder(SCHEDULE, NAMES)
    for tick in range(18):
        builder.take_ticks(tick_of(name, tick) for name in NAMES)
    for second in range(3):
        builder.take_second(generator_second(second))
    assert builder.complete({}) == []
    builder.take_ticks([tick_of("a", 18)])
    assert builder.complete({}) == []
    builder.take_second(generator_second(3))
    assert [each.number for each, _ in builder.complete({})] == [1]
    assert builder.complete({}) == []


def test_requests_that_end_while_the_next_target_settles_disturb_nothing() -> None:
    tick = own_ticks("a")[-1] + 1
    late = replace(tick_of("a", tick), in_flight=1, requests={"hello": tally([900_000])})
    first, _ = play(RoundBuilder(SCHEDULE, NAMES), late)
    assert (first.tainted, first.turns["a"].ok) == ("", 30)


@pytest.mark.parametrize("is_in_flight", [True, False])
def test_requests_that_go_on_into_the_next_turn_taint_the_round(is_in_flight: bool) -> None:
    schedule = replace(
        SCHEDULE, seed=next(n for n in range(99) if replace(SCHEDULE, seed=n).order(1) == (0, 1))
    )
    late = replace(
        tick_of("a", 15, schedule=schedule),
        in_flight=int(is_in_flight),
        requests={} if is_in_flight else {"hello": tally([900_000])},
    )
    builder = RoundBuilder(schedule, NAMES, str.upper)
    first, second = play(builder, late)
    assert first.tainted == "requests of A took longer than 0.2 s, into the turn of B"
    assert second.tainted == ""


def test_it_says_that_turns_need_to_be_longer() -> None:
    tick = next(tick for tick in own_ticks("b") if SCHEDULE.measures(1, tick, tick))
    builder = RoundBuilder(SCHEDULE, NAMES)
    late = replace(tick_of("a", tick), in_flight=2)
    for number in range(tick + 10):
        ticks = [tick_of(name, number) for name in NAMES]
        builder.take_ticks(late if (each.target, each.tick) == ("a", tick) else each for each in ticks)
    for second in range(6):
        builder.take_second(generator_second(second))
    assert [is_overrun for _, is_overrun in builder.complete({})] == [True]


def test_an_overloaded_generator_in_one_of_its_seconds_taints_a_round() -> None:
    first, second = play(RoundBuilder(SCHEDULE, NAMES), lights={2: "red", 4: "amber"})
    assert (first.tainted, second.tainted) == ("the generator was red: overloaded", "")


def test_responses_that_were_read_late_taint_no_round() -> None:
    """The light is red for some percentile: how late the loops were goes with the round."""
    first, second = play(RoundBuilder(SCHEDULE, NAMES), lights={2: "red", 4: "red"}, distrust="")
    assert not first.tainted
    assert not second.tainted
    a_second = generator_second(2).lag.count
    assert (first.lag.count, second.lag.count) == (2 * a_second, 3 * a_second), (
        "2.0 to 3.6 s and 3.6 to 5.2 s"
    )


def test_a_stalled_load_worker_taints_the_round() -> None:
    own = own_ticks("a")
    held = replace(tick_of("a", own[1]), ticks=2)
    first, second = play(RoundBuilder(SCHEDULE, NAMES), held)
    assert first.tainted.startswith("a load worker was held up")
    assert second.tainted == ""


def test_missing_figures_taint_the_round() -> None:
    builder = RoundBuilder(SCHEDULE, NAMES)
    for tick in range(30):
        builder.take_ticks([tick_of("a", tick)])
    for second in range(6):
        builder.take_second(generator_second(second))
    (first, _), *_ = builder.complete({})
    assert first.tainted == "figures of b are missing"
    assert first.turns["b"] == Turn(0.0, 0, 0)


def test_there_are_no_rounds_after_the_last() -> None:
    builder = RoundBuilder(replace(SCHEDULE, last_round=2), NAMES)
    assert [each.number for each in play(builder, rounds=5)] == [1, 2]


# ---------------------------------------------------------------- CPU time


def cpu_of(late_s: float, *, rounds: int = 4) -> list[dict[str, float | None]]:
    """The CPU time of turns in which each target used half of its turn, if readings come so late."""
    builder = RoundBuilder(SCHEDULE, NAMES)
    used_ns = dict.fromkeys(NAMES, 0)
    for tick in range(SCHEDULE.round_begins(rounds + 1) + 5):
        place = SCHEDULE.place(tick)
        for name in NAMES:
            builder.take_cpu(name, tick * 0.2, used_ns[name])
            in_tick_ns = 100_000_000 if place and NAMES[place.target] == name else 0
            builder.take_cpu(name, tick * 0.2 + late_s, used_ns[name] + round(in_tick_ns * late_s / 0.2))
            used_ns[name] += in_tick_ns
    return [{name: turn.cpu_s for name, turn in each.turns.items()} for each in play(builder, rounds=rounds)]


def test_cpu_time_is_that_of_the_measured_requests() -> None:
    for turns in cpu_of(0.05):
        assert turns == {"a": pytest.approx(0.3), "b": pytest.approx(0.3)}


def test_cpu_time_is_not_known_if_a_reading_is_not_exact() -> None:
    builder = RoundBuilder(SCHEDULE, NAMES)
    for tick in range(40):
        builder.take_cpu("a", tick * 0.2, tick * 100_000_000)
        builder.take_cpu("b", tick * 0.2, None)
    first, _ = play(builder)
    assert first.turns["a"].cpu_s is not None
    assert first.turns["b"].cpu_s is None


def test_cpu_time_is_not_known_without_a_reading_after_the_turn() -> None:
    builder = RoundBuilder(SCHEDULE, NAMES)
    for name in NAMES:
        builder.take_cpu(name, 0.0, 0)
    first, _ = play(builder)
    assert {turn.cpu_s for turn in first.turns.values()} == {None}
