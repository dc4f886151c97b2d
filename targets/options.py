"""What can be set on a target, and how it is written: `workers=4`, `cpus=@0-1`, `env.NAME=value`.

One table (`OPTIONS`) says of each option what it may be, how a text becomes a value, and how an app is told.
Which options a target takes, and its own defaults, stand in the catalogue. Engine, journal and screen treat
options as a dict of plain values (`plain`), or as words (`words`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

from targets.errors import UsageError, unknown
from targets.option_kinds import Cores, Kind, Memory, OneOf, Seconds, Whole


@dataclass(frozen=True, slots=True)
class Options:
    """All options of any target. Two choices of one target with other options are two targets."""

    server: str = ""
    """What runs the app; empty for the target's own first choice."""
    workers: int = 1
    """Server processes."""
    threads: int = 0
    """Threads a worker, where the server has threads; 0 for the target's own number."""
    pool: int = 10
    """The most connections to the database that a worker keeps."""
    pool_min: int = 1
    """The fewest, once it has connected at all."""
    orm_writes: str = "rows"
    """Whether the ORM writes row by row, or in bulk."""
    conn_max_age: int = 60
    """Seconds that Django keeps a connection to the database."""
    model: str = "awaited"
    """How a model's time is spent."""
    model_time: float = 2.0
    """Seconds that the slow model takes."""
    client: str = "shared"
    """Whether the client of the upstream is shared, or made for each request."""
    background: str = "off"
    """Whether a task runs after the response."""
    views: str = "async"
    """Which of Django's views serve over ASGI."""
    api: str = "plain"
    """Whether Django REST framework serves."""
    backlog: int = 2048
    """Connections that wait to be accepted."""
    server_timeout: int = 120
    """Seconds that a worker may be too busy to say that it lives, before its master replaces it: at their
    defaults, 5 s and 30 s, masters kill workers under the very load that is to be measured."""
    http_parser: str = "auto"
    """What gunicorn's own workers parse requests with."""
    front: str = "none"
    """A proxy before the server."""
    proxy_timeout: float = 60.0
    """Seconds that the proxy waits for the server before it answers 504 itself."""
    cpus: str = ""
    """How many cores it is confined to, or, after `@`, which; empty for those of the session's core plan."""
    memory: str = ""
    """How much memory its container may use, or `none` for no limit; empty for the runtime's own limit."""
    pids: int = 0
    """How many processes and threads its container may have; 0 for the runtime's own limit."""
    runtime: str = ""
    """What runs it; empty for what runs the session's targets."""
    env: tuple[tuple[str, str], ...] = ()
    """Further variables of its environment."""


# ---------------------------------------------------------------- the table


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table."""

    about: str
    kind: Kind
    example: str
    short: Callable[[Any], str]
    """A value in a word or two, to tell two variants of a target apart."""
    variable: str = ""
    """Under which name the app is told; empty where the app does not need to know."""


def _word(value: Any) -> str:
    return str(value)


OPTIONS: dict[str, Option] = {
    "server": Option(
        "what runs the app",
        OneOf(("uvicorn", "gunicorn", "gthread", "sync", "uwsgi")),
        "gunicorn",
        _word,
    ),
    "workers": Option("server processes", Whole(1, 64), "4", lambda value: f"×{value}"),
    "threads": Option("threads a worker", Whole(1, 512), "4", lambda value: f"{value} threads"),
    "pool": Option(
        "most database connections a worker keeps",
        Whole(1, 10_000),
        "100",
        lambda value: f"pool {value}",
        "ABREAST_POOL",
    ),
    "pool_min": Option(
        "fewest database connections a worker keeps",
        Whole(1, 10_000),
        "10",
        lambda value: f"pool from {value}",
        "ABREAST_POOL_MIN",
    ),
    "orm_writes": Option(
        "the ORM writes row by row, or in bulk", OneOf(("rows", "bulk")), "bulk", _word, "ABREAST_ORM_WRITES"
    ),
    "conn_max_age": Option(
        "seconds that Django keeps a database connection",
        Whole(0, 3600, "s"),
        "0",
        lambda value: f"max-age {value}",
        "ABREAST_CONN_MAX_AGE",
    ),
    "model": Option(
        "how a model's time is spent",
        OneOf(("awaited", "thread", "blocking", "batched")),
        "thread",
        _word,
        "ABREAST_MODEL",
    ),
    "model_time": Option(
        "how long the slow model takes",
        Seconds(0, 30),
        "0.5",
        lambda value: f"model {value:g} s",
        "ABREAST_MODEL_SECONDS",
    ),
    "client": Option(
        "one client of the upstream for all, or one a request",
        OneOf(("shared", "per-request")),
        "per-request",
        lambda value: f"client {value}",
        "ABREAST_CLIENT",
    ),
    "background": Option(
        "a task after the response of upstream",
        OneOf(("off", "on")),
        "on",
        lambda value: f"background {value}",
        "ABREAST_BACKGROUND",
    ),
    "views": Option(
        "which views serve", OneOf(("async", "sync")), "sync", lambda value: f"{value} views", "ABREAST_VIEWS"
    ),
    "api": Option(
        "plain views, or Django REST framework's", OneOf(("plain", "drf")), "drf", _word, "ABREAST_API"
    ),
    "backlog": Option(
        "connections that wait to be accepted",
        Whole(1, 65_535),
        "64",
        lambda value: f"backlog {value}",
    ),
    "server_timeout": Option(
        "seconds a worker may be busy before its master replaces it",
        Whole(1, 3600, "s"),
        "30",
        lambda value: f"timeout {value} s",
    ),
    "http_parser": Option(
        "gunicorn's HTTP parser: in C (fast), in Python, or auto: in C where gunicorn_h1c is installed",
        OneOf(("auto", "fast", "python")),
        "python",
        lambda value: f"{value} parser",
    ),
    "front": Option("a proxy before the server", OneOf(("none", "nginx", "nginx-unix")), "nginx", _word),
    "proxy_timeout": Option(
        "how long the proxy waits before it answers 504",
        Seconds(0.1, 3600),
        "10",
        lambda value: f"proxy {value:g} s",
    ),
    "cpus": Option(
        "cores it is confined to, once ready",
        Cores(),
        "1",
        lambda value: f"cpus {value.removeprefix('@')}" if value.startswith("@") else f"{value} cpu",
    ),
    "memory": Option("memory of its container", Memory(), "512m", _word),
    "pids": Option(
        "processes and threads of its container", Whole(8, 65_535), "256", lambda value: f"{value} pids"
    ),
    "runtime": Option("what runs it", OneOf(("local", "docker")), "docker", _word),
}
"""Every option but `env`, by name, in the order of the lists."""

ENV_PREFIX = "env."
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


# ---------------------------------------------------------------- texts


def split_options(text: str, use: str) -> dict[str, str]:
    """Names and values of `workers=4:env.URL=http://x`, said of target `use`. A colon within a
    variable's value belongs to it.

    Raises UsageError for a part that is no `key=value`.
    """
    pairs: dict[str, str] = {}
    last = ""
    for part in text.split(":"):
        key, equals, value = part.partition("=")
        if equals and re.fullmatch(r"[\w.]+", key.strip()):
            last = key.strip()
            pairs[last] = value.strip()
        elif last.startswith(ENV_PREFIX):
            pairs[last] += f":{part.rstrip()}"
        else:
            raise UsageError(
                f"{part!r} is no option of target {use!r}",
                why="an option is written key=value",
                hint=f"for example {use}:workers=4",
            )
    return pairs


class TakesOptions(Protocol):
    """A target, as far as its options go."""

    @property
    def name(self) -> str:
        """Its name in the catalogue."""

    @property
    def options(self) -> frozenset[str]:
        """Those that it takes."""

    @property
    def defaults(self) -> Options:
        """Its own."""

    def kind(self, option: str) -> Kind:
        """What one of them may be."""

    def check(self, options: Options, said: frozenset[str]) -> None:
        """Raises UsageError where those that were `said` do not go with the others."""


def parse_options(target: TakesOptions, pairs: dict[str, str]) -> Options:
    """Options of `target` from texts by name, with the target's own defaults for the rest.

    Raises UsageError for an option that it does not take, a value that an option cannot have, or options that
    do not go together.
    """
    options = target.defaults
    for name, text in pairs.items():
        if name.startswith(ENV_PREFIX):
            options = replace(options, env=(*options.env, _parse_variable(name, text)))
        elif name in target.options:
            options = replace(options, **{name: _parse(target.kind(name), name, text)})
        else:
            known = [*sorted(target.options), "env.NAME"]
            raise unknown(f"option of {target.name}", name, known)
    target.check(options, frozenset(pairs))
    return options


def _parse(kind: Kind, name: str, text: str) -> Any:
    try:
        return kind.parse(text)
    except ValueError:
        example = OPTIONS[name].example
        if isinstance(kind, OneOf):
            example = kind.words[0]
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        raise UsageError(
            f"{name} cannot be {shown!r}", why=kind.allowed, hint=f"for example {name}={example}"
        ) from None


def _parse_variable(name: str, text: str) -> tuple[str, str]:
    variable = name.removeprefix(ENV_PREFIX)
    if not _VARIABLE.fullmatch(variable) or variable.startswith("ABREAST_") or "\0" in text:
        raise UsageError(
            f"{name} cannot be set",
            why="a variable's name has letters, digits and underscores, and ABREAST_… are abreast's own",
            hint="for example env.PYTHONOPTIMIZE=1",
        )
    return variable, text


def plain(target: TakesOptions, options: Options) -> dict[str, Any]:
    """The options that the target takes, as plain values for a record; variables as `env.NAME`."""
    values = {name: getattr(options, name) for name in OPTIONS if name in target.options}
    return values | {f"{ENV_PREFIX}{name}": value for name, value in options.env}


def words(target: TakesOptions, options: Options) -> str:
    """What differs from the target's defaults, as `split_options` reads it."""
    return words_of(target, plain(target, options))


def words_of(target: TakesOptions, said: Mapping[str, Any]) -> str:
    """The same of plain values."""
    usual = plain(target, target.defaults)
    return ":".join(f"{name}={_text(value)}" for name, value in said.items() if usual.get(name) != value)


def in_short(target: TakesOptions, options: Options, besides: frozenset[str]) -> str:
    """What differs from the target's defaults, in a few words, the options in `besides` left out."""
    usual = target.defaults
    said = [
        OPTIONS[name].short(getattr(options, name))
        for name in OPTIONS
        if name in target.options - besides and getattr(options, name) != getattr(usual, name)
    ]
    return " ".join([*said, *(f"{name}={value}" for name, value in options.env)])


def handed_over(target: TakesOptions, options: Options) -> dict[str, str]:
    """The variables that tell the app of its options: those that differ from an app's own defaults."""
    usual = Options()
    told = {
        option.variable: _text(getattr(options, name))
        for name, option in OPTIONS.items()
        if option.variable and name in target.options and getattr(options, name) != getattr(usual, name)
    }
    return told | dict(options.env)


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


assert {*OPTIONS, "env"} == {each.name for each in fields(Options)}
