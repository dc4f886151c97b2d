"""What charts can show over time."""

from dataclasses import replace

import pytest

from engine.metrics.event_detail import EventDetail
from engine.metrics.snapshot import EventSnapshot, Snapshot
from engine.metrics.target_snapshot import Series
from engine.recording.old_events import detail_of
from tests.support.fakes import open_snapshot, snapshot, with_target
from tui.views.chart_metrics import GOODPUT, HEALTH, P95, STREAM_TABS, TABS, mark_text, metrics_of, plot_of
from tui.views.chart_view import ChartView, Ghost

ALL = ChartView(span_s=None)


def with_values(picture: Snapshot, name: str, **columns: tuple[object, ...]) -> Snapshot:
    """The same snapshot, with columns of one target's series or signals that end as given."""
    target = next(each for each in picture.targets if each.name == name)
    for field, values in columns.items():
        part = "series" if field in Series.__dataclass_fields__ else "signals"
        before = getattr(getattr(target, part), field)
        target = replace(
            target, **{part: replace(getattr(target, part), **{field: before[: -len(values)] + values})}
        )
    return with_target(picture, name, series=target.series, signals=target.signals)


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
    assert metrics_of(snapshot()) == (GOODPUT, *TABS)
    (users,) = [each for each in metrics_of(open_snapshot()) if each.key == "users"]
    assert (users.label, users.title) == ("busy", "users busy with arrivals")
    assert len(metrics_of(open_snapshot())) == len(metrics_of(snapshot()))
    streaming = with_target(snapshot(), "fastapi", streams=True)
    assert metrics_of(streaming) == (GOODPUT, *TABS, *STREAM_TABS)


def test_the_selected_line_is_drawn_last() -> None:
    made = plot_of(snapshot(72), GOODPUT, "django-wsgi", 200)
    assert [line.slot for line in made.lines] == [0, 2, 1]
    assert made.lines[-1].values == snapshot(72).targets[1].series.goodput
    assert (made.first_s, made.last_s, made.step_s) == (0.0, 75.0, 1)


def test_a_span_shows_only_the_newest_time() -> None:
    made = plot_of(snapshot(72), GOODPUT, "", 200, ChartView(span_s=30))
    assert (made.first_s, made.last_s) == (42.0, 72.0)
    assert {len(line.values) for line in made.lines} == {31}
    assert [mark.at_s for mark in made.marks] == [64.0]


def test_many_seconds_share_a_dot_and_percentiles_keep_their_peak() -> None:
    picture = snapshot(72)
    wide = plot_of(picture, P95, "", 200, ALL).lines[0].values
    narrow = plot_of(picture, P95, "", 31, ALL)
    assert narrow.step_s == 3
    assert narrow.lines[0].values[0] == max(value for value in wide[:3] if value is not None)
    mean = plot_of(picture, GOODPUT, "", 31, ALL).lines[0].values[0]
    known = [value for value in picture.targets[0].series.goodput[:3] if value is not None]
    assert mean == sum(known) / 3


@pytest.mark.parametrize("second", [70, 71, 72])
def test_steps_are_counted_from_the_beginning_so_that_a_line_keeps_its_form(second: int) -> None:
    """The same seconds share a dot whenever they are looked at."""
    made = plot_of(snapshot(second), GOODPUT, "", 21, ChartView(span_s=60))
    own = dict(zip(snapshot(72).seconds, snapshot(72).targets[0].series.goodput, strict=True))
    assert made.step_s == 3
    (line,) = made.lines[:1]
    assert line.ends_s is not None
    number = 10
    end_s = line.ends_s - 3 * number
    values = [own[round(end_s) - back] or 0 for back in range(3)]
    assert line.values[-1 - number] == pytest.approx(sum(values) / 3)


def test_the_last_second_counts_only_if_load_flowed_in_all_of_it() -> None:
    picture = with_values(snapshot(72), "fastapi", is_partial=(True,))
    line = next(line for line in plot_of(picture, GOODPUT, "", 200, ALL).lines if line.slot == 0)
    assert line.values[-1] is None
    assert line.values[-2] == picture.targets[0].series.goodput[-2]


def test_a_partial_second_in_the_middle_stays() -> None:
    picture = with_values(snapshot(72), "fastapi", is_partial=(True, False))
    line = next(line for line in plot_of(picture, GOODPUT, "", 200, ALL).lines if line.slot == 0)
    assert None not in line.values


def test_changes_of_load_are_marked_with_what_happened() -> None:
    marks = plot_of(snapshot(72), GOODPUT, "", 200).marks
    assert [mark.at_s for mark in marks] == [0.0, 10.0, 41.0, 64.0]
    assert [mark.text for mark in marks[:2]] == ["ramp to 20 users over 10 s", "hold 20 users"]
    assert (marks[-1].text, marks[-1].slot) == ("users 10 → 20 (manual)", 1)
    solo = EventDetail("begins", "hold 10 users")
    assert mark_text(EventSnapshot(1.0, "stage", "", "django-asgi alone · …", solo)) == "hold 10 users"
    done = EventSnapshot(1.0, "stage", "", "django-asgi is done", EventDetail("turn-over", "django-asgi"))
    assert (mark_text(done), mark_text(done, of_all_turns=True)) == ("django-asgi is done", "turn is done")
    assert mark_text(EventSnapshot(1.0, "note", "", "stage 9: mine\x1b[2J")).isprintable()


def test_silence_is_drawn_from_when_it_began() -> None:
    picture = with_values(snapshot(72), "fastapi", silent_s=(0.0, 5.0, 6.0, 7.0))
    (band,) = plot_of(picture, P95, "", 200, ALL).bands
    assert (band.slot, band.word) == (0, "silent")
    assert band.stretches == ((65.0, 72.0),)
    assert plot_of(picture, HEALTH, "", 200, ALL).bands == (), "/health has silence of its own"


def test_a_target_whose_every_request_fails_has_a_band() -> None:
    picture = with_values(
        snapshot(72), "fastapi", error_pct=(100.0,) * 2, goodput=(0.0,) * 2, has_failures=(True,) * 2
    )
    (band,) = plot_of(picture, GOODPUT, "", 200, ALL).bands
    assert (band.word, band.stretches) == ("errors", ((70.0, 72.0),))


def test_requests_that_only_wait_are_no_band_of_errors() -> None:
    """Until they are answered, all requests of these seconds count as errors."""
    picture = with_values(snapshot(72), "fastapi", error_pct=(100.0,) * 3, goodput=(0.0,) * 3)
    assert plot_of(picture, P95, "", 200, ALL).bands == ()


def test_health_without_an_answer_rises_with_its_wait_and_has_a_band() -> None:
    picture = with_values(
        snapshot(72), "django-wsgi", health_ms=(None, None), health_waiting_ms=(900.0, 1900.0)
    )
    made = plot_of(picture, HEALTH, "", 200, ALL)
    line = next(line for line in made.lines if line.slot == 1)
    assert line.values[-2:] == (900.0, 1900.0)
    assert [(band.slot, band.stretches) for band in made.bands] == [(1, ((70.1, 72.0),))]


def test_a_long_session_is_shown_whole_in_its_steps() -> None:
    picture = snapshot(72)
    steps = tuple(range(8, 801, 8))
    whole = replace(picture.targets[0].series, goodput=tuple(float(end) for end in steps))
    columns = {name: (None,) * len(steps) for name in Series.__dataclass_fields__ if getattr(whole, name)}
    whole = replace(whole, **{**columns, "goodput": whole.goodput})
    picture = replace(picture, seconds=tuple(range(729, 801)), steps=steps, step_s=8)
    picture = with_target(picture, "fastapi", whole_series=whole, whole_signals=picture.targets[0].signals)
    made = plot_of(picture, GOODPUT, "fastapi", 500, ALL)
    assert made.step_s == 8
    assert made.lines[-1].values == whole.goodput
    newest = plot_of(picture, GOODPUT, "fastapi", 500, ChartView(span_s=30))
    assert newest.step_s == 1, "what is new is drawn second by second"


def test_a_ghost_is_drawn_first_and_only_of_targets_that_both_have() -> None:
    earlier = snapshot(40)
    ghost = Ghost(
        "before",
        earlier.seconds,
        1,
        {"fastapi": earlier.targets[0].series, "gone": earlier.targets[1].series},
    )
    made = plot_of(snapshot(72), GOODPUT, "", 200, replace(ALL, ghost=ghost))
    assert [line.is_ghost for line in made.lines] == [True, False, False, False]
    assert made.lines[0].values == earlier.targets[0].series.goodput
    assert made.lines[0].ends_s == 40


def test_only_latencies_become_logarithmic_and_shares_end_at_all() -> None:
    view = ChartView(is_log=True)
    assert plot_of(snapshot(72), P95, "", 100, view).is_log
    assert not plot_of(snapshot(72), GOODPUT, "", 100, view).is_log
    assert plot_of(snapshot(72), TABS[3], "", 100).most == 100.0


def test_a_session_that_has_not_begun_is_an_empty_plot() -> None:
    made = plot_of(snapshot(0, events=False), GOODPUT, "", 100)
    assert all(not any(line.values) for line in made.lines)
    assert made.marks == ()


def test_a_few_errors_are_not_shown_as_none() -> None:
    errors = next(metric for metric in metrics_of(snapshot()) if metric.name == "errors")
    assert errors.unit(0.4) == "0.40 %"
    assert errors.unit(0.0) == "0.00 %"


def test_overlaid_turns_share_the_marks_of_what_is_in_every_turn() -> None:
    picture = snapshot(72)
    first, second = (replace(each, turn="done") for each in picture.targets[:2])
    first, second = replace(first, turn_began_s=0.0), replace(second, turn_began_s=30.0)
    stages = (
        (0.0, f"{first.label} alone · warm-up"),
        (1.0, f"{first.label} alone · stage 1/2: ramp to 20 users"),
        (20.0, f"{first.label} is done"),
        (30.4, f"{second.label} alone · warm-up"),
        (31.6, f"{second.label} alone · stage 1/2: ramp to 20 users"),
        (50.0, f"{second.label} is done"),
    )
    events = tuple(EventSnapshot(at_s, "stage", "", text, detail_of("stage", text)) for at_s, text in stages)
    picture = replace(picture, schedule="solo", targets=(first, second), events=events)
    overlaid = plot_of(picture, P95, "", 200, ALL).marks
    assert [(mark.at_s, mark.text) for mark in overlaid] == [
        (0.0, "warm-up"),
        (1.0, "ramp to 20 users"),
        (20.0, "turn is done"),
    ]
    in_order = plot_of(picture, P95, "", 200, replace(ALL, overlays_turns=False)).marks
    assert [mark.text for mark in in_order[:3]] == ["warm-up", "ramp to 20 users", f"{first.label} is done"]
    assert len(in_order) == len(stages)


def test_only_percentiles_of_targets_that_answer_may_lack_answers() -> None:
    picture = snapshot(72)
    assert plot_of(picture, P95, "", 200, ALL).empty[-1] == "too few answers for p95"
    assert plot_of(picture, GOODPUT, "", 200, ALL).empty == ()
    assert plot_of(picture, HEALTH, "", 200, ALL).empty == ()
    silent = replace(
        picture, targets=tuple(replace(each, whole=replace(each.whole, ok=0)) for each in picture.targets)
    )
    assert plot_of(silent, P95, "", 200, ALL).empty == ()
