"""Connecting to a Docker Engine, and turning its failures into errors.

Every failure becomes one error with a hint that says what to do.
"""

import errno
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

from targets.errors import AbreastError, TargetError, reason_of
from targets.runtime.containers.engine_address import INSTEAD, NEAR, EngineAddress, selected_engine

if TYPE_CHECKING:
    from docker import APIClient

TIMEOUT_S = 20
"""For a response of the engine; long-running requests have no limit."""

_SPEAKERS = {"docker", "requests", "urllib3", "paramiko"}
"""Packages whose errors come from the connection or the engine."""
_OF_DISKS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE}
_OWN_FAULT = "the cause is not the engine but a bug in abreast or this machine: please report it"


class EngineGoneError(TargetError):
    """The engine does not respond."""


def connect(where: EngineAddress | None = None, answers_within_s: float = TIMEOUT_S) -> "APIClient":
    """Returns a client of the engine at `where`, by default the one that the environment selects. Blocks.
    Raises TargetError, also if the first response takes longer than `answers_within_s`."""
    where = where or selected_engine()
    try:
        import docker
        from docker.tls import TLSConfig
    except ImportError as error:
        raise TargetError(
            "containers need the package docker",
            why=str(error),
            hint=f"install it: pip install docker; {INSTEAD}",
        ) from error
    try:
        _check_socket(where.address, answers_within_s)
        ours = (where.certificate, where.key) if where.certificate else None
        client = docker.APIClient(
            base_url=where.address,
            tls=TLSConfig(ours, where.authorities or None, where.verifies) if where.has_tls else False,
            version="auto",
            timeout=answers_within_s,  # type: ignore[arg-type]  # the stubs want whole seconds
            max_pool_size=64,
            use_ssh_client=where.address.startswith("ssh://"),  # the user's ssh knows their keys and hosts
        )
        client.timeout = TIMEOUT_S
        client.trust_env = False  # never use a proxy between abreast and the engine
    except Exception as error:
        raise trouble(error, "", where.address) from error
    return client


def _check_socket(address: str, within_s: float) -> None:
    """Raises OSError if nothing listens on a Unix socket: the library's own error is less clear."""
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(within_s)
            probe.connect("/" + address.removeprefix("unix://").lstrip("/"))


def published_at() -> str:
    """The host on which the selected engine publishes ports; this machine if it cannot be determined
    (containers then fail to start with the reason). Does not contact the engine."""
    try:
        return selected_engine().host
    except TargetError:
        return NEAR


def trouble(error: BaseException, doing: str, where: str = "") -> AbreastError:
    """Converts an error of the engine or the connection to an AbreastError. `doing`: `fastapi cannot be
    started`."""
    if isinstance(error, AbreastError):
        return error
    place = where or "its socket"
    text = explanation(error)
    cause = _system_error(error)
    if cause in {errno.EACCES, errno.EPERM}:
        return EngineGoneError(
            doing or "no permission to use the Docker Engine",
            why=f"{place}: permission denied",
            hint=f"join the group docker (sudo usermod -aG docker $USER, then log in again), {INSTEAD}",
        )
    if cause in {errno.ENOENT, errno.ECONNREFUSED}:
        return EngineGoneError(
            doing or "no Docker Engine answers",
            why=f"nothing listens at {place}",
            hint=f"start Docker (sudo systemctl start docker, or Docker Desktop), {INSTEAD}",
        )
    if not any(_is_of_connection(each) for each in _chain(error)):
        return TargetError(
            doing or "a request to the Docker Engine failed",
            why=f"{type(error).__name__}: {text}",
            hint=_OWN_FAULT,
        )
    if getattr(error, "response", None) is None:
        return EngineGoneError(
            doing or "no Docker Engine answers",
            why=f"{place}: {text}",
            hint=f"check whether it runs with docker info; {INSTEAD}",
        )
    return TargetError(doing or "the Docker Engine refused the request", why=text, hint=hint_for(text))


def explanation(error: BaseException) -> str:
    """The engine's or the library's explanation of an error, in one line."""
    text = getattr(error, "explanation", None) or reason_of(error)
    return " ".join(str(text).split())


def hint_for(text: str) -> str:
    """A hint for an error message of the engine."""
    for sign, hint in _HINTS.items():
        if sign in text.lower():
            return hint
    return "abreast doctor shows which Docker there is"


_HINTS = {
    "port is already allocated": "end the program that uses that port, then restart the target",
    "address already in use": "end the program that uses that port, then restart the target",
    "address pool": "networks of other projects use up the engine's addresses: docker network prune",
    "no space left": "the engine's disk is full: docker system prune",
    "range of cpus": "give the target fewer processors, as in cpus=1",
    "cpuset": "name cores that the engine's machine has, as in cpus=@0",
    "memory": "give the target more memory, or less than the engine's machine has, as in memory=1g",
    "no such container": "docker ps --all lists all containers",
    "executable file not found": "the image lacks that program",
}
"""Part of the engine's message, in lower case → what to do."""


def _system_error(error: BaseException) -> int | None:
    """The errno of the operating system's error that caused a connection error."""
    numbers = (each.errno for each in _chain(error) if isinstance(each, OSError) and _is_of_connection(each))
    return next((each for each in numbers if isinstance(each, int)), None)


def _is_of_connection(error: BaseException) -> bool:
    """Whether the error came from the connection to the engine. An OSError that names a file, or a full disk,
    did not."""
    if any(kind.__module__.partition(".")[0] in _SPEAKERS for kind in type(error).__mro__):
        return True
    return isinstance(error, OSError) and error.filename is None and error.errno not in _OF_DISKS


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and everything that caused it: libraries keep wrapped errors as arguments, reason or cause."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [inner for inner in each.args if isinstance(inner, BaseException)]
        waiting += (
            [getattr(each, "reason", None)]
            if isinstance(getattr(each, "reason", None), BaseException)
            else []
        )
        waiting += [each.__cause__, each.__context__]
