"""Containers, networks and volumes of sessions, by label, and taking away those of one session.

Rules of this file:
- all that a session makes in an engine carries the session's label from its birth, and is found by it alone;
- before a session makes anything there, it leaves a note in its folder that says in which engine; the note is
  taken away when nothing is left, so that sessions without containers never cost a question to an engine;
- the guard runs this, too, of a front that is dead: nothing here needs an event loop.
"""

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from targets.runtime.containers.connection import connect, surroundings

if TYPE_CHECKING:
    from docker import APIClient

SESSION_LABEL = "abreast.session"
TARGET_LABEL = "abreast.target"
SERVICE_LABEL = "abreast.service"
"""Of what serves the targets: a database, the upstream."""
NOTE = "containers.json"
"""In a session's folder: something of it may be in the engine that this names."""

_PAUSE_S = 0.2


def leave_note(folder: Path) -> None:
    """Says in the session's folder that something of it is in this environment's engine. Raises OSError."""
    (folder / NOTE).write_text(json.dumps(surroundings()))


def has_note(folder: Path) -> bool:
    """Whether something of the session may be in an engine."""
    return (folder / NOTE).exists()


def noted_environment(folder: Path) -> dict[str, str]:
    """What the note says of the engine; empty where there is no note."""
    try:
        noted: dict[str, str] = json.loads((folder / NOTE).read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):  # the front was killed as it wrote
        return surroundings()
    return noted


def remove_noted(folder: Path, session_id: str) -> int:
    """Takes away what the note in the session's folder speaks of, and then the note; how many containers,
    networks and volumes that were. Blocks. Raises AbreastError where the engine does not answer."""
    if not has_note(folder):
        return 0
    client = connect(noted_environment(folder))
    try:
        removed = remove_all(client, session_id)
        if not any(found(client, session_id).values()):
            (folder / NOTE).unlink(missing_ok=True)
    finally:
        client.close()
    return removed


def remove_all(client: "APIClient", session_id: str, within_s: float = 20.0) -> int:
    """Removes what carries the session's label until two looks in a row find nothing: the engine may still be
    making what the front asked for last. How many things that were. Blocks."""
    deadline_s = time.monotonic() + within_s
    removed: set[str] = set()
    clean = 0
    while clean < 2 and time.monotonic() < deadline_s:
        things = found(client, session_id)
        clean = 0 if any(things.values()) else clean + 1
        for name in things["containers"]:
            with suppress(Exception):
                client.remove_container(name, v=True, force=True)
                removed.add(name)
        for name in things["networks"]:
            with suppress(Exception):
                client.remove_network(name)
                removed.add(name)
        for name in things["volumes"]:
            with suppress(Exception):
                client.remove_volume(name, force=True)
                removed.add(name)
        if clean < 2:
            time.sleep(_PAUSE_S)
    return len(removed)


def found(client: "APIClient", session_id: str) -> dict[str, list[str]]:
    """Ids of what carries the session's label: `containers`, `networks`, `volumes`. Blocks."""
    label: dict[str, Any] = {"label": f"{SESSION_LABEL}={session_id}"}
    volumes = client.volumes(filters=label)["Volumes"] or []
    return {
        "containers": [each["Id"] for each in client.containers(all=True, filters=label)],
        "networks": [each["Id"] for each in client.networks(filters=label)],
        "volumes": [each["Name"] for each in volumes],
    }
