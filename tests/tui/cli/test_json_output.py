"""`--json`: every command that lists or reports has it, and its fields are documented."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.answers.verdicts.revision_gate import decide
from engine.machine import paths
from tests.support.made_sessions import Shape, write
from tests.support.made_verdicts import FASTER
from tui.cli.arguments import parser
from tui.cli.completion import options_and_arguments
from tui.cli.gate import document
from tui.cli.main import main

PAGE = (Path(__file__).parents[3] / "docs" / "json.md").read_text(encoding="utf-8")

CHANGES = "It changes something, and its exit code says whether that was done."
FILE = "It writes a file, and its exit code says whether that was done."
WITHOUT_JSON = {
    "watch": "It is a screen.",
    "completion": "It prints a script for a shell.",
    "plan save": FILE,
    "import": FILE,
    "baseline save": FILE,
    "baseline delete": CHANGES,
    "sessions rename": CHANGES,
    "sessions note": CHANGES,
    "sessions delete": CHANGES,
    "sessions undo": CHANGES,
}
"""Command → why it has no `--json`."""

A, B = "20250101-120000-hello-000a", "20250101-130000-hello-000b"
HOSTILE = "\x1b[31mred\x07 \u202eright to left\x9b"
"""Controls a terminal."""
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]")


def options_of() -> dict[str, set[str]]:
    """Command → its options, of commands that do something."""
    found: dict[str, set[str]] = {}
    for path, action in options_and_arguments(parser()):
        found.setdefault(path, set()).update(action.option_strings)
    del found[""]  # the lobby
    for only_a_group in ("plan", "baseline"):
        del found[only_a_group]
    return found


def test_every_command_that_lists_or_reports_has_it() -> None:
    without = {path for path, options in options_of().items() if "--json" not in options}
    assert without <= set(WITHOUT_JSON), "give it --json, or say in WITHOUT_JSON why it has none"


def test_no_command_that_has_it_is_excused() -> None:
    assert [
        path for path, options in options_of().items() if "--json" in options and path in WITHOUT_JSON
    ] == []


# ---------------------------------------------------------------- what is printed


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all values: `figures[].p95_ms`."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from leaves(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        yield f"{path}[]"
        for each in value:
            yield from leaves(each, f"{path}[]" if path else "")
    else:
        yield path


def documented(section: str) -> list[str]:
    """The fields of a section of the page, in the order in which they are listed."""
    _, _, rest = PAGE.partition(f"\n## {section}\n")
    assert rest, section
    cells = re.findall(r"^\| (`[^|]+) \|", rest.partition("\n## ")[0], re.MULTILINE)
    fields = [field for cell in cells for field in re.findall(r"`([^`]+)`", cell)]
    parents = [field for field in fields if field.endswith(".NAME")]
    return [f"{parents[-1]}{field[1:]}" if field.startswith("….") else field for field in fields]


def undocumented(value: Any, section: str) -> list[str]:
    """Paths of a document that the section does not have. A field may have fields in it; of an empty list or
    table, the section says what would be in it."""
    fields = documented(section)
    names = [re.escape(field).replace("NAME", r"[^.\[\]]+") for field in fields]
    pattern = re.compile(rf"(?:{'|'.join(names)})(?:$|[.\[].*)")
    found = {path for path in leaves(value) if not any(field.startswith(path) for field in fields)}
    return sorted(path for path in found if path != "[]" and not pattern.fullmatch(path))


def unprinted(value: Any, section: str) -> list[str]:
    """Fields of the section that the document does not have."""
    found = [re.sub(r"\.(?=\.)", "", path) for path in leaves(value)]
    names = {field: re.escape(field).replace("NAME", r"[^.\[\]]+") for field in documented(section)}
    return [
        field
        for field, name in names.items()
        if not any(re.match(rf"{name}(?:$|[.\[])", path) for path in found)
    ]


@pytest.fixture(autouse=True)
def sessions() -> None:
    """Two sessions with names that would control a terminal."""
    shape = Shape(
        seconds=30, targets=("fastapi",), rps=30, session_id=A, title=HOSTILE, labels=(f"fast{HOSTILE}",)
    )
    later = "2025-01-01T13:00:00.000+01:00"
    write(paths.sessions(), shape)
    write(paths.sessions(), replace(shape, session_id=B, seed=2, slowness=(1.5,), started_at=later))
    main(["baseline", "save", "main", A])


PRINTED: Sequence[tuple[str, str]] = (
    ("targets --json", "Targets"),
    ("targets fastapi --json", "A target's command"),
    ("targets django-wsgi:runtime=docker --json", "A target's command"),
    ("presets --json", "Presets"),
    ("sessions --json", "Sessions"),
    ("sessions --prune 30d --yes --json", "Deleting"),
    ("report --formats --json", "Formats"),
    (f"compare {A} {B} --json", "Comparisons"),
    ("baseline list --json", "Baselines"),
    ("audit crud-concurrency --json", "Audits"),
    ("audit last --json", "Audits"),
    ("doctor --json", "The machine"),
    ("clean --json", "Cleaning up"),
)


@pytest.mark.parametrize(("words", "section"), PRINTED)
def test_what_is_printed_is_json_that_controls_no_terminal_and_is_documented(
    words: str, section: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(words.split()) in {0, 1}
    text = capsys.readouterr().out
    assert not CONTROLS.search(text)
    assert undocumented(orjson.loads(text), section) == []


@pytest.mark.parametrize(
    ("words", "section"),
    [
        each
        for each in PRINTED
        if each[1] in {"Targets", "Presets", "Sessions", "Formats", "Baselines", "The machine"}
    ],
)
def test_what_is_documented_is_printed(words: str, section: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    main(words.split())
    assert unprinted(orjson.loads(capsys.readouterr().out), section) == []


@pytest.mark.parametrize("words", [f"report {A} --json", "presets hello --json", f"audit {A} --json"])
def test_documents_described_elsewhere_control_no_terminal_either(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(words.split()) in {0, 1}
    text = capsys.readouterr().out
    assert not CONTROLS.search(text)
    assert isinstance(orjson.loads(text), dict)


def test_names_are_printed_as_they_are_once_they_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["sessions", "--json"]) == 0
    newest, *_ = orjson.loads(capsys.readouterr().out)
    assert newest["id"] == B
    assert newest["labels"] == [f"fast{HOSTILE}"]


def test_a_gate_says_what_it_decided_and_on_which_commits() -> None:
    worse = replace(FASTER, outcome="worse", ratio=0.8, interval=(0.75, 0.86))
    decision = decide([worse], "work-tree", "main", None)
    compared = [{"label": "main", "commit": "1a2b3c4"}, {"label": "work-tree", "commit": ""}]
    made = document(decision, [A, B], compared)
    assert (made["schema"], made["outcome"]) == ("abreast/gate@1", "failed")
    assert (made["against"]["commit"], made["candidate"]["label"]) == ("1a2b3c4", "work-tree")
    (metric,) = made["metrics"]
    assert (metric["metric"], metric["finding"], metric["gates"]) == ("goodput", "slower", True)
    assert undocumented(orjson.loads(orjson.dumps(made)), "Gates") == []
    assert unprinted(orjson.loads(orjson.dumps(made)), "Gates") == []


def test_a_name_that_is_not_utf8_is_no_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    name = tmp_path / "caf\udce9.csv"
    name.write_text("users,rps,mean_ms\n10,5,100\n")
    capsys.readouterr()
    assert main(["audit", str(name), "--json"]) in {0, 1}
    assert orjson.loads(capsys.readouterr().out)["subject"].endswith("caf?.csv")


def test_report_takes_json_for_the_session_and_refuses_contradictions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    capsys.readouterr()
    assert main(["report", A, "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out)["schema"].startswith("abreast/session@")
    assert main(["report", A, "--json", "--format", "md"]) == 2
    assert "contradicts" in capsys.readouterr().err
    assert main(["report"]) == 2
    assert "report needs a session" in capsys.readouterr().err


def test_formats_are_listed_for_people_too(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["report", "--formats"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(re.match(r"junit +\S", line) for line in lines)


def test_a_prune_says_what_it_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["sessions", "--prune", "30d", "--yes", "--json"]) == 0
    made = orjson.loads(capsys.readouterr().out)
    assert sorted(made["moved"]) == [A, B]
    assert (made["sessions"], made["refused"], made["trouble"]) == (2, {}, "")


def test_an_empty_prune_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    main(["sessions", "--prune", "30d", "--yes"])
    capsys.readouterr()
    assert main(["sessions", "--prune", "30d", "--yes", "--json"]) == 0
    made = orjson.loads(capsys.readouterr().out)
    assert (made["moved"], made["sessions"]) == ([], 0)
