"""What charts can show."""

from engine.metrics.snapshot import Series
from tests.support.fakes import snapshot, with_target
from tui.views.chart_metrics import GOODPUT, STREAM_TABS, TABS, plot_of, tabs_of


def test_every_metric_shows_a_series_of_its_own() -> None:
    """Each field of a series has its own number here."""
    names = tuple(Series.__dataclass_fields__)
    numbered = Series(*((float(at),) for at in range(len(names))))
    shown = [names[int(each.values(numbered)[0] or 0)] for each in (GOODPUT, *TABS, *STREAM_TABS)]
    assert shown == [
        "goodput",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "error_pct",
        "cpu_pct",
        "memory_mb",
        "users",
        "health_ms",
        "tokens_per_s",
        "first_byte_ms",
    ]


def test_streams_have_tabs_once_a_target_streams() -> None:
    assert tabs_of(snapshot()) == TABS
    assert tabs_of(with_target(snapshot(), "fastapi", streams=True)) == (*TABS, *STREAM_TABS)


def test_the_selected_line_is_drawn_last_and_only_the_newest_values_are() -> None:
    made = plot_of(snapshot(72), GOODPUT, "django-wsgi", 5)
    assert [line.slot for line in made.lines] == [0, 2, 1]
    assert {len(line.values) for line in made.lines} == {5}
    assert made.lines[-1].values == snapshot(72).targets[1].series.goodput[-5:]
    assert made.last_s == 72


def test_changes_of_load_are_marked() -> None:
    assert plot_of(snapshot(72), GOODPUT, "", 5).marks == (0.0, 10.0, 41.0, 64.0)
