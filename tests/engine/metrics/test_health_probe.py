"""What the newest probes of `/health` show."""

from dataclasses import replace

import pytest

from engine.metrics.health_probe import probe_after
from engine.metrics.target_snapshot import HealthProbe
from engine.protocol.tick_stats import TickStats
from tests.support.recording import latencies, tick_stats


def probed(answer_us: int | None, *, failed: bool) -> TickStats:
    return replace(
        tick_stats(0),
        health_probe=latencies() if answer_us is None else latencies(answer_us),
        health_probe_errors={"reset": 1} if failed else {},
    )


@pytest.mark.parametrize(
    ("before", "answer_us", "failed", "after"),
    [
        (HealthProbe(), None, False, HealthProbe()),
        (HealthProbe(), 2000, False, HealthProbe(2.0, failed=False)),
        (HealthProbe(), None, True, HealthProbe(None, failed=True)),
        (HealthProbe(2.0, failed=True), None, False, HealthProbe(2.0, failed=True)),
        (HealthProbe(2.0, failed=True), 3000, False, HealthProbe(3.0, failed=False)),
        (HealthProbe(2.0), 3000, True, HealthProbe(3.0, failed=True)),
    ],
)
def test_the_newest_probe_counts(
    before: HealthProbe, answer_us: int | None, failed: bool, after: HealthProbe
) -> None:
    assert probe_after(before, probed(answer_us, failed=failed)) == after


def test_a_spoiled_tick_says_nothing_of_the_target() -> None:
    before = HealthProbe(2.0)
    assert probe_after(before, replace(probed(9000, failed=True), spoiled="the delay proxy ended")) == before
