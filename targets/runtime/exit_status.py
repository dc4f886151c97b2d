"""Describes in words how a process ended."""

import signal


def exit_in_words(returncode: int) -> str:
    """Returns `exit code 1`, or `killed by SIGKILL` for a negative return code."""
    if returncode >= 0:
        return f"exit code {returncode}"
    try:
        return f"killed by {signal.Signals(-returncode).name}"
    except ValueError:
        return f"killed by signal {-returncode}"
