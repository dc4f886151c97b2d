"""What abreast ends with, defined once."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Of a run the first that applies in the order of `IN_ORDER`; other commands end with DONE, USAGE,
    INTERNAL or INTERRUPTED, `doctor` with THRESHOLD where something is amiss, and `report` with UNTRUSTED
    where the journal is damaged."""

    DONE = 0
    THRESHOLD = 1
    USAGE = 2
    TARGET_FAILED = 3
    UNTRUSTED = 4
    INTERNAL = 70
    """EX_SOFTWARE of sysexits.h."""
    INTERRUPTED = 130
    """128 + SIGINT, as shells have it."""


IN_ORDER = {
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.INTERNAL: "an internal error",
    ExitCode.USAGE: "wrong usage or plan",
    ExitCode.TARGET_FAILED: "a target did not start, never answered or ended by itself",
    ExitCode.UNTRUSTED: "the record is not whole, or (with --strict) the measurement cannot be trusted",
    ExitCode.THRESHOLD: "an SLO was missed",
    ExitCode.DONE: "done",
}
"""What each means; the first that applies is the one."""


def exit_codes_text() -> str:
    """All of them in one sentence."""
    return "Exit codes, the first that applies: " + ", ".join(
        f"{code:d} {about}" for code, about in IN_ORDER.items()
    )
