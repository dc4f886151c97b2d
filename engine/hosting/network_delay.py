"""The plan's network delay: a delay proxy in front of each target, if the plan asks for one."""

from dataclasses import dataclass, replace
from pathlib import Path

from engine.hosting.delay_proxy import DelayProxy
from engine.hosting.supervision import Helper, Supervisor
from engine.hosting.target_instance import TargetInstance


@dataclass(slots=True)
class NetworkDelay:
    """The delay proxies of one session."""

    delay_s: float
    """Round trip that is added on the way to every target; 0: none."""
    session_id: str
    folder: Path
    """Of their logs."""
    supervisor: Supervisor

    async def add_to(self, instance: TargetInstance) -> None:
        """Puts a delay proxy in front of a target. It stays over restarts, as long as the target keeps its
        address. Raises LoadError."""
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
