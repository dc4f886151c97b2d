"""Checks, before load begins, whether ready targets speak HTTP/2 if users will."""

from collections.abc import Mapping

import anyio

from engine.client.conversation import Conversation
from engine.plan.plan import Plan
from engine.preflight.parity_check import Peer
from engine.preflight.reachability import health_path_of
from targets.errors import UsageError

HINT = (
    "choose servers that speak it, such as fastapi:server=hypercorn, fastapi:server=granian or "
    'fastapi:front=nginx; or leave http = "2" (--http 2) out'
)


async def check_http2(plan: Plan, peers: Mapping[str, Peer]) -> None:
    """Asks the ready targets for their health over HTTP/2; does nothing if users speak HTTP/1.1. Raises
    UsageError that names those that do not answer."""
    if plan.http2 is None:
        return
    failed: dict[str, str] = {}

    async def ask(label: str, peer: Peer) -> None:
        talk = Conversation(peer.address, seed=plan.seed, timeout_s=plan.timeout, rows={}, is_http2=True)
        answer = await talk.send(health_path_of(peer.choice, peer.url))
        talk.close()
        if isinstance(answer.outcome, str):
            failed[label] = answer.outcome

    async with anyio.create_task_group() as group:
        for label, peer in peers.items():
            group.start_soon(ask, label, peer)
    if failed:
        raise UsageError(
            f"no answer over HTTP/2 from {', '.join(label for label in peers if label in failed)}",
            why="; ".join(f"{label}: {failed[label]}" for label in peers if label in failed),
            hint=HINT,
        )
