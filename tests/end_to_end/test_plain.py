"""Runs in sentences, with and without a terminal."""

import sys
import unicodedata
from pathlib import Path

import pytest

from tests.end_to_end.test_terminal import ESCAPES, terminal
from tests.support.fronts import started
from tests.support.local_targets import LITTLE_SERVER

pytestmark = pytest.mark.timeout(120)

PLAN = f"""
title = "One little server"
warm_up = "none"
think_time = "20 ms"
[[target]]
name = "little"
command = "{sys.executable} -P {LITTLE_SERVER} {{port}}"
[[request]]
path = "/"
[[stages]]
users = 1
hold = "6 s"
say = "One user. Nothing happens yet."
[[stages]]
users = 3
hold = "6 s"
"""
BOXES = set("│┃─━╭╮╰╯▏┆█▀▄●▲■◆✚★✖✔·→…")


def assert_plain(text: str) -> None:
    """No control characters, no boxes, no columns."""
    for line in text.splitlines():
        assert not BOXES & set(line), line
        assert not [sign for sign in line if unicodedata.category(sign) == "Cc"], repr(line)
        assert "  " not in line, line


def test_a_run_in_sentences(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(PLAN)
    with started(tmp_path, "run", "plan.toml", "--plain") as front:
        assert front.wait() == 0, front.err
        said, result = front.err, front.out
    lines = said.splitlines()
    assert lines[0].startswith("One little server; session ")
    assert lines[1] == "Starting little."
    assert lines[2].startswith("little is ready at 127.0.0.1:")
    assert "Load begins for 12 s: workload " in said
    assert "One user. Nothing happens yet." in lines
    assert "stage 2 of 2: hold 3 users." in said
    assert ", over the last 10 s: little with 3 users serves " in said
    assert ", load stops, then the targets." in said
    assert_plain(said)
    lines = result.splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith("watch it: "))
    sentences, then = lines[:begin], lines[begin:]
    assert sentences[0] == "Result of One little server."
    assert any(line.startswith("little (") and "successful requests a second" in line for line in sentences)
    assert {"watch it", "a page to share", "repeat it"} <= {line.partition(":")[0] for line in then}
    assert_plain(result)


def test_a_dumb_terminal_gets_sentences_by_itself(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(PLAN)
    with terminal(tmp_path, "run", "plan.toml", environment={"TERM": "dumb"}) as child:
        child.expect("as with --plain")
        child.expect("Starting little.")
        child.expect("successful requests a second")
        child.expect("repeat it: ")
        child.wait()
        assert child.exitstatus == 0


def test_sentences_beside_json(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(PLAN)
    with started(tmp_path, "run", "plan.toml", "--plain", "--json", "--seconds", "2") as front:
        assert front.wait() == 0, front.err
        assert front.json["outcome"] == "completed"
        assert "Load begins" in front.err
        assert not ESCAPES.search(front.err)
