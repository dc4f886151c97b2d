"""A longer way to a target: a relay before it, in a process of its own (`engine.relay`)."""

import sys
from subprocess import DEVNULL, PIPE

import anyio
from anyio.abc import Process

from targets.errors import LoadError
from targets.runtime import Address
from targets.runtime.sealing import sealed_environment
from targets.runtime.standing_back import at_own_priority


async def relayed(address: Address, delay_s: float, session_id: str) -> tuple[Process, int]:
    """A relay to an address, in a process of its own, and the port that it listens on.

    Raises LoadError where it does not come up.
    """
    command = [sys.executable, "-P", "-m", "engine.relay", "--to", str(address)]
    with at_own_priority():
        process = await anyio.open_process(
            [*command, "--delay-ms", f"{delay_s * 1000:g}"],
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=sealed_environment(session_id),
            start_new_session=True,
        )
    assert process.stdout is not None
    try:
        return process, int(await process.stdout.receive())
    except (anyio.EndOfStream, ValueError) as error:
        await end(process)
        raise LoadError(
            "a relay did not start", why="it ended at once", hint="leave network_delay out"
        ) from error


async def end(process: Process | None) -> None:
    """Ends a relay, where there is one."""
    if process is not None:
        if process.returncode is None:
            process.kill()
        await process.aclose()
