"""Options of targets, and how they are written: `workers=4`, `cpus=@0-1`, `env.NAME=value`. Pure.

One table (`OPTIONS`) has each option's allowed values, its parser, and the variable that passes it to the
app. The catalogue has the options that a target takes, and its defaults. Engine, journal and screen treat
options as a dict of plain values (`plain`), or as words (`words`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

from targets.database import choice_in_short
from targets.errors import UsageError, unknown
from targets.option_kinds import Cores, DatabaseChoice, Kind, Memory, OneOf, Seconds, Whole
from targets.secrets import masked_text


@dataclass(frozen=True, slots=True)
class Options:
    """All options of any target. The same target with other options is another target."""

    server: str = ""
    """The server that runs the app; empty: the target's default."""
    workers: int = 1
    """Server processes."""
    threads: int = 0
    """Threads per worker, if the server has threads; 0: the target's default."""
    database: str = field(default="", repr=False)
    """Where it keeps its rows, as in a plan's `database`; empty: where the plan says."""
    pool: int = 10
    """Database connections that a worker keeps at most."""
    pool_min: int = 1
    """Database connections that a worker keeps at least, once it has connected."""
    orm_writes: str = "rows"
    """Whether the ORM writes row by row or in bulk."""
    conn_max_age: int = 60
    """Seconds that Django keeps a database connection."""
    model: str = "awaited"
    """How the model's time is spent: awaited, in a thread, blocking, or in batches."""
    model_time: float = 2.0
    """Seconds that the slow model takes."""
    client: str = "shared"
    """Whether requests share one client of the upstream, or each makes its own."""
    background: str = "off"
    """Whether a task runs after the response."""
    views: str = "async"
    """Which of Django's views serve over ASGI."""
    api: str = "plain"
    """Whether Django REST framework serves."""
    backlog: int = 2048
    """Connections that may wait to be accepted."""
    server_timeout: int = 120
    """Seconds that a worker may be too busy to answer its master before it is replaced: with their defaults
    of 5 s and 30 s, masters kill workers under the very load that is to be measured."""
    http_parser: str = "auto"
    """The HTTP parser of gunicorn's workers."""
    front: str = "none"
    """A proxy in front of the server."""
    proxy_timeout: float = 60.0
    """Seconds that the proxy waits for the server before it answers 504."""
    cpus: str = ""
    """How many cores it is confined to, or, after `@`, which ones; empty: those of the session's core
    plan."""
    memory: str = ""
    """Memory limit of its container, or `none`; empty: the runtime's default limit."""
    pids: int = 0
    """Limit of processes and threads in its container; 0: the runtime's default limit."""
    runtime: str = ""
    """Its runtime; empty: the session's default."""
    env: tuple[tuple[str, str], ...] = ()
    """Additional environment variables."""


# ---------------------------------------------------------------- the table


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table."""

    about: str
    kind: Kind
    example: str
    short: Callable[[Any], str]
    """Makes a word or two of a value, for labels of variants."""
    variable: str = ""
    """The environment variable that passes it to the app; empty if the app does not need it."""


def _word(value: Any) -> str:
    return str(value)


OPTIONS: dict[str, Option] = {
    "server": Option(
        "the server that runs the app",
        OneOf(
            (
                *("uvicorn", "gunicorn", "asgi", "gthread", "sync", "uwsgi"),
                *("granian", "hypercorn", "daphne", "aiohttp", "robyn"),
            )
        ),
        "gunicorn",
        _word,
    ),
    "workers": Option("server processes", Whole(1, 64), "4", lambda value: f"×{value}"),
    "threads": Option("threads per worker", Whole(1, 512), "4", lambda value: f"{value} threads"),
    "database": Option(
        "where it keeps its rows, if not in the plan's database",
        DatabaseChoice(),
        "postgresql",
        choice_in_short,
    ),
    "pool": Option(
        "database connections per worker, at most",
        Whole(1, 10_000),
        "100",
        lambda value: f"pool {value}",
        "ABREAST_POOL",
    ),
    "pool_min": Option(
        "database connections per worker, at least",
        Whole(1, 10_000),
        "10",
        lambda value: f"pool from {value}",
        "ABREAST_POOL_MIN",
    ),
    "orm_writes": Option(
        "whether the ORM writes row by row or in bulk",
        OneOf(("rows", "bulk")),
        "bulk",
        _word,
        "ABREAST_ORM_WRITES",
    ),
    "conn_max_age": Option(
        "seconds that Django keeps a database connection",
        Whole(0, 3600, "s"),
        "0",
        lambda value: f"max-age {value}",
        "ABREAST_CONN_MAX_AGE",
    ),
    "model": Option(
        "how the model's time is spent",
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
        "one upstream client for all requests, or one per request",
        OneOf(("shared", "per-request")),
        "per-request",
        lambda value: f"client {value}",
        "ABREAST_CLIENT",
    ),
    "background": Option(
        "a background task after each answer of `upstream`",
        OneOf(("off", "on")),
        "on",
        lambda value: f"background {value}",
        "ABREAST_BACKGROUND",
    ),
    "views": Option(
        "which of Django's views serve",
        OneOf(("async", "sync")),
        "sync",
        lambda value: f"{value} views",
        "ABREAST_VIEWS",
    ),
    "api": Option(
        "plain views, or Django REST framework's", OneOf(("plain", "drf")), "drf", _word, "ABREAST_API"
    ),
    "backlog": Option(
        "connections that may wait to be accepted",
        Whole(1, 65_535),
        "64",
        lambda value: f"backlog {value}",
    ),
    "server_timeout": Option(
        "seconds that a worker may be busy before its master replaces it",
        Whole(1, 3600, "s"),
        "30",
        lambda value: f"timeout {value} s",
    ),
    "http_parser": Option(
        "gunicorn's HTTP parser: in C (fast), in Python, or auto (in C if gunicorn_h1c is installed)",
        OneOf(("auto", "fast", "python")),
        "python",
        lambda value: f"{value} parser",
    ),
    "front": Option("a proxy in front of the server", OneOf(("none", "nginx", "nginx-unix")), "nginx", _word),
    "proxy_timeout": Option(
        "how long the proxy waits for the server before it answers 504",
        Seconds(0.1, 3600),
        "10",
        lambda value: f"proxy {value:g} s",
    ),
    "cpus": Option(
        "cores that it is confined to once it is ready",
        Cores(),
        "1",
        lambda value: f"cpus {value.removeprefix('@')}" if value.startswith("@") else f"{value} cpu",
    ),
    "memory": Option("memory limit of its container", Memory(), "512m", _word),
    "pids": Option(
        "limit of processes and threads in its container",
        Whole(8, 65_535),
        "256",
        lambda value: f"{value} pids",
    ),
    "runtime": Option(
        "where it runs: as processes, or in a container", OneOf(("local", "docker")), "docker", _word
    ),
}
"""Every option except `env`, by name, in the order of lists."""

_DEFAULT_AT_0 = frozenset({"threads", "pids"})
"""Options whose 0 stands for the default of the target or the runtime."""
ENV_PREFIX = "env."
DATABASE = "database"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


# ---------------------------------------------------------------- texts


def split_options(text: str, use: str) -> dict[str, str]:
    """Names and values of `workers=4:env.URL=http://x`, the options of target `use`. Colons within a
    variable's value belong to it, and those of a database's URL, whose password may look like an option.

    Raises UsageError for a part that is not `key=value`, and for a key that is there twice.
    """
    pairs: dict[str, str] = {}
    last = ""
    for part in text.split(":"):
        key, equals, value = part.partition("=")
        if equals and re.fullmatch(r"[\w.]+", key.strip()) and (last != DATABASE or _is_option(key.strip())):
            last = key.strip()
            if last in pairs:
                raise UsageError(f"{last} of target {use!r} is given twice", hint="leave one of them out")
            pairs[last] = value.strip()
        elif last == DATABASE or last.startswith(ENV_PREFIX):
            pairs[last] += f":{part.rstrip()}"
        else:
            raise UsageError(
                f"{part!r} is not an option of target {use!r}",
                why="an option is written key=value",
                hint=f"for example {use}:workers=4",
            )
    return pairs


def _is_option(name: str) -> bool:
    return name in {*OPTIONS, "label"} or name.startswith(ENV_PREFIX)


class TakesOptions(Protocol):
    """A target, as far as its options are concerned."""

    @property
    def name(self) -> str:
        """Its name in the catalogue."""

    @property
    def options(self) -> frozenset[str]:
        """The options that it takes."""

    @property
    def defaults(self) -> Options:
        """Its defaults."""

    def kind(self, option: str) -> Kind:
        """The allowed values of an option."""

    def check(self, options: Options, given: frozenset[str]) -> None:
        """Raises UsageError where options that were `given` conflict with others."""


def parse_options(target: TakesOptions, pairs: dict[str, str]) -> Options:
    """Options of `target` from texts by name, with the target's defaults for the rest.

    Raises UsageError for an unknown option, a value that is not allowed, or conflicting options.
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
        masked = masked_text(text)
        shown = masked if len(masked) <= 40 else f"{masked[:40]}…"
        raise UsageError(
            f"{name} cannot be {shown!r}", why=kind.allowed, hint=f"for example {name}={example}"
        ) from None


def _parse_variable(name: str, text: str) -> tuple[str, str]:
    variable = name.removeprefix(ENV_PREFIX)
    if not _VARIABLE.fullmatch(variable) or variable.startswith("ABREAST_") or "\0" in text:
        raise UsageError(
            f"{name} cannot be set",
            why="a variable's name has letters, digits and underscores, and ABREAST_… is reserved",
            hint="for example env.PYTHONOPTIMIZE=1",
        )
    return variable, text


def plain(target: TakesOptions, options: Options) -> dict[str, Any]:
    """The options that the target takes, as plain values for a record; variables are `env.NAME`."""
    values = {name: getattr(options, name) for name in OPTIONS if name in target.options}
    return values | {f"{ENV_PREFIX}{name}": value for name, value in options.env}


def words(target: TakesOptions, options: Options) -> str:
    """The options that differ from the target's defaults, as `split_options` reads them."""
    return words_of(target, plain(target, options))


def words_of(target: TakesOptions, values: Mapping[str, Any]) -> str:
    """The plain values that differ from the target's defaults, as `split_options` reads them. Options that
    the target does not take, as in the record of an older version, are left out."""
    defaults = plain(target, target.defaults)
    return ":".join(
        f"{name}={_text(value)}"
        for name, value in values.items()
        if name.startswith(ENV_PREFIX) or defaults.get(name, value) != value
    )


def value_text(name: str, value: Any) -> str:
    """The value of an option with its unit, for people: `4`, `120 s`."""
    if value in (None, ""):
        return "not set"
    if name in _DEFAULT_AT_0 and not value:
        return "default"
    kind = OPTIONS[name].kind if name in OPTIONS else None
    unit = "s" if isinstance(kind, Seconds) else kind.unit if isinstance(kind, Whole) else ""
    return f"{_text(value)}{' ' * bool(unit)}{unit}"


def in_short(target: TakesOptions, options: Options, without: frozenset[str]) -> str:
    """The options that differ from the target's defaults, in a few words; `without` names some to leave
    out."""
    defaults = target.defaults
    words = [
        OPTIONS[name].short(getattr(options, name))
        for name in OPTIONS
        if name in target.options - without and getattr(options, name) != getattr(defaults, name)
    ]
    return " ".join([*words, *(f"{name}={value}" for name, value in options.env)])


def app_env(target: TakesOptions, options: Options) -> dict[str, str]:
    """The environment variables that pass options to the app: those that differ from the app's defaults."""
    app_defaults = Options()
    env = {
        option.variable: _text(getattr(options, name))
        for name, option in OPTIONS.items()
        if option.variable
        and name in target.options
        and getattr(options, name) != getattr(app_defaults, name)
    }
    return env | dict(options.env)


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


assert {*OPTIONS, "env"} == {each.name for each in fields(Options)}
