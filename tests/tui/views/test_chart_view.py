"""What part of a session charts show."""

from dataclasses import replace

from engine.metrics.snapshot import EventSnapshot, Snapshot
from tests.support.fakes import ended, snapshot, with_target
from tui.views.chart_metrics import GOODPUT, plot_of
from tui.views.chart_view import ChartView, Ghost, event_s, overlays_turns, remarks, shown_time, source_of


def solo(second: int) -> Snapshot:
    """Three turns of 20 s, with gaps of 2 s."""
    picture = replace(snapshot(second), schedule="solo")
    for at, name in enumerate(("fastapi", "django-wsgi", "django-asgi")):
        picture = with_target(picture, name, turn_began_s=22.0 * at)
    return picture


def test_spans_follow_each_other_and_end_a_zoom() -> None:
    view = replace(ChartView(), zoom=(1.0, 9.0))
    texts = []
    for _ in range(5):
        view = view.next_span()
        texts.append(view.span_text)
        assert view.zoom is None
    assert texts == ["10 min", "all", "30 s", "2 min", "10 min"]


def test_the_wheel_stops_at_the_ends_and_undoes_a_zoom_first() -> None:
    view, spans = ChartView(span_s=30), []
    for _ in range(4):
        view = view.longer()
        spans.append(view.span_s)
    for _ in range(4):
        view = view.shorter()
        spans.append(view.span_s)
    assert spans == [120, 600, None, None, 600, 120, 30, 30]
    assert view.zoomed(1.0, 9.0).longer() == view
    assert view.zoomed(1.0, 9.0).shorter() == view


def test_a_zoom_is_in_order_and_never_shorter_than_can_be_seen() -> None:
    assert ChartView().zoomed(30.0, 12.5).zoom == (12.5, 30.0)
    assert ChartView().zoomed(30.0, 30.4).zoom == (29.2, 31.2)
    assert ChartView().zoomed(0.0, 0.1).zoom == (0.0, 2.0)
    assert ChartView().zoomed(30.0, 12.5).whole() == ChartView()


def test_the_shown_time_is_full_at_the_beginning_and_rolls_later() -> None:
    assert shown_time(snapshot(7), ChartView()).last_s == 10
    assert shown_time(snapshot(72), ChartView()).last_s == 75
    rolling = shown_time(snapshot(200), ChartView())
    assert (rolling.first_s, rolling.last_s) == (80, 200)
    whole = shown_time(snapshot(200), ChartView(span_s=None))
    assert (whole.first_s, whole.last_s) == (0, 210)
    zoomed = shown_time(snapshot(200), ChartView(zoom=(10.0, 20.0)))
    assert (zoomed.first_s, zoomed.span_s) == (10.0, 10.0)


def test_the_results_have_no_empty_end() -> None:
    assert shown_time(ended(snapshot(72)), ChartView(span_s=None)).last_s == 72


def test_solo_turns_are_abreast() -> None:
    picture = solo(60)
    assert overlays_turns(picture, ChartView())
    made = plot_of(picture, GOODPUT, "django-asgi", 200, ChartView())
    assert (made.first_s, made.last_s) == (0.0, 22.0)
    ends = {line.slot: line.ends_s for line in made.lines}
    assert ends == {0: 22.0, 1: 22.0, 2: 16.0}
    own = picture.targets[1].series.goodput
    second = next(line for line in made.lines if line.slot == 1)
    assert second.values[-1] == own[43], "the last second before the next turn"


def test_solo_turns_can_be_shown_in_order() -> None:
    view = ChartView(overlays_turns=False)
    assert not overlays_turns(solo(60), view)
    assert shown_time(solo(60), view).last_s == 60
    assert source_of(solo(60), solo(60).targets[1], view, shown_time(solo(60), view)).began_s == 0.0


def test_a_short_span_follows_the_turn_that_is_on() -> None:
    picture = solo(60)
    for at in range(3):
        picture = with_target(picture, picture.targets[at].name, turn_began_s=50.0 * at)
    assert shown_time(picture, ChartView(span_s=30)).last_s == 30, "the second turn has lasted 10 s"
    assert shown_time(picture, ChartView(span_s=120)).last_s == 50


def test_events_are_where_they_were_within_their_turn() -> None:
    picture, view = solo(60), ChartView()
    assert event_s(EventSnapshot(50.0, "stage", "", ""), picture, view) == 6.0
    assert event_s(EventSnapshot(30.0, "target", "fastapi", ""), picture, view) == 30.0
    assert event_s(EventSnapshot(50.0, "stage", "", ""), snapshot(60), view) == 50.0


def test_a_chart_says_what_it_leaves_out() -> None:
    ghost = Ghost("20250101-110000-hello", (), 1, {})
    view = ChartView(zoom=(12.0, 31.2), is_log=True, ghost=ghost)
    assert remarks(snapshot(60), view, is_latency=True) == "0:12–0:31, log, dotted: 20250101-110000-hello"
    assert remarks(snapshot(60), ChartView(is_log=True), is_latency=False) == ""
    assert remarks(solo(60), ChartView(), is_latency=True) == "time within each turn"
