"""The screen of profiles."""

from dataclasses import replace
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from engine.metrics.profiles import ProfileBegan, Profiled, TargetProfile
from engine.plan import commands
from tests.support.fakes import FakeSessionApi, ended, snapshot
from tests.support.live_screen import SMALL, WIDE, Live
from tests.support.made_profiles import DENIED, DJANGO, FASTAPI, PROFILED
from tests.support.screen_text import assert_same_screen, text_of
from tui.screens.live import LiveScreen
from tui.screens.profile import ProfileScreen

pytestmark = pytest.mark.anyio

BOTH = Profiled(10.2, 15.3, 100, (FASTAPI, DJANGO))


def profiled(*profiles: Profiled, sampling: ProfileBegan | None = None) -> FakeSessionApi:
    """A scripted session with these profiles."""
    api = FakeSessionApi()
    api.after_start = replace(snapshot(), profiles=profiles, sampling=sampling)
    return api


async def opened(pilot: Pilot[None]) -> None:
    """Presses y on the live screen."""
    await pilot.pause()
    await pilot.press("y")
    await drawn(pilot)


def is_shown(app: App[None]) -> bool:
    """Whether profiles are on the screen."""
    return isinstance(app.screen, ProfileScreen)


async def drawn(pilot: Pilot[None]) -> None:
    """Lets the screen lay out and draw."""
    for _ in range(3):
        await pilot.pause()
    if isinstance(pilot.app.screen, ProfileScreen):
        pilot.app.screen.pull()
    await pilot.pause()


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_the_profile_fits_the_terminal(live: Live, size: tuple[int, int]) -> None:
    app = live(profiled(PROFILED))
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        assert_same_screen(app, f"profile-{size[0]}x{size[1]}")


class Counted(tuple[TargetProfile, ...]):
    """Targets of a profile, which count how often one is looked up."""

    __slots__ = ()

    read = 0

    def __getitem__(self, at: Any) -> Any:
        Counted.read += 1
        return super().__getitem__(at)


async def test_the_page_is_made_again_only_if_something_of_it_changed(live: Live) -> None:
    profile = Profiled(10.2, 15.3, 100, Counted((FASTAPI, DJANGO)))
    api = profiled(profile)
    app = live(api)
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        await drawn(pilot)
        before = Counted.read
        for second in (73, 74, 75):
            api.picture = replace(snapshot(second), profiles=(profile,))
            await drawn(pilot)
        assert "01:15" in text_of(app), "the bar above goes on"
        assert Counted.read == before > 0
        await pilot.press("tab")
        await drawn(pilot)
        assert Counted.read > before


async def test_the_first_time_it_samples_at_once_what_the_keys_control(live: Live) -> None:
    api = profiled()
    app = live(api)
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        assert api.sent[-1] == commands.ProfileTargets(None, 5)
        assert "No target was profiled so far" in text_of(app)
        api.picture = replace(snapshot(), sampling=ProfileBegan(70.0, 5.0, ("fastapi",)))
        await drawn(pilot)
        assert "sampling for another 3 s…" in text_of(app)
        await pilot.press("y")
        await drawn(pilot)
        assert len(api.sent) == 1, "it is sampled already"
        api.picture = replace(snapshot(), profiles=(BOTH,))
        await drawn(pilot)
        assert "django-wsgi" in text_of(app)


async def test_with_a_profile_y_shows_it_and_the_next_y_samples_again(live: Live) -> None:
    api = profiled(BOTH)
    app = live(api)
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        assert api.sent == []
        await pilot.press("s", "y")
        await drawn(pilot)
        assert api.sent == [commands.ProfileTargets(None, 10)]


async def test_keys_choose_what_is_shown(live: Live) -> None:
    app = live(profiled(replace(BOTH, t_s=3.0), BOTH))
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        for key, text in (
            ("[", "5 s from 00:10 on"),
            ("[", "12 s from 00:03 on"),
            ("]", "5 s from 00:10 on"),
            ("tab", "10 % jsonable_encoder"),
            ("tab", "● fastapi  400 samples"),
            ("right", "▲ django-wsgi  300 samples"),
            ("left", "● fastapi  400 samples"),
            ("tab", "cost of sampling"),
        ):
            if key != "[" or text.startswith("12"):
                await pilot.press(key)
            await drawn(pilot)
            assert text in text_of(app), key
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, LiveScreen)


async def test_a_target_that_could_not_be_sampled_says_why(live: Live) -> None:
    app = live(profiled(Profiled(1, 2, 100, (DENIED, TargetProfile("fastapi", looks=100)))))
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        assert "✖ django-asgi: not sampled: it runs elsewhere" in text_of(app)
        await pilot.press("tab")
        await drawn(pilot)
        assert "not sampled: it runs elsewhere" in text_of(app)
        await pilot.press("tab")
        await drawn(pilot)
        assert "not sampled: it runs elsewhere" in text_of(app), "it has no call tree"


async def test_after_the_end_profiles_are_only_shown(live: Live) -> None:
    api = profiled()
    app = live(api)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        api.picture = ended(snapshot())
        await pilot.press("y")
        await drawn(pilot)
        assert not is_shown(app), "there is nothing to show"
        api.picture = replace(ended(snapshot()), profiles=(BOTH,))
        await opened(pilot)
        await pilot.press("y")
        await drawn(pilot)
        assert is_shown(app)
        assert api.sent == []
