"""What was measured while a helper of abreast was out counts for no target, and is the generator's."""

from pathlib import Path

import pytest

from engine.export.document import document, folded
from engine.metrics.outages import SETTLES_WITHIN_S, Outages
from tests.support.recording import Recording, sample

PROXY = "the delay proxy of a ended"


def test_seconds_of_an_outage_are_spoiled_and_no_others() -> None:
    outages = Outages()
    outage = outages.begin(PROXY, 2.9)
    assert [bool(outages.spoiling(second, second + 1)) for second in range(5)] == [False] * 2 + [True] * 3
    outage.until_s = 3.4
    assert [outages.of(second) for second in range(5)] == [(), (), (PROXY,), (PROXY,), ()]
    outages.settle(3, oldest_in_flight_s=0.1)
    assert [bool(outages.spoiling(second, second + 1)) for second in range(1, 5)] == [
        False,
        True,
        True,
        False,
    ]


def test_requests_of_the_outage_spoil_the_seconds_in_which_they_end() -> None:
    outages = Outages()
    outages.begin(PROXY, 2.9).until_s = 3.4
    outages.settle(3, oldest_in_flight_s=0.7)
    assert outages.spoiling(4, 5) == PROXY
    assert outages.of(4) == (), "the helper is back: the light has nothing to say"
    outages.settle(4, oldest_in_flight_s=1.5)
    assert outages.spoiling(5, 6) == ""


def test_a_stream_that_began_before_it_does_not_spoil_all_that_follows() -> None:
    outages = Outages()
    outages.begin(PROXY, 2.9).until_s = 3.4
    second = 3
    while outages.spoiling(second, second + 1):
        outages.settle(second, oldest_in_flight_s=second)
        second += 1
        assert second < 60
    assert second > SETTLES_WITHIN_S


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """Five seconds of a target, in the middle one of which all its requests fail for a helper's end."""
    with Recording(tmp_path / "journal.jsonl", "a", warm_up_s=0.0) as recording:
        for tick in range(25):
            is_out = 10 <= tick < 15
            if tick == 10:
                recording.book.outages.begin(PROXY, 2.0).until_s = 2.9
            recording.tick(tick, sample(tick, ok_us=[] if is_out else [1000], failed=4 * is_out))
        live = recording.book.timeline.targets["a"].snapshot(
            5.0, newest_tick=24, window_s=10.0, axis=(1, 2, 3, 4, 5)
        )
        assert (live.window.failed, live.window.seconds) == (0, 2.0)
        assert live.series.error_pct == (0.0, 0.0, None, 0.0, 0.0)
        assert live.series.goodput[2] is None
        recording.end()
        return recording


def test_summaries_windows_and_charts_leave_it_out(recording: Recording) -> None:
    made = document(folded(recording.records()), outcome="completed")
    target = made["targets"][0]
    assert target["summary"]["failed"] == 0
    assert target["summary"]["window"]["seconds"] == 4.0
    assert target["buckets"]["measured"] == [True, True, False, True, True]
    assert target["buckets"]["spoiled"] == ["", "", PROXY, "", ""]
    assert target["buckets"]["failed"] == [0, 0, 20, 0, 0], "what was counted stays on file"


def test_the_light_goes_red_with_its_name_and_stays_on_file(recording: Recording) -> None:
    made = document(folded(recording.records()), outcome="completed")
    assert made["targets"][0]["buckets"]["light"] == ["green", "green", "red", "green", "green"]
    assert made["health"]["light"] == "red"
    assert any(PROXY in reason for reason in made["health"]["reasons"])
    told = [event["text"] for event in made["events"] if event["kind"] == "health"]
    assert told == [f"generator red: {PROXY}: this counts for no target"]
