"""Two real sessions of the same thing, compared: nothing is claimed of the same targets, but of different
ones."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support.fronts import started

FAST, SLOW = "fastapi:model_time=0.2", "fastapi:model_time=0.3"
COMMAND = (
    *("run", "hello", "--workload", "slow-model", "--targets", f"{FAST},{SLOW}"),
    *("--users", "10", "--seconds", "16", "--headless", "--accept-difference"),
)


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """The journals of two sessions that ran side by side. Their targets mostly wait, so that the rest of the
    machine has little effect on them."""
    with ExitStack() as stack:
        fronts = [stack.enter_context(started(tmp_path_factory.mktemp("run"), *COMMAND)) for _ in range(2)]
        assert [front.wait() for front in fronts] == [0, 0]
        a, b = (front.home / "sessions" / front.session_id / "journal.jsonl" for front in fronts)
        yield a, b


def _compared(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    from tui.cli.main import main

    code = main(["compare", *words, "--json"])
    document: dict[str, Any] = orjson.loads(capsys.readouterr().out)
    return code, document


def test_the_same_targets_do_not_differ(
    sessions: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, document = _compared(capsys, *map(str, sessions), "--fail-if", "p50 > +5 %, goodput < -5 %")
    assert code == 0
    assert [target["a"] == target["b"] for target in document["targets"]] == [True, True]
    for target in document["targets"]:
        [level] = target["levels"]
        for name in ("goodput_per_s", "p50_ms", "p95_ms", "error_rate", "memory_mean_mb"):
            assert level["differences"][name]["claim"] in ("undecided", "alike"), (target["a"], name)
    assert not [each for each in document["reasons"] if each["kind"] not in ("generator", "contention")]


def test_a_target_that_takes_half_as_long_again_fails_the_gate(
    sessions: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = sessions
    code, document = _compared(
        capsys, f"{a}:fastapi model 0.2 s", f"{b}:fastapi model 0.3 s", "--fail-if", "p50 > +10 %"
    )
    [level] = document["targets"][0]["levels"]
    p50 = level["differences"]["p50_ms"]
    low, high = p50["interval"]
    assert 0.3 < p50["change"] < 0.7
    assert low <= p50["change"] <= high
    if p50["claim"] == "undecided":  # of a machine so busy that nothing may be claimed
        assert code == 0
        assert level["light"] == "red" or low <= 0 or p50["why"].startswith("can be chance")
    else:
        assert (code, p50["claim"]) == (1, "higher")
    assert {"server", "option model_time"} <= {
        each["what"].partition(" of ")[0] for each in document["reasons"]
    }
