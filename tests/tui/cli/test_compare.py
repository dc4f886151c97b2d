"""`abreast compare` and `abreast baseline`, on recorded sessions."""

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from engine.machine import paths
from tests.support.made_sessions import Shape, write
from tui.cli.main import main

A, B = "20250101-120000-hello-000a", "20250101-130000-hello-000b"


@pytest.fixture(autouse=True)
def sessions() -> None:
    """Two sessions: B is half as slow again."""
    shape = Shape(seconds=60, targets=("fastapi",), rps=30, session_id=A)
    later = "2025-01-01T13:00:00.000+01:00"
    write(paths.sessions(), shape)
    write(paths.sessions(), replace(shape, session_id=B, seed=2, slowness=(1.5,), started_at=later))


def test_without_a_terminal_it_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", A, "last"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"A {A}, Made, 2025-01-01 12:00"
    assert "10 users · A 17 s, B 17 s" in lines
    assert any(line.startswith("p50") and line.endswith("▲ higher") for line in lines)


def test_a_gate_decides_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", A, B, "--fail-if", "p50 > +10 %"]) == 1
    assert "✖ failed: p50 > +10 %: fastapi, 10 users: +" in capsys.readouterr().out
    assert main(["compare", A, B, "--fail-if", "p50 > +90 %, goodput < -5 %"]) == 0
    assert main(["compare", A, A, "--fail-if", "p50 > +10 %"]) == 0
    assert "A and B are the same session" in capsys.readouterr().out


def test_a_baseline_in_a_file_is_compared_like_a_session(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "baseline.json"
    assert main(["baseline", "save", str(file), A]) == 0
    assert main(["compare", str(file), "last", "--json", "--fail-if", "p50 > +10 %"]) == 1
    document = orjson.loads(capsys.readouterr().out.partition("\n")[2])
    assert (document["a"]["baseline"], document["a"]["session"]) == ("baseline", A)


def test_baselines_are_saved_listed_and_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", "list"]) == 0
    assert "no baselines saved yet" in capsys.readouterr().out
    assert main(["baseline", "save", "main", A]) == 0
    assert main(["baseline", "list"]) == 0
    assert A in capsys.readouterr().out.splitlines()[-1]
    assert main(["compare", "main", "last"]) == 0
    assert f"A baseline main of session {A}" in capsys.readouterr().out
    assert main(["baseline", "delete", "main"]) == 0
    assert main(["baseline", "list", "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out.splitlines()[-1]) == []


def test_a_page_goes_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    assert main(["compare", A, B, "--format", "html", "--out", str(file)]) == 0
    assert "<h1>Comparison of A and B</h1>" in file.read_text(encoding="utf-8")


def test_conditions_become_test_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", A, B, "--format", "junit", "--fail-if", "p95 > +900 %"]) == 0
    assert '<testcase classname="abreast.compare"' in capsys.readouterr().out
    assert main(["compare", A, B, "--format", "junit"]) == 2
    assert "--fail-if" in capsys.readouterr().err


def test_formats_go_to_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "compare.md"
    assert main(["compare", A, B, "--format", "md", "--out", str(file)]) == 0
    assert file.read_text().startswith("# Comparison\n")
    assert capsys.readouterr().err == f"written to {file}\n"
    assert main(["compare", A, B, "--format", "md", "--out", str(file)]) == 2
    assert "--force" in capsys.readouterr().err


def test_help_shows_a_gate_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["compare", "--help"])
    help_text = capsys.readouterr().out
    assert '--fail-if "p95 > +10 %, goodput < -5 %"' in help_text
    assert "%%" not in help_text


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["compare", A], "required"),
        (["compare", A, "nothing"], "unknown session"),
        (["compare", f"{A}:django", B], "unknown target"),
        (["compare", A, B, "--fail-if", "p95 > 10"], "no unit"),
        (["compare", A, B, "--fail-if", ""], "empty"),
        (["compare", A, B, "--json", "--format", "md"], "contradicts"),
        (["baseline"], "required"),
        (["baseline", "save", "a b"], "cannot be the name"),
        (["baseline", "delete", "none"], "unknown baseline"),
    ],
)
def test_wrong_usage_is_explained(capsys: pytest.CaptureFixture[str], words: list[str], what: str) -> None:
    assert main(words) == 2
    assert what in capsys.readouterr().err
