"""The automatic warm-up, which lasts until the figures are steady (M8): its stages. Pure.

A primer of a few seconds at a few users gets imports, caches and connections out of the way; then the first
level is held until two successive windows agree, at most `LONGEST_S`. No summary includes the warm-up.
"""

from engine.protocol.load_shape import Stage

PRIMER_USERS = 8
"""In the open model: arrivals a second."""
PRIMER_S = 5.0
LONGEST_S = 30.0
"""How long the first level is held at most."""
AUTO_S = PRIMER_S + LONGEST_S
"""How long the automatic warm-up lasts at most."""


def auto_stages(first: int) -> tuple[Stage, ...]:
    """The stages before the measured ones; `first` is the number of users of the first level."""
    return Stage(PRIMER_USERS, 0.0), Stage(PRIMER_USERS, PRIMER_S), Stage(first, 0.0), Stage(first, LONGEST_S)
