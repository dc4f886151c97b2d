"""Compares the chosen targets' responses and work, and describes what differs. Pure.

Rules of this file:
- status, redirects that were followed, content type, body and the work that a target reports are compared,
  request by request;
- if a target does not return the same body twice, bodies are compared by shape: keys and types of values;
- work is compared among the targets that report it: only abreast's own do.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from engine.plan.published import database_kind
from targets.contract import WORKLOADS
from targets.database import NAMES, SQLITE
from targets.option_effects import has_effect
from targets.options import Options

MOST_SHOWN = 80
"""How many characters of a body a difference shows."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One target's response to one request."""

    outcome: int | str
    """The status, or the kind of failure."""
    content_type: str = ""
    body: bytes = b""
    work: str | None = None
    """The work that it reports: `INSERT=10;COMMIT=8`; None if it reports none."""
    redirects: int = 0
    """How many redirects were followed on the way to it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which the targets differ."""

    request: str
    what: str
    """`status`, `redirects`, `content type`, `body` or `work`."""
    found: tuple[tuple[str, tuple[str, ...]], ...]
    """Each value as text, with the targets that have it."""

    def __str__(self) -> str:
        sides = "; ".join(f"{', '.join(targets)}: {text}" for text, targets in self.found)
        return f"{self.request}: {self.what} differs: {sides}"


Answers = Mapping[str, Sequence[Seen]]
"""By target: its responses to the requests, in order."""


def differing_bodies(names: Sequence[str], answers: Answers) -> bool:
    """Whether a body differs between targets: then a second round shows which bodies differ every time."""
    return any(each.what == "body" for each in differences(names, answers, {}))


def differences(names: Sequence[str], answers: Answers, again: Answers) -> list[Difference]:
    """The first difference of each request, if any; `again` is a second round of responses, or empty."""
    found: list[Difference] = []
    for number, name in enumerate(names):
        seen = {target: each[number] for target, each in answers.items() if number < len(each)}
        second = {target: each[number] for target, each in again.items() if number < len(each)}
        varies = any(target in second and second[target].body != one.body for target, one in seen.items())
        aspects = {
            "status": {target: str(one.outcome) for target, one in seen.items()},
            "redirects": {target: str(one.redirects) for target, one in seen.items()},
            "content type": {target: one.content_type or "none" for target, one in seen.items()},
            "body": {target: _comparable(one.body, by_shape=varies) for target, one in seen.items()},
            "work": {target: one.work for target, one in seen.items() if one.work is not None},
        }
        for what, values in aspects.items():
            if len(set(values.values())) > 1:
                found.append(Difference(name, what, _grouped(values)))
                break  # other differences of this request follow from the first
    return found


_OF_EVERY_SERVER = ("server", "workers", "threads", "http_parser", "front", "cpus")
_OF_ROWS = ("database", "orm_writes", "pool", "pool_min", "conn_max_age")
_OF_APPS = ("model", "model_time", "api", "views", "client", "background")


def setting_differences(options: Mapping[str, Mapping[str, Any]], workload: str) -> list[str]:
    """Settings that differ between targets, one line each: `threads: django-wsgi 8, fastapi-sync 40`.

    Includes only settings that affect the workload, and only targets that have the setting.
    """
    lines: list[str] = []
    for name in (*_OF_EVERY_SERVER, *_OF_ROWS, *_OF_APPS):
        if not has_effect(name, workload) or (name == "model" and workload not in WORKLOADS):
            continue  # a model is spent in other ways by default, and requests of one's own rarely have one
        values = {target: said[name] for target, said in options.items() if name in said}
        if len(set(values.values())) > 1:
            lines.append(f"{name}: {', '.join(_setting(*each) for each in values.items())}")
    return lines


def _setting(target: str, value: object) -> str:
    """A target's value; once for a target whose label ends with it."""
    return target if f" {target}".endswith(f" {value}") else f"{target} {value}"


def pools_without_effect(options: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Warns about pool options of targets that keep their rows in SQLite files. `options` is by target."""
    usual = Options()
    chosen = [
        f"{target} {name} {said[name]}"
        for target, said in options.items()
        for name in ("pool", "pool_min")
        if name in said and said[name] != getattr(usual, name)
    ]
    if not chosen:
        return []
    return [f"without effect on SQLite, which has no pool: {', '.join(chosen)}; use --database"]


def files_instead_of(source: str, in_files: Collection[str], *, are_all: bool) -> list[str]:
    """What changes if these targets keep their rows in SQLite files, where the `source` of the plan used
    another database."""
    kind = database_kind(source)
    if kind in {"", SQLITE} or not in_files:
        return []
    whose = "" if are_all else f" of {', '.join(in_files)}"
    text = (
        f"the source used {NAMES.get(kind, kind)}, here rows{whose} are in SQLite files: one writer at a "
        f"time, no network and no pool; --database {kind} starts a server in a container"
    )
    return [text]


def shape(value: Any) -> Any:
    """The keys and types of a JSON value; for a list, the distinct shapes of its items."""
    match value:
        case dict():
            return {key: shape(each) for key, each in sorted(value.items())}
        case list():
            return sorted({orjson.dumps(shape(each)).decode() for each in value})
        case bool():
            return "true or false"
        case int() | float():
            return "number"
        case str():
            return "text"
        case _:
            return "null"


def _comparable(body: bytes, *, by_shape: bool) -> str:
    text = body.decode("utf-8", "backslashreplace")
    if not by_shape:
        return text
    try:
        return orjson.dumps(shape(orjson.loads(body))).decode()
    except orjson.JSONDecodeError:
        return "text, not JSON" if text else ""


def _grouped(values: Mapping[str, str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    groups: dict[str, list[str]] = {}
    for target, text in values.items():
        groups.setdefault(text, []).append(target)
    shown = _distinguishable(list(groups))
    return tuple((text, tuple(targets)) for text, targets in zip(shown, groups.values(), strict=True))


def _distinguishable(texts: list[str]) -> list[str]:
    """Shortens each text so that the part shown differs from the others."""
    start = next((at for at, signs in enumerate(zip(*texts, strict=False)) if len(set(signs)) > 1), 0)
    begin = max(0, start - MOST_SHOWN // 2) if any(len(text) > MOST_SHOWN for text in texts) else 0
    return [_short(text, begin) for text in texts]


def _short(text: str, begin: int) -> str:
    if not text:
        return "nothing"
    cut = text[begin : begin + MOST_SHOWN]
    return f"{'…' if begin else ''}{cut}{'…' if begin + MOST_SHOWN < len(text) else ''}"
