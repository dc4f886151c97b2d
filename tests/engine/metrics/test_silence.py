"""When something counts as silent, and that all who show it agree."""

from dataclasses import replace

import pytest

from engine.metrics.condition import condition_of
from engine.metrics.silence import HEALTH_SILENT_MS, SILENT_S, is_health_silent, is_silent
from engine.metrics.streak import Streak
from engine.metrics.target_snapshot import Signals
from tests.support.fakes import changed, snapshot, target, with_target
from tui.cli.plain_text import figures_sentence
from tui.views.chart_metrics import HEALTH, plot_of
from tui.views.target_lane import health_text


@pytest.mark.parametrize("quiet_s", [SILENT_S - 0.2, SILENT_S])
def test_a_target_is_silent_from_two_seconds_on_if_requests_are_overdue(quiet_s: float) -> None:
    wanted = quiet_s >= 2.0
    assert is_silent(quiet_s, is_overdue=True) == wanted
    assert not is_silent(quiet_s, is_overdue=False)
    of = changed(target(0, 72), window={"unanswered": 4}, streak=Streak(silent_s=quiet_s))
    found = condition_of(of)
    assert (found is not None and found.kind == "silent") == wanted


@pytest.mark.parametrize("waiting_ms", [HEALTH_SILENT_MS - 1, HEALTH_SILENT_MS])
def test_lane_chart_and_sentence_agree_on_health(waiting_ms: float) -> None:
    wanted = waiting_ms >= 1000
    assert is_health_silent(waiting_ms) == wanted
    picture = with_target(snapshot(72), "fastapi", health_probe={"waiting_ms": waiting_ms})
    first = picture.targets[0]
    assert ("silent" in health_text(first).text) == wanted
    assert ("/health has not answered" in figures_sentence(picture)) == wanted
    waits = Signals(
        silent_s=(0.0,) * 72, health_waiting_ms=(0.0,) * 71 + (waiting_ms,), is_partial=(False,) * 72
    )
    first = replace(first, signals=waits)
    drawn = plot_of(replace(picture, targets=(first,)), HEALTH, "", 200)
    assert bool(drawn.bands) == wanted
