"""How a session's records begin."""

import os
import re
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.machine.ceiling import Ceiling
from engine.machine.environment import CorePlan
from engine.metrics.records import Header
from engine.plan.plan import make_plan
from engine.recording.journal_lines import decode_record, encode_record
from engine.session.header import command_line, header_of, new_id, now_text, sources_of
from tests.support.recording import plan

CORES = CorePlan((1,), (0,), "load on core 1, targets on core 0")


def header(*targets: str, open_ended: bool = False, ceiling: Ceiling | None = None, **changes: Any) -> Header:
    made = plan(*targets, **changes)
    return header_of(made, "an-id", cores=CORES, ceiling=ceiling, open_ended=open_ended, sources={})


@pytest.mark.parametrize(
    ("preset", "word"),
    [("hello", "hello"), ("my plan/../é.toml", "my-plan----é-toml"), ("x" * 99, "x" * 40), ("", "")],
)
def test_an_id_has_the_time_the_preset_and_is_a_folders_name(preset: str, word: str) -> None:
    before = f"{datetime.now():%Y%m%d-%H%M%S}"  # noqa: DTZ005  people read local time
    made = new_id(preset)
    assert re.fullmatch(rf"\d{{8}}-\d{{6}}-{re.escape(word)}-[0-9a-f]{{4}}", made)
    assert made >= before
    assert len({new_id(preset) for _ in range(5)}) > 1


def test_times_have_milliseconds_and_the_offset_from_utc() -> None:
    text = now_text()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", text)
    assert abs(datetime.fromisoformat(text).timestamp() - datetime.now().timestamp()) < 60  # noqa: DTZ005


def test_the_command_is_abreast_whatever_the_programs_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/opt/bin/abreast", "run", "hello"])
    assert command_line() == ("abreast", "run", "hello")


def test_a_command_with_a_file_name_of_any_bytes_can_be_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sys.argv", ["abreast", "run", "hello", "--export", os.fsdecode(b"gr\xfc\xc3\xbc.json")]
    )
    made = header("fastapi")
    assert made.command_line[-1] == "gr\N{REPLACEMENT CHARACTER}ü.json"
    assert decode_record(encode_record(made, 0)) == (0, made)


def test_a_header_has_the_plan_the_machine_and_the_length() -> None:
    made = header("fastapi", warm_up="2 s", think_time="100 ms to 300 ms")
    assert (made.warm_up_s, made.length_s) == (2.0, 62.0)
    assert made.think_time == "100 ms to 300 ms"
    assert made.think_time_mean_s == pytest.approx(0.2)
    assert made.plan["title"] == "Test"
    assert made.environment["cores"] == CORES.text
    assert made.environment["database"] == "sqlite"
    assert {"fastapi", "uvicorn"} <= made.environment["packages"].keys()


def test_a_session_that_is_held_until_it_is_ended_has_no_length() -> None:
    assert header("fastapi", open_ended=True).length_s is None


@pytest.mark.parametrize(
    ("targets", "schedule", "contended"),
    [
        (("fastapi",), "race", False),
        (("fastapi", "django-wsgi"), "race", True),
        (("fastapi", "django-wsgi"), "solo", False),
    ],
)
def test_targets_of_a_race_contend(targets: tuple[str, ...], schedule: str, contended: bool) -> None:
    assert header(*targets, schedule=schedule).contended is contended


def test_the_ceiling_is_that_of_all_load_workers() -> None:
    assert header("fastapi").ceiling_rps is None
    known = Ceiling({10: 1000.0, 50: 2000.0})
    assert header("fastapi", ceiling=known, load_workers=3).ceiling_rps == 6000.0


def test_sources_are_those_of_custom_targets_that_take_part_and_are_in_a_repository(tmp_path: Path) -> None:
    for name in ("kept", "spare"):
        (tmp_path / name).mkdir()
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "kept")], check=True, timeout=60)
    identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"]
    subprocess.run(
        ["git", "-C", str(tmp_path / "kept"), *identity, "commit", "--quiet", "--allow-empty", "-m", "First"],
        check=True,
        timeout=60,
    )
    values = {
        "title": "Own",
        "stages": [{"users": 1, "hold": "5 s"}],
        "target": [
            {"name": "kept", "command": "serve {port}", "cwd": "kept"},
            {"name": "spare", "command": "serve {port}", "cwd": "spare"},
            {"name": "away", "url": "http://127.0.0.1:9"},
            {"name": "idle", "command": "serve {port}", "cwd": "kept"},
        ],
        "targets": ["kept", "spare", "away"],
        "folder": str(tmp_path),
    }
    (source,) = sources_of(make_plan(values, where="test"), {})
    assert (source["target"], source["dirty"]) == ("kept", False)
    assert len(source["revision"]) == 40
