"""The results of a session in sentences."""

from dataclasses import replace

import pytest

from engine.answers.hints import Hint
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import EventSnapshot, Recovery, Snapshot
from engine.metrics.window_stats import LevelStats, ResourceUsage
from tests.support.fakes import ended, open_snapshot, snapshot, with_target
from tests.tui.cli.test_plain_text import assert_plain
from tui.cli.plain_result import plain_result_lines

STRUCK = Recovery(1, "fastapi", "pause", 20.0, 23.0, 24.0, 0.0, 10.0, 0.0, 10.2, 0, load_changed=False)


def lines_of(picture: Snapshot, *hints: Hint) -> list[str]:
    return plain_result_lines(session_result(picture), hints)


@pytest.mark.parametrize("picture", [ended(snapshot()), open_snapshot(), snapshot(targets=1)])
def test_sentences_then_commands(picture: Snapshot) -> None:
    lines = lines_of(picture)
    *sentences, watch, _, page, repeat = lines
    assert_plain(sentences)
    assert watch == f"watch it: abreast watch {picture.session_id}"
    assert page.startswith("a page to share: abreast report")
    assert repeat.startswith("repeat it:")


def test_each_target_has_a_sentence_with_its_figures() -> None:
    (line,) = [each for each in lines_of(ended(snapshot())) if each.startswith("fastapi (uvicorn ×1): ")]
    assert "successful requests a second, 2.4 times django-wsgi, half within" in line
    assert "95 % within" in line
    assert "no errors, 88 % CPU, 61 MB" in line


def test_slo_recoveries_hints_and_levels() -> None:
    picture = replace(ended(snapshot()), recoveries=(STRUCK,))
    levels = tuple(LevelStats(users, picture.targets[0].steady, ResourceUsage()) for users in (10, 20))
    picture = with_target(picture, "fastapi", levels=levels)
    lines = lines_of(picture, Hint("processor", "fastapi", "fastapi is at its processor limit", ()))
    assert any(line.startswith("django-asgi missed the SLO: ") for line in lines)
    assert any(line.startswith("fastapi, pause: recovered within 4 s") for line in lines)
    assert "Hint: fastapi is at its processor limit." in lines
    assert any(line.startswith("fastapi at 10 users: ") for line in lines)


def test_a_target_that_did_not_start_says_why() -> None:
    picture = with_target(ended(snapshot()), "fastapi", state="failed", trouble="no port\n  hint: x")
    assert "fastapi (uvicorn ×1) failed: no port; hint: x." in lines_of(picture)


def test_without_targets_there_is_one_sentence() -> None:
    assert lines_of(snapshot(targets=0)) == ["Hello, three servers: ended before any target started."]


def test_what_was_steered_is_said() -> None:
    moved = EventSnapshot(31.2, "stage", "", "next stage 5 s later")
    picture = ended(snapshot())
    lines = lines_of(replace(picture, by_hand=(*picture.by_hand, moved)))
    assert "Steered at 31 s, next stage 5 s later." in lines
    assert "Steered at 64 s, django-wsgi: users 10 to 20." in lines
