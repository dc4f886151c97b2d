"""The database of a target: read from a URL, named after the session and target, shown without secrets.

Rules of this file: standard library only, and no connections; only `shown` or `place` of a URL is shown or
recorded, and texts of drivers go through `scrubbed` first.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from targets.errors import UsageError
from targets.secrets import HIDDEN, MIN_REPEATED_LENGTH, masked_text

SQLITE_FILE = "database.sqlite3"
"""In the target's folder."""
BUSY_TIMEOUT_S = 30
"""How long SQLite waits for another transaction."""
PREFIX = "abreast_"
"""Of the names of all databases that abreast creates; it never drops any other."""

MAX_NAME_LENGTH = 63
"""PostgreSQL's limit, one less than MySQL's."""

_SCHEMES = {
    "sqlite": "sqlite",
    "mysql": "mysql",
    "mariadb": "mysql",
    "postgresql": "postgresql",
    "postgres": "postgresql",
}
_PORTS = {"mysql": 3306, "postgresql": 5432}
_EXAMPLE = "mysql://user:password@127.0.0.1:3306, mariadb://…, postgresql://…"

SQLITE = "sqlite"
NAMES = {"mysql": "MySQL", "mariadb": "MariaDB", "postgresql": "PostgreSQL", "sqlite": "SQLite"}
"""Kinds of databases, and MariaDB, which counts as MySQL: as people write them."""

_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Database:
    """A database for the rows of a target."""

    kind: str
    """`sqlite`, `mysql` (MariaDB too) or `postgresql`."""
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    name: str = ""
    """Of the database on its server; of the file, for SQLite."""

    @property
    def url(self) -> str:
        """The URL with its secrets: only for environment variables."""
        if self.kind == "sqlite":
            return f"sqlite:///{self.name}"
        secret = f":{quote(self.password, safe='')}" if self.password else ""
        who = f"{quote(self.user, safe='')}{secret}@" if self.user else ""
        return f"{self.kind}://{who}{self.place}/{quote(self.name, safe='')}"

    @property
    def place(self) -> str:
        """Host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """The database without secrets, for people."""
        return "sqlite" if self.kind == "sqlite" else f"{self.kind} at {self.place}"


def parse(url: str, folder: Path = Path()) -> Database:
    """The database of a URL; without one, a SQLite file in `folder`.

    Raises UsageError, which does not repeat the URL.
    """
    if not url:
        return Database("sqlite", name=str(folder / SQLITE_FILE))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _no_database("its port is not a number") from None
    kind = _SCHEMES.get(parts.scheme.lower().partition("+")[0], "")
    if not kind:
        raise _no_database(f"it begins with {parts.scheme}://" if parts.scheme else "it has no scheme")
    if kind == "sqlite":
        return Database("sqlite", name=unquote(parts.path.removeprefix("/")) or str(folder / SQLITE_FILE))
    if not parts.hostname or parts.query or parts.fragment:
        raise _no_database("it needs a host, and nothing may follow the database's name")
    return Database(
        kind,
        parts.hostname,
        port or _PORTS[kind],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        unquote(parts.path.removeprefix("/")),
    )


def _no_database(why: str) -> UsageError:
    return UsageError("the database's URL cannot be used", why=why, hint=f"write one like {_EXAMPLE}")


def parse_choice(text: str) -> str:
    """What a plan or a target says of its database: a URL, the name of an environment variable with one, or
    `mysql`, `postgresql`, `sqlite`. Raises ValueError, which does not repeat the text."""
    text = text.strip()
    if "://" in text:
        try:
            parse(text)
        except UsageError as error:
            raise ValueError(f"{error.what}: {error.why}; {error.hint}") from None
    elif text and not _VARIABLE.fullmatch(text):
        raise ValueError(f"must be {ALLOWED}")
    return text


ALLOWED = "a URL, the name of an environment variable with one, or mysql, postgresql, sqlite"


def choice_in_short(text: str) -> str:
    """Such a choice in a word or two, for labels: `PostgreSQL`, `MySQL at db.example`, `MY_DB`."""
    if "://" not in text:
        return NAMES.get(text, text)
    scheme = text.partition("://")[0].lower().partition("+")[0]
    found = parse(text)
    name = NAMES.get(scheme) or NAMES[found.kind]
    return name if is_loopback(found.host) or not found.host else f"{name} at {found.host}"


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's loopback."""
    return host == "localhost" or host.startswith("127.") or host == "::1"


def name_for(session_id: str, target: str) -> str:
    """The name of a target's database in a session: `abreast_<session>_<target>`.

    A name that would be too long is cut, and ends with a digest of the whole name.
    """
    name = PREFIX + re.sub(r"[^a-z0-9]+", "_", f"{session_id}_{target}".lower())
    if len(name) <= MAX_NAME_LENGTH:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"{name[: MAX_NAME_LENGTH - 13]}_{digest}"


def scrubbed(text: str, database: Database) -> str:
    """A driver's text without user and password."""
    for secret in {database.password, quote(database.password, safe="")} - {""}:
        if len(secret) >= MIN_REPEATED_LENGTH:
            text = text.replace(secret, HIDDEN)
        else:
            text = _without_short(text, secret, database.user)
    for quoted in (f"'{database.user}'", f'"{database.user}"') if database.user else ():
        text = text.replace(quoted, HIDDEN)
    return masked_text(text)


def _without_short(text: str, secret: str, user: str) -> str:
    """The text without a short password where credentials are: quoted, after `password` or `user:`."""
    before = [r"""(?<=['"`(])""", r"\b(?:password|passwd|pwd)\b\s*[=:]?\s*"]
    if user:
        before.append(rf"(?<!\w){re.escape(user)}:")
    for place in before:
        end = r"""(?=['"`)])""" if place.startswith("(?<=") else r"(?!\w)"
        text = re.sub(f"({place}){re.escape(secret)}{end}", rf"\g<1>{HIDDEN}", text, flags=re.IGNORECASE)
    return text


def version_of(kind: str, text: str) -> dict[str, str]:
    """Name and version of a server, from the text that it reports."""
    if kind == "postgresql":
        return {"PostgreSQL": text.split()[0]}
    return {"MariaDB" if "mariadb" in text.lower() else "MySQL": text.split("-")[0]}


# ---------------------------------------------------------------- drivers

_MODULES = {
    "mysql": (("pymysql", "PyMySQL"), ("aiomysql", "aiomysql"), ("cryptography", "cryptography")),
    "postgresql": (("psycopg", "psycopg[binary]"), ("asyncpg", "asyncpg")),
}
"""Kind → modules and the packages that have them; the extra has the name of the kind."""

_PACKAGES = {
    "sqlite": ((), ("aiosqlite",)),
    "mysql": (("mysqlclient", "PyMySQL"), ("asyncmy", "aiomysql")),
    "postgresql": (("psycopg", "psycopg-binary"), ("asyncpg",)),
}


def packages(database: Database, *, awaited: bool) -> tuple[str, ...]:
    """Distributions of the drivers, if they are installed: those for threads, or those that are awaited."""
    return _PACKAGES[database.kind][awaited]


def used_drivers(database: Database, installed: Mapping[str, str], *, awaited: bool) -> dict[str, str]:
    """Those of the installed drivers (distribution → version) that take part. MySQL has two for each way,
    of which the first that is installed is used."""
    names = [name for name in packages(database, awaited=awaited) if name in installed]
    return {name: installed[name] for name in (names[:1] if database.kind == "mysql" else names)}


def check_drivers(database: Database) -> None:
    """Raises UsageError if the drivers of this kind of database are not installed."""
    missing = [package for module, package in _MODULES.get(database.kind, ()) if find_spec(module) is None]
    if missing:
        raise UsageError(
            f"{database.kind} needs packages that are not installed",
            why=f"missing: {', '.join(missing)}",
            hint=f'pip install "abreast[{database.kind}]"',
        )
