"""Checks, before load begins, whether the ready targets respond and work alike, and reports differences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from engine.plan.data_files import changed_files
from engine.plan.plan import Plan
from engine.plan.render import rendered
from engine.plan.targets import TargetChoice
from engine.preflight.parity import differences, files_instead_of, pools_without_effect, setting_differences
from engine.preflight.parity_probe import Subject, asked_for, inspect
from engine.protocol.address import Address
from engine.recording.recorder import Recorder
from targets.database import SQLITE
from targets.errors import UsageError
from targets.options import plain
from targets.target import ON_ROWS

MAX_REPORTED = 5
"""At most this many differences are listed in an error, or recorded as events."""

DIFFERENCE: Final = "difference"
SETTINGS: Final = "settings"
"""Kinds of the events that report differences and settings."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A ready target, to be compared with the others."""

    choice: TargetChoice
    address: Address
    url: str
    database: str = ""
    """Where it keeps its rows, as shown to users; empty if its workload needs none."""
    setup_values: Mapping[str, str] = field(default_factory=dict)


async def check_parity(plan: Plan, peers: Mapping[str, Peer], *, recorder: Recorder) -> None:
    """Records settings that differ, and differences that were accepted or declared. Raises UsageError for
    other differences."""
    for line in _settings(plan, peers):
        recorder.event(SETTINGS, "", line)
    for text in changed_files(plan):
        recorder.event(DIFFERENCE, "", text)
    if len(peers) < 2:
        return
    found = await _differences(plan, peers)
    if found and not plan.expected_difference and not plan.accept_difference:
        raise _difference_error(found)
    for text in _accepted(plan, found):
        recorder.event(DIFFERENCE, "", text)


def _settings(plan: Plan, peers: Mapping[str, Peer]) -> Iterator[str]:
    """For targets from the catalogue: settings that differ, settings without effect, another database than
    that of the plan's source."""
    ours = {name: peer for name, peer in peers.items() if peer.choice.custom is None}
    options = {
        name: plain(peer.choice.target, peer.choice.public_options) | {"database": peer.database}
        for name, peer in ours.items()
    }
    for line in setting_differences(options, plan.workload):
        yield f"settings that differ: {line}"
    if plan.workload in ON_ROWS:
        in_files = {name: options[name] for name, peer in ours.items() if peer.database == SQLITE}
        yield from pools_without_effect(in_files)
        source = plan.published.database if plan.published else ""
        yield from files_instead_of(source, in_files, are_all=len(in_files) == len(ours))


async def _differences(plan: Plan, peers: Mapping[str, Peer]) -> list[str]:
    """How the targets' responses and work differ."""
    subjects = {
        name: Subject(
            peer.address,
            rendered(plan, plan.workload, peer.url, peer.setup_values),
            counts=peer.choice.custom is None,
            is_http2=plan.http2 is not None,
        )
        for name, peer in peers.items()
    }
    answers, again = await inspect(subjects, seed=plan.seed, timeout_s=plan.timeout)
    names = [template.name for template in asked_for(next(iter(subjects.values())).sent)]
    return [str(each) for each in differences(names, answers, again)]


def _difference_error(found: Sequence[str]) -> UsageError:
    more = [f"and {len(found) - MAX_REPORTED} more"] if len(found) > MAX_REPORTED else []
    return UsageError(
        "the targets differ in their answers or their work",
        why="\n".join([*found[:MAX_REPORTED], *more]),
        hint="give them the same options; or accept the difference: --accept-difference, or "
        'expected_difference = "why" in the plan',
    )


def _accepted(plan: Plan, found: Sequence[str]) -> list[str]:
    if not found and plan.expected_difference:
        return [f"declared, but not found: {plan.expected_difference}"]
    why = f"as declared: {plan.expected_difference}" if plan.expected_difference else "accepted"
    return [f"{text} ({why})" for text in found[:MAX_REPORTED]]
