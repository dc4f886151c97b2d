"""What a runtime cannot do raises the same clear error in each."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from targets.errors import TargetError
from targets.launch import Command, Launch
from targets.runtime import Address, RunningTarget
from targets.runtime.attached import AttachedTarget
from targets.runtime.local import LocalTarget
from tests.support.servers import CountingServer, answer, serving
from tests.support.waiting import WITHIN_S

pytestmark = pytest.mark.anyio

COMMAND = Command((sys.executable, "-c", "pass"))


@pytest.fixture
def attached(tmp_path: Path) -> RunningTarget:
    return AttachedTarget("theirs", Address("127.0.0.1", 1), tmp_path, health_path="/", request=lambda _: b"")


@pytest.fixture
def local(tmp_path: Path) -> RunningTarget:
    return LocalTarget("ours", lambda _: Launch((sys.executable,), {}), tmp_path / "ours", "test-runtime")


@pytest.mark.parametrize(
    ("do", "what"),
    [
        (lambda target: target.pause(), "theirs cannot be paused"),
        (lambda target: target.kill_worker(), "theirs cannot be changed"),
        (lambda target: target.limit(cpus=1.0), "theirs cannot be limited"),
        (lambda target: target.put({"a": "b"}), "theirs cannot be changed"),
        (lambda target: target.run(COMMAND), "theirs cannot be changed"),
    ],
)
async def test_nothing_is_done_to_what_abreast_did_not_start(
    attached: RunningTarget, do: Callable[[RunningTarget], Awaitable[object]], what: str
) -> None:
    with pytest.raises(TargetError, match=what) as caught:
        await do(attached)
    assert caught.value.why == "abreast did not start it"


async def test_what_is_known_of_a_server_that_runs_already(attached: RunningTarget) -> None:
    await attached.pin([0])
    await attached.unpause()
    assert (attached.pids, attached.reading, attached.recorded_limits) == ((), None, None)
    assert attached.sidecar is None


async def test_processes_have_no_limits(local: RunningTarget) -> None:
    with pytest.raises(TargetError, match="the limits of ours cannot be changed"):
        await local.limit(memory_bytes=1)
    assert (local.recorded_limits, local.reading, local.sidecar) == (None, None, None)


async def test_files_are_put_into_the_folder_of_a_process_and_replaced(
    local: RunningTarget, tmp_path: Path
) -> None:
    for text in ("one", "two"):
        await local.put({"settings.json": text})
        assert (tmp_path / "ours" / "settings.json").read_text() == text
    assert [path.name for path in (tmp_path / "ours").iterdir()] == ["settings.json"]


async def test_a_command_runs_in_the_folder_of_a_process(local: RunningTarget, tmp_path: Path) -> None:
    await local.put({"a": ""})
    code = "import os; open('where', 'w').write(os.getcwd())"
    await local.run(Command((sys.executable, "-P", "-c", code)))
    assert (tmp_path / "ours" / "where").read_text() == str(tmp_path / "ours")
    with pytest.raises(TargetError, match="ours could not be prepared") as caught:
        await local.run(Command((sys.executable, "-P", "-c", "print('no disk'); raise SystemExit(1)")))
    assert caught.value.why == "no disk"


@pytest.mark.parametrize(("statuses", "is_healthy"), [((), False), ((404,), True)])
async def test_which_statuses_are_healthy(
    statuses: tuple[int, ...], *, is_healthy: bool, tmp_path: Path
) -> None:
    request = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    async with serving(CountingServer(**{"": answer(status="404 Not Found")})) as port:
        target = AttachedTarget(
            "theirs",
            Address("127.0.0.1", port),
            tmp_path,
            health_path="/",
            health_statuses=statuses,
            request=lambda _: request,
        )
        if is_healthy:
            await target.ready(WITHIN_S)
        else:
            with pytest.raises(TargetError, match="did not answer") as caught:
                await target.ready(0.3)
            assert "/ answered 404" in caught.value.why
