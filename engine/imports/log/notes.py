"""What is said about an access log: what was left out of the mix, and why. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from engine.imports.clean import clean
from engine.imports.log.mix import BARE, Kind
from engine.imports.log.reader import SAFE, LogReader
from engine.imports.traffic import Note
from targets.secrets import is_secret

_LONGEST_S = 1e10
"""Of a log: 300 years. Times that are further apart, or no numbers (`nan`), are none."""


def title_of(reader: LogReader, name: str) -> str:
    """The log, and its rate."""
    first_s, last_s = _moment(reader.first_time), _moment(reader.last_time)
    title = f"{clean(name, 60)}: {_counted(reader.requests, 'request')}"
    if first_s is None or last_s is None or not 1 <= last_s - first_s < _LONGEST_S:
        return title
    return f"{title}, {reader.requests / (last_s - first_s):.3g} a second"


def _moment(text: str) -> float | None:
    """Seconds since 1970 of a time as logs write it; None if it is none of these."""
    try:
        return float(text)
    except ValueError:
        pass
    for form in ("%d/%b/%Y:%H:%M:%S %z", "%d/%b/%Y:%H:%M:%S"):
        try:
            return datetime.strptime(text, form).timestamp()  # noqa: DTZ007 - only differences matter
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def notes_on(reader: LogReader, kinds: Sequence[Kind], kept: int) -> Iterator[Note]:
    """Notes on a log that was read. `kept` is how many of its kinds of requests a plan gets."""
    if reader.bad.count:
        shown = clean(next(iter(reader.bad.names)), 60)
        text = f"skipped {_counted(reader.bad.count, 'line that holds', 'lines that hold')} no request"
        yield Note(f"line {reader.bad.first}", text, f"it says {shown!r}")
    for group, what, why in (
        (reader.elsewhere, "to other hosts", "--hosts names those that are kept"),
        (reader.static, "to static files", "--include-static keeps them"),
        (reader.health, "from health probes", "abreast has a probe of its own"),
        (reader.errors, "with status 400 and above", "requests of a plan are meant to succeed"),
        (reader.preflights, "with OPTIONS", "only browsers ask whether they may send a request"),
        (reader.sockets, "for WebSockets", "a log does not have their messages"),
    ):
        if group.count:
            text = f"left out {_counted(group.count, 'request')} {what}: {group.most}"
            yield Note(f"line {group.first}", text, why)
    if reader.robots.count:
        share = reader.robots.count / reader.requests
        what = f"the mix has {_counted(reader.robots.count, 'request')} from robots: {reader.robots.most}"
        yield Note(f"line {reader.robots.first}", what, f"{share:.1%} of the log")
    if len(reader.hosts.names) > 1:
        what = f"requests to {len(reader.hosts.names)} hosts go to the plan's target: {reader.hosts.most}"
        yield Note(f"line {reader.hosts.first}", what, "all requests of a plan go to one server")
    yield from _notes_on_kinds(reader, kinds, kept)


def _notes_on_kinds(reader: LogReader, kinds: Sequence[Kind], kept: int) -> Iterator[Note]:
    unsafe = [kind for kind in kinds[:kept] if kind.method not in SAFE]
    if unsafe:
        what = _counted(
            sum(kind.count for kind in unsafe),
            "request that may change something is written as a comment",
            "requests that may change something are written as comments",
        )
        yield Note(unsafe[0].place, what, "a log has neither their bodies nor their headers")
    rest = sum(kind.count for kind in kinds[kept:]) + reader.mix.uncounted
    if rest:
        what = f"left out {_counted(rest, 'request')} of rare kinds, {rest / reader.requests:.1%} of the log"
        yield Note("", what, f"the {kept} most frequent kinds are kept")
    names = (name for kind in kinds for name in kind.parameters if not name.endswith(BARE))
    secret = next(filter(is_secret, names), "")
    if secret:
        why = "it is a secret, and taken from the environment"
        yield Note("", f"all requests have the same value for the parameter {clean(secret, 40)!r}", why)


def _counted(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"
