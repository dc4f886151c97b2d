"""How a container ended, in words. Pure."""

import signal
from contextlib import suppress

from targets.runtime.containers.limits import Limits


def how_it_ended(exit_code: int | None, exhausted: Limits | None) -> str:
    """`exit code 1`, `killed by SIGKILL`, or that it needed more memory than the limits it exhausted."""
    if exhausted is not None:
        limit = exhausted.memory_bytes
        allowed = f" (limit {limit / 1024**2:.0f} MiB)" if limit else ""
        return f"killed: out of memory{allowed}"
    if exit_code is None:
        return "for an unknown reason"
    if exit_code > 128:
        with suppress(ValueError):
            return f"killed by {signal.Signals(exit_code - 128).name}"
    return f"exit code {exit_code}"
