"""One target of a session: what is deployed, what runs of it, and where it is in its life."""

from dataclasses import dataclass, field, replace

import anyio

from engine.hosting.delay_proxy import DelayProxy
from engine.hosting.target_state import CHANGING, SHOWN, State
from engine.metrics.snapshot import TAKES_LOAD, TargetState
from engine.plan.targets import TargetChoice
from engine.protocol.address import Address, Tls
from targets.launch import Launch, LaunchContext
from targets.options import Options
from targets.runtime import RunningTarget


@dataclass(slots=True, eq=False)
class Deployment:
    """What a target is and where it runs. Both may change between two starts, so every start looks here."""

    choice: TargetChoice
    site: LaunchContext
    """Where its commands run: on this machine, or inside its container."""

    @property
    def options(self) -> Options:
        """Its options now."""
        return self.choice.options

    def launch(self, port: int) -> Launch:
        """How it is started on a port."""
        return self.choice.target.launch(self.choice.options, replace(self.site, port=port))

    def launch_on_site(self) -> Launch:
        """How it is started on the port that was planned for it."""
        return self.launch(self.site.port)


@dataclass(slots=True, eq=False)
class TargetInstance:
    """A target that takes part in a session. Only the target manager moves its state on."""

    deployment: Deployment
    slot: int
    """Its colour and its place on the screen."""
    running: RunningTarget
    tls: Tls | None = None
    """How load is encrypted on the way to it; None: not at all."""
    life: State = State.WAITING
    delay_proxy: DelayProxy | None = None
    """Adds the plan's network delay; load goes through it."""
    ips: tuple[str, ...] = ()
    """The addresses of its host that were checked at its last start: load goes to these only."""
    process_ended: anyio.Event | None = field(default=None, repr=False)
    """Set when the process that was last ready has ended; None before the first was ready."""

    @property
    def name(self) -> str:
        """Its name in the session."""
        return self.choice.name

    @property
    def choice(self) -> TargetChoice:
        """What was chosen: the target and its options."""
        return self.deployment.choice

    @property
    def state(self) -> TargetState:
        """What people see of its life."""
        return SHOWN[self.life]

    @property
    def address(self) -> Address:
        """Where it is reached directly, without the delay proxy."""
        return Address(self.running.address.host, self.running.address.port, tls=self.tls, ips=self.ips)

    @property
    def is_changing(self) -> bool:
        """Whether it is being started, stopped or removed right now."""
        return self.life in CHANGING

    @property
    def is_down(self) -> bool:
        """Whether a fault has ended it."""
        return self.state == "down"

    @property
    def takes_load(self) -> bool:
        """Whether it has users: it is ready, or down by a fault."""
        return self.state in TAKES_LOAD
