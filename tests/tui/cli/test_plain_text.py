"""What a run says in sentences: each change once, figures every ten seconds, nothing for the eye only."""

import unicodedata
from dataclasses import replace
from typing import Any

import pytest

from engine.metrics.snapshot import EventSnapshot, Snapshot
from engine.metrics.streak import Streak
from engine.metrics.target_snapshot import HealthProbe
from engine.recording.old_events import detail_of
from tests.support.fakes import open_snapshot, snapshot, with_target
from tui.cli.plain_text import Said, figures_sentence, listed, new_events, say_since, sentence, spoken


def at(second: float, **fields: Any) -> Snapshot:
    return replace(snapshot(int(second), events=False), now_s=second, **fields)


def said(*snapshots: Snapshot) -> list[str]:
    """Everything that is said from the first to the last."""
    lines, before = [], None
    for each in snapshots:
        before, sentences = say_since(before, each)
        lines += sentences
    return lines


def event(t_s: float, kind: str, target: str, text: str) -> EventSnapshot:
    return EventSnapshot(t_s, kind, target, text, detail_of(kind, text))


def assert_plain(lines: list[str]) -> None:
    for line in lines:
        assert line.strip() == line
        assert line.endswith((".", "?", "!")), line
        assert "  " not in line, line
        for sign in line:
            assert unicodedata.category(sign)[0] != "C", line
            assert not 0x2190 <= ord(sign) < 0x2C00, f"{sign!r} in {line}"


def test_targets_become_ready_and_load_begins() -> None:
    starting = with_target(at(0.0, phase="starting", targets=at(0).targets[:2]), "fastapi", state="starting")
    ready = with_target(starting, "fastapi", state="ready")
    lines = said(starting, ready, at(0.2, targets=ready.targets))
    assert lines == [
        "django-wsgi is ready at 127.0.0.1:18001 (gthread 1×8).",
        "fastapi is ready at 127.0.0.1:18000 (uvicorn ×1).",
        "Load begins for 3 min 30 s: workload hello, closed model, think time 100 ms.",
    ]


def test_a_target_that_does_not_start_says_why() -> None:
    starting = at(0.0, phase="starting")
    failed = with_target(starting, "fastapi", state="failed", trouble="port 1 is in use\n  hint: free it")
    (line,) = said(with_target(starting, "fastapi", state="starting"), failed)[-1:]
    assert line == "fastapi did not start: port 1 is in use; hint: free it."


@pytest.mark.parametrize(
    ("happened", "line"),
    [
        (event(20.2, "stage", "", "stage 2/3: hold 20 users"), "At 20 s, stage 2 of 3: hold 20 users."),
        (
            event(20.2, "users", "fastapi", "users 10 → 20 (manual)"),
            "At 20 s, fastapi: users 10 to 20 (manual).",
        ),
        (event(20.2, "fault", "django-wsgi", "pause for 3 s"), "At 20 s, django-wsgi: fault pause for 3 s."),
        (event(20.2, "fault", "", "slow-upstream 2s"), "At 20 s, all targets: fault slow-upstream 2s."),
        (event(20.2, "fault", "django-wsgi", "pause is over"), "At 20 s, django-wsgi: pause is over."),
        (
            event(20.2, "recovery", "fastapi", "pause: recovered within 4 s"),
            "At 20 s, fastapi, pause: recovered within 4 s.",
        ),
        (
            event(20.2, "trouble", "fastapi", "ended by itself: exit 1\nmore"),
            "At 20 s, fastapi: trouble: ended by itself: exit 1.",
        ),
        (event(20.2, "pause", "", "paused"), "At 20 s, load paused."),
        (
            event(20.2, "pause", "fastapi", "its container was paused outside abreast"),
            "At 20 s, fastapi: its container was paused outside abreast.",
        ),
        (event(20.2, "health", "", "generator green again"), "At 20 s, the generator is green again."),
        (event(20.2, "think", "", "think time 1 s to 2 s"), "At 20 s, think time 1 s to 2 s."),
        (
            event(20.2, "health", "", "generator amber: a load worker is busy"),
            "At 20 s, the generator is amber: a load worker is busy.",
        ),
        (event(20.2, "target", "fastapi", "is ready again"), "At 20 s, fastapi is ready again."),
        (event(20.2, "note", "", "look at this"), "At 20 s, note: look at this."),
    ],
)
def test_each_event_is_said_once(happened: EventSnapshot, line: str) -> None:
    lines = said(at(20.0), at(20.4, events=(happened,)), at(20.6, events=(happened,)))
    assert [each for each in lines if not each.startswith("At 20 s, over the last")] == [
        "fastapi is ready at 127.0.0.1:18000 (uvicorn ×1).",
        line,
    ][1:]
    assert_plain(lines)


@pytest.mark.parametrize("kind", ["start", "failure", "export", "end"])
def test_what_other_sentences_say_is_not_said_twice(kind: str) -> None:
    assert said(at(21.0), at(21.4, events=(event(21.2, kind, "", "x"),)), at(21.6)) in (
        [],
        said(at(21.0), at(21.4), at(21.6)),
    )


def test_the_oldest_events_may_be_gone() -> None:
    events = [event(float(at), "note", "", str(at)) for at in range(5)]
    assert new_events((), events) == events
    assert new_events(events[:3], events) == events[3:]
    assert new_events(events[:3], events[2:]) == events[3:]
    assert new_events(events[:1], events[2:]) == events[2:], "it was pushed out"
    assert new_events(events, events) == []


def test_figures_come_every_ten_seconds() -> None:
    pictures = [at(step / 5) for step in range(3 * 5, 42 * 5)]
    figures = [line for line in said(*pictures) if "over the last" in line]
    assert [line.split(",")[0] for line in figures] == ["At 10 s", "At 20 s", "At 30 s", "At 40 s"]
    assert_plain(figures)


def test_figures_in_a_sentence() -> None:
    text = figures_sentence(at(72.4, targets=snapshot().targets[:1]))
    assert text == (
        "At 72 s, over the last 10 s: fastapi with 20 users serves 4.22 k requests a second, "
        "95 % of them within 4.3 ms, no errors."
    )
    assert "200 arrivals a second" in figures_sentence(open_snapshot())


def test_figures_of_targets_that_have_none() -> None:
    picture = with_target(at(72.4), "django-wsgi", state="down", state_s=6.0)
    picture = with_target(picture, "django-asgi", load={"paused": True})
    picture = with_target(picture, "fastapi", health_probe=HealthProbe(waiting_ms=7800.0))
    text = figures_sentence(picture)
    assert "django-wsgi is down for 6 s" in text
    assert "django-asgi is paused" in text
    assert "/health has not answered for 7.80 s" in text


def test_errors_and_the_light_are_said() -> None:
    window = replace(
        snapshot().targets[0].window, failed=50, error_rate=0.05, errors=(("status 500", 48), ("reset", 2))
    )
    picture = with_target(at(72.4), "fastapi", window=window)
    picture = replace(picture, health=replace(picture.health, light="red"))
    text = figures_sentence(picture)
    assert "5 % errors (status 500 48, reset 2)" in text
    assert text.endswith("; the generator is red.")


def test_captions_and_the_end() -> None:
    story = "Three servers. First, nothing is wrong."
    lines = said(at(5.0), at(5.2, caption=story), at(5.4, caption=story), at(6.0, phase="stopping"))
    assert lines == [*said(at(5.0)), story, "At 6 s, load stops, then the targets."]


def test_targets_that_stop_answering_and_answer_again() -> None:
    window = replace(snapshot().targets[0].window, ok=0, failed=500)
    failing = with_target(at(5.0), "fastapi", window=window, streak=Streak(3.0, 500, "status 404"))
    lines = said(at(4.6), failing, replace(failing, now_s=5.2), at(6.0))
    assert lines[-2:] == [
        "At 5 s, fastapi answers only with errors (status 404).",
        "At 6 s, fastapi answers again.",
    ]
    assert len([line for line in lines if "fastapi" in line and "over the last" not in line]) == 2


def test_load_that_stops_between_two_looks_is_said_to_stop() -> None:
    assert said(at(5.0), at(6.0, phase="ended"))[-1] == "At 6 s, load stops, then the targets."
    assert said(at(5.0), at(6.0, phase="stopping"), at(6.4, phase="ended"))[1:] == []


def test_what_happens_to_several_targets_is_one_sentence() -> None:
    hits = tuple(event(5.2, "fault", each.name, "kill") for each in at(5.0).targets)
    down = at(5.6, events=hits)
    down = replace(down, targets=tuple(replace(each, state="down") for each in down.targets))
    lines = said(at(5.0), at(5.4, events=hits), down, at(7.0, events=hits))
    assert lines == [
        "At 5 s, fastapi, django-wsgi and django-asgi: fault kill.",
        "At 5 s, fastapi, django-wsgi and django-asgi are down.",
        "At 7 s, fastapi, django-wsgi and django-asgi answer again.",
    ]
    assert [listed(names) for names in (["a"], ["a", "b"], [])] == ["a", "a and b", ""]


def test_signs_become_words() -> None:
    assert spoken("level 2/3: 50 users · repetition 1/3") == "level 2 of 3: 50 users, repetition 1 of 3"
    assert spoken("● fastapi served 5.0× as much, ≤ 3") == "fastapi served 5.0 times as much, at most 3"
    assert spoken("p50 = 3.9 × the time") == "p50 = 3.9 times the time"
    assert spoken("a │ b\n\x1b[31mc") == spoken("a, b \x1b[31mc").replace("  ", " ")
    assert sentence("done") == "done."
    assert sentence("which recovers first?") == "which recovers first?"
    assert sentence("") == ""


def test_nothing_is_said_of_a_snapshot_that_is_like_the_last() -> None:
    said_before, _ = say_since(None, at(21.0))
    said_before, _ = say_since(said_before, at(21.2))
    again, lines = say_since(said_before, at(21.4))
    assert lines == []
    assert isinstance(again, Said)
