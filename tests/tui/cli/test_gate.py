"""`abreast gate`: what it runs, and what it refuses; whole gates are run in tests/end_to_end."""

from pathlib import Path

import pytest

from targets.errors import UsageError
from targets.exit_codes import ExitCode
from tui.cli.arguments import parse_arguments
from tui.cli.gate import SCHEDULES, exit_code, plans_of
from tui.cli.main import main

PLAN = """
title = "Mine"
stages = [{ users = 4, hold = "30 s" }]
fault = [{ at = "5 s", fault = "pause for 1 s" }]

[[target]]
name = "shop"
command = "python3 server.py {port}"

[[target]]
name = "blog"
command = "python3 blog.py {port}"

[[request]]
path = "/"
"""


@pytest.fixture
def plan(tmp_path: Path) -> str:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return str(path)


def test_it_runs_both_revisions_and_nothing_else(plan: str) -> None:
    words = ["gate", plan, "--against", "main", "--target", "shop", "--rounds", "6"]
    plans = plans_of(parse_arguments(words))
    assert [each.schedule for each in plans] == list(SCHEDULES)
    for each in plans:
        revisions = [choice.custom.revision for choice in each.targets if choice.custom is not None]
        assert revisions == ["main", "work-tree"]
        assert each.fault == ()
    assert [(each.rounds, each.most_users) for each in plans] == [(6, 10), (6, 4)]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["PLAN", "--against", "main"], "'Mine' has several targets of its own"),
        (["PLAN", "--against", "main", "--target", "cart"], "unknown target 'cart'"),
        (["PLAN", "--against", "main,HEAD", "--target", "shop"], "--against names several revisions"),
        (["PLAN", "--against", ",", "--target", "shop"], "--against names no revision"),
        (["PLAN", "--against", "main", "--users", "0"], "--users cannot be 0"),
        (["hello", "--against", "main"], "has a source to take revisions of"),
        (["hello", "--against", "main", "--target", "x"], "has a source to take revisions of"),
    ],
)
def test_what_cannot_be_judged_is_refused(plan: str, words: list[str], what: str) -> None:
    with pytest.raises(UsageError) as caught:
        plans_of(parse_arguments(["gate", *(plan if word == "PLAN" else word for word in words)]))
    assert what in caught.value.what
    assert caught.value.hint


def test_several_numbers_of_users_need_one(plan: str, tmp_path: Path) -> None:
    two = tmp_path / "two.toml"
    text = Path(plan).read_text().replace("stages = [", 'stages = [{ users = 2, hold = "10 s" }, ')
    two.write_text(text)
    words = ["gate", str(two), "--against", "main", "--target", "shop"]
    with pytest.raises(UsageError) as caught:
        plans_of(parse_arguments(words))
    assert "--users" in f"{caught.value}"
    assert plans_of(parse_arguments([*words, "--users", "3"]))[-1].most_users == 3


@pytest.mark.parametrize("text", ["x", "-5%", "120%", ""])
def test_a_share_that_is_none_is_refused(plan: str, text: str) -> None:
    assert main(["gate", plan, "--against", "main", f"--max-slower={text}"]) == ExitCode.USAGE


@pytest.mark.parametrize(("text", "share"), [("5%", 0.05), ("12.5 %", 0.125), ("0.05", 0.05)])
def test_a_share(plan: str, text: str, share: float) -> None:
    arguments = parse_arguments(["gate", plan, "--against", "main", "--max-slower", text])
    assert arguments.max_slower == pytest.approx(share)


def test_exit_codes() -> None:
    assert [exit_code(outcome, strict=False) for outcome in ("failed", "passed", "undecided")] == [1, 0, 0]
    assert [exit_code(outcome, strict=True) for outcome in ("failed", "passed", "undecided")] == [1, 0, 4]
