"""The health probe: a hidden user that requests `/health` once a second beside the load, counted apart."""

from time import monotonic_ns
from typing import TYPE_CHECKING

import anyio

from engine.client.byte_counters import ByteCounters
from engine.protocol.outcome import GENERATOR_FAULTS, RESPONSE_TIMEOUT, STALE, Outcome, failure_kind

if TYPE_CHECKING:
    from engine.client.connection import Connection
    from engine.client.endpoint import Endpoint
    from engine.protocol.messages import Template
    from engine.worker.counters import TargetCounters

HEALTH_PROBE_EVERY_S = 1.0


class HealthProbe:
    """One target's health probe. Runs until its scope is cancelled."""

    def __init__(
        self, template: "Template", endpoint: "Endpoint", counters: "TargetCounters", timeout_s: float
    ) -> None:
        self._endpoint = endpoint
        self._counters = counters
        self._timeout_s = timeout_s
        self._template = template
        self._connection: Connection | None = None
        self._byte_counters = ByteCounters()
        self.scope = anyio.CancelScope()
        self.began_ns = 0
        """When the probe in flight began; 0 while there is none."""

    def waiting_us(self, now_ns: int) -> int:
        """How long the probe in flight has waited; 0 while there is none."""
        return (now_ns - self.began_ns) // 1000 if self.began_ns else 0

    async def live(self) -> None:
        """Runs until its scope is cancelled."""
        with self.scope:
            try:
                while True:
                    self.began_ns = began_ns = monotonic_ns()
                    await self._probe()
                    self.began_ns = 0
                    took_s = (monotonic_ns() - began_ns) / 1e9
                    await anyio.sleep(HEALTH_PROBE_EVERY_S - took_s % HEALTH_PROBE_EVERY_S)
            finally:
                self.began_ns = 0
                if self._connection is not None:
                    self._connection.close()

    async def _probe(self) -> None:
        outcome = await self._send()
        if outcome == STALE:
            outcome = await self._send()
        if self._connection is not None and outcome in self._template.expect_status:
            self._counters.health_probe[(self._connection.ended_ns - self.began_ns) // 1000] += 1
            return
        errors = self._counters.unsent if outcome in GENERATOR_FAULTS else self._counters.health_probe_errors
        errors[failure_kind(outcome)] += 1
        if self._connection is not None:
            self._connection.close()

    async def _send(self) -> Outcome:
        if self._connection is None or not self._connection.usable:
            dialled = await self._endpoint.dial(self._byte_counters, self._left_s())
            if isinstance(dialled, str):
                return dialled
            self._connection = dialled
        with anyio.move_on_after(self._left_s()):
            return await self._connection.send(self._template.head, self._template.method == "HEAD")
        return RESPONSE_TIMEOUT

    def _left_s(self) -> float:
        return self._timeout_s - (monotonic_ns() - self.began_ns) / 1e9
