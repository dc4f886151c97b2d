"""`abreast presets`: lists, shows, copies, and prints the schema."""

import json
from pathlib import Path
from typing import get_args

import jsonschema
import pytest

import presets
from engine.plan.plan import Schedule
from tui.cli.main import main


def output(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["presets", *words]) == 0
    return capsys.readouterr().out


def test_presets_are_listed_with_their_targets_labels(capsys: pytest.CaptureFixture[str]) -> None:
    out = output(capsys)
    assert "fastapi ×4" in out
    assert "#2" not in out
    assert "fastapi#2" in output(capsys, "--json")


def test_one_preset_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    out = output(capsys, "crud-concurrency")
    plan = presets.load("crud-concurrency")
    for part in (
        plan.question,
        f"after {plan.source}",
        "django-asgi ×4",
        "one after another",
        "levels of 10, 50, 100 users, 60 s each, 5 s without load between them, 3 times",
        "takes 1 h 3 min",
        "hold: 60 s",
        "figures as reported, which are shown beside the measured ones",
        "fastapi:workers=1 rps, /s: 4.12 at 10, 21.7 at 50, 37.83 at 100 users; average 21.22 (table 5;",
        "claims of the source",
        "fastapi.mean < 20 ms and fastapi.errors = 0 % at 10 users with 1 worker",
        "run it: abreast run crud-concurrency",
    ):
        assert part in " ".join(out.split()) or part in out, part
    assert json.loads(output(capsys, "hello", "--json"))["preset"] == "hello"


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_can_be_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert presets.load(name).question in " ".join(output(capsys, name).split())


@pytest.mark.parametrize("schedule", get_args(Schedule))
def test_a_plan_of_every_schedule_can_be_shown(
    schedule: Schedule, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "mine.toml"
    plan.write_text(
        f'title = "Mine"\ntargets = ["fastapi", "django-wsgi"]\nschedule = "{schedule}"\nslo = "p95 < 1 s"\n'
        'stages = [{ users = 10, hold = "10 s" }]\n'
    )
    assert " model · " in output(capsys, str(plan))


def test_a_copy_is_the_preset_and_names_the_schema_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    output(capsys, "faults", "--copy", str(path))
    text = path.read_text()
    assert text == f"#:schema ./abreast-plan.schema.json\n{presets.text_of('faults')}"
    assert presets.load(str(path)).shape == presets.load("faults").shape
    schema = json.loads((tmp_path / "abreast-plan.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_copy_replaces_a_file_only_if_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("precious")
    assert main(["presets", "hello", "--copy", str(path)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert path.read_text() == "precious"
    output(capsys, "hello", "--copy", str(path), "--force")
    assert "precious" not in path.read_text()


@pytest.mark.parametrize(
    "words", [["helo"], ["helo", "--copy", "x.toml"], ["--copy", "x.toml"], ["hello", "--schema"]]
)
def test_what_is_no_preset(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["presets", *words]) == 2
    assert "hello" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads(output(capsys, "--schema"))
    assert schema["$schema"].endswith("2020-12/schema")
