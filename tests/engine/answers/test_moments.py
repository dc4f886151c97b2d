"""Each kind of moment fires where something happened, once, and is silent where nothing did."""

from dataclasses import replace
from typing import Any

import pytest

from engine.answers.moments import JUMP_S, SHOWN_S, Moment, Noticed, notice, ordinal
from engine.metrics.event_detail import EventDetail
from engine.metrics.snapshot import EventSnapshot, Recovery, Snapshot
from engine.metrics.streak import Streak
from engine.metrics.window_stats import LevelStats, ResourceUsage
from engine.recording.old_events import detail_of
from tests.engine.answers.made_figures import level, stats, target
from tests.support import fakes


def at(second: float, **fields: Any) -> Snapshot:
    """A quiet session at a second."""
    return replace(fakes.snapshot(60, events=False), now_s=second, **fields)


def followed(*snapshots: Snapshot) -> tuple[Moment, ...]:
    """What is noticed from one snapshot to the next."""
    noticed: Noticed | None = None
    for snapshot in snapshots:
        noticed = notice(noticed, snapshot)
    assert noticed is not None
    return noticed.moments


def event(t_s: float, kind: str, target: str, text: str) -> EventSnapshot:
    return EventSnapshot(t_s, kind, target, text, detail_of(kind, text))


def texts(*snapshots: Snapshot) -> list[str]:
    return [moment.text for moment in followed(*snapshots)]


def test_nothing_happens_in_a_quiet_session() -> None:
    assert followed(*(at(20.0 + step) for step in range(5))) == ()


@pytest.mark.parametrize(
    ("happened", "text"),
    [
        (event(20.2, "fault", "django-wsgi", "kill-worker"), "a worker was killed: watch ▲ django-wsgi"),
        (event(20.2, "fault", "fastapi", "pause for 3 s"), "frozen for 3 s: watch ● fastapi"),
        (event(20.2, "fault", "fastapi", "pause is over"), "thawed: watch ● fastapi"),
        (
            event(20.2, "fault", "", "slow-upstream 2s"),
            "“slow-upstream 2s” injected, in all targets: which recovers first?",
        ),
        (
            event(20.2, "trouble", "django-wsgi", "ended by itself: exit 1"),
            "▲ django-wsgi has stopped by itself",
        ),
        (event(20.2, "target", "fastapi", "is ready again"), "● fastapi is ready again"),
        (event(20.2, "note", "", "the coffee is ready\nreally"), "the coffee is ready"),
    ],
)
def test_events_that_an_audience_should_notice(happened: EventSnapshot, text: str) -> None:
    assert texts(at(20.0), at(21.0, events=(happened,)), at(22.0, events=(happened,))) == [text]


@pytest.mark.parametrize(
    "happened",
    [
        event(20.2, "users", "fastapi", "users 10 → 20 (manual)"),
        event(20.2, "stage", "", "stage 2/2: hold 20 users"),
        event(20.2, "health", "", "generator amber: busy"),
        event(20.2, "trouble", "", "the journal cannot be written"),
        event(20.2, "fault", "fastapi", "it is down: killed by SIGKILL"),
    ],
)
def test_other_events_are_only_in_the_log(happened: EventSnapshot) -> None:
    assert texts(at(20.0), at(21.0, events=(happened,))) == []


@pytest.mark.parametrize(
    ("kind", "detail", "text"),
    [
        ("fault", EventDetail("injected", "pause", lasts_s=3.0), "frozen for 3 s: watch ● fastapi"),
        ("fault", EventDetail("over", "cpus 0.5"), "“cpus 0.5” is over: watch ● fastapi"),
        ("trouble", EventDetail("exited", reason="exit code 1"), "● fastapi has stopped by itself"),
        ("target", EventDetail("joins"), "● fastapi joins"),
        (
            "duel",
            EventDetail("over", reason="b takes 2× the CPU time of a"),
            "b takes 2× the CPU time of a",
        ),
    ],
)
def test_a_moment_follows_from_what_an_event_says_for_programs_not_from_its_text(
    kind: str, detail: EventDetail, text: str
) -> None:
    happened = (EventSnapshot(20.2, kind, "fastapi", "Wörter, die niemand liest", detail),)
    assert texts(at(20.0), at(21.0, events=happened)) == [text]


def test_a_fault_in_all_targets_is_one_moment_once_it_hit_all() -> None:
    hits = tuple(
        event(20.1 + 0.05 * at, "fault", each.name, "kill") for at, each in enumerate(at(20.0).targets)
    )
    snapshots = (at(20.0), at(20.2, events=hits[:1]), at(20.4, events=hits), at(21.0, events=hits))
    assert texts(*snapshots) == ["killed, in all targets: which recovers first?"]


def test_what_was_there_before_is_no_news_nor_is_what_a_jump_shows() -> None:
    happened = (event(20.2, "note", "", "hi"),)
    assert texts(at(30.0, events=happened), at(31.0, events=happened)) == []
    assert texts(at(10.0), at(10.0 + JUMP_S + 1, events=happened)) == []
    assert texts(at(20.0), at(21.0, events=happened), at(5.0)) == [], "time was turned back"


def test_what_happens_as_load_begins_is_news() -> None:
    assert texts(at(0.5, events=(event(0.1, "note", "", "here we go"),))) == ["here we go"]


def test_events_that_are_no_longer_shown_are_forgotten() -> None:
    happened = [
        event(20.0 + at, kind, "fastapi", "pause for 3 s") for at in range(60) for kind in ("note", "fault")
    ]
    noticed = notice(None, at(20.0))
    sizes = []
    for second in range(21, 80):
        shown = tuple(each for each in happened if second - 10 <= each.t_s < second)
        noticed = notice(noticed, at(float(second), events=shown))
        sizes.append(len(noticed.known))
    assert max(sizes[10:]) == sizes[10], "it does not grow"
    notes = [each for each in noticed.moments if each.kind == "note"]
    assert len(notes) == len({each.t_s for each in notes}) > 10, "each was noticed once"


def test_a_caption_stays_for_a_while_unless_a_newer_one_comes() -> None:
    noticed = notice(notice(None, at(20.0)), at(21.0, events=(event(20.5, "note", "", "one"),)))
    first = noticed.caption(21.0 + SHOWN_S - 0.1)
    assert first is not None
    assert first.text == "one"
    assert noticed.caption(21.0 + SHOWN_S) is None
    two = (event(20.5, "note", "", "one"), event(22.5, "note", "", "two"))
    newest = notice(noticed, at(23.0, events=two)).caption(23.0)
    assert newest is not None
    assert newest.text == "two"


def broken(second: float, streak: Streak) -> Snapshot:
    """A session whose first target has nothing but failures, or answers nothing."""
    picture = at(second)
    first, *others = picture.targets
    window = replace(first.window, ok=0, failed=500 * bool(streak.failed), unanswered=4)
    return replace(picture, targets=(replace(first, window=window, streak=streak), *others))


def test_a_target_that_stops_answering_is_a_moment_each_time() -> None:
    errors, silent = Streak(3.0, 500, "status 404"), Streak(silent_s=4.0)
    assert texts(
        at(20.0),
        broken(21.0, errors),
        broken(22.0, errors),
        at(23.0),
        broken(24.0, errors),
        broken(25.0, silent),
    ) == [
        "● fastapi answers only with errors: status 404",
        "● fastapi answers only with errors: status 404",
        "● fastapi does not answer",
    ]


def test_what_a_fault_does_is_no_moment_of_its_own() -> None:
    picture = broken(21.0, Streak(silent_s=4.0))
    faulted = replace(picture, targets=tuple(replace(each, faults=("pause",)) for each in picture.targets))
    assert texts(at(20.0), faulted) == []


def recovery(target: str, took_s: float | None) -> Recovery:
    recovered_s = None if took_s is None else 10.0 + took_s
    return Recovery(1, target, "pause", 10.0, 13.0, recovered_s, 0.0, 5.0, 0.0, 5.1, 0, load_changed=False)


def test_recoveries_and_the_podium_once_all_have_recovered() -> None:
    quiet, first = (recovery("fastapi", None), recovery("django-wsgi", None)), recovery("fastapi", 4.0)
    both = (first, recovery("django-wsgi", 6.0))
    assert texts(
        at(15.0, recoveries=quiet),
        at(17.0, recoveries=(first, quiet[1])),
        at(19.0, recoveries=both),
    ) == [
        "● fastapi has recovered from “pause” after 4 s",
        "▲ django-wsgi has recovered from “pause” after 6 s",
        "recovered from “pause”: 1st ● fastapi, 4 s · 2nd ▲ django-wsgi, 6 s",
    ]


def test_a_fault_without_effect_has_no_podium() -> None:
    unharmed = (recovery("fastapi", 0.0), recovery("django-wsgi", 0.0))
    assert texts(at(15.0), at(16.0, recoveries=unharmed)) == []


def two_targets(*levels: tuple[tuple[LevelStats, ...], tuple[LevelStats, ...]]) -> tuple[Any, ...]:
    ((one, other),) = levels
    return (
        target("fastapi", one[-1].stats, levels=one[:-1], users=one[-1].wanted),
        replace(
            target("django", other[-1].stats, levels=other[:-1], users=other[-1].wanted),
            slot=1,
            name="django",
        ),
    )


def test_two_targets_that_change_places_cross_over() -> None:
    low = (level(20, 100.0, 5.0),), (level(20, 100.0, 9.0),)
    high = (*low[0], level(40, 100.0, 30.0)), (*low[1], level(40, 100.0, 12.0))
    found = texts(at(20.0, targets=two_targets(low)), at(21.0, targets=two_targets(high)))
    assert "crossover at 40 users: ▲ django now has a p95 of 12 ms, below the 30 ms of ● fastapi" in found
    assert len([each for each in found if each.startswith("crossover")]) == 1, "they serve as much"


def test_more_requests_served_cross_over_too() -> None:
    low = (level(20, 200.0, 5.0),), (level(20, 100.0, 5.0),)
    high = (*low[0], level(40, 210.0, 5.0)), (*low[1], level(40, 400.0, 5.0))
    found = texts(at(20.0, targets=two_targets(low)), at(21.0, targets=two_targets(high)))
    assert "crossover at 40 users: ▲ django now serves 400 ok/s, more than the 210 of ● fastapi" in found


def test_targets_that_keep_their_order_or_are_too_close_do_not_cross() -> None:
    low = (level(20, 100.0, 5.0),), (level(20, 100.0, 9.0),)
    same = (*low[0], level(40, 100.0, 10.0)), (*low[1], level(40, 100.0, 20.0))
    close = (*low[0], level(40, 100.0, 9.5)), (*low[1], level(40, 100.0, 9.3))
    for high in (same, close):
        found = texts(at(20.0, targets=two_targets(low)), at(21.0, targets=two_targets(high)))
        assert not [each for each in found if each.startswith("crossover")]


def test_a_knee_is_a_moment_and_what_holds_all_along_is_none() -> None:
    settled = stats(goodput=100.0, mean_ms=10.0)
    low = level(20, 100.0, 5.0)
    before = target("fastapi", low.stats, users=20)
    after = target("fastapi", replace(settled, p95=level(40, 100.0, 25.0).stats.p95), levels=(low,), users=40)
    found = texts(at(20.0, targets=(before,)), at(21.0, targets=(after,)), at(22.0, targets=(after,)))
    assert [each for each in found if "p95" in each] == [
        "fastapi's p95 grew 5.0× between 20 and 40 users: from 5.0 ms to 25 ms"
    ]
    thinking = target(
        "fastapi", stats(goodput=19.0, mean_ms=1.0), ResourceUsage(cpu_mean_pct=10.0), think_s=1.0
    )
    assert texts(at(20.0), at(21.0, targets=(thinking,), think_time_mean_s=1.0)) == []


def test_places_are_spoken() -> None:
    assert [ordinal(place) for place in (1, 2, 3, 4)] == ["1st", "2nd", "3rd", "4th"]
