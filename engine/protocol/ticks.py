"""The ticks that session time is counted in. Pure."""

TICK_S = 0.2
TICKS_A_BUCKET = 5
