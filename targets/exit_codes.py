"""abreast's exit codes. Pure."""

from enum import IntEnum


class ExitCode(IntEnum):
    """A run ends with the first that applies in the order of `IN_ORDER`. Other commands end with DONE, USAGE,
    INTERNAL or INTERRUPTED, `doctor` and `audit` with THRESHOLD if they found a problem, `report` with
    UNTRUSTED if the journal is damaged, and `gate` as a run, with THRESHOLD if a revision is slower."""

    DONE = 0
    THRESHOLD = 1
    USAGE = 2
    TARGET_FAILED = 3
    UNTRUSTED = 4
    INTERNAL = 70
    """EX_SOFTWARE of sysexits.h."""
    INTERRUPTED = 130
    """128 + SIGINT, as in shells."""


IN_ORDER = {
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.INTERNAL: "an internal error",
    ExitCode.USAGE: "wrong usage or plan",
    ExitCode.TARGET_FAILED: "a target did not start, never answered or ended by itself",
    ExitCode.UNTRUSTED: "nothing was measured, the record is incomplete, or (--strict) cannot be trusted",
    ExitCode.THRESHOLD: "an SLO was missed, a comparison or a gate failed, or figures do not add up",
    ExitCode.DONE: "done",
}
"""Exit code → its meaning; the first that applies is used."""


def exit_codes_text() -> str:
    """All exit codes in one sentence."""
    return "Exit codes, the first that applies: " + ", ".join(
        f"{code:d} {about}" for code, about in IN_ORDER.items()
    )
