"""Containers, networks and volumes of sessions, by label, and taking away those of one session.

Rules of this file:
- all that a session makes in an engine carries the session's label from its birth, and is found by it alone;
- before a session makes anything there, it leaves a note in its folder that says in which engine, by its
  address: contexts and variables may mean another one by then; the note is taken away when nothing is left,
  so that sessions without containers never cost a question to an engine;
- the guard runs this, too, of a front that is dead: nothing here needs an event loop.
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
from targets.runtime.containers.engine_address import EngineAddress, meant

if TYPE_CHECKING:
    from collections.abc import Callable

    from docker import APIClient

SESSION_LABEL = "abreast.session"
TARGET_LABEL = "abreast.target"
SERVICE_LABEL = "abreast.service"
"""Of what serves the targets: a database, the upstream."""
NOTE = "containers.json"
"""In a session's folder: something of it may be in the engine that this names."""

REMAINS = "what is left cannot be removed"
WITHIN_S = 20.0
NOT_FOUND = 404
"""The status that an engine answers with if the thing is gone already."""

_SPOKEN_WITH = ("HOME", "SSH_AUTH_SOCK")
"""Variables that an engine reached over ssh needs: the guard's own environment is sealed."""
_PAUSE_S = 0.2
_AGAIN = "abreast clean tries again"


def leave_note(folder: Path, where: EngineAddress) -> None:
    """Says in the session's folder that something of it is in this engine. Raises TargetError: without it
    nothing must be made there."""
    ambient = {name: os.environ[name] for name in _SPOKEN_WITH if name in os.environ}
    part = folder / f"{NOTE}.part"
    try:
        part.write_text(json.dumps({"engine": asdict(where), "environment": ambient}))
        part.replace(folder / NOTE)
    except OSError as error:
        raise TargetError(
            "no container is started: what it leaves could not be cleaned up",
            why=f"the session's folder takes no note of it: {error}",
            hint=f"see that there is room in {folder}, and that you may write there",
        ) from error


def has_note(folder: Path) -> bool:
    """Whether something of the session may be in an engine."""
    return (folder / NOTE).exists()


def noted(folder: Path) -> tuple[EngineAddress, dict[str, str]]:
    """The engine that the note names, and the variables of this process with which it is spoken to. A note
    that says neither speaks of the engine that is meant here. Raises OSError, TargetError."""
    told = (folder / NOTE).read_text()
    try:
        note = json.loads(told)
        return EngineAddress(**note["engine"]), dict(note["environment"])
    except (ValueError, LookupError, TypeError):
        return meant(), {}


class Engines:
    """The engines that notes name: each is connected once, and one that does not answer is not asked
    again."""

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
        """What the work says. Blocks. Raises AbreastError, and what the work raises."""
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
    """How cleaning goes about it."""

    within_s: float = WITHIN_S
    """How long it is tried to remove what is in use yet, or still coming."""
    quiet_s: float = _PAUSE_S
    """How long nothing must have come before nothing is expected to."""
    takes_note: bool = True
    """Whether the note goes when nothing is left; where it stays, the next start looks again."""


USUAL = CleanupOptions()
AFTER_A_DEATH = CleanupOptions(quiet_s=5.0)
"""Where the front was killed: the engine may still be doing what it asked for last."""


def remove_noted(
    folder: Path, session_id: str, engines: Engines | None = None, manner: CleanupOptions = USUAL
) -> int:
    """Takes away what the note in the session's folder speaks of, and then the note; how many containers,
    networks and volumes that were. Blocks.

    Raises AbreastError, and nothing else, where some of it stays: the note does, too.
    """
    try:
        if not has_note(folder):
            return 0
        if engines is None:
            with Engines() as own:
                return remove_noted(folder, session_id, own, manner)
        removed = engines.ask(noted(folder)[0], partial(remove_all, session_id=session_id, manner=manner))
        if manner.takes_note:
            (folder / NOTE).unlink(missing_ok=True)
    except Exception as error:
        raise trouble(error, REMAINS) from error
    return removed


def remove_all(client: "APIClient", session_id: str, manner: CleanupOptions = USUAL) -> int:
    """Removes what carries the session's label until nothing more comes. How many things that were. Blocks.

    Raises AbreastError where something stays, or may: what the engine refuses for one kind of things does not
    keep the others.
    """
    deadline_s = time.monotonic() + manner.within_s
    kinds = [Kind(client, session_id) for Kind in (_Containers, _Networks, _Volumes)]
    quiet_since_s: float | None = None
    while True:
        # Every kind has its turn: no `any` that stops at the first.
        is_quiet = not [each for each in kinds if each.remove()]
        now_s = time.monotonic()
        quiet_since_s = (quiet_since_s or now_s) if is_quiet else None
        is_done = quiet_since_s is not None and now_s - quiet_since_s >= manner.quiet_s
        if is_done or (quiet_since_s is None and now_s > deadline_s):
            break
        time.sleep(_PAUSE_S)
    refusals = [each.refusal for each in kinds if each.refusal is not None]
    if refusals:
        raise trouble(refusals[0], REMAINS) from refusals[0]
    if not is_done:
        raise TargetError(REMAINS, why=f"after {manner.within_s:.0f} s there is still more", hint=_AGAIN)
    return sum(len(each.removed) for each in kinds)


class _Things(ABC):
    """What a session has of one kind."""

    def __init__(self, client: "APIClient", session_id: str) -> None:
        self._client = client
        self._label: dict[str, Any] = {"label": f"{SESSION_LABEL}={session_id}"}
        self.removed: set[str] = set()
        self.refusal: Exception | None = None
        """Why there may be some left, by what the engine said last."""

    def remove(self) -> bool:
        """Looks once, and removes what is there; whether anything was. Raises TargetError where the engine
        does not answer."""
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
