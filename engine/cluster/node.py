"""The nodes of a cluster, and whether load workers can run there. Pure."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any

from engine.cluster.clock_offset import ClockOffset
from targets.errors import UsageError


@dataclass(frozen=True, slots=True)
class Node:
    """One node, as it was when the session started."""

    id: str
    """Ray's."""
    name: str
    """As it is shown: its host name, with a number where nodes share one."""
    address: str
    cpus: int
    """Processors that Ray may use there."""
    facts: Mapping[str, Any]
    """See `engine.cluster.node_facts`. Without `code` if abreast cannot be imported there; `why` says why."""

    def recorded(self, workers: int, clock: ClockOffset) -> dict[str, Any]:
        """The node as a session's environment has it; `workers` load workers run there, `clock` is how far
        its clock is from the front's."""
        return {
            "name": self.name,
            "address": self.address,
            "processors": self.cpus,
            "load_workers": workers,
            "clock_offset_ms": clock.offset_ns / 1e6 if clock.is_measured else None,
            "clock_error_ms": clock.error_ns / 1e6 if clock.is_measured else None,
            "cpu_model": self.facts.get("cpu_model") or None,
            "os": self.facts.get("os") or None,
            "python": self.facts.get("python") or None,
            "ray": self.facts.get("ray") or None,
            "abreast": self.facts.get("abreast") or None,
        }


def named(nodes: Iterable[Node], taken: Iterable[str] = ()) -> tuple[Node, ...]:
    """The nodes with names that differ from each other and from those that are taken: `box`, `box#2`."""
    names, result = set(taken), []
    for node in nodes:
        others = (f"{node.name}#{number}" for number in count(2))
        name = next(each for each in chain([node.name], others) if each not in names)
        names.add(name)
        result.append(replace(node, name=name))
    return tuple(result)


def check_versions(nodes: Sequence[Node], front: Mapping[str, Any]) -> None:
    """Raises UsageError if a node has other versions than the front, or lacks abreast."""
    for node in nodes:
        if "code" not in node.facts:
            raise UsageError(
                f"abreast cannot be imported on node {node.name} ({node.address})",
                why=node.facts.get("why") or "it is not installed there",
                hint=f'there, in the Python of Ray: pip install "abreast[cluster]=={front["abreast"]}"',
            )
        for what in ("python", "ray", "abreast"):
            here, there = front[what], node.facts.get(what)
            if _shown(what, here) != _shown(what, there):
                raise _mismatch(node, f"here is {what} {here}, there {there or 'it is missing'}", front)
        if node.facts["code"] != front["code"]:
            why = f"both say abreast {front['abreast']}, but their code differs"
            raise _mismatch(node, why, front)


def _mismatch(node: Node, why: str, front: Mapping[str, Any]) -> UsageError:
    return UsageError(
        f"node {node.name} ({node.address}) does not match this machine",
        why=why,
        hint=f'install the same on every machine: pip install "abreast[cluster]=={front["abreast"]}" '
        f'"ray=={front["ray"]}", with Python {_shown("python", front["python"])}; then restart Ray there',
    )


def _shown(what: str, version: object) -> str:
    """What of a version must match: of Python only `3.13`, of everything else all."""
    text = str(version or "")
    return ".".join(text.split(".")[:2]) if what == "python" else text


def worker_count(wanted: int | str, free_cpus: int) -> int:
    """How many load workers run, if `wanted` (a number, `auto` or `max`) are asked for and so many processors
    are free. Raises UsageError if these are too few."""
    if free_cpus < 1:
        raise UsageError(
            "the cluster has no free processor for a load worker",
            why="all are in use, or its nodes offer none",
            hint="ray status shows what uses them; wait for it, or add a node",
        )
    if wanted == "max":
        return free_cpus
    if wanted == "auto":
        return max(1, free_cpus // 2)
    assert isinstance(wanted, int)
    if wanted > free_cpus:
        raise UsageError(
            f"the cluster cannot run {wanted} load workers",
            why=f"each takes a processor, and {free_cpus} {'are' if free_cpus > 1 else 'is'} free",
            hint=f"use --load-workers {free_cpus} or max, or add a node",
        )
    return wanted


def most_free(nodes: Iterable[Node], used: Mapping[str, int], lost: Container[str]) -> list[Node]:
    """The nodes on which processors may be free, if so many are used by their ids: those with the fewest used
    ones first, and last those that are thought to be lost."""
    open_nodes = [node for node in nodes if used.get(node.id, 0) < node.cpus]
    return sorted(open_nodes, key=lambda node: (node.id in lost, used.get(node.id, 0)))


def dealt(places: Sequence[str]) -> list[int]:
    """The order in which load workers get their numbers: from node to node, so that any number of users is
    spread evenly. `places` are the workers' nodes; returns indices of them."""
    by_node: dict[str, list[int]] = {}
    for index, place in enumerate(places):
        by_node.setdefault(place, []).append(index)
    order: list[int] = []
    while any(by_node.values()):
        order += [waiting.pop(0) for waiting in by_node.values() if waiting]
    return order
