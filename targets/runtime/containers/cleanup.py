"""Finds a session's containers, networks and volumes by label and removes them.

Rules of this file:
- everything a session creates in an engine has the session's label from creation, and is found only by it;
- before a session creates anything there, it writes a note with the engine's address to its folder, since
  contexts and variables may point to another engine by cleanup time; the note is removed once nothing is
  left, so that cleaning up sessions without containers never needs an engine;
- the guard also runs this after the front has died: nothing here needs an event loop.
"""

import json
import os
import time
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from targets.errors import AbreastError, TargetError
from targets.runtime.containers.connection import TIMEOUT_S, EngineGoneError, connect, trouble
from targets.runtime.containers.engine_address import EngineAddress, selected_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from docker import APIClient

SESSION_LABEL = "abreast.session"
TARGET_LABEL = "abreast.target"
SERVICE_LABEL = "abreast.service"
"""The label of services that the targets use: a database, the upstream."""
NOTE = "containers.json"
"""A file in a session's folder that names the engine in which the session may have left something."""

REMAINS = "what the session left cannot be removed"
WITHIN_S = 20.0
NOT_FOUND = 404
"""The HTTP status of the engine's response if the object is already gone."""

_SPOKEN_WITH = ("HOME", "SSH_AUTH_SOCK")
"""Variables that an engine reached over ssh needs: the guard's own environment is sealed."""
_PAUSE_S = 0.2
_AGAIN = "abreast clean tries again"


def leave_note(folder: Path, where: EngineAddress) -> None:
    """Notes in the session's folder that it uses this engine. Raises TargetError if that fails: without the
    note nothing may be created there."""
    ambient = {name: os.environ[name] for name in _SPOKEN_WITH if name in os.environ}
    part = folder / f"{NOTE}.part"
    try:
        part.write_text(json.dumps({"engine": asdict(where), "environment": ambient}))
        part.replace(folder / NOTE)
    except OSError as error:
        raise TargetError(
            "no container is started, because it could not be cleaned up later",
            why=f"the engine cannot be noted in the session's folder: {error}",
            hint=f"check that {folder} is writable and that its disk is not full",
        ) from error


def has_note(folder: Path) -> bool:
    """Whether the session may have left something in an engine."""
    return (folder / NOTE).exists()


def noted(folder: Path) -> tuple[EngineAddress, dict[str, str]]:
    """The engine that the note names, and the environment variables needed to connect to it. If the note
    cannot be parsed, the engine that the environment selects. Raises OSError, TargetError."""
    text = (folder / NOTE).read_text()
    try:
        note = json.loads(text)
        return EngineAddress(**note["engine"]), dict(note["environment"])
    except (ValueError, LookupError, TypeError):
        return selected_engine(), {}


class Engines:
    """The engines that notes name: abreast connects to each once, and does not retry one that does not
    respond."""

    def __init__(self, answers_within_s: float = TIMEOUT_S) -> None:
        self._answers_within_s = answers_within_s
        self._clients: dict[EngineAddress, APIClient] = {}
        self._gone: dict[EngineAddress, AbreastError] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients.values():
            client.close()

    def ask(self, where: EngineAddress, work: "Callable[[APIClient], int]") -> int:
        """Returns what `work` returns. Blocks. Raises AbreastError, and what the work raises."""
        if where in self._gone:
            raise self._gone[where]
        try:
            if where not in self._clients:
                self._clients[where] = connect(where, self._answers_within_s)
            return work(self._clients[where])
        except EngineGoneError as error:
            self._gone[where] = error
            raise


@dataclass(frozen=True, slots=True)
class CleanupOptions:
    """How to clean up."""

    within_s: float = WITHIN_S
    """How long to keep trying while things are still in use or still appearing."""
    quiet_s: float = _PAUSE_S
    """How long nothing new must have appeared before cleanup is finished."""
    takes_note: bool = True
    """Whether to remove the note when nothing is left; if it stays, the next start looks again."""


DEFAULT = CleanupOptions()
AFTER_A_DEATH = CleanupOptions(quiet_s=5.0)
"""For a front that was killed: the engine may still be carrying out its last request."""


def remove_noted(
    folder: Path, session_id: str, engines: Engines | None = None, options: CleanupOptions = DEFAULT
) -> int:
    """Removes what the session left in the engine that its note names, and then the note. Returns the number
    of containers, networks and volumes removed. Blocks.

    Raises only AbreastError, if something could not be removed; the note then stays too.
    """
    try:
        if not has_note(folder):
            return 0
        if engines is None:
            with Engines() as own:
                return remove_noted(folder, session_id, own, options)
        removed = engines.ask(noted(folder)[0], partial(remove_all, session_id=session_id, options=options))
        if options.takes_note:
            (folder / NOTE).unlink(missing_ok=True)
    except Exception as error:
        raise trouble(error, REMAINS) from error
    return removed


def remove_all(client: "APIClient", session_id: str, options: CleanupOptions = DEFAULT) -> int:
    """Removes everything with the session's label until nothing more appears. Returns how many. Blocks.

    Raises AbreastError if something is left, or may be: if the engine refuses to remove one kind of object,
    the other kinds are still removed.
    """
    deadline_s = time.monotonic() + options.within_s
    kinds = [Kind(client, session_id) for Kind in (_Containers, _Networks, _Volumes)]
    quiet_since_s: float | None = None
    while True:
        # Not `any`, which would stop at the first kind: every kind must be tried.
        is_quiet = not [each for each in kinds if each.remove()]
        now_s = time.monotonic()
        quiet_since_s = (quiet_since_s or now_s) if is_quiet else None
        is_done = quiet_since_s is not None and now_s - quiet_since_s >= options.quiet_s
        if is_done or (quiet_since_s is None and now_s > deadline_s):
            break
        time.sleep(_PAUSE_S)
    refusals = [each.refusal for each in kinds if each.refusal is not None]
    if refusals:
        raise trouble(refusals[0], REMAINS) from refusals[0]
    if not is_done:
        raise TargetError(
            REMAINS, why=f"after {options.within_s:.0f} s some of it is still there", hint=_AGAIN
        )
    return sum(len(each.removed) for each in kinds)


class _Things(ABC):
    """A session's objects of one kind."""

    def __init__(self, client: "APIClient", session_id: str) -> None:
        self._client = client
        self._label: dict[str, Any] = {"label": f"{SESSION_LABEL}={session_id}"}
        self.removed: set[str] = set()
        self.refusal: Exception | None = None
        """The engine's last error, if objects of this kind may be left."""

    def remove(self) -> bool:
        """Looks once and removes what it finds. Returns whether it found anything. Raises TargetError if the
        engine does not respond."""
        self.refusal = None
        try:
            found = self._found()
        except Exception as error:
            self._refused(error)
            return False
        for name in found:
            try:
                self._remove(name)
                self.removed.add(name)
            except Exception as error:
                self._refused(error)
        return bool(found)

    def _refused(self, error: Exception) -> None:
        named = trouble(error, REMAINS)
        if isinstance(named, EngineGoneError):  # there is no engine to ask for the rest
            raise named from error
        if getattr(error, "status_code", None) != NOT_FOUND:
            self.refusal = error

    @abstractmethod
    def _found(self) -> list[str]: ...

    @abstractmethod
    def _remove(self, name: str) -> None: ...


class _Containers(_Things):
    def _found(self) -> list[str]:
        return [each["Id"] for each in self._client.containers(all=True, filters=self._label)]

    def _remove(self, name: str) -> None:
        self._client.remove_container(name, v=True, force=True)


class _Networks(_Things):
    def _found(self) -> list[str]:
        return [each["Id"] for each in self._client.networks(filters=self._label)]

    def _remove(self, name: str) -> None:
        self._client.remove_network(name)


class _Volumes(_Things):
    def _found(self) -> list[str]:
        return [each["Name"] for each in self._client.volumes(filters=self._label)["Volumes"] or ()]

    def _remove(self, name: str) -> None:
        self._client.remove_volume(name, force=True)
