"""Containers that abreast did not start: plain `docker run`, without its labels."""

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from targets.runtime.containers.image import default_base
from tests.support.fronts import until

if TYPE_CHECKING:
    from docker import APIClient

MIB = 1024**2
LITTLE_SERVER = Path(__file__).with_name("little_server.py")
LISTENER = "import socket, time; held = socket.create_server(('', 8000)); time.sleep(600)"
"""Accepts connections and sends nothing."""
GREETER = (
    "import socket\nheld = socket.create_server(('', 8000))\n"
    "while True:\n    held.accept()[0].sendall(b'J\\x00\\x00\\x00\\n8.4.0\\x00')"
)
"""Greets, as a database does, and does not speak HTTP."""


@dataclass(frozen=True)
class Somebody:
    """A container that abreast did not start."""

    client: "APIClient"
    id: str
    name: str

    @property
    def state(self) -> dict[str, Any]:
        """Its state, in Docker's words."""
        told: dict[str, Any] = self.client.inspect_container(self.id)["State"]
        return told

    @property
    def port(self) -> int:
        """Where Docker publishes its port 8000."""
        return int(self.client.port(self.id, 8000)[0]["HostPort"])

    def log(self) -> str:
        """What it wrote."""
        text: bytes = self.client.logs(self.id)
        return text.decode()


@contextmanager
def running(
    client: "APIClient",
    code: str = "",
    *options: str,
    name: str = "",
    ports: Sequence[int] = (8000,),
    host: str = "127.0.0.1",
    host_port: int | None = None,
    labels: Mapping[str, str] | None = None,
    held: Mapping[str, Any] | None = None,
) -> Iterator[Somebody]:
    """A container that runs the little server on port 8000, with these options, or other code instead.
    `host` is where its port is published; `held` has its limits, as the Docker library names them. It is
    removed at the end of the block."""
    image = os.environ.get("ABREAST_BASE_IMAGE") or default_base()
    if not client.images(image):
        client.pull(image)
    command = ["python", "-P", "-c", code]
    if not code:
        command = ["python", "-P", "-c", LITTLE_SERVER.read_text(), "8000", "--host", "0.0.0.0", *options]
    name = name or f"abreast-test-{secrets.token_hex(3)}"
    made = client.create_container(
        image,
        command,
        name=name,
        labels=dict(labels or {}),
        ports=list(ports),
        host_config=client.create_host_config(
            port_bindings=dict.fromkeys(ports, (host, host_port)), **(held or {})
        ),
    )
    container = Somebody(client, made["Id"], name)
    try:
        client.start(made["Id"])
        until(lambda: container.state["Status"] != "created", "it has begun")
        yield container
    finally:
        with suppress(Exception):  # a test may have removed it
            client.remove_container(made["Id"], force=True)


@contextmanager
def public_address(client: "APIClient") -> Iterator[str]:
    """An address of this machine outside all private networks: that of a bridge, which is removed at the end
    of the block."""
    from docker.types import IPAMConfig, IPAMPool

    address = "203.0.113.1"  # reserved for documentation
    pool = IPAMPool(subnet="203.0.113.0/24", gateway=address)
    made = client.create_network(f"abreast-test-{secrets.token_hex(3)}", ipam=IPAMConfig(pool_configs=[pool]))
    try:
        yield address
    finally:
        client.remove_network(made["Id"])
