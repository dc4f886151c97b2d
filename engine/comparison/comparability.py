"""What makes two runs not comparable, or explains a difference: named reasons with both values. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.comparison.plan_text import plan_difference
from engine.comparison.subjects import Run, Subject
from engine.export.environment_text import environment_text
from engine.machine.environment_fields import FIELDS
from engine.metrics.generator_health import worst
from engine.metrics.limits_text import limits_text
from engine.metrics.outcomes import NOT_COMPLETE, outcome_text
from targets.options import value_text

Severity = Literal["red", "amber", "note"]
"""`red`: the two are not comparable in this. `amber`: it can explain a difference. `note`: it says what is
compared."""

Kind = Literal[
    "plan", "machine", "cores", "versions", "runtime", "generator", "contention", "recording", "target"
]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that differs between A and B, or that holds for one of them."""

    severity: Severity
    kind: Kind
    what: str
    """What differs, in a few words; a whole sentence if there are no values."""
    a: str = ""
    b: str = ""

    @property
    def text(self) -> str:
        """In one line."""
        between = ";" if {",", ";"} & {*self.a, *self.b} else ","
        return f"{self.what}: A {self.a}{between} B {self.b}" if self.a or self.b else self.what


NOT_OF_THE_LOAD = frozenset(
    {"preset", "title", "question", "source", "targets", "target", "runtime", "database", "slo"}
    | {"expected_difference", "accept_difference", "ready_within", "seed"}
    | {
        "published",
        "reported",
        "claim",
        "say",
        "left_out_levels",
        "users_chosen",
        "seconds_chosen",
        "origin",
        "capacity",
        "view",
    }
)
"""Parts of a plan that do not say what load was sent, or are compared elsewhere."""


def reasons(a: Run, b: Run, pairs: Iterable[tuple[Subject, Subject]]) -> tuple[Reason, ...]:
    """All reasons, the loudest first. `pairs` are the targets that are compared."""
    pairs = list(pairs)
    found = [
        *_recording(a, b),
        *_generator(a, b),
        *_plan(a, b),
        *(reason for pair in pairs for reason in _searches(*pair)),
        *_machine(a.environment, b.environment),
        *_versions(a.environment.get("packages"), b.environment.get("packages"), "packages"),
        *_contention(a, b),
        *(reason for pair in pairs for reason in _databases(a, b, *pair)),
        *_sources(a.environment, b.environment),
        *(reason for pair in pairs for reason in _targets(*pair)),
    ]
    order = ("red", "amber", "note")
    unique = list(dict.fromkeys(found))
    return tuple(sorted(unique, key=lambda reason: order.index(reason.severity)))


def _recording(a: Run, b: Run) -> Iterator[Reason]:
    if a.id == b.id:
        yield Reason("note", "recording", f"A and B are the same session, {a.id}")
    for name, run in (("A", a), ("B", b)):
        if run.damage:
            yield Reason("red", "recording", f"the journal of {name} is damaged: {run.damage}")
        if run.outcome in NOT_COMPLETE:
            yield Reason("amber", "recording", f"{name} is not complete: {_state(run.outcome)}")


def _state(outcome: str) -> str:
    return "still running" if outcome == "running" else outcome_text(outcome)


def _generator(a: Run, b: Run) -> Iterator[Reason]:
    light = worst(a.light, b.light)
    if light in ("amber", "red"):
        yield Reason(light, "generator", f"the load generator was {light}", _light(a), _light(b))


def _light(run: Run) -> str:
    why = f" ({run.light_reasons[0]})" if run.light in ("amber", "red") and run.light_reasons else ""
    return f"{run.light}{why}"


def _plan(a: Run, b: Run) -> Iterator[Reason]:
    for field in sorted({*a.plan, *b.plan} - NOT_OF_THE_LOAD):
        if found := plan_difference(field, a.plan, b.plan):
            what, *texts = found
            yield Reason("red", "plan", f"the plan's {what}", *texts)


def _searches(a: Subject, b: Subject) -> Iterator[Reason]:
    """What two searches for capacity looked for."""
    if a.capacity is not None and b.capacity is not None and a.capacity.slo != b.capacity.slo:
        yield Reason("red", "plan", "the SLO that was searched for", a.capacity.slo, b.capacity.slo)


def _machine(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Reason]:
    for field, about in FIELDS.items():
        one, other = (environment_text(field, each.get(field)) for each in (a, b))
        if about.matters and one != other:
            yield Reason(about.matters, about.kind, about.in_a_sentence, one, other)


def _versions(a: Any, b: Any, of: str) -> Iterator[Reason]:
    if not isinstance(a, dict) or not isinstance(b, dict):
        return
    differing = sorted(name for name in {*a, *b} if a.get(name) != b.get(name))
    if differing:
        one, other = (", ".join(f"{name} {each.get(name, 'none')}" for name in differing) for each in (a, b))
        yield Reason("red", "versions", f"versions of {of}", one, other)


def _databases(run_a: Run, run_b: Run, a: Subject, b: Subject) -> Iterator[Reason]:
    """Where two targets kept their rows; of sessions that keep none, where they would have. Targets that were
    given different ones are compared for just that."""
    one, other = (
        subject.database or str(run.environment.get("database", ""))
        for run, subject in ((run_a, a), (run_b, b))
    )
    if one != other:
        is_meant = a.options.get("database") != b.options.get("database")
        yield Reason("note" if is_meant else "red", "runtime", f"database of {_who(a, b)}", one, other)


def _who(a: Subject, b: Subject) -> str:
    return a.label if a.label == b.label else f"{a.label} and {b.label}"


def _sources(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Reason]:
    """Revisions of the targets' source code: most comparisons are of two of them."""
    one, other = (
        "; ".join(
            f"{each['target']} {each['revision']}{' with changes' if each['dirty'] else ''}"
            for each in environment.get("sources") or ()
        )
        for environment in (a, b)
    )
    if one != other:
        yield Reason("note", "target", "source code", one or "none", other or "none")


def _contention(a: Run, b: Run) -> Iterator[Reason]:
    if a.contended != b.contended:
        texts = ["shared" if run.contended else "not shared" for run in (a, b)]
        yield Reason("red", "contention", "CPU cores among targets", *texts)
    elif a.contended:
        labels = [", ".join(subject.label for subject in run.subjects) for run in (a, b)]
        if labels[0] != labels[1]:
            yield Reason("amber", "contention", "targets that shared the CPU cores", *labels)
        yield Reason(
            "amber",
            "contention",
            "targets shared CPU cores in a race: what is shown are differences, not a verdict on which is "
            "faster",
        )


def _targets(a: Subject, b: Subject) -> Iterator[Reason]:
    who = _who(a, b)
    for name, subject in (("A", a), ("B", b)):
        if not subject.levels and subject.capacity is None:
            yield Reason(
                "red", "target", f"{subject.label} of {name} settled at no level: nothing to compare"
            )
        if subject.trouble:
            what = subject.trouble.partition("\n")[0]
            yield Reason("red", "target", f"{subject.label} of {name} failed: {what}")
    if a.runtime != b.runtime:
        yield Reason("red", "runtime", f"runtime of {who}", a.runtime, b.runtime)
    if a.limits != b.limits:
        texts = (limits_text(each.limits or {}) or "none" for each in (a, b))
        yield Reason("red", "runtime", f"limits of {who}", *texts)
    if a.server != b.server:
        yield Reason("note", "target", f"server of {who}", a.server, b.server)
    for option in sorted({*a.options, *b.options}):
        one, other = a.options.get(option), b.options.get(option)
        if one != other:
            texts = (value_text(option, each) for each in (one, other))
            yield Reason("note", "target", f"option {option} of {who}", *texts)
    yield from _versions(a.versions, b.versions, who)
