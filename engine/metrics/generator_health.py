"""Can this measurement be trusted? Lights and reasons, from the generator's own figures. Pure.

Limits are those of rule M7: the processor share of the busiest worker, by how much the lag of its loop may
have changed the figures that are shown (`engine.metrics.lag_effect`), the share of the calibrated ceiling,
and whether the figures fit together.

Rules of this file:
- a reason names the figure and by how much it may be off, or what is to be done;
- a second is judged for itself, and the light that people see changes only with what lasts (`Lamp`), or where
  something is broken.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.metrics.records import GeneratorSecond
from engine.metrics.snapshot import Light
from engine.protocol.histogram import Histogram
from engine.protocol.outcome import OUT_OF_FILES, OUT_OF_PORTS

CPU_AMBER_PCT, CPU_RED_PCT = 80.0, 90.0
CEILING_AMBER_SHARE = 0.70
LITTLE_ERROR = 0.05
WINDOW_S = 5
"""The processor's share is that of so many seconds."""
WORSE_AFTER_S, BETTER_AFTER_S = 3, 5
"""A light is shown once it was so bad for so long, and taken back once it was better for so long."""

_REMEDIES = {
    OUT_OF_FILES: "raise the limit of open files with ulimit -n, or use fewer users",
    OUT_OF_PORTS: "keep connections alive, or use fewer users",
}

_ORDER: dict[Light, int] = {"off": 0, "green": 1, "amber": 2, "red": 3}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was judged."""

    light: Light
    reason: str
    at_once: bool = False
    """Something is broken: it is shown at once, and for as long as it is so."""


def worst(*lights: Light) -> Light:
    """The worst of several lights; `off` where there is none."""
    return max(lights, key=_ORDER.__getitem__, default="off")


def judge_cpu(cpu_pct: float) -> Finding | None:
    """The busiest worker's share of its core over the last seconds."""
    if cpu_pct >= CPU_RED_PCT:
        return Finding(
            "red", f"the load worker used {cpu_pct:.0f} % of its core: it limits what targets can show"
        )
    if cpu_pct >= CPU_AMBER_PCT:
        return Finding("amber", f"the load worker used {cpu_pct:.0f} % of its core")
    return None


def judge_missing(missing_workers: int) -> Finding | None:
    """Workers that had not reported on a second when it was closed: its figures are missing, or not whole."""
    if not missing_workers:
        return None
    workers = "1 load worker" if missing_workers == 1 else f"{missing_workers} load workers"
    return Finding("red", f"{workers} did not report in time: figures are missing", at_once=True)


def judge_ceiling(share: float | None) -> Finding | None:
    """The share of its ceiling that the generator sends; None where it was not calibrated."""
    if share is None or share < CEILING_AMBER_SHARE:
        return None
    return Finding("amber", f"generator-limited: {share:.0%} of what the load workers can send")


def judge_little(errors: Mapping[str, float]) -> list[Finding]:
    """Targets whose figures do not fit their users by Little's law, N = X (R + Z)."""
    return [
        Finding("amber", f"{target}: users, rate and latency do not fit together, by {error:.0%}")
        for target, error in errors.items()
        if error > LITTLE_ERROR
    ]


def judge_unsent(unsent: Mapping[str, int]) -> list[Finding]:
    """What the generator could not send, by kind: its own fault, and no target's."""
    return [
        Finding(
            "red",
            f"the load workers ran {kind}; requests not sent: {times} ({_REMEDIES[kind]})",
            at_once=True,
        )
        for kind, times in sorted(unsent.items())
    ]


def judge(
    *,
    cpu_pct: float,
    lag: Iterable[Finding] = (),
    missing_workers: int = 0,
    ceiling_share: float | None = None,
    little_errors: Mapping[str, float] | None = None,
    unsent: Mapping[str, int] | None = None,
    troubles: Iterable[str] = (),
) -> list[Finding]:
    """Everything that is wrong, worst first; an empty list is a green light.

    `lag` is what the lag of the loop does to the figures shown, and `troubles` say what of abreast's own does
    not work, each in words."""
    found = [
        *(Finding("red", trouble, at_once=True) for trouble in troubles),
        judge_missing(missing_workers),
        judge_cpu(cpu_pct),
        *lag,
        judge_ceiling(ceiling_share),
        *judge_little(little_errors or {}),
        *judge_unsent(unsent or {}),
    ]
    return sorted((each for each in found if each), key=lambda each: -_ORDER[each.light])


@dataclass(slots=True)
class HealthLight:
    """The light that is shown. Mutable; it is given every second's findings in turn."""

    light: Light = "green"
    """Of the newest second: what lasts, or what is broken in it."""
    reasons: tuple[str, ...] = ()
    """In full, worst first; those of the last second that was so bad."""
    reported: Light = "green"
    """As events report it: a broken part turns the light back only once it has worked for a while."""
    _lasting: Light = "green"
    _recent: deque[Light] = field(default_factory=lambda: deque(maxlen=BETTER_AFTER_S))

    def show(self, findings: Sequence[Finding]) -> None:
        """Takes one second in."""
        now = worst("green", *(finding.light for finding in findings))
        broken = worst("off", *(finding.light for finding in findings if finding.at_once))
        self._recent.append(now)
        self._lasting = self._held(self._lasting)
        self.light = worst(self._lasting, broken)
        self.reported = worst(self._held(self.reported), broken)
        if self.light == "green":
            self.reasons = ()
        elif _ORDER[now] >= _ORDER[self.light] or not self.reasons:
            self.reasons = tuple(finding.reason for finding in findings)

    def _held(self, before: Light) -> Light:
        """What a light is now: worse once it was so for long enough, and better likewise."""
        recent = list(self._recent)
        if len(recent) >= WORSE_AFTER_S:
            before = worst(before, min(recent[-WORSE_AFTER_S:], key=_ORDER.__getitem__))
        if len(recent) == BETTER_AFTER_S:
            before = min(before, worst(*recent), key=_ORDER.__getitem__)
        return before

    def begin_anew(self) -> None:
        """What is shown from now on has nothing to do with what was before."""
        self.light = self.reported = self._lasting = "green"
        self.reasons = ()
        self._recent.clear()


@dataclass(slots=True)
class HealthTotals:
    """What the lights of a session's measured seconds come to. Mutable; sums alone, however long it lasts."""

    seconds: int = 0
    red_s: int = 0
    amber_s: int = 0
    _cpu_pct_sum: float = 0.0
    lag: Histogram = field(default_factory=Histogram)
    _worst: dict[str, Finding] = field(default_factory=dict)
    """By the reason without its figures, so that a minute of red is one reason and not sixty."""

    def add(self, second: GeneratorSecond) -> None:
        """Takes one measured second in."""
        self.seconds += 1
        self.red_s += second.light == "red"
        self.amber_s += second.light == "amber"
        self._cpu_pct_sum += second.cpu_pct
        self.lag.add(second.lag)
        for reason in second.reasons:
            kind = _FIGURE.sub("…", reason)
            found = Finding(second.light, reason)
            self._worst[kind] = max(self._worst.get(kind, found), found, key=_severity)

    @property
    def light(self) -> Light:
        """The worst that was seen; `off` where nothing was measured."""
        if not self.seconds:
            return "off"
        return "red" if self.red_s else "amber" if self.amber_s else "green"

    @property
    def reasons(self) -> tuple[str, ...]:
        """For how long, and why, each reason with its worst figures; nothing where all was green."""
        if not (self.red_s or self.amber_s):
            return ()
        found = sorted(self._worst.values(), key=_severity, reverse=True)
        lit = (("red", self.red_s), ("amber", self.amber_s))
        spans = ", ".join(f"{light} for {seconds} s" for light, seconds in lit if seconds)
        return (
            f"{spans} of {self.seconds} s measured",
            *(f"at worst: {finding.reason}" for finding in found),
        )

    @property
    def cpu_pct(self) -> float | None:
        """The busiest worker's share of its core, on average."""
        return self._cpu_pct_sum / self.seconds if self.seconds else None

    @property
    def lag_p99_ms(self) -> float | None:
        """How late timers came."""
        return self.lag.quantile_us(0.99) / 1000 if self.lag.count else None


_FIGURE = re.compile(r"(?<![#\w.])p?\d[\d,]*(?:\.\d+)?\b")
"""A figure of a reason, or the name of a percentile; the number of a target is none."""


def _severity(finding: Finding) -> tuple[int, float]:
    """Of two reasons that differ in their figures alone, the one whose last figure is larger is worse."""
    figures = [each for each in _FIGURE.findall(finding.reason) if each[0] != "p"]
    return _ORDER[finding.light], float(figures[-1].replace(",", "")) if figures else 0.0
