"""The load workers' second as it is recorded: bounds, what kept the workers from their cores, and why."""

from pathlib import Path

from engine.machine.ceiling import Ceiling
from engine.machine.interference import Interference
from engine.protocol.messages import TICK_S
from engine.recording.generator_judge import GeneratorJudge
from tests.support.recording import Recording, heartbeat, sample

KEPT = (
    "in the last second the host of this virtual machine took {} % (steal) and other programs took {} % of "
    "the load worker's core"
)


def recorded(folder: Path, interference: Interference, *, lag_us: int, ticks: int = 25) -> Recording:
    """Five seconds of a target that answers in 20 ms, read so late."""
    with Recording(folder / "journal.jsonl", "a", warm_up_s=0.0) as recording:
        recording.book.judge.read_interference = lambda: interference
        for tick in range(ticks):
            recording.take(
                sample(tick, users=0, ok_us=[20_000 + lag_us] * 30), heartbeat(tick, lag_us=lag_us)
            )
            recording.advance((tick + 1) * TICK_S + 0.05)
        return recording


def test_a_second_holds_the_bound_of_each_percentile_that_is_shown(tmp_path: Path) -> None:
    first, *_, last = recorded(tmp_path, Interference(3.0, 12.0), lag_us=100).book.timeline.generator
    assert list(first.lag_bounds_ms["a"]) == ["p50", "p95"], "150 answers"
    assert list(last.lag_bounds_ms["a"]) == ["p50", "p95", "p99"]
    assert all(0.1 <= bound_ms < 0.3 for bound_ms in last.lag_bounds_ms["a"].values())
    assert (last.stolen_pct, last.waiting_pct) == (3.0, 12.0)
    assert (last.light, last.reasons) == ("green", ())


def test_where_figures_are_doubtful_it_is_said_what_kept_the_worker_from_its_core(tmp_path: Path) -> None:
    last = recorded(tmp_path, Interference(3.4, 12.0), lag_us=8000).book.timeline.generator[-1]
    assert last.light == "red"
    assert last.reasons == (
        "a's p50 of 28 ms may be up to 8.0 ms too high: the load worker was late to read answers",
        KEPT.format(3, 12),
    )


def test_a_host_that_took_nothing_is_not_blamed(tmp_path: Path) -> None:
    last = recorded(tmp_path, Interference(0.2, 12.0), lag_us=8000).book.timeline.generator[-1]
    assert last.reasons[-1] == "in the last second other programs took 12 % of the load worker's core"


def test_a_system_that_is_silent_about_it_is_not_quoted(tmp_path: Path) -> None:
    last = recorded(tmp_path, Interference(), lag_us=8000).book.timeline.generator[-1]
    assert len(last.reasons) == 1


def test_a_replay_has_the_same_light_and_bounds(tmp_path: Path) -> None:
    recording = recorded(tmp_path, Interference(3.0, 12.0), lag_us=8000)
    seconds = [each for each in recording.records() if type(each).__name__ == "GeneratorSecond"]
    assert seconds == list(recording.book.timeline.generator)


def test_what_is_said_of_the_warm_up_is_not_said_of_what_is_measured(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal.jsonl", "a", warm_up_s=5.0) as recording:
        for tick in range(110):
            late_us = 8000 if tick < 25 else 100
            recording.take(
                sample(tick, users=0, ok_us=[20_000 + late_us] * 30), heartbeat(tick, lag_us=late_us)
            )
            recording.advance((tick + 1) * TICK_S + 0.05)
        lights = [each.light for each in recording.book.timeline.generator]
        told = [
            each.text.partition(":")[0] for each in recording.book.timeline.events if each.kind == "health"
        ]
    assert lights == ["green"] * 2 + ["red"] * 3 + ["green"] * 17
    assert told == ["generator red", "generator green again"]


def test_on_a_cluster_the_light_names_the_node(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal.jsonl", "a", warm_up_s=0.0) as recording:
        recording.book.judge.places = ["far"]
        recording.book.judge.lower_load = "1 of 2 load workers is missing, and so are its users"
        for tick in range(40):
            recording.take(sample(tick, users=0, ok_us=[20_000]), heartbeat(tick, cpu_s=0.19 * (tick + 1)))
            recording.advance((tick + 1) * TICK_S + 0.05)
        last = recording.book.timeline.generator[-1]
        assert last.nodes == 1
        assert last.light == "red"
        assert last.reasons == (
            "node far: the load worker used 95 % of its core: it limits what targets can show",
            "1 of 2 load workers is missing, and so are its users",
        )
        recording.book.publish()
        assert recording.book.snapshot.health.cluster_text == "1 worker on 1 node"


def test_the_ceiling_of_this_machine_says_nothing_of_other_machines(tmp_path: Path) -> None:
    """A node on another machine joins after two seconds."""
    with Recording(tmp_path / "journal.jsonl", "a", warm_up_s=0.0, workers=2) as recording:
        recording.book.judge = GeneratorJudge(Ceiling({10: 100.0}))
        for tick in range(20):
            recording.book.judge.sends_from_here = tick < 10
            reports = [sample(tick, users=0, worker=each, ok_us=[20_000] * 15) for each in (0, 1)]
            recording.take(*reports, heartbeat(tick), heartbeat(tick, worker=1))
            recording.advance((tick + 1) * TICK_S + 0.05)
        assert [each.ceiling_share for each in recording.book.timeline.generator] == [0.75, 0.75, None, None]
