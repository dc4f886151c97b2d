"""One target of a session: its deployment, its running target, and its state."""

from dataclasses import dataclass, field, replace

import anyio

from engine.hosting.delay_proxy import DelayProxy
from engine.hosting.target_state import CHANGING, SHOWN, State
from engine.metrics.target_snapshot import TAKES_LOAD, TargetState
from engine.plan.targets import TargetChoice
from engine.protocol.address import Address, Tls
from targets.launch import Launch, LaunchContext
from targets.options import Options
from targets.runtime import RunningTarget


@dataclass(slots=True, eq=False)
class Deployment:
    """What a target is and where it runs. Both may change between starts, so every start reads them here."""

    choice: TargetChoice
    site: LaunchContext
    """The context its commands run in: on this machine, or inside its container."""

    @property
    def options(self) -> Options:
        """The target's current options."""
        return self.choice.options

    def launch(self, port: int) -> Launch:
        """Returns how to start the target on a port."""
        return self.choice.filled(self.launch_as_written(port))

    def launch_on_site(self) -> Launch:
        """Returns how to start the target on its planned port."""
        return self.launch(self.site.port)

    def launch_as_written(self, port: int) -> Launch:
        """Returns the same with variables of the environment in place of their values: what is shown and
        recorded."""
        return self.choice.target.launch(self.choice.options, replace(self.site, port=port))


@dataclass(slots=True, eq=False)
class TargetInstance:
    """A target in a session. Only the target manager changes its state."""

    deployment: Deployment
    slot: int
    """Determines its colour and its position on the screen."""
    running: RunningTarget
    tls: Tls | None = None
    """How load to it is encrypted; None means that it is not."""
    life: State = State.WAITING
    delay_proxy: DelayProxy | None = None
    """The proxy that adds the plan's network delay, if any; load is sent through it."""
    ips: tuple[str, ...] = ()
    """The IP addresses of its host, as checked at its last start: load is sent only to these."""
    setup_values: dict[str, str] = field(default_factory=dict, repr=False)
    """What the plan's setup requests took from its responses: values for the workload's requests."""
    process_ended: anyio.Event | None = field(default=None, repr=False)
    """Set when its most recent ready process has ended; None before the first was ready."""

    @property
    def name(self) -> str:
        """The target's name in the session."""
        return self.choice.name

    @property
    def choice(self) -> TargetChoice:
        """The target and options that were chosen."""
        return self.deployment.choice

    @property
    def state(self) -> TargetState:
        """Its state as shown to users."""
        return SHOWN[self.life]

    @property
    def address(self) -> Address:
        """Its direct address, which bypasses the delay proxy."""
        return Address(self.running.address.host, self.running.address.port, tls=self.tls, ips=self.ips)

    @property
    def is_changing(self) -> bool:
        """Whether its state forbids other commands: e.g. it is being started, stopped or removed."""
        return self.life in CHANGING

    @property
    def is_down(self) -> bool:
        """Whether a fault ended it, including while it is being started again."""
        return self.state == "down"

    @property
    def takes_load(self) -> bool:
        """Whether it has users: it is ready, or down because of a fault."""
        return self.state in TAKES_LOAD
