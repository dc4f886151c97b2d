"""A session's connection to a Docker Engine: its network, its events, and the threads that wait for it.

Rules of this file:
- the engine's library blocks: every call runs in a thread with separate limiters, so that a slow engine never
  uses up the threads that other work needs;
- an endless response is closed from outside when its reader is cancelled: no thread outlives a session;
- one event stream covers all containers of the session; if it breaks, the engine and every target that it
  runs count as gone.
"""

import os
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
import orjson
from anyio.abc import TaskGroup

from targets.errors import AbreastError, TargetError, in_a_line
from targets.runtime.containers import cleanup
from targets.runtime.containers.cancellable import Cancellable, Work
from targets.runtime.containers.cleanup import SESSION_LABEL
from targets.runtime.containers.connection import (
    EngineGoneError,
    connect,
    trouble,
)
from targets.runtime.containers.engine_address import EngineAddress, selected_engine
from targets.runtime.containers.image import Recipe, build, fetch, recipe
from targets.runtime.containers.limits import Machine
from targets.runtime.containers.single_flight import SharedWork
from targets.runtime.containers.stream import Stream

if TYPE_CHECKING:
    from docker import APIClient

Result = TypeVar("Result")

News = Literal["image", "oom", "pause", "restart", "trouble", "waiting"]
"""Kinds of events of containers."""
Tell = Callable[[News, str, str], None]
"""Takes an event to show to the user: its kind, the target it concerns (empty: all), a text."""

CALLS_AT_ONCE = 16
STREAMS_AT_ONCE = 64


@dataclass(slots=True, eq=False)
class Run:
    """One start of one container."""

    target: str
    container: str
    """Its id."""
    ended: anyio.Event = field(default_factory=anyio.Event)
    exit_code: int | None = None
    out_of_memory: bool = False
    """The kernel killed a process in it because it ran out of memory."""
    engine_gone: bool = False
    removed: bool = False
    is_logged: bool = False
    """What it wrote was fetched."""
    is_paused: bool = False
    """Paused by abreast."""
    awaited: set[str] = field(default_factory=set)
    """Actions that abreast requested and whose events have not arrived yet: `pause`."""
    paused_outside: Literal["", "asked", "reported"] = ""
    """An event said that others paused it: the engine is asked, and if it is paused, that is reported."""


class Engine:
    """The engine as one session uses it. `open` connects when the first container is needed."""

    def __init__(self, session_id: str, folder: Path, group: TaskGroup, tell: Tell) -> None:
        """`folder` is the session's. `group` runs the tasks that listen to the engine."""
        self.session_id = session_id
        self.group = group
        self.tell = tell
        self.machine = Machine(0, 0, limits_memory=True, limits_swap=True, limits_cpu=True)
        self.host = "127.0.0.1"
        """Where it publishes ports."""
        self.network = ""
        self._folder = folder
        self._where: EngineAddress | None = None
        """Which engine it is: fixed for the whole session once the first note is written."""
        self._client: APIClient | None = None
        self._opening = anyio.Lock()
        self._images = SharedWork[str]()
        self._getting = anyio.Lock()
        self._calls = anyio.CapacityLimiter(CALLS_AT_ONCE)
        self._streams = anyio.CapacityLimiter(STREAMS_AT_ONCE)
        self._listening: anyio.CancelScope | None = None
        self._runs: dict[str, Run] = {}
        self._is_closing = False

    @property
    def labels(self) -> dict[str, str]:
        """The labels of everything the session creates."""
        return {SESSION_LABEL: self.session_id}

    @property
    def is_closing(self) -> bool:
        """Whether the session is closing, so that containers end on purpose."""
        return self._is_closing

    @property
    def is_near(self) -> bool:
        """Whether it publishes ports on this machine."""
        return self.host == "127.0.0.1"

    # ------------------------------------------------------------ opening and closing

    async def reach(self) -> None:
        """Connects without creating anything there; does nothing if already connected. Raises TargetError."""
        async with self._opening:
            if self._is_closing:
                raise EngineGoneError("no more containers are started", why="the session ends")
            if self._client is None:
                await self._connect()

    async def open(self) -> None:
        """Connects and creates the session's network; does nothing if that is already done. Raises
        TargetError."""
        await self.reach()
        async with self._opening:
            if not self.network:
                self.network = await self.call(
                    "the targets' network cannot be created", self._session_network
                )

    def _session_network(self, client: "APIClient") -> str:
        """Returns the id of the session's network, which it creates if it does not exist yet."""
        known = client.networks(filters={"label": f"{SESSION_LABEL}={self.session_id}"})
        made = known[0] if known else client.create_network(f"abreast-{self.session_id}", labels=self.labels)
        return str(made["Id"])

    async def _connect(self) -> None:
        where = self._where
        if where is None:
            where = await anyio.to_thread.run_sync(selected_engine)
        client = await anyio.to_thread.run_sync(connect, where, limiter=self._calls)
        try:
            info = await anyio.to_thread.run_sync(client.info, limiter=self._calls)
            await anyio.to_thread.run_sync(cleanup.leave_note, self._folder, where)
            self._where = where
            events = await anyio.to_thread.run_sync(
                _events, client, self.session_id, info["SystemTime"], limiter=self._calls
            )
        except Exception as error:
            client.close()
            raise trouble(error, "", where.address) from error
        self.host = where.host
        self.machine = Machine.of(info, cores_here=os.cpu_count() or 1, is_near=self.is_near)
        self._client = client
        self.group.start_soon(self._listen, client, events)

    async def close(self) -> None:
        """Removes everything of the session from the engine and disconnects. Never raises: the next start
        removes what is left."""
        self._is_closing = True
        with anyio.CancelScope(shield=True):
            if cleanup.has_note(self._folder):
                try:
                    await anyio.to_thread.run_sync(
                        cleanup.remove_noted, self._folder, self.session_id, limiter=self._calls
                    )
                except AbreastError as error:
                    hint = "abreast clean removes them once the engine works again"
                    self.tell("trouble", "", f"containers may be left: {in_a_line(error)}; {hint}")
            if self._listening is not None:
                self._listening.cancel()
            if self._client is not None:
                self._client.close()
                self._client = None

    # ------------------------------------------------------------ speaking

    async def call(self, doing: str, ask: "Callable[[APIClient], Result]") -> Result:
        """Runs `ask` in a thread and returns its result. `doing` begins the error message: `fastapi cannot be
        started`. Raises TargetError."""
        if self._client is None:
            raise EngineGoneError(
                doing,
                why="the connection to the Docker Engine is closed",
                hint="check whether it runs with docker info; then restart the target",
            )
        try:
            return await anyio.to_thread.run_sync(ask, self._client, limiter=self._calls)
        except Exception as error:
            raise trouble(error, doing, self._address) from error

    def send(self, ask: "Callable[[APIClient], object]") -> None:
        """Sends a request in the background without waiting for it; failures are ignored."""
        if self._client is not None and not self._is_closing:
            self.group.start_soon(self._send, ask)

    async def _send(self, ask: "Callable[[APIClient], object]") -> None:
        try:
            await self.call("", ask)
        except TargetError:
            return

    async def follow(self, path: str, params: Mapping[str, str], take: Callable[[bytes], None]) -> None:
        """Passes every line of an endless response to `take`, in the thread that reads it, until it ends or
        the caller is cancelled. A broken connection counts as its end. Raises TargetError if it does not
        begin."""
        stream = await self.call(f"no answer to {path}", lambda client: _opened(client, path, params))
        await self._read(stream, take)

    async def _read(self, stream: Stream, take: Callable[[bytes], None]) -> None:
        def read() -> None:
            for line in stream.lines():
                take(line)

        try:
            await anyio.to_thread.run_sync(read, abandon_on_cancel=True, limiter=self._streams)
        except Exception:  # noqa: S110  the engine went away in the middle of a line
            pass
        finally:
            stream.close()

    # ------------------------------------------------------------ images

    async def image(self, name: str = "", advice: str = "", *, asker: str = "") -> str:
        """Makes sure an image exists and returns its name: the targets' image, which is built if the engine
        lacks it, or the one called `name`, which is fetched. `advice`: what to do if that fails. Targets that
        start together share one attempt, and each gets its error if it fails; a target (`asker`) that starts
        again retries it. Raises TargetError."""
        obtain = partial(self._fetched, name, advice) if name else self._built
        return await self._images.get(name, obtain, asker=asker)

    async def _fetched(self, name: str, advice: str) -> str:
        async with self._getting:
            if not await self._has(name):
                self.tell("image", "", f"fetching the image {name}")
                await self._get(f"the image {name} cannot be fetched", partial(fetch, name, advice))
        return name

    async def _built(self) -> str:
        async with self._getting:
            wanted: Recipe = await anyio.to_thread.run_sync(recipe)
            if not await self._has(wanted.tag):
                self.tell("image", "", f"building the targets' image {wanted.tag} (once; some minutes)")
                await self._get("the targets' image cannot be built", partial(build, wanted))
        return wanted.tag

    async def _has(self, tag: str) -> bool:
        return await self.call(f"abreast cannot check for the image {tag}", partial(_has_image, tag))

    async def _get(self, doing: str, work: Work) -> None:
        """Builds or fetches an image over a separate connection; closing it ends the work."""

        def say(text: str) -> None:
            anyio.from_thread.run_sync(self.tell, "image", "", text)

        client = await anyio.to_thread.run_sync(connect, self._where, limiter=self._calls)
        cancellable = Cancellable(client, say)
        try:
            await anyio.to_thread.run_sync(
                cancellable.run, work, abandon_on_cancel=True, limiter=self._streams
            )
        except AbreastError:
            raise
        except Exception as error:
            raise trouble(error, doing, self._address) from error
        finally:
            await cancellable.end()
            client.close()

    # ------------------------------------------------------------ containers

    def watch(self, run: Run) -> None:
        """Tracks a container from its creation."""
        self._runs[run.container] = run

    def forget(self, run: Run) -> None:
        """Stops tracking a run."""
        self._runs.pop(run.container, None)

    async def _listen(self, client: "APIClient", events: Stream) -> None:
        """Follows the session's events until it closes. If the stream breaks, everything that ran there has
        ended."""

        recent: deque[tuple[Any, ...]] = deque(maxlen=100)

        def take(line: bytes) -> None:
            event = orjson.loads(line)
            which = (event.get("Actor", {}).get("ID"), event.get("Action"), event.get("timeNano"))
            if which in recent:  # Docker may send events of the second in which the stream was opened twice
                return
            recent.append(which)
            anyio.from_thread.run_sync(self._take, event)

        with anyio.CancelScope() as self._listening:
            await self._read(events, take)
        if self._is_closing or self._client is not client:
            return
        self._client, self.network = None, ""
        client.close()
        self.tell("trouble", "", "the Docker Engine is gone, and so are the targets in containers")
        for run in self._runs.values():
            run.engine_gone = True
            run.ended.set()

    def _take(self, event: Mapping[str, Any]) -> None:
        actor = event.get("Actor", {})
        run = self._runs.get(actor.get("ID", ""))
        if run is None:
            return
        match event.get("Action"):
            case "oom":
                run.out_of_memory = True
                self.tell("oom", run.target, "out of memory: the kernel killed one of its processes")
            case "die":
                code = actor.get("Attributes", {}).get("exitCode", "")
                run.exit_code = int(code) if code.isdecimal() else None
                run.ended.set()
            case "start" if run.ended.is_set():
                self.tell("restart", run.target, "its container was restarted outside abreast")
            case "pause" | "unpause" as action if action in run.awaited:
                run.awaited.discard(action)
            case "pause":
                run.paused_outside = run.paused_outside or "asked"
                self.group.start_soon(self._report_pause, run)
            case "unpause":
                if run.paused_outside == "reported":
                    self.tell("pause", run.target, "its container was unpaused outside abreast")
                run.paused_outside = ""

    async def _report_pause(self, run: Run) -> None:
        """Reports a pause that lasts. A busy engine sends the events of a pause once more after its end."""
        try:
            found = await self.call("", lambda client: client.inspect_container(run.container))
        except TargetError:
            return
        if found["State"]["Paused"] and run.paused_outside == "asked" and not run.is_paused:
            run.paused_outside = "reported"
            self.tell("pause", run.target, "its container was paused outside abreast")

    @property
    def _address(self) -> str:
        return self._where.address if self._where else ""


def _events(client: "APIClient", session_id: str, since: str, /) -> Stream:
    """Opens the event stream of the session's containers. `since` includes events from before it was open."""
    filters = orjson.dumps({"label": [f"{SESSION_LABEL}={session_id}"], "type": ["container"]}).decode()
    began = datetime.fromisoformat(re.sub(r"\.\d+", "", since)).timestamp()
    return _opened(client, "/events", {"filters": filters, "since": str(int(began))})


def _opened(client: "APIClient", path: str, params: Mapping[str, str]) -> Stream:
    """Opens an endless response. Blocks until it begins. Raises what the library raises."""
    import requests
    from docker.errors import create_api_error_from_http_exception

    address = f"{client.base_url}/v{client.api_version}{path}"
    response = client.get(address, params=dict(params), stream=True, timeout=(client.timeout, None))
    try:
        response.raise_for_status()
    except requests.exceptions.HTTPError as error:
        create_api_error_from_http_exception(error)
    return Stream(response)


def _has_image(tag: str, client: "APIClient") -> bool:
    from docker.errors import NotFound

    try:
        client.inspect_image(tag)  # type: ignore[no-untyped-call]  # the stubs leave it out
    except NotFound:
        return False
    return True
