"""The warm-up that lasts until the figures stop moving (M8): what it asks for, and when it is over. Pure.

A primer of a few seconds at a few users gets imports, caches and connections out of the way; then the first
level is held until two successive windows agree, or for so long at most. All is kept out of every summary.
"""

from engine.protocol.load_shape import Stage

PRIMER_USERS = 8
"""In the open model arrivals a second."""
PRIMER_S = 5.0
LONGEST_S = 30.0
"""The first level is held for this long at most."""
AUTO_S = PRIMER_S + LONGEST_S


def auto_stages(first: int) -> tuple[Stage, ...]:
    """The stages before the measured ones; `first` is what the first level asks for."""
    return Stage(PRIMER_USERS, 0.0), Stage(PRIMER_USERS, PRIMER_S), Stage(first, 0.0), Stage(first, LONGEST_S)
