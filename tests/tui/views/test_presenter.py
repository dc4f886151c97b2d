"""The presenter's figures at several sizes, with one target and seven."""

from dataclasses import replace

import pytest

from engine.metrics.palette import marker
from engine.metrics.session_result import session_result
from tests.support.fakes import ended, level, open_snapshot, snapshot, with_target
from tui.views.big_text import big_lines
from tui.views.headlines import HEADLINES
from tui.views.presenter import caption_height, caption_lines, layout_of, presenter_rows
from tui.views.rows import Row, width_of


def text_of(rows: tuple[Row, ...]) -> str:
    return "\n".join("".join(span.text for span in row) for row in rows)


@pytest.mark.parametrize("targets", [1, 2, 3, 4, 6, 7])
@pytest.mark.parametrize(("width", "height"), [(78, 20), (118, 30), (158, 40), (198, 55), (58, 10)])
def test_every_row_has_the_width_and_every_target_is_there(targets: int, width: int, height: int) -> None:
    picture = snapshot(targets=targets)
    rows = presenter_rows(picture, picture.targets, width, height)
    assert 0 < len(rows) <= height
    assert {width_of(row) for row in rows} == {width}
    shown = text_of(rows)
    assert all(marker(each.slot) in shown for each in picture.targets)
    if width > 60:
        assert all(each.label in shown for each in picture.targets)


def test_three_targets_on_a_small_screen_are_in_big_letters() -> None:
    picture = snapshot()
    rows = presenter_rows(picture, picture.targets, 78, 20)
    texts = [[headline.text(each, each.window) for headline in HEADLINES] for each in picture.targets]
    layout = layout_of(texts, 78, 20)
    assert layout.size is not None
    assert layout.size.rows >= 3
    first = big_lines(texts[0][0], layout.size)
    assert first[0].rstrip() in text_of(rows)


def test_more_room_makes_the_letters_larger() -> None:
    picture = snapshot(targets=2)
    texts = [[headline.text(each, each.window) for headline in HEADLINES] for each in picture.targets]
    sizes = [layout_of(texts, width, height) for width, height in ((78, 20), (118, 30), (198, 55))]
    rows = [0 if each.size is None else each.size.rows for each in sizes]
    assert rows == sorted(rows)
    assert rows[0] < rows[-1]


def test_a_target_that_does_not_answer_says_so_in_place_of_figures() -> None:
    picture = with_target(snapshot(), "django-wsgi", state="died", state_s=6.2, trouble="exit 1")
    rows = presenter_rows(picture, picture.targets, 158, 40)
    shown = text_of(rows)
    assert "exit 1" in shown
    bad = "\n".join(span.text for row in rows for span in row if span.style == "bad bold")
    size = layout_of([["4.22 k", "4.3 ms"], ["DOWN", "6 s"], ["1.19 k", "18 ms"]], 158, 40).size
    assert size is not None
    assert big_lines("DOWN", size)[0] in bad
    assert big_lines("6 s", size)[0].rstrip() in bad
    faulted = with_target(snapshot(), "django-wsgi", faults=("pause",))
    assert "✖ pause" in text_of(presenter_rows(faulted, faulted.targets, 158, 40))


def test_arrivals_in_the_open_model_and_users_in_the_closed_one() -> None:
    assert "200 arrivals/s" in text_of(presenter_rows(open_snapshot(), open_snapshot().targets, 158, 40))
    assert "20 users" in text_of(presenter_rows(snapshot(), snapshot().targets, 158, 40))


def test_once_it_has_ended_the_figures_are_of_the_level_that_the_result_chose() -> None:
    """The last level was held too shortly, so that the result is of the one before it."""
    picture = ended(snapshot())
    first = picture.targets[0]
    kept, late = replace(first.steady, goodput=777.0), replace(first.steady, goodput=555.0, seconds=1.0)
    for each in picture.targets:
        picture = with_target(picture, each.name, levels=(level(kept, 20),), steady=late)
    (of, *_) = session_result(picture).targets
    assert of.stats.goodput == 777.0
    shown = text_of(presenter_rows(picture, picture.targets[:1], 158, 40))
    size = layout_of([[each.text(picture.targets[0], of.stats) for each in HEADLINES]], 158, 40).size
    assert size is not None
    assert all(line.strip() in shown for line in big_lines("777", size))
    same = with_target(picture, "fastapi", steady=kept)
    assert shown == text_of(presenter_rows(same, same.targets[:1], 158, 40))


def test_a_result_without_a_level_is_of_the_whole_run_and_says_so() -> None:
    picture = ended(snapshot())
    whole = replace(picture.targets[0].whole, goodput=888.0)
    for each in picture.targets:
        picture = with_target(picture, each.name, levels=(), whole=whole)
    shown = text_of(presenter_rows(picture, picture.targets[:1], 158, 40))
    size = layout_of([["888", "4.3 ms"]], 158, 40).size
    assert size is not None
    assert big_lines("888", size)[0].strip() in shown
    assert "whole run" in shown


def test_once_it_has_ended_no_figure_is_red_and_the_load_is_there() -> None:
    picture = ended(snapshot())
    for each in picture.targets:
        picture = with_target(picture, each.name, state="down", state_s=9.0)
    rows = presenter_rows(picture, picture.targets, 158, 40)
    assert not any("bad" in span.style for row in rows for span in row)
    assert text_of(rows).count("20 users") == len(picture.targets)


def test_nothing_without_targets_or_room() -> None:
    assert presenter_rows(snapshot(targets=0), (), 158, 40) == ()
    assert presenter_rows(snapshot(), snapshot().targets, 10, 40) == ()


def test_ascii_has_only_ascii_blocks() -> None:
    shown = text_of(presenter_rows(snapshot(), snapshot().targets, 158, 40, "ascii"))
    assert "#" in shown
    assert not {"█", "▀", "▄"} & set(shown)


def test_a_caption_is_in_the_middle() -> None:
    (line,) = caption_lines("killed: watch ● fastapi", 60)
    assert len(line) == 60
    assert line.strip() == "killed: watch ● fastapi"
    assert abs(len(line) - len(line.lstrip()) - (len(line) - len(line.rstrip()))) <= 1
    assert len(caption_lines("word " * 60, 60)) == 2


def test_a_caption_is_in_big_letters_where_it_fits() -> None:
    text = "At 10 s one worker of each is killed. Its master should start another; look for errors."
    assert (caption_height(158, 41), caption_height(158, 30), caption_height(78, 60)) == (9, 2, 2)
    lines = caption_lines(text, 158, 9)
    assert len(lines) == 9
    assert {len(line) for line in lines} == {158}
    assert any("█" in line for line in lines)
    for rows, mode in ((2, "braille"), (9, "ascii")):
        (line,) = caption_lines(text, 158, rows, mode)  # type: ignore[arg-type]
        assert line.strip() == text
    long = caption_lines("word " * 60, 158, 9)
    assert len(long) == 2, "too long for big letters"


def test_a_band_says_the_load_once() -> None:
    picture = snapshot()
    rows = presenter_rows(picture, picture.targets, 158, 30)
    texts = [[headline.text(each, each.window) for headline in HEADLINES] for each in picture.targets]
    assert not layout_of(texts, 158, 30).is_columns
    assert text_of(rows).count("20 users") == len(picture.targets)


def test_figures_without_room_at_their_foot_are_named_below_the_target() -> None:
    picture = snapshot()
    shown = text_of(presenter_rows(picture, picture.targets, 58, 12))
    assert shown.count("ok/s, p95") == 3
    assert "ok/s, p95" not in text_of(presenter_rows(picture, picture.targets, 198, 12))
