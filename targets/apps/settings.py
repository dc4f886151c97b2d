"""An app's settings, read once from its environment. Standard library only.

The environment has what differs from the defaults below; these are the defaults of `targets.options.Options`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of an app."""

    threads: int = 40
    """Threads for endpoints that are plain functions."""
    database_url: str = ""
    """Empty: a SQLite file in the working folder."""
    database_home: str = ""
    """A database that exists on the server before the target's; empty: the server's default one."""
    pool: int = 10
    """Database connections that a worker keeps at most."""
    pool_min: int = 1
    """Database connections that a worker keeps at least, once it has connected."""
    orm_writes: str = "rows"
    """`rows`: row by row. `bulk`: in as few statements as the ORM allows."""
    conn_max_age: int = 60
    """Seconds that Django keeps a connection."""
    model: str = "awaited"
    """How the model's time is spent: `awaited`, `thread`, `blocking` or `batched`."""
    model_seconds: float = 2.0
    """How long the slow model takes."""
    upstream_url: str = ""
    client: str = "shared"
    """The upstream's HTTP client: `shared`, or one `per-request`."""
    background: str = "off"
    """`on`: a task after the response of `upstream`."""
    views: str = "async"
    """Django's views over ASGI: `async` or `sync`."""
    api: str = "plain"
    """`drf` serves through Django REST framework's views."""
    folder: Path = Path()
    """Where the files of `io` go."""
    live_settings: Path | None = None
    """The file of settings that change while it runs."""
    cache: Path | None = None
    """The folder of the classifier's model."""
    workload: str = ""
    """The session's first workload; what it needs is loaded with the app."""
    secret: str = "by hand"  # noqa: S105 - of a target that no session started
    """The session's key that signs login tokens: they are invalid in other sessions."""


def read(environment: Mapping[str, str]) -> Settings:
    """The settings in an environment: `ABREAST_` and the field's name in capitals.

    Raises ValueError for an invalid number.
    """
    default = Settings()

    def said(name: str) -> str | None:
        return environment.get(f"ABREAST_{name}") or None

    def path(name: str) -> Path | None:
        text = said(name)
        return Path(text) if text else None

    return Settings(
        threads=int(said("THREADS") or default.threads),
        database_url=said("DATABASE_URL") or "",
        database_home=said("DATABASE_HOME") or "",
        pool=int(said("POOL") or default.pool),
        pool_min=int(said("POOL_MIN") or default.pool_min),
        orm_writes=said("ORM_WRITES") or default.orm_writes,
        conn_max_age=int(said("CONN_MAX_AGE") or default.conn_max_age),
        model=said("MODEL") or default.model,
        model_seconds=float(said("MODEL_SECONDS") or default.model_seconds),
        upstream_url=said("UPSTREAM_URL") or "",
        client=said("CLIENT") or default.client,
        background=said("BACKGROUND") or default.background,
        views=said("VIEWS") or default.views,
        api=said("API") or default.api,
        folder=path("FOLDER") or default.folder,
        live_settings=path("LIVE_SETTINGS"),
        cache=path("CACHE"),
        workload=said("WORKLOAD") or "",
        secret=said("SECRET") or said("SESSION") or default.secret,
    )


@cache
def settings() -> Settings:
    """This process's settings."""
    return read(os.environ)
