"""Provides what a workload needs besides its targets, and changes live settings.

Rules of this file:
- what a workload needs is ready before its load begins, and is created once per session;
- the upstream's address is known from the start, so that you can choose a workload while targets run;
- targets in containers use an upstream in a container next to them, and targets on this machine use one that
  is a local process: both are equally close to their upstream, and both upstreams get the same settings;
- a settings file is written before the change is reported.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.to_thread

from engine.hosting.placement import Placement
from engine.hosting.service_containers import UPSTREAM_READY_WITHIN_S, UpstreamContainer
from engine.hosting.supervision import Helper
from engine.machine import paths
from targets import workload_requirements
from targets.apps import live_settings
from targets.errors import TargetError, UsageError, reason_of
from targets.launch import LaunchContext
from targets.runtime.local import LocalTarget
from targets.runtime.ports import free_port
from targets.runtime.run_command import run_command

MAX_DELAY_S = 30.0
MAX_MODEL_S = 30.0
LIVE_SETTINGS = "live-settings.json"
UPSTREAM = "the upstream"
"""The upstream's name, as shown to users."""


@dataclass(slots=True)
class Dependencies:
    """Provides the dependencies of one session."""

    folder: Path
    """The session's folder."""
    session_id: str
    placement: Placement
    upstream_port: int = field(default_factory=free_port)
    delay_s: float = 0.05
    """The upstream's current delay."""
    error_rate: float = 0.0
    """The upstream's current error rate, from 0 to 1."""
    _upstream: LocalTarget | None = None
    _inner_upstream: UpstreamContainer = field(init=False)
    _has_classifier: bool = False

    def __post_init__(self) -> None:
        self._inner_upstream = UpstreamContainer(
            self.placement, lambda: {LIVE_SETTINGS: json.dumps(self._upstream_settings)}
        )

    @property
    def upstream_url(self) -> str:
        """The URL of the upstream for targets on this machine, known before it starts."""
        return f"http://127.0.0.1:{self.upstream_port}"

    async def provide(self, workload: str, *, inside: bool = False) -> None:
        """Provides everything that a workload needs on this machine or, with `inside`, in containers. Raises
        UsageError for missing packages or if settings cannot be written, TargetError if something cannot be
        built or started."""
        if inside:
            if workload == "upstream":
                await self._inner_upstream.provide()
            return
        workload_requirements.check_installed(workload)
        if workload == "classify" and not self._has_classifier:
            build = workload_requirements.build_classifier(paths.cache())
            await run_command(build, "the classifier", self.session_id)
            self._has_classifier = True
        if workload == "upstream":
            await self._start_upstream()

    async def stop(self) -> None:
        """Stops the upstream on this machine, if it runs. Never raises."""
        if self._upstream is not None:
            self.placement.supervisor.release(UPSTREAM)
            await self._upstream.stop(grace_s=1.0)
            self._upstream = None

    async def set_upstream(self, delay_s: float | None, error_rate: float | None) -> str:
        """Changes the upstream's settings; None keeps the current value. Returns the new settings in words.
        Raises UsageError for a value out of range or if the settings cannot be written, TargetError if the
        upstream's container does not take them."""
        delay = self.delay_s if delay_s is None else delay_s
        rate = self.error_rate if error_rate is None else error_rate
        if not 0 <= delay <= MAX_DELAY_S:
            raise UsageError(
                f"an upstream delay of {delay:g} s is out of range", hint=f"from 0 s to {MAX_DELAY_S:g} s"
            )
        if not 0 <= rate <= 1:
            raise UsageError(f"an error rate of {rate * 100:g} % is out of range", hint="from 0 % to 100 %")
        self.delay_s, self.error_rate = delay, rate
        await self._apply_upstream()
        return f"upstream takes {delay * 1000:g} ms, {rate * 100:g} % errors"

    @property
    def _upstream_settings(self) -> dict[str, float]:
        return {"delay_s": self.delay_s, "error_rate": self.error_rate}

    async def _apply_upstream(self) -> None:
        await _write(self.folder / "upstream" / LIVE_SETTINGS, self._upstream_settings)
        await self._inner_upstream.turn()

    async def _start_upstream(self) -> None:
        if self._upstream is not None:
            return  # if it has ended, the supervisor is restarting it
        folder = self.folder / "upstream"
        await _write(folder / LIVE_SETTINGS, self._upstream_settings)
        upstream = self._upstream = LocalTarget(
            "upstream",
            lambda port: workload_requirements.upstream(
                LaunchContext(port, folder, live_settings=folder / LIVE_SETTINGS)
            ),
            folder=folder,
            session_id=self.session_id,
            port=self.upstream_port,
        )

        async def bring_up() -> None:
            await upstream.start()
            await upstream.ready(UPSTREAM_READY_WITHIN_S)

        try:
            await bring_up()
        except TargetError:
            await self.stop()
            raise
        self.placement.supervisor.watch(Helper(UPSTREAM, upstream.wait, bring_up, lambda: upstream.pid))


def model_settings(seconds: float) -> str:
    """Returns the contents of the settings file of a target whose model takes this many seconds. Raises
    UsageError if that is out of range."""
    if not 0 <= seconds <= MAX_MODEL_S:
        raise UsageError(
            f"a model time of {seconds:g} s is out of range", hint=f"from 0 s to {MAX_MODEL_S:g} s"
        )
    return json.dumps({"model_seconds": seconds})


async def _write(path: Path, values: dict[str, float]) -> None:
    try:
        await anyio.to_thread.run_sync(live_settings.write, path, values)
    except OSError as error:
        raise UsageError(
            "the setting cannot be changed",
            why=f"{path}: {reason_of(error)}",
            hint="check that the disk is not full",
        ) from error
