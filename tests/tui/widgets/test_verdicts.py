"""The panel of verdicts on the live screen."""

from dataclasses import replace

import pytest

from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.rounds import Round
from engine.metrics.snapshot import Snapshot
from tests.support.fakes import FakeSessionApi, ended, snapshot
from tests.support.live_screen import SMALL, WIDE, Live, settle
from tests.support.made_rounds import MadeTarget, duels, turns
from tests.support.screen_text import assert_same_screen, text_of
from tui.widgets.verdicts import Verdicts

pytestmark = pytest.mark.anyio

CAST = {
    "fastapi": MadeTarget(rps=900, cpu_ms=1.0, latency_ms=9),
    "django-wsgi": MadeTarget(),
    "django-asgi": MadeTarget(rps=300, cpu_ms=2.7, latency_ms=26),
}


def with_rounds(rounds: list[Round], schedule: str = "turns") -> Snapshot:
    return replace(snapshot(), schedule=schedule, rounds=tuple(rounds), think_time_mean_s=0.0)


def in_race(rounds: list[Round], after_s: float) -> Snapshot:
    """A race, so long after its duel."""
    return replace(with_rounds(rounds, "race"), now_s=rounds[-1].to_s + after_s)


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_turns_are_judged_while_they_go_on(size: tuple[int, int], live: Live) -> None:
    session_api = FakeSessionApi(after_start=with_rounds(turns(CAST, 24)))
    async with live(session_api).run_test(size=size) as pilot:
        await settle(pilot)
        assert_same_screen(pilot.app, f"verdicts-turns-{size[0]}x{size[1]}")


async def test_a_duel_judges_cpu_time(live: Live) -> None:
    session_api = FakeSessionApi(after_start=in_race(duels(CAST, 60), 1.0))
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        shown = text_of(pilot.app)
        assert "verdicts · 60 rounds" in shown
        assert "CPU time" in shown
        assert "goodput, ok/s" not in shown
        await pilot.press("shift+tab", "shift+tab")
        await settle(pilot)
        assert "goodput, ok/s" in text_of(pilot.app), "the chart whose place they have can be the second one"
        session_api.picture = in_race(duels(CAST, 60), 1000.0)
        await settle(pilot)
        shown = text_of(pilot.app)
        assert "verdicts" not in shown
        assert ("goodput, ok/s" in shown, "p95 latency" in shown) == (True, True)


async def test_it_says_how_many_rounds_count(live: Live) -> None:
    first, *others = turns(CAST, 12)
    session_api = FakeSessionApi(after_start=with_rounds([replace(first, tainted="red"), *others]))
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert "verdicts · 11 of 12 rounds count" in text_of(pilot.app)


async def test_before_there_is_an_interval_it_says_what_to_expect(live: Live) -> None:
    floor = NoiseFloor("2026-11-29T12:00:00+00:00", spreads={"turns.cpu": 0.05}, rounds={"turns": 50})
    picture = replace(with_rounds(turns(CAST, 4)), noise_floor=floor)
    async with live(FakeSessionApi(after_start=picture)).run_test(size=WIDE) as pilot:
        await settle(pilot)
        shown = text_of(pilot.app)
        assert "× so far, at least 6 more rounds" in shown
        assert "a difference of 5 % needs about " in shown


async def test_it_judges_only_once_a_round(live: Live) -> None:
    session_api = FakeSessionApi(after_start=with_rounds(turns(CAST, 12)))
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        panel = pilot.app.screen.query_one(Verdicts)
        found = panel.found
        session_api.picture = replace(with_rounds(turns(CAST, 12)), now_s=73.0)
        await settle(pilot)
        assert panel.found is found
        session_api.picture = with_rounds(turns(CAST, 14))
        await settle(pilot)
        assert panel.found is not found


async def test_a_session_without_rounds_keeps_its_chart(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert "goodput, ok/s" in text_of(pilot.app)
        assert not pilot.app.screen.query_one(Verdicts).display


async def test_the_results_begin_with_the_verdict(live: Live) -> None:
    session_api = FakeSessionApi(after_start=ended(with_rounds(turns(CAST, 24))))
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        shown = text_of(pilot.app)
        assert " fastapi serves 2." in shown
        assert "fastapi against ▲ django-wsgi" in shown
        assert "no verdict" not in shown
