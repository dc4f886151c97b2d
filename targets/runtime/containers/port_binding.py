"""Where a container's port is published.

Rules of this file:
- on loopback if the engine is on this machine; otherwise only on the address that abreast reaches it by,
  since an engine's rules bypass that machine's firewall;
- on every address of that machine only if the machine does not have that address itself (as behind NAT),
  which is reported; a database never is.
"""

import socket
from typing import TYPE_CHECKING

import anyio.to_thread

from targets.errors import TargetError, reason_of
from targets.runtime.containers.engine_address import NEAR
from targets.runtime.ports import free_port

if TYPE_CHECKING:
    from docker import APIClient

    from targets.runtime.containers.engine import Engine


_TAKEN = ("port is already allocated", "address already in use")
_NOT_ITS_OWN = "cannot assign requested address"
"""The engine's messages for a port in use, and for an address that its machine does not have."""


class PortBinding:
    """One container's port binding, over all its starts."""

    def __init__(self, target: str, engine: "Engine", port: int | None, *, is_secret: bool) -> None:
        """Without a port it gets a free one, which it keeps once it was ready. If `is_secret`, it is never
        published on every address."""
        self.port = port
        """Outside; None before it is known."""
        self.is_known = False
        """The port is already in use by abreast: it stays the same even if something else takes it
        meanwhile."""
        self._target = target
        self._engine = engine
        self._is_secret = is_secret
        self._everywhere = False

    async def choose(self) -> None:
        """Chooses a free port if there is none yet and the engine is on this machine. Elsewhere the engine
        chooses."""
        if self.port is None and self._engine.is_near:
            self.port = await anyio.to_thread.run_sync(free_port)

    def binding(self) -> tuple[str, int | None]:
        """Address and port; without a port, the engine chooses. Blocks while a name is looked up. Raises
        TargetError."""
        return "" if self._everywhere else address_of(self._engine), self.port

    def learn(self, container: str, inner_port: int, client: "APIClient") -> None:
        """Asks the engine for the port that it chose; a container that has ended has none any more. Blocks.
        Raises what the library raises."""
        if found := client.port(container, inner_port):
            self.port = int(found[0]["HostPort"])

    def can_retry(self, error: TargetError) -> bool:
        """Whether a retry may succeed after the engine refused to start it: on another address or port."""
        reason = error.why.lower()
        if any(sign in reason for sign in _TAKEN) and not self.is_known:
            self.port = None
            return True
        if _NOT_ITS_OWN not in reason or self._everywhere or self._is_secret or self._engine.is_near:
            return False
        self._everywhere = True
        text = f"published on every address of the engine's machine: {self._engine.host} is not one of them"
        self._engine.tell("trouble", self._target, text)
        return True


def address_of(engine: "Engine") -> str:
    """The address that ports are published on. Blocks while a name is looked up. Raises TargetError."""
    if engine.is_near:
        return NEAR
    try:
        found = socket.getaddrinfo(engine.host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetError(
            f"the engine's host {engine.host} cannot be found",
            why=reason_of(error),
            hint="name it in DOCKER_HOST, or in the context, by an address: its targets are reached there",
        ) from error
    found.sort(key=lambda each: each[0] != socket.AF_INET)
    return str(found[0][4][0]).partition("%")[0]
