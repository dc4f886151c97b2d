"""Can this measurement be trusted? Derives lights and reasons from the generator's own figures. Pure.

The limits are those of rule M7: the busiest worker's CPU use, how much the lag of its loop may have changed
the displayed figures (`engine.metrics.lag_effect`), the share of the calibrated ceiling, and whether the
figures are consistent.

Rules of this file:
- a reason names the figure and how far it may be off, or what to do about it;
- each second is judged separately, but the displayed light changes only if the condition lasts
  (`HealthLight`) or if something is broken.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.metrics.interference_text import explains, most_text
from engine.metrics.records import GeneratorSecond
from engine.metrics.snapshot import HealthSnapshot, Light
from engine.protocol.histogram import Histogram
from engine.protocol.outcome import OUT_OF_FILES, OUT_OF_PORTS

CPU_AMBER_PCT, CPU_RED_PCT = 80.0, 90.0
CEILING_AMBER_SHARE = 0.70
LITTLE_ERROR = 0.05
WINDOW_S = 5
"""CPU use is averaged over this many seconds."""
WORSE_AFTER_S, BETTER_AFTER_S = 3, 5
"""The displayed light gets worse after this many bad seconds and better after this many good ones."""

_REMEDIES = {
    OUT_OF_FILES: "raise the limit of open files with ulimit -n, or use fewer users",
    OUT_OF_PORTS: "keep connections alive, or use fewer users",
}

_ORDER: dict[Light, int] = {"off": 0, "green": 1, "amber": 2, "red": 3}


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem that was found."""

    light: Light
    reason: str
    at_once: bool = False
    """Something is broken: the finding is shown immediately, and for as long as the problem lasts."""
    on_purpose: bool = False
    """abreast does this on purpose: shown immediately, and no longer than it lasts."""


SAMPLING = Finding(
    "amber", "py-spy samples the targets: these seconds are in no summary", at_once=True, on_purpose=True
)


def worst(*lights: Light) -> Light:
    """The worst of several lights; `off` if there are none."""
    return max(lights, key=_ORDER.__getitem__, default="off")


def judge_cpu(cpu_pct: float) -> Finding | None:
    """Judges how much of its core the busiest worker used over the last seconds."""
    if cpu_pct >= CPU_RED_PCT:
        return Finding(
            "red", f"the load worker used {cpu_pct:.0f} % of its core: it limits what targets can show"
        )
    if cpu_pct >= CPU_AMBER_PCT:
        return Finding("amber", f"the load worker used {cpu_pct:.0f} % of its core")
    return None


def judge_missing(missing_workers: int) -> Finding | None:
    """Judges workers that had not reported when a second was closed: its figures are missing or
    incomplete."""
    if not missing_workers:
        return None
    workers = "1 load worker" if missing_workers == 1 else f"{missing_workers} load workers"
    return Finding("red", f"{workers} did not report in time: figures are missing", at_once=True)


def judge_ceiling(share: float | None) -> Finding | None:
    """Judges the share of its ceiling that the generator sends; None if it was not calibrated."""
    if share is None or share < CEILING_AMBER_SHARE:
        return None
    return Finding("amber", f"generator-limited: {100 * share:.0f} % of what the load workers can send")


def judge_little(errors: Mapping[str, float]) -> list[Finding]:
    """Finds targets whose figures do not match their users under Little's law, N = X (R + Z)."""
    return [
        Finding("amber", f"{target}: users, rate and latency do not fit together, by {100 * error:.0f} %")
        for target, error in errors.items()
        if error > LITTLE_ERROR
    ]


def judge_unsent(unsent: Mapping[str, int]) -> list[Finding]:
    """Judges requests that the generator could not send, by kind. This is its own fault, not a target's."""
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
    is_sampled: bool = False,
    others: Iterable[Finding] = (),
) -> list[Finding]:
    """Returns everything that is wrong, worst first; an empty list means a green light.

    `lag` describes the effect of loop lag on the displayed figures. `troubles` describe, in words, which
    parts of abreast itself do not work. `is_sampled`: a profile is being made. `others` were found
    elsewhere."""
    found = [
        *(Finding("red", trouble, at_once=True) for trouble in troubles),
        judge_missing(missing_workers),
        judge_cpu(cpu_pct),
        *lag,
        judge_ceiling(ceiling_share),
        *judge_little(little_errors or {}),
        *judge_unsent(unsent or {}),
        *([SAMPLING] if is_sampled else []),
        *others,
    ]
    return sorted((each for each in found if each), key=lambda each: -_ORDER[each.light])


@dataclass(slots=True)
class HealthLight:
    """The displayed light. Mutable; pass it the findings of every second in turn."""

    light: Light = "green"
    """The light of the newest second, from lasting problems and from anything broken in that second."""
    reasons: tuple[str, ...] = ()
    """Complete and worst first, from the last second that was this bad."""
    reported: Light = "green"
    """The light that events report: after something broke, it improves only once that has worked for a
    while."""
    _lasting: Light = "green"
    _recent: deque[Light] = field(default_factory=lambda: deque(maxlen=BETTER_AFTER_S))

    def show(self, findings: Sequence[Finding]) -> None:
        """Takes in the findings of one second."""
        now = worst("green", *(finding.light for finding in findings if not finding.on_purpose))
        broken = worst("off", *(finding.light for finding in findings if finding.at_once))
        self._recent.append(now)
        self._lasting = self._held(self._lasting)
        self.light = worst(self._lasting, broken)
        self.reported = worst(self._held(self.reported), broken)
        if self.light == "green":
            self.reasons = ()
        elif _ORDER[worst(now, broken)] >= _ORDER[self.light] or not self.reasons:
            self.reasons = tuple(finding.reason for finding in findings)

    def _held(self, before: Light) -> Light:
        """The light after this second: it changes for worse or better only once the change has lasted long
        enough."""
        recent = list(self._recent)
        if len(recent) >= WORSE_AFTER_S:
            before = worst(before, min(recent[-WORSE_AFTER_S:], key=_ORDER.__getitem__))
        if len(recent) == BETTER_AFTER_S:
            before = min(before, worst(*recent), key=_ORDER.__getitem__)
        return before

    def reset(self) -> None:
        """Resets the light: what it shows from now on does not depend on earlier seconds."""
        self.light = self.reported = self._lasting = "green"
        self.reasons = ()
        self._recent.clear()


@dataclass(slots=True)
class HealthTotals:
    """Totals over the lights of a session's measured seconds. Mutable; keeps only sums, so that memory use
    does not grow with the session's length."""

    seconds: int = 0
    red_s: int = 0
    amber_s: int = 0
    _cpu_pct_sum: float = 0.0
    lag: Histogram = field(default_factory=Histogram)
    _workers: int = 0
    _nodes: int = 0
    """Both of the newest second."""
    _worst: dict[str, Finding] = field(default_factory=dict)
    """By the reason without its figures, so that a minute of red yields one reason instead of sixty."""
    _stolen_pct: float | None = None
    _waiting_pct: float | None = None
    """The most that was taken of a load worker's core in any second that this explains, as in a second."""

    def add(self, second: GeneratorSecond) -> None:
        """Adds one measured second."""
        self.seconds += 1
        self.red_s += second.light == "red"
        self.amber_s += second.light == "amber"
        self._cpu_pct_sum += second.cpu_pct
        self.lag.add(second.lag)
        self._workers, self._nodes = second.workers, second.nodes
        if any(map(explains, second.reasons)):
            self._stolen_pct = _most(self._stolen_pct, second.stolen_pct)
            self._waiting_pct = _most(self._waiting_pct, second.waiting_pct)
        for reason in second.reasons:
            if explains(reason):
                continue
            kind = _FIGURE.sub("…", reason)
            found = Finding(second.light, reason)
            self._worst[kind] = max(self._worst.get(kind, found), found, key=_severity)

    @property
    def light(self) -> Light:
        """The worst light seen; `off` if nothing was measured."""
        if not self.seconds:
            return "off"
        return "red" if self.red_s else "amber" if self.amber_s else "green"

    @property
    def reasons(self) -> tuple[str, ...]:
        """How long the light was not green, and why: each reason with its worst figures, and then what kept
        the load workers from their cores. Empty if all was green."""
        if not (self.red_s or self.amber_s):
            return ()
        found = sorted(self._worst.items(), key=lambda each: _severity(each[1]), reverse=True)
        explained = most_text(self._stolen_pct, self._waiting_pct)
        lit = (("red", self.red_s), ("amber", self.amber_s))
        spans = ", ".join(f"{light} for {seconds} s" for light, seconds in lit if seconds)
        return (
            f"{spans} of {self.seconds} s measured",
            *(each.reason if each.reason == kind else f"at worst: {each.reason}" for kind, each in found),
            *([explained] if explained else []),
        )

    @property
    def cpu_pct(self) -> float | None:
        """The average share of its core that the busiest worker used, in percent."""
        return self._cpu_pct_sum / self.seconds if self.seconds else None

    @property
    def lag_p99_ms(self) -> float | None:
        """The p99 of how late timers fired."""
        return self.lag.quantile_us(0.99) / 1000 if self.lag.count else None

    def health(self, *, contended: bool) -> HealthSnapshot:
        """The result over all of these seconds; `contended` as in the snapshot."""
        return HealthSnapshot(
            self.light,
            self.reasons,
            self.cpu_pct,
            self.lag_p99_ms,
            contended=contended,
            workers=self._workers,
            nodes=self._nodes,
        )


def health_now(seconds: Sequence[GeneratorSecond], *, contended: bool) -> HealthSnapshot:
    """The current light, from the load workers' newest seconds, oldest first."""
    newest = seconds[-WINDOW_S:]
    lag = Histogram.of(second.lag for second in newest)
    return HealthSnapshot(
        light=newest[-1].light if newest else "off",
        reasons=newest[-1].reasons if newest else (),
        generator_cpu_pct=sum(each.cpu_pct for each in newest) / len(newest) if newest else None,
        loop_lag_p99_ms=lag.quantile_us(0.99) / 1000 if lag.count else None,
        contended=contended,
        ceiling_share=newest[-1].ceiling_share if newest else None,
        workers=newest[-1].workers if newest else 0,
        nodes=newest[-1].nodes if newest else 0,
    )


_FIGURE = re.compile(r"(?<![#\w.])p?\d[\d,]*(?:\.\d+)?\b")
"""A figure in a reason, or the name of a percentile; does not match the number of a target."""


def _most(one: float | None, other: float | None) -> float | None:
    """The larger of the two that are known."""
    return max((each for each in (one, other) if each is not None), default=None)


def _severity(finding: Finding) -> tuple[int, float]:
    """A sort key: of two reasons that differ only in their figures, the one with the larger last figure is
    worse."""
    figures = [each for each in _FIGURE.findall(finding.reason) if each[0] != "p"]
    return _ORDER[finding.light], float(figures[-1].replace(",", "")) if figures else 0.0
