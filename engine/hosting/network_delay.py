"""Adds the plan's network delay, if it has one: a delay proxy in front of each target."""

from dataclasses import dataclass, replace
from pathlib import Path

from engine.hosting.delay_proxy import DelayProxy
from engine.hosting.supervision import Helper, Supervisor
from engine.hosting.target_instance import TargetInstance


@dataclass(slots=True)
class NetworkDelay:
    """Manages the delay proxies of one session."""

    delay_s: float
    """The round-trip time added to every target's connections; 0 means none."""
    session_id: str
    folder: Path
    """The folder of the proxies' logs."""
    supervisor: Supervisor

    async def add_to(self, instance: TargetInstance) -> None:
        """Puts a delay proxy in front of a target, if the plan has a delay. The proxy survives restarts of
        the target as long as the target's addresses stay the same. Raises LoadError if it does not start."""
        address = instance.running.address
        upstreams = tuple(str(replace(address, host=ip)) for ip in instance.ips or (address.host,))
        if not self.delay_s or (instance.delay_proxy and instance.delay_proxy.upstreams == upstreams):
            return
        await self.remove_from(instance)
        log_path = self.folder / f"delay-proxy-{instance.slot}.log"
        proxy = DelayProxy(instance.name, upstreams, self.delay_s, self.session_id, log_path)
        try:
            await proxy.start()
        except BaseException:
            await proxy.end()
            raise
        instance.delay_proxy = proxy
        self.supervisor.watch(Helper(_shown(instance.name), proxy.wait, proxy.start, lambda: proxy.pid))

    async def remove_from(self, instance: TargetInstance) -> None:
        """Ends a target's delay proxy, if it has one."""
        proxy, instance.delay_proxy = instance.delay_proxy, None
        if proxy is not None:
            self.supervisor.release(_shown(instance.name))
            await proxy.end()


def _shown(target: str) -> str:
    return f"the delay proxy of {target}"
