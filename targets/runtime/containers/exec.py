"""Running a command in a container that runs.

Rules of this file:
- whoever waits for it can give up at any time: its output is a stream that is closed from outside. What runs
  in the container then goes on there, and ends with it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from targets.launch import Command
from targets.runtime.child_env import FIXED
from targets.runtime.containers.connection import trouble
from targets.runtime.containers.engine import Engine
from targets.runtime.containers.stream import Stream

if TYPE_CHECKING:
    from docker import APIClient


async def run_inside(engine: Engine, container: str, command: Command, doing: str) -> tuple[int, str]:
    """Exit code and output of a command. `doing` begins the error: `fastapi could not be prepared`. Raises
    TargetError where it cannot be run."""

    def begin(client: "APIClient") -> tuple[str, Stream]:
        made = client.exec_create(container, list(command.argv), environment=FIXED | command.env)
        return made["Id"], _started(client, made["Id"])

    run, stream = await engine.call(doing, begin)
    try:
        # A limiter of its own: threads that wait for an answer are not those that others need.
        said = await anyio.to_thread.run_sync(
            lambda: b"".join(stream.chunks()), abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
        )
    except Exception as error:
        raise trouble(error, doing) from error
    finally:
        stream.close()
    told = await engine.call(doing, lambda client: client.exec_inspect(run))
    return told["ExitCode"], b"".join(_contents(said)).decode(errors="replace")


def _started(client: "APIClient", run: str) -> Stream:
    """What it says, from its start on. The library's own stream leaves its socket open."""
    address = f"{client.base_url}/v{client.api_version}/exec/{run}/start"
    response = client.post(
        address, json={"Tty": False, "Detach": False}, stream=True, timeout=(client.timeout, None)
    )
    response.raise_for_status()
    return Stream(response)


def _contents(framed: bytes) -> Iterator[bytes]:
    """What stands in an engine's frames: a byte for output or error, three of nothing, four of length."""
    at = 0
    while at + 8 <= len(framed):
        end = at + 8 + int.from_bytes(framed[at + 4 : at + 8])
        yield framed[at + 8 : end]
        at = end
