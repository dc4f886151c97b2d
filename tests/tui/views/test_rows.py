"""What the bars and the event log show, as text."""

from dataclasses import replace

import pytest

from engine.metrics.duels import DuelBegan
from engine.metrics.snapshot import EventSnapshot, HealthSnapshot
from tests.support.fakes import snapshot, with_target
from tests.support.row_text import lines, text
from tui.views import rows


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_bars_fit_any_width(width: int) -> None:
    red = HealthSnapshot("red", ("loop lag p99 of 12 ms is over 5 ms",), 97.0, 12.0, contended=True)
    picture = replace(snapshot(), health=red, stage_text="stage 12/34: ramp to 1000 users over 120 s")
    assert rows.width_of(rows.title_row(picture, width, frozen=True)) == width
    assert rows.width_of(rows.load_row(picture, "django-wsgi", width)) == width


def test_the_light_is_said_in_words_and_its_reason_where_there_is_room() -> None:
    red = HealthSnapshot("red", ("a worker is at 97 % CPU",), 97.0, 12.0, contended=False)
    assert "✖ red" in text(rows.title_row(replace(snapshot(), health=red), 80, frozen=False))
    assert "97 % CPU" in text(rows.title_row(replace(snapshot(), health=red), 160, frozen=False))


@pytest.mark.parametrize("width", [60, 80, 110, 130, 160, 200])
def test_no_light_moves_other_parts_of_the_title(width: int) -> None:
    reason = "the load worker's timers came 12.3 ms late (p99): latencies may be the generator's own"
    lights: tuple[HealthSnapshot, ...] = (
        HealthSnapshot("red", (reason,), 97.0, 12.0, contended=False),
        HealthSnapshot("amber", ("short",), 85.0, 12.0, contended=False),
        HealthSnapshot("green", (), 3.0, 0.1, contended=False, ceiling_share=0.05),
        HealthSnapshot("off", (), None, None, contended=False),
    )
    shown = [text(rows.title_row(replace(snapshot(), health=light), width, frozen=False)) for light in lights]
    assert {len(row) for row in shown} == {width}
    cells = rows.light_cells(width)
    assert len({row[: width - cells] for row in shown}) == 1
    assert {row.index("generator ") for row in shown} == {width - cells}
    assert "the load worker's timers" in shown[0] or width < 110
    assert "stage 2/2: hold 20 users" in shown[0] or width < 110


def test_a_stage_that_does_not_fit_is_cut_and_not_left_out() -> None:
    long = replace(snapshot(), stage_text="django-asgi alone · stage 12/34: ramp to 1000 users")
    assert "▏django-asgi alone · st" in text(rows.title_row(long, 80, frozen=False))


def test_the_planned_length_is_shown_until_it_is_over() -> None:
    made = replace(snapshot(), left_s=None, length_s=63.0)
    assert "01:03 / 01:03" in text(rows.title_row(replace(made, now_s=63.9), 160, frozen=False))
    over = text(rows.title_row(replace(made, now_s=64.0), 160, frozen=False))
    assert "01:04" in over
    assert "01:03" not in over


@pytest.mark.parametrize("width", [80, 160])
def test_who_watches_in_a_browser_is_counted_as_long_as_the_session_runs(width: int) -> None:
    assert "03:30 · 3 watch▏" in text(rows.title_row(snapshot(), width, frozen=False, visitors=3)).replace(
        " ▏", "▏"
    )
    assert "· 1 watches" in text(rows.title_row(snapshot(), width, frozen=False, visitors=1))
    assert "watch" not in text(rows.title_row(snapshot(), width, frozen=False))
    ended = replace(snapshot(), phase="ended")
    assert "watch" not in text(rows.title_row(ended, width, frozen=False, visitors=3))


def test_frozen_is_said() -> None:
    assert "FROZEN" in text(rows.title_row(snapshot(), 80, frozen=True))


def test_think_time_bounds_what_is_asked_for() -> None:
    assert "at most 200 req/s each" in text(rows.load_row(snapshot(), "fastapi", 160))
    assert "hello, closed, think 100 ms, ≤ 200 req/s" in text(rows.load_row(snapshot(), "fastapi", 80))
    assert "at most" not in text(rows.load_row(replace(snapshot(), think_time_mean_s=0.0), "fastapi", 80))
    nobody = with_target(snapshot(), "fastapi", load={"users": 0})
    others = [target.name for target in nobody.targets if target.name != "fastapi"]
    for name in others:
        nobody = with_target(nobody, name, load={"users": 0})
    assert "req/s" not in text(rows.load_row(nobody, "fastapi", 160)), "before load and after it"
    one_of_its_own = with_target(snapshot(), "fastapi", load={"think_time_mean_s": 0.3})
    assert "at most" not in text(rows.load_row(one_of_its_own, "fastapi", 80))


def test_the_bar_shows_which_targets_the_keys_control() -> None:
    assert text(rows.load_row(snapshot(), "fastapi", 160)).endswith("keys apply to: all ")
    assert text(rows.load_row(snapshot(), "fastapi", 80)).endswith("keys: all ")
    assert text(rows.load_row(replace(snapshot(), linked=False), "fastapi", 80)).endswith("keys: fastapi ")


def test_events_show_when_who_and_what_newest_last() -> None:
    shown = lines(rows.event_rows(snapshot(), 60, 2))
    assert [row.strip() for row in shown] == [
        "00:41 think time 100 ms → none",
        "01:04 ▲ django-wsgi users 10 → 20 (manual)",
    ]


def test_an_event_of_a_target_that_is_gone_keeps_its_name() -> None:
    event = EventSnapshot(5.0, "target", "gone", "removed")
    assert text(rows.event_row(event, snapshot(), 30)).strip() == "00:05 gone removed"


@pytest.mark.parametrize(
    ("width", "shown"), [(18, "fastapi pool=10000"), (12, "fas…ol=10000"), (4, "f…00"), (1, "…"), (0, "")]
)
def test_a_label_that_must_be_cut_keeps_its_end(width: int, shown: str) -> None:
    assert rows.elided("fastapi pool=10000", width) == shown


def test_an_event_has_its_targets_label() -> None:
    event = EventSnapshot(5.0, "target", "fastapi#2", "restarts")
    assert text(rows.event_row(event, snapshot(targets=4), 60)).strip() == "00:05 ◆ fastapi ×4 restarts"


def test_a_full_disk_stays_in_the_title_until_all_is_recorded() -> None:
    full = replace(snapshot(), unrecorded_since_s=72.4)
    assert "not recorded since 01:12" in text(rows.title_row(full, 80, frozen=False))
    assert "not recorded" not in text(rows.title_row(snapshot(), 80, frozen=False))


def test_where_in_the_whole_a_run_of_levels_is_and_how_long_it_will_take() -> None:
    level = replace(snapshot(), stage_text="level 2/3: 50 users · repetition 1/3", left_s=250.0)
    wide = text(rows.title_row(level, 160, frozen=False))
    assert "level 2/3: 50 users · repetition 1/3 · 04:10 left" in wide
    narrow = text(rows.title_row(level, 80, frozen=False))
    assert "01:12, 04:10 left ▏level 2/3: 50 users" in narrow


def test_a_shortened_run_says_so() -> None:
    quick = replace(snapshot(), quick="quick: not the published method")
    assert "quick: not the published method" in text(rows.title_row(quick, 160, frozen=False))
    narrow = text(rows.title_row(quick, 80, frozen=False))
    assert narrow.startswith(" quick run ")
    whole = text(rows.title_row(replace(quick, quick=""), 80, frozen=False))
    assert "stage 2/2: hold 20 users" in whole
    assert "stage 2/2: hold 20 users" in narrow, "the stage stays"


def test_a_duel_says_where_the_targets_run_and_that_users_do_not_think() -> None:
    duel = DuelBegan(3.0, 1, 4, 20, ("fastapi",), in_race=True)
    shown = text(rows.load_row(replace(snapshot(), duel=duel), "fastapi", 160))
    assert "all targets on core 4 · 20 users each · no think time" in shown
    assert "100 ms" not in shown


def test_a_title_says_duel_and_not_race_and_has_no_empty_part() -> None:
    duel = DuelBegan(3.0, 1, 4, 20, ("fastapi",), in_race=True)
    shown = text(rows.title_row(replace(snapshot(), duel=duel, stage_text="duel"), 160, frozen=False))
    assert "▏duel ▏local" in shown
    assert "race" not in shown
    between = text(rows.title_row(replace(snapshot(), stage_text=""), 160, frozen=False))
    assert "▏ ▏" not in between
    assert "▏race · local" in between


def test_in_a_search_no_keys_control_the_load() -> None:
    shown = text(rows.load_row(replace(snapshot(), schedule="capacity"), "fastapi", 80))
    assert "keys" not in shown
    assert "last 10 s" not in shown
