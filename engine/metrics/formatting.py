"""Numbers as text: three digits and a unit, at most `WIDTH` cells (memory: one more). Pure."""

import re

MISSING = "·"
"""Shown in place of a figure that does not exist."""

WIDTH = 6
"""The most cells that a rate, a duration or a percentage needs."""


def three_digits(value: float) -> str:
    """A number from 0 to 999 in at most three digits: `2.01`, `12.3`, `340`."""
    if value < 9.995:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def rate(value: float | None) -> str:
    """A rate or a count: `0`, `9.9`, `98.5`, `340`, `12.3 k`."""
    if value is None:
        return MISSING
    if value == 0:
        return "0"
    if value < 9.95:
        return f"{value:.1f}"
    if value < 999.5:
        return three_digits(value)
    return f"{three_digits(value / 1e3)} k" if value < 999_500 else f"{three_digits(value / 1e6)} M"


def tidy(text: str) -> str:
    """A figure without trailing zeros, for an axis: `5.00 k` → `5 k`, `2.50 s` → `2.5 s`."""
    return re.sub(r"\.0+(?!\d)|(\.\d*[1-9])0+(?!\d)", r"\1", text)


def count(value: int) -> str:
    """A whole number: `20`, `999`, `12.3 k`."""
    return str(value) if value < 1000 else rate(value)


def whole(value: float) -> str:
    """A count given as a float: `20`."""
    return count(round(value))


def duration(value_ms: float | None) -> str:
    """A latency, given in milliseconds: `0.4 ms`, `34 ms`, `340 ms`, `2.01 s`."""
    if value_ms is None:
        return MISSING
    if value_ms < 9.95:
        return f"{value_ms:.1f} ms"
    return f"{value_ms:.0f} ms" if value_ms < 999.5 else f"{three_digits(value_ms / 1e3)} s"


def limit(value_ms: float) -> str:
    """A limit of latency as it was set, given in milliseconds: `0.01 ms`, `500 ms`, `2.5 s`."""
    return f"{value_ms:.6g} ms" if value_ms < 1000 else f"{value_ms / 1000:.6g} s"


def percent(value: float | None) -> str:
    """A percentage: `0.00 %`, `12.3 %`, `100 %`."""
    return MISSING if value is None else f"{three_digits(value)} %"


def whole_percent(value: float | None) -> str:
    """A percentage without decimals, for a coarse reading: `9 %`."""
    return MISSING if value is None else f"{value:.0f} %"


def memory(value_mb: float | None) -> str:
    """Megabytes: `84 MB`, `1.23 GB`."""
    if value_mb is None:
        return MISSING
    return f"{value_mb:.0f} MB" if value_mb < 999.5 else f"{three_digits(value_mb / 1e3)} GB"


def size(value_bytes: float) -> str:
    """Bytes, or bytes a second: `940 B`, `108 kB`, `1.23 MB`."""
    for unit, scale in (("B", 1.0), ("kB", 1e3), ("MB", 1e6)):
        if value_bytes < 999.5 * scale:
            value = value_bytes / scale
            return f"{value:.0f} {unit}" if unit == "B" else f"{three_digits(value)} {unit}"
    return f"{three_digits(value_bytes / 1e9)} GB"


def share(value: float) -> str:
    """A configured share, 0 to 1, as a percentage: `99 %`, `99.9 %`."""
    return f"{100 * value:.10g} %"


def ratio(value: float | None) -> str:
    """A multiple of the baseline: `0.82×`, `5.0×`, `12×`."""
    if value is None:
        return MISSING
    if value < 0.995:
        return f"{value:.2f}×"
    return f"{value:.1f}×" if value < 9.95 else f"{value:.0f}×"


def clock(seconds: float) -> str:
    """Session time: `01:12`, `1:02:03`."""
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute:02}:{second:02}"


def axis_clock(seconds: int) -> str:
    """Session time under a chart: `0:30`, `1:02:00`."""
    return clock(seconds).removeprefix("0") if seconds < 3600 else clock(seconds)


def stretch(seconds: float | None) -> str:
    """A length of time in words: `45 s`, `2 min`, `1 h 5 min`."""
    if seconds is None:
        return "until you quit"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes, second = divmod(round(seconds), 60)
    hour, minute = divmod(minutes, 60)
    parts = [(hour, "h"), (minute, "min"), (second, "s")]
    return " ".join(f"{value} {unit}" for value, unit in parts if value)
