"""What kept the load workers from their cores, in words: it explains why they were late. Pure."""

NOTABLE_PCT = 1.0
"""A smaller loss of a load worker's core explains nothing."""

_LAST_SECOND = "in the last second "
_OF_THE_CORE = "of the load worker's core"


def last_second_text(stolen_pct: float | None, waiting_pct: float | None) -> str:
    """Of one second: what the host of a virtual machine took (steal), and other programs, in percent of the
    load worker's core; None if the system does not report it. Empty if it explains nothing."""
    parts = _parts(stolen_pct, waiting_pct, "took {:.0f} %")
    return f"{_LAST_SECOND}{parts} {_OF_THE_CORE}" if parts else ""


def most_text(stolen_pct: float | None, waiting_pct: float | None) -> str:
    """The same of the most in any of several seconds."""
    parts = _parts(stolen_pct, waiting_pct, "took up to {:.0f} %")
    return f"in these seconds {parts} {_OF_THE_CORE}" if parts else ""


def explains(reason: str) -> bool:
    """Whether a second's reason is no problem of its own, but a `last_second_text`."""
    return reason.startswith(_LAST_SECOND)


def _parts(stolen_pct: float | None, waiting_pct: float | None, took: str) -> str:
    texts = (
        (f"the host of this virtual machine {took} (steal)", stolen_pct),
        (f"other programs {took}", waiting_pct),
    )
    return " and ".join(text.format(pct) for text, pct in texts if pct is not None and pct >= NOTABLE_PCT)
