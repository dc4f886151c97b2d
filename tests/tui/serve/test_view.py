"""What the page shows beside its charts."""

from dataclasses import replace

import pytest

from engine.metrics.duels import DuelBegan
from engine.metrics.records import Event, TargetAdded
from engine.metrics.rounds import Round, Turn
from engine.metrics.snapshot import HealthSnapshot, Snapshot
from engine.metrics.timeline import Timeline, View
from tests.support.made_searches import MadeSearch, search_records
from tests.support.made_sessions import Shape, records
from tui.serve.view import EVENTS_SHOWN, Source, legend_view, live_events, live_view

HOSTILE = "<b>x</b>\x1b[31m\nsecond line\u202e"
CLEAN = "<b>x</b>�[31m second line�"


def at_second(second: int, *, hostile: str = "", **shape: object) -> Snapshot:
    """A made session at the end of a second; with a text that servers said in every place for one."""
    timeline = Timeline()
    wanted = {"seconds": 60, "targets": ("fastapi", "django-wsgi"), "rps": 40, "title": hostile or "Made"}
    made = Shape(**wanted | shape)  # type: ignore[arg-type]
    for record in records(made):
        if isinstance(record, TargetAdded) and hostile:
            record = replace(record, label=f"{record.name} {hostile}", server=hostile)
        timeline.apply(record)
        if getattr(record, "second", -1) == second - 1 and type(record).__name__ == "GeneratorSecond":
            break
    return timeline.snapshot(float(min(second, 60)), View(baseline="fastapi"))


def test_while_it_runs_every_target_has_a_lane_with_live_figures() -> None:
    view = live_view(at_second(30), Source())
    assert view["phase"] == "running"
    assert view["clock"] == "00:30"
    assert view["stage"] == "stage 2/3: hold 50 users"
    assert view["progress"] == 0.5
    assert view["result"] is None
    first, second = view["targets"]
    assert (first["label"], first["marker"], first["style"]) == ("fastapi", "●", "slot0")
    assert (first["beside"], second["beside"]) == ("baseline", "1.0×")
    assert first["goodput"] == "40.0"
    figures = {each["name"]: each["text"] for each in first["figures"]}
    assert list(figures) == ["p50", "p95", "p99", "errors", "users", "/health", "CPU", "memory"]
    assert figures["users"] == "50"
    assert figures["p95"].endswith(" ms")
    assert view["remark"].startswith("Targets shared CPU cores")


def test_in_a_duel_a_lane_shows_what_the_terminal_does() -> None:
    rounds = (Round(1, "duel", 28.0, 29.0, {"fastapi": Turn(1.0, 2000, 0, cpu_s=0.5)}, users=10),)
    duel = DuelBegan(27.0, 1, 0, 10, ("fastapi",), in_race=True)
    first, second = live_view(replace(at_second(30), rounds=rounds, duel=duel), Source())["targets"]
    assert first["goodput"] == "2.00 k"
    figures = {each["name"]: each["text"] for each in first["figures"]}
    assert figures["CPU a request"] == "0.25 ms"
    assert not {"p50", "p95", "p99"} & set(figures)
    assert "p95" in {each["name"] for each in second["figures"]}, "none of its seconds is known yet"


def test_a_search_for_capacity_is_summed_up_by_its_result() -> None:
    timeline = Timeline()
    for record in search_records(MadeSearch()):
        timeline.apply(record)
    result = live_view(timeline.snapshot(200.0), Source(is_over=True))["result"]
    assert result["table"]["heads"][:3] == ["target", "users", "ok/s"]
    assert [row["cells"][1] for row in result["table"]["rows"]] == ["308 to 323", "51 to 53"]


def test_a_target_that_did_not_start_says_why_and_has_no_figures() -> None:
    snapshot = at_second(30)
    failed = replace(snapshot.targets[1], state="failed", trouble="port 80\nis taken")
    lane = live_view(replace(snapshot, targets=(snapshot.targets[0], failed)), Source())["targets"][1]
    assert (lane["state"], lane["state_style"]) == ("✖ did not start", "bad")
    assert lane["trouble"] == "port 80 is taken"
    assert lane["figures"] == []


def test_a_target_that_is_down_says_so_in_place_of_its_figures() -> None:
    snapshot = at_second(30)
    down = replace(snapshot.targets[1], state="died", state_s=6.0, trouble="exit code 1\nout of memory")
    lane = live_view(replace(snapshot, targets=(snapshot.targets[0], down)), Source())["targets"][1]
    assert (lane["condition"], lane["trouble"]) == ("DOWN 6 s", "exit code 1 out of memory")
    assert not lane["is_measured"]
    assert lane["beside"] == ""


def test_a_target_that_only_fails_has_its_errors_in_place_of_percentiles() -> None:
    snapshot = at_second(30)
    first = snapshot.targets[0]
    streak = replace(first.streak, failing_s=4.0, failed=90, failure="status 404")
    failing = replace(first, window=replace(first.window, failed=90), streak=streak)
    lane = live_view(replace(snapshot, targets=(failing, snapshot.targets[1])), Source())["targets"][0]
    assert (lane["condition"], lane["trouble"]) == ("100 % ERRORS", "status 404")
    assert [each["name"] for each in lane["figures"]] == ["errors", "users", "/health"]


def test_at_the_end_the_result_replaces_the_lanes() -> None:
    view = live_view(at_second(10_000), Source(is_over=True, has_report=True))
    assert view["phase"] == "ended"
    assert view["targets"] == []
    assert view["progress"] is None
    result = view["result"]
    assert result["sentence"].startswith("At 100 users fastapi served")
    assert result["facts"].startswith("completed after 60 s")
    assert result["report"]
    assert result["table"]["heads"][:3] == ["target", "server", "ratio"]
    assert [row["cells"][0] for row in result["table"]["rows"]] == ["fastapi", "django-wsgi"]


@pytest.mark.parametrize("second", [30, 10_000])
def test_what_servers_said_is_one_line_without_control_characters(second: int) -> None:
    snapshot = at_second(second, hostile=HOSTILE, events=[Event(0.0, "note", "", HOSTILE)])
    view = live_view(snapshot, Source())
    assert view["title"] == CLEAN
    assert legend_view(snapshot)[0]["label"] == f"fastapi {CLEAN}"
    assert live_events(snapshot)[0]["text"] == CLEAN
    assert all(text.isprintable() for text in texts_in([view, legend_view(snapshot), live_events(snapshot)]))


def texts_in(value: object) -> list[str]:
    """Every text in plain data."""
    if isinstance(value, dict):
        return texts_in(list(value.values()))
    if isinstance(value, list):
        return [text for each in value for text in texts_in(each)]
    return [value] if isinstance(value, str) else []


def test_events_name_their_target_and_only_the_newest_are_listed() -> None:
    many = [Event(float(at), "users", "django-wsgi", f"{at} users") for at in range(EVENTS_SHOWN + 5)]
    found = live_events(at_second(30, events=[*many, Event(1.0, "trouble", "gone", "it broke")]))
    assert len(found) == EVENTS_SHOWN
    assert found[-2]["target"] == "django-wsgi"
    assert found[-2]["marked"]
    assert (found[-1]["kind"], found[-1]["target"], found[-1]["style"]) == ("bad", "gone", "")


def test_a_recording_that_is_not_whole_is_said_before_anything_else() -> None:
    assert "was deleted" in live_view(at_second(30), Source(trouble="the journal was deleted"))["remark"]


def test_the_generators_light_comes_with_all_its_reasons() -> None:
    snapshot = at_second(30)
    health = HealthSnapshot("red", ("late by\n40 ms", "busy"), 99.0, 40.0, contended=False)
    light = live_view(replace(snapshot, health=health), Source())["light"]
    assert light == {"sign": "✖", "style": "bad", "word": "red", "reasons": ["late by 40 ms", "busy"]}


def test_other_machines_see_no_folders_and_no_lines_of_logs() -> None:
    events = [
        Event(1.0, "trouble", "fastapi", "it did not start: code 1: KeyError: SECRET"),
        Event(2.0, "profile", "fastapi", "written to /home/kim/secret/flame.svg"),
        Event(3.0, "export", "", "exported to /home/kim/secret/a.html"),
    ]
    snapshot = at_second(30, events=events)
    shown = live_events(snapshot, is_open=True)
    assert [each["text"] for each in shown] == ["it did not start", "written to flame.svg"]
    at_home = [each["text"] for each in live_events(snapshot)]
    assert at_home == [events[0].text, events[1].text]
    failed = replace(snapshot.targets[1], state="failed", trouble="it did not start: x\n  log /home/kim/log")
    failing = replace(snapshot, targets=(snapshot.targets[0], failed))
    assert live_view(failing, Source(is_open=True))["targets"][1]["trouble"] == "it did not start"
    assert "/home/kim/log" in live_view(failing, Source())["targets"][1]["trouble"]
