"""Looks, before load begins, whether the targets that are ready answer and work alike; says what is not."""

from engine.arena import Arena
from engine.client.address import Address
from engine.inspection import Subject, asked_for, inspect
from engine.logbook import Logbook
from engine.parity import differences, pools_in_vain, setting_differences
from engine.plan import Plan
from engine.workload import rendered
from targets.errors import UsageError
from targets.options import plain
from targets.target import ON_ROWS

MOST_TOLD = 5
"""Differences that an error lists."""

DIFFERENCE, SETTINGS = "difference", "settings"
"""Kinds of the events that say so."""


async def check(plan: Plan, arena: Arena, logbook: Logbook) -> None:
    """Records settings that differ, and differences that are accepted or declared. Raises
    UsageError for others."""
    ready = {name: place for name, place in arena.places.items() if place.state == "ready"}
    options = {
        name: plain(place.choice.target, place.choice.public_options)
        for name, place in ready.items()
        if place.choice.own is None
    }
    for line in setting_differences(options, plan.workload):
        logbook.event(SETTINGS, "", f"settings that differ: {line}")
    if plan.workload in ON_ROWS and not arena.databases.is_server:
        for line in pools_in_vain(options):
            logbook.event(SETTINGS, "", line)
    subjects = {
        name: Subject(
            Address(place.running.address.host, place.running.address.port, tls=place.tls, ips=place.ips),
            sent=rendered(plan, plan.workload, place.running.address.url),
            counts=place.choice.own is None,
        )
        for name, place in ready.items()
    }
    if len(subjects) < 2:
        return
    answers, again = await inspect(subjects, seed=plan.seed, timeout_s=plan.timeout)
    names = [template.name for template in asked_for(next(iter(subjects.values())).sent)]
    found = [str(each) for each in differences(names, answers, again)]
    if not found:
        if plan.expected_difference:
            logbook.event(DIFFERENCE, "", f"not seen, though declared: {plan.expected_difference}")
        return
    if not plan.expected_difference and not plan.accept_difference:
        more = [f"and {len(found) - MOST_TOLD} more"] if len(found) > MOST_TOLD else []
        raise UsageError(
            "the targets do not answer and work alike",
            why="\n".join([*found[:MOST_TOLD], *more]),
            hint="give them the same options; or say that it is meant: --accept-difference, or "
            'expected_difference = "why" in the plan',
        )
    why = f"as declared: {plan.expected_difference}" if plan.expected_difference else "accepted"
    for text in found[:MOST_TOLD]:
        logbook.event(DIFFERENCE, "", f"{text} ({why})")
