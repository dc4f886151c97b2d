"""Everything that abreast asks of Ray: connecting, the nodes, placing actors. Only the bridge imports it.

Rules of this file:
- Ray reports nothing to its makers and opens no dashboard; a cluster that abreast starts listens on loopback
  only;
- Ray's calls block, and some wait without bound: callers run them in a thread, within a limit;
- what goes wrong becomes an AbreastError that says what to do.
"""

import math
import os
import socket
import time
from collections.abc import Container
from pathlib import Path
from typing import Any

from engine.cluster.actor import LoadWorkerActor
from engine.cluster.node import Node
from engine.machine import ray_folder
from engine.protocol.cluster_address import ClusterAddress
from targets.errors import AbreastError, LoadError, UsageError, reason_of

REACHED_WITHIN_S = 5.0
PROBED_WITHIN_S = 40.0
"""A node may have to start a Python process for it."""
CONNECT_TRIES = 5
"""A head starts a process for each client, which one time in ten, or more often if it is busy, dies at once:
https://github.com/ray-project/ray/issues/63202."""
FOLDER_TRIES = 20
"""Ray's processes write to it until the last has ended."""
OBJECT_STORE_BYTES = 80 * 1024 * 1024
"""Ray's least: abreast stores nothing there."""


class RayDriver:
    """A connection to a cluster. Its methods block."""

    def __init__(self, address: ClusterAddress, workers: int, session_folder: Path, lease_s: float) -> None:
        """Connects; a cluster that abreast starts gets one processor for each of `workers`. Load workers
        stop once they have not heard of the front for `lease_s`. Raises AbreastError."""
        self._session_folder = session_folder
        self._lease_s = lease_s
        _set_environment(address, lease_s)
        if (listening := _listening(address)) is not None:
            _check_reachable(*listening)
        import ray

        self._ray: Any = ray
        try:
            self._connect(address, workers)
        except AbreastError:
            raise
        except Exception as error:
            self.close()
            raise _explained(address, error) from error
        self._actor_class = ray.remote(LoadWorkerActor)

    def _connect(self, address: ClusterAddress, workers: int) -> None:
        for tries_left in reversed(range(CONNECT_TRIES)):
            try:
                self._ray.init(**self._options(address, workers))
            except ConnectionAbortedError:
                if not tries_left:
                    raise
            else:
                return

    def _options(self, address: ClusterAddress, workers: int) -> dict[str, Any]:
        quiet: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
        if address.kind == "auto":
            return quiet | {"address": "auto"}
        if address.kind == "client":
            return quiet | {"address": str(address)}
        folder = str(ray_folder.make(self._session_folder))
        os.environ["TMPDIR"] = folder  # of all processes that Ray starts
        return quiet | {
            "address": "local",
            "num_cpus": workers,
            "include_dashboard": False,
            "object_store_memory": OBJECT_STORE_BYTES,
            "_node_ip_address": "127.0.0.1",
            "_temp_dir": folder,
        }

    # ------------------------------------------------------------ nodes

    def node_ids(self) -> frozenset[str]:
        """The ids of the nodes that are alive."""
        return frozenset(each["NodeID"] for each in self._ray.nodes() if each["Alive"])

    def nodes(self, but: Container[str] = ()) -> tuple[Node, ...]:
        """The nodes that are alive, but for those with these ids, with their facts; two may have the same
        name. Raises LoadError if one does not answer."""
        alive = [each for each in self._ray.nodes() if each["Alive"] and each["NodeID"] not in but]
        facts = self._facts([each["NodeID"] for each in alive])
        return tuple(
            Node(
                id=each["NodeID"],
                name=str(found.get("hostname") or each["NodeManagerHostname"]),
                address=str(each["NodeManagerAddress"]),
                cpus=int(each["Resources"].get("CPU", 0)),
                facts=found,
            )
            for each, found in zip(alive, facts, strict=True)
        )

    def _facts(self, node_ids: list[str]) -> list[dict[str, Any]]:
        probe = self._ray.remote(_probe())
        asked = [
            probe.options(num_cpus=0, max_retries=0, scheduling_strategy=self._on(node_id)).remote()
            for node_id in node_ids
        ]
        try:
            found: list[dict[str, Any]] = self._ray.get(asked, timeout=PROBED_WITHIN_S)
        except Exception as error:
            raise LoadError(
                "a node of the cluster does not answer",
                why=_first_line(error),
                hint="see ray status; restart Ray on that node, or remove it from the cluster",
            ) from error
        return found

    def _on(self, node_id: str) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        return NodeAffinitySchedulingStrategy(node_id, soft=False)

    def free_cpus(self) -> int:
        """Processors that nothing else uses."""
        return int(self._ray.available_resources().get("CPU", 0))

    # ------------------------------------------------------------ actors

    def create(self, node_id: str = "", cpus: int = 1) -> Any:
        """An actor for a load worker, once so many processors are free: on this node, or spread over the
        nodes."""
        strategy = self._on(node_id) if node_id else "SPREAD"
        options = self._actor_class.options(
            max_restarts=0, max_task_retries=0, num_cpus=cpus, scheduling_strategy=strategy
        )
        return options.remote(self._lease_s, 2 * self._lease_s)

    def kill(self, actor: Any) -> None:
        """Ends an actor at once."""
        self._ray.kill(actor, no_restart=True)

    def close(self) -> None:
        """Leaves the cluster; ends it if abreast started it."""
        self._ray.shutdown()
        note = self._session_folder / ray_folder.NOTE
        for _ in range(FOLDER_TRIES):
            if not note.exists() or ray_folder.remove_noted(self._session_folder):
                return
            time.sleep(0.1)


def _set_environment(address: ClusterAddress, lease_s: float) -> None:
    """Ray reads these when it is imported, or connects."""
    # How long the head keeps the actors of a connection that broke: after the lease they send nothing.
    os.environ["RAY_CLIENT_RECONNECT_GRACE_PERIOD"] = str(math.ceil(lease_s))
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"
    listening = _listening(address)
    if address.kind == "local" or (listening is not None and listening[1] in ("127.0.0.1", "localhost")):
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # else 127.0.0.1 becomes an outer address
    if address.kind != "auto":
        os.environ.pop("RAY_ADDRESS", None)


def _listening(address: ClusterAddress) -> tuple[str, str, int] | None:
    """Where the cluster is said to listen: as it was written, host and port; None if nothing says so."""
    if address.kind == "client":
        return str(address), address.host, address.port
    written = (os.environ.get("RAY_ADDRESS") or _last_started()) if address.kind == "auto" else ""
    host, colon, port = written.rpartition("://")[2].rpartition(":")
    return (written, host.strip("[]"), int(port)) if colon and port.isdecimal() else None


def _last_started() -> str:
    """Where the cluster that was last started or joined here listens, as Ray notes it; the note may be stale,
    and Ray itself would then wait for minutes."""
    folder = os.environ.get("RAY_TMPDIR") or os.environ.get("TMPDIR") or "/tmp"  # noqa: S108 - where Ray keeps it
    try:
        return Path(folder, "ray", "ray_current_cluster").read_text().strip()
    except OSError:
        return ""


def _check_reachable(written: str, host: str, port: int) -> None:
    """Raises UsageError if nothing listens there; Ray itself would try for half a minute."""
    try:
        with socket.create_connection((host, port), REACHED_WITHIN_S):
            return
    except OSError as error:
        raise UsageError(
            f"no Ray cluster answers at {written}",
            why=reason_of(error),
            hint="on its head: ray start --head --ray-client-server-port=10001; "
            "check the address (RAY_ADDRESS names one for auto), and that a firewall lets the port through",
        ) from error


def _explained(address: ClusterAddress, error: Exception) -> AbreastError:
    why = _first_line(error)
    text = str(error)
    if "ersion" in text and ("ismatch" in text or "differ" in text or "does not match" in text):
        return UsageError(
            "this machine and the cluster run different versions",
            why=" ".join(text.split())[:300],
            hint="install the same Python and the same ray here and on every node, then restart Ray",
        )
    if address.kind == "auto" and isinstance(error, ConnectionError):
        return UsageError(
            "this machine is not a node of a Ray cluster",
            why=why,
            hint="join one with ray start --address HEAD:6379, or use --cluster local or ray://HEAD:10001",
        )
    if isinstance(error, ConnectionAbortedError):
        return LoadError(
            f"the head of the Ray cluster {address} does not serve this session",
            why=f"it tried {CONNECT_TRIES} times to start a process for it",
            hint="try again; see ray_client_server.err in the head's logs",
        )
    if address.kind == "local":
        return LoadError(
            "Ray did not start here",
            why=why,
            hint="try again; its log is cluster.log in the session's folder",
        )
    return UsageError(
        f"cannot connect to the Ray cluster {address}",
        why=why,
        hint="see ray status on its head; where it asks for a token, RAY_AUTH_TOKEN must be set here too",
    )


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in reason_of(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__


def _probe() -> Any:
    """The function that finds a node's facts. It is sent as code, since the node may lack abreast."""

    def probe() -> dict[str, Any]:
        import platform
        import socket

        try:
            from engine.cluster.node_facts import node_facts

            return node_facts()
        except Exception as error:  # a broken installation is reported, whatever it raises
            return {
                "hostname": socket.gethostname(),
                "python": platform.python_version(),
                "why": f"{type(error).__name__}: {error}",
            }

    return probe
