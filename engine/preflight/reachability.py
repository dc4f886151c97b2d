"""How load reaches targets: addresses, open files and TLS; and what health probes request."""

from contextlib import suppress
from pathlib import Path

from engine.client.template import RequestText, render
from engine.client.tls import check_default_authorities, check_key_log, read_authorities
from engine.machine.open_files import check_open_files, raise_open_files_limit
from engine.plan.plan import Plan
from engine.plan.render import templates_of
from engine.plan.targets import CustomTarget, TargetChoice
from engine.preflight.allowed_hosts import AllowedHosts, ascii_host
from engine.protocol.address import Tls
from engine.protocol.request import Template
from targets.errors import TargetError
from targets.runtime.containers.connection import published_at


def check_reach(plan: Plan, allowed: AllowedHosts) -> None:
    """Raises UsageError if load may not go to one of the plan's targets, or its certificate could not be
    verified. Blocks while names are looked up.

    A container is reached through its engine's host. If an attached container publishes its port elsewhere,
    that address is checked when the target starts. Targets that need an engine report it if it cannot be
    found. Every name is looked up and checked again when a target starts.
    """
    if any(choice.runtime(plan.runtime) == "docker" for choice in plan.targets):
        with suppress(TargetError):
            allowed.check_now(published_at())
    for choice in plan.targets:
        if choice.custom is not None and choice.custom.url:
            allowed.check_now(choice.custom.address.host)
            tls_of(choice.custom, plan.folder)
        elif choice.custom is not None and choice.custom.container:
            allowed.check_now(published_at())


def hosts_of(plan: Plan) -> set[str]:
    """The hosts that a plan's load goes to, as they are written: of its targets' urls, and of the engine
    whose containers get load. Processes of this machine need none."""
    hosts = {each.custom.address.host for each in plan.targets if each.custom is not None and each.custom.url}
    is_engine_used = any(
        choice.runtime(plan.runtime) == "docker" or (choice.custom is not None and choice.custom.container)
        for choice in plan.targets
    )
    return hosts | ({published_at()} if is_engine_used else set())


def check_limits(plan: Plan) -> None:
    """Raises the limit of open files, for this process and so for those that it starts. Raises UsageError if
    the plan's users need more than that limit."""
    is_streaming = any(each.stream == "websocket" for each in (*plan.request, *plan.step))
    at_once = len(plan.targets) if plan.schedule != "solo" else 1
    check_open_files(
        [plan.most_users] * at_once,
        load_workers=plan.load_worker_count,
        connections_a_user=2 if is_streaming else 1,
        limit=raise_open_files_limit(),
    )


def tls_of(own: CustomTarget | None, folder: str) -> Tls | None:
    """How to connect to a target with TLS; None if it does not use TLS. Raises UsageError if its CA file, or
    a file that the environment names, cannot be used."""
    if own is None or not own.is_https:
        return None
    check_key_log()
    if not own.ca and not own.insecure:
        check_default_authorities()
    authorities = read_authorities(Path(folder) / own.ca) if own.ca else ""
    return Tls(authorities, ascii_host(own.server_name or own.address.host), own.insecure)


def health_path_of(choice: TargetChoice, base_url: str) -> Template:
    """The health probe, which is sent once a second alongside any workload."""
    if choice.custom is None:
        return templates_of("health", base_url)[0]
    statuses = choice.custom.health_status or (200,)
    return render(base_url, RequestText(path=choice.custom.health, name="health", expect_status=statuses))
