"""The newest seconds as a few cells of bars, all targets on one scale. Pure."""

from engine.metrics.snapshot import Snapshot

SPARK_S = 12
"""At most so many seconds are shown; the scale is that of all targets in these."""

_BARS = "▁▂▃▄▅▆▇█"


def spark_top(snapshot: Snapshot) -> float:
    """The highest goodput of any target in the newest seconds: what a full bar means in all lanes."""
    newest = (each for target in snapshot.targets for each in target.series.goodput[-SPARK_S:])
    return max((each for each in newest if each is not None), default=0.0)


def spark(values: tuple[float | None, ...], top: float, cells: int) -> str:
    """A bar for each of the newest `cells` seconds, the last one at the right; zero and nothing measured are
    blank. `top` is the value of a full bar."""
    shown = values[-cells:] if cells > 0 else ()
    return "".join(_bar(value, top) for value in shown).rjust(max(cells, 0))


def _bar(value: float | None, top: float) -> str:
    if not value or top <= 0:
        return " "
    return _BARS[min(int(value / top * len(_BARS)), len(_BARS) - 1)]
