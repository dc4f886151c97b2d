"""`abreast audit` on presets, sessions and CSV tables."""

from pathlib import Path

import orjson
import pytest

from engine.playback import demo
from tui.cli.main import main

GOOD = "users,rps,mean\n10,90,100\n"
BAD = "n,x,r\n10,120,100\n10,120,1200\n"


def test_the_papers_tables_do_not_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "crud-concurrency"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == ("crud-concurrency: 12 rows, 36 averages, 17 claims checked: 23 do not add up")
    assert lines[2:6] == [
        "Little's law",
        "  fastapi:workers=1, 10 users",
        "    10 users / (mean 15.38 ms + think time 1.5 s) = 6.599/s, reported 4.12/s",
        "    the rate is 37.6 % too low for this latency",
    ]


def test_a_session_of_ours_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(demo.PATH)]) == 0
    assert capsys.readouterr().out.endswith("rows checked: everything adds up\n")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "io-intensive", "--json"]) == 1
    document = orjson.loads(capsys.readouterr().out)
    assert (document["schema"], document["rows"], document["claims"]) == ("abreast/audit@1", 25, 7)
    (finding,) = document["findings"]
    assert (finding["rule"], finding["row"]) == ("said in words", "claim asgi")


def test_a_table_of_a_stranger(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(GOOD)
    bad.write_text(BAD)
    assert main(["audit", str(good)]) == 0
    assert main(["audit", str(good), "--think-time", "1 s"]) == 1
    assert main(["audit", str(good), "--think-time", "none"]) == 0
    assert main(["audit", str(bad)]) == 2
    assert "--users-column NAME" in capsys.readouterr().err
    named = ["--users-column", "n", "--rate-column", "x", "--latency-column", "r"]
    assert main(["audit", str(bad), *named]) == 1
    out = capsys.readouterr().out
    assert "line 2: row, 10 users" in out
    assert "120/s × (100.0 ms)" not in out
    assert main(["audit", str(bad), *named, "--latency-unit", "us"]) == 0


def test_nothing_to_audit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "hello"]) == 0
    assert capsys.readouterr().out.startswith("hello: nothing to audit")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nothing-like-it"], "name a preset (hello, "),
        (["crud-concurrency", "--think-time", "1s"], "--think-time is for CSV tables"),
        (["missing.csv"], "cannot read missing.csv"),
        (["missing.toml"], "cannot read the plan"),
    ],
)
def test_wrong_usage(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", *words]) == 2
    assert says in capsys.readouterr().err


def test_a_think_time_that_is_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = tmp_path / "good.csv"
    table.write_text(GOOD)
    assert main(["audit", str(table), "--think-time", "soon"]) == 2
    assert "--think-time: " in capsys.readouterr().err


def test_what_was_assumed_about_a_table_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "results.csv"
    path.write_text("users,rps,mean,Failure Rate\n5,2.4,2000,13\n")
    assert main(["audit", str(path)]) == 0
    assert "note: 'Failure Rate' has no unit, and values up to 13: they are read as per cent" in (
        capsys.readouterr().out
    )
    assert main(["audit", str(path), "--json"]) == 0
    assert len(orjson.loads(capsys.readouterr().out)["notes"]) == 1
