"""Running a command in a running container.

Rules of this file:
- the caller can stop waiting at any time: the command's output is a stream that is closed from outside. The
  command then keeps running in the container, and ends with it.
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
    """Runs a command and returns its exit code and output. `doing` begins the error message: `fastapi could
    not be prepared`. Raises TargetError if it cannot be run."""

    def begin(client: "APIClient") -> tuple[str, Stream]:
        made = client.exec_create(container, list(command.argv), environment=FIXED | command.env)
        return made["Id"], _started(client, made["Id"])

    run, stream = await engine.call(doing, begin)
    try:
        # A separate limiter, so that waiting for output uses no thread that other work needs.
        said = await anyio.to_thread.run_sync(
            lambda: b"".join(stream.chunks()), abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
        )
    except Exception as error:
        raise trouble(error, doing) from error
    finally:
        stream.close()
    result = await engine.call(doing, lambda client: client.exec_inspect(run))
    return result["ExitCode"], b"".join(_contents(said)).decode(errors="replace")


def _started(client: "APIClient", run: str) -> Stream:
    """Starts it and returns its output stream. The library's own stream leaves its socket open."""
    address = f"{client.base_url}/v{client.api_version}/exec/{run}/start"
    response = client.post(
        address, json={"Tty": False, "Detach": False}, stream=True, timeout=(client.timeout, None)
    )
    response.raise_for_status()
    return Stream(response)


def _contents(framed: bytes) -> Iterator[bytes]:
    """The contents of an engine's frames; a header has one byte for stdout or stderr, three zero bytes, four
    of length."""
    at = 0
    while at + 8 <= len(framed):
        end = at + 8 + int.from_bytes(framed[at + 4 : at + 8])
        yield framed[at + 8 : end]
        at = end
