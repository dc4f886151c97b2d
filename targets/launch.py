"""Where a target is put, and what it takes to start it there. Data only."""

import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LaunchContext:
    """All that a command needs to know of the place where its target runs."""

    port: int
    """Where users find it."""
    folder: Path
    """Its own, and its working folder."""
    host: str = "127.0.0.1"
    """The address it listens on: in a container every one of them."""
    inner_port: int = 0
    """Where the server listens when a front of its own has `port`; 0 where nobody chose one."""
    database_url: str = ""
    """The target's own; empty: a SQLite file in `folder`."""
    database_home: str = ""
    """Another database of its server, there before the target's own; empty for the server's usual one."""
    upstream_url: str = ""
    """The stand-in upstream; empty where none runs."""
    plan_folder: str = ""
    """Where the plan's file is, for commands of its own."""
    cache: Path | None = None
    """Where the classifier's file is; None where nobody built it."""
    live_settings: Path | None = None
    """The file of what can be changed while it runs."""
    workload: str = ""
    """What it is asked for first; what that needs is loaded before it is ready."""
    python: str = sys.executable
    nginx: tuple[str, ...] = ("nginx",)
    """How NGINX is started there; see `targets.requirements.nginx_command`."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, and what it needs beside the sealed environment."""

    argv: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    cwd: str = ""
    """The folder that it runs in; empty for the target's own."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How a target is started by hand: its commands, and where it says it is well."""

    argv: tuple[str, ...]
    """The first word is a program."""
    env: dict[str, str]
    """Beside the sealed base environment; see `targets.runtime.child_env`."""
    health_path: str = "/health"
    prepare: tuple[Command, ...] = ()
    """What must have run to its end, one after another, before anything else starts."""
    beside: tuple[Command, ...] = ()
    """Further processes of the same target, as a proxy before it: started with it, metered with it, and ended
    with it."""
    cwd: str = ""
    """The folder that its server runs in; empty for the target's own."""
    files: dict[str, str] = field(default_factory=dict)
    """Name → text of what is written to the target's folder before the start: settings of its programs."""
