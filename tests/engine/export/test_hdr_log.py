"""The HdrHistogram log is read by HdrHistogram's own library, and sums up to the session JSON."""

from pathlib import Path

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

from engine.export.hdr import decode
from engine.export.hdr_log import hdr_log
from engine.export.loaded import load
from engine.protocol.histogram import HIGHEST_US
from tests.support.made_sessions import Shape, write


def test_the_intervals_of_a_target_sum_up_to_its_histogram(tmp_path: Path) -> None:
    shape = Shape(seconds=12, rps=300, labels=("fastapi ×4", "a, b"))
    session = load(write(tmp_path, shape))
    path = tmp_path / "log"
    path.write_bytes(b"".join(hdr_log(session)))
    reader = HistogramLogReader(str(path), HdrHistogram(1, HIGHEST_US, 2))
    sums: dict[str, HdrHistogram] = {}
    starts: list[float] = []
    while (interval := reader.get_next_interval_histogram()) is not None:
        sums.setdefault(interval.get_tag(), HdrHistogram(1, HIGHEST_US, 2)).add(interval)
        starts.append(interval.get_start_time_stamp())
    reader.close()
    assert list(sums) == ["fastapi_×4", "a;_b"]
    assert len(starts) == 24
    assert starts == sorted(starts), "readers stop at a time that is later than they want"
    assert starts[0] == 1735729200_000, "the epoch of the session's beginning, in milliseconds"
    for target, total in zip(session.document["targets"], sums.values(), strict=True):
        counts = decode(target["histogram_us"])
        assert total.get_total_count() == sum(counts.values()) == target["summary"]["ok"]
        assert {index: total.get_count_at_index(index) for index in counts} == counts


def test_a_session_without_requests_is_a_log_without_intervals(tmp_path: Path) -> None:
    session = load(write(tmp_path, Shape(seconds=1, targets=())))
    assert b"".join(hdr_log(session)).decode().splitlines()[-1].startswith('"StartTimestamp"')
