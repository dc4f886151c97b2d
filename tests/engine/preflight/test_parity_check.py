"""Whether the ready targets respond alike, and what is reported if they do not."""

from pathlib import Path
from typing import Any

import pytest

from engine.plan.plan import Plan, make_plan
from engine.preflight.parity_check import MAX_REPORTED, Peer, check_parity
from engine.protocol.address import Address
from targets.errors import UsageError
from tests.support.recording import Recording
from tests.support.servers import CountingServer, answer, serving

pytestmark = pytest.mark.anyio

PATHS = tuple(f"r{number}" for number in range(MAX_REPORTED + 2))


def plan_of(ports: dict[str, int], **changes: Any) -> Plan:
    """Two servers that run already, and more requests than differences are listed."""
    values = {
        "title": "Parity",
        "target": [{"name": name, "url": f"http://127.0.0.1:{port}"} for name, port in ports.items()],
        "targets": list(ports),
        "request": [{"name": path, "path": f"/{path}"} for path in PATHS],
        "stages": [{"users": 1, "hold": "1 s"}],
    }
    return make_plan(values | changes, where="here")


async def events(folder: Path, other: bytes, **changes: Any) -> list[tuple[str, str]]:
    """Kinds and texts of what is recorded if the second server answers every request with `other`."""
    first, second = CountingServer(), CountingServer(**dict.fromkeys(PATHS, other))
    async with serving(first) as a, serving(second) as b:
        plan = plan_of({"a": a, "b": b}, **changes)
        peers = {
            each.name: Peer(each, Address("127.0.0.1", port), f"http://127.0.0.1:{port}")
            for each, port in zip(plan.targets, (a, b), strict=True)
        }
        with Recording(folder / "journal") as recording:
            await check_parity(plan, peers, recorder=recording.book)
            return [(each.kind, each.text) for each in recording.book.timeline.events]


async def test_targets_that_answer_alike_are_not_remarked_on(tmp_path: Path) -> None:
    assert await events(tmp_path, answer()) == []


async def test_a_difference_is_an_error_that_lists_the_first_of_them(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        await events(tmp_path, answer(status="404 Not Found"))
    lines = caught.value.why.splitlines()
    assert lines[0] == "r0: status differs: a: 200; b: 404"
    assert len(lines) == MAX_REPORTED + 1
    assert lines[-1] == "and 2 more"


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"accept_difference": True}, "accepted"), ({"expected_difference": "b is older"}, "b is older")],
)
async def test_a_difference_that_is_accepted_or_declared_is_recorded(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    told = await events(tmp_path, answer(status="404 Not Found"), **changes)
    assert [kind for kind, _ in told] == ["difference"] * MAX_REPORTED
    assert all("status differs" in text and why in text for _, text in told)


async def test_a_declared_difference_that_is_not_there_is_recorded(tmp_path: Path) -> None:
    ((kind, text),) = await events(tmp_path, answer(), expected_difference="b is older")
    assert kind == "difference"
    assert "b is older" in text
