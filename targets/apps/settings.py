"""What an app is told through its environment, read once. Standard library only.

The runtime says what differs from the defaults below; they are those of `targets.options.Options`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """All that an app can be told."""

    threads: int = 40
    """Threads for endpoints that are plain functions."""
    database_url: str = ""
    """Empty: a SQLite file in the working folder."""
    database_home: str = ""
    """Another database of its server, there before the target's own; empty for the server's usual one."""
    pool: int = 10
    """The most connections to the database a worker keeps."""
    pool_min: int = 1
    """The fewest, once it has connected at all."""
    orm_writes: str = "rows"
    """`rows`: row by row. `bulk`: in as few statements as the ORM allows."""
    conn_max_age: int = 60
    """Seconds that Django keeps a connection."""
    model: str = "awaited"
    """How a model's time is spent: `awaited`, `thread`, `blocking` or `batched`."""
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
    """The file of what can be changed live."""
    cache: Path | None = None
    """Where the classifier's model is."""
    workload: str = ""
    """What the session begins with; what that needs is loaded with the app."""
    secret: str = "by hand"  # noqa: S105 - of a target that no session started
    """What login tokens are signed with: of the session, so that they are worth nothing in another."""


def read(environment: Mapping[str, str]) -> Settings:
    """The settings that stand in an environment under `ABREAST_` and the field's name in capitals.

    Raises ValueError for a number that is none.
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
