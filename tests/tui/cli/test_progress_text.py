"""What a run without a screen says each second, in terminals of all widths."""

from dataclasses import replace

import pytest

from engine.metrics.snapshot import Snapshot
from engine.metrics.streak import Streak
from engine.metrics.window_stats import Figure
from tests.support.fakes import open_snapshot, snapshot, with_target
from tui.cli.progress_text import legend, progress_lines, ready_text


def failing(picture: Snapshot, name: str) -> Snapshot:
    (second,) = (each.second for each in picture.targets if each.name == name)
    assert second is not None
    failed = second.requests // 9
    worse = replace(second, failed=failed, requests=second.requests + failed, error_rate=0.1)
    return with_target(picture, name, second=worse)


def test_few_targets_are_said_in_words() -> None:
    picture = with_target(failing(snapshot(targets=2), "fastapi"), "django-wsgi", state="died", state_s=6.0)
    (line,) = progress_lines(picture, 160)
    assert line == (
        "  72 s │ fastapi 20 users 4.22 k ok/s p95 4.3 ms errors 10.0 % │ django-wsgi ✖ down 6 s "
        "│ generator green"
    )
    assert legend(picture, 160) == ""


def test_one_user_is_no_users_and_takes_as_much_room() -> None:
    one = with_target(snapshot(targets=1), "fastapi", load={"users": 1})
    two = with_target(snapshot(targets=1), "fastapi", load={"users": 2})
    (first,), (second,) = progress_lines(one, 160), progress_lines(two, 160)
    assert " 1 user  4.22 k" in first
    assert " 2 users 4.22 k" in second
    assert len(first) == len(second)


def test_the_open_model_says_arrivals_and_drops() -> None:
    (line,) = progress_lines(open_snapshot(), 240)
    assert "fastapi 200 arrivals/s    199 ok/s" in line
    assert "dropped 1.23 k" in line
    assert "user" not in line
    assert progress_lines(open_snapshot(), 100)[0].startswith("  72 s │ 200 arrivals/s │ ● ")


def test_figures_are_of_the_second_and_a_longer_p95_says_so() -> None:
    picture = snapshot(targets=1)
    (target,) = picture.targets
    assert target.second is not None
    slow = replace(target.second, goodput=60.0, p95=Figure(340.0, 20.0, widened=True))
    picture = with_target(picture, target.name, second=slow)
    assert "60.0 ok/s p95 of 20 s 340 ms" in progress_lines(picture, 160)[0]
    assert "60.0/s~340 ms" in progress_lines(picture, 60)[0]
    assert "(~ over longer)" in legend(snapshot(targets=6), 120)
    unknown = with_target(picture, target.name, second=None)
    assert progress_lines(unknown, 160)[0] == "  72 s │ fastapi 20 users │ generator green"


def test_a_target_that_does_not_answer_says_so_in_place_of_figures() -> None:
    picture = snapshot(targets=2)
    window = replace(picture.targets[0].window, ok=0, failed=500)
    picture = with_target(picture, "fastapi", window=window, streak=Streak(3.0, 500, "status 404"))
    assert "│ fastapi ✖ 100 % errors: status 404 │" in progress_lines(picture, 160)[0]
    assert "● ✖ 100 % errors: status 404 │" in progress_lines(picture, 80)[0]


@pytest.mark.parametrize(("width", "lines"), [(80, 2), (160, 1)])
def test_six_targets_are_told_apart_by_signs_and_their_figures_explained(width: int, lines: int) -> None:
    picture = snapshot(targets=6)
    shown = progress_lines(picture, width)
    assert len(shown) == lines
    assert shown[0].startswith("  72 s │ 20 users │ ● 4.22 k/s 4.3 ms │ ▲ 1.73 k/s  11 ms │ ■ ")
    assert "★ 3.01 k/s 8.1 ms" in shown[-1]
    assert 0 < len(legend(picture, width)) <= width


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160])
@pytest.mark.parametrize("targets", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("light", ["green", "red"])
def test_every_width_holds_what_is_wrong(width: int, targets: int, light: str) -> None:
    picture = failing(snapshot(targets=targets), "fastapi")
    picture = replace(picture, health=replace(picture.health, light=light))  # type: ignore[arg-type]  # a literal
    shown = progress_lines(picture, width)
    assert max(map(len, shown)) <= width
    assert "10.0 %" in shown[0]
    assert ("generator red" in "".join(shown)) == (light == "red")


def test_columns_stand_below_each_other() -> None:
    seconds = [progress_lines(snapshot(second, targets=4), 120)[0] for second in (3, 12, 40, 70)]
    assert len({tuple(at for at, sign in enumerate(line) if sign == "│") for line in seconds}) == 1


def test_a_warm_up_is_called_so() -> None:
    picture = replace(snapshot(targets=6), stage_text="warm-up: 2 s more", stage_kind="warm-up")
    assert progress_lines(picture, 80)[0].startswith("  72 s │ warm-up │ ● ")
    picture = replace(snapshot(targets=1), stage_text="warm-up: 2 s more", stage_kind="warm-up")
    assert progress_lines(picture, 120)[0].startswith("  72 s │ warm-up: 2 s more │ fastapi ")


def test_where_a_target_is_ready_is_said_with_its_scheme() -> None:
    picture = with_target(snapshot(targets=1), "fastapi", address="[::1]:8443", server="https://[::1]:8443")
    (target,) = picture.targets
    assert ready_text(target, is_https=True) == "fastapi is ready at https://[::1]:8443"
    assert ready_text(target, is_https=False) == "fastapi is ready at http://[::1]:8443 (https://[::1]:8443)"
